"""Every public function meets every kind of bad input: a defined answer, or an error that says what to do."""

import ast
import importlib
import inspect
import pkgutil
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import sequela
import sequela.stats
from sequela.errors import SequelaError
from tests.stats.every_function import CALLS, INNER, INNER_FUNCTIONS

NAN, INFINITE = float("nan"), float("inf")

GOOD = {
    "time": [3.0, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18, 20],
    "event": [1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0],
    "entry": [0.0, 0, 1, 0, 2, 0, 0, 1, 0, 3, 0, 0],
    "weights": [1.0, 2, 1, 0.5, 1, 1, 2, 1, 1, 1, 1.5, 1],
    "group": [0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0],
    "strata": [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2],
    "cluster": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6],
    "cause": [1, 0, 2, 1, 0, 1, 2, 0, 1, 1, 2, 0],
    "x": [[0, 1.5], [1, 2], [0, 3], [0, -1], [1, 0], [1, 1], [0, 2], [1, -2], [1, 4], [0, 0.5], [1, 1.2], [0, 2.2]],
    "score": [0.4, 0.5, 0.39, 0.6, 0.61, 0.45, 0.46, 0.55, 0.54, 0.44, 0.52, 0.51],
    "counts": [[3, 2, 4], [1, 5, 2]],
    "number": 6.0,
}


def _one(place, value):
    """Return a change of one value of a column."""
    return lambda column: [value if i == place else item for i, item in enumerate(column)]


def _every(value):
    return lambda column: [value for _ in column]


EVENTS_APART = {"x": lambda column: [[int(event), row[1]] for row, event in zip(column, GOOD["event"], strict=True)]}
CASES = {
    "no events": {"event": _every(0), "cause": _every(0), "counts": [[0, 0, 0], [1, 5, 2]], "number": 0.0},
    "every one an event": {"event": _every(1), "cause": _every(1)},
    "all events tied": {"time": _every(5.0), "entry": _every(0.0), "score": _every(0.5)},
    "one patient": {name: (lambda column: column[:1]) for name in GOOD if name not in ("counts", "number")},
    "one patient censored": {
        **{name: (lambda column: column[:1]) for name in GOOD if name not in ("counts", "number", "event", "cause")},
        "event": [0],
        "cause": [0],
    },
    "two patients": {name: (lambda column: column[:2]) for name in GOOD if name not in ("counts", "number")},
    "nobody": {name: (lambda column: column[:0]) for name in GOOD if name not in ("counts", "number")}
    | {"counts": [[0, 0, 0], [0, 0, 0]], "x": np.empty((0, 2))},
    "entry at the end": {"entry": _one(2, 6.0)},
    "entry after the end": {"entry": _one(2, 60.0)},
    "a missing entry": {"entry": _one(2, NAN)},
    "a negative weight": {"weights": _one(1, -1.0)},
    "a missing weight": {"weights": _one(1, NAN)},
    "an infinite weight": {"weights": _one(1, INFINITE)},
    "no weight": {"weights": _every(0.0)},
    "a missing time": {"time": _one(3, NAN)},
    "an infinite time": {"time": _one(3, INFINITE)},
    "a negative time": {"time": _one(3, -1.0)},
    "times of zero": {"time": _every(0.0), "entry": _every(0.0)},
    "an unknown end": {"event": _one(4, NAN), "cause": _one(4, NAN)},
    "an event of 2": {"event": _one(4, 2), "cause": _one(4, -2)},
    "one group": {"group": _every(1)},
    "a missing group": {"group": _one(1, None)},
    "a missing stratum": {"strata": _one(1, NAN)},
    "a missing cluster": {"cluster": _one(1, NAN)},
    "a stratum without events": {
        "strata": [3 if event == 0 else 1 for event in GOOD["event"]],
    },
    "strata of one": {"strata": list(range(12))},
    "a constant covariate": {"x": lambda column: [[row[0], 1.0] for row in column]},
    "a collinear covariate": {"x": lambda column: [[row[1], 2 * row[1] + 1] for row in column]},
    "no covariate": {"x": np.empty((12, 0))},
    "a missing covariate": {"x": _one(2, [NAN, NAN]), "score": _one(2, NAN)},
    "an infinite covariate": {"x": _one(2, [INFINITE, INFINITE]), "score": _one(2, INFINITE)},
    "perfect separation": EVENTS_APART,
    "words": {"time": _every("a"), "x": _every(["a", "b"]), "score": _every("a")},
    "one row too few": {
        "event": lambda c: c[1:],
        "cause": lambda c: c[1:],
        "x": lambda c: c[1:],
        "group": lambda c: c[1:],
    },
    "a missing number": {"number": NAN, "counts": [[NAN, 2, 4], [1, 5, 2]]},
    "an infinite number": {"number": INFINITE, "counts": [[INFINITE, 2, 4], [1, 5, 2]]},
    "a negative number": {"number": -1.0, "counts": [[-3, 2, 4], [1, 5, 2]]},
    "an empty row": {"counts": [[0, 0, 0], [1, 5, 2]]},
}


def data(case):
    columns = dict(GOOD)
    for name, change in CASES[case].items():
        columns[name] = change(columns[name]) if callable(change) else change
    return SimpleNamespace(**columns)


