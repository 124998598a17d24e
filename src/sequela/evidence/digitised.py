"""From a digitised survival curve, with or without a table of patients at risk, to patients.

The curve gives the events at each point for a given number at risk; the table gives how many
left between its times; whoever left without an event was censored. After Guyot, Ades, Ouwens &
Welton (2012) doi:10.1186/1471-2288-12-9, with four differences: noise is removed by isotonic
regression instead of dropping points, censorings in an interval are found by bisection, so that the
table is met exactly, events stand between the points that show them, and a printed total of
events is met by turning the censorings (or events) into the other that the curve minds least.
"""

from collections.abc import Callable

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.records.dates import DAYS_PER_MONTH

DAYS_IN = {"days": 1.0, "weeks": 7.0, "months": DAYS_PER_MONTH, "years": 365.25}
"""Units a curve may have."""
SAMPLED, STEPS = "sampled", "steps"
PLACES = (SAMPLED, STEPS)
"""Whether points were taken anywhere on the curve, so that events lie between them, or at the foot of each step."""
GOOD_FIT = {"root mean square": 0.02, "largest": 0.05}
"""Differences between the points and the curve of the reconstruction beyond which it is doubtful."""

HALVINGS = 50
FEW_TURNS, MANY_TURNS, MOST_TURNED = 3, 50, 0.05
"""Patients that may always be turned and that never may, and between them the share of the printed events; beyond,
curve, table and total disagree."""


@frozen
class Digitised:
    """What was read from one curve.

    Attributes
    ----------
    time, survival : float array, shape (m,)
        Points in the order of time; survival between 0 and 1. Not before time 0.
    risk_time : float array, shape (k,)
        Times of the table, ascending, the first 0; only that one where there is no table.
    at_risk : int array, shape (k,)
        Patients under observation just before each; never rising.
    events : int or None
        In total, where printed.
    """

    time: np.ndarray
    survival: np.ndarray
    risk_time: np.ndarray
    at_risk: np.ndarray
    events: int | None = None


@frozen
class Patients:
    """Patients who would have drawn a curve.

    Attributes
    ----------
    time : float array, shape (n,)
        Ascending; at a tie events come first.
    event : bool array, shape (n,)
    repaired : float array, shape (m,)
        Survival at the points after noise was removed.
    """

    time: np.ndarray
    event: np.ndarray
    repaired: np.ndarray


def patients_of_curve(curve: Digitised, place: str = SAMPLED) -> Patients:
    """Reconstruct patients; the same curve gives the same patients.

    Censorings are spread evenly between two times of the table. After its last time the printed
    total of events decides how many were censored; without it, the rate of censoring before.
    Without a table and without a total nobody is censored before the end: an approximation.

    Parameters
    ----------
    curve : Digitised
    place : str
        One of `PLACES`.

    Raises
    ------
    NotEstimableError
        More events than patients, or an unknown place.
    """
    patients = int(curve.at_risk[0])
    if place not in PLACES:
        raise NotEstimableError(Problem("place", f"{place!r}", " | ".join(PLACES)))
    if curve.events is not None and curve.events > patients:
        raise NotEstimableError(Problem("events", f"{curve.events} events", f"at most the {patients} patients at risk"))
    repaired = falling(curve.survival)
    walk = _walk(curve, repaired, place)
    drawn, censored = _through_the_table(curve, walk)
    found = _sorted(np.concatenate([drawn, censored]), np.arange(patients) < drawn.size)
    if curve.events is not None:
        found = _with_events(found, curve, repaired)
    return Patients(*found, repaired)


def falling(survival: np.ndarray) -> np.ndarray:
    """Return the nearest numbers that never rise, between 0 and 1: isotonic least squares, pooling neighbours."""
    heights: list[float] = []
    sizes: list[int] = []
    for value in survival:
        heights.append(float(value))
        sizes.append(1)
        while len(heights) > 1 and heights[-2] < heights[-1]:
            total = sizes[-2] + sizes[-1]
            heights[-2:] = [(heights[-2] * sizes[-2] + heights[-1] * sizes[-1]) / total]
            sizes[-2:] = [total]
    return np.clip(np.repeat(heights, sizes), 0.0, 1.0)


