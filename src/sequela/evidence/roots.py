"""The root of a function of one number."""

from collections.abc import Callable


def root(function: Callable[[float], float], low: float, high: float, *, precision: float = 1e-13) -> float:
    """Return where a function changes its sign between two numbers, by Brent's method.

    precision : relative to the root, and absolute below one.

    Raises
    ------
    ValueError
        Where both ends have one sign.
    """
    from scipy.optimize import brentq  # noqa: PLC0415 (a fifth of a second, which only pooling needs)

    return float(brentq(function, low, high, xtol=precision, rtol=max(precision, 1e-14), maxiter=500))
