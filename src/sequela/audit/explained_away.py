"""B.14: what else would explain a ratio: the choice of patients, and, of an emulated trial, a confounder.

Selection: Smith & VanderWeele (2019), Epidemiology 30:509.
"""

import math

from sequela.analyses.report_card import Measure
from sequela.analyses.results import Estimate, TargetTrial
from sequela.analyses.wording import inside_sentence, ratio
from sequela.audit.material import Material
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.stats.e_value import EValue, e_value, selection_e_value, selection_that_explains


@frozen
class OfTheTrial:
    """The E-value of an emulated trial, of its risk ratio and so of its difference.

    Attributes
    ----------
    estimate : Estimate
        The risk ratio.
    value : EValue
    said : str
    """

    estimate: Estimate
    value: EValue
    said: str

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Return the numbers."""
        found = self.estimate
        return (
            Measure("trial_risk_ratio", found.value, low=found.low, high=found.high, method=found.method),
            Measure("e_value_of_the_trial", self.value.estimate),
            Measure("e_value_of_the_trials_limit", self.value.limit),
        )


def of_the_trial(data: Material) -> OfTheTrial | None:
    """Return the E-value of the first emulated trial; None where there is none, or no risk ratio with an interval.

    A difference of 0 is a ratio of 1: what explains the one explains the other.
    """
    for trial in data.result.analyses:
        if isinstance(trial, TargetTrial) and trial.risk_ratio is not None:
            found = trial.risk_ratio
            try:
                value = e_value(found.value, found.low, found.high)
            except NotEstimableError:
                return None
            return OfTheTrial(found, value, _of_trial_in_words(trial, found, value))
    return None


def _of_trial_in_words(trial: TargetTrial, found: Estimate, value: EValue) -> str:
    limits = f"{ratio(found.value)} ({ratio(found.low)}–{ratio(found.high)})"
    start = f"The emulated trial's risk ratio is {limits}"
    if value.limit == 1:
        return f"{start}; its interval contains no difference, so no confounder is needed to explain it."
    return (
        f"{start}: ties of {ratio(value.estimate)} each to starting {trial.drug} and to the event would explain it and "
        f"its difference, {ratio(value.limit)} each would let the interval reach no difference."
    )


def by_selection(
    numbers: tuple[float, float, float], label: str, outcome: float, group: str
) -> tuple[tuple[Measure, ...], str]:
    """Say how strongly patients would have to be chosen to explain a ratio.

    Parameters
    ----------
    numbers : (float, float, float)
        Risk ratio and its limits, which leave out 1.
    label : str
        The strongest covariate that was measured; empty without one.
    outcome : float
        Its ratio with the outcome.
    group : str
    """
    value = selection_e_value(*numbers)
    measures: tuple[Measure, ...] = (
        Measure("selection_e_value", value.estimate, group, method="all patients who might have been in the cohort"),
        Measure("selection_e_value_of_limit", value.limit, group, method="the limit nearest to 1"),
    )
    each = ratio(value.estimate)
    said = (
        f"Selection alone would explain the estimate if what chose the patients went with the event by {each} in both "
        f"groups and were {each} times as common among the chosen as among the others in one group, and the reverse in "
        f"the other; {ratio(value.limit)} each for the limit."
    )
    if not label:
        return measures, said
    nearest = min(numbers[1:], key=lambda number: abs(math.log(number)))
    needed = selection_that_explains(nearest, outcome)
    measures += (Measure("selection_that_explains_the_limit", needed, group, method=f"tied to the event as {label}"),)
    strong = f"goes with the event as strongly as {inside_sentence(label)} ({ratio(outcome)})"
    if math.isinf(needed):
        return measures, f"{said} No choice by what {strong} could."
    return measures, f"{said} What {strong} would have to be {ratio(needed)} times as common for that."
