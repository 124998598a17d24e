"""The patients of tests/golden/cox_fuzz, drawn from their seeds as make.R draws them, fitted in every variant."""

import numpy as np

from sequela.stats.cox import cox
from tests.golden import read
from tests.golden.tolerances import FUZZ

MODULUS, MULTIPLIER, THROWN_AWAY = 2**31 - 1, 16807, 20


def _draws(seed, count):
    values = np.empty(count + THROWN_AWAY)
    for i in range(values.size):
        seed = MULTIPLIER * seed % MODULUS
        values[i] = seed / MODULUS
    return values[THROWN_AWAY:]


def patients(seed, n, days):
    """Return the columns of one data set."""
    u = _draws(seed, 12 * n).reshape(12, n)
    x1, x3 = (u[0] < 0.4).astype(float), np.floor(4 * u[4])
    time = 1 + np.minimum(days - 1, np.floor(days * u[5] / (0.6 + 0.6 * x1 + 0.2 * x3)))
    return {
        "x": np.column_stack([x1, np.floor(1000 * (u[1] + u[2] + u[3] - 1.5)) / 1000, x3]),
        "time": time,
        "continuous": time - 0.999 * u[6],
        "event": u[7] < 0.7,
        "entry": np.floor(time * u[8] * 0.95),
        "strata": np.floor(5 * u[9]),
        "weights": 0.2 + np.floor(28 * u[10]) / 10,
        "centre": np.floor(12 * u[11]),
        "offset": np.floor(100 * u[3]) / 100,
    }


def changing(d):
    """Return rows by patient, the first covariate another one in the second half of the follow-up."""
    half = np.floor(d["time"] / 2)
    later = half > 0
    turned = d["x"] * [-1, 1, 1] + [1, 0, 0]
    return {
        "time": np.concatenate([np.where(later, half, d["time"]), d["time"][later]]),
        "event": np.concatenate([np.where(later, False, d["event"]), d["event"][later]]),
        "covariates": np.concatenate([d["x"], turned[later]]),
        "entry": np.concatenate([np.zeros(half.size), half[later]]),
        "cluster": np.concatenate([np.arange(half.size), np.flatnonzero(later)]),
    }


def arguments(d, variant):
    """Return what `cox` is called with."""
    given = {"time": d["time"], "event": d["event"], "covariates": d["x"]}
    everything = {name: d[name] for name in ("entry", "strata", "weights", "offset")} | {"cluster": d["centre"]}
    more = {
        "right-censored": {},
        "left-truncated": {"entry": d["entry"]},
        "strata": {"strata": d["strata"]},
        "weights": {"weights": d["weights"], "cluster": np.arange(d["time"].size)},
        "all": everything,
        "all with breslow": everything | {"ties": "breslow"},
        "exact": {"ties": "exact"},
        "exact with late entry": {name: d[name] for name in ("entry", "strata")} | {"ties": "exact"},
        "continuous": {"time": d["continuous"]},
    }
    return changing(d) if variant == "changing" else given | more[variant]


def check_cox_fuzz(exact=True):
    """Return every number that is not R's; exact ties take most of the time and can be left out."""
    seeds = {
        int(row["set"]): [int(row[name]) for name in ("seed", "n", "days")] for row in read.rows("cox_fuzz", "data")
    }
    wrong, drawn = [], {}
    for row in read.rows("cox_fuzz", "expected"):
        number = int(row["set"])
        if row["variant"].startswith("exact") and not exact:
            continue
        if number not in drawn:
            drawn[number] = patients(*seeds[number])
        fit = cox(**arguments(drawn[number], row["variant"]))
        found = {f"b{j + 1}": fit.coefficients[j] for j in range(3)} | {"log_likelihood": fit.log_likelihood}
        found |= {f"v{i + 1}{j + 1}": fit.covariance[i, j] for i in range(3) for j in range(i + 1)}
        wrong += [
            (number, row["variant"], name, float(value), float(row[name]))
            for name, value in found.items()
            if not abs(value - float(row[name])) <= FUZZ * max(1.0, abs(value))
        ]
    return wrong
