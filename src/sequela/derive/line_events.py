"""Small compiled questions that lines of therapy ask of a patient's events."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sequela.derive.line_columns import PROGRESSION, World

# Nothing compiled here allocates, and counting references to the arrays of `World` at each
# call takes ten times as long as the rules themselves.
_UNCOUNTED: dict[str, Any] = {"_nrt": False}
# Wrappers for Python triple the time it takes to compile.
_UNWRAPPED: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

entry = njit(cache=True, **_UNCOUNTED)
"""Compile the function that Python calls, and keep it with all that it calls."""

compiled = njit(forceinline=True, **_UNCOUNTED, **_UNWRAPPED)
"""Compile a function into those that call it: handing `World` over takes longer than most of them do."""

ASKS_REVIEW = 63
"""Bit of the fired rules that asks for review."""

REVIEWED = 100
"""Added to the number of a rule that opens a line and asks for review."""


@compiled
def rule_bits(code: int) -> np.uint64:
    """Return the bits of a verdict: the rule, and the request for review."""
    rule = abs(code)
    if rule > REVIEWED:
        return (np.uint64(1) << np.uint64(rule - REVIEWED)) | (np.uint64(1) << np.uint64(ASKS_REVIEW))
    return np.uint64(1) << np.uint64(rule)


@compiled
def set_bit(masks: NDArray[np.uint64], line: int, item: int) -> None:
    """Add one drug or class to the set of a line."""
    masks[line, item >> 6] |= np.uint64(1) << np.uint64(item & 63)


@compiled
def has_bit(masks: NDArray[np.uint64], line: int, item: int) -> bool:
    """Return whether a drug or class is in the set of a line."""
    return (masks[line, item >> 6] >> np.uint64(item & 63)) & np.uint64(1) != 0


@compiled
def happened(world: World, kind: int, patient: int, low: int, high: int) -> bool:
    """Return whether an event of a kind fell on a day from `low` to `high`."""
    facts = world.facts
    for i in range(facts.offsets[patient], facts.offsets[patient + 1]):
        if facts.kind[i] == kind and low <= facts.day[i] <= high:
            return True
    return False


@compiled
def progressed(world: World, patient: int, day: int) -> bool:
    """Return whether a progression explains a switch on a day."""
    low, high = day - world.choices.before_switch, day + world.choices.after_switch
    return happened(world, PROGRESSION, patient, low, high)
