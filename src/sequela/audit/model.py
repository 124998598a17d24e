"""The model behind the answer, fitted again so that an item can change one thing about it."""

import numpy as np

from sequela.analyses.design_matrix import DesignMatrix, curved_design, design_matrix, knots_for
from sequela.analyses.report_card import AnswerUnder
from sequela.analyses.results import HazardRatio, Survival
from sequela.audit.comparisons import estimate_of
from sequela.audit.material import Material, roles
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.stats.cox import CoxFit, cox


@frozen
class FittedModel:
    """A proportional-hazards model of the study.

    Attributes
    ----------
    design : DesignMatrix
    fit : CoxFit
    """

    design: DesignMatrix
    fit: CoxFit


def main_survival(data: Material) -> Survival | None:
    """Return the survival analysis that answers the study; None where it was withheld or not asked for."""
    return data.result.main_survival


def main_ratios(data: Material) -> tuple[HazardRatio, ...]:
    """Return the hazard ratios that answer: adjusted where the study adjusts, else crude."""
    survival = main_survival(data)
    if survival is None:
        return ()
    adjusted = tuple(item for item in survival.hazard_ratios if item.adjusted_for)
    return adjusted or survival.hazard_ratios


def fitted(data: Material, adjust: tuple[str, ...], **options: np.ndarray) -> FittedModel | None:
    """Fit the groups and these covariates as asked; None where there is no estimate.

    Parameters
    ----------
    data : Material
    adjust : tuple of str
        Names of covariates.
    **options : arrays, shape (n,)
        `strata` or `cluster` of `sequela.stats.cox.cox`, one value per patient of the cohort.
    """
    design = design_matrix(data.result.cohort, data.result.records, adjust, data.result.definitions)
    if data.entry is not None:
        options = {**options, "entry": data.entry}
    if curved := tuple(name for name in data.curved if name in adjust):
        knots = knots_for(int(data.event[design.complete].sum()))
        design = curved_design(design, curved, data.result.records, knots)
    counted = roles(data.cases.of(design.complete)) if data.cases else {}
    chosen = {**counted, **{name: values[design.complete] for name, values in options.items()}}
    try:
        fit = cox(data.days[design.complete], data.event[design.complete], design.matrix, **chosen)
    except NotEstimableError:
        return None
    return FittedModel(design, fit)


def answers_of(data: Material, model: FittedModel, label: str) -> tuple[AnswerUnder, ...]:
    """Return the hazard ratios of the groups in a fitted model."""
    return tuple(
        AnswerUnder(
            label,
            group,
            data.result.cohort.reference,
            estimate_of(model.fit, index),
            model.fit.n,
            model.fit.events,
        )
        for index, group in enumerate(model.design.groups)
    )
