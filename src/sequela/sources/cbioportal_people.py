"""The patients of a study: who they are, from when to when they were observed, and whether they died."""

from collections.abc import Sequence

import polars as pl

from sequela.frozen import frozen
from sequela.sources.cbioportal_clock import Clock, days, days_per_month, numbers, uncertainty
from sequela.sources.cbioportal_entries import CLINICAL_FIELDS, Entries, looked_up
from sequela.sources.cbioportal_roles import MARKERS, Sorted

DAYS_PER_YEAR = 365.25
CONTRADICTED, AGREEING, FEWEST = 0.2, 0.05, 20
"""Shares of the deceased with later records that condemn and acquit a day 0 of the survival; fewest deceased judged."""

PERSONAL = tuple(
    name for name in CLINICAL_FIELDS if name not in (*MARKERS, "patient", "sample", "unused", "sample type")
)

Notice = tuple[str, str, int, str]
"""Column, meaning, patients, remedy."""


@frozen
class People:
    """The candidates of the table patients and what was settled on the way.

    Attributes
    ----------
    frame : DataFrame
        file, row, patient_id, sex, age, birth, centre, observed_from, last_contact, death (Int32 days
        or null), stage, m_stage, histology, primary (organs of primary tumours, by spaces).
    notices : tuple of (str, str, int, str)
        Column, meaning, number of patients, remedy.
    decisions : tuple of str
    """

    frame: pl.DataFrame
    notices: tuple[Notice, ...]
    decisions: tuple[str, ...]


def gather(clinical: Sequence[Sorted]) -> tuple[pl.DataFrame, list[Notice]]:
    """Return one row per patient row: file, row, patient_id and the fields of `PERSONAL` as text.

    The file of patients gives the rows; what other clinical files say of a patient fills the gaps
    where they agree. Patients of whom only another file knows are taken from its first row.
    """
    ordered = sorted(clinical, key=lambda file: (_by_sample(file), "patient" not in file.file.name.lower()))
    frames = [_personal(file) for file in ordered]
    rows, seen = [], pl.Series([], dtype=pl.String)
    for file, frame in zip(ordered, frames, strict=True):
        own = frame.filter(~pl.col("patient_id").is_in(seen.implode()) | pl.col("patient_id").is_null())
        if _by_sample(file) or len(seen):
            own = own.unique("patient_id", keep="first", maintain_order=True).drop_nulls("patient_id")
        rows.append(own)
        seen = pl.concat([seen, frame["patient_id"].drop_nulls()]).unique()
    agreed, torn = _agreed(frames)
    gathered = pl.concat(rows).join(agreed, on="patient_id", how="left", suffix="+", maintain_order="left")
    filled = [pl.coalesce(name, f"{name}+").alias(name) for name in PERSONAL]
    meaning = "what the clinical files say of a patient contradicts itself; it was left empty"
    notices = [(name, meaning, count, "Correct the files.") for name, count in torn.items() if count]
    return gathered.with_columns(filled).drop([f"{name}+" for name in PERSONAL]), notices


def _by_sample(file: Sorted) -> bool:
    return bool(file.frame["sample."].is_not_null().any())


def _personal(file: Sorted) -> pl.DataFrame:
    return file.frame.select(
        pl.lit(file.file.name).alias("file"),
        "row",
        pl.col("patient.").alias("patient_id"),
        *(pl.col(f"{name}.").alias(name) for name in PERSONAL),
    )


