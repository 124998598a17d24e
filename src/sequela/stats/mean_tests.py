"""Tests of means from the values: Student's and Welch's t-test of two samples, and their forms for more."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.confidence import level_problems
from sequela.stats.distributions import student_quantile
from sequela.stats.summary_t_test import one_way_from_summary, t_test_from_summary
from sequela.stats.wilcoxon import sample


@frozen
class MeanDifference:
    """Two means compared, x less y.

    Attributes
    ----------
    value, low, high : float
        The difference with its limits.
    statistic, degrees_of_freedom, p_value : float
        t, two-sided.
    n_x, n_y, missing : int
        Values used, and left out.
    level : float
    method : str
    """

    value: float
    low: float
    high: float
    statistic: float
    degrees_of_freedom: float
    p_value: float
    n_x: int
    n_y: int
    missing: int
    level: float
    method: str


@frozen
class OneWayTest:
    """Several means compared.

    Attributes
    ----------
    statistic : float
        F.
    between, within : float
        Degrees of freedom.
    p_value : float
    sizes : tuple of int
    missing : int
    method : str
    """

    statistic: float
    between: float
    within: float
    p_value: float
    sizes: tuple[int, ...]
    missing: int
    method: str


def t_test(x: ArrayLike, y: ArrayLike, *, equal_variance: bool = False, level: float = 0.95) -> MeanDifference:
    """Compare the means of two independent samples, each with its own variance (Welch) or with one (Student).

    Missing values are left out and counted. Student (1908) doi:10.1093/biomet/6.1.1; Welch (1947)
    doi:10.1093/biomet/34.1-2.28. R's `t.test`. Golden: tests/golden/mean_tests.

    Raises
    ------
    NotEstimableError
        Fewer than two values in a sample, or values that do not vary in either.
    """
    samples = _samples((x, y))
    if problems := level_problems(level):
        raise NotEstimableError(problems)
    test = t_test_from_summary(
        [float(values.mean()) for values in samples],
        [float(values.std(ddof=1)) for values in samples],
        [values.size for values in samples],
        equal_variance=equal_variance,
    )
    value = float(samples[0].mean() - samples[1].mean())
    half_width = _std_error(samples, equal_variance) * float(student_quantile(0.5 + level / 2, test.degrees_of_freedom))
    return MeanDifference(
        value=value,
        low=value - half_width,
        high=value + half_width,
        statistic=test.statistic,
        degrees_of_freedom=test.degrees_of_freedom,
        p_value=test.p_value,
        n_x=samples[0].size,
        n_y=samples[1].size,
        missing=np.size(np.asarray(x)) + np.size(np.asarray(y)) - sum(values.size for values in samples),
        level=level,
        method="t-test, pooled variance" if equal_variance else "t-test, Welch",
    )


def one_way_test(samples: Sequence[ArrayLike], *, equal_variance: bool = False) -> OneWayTest:
    """Compare the means of two or more samples: Welch's test, or the analysis of variance with one variance.

    Missing values are left out and counted. Of two samples F is the square of t. Welch (1951)
    doi:10.1093/biomet/38.3-4.330; Fisher (1925). R's `oneway.test`. Golden: tests/golden/mean_tests.

    Raises
    ------
    NotEstimableError
        Fewer than two samples, fewer than two values in one, or values that do not vary: in any sample for the
        analysis of variance, in each of them for Welch's test.
    """
    if len(samples) < 2:
        raise NotEstimableError(Problem("samples", f"{len(samples)} samples", "two or more"))
    known = _samples(samples)
    mean = [float(v.mean()) for v in known]
    deviations = [float(v.std(ddof=1)) for v in known]
    constant = np.array([np.ptp(v) == 0 for v in known])
    if constant.all() if equal_variance else constant.any():
        raise NotEstimableError(Problem("samples", "values that do not vary", "values that differ", "Use rank tests."))
    sizes = tuple(v.size for v in known)
    test = one_way_from_summary(mean, deviations, sizes, equal_variance=equal_variance)
    missing = sum(np.size(np.asarray(values)) for values in samples) - sum(sizes)
    method = "analysis of variance" if equal_variance else "Welch's test of several means"
    return OneWayTest(test.statistic, test.between, test.within, test.p_value, sizes, missing, method)


def _samples(samples: Sequence[ArrayLike]) -> list[np.ndarray]:
    known = [sample(f"sample {number}", values) for number, values in enumerate(samples, 1)]
    problems = [
        Problem(f"sample {number}", "one value", "at least two, for a variance")
        for number, values in enumerate(known, 1)
        if values.size < 2
    ]
    problems += [
        Problem(f"sample {number}", "an infinite value", "finite values, or missing ones")
        for number, values in enumerate(known, 1)
        if np.isinf(values).any()
    ]
    if problems:
        raise NotEstimableError(problems)
    return known


def _std_error(samples: list[np.ndarray], equal_variance: bool) -> float:
    n = np.array([values.size for values in samples], dtype=float)
    variance = np.array([values.var(ddof=1) for values in samples])
    if equal_variance:
        variance = np.full(2, ((n - 1) * variance).sum() / (n.sum() - 2))
    return float(np.sqrt((variance / n).sum()))
