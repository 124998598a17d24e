"""The design matrix of a proportional-hazards model: groups first, then covariates as of time zero."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from sequela.derive.baseline import covariate_named
from sequela.derive.covariate import Covariate, Definitions
from sequela.errors import NotEstimableError, StudyError
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.stats.splines import restricted_cubic_spline, spline_knots
from sequela.study.cohort import Cohort

AS_A_CURVE = "(as a curve)"
FEW_EVENTS = 100
"""Events below which a curve has three knots instead of four (Harrell 2001, section 2.4.6)."""


def knots_for(events: int) -> int:
    """Return how many knots a curve has."""
    return 3 if events < FEW_EVENTS else 4


@frozen
class DesignMatrix:
    """The columns of a model and the patients in it.

    Attributes
    ----------
    matrix : float array, shape (n_complete, p)
        Indicators of the groups other than the reference, then the covariates.
    complete : bool array, shape (n,)
        Patients with every covariate.
    groups : tuple of str
        The group of each of the first columns.
    adjusted_for : tuple of str
        Labels of the covariates.
    cautions : tuple of str
    labels : tuple of str
        The label of the covariate of each column after the groups.
    columns : tuple of str
        The name of each of these columns: the label, and the level of a categorical covariate.
    missing : tuple of (str, bool array of shape (n,))
        Who lacks each covariate, by its label.
    within : tuple of str
        Labels of the covariates whose levels have baseline hazards of their own.
    strata : int array, shape (n_complete,), or None
        The level of each patient.
    cluster : int array, shape (n_complete,), or None
        The centre of each patient, where patients of a centre resemble each other.
    weights, offset : float array, shape (n_complete,), or None
        How much each patient counts; what is added to the log hazard.
    offset_label : str
        Empty where there is no offset.
    """

    matrix: np.ndarray
    complete: np.ndarray
    groups: tuple[str, ...]
    adjusted_for: tuple[str, ...]
    cautions: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    missing: tuple[tuple[str, np.ndarray], ...] = ()
    within: tuple[str, ...] = ()
    strata: np.ndarray | None = None
    cluster: np.ndarray | None = None
    weights: np.ndarray | None = None
    offset: np.ndarray | None = None
    offset_label: str = ""

    def roles(self, entry: np.ndarray | None) -> dict[str, np.ndarray | None]:
        """Return the columns that `cox` takes beside the covariates; weighted patients are clusters of their own."""
        cluster = self.cluster
        if cluster is None and self.weights is not None:
            cluster = np.arange(self.weights.size)
        columns = {"strata": self.strata, "cluster": cluster, "weights": self.weights, "offset": self.offset}
        return {"entry": entry, **columns}

    @property
    def left_out(self) -> int:
        """Return how many patients lack a covariate."""
        return int((~self.complete).sum())


def design_matrix(cohort: Cohort, records: Records, adjust: tuple[str, ...], definitions: Definitions) -> DesignMatrix:
    """Build the matrix; a constant covariate is left out with a caution.

    Categorical covariates become indicators against their first level that occurs; an ordinal
    one (ECOG) enters as a number; continuous ones enter as they are.
    """
    whole = whole_design(cohort, records, adjust, definitions)
    return replace(whole, matrix=whole.matrix[whole.complete])


def whole_design(cohort: Cohort, records: Records, adjust: tuple[str, ...], definitions: Definitions) -> DesignMatrix:
    """Build the matrix of everyone, shape (n, p), nan where a covariate is missing; otherwise as `design_matrix`."""
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    group = cohort.patients["group"].to_list()
    groups = tuple(name for name in cohort.groups if name != cohort.reference)
    columns = [np.array([g == name for g in group], dtype=float) for name in groups]
    labels, cautions, of_column, names, missing = [], [], [], [], []
    for name in adjust:
        covariate = covariate_named(name, records.drugs)
        if covariate is None:
            raise StudyError(f"adjust: there is no covariate called {name!r}")
        values = covariate.derive(records, at, definitions)["value"].to_list()
        if added := _columns(covariate, values):
            labels.append(covariate.label)
            of_column += [covariate.label] * len(added)
            names += [f"{covariate.label}: {level}" if level else covariate.label for level in added]
            columns += added.values()
            missing.append((covariate.label, np.isnan(next(iter(added.values())))))
        else:
            why = "does not vary" if any(value is not None for value in values) else "is not recorded for anybody"
            cautions.append(f"{covariate.label} {why}, so the model is not adjusted for it.")
    matrix = np.column_stack(columns)
    complete = ~np.isnan(matrix).any(axis=1)
    return DesignMatrix(
        *(matrix, complete, groups, tuple(labels), tuple(cautions), tuple(of_column), tuple(names)),
        missing=tuple(missing),
    )


def curved_design(model: DesignMatrix, names: tuple[str, ...], records: Records, knots: int) -> DesignMatrix:
    """Let covariates enter as restricted cubic splines, knots at the quantiles of the patients in the model.

    A covariate whose values are too few or too much alike stays a straight line, with a caution.

    Parameters
    ----------
    model : DesignMatrix
    names : tuple of str
        Covariates, as the study writes them.
    records : Records
    knots : int
        From 3 to 7.
    """
    curved = {covariate.label for name in names if (covariate := covariate_named(name, records.drugs))}
    parts, labels, columns, cautions = [model.matrix[:, : len(model.groups)]], [], [], list(model.cautions)
    bent: set[str] = set()
    for place, (label, name) in enumerate(zip(model.labels, model.columns, strict=True), len(model.groups)):
        part = model.matrix[:, [place]]
        if label in curved:
            try:
                part = restricted_cubic_spline(part[:, 0], spline_knots(part[:, 0], knots))
                bent.add(label)
            except NotEstimableError:
                cautions.append(f"{label} has too few different values for a curve and enters as a straight line.")
        parts.append(part)
        labels += [label] * part.shape[1]
        columns += [name, *(f"{name}, bend {number}" for number in range(1, part.shape[1]))]
    return replace(
        model,
        matrix=np.column_stack(parts),
        adjusted_for=tuple(f"{label} {AS_A_CURVE}" if label in bent else label for label in model.adjusted_for),
        cautions=tuple(cautions),
        labels=tuple(labels),
        columns=tuple(columns),
    )


def grouped_design(
    model: DesignMatrix, strata: Mapping[str, np.ndarray], codes: np.ndarray, centre: np.ndarray | None
) -> DesignMatrix:
    """Give a model baseline hazards by stratum and clusters by centre; who lacks one is left out and counted.

    Parameters
    ----------
    model : DesignMatrix
    strata : mapping of str to bool array, shape (n,)
        Who lacks each covariate of the strata, by its label.
    codes : int array, shape (n,)
        The stratum; -1 where one is missing.
    centre : int array, shape (n,), or None
        The centre; -1 where it is missing.
    """
    known, missing = codes >= 0, [*model.missing, *strata.items()]
    if centre is not None:
        known, missing = known & (centre >= 0), [*missing, ("Centre", centre < 0)]
    complete = model.complete & known
    return replace(
        model,
        matrix=model.matrix[known[model.complete]],
        complete=complete,
        missing=tuple(missing),
        within=tuple(strata),
        strata=codes[complete] if strata else None,
        cluster=None if centre is None else centre[complete],
    )


def weighed_design(
    model: DesignMatrix, weights: np.ndarray | None, offset: np.ndarray | None, label: str
) -> DesignMatrix:
    """Give a model weights, none of them missing, and an offset; who lacks the offset is left out and counted."""
    if offset is not None:
        known = ~np.isnan(offset)
        complete = model.complete & known
        within = known[model.complete]
        model = replace(
            model,
            matrix=model.matrix[within],
            complete=complete,
            missing=(*model.missing, (label, ~known)),
            strata=None if model.strata is None else model.strata[within],
            cluster=None if model.cluster is None else model.cluster[within],
            offset=offset[complete],
            offset_label=label,
        )
    return model if weights is None else replace(model, weights=weights[model.complete])


def quantity_of(cohort: Cohort, name: str, records: Records, definitions: Definitions) -> tuple[str, np.ndarray]:
    """Return a covariate that is a number as of time zero: its label, and its values with nan where it is missing."""
    covariate = covariate_named(name, records.drugs)
    if covariate is None or covariate.kind != "continuous":
        raise StudyError(f"{name!r} is no quantity")
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    values = covariate.derive(records, at, definitions)["value"].cast(pl.Float64).fill_null(float("nan"))
    return covariate.label, values.to_numpy()


def _columns(covariate: Covariate, values: list) -> dict[str, np.ndarray]:
    """Return the columns of a covariate by level, "" for a number; none where it does not vary."""
    present = {value for value in values if value is not None}
    if len(present) < 2:
        return {}
    if covariate.kind in ("continuous", "ordinal"):
        return {"": np.array([np.nan if value is None else float(value) for value in values])}
    levels = [level for level in covariate.levels if level in present] or sorted(present)
    levels += sorted(present - set(levels))
    return {
        str(level): np.array([np.nan if value is None else float(value == level) for value in values])
        for level in levels[1:]
    }
