"""Every estimator agrees with R, number by number."""

import subprocess
import sys

import pytest

from tests.golden.read import HERE

from .witnesses import CHECKS


@pytest.mark.parametrize("name", CHECKS)
def test_agrees_with_its_golden_folder(name):
    assert CHECKS[name]() == []


@pytest.mark.parametrize("name", CHECKS)
def test_a_golden_folder_says_where_its_numbers_come_from(name):
    assert {path.name for path in (HERE / name).iterdir()} == {"data.csv", "make.R", "expected.csv", "session.txt"}


def test_the_room_stays_light():
    """Loading scipy.stats takes longer than most studies; numba longer still."""
    code = (
        "import sys; from sequela.stats import cox, contingency, kruskal_wallis, profile_likelihood, restricted_mean;"
        "heavy = {'scipy.stats', 'scipy.optimize', 'numba', 'polars'} & set(sys.modules); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
