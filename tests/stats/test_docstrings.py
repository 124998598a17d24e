"""Every public function says where its estimator comes from, and what it makes of ties and missing values."""

import inspect
import re

import pytest

from tests.stats.every_function import CALLS
from tests.stats.test_every_function import public

FUNCTIONS = public()
SOURCE = re.compile(r"doi:|\b(18|19|20)\d\d\b|\bR's\b|\bR: ")
MISSING = re.compile(r"missing|\bnan\b|finite|`(competing_)?follow_up`|`FollowUp`", re.IGNORECASE)
TIES = re.compile(r"\bties?\b|\btied\b|near-tie|`(competing_)?follow_up`|`FollowUp`", re.IGNORECASE)
NO_DATA = {"indices", "terms", "times", "knots", "scores", "delta"}
"""Arrays that choose something of a result; the data behind it were checked before."""
RANKS = ("wilcoxon", "kruskal_wallis", "paired")
"""Modules of tests of ranks, where values are tied as times are."""
CHECKS = {"confidence.level_problems"}
"""Checks of an option, which estimate nothing."""


def given(function):
    """Return the parameters that are data."""
    parameters = inspect.signature(FUNCTIONS[function]).parameters.items()
    arrays = ("ArrayLike", "_SupportsArray", "ndarray", "TwoGroups")
    return {name for name, item in parameters if any(word in str(item.annotation) for word in arrays)} - NO_DATA


@pytest.mark.parametrize("function", sorted(set(CALLS) - CHECKS))
def test_the_docstring_states_what_a_statistician_asks(function):
    text = inspect.getdoc(FUNCTIONS[function]) or ""
    first = text.partition("\n")[0]
    assert first.endswith((".", "?")) and len(first.split()) > 3, "one sentence that names the estimator"
    assert SOURCE.search(text), "where the estimator comes from: a paper with its year, or R's function"
    if given(function):
        assert MISSING.search(text), "what becomes of missing values"
    if "time" in given(function) or function.split(".")[0] in RANKS:
        assert TIES.search(text), "what becomes of ties"
