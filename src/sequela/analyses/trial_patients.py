"""Patients of a target trial as the records hold them: followed how long, started the drug when, had it before."""

import numpy as np
import polars as pl

from sequela.analyses.follow import refuse_unseen
from sequela.analyses.wording import listed
from sequela.derive.administrations import administrations
from sequela.derive.baseline import Definitions, covariate_named
from sequela.derive.endpoint_parts import TIME_ZERO
from sequela.derive.endpoint_times import time_to_event
from sequela.derive.endpoints import Endpoint
from sequela.derive.sequences import is_given
from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.drugs import DrugVocabulary
from sequela.study.cohort import Cohort


@frozen
class TrialPatients:
    """Everyone of the cohort, one entry each; days count from time zero.

    Attributes
    ----------
    at : DataFrame
        patient_id, day of time zero.
    time : float array, shape (n,)
        To the event or the end of follow-up; nan where there is none.
    event : bool array
    started : float array
        First administration of the drug from time zero on; inf where it is after `time` or never.
    had_it : bool array
        Had the drug before time zero, or on an unknown day.
    whole : bool array
        Followed beyond time zero, without a hole in the record of drugs.
    """

    at: pl.DataFrame
    time: np.ndarray
    event: np.ndarray
    started: np.ndarray
    had_it: np.ndarray
    whole: np.ndarray


def check_clock(cohort: Cohort, endpoint: Endpoint, asked: str) -> None:
    """Refuse a trial whose clock starts before the cohort's entry, or an endpoint that is not counted from it.

    Raises
    ------
    NotEstimableError
        There.
    """
    if cohort.guard.late:
        raise NotEstimableError(Problem("target_trial", cohort.guard.reason))
    if endpoint.start != TIME_ZERO:
        found = f"the clock of {asked} does not start at time zero"
        raise NotEstimableError(Problem("target_trial: endpoint", found, "an endpoint counted from time zero"))


def trial_patients(
    drug: str, cohort: Cohort, records: Records, endpoint: Endpoint, definitions: Definitions
) -> TrialPatients:
    """Return how long each patient is followed and when she started the drug.

    Raises
    ------
    NotEstimableError
        Where the endpoint rests on assessments and the records hold none.
    """
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    refuse_unseen(endpoint, records)
    times = time_to_event(records, at, endpoint, definitions.line_rules)
    given = administrations(records).filter(is_given(drug)).join(at, on="patient_id", how="inner")
    had = given.filter(pl.col("start").is_null() | (pl.col("start") < pl.col("day")))["patient_id"].unique()
    began = given.filter(pl.col("start") >= pl.col("day")).group_by("patient_id").agg(pl.col("start").min())
    joined = at.join(began, on="patient_id", how="left", maintain_order="left")
    started = (joined["start"] - joined["day"]).cast(pl.Float64).fill_null(np.inf).to_numpy()
    time = times["days"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    event = times["event"].fill_null(value=False).to_numpy()
    had_it = at["patient_id"].is_in(had.to_list()).to_numpy()
    hole = at["patient_id"].is_in(records.incomplete_patients("exposures").to_list()).to_numpy()
    return TrialPatients(at, time, event, np.where(started <= time, started, np.inf), had_it, ~hole & (time > 0))


def unexplained(names: tuple[str, ...], labels: tuple[str, ...], drugs: DrugVocabulary) -> tuple[str, ...]:
    """Return cautions where covariates that were asked for explain nothing; `labels` are of those that were used."""
    asked = [covariate.label for name in names if (covariate := covariate_named(name, drugs))]
    left = [label.lower() for label in asked if label not in labels]
    found = []
    if left:
        found.append(f"Asked for and not used, because it is the same in everybody or known of nobody: {listed(left)}.")
    if not labels:
        found.append("No covariate explains who starts: the strategies are compared as if that were chance.")
    return tuple(found)
