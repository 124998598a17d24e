"""Medians and mean times of groups in bootstrap samples of the patients."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.bootstrap_limits import batches, drawn_counts
from sequela.stats.columns import category_codes, columns_of_equal_length, numbered, weight_column
from sequela.stats.follow_up import TIE_TOLERANCE, FollowUp, follow_up


@frozen
class ResampledCurves:
    """What the curves of groups say in samples of the patients.

    Attributes
    ----------
    groups : array, shape (g,)
        Codes, ascending.
    medians : float array, shape (r, g)
        Infinite where the curve of a sample does not come down to one half; nan where it has nobody of the group.
    means : float array, shape (r, g), or None
        Up to the horizon; nan where nobody of the group was followed so long in a sample. None without a horizon.
    """

    groups: np.ndarray
    medians: np.ndarray
    means: np.ndarray | None


def curve_bootstrap(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    chance: np.random.Generator,
    *,
    samples: int = 1000,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    horizon: float | None = None,
) -> ResampledCurves:
    """Draw patients with replacement, whatever their group, and read each group's curve again.

    Same generator, same numbers. A patient drawn twice is there twice. Not made for delayed entry, under which the
    early risk sets of a sample may be empty. Efron (1979) doi:10.1214/aos/1176344552; for curves Efron (1981), J Am
    Stat Assoc. Ties and missing values as in `kaplan_meier`, medians as in `quantile`. Golden:
    tests/golden/resampled_curves.

    Parameters
    ----------
    time, event : array, shape (n,)
        See `FollowUp`.
    group, cluster : array of codes, shape (n,)
        Clusters are drawn whole.
    chance : numpy.random.Generator
    samples : int
    weights : float array, shape (n,)
        Case weights; a patient counts by the weight times the number of draws.
    horizon : float
        Time to which means are restricted.

    Raises
    ------
    NotEstimableError
        Fewer than one sample, columns of other lengths, or a horizon that is none.
    """
    data = follow_up(time, event)
    n = data.time.size
    codes = category_codes("group", group)
    clusters = np.arange(n) if cluster is None else category_codes("cluster", cluster)
    weight = np.ones(n) if weights is None else weight_column(weights)
    problems = columns_of_equal_length(n, group=codes, cluster=clusters, weights=weight)
    if samples < 1:
        problems.append(Problem("samples", f"{samples}", "one sample or more"))
    if horizon is not None and not 0 < horizon < np.inf:
        problems.append(Problem("horizon", f"{horizon}", "a time above 0"))
    if problems:
        raise NotEstimableError(problems)
    unit, units = numbered(clusters)
    groups, member = np.unique(codes, return_inverse=True)
    medians, means = [], []
    for batch in batches(samples, n):
        counts = drawn_counts(chance, units, batch)[:, unit] * weight
        found = [read_samples(data, counts, member == place, horizon) for place in range(groups.size)]
        medians.append(np.column_stack([median for median, _ in found]))
        means.append(np.column_stack([mean for _, mean in found]))
    return ResampledCurves(groups, np.concatenate(medians), None if horizon is None else np.concatenate(means))


def read_samples(
    data: FollowUp, counts: np.ndarray, chosen: np.ndarray, horizon: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return median and restricted mean of some patients in each sample, shape (r,) both; see `curve_bootstrap`.

    Ties and missing values as there. Golden: tests/golden/resampled_curves.

    Parameters
    ----------
    data : FollowUp
        Of all patients; no entry.
    counts : float array, shape (r, n)
        How much each patient counts in each sample.
    chosen : bool array, shape (n,)
    horizon : float or None
        The mean is nan without one.
    """
    rows = np.flatnonzero(chosen)
    rows = rows[np.argsort(data.time[rows], kind="stable")]
    time, begins = np.unique(data.time[rows], return_index=True)
    drawn = counts[:, rows].astype(float)
    left = np.add.reduceat(drawn, begins, axis=1)
    events = np.add.reduceat(drawn * data.event[rows], begins, axis=1)
    # Of whole counts everybody left at a time is subtracted exactly; of weights only nearly, so all who are left count.
    at_risk = np.cumsum(left[:, ::-1], axis=1)[:, ::-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        stay = np.where(events > 0, 1 - events / at_risk, 1.0)
    survival = np.cumprod(np.where(np.abs(stay) < TIE_TOLERANCE, 0.0, stay), axis=1)
    last = np.max(np.where(left > 0, time, -np.inf), axis=1)
    some = at_risk[:, 0] > 0
    median = np.where(some, _medians(time, survival, last), np.nan)
    mean = np.full(some.size, np.nan) if horizon is None else _means(time, survival, last, horizon)
    return median, np.where(some, mean, np.nan)


def _medians(time: np.ndarray, survival: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return where each curve comes down to one half, the middle where it is flat there."""
    touches, passes = (survival <= 0.5 + sign * TIE_TOLERANCE for sign in (1, -1))
    begin = time[touches.argmax(axis=1)]
    end = np.where(passes.any(axis=1), time[passes.argmax(axis=1)], last)
    return np.where(touches.any(axis=1), (begin + end) / 2, np.inf)


def _means(time: np.ndarray, survival: np.ndarray, last: np.ndarray, horizon: float) -> np.ndarray:
    """Return the area under each curve up to the horizon."""
    before = time < horizon
    widths = np.diff(np.concatenate([[0.0], time[before], [horizon]]))
    heights = np.column_stack([np.ones(len(survival)), survival[:, before]])
    reached = (last >= horizon) | (survival[:, -1] == 0)
    return np.where(reached, (heights * widths).sum(axis=1), np.nan)
