"""How much each patient moves a curve: the robust variance of weighted and clustered curves."""

import numpy as np

from sequela.frozen import frozen
from sequela.stats.stretches import held_at, running, squares_at, total_over


@frozen
class CurvePatients:
    """The patients behind a curve of k steps.

    Attributes
    ----------
    first, last : int array, shape (n,)
        The patient is at risk at the steps first <= step < last.
    event : bool array, shape (n,)
        Whether the patient had the event, at the step before `last`.
    weight : float array, shape (n,)
        Case weights, above zero.
    cluster : int array, shape (n,), or None
        Patients of one cluster are not independent; None: each patient is a cluster.
    """

    first: np.ndarray
    last: np.ndarray
    event: np.ndarray
    weight: np.ndarray
    cluster: np.ndarray | None


def total_influence(patients: CurvePatients, at_event: np.ndarray, at_risk: np.ndarray) -> float:
    """Return the standard deviation of a sum over the steps of a curve, by the infinitesimal jackknife.

    A patient adds `at_event` at the step of the own event and loses `at_risk` at each step at
    risk; both have shape (k,). The weighted sums of the clusters are squared and added up.
    """
    moved = own_influence(patients, at_event, at_risk)
    clusters = moved if patients.cluster is None else np.bincount(patients.cluster, weights=moved)
    return float(np.sqrt(np.sum(clusters**2)))


def own_influence(patients: CurvePatients, at_event: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Return what each patient adds to such a sum, times the weight: shape (n,). See `total_influence`."""
    return _moved(patients, _own(patients, at_event), at_risk)


def running_influence(patients: CurvePatients, at_event: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Return `total_influence` of the first j + 1 steps at each step j, shape (k,)."""
    squares = running_squares(patients, _own(patients, at_event), at_risk)
    # Where nobody leaves nothing moves; the sums would differ there by rounding, and a flat stretch have a slope.
    changed = np.maximum.accumulate(np.where(at_risk > 0, np.arange(at_risk.size), -1))
    return np.where(changed >= 0, np.sqrt(squares)[changed], 0.0)


def running_squares(patients: CurvePatients, own: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Return the sum over the clusters of the square of what each has moved up to each step, shape (k,).

    A patient adds `own`, shape (n,), at his last step and loses `at_risk`, shape (k,), at each step at risk. What a
    cluster has moved stands still, or falls by the weight of those of it at risk times `at_risk`. Its course is cut
    where one of its patients enters or leaves, and the squares of the pieces are added up step by step.
    """
    if patients.cluster is None:
        return _own_squares(patients, _moved(patients, own, at_risk), at_risk)
    return _cluster_squares(patients, patients.cluster, own, at_risk)


def _own(patients: CurvePatients, at_event: np.ndarray) -> np.ndarray:
    return np.where(patients.event, at_event[patients.last - 1], 0.0)


def _moved(patients: CurvePatients, own: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    return patients.weight * (own - total_over(patients.first, patients.last, at_risk))


def _own_squares(patients: CurvePatients, moved: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Return the sum of the squares of what each patient has moved after each step, each for himself."""
    steps = at_risk.size
    gone = np.cumsum(np.bincount(patients.last - 1, weights=moved**2, minlength=steps))
    if patients.first.any():
        stretch = patients.first, patients.last - 1
        return gone + squares_at(stretch, np.zeros(moved.size), patients.weight, at_risk)
    present = np.bincount(patients.last - 1, weights=patients.weight**2, minlength=steps)[::-1]
    return gone + np.append(np.cumsum(present)[::-1][1:], 0.0) * np.cumsum(at_risk) ** 2


def _cluster_squares(patients: CurvePatients, cluster: np.ndarray, own: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Return the sum of the squares of what the patients of each cluster have moved together after each step."""
    weight, steps = patients.weight, at_risk.size
    of, at = np.concatenate([cluster, cluster]), np.concatenate([patients.first, patients.last - 1])
    order = np.lexsort((at, of))
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    of, at = of[order], at[order]
    begins = np.diff(of, prepend=-1) != 0
    last = np.append(np.where(begins[1:], steps, at[1:]), steps)
    present = held_at(place[: weight.size], place[weight.size :], weight, order.size)
    # A patient is at risk at the step he leaves at, too.
    leaves = weight * (own - at_risk[patients.last - 1])
    jump = np.concatenate([np.zeros(weight.size), leaves])[order]
    fall = np.where(last < steps, present * total_over(at, last, at_risk), 0.0)
    before = np.where(begins, 0.0, np.concatenate([[0.0], -fall[:-1]]))
    reached = running(jump + before, begins)
    some = (last > at) & ((reached != 0) | (present != 0))
    return squares_at((at[some], last[some]), reached[some], -present[some], at_risk)
