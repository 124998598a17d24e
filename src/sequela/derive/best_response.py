"""Best overall response from a series of time-point responses, unconfirmed or confirmed.

The parameters are those of the specification that the R package admiralonco publishes
(`derive_param_confirmed_bor`); their names there stand in `ResponseRules`. The table of
confirmed responses is table 3 of RECIST 1.1, doi:10.1016/j.ejca.2008.10.026.
"""

from typing import Literal

import numpy as np
import polars as pl

from sequela.derive.recist_rules import EISENHAUER, NON
from sequela.frozen import frozen

ORDER = ("CR", "PR", "SD", NON, "PD", "NE")
"""From best to worst; NE is also what a patient without an assessment gets."""

NOT_DONE, MISSING = "ND", "MISSING"
WORST_LAST = ("ND", "NE", "CR", "PR", "SD", NON, "PD")
"""Of several responses on one day the last of these counts."""

AS_RECORDED, AS_PROGRESSION, AS_PARTIAL = "as recorded", "as progression", "as partial"
Reading = Literal["as recorded", "as progression", "as partial"]
READINGS: dict[str, str] = {
    AS_RECORDED: "the partial response confirms nothing, and both count as stable disease",
    AS_PROGRESSION: "the disease had disappeared and is there again: the later partial response is progression",
    AS_PARTIAL: "small lesions had been overlooked: the complete response was a partial one",
}
"""What a partial response after a complete one means; RECIST 1.1 allows the last two, admiralonco takes the first."""


@frozen
class ResponseRules:
    """The adjustable numbers of best response.

    Attributes
    ----------
    stable_days : int
        Days from time zero before which stable disease is not evaluable (ref_start_window).
    control_months : float
        Months of 30.4375 days that stable disease must exceed to count as disease control; 0 for any stable disease.
    benefit_weeks : float
        Weeks that stable disease must last at least to count as clinical benefit.
    confirmed : bool
        Whether complete and partial response need a second assessment.
    confirmation_days : int
        Days between the two at least (ref_confirm).
    not_evaluable_between : int
        Assessments that were not evaluable and may lie between the two (max_nr_ne).
    stable_between : bool
        Whether one assessment of stable disease may lie between two of partial response (accept_sd).
    missing_as_not_evaluable : bool
        Whether a patient without an assessment is NE; MISSING otherwise (missing_as_ne).
    complete_then_partial : str
        One of `READINGS`.
    citation : str
    """

    stable_days: int = 42
    control_months: float = 0.0
    benefit_weeks: float = 24.0
    confirmed: bool = False
    confirmation_days: int = 28
    not_evaluable_between: int = 1
    stable_between: bool = False
    missing_as_not_evaluable: bool = True
    complete_then_partial: Reading = "as recorded"
    citation: str = EISENHAUER


RECIST = ResponseRules()


def series(assessments: pl.DataFrame, rules: ResponseRules = RECIST) -> pl.DataFrame:
    """Return one response per patient and day, up to the first progression, a CR then PR read as the rules say.

    Parameters
    ----------
    assessments : DataFrame
        patient_id, day (Int32), response (one of `WORST_LAST`), row (String).

    Returns
    -------
    DataFrame
        The same columns, sorted by patient and day, and disputed (Boolean): whether a partial
        response follows a complete one before progression.
    """
    rank = pl.col("response").replace_strict({name: i for i, name in enumerate(WORST_LAST)}, return_dtype=pl.Int32)
    rows = assessments.filter(pl.col("response").is_not_null()).select("patient_id", "day", "response", "row")
    rows = rows.with_columns(rank.alias("rank")).sort(
        "patient_id", "day", "rank", "row", descending=[False, False, True, False]
    )
    rows = rows.unique(("patient_id", "day"), keep="first", maintain_order=True).drop("rank")
    rows = _until_progression(rows)
    complete, partial = pl.col("response") == "CR", pl.col("response") == "PR"
    after = (complete.cum_max().over("patient_id") & partial).alias("after_complete")
    rows = rows.with_columns(after).with_columns(pl.col("after_complete").any().over("patient_id").alias("disputed"))
    if rules.complete_then_partial == AS_PROGRESSION:
        changed = pl.when("after_complete").then(pl.lit("PD")).otherwise("response").alias("response")
        rows = _until_progression(rows.with_columns(changed))
    elif rules.complete_then_partial == AS_PARTIAL:
        last = pl.col("day").filter(pl.col("after_complete")).max().over("patient_id")
        overlooked = (complete & (pl.col("day") < last)).fill_null(value=False)
        rows = rows.with_columns(pl.when(overlooked).then(pl.lit("PR")).otherwise("response").alias("response"))
    return rows.select("patient_id", "day", "response", "row", "disputed")


def _until_progression(rows: pl.DataFrame) -> pl.DataFrame:
    progressed = (pl.col("response") == "PD").cum_sum().over("patient_id")
    return rows.filter((progressed == 0) | ((progressed == 1) & (pl.col("response") == "PD")))


