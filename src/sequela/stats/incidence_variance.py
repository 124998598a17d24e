"""Standard errors of a cumulative incidence, as textbooks and programs estimate them."""

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.influence import CurvePatients, running_squares

VARIANCES = ("delta", "robust", "Aalen", "cmprsk")
"""How the standard errors of an incidence may be made; see `cumulative_incidence`."""

_Coefficients = tuple[np.ndarray, np.ndarray, np.ndarray]


@frozen
class IncidenceSteps:
    """What the incidences are made of at each of k steps, for c kinds of event.

    Attributes
    ----------
    exposed : float array, shape (k,)
        Weight of those at risk.
    leaving : float array, shape (k, c)
        Weight of those who had each kind of event.
    before, after : float array, shape (k,)
        Probability of no event of any kind just before and just after.
    incidence : float array, shape (k, c)
    """

    exposed: np.ndarray
    leaving: np.ndarray
    before: np.ndarray
    after: np.ndarray
    incidence: np.ndarray


@frozen
class _Kind:
    """One kind of event, and what an event at a step changes in its incidence at the last step.

    An event of this kind adds `before` over `exposed` times `own`, another one that times `other`: it takes away the
    chance of this kind that those it happened to still had. At an earlier step both are more by `lift` times what the
    incidence still has to grow by.

    Attributes
    ----------
    share, rest : float array, shape (k,)
        Of those at risk who had this kind, and another.
    own, other, lift, to_grow : float array, shape (k,)
    """

    share: np.ndarray
    rest: np.ndarray
    own: np.ndarray
    other: np.ndarray
    lift: np.ndarray
    to_grow: np.ndarray


def incidence_errors(steps: IncidenceSteps, people: CurvePatients, kind: np.ndarray, variance: str) -> np.ndarray:
    """Return the standard errors, shape (k, c), of patients of whom `kind`, shape (n,), names the column of the event.

    `kind` is -1 for a censoring. Sources in `cumulative_incidence`.

    Raises
    ------
    NotEstimableError
        A variance that is not known.
    """
    if variance not in VARIANCES:
        raise NotEstimableError(Problem("variance", f"{variance!r}", f"one of {', '.join(VARIANCES)}"))
    happens = np.maximum.accumulate(np.where(steps.leaving.sum(axis=1) > 0, np.arange(steps.exposed.size), 0))
    errors = np.zeros_like(steps.incidence)
    for column in range(steps.incidence.shape[1]):
        of = _kind(steps, column)
        if variance == "robust":
            squares = _robust(steps, of, people, kind, column)
        else:
            squares = _summed(of, _FORMULAS[variance](steps, of))
        # Steps without an event change nothing but the last digit.
        known = np.sqrt(np.maximum(squares, 0.0))[happens]
        errors[:, column] = np.where(steps.incidence[:, column] > 0, known, 0.0)
    return errors


def _kind(steps: IncidenceSteps, column: int) -> _Kind:
    some = steps.leaving[:, column] > 0
    share = np.where(some, steps.leaving[:, column] / steps.exposed, 0.0)
    total = steps.leaving.sum(axis=1)
    rest = np.where(total > 0, (total - steps.leaving[:, column]) / steps.exposed, 0.0)
    incidence = steps.incidence[:, column]
    to_grow = incidence[-1] - incidence
    with np.errstate(divide="ignore"):
        # Where nobody is left nothing grows after it.
        lift = np.where(steps.after > 0, 1 / steps.after, 0.0)
    return _Kind(share, rest, 1 - to_grow * lift, -to_grow * lift, lift, to_grow)


def _summed(of: _Kind, coefficients: _Coefficients) -> np.ndarray:
    fixed, rising, squared = (np.cumsum(part) for part in coefficients)
    return fixed + 2 * of.to_grow * rising + of.to_grow**2 * squared


def _quadratic(of: _Kind, own: np.ndarray, other: np.ndarray) -> _Coefficients:
    """Return the mean square of what an event changes, `own` and `other` the probabilities: its three coefficients."""
    fixed = own * of.own**2 + other * of.other**2
    return fixed, of.lift * (own * of.own + other * of.other), of.lift**2 * (own + other)


def _delta(steps: IncidenceSteps, of: _Kind) -> _Coefficients:
    """Return the multinomial variance of each step: the mean square less the square of the mean."""
    weight = steps.before**2 / steps.exposed
    fixed, rising, squared = _quadratic(of, of.share, of.rest)
    mean, lift = of.share * of.own + of.rest * of.other, of.lift * (of.share + of.rest)
    return weight * (fixed - mean**2), weight * (rising - mean * lift), weight * (squared - lift**2)


def _aalen(steps: IncidenceSteps, of: _Kind) -> _Coefficients:
    """Return the counting process variance in the form SAS documents it."""
    with np.errstate(divide="ignore"):
        weight = np.where(steps.exposed > 1, steps.before**2 / (steps.exposed - 1), 0.0)
    share, all_kinds = of.share * (1 - of.share), (of.share + of.rest) * (1 - of.share - of.rest)
    fixed = all_kinds * of.other**2 + share * (1 + 2 * of.other)
    return weight * fixed, weight * of.lift * (all_kinds * of.other + share), weight * of.lift**2 * all_kinds


def _cmprsk(steps: IncidenceSteps, of: _Kind) -> _Coefficients:
    """Return the counting process variance, ties of each kind drawn without replacement."""
    with np.errstate(divide="ignore", invalid="ignore"):
        alike = [
            np.where(part * steps.exposed > 1, 1 - (part * steps.exposed - 1) / (steps.exposed - 1), 1.0) * part
            for part in (of.share, of.rest)
        ]
    own, other = alike[0], np.where(steps.after > 0, alike[1], 0.0)
    weight = steps.before**2 / steps.exposed
    fixed, rising, squared = _quadratic(of, own, other)
    return weight * fixed, weight * rising, weight * squared


_FORMULAS = {"delta": _delta, "Aalen": _aalen, "cmprsk": _cmprsk}


def _robust(steps: IncidenceSteps, of: _Kind, people: CurvePatients, kind: np.ndarray, column: int) -> np.ndarray:
    """Return the sum of the squares of what each patient moves, (first + grow * second) of each, multiplied out."""
    per_patient = steps.before / steps.exposed
    last = people.last - 1
    change = np.where(kind == column, of.own[last], of.other[last])
    first = np.where(kind >= 0, per_patient[last] * change, 0.0), per_patient * (of.share * of.own + of.rest * of.other)
    second = np.where(kind >= 0, (per_patient * of.lift)[last], 0.0), per_patient * of.lift * (of.share + of.rest)
    one, two = running_squares(people, *first), running_squares(people, *second)
    both = running_squares(people, first[0] + second[0], first[1] + second[1])
    return one + of.to_grow * (both - one - two) + of.to_grow**2 * two
