"""B.14: how strong an unmeasured confounder would have to be, beside the strongest measured one.

VanderWeele & Ding (2017), doi:10.7326/M16-2607; bounding factor: Ding & VanderWeele (2016), Epidemiology 27:368.
"""

from contextlib import suppress

import numpy as np

from sequela.analyses.design_matrix import design_matrix
from sequela.analyses.report_card import CardItem, Measure, Status
from sequela.analyses.results import HazardRatio
from sequela.analyses.wording import inside_sentence, ratio
from sequela.audit.comparisons import cases_of
from sequela.audit.explained_away import OfTheTrial, by_selection, of_the_trial
from sequela.audit.material import Material, found_once, roles
from sequela.audit.measured import measured_covariates
from sequela.audit.model import main_ratios
from sequela.audit.thresholds import COMMON_OUTCOME
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.stats.cox import cox
from sequela.stats.e_value import (
    EValue,
    bounding_factor,
    e_value,
    risk_ratio_of_hazard_ratio,
    risk_ratios_of_hazard_ratios,
)

ID, NAME, TITLE = "B14", "unmeasured_confounding", "Unmeasured confounding"
CAVEAT = (
    "An E-value speaks of confounding only: a clock that starts too early, or patients selected by when a drug "
    "became available, can make a ratio without any confounder."
)
NEITHER = "The interval contains no difference, so no confounder is needed to explain the answer."


@frozen
class MeasuredConfounder:
    """A covariate as a confounder that has or has not: a number is cut above its median.

    Attributes
    ----------
    label : str
    outcome : float
        Hazard ratio in a model with the groups and everything else that was measured, turned above 1; a risk ratio
        where the outcome is common.
    group : float
        Ratio of the shares that have it in the group and in the reference, turned above 1.
    patients, having : (int, int)
        Patients of the group and of the reference, and who of them has whichever of its two values goes with more
        events.
    log_hazard, std_error : float
        Of the event with that value, from 0 on, and its error.
    """

    label: str
    outcome: float
    group: float
    patients: tuple[int, int]
    having: tuple[int, int]
    log_hazard: float
    std_error: float

    @property
    def factor(self) -> float:
        """Return by how much it can move a ratio at most."""
        return bounding_factor(self.group, self.outcome)


def unmeasured_confounding(data: Material) -> CardItem:
    """B.14: the E-value of the answer and of its limit, held against the strongest measured confounder."""
    shown, trial = main_ratios(data), of_the_trial(data)
    values = {}
    for item in shown:
        with suppress(NotEstimableError):
            values[item.group] = _e_value(item)
    if not values:
        if trial is not None:
            return _of_the_trial_alone(trial)
        finding = "The hazard ratio has no finite estimate." if shown else "No comparison of times is reported."
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, finding)
    measures = [Measure(*pair, group) for group, value in values.items() for pair in _pairs(value)]
    found = strongest_confounders(data)
    measures += [measure for group, strongest in found.items() for measure in _measures(strongest, group)]
    measures += trial.measures if trial else ()
    more = (trial.said,) if trial else ()
    group = max(values, key=lambda name: values[name].limit)
    value, strongest = values[group], found.get(group)
    if value.limit == 1:
        return CardItem(ID, NAME, TITLE, Status.OK, NEITHER, measures=tuple(measures), more=more)
    answer = next(item for item in shown if item.group == group)
    finding = (
        f"A confounder tied to group and outcome by ratios of {ratio(value.estimate)} each would explain the estimate; "
        f"{ratio(value.limit)} each would let its interval reach 1."
    )
    if strongest is None:
        compared, status = " No covariate was measured that shows what is usual.", Status.WARN
    else:
        compared = _compared(strongest, answer)
        status = Status.WARN if strongest.outcome >= value.limit else Status.OK
    risk, low, high = _numbers(answer)
    tie = (strongest.label, strongest.outcome) if strongest else ("", 1.0)
    chosen, selected = by_selection((risk, low, high), *tie, group)
    direction = "Could make a difference where there is none, or hide one." if status is Status.WARN else ""
    about = (direction, CAVEAT, (*measures, *chosen))
    return CardItem(ID, NAME, TITLE, status, finding + compared, *about, more=(selected, *more))


