"""The rows of timelines and clinical files as rows of the canonical tables, still as text."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.organs import organ
from sequela.records.schema import TABLES
from sequela.sources.cbioportal_clock import Clock, days
from sequela.sources.cbioportal_entries import KINDS, Entries, looked_up
from sequela.sources.cbioportal_people import People
from sequela.sources.cbioportal_roles import Sorted

NOT_NAMED = "agent not recorded"
_RADIOLOGIC = r"(?i)radiolog|imag|\b(ct|cta|mr|mri|pet|scan|x-?ray|us|ultrasound|mammogra\w*)\b"
_CLINICAL = r"(?i)medonc|oncolog|physician|clinician|clinical"
_SCORE = r"(?i)^(?:ecog|kps|karnofsky)?\s*(?:ps|score)?\s*[:=]?\s*(\d{1,3})(?:\.0+)?\s*%?\s*(?:[:(=-]\s*\D.*)?$"
_AGE_OFF = 31


@frozen
class Candidate:
    """Rows of one file on their way into one canonical table.

    Attributes
    ----------
    table, file : str
    frame : DataFrame
        row (Int32, line of the file) and the columns of the table as text.
    refused : DataFrame
        row, patient_id, column, rule, found: what cannot be such a row.
    notices : DataFrame
        row (null where the whole file is meant), column, found, meaning, remedy.
    """

    table: str
    file: str
    frame: pl.DataFrame
    refused: pl.DataFrame
    notices: pl.DataFrame


REFUSED = {"row": pl.Int32, "patient_id": pl.String, "column": pl.String, "rule": pl.String, "found": pl.String}
NOTICED = {"row": pl.Int32, "column": pl.String, "found": pl.String, "meaning": pl.String, "remedy": pl.String}


@frozen
class Study:
    """What the rows of a timeline are read by."""

    entries: Entries
    clock: Clock
    people: People
    distant: pl.DataFrame


def text_of(day: pl.Expr) -> pl.Expr:
    """Return days as the text a reading holds."""
    return day.cast(pl.Int32).cast(pl.String)


def candidate(
    table: str,
    file: str,
    frame: pl.DataFrame,
    refused: pl.DataFrame | None = None,
    notices: Sequence[pl.DataFrame] = (),
) -> Candidate:
    """Return a candidate with all columns of its table, the absent ones empty."""
    columns = [
        pl.col(name) if name in frame.columns else pl.lit(None, pl.String).alias(name) for name in TABLES[table].names
    ]
    return Candidate(
        table,
        file,
        frame.select("row", *columns),
        pl.DataFrame(schema=REFUSED) if refused is None else refused.select(*REFUSED),
        pl.concat([pl.DataFrame(schema=NOTICED), *(part.select(*NOTICED) for part in notices)]),
    )


def refusals(frame: pl.DataFrame, column: str, rule: str, found: pl.Expr) -> pl.DataFrame:
    """Return rows as refusals by one rule."""
    return frame.select(
        "row", "patient_id", pl.lit(column).alias("column"), pl.lit(rule).alias("rule"), found.alias("found")
    )


def noticed(frame: pl.DataFrame, column: str, found: pl.Expr, meaning: str, remedy: str = "") -> pl.DataFrame:
    """Return rows as notices with one meaning."""
    return frame.select(
        "row",
        pl.lit(column).alias("column"),
        found.cast(pl.String).alias("found"),
        pl.lit(meaning).alias("meaning"),
        pl.lit(remedy).alias("remedy"),
    )


def timeline_candidates(timeline: Sorted, study: Study) -> list[Candidate]:
    """Return what the rows of one timeline become, one candidate per kind of event that occurs."""
    found = []
    frame = timeline.frame.with_columns(patient_id="patient.")
    for kind in frame["kind"].unique().sort():
        if kind in _BUILDERS:
            rows = frame.filter(pl.col("kind") == kind)
            found.append(_BUILDERS[kind](timeline, rows, study))
    if timeline.markers:
        found.append(_markers(timeline, frame, "start."))
    said_nothing = frame.filter(pl.col("kind") == "unread").group_by("why").len().sort("why")
    if said_nothing.height:
        lines = said_nothing.with_columns(row=pl.lit(None, pl.Int32))
        notice = noticed(lines, "", pl.format("{} rows", "len"), "").with_columns(lines["why"].alias("meaning"))
        found.append(candidate(found[0].table if found else "patients", timeline.file.name, _no_rows(), None, [notice]))
    return found


def _no_rows() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.Int32})


def with_unknown_past(records: Records, study: Study) -> tuple[Records, tuple[str, ...]]:
    """Mark the patients who were or may have been treated elsewhere, and of whom no course says so.

    What they never had is unknown. Nobody is marked where the study does not say who was treated before.
    """
    people = study.people.frame.select("patient_id", "treated before").unique("patient_id").drop_nulls("patient_id")
    if people["treated before"].is_null().all():
        return records, ()
    said = looked_up(people["treated before"], study.entries.meanings("treated before")).alias("said")
    courses = records.table("exposures").filter(pl.col("drug").str.ends_with(f"({NOT_NAMED})"))["patient_id"]
    told = (pl.col("said") == "no") | ((pl.col("said") == "yes") & pl.col("patient_id").is_in(courses.implode()))
    unknown = people.with_columns(said).filter(~told.fill_null(value=False))
    unknown = unknown.join(records.table("patients"), on="patient_id", how="semi").sort("patient_id")
    lost = unknown.select("patient_id", table=pl.lit("exposures"))
    if lost.is_empty():
        return records, ()
    incomplete = pl.concat([records.incomplete, lost]).unique().sort("patient_id", "table")
    sentence = (
        f"{lost.height} patients were or may have been treated elsewhere before, and no course says with what: "
        "what they never had is unknown."
    )
    return replace(records, incomplete=incomplete), (sentence,)


def no_place(timeline: Sorted) -> pl.DataFrame:
    """Return as refusals the rows that no entry of the map recognises, nor any marker column."""
    frame = timeline.frame.with_columns(patient_id="patient.").filter(pl.col("kind") == "no_place")
    what = pl.concat_str([pl.col("event."), pl.col("group.")], separator=", ", ignore_nulls=True)
    return refusals(frame, "", "no_place", what)


def _treatment(timeline: Sorted, rows: pl.DataFrame, study: Study) -> Candidate:
    entries = study.entries
    what = pl.coalesce("group.", "event.", pl.lit("Treatment"))
    unnamed = pl.concat_str(what.str.replace_all("|", ", ", literal=True), pl.lit(f" ({NOT_NAMED})"))
    reason = looked_up(rows["reason stopped."], entries.meanings("reason"))
    outcome = looked_up(rows["outcome."], entries.meanings("outcome"))
    rows = rows.with_columns(
        reason.alias("reason"),
        outcome.alias("told"),
        looked_up(rows["setting."], entries.meanings("setting")).alias("setting"),
        began=days("start."),
        ended=days("stop."),
    ).join(study.people.frame.select("patient_id", "death").unique("patient_id"), on="patient_id", how="left")
    rows = rows.sort("row")
    beyond = (pl.col("ended") > pl.col("death")) & (pl.col("began") <= pl.col("death"))
    unread = pl.col("reason stopped.").is_not_null() & pl.col("reason").is_null()
    trial = pl.col("investigational.").str.to_lowercase().is_in(["y", "yes", "1", "true"])
    notices = [
        noticed(
            rows.filter(beyond.fill_null(value=False)),
            "stop",
            pl.col("stop."),
            "a course recorded as stopping after the death ends on its day",
        ),
        noticed(rows.filter(unread), "reason_stopped", pl.col("reason stopped."), "a reason taken as other"),
        noticed(
            rows.filter(trial.fill_null(value=False)), "drug", pl.col("drug."), "a drug given as an investigational one"
        ),
    ]
    frame = rows.select(
        "row",
        "patient_id",
        pl.coalesce("drug.", unnamed).alias("drug"),
        pl.col("start.").alias("start"),
        pl.when(beyond.fill_null(value=False)).then(text_of(pl.col("death"))).otherwise("stop.").alias("stop"),
        "setting",
        pl.coalesce("reason", pl.when(unread).then(pl.lit("other")), "told").alias("reason_stopped"),
        pl.col("route.").alias("route"),
    )
    return candidate("exposures", timeline.file.name, frame, None, notices)


def _procedure(kind: str) -> Callable[[Sorted, pl.DataFrame, Study], Candidate]:
    def build(timeline: Sorted, rows: pl.DataFrame, _: Study) -> Candidate:
        frame = rows.select(
            "row", "patient_id", day="start.", kind=pl.lit(kind, pl.String), organ=pl.col("organ.").cast(pl.String)
        )
        return candidate("procedures", timeline.file.name, frame)

    return build


def _diagnosis(kind: str) -> Callable[[Sorted, pl.DataFrame, Study], Candidate]:
    def build(timeline: Sorted, rows: pl.DataFrame, study: Study) -> Candidate:
        people = study.people.frame.select("patient_id", "birth", "death").unique("patient_id")
        dated = rows.join(people, on="patient_id", how="left").sort("row")
        by_age = days("age in days.") + pl.col("birth")
        apart = ((by_age - days("start.")).abs() > _AGE_OFF).fill_null(value=False)
        possible = ((by_age <= pl.col("death")) | pl.col("death").is_null()) & (by_age >= pl.col("birth"))
        told = pl.when(possible).then(text_of(by_age))
        frame = dated.select(
            "row",
            "patient_id",
            pl.when(apart).then(told).otherwise("start.").alias("day"),
            pl.lit(kind, pl.String).alias("kind"),
            pl.col("stage.").alias("stage"),
            pl.col("histology.").alias("histology"),
            pl.when(pl.lit(kind != "primary")).then("tumour site.").alias("organ"),
        )
        meaning = "the day contradicts the age at diagnosis and the birth; the day was counted from the age"
        notice = noticed(dated.filter(apart), "day", pl.col("start."), meaning)
        return candidate("diagnoses", timeline.file.name, frame, None, [notice])

    return build


def _assessment(timeline: Sorted, rows: pl.DataFrame, study: Study) -> Candidate:
    meanings = study.entries.meanings("response")
    progression = looked_up(rows["progression."], meanings).alias("progressed")
    rows = rows.with_columns(progression, looked_up(rows["status."], meanings).alias("said"))
    rows = rows.with_columns(response=pl.coalesce("progressed", "said"))
    # An image without a word on the course of the disease is an assessment without a result.
    strange = pl.col("response").is_null() & pl.any_horizontal(pl.col("progression.", "status.").is_not_null())
    read, unread = rows.filter(~strange), rows.filter(strange)
    where = pl.concat_str(
        pl.lit(timeline.file.topic.replace("_", " ")), "source.", "method.", separator=" ", ignore_nulls=True
    )
    basis = (
        pl.when(where.str.contains(_CLINICAL))
        .then(pl.lit("clinical"))
        .when(where.str.contains(_RADIOLOGIC))
        .then(pl.lit("radiologic"))
    )
    frame = read.select("row", "patient_id", basis.alias("basis"), day="start.", method="method.", response="response")
    found = pl.coalesce("progression.", "status.")
    return candidate("assessments", timeline.file.name, frame, refusals(unread, "response", "no_place", found))


def organs_of(column: pl.Series, entries: Entries) -> pl.Series:
    """Return the organ of each written site, the site itself where it is not known."""
    said = looked_up(column, entries.meanings("site"))
    known = {text: organ(text) for text in column.drop_nulls().unique()}
    named = column.replace_strict(known, default=None, return_dtype=pl.String)
    return pl.DataFrame([said.alias("a"), named.alias("b"), column.alias("c")]).select(pl.coalesce("a", "b", "c"))[:, 0]


def site_rows(frame: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Judge tumour sites: row, patient_id, day, written -> the same with organ and `verdict`.

    A site in the organ of the primary tumour is no metastasis. A node, and what may be the primary
    itself, is one only where distant disease is known on or before that day.
    """
    doubtful = study.entries.meanings("doubtful site")
    frame = frame.with_columns(
        organs_of(frame["written"], study.entries).alias("organ"), looked_up(frame["written"], doubtful).alias("doubt")
    )
    primary = study.people.frame.select("patient_id", "primary").unique("patient_id", keep="first")
    frame = frame.join(primary, on="patient_id", how="left", maintain_order="left")
    frame = frame.join(study.distant, on="patient_id", how="left", maintain_order="left")
    own = pl.col("primary").fill_null("").str.split(" ").list
    beside = own.set_intersection(pl.col("doubt").str.split(" ")).list.len() > 0
    unsure = pl.col("doubt").is_not_null() & ((pl.col("doubt") == "any") | beside)
    proven = (pl.col("distant") <= days("day")).fill_null(value=False)
    verdict = (
        pl.when(own.contains(pl.col("organ")) & ~unsure)
        .then(pl.lit("primary_site"))
        .when(unsure.fill_null(value=False) & ~proven)
        .then(pl.lit("perhaps_not_distant"))
    )
    return frame.with_columns(verdict=verdict).sort("row")


