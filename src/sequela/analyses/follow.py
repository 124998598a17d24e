"""The patients of a study who have a value of an endpoint, their times, and who was left out of it and why."""

from dataclasses import replace

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
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.study.cohort import Cohort


def notes(endpoint: Endpoint) -> tuple[str, ...]:
    """Return what an endpoint means, what a reader must know of it, and where it comes from."""
    return (endpoint.meaning, *((endpoint.remark,) if endpoint.remark else ()), f"Source: {endpoint.reference}.")


@frozen
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
    entry : float array, shape (n,), or None
        Days from the start of the endpoint to the day each patient came into the cohort; None where everyone is at
        risk from the start.
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
    entry: np.ndarray | None = None


def ended(
    cohort: Cohort, records: Records, endpoint: Endpoint, rules: LineRules, read: Assessed | None = None
) -> tuple[pl.DataFrame, tuple[Decision, ...]]:
    """Return the times of all patients of a study (see `time_to_event`), and how many each rule ended in each group."""
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    times = time_to_event(records, at, endpoint, rules, None if read is None else read.instead)
    return times, decisions(endpoint, times, cohort.patients["group"], cohort.groups)


def follow(
    cohort: Cohort,
    records: Records,
    endpoint: Endpoint,
    rules: LineRules,
    read: Assessed | None = None,
    *,
    delayed: bool = False,
) -> Followed:
    """Return the times of a study's patients to an endpoint.

    With `delayed` a patient is at risk only after the day he came into the cohort; who had the event, or was followed
    no longer, by then is left out and counted.

    Raises
    ------
    NotEstimableError
        Where the endpoint rests on assessments and the records hold none, nobody has a value, everyone is censored
        at the start, a group is empty, or the endpoint's clock starts before its patients entered the cohort; with
        delayed entry instead of the last, where a group was decided after entry.
    """
    refuse_unseen(endpoint, records, read)
    everyone = cohort.patients
    times, table = ended(cohort, records, endpoint, rules, read)
    known = times["days"].is_not_null()
    kept = replace(cohort, patients=everyone.filter(known))
    valued = times.filter(known)
    refusal = (
        _nobody(endpoint, table, kept, cohort.groups)
        or (_grouped_late(endpoint, kept) if delayed else _too_early(endpoint, kept.patients, valued))
        or ("" if (valued["days"] > 0).any() else _nobody_followed(endpoint))
    )
    if refusal:
        raise NotEstimableError(refusal)
    days, event = valued["days"].to_numpy().astype(float), valued["event"].to_numpy()
    cautions = _cautions(endpoint, table, len(everyone), kept.patients, valued)
    followed = Followed(kept, valued, days, event, table, cautions)
    return with_delayed_entry(followed, endpoint) if delayed else followed


def with_delayed_entry(followed: Followed, endpoint: Endpoint) -> Followed:
    """Return the patients at risk after the day they came into the cohort; all of them where none came late.

    Raises
    ------
    NotEstimableError
        Where nobody of a group was followed beyond that day.
    """
    cohort = followed.cohort
    entry = (cohort.patients["admitted"] - followed.times["start"]).to_numpy().astype(float).clip(min=0)
    if not entry.any():
        return followed
    kept = followed.days > entry
    patients, rows = cohort.patients.filter(kept), followed.times.filter(kept)
    if empty := [group for group in cohort.groups if group not in set(patients["group"])]:
        raise NotEstimableError(f"{endpoint.name}: nobody of {', '.join(empty)} was followed beyond entry.")
    late = int((entry > 0).sum())
    said = f"{late} of {kept.size} patients came into the cohort after their clock had started: at risk from then on."
    cautions = (said, *_ended_before_entry(kept, followed), *followed.cautions)
    return replace(
        followed,
        cohort=replace(cohort, patients=patients),
        times=rows,
        days=followed.days[kept],
        event=followed.event[kept],
        entry=entry[kept],
        cautions=cautions,
    )


def _ended_before_entry(kept: np.ndarray, followed: Followed) -> tuple[str, ...]:
    if kept.all():
        return ()
    gone = int((~kept).sum())
    return (
        f"{gone} of {kept.size} patients were followed no longer than to the day they came into the cohort and are "
        f"left out, {int((followed.event & ~kept).sum())} of them with the event.",
    )


def _grouped_late(endpoint: Endpoint, kept: Cohort) -> str:
    """Refuse groups that were decided after entry: who was to be in them could not have the event before."""
    late = kept.groups_known_late
    if not late:
        return ""
    return (
        f"{endpoint.name}: {late} of {len(kept.patients)} patients were put into their group only after they had come "
        "into the cohort; delayed entry makes up for a late entry, not for a group decided later. Ask in the groups "
        "only for what was known at entry, or for a 'target_trial'."
    )


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
