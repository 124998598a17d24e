"""B.15: the answer with a confounder that nobody measured, tried out.

Its size is that of the strongest confounder that was measured, in either direction, and that of an ordinary one of
unknown direction. Schlesselman (1978), Am J Epidemiol 108:3; draws: Fox, MacLehose & Lash (2021).
"""

from dataclasses import replace

import numpy as np

from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Premise, Status, TippingGrid
from sequela.analyses.results import Estimate, HazardRatio
from sequela.analyses.wording import inside_sentence, listed, ratio, share
from sequela.audit.material import Material
from sequela.audit.model import main_ratios
from sequela.audit.thresholds import COMMON_OUTCOME
from sequela.audit.unmeasured import MeasuredConfounder, strongest_confounders
from sequela.stats.distributions import normal_quantile
from sequela.stats.e_value import risk_ratio_of_hazard_ratio, risk_ratios_of_hazard_ratios
from sequela.stats.hidden_confounder import DRAWS, Confounder, share_that_explains, simulated_ratio
from sequela.study.confounder import HiddenConfounder

ID, NAME, TITLE = "B15a", "hidden_confounder", "A confounder nobody measured"
SHARES, STRENGTHS = (0.1, 0.2, 0.3, 0.4, 0.5), (1.5, 2.0, 3.0, 5.0)
"""Rows and columns of the grid of confounders that would explain the answer."""
ORDINARY_SHARE = (0.1, 0.5)
"""Between which the share of patients with an ordinary confounder lies, in either group and evenly (house rule)."""
ORDINARY_STRENGTH = (1.25, 3.2)
"""95 % limits of its risk ratio, log-normal about 2: performance status and visceral disease lie there (house rule)."""
ORDINARY = "with an ordinary confounder of unknown direction"


def hidden_confounder(data: Material) -> CardItem:
    """B.15: free the answer of a confounder like the strongest measured one, and of an ordinary one."""
    usable = [item for item in main_ratios(data) if _finite(item.estimate)]
    if not usable:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No comparison of times is reported.")
    benchmarks = strongest_confounders(data)
    answers = tuple(answer for item in usable for answer in _answers(data, item, benchmarks.get(item.group)))
    grids = tuple(_grid(item) for item in usable)
    measures = tuple(
        Measure("hazard_ratio_without_it", answer.estimate.value, answer.group, method=answer.label)
        for answer in answers
        if answer.label != "as asked"
    )
    first = usable[0]
    finding = _finding([answer for answer in answers if answer.group == first.group], benchmarks.get(first.group))
    turned = [answer for answer in answers if _holds_one(answer.estimate) != _holds_one(_asked(answers, answer))]
    item = CardItem(ID, NAME, TITLE, Status.OK, finding, measures=measures, answers=answers, grids=grids)
    if not turned:
        return item
    hidden = any(_holds_one(_asked(answers, answer)) for answer in turned)
    return item.warned(
        "It could hide a difference." if hidden else "It could be the whole difference.",
        "Ask what was known to whoever chose the treatment and is in no column; the table of tipping points says how "
        "unequal it would have to be.",
    )


def _answers(data: Material, item: HazardRatio, benchmark: MeasuredConfounder | None) -> list[AnswerUnder]:
    rng = np.random.default_rng([data.result.study.seed, data.groups.index(item.group)])
    found = [_under("as asked", item, item.estimate)]
    if benchmark is not None:
        like = _like(benchmark, _common(item), rng)
        turned = Confounder(like.reference_share, like.share, like.strength)
        name = inside_sentence(benchmark.label)
        found.append(_freed(f"with another confounder like {name}", item, like, rng))
        found.append(_freed(f"with one like {name}, the groups exchanged", item, turned, rng))
    found.append(_freed(ORDINARY, item, _ordinary(rng), rng))
    described = data.result.study.confounder
    if described is not None:
        found.append(
            _freed(f"with {described.name} as the study file describes it", item, _asked_for(described, rng), rng)
        )
    return found


