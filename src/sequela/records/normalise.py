"""Drugs, organs and markers under their canonical names; what is not known stays as written, with a notice."""

from collections.abc import Callable, Mapping

import polars as pl

from sequela.records.drugs import DrugVocabulary
from sequela.records.her2_results import MARKERS, read_her2
from sequela.records.markers import marker, marker_candidates
from sequela.records.organs import organ, organ_candidates
from sequela.records.reading import Reading

MOST_SUGGESTIONS = 200
"""Unknown names that get suggestions, the most frequent first: a file of codes has thousands."""

Candidates = Callable[[str], tuple[str, ...]]

_OTHERWISE = {
    "drug": "Correct the name, or add it to drugs.csv.",
    "organ": "Write one of the known organs, or other.",
    "marker": "Correct the name if it is one of the known markers.",
}
"""What to do about a name that the vocabulary of a column lacks."""


def name_drugs(exposures: Reading, drugs: DrugVocabulary) -> Reading:
    """Give each drug its canonical name, ingredients joined by " + "."""
    return _named(exposures, "drug", drugs.canonical, "a drug that the vocabulary lacks")


def name_organs(readings: Mapping[str, Reading]) -> dict[str, Reading]:
    """Give each organ its canonical name in every table that has organs."""
    meaning = "an organ that the vocabulary lacks"
    return {
        name: _named(reading, "organ", organ, meaning) if "organ" in reading.table.names else reading
        for name, reading in readings.items()
    }


def name_markers(biomarkers: Reading) -> Reading:
    """Give each marker its canonical name."""
    return _named(biomarkers, "marker", marker, "a marker that the vocabulary lacks")


def notice_her2(biomarkers: Reading) -> Reading:
    """Notice the HER2 results that cannot be read; they decide nothing, neither positive nor negative."""
    marker_name, value = pl.col("marker.value"), pl.col("value.value")
    written = biomarkers.frame.select(marker_name.alias("marker"), value.alias("value")).unique()
    written = written.filter(pl.col("marker").is_in(list(MARKERS)) & pl.col("value").is_not_null())
    unread = {name: [text for known, text in written.rows() if known == name] for name in MARKERS}
    unread = {name: [text for text in texts if read_her2(text, name) is None] for name, texts in unread.items()}
    cannot = pl.any_horizontal(
        pl.lit(value=False), *((marker_name == name) & value.is_in(texts) for name, texts in unread.items())
    )
    remedy = pl.lit("Write 3+, positive, IHC 2+ / FISH amplified, ratio 2.4, or not done; see docs/biomarkers.md.")
    return biomarkers.notice(cannot, "value", value, "a HER2 result that cannot be read; it decides nothing", remedy)


def _named(reading: Reading, column: str, canonical: Callable[[str], str | None], meaning: str) -> Reading:
    value = pl.col(f"{column}.value")
    known = {name: canonical(name) for name in reading.frame[f"{column}.value"].drop_nulls().unique()}
    unknown = [name for name, found in known.items() if found is None]
    noticed = reading.notice(value.is_in(unknown), column, value, meaning, pl.lit(_OTHERWISE[column]))
    renamed = {name: found for name, found in known.items() if found is not None and found != name}
    return noticed.with_frame(noticed.frame.with_columns(value.replace(renamed)))


def suggest_names(notices: pl.DataFrame, drugs: DrugVocabulary) -> pl.DataFrame:
    """Return the notices of one table with the nearest known names in the remedy of each unknown name.

    Only the `MOST_SUGGESTIONS` most frequent names of a column get suggestions, ties by alphabet.
    """
    candidates: dict[str, Candidates] = {
        "drug": drugs.candidates,
        "organ": organ_candidates,
        "marker": marker_candidates,
    }
    for column, nearest in candidates.items():
        here = pl.col("column") == column
        names = notices.filter(here).group_by("found").len().sort("len", "found", descending=[True, False])["found"]
        remedies = {name: _remedy(nearest(name), _OTHERWISE[column]) for name in names.head(MOST_SUGGESTIONS)}
        if remedies:
            better = pl.col("found").replace_strict(remedies, default=pl.col("remedy"), return_dtype=pl.String)
            notices = notices.with_columns(pl.when(here).then(better).otherwise("remedy").alias("remedy"))
    return notices


def _remedy(names: tuple[str, ...], otherwise: str) -> str:
    return f"Nearest: {', '.join(names)}. {otherwise}" if names else otherwise