def certain_sites(frame: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Return patient_id and day of the sites that prove distant disease by themselves."""
    judged = site_rows(frame, study).filter(pl.col("verdict").is_null())
    return judged.select("patient_id", day=days("day")).drop_nulls()


def sites_of(timeline: Sorted) -> pl.DataFrame:
    """Return the tumour sites of a timeline: row, patient_id, day, written."""
    rows = timeline.frame.filter(pl.col("kind") == "site")
    return rows.select("row", patient_id="patient.", day="start.", written="tumour site.")


def _site(timeline: Sorted, rows: pl.DataFrame, study: Study) -> Candidate:
    return site_candidate(timeline.file.name, sites_of(timeline), study)


def site_candidate(file: str, sites: pl.DataFrame, study: Study) -> Candidate:
    """Return the metastases among tumour sites."""
    judged = site_rows(sites, study)
    kept, no = judged.filter(pl.col("verdict").is_null()), judged.filter(pl.col("verdict").is_not_null())
    refused = no.select("row", "patient_id", column=pl.lit("organ"), rule="verdict", found="written")
    taken = kept.filter(pl.col("written").str.to_lowercase().is_in(["intra-abdominal"]))
    notice = noticed(taken, "organ", pl.col("written"), "a site taken as peritoneum")
    return candidate("metastases", file, kept.select("row", "patient_id", "day", "organ"), refused, [notice])


def _performance(timeline: Sorted, rows: pl.DataFrame, study: Study) -> Candidate:
    written = pl.coalesce("performance.", "result.")
    score = written.str.extract(_SCORE, 1).cast(pl.Int32, strict=False)
    karnofsky = pl.col("score type.").str.to_lowercase().str.starts_with("k").fill_null(value=False)
    karnofsky = karnofsky | (score >= 10)
    # Oken 1982, doi:10.1097/00000421-198212000-00014, with the usual pairs of Karnofsky's tens.
    ecog = (
        pl.when(score >= 100).then(0).when(score >= 80).then(1).when(score >= 60).then(2).when(score >= 40).then(3)
    ).otherwise(pl.when(score >= 10).then(4).otherwise(5))
    valid = (score <= 100) & (score % 10 == 0)
    told = pl.when(karnofsky & valid).then(text_of(ecog)).when(~karnofsky & (score <= 5)).then(text_of(score))
    frame = rows.select("row", "patient_id", day="start.", ecog=pl.coalesce(told, written))
    converted = rows.filter((karnofsky & valid).fill_null(value=False))
    notice = noticed(converted, "ecog", written, "a Karnofsky score, given as the ECOG score beside it")
    return candidate("performance", timeline.file.name, frame, None, [notice])


def _laboratory(timeline: Sorted, rows: pl.DataFrame, _: Study) -> Candidate:
    frame = rows.select("row", "patient_id", day="start.", marker="test.", value="result.", unit="unit.")
    return candidate("biomarkers", timeline.file.name, frame)


def _markers(timeline: Sorted, rows: pl.DataFrame, day: str) -> Candidate:
    frames = [
        rows.filter(pl.col(marker.header).is_not_null()).select(
            "row", "patient_id", day=day, marker=pl.lit(marker.marker), value=marker.header
        )
        for marker in timeline.markers
    ]
    return candidate("biomarkers", timeline.file.name, pl.concat(frames).sort("row", maintain_order=True))


_BUILDERS: dict[str, Callable[[Sorted, pl.DataFrame, Study], Candidate]] = {
    "treatment": _treatment,
    "radiotherapy": _procedure("radiotherapy"),
    "surgery": _procedure("surgery"),
    "primary": _diagnosis("primary"),
    "recurrence": _diagnosis("recurrence"),
    "metastatic": _diagnosis("metastatic"),
    "assessment": _assessment,
    "site": _site,
    "performance": _performance,
    "laboratory": _laboratory,
}
WITHOUT_ROWS = tuple(kind for kind in KINDS if kind not in _BUILDERS)
"""Kinds whose rows say when something was, and become no rows of their own."""
