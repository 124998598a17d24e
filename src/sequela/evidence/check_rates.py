"""Events per person-time, and person-time beside patients and follow-up."""

from collections.abc import Callable, Iterator, Mapping

from sequela.errors import NotEstimableError
from sequela.evidence.check_medians import ordered
from sequela.evidence.lengths_of_time import Length, longest, product, shortest
from sequela.evidence.paper_findings import CONTRADICTION, UNLIKELY, Finding, agrees, not_checked
from sequela.evidence.paper_tables import PaperTables, PersonTime
from sequela.evidence.printed_cells import Cell
from sequela.evidence.ratio_intervals import Span, overlap, shown
from sequela.evidence.rounding import Rounded
from sequela.stats import rates

METHODS: Mapping[str, Callable[[int, float, float], rates.Rate]] = {
    "exact Poisson": rates.exact_rate_interval,
    "Byar": rates.byar_rate_interval,
    "log": rates.log_rate_interval,
    "Wald": rates.wald_rate_interval,
}
MEAN_OF_MONTHS = 0.02
"""Share by which person-time may differ where years, months and days were turned into each other."""


def rates_of_events(paper: PaperTables) -> Iterator[Finding]:
    """CC-27: a rate is its events over its person-time, with a usual interval; person-time fits the follow-up."""
    for item in paper.person_time:
        where = f"{item.where}, {item.name}" if item.name else item.where
        yield from _rate(where, item, paper.level)
        yield from _follow_up(where, item)


def _rate(where: str, item: PersonTime, level: float) -> Iterator[Finding]:
    cell = item.rate
    if cell is None:
        return
    if cell.value is None or item.events is None:
        yield not_checked("CC-27", where, cell.text or "-", "the rate or its events are not printed as numbers")
        return
    time = item.time.value
    own = item.per * item.events / max(time.high, 1e-9), item.per * item.events / max(time.low, 1e-9)
    words = f"{item.per:g} x {item.events}/{time.text} = {shown(own, cell.value.decimals + 1)}"
    if not overlap(own, cell.ends):
        proposal = cell.value.show(item.per * item.events / max(time.value, 1e-9))
        yield Finding("CC-27", where, cell.text, words, CONTRADICTION, proposal)
    elif cell.low is None or cell.high is None:
        yield agrees("CC-27", where, cell.text, words)
    elif ordered(where, cell, "around").grade == CONTRADICTION:
        yield ordered(where, cell, "around")
    else:
        yield _limits(where, item, cell, cell.level or level)


def _limits(where: str, item: PersonTime, cell: Cell, level: float) -> Finding:
    found = {name: _span(method, item, level) for name, method in METHODS.items()}
    known = {name: spans for name, spans in found.items() if spans}
    for name, (lows, highs) in known.items():
        if cell.low and cell.high and _prints(cell.low, lows) and _prints(cell.high, highs):
            return agrees("CC-27", where, cell.text, f"{item.events} events, {name}")
    decimals = cell.low.decimals if cell.low else 1
    words = ", ".join(f"{name} {sum(a) / 2:.{decimals}f}-{sum(b) / 2:.{decimals}f}" for name, (a, b) in known.items())
    return Finding("CC-27", where, cell.text, f"no usual interval of {item.events} events: {words}", UNLIKELY)


def _prints(number: Rounded, span: Span) -> bool:
    return overlap((number.low, number.high), span)


def _span(
    method: Callable[[int, float, float], rates.Rate], item: PersonTime, level: float
) -> tuple[Span, Span] | None:
    """Return what rounding of the person-time leaves open of either limit."""
    try:
        few, many = (
            method(item.events or 0, max(end, 1e-9), level) for end in (item.time.value.high, item.time.value.low)
        )
    except NotEstimableError:
        return None
    return (item.per * few.low, item.per * many.low), (item.per * few.high, item.per * many.high)


def _follow_up(where: str, item: PersonTime) -> Iterator[Finding]:
    """Person-time is patients times mean follow-up, and no more than patients times the longest."""
    if item.events is not None and item.patients is not None and item.once and item.events > item.patients:
        words = f"{item.patients} patients, each with one event at most"
        yield Finding("CC-27", where, f"{item.events} events", words, CONTRADICTION)
    if item.patients is None:
        return
    for name, length in (("mean", item.mean), ("longest", item.longest)):
        if length is not None:
            yield _product(where, item, name, length)
    if item.longest is not None:
        for name, length in (("mean", item.mean), ("median", item.median)):
            if length is not None and shortest(length) > (1 + _slack(length, item.longest)) * longest(item.longest):
                words = f"no more than the longest, {item.longest.text}"
                yield Finding("CC-27", where, f"{name} {length.text}", words, CONTRADICTION)


def _slack(first: Length, second: Length) -> float:
    return MEAN_OF_MONTHS if first.unit != second.unit else 0.0


def _product(where: str, item: PersonTime, name: str, length: Length) -> Finding:
    low, high = product(item.patients or 0, length, item.time)
    slack = _slack(length, item.time)
    time = item.time.value
    words = f"{item.patients} x {name} {length.text} = {shown((low, high), time.decimals)} {item.time.unit}s"
    too_much = time.low > high * (1 + slack)
    too_little = name == "mean" and time.high < low * (1 - slack)
    if too_much or too_little:
        return Finding("CC-27", where, item.time.text, words, CONTRADICTION, "one of the three")
    return agrees("CC-27", where, item.time.text, words)
