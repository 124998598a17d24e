"""Ratios with their intervals, p-values and events; p-values before and after adjustment."""

import math
from collections.abc import Iterator
from dataclasses import replace

from sequela.evidence.check_medians import open_interval
from sequela.evidence.count_tests import matching, p_values
from sequela.evidence.paper_findings import CONTRADICTION, UNCLEAR, UNLIKELY, Finding, agrees, not_checked
from sequela.evidence.paper_tables import WALD, Adjusted, PaperTables, Ratio
from sequela.evidence.printed_cells import PRINTED, QUARTILES, RANGE, Cell
from sequela.evidence.printed_places import cells_at, table_of
from sequela.evidence.ratio_intervals import (
    BELOW,
    SKEW_PER_EVENT,
    TESTS_PER_EVENT,
    Z_SLACK,
    Implied,
    Span,
    implied,
    overlap,
    quantile,
    shown,
    z_of,
)
from sequela.evidence.rounding import rounded

MOST_COMPARISONS = 10
EXPONENTIAL = 0.25
"""Log units by which a ratio of medians may differ from a hazard ratio, and"""
ERRORS = 3.0
"""standard errors: both are needed, since medians of few patients are far off by chance."""
OTHER_TESTS = 0.3
"""Share by which z of a test of counts may differ from Wald's z of their ratio, where the counts are not given."""
EVEN, FINE = 6, 0.02
"""So many ratios of one place in the middle of their limits to the last digit say how all there were made; only ratios
count of which rounding leaves the middle and the estimate open by no more than this share of a half-width."""
CAP = "0.99"
"""Programs print an adjusted p-value of 1 also as 0.99."""


def intervals_of_ratios(paper: PaperTables) -> Iterator[Finding]:
    """CC-08: a ratio lies inside its interval and in its middle on the log scale; odds ratios are those of counts."""
    for ratio in paper.ratios:
        where = place(ratio)
        value, low, high = ratio.cell.value, ratio.cell.low, ratio.cell.high
        if ratio.cell.kind in (RANGE, QUARTILES):
            yield not_checked("CC-08", where, ratio.cell.text, "the paper calls it a range, not an interval")
        elif ratio.cell.state == PRINTED and (low is None) != (high is None):
            yield open_interval("CC-08", where, ratio.cell)
        elif ratio.cell.state != PRINTED or value is None or low is None or high is None:
            yield not_checked("CC-08", where, ratio.cell.text or "-", "no interval is printed")
        elif low.low > value.high or value.low > high.high:
            words = f"{value.text} lies outside {low.text} to {high.text}"
            yield Finding("CC-08", where, ratio.cell.text, words, CONTRADICTION, _inside(ratio))
        else:
            yield _middle(paper, ratio, implied(ratio.cell, paper.level))
        if ratio.counts:
            yield _of_counts(paper, ratio)


def place(ratio: Ratio) -> str:
    """Return where a ratio stands, in words."""
    return f"{ratio.where}, {ratio.name}" if ratio.name else ratio.where


def _middle(paper: PaperTables, ratio: Ratio, found: Implied | None) -> Finding:
    where, text = place(ratio), ratio.cell.text
    if found is None:
        return not_checked("CC-08", where, text, "limits of which the lower is not above zero")
    middle = (math.exp(found.middle[0]), math.exp(found.middle[1]))
    words = f"the geometric middle of the limits is {shown(middle, 3)}"
    if found.off_middle == 0:
        return agrees("CC-08", where, text, words)
    allowed = 0.0 if paper.ratio_intervals == WALD else SKEW_PER_EVENT / found.events + 0.01
    others = _in_the_middle(paper, ratio) if found.off_middle <= allowed else 0
    if others:
        words += f", {found.off_middle:.2f} half-widths off, while the other {others} there lie in it to the last digit"
        return Finding("CC-08", where, text, words, UNLIKELY, _mended(ratio, paper.level))
    if found.off_middle <= allowed:
        return agrees("CC-08", where, text, f"{words}; limits by profile likelihood need not lie evenly")
    program = f" and {paper.program} prints Wald intervals" if paper.ratio_intervals == WALD and paper.program else ""
    words += f", {found.off_middle:.2f} half-widths off{program}"
    return Finding("CC-08", where, text, words, UNLIKELY, _mended(ratio, paper.level))


