"""How the answer moves: the main hazard ratio asked in every other way that the report card tried."""

import math

from sequela.analyses.report_card import AnswerUnder, Premise, Status
from sequela.analyses.results import Estimate, HazardRatio
from sequela.analyses.study_result import StudyResult
from sequela.analyses.wording import counted, interval, ratio, with_interval
from sequela.frozen import frozen

SAME = 1e-6
"""Ratios that differ relatively by less are one answer, if their limits are as near as those of two methods."""
LIMITS = 0.05


@frozen
class Way:
    """The main comparison asked in one other way.

    Attributes
    ----------
    item, label : str
        Title of the item of the card, and what is done otherwise.
    estimate : Estimate
    premise : Premise
        What it rests on.
    """

    item: str
    label: str
    estimate: Estimate
    premise: Premise


@frozen
class Moves:
    """The answers as asked, crude and adjusted, and in every other way of the card, in its order."""

    asked: tuple[HazardRatio, ...]
    ways: tuple[Way, ...]

    def of(self, premise: Premise) -> tuple[Way, ...]:
        """Return the ways that rest on this."""
        return tuple(way for way in self.ways if way.premise is premise)


def moves(result: StudyResult) -> tuple[Moves, ...]:
    """Return how the hazard ratio of each group against the reference moves; none where no item moved it.

    Left out are parts of the patients or of the time, which ask something else; ways without a finite ratio; and
    answers already there. Of an item that raises no concern only the lowest and the highest ratio are kept.
    """
    survival = result.main_survival
    if result.too_early or survival is None:
        return ()
    groups = dict.fromkeys(item.group for item in survival.hazard_ratios)
    ratios = [tuple(item for item in survival.hazard_ratios if item.group == group) for group in groups]
    return tuple(moved for asked in ratios if (moved := _moves_of(result, asked)).ways)


def _moves_of(result: StudyResult, asked: tuple[HazardRatio, ...]) -> Moves:
    known, ways = [item.estimate for item in asked], list[Way]()
    for item in result.card.worst_first():
        new: list[Way] = []
        for answer in item.answers:
            if _asks_the_same(answer, asked[0]) and not any(_same(answer.estimate, one) for one in known):
                known.append(answer.estimate)
                new.append(Way(item.title, answer.label, answer.estimate, answer.premise))
        ways += _ends(new) if item.status is Status.OK else new
    return Moves(asked, tuple(ways))


def _asks_the_same(answer: AnswerUnder, asked: HazardRatio) -> bool:
    whole = answer.quantity == "hazard ratio" and answer.premise is not Premise.PART
    return whole and answer.group == asked.group and bool(answer.reference) and math.isfinite(answer.estimate.value)


def _ends(ways: list[Way]) -> list[Way]:
    """Return the lowest and the highest, in their order."""
    values = [way.estimate.value for way in ways]
    return [way for way in ways if way.estimate.value in (min(values), max(values))]


def in_short(found: Moves, several: bool = False) -> tuple[str, str, str]:
    """Return label, range and reading of the other ways, for the first screen; with the group among several."""
    what = f"Hazard ratio {found.asked[0].group} vs {found.asked[0].reference}" if several else "Hazard ratio"
    recorded, supposed = found.of(Premise.RECORDED), found.of(Premise.SUPPOSED)
    if not recorded:
        return f"{what}, supposing what is not recorded", _range(supposed), _holding(supposed)
    more = f"; supposing what is not recorded, {_range(supposed)}" if supposed else ""
    return f"{what} in {counted(len(recorded), 'other way')}", _range(recorded), _holding(recorded) + more


def in_words(every: tuple[Moves, ...]) -> str:
    """Return every answer in sentences, one a group, for those who do not see the figure."""
    return " ".join(_in_words(found) for found in every)


def _in_words(found: Moves) -> str:
    asked = [f"{_name(item)}: {with_interval(item.estimate, ratio)}" for item in found.asked]
    others = [f"{way.label} ({way.item}): {with_interval(way.estimate, ratio)}" for way in found.ways]
    return f"Hazard ratios of {found.asked[0].group} against {found.asked[0].reference}. {'; '.join(asked + others)}."


def _name(item: HazardRatio) -> str:
    return "as asked, adjusted" if item.adjusted_for else "as asked"


def _same(one: Estimate, other: Estimate) -> bool:
    limits = ((one.low, other.low), (one.high, other.high))
    near = all(math.isclose(a, b, rel_tol=LIMITS) or (math.isnan(a) and math.isnan(b)) for a, b in limits)
    return near and math.isclose(one.value, other.value, rel_tol=SAME)


def _range(ways: tuple[Way, ...]) -> str:
    values = [way.estimate.value for way in ways]
    low, high = ratio(min(values)), ratio(max(values))
    return low if low == high else f"{low} to {high}"


def _holding(ways: tuple[Way, ...]) -> str:
    """Say how many intervals include 1."""
    number = sum(not (way.estimate.low > 1 or way.estimate.high < 1) for way in ways)
    if len(ways) == 1:
        limits = interval(ways[0].estimate.low, ways[0].estimate.high, ratio)
        return f"95% CI {limits}"
    if number in (0, len(ways)):
        return f"{'every' if number else 'no'} interval includes a ratio of 1"
    return f"{number} of the {len(ways)} intervals {'include' if number > 1 else 'includes'} a ratio of 1"
