"""The report card of a study: every way the answer may be wrong, with the number that says so.

Values only: `sequela.audit` fills them in, `sequela.report` words and draws them.
"""

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

import polars as pl

from sequela.analyses.results import Estimate
from sequela.analyses.tidy import Row, row, tidy
from sequela.frozen import frozen


class Status(StrEnum):
    """How an item of the card ended, from good to bad."""

    OK = "OK"
    NOT_ASSESSABLE = "NOT ASSESSABLE"
    WARN = "WARN"
    ERROR = "ERROR"

    @property
    def rank(self) -> int:
        """Return 0 for OK and more for what is worse."""
        return tuple(Status).index(self)


class Premise(StrEnum):
    """What an answer of the card rests on: the records, something they do not hold, or a part of patients or time."""

    RECORDED = "recorded"
    SUPPOSED = "supposed"
    PART = "part"


@frozen
class Measure:
    """A number an item looked at.

    Attributes
    ----------
    name : str
        In words of the field, lower case with underscores: `guaranteed_share`.
    value : float
        nan where it could not be computed.
    group : str
        Empty where it belongs to no group.
    low, high : float
        Interval; nan without one.
    method : str
        How it was computed, in words.
    """

    name: str
    value: float
    group: str = ""
    low: float = float("nan")
    high: float = float("nan")
    method: str = ""


@frozen
class AnswerUnder:
    """The comparison of the study under one way of doing it: as asked, or after a remedy.

    Attributes
    ----------
    label : str
        The way, in words: `as asked`, `with delayed entry`.
    group, reference : str
    estimate : Estimate
        Usually a hazard ratio of `group` against `reference`.
    n, events : int
    quantity : str
        What the estimate is.
    premise : Premise
        What it rests on.
    """

    label: str
    group: str
    reference: str
    estimate: Estimate
    n: int
    events: int
    quantity: str = "hazard ratio"
    premise: Premise = Premise.RECORDED


def resting_on(premise: Premise, answers: Iterable[AnswerUnder]) -> tuple[AnswerUnder, ...]:
    """Return the answers with what they rest on."""
    return tuple(replace(answer, premise=premise) for answer in answers)


@frozen
class TippingGrid:
    """Which confounders would explain a comparison: for each size, the share of the group that would have to have one.

    Attributes
    ----------
    group, reference : str
    shares : tuple of float
        Of the reference that has it; the rows.
    strengths : tuple of float
        Risk ratio of the event with it; the columns.
    to_one : tuple of tuples of float
        Share of the group at which the estimate becomes 1; nan where no share does.
    to_limit : tuple of tuples of float
        Share at which the interval reaches 1; nan where no share does, or the interval holds 1 as it is.
    """

    group: str
    reference: str
    shares: tuple[float, ...]
    strengths: tuple[float, ...]
    to_one: tuple[tuple[float, ...], ...]
    to_limit: tuple[tuple[float, ...], ...]


@frozen
class CardItem:
    """One item of the card.

    Attributes
    ----------
    id : str
        `B1` … `B16`, with a letter where one section has several.
    name : str
        Its name in results and in addresses: `time_zero`.
    title : str
        One or two plain words.
    status : Status
    finding : str
        One sentence with the number that decided the status.
    direction : str
        Which way it bends the answer; empty where nothing was found.
    remedy : str
        What was done about it, or what the reader can do; may be empty.
    measures : tuple of Measure
    answers : tuple of AnswerUnder
        The answer before and after the remedy; the first is as asked.
    grids : tuple of TippingGrid
    more : tuple of str
        Further findings, a sentence each; the first is `finding`.
    """

    id: str
    name: str
    title: str
    status: Status
    finding: str
    direction: str = ""
    remedy: str = ""
    measures: tuple[Measure, ...] = ()
    answers: tuple[AnswerUnder, ...] = ()
    grids: tuple[TippingGrid, ...] = ()
    more: tuple[str, ...] = ()

    def warned(self, direction: str, remedy: str, finding: str = "") -> "CardItem":
        """Return the item as a warning, with the finding it had where no other is given."""
        said = finding or self.finding
        return replace(self, status=Status.WARN, finding=said, direction=direction, remedy=remedy)


@frozen
class ReportCard:
    """Every item, in the order of the sections of the audit."""

    items: tuple[CardItem, ...]

    @property
    def grade(self) -> Status:
        """Return the worst status; what could not be assessed is no better than a pass, and no worse."""
        return max((item.status for item in self.items), key=lambda status: status.rank, default=Status.NOT_ASSESSABLE)

    def worst_first(self) -> tuple[CardItem, ...]:
        """Return the items, what stops the reader first; within a status in the order of the card."""
        return tuple(sorted(self.items, key=lambda item: -item.status.rank))

    def shown(self) -> tuple[tuple[CardItem, ...], ...]:
        """Return the items worst first; those that could not be assessed for one reason stand together."""
        lines: dict[tuple[str, str], list[CardItem]] = {}
        for item in self.worst_first():
            alone = item.status is not Status.NOT_ASSESSABLE or bool(item.remedy or item.answers)
            lines.setdefault((item.name, "") if alone else ("", item.finding), []).append(item)
        return tuple(tuple(items) for items in lines.values())

    def of(self, status: Status) -> tuple[CardItem, ...]:
        """Return the items of one status."""
        return tuple(item for item in self.items if item.status is status)

    def named(self, name: str) -> CardItem:
        """Return an item by its name.

        Raises
        ------
        KeyError
            Where the card has no such item.
        """
        found = {item.name: item for item in self.items}
        return found[name]

    @property
    def results(self) -> pl.DataFrame:
        """Return the card as rows of the tidy table: `variable` is the item, `level` its status."""
        return tidy([line for item in self.items for line in _rows(item)])


def _rows(item: CardItem) -> list[Row]:
    place = {"variable": item.name, "level": item.status.value}
    rows: list[Row] = [row("audit", "status", float(item.status.rank), method=f"{item.id} {item.title}", **place)]
    for measure in item.measures:
        limits = {"low": measure.low, "high": measure.high, "method": measure.method or None}
        rows.append(row("audit", measure.name, measure.value, group=measure.group or None, **limits, **place))
    for answer in item.answers:
        number = answer.estimate
        about = {"group": answer.group, "n": answer.n, "events": answer.events, "low": number.low, "high": number.high}
        method = f"{answer.label}; {number.method}"
        statistic = answer.quantity.replace(" ", "_")
        rows.append(row("audit", statistic, number.value, method=method, **about, **place))
    for grid in item.grids:
        rows += _cells(grid, place)
    return rows


def _cells(grid: TippingGrid, place: dict[str, str]) -> list[Row]:
    return [
        row(
            "audit", name, line[column], group=grid.group, method=f"{share:g} of the reference, ratio {size:g}", **place
        )
        for name, cells in (("share_that_explains", grid.to_one), ("share_that_explains_the_limit", grid.to_limit))
        for share, line in zip(grid.shares, cells, strict=True)
        for column, size in enumerate(grid.strengths)
    ]
