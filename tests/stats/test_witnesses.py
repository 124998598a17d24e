"""Every estimator agrees with R, number by number."""

import pytest

from .witnesses import CHECKS


@pytest.mark.parametrize("name", CHECKS)
def test_agrees_with_its_golden_folder(name):
    assert CHECKS[name]() == []
