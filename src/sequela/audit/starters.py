"""Everybody who began a first line: who of them reached the later drug, when, and who never did."""

import numpy as np
import polars as pl

from sequela.audit.calendar_remedies import drugs_of_the_groups
from sequela.audit.material import Material, found_once
from sequela.audit.thresholds import STARTERS
from sequela.audit.waiting import waiting
from sequela.derive.administrations import administrations
from sequela.derive.lines import columns_of_lines
from sequela.derive.sequences import is_given
from sequela.frozen import frozen
from sequela.records.dates import EPOCH
from sequela.study.criteria import evaluate
from sequela.study.grammar import Age, Biomarker, Metastatic, Model, Received, Sex, leaves
from sequela.study.history import histories

_AT_ANY_TIME = (Age, Biomarker, Metastatic, Sex)


@frozen
class Starters:
    """Patients who began a first line and could reach the later drug afterwards, one entry each, by patient.

    Attributes
    ----------
    patients : DataFrame
        patient_id, time_zero (day of the first line), group (name of the group with the earlier drug where the first
        line held it, of the other where not).
    began : float array, shape (n,)
        Calendar day of the first line, counted from 1970-01-01.
    opened, time, closed : float array, shape (n,)
        Days from the first line until the later drug could be had, until it was reached (else until the patient was
        lost, else until the close), and until the close of the records. Who died stays until the close.
    came : bool array, shape (n,)
    drug, later : str
    criteria : tuple of str
        Of the study's population, those that were asked on the day of the first line.
    """

    patients: pl.DataFrame
    began: np.ndarray
    opened: np.ndarray
    time: np.ndarray
    closed: np.ndarray
    came: np.ndarray
    drug: str
    later: str
    criteria: tuple[str, ...]


@found_once
def starters(data: Material) -> Starters | str:
    """Find everybody who began a first line, or say why they cannot be counted."""
    later, drugs = data.result.study.time_zero.drug, drugs_of_the_groups(data)
    if len(data.groups) != 2 or len(drugs) != 1 or not later:
        return "the groups are not those with and without one drug before the first of another"
    close = waiting(data).closed
    if not np.isfinite(close):
        return "there are no calendar dates"
    if data.result.records.table("patients").height > STARTERS.value:
        return f"beyond {STARTERS.value:,.0f} patients it is not computed in every run"
    reached = _reached(data, later)
    nobody_else = f"the records hold only patients who reached {later}"
    if reached.height == data.result.records.table("patients")["patient_id"].n_unique():
        return nobody_else
    table = _table(data, drugs[0], reached)
    table = table.filter(
        (pl.col("reached").is_null() | (pl.col("reached") > pl.col("start"))) & pl.col("origin").is_not_null()
    )
    rules = tuple(rule for rule in data.result.study.population if _asked_of_everybody(data, rule, later))
    table = _who_meets(data, table, rules)
    if table.is_empty() or table["reached"].is_not_null().all():
        return nobody_else
    return _in_arrays(data, table, close, drugs[0], later, tuple(str(rule) for rule in rules))


def _reached(data: Material, later: str) -> pl.DataFrame:
    """Return patient_id and reached, the first day of the later drug."""
    given = administrations(data.result.records).filter(pl.col("start").is_not_null() & given_any_of(data, later))
    return given.group_by("patient_id").agg(pl.col("start").min().alias("reached"))


def _table(data: Material, drug: str, reached: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id, start (of the first line), holds (the drug), reached, last (seen), died, origin."""
    records, rules = data.result.records, data.result.definitions.line_rules
    lines = columns_of_lines(records, rules, "patient_id", "line", "start", "ingredients")
    lines = lines.filter((pl.col("line") == 1) & pl.col("start").is_not_null()).unique("patient_id", keep="first")
    names = list(records.drugs.resolve(drug) or (drug,))
    holds = pl.col("ingredients").list.set_intersection(names).list.len() > 0
    people = (
        records.table("patients")
        .unique("patient_id", keep="first")
        .select(
            "patient_id",
            pl.coalesce("death", "last_contact").alias("last"),
            pl.col("death").is_not_null().alias("died"),
            (pl.col("origin_date") - EPOCH).dt.total_days().alias("origin"),
        )
    )
    found = lines.select("patient_id", "start", holds.alias("holds")).join(reached, on="patient_id", how="left")
    return found.join(people, on="patient_id", how="inner").sort("patient_id")


def given_any_of(data: Material, name: str) -> pl.Expr:
    """Return whether a row is of a drug, whatever its name in the study file, or of a class."""
    return pl.any_horizontal(is_given(drug) for drug in (data.result.records.drugs.resolve(name) or (name,)))


def _asked_of_everybody(data: Material, criterion: Model, later: str) -> bool:
    """Return whether a criterion can be asked of everybody on the day of the first line."""
    return all(_holds_earlier(data, part, later) for part, _ in leaves(criterion))


def _holds_earlier(data: Material, part: Model, later: str) -> bool:
    if not isinstance(part, Received):
        return isinstance(part, _AT_ANY_TIME)
    resolve = data.result.records.drugs.resolve
    drugs = {name for drug in part.received for name in (resolve(drug) or (drug,))}
    apart = drugs.isdisjoint(resolve(later) or (later,))
    return apart and part.line is None and part.within is None and part.after is None


def _who_meets(data: Material, table: pl.DataFrame, rules: tuple[Model, ...]) -> pl.DataFrame:
    """Keep who meets the criteria on the day after the first line began, so that its drugs count as received."""
    if not rules:
        return table
    at = table.select("patient_id", (pl.col("start") + 1).cast(pl.Int32).alias("day"))
    context = histories(data.result.study, data.result.records, at)
    for rule in rules:
        kept = evaluate(rule, context.asking(at)).filter(pl.col("holds"))
        at = at.join(kept.select("patient_id"), on="patient_id", how="semi", maintain_order="left")
    return table.join(at.select("patient_id"), on="patient_id", how="semi", maintain_order="left")


def _in_arrays(
    data: Material, table: pl.DataFrame, close: float, drug: str, later: str, criteria: tuple[str, ...]
) -> Starters:
    names = [name for name, rule in data.result.study.groups.items() if isinstance(rule, Received)]
    with_it = names[0]
    without = next(name for name in data.groups if name != with_it)
    group = pl.when("holds").then(pl.lit(with_it)).otherwise(pl.lit(without)).alias("group")
    start, origin, last = (
        table[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in ("start", "origin", "last")
    )
    reached = table["reached"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    came, began = np.isfinite(reached), origin + start
    closed = np.maximum(close - began, 0)
    lost = np.where(table["died"].to_numpy() | ~np.isfinite(last), closed, np.clip(last - start, 0, closed))
    first = data.result.study.availability.get(later)
    day = (first - EPOCH).days if first else (origin + reached)[came].min()
    opened = np.maximum(day - 1 - began, 0)
    time = np.where(came, reached - start, lost)
    patients = table.select("patient_id", pl.col("start").alias("time_zero"), group)
    return Starters(patients, began, opened, time, closed, came, drug, later, criteria)
