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


def name_drugs(exposures: Reading, drugs: DrugVocabulary) -> Reading:
    """Give each drug its canonical name, ingredients joined by " + "."""
    otherwise = "Correct the name, or add it to drugs.csv."
    return _named(exposures, "drug", drugs.canonical, drugs.candidates, ("a drug that the vocabulary lacks", otherwise))


def name_organs(readings: Mapping[str, Reading]) -> dict[str, Reading]:
    """Give each organ its canonical name in every table that has organs."""
    words = ("an organ that the vocabulary lacks", "Write one of the known organs, or other.")
    return {
        name: _named(reading, "organ", organ, organ_candidates, words) if "organ" in reading.table.names else reading
        for name, reading in readings.items()
    }


def name_markers(biomarkers: Reading) -> Reading:
    """Give each marker its canonical name."""
    words = ("a marker that the vocabulary lacks", "Correct the name if it is one of the known markers.")
    return _named(biomarkers, "marker", marker, marker_candidates, words)


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


def _named(
    reading: Reading,
    column: str,
    canonical: Callable[[str], str | None],
    candidates: Candidates,
    words: tuple[str, str],
) -> Reading:
    value = pl.col(f"{column}.value")
    counts = (
        reading.frame.filter(value.is_not_null())
        .group_by(value.alias("name"))
        .len()
        .sort("len", "name", descending=[True, False])
    )
    known = {name: canonical(name) for name in counts["name"]}
    unknown = [name for name, found in known.items() if found is None]
    meaning, otherwise = words
    remedies = {name: _remedy(candidates(name), otherwise) for name in unknown[:MOST_SUGGESTIONS]}
    noticed = reading.notice(
        value.is_in(unknown),
        column,
        value,
        meaning,
        value.replace_strict(remedies, default=otherwise, return_dtype=pl.String),
    )
    renamed = {name: found for name, found in known.items() if found is not None and found != name}
    return noticed.with_frame(noticed.frame.with_columns(value.replace(renamed)))


def _remedy(names: tuple[str, ...], otherwise: str) -> str:
    return f"Nearest: {', '.join(names)}. {otherwise}" if names else otherwise
