"""Tests of printed means, the mean and deviation of everyone, and the least p-value a rank test of medians can have."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from scipy.special import ndtr

from sequela.errors import NotEstimableError
from sequela.evidence.check_medians import cells_of_row, number_rows
from sequela.evidence.paper_findings import UNCLEAR, UNLIKELY, Finding, agrees, not_checked
from sequela.evidence.paper_tables import NumberRow, PaperTables
from sequela.evidence.printed_cells import Cell
from sequela.evidence.ratio_intervals import Span, overlap, shown, z_of, z_span
from sequela.evidence.rounding import Rounded
from sequela.stats.summary_t_test import one_way_from_summary

OTHER_TEST = 1.5
"""A rank test of the same values seldom lies farther from the t-test, in z."""
MOST_COLUMNS = 4
SMALLEST = 1e-9
NAMES = {True: ("Student", "analysis of variance"), False: ("Welch", "Welch's test of several means")}
"""By whether the variance is pooled: the test of two means, of more."""

Sample = tuple[Rounded, Rounded, int]
"""Mean, standard deviation, number of patients."""


def means(paper: PaperTables) -> Iterator[Finding]:
    """CC-05 for means and medians: a t-test, an analysis of variance or a rank test gives the p-value."""
    for table, row in number_rows(paper):
        if row.p is None:
            continue
        where = f"{table.name}, {row.name}, p"
        given = [(cell, size) for _, cell, size in cells_of_row(table, row)]
        if row.p.value is None:
            yield not_checked("CC-05", where, row.p.text or "-", "no p-value is printed as a number")
        elif row.kind == "median":
            yield _ranks(where, row, row.p, given)
        elif row.spread not in ("sd", "se") or not 2 <= len(given) <= MOST_COLUMNS:
            yield not_checked("CC-05", where, row.p.text, "neither deviations nor standard errors of two to four means")
        else:
            yield _means(where, row, row.p, _samples(given, row.spread))


def _samples(given: Sequence[tuple[Cell, int | None]], spread: str) -> tuple[Sample, ...]:
    """Return mean, deviation and size per column; none where one of them is not printed."""
    found = tuple(
        (cell.value, _times(cell.second, math.sqrt(size)) if spread == "se" else cell.second, size)
        for cell, size in given
        if cell.value is not None and cell.second is not None and size is not None and size > 1
    )
    return found if len(found) == len(given) else ()


def _times(number: Rounded, factor: float) -> Rounded:
    return replace(number, value=factor * number.value, low=factor * number.low, high=factor * number.high)


def _means(where: str, row: NumberRow, printed: Cell, samples: tuple[Sample, ...]) -> Finding:
    spans = _spans(samples) if samples else {}
    if not spans:
        return not_checked("CC-05", where, printed.text, "a mean, a deviation or a size is not printed")
    words = ", ".join(f"{name} {shown(span, 4)}" for name, span in spans.items())
    matching = [name for name, span in spans.items() if overlap(span, printed.ends)]
    if matching:
        return agrees("CC-05", where, printed.text, f"{' and '.join(matching)}: {words}")
    other = _other_spread(row, printed, samples)
    if other:
        reason = f"no test of them gives it: {words}"
        return Finding("CC-05", where, printed.text, reason, UNLIKELY, other)
    z, printed_z = [z_span(*span) for span in spans.values()], z_of(printed)
    apart = min(max(low - printed_z[1], printed_z[0] - high, 0.0) for low, high in z)
    grade = UNLIKELY if apart > OTHER_TEST else UNCLEAR
    may = "" if grade == UNLIKELY else "; a rank test or an adjusted one might"
    return Finding("CC-05", where, printed.text, f"no test of these means gives it: {words}{may}", grade)


def _other_spread(row: NumberRow, printed: Cell, samples: tuple[Sample, ...]) -> str:
    """Tell whether the p-value follows where deviations are standard errors, or the other way round."""
    factors = [math.sqrt(size) ** (1 if row.spread == "sd" else -1) for _, _, size in samples]
    turned = tuple((m, _times(s, factor), n) for (m, s, n), factor in zip(samples, factors, strict=True))
    names = {"sd": "standard errors, not deviations", "se": "standard deviations, not errors"}
    fitting = [name for name, span in _spans(turned).items() if overlap(span, printed.ends)]
    return f"{names[row.spread]} ({fitting[0]} gives {printed.text})" if fitting else ""


def _spans(samples: tuple[Sample, ...]) -> dict[str, Span]:
    """Return the lowest and highest p-value of each test that rounding leaves open."""
    sizes = [size for _, _, size in samples]
    middles = [_toward(samples, centre) for centre in (m.value for m, _, _ in samples)]
    corners = [*product(*((m.low, m.high) for m, _, _ in samples)), *middles]
    deviations = list(product(*((max(s.low, SMALLEST), s.high) for _, s, _ in samples)))
    touching = max(m.low for m, _, _ in samples) <= min(m.high for m, _, _ in samples)
    found = {}
    for pooled, names in NAMES.items():
        try:
            values = [
                one_way_from_summary(mean, deviation, sizes, equal_variance=pooled).p_value
                for mean in corners
                for deviation in deviations
            ]
        except NotEstimableError:
            continue
        found[names[len(samples) > 2]] = (min(values), 1.0 if touching else max(values))
    return found


def _toward(samples: tuple[Sample, ...], centre: float) -> tuple[float, ...]:
    """Return the means as near to one value as rounding allows."""
    return tuple(min(max(centre, m.low), m.high) for m, _, _ in samples)


def _ranks(where: str, row: NumberRow, printed: Cell, given: Sequence[tuple[Cell, int | None]]) -> Finding:
    """Compare the p-value of medians with the least any rank test of so many patients can have."""
    sizes = [size for _, size in given]
    if len(sizes) != 2 or None in sizes or not all(sizes):
        return not_checked("CC-05", where, printed.text, "a test of medians needs the patients' values")
    n, m = (size or 0 for size in sizes)
    exact = 2 / math.comb(n + m, n)
    normal = 2 * float(ndtr(-math.sqrt(3 * n * m / (n + m + 1))))
    least = min(exact, normal)
    apart = row.spread == "range" and _apart(given[0][0], given[1][0])
    if printed.ends[1] < least:
        words = f"no rank test of {n} and {m} patients is below {least:.2g}"
        return Finding("CC-05", where, printed.text, words, UNLIKELY, "another test, or more patients")
    if apart and printed.ends[0] > 2 * max(exact, normal):
        words = f"the two ranges do not meet, so that a rank test gives {exact:.2g} (exact) or {normal:.2g}"
        return Finding("CC-05", where, printed.text, words, UNLIKELY)
    return not_checked("CC-05", where, printed.text, "a test of medians needs the patients' values")


def _apart(first: Cell, second: Cell) -> bool:
    ends = (first.low, first.high, second.low, second.high)
    if any(end is None for end in ends):
        return False
    low, high, other_low, other_high = (end.value for end in ends if end is not None)
    return high < other_low or other_high < low


def means_of_everyone(paper: PaperTables) -> Iterator[Finding]:
    """CC-14 for means: the mean and the deviation of everyone follow from those of the columns."""
    for table, row in number_rows(paper):
        whole = row.everyone
        if row.kind != "mean" or whole is None or whole.value is None:
            continue
        given = [(cell, size) for _, cell, size in cells_of_row(table, row)]
        samples = _samples(given, "sd") if row.spread == "sd" else ()
        where = f"{table.name}, {row.name}, all"
        if not samples:
            yield not_checked("CC-14", where, whole.text, "a mean, a deviation or a size of a column is not printed")
            continue
        total = sum(n for _, _, n in samples)
        span = (sum(n * m.low for m, _, n in samples) / total, sum(n * m.high for m, _, n in samples) / total)
        yield _whole(where, whole, whole.value, span, "the columns have a mean of")
        if whole.second is not None:
            yield _whole(where, whole, whole.second, _deviation(samples, total), "the columns have a deviation of")


def _whole(where: str, cell: Cell, number: Rounded, span: Span, words: str) -> Finding:
    text = f"{words} {shown(span, number.decimals + 1)} together"
    if overlap((number.low, number.high), span):
        return agrees("CC-14", where, cell.text, text)
    return Finding("CC-14", where, cell.text, text, UNLIKELY, number.show(sum(span) / 2))


def _deviation(samples: tuple[Sample, ...], total: int) -> Span:
    """Return the lowest and highest deviation of all columns together."""
    found = []
    for means_ in (
        *product(*((m.low, m.high) for m, _, _ in samples)),
        *(_toward(samples, m.value) for m, _, _ in samples),
    ):
        middle = sum(n * m for m, (_, _, n) in zip(means_, samples, strict=True)) / total
        between = sum(n * (m - middle) ** 2 for m, (_, _, n) in zip(means_, samples, strict=True))
        for end in ("low", "high"):
            within = sum((n - 1) * max(getattr(s, end), 0.0) ** 2 for _, s, n in samples)
            found.append(math.sqrt((within + between) / (total - 1)))
    return min(found), max(found)
