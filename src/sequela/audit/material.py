"""What every item of the audit looks at: the study's patients and their main endpoint as arrays."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl

from sequela.analyses.assessed import assessed
from sequela.analyses.design_matrix import quantity_of
from sequela.analyses.study_result import StudyResult
from sequela.derive.endpoint_times import OUTCOMES, time_to_event
from sequela.derive.endpoints import COMPETING, Endpoint
from sequela.frozen import frozen
from sequela.study.questions import SurvivalAnalysis

Found = TypeVar("Found")


@frozen
class Cases:
    """How the study counts its patients, an entry for each row; None in place of weights or of an offset it has not.

    Attributes
    ----------
    patient : int array, shape (m,)
        Whose row it is: rows of one patient are alike.
    weights : float array, shape (m,)
        How much the patient counts, above 0.
    offset : float array, shape (m,)
        What models add to the log hazard as it is.
    """

    patient: np.ndarray
    weights: np.ndarray | None
    offset: np.ndarray | None

    def of(self, rows: np.ndarray) -> "Cases":
        """Return some rows, given by flags or by positions."""
        weights, offset = (None if values is None else values[rows] for values in (self.weights, self.offset))
        return Cases(self.patient[rows], weights, offset)

    @property
    def without(self) -> str:
        """Return what is said of an answer that does not count so."""
        parts = (("weights", self.weights), ("offset", self.offset))
        return "without the " + " and ".join(word for word, values in parts if values is not None)


def roles(cases: Cases | None) -> dict[str, np.ndarray]:
    """Return the columns that `sequela.stats.cox.cox` takes; weighted patients are clusters of their own."""
    if cases is None:
        return {}
    found = {} if cases.offset is None else {"offset": cases.offset}
    return found if cases.weights is None else {**found, "weights": cases.weights, "cluster": cases.patient}


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Material:
    """The main comparison of a study, one entry per patient in the order of `result.cohort.patients`.

    Two of them are equal only where they are the same object.

    Attributes
    ----------
    result : StudyResult
        Its cohort holds the patients who have a value of the endpoint.
    endpoint : Endpoint or None
        Of the first survival analysis of the study; None where it asks for none, or nobody of a group has a value,
        and the arrays of times are then empty.
    adjust : tuple of str
        Covariates of that analysis.
    group : int array, shape (n,)
        Index into `result.cohort.groups`.
    days : float array, shape (n,)
        From the start of the endpoint to the end of follow-up.
    event : bool array, shape (n,)
    competed : bool array, shape (n,)
        Whether a competing event of the endpoint came first.
    admitted : float array, shape (n,)
        Days from the start to the last event of the population or of observation that the patient had
        to live to; 0 where none came later.
    group_known : float array, shape (n,)
        Days from the start to the day that put the patient into his group; 0 where it was known.
    reason : tuple of str
        What ended each patient's time.
    curved : tuple of str
        Those that enter as curves.
    delayed : bool
        Whether the study itself counts patients from entry on; these arrays then hold only who was followed beyond it.
    left_out : (int, int)
        Patients who were not, and how many of them had the event.
    cases : Cases or None
        None where every patient counts once and nothing is added. Who has no weight, or no offset, is not among the
        patients.
    """

    result: StudyResult
    endpoint: Endpoint | None
    adjust: tuple[str, ...]
    group: np.ndarray
    days: np.ndarray
    event: np.ndarray
    competed: np.ndarray
    admitted: np.ndarray
    group_known: np.ndarray
    reason: tuple[str, ...]
    curved: tuple[str, ...] = ()
    delayed: bool = False
    left_out: tuple[int, int] = (0, 0)
    cases: Cases | None = None

    @property
    def entry(self) -> np.ndarray | None:
        """Return the days after which patients are at risk in the study as asked; None for from the start."""
        return self.admitted if self.delayed else None

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


def found_once(look: Callable[[Material], Found]) -> Callable[[Material], Found]:
    """Let what several items look for be found once for each material, and forgotten with it."""
    kept: WeakKeyDictionary[Material, Found] = WeakKeyDictionary()

    @wraps(look)
    def found(data: Material) -> Found:
        if data not in kept:
            kept[data] = look(data)
        return kept[data]

    return found


def material(result: StudyResult) -> Material:
    """Derive the arrays of the main comparison of a study."""
    asked = result.main_question
    if asked is None:
        return _without_times(result)
    endpoint = asked.definition
    at = result.cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    read = assessed(result.records, result.cohort, asked.source, result.definitions)
    times = time_to_event(result.records, at, endpoint, result.definitions.line_rules, read.instead)
    cases, usable = _cases(result, asked)
    known = (times["days"].is_not_null() & pl.Series(usable)).to_numpy()
    patients, times = result.cohort.patients.filter(known), times.filter(known)
    if set(patients["group"]) != set(result.cohort.groups):
        return _without_times(result)
    valued = replace(result, cohort=replace(result.cohort, patients=patients))
    days, event = times["days"].to_numpy().astype(float), times["event"].to_numpy()
    competed = (times["outcome"] == OUTCOMES[COMPETING]).to_numpy()
    admitted, known_from = (_waited(patients[name], times["start"]) for name in ("admitted", "group_known"))
    adjust, reason = result.study.adjustment(asked), tuple(times["reason"])
    parts = (_codes(valued), days, event, competed, admitted, known_from, reason)
    mine = replace(cases.of(known), patient=np.arange(patients.height)) if cases else None
    found = Material(valued, endpoint, adjust, *parts, curved=asked.curved, cases=mine)
    return _beyond_entry(found) if asked.entry and not result.too_early and admitted.any() else found


def _cases(result: StudyResult, asked: SurvivalAnalysis) -> tuple[Cases | None, np.ndarray]:
    """Return how the study counts its patients, and who of them has a weight and an offset it can use."""
    usable = np.ones(result.cohort.patients.height, dtype=bool)

    def quantity(name: str | None, *, positive: bool) -> np.ndarray | None:
        if name is None:
            return None
        values = quantity_of(result.cohort, name, result.records, result.definitions)[1]
        if positive and ((values < 0) | np.isinf(values)).any():
            # Such weights are refused, and the study has no answer that the card could make again with them.
            return None
        usable[:] &= np.isfinite(values) & ((values > 0) | (not positive))
        return values

    weights, offset = quantity(asked.weights, positive=True), quantity(asked.offset, positive=False)
    cases = None if weights is None and offset is None else Cases(np.arange(usable.size), weights, offset)
    return cases, usable


def _beyond_entry(data: Material) -> Material:
    """Return the patients whom a study with delayed entry follows."""
    kept = data.admitted < data.days
    cohort = data.result.cohort
    valued = replace(data.result, cohort=replace(cohort, patients=cohort.patients.filter(kept)))
    return replace(
        data,
        result=valued,
        group=data.group[kept],
        days=data.days[kept],
        event=data.event[kept],
        competed=data.competed[kept],
        admitted=data.admitted[kept],
        group_known=data.group_known[kept],
        reason=tuple(reason for reason, here in zip(data.reason, kept, strict=True) if here),
        delayed=True,
        left_out=(int((~kept).sum()), int((data.event & ~kept).sum())),
        cases=replace(data.cases.of(kept), patient=np.arange(int(kept.sum()))) if data.cases else None,
    )


def _without_times(result: StudyResult) -> Material:
    patients, none = result.cohort.patients, np.zeros(0)
    admitted, known_from = (_waited(patients[name], patients["time_zero"]) for name in ("admitted", "group_known"))
    return Material(
        result, None, (), _codes(result), none, none.astype(bool), none.astype(bool), admitted, known_from, ()
    )


def _codes(result: StudyResult) -> np.ndarray:
    return np.array([result.cohort.groups.index(name) for name in result.cohort.patients["group"]], dtype=int)


def _waited(day: pl.Series, start: pl.Series) -> np.ndarray:
    return np.maximum((day - start).to_numpy().astype(float), 0)
