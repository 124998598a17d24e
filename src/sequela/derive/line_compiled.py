"""The pass over lines of therapy, compiled.

The functions are those of `line_kernel` and the rooms beside it; each is compiled into those
that call it, callees first. Importing this module imports numba, so it is imported where a
table is large enough to pay for it.
"""

from collections.abc import Callable, Iterator
from inspect import isfunction
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, cast
from zlib import crc32

from numba import njit

from sequela.derive import (
    line_columns,
    line_endings,
    line_events,
    line_kernel,
    line_memory,
    line_settings,
    line_verdicts,
)
from sequela.derive.line_columns import Lines, World
from sequela.derive.line_kernel import desk

_ROOMS = (line_events, line_memory, line_settings, line_verdicts, line_endings, line_kernel)

# Nothing compiled here allocates, and counting references to the arrays of `World` at each
# call takes ten times as long as the rules themselves.
_UNCOUNTED: dict[str, Any] = {"_nrt": False}
_WHOLE: dict[str, Any] = {**_UNCOUNTED, "cache": True, "no_cfunc_wrapper": True}
# Wrappers for Python triple the time it takes to compile. Handing `World` over takes longer
# than most of the functions do, so they are compiled into their callers.
_WITHIN: dict[str, Any] = {**_UNCOUNTED, "forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def fold(world: World) -> tuple[Lines, int]:
    """Put the administrations of every patient into lines, as `line_kernel.fold` does."""
    work, lines = desk(world)
    return lines, FOLD(world, work, lines, 0)


def _functions(rooms: tuple[ModuleType, ...]) -> dict[str, FunctionType]:
    """Return the functions written in some modules, by name."""
    return {
        name: what
        for room in rooms
        for name, what in vars(room).items()
        if isfunction(what) and what.__module__ == room.__name__
    }


def _callees_first(function: FunctionType, known: dict[str, FunctionType], seen: dict[str, None]) -> Iterator[str]:
    """Yield the names of all functions that one rests on, each after those it calls itself."""
    for name in function.__code__.co_names:
        if name in known and name not in seen:
            seen[name] = None
            yield from _callees_first(known[name], known, seen)
            yield name


def compiled(name: str, rooms: tuple[ModuleType, ...] = _ROOMS) -> Callable[..., Any]:
    """Return a function of some modules, compiled together with all of theirs that it calls."""
    known, clones = _functions(rooms), dict[str, Any]()
    for callee in _callees_first(known[name], known, {}):
        clones[callee] = njit(**_WITHIN)(_clone(known[callee], clones))
    whole = _clone(known[name], clones)
    # numba looks for what it compiled under the name of the function, and takes it for up to
    # date as long as the file of that one function is: the name must tell of all files.
    whole.__qualname__ = f"{name}_{_version():08x}"
    return cast("Callable[..., Any]", njit(**_WHOLE)(whole))


def _clone(function: FunctionType, clones: dict[str, Any]) -> FunctionType:
    """Return a function that calls the clones of what it called."""
    return FunctionType(function.__code__, {**function.__globals__, **clones}, function.__name__)


def _version() -> int:
    """Return a number that changes with any source the compiled pass is made of."""
    files = [Path(str(room.__file__)) for room in (*_ROOMS, line_columns)] + [Path(__file__)]
    return crc32(b"".join(file.read_bytes() for file in files))


FOLD = compiled(line_kernel.fold_patients.__name__)
"""The compiled pass over all patients."""
