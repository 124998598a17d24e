"""B.15: the answer if patients who would have the event had come into the cohort more, or less, often than others.

Selection probabilities: Greenland (1996), Int J Epidemiol 25:1107.
"""

import math

import numpy as np

from sequela.analyses.report_card import AnswerUnder, Measure, Premise
from sequela.analyses.results import Estimate, HazardRatio
from sequela.analyses.wording import months, ratio
from sequela.audit.material import Material
from sequela.audit.model import main_ratios
from sequela.audit.thresholds import CHOSEN_RATIO
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.stats.distributions import normal_quantile
from sequela.stats.hidden_confounder import DRAWS
from sequela.stats.kaplan_meier import kaplan_meier, quantile, survival_at
from sequela.stats.selection_probabilities import Chosen, choice_that_explains, freed_of_selection

Counted = tuple[tuple[int, int], tuple[int, int]] | None
"""Who came, of how many, in the group and in the reference; None where nobody counted."""


@frozen
class IfChosen:
    """The answer under a choice of patients by what becomes of them.

    Attributes
    ----------
    answers : tuple of AnswerUnder
        As asked, then with the choice drawn; empty where it cannot be computed.
    measures : tuple of Measure
    said : tuple of str
    """

    answers: tuple[AnswerUnder, ...] = ()
    measures: tuple[Measure, ...] = ()
    said: tuple[str, ...] = ()


def if_chosen(data: Material, counted: Counted) -> IfChosen:
    """Draw how patients came into the cohort, and free the answer of it; of two groups."""
    shown = main_ratios(data)
    if len(shown) != 1 or data.entry is not None:
        return IfChosen()
    item, day = shown[0], _day(data)
    numbers = (item.estimate.low, item.estimate.value, item.estimate.high)
    if not all(0 < x < math.inf for x in numbers) or not math.isfinite(day):
        return IfChosen()
    try:
        risk = (_risk(data, item.group, day), _risk(data, item.reference, day))
        return _drawn(data, item, risk, day, counted)
    except NotEstimableError:
        return IfChosen()


def _drawn(data: Material, item: HazardRatio, risk: tuple[float, float], day: float, counted: Counted) -> IfChosen:
    rng = np.random.default_rng([data.result.study.seed, DRAWS])
    estimate = item.estimate
    spread = math.log(CHOSEN_RATIO.value) / normal_quantile(0.975)
    times = np.exp(rng.normal(0, spread, (2, DRAWS)))
    drawn = Chosen(times[0], times[1], *_shares(counted, rng))
    error = math.log(estimate.high / estimate.low) / (2 * normal_quantile(0.975))
    found = freed_of_selection(math.log(estimate.value), error, risk, drawn, rng)
    explains = choice_that_explains(estimate.value, risk[0])
    by, up_to = f"by {months(day)} months", ratio(CHOSEN_RATIO.value)
    label = (
        f"if those with the event {by} had come in up to {up_to} times as often as the others, or as seldom, in each "
        "group apart"
    )
    method = f"median and 95% of {found.draws} draws of choice and chance"
    freed = Estimate(found.value, found.low, found.high, method)
    answers = tuple(
        AnswerUnder(name, item.group, item.reference, number, item.n, item.events, premise=premise)
        for name, number, premise in (("as asked", estimate, Premise.RECORDED), (label, freed, Premise.SUPPOSED))
    )
    often = f"{ratio(explains)} times as often" if explains > 1 else f"{ratio(1 / explains)} times as seldom"
    said = (
        f"The whole difference would be choice if in {item.group} those with the event {by} had come into the cohort "
        f"{often} as the others, while in {item.reference} both had come alike.",
    )
    measures = (
        Measure("choice_that_explains", explains, item.group, method=by),
        Measure("hazard_ratio_freed_of_choice", found.value, item.group, found.low, found.high, method),
        Measure("range_by_choice_alone", found.value, item.group, found.systematic_low, found.systematic_high),
    )
    return IfChosen(answers, measures, said)


def _shares(counted: Counted, rng: np.random.Generator) -> list[np.ndarray]:
    if counted is None:
        return [np.full(DRAWS, np.nan), np.full(DRAWS, np.nan)]
    return [rng.beta(came + 0.5, of - came + 0.5, DRAWS) for came, of in counted]


def _day(data: Material) -> float:
    """Return the day by which half of all patients have the event; the last event where fewer have it."""
    half = quantile(kaplan_meier(data.days, data.event), 0.5).value
    return float(half) if np.isfinite(half) else float(data.days[data.event].max(initial=math.nan))


def _risk(data: Material, group: str, day: float) -> float:
    rows = data.group == data.groups.index(group)
    curve = kaplan_meier(data.days[rows], data.event[rows])
    return float(1 - survival_at(curve, [day]).survival[0])