def _like(benchmark: MeasuredConfounder, common: bool, rng: np.random.Generator) -> Confounder:
    """Draw confounders as large as a measured one may be, given the patients it was seen in."""
    shares = [
        rng.beta(count + 0.5, total - count + 0.5, DRAWS)
        for count, total in zip(benchmark.having, benchmark.patients, strict=True)
    ]
    hazards = np.exp(rng.normal(benchmark.log_hazard, benchmark.std_error, DRAWS))
    if common:
        hazards = risk_ratios_of_hazard_ratios(hazards)
    return Confounder(shares[0], shares[1], hazards)


def _ordinary(rng: np.random.Generator) -> Confounder:
    low, high = np.log(ORDINARY_STRENGTH)
    shares = rng.uniform(*ORDINARY_SHARE, (2, DRAWS))
    strength = np.exp(rng.normal((low + high) / 2, (high - low) / (2 * normal_quantile(0.975)), DRAWS))
    return Confounder(shares[0], shares[1], strength)


def _asked_for(described: HiddenConfounder, rng: np.random.Generator) -> Confounder:
    low, high = np.log(described.ratio)
    strength = np.exp(rng.normal((low + high) / 2, (high - low) / (2 * normal_quantile(0.975)), DRAWS))
    return Confounder(rng.uniform(*described.group, DRAWS), rng.uniform(*described.reference, DRAWS), strength)


def _freed(label: str, item: HazardRatio, drawn: Confounder, rng: np.random.Generator) -> AnswerUnder:
    estimate = item.estimate
    error = float(np.log(estimate.high / estimate.low) / (2 * normal_quantile(0.975)))
    found = simulated_ratio(float(np.log(estimate.value)), error, drawn, rng, _common(item))
    method = f"median and 95% of {found.draws} draws of confounder and chance"
    return replace(_under(label, item, Estimate(found.value, found.low, found.high, method)), premise=Premise.SUPPOSED)


def _under(label: str, item: HazardRatio, estimate: Estimate) -> AnswerUnder:
    return AnswerUnder(label, item.group, item.reference, estimate, item.n, item.events)


def _grid(item: HazardRatio) -> TippingGrid:
    estimate = item.estimate
    limit = np.nan if _holds_one(estimate) else min(estimate.low, estimate.high, key=lambda x: abs(np.log(x)))
    to_one, to_limit = (_explaining(number, _common(item)) for number in (estimate.value, limit))
    return TippingGrid(item.group, item.reference, SHARES, STRENGTHS, to_one, to_limit)


def _explaining(number: float, common: bool) -> tuple[tuple[float, ...], ...]:
    rows, columns = np.array(SHARES)[:, None], np.array(STRENGTHS)[None, :]
    if np.isnan(number):
        found = np.full((rows.size, columns.size), np.nan)
    else:
        found = share_that_explains(risk_ratio_of_hazard_ratio(number) if common else number, rows, columns)
    return tuple(tuple(float(x) for x in line) for line in found)


def _finding(answers: list[AnswerUnder], benchmark: MeasuredConfounder | None) -> str:
    moved = [f"{ratio(item.estimate.value)} {item.label}" for item in answers[1:]]
    text = f"Hazard ratio {ratio(answers[0].estimate.value)} as asked; {listed(moved)}."
    if benchmark is None:
        return f"{text} Nothing was measured that shows how strong a confounder usually is here."
    parts = [share(count / total, 0) for count, total in zip(benchmark.having, benchmark.patients, strict=True)]
    label = benchmark.label if benchmark.label[1:2].isupper() else benchmark.label[:1].upper() + benchmark.label[1:]
    sides = f"{parts[0]}% of {answers[0].group} and {parts[1]}% of {answers[0].reference}"
    return f"{text} {label}, on the side with more events: {sides}."


def _asked(answers: tuple[AnswerUnder, ...], answer: AnswerUnder) -> Estimate:
    return next(item.estimate for item in answers if item.group == answer.group and item.label == "as asked")


def _common(item: HazardRatio) -> bool:
    return item.events >= COMMON_OUTCOME.value * item.n


def _holds_one(estimate: Estimate) -> bool:
    return bool(estimate.low <= 1 <= estimate.high)


def _finite(estimate: Estimate) -> bool:
    numbers = (estimate.value, estimate.low, estimate.high)
    return all(np.isfinite(x) and x > 0 for x in numbers)
