"""Patients weighted for those like them who were lost: inverse probability of staying under observation.

Robins & Finkelstein (2000), Biometrics 56:779.
"""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import category_codes, columns_of_equal_length, numbers, yes_or_no
from sequela.stats.cox import CoxFit, cox
from sequela.stats.follow_up import follow_up
from sequela.stats.propensity import TRUNCATED

MOST_CUTS = 100
"""Days of loss at which weights change; of more days, this many evenly among them."""


@frozen
class StayingWeights:
    """The follow-up of each patient in pieces, each with its weight; one entry per piece, by patient, then time.

    Attributes
    ----------
    patient : int array, shape (m,)
        Position of the patient.
    start, stop : float array, shape (m,)
        At risk at t when start < t <= stop.
    event : bool array, shape (m,)
    weight : float array, shape (m,)
        Probability of staying until the start of the piece in the patient's group, over the same given the
        covariates; cut at the 1st and 99th percentile of the patients' last weights.
    loss : CoxFit
        The model of loss.
    """

    patient: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    event: np.ndarray
    weight: np.ndarray
    loss: CoxFit


def staying_weights(
    time: ArrayLike, event: ArrayLike, lost: ArrayLike, group: ArrayLike, covariates: ArrayLike
) -> StayingWeights:
    """Model who is lost by Cox's regression within each group, and weight those who stayed.

    The covariates act alike in every group, each of which has its own baseline (Breslow). An event comes before a
    loss of the same day. With weights, those who stay stand for the lost who were like them in the covariates;
    what else made patients leave stays as it was. No missing values. Near-ties are one time. Robins & Finkelstein
    (2000), Biometrics 56:779. Golden: tests/golden/staying_weights.

    Parameters
    ----------
    time : float array, shape (n,)
        To the event, the loss, or the end of follow-up.
    event, lost : bool array, shape (n,)
        At most one of both; neither for a patient who was followed to the end.
    group : array of codes, shape (n,)
    covariates : float array, shape (n, p)

    Raises
    ------
    NotEstimableError
        Nobody lost, a patient lost with the event, or no finite estimate of who is lost.
    """
    data, left, columns = follow_up(time, event), yes_or_no("lost", lost), numbers("covariates", covariates)
    stop, happened, member = data.time, data.event, category_codes("group", group)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if problems := columns_of_equal_length(stop.size, lost=left, group=member, covariates=columns):
        raise NotEstimableError(problems)
    if not (left & (stop > 0)).any() or (left & happened).any():
        found = "nobody was lost after the start, or a patient was lost on having the event"
        raise NotEstimableError(Problem("weights for loss", found, "patients who were lost without the event"))
    codes = np.unique(member, return_inverse=True)[1]
    # Only the order of times matters: a loss comes after the events of its day and before the next day.
    distinct, day = np.unique(stop, return_inverse=True)
    place = 2 * day + 1 + left
    fit = cox(place.astype(float), left, columns, strata=codes, ties="breslow")
    if fit.diverging.any():
        found = "a covariate that tells the lost apart"
        raise NotEstimableError(Problem("weights for loss", found, "fewer covariates"))
    risk = np.exp((columns - columns.mean(axis=0)) @ fit.coefficients)
    cuts = _thinned(np.unique(stop[left & (stop > 0)]))
    patient, number, begin, end = _pieces(stop, cuts)
    weight = np.empty(patient.size)
    for code in range(codes.max() + 1):
        of = codes == code
        after = 2 * np.searchsorted(distinct, cuts) + 2
        given, plain = (_hazard(place[of], left[of], score, after) for score in (risk[of], np.ones(of.sum())))
        mine = of[patient]
        weight[mine] = np.exp(given[number[mine]] * risk[patient[mine]] - plain[number[mine]])
    # All weights of a patient are cut where the last ones are, once for everybody.
    last = np.append(patient[1:] != patient[:-1], np.ones(min(patient.size, 1), dtype=bool))
    weight = np.clip(weight, *np.quantile(weight[last], TRUNCATED))
    return StayingWeights(patient, begin, end, happened[patient] & (end == stop[patient]), weight, fit)


def _thinned(cuts: np.ndarray) -> np.ndarray:
    if cuts.size <= MOST_CUTS:
        return cuts
    return cuts[np.rint(np.linspace(0, cuts.size - 1, MOST_CUTS)).astype(int)]


def _pieces(stop: np.ndarray, cuts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Cut each patient's time at the cuts inside it: patient, number, start and end of each piece.

    Who leaves at time 0 has none.
    """
    inside = np.where(stop > 0, np.searchsorted(cuts, stop, side="left") + 1, 0)
    patient = np.repeat(np.arange(stop.size), inside)
    number = np.arange(patient.size) - np.repeat(np.cumsum(inside) - inside, inside)
    edges = np.concatenate([[0.0], cuts])
    last = number == inside[patient] - 1
    end = np.where(last, stop[patient], edges[np.minimum(number + 1, cuts.size)])
    return patient, number, edges[number], end


def _hazard(place: np.ndarray, left: np.ndarray, score: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the cumulative hazard of loss before anything is cut and after each cut: losses over score at risk."""
    when, lost = np.unique(place[left], return_counts=True)
    order = np.argsort(place)
    behind = np.concatenate([np.cumsum(score[order][::-1])[::-1], [0.0]])
    still = behind[np.searchsorted(place[order], when, side="left")]
    total = np.concatenate([[0.0], np.cumsum(lost / still)])
    return np.concatenate([[0.0], total[np.searchsorted(when, after, side="right")]])
