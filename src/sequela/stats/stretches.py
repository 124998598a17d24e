"""Sums over stretches of the steps of a curve, of which nothing is ever taken off again.

A running sum from which those who leave are subtracted keeps the rounding of the largest weight it ever held: after a
patient of weight 1e6 nothing is left of one of weight 1e-6. Stretches are therefore cut into blocks of 1, 2, 4, 8 …
steps, each of which only adds.
"""

from collections.abc import Iterator

import numpy as np


def total_over(first: np.ndarray, last: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the sum of values, shape (k,), over each stretch first <= step < last, shape (n,)."""
    if not first.any():
        return np.concatenate([[0.0], np.cumsum(values)])[last]
    blocks, total = _block_sums(values), np.zeros(first.size)
    for level, rows, block in _blocks(first, last, len(blocks)):
        total[rows] += blocks[level][block]
    return total


def held_at(first: np.ndarray, last: np.ndarray, weight: np.ndarray, steps: int) -> np.ndarray:
    """Return the weight, shape (n,), of the stretches that hold each step, shape (steps,)."""
    held = [np.zeros(count) for count in _sizes(steps)]
    for level, rows, block in _blocks(first, last, len(held)):
        held[level] += np.bincount(block, weights=weight[rows], minlength=held[level].size)
    return _per_step(held, steps)


def squares_at(
    stretch: tuple[np.ndarray, np.ndarray], begin: np.ndarray, slope: np.ndarray, values: np.ndarray
) -> np.ndarray:
    """Return the sum over the stretches that hold each step of the square of what they have come to by then.

    A stretch (first, last), shape (n,) each, comes to `begin` plus `slope` times the values, shape (k,), from its
    first step to this one, this one included.
    """
    blocks, at_begin = _block_sums(values), begin.astype(float)
    sums = [np.zeros((3, count)) for count in _sizes(values.size)]
    for level, rows, block in _blocks(*stretch, len(blocks)):
        here, rise, of = at_begin[rows], slope[rows], sums[level]
        for power, part in enumerate((here**2, 2 * here * rise, rise**2)):
            of[power] += np.bincount(block, weights=part, minlength=of.shape[1])
        at_begin[rows] += rise * blocks[level][block]
    padded = np.zeros(blocks[0].size)
    padded[: values.size] = values
    found = np.zeros(padded.size)
    for level, of in enumerate(sums):
        within = np.cumsum(padded.reshape(-1, 1 << level), axis=1)
        found += (of[0][:, None] + of[1][:, None] * within + of[2][:, None] * within**2).ravel()
    return found[: values.size]


def running(values: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Add up values, shape (n,), starting anew where `begins`, bool of shape (n,), is true: so is the first."""
    place = np.arange(values.size)
    place = place - place[begins][np.cumsum(begins) - 1]
    total, reach = values.astype(float), 1
    while reach <= place.max(initial=0):
        total[reach:] += np.where(place[reach:] >= reach, total[:-reach], 0.0)
        reach *= 2
    return total


def _sizes(steps: int) -> list[int]:
    """Return how many blocks there are of 1, 2, 4 … steps, until one holds all."""
    levels = max(steps - 1, 0).bit_length()
    return [1 << (levels - level) for level in range(levels + 1)]


def _block_sums(values: np.ndarray) -> list[np.ndarray]:
    sums = [np.zeros(_sizes(values.size)[0])]
    sums[0][: values.size] = values
    while sums[-1].size > 1:
        sums.append(sums[-1].reshape(-1, 2).sum(axis=1))
    return sums


def _blocks(first: np.ndarray, last: np.ndarray, levels: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield level, rows and their block, so that each row's blocks come in the order of its steps."""
    for level in range(levels):
        begin, end = (first + (1 << level) - 1) >> level, last >> level
        rows = np.flatnonzero((begin < end) & (begin & 1 == 1))
        yield level, rows, begin[rows]
    for level in reversed(range(levels)):
        begin, end = (first + (1 << level) - 1) >> level, last >> level
        rows = np.flatnonzero((begin < end) & (end & 1 == 1))
        yield level, rows, end[rows] - 1


def _per_step(held: list[np.ndarray], steps: int) -> np.ndarray:
    total = held[-1]
    for finer in reversed(held[:-1]):
        total = np.repeat(total, 2) + finer
    return total[:steps]
