"""What the clinical files say of a patient's tumour: receptors, stage, and the organ a sample came from."""

import polars as pl

from sequela.sources.cbioportal_clock import Clock
from sequela.sources.cbioportal_entries import Entries, looked_up
from sequela.sources.cbioportal_people import People
from sequela.sources.cbioportal_roles import Sorted
from sequela.sources.cbioportal_rows import Candidate, candidate, organs_of, text_of

_YES_NO = ("ER", "PgR", "HER2", "hormone receptor", "PD-L1")
_METASTATIC = r"(?i)metas|recurr"


def patient_candidates(people: People) -> list[Candidate]:
    """Return the rows of the table patients, one candidate per file."""
    found = []
    for file in people.frame["file"].unique(maintain_order=True):
        rows = people.frame.filter(pl.col("file") == file)
        frame = rows.select(
            "row",
            "patient_id",
            "sex",
            "centre",
            birth_day=text_of(pl.col("birth")),
            age_at_origin=pl.col("age").cast(pl.String).str.replace(r"\.0$", ""),
            observed_from=text_of(pl.col("observed_from")),
            last_contact=text_of(pl.col("last_contact")),
            death=text_of(pl.col("death")),
        )
        found.append(candidate("patients", file, frame))
    return found


def stage_candidates(people: People, clock: Clock) -> list[Candidate]:
    """Return the primary tumours of which the clinical files give stage or histology.

    A stage in a clinical file is that at diagnosis; where day 0 is the sequencing and the day of the
    diagnosis is not known, neither is the day of the row.
    """
    said = people.frame.filter(pl.any_horizontal(pl.col("stage", "m stage").is_not_null()))
    spread = pl.when(pl.col("m stage").str.contains(r"(?i)m1")).then("m stage")
    stage = pl.concat_str("stage", spread, separator=", ", ignore_nulls=True)
    day = pl.coalesce("diagnosed", pl.lit(0)) if clock.anchor == "diagnosis" else pl.col("diagnosed")
    said = said.with_columns(written=pl.when(stage != "").then(stage), day=text_of(day))
    said = said.filter(pl.col("written").is_not_null())
    frame = said.select("row", "patient_id", "day", "histology", "file", stage="written", kind=pl.lit("primary"))
    files = frame["file"].unique(maintain_order=True)
    return [candidate("diagnoses", file, frame.filter(pl.col("file") == file)) for file in files]


def with_primary(people: People, entries: Entries) -> People:
    """Add to each patient the organs of his primary tumours, separated by blanks."""
    frame = people.frame
    texts = pl.concat([frame["primary site"], frame["cancer type"]]).drop_nulls().unique()
    named = {text: _primary_organs(text, entries) for text in texts}
    both = [
        frame[name].replace_strict(named, default=None, return_dtype=pl.String).alias(f"p{place}")
        for place, name in enumerate(("primary site", "cancer type"))
    ]
    primary = pl.concat_str("p0", "p1", separator=" ", ignore_nulls=True).alias("primary")
    return People(frame.with_columns(both).with_columns(primary).drop("p0", "p1"), people.notices, people.decisions)


def _primary_organs(text: str, entries: Entries) -> str:
    """Return the organs of what a cell says of the primary tumour, separated by blanks."""
    parts = pl.Series(text.split("|"), dtype=pl.String)
    known, organs = looked_up(parts, entries.meanings("primary organ")), organs_of(parts, entries)
    found = [
        cancer or organ
        for cancer, organ, part in zip(known, organs, parts, strict=True)
        if cancer or organ != part or organ.islower()
    ]
    return " ".join(dict.fromkeys(found))


def marker_candidate(file: Sorted, entries: Entries, clock: Clock) -> Candidate:
    """Return the markers of a clinical file, on the day of the specimen or of the diagnosis where it is known."""
    rows = _with_specimens(file, clock)
    diagnosed = clock.diagnosed.rename({"patient_id": "patient_id", "day": "diagnosed"})
    rows = rows.join(diagnosed, on="patient_id", how="left", maintain_order="left")
    first = pl.coalesce("diagnosed", pl.lit(0)) if clock.anchor == "diagnosis" else pl.col("diagnosed")
    frames = []
    for marker in file.markers:
        given = rows.filter(pl.col(marker.header).is_not_null())
        value = given[marker.header]
        if marker.marker in _YES_NO:
            words = looked_up(value, entries.meanings("receptor"))
            given = given.with_columns(words.alias(".word"))
            given = given.with_columns(pl.coalesce(".word", marker.header).alias(marker.header))
        frames.append(
            given.select(
                "row",
                "patient_id",
                text_of(first if marker.at_diagnosis else pl.col("taken")).alias("day"),
                pl.lit(marker.marker, pl.String).alias("marker"),
                pl.col(marker.header).alias("value"),
                (pl.lit("primary") if marker.at_diagnosis else pl.col("sample type.")).alias("specimen"),
            )
        )
    return candidate("biomarkers", file.file.name, pl.concat(frames).sort("row", maintain_order=True))


def _with_specimens(file: Sorted, clock: Clock) -> pl.DataFrame:
    taken = clock.specimens.rename({"day": "taken", "sample": "sample."})
    rows = file.frame.with_columns(patient_id="patient.")
    return rows.join(taken, on="sample.", how="left", maintain_order="left")


def sampled_sites(file: Sorted, clock: Clock) -> pl.DataFrame:
    """Return the organs of metastases that were sampled on a known day: row, patient_id, day, written."""
    rows = _with_specimens(file, clock).filter(pl.col("metastatic site.").is_not_null(), pl.col("taken").is_not_null())
    spread = rows.filter(pl.col("sample type.").str.contains(_METASTATIC).fill_null(value=True))
    return spread.select("row", "patient_id", day=text_of(pl.col("taken")), written="metastatic site.")
