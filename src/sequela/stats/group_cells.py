"""Events and patients at risk by group at each event time: what every test of curves adds up."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import category_codes, columns_of_equal_length, numbered, weight_column
from sequela.stats.follow_up import follow_up, patients
from sequela.stats.risk_sets import RiskSets, risk_sets, sums_up_to
from sequela.stats.weightings import Weighting, event_weights


@frozen
class Roles:
    """Columns beside time, event and group; see `log_rank`."""

    entry: ArrayLike | None = None
    strata: ArrayLike | None = None
    weights: ArrayLike | None = None
    cluster: ArrayLike | None = None


@frozen
class GroupCells:
    """Patients of g groups in the k cells of their risk sets.

    Attributes
    ----------
    groups : array, shape (g,)
        Group codes, ascending.
    group : int array, shape (n,)
        Group of each patient, from 0.
    sets : RiskSets
    at_risk, events : float array, shape (k, g)
        Sums of case weights.
    weight : float array, shape (n,), or None
    cluster : int array, shape (n,), or None
    stratum : int array, shape (n,), or None
    """

    groups: np.ndarray
    group: np.ndarray
    sets: RiskSets
    at_risk: np.ndarray
    events: np.ndarray
    weight: np.ndarray | None
    cluster: np.ndarray | None
    stratum: np.ndarray | None


@frozen
class GroupSums:
    """Weighted sums over the cells, for one weighting.

    Attributes
    ----------
    cell_weight : float array, shape (k,)
    observed, expected : float array, shape (g,)
    """

    cell_weight: np.ndarray
    observed: np.ndarray
    expected: np.ndarray


def group_cells(time: ArrayLike, event: ArrayLike, group: ArrayLike, roles: Roles) -> GroupCells:
    """Check the columns and count; patients of weight zero are left out.

    Raises
    ------
    NotEstimableError
        Columns that do not fit, no events, or fewer than two groups.
    """
    data = follow_up(time, event, roles.entry)
    codes = category_codes("group", group)
    blocks = None if roles.strata is None else category_codes("strata", roles.strata)
    clusters = None if roles.cluster is None else category_codes("cluster", roles.cluster)
    weight = None if roles.weights is None else weight_column(roles.weights)
    problems = columns_of_equal_length(data.time.size, group=codes, strata=blocks, weights=weight, cluster=clusters)
    if not problems and weight is not None and not weight.all():
        kept = weight > 0
        data, codes, weight = patients(data, kept), codes[kept], weight[kept]
        blocks, clusters = (None if column is None else column[kept] for column in (blocks, clusters))
    if not data.event.any():
        problems.append(Problem("event", "no events", "at least one event", "Report the curves without a test."))
    index, count = numbered(codes)
    if count < 2:
        problems.append(Problem("group", "one group", "two or more groups"))
    if problems:
        raise NotEstimableError(problems)
    groups = np.empty(count, dtype=codes.dtype)
    groups[index] = codes
    sets = risk_sets(data, blocks)
    at_risk = _at_risk(sets, index, groups.size, weight)
    rows = sets.event_rows
    events = _sums(sets.cell_of_event, index[rows], sets.cells, groups.size, None if weight is None else weight[rows])
    stratum = None if blocks is None else numbered(blocks)[0]
    return GroupCells(
        groups, index, sets, at_risk, events, weight, None if clusters is None else numbered(clusters)[0], stratum
    )


def group_sums(cells: GroupCells, weighting: Weighting) -> GroupSums:
    """Return observed and expected events of each group, each event time weighted."""
    total, deaths = cells.at_risk.sum(axis=1), cells.events.sum(axis=1)
    weight = event_weights(weighting, total, deaths, cells.sets.starts)
    return GroupSums(weight, weight @ cells.events, (weight * deaths / total) @ cells.at_risk)


def hypergeometric_covariance(cells: GroupCells, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the covariance (g, g) of observed less expected under two cell weights, drawn without replacement."""
    total, deaths = cells.at_risk.sum(axis=1), cells.events.sum(axis=1)
    share = cells.at_risk / total[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(total > 1, deaths * (total - deaths) / (total - 1), 0.0) * first * second
    covariance = -(share.T @ (share * spread[:, None]))
    # Not as a difference: a group that is always alone has a variance of exactly zero.
    np.fill_diagonal(covariance, spread @ (share * (1 - share)))
    return covariance


def score_influence(cells: GroupCells, cell_weight: np.ndarray) -> np.ndarray:
    """Return how much each cluster moves observed less expected, shape (c, g).

    The score residuals of a proportional hazards model with the groups as covariates, at no effect
    and with Breslow's ties, each event time weighted; Lin & Wei (1989) doi:10.1080/01621459.1989.10478874.
    """
    sets, groups = cells.sets, cells.groups.size
    total, deaths = cells.at_risk.sum(axis=1), cells.events.sum(axis=1)
    hazard = cell_weight * deaths / total
    share = cells.at_risk / total[:, None]
    own, others = sums_up_to(hazard), sums_up_to(hazard[:, None] * share)
    member = (cells.group[:, None] == np.arange(groups)).astype(float)
    moved = others[sets.last] - others[sets.first] - member * (own[sets.last] - own[sets.first])[:, None]
    rows, cell = sets.event_rows, sets.cell_of_event
    moved[rows] += cell_weight[cell][:, None] * (member[rows] - share[cell])
    if cells.weight is not None:
        moved *= cells.weight[:, None]
    if cells.cluster is None:
        return moved
    return np.stack([np.bincount(cells.cluster, weights=column) for column in moved.T], axis=1)


def is_robust(cells: GroupCells) -> bool:
    """Return whether weights or clusters call for the robust variance."""
    return cells.weight is not None or cells.cluster is not None


def _at_risk(sets: RiskSets, group: np.ndarray, groups: int, weight: np.ndarray | None) -> np.ndarray:
    """Sum those at risk from the last cell of each stratum backwards, as `at_risk_sums` does."""
    present = sets.last > sets.first
    late = present & (sets.first > sets.starts[np.searchsorted(sets.starts, sets.last - 1, side="right") - 1])
    change = _chosen(sets.last - 1, group, present, sets.cells, groups, weight)
    if late.any():
        change -= _chosen(sets.first - 1, group, late, sets.cells, groups, weight)
    sums = np.empty_like(change)
    for start, stop in zip(sets.starts[:-1], sets.starts[1:], strict=True):
        sums[start:stop] = np.cumsum(change[start:stop][::-1], axis=0)[::-1]
    return sums


def _chosen(
    cell: np.ndarray, group: np.ndarray, kept: np.ndarray, cells: int, groups: int, weight: np.ndarray | None
) -> np.ndarray:
    if kept.all():
        return _sums(cell, group, cells, groups, weight)
    return _sums(cell[kept], group[kept], cells, groups, None if weight is None else weight[kept])


def _sums(cell: np.ndarray, group: np.ndarray, cells: int, groups: int, weight: np.ndarray | None) -> np.ndarray:
    table = np.bincount(cell * groups + group, weights=weight, minlength=cells * groups)
    return table.reshape(cells, groups).astype(float)
