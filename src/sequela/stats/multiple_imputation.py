"""Missing covariates drawn several times from what is known, by chained equations, and the answers pooled."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import numbers
from sequela.stats.confidence import level_problems
from sequela.stats.distributions import student_cdf, student_quantile

DONORS = 5
"""Patients with the nearest predictions, one of whom gives his value (van Buuren, Flexible Imputation, section 3.4)."""
RIDGE = 1e-5
"""Share of each predictor's own square added to it, so that predictors that say the same do no harm."""
NEWTON_STEPS, SETTLED = 30, 1e-8


@frozen
class Incomplete:
    """A covariate of which some values are missing.

    Attributes
    ----------
    values : float array, shape (n,)
        nan where missing; of a covariate with levels their numbers from 0 on.
    levels : int
        How many levels; 0 for a quantity.
    """

    values: np.ndarray
    levels: int = 0


@frozen
class Pooled:
    """Estimates of several completed data sets made one, by Rubin's rules.

    Attributes
    ----------
    value, std_error, low, high, p_value : float array, shape (p,)
        p_value of zero, two-sided.
    within, between : float array, shape (p,)
        Mean variance of the estimates, and their variance from data set to data set.
    degrees_of_freedom : float array, shape (p,)
        Barnard and Rubin's.
    missing_information : float array, shape (p,)
        Share of the information about each number that is missing.
    imputations : int
    """

    value: np.ndarray
    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_value: np.ndarray
    within: np.ndarray
    between: np.ndarray
    degrees_of_freedom: np.ndarray
    missing_information: np.ndarray
    imputations: int


def impute(
    covariates: Sequence[Incomplete],
    known: ArrayLike,
    generator: np.random.Generator,
    *,
    imputations: int = 20,
    iterations: int = 10,
) -> np.ndarray:
    """Draw the missing values of covariates by chained equations, shape (imputations, n, number of covariates).

    Each covariate in turn, the one with fewest gaps first, is predicted from all others and from what is known of
    everyone; this is done `iterations` times from a start at random. A quantity takes the value of one of five patients
    with the nearest predictions (predictive mean matching, predictions of the missing from coefficients drawn from
    their distribution), so that no value arises that nobody has. Levels are drawn from a multinomial model with drawn
    coefficients, kept finite by a few patients of little weight (White, Daniel & Royston 2010,
    doi:10.1016/j.csda.2010.04.005). For a survival model `known` holds the event and the Nelson-Aalen estimate at the
    end of follow-up (White & Royston 2009, doi:10.1002/sim.3618). As R's `mice`: van Buuren & Groothuis-Oudshoorn
    (2011) doi:10.18637/jss.v045.i03. Values must be missing at random given what is known; no data can show that.
    Golden, in distribution: tests/golden/multiple_imputation.

    Parameters
    ----------
    covariates : sequence of Incomplete
    known : float array, shape (n, q)
        Columns without a gap, constant ones of no use; no missing values.
    generator : numpy.random.Generator
    imputations, iterations : int

    Raises
    ------
    NotEstimableError
        Columns of unequal length, a gap in `known`, or a covariate with fewer than ten known values.
    """
    columns = numbers("known", known)
    given = [Incomplete(numbers("covariates", item.values), item.levels) for item in covariates]
    _check(given, columns, imputations, iterations)
    return np.stack([_chain(given, columns, generator, iterations) for _ in range(imputations)])


def pool(
    estimates: ArrayLike, variances: ArrayLike, complete_degrees_of_freedom: float = np.inf, level: float = 0.95
) -> Pooled:
    """Make the estimates of several completed data sets one.

    Rubin, Multiple Imputation for Nonresponse in Surveys, 1987; degrees of freedom of Barnard & Rubin (1999)
    doi:10.1093/biomet/86.4.948. Where nothing was missing, the estimates do not differ and the limits are those of the
    complete data. R: `mice::pool.scalar`. Golden: tests/golden/multiple_imputation.

    Parameters
    ----------
    estimates, variances : float array, shape (m, p)
        On a scale on which estimates are nearly normal, such as log hazard ratios.
    complete_degrees_of_freedom : float
        Of the complete data; events less coefficients of a survival model.

    Raises
    ------
    NotEstimableError
        Fewer than two data sets, or an estimate or a variance that is not finite.
    """
    values, errors = (
        np.atleast_2d(numbers(name, rows)) for name, rows in (("estimates", estimates), ("variances", variances))
    )
    m, problems = values.shape[0], level_problems(level)
    if m < 2 or values.shape != errors.shape:
        problems.append(Problem("estimates", f"shapes {values.shape} and {errors.shape}", "two or more rows of each"))
    elif not (np.isfinite(values).all() and np.isfinite(errors).all() and (errors > 0).all()):
        problems.append(Problem("estimates", "a missing estimate, or no variance", "an estimate of every data set"))
    if problems:
        raise NotEstimableError(problems)
    value, within, between = values.mean(axis=0), errors.mean(axis=0), values.var(axis=0, ddof=1)
    added = (1 + 1 / m) * between
    total = within + added
    freedom = _degrees_of_freedom(added / total, m, float(complete_degrees_of_freedom))
    std_error, rise = np.sqrt(total), added / within
    width = _t_quantile(freedom, 0.5 + level / 2) * std_error
    missing = (rise + 2 / (freedom + 3)) / (rise + 1)
    p_value = 2 * _t_tail(freedom, -np.abs(value) / std_error)
    return Pooled(value, std_error, value - width, value + width, p_value, within, between, freedom, missing, m)


