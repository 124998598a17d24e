"""The sums over subsets of `exact_ties`, compiled. Importing this module imports numba."""

from types import FunctionType

from numba import njit

from sequela.stats import exact_ties

_NAMES = {**vars(exact_ties), exact_ties.mix.__name__: njit(error_model="numpy")(exact_ties.mix)}

add_subsets = njit(cache=True, error_model="numpy")(
    FunctionType(exact_ties.add_subsets.__code__, _NAMES, exact_ties.add_subsets.__name__)
)
"""See `exact_ties.add_subsets`."""
