"""When the clock starts, and whether anyone entered the study after it did.

A patient can only be in the cohort because something happened to him: a drug, a result,
the begin of observation. Where that lies after time zero he could not have died before
it, and a comparison of times from time zero counts this guaranteed time as survival
(Suissa 2008, doi:10.1093/aje/kwm324).
"""

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.study.grammar import Model, Received
from sequela.study.history import Context, accrual_days, courses_of, event_days
from sequela.study.phrases import Moment
from sequela.study.spec import Study

Answers = tuple[tuple[Model, pl.DataFrame], ...]
"""Criteria with what `evaluate` answered."""

_TABLE = {
    "first drug": "exposures",
    "start of line": "exposures",
    "metastatic diagnosis": "diagnoses",
    "primary diagnosis": "diagnoses",
    "first recurrence": "diagnoses",
    "first surgery": "procedures",
    "first progression": "assessments",
}


@frozen
class ClockGuard:
    """Whether the clock starts before the events that put the patients into the cohort.

    Attributes
    ----------
    late : int
        Patients whose last qualifying event lies after time zero; no comparison of times is
        valid unless it is 0.
    guaranteed_share : tuple of (str, float)
        Per group, the share of follow-up from time zero during which nobody could die.
    reason : str
        What is wrong and what to do; empty where `late` is 0.
    """

    late: int
    guaranteed_share: tuple[tuple[str, float], ...]
    reason: str


def candidates(study: Study, context: Context) -> pl.DataFrame:
    """Return whether each patient has a time zero, and when.

    Parameters
    ----------
    study : Study
    context : Context
        `at` lists every patient; its days are not used.

    Returns
    -------
    DataFrame
        patient_id, holds (null: not decidable, for want of a date, of the calendar, or of
        refused rows), day, row.
    """
    by_drug = study.time_zero.kind == "first drug"
    events = _first_in_accrual(study, context) if by_drug else event_days(study.time_zero, context)
    events = events.with_columns(pl.lit(value=True).alias("has"))
    found = context.at.select("patient_id").join(events, on="patient_id", how="left", maintain_order="left")
    found = found.join(accrual_days(context).drop("row"), on="patient_id", how="left", maintain_order="left")
    decided = pl.col("day").is_between("first", "last")
    # Whoever lost a row of the table may have lost his time zero with it.
    lost = pl.col("patient_id").is_in(context.lost(_TABLE[study.time_zero.kind]))
    holds = pl.when(pl.col("has")).then(decided).when(~lost).then(pl.lit(value=False))
    found = found.with_columns(holds.alias("holds"))
    return found.select("patient_id", "holds", pl.col("day").cast(pl.Int32), "row")


def _first_in_accrual(study: Study, context: Context) -> pl.DataFrame:
    """Return the first exposure to the drug that starts inside accrual, or else the first of all."""
    rows = courses_of(study.time_zero, context)
    rows = rows.select("patient_id", pl.col("start").alias("day"), pl.col("source").alias("row"))
    rows = rows.join(accrual_days(context).drop("row"), on="patient_id", how="inner")
    # Inside comes first, then an undated one, for it may be inside; without a window nothing is earlier than undated.
    undated, inside = pl.col("day").is_null(), pl.col("day").is_between("first", "last")
    order = pl.when(undated).then(1 if study.accrual else -1).when(inside).then(0).otherwise(2)
    rows = rows.with_columns(order.alias("order")).sort("patient_id", "order", "day", "row")
    first = rows.unique("patient_id", keep="first", maintain_order=True)
    return first.select("patient_id", "day", "row")


def guard_clock(
    study: Study,
    records: Records,
    patients: pl.DataFrame,
    groups: tuple[str, ...],
    of_population: Answers,
    of_groups: Answers,
) -> tuple[ClockGuard, pl.DataFrame]:
    """Compare time zero with the last event that each patient had to live to.

    Parameters
    ----------
    study : Study
    records : Records
    patients : DataFrame
        patient_id, time_zero, group.
    groups : tuple of str
        In the order of the study.
    of_population, of_groups : tuple of (criterion, DataFrame)
        Answers of `evaluate` for the criteria of the population and of the groups.

    Returns
    -------
    ClockGuard, DataFrame
        The guard, and per patient three days, time zero where nothing came later: `entry`, the last event he had to
        live to; `admitted`, the last one of the population or of observation; `group_known`, the last one of his group.
    """
    about = records.table("patients").select("patient_id", "observed_from", "last_contact", "death")
    days = patients.join(about.unique("patient_id"), on="patient_id", how="left", maintain_order="left")
    names = {"observed_from": None}
    for i, (criterion, answer) in enumerate((*of_population, *of_groups)):
        column = f"event{i}"
        names[column] = criterion  # type: ignore[assignment]
        events = answer.filter(pl.col("holds")).select("patient_id", pl.col("day").alias(column))
        days = days.join(events, on="patient_id", how="left", maintain_order="left")
    columns = list(names)
    of_group = columns[1 + len(of_population) :]
    days = days.with_columns(
        _latest(columns, "entry"),
        _latest([name for name in columns if name not in of_group], "admitted"),
        _latest(of_group, "group_known"),
    )
    entered = days.select("entry", "admitted", "group_known")
    late = {name: int((days[name] > days["time_zero"]).sum()) for name in names}
    number = int((days["entry"] > days["time_zero"]).sum())
    shares = _guaranteed(days, groups)
    if not number:
        return ClockGuard(0, shares, ""), entered
    worst = max(late, key=lambda name: late[name])
    reason = _reason(study, names[worst], f"in {number} of {len(days)} patients", shares)
    return ClockGuard(number, shares, reason), entered


def _latest(columns: list[str], name: str) -> pl.Expr:
    return pl.max_horizontal("time_zero", *columns).cast(pl.Int32).alias(name)


def _guaranteed(days: pl.DataFrame, groups: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    end = pl.coalesce("death", "last_contact")
    waited = pl.min_horizontal("entry", end) - pl.col("time_zero")
    sums = days.group_by("group").agg(
        waited.clip(lower_bound=0).sum().alias("waited"),
        (end - pl.col("time_zero")).clip(lower_bound=0).sum().alias("followed"),
    )
    share = {group: waited / followed if followed else 0.0 for group, waited, followed in sums.iter_rows()}
    return tuple((group, share[group]) for group in groups)


def _reason(study: Study, criterion: Model | None, whom: str, shares: tuple[tuple[str, float], ...]) -> str:
    event, remedy = _event(study, criterion)
    parts = [f"{share:.0%} of the follow-up of {group}" for group, share in shares]
    guaranteed = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    verb = "were" if len(parts) > 1 else "was"
    return (
        f"{event}, which defines cohort entry, lies after time zero ({study.time_zero}) {whom}; "
        f"{guaranteed} {verb} guaranteed (no death possible). "
        f"A comparison from {study.time_zero} is not valid. {remedy}"
    )


def _event(study: Study, criterion: Model | None) -> tuple[str, str]:
    if criterion is None:
        return "The first day under observation", "Add 'observed at time zero' to the population."
    in_population = criterion in study.population
    if isinstance(criterion, Received) and in_population and len(criterion.received) == 1:
        first = Moment("first drug", drug=criterion.received[0])
        return f"First {first.drug}", f"Set 'time_zero: {first}'."
    where = "population" if in_population else "groups"
    remedy = f"Ask in the {where} only for what was known at time zero, or start the clock later."
    return f"What decides '{criterion}'", remedy
