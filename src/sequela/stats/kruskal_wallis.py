"""Kruskal-Wallis test of two or more groups."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.chi_square import chi_square_test
from sequela.stats.wilcoxon import mean_ranks, sample


@frozen
class KruskalWallis:
    """The result of a Kruskal-Wallis test.

    Attributes
    ----------
    statistic : float
        Chi-square.
    degrees_of_freedom : int
        Samples, less one.
    p_value : float
    sizes : tuple of int
        Values used per sample.
    missing : int
        Values left out.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    sizes: tuple[int, ...]
    missing: int


def kruskal_wallis(samples: Sequence[ArrayLike]) -> KruskalWallis:
    """Compare two or more independent samples by their mean ranks, corrected for ties.

    Missing values are left out and counted.
    Kruskal & Wallis (1952) doi:10.1080/01621459.1952.10483441. Golden: tests/golden/ranks.

    Raises
    ------
    NotEstimableError
        Fewer than two samples, a sample without values, or all values equal.
    """
    if len(samples) < 2:
        raise NotEstimableError(Problem("samples", f"{len(samples)} samples", "two or more"))
    known = [sample(f"sample {number}", values) for number, values in enumerate(samples, 1)]
    missing = sum(np.size(np.asarray(values)) for values in samples) - sum(values.size for values in known)
    ranks, ties = mean_ranks(np.concatenate(known))
    n, sizes = ranks.size, [values.size for values in known]
    between = sum(part.sum() ** 2 / part.size for part in np.split(ranks, np.cumsum(sizes)[:-1]))
    tie_correction = 1 - (ties**3 - ties).sum() / (n**3 - n)
    test = chi_square_test((12 * between / (n * (n + 1)) - 3 * (n + 1)) / tie_correction, len(known) - 1)
    return KruskalWallis(test.statistic, test.degrees_of_freedom, test.p_value, tuple(sizes), missing)
