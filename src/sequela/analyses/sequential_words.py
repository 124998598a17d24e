"""Sequential trials in words and rows: the protocol of the target trial beside its emulation, the tidy numbers."""

import math
from typing import TYPE_CHECKING

from sequela.analyses.results import ProtocolItem, TargetTrial
from sequela.analyses.tidy import Row, estimate_row, row
from sequela.analyses.wording import counted, listed
from sequela.derive.endpoints import Endpoint
from sequela.study.spec import Study, TargetTrialAnalysis

if TYPE_CHECKING:
    from sequela.analyses.sequential_trials import Stacked

ANALYSIS = "target_trial"


def protocol(
    study: Study, asked: TargetTrialAnalysis, stacked: "Stacked", endpoint: Endpoint
) -> tuple[ProtocolItem, ...]:
    """Return the items that TARGET asks for, each beside what was done."""
    return (*_entry(study, asked, stacked), *_comparison(asked, stacked, endpoint))


def _every(asked: TargetTrialAnalysis) -> str:
    return "month" if asked.interval == 1 else f"{asked.interval:g} months"


def _measured(stacked: "Stacked") -> str:
    return listed([label.lower() for label in stacked.labels]) or "nothing"


def _entry(study: Study, asked: TargetTrialAnalysis, stacked: "Stacked") -> tuple[ProtocolItem, ...]:
    """Return who enters, when, and as what."""
    criteria = listed([str(criterion) for criterion in study.population]) or "everyone in the records"
    drug, opened = asked.start, counted(stacked.opened, "trial")
    every = _every(asked)
    entries = stacked.trials.entries
    patients = len(set(entries.person.tolist()))
    left_out = (
        f"{counted(stacked.had_it, 'patient')} who had {drug} before left out; {stacked.incomplete} with a hole in the "
        f"record of drugs or no follow-up and {stacked.unknown} whose covariates were never all known left out; "
        f"{counted(patients, 'patient')} enter {counted(entries.person.size, 'time')}"
    )
    return (
        ProtocolItem(
            "Eligibility",
            f"{criteria}; never {drug} before; without the event",
            f"the same, judged anew each {every}: a patient enters every trial she is eligible for; {left_out}",
        ),
        ProtocolItem(
            "Strategies",
            f"start {drug} now; or do not start it",
            f"the same; a start is the first administration in the records, in the trial of its {every}",
        ),
        ProtocolItem(
            "Assignment",
            "at random on the day of entry, not blinded",
            f"taken to be random given {_measured(stacked)} as last known on the day of entry, and the time since "
            "time zero",
        ),
        ProtocolItem(
            "Time zero",
            "when eligibility is met and a strategy assigned",
            f"of those who start, the day they do; of the others, the day the trial opens; {opened}, the first at "
            f"{study.time_zero}, then one each {every}",
        ),
    )


def _comparison(asked: TargetTrialAnalysis, stacked: "Stacked", endpoint: Endpoint) -> tuple[ProtocolItem, ...]:
    """Return what is followed and how it is compared."""
    every, measured = _every(asked), _measured(stacked)
    horizon = f"{asked.horizon:g} months"
    return (
        ProtocolItem(
            "Follow-up",
            f"from entry to the event, the end of follow-up or {horizon}",
            "the same; per protocol an entry without the drug ends when the drug is started",
        ),
        ProtocolItem("Outcome", endpoint.label, f"the same, as the records hold it ({asked.endpoint})"),
        ProtocolItem(
            "Contrast",
            f"of assignment, and of following the strategy: event-free at {horizon}, mean event-free time up to it",
            f"intention to treat; per protocol, weighted for starting later by {measured}, read anew each {every}",
        ),
        ProtocolItem(
            "Analysis",
            "comparison of the two arms",
            "all trials stacked: pooled logistic regression on treatment, the time of entry, follow-up and "
            f"{measured}; curves averaged over all entries; patients resampled whole, for they enter several trials",
        ),
        ProtocolItem(
            "Assumptions",
            "none beyond those of a randomised trial",
            "nothing unmeasured decides both who starts and who has the event; every kind of patient may start or not; "
            "the effect is alike in all trials; leaving follow-up says nothing about the event",
        ),
    )


def rows_of(found: TargetTrial, endpoint: str) -> list[Row]:
    """Return every number of the trials, one per row; `level` names the comparison."""
    design = found.over_time
    rows: list[Row] = []
    if design is None:
        return rows
    for each in design.comparisons:
        for item in each.strategies:
            place = {"endpoint": endpoint, "group": item.name, "level": each.name}
            counts = {**place, "n": item.clones, "events": item.events}
            rows.append(estimate_row(ANALYSIS, "survival", item.survival, **counts))
            rows.append(estimate_row(ANALYSIS, "restricted_mean_days", item.mean, **counts))
            rows.append(row(ANALYSIS, "left_the_strategy", float(item.left), **counts))
            rows.append(row(ANALYSIS, "largest_weight", item.heaviest, **counts))
        place = {"endpoint": endpoint, "level": each.name}
        rows.append(estimate_row(ANALYSIS, "survival_difference", each.survival_difference, **place))
        rows.append(estimate_row(ANALYSIS, "restricted_mean_difference_days", each.mean_difference, **place))
        if each.hazard_ratio.method:
            rows.append(estimate_row(ANALYSIS, "hazard_ratio", each.hazard_ratio, **place))
        for name, check in each.weights:
            rows.append(row(ANALYSIS, "mean_weight", check.mean, group=name, **place))
            rows.append(row(ANALYSIS, "effective_share", check.effective_share, group=name, **place))
    if found.risk_ratio is not None:
        rows.append(estimate_row(ANALYSIS, "risk_ratio", found.risk_ratio, endpoint=endpoint))
    rows.append(row(ANALYSIS, "equal_patients", found.equal_patients, endpoint=endpoint))
    if math.isfinite(design.natural_course):
        rows.append(row(ANALYSIS, "natural_course_difference", design.natural_course, endpoint=endpoint))
    return rows
