"""The patients of a study who have a value of an endpoint, their times, and who was left out of it and why."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from sequela.analyses.assessed import Assessed
from sequela.analyses.decisions import decisions, without_value
from sequela.analyses.results import Decision
from sequela.derive.endpoint_parts import TIME_ZERO, start_in_words
from sequela.derive.endpoint_times import time_to_event
from sequela.derive.endpoints import Endpoint
from sequela.derive.rules import LineRules
from sequela.errors import NotEstimableError
from sequela.records.bundle import Records
from sequela.study.cohort import Cohort


def notes(endpoint: Endpoint) -> tuple[str, ...]:
    """Return what an endpoint means, what a reader must know of it, and where it comes from."""
    return (endpoint.meaning, *((endpoint.remark,) if endpoint.remark else ()), f"Source: {endpoint.reference}.")


@dataclass(frozen=True, slots=True)
class Followed:
    """Times to an endpoint, one entry per patient with a value, in the order of `cohort.patients`.

    Attributes
    ----------
    cohort : Cohort
        With those patients only.
    times : DataFrame
        Of `time_to_event`, for those patients.
    days : float array, shape (n,)
        From the start of the endpoint.
    event : bool array, shape (n,)
    decisions : tuple of Decision
        Over all patients of the study.
    cautions : tuple of str
        Who was left out, and what that means for a comparison; a sentence each.
    """

    cohort: Cohort
    times: pl.DataFrame
    days: np.ndarray
    event: np.ndarray
    decisions: tuple[Decision, ...]
    cautions: tuple[str, ...]


def ended(
    cohort: Cohort, records: Records, endpoint: Endpoint, rules: LineRules, read: Assessed | None = None
) -> tuple[pl.DataFrame, tuple[Decision, ...]]:
    """Return the times of all patients of a study (see `time_to_event`), and how many each rule ended in each group."""
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    times = time_to_event(records, at, endpoint, rules, None if read is None else read.instead)
    return times, decisions(endpoint, times, cohort.patients["group"], cohort.groups)


def follow(
    cohort: Cohort, records: Records, endpoint: Endpoint, rules: LineRules, read: Assessed | None = None
) -> Followed:
    """Return the times of a study's patients to an endpoint.

    Raises
    ------
    NotEstimableError
        Where the endpoint rests on assessments and the records hold none, nobody has a value, everyone is censored
        at the start, a group is empty, or the endpoint's clock starts before its patients entered the cohort.
    """
    refuse_unseen(endpoint, records, read)
    everyone = cohort.patients
    times, table = ended(cohort, records, endpoint, rules, read)
    known = times["days"].is_not_null()
    kept = replace(cohort, patients=everyone.filter(known))
    valued = times.filter(known)
    refusal = (
        _nobody(endpoint, table, kept, cohort.groups)
        or _too_early(endpoint, kept.patients, valued)
        or ("" if (valued["days"] > 0).any() else _nobody_followed(endpoint))
    )
    if refusal:
        raise NotEstimableError(refusal)
    days, event = valued["days"].to_numpy().astype(float), valued["event"].to_numpy()
    cautions = _cautions(endpoint, table, len(everyone), kept.patients, valued)
    return Followed(kept, valued, days, event, table, cautions)


def refuse_unseen(endpoint: Endpoint, records: Records, read: Assessed | None = None) -> None:
    """Refuse an endpoint that rests on assessments where the records hold none of anybody.

    Raises
    ------
    NotEstimableError
        There: everybody would be free of progression.
    """
    recorded = read is None or read.instead is None
    if recorded and endpoint.needs_assessments and records.table("assessments").is_empty():
        raise NotEstimableError(
            f"{endpoint.name}: the records hold no assessments, so nobody's progression can be known."
        )


def _nobody(endpoint: Endpoint, table: tuple[Decision, ...], kept: Cohort, groups: tuple[str, ...]) -> str:
    empty = [group for group in groups if group not in set(kept.patients["group"])]
    if not empty:
        return ""
    why = "; ".join(f"{line.role} {line.counts[-1]}, {line.what}" for line in without_value(table))
    return f"{endpoint.name}: nobody of {', '.join(empty)} has a value ({why})."


def _too_early(endpoint: Endpoint, patients: pl.DataFrame, times: pl.DataFrame) -> str:
    """Refuse a clock that starts before its patients entered the cohort: until then none of them could die."""
    early = int((times["start"] < patients["entry"]).sum())
    if endpoint.start == TIME_ZERO or not early:
        return ""
    return (
        f"{endpoint.name}: its clock, the {start_in_words(endpoint.start)}, starts before the patient entered the "
        f"cohort in {early} of {len(patients)} patients, who could not have died before; such times are not compared. "
        "Set the time zero of the study to that start, and ask only for what was known then."
    )


def _nobody_followed(endpoint: Endpoint) -> str:
    return (
        f"{endpoint.name}: every patient is censored at {start_in_words(endpoint.start)}, so nothing can be estimated; "
        "expected assessments, contacts or deaths after it. Check the dates of the records against it, and what "
        f"`sequela endpoints {endpoint.name.partition(' ')[0]}` asks of the records."
    )


def _cautions(
    endpoint: Endpoint, table: tuple[Decision, ...], total: int, patients: pl.DataFrame, times: pl.DataFrame
) -> tuple[str, ...]:
    """Say who was left out, whether the clock starts late, and what forbids a comparison."""
    left = [
        f"{line.counts[-1]} of {total} patients are left out: {line.role}, {line.what}."
        for line in without_value(table)
    ]
    later = int((times["start"] > patients["time_zero"]).sum())
    if later and endpoint.compares:
        left.append(
            f"The clock starts at the {start_in_words(endpoint.start)}, after time zero in {later} of {len(patients)} "
            "patients: groups are compared among those who lived to reach it."
        )
    refused = () if endpoint.compares else (endpoint.remark or "Groups are not compared on this endpoint.",)
    return (*left, *refused)
