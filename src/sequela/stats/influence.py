"""How much each patient moves a curve: the robust variance of weighted and clustered curves."""

import numpy as np

from sequela.frozen import frozen
from sequela.stats.risk_sets import sums_up_to


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
    passed = sums_up_to(at_risk)
    own = np.where(patients.event, at_event[np.maximum(patients.last - 1, 0)], 0.0)
    return patients.weight * (own - (passed[patients.last] - passed[patients.first]))


def running_influence(patients: CurvePatients, at_event: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Return `total_influence` of the first j + 1 steps at each step j, shape (k,).

    What a cluster has moved after step j is a - G(j) b, where G sums `at_risk` up to j, and a and b
    change only when one of its patients enters or leaves. Sums of their squares and products over
    the clusters are therefore kept by step, at the cost of one sort.
    """
    steps = at_event.size
    passed = sums_up_to(at_risk)
    own = np.where(patients.event, at_event[np.maximum(patients.last - 1, 0)], 0.0)
    before = passed[patients.first]
    weight, entered = patients.weight, patients.weight * before
    left = weight * (own - (passed[patients.last] - before)) - entered
    changes = np.concatenate([np.minimum(patients.first, steps), patients.last - 1])
    constant, slope = np.concatenate([entered, left]), np.concatenate([weight, -weight])
    cluster = np.arange(weight.size) if patients.cluster is None else patients.cluster
    squares = _sums_of_squares(np.concatenate([cluster, cluster]), changes, constant, slope, steps)
    after = passed[1:]
    variance = squares[0] - 2 * after * squares[1] + after**2 * squares[2]
    # Where nobody leaves nothing moves; the sums would differ there by rounding, and a flat stretch have a slope.
    moved = np.maximum.accumulate(np.where(at_risk > 0, np.arange(steps), -1))
    return np.where(moved >= 0, np.sqrt(np.maximum(variance, 0.0))[moved], 0.0)


def _sums_of_squares(
    cluster: np.ndarray, step: np.ndarray, constant: np.ndarray, slope: np.ndarray, steps: int
) -> list[np.ndarray]:
    """Return, after each step, the sums over clusters of a a, a b and b b."""
    order = np.lexsort((step, cluster))
    cluster, step = cluster[order], step[order]
    begins = np.diff(cluster, prepend=-1) != 0
    a, b = (_within(values[order], begins) for values in (constant, slope))
    sums = []
    for x, y in ((a, a), (a, b), (b, b)):
        product = x * y
        earlier = np.where(begins, 0.0, np.concatenate([[0.0], product[:-1]]))
        sums.append(np.cumsum(np.bincount(step, weights=product - earlier, minlength=steps + 1)[:steps]))
    return sums


def _within(values: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Accumulate values, starting anew at each cluster."""
    total = np.cumsum(values)
    offset = (total - values)[begins]
    return total - offset[np.cumsum(begins) - 1]