@frozen
class _Walk:
    """The points of a curve, walked from left to right."""

    time: np.ndarray
    survival: np.ndarray
    place: str

    def between(self, start: float, end: float) -> np.ndarray:
        """Return the points from start on and before end."""
        return np.flatnonzero((self.time >= start) & (self.time < end))

    def drawn(self, index: np.ndarray, interval: "_Interval", censored: float) -> np.ndarray:
        """Return how many events the curve has drawn up to each point, as real numbers.

        Counted from the survival the patients so far have reached, so that no error is carried on.
        """
        reached, at_risk = interval.reached, interval.at_risk
        share = (self.time[index] - interval.start) / max(interval.stop - interval.start, np.finfo(float).tiny)
        total, found = 0.0, np.zeros(index.size)
        for place, point in enumerate(index):
            still = max(at_risk - total - censored * min(share[place], 1.0), 0.0)
            survival = float(self.survival[point])
            total += still * (1 - survival / reached) if reached > 0 else 0.0
            found[place], reached = total, survival
        return found

    def times(self, index: np.ndarray, events: np.ndarray, start: float) -> np.ndarray:
        """Return when the events happened: between a point and the one before it, or at the point."""
        found = []
        for point, number in zip(index, events, strict=True):
            if number == 0:
                continue
            before = max(float(self.time[point - 1]) if point else 0.0, start)
            share = (np.arange(number) + 0.5) / number if self.place == SAMPLED else np.ones(number)
            found.append(before + share * (self.time[point] - before))
        return np.concatenate(found) if found else np.zeros(0)


def _walk(curve: Digitised, repaired: np.ndarray, place: str) -> _Walk:
    """Add a point just before each time of the table, on the line between its neighbours.

    Events between the last point of an interval and its end would otherwise be counted after it.
    """
    if place == STEPS:
        return _Walk(curve.time, repaired, place)
    inside = curve.risk_time[(curve.risk_time > 0) & (curve.risk_time <= curve.time[-1])]
    time = np.concatenate([curve.time, np.nextafter(inside, 0)])
    survival = np.concatenate([repaired, np.interp(inside, curve.time, repaired)])
    order = np.argsort(time, kind="stable")
    return _Walk(time[order], survival[order], place)


@frozen
class _Interval:
    """From one time of the table to the next.

    Attributes
    ----------
    at_risk : int
        At its start.
    reached : float
        Survival of the patients before its start.
    start, stop : float
    """

    at_risk: int
    reached: float
    start: float
    stop: float


def _through_the_table(curve: Digitised, walk: _Walk) -> tuple[np.ndarray, np.ndarray]:
    """Return the times of all events and of all censorings."""
    end = max(float(curve.time[-1]), float(curve.risk_time[-1]))
    drawn: list[np.ndarray] = []
    censored: list[np.ndarray] = []
    reached = 1.0
    for k, (at_risk, start) in enumerate(zip(curve.at_risk.tolist(), curve.risk_time.tolist(), strict=True)):
        last = k + 1 == curve.risk_time.size
        interval = _Interval(at_risk, reached, start, end if last else float(curve.risk_time[k + 1]))
        index = walk.between(start, np.inf if last else interval.stop)
        if last:
            events, lost = _after_the_table(curve, walk, index, interval, sum(times.size for times in drawn))
        else:
            events, lost = _within_the_table(walk, index, interval, at_risk - int(curve.at_risk[k + 1]))
        drawn.append(walk.times(index, events, start))
        censored.append(_spread(lost, start, interval.stop))
        reached *= _factor(at_risk, drawn[-1], censored[-1])
    left = int(curve.at_risk[-1]) - drawn[-1].size - censored[-1].size
    return np.concatenate(drawn), np.concatenate([*censored, np.full(left, end)])


def _within_the_table(walk: _Walk, index: np.ndarray, interval: _Interval, leave: int) -> tuple[np.ndarray, int]:
    """Return the events at each point, and the censorings, that together are those who left."""

    def gone(censored: float) -> float:
        return (float(walk.drawn(index, interval, censored)[-1]) if index.size else 0.0) + censored

    lost = round(_bisected(gone, leave, leave)) if index.size else leave
    return _whole(walk.drawn(index, interval, lost), leave - lost), lost


