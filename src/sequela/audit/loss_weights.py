"""B.5: the answer with those who stayed standing for those like them who were lost.

Inverse probability of censoring: Robins & Finkelstein (2000), Biometrics 56:779.
"""

import numpy as np

from sequela.analyses.design_matrix import design_matrix
from sequela.analyses.ratio_estimate import ratio_estimate
from sequela.analyses.report_card import AnswerUnder, Measure
from sequela.analyses.wording import counted, inside_sentence, listed
from sequela.audit.comparisons import FollowedTime, hazard_ratios, part_of
from sequela.audit.material import Material, roles
from sequela.audit.measured import measured_covariates
from sequela.audit.thresholds import LOSS_P, LOSSES_PER_COLUMN
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.stats.cox import cox, wald_interval, wald_test
from sequela.stats.staying_weights import StayingWeights, staying_weights


@frozen
class Reweighted:
    """The answer weighted for loss, and what the model of loss said.

    Attributes
    ----------
    answers : tuple of AnswerUnder
        Empty where the data do not support it.
    measures : tuple of Measure
    finding : str
        A sentence, or none where nothing measured varies.
    shift : float
        Largest difference of a log hazard ratio with weights from the one without, in the same patients; nan without.
    """

    answers: tuple[AnswerUnder, ...] = ()
    measures: tuple[Measure, ...] = ()
    finding: str = ""
    shift: float = float("nan")


def weighted_for_loss(data: Material, base: FollowedTime, rows: np.ndarray, lost: np.ndarray) -> Reweighted:
    """Model loss on everything measured, and weight the patients who stayed.

    Each covariate may act differently in each group where there are enough lost patients for it. Patients without a
    covariate are left out of both answers.

    Parameters
    ----------
    data : Material
    base : FollowedTime
        Everyone from entry on, in one piece from 0 each.
    rows : bool array, shape (n,)
        Which patients of the cohort `base` holds.
    lost : bool array, shape (len of base,)
    """
    names = measured_covariates(data)
    if not names or not lost.any():
        return Reweighted()
    design = design_matrix(data.result.cohort, data.result.records, names, data.result.definitions)
    chosen = design.complete[rows] & (base.stop > 0)
    columns = design.matrix[rows[design.complete]][base.stop[design.complete[rows]] > 0][:, len(design.groups) :]
    part = part_of(base, chosen)
    left, labels = lost[chosen], design.adjusted_for
    vary = columns.std(axis=0) > 0
    columns = columns[:, vary]
    said = listed([inside_sentence(label) for label in labels])
    if not vary.any() or left.sum() < LOSSES_PER_COLUMN.value * columns.shape[1]:
        carried = f"{counted(int(left.sum()), 'lost patient')} carry no model of {counted(int(vary.sum()), 'column')}"
        return Reweighted(finding=f"Weights for loss are not supportable: {carried}." if vary.any() else "")
    try:
        weighed = _weighed(part, left, columns)
        answers = _answers(data, part, weighed, said)
    except NotEstimableError as problem:
        return Reweighted(finding=f"Weights for loss are not supportable: {problem}")
    how = "not weighted for loss" if part.cases else "unweighted"
    plain = hazard_ratios(data, part, f"{how}, in patients with every covariate")
    shift = max(abs(np.log(a.estimate.value / b.estimate.value)) for a, b in zip(answers, plain, strict=True))
    shown = (*(plain if not design.complete[rows].all() else ()), *answers)
    kept = [label for label, varies in zip(design.columns, vary, strict=True) if varies]
    measures, explained = _explained(part, left, columns, kept)
    measures += (Measure("largest_weight_for_loss", float(weighed.weight.max()), method=said),)
    return Reweighted(shown, measures, explained, float(shift))


def _weighed(part: FollowedTime, left: np.ndarray, columns: np.ndarray) -> StayingWeights:
    group = part.exposed @ np.arange(1, part.exposed.shape[1] + 1)
    products = (part.exposed[:, :, None] * columns[:, None, :]).reshape(columns.shape[0], -1)
    whole = np.column_stack([columns, products])
    if left.sum() >= LOSSES_PER_COLUMN.value * whole.shape[1]:
        try:
            return staying_weights(part.stop, part.event, left, group, whole)
        except NotEstimableError:
            pass
    return staying_weights(part.stop, part.event, left, group, columns)


def _answers(data: Material, part: FollowedTime, weighed: StayingWeights, said: str) -> tuple[AnswerUnder, ...]:
    fit = cox(
        weighed.stop,
        weighed.event,
        part.exposed[weighed.patient],
        entry=weighed.start,
        ties="efron",
        **_roles(part, weighed),
    )
    limits, events = wald_interval(fit), int(part.event.sum())
    label, reference = f"weighted for who was lost, by {said}", data.result.cohort.reference
    found = []
    for index, group in enumerate(data.others):
        estimate = ratio_estimate(fit.coefficients, limits, index, "robust variance, weights taken as known")
        found.append(AnswerUnder(label, group, reference, estimate, part.patients, events))
    return tuple(found)


def _roles(part: FollowedTime, weighed: StayingWeights) -> dict[str, np.ndarray]:
    """Return the columns that `cox` takes: the weights for loss times those of the study, and its offset."""
    counted = roles(part.cases.of(weighed.patient)) if part.cases else {}
    weights = weighed.weight * counted.get("weights", 1.0)
    return {**counted, "weights": weights, "cluster": weighed.patient}


def _explained(
    part: FollowedTime, left: np.ndarray, columns: np.ndarray, labels: list[str]
) -> tuple[tuple[Measure, ...], str]:
    """Return which covariates go with loss, groups apart, as measures and as a sentence."""
    # An event on the day of a loss leaves first.
    group = part.exposed @ np.arange(1, part.exposed.shape[1] + 1)
    fit = cox(part.stop + np.where(left, 0.25, 0.0), left, columns, strata=group)
    p_values, found, named = wald_test(fit).p_value, [], []
    for index, label in enumerate(labels):
        ratio = float(np.exp(fit.coefficients[index]))
        found.append(Measure("hazard_ratio_of_loss", ratio, method=label))
        if p_values[index] < LOSS_P.value:
            named.append(inside_sentence(label))
    if not named:
        return tuple(found), "No measured covariate goes with loss."
    return tuple(found), f"Loss goes with {listed(named)}."
