"""The compiled sort of an unsorted table of administrations by patient, day and drug.

The three keys are packed into one 64-bit number, with the row of the table below them
where it fits, so that one sort of plain numbers does the work.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sequela.derive.line_columns import NONE, Record, Rows
from sequela.derive.line_order import Beside, Given, Parts, room_for

Keys = NDArray[np.uint64]

_OUTER: dict[str, Any] = {"cache": True, "_nrt": False, "no_cfunc_wrapper": True}
_INNER: dict[str, Any] = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class Layout(NamedTuple):
    """How a key is packed: patient, day since the first, drug, and below them the row where it fits."""

    first_day: int
    day_bits: int
    drug_bits: int
    row_bits: int


@njit(**_OUTER)
def _count(start: NDArray[np.int32], name: NDArray[np.uint32], offsets: NDArray[np.int64]) -> int:
    total = 0
    for i in range(len(start)):
        if start[i] != NONE:
            total += offsets[name[i] + 1] - offsets[name[i]]
    return total


@njit(**_OUTER)
def _pack(
    given: tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.uint32]],
    parts: tuple[NDArray[np.int64], NDArray[np.int32]],
    layout: Layout,
    keys: Keys,
    source: NDArray[np.int32],
) -> None:
    """Write one key for each ingredient of each dated row."""
    patient, start, name = given
    offsets, ingredients = parts
    k = 0
    for i in range(len(start)):
        if start[i] == NONE:
            continue
        high = (np.uint64(patient[i]) << np.uint64(layout.day_bits)) | np.uint64(np.int64(start[i]) - layout.first_day)
        for j in range(offsets[name[i]], offsets[name[i] + 1]):
            key = (high << np.uint64(layout.drug_bits)) | np.uint64(ingredients[j])
            keys[k] = (key << np.uint64(layout.row_bits)) | np.uint64(i if layout.row_bits else 0)
            if not layout.row_bits:
                source[k] = i
            k += 1


@njit(**_OUTER)
def _unpack(
    keys: Keys,
    source: NDArray[np.int32],
    table: tuple[NDArray[np.int32], NDArray[np.int32]],
    layout: Layout,
    rows: Rows,
) -> None:
    """Fill the sorted rows from sorted keys and what the table holds beside them."""
    stop, tail = table
    one, row_bits = np.uint64(1), np.uint64(layout.row_bits)
    row_mask, drug_mask = (one << row_bits) - one, (one << np.uint64(layout.drug_bits)) - one
    day_mask, patient = (one << np.uint64(layout.day_bits)) - one, 0
    for k in range(len(keys)):
        i = np.int64(keys[k] & row_mask) if layout.row_bits else np.int64(source[k])
        key = keys[k] >> row_bits
        drug, key = np.int64(key & drug_mask), key >> np.uint64(layout.drug_bits)
        day, owner = np.int64(key & day_mask) + layout.first_day, np.int64(key >> np.uint64(layout.day_bits))
        while patient <= owner:
            rows.offsets[patient] = k
            patient += 1
        rows.source[k], row = i, rows.table[k]
        row.start, row.drug = day, drug
        row.course = stop[i] != NONE
        row.stop = max(day, stop[i])
        row.setting, row.reason = (tail[i] & 15) - 1, ((tail[i] >> 4) & 15) - 1
        row.written = tail[i] >> 8
    while patient < len(rows.offsets):
        rows.offsets[patient] = len(keys)
        patient += 1


@njit(**_OUTER)
def _settle_ties(rows: Rows) -> None:
    """Order rows of one patient, day and drug by what they say, so that the order of the table decides nothing."""
    for patient in range(len(rows.offsets) - 1):
        for k in range(rows.offsets[patient] + 1, rows.offsets[patient + 1]):
            j = k
            while j > rows.offsets[patient] and _belongs_before(rows.table[j], rows.table[j - 1]):
                _swap(rows, j, j - 1)
                j -= 1


@njit(**_INNER)
def _belongs_before(row: Record, other: Record) -> bool:
    if row.start != other.start or row.drug != other.drug:
        return False
    if row.setting != other.setting:
        return row.setting > other.setting
    if row.stop != other.stop:
        return row.stop < other.stop
    if row.reason != other.reason:
        return row.reason < other.reason
    if row.course != other.course:
        return row.course < other.course
    return row.written < other.written


@njit(**_INNER)
def _swap(rows: Rows, a: int, b: int) -> None:
    row, other = rows.table[a], rows.table[b]
    row.stop, other.stop = other.stop, row.stop
    row.setting, other.setting = other.setting, row.setting
    row.reason, other.reason = other.reason, row.reason
    row.course, other.course = other.course, row.course
    row.written, other.written = other.written, row.written
    rows.source[a], rows.source[b] = rows.source[b], rows.source[a]


def layout_of(start: NDArray[np.int32], patients: int, drugs: int) -> Layout:
    """Return how to pack the keys of a table; without room for the row, `row_bits` is 0."""
    dated = start[start != NONE]
    first, last = (int(dated.min()), int(dated.max())) if len(dated) else (0, 0)
    day_bits, drug_bits = max(1, (last - first).bit_length()), max(1, (drugs - 1).bit_length())
    row_bits = max(1, (len(start) - 1).bit_length()) if len(start) else 1
    used = max(1, (patients - 1).bit_length()) + day_bits + drug_bits
    return Layout(first, day_bits, drug_bits, row_bits if used + row_bits <= 64 else 0)


def sorted_rows(given: Given, beside: Beside, parts: Parts, patients: int) -> Rows:
    """Return one row per ingredient of each dated exposure, as `line_order.sorted_rows` does."""
    return rows_by(layout_of(given[1], patients, int(parts[1].max(initial=0)) + 1), given, beside, parts, patients)


def rows_by(layout: Layout, given: Given, beside: Beside, parts: Parts, patients: int) -> Rows:
    """Return the sorted rows by keys of a given layout."""
    patient, start, name = given
    n = _count(start, name, parts[0])
    keys, source = np.empty(n, np.uint64), np.empty(0 if layout.row_bits else n, np.int32)
    _pack((patient, start, name), parts, layout, keys, source)
    if layout.row_bits:
        keys.sort()
    else:
        order = np.argsort(keys, kind="stable")
        keys, source = keys[order], source[order]
    rows = room_for(n, patients)
    stop, setting, reason = beside
    # Rows are fetched in random order, so what stands beside the key travels in one number.
    tail = (name.astype(np.int32) << 8) | ((reason.astype(np.int32) + 1) << 4) | (setting.astype(np.int32) + 1)
    _unpack(keys, source, (stop, tail), layout, rows)
    _settle_ties(rows)
    return rows
