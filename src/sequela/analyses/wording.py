"""How numbers are written: rounding, p-values, percentages, months, ratios, NE and NR.

Halves are rounded away from zero, as a reader does by hand, and on the number as it
prints: 0.25 becomes 0.3. NR (not reached) stands for a median the curve never comes down
to; NE (not estimable) for a limit or a ratio the data cannot give.
"""

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from sequela.analyses.complete_cases import CompleteCases
from sequela.analyses.results import Estimate, Strategy
from sequela.records.dates import DAYS_PER_MONTH

NOT_REACHED = "NR"
NOT_ESTIMABLE = "NE"
MEANING = {
    NOT_REACHED: "NR, not reached: the curve does not come down to one half.",
    NOT_ESTIMABLE: "NE, not estimable from these data.",
}

Writer = Callable[[float], str]


def rounded(value: float, decimals: int = 0) -> str:
    """Write a number with fixed decimals, halves away from zero; NE for nan."""
    if math.isnan(value):
        return NOT_ESTIMABLE
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return str(abs(exact) if exact == 0 else exact)


def p_value(p: float) -> str:
    """Write a two-sided p-value with as many decimals as it deserves, never as zero.

    Above 0.9: `>0.9`; from 0.2 on one decimal; from 0.1 on two; from 0.001 on three; then
    `<0.001`. The limits 0.2 and 0.1 are held against the rounded value. Rule of the R
    package gtsummary, `style_pvalue(digits = 1)`; NE for nan.
    """
    if math.isnan(p):
        return NOT_ESTIMABLE
    if p > 0.9:
        return ">0.9"
    if p < 0.001:
        return "<0.001"
    for decimals, limit in ((1, Decimal("0.2")), (2, Decimal("0.1"))):
        text = rounded(p, decimals)
        if Decimal(text) >= limit:
            return text
    return rounded(p, 3)


def p_statement(p: float) -> str:
    """Write a p-value as a statement: `p = 0.003`, `p < 0.001`, `p not estimable`."""
    text = p_value(p)
    if text == NOT_ESTIMABLE:
        return "p not estimable"
    return f"p {text[0]} {text[1:]}" if text[0] in "<>" else f"p = {text}"


def percent(count: int, total: int, decimals: int = 1) -> str:
    """Write a share as a percentage without its sign; NE where the total is zero."""
    if total == 0:
        return NOT_ESTIMABLE
    share = (Decimal(100) * count / total).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return str(share)


def left_in_words(item: Strategy) -> str:
    """Write how many left a strategy of a target trial, of all."""
    return f"{item.left} of {item.clones} ({percent(item.left, item.clones)}%)"


def count_percent(count: int, total: int, decimals: int = 1) -> str:
    """Write a count and its percentage: `13 (72.2)`; the count alone where the total is zero."""
    return f"{count} ({percent(count, total, decimals)})" if total else f"{count}"


def share(value: float, decimals: int = 1) -> str:
    """Write a probability between 0 and 1 as a percentage without its sign; NE for nan."""
    return rounded(100 * value, decimals) if math.isfinite(value) else NOT_ESTIMABLE


def months(days: float) -> str:
    """Write days as months of 30.4375 days with one decimal; NE for nan."""
    return rounded(days / DAYS_PER_MONTH, 1)


def ratio(value: float) -> str:
    """Write a ratio with two decimals; beyond 0.01 and 1000 only the bound; NE for nan."""
    if 0 <= value < 0.005:
        return "<0.01"
    if value > 1000:
        return ">1000"
    return rounded(value, 2)


def interval(low: float, high: float, write: Writer) -> str:
    """Write an interval: `1.37–5.89`, with NE for a limit that is nan."""
    between = " to " if low < 0 or high < 0 else "–"
    return f"{_limit(low, write)}{between}{_limit(high, write)}"


def with_interval(estimate: Estimate, write: Writer, absent: str = NOT_ESTIMABLE) -> str:
    """Write an estimate and its interval: `2.8 (1.7–4.8)`, `NR (4.1–NE)`, or NE alone.

    `absent` stands for a value that is nan; without any limit it stands alone.
    """
    value = absent if math.isnan(estimate.value) else write(estimate.value)
    if math.isnan(estimate.low) and math.isnan(estimate.high):
        return value if math.isnan(estimate.value) else f"{value} ({NOT_ESTIMABLE})"
    return f"{value} ({interval(estimate.low, estimate.high, write)})"


def median_months(estimate: Estimate) -> str:
    """Write a median time and its interval in months, NR where the curve does not reach it."""
    return with_interval(estimate, months, absent=NOT_REACHED)


def worded(estimate: Estimate, write: Writer, level: str, unit: str = "") -> str:
    """Write an estimate for a sentence: `2.8 months (95% CI 1.7–4.8)`."""
    if math.isnan(estimate.value):
        value = "not reached" if write is months else "not estimable"
    else:
        value = f"{write(estimate.value)} {unit}".rstrip()
    if math.isnan(estimate.low) and math.isnan(estimate.high):
        return value
    return f"{value} ({level} CI {interval(estimate.low, estimate.high, write)})"


def inside_sentence(label: str) -> str:
    """Return a label as it stands inside a sentence: `visceral disease`, but `ECOG performance status`."""
    return label[:1].lower() + label[1:] if label[1:2].islower() or label[1:2] == " " else label


def quantity_writer(values: tuple[float, ...]) -> Writer:
    """Choose the decimals of a measured quantity from its lowest and highest values.

    Whole limits make it a counted quantity, whose median may still end in .5; any other
    quantity is written with one decimal.
    """
    finite = [value for value in values if math.isfinite(value)]
    if all(value == int(value) for value in finite):
        return lambda value: rounded(value, 0 if math.isfinite(value) and value == int(value) else 1)
    return lambda value: rounded(value, 1)


def standardised_difference(value: float) -> str:
    """Write a standardised difference with two decimals; a dash where there is none to compute."""
    return "–" if math.isnan(value) else rounded(value, 2)


def counted(number: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun: `1 patient`, `42 patients`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def listed(parts: tuple[str, ...] | list[str]) -> str:
    """Join words as a sentence does: `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def explained(texts: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Return what NR and NE mean, for those that occur in the texts."""
    words = {word.strip("()") for text in texts for word in text.replace("–", " ").split()}
    return tuple(meaning for mark, meaning in MEANING.items() if mark in words)


def loss_sentence(cases: CompleteCases) -> str:
    """Say who is left out of a model and for what; empty where nobody is."""
    if cases.complete:
        return ""
    by_group = [f"{n} in {group}" for group, n in zip(cases.groups[:-1], cases.left_out[:-1], strict=True)]
    by_covariate = [f"{item.label} {item.counts[-1]}" for item in cases.covariates if item.counts[-1]]
    out, size = cases.left_out[-1], cases.sizes[-1]
    who = f"{out} of {size} patients ({percent(out, size)}%) are left out of the {cases.model} ({', '.join(by_group)})"
    return f"{who}: a covariate is missing ({', '.join(by_covariate)})."


def _limit(value: float, write: Writer) -> str:
    return NOT_ESTIMABLE if math.isnan(value) else write(value)
