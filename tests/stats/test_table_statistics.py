"""Tables, pairs and means: what a pencil gives, what was printed, laws, and bad input."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.errors import NotEstimableError
from sequela.stats.contingency import fisher_exact
from sequela.stats.mean_tests import one_way_test, t_test
from sequela.stats.paired_tables import bowker_symmetry, mcnemar, mcnemar_exact, stuart_maxwell
from sequela.stats.proportion_difference import (
    barnard_exact,
    exact_difference,
    miettinen_nurminen_difference,
    newcombe_difference,
    wald_difference,
)
from sequela.stats.wilcoxon import wilcoxon_rank_sum
from tests.golden import read
from tests.golden.tolerances import DISTRIBUTION, MERGED, PRINTED, QUASI_RANDOM, ROOT, SUMMATION

METHODS = (wald_difference, newcombe_difference, miettinen_nurminen_difference, exact_difference)


def near(value, tolerance=SUMMATION):
    return pytest.approx(float(value), rel=tolerance, abs=0)


def test_pairs_by_hand():
    """Six changed one way and one the other: (6 - 1)^2 / 7; the binomial with 7 halves."""
    table = [[8, 6], [1, 5]]
    assert mcnemar(table).statistic == near(Fraction(25, 7))
    assert mcnemar(table, continuity=True).statistic == near(Fraction(16, 7))
    assert mcnemar_exact(table).p_value == near(Fraction(16, 128))
    assert mcnemar_exact(table, mid_p=True).p_value == near(Fraction(9, 128))
    assert bowker_symmetry(table).statistic == near(Fraction(25, 7)) == stuart_maxwell(table).statistic


def test_marginal_homogeneity_by_hand():
    """Two more left the first level than came, two more came to the third: 2^2 times (1/4 + 1/2) on the way between."""
    found = stuart_maxwell([[7, 3, 0], [1, 2, 2], [0, 0, 4]])
    assert (found.statistic, found.degrees_of_freedom) == (near(3), 2)
    assert bowker_symmetry([[7, 3, 0], [1, 2, 2], [0, 0, 4]]).statistic == near(Fraction(4, 4) + Fraction(4, 2))


def test_unconditional_tests_by_hand():
    """Both against none of two: p^2 q^2, twice, is largest at one half."""
    assert barnard_exact([[2, 0], [0, 2]]).p_value == near(Fraction(1, 8))
    one = exact_difference(1, 1, 0, 1)
    # One against none of one: the square of (1 + difference) / 2 is the largest probability.
    assert (one.low, one.high) == (near(2 * 0.025**0.5 - 1, ROOT), 1.0)


def test_means_by_hand():
    """1, 2 and 4, 9: variances 1/2 and 25/2, standard error the root of 13/2."""
    found = t_test([1, 2, np.nan], [4, 9])
    assert (found.value, found.missing, found.n_x) == (-5, 1, 2)
    assert found.statistic == near(-5 / 6.5**0.5)
    assert found.degrees_of_freedom == near(Fraction(169, 4) / (Fraction(1, 16) + Fraction(625, 16)))
    assert t_test([1, 2], [4, 9], equal_variance=True).degrees_of_freedom == 2
    assert one_way_test([[1, 2], [4, 9]]).statistic == near(25 / 6.5)


def test_ranks_with_ties_by_hand():
    """Of the ranks 1.5, 1.5 and 3 only the last is one away from the mean of 2, the others a half."""
    found = wilcoxon_rank_sum([3], [1, 1], exact=True)
    assert found.p_value == near(Fraction(1, 3)) and found.method.endswith("exact with ties")
    assert wilcoxon_rank_sum([1], [1, 3], exact=True).p_value == 1


def test_three_by_three_by_hand():
    """Six tables with one patient in each row and column, all equally probable."""
    assert fisher_exact(np.eye(3)).probability == near(Fraction(1, 6))
    assert fisher_exact(np.eye(3)).p_value == near(1)


def test_tables_too_many_to_list_have_the_p_values_of_r():
    expected = {row["table"]: float(row["p_value"]) for row in read.rows("fisher_tables", "expected")}
    for (name,), cells in read.parts(read.rows("fisher_tables", "data"), "table").items():
        place = [np.array([int(cell[axis]) for cell in cells]) - 1 for axis in ("row", "column")]
        table = np.zeros([at.max() + 1 for at in place])
        table[*place] = read.numbers(cells, "count")
        assert fisher_exact(table.T[::-1]).p_value == pytest.approx(expected[name], rel=MERGED), name


@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=2, max_size=4))
@settings(max_examples=40, deadline=None)
def test_tables_put_together_are_those_listed_one_by_one(rows):
    """Every table with the margins, row by row, each with the probability of the hypergeometric distribution."""
    table = np.array(rows)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape) < 2:
        return

    def listed(sizes, left):
        if len(sizes) == 1:
            return [(tuple(left),)]
        within = (range(min(sizes[0], room) + 1) for room in left)
        return [
            (row, *rest)
            for row in itertools.product(*within)
            if sum(row) == sizes[0]
            for rest in listed(sizes[1:], [room - cell for room, cell in zip(left, row, strict=True)])
        ]

    def ways(cells):
        return Fraction(1, math.prod(math.factorial(int(cell)) for row in cells for cell in row))

    every = [ways(cells) for cells in listed(table.sum(axis=1).tolist(), table.sum(axis=0).tolist())]
    seen = ways(table)
    found = fisher_exact(table)
    assert found.p_value == near(sum(each for each in every if each <= seen) / sum(every))
    assert found.probability == near(seen / sum(every))


def test_differences_as_newcombe_printed_them():
    """Newcombe (1998), Table II: 56 of 70 less 48 of 80."""
    printed = {
        wald_difference: (0.0575, 0.3425),
        newcombe_difference: (0.0524, 0.3339),
        miettinen_nurminen_difference: (0.0528, 0.3382),
    }
    for method, limits in printed.items():
        found = method(56, 70, 48, 80)
        assert (found.low, found.high) == pytest.approx(limits, abs=PRINTED * 1e-4)


counts = st.integers(0, 9).flatmap(lambda x: st.tuples(st.just(x), st.integers(max(x, 1), 10)))


@given(counts, counts)
@settings(max_examples=25, deadline=None)
def test_groups_turned_round_turn_the_interval_round(x, y):
    for method in METHODS[:3] if x[1] * y[1] > 40 else METHODS:
        found, turned = method(*x, *y), method(*y, *x)
        assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low), abs=ROOT)
        assert -1 - ROOT <= found.low <= found.value + ROOT and found.value - ROOT <= found.high <= 1 + ROOT


@pytest.mark.parametrize("table", [[[40, 20], [60, 110]], [[1, 4], [9, 7]]])
def test_barnard_agrees_with_scipy(table):
    """Where no other table ties with that seen: SciPy loses such ties by rounding."""
    found, wanted = barnard_exact(table), scipy.stats.barnard_exact(table, n=256)
    assert found.p_value == pytest.approx(wanted.pvalue, rel=QUASI_RANDOM)
    assert found.statistic == near(wanted.statistic, DISTRIBUTION)


def test_barnard_finds_the_highest_of_several_summits():
    """Seven against twelve of fifteen, on a fine grid; SciPy stops on a lower summit, at 0.06815."""
    a, share = np.arange(16), np.linspace(0, 1, 4001)
    pooled = np.add.outer(a, a) / 30
    with np.errstate(invalid="ignore"):
        z = np.nan_to_num(np.subtract.outer(a, a) / 15 / np.sqrt(pooled * (1 - pooled) * 2 / 15))
    of_each = scipy.stats.binom.pmf(a, 15, share[:, None])
    whole = ((of_each @ (np.abs(z) >= abs(z[7, 12]) - 1e-9).astype(float)) * of_each).sum(axis=1).max()
    found = barnard_exact([[7, 12], [8, 3]]).p_value
    assert found == near(whole, QUASI_RANDOM) and found > 0.0682


def test_tables_that_tie_count_as_extreme():
    """One of one against one of three: of eight tables those with none of one and two of three tie; at one half."""
    assert barnard_exact([[1, 1], [0, 2]]).p_value == near(Fraction(1 + 1 + 3 + 3, 16))


@given(st.lists(st.integers(0, 4), min_size=2, max_size=7), st.lists(st.integers(0, 4), min_size=2, max_size=7))
@settings(max_examples=25, deadline=None)
def test_exact_ranks_do_not_know_which_sample_is_first(x, y):
    if len({*x, *y}) < 2:
        return
    one, other = (wilcoxon_rank_sum(*pair, exact=True).p_value for pair in ((x, y), (y, x)))
    assert one == near(other)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mcnemar([[3, 0], [0, 4]]), "no pair changed"),
        (lambda: mcnemar(np.ones((3, 3))), "Stuart and Maxwell"),
        (lambda: stuart_maxwell([[1, 2, 3], [4, 5, 6]]), "as many rows as columns"),
        (lambda: stuart_maxwell([[1, 0.5], [2, 3]]), "not a count"),
        (lambda: bowker_symmetry(np.diag([3, 4, 5])), "no pair changed"),
        (lambda: barnard_exact([[0, 1], [0, 2]]), "at least one patient"),
        (lambda: barnard_exact(np.ones((3, 2))), "2 x 2"),
        (lambda: barnard_exact([[300, 200], [60, 110]]), "at most 50000"),
        (lambda: exact_difference(3, 2, 1, 1), "3 of 2"),
        (lambda: newcombe_difference(1, 2, 1, 2, 95), "confidence level"),
        (lambda: t_test([1], [2, 3]), "one value"),
        (lambda: t_test([1, 1], [2, 2]), "a deviation"),
        (lambda: t_test([1, 2], [2, 3], level=2), "confidence level"),
        (lambda: one_way_test([[1, 1], [2, 3]]), "do not vary"),
        (lambda: one_way_test([[1, 2]]), "two or more"),
        (lambda: wilcoxon_rank_sum(np.arange(400), np.arange(400), exact=True), "smaller samples"),
        (lambda: fisher_exact(np.arange(72).reshape(9, 8) % 11 * 40), "too many tables"),
    ],
)
def test_what_cannot_be_answered_says_why(call, words):
    with pytest.raises(NotEstimableError, match=words):
        call()


def test_unchanged_margins_and_equal_proportions():
    assert mcnemar([[1, 3], [3, 2]]).p_value == mcnemar_exact([[1, 3], [3, 2]]).p_value == 1
    assert mcnemar([[1, 3], [4, 2]], continuity=True).statistic == 0
    assert barnard_exact([[0, 0], [5, 7]]).p_value == pytest.approx(1)
    assert exact_difference(4, 4, 6, 6).value == 0