def public():
    """Return the public functions of `sequela.stats` as `module.function`."""
    found = {}
    for module in pkgutil.iter_modules(sequela.stats.__path__):
        imported = importlib.import_module(f"sequela.stats.{module.name}")
        for name, item in vars(imported).items():
            if inspect.isfunction(item) and item.__module__ == imported.__name__ and not name.startswith("_"):
                found[f"{module.name}.{name}"] = item
    return found


REFUSED = {
    "nobody": ("time", "x", "score", "weights"),
    "entry at the end": ("entry",),
    "entry after the end": ("entry",),
    "a missing entry": ("entry",),
    "a negative weight": ("weights",),
    "a missing weight": ("weights",),
    "an infinite weight": ("weights",),
    "a missing time": ("time",),
    "an infinite time": ("time",),
    "a negative time": ("time",),
    "an unknown end": ("event", "cause"),
    "an event of 2": ("event", "cause"),
    "a missing group": ("group",),
    "a missing stratum": ("strata",),
    "a missing cluster": ("cluster",),
    "a missing covariate": ("x", "score"),
    "an infinite covariate": ("x", "score"),
    "words": ("time", "x", "score"),
    "one row too few": ("event", "cause", "x", "group"),
    "a missing number": ("number", "counts"),
}
"""Cases that every function refuses which reads one of these columns."""

SAMPLES = (
    "kruskal_wallis.kruskal_wallis",
    "mean_tests.t_test",
    "mean_tests.one_way_test",
    "standardised_difference.continuous_difference",
    "wilcoxon.wilcoxon_rank_sum",
)
"""Samples of any size: missing values are left out and counted; who has no group is in no sample."""
RANKED = ("kruskal_wallis.kruskal_wallis", "wilcoxon.wilcoxon_rank_sum")
"""An infinite value has a rank."""
PAIRS = ("paired.sign_test", "paired.wilcoxon_signed_rank")
"""Numbers of any sign, missing ones left out and counted."""
DRAWN = ("weighted_comparison.bootstrap",)
"""Counts the samples in which a number could not be estimated."""
BLANK = (
    "confidence.level_problems",
    "chi_square.chi_square_test",
    "differences.difference",
    "multiplicity.holm",
    "survival_limits.survival_limits",
)
"""What could not be computed before stays nan; a level that is none is a problem, not an error."""
STACKED = (
    "sequential_trials.average_ratio",
    "sequential_trials.effect_of_assignment",
    "sequential_trials.effect_of_following",
    "sequential_trials.enter_trials",
    "sequential_trials.stack_trials",
    "sequential_trials.staying_ratios",
)
"""A patient enters the trials at whose opening her covariates are known."""
ANSWERED = {
    "a missing group": SAMPLES,
    "a missing covariate": SAMPLES + PAIRS + STACKED,
    "one row too few": (
        *SAMPLES,
        "splines.spline_knots",
        "splines.restricted_cubic_spline",
        "pairwise_log_rank.pairwise",
        "variance_inflation.variance_inflation",
    ),
    "an infinite covariate": RANKED,
    "a missing time": PAIRS,
    "a negative time": (*PAIRS, "augmented.augmented_means"),
    "nobody": ("propensity.effective_sample_size",),
    "a missing number": (*BLANK, *DRAWN, "distributions.normal_quantile"),
}
"""Functions that have an answer to a case of `REFUSED`."""


class Watched(SimpleNamespace):
    """Data that remember which columns were read."""

    def __getattribute__(self, name):
        seen = object.__getattribute__(self, "__dict__").get("seen")
        if seen is not None and name in GOOD:
            seen.add(name)
        return object.__getattribute__(self, name)


@cache
def columns_of(function):
    watched = Watched(**GOOD, seen=set())
    CALLS[function](watched)
    return watched.__dict__["seen"]


@pytest.mark.parametrize("function", CALLS)
def test_good_data_have_an_answer(function):
    assert columns_of(function)


@pytest.mark.parametrize("case", CASES)
def test_bad_data_have_an_answer_or_a_letter(case):
    for function, call in CALLS.items():
        try:
            call(data(case))
        except SequelaError as error:
            for problem in error.problems:
                assert problem.where and problem.found and (problem.expected or problem.remedy), (function, problem)
        else:
            reads = columns_of(function) & set(REFUSED.get(case, ()))
            assert not reads or function in ANSWERED.get(case, ()), f"{function} answers {case!r}"


def test_every_function_is_listed():
    listed = {*CALLS, *INNER_FUNCTIONS}
    found = {name for name in public() if name.split(".")[0] not in INNER}
    assert found - listed == set(), "give each new function a call in tests/stats/every_function.py"
    assert listed - found == set()
    assert set(INNER) <= {module.name for module in pkgutil.iter_modules(sequela.stats.__path__)}


def test_what_is_inner_is_used_by_stats_alone():
    inner = {f"sequela.stats.{name}" for name in INNER} | {f"sequela.stats.{name}" for name in INNER_FUNCTIONS}
    taken = set()
    for path in Path(sequela.__file__).parent.rglob("*.py"):
        if "stats" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module:
                    functions = {f"{node.module}.{name.name}" for name in node.names if name.name.islower()}
                    taken |= {f"{path.name}: {name}" for name in functions if name in inner or node.module in inner}
    assert taken == set()