def _in_the_middle(paper: PaperTables, ratio: Ratio) -> int:
    """Count the finely printed ratios of the same place and kind that lie in the middle; 0 where not all others do."""
    beside = [implied(other.cell, paper.level) for other in _beside(paper, ratio)]
    fine = [found for found in beside if found is not None and found.openness <= FINE]
    own = implied(ratio.cell, paper.level)
    if own is None or own.openness > FINE or len(fine) < EVEN or any(found.off_middle > 0 for found in fine):
        return 0
    return len(fine)


def _beside(paper: PaperTables, ratio: Ratio) -> list[Ratio]:
    return [
        other for other in paper.ratios if other is not ratio and (other.where, other.kind) == (ratio.where, ratio.kind)
    ]


def _inside(ratio: Ratio) -> str:
    """Name the ratio that lies in the middle of the limits."""
    low, high = ratio.cell.low, ratio.cell.high
    if low is None or high is None or low.value <= 0 or high.value <= 0:
        return ""
    return f"{ratio.cell.shown(math.sqrt(low.value * high.value))}, the middle of the limits, or other limits"


def _mended(ratio: Ratio, level: float) -> str:
    """Name the one number whose change puts the ratio in the middle; the one that also gives the p-value, if any."""
    value, low, high = ratio.cell.value, ratio.cell.low, ratio.cell.high
    if value is None or low is None or high is None or min(value.value, low.value, high.value) <= 0:
        return ""
    numbers = {"ratio": value, "lower limit": low, "upper limit": high}
    other = {
        "ratio": math.sqrt(low.value * high.value),
        "lower limit": value.value**2 / high.value,
        "upper limit": value.value**2 / low.value,
    }
    texts = {name: numbers[name].show(number) for name, number in other.items()}
    if ratio.p is not None and ratio.p.value is not None:
        fitting = [name for name, text in texts.items() if _fits_p(_changed(ratio.cell, name, text), ratio.p, level)]
        if fitting:
            words = " or ".join(f"{name} {texts[name]} instead of {numbers[name].text}" for name in fitting)
            return f"{words}, which also gives p {ratio.p.text}"
    return ", ".join(f"{name} {text}" for name, text in texts.items()) + ": one of these"


def _fits_p(cell: Cell, printed: Cell, level: float) -> bool:
    found = implied(cell, level)
    return found is not None and found.off_middle == 0 and overlap(found.z, z_of(printed))


def _changed(cell: Cell, name: str, text: str) -> Cell:
    number = rounded(text)
    value, low, high = cell.value, cell.low, cell.high
    if name == "ratio":
        value = number
    elif name == "lower limit":
        low = number
    else:
        high = number
    return Cell(cell.text, cell.line, value=value, low=low, high=high)


def _of_counts(paper: PaperTables, ratio: Ratio) -> Finding:
    """Compare a ratio with the odds ratio and the risk ratio of its printed counts."""
    where, text = place(ratio), ratio.cell.text
    counts = [cell.count for _, cell in cells_at(paper, ratio.counts)]
    sizes = [column.size for column in table_of(paper, ratio.counts).columns]
    if len(counts) != 2 or None in (*counts, *sizes) or ratio.cell.value is None:
        return not_checked("CC-08", where, text, "not two columns with counts and sizes")
    (a, b), (n, m) = [count or 0 for count in counts], [size or 0 for size in sizes]
    if 0 in (a, b, n - a, m - b):
        return not_checked("CC-08", where, text, "a cell is zero, so the ratio of the counts is zero or infinite")
    ratios = {"odds": a * (m - b) / (b * (n - a)), "risk": a * m / (b * n)}
    own = {kind: value for kind, value in ratios.items() for value in (value, 1 / value) if ratio.cell.holds(value)}
    words = f"odds ratio {ratios['odds']:.3g}, risk ratio {ratios['risk']:.3g} of {a}/{n} and {b}/{m}"
    if ratio.kind in own:
        return agrees("CC-08", where, text, words)
    if ratio.kind == "hazard":
        kind = next((kind for kind in own if _has_limits(ratio.cell, own[kind], (a, b, n, m), kind, paper.level)), "")
        if not kind:
            return agrees("CC-08", where, text, f"{words}; neither with its limits, as it need not be")
        return Finding("CC-08", where, text, f"{words}, with the limits printed", UNCLEAR, f"call it {kind} ratio")
    if own:
        return Finding("CC-08", where, text, words, UNCLEAR, f"call it {next(iter(own))} ratio")
    if ratio.adjusted:
        return agrees("CC-08", where, text, f"{words}; neither, as it need not be")
    return Finding("CC-08", where, text, words, UNLIKELY, f"{ratio.cell.shown(ratios[ratio.kind])}")


