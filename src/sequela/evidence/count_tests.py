"""Every p-value that some program prints for a table of counts, and which of them was printed."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from sequela.errors import NotEstimableError
from sequela.evidence.printed_cells import Cell
from sequela.stats.chi_square import chi_square_test
from sequela.stats.contingency import (
    expected_counts,
    fisher_exact,
    fisher_mid_p,
    likelihood_ratio_chi_square,
    pearson_chi_square,
    trend_chi_square,
    yates_chi_square,
)
from sequela.stats.kruskal_wallis import kruskal_wallis
from sequela.stats.wilcoxon import wilcoxon_rank_sum

Counts = Sequence[Sequence[int]]
SMALL_EXPECTED = 5
"""Fisher's test is the usual choice where an expected count is smaller."""
MOST_RANKED = 20_000
"""More patients than this are not ranked one by one."""

PEARSON, YATES, FISHER, MID_P, RATIO = "Pearson", "Yates", "Fisher", "Fisher mid-p", "likelihood ratio"
EXACT = (FISHER, MID_P)
"""Slow for large tables of more than two rows."""


def _n_minus_one(table: np.ndarray) -> float:
    """Pearson's statistic times (N - 1)/N, for two rows and two columns."""
    test = pearson_chi_square(table)
    if test.degrees_of_freedom != 1:
        return float("nan")
    total = table.sum()
    return chi_square_test(test.statistic * (total - 1) / total, 1).p_value


def _samples(table: np.ndarray) -> list[np.ndarray]:
    if table.sum() > MOST_RANKED:
        return []
    return [np.repeat(np.arange(len(column)), column) for column in table.T]


def _rank(table: np.ndarray, *, continuity: bool) -> float:
    samples = _samples(table)
    if table.shape[0] < 3 or len(samples) != 2:
        return float("nan")
    return wilcoxon_rank_sum(*samples, continuity=continuity, exact=False).p_value


def _kruskal(table: np.ndarray) -> float:
    samples = _samples(table)
    return float("nan") if table.shape[0] < 3 or len(samples) < 3 else kruskal_wallis(samples).p_value


def _trend(table: np.ndarray, *, linear_by_linear: bool) -> float:
    if table.shape[0] < 3 or table.shape[1] != 2:
        return float("nan")
    return trend_chi_square(table, linear_by_linear=linear_by_linear).p_value


FISHER_STEPS = 1_000_000
"""Rows filled for one exact test: a paper has thousands tried, and larger tables are seldom tested so."""

TESTS: Mapping[str, Callable[[np.ndarray], float]] = {
    PEARSON: lambda table: pearson_chi_square(table).p_value,
    YATES: lambda table: yates_chi_square(table).p_value,
    FISHER: lambda table: fisher_exact(table, most_steps=FISHER_STEPS).p_value,
    MID_P: lambda table: fisher_mid_p(table, most_steps=FISHER_STEPS).p_value,
    RATIO: lambda table: likelihood_ratio_chi_square(table).p_value,
    "Pearson with N - 1": _n_minus_one,
    "trend": lambda table: _trend(table, linear_by_linear=False),
    "linear-by-linear": lambda table: _trend(table, linear_by_linear=True),
    "rank sum": lambda table: _rank(table, continuity=True),
    "rank sum without continuity correction": lambda table: _rank(table, continuity=False),
    "Kruskal-Wallis": _kruskal,
}
ORDERED = ("trend", "linear-by-linear", "rank sum", "rank sum without continuity correction", "Kruskal-Wallis")
"""For levels with an order; authors choose them row by row."""
NAMED: Mapping[str, tuple[str, ...]] = {
    "chi-square": ("Pearson", "Yates"),
    "pearson": ("Pearson",),
    "yates": ("Yates",),
    "fisher": ("Fisher",),
    "mid-p": ("Fisher mid-p",),
    "trend": ("trend", "linear-by-linear"),
    "rank": ("rank sum", "rank sum without continuity correction", "Kruskal-Wallis"),
}
"""What a test as a paper names it can have been."""
HABITS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    PEARSON: ((PEARSON,), (PEARSON,)),
    "Pearson, Fisher where sparse": ((PEARSON,), (FISHER, PEARSON)),
    YATES: ((YATES, PEARSON), (YATES, PEARSON)),
    "Yates, Fisher where sparse": ((YATES, PEARSON), (FISHER, YATES, PEARSON)),
    FISHER: ((FISHER, PEARSON), (FISHER, PEARSON)),
    MID_P: ((MID_P, PEARSON), (MID_P, PEARSON)),
    RATIO: ((RATIO,), (RATIO,)),
}
"""How authors choose a test: the first of a list that exists; one list for tables whose expected counts are all at
least 5, one for sparse tables."""


def p_value(name: str, counts: Counts) -> float:
    """Return the p-value of one of `TESTS`; nan where it cannot be computed for the table."""
    table = np.array(counts)
    try:
        return float(TESTS[name](table))
    except NotEstimableError:
        return float("nan")


def p_values(counts: Counts, names: Sequence[str] = tuple(TESTS)) -> dict[str, float]:
    """Return the p-values that exist of a table of counts, rows by columns, by the name of the test."""
    found = {name: p_value(name, counts) for name in names}
    return {name: value for name, value in found.items() if value == value}


def matching(values: Mapping[str, float], printed: Cell) -> tuple[str, ...]:
    """Return the tests whose p-value can be printed so; 0.99 and 0.999 also stand for all that is larger."""
    return tuple(name for name, value in values.items() if printed.holds(value) or _capped(printed, value))


def _capped(printed: Cell, value: float) -> bool:
    digits = printed.value.text.removeprefix("0.") if printed.value and not printed.bound else ""
    return len(digits) > 1 and set(digits) == {"9"} and value >= printed.ends[0]


def is_sparse(counts: Counts) -> bool:
    """Tell whether some expected count is smaller than 5, where many papers turn to exact tests."""
    try:
        return bool(expected_counts(counts).min() < SMALL_EXPECTED)
    except NotEstimableError:
        return True


def habitual(habit: str, values: Mapping[str, float], *, sparse: bool, larger: bool) -> tuple[str, ...]:
    """Return the tests a habit may have chosen for a table, the likeliest first.

    The first of its list that exists; for more than two rows or columns (`larger`), for which not every program has an
    exact test, also Pearson's in the place of one.
    """
    first = next((name for name in HABITS[habit][sparse] if name in values), "")
    other = (PEARSON,) if larger and first in EXACT and PEARSON in values else ()
    return (first, *other) if first else ()