def _agreed(frames: Sequence[pl.DataFrame]) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return what all files say of a patient where they say one thing, and how many are contradicted."""
    sites = ("primary site", "cancer type", "metastatic site")
    stacked = pl.concat(frames).drop_nulls("patient_id").group_by("patient_id")
    # A patient sequenced twice has two ages at sequencing; the first counts.
    first = pl.col("age at sequencing").sort_by(numbers("age at sequencing"), nulls_last=True).first().implode()
    said = [pl.col(name).drop_nulls().unique().alias(name) for name in PERSONAL if name != "age at sequencing"]
    agreed = stacked.agg(*said, first.list.drop_nulls().alias("age at sequencing"))
    torn = {name: int((agreed[name].list.len() > 1).sum()) for name in PERSONAL if name not in sites}
    single = [
        pl.col(name).list.sort().list.join("|").replace("", None).alias(name)
        if name in sites
        else pl.when(pl.col(name).list.len() == 1).then(pl.col(name).list.first()).alias(name)
        for name in PERSONAL
    ]
    return agreed.with_columns(single), torn


def describe(gathered: pl.DataFrame, entries: Entries, clock: Clock, later: pl.DataFrame) -> People:
    """Turn what was gathered into days and ages.

    `later` holds per patient `followed`, the last day of a follow-up, `recorded`, the last day of any other record,
    `deceased`, whether a timeline has his death, and `died`, the day of it.
    """
    frame = gathered.with_columns(status=_status(gathered["vital status"], entries)).join(
        later, on="patient_id", how="left", maintain_order="left"
    )
    frame = frame.with_columns(
        status=pl.when(~pl.col("deceased").fill_null(value=False))
        .then("status")
        .when(pl.col("status") == "alive")
        .then(pl.lit("torn"))
        .otherwise(pl.coalesce("status", pl.lit("dead")))
    )
    for name, days_of in (("sequenced", clock.sequenced), ("diagnosed", clock.diagnosed)):
        first = days_of.rename({"day": name})
        frame = frame.join(first, on="patient_id", how="left", maintain_order="left")
    frame, decisions = _survival(frame)
    frame, notices = _ends(frame)
    frame, more = _entry(frame, clock)
    sex = looked_up(frame["sex"], entries.meanings("sex"))
    odd_sex = int((sex.is_null() & frame["sex"].is_not_null()).sum())
    odd_age = int(frame.select((_age_text().is_not_null() & _age(clock).is_null()).sum()).item())
    notices += [
        *more,
        ("sex", "a sex that is neither female nor male was left empty", odd_sex, ""),
        ("age_at_origin", "an age that is no number was left empty", odd_age, "Such as >89."),
    ]
    birth = days("birth day") if clock.anchor == "diagnosis" else pl.lit(None, pl.Int32)
    described = frame.with_columns(age=_age(clock), birth=birth).with_columns(sex.alias("sex"))
    return People(described, tuple(notice for notice in notices if notice[2]), tuple(decisions))


def _status(written: pl.Series, entries: Entries) -> pl.Series:
    """Return alive, dead, torn (one column says one, another the other) or null."""
    meanings = entries.meanings("alive")
    known = {}
    for text in written.drop_nulls().unique():
        said = {looked_up(pl.Series([part], dtype=pl.String), meanings)[0] for part in text.split("|")} - {None}
        known[text] = next(iter(said)) if len(said) == 1 else ("torn" if said else None)
    return written.replace_strict(known, default=None, return_dtype=pl.String)


def _survival(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Add `observed`, the day to which the survival lasts, and `give`, by how many days it may be off."""
    factor, exact = days_per_month(frame["survival months"])
    given = int(frame["survival months"].is_not_null().sum())
    give = {text: uncertainty(text, exact) for text in frame["survival months"].drop_nulls().unique()}
    months = numbers("survival months")
    observed = pl.coalesce(days("survival days"), (months * factor).round().cast(pl.Int32))
    frame = frame.with_columns(
        observed=observed,
        give=pl.col("survival months").replace_strict(give, default=0, return_dtype=pl.Int32).fill_null(0),
    )
    decisions = []
    if given:
        how = "as the months themselves show" if exact else "which the months do not show: a day may be off by some"
        decisions.append(f"Months became days for {given} patients, {factor:.6g} days a month, {how}.")
    origin, sentence = _survival_origin(frame)
    return frame.with_columns(pl.col("observed") + origin), decisions + sentence


