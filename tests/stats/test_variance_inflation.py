"""Variance inflation against determinants in R, a fraction by hand, and what must be infinite."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats.variance_inflation import variance_inflation
from tests.golden import read
from tests.golden.tolerances import SUMMATION

TERMS = ((0,), (1,), (2, 3), (4,), (5,))


def test_against_r():
    data = read.rows("variance_inflation", "data")
    columns = np.column_stack([read.numbers(data, name) for name in data[0]])
    witness = read.numbers(read.rows("variance_inflation", "expected"), "value")
    assert variance_inflation(columns, TERMS) == pytest.approx(witness, rel=SUMMATION)


def test_by_hand():
    # Correlation of (0, 0, 1, 1) and (0, 0, 0, 1) is 1 / sqrt 3: 1 / (1 - 1/3) = 3/2 for both.
    columns = np.array([[0, 0], [0, 0], [1, 0], [1, 1]])
    assert variance_inflation(columns, ((0,), (1,))) == pytest.approx([3 / 2, 3 / 2])
    assert variance_inflation(columns[:, :1], ((0,),)) == pytest.approx([1.0])


def test_columns_that_others_determine_are_infinite():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, 50))
    found = variance_inflation(np.column_stack([x, y, 3 * x - y + 2]), ((0,), (1,), (2,)))
    assert np.isinf(found).all()
    kinds = rng.integers(0, 3, 50)
    both = np.column_stack([kinds == 1, kinds == 2, kinds == 0]).astype(float)
    assert np.isinf(variance_inflation(both, ((0, 1), (2,)))).all()


def test_units_do_not_matter():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((60, 3))
    x[:, 2] += x[:, 0]
    terms = ((0,), (1,), (2,))
    assert variance_inflation(x * [1e6, 1, 1e-3] + 5, terms) == pytest.approx(variance_inflation(x, terms))


@pytest.mark.parametrize("columns", [[[1.0], [np.nan]], [[1.0], [1.0]], [[1.0]], [1.0, 2.0], np.empty((3, 0))])
def test_a_table_with_holes_is_refused(columns):
    with pytest.raises(NotEstimableError):
        variance_inflation(columns, ((0,),))