def _has_limits(cell: Cell, value: float, counts: tuple[int, int, int, int], kind: str, level: float) -> bool:
    """Tell whether the printed limits are those of an odds or risk ratio of the counts, on the log scale."""
    a, b, n, m = counts
    parts = (1 / a, 1 / (n - a), 1 / b, 1 / (m - b)) if kind == "odds" else (1 / a, -1 / n, 1 / b, -1 / m)
    half = quantile(cell.level or level) * math.sqrt(sum(parts))
    limits = (value * math.exp(-half), value * math.exp(half))
    return cell.low is not None and cell.high is not None and cell.low.holds(limits[0]) and cell.high.holds(limits[1])


def p_values_of_ratios(paper: PaperTables) -> Iterator[Finding]:
    """CC-09: the p-value of a ratio is that of the Wald test its interval implies, or a test of its counts."""
    for ratio in paper.ratios:
        found = implied(ratio.cell, paper.level)
        if ratio.p is None:
            continue
        if found is None or ratio.p.value is None:
            yield not_checked("CC-09", place(ratio), ratio.p.text or "-", "no interval, or no p-value as a number")
            continue
        hazard = ratio.kind == "hazard"
        strict = ratio.p_test == WALD or (
            hazard and ratio.p_test != "likelihood ratio" and paper.ratio_intervals == WALD
        )
        words = f"{ratio.cell.text} is z {shown(found.z)}, p {_p_span(found.z)}"
        tested = "" if strict or hazard else _test_of_counts(paper, ratio, ratio.p)
        if tested:
            yield agrees("CC-09", place(ratio), ratio.p.text, f"{words}; {tested} of the counts gives it")
        else:
            yield _tests(paper, "CC-09", ratio, ratio.p, words, strict)


def _test_of_counts(paper: PaperTables, ratio: Ratio, printed: Cell) -> str:
    """Return the test of the printed counts of an odds or risk ratio that gives its p-value."""
    if not ratio.counts:
        return ""
    counts = [cell.count for _, cell in cells_at(paper, ratio.counts)]
    sizes = [column.size for column in table_of(paper, ratio.counts).columns]
    if len(counts) != 2 or None in (*counts, *sizes):
        return ""
    others = [(size or 0) - (count or 0) for count, size in zip(counts, sizes, strict=True)]
    if min(others) < 0:
        return ""
    return next(iter(matching(p_values([[count or 0 for count in counts], others]), printed)), "")


def _p_span(z: Span) -> str:
    ends = [math.erfc(end / math.sqrt(2)) for end in z]
    low, high = (f"{end:.4f}" if end >= 1e-4 else "<0.0001" for end in (ends[1], ends[0]))
    return low if low == high else f"{low} to {high}"


def _tests(paper: PaperTables, check: str, ratio: Ratio, printed: Cell, words: str, strict: bool) -> Finding:
    """Compare a printed p-value with the z of a ratio; `strict`: both are the same Wald test."""
    found = implied(ratio.cell, paper.level)
    where = place(ratio)
    if found is None:
        return not_checked(check, where, printed.text, "no interval")
    z = z_of(printed)
    most = TESTS_PER_EVENT / found.events
    low, high = found.z
    below, most = (BELOW, most) if ratio.kind == "hazard" else (OTHER_TESTS, most + OTHER_TESTS)
    allowed = found.z if strict else (min(low * (1 - below), low - Z_SLACK), max(high * (1 + most), high + Z_SLACK))
    if overlap(z, allowed):
        return agrees(check, where, printed.text, words)
    crossing = _crossing(paper, found, printed)
    grade = CONTRADICTION if strict and crossing else UNLIKELY
    own = "" if check == "CC-11" else f"; p {printed.text} is z {shown(z)}"
    return Finding(check, where, printed.text, f"{words}{own}{crossing}", grade, _own_p(ratio, found, printed))


