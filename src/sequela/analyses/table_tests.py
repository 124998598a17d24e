"""The tests of a table of patients: by name where a study names one, else those that fit the table."""

from collections.abc import Callable

import numpy as np

from sequela.analyses.conventions import CONVENTIONS, Conventions
from sequela.analyses.results import Test
from sequela.errors import NotEstimableError
from sequela.stats.contingency import (
    fisher_exact,
    fisher_mid_p,
    likelihood_ratio_chi_square,
    pearson_chi_square,
    trend_chi_square,
    yates_chi_square,
)
from sequela.stats.kruskal_wallis import kruskal_wallis
from sequela.stats.mean_tests import one_way_test, t_test
from sequela.stats.proportion_difference import barnard_exact
from sequela.stats.wilcoxon import wilcoxon_rank_sum
from sequela.study.names import NO_TEST

SMALL_EXPECTED = 5
"""Expected count below which Fisher's exact test is the default instead of Pearson's (Cochran 1954)."""


def named_category_test(name: str, counts: np.ndarray) -> Test | None:
    """Return the test a study names, of a table of levels by groups; None where it asks for none.

    Raises
    ------
    NotEstimableError
        Where the table does not fit the test.
    """
    return None if name == NO_TEST else CATEGORY[name](counts[counts.sum(axis=1) > 0])


def named_quantity_test(name: str, groups: list[np.ndarray]) -> Test | None:
    """Return the test a study names, of the known values of each group; None where it asks for none.

    Raises
    ------
    NotEstimableError
        Where the values do not fit the test.
    """
    return None if name == NO_TEST else QUANTITY[name](groups)


def category_tests(counts: np.ndarray, conventions: Conventions = CONVENTIONS["default"]) -> list[Test]:
    """Return the tests of a table of levels by groups, that of the conventions first; none for a single level.

    By default Pearson's, or Fisher's where an expected count of a 2 x 2 table is small. An exact test of so many
    patients that it cannot be computed is left out.
    """
    table = counts[counts.sum(axis=1) > 0]
    if len(table) < 2:
        return []
    if table.shape != (2, 2):
        return [_pearson(table)]
    first = conventions.two_by_two
    if first == "fisher or pearson":
        first = "fisher" if (pearson_chi_square(table).expected < SMALL_EXPECTED).any() else "pearson"
    shown = ("pearson", "fisher", "mid-p")
    return [test for name in dict.fromkeys((first, *shown)) if (test := _if_computable(CATEGORY[name], table))]


def _if_computable(test: Callable[[np.ndarray], Test], table: np.ndarray) -> Test | None:
    try:
        return test(table)
    except NotEstimableError:
        return None


def quantity_tests(groups: list[np.ndarray], conventions: Conventions = CONVENTIONS["default"]) -> list[Test]:
    """Return the rank tests, that of the conventions first; none where every value is the same."""
    try:
        default = QUANTITY[conventions.ranks](groups)
        if len(groups) > 2:
            return [default]
        plain = _ranks(groups, continuity=False, exact=False)
    except NotEstimableError:
        return []
    return [default, plain] if default.name != plain.name else [default]


def _pearson(table: np.ndarray) -> Test:
    found = pearson_chi_square(table)
    return Test("Pearson chi-square", found.p_value, found.statistic, found.degrees_of_freedom)


def _yates(table: np.ndarray) -> Test:
    found = yates_chi_square(table)
    return Test("chi-square, Yates", found.p_value, found.statistic, found.degrees_of_freedom)


def _likelihood_ratio(table: np.ndarray) -> Test:
    found = likelihood_ratio_chi_square(table)
    return Test("likelihood ratio chi-square", found.p_value, found.statistic, found.degrees_of_freedom)


def _trend(table: np.ndarray) -> Test:
    found = trend_chi_square(table)
    return Test("Cochran-Armitage trend", found.p_value, found.statistic, found.degrees_of_freedom)


def _barnard(table: np.ndarray) -> Test:
    found = barnard_exact(table)
    return Test("Barnard exact", found.p_value, found.statistic)


def _ranks(groups: list[np.ndarray], *, continuity: bool = True, exact: bool | str = "auto") -> Test:
    if len(groups) > 2:
        result = kruskal_wallis(groups)
        return Test("Kruskal-Wallis", result.p_value, result.statistic, result.degrees_of_freedom)
    found = wilcoxon_rank_sum(*groups, continuity=continuity, exact=exact)
    return Test(found.method, found.p_value, found.statistic)


def _kruskal_wallis(groups: list[np.ndarray]) -> Test:
    result = kruskal_wallis(groups)
    return Test("Kruskal-Wallis", result.p_value, result.statistic, result.degrees_of_freedom)


def _means(groups: list[np.ndarray], *, equal_variance: bool) -> Test:
    if len(groups) > 2:
        several = one_way_test(groups, equal_variance=equal_variance)
        return Test(several.method, several.p_value, several.statistic)
    found = t_test(*groups, equal_variance=equal_variance)
    return Test(found.method, found.p_value, found.statistic)


CATEGORY: dict[str, Callable[[np.ndarray], Test]] = {
    "pearson": _pearson,
    "yates": _yates,
    "fisher": lambda table: Test("Fisher exact", fisher_exact(table).p_value),
    "mid-p": lambda table: Test("Fisher mid-p", fisher_mid_p(table).p_value),
    "barnard": _barnard,
    "likelihood ratio": _likelihood_ratio,
    "trend": _trend,
}
"""Tests of levels by groups, by the name a study gives them."""

QUANTITY: dict[str, Callable[[list[np.ndarray]], Test]] = {
    "wilcoxon": _ranks,
    "wilcoxon exact": lambda groups: _ranks(groups, exact=True),
    "wilcoxon corrected": lambda groups: _ranks(groups, exact=False),
    "wilcoxon uncorrected": lambda groups: _ranks(groups, exact=False, continuity=False),
    "kruskal-wallis": _kruskal_wallis,
    "welch": lambda groups: _means(groups, equal_variance=False),
    "pooled": lambda groups: _means(groups, equal_variance=True),
}
"""Tests of the values of groups, by the name a study gives them; by ranks, of more than two groups, Kruskal-Wallis."""
