"""What every item of the audit looks at: the study's patients and their main endpoint as arrays."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sequela.analyses.assessed import assessed
from sequela.analyses.study_result import StudyResult
from sequela.derive.endpoints import PROFILES, Endpoint, time_to_event
from sequela.study.spec import SurvivalAnalysis


@dataclass(frozen=True, slots=True)
class Material:
    """The main comparison of a study, one entry per patient in the order of `cohort.patients`.

    Attributes
    ----------
    result : StudyResult
    endpoint : Endpoint or None
        Of the first survival analysis of the study; None where it asks for none, and the
        arrays of times are then empty.
    adjust : tuple of str
        Covariates of that analysis.
    group : int array, shape (n,)
        Index into `result.cohort.groups`.
    days : float array, shape (n,)
        From time zero to the end of follow-up.
    event : bool array, shape (n,)
    admitted : float array, shape (n,)
        Days from time zero to the last event of the population or of observation that the patient had
        to live to; 0 where none came later.
    group_known : float array, shape (n,)
        Days from time zero to the day that put the patient into his group; 0 where it was known.
    reason : tuple of str
        What ended each patient's time.
    """

    result: StudyResult
    endpoint: Endpoint | None
    adjust: tuple[str, ...]
    group: np.ndarray
    days: np.ndarray
    event: np.ndarray
    admitted: np.ndarray
    group_known: np.ndarray
    reason: tuple[str, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the names of the groups in the order of the study."""
        return self.result.cohort.groups

    @property
    def others(self) -> tuple[str, ...]:
        """Return the groups that are compared with the reference."""
        return tuple(name for name in self.groups if name != self.result.cohort.reference)

    @property
    def compares(self) -> bool:
        """Return whether there is a time-to-event comparison to examine."""
        return self.endpoint is not None and len(self.groups) > 1

    def indicators(self, kept: np.ndarray | None = None) -> np.ndarray:
        """Return a column per group other than the reference, for the patients kept."""
        chosen = self.group if kept is None else self.group[kept]
        return np.column_stack([(chosen == self.groups.index(name)).astype(float) for name in self.others])


def material(result: StudyResult) -> Material:
    """Derive the arrays of the main comparison of a study."""
    cohort = result.cohort
    patients = cohort.patients
    asked = next((item for item in result.study.analyses if isinstance(item, SurvivalAnalysis)), None)
    group = np.array([cohort.groups.index(name) for name in patients["group"]], dtype=int)
    admitted, known = (
        (patients[name] - patients["time_zero"]).to_numpy().astype(float) for name in ("admitted", "group_known")
    )
    if asked is None:
        none = np.zeros(0)
        return Material(result, None, (), group, none, none.astype(bool), admitted, known, ())
    endpoint = PROFILES[asked.endpoint]
    at = patients.select("patient_id", pl.col("time_zero").alias("day"))
    read = assessed(result.records, cohort, asked.source, result.definitions)
    times = time_to_event(read.records, at, endpoint)
    days, event = times["days"].to_numpy().astype(float), times["event"].to_numpy()
    adjust = result.study.adjustment(asked)
    return Material(result, endpoint, adjust, group, days, event, admitted, known, tuple(times["reason"]))
