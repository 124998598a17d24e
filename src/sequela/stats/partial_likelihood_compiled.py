"""The partial likelihood of many rows, compiled.

Rows are sorted once by stratum and the last event time at which they are at risk; each evaluation then reads them
twice and allocates nothing. Sums over risk sets come from the first reading, slope and curvature from the second:
with the number of events that each row may expect, the information is one weighted Gram matrix of the rows less one
of the event times, so no matrix is carried from time to time. Both readings of some strata follow each other, so that
the second finds their rows near the processor. The numbers are those of `partial_likelihood`, which serves small data
without compilation. Importing this module imports numba, so it is imported where there is enough to do.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sequela.stats.partial_likelihood import CoxModel, LikelihoodPoint
from sequela.stats.partial_likelihood_kernel import count_events, evaluate, fill_residuals
from sequela.stats.sorted_rows import Rows, sorted_rows


class Sample(NamedTuple):
    """How often each row counts.

    Attributes
    ----------
    weight : float array, shape (m,)
    deaths : int array, shape (k,)
        Tied events of each cell.
    lost : float array, shape (k,)
        Their total weight.
    """

    weight: np.ndarray
    deaths: np.ndarray
    lost: np.ndarray


class Work(NamedTuple):
    """Scratch of one block: sums over risk sets and over tied events, and what cells make of them.

    Attributes
    ----------
    risk : float array, shape (rows,)
    sums : float array, shape (p + 2, places)
        Of risks first, then of risks times each covariate, over the risk set of each cell and over its tied events.
        The last row is for columns that there are not.
    hazard : float array, shape (cells + 1,)
        Cumulative within the stratum; 0 behind the cells.
    step, gone : float array, shape (cells,)
        What a cell adds to the hazard, and what of it passes by those who die in it.
    squares : float array, shape (3, cells)
        Sums over the factors of a cell: of the square of its step, times its fraction gone, and times that again.
    tile : float array, shape (4, rows of a tile)
        The last row is 1 throughout.
    running : float array, shape (p + 2,)
    """

    risk: np.ndarray
    sums: np.ndarray
    hazard: np.ndarray
    step: np.ndarray
    gone: np.ndarray
    squares: np.ndarray
    tile: np.ndarray
    running: np.ndarray


def likelihood(model: CoxModel) -> Callable[[np.ndarray], LikelihoodPoint]:
    """Sort the rows of a model and return its log partial likelihood as a function of the coefficients."""
    rows = sorted_rows(model)
    sample, work = sample_of(model, rows), work_for(rows)

    def at(coefficients: np.ndarray) -> LikelihoodPoint:
        p = rows.columns.shape[1]
        score, information = np.empty(p), np.empty((p, p))
        value = evaluate(rows, sample, work, np.asarray(coefficients, dtype=float), score, information)
        return LikelihoodPoint(float(value), score, information)

    return at


def score_residuals(model: CoxModel, coefficients: np.ndarray) -> np.ndarray:
    """Return what `partial_likelihood.score_residuals` returns."""
    rows = sorted_rows(model)
    sample, work = sample_of(model, rows), work_for(rows)
    p, cells = rows.columns.shape[1], rows.sizes[1]
    residuals = np.zeros((model.weights.size, p))
    means, gone = np.empty((p, cells)), np.empty((p, cells))
    fill_residuals(rows, sample, work, np.asarray(coefficients, dtype=float), (means, gone), residuals)
    return residuals


def sample_of(model: CoxModel, rows: Rows) -> Sample:
    """Return every row counting as its weight says."""
    k = rows.tied.size
    sample = Sample(model.weights[rows.order], np.empty(k, dtype=np.int64), np.empty(k))
    count_events(rows, sample, rows.dies)
    return sample


def work_for(rows: Rows) -> Work:
    """Return scratch for rows."""
    p = rows.columns.shape[1]
    most, cells, ties = (int(size) for size in rows.sizes)
    return Work(
        risk=np.empty(most),
        sums=np.zeros((p + 2, cells + ties + 2)),
        hazard=np.zeros(cells + 1),
        step=np.empty(cells),
        gone=np.empty(cells),
        squares=np.empty((3, cells)),
        tile=np.ones((4, rows.columns.shape[2])),
        running=np.empty(p + 2),
    )
