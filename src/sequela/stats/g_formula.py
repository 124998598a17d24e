"""Strategies over time by simulation: the parametric g-formula, each course drawn from models of what comes next.

Robins (1986), Mathematical Modelling 7:1393; Young et al. (2011), Stat Biosci 3:119.
"""

from collections.abc import Callable

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.kaplan_meier import kaplan_meier, survival_at
from sequela.stats.sequential_trials import curve_of_time
from sequela.stats.treatment_over_time import Chance, PatientsOverTime, StartingModel, chance, starting_model, waited

Rule = Callable[[int], tuple[float, bool]]
"""From the interval: by what the chances of starting as observed are multiplied, and whether all start at its end."""

MOST_LEVELS = 6
"""Levels of a changing covariate beyond which it is refused: each has a model of its own."""


@frozen
class LevelModel:
    """How a changing covariate goes on: the chance of each level or more, given at least the one below.

    Attributes
    ----------
    levels : float array, shape (j,)
        Ascending.
    chances : tuple of Chance
        One for each level but the first.
    """

    levels: np.ndarray
    chances: tuple[Chance, ...]

    def draw(self, columns: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """Return a level for each row; `uniform` has shape (n, j - 1)."""
        place = np.zeros(columns.shape[0], int)
        reached = np.ones(columns.shape[0], bool)
        for number, step in enumerate(self.chances):
            reached &= uniform[:, number] < step.at(columns)
            place += reached
        return self.levels[place]


@frozen
class CourseModels:
    """Everything a course is drawn from.

    Attributes
    ----------
    patients : PatientsOverTime
    person_weight : float array, shape (n,)
    starting : StartingModel
    changing : tuple of LevelModel
    outcome : Chance
        Of the event in an interval, on treatment, changing covariates, baseline and time.
    basis : float array, shape (k, q)
        Functions of follow-up time.
    waited : tuple of float
        Mean share of the interval of the start that passes before it: in the first interval, and later.
    """

    patients: PatientsOverTime
    person_weight: np.ndarray
    starting: StartingModel
    changing: tuple[LevelModel, ...]
    outcome: Chance
    basis: np.ndarray
    waited: tuple[float, float]


@frozen
class GFormula:
    """Event-free probabilities at the end of each interval, shape (k,) each.

    Attributes
    ----------
    start, never : float array
        Under each strategy.
    natural : float array
        With treatment as it was given.
    observed : float array
        Kaplan-Meier.
    """

    start: np.ndarray
    never: np.ndarray
    natural: np.ndarray
    observed: np.ndarray

    @property
    def natural_course_difference(self) -> float:
        """Return the largest difference of the simulated natural course from what was observed."""
        return float(np.abs(self.natural - self.observed).max())


def course_models(patients: PatientsOverTime, intervals: int, person_weight: np.ndarray) -> CourseModels:
    """Fit what comes next at each step: starting, each changing covariate, the event; pooled logistic regressions.

    A changing covariate rests on all changing covariates of the time before and their means up to then, those listed
    before it at the same time, treatment, baseline and time; the event on changing covariates, their means so far,
    treatment, baseline and time. The interval in which treatment starts is cut at the start. No missing values. Young
    et al. (2011), Stat Biosci 3:119.

    Raises
    ------
    NotEstimableError
        No event, nobody starts, a changing covariate with more than six levels, or a model without an answer.
    """
    if not 0 < intervals <= patients.reach:
        found = f"{intervals} intervals, covariates known for {patients.reach}"
        raise NotEstimableError(Problem("g-formula", found, "covariates known at the start of each"))
    starting = starting_model(patients, intervals, person_weight)
    counted = patients.event & (patients.time <= intervals)
    basis = curve_of_time(np.arange(intervals) + 0.5, patients.time[counted], int(counted.sum()))
    outcome = _outcome_model(patients, intervals, person_weight, basis)
    changing = tuple(
        _level_model(patients, place, intervals, person_weight, basis) for place in range(patients.changing.shape[2])
    )
    return CourseModels(
        patients, person_weight, starting, changing, outcome, basis, waited(patients.started, patients.time)
    )


def simulated_courses(models: CourseModels, grace: int, draws: int, rng: np.random.Generator) -> GFormula:
    """Draw courses under 'start within `grace` intervals', 'never start' and as it was, and average their survival.

    Patients are drawn with their state at time zero; covariates and starts are drawn step by step, and survival is
    the product of the fitted probabilities, so that no death is drawn. Within the grace period who starts does so as
    observed; who still waits starts at its end. The three courses share their random numbers. No missing values.
    Robins (1986), Mathematical Modelling 7:1393; Young et al. (2011), Stat Biosci 3:119. Golden:
    tests/golden/strategies_over_time.

    Parameters
    ----------
    models : CourseModels
    grace, draws : int
        Intervals; courses drawn.
    rng : Generator

    Raises
    ------
    NotEstimableError
        A grace period that is none or not within follow-up, or no draws.
    """
    intervals = models.basis.shape[0]
    if not 0 < grace < intervals or draws < 1:
        found = f"a grace period of {grace} of {intervals} intervals, {draws} draws"
        raise NotEstimableError(Problem("g-formula", found, "a grace period within follow-up, and draws"))
    weight = models.person_weight
    chosen = rng.choice(weight.size, draws, p=weight / weight.sum())
    steps = sum(model.levels.size - 1 for model in models.changing)
    uniform = rng.random((intervals, draws, steps + 1))
    start = _course(models, chosen, uniform, lambda k: (float(k < grace), k == grace - 1))
    never = _course(models, chosen, uniform, lambda k: (0.0, False))
    natural = _course(models, chosen, uniform, lambda k: (1.0, False))
    patients = models.patients
    kept = weight > 0
    curve = kaplan_meier(patients.time[kept], patients.event[kept], weights=weight[kept])
    observed = survival_at(curve, np.arange(1.0, intervals + 1)).survival
    return GFormula(start, never, natural, np.asarray(observed))


def _outcome_model(patients: PatientsOverTime, intervals: int, person_weight: np.ndarray, basis: np.ndarray) -> Chance:
    """Fit the event in an interval on rows cut at the start of the treatment."""
    number = np.arange(intervals)
    until = np.minimum(patients.time, patients.started)[:, None]
    before = np.clip(until - number, 0.0, 1.0)
    after = np.clip(patients.time[:, None] - number, 0.0, 1.0) - before
    here = patients.event[:, None] & (np.ceil(patients.time)[:, None] - 1 == number)
    treated = (patients.started < patients.time)[:, None]
    averages = _averages(patients, intervals)
    parts = []
    for arm, share in ((0.0, before), (1.0, after)):
        event = here & (treated if arm else ~treated)
        weight = np.where(event, 1.0, share) * person_weight[:, None]
        patient, when = np.nonzero(weight > 0)
        columns = np.column_stack(
            [
                np.full(patient.size, arm),
                patients.changing[patient, when],
                averages[patient, when],
                patients.baseline[patient],
                basis[when],
            ]
        )
        parts.append((event[patient, when], columns, weight[patient, when]))
    event, columns, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    if not event.any():
        raise NotEstimableError(Problem("g-formula", "no event", "patients with the event"))
    return chance(event, columns, weight)


def _level_model(
    patients: PatientsOverTime, place: int, intervals: int, person_weight: np.ndarray, basis: np.ndarray
) -> LevelModel:
    followed = (patients.time[:, None] > np.arange(intervals)) & (person_weight[:, None] > 0)
    levels = np.unique(patients.changing[:, :intervals, place][followed])
    if levels.size > MOST_LEVELS:
        raise NotEstimableError(
            Problem("g-formula", f"a changing covariate with {levels.size} levels", f"at most {MOST_LEVELS}")
        )
    patient, when = np.nonzero(followed[:, 1:])
    now, last = patients.changing[patient, when + 1], patients.changing[patient, when]
    treated = (patients.started[patient] < when + 1).astype(float)
    past = np.hstack([last, _averages(patients, intervals)[patient, when]])
    columns = _next_columns(past, treated, now[:, :place], patients.baseline[patient], basis[when + 1])
    chances = []
    for number in range(1, levels.size):
        eligible = now[:, place] >= levels[number - 1]
        yes = now[eligible, place] >= levels[number]
        chances.append(chance(yes, columns[eligible], person_weight[patient[eligible]]))
    return LevelModel(levels, tuple(chances))


def _next_columns(
    past: np.ndarray, treated: np.ndarray, so_far: np.ndarray, baseline: np.ndarray, time: np.ndarray
) -> np.ndarray:
    return np.column_stack([past, treated, so_far, baseline, time])


def _averages(patients: PatientsOverTime, intervals: int) -> np.ndarray:
    """Return the mean of each changing covariate up to each time, less its value: the history that is remembered."""
    values = patients.changing[:, :intervals]
    return np.cumsum(values, axis=1) / np.arange(1, intervals + 1)[:, None] - values


def _course(models: CourseModels, chosen: np.ndarray, uniform: np.ndarray, rule: Rule) -> np.ndarray:
    """Return the mean event-free probability at the end of each interval of courses under a rule of starting."""
    baseline, changing = models.patients.baseline[chosen], models.patients.changing[chosen, 0]
    total = changing
    treated, free = np.zeros(chosen.size), np.ones(chosen.size)
    curve = np.empty(models.basis.shape[0])
    for k in range(curve.size):
        time = np.broadcast_to(models.basis[k], (chosen.size, models.basis.shape[1]))
        if k:
            changing = _next_levels(
                models, uniform[k], np.hstack([changing, total / k - changing]), treated, baseline, time
            )
            total = total + changing
        share, all_at_end = rule(k)
        begins = (treated == 0) & (uniform[k, :, -1] < share * models.starting.at(k, baseline, changing))
        with_, without = (
            models.outcome.at(
                np.column_stack([np.full(chosen.size, arm), changing, total / (k + 1) - changing, baseline, time])
            )
            for arm in (1.0, 0.0)
        )
        untreated = np.where(begins, models.waited[min(k, 1)], np.where(treated == 1, 0.0, 1.0))
        free = free * (1 - without) ** untreated * (1 - with_) ** (1 - untreated)
        treated = np.where(begins | all_at_end, 1.0, treated)
        curve[k] = free.mean()
    return curve


def _next_levels(
    models: CourseModels,
    uniform: np.ndarray,
    past: np.ndarray,
    treated: np.ndarray,
    baseline: np.ndarray,
    time: np.ndarray,
) -> np.ndarray:
    drawn = np.empty((past.shape[0], len(models.changing)))
    used = 0
    for place, model in enumerate(models.changing):
        columns = _next_columns(past, treated, drawn[:, :place], baseline, time)
        width = len(model.chances)
        drawn[:, place] = model.draw(columns, uniform[:, used : used + width])
        used += width
    return drawn
