"""Risk sets of a subdistribution hazard: those who had another kind of event stay in, with a falling weight."""

from collections.abc import Callable

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.competing_risks import CompetingFollowUp
from sequela.stats.follow_up import FollowUp
from sequela.stats.risk_sets import RiskSets, at_risk_sums, risk_sets, sum_by, sums_up_to


@frozen
class Censoring:
    """How the patients of one group were censored, and the weights that follow.

    Attributes
    ----------
    weight : float array, shape (k,)
        Probability of not being censored before each cell (under delayed entry times that of having entered).
    members, competing, censored : int array
        Rows of the group; those with another kind of event, by time; those censored.
    at_own_time : float array
        The weight at each competing event; what follows it is divided by it.
    time, at_risk, hazard : float array, shape (u,)
        Distinct times of censoring, those who might have been censored then, and the share who were.
    competing_time : float array
        When the others had their event.
    watched : int array
        For each member, the times of censoring up to which he might have been censored.
    own : int array
        For each censored, his time of censoring.
    """

    weight: np.ndarray
    members: np.ndarray
    competing: np.ndarray
    censored: np.ndarray
    at_own_time: np.ndarray
    time: np.ndarray
    at_risk: np.ndarray
    hazard: np.ndarray
    competing_time: np.ndarray
    watched: np.ndarray
    own: np.ndarray


@frozen
class Subdistribution:
    """Cells of the event of interest, with everyone's risk in each.

    Attributes
    ----------
    sets : RiskSets
        Until a patient's own end.
    event_rows, cell_of_event : int array, shape (d,)
    step_cell, step_fraction, step_weight : array, shape (m,)
        As in a Cox model: one factor per event under Efron, one per cell under Breslow.
    censoring : tuple of Censoring
        One per group of patients among whom censoring is estimated together.
    times : float array, shape (k,)
        Of the cells.
    as_crr : bool
        Whether events tied with a censoring were at risk of it, as in cmprsk's `crr`.
    """

    sets: RiskSets
    event_rows: np.ndarray
    cell_of_event: np.ndarray
    step_cell: np.ndarray
    step_fraction: np.ndarray
    step_weight: np.ndarray
    censoring: tuple[Censoring, ...]
    times: np.ndarray
    as_crr: bool

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum patients' values, shape (n,) or (n, p), over the weighted risk set of each cell."""
        total = at_risk_sums(values, self.sets)
        for part in self.censoring:
            rows = part.competing
            scale = part.at_own_time if values.ndim == 1 else part.at_own_time[:, None]
            joined = sum_by(self.sets.last[rows], values[rows] / scale, self.sets.cells + 1)
            staying = np.cumsum(joined, axis=0)[:-1]
            total += staying * (part.weight if values.ndim == 1 else part.weight[:, None])
        return total

    def tied(self, values: np.ndarray) -> np.ndarray:
        """Sum patients' values over the events of each cell."""
        return sum_by(self.cell_of_event, values[self.event_rows], self.sets.cells)

    def at_steps(self, sums: np.ndarray, tied: np.ndarray) -> np.ndarray:
        """Return sums over risk sets at each factor, tied events taken out one by one."""
        fraction = self.step_fraction if sums.ndim == 1 else self.step_fraction[:, None]
        return sums[self.step_cell] - fraction * tied[self.step_cell]

    def by_cell(self, of_step: np.ndarray) -> np.ndarray:
        """Sum values of the factors over the cells."""
        return sum_by(self.step_cell, of_step, self.sets.cells)

    def exposure(self, of_step: np.ndarray) -> np.ndarray:
        """Sum values of the factors, shape (m,) or (m, q), over those at which each patient is at risk."""
        of_cell = self.by_cell(of_step)
        total = sums_up_to(of_cell)
        found = total[self.sets.last] - total[self.sets.first]
        fraction = self.step_fraction if of_step.ndim == 1 else self.step_fraction[:, None]
        found[self.event_rows] -= self.by_cell(of_step * fraction)[self.cell_of_event]
        for part, to_come in zip(self.censoring, self.weighted_to_come(of_cell), strict=True):
            scale = part.at_own_time if of_step.ndim == 1 else part.at_own_time[:, None]
            found[part.competing] += to_come[self.sets.last[part.competing]] / scale
        return found

    def weighted_to_come(self, of_cell: np.ndarray) -> tuple[np.ndarray, ...]:
        """Sum weight times value over each cell and all later ones, a last row of zero; one array per group."""
        sums = []
        for part in self.censoring:
            weighted = of_cell * (part.weight if of_cell.ndim == 1 else part.weight[:, None])
            backwards = np.cumsum(weighted[::-1], axis=0)[::-1]
            sums.append(np.concatenate([backwards, np.zeros((1, *of_cell.shape[1:]))]))
        return tuple(sums)