def _degrees_of_freedom(share: np.ndarray, m: int, complete: float) -> np.ndarray:
    with np.errstate(divide="ignore"):
        of_draws = (m - 1) / share**2
    if np.isinf(complete):
        return of_draws
    observed = (complete + 1) / (complete + 3) * complete * (1 - share)
    return 1 / (1 / of_draws + 1 / observed)


def _t_quantile(freedom: np.ndarray, p: float) -> np.ndarray:
    # Beyond this many degrees of freedom the distribution is normal to the last digit.
    return student_quantile(p, np.minimum(freedom, 1e12))


def _t_tail(freedom: np.ndarray, t: np.ndarray) -> np.ndarray:
    return student_cdf(t, np.minimum(freedom, 1e12))


def _check(covariates: Sequence[Incomplete], known: np.ndarray, imputations: int, iterations: int) -> None:
    problems = []
    if known.ndim != 2 or not known.shape[0] or not np.isfinite(known).all():
        problems.append(
            Problem("known", "nobody, a gap, or no columns", "complete columns", "Leave these patients out.")
        )
    if imputations < 2 or iterations < 1:
        found = f"{imputations} imputations of {iterations} iterations"
        problems.append(Problem("imputations", found, "two or more of one or more"))
    for place, covariate in enumerate(covariates):
        seen = np.isfinite(covariate.values)
        where = f"covariates, column {place + 1}"
        if covariate.values.shape != known.shape[:1]:
            problems.append(Problem(where, f"shape {covariate.values.shape}", "one value per patient"))
        elif np.isinf(covariate.values).any() or (covariate.levels and not _are_levels(covariate, seen)):
            problems.append(Problem(where, "a value that is none", "finite numbers, of levels whole ones from 0 on"))
        elif not seen.all() and seen.sum() < 2 * DONORS:
            expected = f"{2 * DONORS} or more"
            problems.append(Problem(where, f"{int(seen.sum())} known values", expected, "Leave it out."))
    if problems:
        raise NotEstimableError(problems)


def _are_levels(covariate: Incomplete, seen: np.ndarray) -> bool:
    return bool(np.isin(covariate.values[seen], np.arange(covariate.levels)).all())


def _chain(
    covariates: Sequence[Incomplete], known: np.ndarray, generator: np.random.Generator, iterations: int
) -> np.ndarray:
    gaps = [~np.isfinite(covariate.values) for covariate in covariates]
    filled = np.column_stack([*(covariate.values for covariate in covariates), np.empty((known.shape[0], 0))])
    for place, gap in enumerate(gaps):
        filled[gap, place] = generator.choice(covariates[place].values[~gap], int(gap.sum()))
    order = sorted((place for place, gap in enumerate(gaps) if gap.any()), key=lambda place: int(gaps[place].sum()))
    for _ in range(iterations):
        for place in order:
            columns = _predictors(covariates, known, filled, place)
            draw = _levels if covariates[place].levels else _matched
            filled[gaps[place], place] = draw(columns, filled[:, place], gaps[place], generator)
    return filled


def _predictors(covariates: Sequence[Incomplete], known: np.ndarray, filled: np.ndarray, but: int) -> np.ndarray:
    """Return an intercept and all other columns, levels as indicators, on the scale of their deviations."""
    parts = [known]
    for place, covariate in enumerate(covariates):
        if place == but:
            continue
        column = filled[:, [place]]
        parts.append((column == np.arange(1, covariate.levels)).astype(float) if covariate.levels else column)
    columns = np.column_stack(parts)
    deviation = columns.std(axis=0)
    kept = deviation > RIDGE * np.maximum(1.0, np.abs(columns).max(axis=0, initial=0.0))
    scaled = (columns[:, kept] - columns[:, kept].mean(axis=0)) / deviation[kept]
    return np.column_stack([np.ones(columns.shape[0]), scaled])


