"""Newton's method on the log partial likelihood, with the steps and the stopping rule of R's `coxph`."""

from collections.abc import Callable

import numpy as np

from sequela.frozen import frozen
from sequela.stats.partial_likelihood import CoxModel, LikelihoodPoint, likelihood

RELATIVE_CONVERGENCE = 1e-9
"""Newton stops when the log-likelihood changes by no more than this share (R's `coxph.control`)."""

MAX_ITERATIONS = 20


@frozen
class Maximum:
    """Where Newton's method stopped."""

    coefficients: np.ndarray
    point: LikelihoodPoint
    iterations: int
    converged: bool


def maximise(model: CoxModel, start: np.ndarray) -> Maximum:
    """Climb the log partial likelihood of a model from `start`."""
    at = likelihood(model)
    return climb(at, start, at(start))


def climb(at: Callable[[np.ndarray], LikelihoodPoint], start: np.ndarray, point: LikelihoodPoint) -> Maximum:
    """Climb a log-likelihood from `start`, where it is `point`, halving steps that lead down.

    The order of the checks is that of R's `coxfit6`, so that the last step taken is the same.
    """
    coefficients = start
    proposal, halvings = coefficients + newton_step(point), 0
    for iteration in range(1, MAX_ITERATIONS + 1):
        candidate = at(proposal)
        gain = candidate.log_likelihood - point.log_likelihood
        if halvings == 0 and np.isfinite(gain) and abs(gain) <= RELATIVE_CONVERGENCE * abs(candidate.log_likelihood):
            return Maximum(proposal, candidate, iteration, True)
        if np.isfinite(gain) and gain >= 0:
            coefficients, point, halvings = proposal, candidate, 0
            proposal = coefficients + newton_step(point)
        else:
            halvings += 1
            proposal = (proposal + halvings * coefficients) / (halvings + 1)
        if not np.isfinite(proposal).all():
            return Maximum(coefficients, point, iteration, False)
    return Maximum(coefficients, point, MAX_ITERATIONS, False)


def newton_step(point: LikelihoodPoint) -> np.ndarray:
    """Return information to the minus one times score; nan where there is no information left."""
    try:
        return np.linalg.solve(point.information, point.score)
    except np.linalg.LinAlgError:
        return np.full(point.score.size, np.nan)