def subdistribution(checked: CompetingFollowUp, groups: np.ndarray, interest: int, ties: str) -> Subdistribution:
    """Prepare risk sets and weights.

    The weight of a patient with another kind of event at T is, at a later t, the probability of not
    being censored before t over that of not being censored before T, by reverse Kaplan-Meier among
    his group (at a tie, events leave before censorings). Under delayed entry both are multiplied by
    the probability of having entered before, by a product-limit estimate in reversed time
    (Geskus 2011), as R's `finegray` does. Beyond the last patient of a group nobody of it is at risk,
    as in cmprsk's `crr`. With `ties` "crr" events tied with a censoring are at risk of it.
    """
    data = checked.data
    of_interest = checked.cause == interest
    sets = risk_sets(FollowUp(data.time, of_interest, data.entry))
    events = np.bincount(sets.cell_of_event, minlength=sets.cells)
    cell: np.ndarray = np.arange(sets.cells)
    fraction, weight = np.zeros(sets.cells), events.astype(float)
    if ties == "efron":
        cell = np.repeat(cell, events)
        fraction = (np.arange(cell.size) - np.repeat(np.cumsum(events) - events, events)) / events[cell]
        weight = np.ones(cell.size)
    times = np.unique(data.time[of_interest])
    of_groups = [np.flatnonzero(groups == code) for code in np.unique(groups)]
    parts = tuple(_censoring(checked, members, times, interest, ties == "crr") for members in of_groups)
    steps = cell, fraction, weight
    return Subdistribution(sets, sets.event_rows, sets.cell_of_event, *steps, parts, times, ties == "crr")


def _censoring(
    checked: CompetingFollowUp, members: np.ndarray, cells: np.ndarray, interest: int, as_crr: bool
) -> Censoring:
    data = checked.data
    time, event = data.time[members], data.event[members]
    entry = None if data.entry is None else data.entry[members]
    at, number = np.unique(time[~event], return_counts=True)
    watched = np.searchsorted(at, time, side="right")
    if not as_crr:
        watched = watched - (event & np.isin(time, at))
    entered = np.zeros(members.size, dtype=np.int64) if entry is None else np.searchsorted(at, entry, side="right")
    change = np.bincount(entered, minlength=at.size + 1) - np.bincount(watched, minlength=at.size + 1)
    at_risk = np.cumsum(change)[:-1].astype(float)
    hazard = number / at_risk
    other = event & (checked.cause[members] != interest)
    order = np.argsort(time[other], kind="stable")
    competing = members[other][order]
    stay = _stay(at, hazard, time, event, entry)
    at_own_time = stay(data.time[competing])
    if (at_own_time <= 0).any():
        raise NotEstimableError(
            Problem(
                "entry",
                "nobody else was under observation at an early event",
                "patients under observation from the start without a gap",
                "Start the clock where patients are followed.",
            )
        )
    return Censoring(
        weight=np.where(cells <= time.max(), stay(cells), 0.0),
        members=members,
        competing=competing,
        censored=members[~event],
        at_own_time=at_own_time,
        time=at,
        at_risk=at_risk,
        hazard=hazard,
        competing_time=data.time[competing],
        watched=watched,
        own=np.searchsorted(at, time[~event]),
    )


def _stay(
    at: np.ndarray, hazard: np.ndarray, time: np.ndarray, event: np.ndarray, entry: np.ndarray | None
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the weight as a function of time: just before it, not censored yet and already entered."""
    uncensored = np.concatenate([[1.0], np.cumprod(1 - hazard)])

    def censoring(moments: np.ndarray) -> np.ndarray:
        return uncensored[np.searchsorted(at, moments, side="left")]

    if entry is None:
        return censoring
    entries, number = np.unique(entry, return_counts=True)
    # Under observation just after an entry: entered by then, and not gone by then.
    present = np.searchsorted(np.sort(entry), entries, side="right") - np.searchsorted(
        np.sort(time), entries, side="right"
    )
    entered = np.concatenate([np.cumprod((1 - number / present)[::-1])[::-1], [1.0]])
    return lambda moments: censoring(moments) * entered[np.searchsorted(entries, moments, side="left")]
