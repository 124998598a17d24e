"""The residuals of a model as a table: a row for each patient, or each event, and each term."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from sequela.analyses.comparisons import GroupTimes
from sequela.analyses.design_matrix import DesignMatrix
from sequela.stats.cox import CoxFit
from sequela.stats.cox_residuals import (
    deviance_residuals,
    influence,
    martingale_residuals,
    schoenfeld_residuals,
    score_residuals,
)
from sequela.stats.fitted_risks import FittedRisks, fitted_risks

SCHEMA = {
    "endpoint": pl.String,
    "model": pl.String,
    "residual": pl.String,
    "term": pl.String,
    "patient_id": pl.String,
    "days": pl.Float64,
    "event": pl.Boolean,
    "value": pl.Float64,
}
"""The table: `term` is null where a residual has none, `days` counts from the start of the endpoint."""


def residual_table(
    fit: CoxFit, design: DesignMatrix, data: GroupTimes, kinds: Iterable[str], endpoint: str
) -> pl.DataFrame:
    """Return the residuals of a model as rows of `SCHEMA`.

    Parameters
    ----------
    fit : CoxFit
    design : DesignMatrix
        Of the patients the model was fitted to.
    data : GroupTimes
        Of all patients; those of the model are `design.complete`.
    kinds : iterable of str
        Of `RESIDUALS` of a study.
    endpoint : str

    Raises
    ------
    NotEstimableError
        Exact ties, or a coefficient without a finite estimate.
    """
    here = data.of(design.complete)
    roles = {"entry": here.entry, "strata": design.strata, "weights": design.weights}
    risks = fitted_risks(fit, here.days, here.event, design.matrix, **roles)
    patients = data.cohort.patients["patient_id"].to_numpy()[design.complete]
    parts = []
    for kind in kinds:
        rows, values = _of_kind(risks, kind)
        terms = (None,) if values.ndim == 1 else (*design.groups, *design.columns)
        for term, column in zip(terms, values.reshape(rows.size, -1).T, strict=True):
            parts.append(
                pl.DataFrame(
                    {
                        "endpoint": [endpoint] * rows.size,
                        "model": ["adjusted" if design.adjusted_for else "crude"] * rows.size,
                        "residual": [kind] * rows.size,
                        "term": [term] * rows.size,
                        "patient_id": patients[rows],
                        "days": here.days[rows],
                        "event": here.event[rows],
                        "value": column,
                    },
                    schema=SCHEMA,
                )
            )
    return pl.concat(parts)


def _of_kind(risks: FittedRisks, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the model that have a residual, and its values: shape (m,) or (m, p)."""
    match kind:
        case "martingale":
            return risks.rows, martingale_residuals(risks)
        case "deviance":
            return risks.rows, deviance_residuals(risks)
        case "score":
            return risks.rows, score_residuals(risks)
        case "dfbeta":
            return risks.rows, influence(risks)
        case "dfbetas":
            return risks.rows, influence(risks) / np.sqrt(np.diag(risks.fit.model_covariance))
        case "schoenfeld":
            plain = schoenfeld_residuals(risks)
            return plain.rows, plain.residual
        case "scaled schoenfeld":
            scaled = schoenfeld_residuals(risks)
            return scaled.rows, scaled.scaled
        case _:
            raise ValueError(kind)