def _own_p(ratio: Ratio, found: Implied, printed: Cell) -> str:
    """Return the p-value of the printed ratio and interval as they stand, with the printed decimals."""
    if ratio.cell.value is None or ratio.cell.value.value <= 0:
        return ""
    z = abs(math.log(ratio.cell.value.value)) / (sum(found.std_error) / 2)
    return f"p {printed.shown(math.erfc(z / math.sqrt(2)))} from the ratio and its interval, or another interval"


def _crossing(paper: PaperTables, found: Implied, printed: Cell) -> str:
    """Say where interval and p-value decide differently at the paper's level."""
    limit, (low, high) = quantile(1 - paper.significant), printed.ends
    if (found.z[1] < limit and high <= paper.significant) or (found.z[0] > limit and low >= paper.significant):
        return f"; they decide differently at {paper.significant:g}"
    return ""


def events_of_ratios(paper: PaperTables) -> Iterator[Finding]:
    """CC-10: the interval of a hazard ratio needs no more events than were reported, or than there were patients."""
    for ratio in paper.ratios:
        found = implied(ratio.cell, paper.level)
        if ratio.kind != "hazard" or found is None:
            continue
        known = {"events": ratio.events, "patients": ratio.patients or _patients(paper, ratio)}
        limit = next(((name, number) for name, number in known.items() if number is not None), None)
        if limit is None:
            yield not_checked("CC-10", place(ratio), ratio.cell.text, "neither events nor patients are printed")
            continue
        words = (
            f"a standard error of {shown(found.std_error, 3)} needs at least 4/se^2 = {math.ceil(found.events)} events"
        )
        words += f", {limit[1]} {limit[0]}"
        if found.events <= limit[1]:
            yield agrees("CC-10", place(ratio), ratio.cell.text, words)
        else:
            grade = UNLIKELY if ratio.adjusted else CONTRADICTION
            yield Finding("CC-10", place(ratio), ratio.cell.text, words, grade)


def fewer_in_the_model(paper: PaperTables) -> Iterator[Finding]:
    """CC-21: an adjusted ratio rests on no more patients and events than the unadjusted one."""
    for adjusted in (ratio for ratio in paper.ratios if ratio.adjusted):
        for ratio in (ratio for ratio in paper.ratios if not ratio.adjusted):
            if (ratio.endpoint, ratio.groups) != (adjusted.endpoint, adjusted.groups):
                continue
            for name, part, whole in (
                ("patients", adjusted.patients, ratio.patients),
                ("events", adjusted.events, ratio.events),
            ):
                if part is None or whole is None:
                    continue
                words = f"{part} {name} in the adjusted model, {whole} in the unadjusted one"
                if part <= whole:
                    yield agrees("CC-21", place(adjusted), str(part), words)
                else:
                    yield Finding("CC-21", place(adjusted), str(part), words, CONTRADICTION)


def _patients(paper: PaperTables, ratio: Ratio) -> int | None:
    sizes = [paper.groups.get(name) for name in ratio.groups]
    if sizes and None not in sizes:
        return sum(size or 0 for size in sizes)
    return paper.patients


def log_rank_and_wald(paper: PaperTables) -> Iterator[Finding]:
    """CC-11: the log-rank test and the interval of the hazard ratio can come from the same patients."""
    for ratio in paper.ratios:
        if ratio.log_rank is None:
            continue
        found = implied(ratio.cell, paper.level)
        if found is None or ratio.log_rank.value is None:
            yield not_checked(
                "CC-11", place(ratio), ratio.log_rank.text or "-", "no interval, or no p-value as a number"
            )
            continue
        z = z_of(ratio.log_rank)
        least, most = z[0] / max(found.z[1], 1e-9), z[1] / max(found.z[0], 1e-9)
        words = f"log-rank z {shown(z)} over Wald z {shown(found.z)} is {shown((least, most))}"
        yield _tests(paper, "CC-11", ratio, ratio.log_rank, words, strict=False)


