"""How the functions of treatments over time are called with the columns of one data set; see `every_function`."""

import numpy as np

from sequela.stats import g_formula, marginal_structural, pooled_logistic, sequential_trials, treatment_over_time


def _rng():
    return np.random.default_rng(1)


def _yes(column):
    """Return true and false where all values are 1 or 0, otherwise what was given."""
    codes = np.asarray(column)
    return codes == 1 if np.isin(codes, (0, 1)).all() else codes


def _pooled(d):
    time, event = np.asarray(d.time, dtype=object), d.event
    follow = pooled_logistic.follow_up_by_interval(time, event, 20)
    model = pooled_logistic.PooledModel(_yes(d.group), np.asarray(d.x), np.arange(20.0)[:, None], products=False)
    return pooled_logistic.pooled_logistic(follow, model)


def _stacked(d):
    time, x = np.asarray(d.time), np.asarray(d.x)
    known = np.repeat(x[:, None], 20, axis=1)
    group = np.asarray(d.group, dtype=float)
    started = np.where(np.isnan(group), np.nan, np.where(group == 1, 0.0, np.inf))
    people = sequential_trials.Candidates(time, _yes(d.event), started, known, known, x)
    return sequential_trials.stack_trials(people, 1, 15)


def _in_trials(d, compare):
    return compare(_stacked(d), np.ones(len(d.time)))


def _over_time(d):
    time, x, number = np.asarray(d.time), np.asarray(d.x), np.arange(len(d.time))
    started = np.where(np.isin(number, (2, 5, 9)), 0.5, np.where(number == 3, 4.5, np.inf))
    # At each time a patient has the covariate of another.
    other = _rng().integers(0, max(len(x), 1), (len(x), 21))
    changing = x[other, :1]
    return treatment_over_time.PatientsOverTime(time, _yes(d.event), started, x[:, 1:], changing)


def _courses(d):
    return g_formula.course_models(_over_time(d), 20, np.ones(len(d.time)))


def _weighted_over_time(d):
    return marginal_structural.marginal_structural(_over_time(d), 2, 20, np.ones(len(d.time)))


CALLS_OVER_TIME = {
    "g_formula.course_models": _courses,
    "g_formula.simulated_courses": lambda d: g_formula.simulated_courses(_courses(d), 2, 20, _rng()),
    "marginal_structural.marginal_structural": _weighted_over_time,
    "marginal_structural.strategies_followed": lambda d: marginal_structural.strategies_followed(
        _over_time(d), 2, 20, np.ones(len(d.time))
    ),
    "marginal_structural.structural_ratio": lambda d: marginal_structural.structural_ratio(_weighted_over_time(d)),
    "pooled_logistic.event_free": lambda d: pooled_logistic.event_free(_pooled(d), True),
    "pooled_logistic.follow_up_by_interval": lambda d: pooled_logistic.follow_up_by_interval(d.time, d.event, 5),
    "pooled_logistic.pooled_logistic": _pooled,
    "sequential_trials.at_horizon": lambda d: sequential_trials.at_horizon(np.linspace(0.9, 0.1, 9), d.number),
    "sequential_trials.average_ratio": lambda d: sequential_trials.average_ratio(
        _stacked(d), _in_trials(d, sequential_trials.effect_of_assignment)
    ),
    "sequential_trials.effect_of_assignment": lambda d: _in_trials(d, sequential_trials.effect_of_assignment),
    "sequential_trials.effect_of_following": lambda d: _in_trials(d, sequential_trials.effect_of_following),
    "sequential_trials.enter_trials": lambda d: sequential_trials.enter_trials(_stacked(d).candidates, 2),
    "sequential_trials.stack_trials": _stacked,
    "sequential_trials.staying_ratios": lambda d: _in_trials(d, sequential_trials.staying_ratios),
    "treatment_over_time.starting_model": lambda d: treatment_over_time.starting_model(
        _over_time(d), 20, np.ones(len(d.time))
    ),
}
"""One call of each."""
