"""Percentages with confidence intervals, such as response rates: which method gives the printed limits."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from sequela.evidence.consistency import possible_counts, rounded_shares
from sequela.evidence.paper_findings import CONTRADICTION, UNLIKELY, Finding, agrees, not_checked
from sequela.evidence.paper_tables import PaperTables, Proportion
from sequela.evidence.printed_cells import Cell
from sequela.evidence.rounding import Rounded
from sequela.stats import proportions

METHODS: Mapping[str, Callable[[int, int, float], proportions.Proportion]] = {
    "Clopper-Pearson": proportions.exact_interval,
    "Wilson": proportions.wilson_interval,
    "Wilson with continuity correction": proportions.wilson_corrected_interval,
    "Wald": proportions.wald_interval,
    "Agresti-Coull": proportions.agresti_coull_interval,
}
MOST_COUNTS = 20
"""Where more counts than this can be meant, the interval is not compared."""


def intervals_of_proportions(paper: PaperTables) -> Iterator[Finding]:
    """CC-02 for rates with limits: the percentage is that of its count, and the limits those of a usual method."""
    for item in paper.proportions:
        where = f"{item.where}, {item.name}" if item.name else item.where
        value = item.cell.value or item.cell.second
        if value is None:
            yield not_checked("CC-02", where, item.cell.text or "-", "no percentage is printed as a number")
            continue
        counts = _counts(item, value)
        if not counts:
            exact = rounded_shares(item.count or 0, item.of, value.decimals)["half up"]
            known = f"{item.count}/{item.of} = {exact}%" if item.count is not None else f"no whole number of {item.of}"
            yield Finding("CC-02", where, item.cell.text, known, CONTRADICTION)
        elif item.cell.low is None or item.cell.high is None:
            yield agrees("CC-02", where, item.cell.text, f"{counts[0]} of {item.of}")
        else:
            yield _interval(where, item, counts, paper.level)


def _counts(item: Proportion, value: Rounded) -> tuple[int, ...]:
    """Return the counts the percentage can be of, rounded or truncated."""
    if item.count is None:
        return possible_counts(item.of, value.text, MOST_COUNTS + 1)
    results = rounded_shares(item.count, item.of, value.decimals).values()
    return (item.count,) if Decimal(value.text) in results else ()


def _interval(where: str, item: Proportion, counts: tuple[int, ...], level: float) -> Finding:
    cell, value = item.cell, item.cell.value
    if value is None or cell.low is None or cell.high is None or len(counts) > MOST_COUNTS:
        return not_checked("CC-02", where, cell.text, "too many counts have this percentage")
    if cell.low.low > value.high or value.low > cell.high.high:
        words = f"{value.text} lies outside {cell.low.text} to {cell.high.text}"
        return Finding("CC-02", where, cell.text, words, CONTRADICTION)
    for name, method in METHODS.items():
        for count in counts:
            limits = method(count, item.of, level)
            if _prints(cell.low, limits.low) and _prints(cell.high, limits.high):
                return agrees("CC-02", where, cell.text, f"{count}/{item.of}, {name}")
    words = ", ".join(f"{name} {_shown(cell, counts[0], item.of, name, level)}" for name in METHODS)
    reason = f"no usual interval of {counts[0]}/{item.of}: {words}"
    proposal = _shown(cell, counts[0], item.of, "Clopper-Pearson", level)
    return Finding("CC-02", where, cell.text, reason, UNLIKELY, f"{proposal} (Clopper-Pearson)")


def _prints(number: Rounded, share: float) -> bool:
    return number.holds(100 * share)


def _shown(cell: Cell, count: int, of: int, method: str, level: float) -> str:
    limits = METHODS[method](count, of, level)
    decimals = cell.low.decimals if cell.low else 1
    return f"{100 * limits.low:.{decimals}f}-{100 * limits.high:.{decimals}f}"