def medians_and_ratios(paper: PaperTables) -> Iterator[Finding]:
    """CC-12: the ratio of two medians is near the inverse hazard ratio, as far as their intervals let one say."""
    for ratio in paper.ratios:
        if ratio.kind != "hazard" or len(ratio.groups) != 2 or ratio.adjusted or ratio.cell.value is None:
            continue
        for medians in (item for item in paper.medians if item.endpoint == ratio.endpoint):
            cells = [medians.groups[name][0] for name in ratio.groups if name in medians.groups]
            if medians.spread != "ci":
                cells = [replace(cell, low=None, high=None) for cell in cells]
            if len(cells) == 2:
                yield _exponential(paper, ratio, cells[0], cells[1])


def _exponential(paper: PaperTables, ratio: Ratio, own: Cell, reference: Cell) -> Finding:
    where, printed = f"{place(ratio)}, medians", ratio.cell.text
    numbers = [cell.value.value if cell.value else 0.0 for cell in (own, reference, ratio.cell)]
    if min(numbers) <= 0 or own.value is None or reference.value is None or ratio.cell.value is None:
        return not_checked("CC-12", where, printed, "a number above zero is not printed for each")
    quotient = math.log(reference.value.value / own.value.value)
    apart = quotient - math.log(ratio.cell.value.value)
    errors = [implied(cell, paper.level) for cell in (own, reference, ratio.cell)]
    words = f"{reference.value.text}/{own.value.text} = {math.exp(quotient):.2f}, {abs(apart):.2f} log units from it"
    if any(error is None for error in errors):
        return agrees("CC-12", where, printed, f"{words}; no intervals to judge it by")
    spread = math.sqrt(sum(error.std_error[1] ** 2 for error in errors if error))
    if abs(apart) <= max(EXPONENTIAL, ERRORS * spread):
        return agrees("CC-12", where, printed, f"{words}, standard error {spread:.2f}")
    words += f", standard error {spread:.2f}: hazards are not proportional, or a number is wrong"
    return Finding("CC-12", where, printed, words, UNCLEAR)


def adjusted_p_values(paper: PaperTables) -> Iterator[Finding]:
    """CC-13: adjusted p-values follow from the raw ones by one rule, and are not smaller."""
    known = [pair for pair in paper.adjusted if pair.raw.value is not None and pair.adjusted.value is not None]
    for pair in (pair for pair in paper.adjusted if pair not in known):
        yield not_checked("CC-13", pair.where, pair.adjusted.text or "-", "a p-value is not printed as a number")
    rules = [(name, m) for m in range(2, MOST_COMPARISONS + 1) for name in ("Bonferroni", "Sidak")]
    rule = next((rule for rule in rules if all(_follows(pair, *rule) for pair in known)), None)
    for pair in known:
        yield _adjustment(pair, rule)


def _follows(pair: Adjusted, rule: str, comparisons: int) -> bool:
    ends = [_adjust(min(max(end, 0.0), 1.0), rule, comparisons) for end in pair.raw.ends]
    if ends[1] >= 1 and pair.adjusted.text == CAP:
        return True
    return overlap((ends[0], ends[1]), pair.adjusted.ends)


def _adjust(p_value: float, rule: str, comparisons: int) -> float:
    return min(1.0, comparisons * p_value) if rule == "Bonferroni" else 1 - (1 - p_value) ** comparisons


def _adjustment(pair: Adjusted, rule: tuple[str, int] | None) -> Finding:
    printed = f"{pair.raw.text}, adjusted {pair.adjusted.text}"
    if pair.adjusted.ends[1] < pair.raw.ends[0]:
        return Finding("CC-13", pair.where, printed, "smaller after adjustment than before", CONTRADICTION)
    if rule is None:
        words = f"no rule of Bonferroni or Sidak for 2 to {MOST_COMPARISONS} comparisons gives all adjusted p-values"
        return Finding("CC-13", pair.where, printed, words, UNCLEAR)
    value = pair.raw.value.value if pair.raw.value else 0.0
    words = f"{rule[0]} for {rule[1]} comparisons: {pair.raw.text} becomes {_adjust(value, *rule):.4g}"
    return agrees("CC-13", pair.where, printed, words)