def _matched(columns: np.ndarray, values: np.ndarray, gap: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Draw by predictive mean matching."""
    seen, known = columns[~gap], values[~gap]
    square = seen.T @ seen
    inverse = np.linalg.inv(square + RIDGE * np.diag(np.diag(square)))
    fitted = inverse @ (seen.T @ known)
    left = known - seen @ fitted
    spread = np.sqrt(left @ left / generator.chisquare(max(known.size - fitted.size, 1)))
    drawn = fitted + spread * (np.linalg.cholesky((inverse + inverse.T) / 2) @ generator.normal(size=fitted.size))
    return _donated(seen @ fitted, known, columns[gap] @ drawn, generator)


def _donated(
    predicted: np.ndarray, known: np.ndarray, wanted: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Give each patient the value of one of those with the nearest predictions."""
    shuffled = generator.permutation(known.size)  # so that equal predictions stand in a random order
    order = shuffled[np.argsort(predicted[shuffled], kind="stable")]
    near = np.searchsorted(predicted[order], wanted)[:, None] + np.arange(-DONORS, DONORS)
    inside = (near >= 0) & (near < known.size)
    near = order[near.clip(0, known.size - 1)]
    away = np.where(inside, np.abs(predicted[near] - wanted[:, None]), np.inf)
    chosen = np.argsort(away, axis=1, kind="stable")[np.arange(wanted.size), generator.integers(0, DONORS, wanted.size)]
    return known[near[np.arange(wanted.size), chosen]]


def _levels(columns: np.ndarray, values: np.ndarray, gap: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Draw levels from a multinomial model with drawn coefficients."""
    present, code = np.unique(values[~gap], return_inverse=True)
    if present.size == 1:
        return np.repeat(present, int(gap.sum()))
    more, of_more, weight = _light_patients(columns.shape[1], present.size)
    seen, weights = np.vstack([columns[~gap], more]), np.concatenate([np.ones(code.size), weight])
    fitted, information = _multinomial(seen, np.concatenate([code, of_more]), weights, present.size)
    scale = np.linalg.cholesky(np.linalg.inv(information))
    drawn = fitted + (scale @ generator.normal(size=fitted.size)).reshape(fitted.shape)
    chances = np.cumsum(_chances(columns[gap], drawn), axis=1)
    place = (generator.random((chances.shape[0], 1)) > chances[:, :-1]).sum(axis=1)
    return np.asarray(present[place])


def _light_patients(width: int, levels: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return patients half a deviation from the mean in one column each, of every level, together of weight `width`."""
    away = np.vstack([0.5 * np.eye(width)[1:], -0.5 * np.eye(width)[1:], np.zeros((1, width))])
    away[:, 0] = 1.0
    rows = np.repeat(away, levels, axis=0)
    return rows, np.tile(np.arange(levels), away.shape[0]), np.full(rows.shape[0], width / rows.shape[0])


def _multinomial(
    columns: np.ndarray, code: np.ndarray, weight: np.ndarray, levels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients of each level against the first, shape (levels - 1, p), and their information."""
    p = columns.shape[1]
    fitted, is_level = np.zeros((levels - 1, p)), code[:, None] == np.arange(1, levels)
    information = np.eye((levels - 1) * p)
    for _ in range(NEWTON_STEPS):
        chances = _chances(columns, fitted)[:, 1:]
        slope = ((is_level - chances) * weight[:, None]).T @ columns
        information = np.block(_blocks(columns, chances, weight))
        information += RIDGE * np.diag(np.diag(information) + 1.0)
        step = np.linalg.solve(information, slope.ravel()).reshape(fitted.shape)
        # A step of more than five deviations overshoots; the likelihood is concave, so a shorter one leads up.
        fitted = fitted + step * min(1.0, 5.0 / max(np.abs(step).max(), 1e-300))
        if np.abs(step).max() < SETTLED:
            break
    return fitted, information


def _blocks(columns: np.ndarray, chances: np.ndarray, weight: np.ndarray) -> list[list[np.ndarray]]:
    levels = range(chances.shape[1])
    spread = [[weight * chances[:, a] * (float(a == b) - chances[:, b]) for b in levels] for a in levels]
    return [[columns.T @ (columns * part[:, None]) for part in row] for row in spread]


def _chances(columns: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Return the probability of each level, shape (n, levels)."""
    predictor = np.column_stack([np.zeros(columns.shape[0]), columns @ coefficients.T])
    risk = np.exp(predictor - predictor.max(axis=1, keepdims=True))
    return risk / risk.sum(axis=1, keepdims=True)
