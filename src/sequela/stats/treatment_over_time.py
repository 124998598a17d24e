"""Patients whose covariates and treatment change from interval to interval, and who starts the treatment when.

Robins, Hernan & Brumback (2000), Epidemiology 11:550; Cain et al. (2010), Int J Biostat 6(2):18.
"""

import numpy as np
from scipy.special import expit

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import columns_of_equal_length, numbers, yes_or_no
from sequela.stats.logistic import logistic
from sequela.stats.sequential_trials import curve_of_time


@frozen
class PatientsOverTime:
    """Patients from time zero on, one entry each; times count from it, in intervals.

    Attributes
    ----------
    time : float array, shape (n,)
        To the event or the end of follow-up, above 0.
    event : bool array, shape (n,)
    started : float array, shape (n,)
        When the treatment began, 0 or later; inf for never. A start after `time` is none.
    baseline : float array, shape (n, v)
        Known at time zero and not changing.
    changing : float array, shape (n, m, c)
        Known at times 0, 1, 2 and on, as scores of few levels; nan where the patient is no longer followed. What is
        known at the start of an interval decides about starting in it.
    """

    time: np.ndarray
    event: np.ndarray
    started: np.ndarray
    baseline: np.ndarray
    changing: np.ndarray

    def __post_init__(self) -> None:
        time, started = (numbers("strategies over time", column) for column in (self.time, self.started))
        problems = columns_of_equal_length(
            time.size, event=self.event, started=started, baseline=self.baseline, changing=self.changing
        )
        if not (time.size and np.isfinite(time).all() and (time > 0).all() and (started >= 0).all()):
            found = "missing numbers, times not above 0, or starts before time zero"
            problems.append(Problem("strategies over time", found, "patients followed from time zero on"))
        if not problems:
            yes_or_no("event", self.event)
            known = numbers("baseline", self.baseline), numbers("changing", self.changing)
            followed = time[:, None] > np.arange(self.changing.shape[1])
            if not (np.isfinite(known[0]).all() and np.isfinite(known[1][followed]).all()):
                problems.append(
                    Problem(
                        "covariates",
                        "a missing or infinite value of a patient who is followed",
                        "numbers at every time",
                        "Leave these patients out and count them.",
                    )
                )
        if problems:
            raise NotEstimableError(problems)

    @property
    def reach(self) -> int:
        """Return how many times covariates are known at."""
        return int(self.changing.shape[1])


@frozen
class Chance:
    """A probability that rests on columns: a logistic regression, or a constant where the outcome never varied.

    Attributes
    ----------
    coefficients : float array, shape (p + 1,)
        The intercept first; 0 for columns that did not vary.
    constant : float
        The probability itself; nan where it rests on the coefficients.
    """

    coefficients: np.ndarray
    constant: float = np.nan

    def at(self, columns: np.ndarray) -> np.ndarray:
        """Return the probability of each row of the columns."""
        if not np.isnan(self.constant):
            return np.full(columns.shape[0], self.constant)
        return np.asarray(expit(self.coefficients[0] + columns @ self.coefficients[1:]))


def chance(outcome: np.ndarray, columns: np.ndarray, weight: np.ndarray) -> Chance:
    """Fit a probability by weighted logistic regression on the columns that vary; no missing values.

    Raises
    ------
    NotEstimableError
        As `logistic`, R's `glm(family = quasibinomial)`; an outcome that never varies is a constant instead.
    """
    counted = weight > 0
    yes, rows, weight = outcome[counted], columns[counted], weight[counted]
    if not yes.size or yes.all() or not yes.any():
        return Chance(np.zeros(columns.shape[1] + 1), float(yes[0]) if yes.size else 0.0)
    varies = rows.std(axis=0) > 1e-12 * (np.abs(rows).max(axis=0) + 1)
    fit = logistic(yes, rows[:, varies], weight)
    coefficients = np.zeros(columns.shape[1] + 1)
    coefficients[np.concatenate([[True], varies])] = fit.coefficients
    return Chance(coefficients)


@frozen
class StartingModel:
    """The probability of starting the treatment in an interval, given what is known at its start.

    Attributes
    ----------
    chance : Chance
        On baseline, changing covariates and `basis`.
    basis : float array, shape (last + 1, q)
        Functions of time, a row per interval in which anybody starts or may; none starts later.
    """

    chance: Chance
    basis: np.ndarray

    def at(self, interval: int, baseline: np.ndarray, changing: np.ndarray) -> np.ndarray:
        """Return each patient's probability of starting in an interval, 0 beyond the last in which anybody did."""
        n = baseline.shape[0]
        if interval >= self.basis.shape[0]:
            return np.zeros(n)
        columns = np.column_stack([baseline, changing, np.broadcast_to(self.basis[interval], (n, self.basis.shape[1]))])
        return self.chance.at(columns)


def starting_model(patients: PatientsOverTime, intervals: int, person_weight: np.ndarray) -> StartingModel:
    """Model who starts the treatment in each interval among those who have not so far, by pooled logistic regression.

    An interval that follow-up ends in counts for its share. The first interval has a level of its own, for many
    decisions fall on the day of time zero; later ones a curve (`curve_of_time`). No missing values. Robins, Hernan &
    Brumback (2000), Epidemiology 11:550.

    Raises
    ------
    NotEstimableError
        Nobody starts, or covariates that tell apart who does.
    """
    number = np.arange(min(intervals, patients.reach))
    at_risk, starts, share = _risk_of_starting(patients, number)
    counted = at_risk & (person_weight[:, None] > 0)
    if not (starts & counted).any():
        raise NotEstimableError(Problem("strategies over time", "nobody starts the treatment", "patients who do"))
    last = int(np.flatnonzero((starts & counted).any(axis=0))[-1])
    basis = _time_of_starting(last, int((starts & counted).sum()))
    patient, when = np.nonzero(counted[:, : last + 1])
    columns = np.column_stack([patients.baseline[patient], patients.changing[patient, when], basis[when]])
    weight = share[patient, when] * person_weight[patient]
    fitted = chance(starts[patient, when], columns, weight)
    if not np.isnan(fitted.constant):
        raise NotEstimableError(
            Problem("strategies over time", "everybody starts the treatment at once", "patients who do not")
        )
    return StartingModel(fitted, basis)


def waited(started: np.ndarray, time: np.ndarray) -> tuple[float, float]:
    """Return the mean share of the interval of the start that passes before it: in the first interval, and later.

    One half where nobody starts in one; no missing values. The share of an interval that a patient who starts in it
    spends untreated, as in the actuarial method: Cutler & Ederer (1958).
    """
    starts = started[started <= time]
    first, later = starts[starts < 1], starts[starts >= 1] % 1.0
    return (float(first.mean()) if first.size else 0.5, float(later.mean()) if later.size else 0.5)


def _risk_of_starting(patients: PatientsOverTime, number: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return who may start in each interval, who does, and the share of it that was observed."""
    started, time = patients.started[:, None], patients.time[:, None]
    at_risk = (time > number) & (started >= number)
    starts = at_risk & (started < number + 1) & (started <= time)
    return at_risk, starts, np.where(starts, 1.0, np.clip(time - number, 0.0, 1.0))


def _time_of_starting(last: int, starts: int) -> np.ndarray:
    number = np.arange(last + 1.0)
    if last < 2:
        return (number == 0)[:, None].astype(float)[:, : min(last, 1)]
    return np.column_stack([number == 0, curve_of_time(number, number[1:], starts)])