def _survival_origin(frame: pl.DataFrame) -> tuple[pl.Expr, list[str]]:
    """Return what to add to the survival so that it counts from day 0."""
    zero = pl.lit(0, pl.Int32)
    dead = frame.filter(pl.col("status") == "dead", pl.col("observed").is_not_null(), pl.col("recorded").is_not_null())
    if dead.height < FEWEST:
        return zero, []
    known = {"day 0": zero, "the first sequencing": pl.col("sequenced"), "the first diagnosis": pl.col("diagnosed")}
    late = {name: _late(dead, origin) for name, origin in known.items()}
    if late["day 0"] <= CONTRADICTED:
        return zero, []
    best = min(late, key=lambda name: late[name])
    said = f"{late['day 0']:.0%} of the deceased have records after a death counted from day 0"
    if late[best] > AGREEING:
        return zero, [f"The survival was counted from day 0, although {said}; it may count from another day."]
    return known[best].fill_null(0), [f"The survival counts from {best}: {said}, {late[best]:.0%} counted from there."]


def _late(dead: pl.DataFrame, origin: pl.Expr) -> float:
    judged = dead.select(late=pl.col("recorded") > pl.col("observed") + origin + pl.col("give")).drop_nulls()
    return int(judged["late"].sum()) / judged.height if judged.height >= FEWEST else 1.0


def _ends(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Notice]]:
    """Add `death` and `last_contact`; whose status is unknown or torn lives on no assumption."""
    status, seen = pl.col("status"), days("last contact day")
    died = pl.coalesce(days("death day"), "died")
    torn = ((status == "torn") | ((status == "alive") & died.is_not_null())).fill_null(value=False)
    dead = ((status == "dead") | (status.is_null() & died.is_not_null())).fill_null(value=False) & ~torn
    converted = pl.when(dead & died.is_null()).then("observed")
    # A record a day or two after a death counted from months is the rounding of the months.
    rounded = converted.is_not_null() & (pl.col("recorded") - converted).is_between(1, pl.col("give"))
    death = pl.when(rounded).then("recorded").when(dead).then(pl.coalesce(died, "observed"))
    alive = (status == "alive") & ~torn
    contact = (
        pl.when(alive)
        .then(pl.max_horizontal(seen, "observed", "followed"))
        .when(status.is_null() & ~dead)
        .then(pl.max_horizontal(seen, "followed"))
        .when(dead & death.is_not_null())
        .then(seen)
    )
    frame = frame.with_columns(
        death=death, last_contact=contact, torn=torn, rounded=rounded.fill_null(value=False), seen=seen
    )
    apart = (pl.col("status") == "alive") & ((pl.col("observed") - pl.col("seen")).abs() > 1)
    counts = frame.select(
        torn=pl.col("torn").sum(), rounded=pl.col("rounded").sum(), apart=apart.fill_null(value=False).sum()
    ).row(0, named=True)
    notices = [
        ("death", "alive by one column and dead by another; neither was taken", counts["torn"], "Correct the status."),
        ("death", "a death counted from months was moved to a record within its rounding", counts["rounded"], ""),
        ("last_contact", "two columns give two last contacts; the later was taken", counts["apart"], ""),
    ]
    return frame, notices


def _entry(frame: pl.DataFrame, clock: Clock) -> tuple[pl.DataFrame, list[Notice]]:
    """Add `observed_from`: the first sequencing, which a patient must live to see."""
    entered = pl.col("sequenced")
    if clock.anchor == "sequencing":
        entered = entered.fill_null(0)
    end = pl.max_horizontal("death", "last_contact")
    after = (entered > end).fill_null(value=False)
    frame = frame.with_columns(observed_from=pl.when(~after).then(entered), unseen=after)
    meaning = "sequenced after the last day of observation; no entry was taken from it"
    return frame, [("observed_from", meaning, int(frame["unseen"].sum()), "")]


def _age_text() -> pl.Expr:
    return pl.coalesce("age at diagnosis", "age at sequencing")


def _age(clock: Clock) -> pl.Expr:
    """Return the age on day 0, from the age at the anchor, or from the other age and the days between."""
    diagnosis, sequencing = numbers("age at diagnosis"), numbers("age at sequencing")
    if clock.anchor == "sequencing":
        return pl.coalesce(sequencing, (diagnosis - pl.col("diagnosed") / DAYS_PER_YEAR).round(2))
    before = (sequencing - pl.col("sequenced") / DAYS_PER_YEAR).round(2)
    if clock.anchor == "unknown":
        return pl.coalesce((diagnosis - pl.col("diagnosed") / DAYS_PER_YEAR).round(2), before)
    return pl.coalesce(diagnosis, before)