def _of_the_trial_alone(trial: OfTheTrial) -> CardItem:
    """Return the item of a study that compares no groups and emulates a trial."""
    fine = trial.value.limit == 1
    direction = "" if fine else "Could make a difference where there is none, or hide one."
    status, remedy = (Status.OK, "") if fine else (Status.WARN, CAVEAT)
    return CardItem(ID, NAME, TITLE, status, trial.said, direction, remedy, trial.measures)


@found_once
def strongest_confounders(data: Material) -> dict[str, MeasuredConfounder]:
    """Return, for each group but the reference, the measured covariate most strongly tied to the outcome.

    Consequences of the earlier drug and covariates known in few patients are not among them (see
    `measured_covariates`). A covariate that nobody of one of the two groups has, or without a finite hazard ratio, is
    passed over; a group without any is left out.
    """
    names = measured_covariates(data)
    if not names:
        return {}
    design = design_matrix(data.result.cohort, data.result.records, names, data.result.definitions)
    has = np.column_stack([_halved(column) for column in design.matrix[:, len(design.groups) :].T])
    days, event, group = (column[design.complete] for column in (data.days, data.event, data.group))
    entry = None if data.entry is None else data.entry[design.complete]
    vary = np.flatnonzero(has.std(axis=0) > 0)
    columns, counted = np.hstack([data.indicators(design.complete), has[:, vary]]), cases_of(data, design.complete)
    try:
        fit = cox(days, event, columns, entry=entry, ties="efron", **roles(counted))
    except NotEstimableError:
        return {}
    raised = fit.coefficients[len(data.others) :]
    size = np.exp(np.abs(raised))
    if event.mean() >= COMMON_OUTCOME.value:
        size = risk_ratios_of_hazard_ratios(size)
    known = ~fit.diverging[len(data.others) :]
    found = {}
    for name in data.others:
        sides = [group == data.groups.index(side) for side in (name, data.result.cohort.reference)]
        shares = np.array([has[side][:, vary].mean(axis=0) for side in sides])
        usable = np.flatnonzero(known & (shares > 0).all(axis=0))
        if usable.size:
            best = int(usable[np.argmax(size[usable])])
            tie = float(np.max(shares[:, best]) / np.min(shares[:, best]))
            worse = has[:, vary[best]] == (raised[best] >= 0)
            found[name] = MeasuredConfounder(
                design.columns[vary[best]],
                float(size[best]),
                tie,
                (int(sides[0].sum()), int(sides[1].sum())),
                (int(worse[sides[0]].sum()), int(worse[sides[1]].sum())),
                float(abs(raised[best])),
                float(np.sqrt(fit.covariance[len(data.others) + best, len(data.others) + best])),
            )
    return found


def _halved(column: np.ndarray) -> np.ndarray:
    """Return a column of zeros and ones as it is, a number as whether it lies above its median (or reaches it)."""
    if set(np.unique(column)) <= {0.0, 1.0}:
        return column
    above = column > np.median(column)
    return (above if above.any() else column >= np.median(column)).astype(float)


def _pairs(value: EValue) -> tuple[tuple[str, float], ...]:
    return ("e_value", value.estimate), ("e_value_of_limit", value.limit)


def _measures(strongest: MeasuredConfounder, group: str) -> tuple[Measure, ...]:
    return (
        Measure("strongest_measured_ratio", strongest.outcome, group, method=strongest.label),
        Measure("its_ratio_between_groups", strongest.group, group, method=strongest.label),
        Measure("bounding_factor", strongest.factor, group, method=strongest.label),
    )


def _compared(strongest: MeasuredConfounder, item: HazardRatio) -> str:
    """Say how far a confounder as strong as the strongest that was measured could move the answer."""
    risk = _numbers(item)[0]
    moved = risk / strongest.factor if risk > 1 else risk * strongest.factor
    return (
        f" The strongest that was measured, {inside_sentence(strongest.label)}, is tied to the outcome by "
        f"{ratio(strongest.outcome)} and to the group by {ratio(strongest.group)}: another as strong as that could "
        f"move a risk ratio of {ratio(risk)} to {ratio(moved)} at most."
    )


def _e_value(item: HazardRatio) -> EValue:
    return e_value(*_numbers(item))


def _numbers(item: HazardRatio) -> list[float]:
    """Return a hazard ratio and its limits as risk ratios."""
    numbers = [item.estimate.value, item.estimate.low, item.estimate.high]
    common = item.events >= COMMON_OUTCOME.value * item.n
    return [risk_ratio_of_hazard_ratio(number) for number in numbers] if common else numbers
