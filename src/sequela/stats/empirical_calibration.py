"""How wrong a study is where the truth is known, and what that makes of its answer.

Schuemie, Ryan, DuMouchel, Suchard & Madigan (2014), Statistics in Medicine 33:209; Schuemie, Hripcsak, Ryan, Madigan &
Suchard (2018), PNAS 115:2571.
"""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import columns_of_equal_length, finite_column
from sequela.stats.distributions import normal_quantile, two_sided_p

LEAST = 2
"""Controls without which no spread can be seen; how many are enough is for the reader to say."""
PRECISION = 1e-12


@frozen
class SystematicError:
    """By how much estimates of controls miss what is known of them, beyond chance.

    Attributes
    ----------
    mean, spread : float
        Of a normal distribution, on the log scale.
    controls : int
    """

    mean: float
    spread: float
    controls: int


@frozen
class Calibrated:
    """An estimate freed of the systematic error that controls have.

    Attributes
    ----------
    value, low, high : float
        On the scale of the ratio, with 95 % limits.
    p_value : float
        Two-sided, of a ratio of 1.
    """

    value: float
    low: float
    high: float
    p_value: float


def systematic_error(log_errors: ArrayLike, std_errors: ArrayLike) -> SystematicError:
    """Fit a normal distribution to the errors of controls by maximum likelihood.

    The error of control i, its log ratio less the true one, is normal about `mean` with variance `spread`^2 + s_i^2.
    No missing values. Schuemie et al. (2014), Statistics in Medicine 33:209. Golden: tests/golden/calibration.

    Parameters
    ----------
    log_errors : float array, shape (k,)
        Log ratio of each control less the logarithm of what is known of it.
    std_errors : float array, shape (k,)
        Above 0.

    Raises
    ------
    NotEstimableError
        Fewer than two controls, or a standard error that is none.
    """
    errors, chance = finite_column("log errors", log_errors), finite_column("standard errors", std_errors)
    if problems := columns_of_equal_length(errors.size, standard_errors=chance):
        raise NotEstimableError(problems)
    if errors.size < LEAST or (chance <= 0).any():
        found = f"{errors.size} controls, or a standard error of 0 or less"
        raise NotEstimableError(Problem("calibration", found, "two controls and more, standard errors above 0"))

    def mean_at(spread: float) -> float:
        weight = 1 / (spread**2 + chance**2)
        return float(weight @ errors / weight.sum())

    def unlikely(spread: float) -> float:
        variance = spread**2 + chance**2
        return float((np.log(variance) + (errors - mean_at(spread)) ** 2 / variance).sum())

    most = float(np.ptp(errors)) + PRECISION
    # The likelihood may have two tops where standard errors are unlike; the best of a grid is climbed from.
    grid = np.linspace(0, most, 101)
    best = int(np.argmin([unlikely(spread) for spread in grid]))
    bounds = (grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)])
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 (a tenth of a second, for calibration alone)

    found = minimize_scalar(unlikely, bounds=bounds, method="bounded", options={"xatol": PRECISION})
    spread = float(found.x) if unlikely(float(found.x)) < unlikely(0.0) else 0.0
    return SystematicError(mean_at(spread), spread, errors.size)


def calibrated(log_ratio: float, std_error: float, error: SystematicError) -> Calibrated:
    """Free an estimate of the systematic error: shifted by its mean, widened by its spread.

    The error is taken to be the same whatever the true ratio is, and its two numbers as known. The p-value is that of
    Schuemie et al. (2014), Statistics in Medicine 33:209; the limits belong to it. Golden: tests/golden/calibration.

    Raises
    ------
    NotEstimableError
        A missing number, or a standard error that is not positive.
    """
    if not np.isfinite([log_ratio, std_error]).all() or std_error <= 0:
        found = f"a log ratio of {log_ratio:g} with a standard error of {std_error:g}"
        raise NotEstimableError(Problem("calibration", found, "a finite estimate with its standard error"))
    centre, width = log_ratio - error.mean, float(np.hypot(std_error, error.spread))
    far = normal_quantile(0.975) * width
    value, low, high = (float(np.exp(centre + side)) for side in (0.0, -far, far))
    return Calibrated(value, low, high, two_sided_p(centre / width))
