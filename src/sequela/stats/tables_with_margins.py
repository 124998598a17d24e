"""How probable the tables with the margins of one are: what Fisher's exact test adds up."""

from collections.abc import Iterator

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.stats.distributions import log_gamma

MOST_STEPS = 20_000_000
"""Rows filled in all, above which the tables are not counted: a few seconds."""

AT_ONCE = 2_000_000
"""Rows filled from one rest at most, and kept before those that led to the same are put together."""

ROUNDING = 1e-13
"""Share of the logarithm of all orders of the patients by which two equal probabilities may differ."""


def tail_probability(counts: np.ndarray, tie: float, most_steps: int = MOST_STEPS) -> tuple[float, float]:
    """Return the probability of all tables no more probable than `counts`, within a share `tie`, and of `counts`.

    Rows are filled one after another from what the columns have left. Two ways that leave the same, whatever the
    order of the columns, with the same probability so far are one way from then on (Mehta & Patel 1983,
    doi:10.1080/01621459.1983.10477989); the last two rows are counted once for each rest.

    Raises
    ------
    NotEstimableError
        More rows to fill than `most_steps`.
    """
    narrow = counts if counts.shape[1] <= counts.shape[0] else counts.T
    rows, columns = np.sort(narrow.sum(axis=1)).astype(int), np.sort(narrow.sum(axis=0)).astype(int)
    total = float(log_gamma(np.array([narrow.sum() + 1.0]))[0])
    whole = float(log_gamma(rows + 1.0).sum() + log_gamma(columns + 1.0).sum()) - total
    factorials = log_gamma(np.arange(int(columns.max()) + 1) + 1.0)
    observed = float(-factorials[narrow.astype(np.int64)].sum())
    limit = float(observed + np.log1p(tie))
    ways, found = _Ways(columns, factorials, ROUNDING * max(total, 1.0), most_steps), 0.0
    for place, size in enumerate(rows[:-2].tolist()):
        found += ways.decided(rows[place:], limit, whole)
        ways.fill(size)
    found += ways.decided(rows[-2:], limit, whole)
    found += sum(
        float(np.sum(number * np.exp(so_far + whole + least) * sums[np.searchsorted(last, limit - so_far, "right")]))
        for number, so_far, last, sums, least in ways.completed(int(rows[-2]))
    )
    return min(1.0, found), float(np.exp(observed + whole))


