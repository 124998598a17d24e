"""The compiled sort of an unsorted table of administrations by patient, day and drug.

The three keys are packed into one 64-bit number, with the position in the table below them
where it fits, so that one sort of plain numbers does the work.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sequela.derive.line_columns import NONE, Rows

Keys = NDArray[np.uint64]


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
    offsets: NDArray[np.int64],
    ingredients: NDArray[np.int32],
    widths: tuple[int, int, int],
    keys: Keys,
    source: NDArray[np.int64],
) -> None:
    """Write one key for each ingredient of each dated row."""
    patient, start, name = given
    first, day_bits, drug_bits = widths
    k = 0
    for i in range(len(start)):
        if start[i] == NONE:
            continue
        high = (np.uint64(patient[i]) << np.uint64(day_bits)) | np.uint64(np.int64(start[i]) - first)
        for j in range(offsets[name[i]], offsets[name[i] + 1]):
            keys[k] = (high << np.uint64(drug_bits)) | np.uint64(ingredients[j])
            source[k] = i
            k += 1


@njit(cache=True)
def _unpack(
    keys: Keys,
    source: NDArray[np.int64],
    order: NDArray[np.int64],
    widths: tuple[int, int, int],
    table: tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int8], NDArray[np.uint32]],
    rows: Rows,
) -> None:
    """Fill the sorted rows from sorted keys and what the table holds beside them."""
    stop, setting, reason, name = table
    first, day_bits, drug_bits = widths
    days, drugs = (
        (np.uint64(1) << np.uint64(day_bits)) - np.uint64(1),
        (np.uint64(1) << np.uint64(drug_bits)) - np.uint64(1),
    )
    patient = 0
    for k in range(len(order)):
        key, i = keys[k], source[order[k]]
        owner = np.int64(key >> np.uint64(day_bits + drug_bits))
        while patient <= owner:
            rows.offsets[patient] = k
            patient += 1
        day = np.int64((key >> np.uint64(drug_bits)) & days) + first
        rows.start[k], rows.drug[k], rows.source[k] = day, np.int64(key & drugs), i
        rows.course[k] = stop[i] != NONE
        rows.stop[k] = max(day, stop[i])
        rows.setting[k], rows.reason[k], rows.written[k] = setting[i], reason[i], name[i]
    while patient < len(rows.offsets):
        rows.offsets[patient] = len(order)
        patient += 1


def ordered(keys: Keys, bits: int) -> tuple[Keys, NDArray[np.int64]]:
    """Return keys in ascending order with the position each came from, equal keys in their old order.

    Parameters
    ----------
    keys : uint64 array, shape (n,)
    bits : int
        Bits that the keys use; if the position fits beside them, plain numbers are sorted.
    """
    position_bits = max(1, (len(keys) - 1).bit_length()) if len(keys) else 1
    if bits + position_bits > 64:
        order = np.argsort(keys, kind="stable")
        return keys[order], order
    shift = np.uint64(position_bits)
    packed = (keys << shift) | np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    return packed >> shift, (packed & ((np.uint64(1) << shift) - np.uint64(1))).astype(np.int64)


def sorted_rows(
    given: tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.uint32]],
    beside: tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int8]],
    parts: tuple[NDArray[np.int64], NDArray[np.int32]],
    patients: int,
    drugs: int,
) -> Rows:
    """Return one row per ingredient of each dated exposure, sorted by patient, start and drug.

    Parameters
    ----------
    given : patient, start, name
        Codes and days of each row of the unsorted table; `NONE` for a missing start.
    beside : stop, setting, reason
        `NONE` or -1 where missing.
    parts : offsets, ingredients
        Name k stands for `ingredients[offsets[k]:offsets[k + 1]]`.
    patients, drugs : int
        Numbers of codes.
    """
    patient, start, name = given
    dated = start[start != NONE]
    first, last = (int(dated.min()), int(dated.max())) if len(dated) else (0, 0)
    widths = (first, max(1, (last - first).bit_length()), max(1, (drugs - 1).bit_length()))
    n = _count(start, name, parts[0])
    keys, source = np.empty(n, np.uint64), np.empty(n, np.int64)
    _pack((patient, start, name), *parts, widths, keys, source)
    bits = max(1, (patients - 1).bit_length()) + widths[1] + widths[2]
    keys, order = ordered(keys, bits)
    rows = Rows(
        start=np.empty(n, np.int32),
        stop=np.empty(n, np.int32),
        drug=np.empty(n, np.int32),
        setting=np.empty(n, np.int8),
        reason=np.empty(n, np.int8),
        course=np.empty(n, np.bool_),
        written=np.empty(n, np.int32),
        source=np.empty(n, np.int64),
        offsets=np.empty(patients + 1, np.int64),
    )
    _unpack(keys, source, order, widths, (*beside, name), rows)
    return rows
