"""Strategies over time in words: the protocol of the target trial beside its emulation."""

from typing import TYPE_CHECKING

from sequela.analyses.results import ProtocolItem
from sequela.analyses.wording import counted, listed
from sequela.derive.endpoints import Endpoint
from sequela.records.dates import DAYS_PER_MONTH
from sequela.study.spec import Study, TargetTrialAnalysis

if TYPE_CHECKING:
    from sequela.analyses.strategies_over_time import Prepared


def protocol(
    study: Study, asked: TargetTrialAnalysis, prepared: "Prepared", endpoint: Endpoint
) -> tuple[ProtocolItem, ...]:
    """Return the items that TARGET asks for, each beside what was done."""
    return (*_entry(study, asked, prepared), *_comparison(asked, prepared, endpoint))


def _entry(study: Study, asked: TargetTrialAnalysis, prepared: "Prepared") -> tuple[ProtocolItem, ...]:
    criteria = listed([str(criterion) for criterion in study.population]) or "everyone in the records"
    drug = asked.start
    left_out = (
        f"{counted(prepared.had_it, 'patient')} who had {drug} before left out; {prepared.incomplete} with a hole in "
        f"the record of drugs or no follow-up and {prepared.unknown} with a covariate not known at time zero left out; "
        f"{prepared.patients.time.size} eligible"
    )
    days = round(prepared.grace * asked.interval * DAYS_PER_MONTH)
    return (
        ProtocolItem("Eligibility", f"{criteria}; never {drug} before time zero", f"the same; {left_out}"),
        ProtocolItem(
            "Strategies",
            f"start {drug} within {asked.within} days of time zero; or never start it",
            f"the same, in whole steps: within {days} days, at any day as observed, who still waits at the end; a "
            "start is the first administration in the records",
        ),
        ProtocolItem(
            "Assignment",
            "at random on the day of time zero, not blinded",
            f"taken to be random at each step given {_measured(prepared)} as known at its beginning; each patient is "
            "in both strategies while her course fits them",
        ),
        ProtocolItem("Time zero", f"{study.time_zero}, when eligibility is met and a strategy assigned", "the same"),
    )


def _comparison(asked: TargetTrialAnalysis, prepared: "Prepared", endpoint: Endpoint) -> tuple[ProtocolItem, ...]:
    horizon, step = f"{asked.horizon:g} months", f"{asked.interval:g} months"
    return (
        ProtocolItem(
            "Follow-up",
            f"from time zero to the event, the end of follow-up or {horizon}",
            f"the same, in steps of {step}; a patient is censored when she leaves a strategy",
        ),
        ProtocolItem("Outcome", endpoint.label, f"the same, as the records hold it ({asked.endpoint})"),
        ProtocolItem(
            "Contrast",
            f"of following the strategy: event-free at {horizon}, mean event-free time up to it",
            f"the same, weighted over time for leaving the strategy by {_measured(prepared)}; a second time by "
            "simulating every course from models of what comes next",
        ),
        ProtocolItem(
            "Analysis",
            "comparison of the two arms",
            f"pooled logistic regression on strategy, follow-up in steps of {step} and their products, weighted by the "
            f"inverse probability of the course so far given {_measured(prepared)}; patients resampled whole",
        ),
        ProtocolItem(
            "Assumptions",
            "none beyond those of a randomised trial",
            "at every step nothing unmeasured decides both who starts and who has the event; every kind of patient may "
            "start or not; the models are right; leaving follow-up says nothing about the event",
        ),
    )


def _measured(prepared: "Prepared") -> str:
    return listed([label.lower() for label in prepared.labels]) or "nothing"