def best_overall(assessments: pl.DataFrame, at: pl.DataFrame, rules: ResponseRules = RECIST) -> pl.DataFrame:
    """Return each patient's best overall response.

    Parameters
    ----------
    assessments : DataFrame
        As for `series`; only those of the treatment, the caller sees to that.
    at : DataFrame
        patient_id, day of time zero.

    Returns
    -------
    DataFrame
        patient_id, best (one of `ORDER`, ND or MISSING), day, row (of the assessment that
        decided, the earliest where several are equal), disputed.
    """
    rows = series(assessments, rules).join(at.rename({"day": "zero"}), on="patient_id", how="inner")
    rows = rows.sort("patient_id", "day")
    first = pick(rows.with_columns(candidates(rows, rules).alias("best")))
    result = at.select("patient_id").join(first, on="patient_id", how="left", maintain_order="left")
    missing = "NE" if rules.missing_as_not_evaluable else MISSING
    return result.select(
        "patient_id", pl.col("best").fill_null(missing), "day", "row", pl.col("disputed").fill_null(value=False)
    )


def pick(rows: pl.DataFrame) -> pl.DataFrame:
    """Return of each patient's assessments the best, the earliest where several are equal.

    Parameters
    ----------
    rows : DataFrame
        patient_id, day, best (what the assessment counts as), row, disputed.
    """
    order = {name: i for i, name in enumerate((*ORDER, NOT_DONE))}
    rank = pl.col("best").replace_strict(order, return_dtype=pl.Int32).alias("rank")
    ranked = rows.with_columns(rank).sort("patient_id", "rank", "day")
    first = ranked.group_by("patient_id", maintain_order=True).first()
    return first.select("patient_id", "best", "day", "row", "disputed")


def candidates(rows: pl.DataFrame, rules: ResponseRules) -> pl.Series:
    """Return what each assessment of a sorted series counts as for the best response.

    Parameters
    ----------
    rows : DataFrame
        patient_id, day, response, zero; sorted by patient and day.
    """
    late = (pl.col("day") - pl.col("zero")) >= rules.stable_days
    response = pl.col("response")
    held = pl.Series(confirmations(rows, rules) >= 0) if rules.confirmed else pl.lit(value=True)
    counted = (
        pl.when(response.is_in(["CR", "PR"]) & held)
        .then(response)
        .when(response.is_in(["CR", "PR", "SD"]))
        .then(pl.when(late).then(pl.lit("SD")).otherwise(pl.lit("NE")))
        .when((response == NON) & ~late)
        .then(pl.lit("NE"))
        .otherwise(response)
    )
    return rows.select(counted.alias("best")).to_series()


def confirmations(rows: pl.DataFrame, rules: ResponseRules) -> np.ndarray:
    """Return for each assessment the position of the one that confirms it, -1 where none does.

    A complete response needs another one, with nothing but CR and NE between; a partial
    response needs a CR or PR, with no PR after a CR between.

    Parameters
    ----------
    rows : DataFrame
        patient_id, day, response; sorted by patient and day, one row per patient and day.
    """
    response = rows["response"].to_numpy()
    if not len(response):
        return np.zeros(0, dtype=np.int64)
    patient = rows["patient_id"].rle_id().to_numpy().astype(np.int64)
    day = rows["day"].to_numpy().astype(np.int64)
    is_cr, is_pr = response == "CR", response == "PR"
    for_cr = _next(patient, day, is_cr, rules.confirmation_days)
    for_pr = _next(patient, day, is_cr | is_pr, rules.confirmation_days)
    few = {"NE": rules.not_evaluable_between}
    cr_held = _allowed(response, for_cr, ("CR", "NE"), few)
    pr_held = _allowed(response, for_pr, ("CR", "PR", "SD", "NE"), {**few, "SD": int(rules.stable_between)})
    pr_held &= ~_partial_after_complete(is_cr, is_pr, for_pr)
    return np.where(is_cr & cr_held, for_cr, np.where(is_pr & pr_held, for_pr, -1))


def _next(patient: np.ndarray, day: np.ndarray, among: np.ndarray, distance: int) -> np.ndarray:
    """Return the position of the first marked row at least so many days later in the same patient, else -1."""
    places = np.append(np.flatnonzero(among), -1)
    key = patient * (int(day.max() - day.min()) + distance + 1) + day - day.min()
    found = np.searchsorted(key[places[:-1]], key + distance)
    # With a distance of no day the row itself is no second assessment.
    found += places[found] == np.arange(len(key))
    place = places[found]
    return np.where((place >= 0) & (patient[place] == patient), place, -1)


def _allowed(response: np.ndarray, place: np.ndarray, known: tuple[str, ...], most: dict[str, int]) -> np.ndarray:
    """Return whether between each row and its partner there is nothing unknown and not too much of anything."""
    held = place >= 0
    held &= _between(~np.isin(response, known), place) == 0
    for name, number in most.items():
        held &= _between(response == name, place) <= number
    return held


def _between(marked: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Count the marked rows after each row up to its partner."""
    running = np.cumsum(marked)
    return np.where(place >= 0, running[place] - running, 0)


def _partial_after_complete(is_cr: np.ndarray, is_pr: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return whether a partial response follows a complete one between each row and its partner."""
    later_cr = np.append(np.flatnonzero(is_cr), len(is_cr))
    first_cr = later_cr[np.searchsorted(later_cr, np.arange(len(is_cr)), side="right")]
    inside = first_cr < place
    running = np.cumsum(is_pr)
    return inside & (running[np.maximum(place, 0)] - running[np.minimum(first_cr, len(is_cr) - 1)] > 0)
