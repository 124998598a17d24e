"""The bootstrap of a Cox model: how far its coefficients move when other patients had come."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.bootstrap_limits import batches, drawn_counts, percentile_limits
from sequela.stats.columns import category_codes, columns_of_equal_length, numbered
from sequela.stats.cox import CoefficientInterval, CoxFit
from sequela.stats.cox_columns import spread
from sequela.stats.newton import MAX_ITERATIONS, RELATIVE_CONVERGENCE
from sequela.stats.partial_likelihood import CoxModel


@frozen
class CoxBootstrap:
    """Coefficients refitted to samples drawn with replacement.

    Attributes
    ----------
    coefficients : float array, shape (r, p)
        Infinite where the likelihood of a sample keeps rising; nan in the whole row where a
        sample has no events or cannot tell a coefficient at all.
    fit : CoxFit
        Of all patients.
    """

    coefficients: np.ndarray
    fit: CoxFit

    @property
    def failed(self) -> int:
        """How many samples have no estimate."""
        return int(np.isnan(self.coefficients).any(axis=1).sum())


@frozen
class _Points:
    """The log partial likelihood, its score and its information, one for each sample."""

    value: np.ndarray
    score: np.ndarray
    information: np.ndarray

    def at(self, chosen: np.ndarray) -> "_Points":
        return _Points(self.value[chosen], self.score[chosen], self.information[chosen])


def bootstrap(
    fit: CoxFit, chance: np.random.Generator, *, samples: int = 1000, cluster: ArrayLike | None = None
) -> CoxBootstrap:
    """Draw patients with replacement and fit the model again, as often as asked.

    A patient drawn twice is there twice, tied with himself; strata keep their patients' labels. Each refit starts
    at the estimate of all patients and stops by the rule of `cox`. Same generator, same numbers. Efron (1979)
    doi:10.1214/aos/1176344552. No missing cluster.

    Parameters
    ----------
    fit : CoxFit
    chance : numpy.random.Generator
    samples : int
    cluster : array of codes, one per row of the fit
        Draw clusters instead of rows: centres, or the patients of a model with several rows each.

    Raises
    ------
    NotEstimableError
        Fewer than one sample, clusters of another length, exact ties, or a diverging fit.
    """
    model = fit.model
    codes = None if cluster is None else category_codes("cluster", cluster)
    problems = columns_of_equal_length(fit.n, cluster=codes)
    if samples < 1:
        problems.append(Problem("samples", f"{samples}", "one sample or more"))
    if fit.ties == "exact":
        problems.append(
            Problem("fit", "exact ties", '"efron" or "breslow"', "A patient drawn twice is tied with himself.")
        )
    if fit.diverging.any():
        problems.append(
            Problem("fit", "a coefficient without a finite estimate", "", "Use a profile likelihood interval.")
        )
    if problems:
        raise NotEstimableError(problems)
    unit, units = (np.arange(fit.n), fit.n) if codes is None else numbered(codes)
    refit = _refitter(model)
    drawn = [refit(drawn_counts(chance, units, batch)[:, unit], fit.coefficients) for batch in batches(samples, fit.n)]
    return CoxBootstrap(np.concatenate(drawn), fit)


def percentile_interval(found: CoxBootstrap, level: float = 0.95) -> CoefficientInterval:
    """Return the `percentile_limits` of each refitted coefficient; samples without an estimate are left out.

    Efron (1979) doi:10.1214/aos/1176344552.
    """
    known = found.coefficients[~np.isnan(found.coefficients).any(axis=1)]
    limits = [percentile_limits(column, level) for column in known.T]
    low, high = (np.array([getattr(limit, side) for limit in limits]) for side in ("low", "high"))
    return CoefficientInterval(low, high, level, f"{limits[0].method}, {len(known)} samples")


def _refitter(model: CoxModel) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    # numba costs a third of a second to import; here there are many fits to pay for it.
    from sequela.stats import partial_likelihood_compiled as compiled  # noqa: PLC0415
    from sequela.stats import partial_likelihood_kernel as kernel  # noqa: PLC0415

    rows = compiled.sorted_rows(model, all_tied=True)
    sample, work = compiled.sample_of(model, rows), compiled.work_for(rows)
    weight, scale, p = model.weights[rows.order], spread(model), rows.columns.shape[1]

    def refit(counts: np.ndarray, start: np.ndarray) -> np.ndarray:
        counts = counts[:, rows.order].astype(float)

        def at(chosen: np.ndarray, coefficients: np.ndarray) -> _Points:
            found = np.empty(chosen.size), np.empty((chosen.size, p)), np.empty((chosen.size, p, p))
            kernel.evaluate_samples(rows, sample, work, weight, counts[chosen], coefficients, found)
            return _Points(*found)

        return _climb_all(at, np.tile(start, (len(counts), 1)), scale)

    return refit


@np.errstate(all="ignore")
def _climb_all(
    at: Callable[[np.ndarray, np.ndarray], _Points], coefficients: np.ndarray, scale: np.ndarray
) -> np.ndarray:
    """Climb all likelihoods side by side, each as `newton.climb` would."""
    n = len(coefficients)
    everyone = np.arange(n)
    points = at(everyone, coefficients)
    steps = _steps(points)
    halvings, active = np.zeros(n, dtype=int), np.isfinite(steps).all(axis=1)
    coefficients[~active] = np.nan
    for _ in range(MAX_ITERATIONS):
        chosen = everyone[active]
        if not chosen.size:
            break
        proposed = coefficients[chosen] + steps[chosen]
        found = at(chosen, proposed)
        gain = found.value - points.value[chosen]
        done = (
            np.isfinite(gain) & (halvings[chosen] == 0) & (np.abs(gain) <= RELATIVE_CONVERGENCE * np.abs(found.value))
        )
        better = done | (np.isfinite(gain) & (gain >= 0))
        moved, stuck = chosen[better], chosen[~better]
        coefficients[moved] = proposed[better]
        for into, values in zip(_fields(points), _fields(found.at(better)), strict=True):
            into[moved] = values
        steps[moved] = _steps(points.at(moved))
        halvings[moved] = 0
        halvings[stuck] += 1
        steps[stuck] /= halvings[stuck, None] + 1
        active[chosen[done]] = False
        active &= np.isfinite(steps).all(axis=1)
    return _without_divergence(at, coefficients, steps, scale)


def _fields(points: _Points) -> tuple[np.ndarray, ...]:
    return points.value, points.score, points.information


def _steps(points: _Points) -> np.ndarray:
    """Return the Newton step of each sample; nan where there is no information left."""
    try:
        return np.linalg.solve(points.information, points.score[..., None])[..., 0]
    except np.linalg.LinAlgError:
        steps = np.full_like(points.score, np.nan)
        for i, (information, score) in enumerate(zip(points.information, points.score, strict=True)):
            if np.linalg.cond(information) < 1 / np.finfo(float).eps:
                steps[i] = np.linalg.solve(information, score)
        return steps


def _without_divergence(
    at: Callable[[np.ndarray, np.ndarray], _Points], coefficients: np.ndarray, steps: np.ndarray, scale: np.ndarray
) -> np.ndarray:
    """Put infinity where steps stay as long as they were; the thresholds are those of `cox`."""
    length = np.abs(steps) * scale
    suspect = (length > RELATIVE_CONVERGENCE) & (length > RELATIVE_CONVERGENCE**0.5 * np.abs(coefficients) * scale)
    chosen = np.flatnonzero(suspect.any(axis=1))
    if chosen.size:
        beyond = _steps(at(chosen, coefficients[chosen] + steps[chosen]))
        growing = suspect[chosen] & ~(np.abs(beyond) * scale <= 0.1 * length[chosen])
        coefficients[chosen] = np.where(growing, np.copysign(np.inf, coefficients[chosen]), coefficients[chosen])
    return coefficients