class _Ways:
    """The ways to fill the rows so far: what they leave of the columns, their probability, and how many there are."""

    def __init__(self, columns: np.ndarray, factorials: np.ndarray, rounding: float, most_steps: int) -> None:
        self.rests, self.factorials = columns[None, :], factorials
        self.rest, self.value, self.number = np.zeros(1, dtype=np.int64), np.zeros(1), np.ones(1)
        self.rounding, self.most_steps, self.steps = rounding, most_steps, 0

    def decided(self, rows: np.ndarray, limit: float, whole: float) -> float:
        """Take out the ways all of whose tables count, or none, and return the probability of those that count.

        The likeliest table has its cells alike in each column, or in each row; the least likely has one cell in each.
        """
        alike, patients = rows.size, float(rows.sum())
        own, columns = log_gamma(rows + 1.0).sum(), log_gamma(self.rests + 1.0).sum(axis=1)
        by_row = -self.rests.shape[1] * log_gamma(rows / self.rests.shape[1] + 1.0).sum()
        most = np.minimum(-alike * log_gamma(self.rests / alike + 1.0).sum(axis=1), by_row)
        every = log_gamma(np.array([patients + 1]))[0] - own - columns
        counts = self.value + most[self.rest] <= limit
        found = float(np.sum(self.number[counts] * np.exp(self.value[counts] + every[self.rest[counts]] + whole)))
        open_yet = ~counts & (self.value - np.minimum(own, columns)[self.rest] <= limit)
        self.rest, self.value, self.number = self.rest[open_yet], self.value[open_yet], self.number[open_yet]
        return found

    def fill(self, size: int) -> None:
        """Fill one more row."""
        kept: list[tuple[np.ndarray, ...]] = []
        pending = 0
        for rest, value, number in self._by_rest():
            filled = fillings(size, rest.tolist(), AT_ONCE)
            self._count(3 * filled.shape[0] * value.size + filled.size)
            after = np.sort(rest - filled, axis=1)
            codes = np.repeat(_coded(after, int(self.rests.max()) + 1), value.size)
            kept.append(
                (
                    codes,
                    np.add.outer(_log_chance(filled, self.factorials), value).ravel(),
                    np.tile(number, filled.shape[0]),
                )
            )
            pending += codes.size
            if pending > AT_ONCE:
                kept = [self._together(kept)]
                pending = kept[0][0].size
        if not kept:
            return
        codes, self.value, self.number = self._together(kept)
        distinct, self.rest = np.unique(codes, return_inverse=True)
        self.rests = _decoded(distinct, int(self.rests.max()) + 1, self.rests.shape[1])

    def completed(self, size: int) -> Iterator[tuple[np.ndarray, ...]]:
        """Fill the last two rows: for each rest the number and value of the ways to it, and what they lead to."""
        for rest, value, number in self._by_rest():
            filled = fillings(size, rest.tolist(), AT_ONCE)
            self._count(filled.size + value.size)
            last = np.sort(_log_chance(filled, self.factorials) + _log_chance(rest - filled, self.factorials))
            sums = np.concatenate([[0.0], np.cumsum(np.exp(last - last[-1]))])
            yield number, value, last, sums, last[-1]

    def _by_rest(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        order = np.argsort(self.rest, kind="stable")
        bounds = np.searchsorted(self.rest[order], np.arange(len(self.rests) + 1))
        for place, rest in enumerate(self.rests):
            own = order[bounds[place] : bounds[place + 1]]
            if own.size:
                yield rest, self.value[own], self.number[own]

    def _together(self, kept: list[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        codes, value, number = (np.concatenate(column) for column in zip(*kept, strict=True))
        order = np.lexsort((value, codes))
        codes, value, number = codes[order], value[order], number[order]
        begins = np.flatnonzero((np.diff(codes, prepend=-1) != 0) | (np.diff(value, prepend=-np.inf) > self.rounding))
        return codes[begins], value[begins], np.add.reduceat(number, begins)

    def _count(self, steps: int) -> None:
        self.steps += steps
        if self.steps > self.most_steps:
            raise too_many()


def fillings(size: int, room: list[int], most: int) -> np.ndarray:
    """Return every way to fill a row of that size, no cell beyond the room of its column; shape (ways, columns)."""
    found, used = np.zeros((1, 0), dtype=np.int64), np.zeros(1, dtype=np.int64)
    for place, most_here in enumerate(room[:-1]):
        later = sum(room[place + 1 :])
        here = np.arange(min(size, most_here) + 1)
        if used.size * here.size > most:
            raise too_many()
        sums = np.add.outer(used, here)
        which, cell = np.nonzero((sums <= size) & (sums + later >= size))
        found, used = np.column_stack([found[which], here[cell]]), sums[which, cell]
    return np.column_stack([found, size - used])


def too_many() -> NotEstimableError:
    """Say that the tables cannot be counted."""
    return NotEstimableError(
        Problem("table", "too many tables with these margins", "a smaller table", "Use Pearson's test.")
    )


def _log_chance(cells: np.ndarray, factorials: np.ndarray) -> np.ndarray:
    """Return, for each row, less the logarithms of the factorials of its cells: its probability but for the margins."""
    chance: np.ndarray = -factorials[cells].sum(axis=1)
    return chance


def _coded(rests: np.ndarray, base: int) -> np.ndarray:
    if float(base) ** rests.shape[1] > np.iinfo(np.int64).max:
        raise too_many()
    return rests @ base ** np.arange(rests.shape[1], dtype=np.int64)


def _decoded(codes: np.ndarray, base: int, columns: int) -> np.ndarray:
    return codes[:, None] // base ** np.arange(columns, dtype=np.int64) % base
