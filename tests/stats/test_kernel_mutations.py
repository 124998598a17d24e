"""A wrong sign or a wrong rule for ties in the source of Cox's regression fails a named test.

Each mutant is a copy of the source with one place rewritten. The compiled functions run
uncompiled here, which is the same arithmetic; one mutant needs the compiler, whose exponential
overflows to infinity where Python's raises an error.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BOTH = "test_both_paths.py::test_both_paths_give_the_same_likelihood_and_residuals"
LARGE = "test_both_paths.py::test_large_linear_predictors_do_not_overflow"
GOLDEN = "test_witnesses.py::test_agrees_with_its_golden_folder[cox]"
FIRTH = "test_witnesses.py::test_agrees_with_its_golden_folder[firth]"
EXACT = "test_exact_ties.py::test_the_likelihood_is_that_of_all_subsets"
COMPILED, SORTED = "partial_likelihood_kernel.py", "sorted_rows.py"

MUTANTS = {
    "who comes late is added": (COMPILED, "to_one[gone] -= w", "to_one[gone] += w", BOTH),
    "hazard before entry counts": (COMPILED, "hazard -= work.hazard[first[low + i]]", "hazard -= 0.0", BOTH),
    "ties leave nobody": (COMPILED, "fraction = event * each", "fraction = 0.0 * each", BOTH),
    "ties leave twice": (COMPILED, "1.0 / (1.0 - event * share)", "1.0 / (1.0 - 2.0 * event * share)", BOTH),
    "logarithms of ties": (COMPILED, "total * (1.0 - event", "total * (1.0 + event", BOTH),
    "the dead stay at risk": (COMPILED, "- dies[i] * work.gone", "- 0.0 * work.gone", BOTH),
    "sign of the means": (COMPILED, "information[j], j + 1, -1.0)", "information[j], j + 1, 1.0)", BOTH),
    "sign of expected events": (COMPILED, "* weight[i] - events[i]", "* weight[i] + events[i]", BOTH),
    "sign of the predictor": (COMPILED, "+= coefficients[p - 1] * last", "-= coefficients[p - 1] * last", BOTH),
    "sign of the events": (COMPILED, "value += dies[i]", "value -= dies[i]", BOTH),
    "one hazard for all strata": (
        COMPILED,
        "hazard = 0.0, 1.0, 1.0, 0.0",
        "hazard = 0.0, 1.0, 1.0, work.hazard[0]",
        BOTH,
    ),
    "one risk set for all strata": (COMPILED, "work.running[:] = 0.0", "work.running[:] = work.sums[:, 0]", BOTH),
    "ties of the next stratum": (SORTED, "np.where(ends, sizes[1], own + 1)", "(own + 1)", BOTH),
    "ties of a cell without censoring": (SORTED, "[tied_cells] == begin", "[tied_cells] < begin", BOTH),
    "the exponential": (COMPILED, "series * rest + one", "series * rest - one", BOTH),
    "ties in the means": (COMPILED, "-= share[i] * tied[i]", "+= share[i] * tied[i]", BOTH),
    "ties twice in the means": (COMPILED, "- crossed * share[i]", "+ crossed * share[i]", BOTH),
    "the fourth column is the third": (COMPILED, "sums[j + 3] += sign * d", "sums[j + 3] += sign * c", BOTH),
    "the fourth running sum": (COMPILED, "z += own * four[i]", "z += own * three[i]", BOTH),
    "one logarithm for several cells": (COMPILED, "product, weight = 1.0, each", "weight = each", BOTH),
    "sign of the residuals": (COMPILED, "row[j] -= work.risk[i", "row[j] += work.risk[i", BOTH),
    "ties in the residuals": (COMPILED, "left -= gone[j", "left += gone[j", BOTH),
    "ties in mean covariates": (
        COMPILED,
        "* at_risk - work.gone[own] * tied",
        "* at_risk + work.gone[own] * tied",
        BOTH,
    ),
    "shifted predictors": (COMPILED, "shift = _largest(rows, work, coefficients, part)", "shift = 1e-300", LARGE),
    "events and censorings": (SORTED, "1.0 if i >= dying", "0.0 if i >= dying", BOTH),
    "ties of two events": (SORTED, "(1 if all_tied else 2)", "(1 if all_tied else 3)", BOTH),
    "cells of another block": (SORTED, "first - 1 - origin[first - 1]", "first - 1", BOTH),
    "at risk on the day of entry": ("risk_sets.py", "cells_up_to(rank[n:] if", "cells_up_to(rank[n:] - 1 if", GOLDEN),
    "strata forgotten": (
        "risk_sets.py",
        "else stratum * width + rank[:n]",
        "else 0 * stratum * width + rank[:n]",
        GOLDEN,
    ),
    "sign of the denominators": (
        "partial_likelihood.py",
        "predictor[rows] - steps",
        "predictor[rows] + steps",
        GOLDEN,
    ),
    "the dead stay expected": ("partial_likelihood.py", "expected[rows] -= gone", "expected[rows] += gone", GOLDEN),
    "Breslow for Efron": ("partial_likelihood.py", "gone / events[cell]", "0 * gone / events[cell]", GOLDEN),
    "downhill": (
        "newton.py",
        "solve(point.information, point.score)",
        "solve(point.information, -point.score)",
        GOLDEN,
    ),
    "clusters forgotten": ("cox.py", "count == clusters.size", "count > 0", GOLDEN),
    "sets with and without": ("exact_ties.py", "(1.0 - share) * apart", "share * apart", EXACT),
    "sign of subsets": ("exact_ties.py", "score -= means[d]", "score += means[d]", EXACT),
    "sign of the penalty": ("firth.py", "point.score + _third", "point.score - _third", FIRTH),
    "third moments": ("firth.py", "- 2 * np.einsum", "+ 2 * np.einsum", FIRTH),
}


def _run(folder, test, compiled):
    environment = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_DISABLE_JIT": "0" if compiled else "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"tests/stats/{test}"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mutants") / "src"
    shutil.copytree(ROOT / "src", folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("test", [BOTH, LARGE, GOLDEN, FIRTH, EXACT])
def test_the_source_as_it_is_passes(copy, test):
    done = _run(copy, test, compiled=test == LARGE)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_rewritten_source_fails(copy, mutant):
    file, old, new, test = MUTANTS[mutant]
    path = copy / "sequela" / "stats" / file
    source = path.read_text(encoding="utf-8")
    try:
        path.write_text(source.replace(old, new), encoding="utf-8")
        done = _run(copy, test, compiled=test == LARGE)
    finally:
        path.write_text(source, encoding="utf-8")
    assert done.returncode == 1, done.stdout


@pytest.mark.parametrize("mutant", MUTANTS)
def test_every_mutant_has_its_place(mutant):
    """So that a mutant does not pass for caught, or for missed, because the source has moved on."""
    file, old, _, _ = MUTANTS[mutant]
    assert (ROOT / "src" / "sequela" / "stats" / file).read_text(encoding="utf-8").count(old) == 1