def _after_the_table(
    curve: Digitised, walk: _Walk, index: np.ndarray, interval: _Interval, before: int
) -> tuple[np.ndarray, int]:
    """Return events and censorings after the last time of the table, where nobody says how many left."""
    if index.size == 0 or interval.at_risk == 0:
        return np.zeros(index.size, dtype=int), 0
    if curve.events is not None:
        wanted = min(max(curve.events - before, 0), interval.at_risk)

        def missing(censored: float) -> float:
            return -float(walk.drawn(index, interval, censored)[-1])

        lost = round(_bisected(missing, -wanted, interval.at_risk))
    elif interval.start == 0:
        lost = 0
    else:
        rate = (int(curve.at_risk[0]) - interval.at_risk - before) / interval.start
        lost = min(round(rate * (interval.stop - interval.start)), interval.at_risk)
    drawn = walk.drawn(index, interval, lost)
    events = _whole(drawn, min(max(round(float(drawn[-1])), 0), interval.at_risk))
    return events, min(lost, interval.at_risk - int(events.sum()))


def _bisected(rising: Callable[[float], float], target: float, most: float) -> float:
    """Return the number from 0 to `most` at which a function that rises reaches its target, or the nearer end."""
    low, high = 0.0, float(most)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < target else (low, middle)
    return (low + high) / 2


def _whole(drawn: np.ndarray, total: int) -> np.ndarray:
    """Turn events drawn so far into whole events at each point that add up to a total."""
    if drawn.size == 0 or total <= 0:
        return np.zeros(drawn.size, dtype=int)
    scaled = drawn * (total / drawn[-1]) if drawn[-1] > 0 else np.full(drawn.size, float(total))
    counted = np.clip(np.maximum.accumulate(np.rint(scaled)), 0, total).astype(int)
    return np.diff(counted, prepend=0)


def _factor(at_risk: int, events: np.ndarray, censored: np.ndarray) -> float:
    """Return what an interval's patients do to the survival; at a tie events come first."""
    time, event = _sorted(np.concatenate([events, censored]), np.arange(events.size + censored.size) < events.size)
    still = at_risk - np.arange(time.size)
    return float(np.prod(np.where(event, 1 - 1 / np.maximum(still, 1), 1.0)))


def _spread(number: int, start: float, stop: float) -> np.ndarray:
    """Return times spread evenly inside an interval, ascending."""
    return start + (np.arange(number) + 0.5) / max(number, 1) * (stop - start)


def _sorted(time: np.ndarray, event: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.lexsort((~event, time))
    return time[order], event[order]


def _with_events(
    found: tuple[np.ndarray, np.ndarray], curve: Digitised, repaired: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Turn censorings into events, or events into censorings, until the printed total is met.

    Nobody's time moves, so the table stays met; each turn is the one after which the curve lies
    nearest to the points. A total that would take many turns contradicts the curve and is left.
    """
    time, event = found
    wanted = curve.events if curve.events is not None else int(event.sum())
    if abs(wanted - int(event.sum())) > min(max(FEW_TURNS, MOST_TURNED * wanted), MANY_TURNS):
        return found
    while int(event.sum()) != wanted:
        more = int(event.sum()) < wanted
        candidates = np.flatnonzero(event != more)
        candidates = candidates[time[candidates] < time[-1]] if more else candidates
        if candidates.size == 0:
            break
        candidates = candidates[np.unique(np.linspace(0, candidates.size - 1, 60).astype(int))]
        losses = [_loss(time, event, candidate, curve, repaired) for candidate in candidates]
        event = event.copy()
        event[candidates[int(np.argmin(losses))]] = more
    return _sorted(time, event)


def _loss(time: np.ndarray, event: np.ndarray, turned: int, curve: Digitised, repaired: np.ndarray) -> float:
    trial = event.copy()
    trial[turned] = not trial[turned]
    return float(((survival_of(time, trial, curve.time) - repaired) ** 2).sum())


def survival_of(time: np.ndarray, event: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the product-limit survival at chosen times, of patients in the order of `_sorted`."""
    at_risk = time.size - np.arange(time.size)
    survival = np.concatenate([[1.0], np.cumprod(np.where(event, 1 - 1 / at_risk, 1.0))])
    return survival[np.searchsorted(time, at, side="right")]
