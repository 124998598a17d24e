"""The compiled sort of an unsorted table of administrations by patient, day and drug.

The three keys are packed into one 64-bit number, with the row of the table below them
where it fits, so that one sort of plain numbers does the work.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sequela.derive.line_columns import NONE, Rows
from sequela.derive.line_order import Beside, Given, Parts, room_for

Keys = NDArray[np.uint64]


class Layout(NamedTuple):
    """How a key is packed: patient, day since the first, drug, and below them the row where it fits."""

    first_day: int
    day_bits: int
    drug_bits: int
    row_bits: int


@njit(cache=True)
def _count(start: NDArray[np.int32], name: NDArray[np.uint32], offsets: NDArray[np.int64]) -> int:
    total = 0
    for i in range(len(start)):
        if start[i] != NONE:
            total += offsets[name[i] + 1] - offsets[name[i]]
    return total


@njit(cache=True)
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


@njit(cache=True)
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
        rows.start[k], rows.drug[k], rows.source[k] = day, drug, i
        rows.course[k] = stop[i] != NONE
        rows.stop[k] = max(day, stop[i])
        rows.setting[k], rows.reason[k] = (tail[i] & 15) - 1, ((tail[i] >> 4) & 15) - 1
        rows.written[k] = tail[i] >> 8
    while patient < len(rows.offsets):
        rows.offsets[patient] = len(keys)
        patient += 1


@njit(cache=True)
def _settle_ties(rows: Rows) -> None:
    """Order rows of one patient, day and drug by what they say, so that the order of the table decides nothing."""
    for patient in range(len(rows.offsets) - 1):
        for k in range(rows.offsets[patient] + 1, rows.offsets[patient + 1]):
            j = k
            while j > rows.offsets[patient] and _belongs_before(rows, j, j - 1):
                _swap(rows, j, j - 1)
                j -= 1


@njit(cache=True)
def _belongs_before(rows: Rows, a: int, b: int) -> bool:
    if rows.start[a] != rows.start[b] or rows.drug[a] != rows.drug[b]:
        return False
    if rows.setting[a] != rows.setting[b]:
        return rows.setting[a] > rows.setting[b]
    if rows.stop[a] != rows.stop[b]:
        return rows.stop[a] < rows.stop[b]
    if rows.reason[a] != rows.reason[b]:
        return rows.reason[a] < rows.reason[b]
    if rows.course[a] != rows.course[b]:
        return rows.course[a] < rows.course[b]
    return rows.written[a] < rows.written[b]


@njit(cache=True)
def _swap(rows: Rows, a: int, b: int) -> None:
    rows.stop[a], rows.stop[b] = rows.stop[b], rows.stop[a]
    rows.setting[a], rows.setting[b] = rows.setting[b], rows.setting[a]
    rows.reason[a], rows.reason[b] = rows.reason[b], rows.reason[a]
    rows.course[a], rows.course[b] = rows.course[b], rows.course[a]
    rows.written[a], rows.written[b] = rows.written[b], rows.written[a]
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
