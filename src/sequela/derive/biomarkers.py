"""Receptor status on a date: HER2, oestrogen and progesterone receptors, subtype.

A status is read from the latest specimen taken on or before the day asked for; a result
without a date counts as the oldest. What cannot be read is null, never negative.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from sequela.records.bundle import Records

POSITIVE, NEGATIVE, EQUIVOCAL = "positive", "negative", "equivocal"


@dataclass(frozen=True, slots=True)
class Her2Guideline:
    """Cut-offs that turn immunohistochemistry and in-situ hybridisation into one HER2 status.

    Attributes
    ----------
    name, citation : str
    ratio_positive : float
        HER2/CEP17 ratio from which a tumour is amplified, whatever the copy number.
    copies_positive, copies_equivocal : float
        HER2 copies per cell from which it is amplified, and from which it is equivocal.
    """

    name: str
    citation: str
    ratio_positive: float
    copies_positive: float
    copies_equivocal: float


ASCO_CAP_2013 = Her2Guideline(
    "ASCO/CAP 2013",
    "Wolff 2013, doi:10.1200/JCO.2013.50.9984",
    ratio_positive=2.0,
    copies_positive=6.0,
    copies_equivocal=4.0,
)


@dataclass(frozen=True, slots=True)
class HormoneReceptorGuideline:
    """Share of stained nuclei from which a hormone receptor is positive, per cent."""

    name: str
    citation: str
    percent_positive: float


ASCO_CAP_2010 = HormoneReceptorGuideline(
    "ASCO/CAP 2010", "Hammond 2010, doi:10.1200/JCO.2009.25.6529", percent_positive=1.0
)

_STATED = {
    **dict.fromkeys(
        ("positive", "pos", "+", "yes", "amplified", "amp", "overexpressed", "detected", "mutated", "mutant"), POSITIVE
    ),
    **dict.fromkeys(
        ("negative", "neg", "not amplified", "non-amplified", "nonamplified", "no", "not detected", "wild type"),
        NEGATIVE,
    ),
    **dict.fromkeys(("equivocal", "borderline", "indeterminate"), EQUIVOCAL),
}
_IHC = re.compile(r"^(?:ihc\s*)?(?:score\s*)?([0-3])\s*\+?$")
_PERCENT = re.compile(r"^([<>]?)=?\s*(\d+(?:\.\d+)?)(?:\s*-\s*\d+(?:\.\d+)?)?\s*%?$")
_NUMBER = re.compile(r"^\d+(?:\.\d+)?$")


def stated(value: str) -> str | None:
    """Read a status written as a word; null where the word is not known or means not done."""
    return _STATED.get(value.strip().lower())


def ihc_score(value: str) -> int | None:
    """Read an immunohistochemistry score (0, 1+, 2+, 3+); null where it is not one."""
    word = value.strip().lower()
    match = _IHC.match(word)
    if match:
        return int(match.group(1))
    return 2 if _STATED.get(word) == EQUIVOCAL else None


def receptor_from_percent(value: str, guideline: HormoneReceptorGuideline = ASCO_CAP_2010) -> str | None:
    """Read a hormone receptor written as a word or as per cent of stained nuclei."""
    word = value.strip().lower().replace(",", ".")
    if word in _STATED:
        return _STATED[word]
    match = _PERCENT.match(word)
    if not match or float(match.group(2)) > 100:
        return None
    below = match.group(1) == "<" and float(match.group(2)) <= guideline.percent_positive
    return POSITIVE if float(match.group(2)) >= guideline.percent_positive and not below else NEGATIVE


def hybridisation(
    ratio: float | None, copies: float | None, word: str | None, guideline: Her2Guideline = ASCO_CAP_2013
) -> str | None:
    """Return the in-situ hybridisation result from ratio and copies, or from its word where neither is given."""
    if ratio is not None and ratio >= guideline.ratio_positive:
        return POSITIVE
    if copies is not None and copies >= guideline.copies_positive:
        return POSITIVE
    if copies is not None and copies >= guideline.copies_equivocal:
        return EQUIVOCAL
    if ratio is not None or copies is not None:
        return NEGATIVE
    return word


def her2(ihc: int | None, ish: str | None, word: str | None) -> tuple[str | None, str]:
    """Return the HER2 status of one specimen and the rule that made it.

    Immunohistochemistry 3+ is positive; 2+ (or none) is what hybridisation says and
    equivocal without it; 0 and 1+ are negative unless hybridisation is positive, which is
    then kept as positive and named discordant. A status given as a word counts only where
    no result is given. ASCO/CAP 2013, doi:10.1200/JCO.2013.50.9984.
    """
    if ihc == 3:
        return POSITIVE, "HER2 IHC 3+"
    if ihc in (0, 1):
        return (POSITIVE, "HER2 ISH positive, IHC discordant") if ish == POSITIVE else (NEGATIVE, f"HER2 IHC {ihc}")
    if ish is not None:
        return ish, f"HER2 ISH {ish}"
    if ihc is not None:
        return EQUIVOCAL, "HER2 IHC 2+ without ISH"
    return word, "HER2 as written"


def latest(at: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the latest row of each patient known on the day asked for.

    Parameters
    ----------
    at : DataFrame
        patient_id, day.
    rows : DataFrame
        patient_id, day (null: before everything dated) and more; on equal days the later row wins.
    """
    known = at.rename({"day": "asked"}).join(rows, on="patient_id", how="inner", maintain_order="left_right")
    known = known.filter(pl.col("day").is_null() | (pl.col("day") <= pl.col("asked")))
    known = known.sort("patient_id", "day", "row", nulls_last=False, maintain_order=True)
    return known.group_by("patient_id", maintain_order=True).last().drop("asked")


def _mapped(rows: pl.DataFrame, read: Callable[[str], object], dtype: type[pl.DataType]) -> pl.Series:
    """Apply a reader to each distinct value once."""
    distinct = {value: read(value) for value in rows["value"].unique().to_list()}
    return (
        rows["value"].replace_strict(distinct, default=None, return_dtype=dtype)
        if distinct
        else pl.Series([], dtype=dtype)
    )


def _number(value: str) -> float | None:
    word = value.strip().replace(",", ".")
    return float(word) if _NUMBER.match(word) else None


def _specimens(biomarkers: pl.DataFrame) -> pl.DataFrame:
    """Return one row per patient and specimen day with every HER2 result of that day."""

    def results(marker: str, read: Callable[[str], object], dtype: type[pl.DataType], name: str) -> pl.DataFrame:
        rows = biomarkers.filter(pl.col("marker") == marker)
        return rows.select("patient_id", "day", "row").with_columns(_mapped(rows, read, dtype).alias(name))

    frames = [
        results("HER2 IHC", ihc_score, pl.Int32, "ihc"),
        results("HER2", ihc_score, pl.Int32, "ihc"),
        results("HER2 IHC", stated, pl.String, "word"),
        results("HER2", stated, pl.String, "word"),
        results("HER2 ISH", stated, pl.String, "ish"),
        results("HER2 ISH ratio", _number, pl.Float64, "ratio"),
        results("HER2 copies", _number, pl.Float64, "copies"),
    ]
    wide = pl.concat(frames, how="diagonal").filter(
        pl.any_horizontal(pl.col("ihc", "word", "ish", "ratio", "copies").is_not_null())
    )
    return wide.group_by("patient_id", "day", maintain_order=True).agg(
        pl.col("row").max(), pl.col("ihc").max(), pl.col("word", "ish", "ratio", "copies").drop_nulls().last()
    )


def _her2_rows(biomarkers: pl.DataFrame) -> pl.DataFrame:
    specimens = _specimens(biomarkers)
    found = [
        her2(ihc, hybridisation(ratio, copies, ish), word)
        for ihc, word, ish, ratio, copies in specimens.select("ihc", "word", "ish", "ratio", "copies").iter_rows()
    ]
    return specimens.select(
        "patient_id",
        "day",
        "row",
        pl.Series("status", [status for status, _ in found], dtype=pl.String),
        pl.Series("rule", [rule for _, rule in found], dtype=pl.String),
    ).filter(pl.col("status").is_not_null())


def _stated_rows(biomarkers: pl.DataFrame, marker: str) -> pl.DataFrame:
    rows = biomarkers.filter(pl.col("marker") == marker)
    read = receptor_from_percent if marker in ("ER", "PgR", "hormone receptor") else stated
    status = _mapped(rows, read, pl.String).alias("status")
    return (
        rows.select("patient_id", "day", "row")
        .with_columns(status, pl.lit(f"{marker} as written").alias("rule"))
        .filter(pl.col("status").is_not_null())
    )


def _answer(at: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    found = latest(at.select("patient_id", "day"), rows)
    reference = pl.format("biomarkers:{}", pl.col("row")).alias("row")
    return at.select("patient_id").join(
        found.select("patient_id", "status", "day", reference, "rule"),
        on="patient_id",
        how="left",
        maintain_order="left",
    )


def receptor_status(records: Records, marker: str, at: pl.DataFrame) -> pl.DataFrame:
    """Return the status of one marker for each patient of `at`.

    Parameters
    ----------
    records : Records
        Markers under their canonical names.
    marker : str
        ER, PgR, HER2, hormone_receptor, subtype, or any other marker recorded as positive or negative.
    at : DataFrame
        patient_id, day: what is known up to and including that day.

    Returns
    -------
    DataFrame
        patient_id, status, day, row (`biomarkers:12`), rule; nulls where nothing is known.
    """
    if marker == "hormone_receptor":
        return _hormone_receptor(records, at)
    if marker == "subtype":
        return _subtype(records, at)
    biomarkers = records.table("biomarkers")
    rows = _her2_rows(biomarkers) if marker == "HER2" else _stated_rows(biomarkers, marker)
    return _answer(at, rows)


def _hormone_receptor(records: Records, at: pl.DataFrame) -> pl.DataFrame:
    """Return positive if either receptor is, negative if both are, else what was stated of both together."""
    parts = [receptor_status(records, name, at) for name in ("ER", "PgR", "hormone receptor")]
    oestrogen, progesterone, together = (part["status"].to_list() for part in parts)
    chosen, statuses, rules = [], [], []
    for er, pgr, both in zip(oestrogen, progesterone, together, strict=True):
        status, source, rule = _either(er, pgr, both)
        statuses.append(status)
        chosen.append(source)
        rules.append(rule)
    days = [None if source is None else parts[source]["day"][i] for i, source in enumerate(chosen)]
    rows = [None if source is None else parts[source]["row"][i] for i, source in enumerate(chosen)]
    return at.select("patient_id").with_columns(
        pl.Series("status", statuses, dtype=pl.String),
        pl.Series("day", days, dtype=pl.Int32),
        pl.Series("row", rows, dtype=pl.String),
        pl.Series("rule", rules, dtype=pl.String),
    )


def _either(er: str | None, pgr: str | None, both: str | None) -> tuple[str | None, int | None, str | None]:
    if POSITIVE in (er, pgr):
        return POSITIVE, 0 if er == POSITIVE else 1, "ER or PgR positive"
    if er == NEGATIVE and pgr == NEGATIVE:
        return NEGATIVE, 0, "ER and PgR negative"
    return (both, 2, "hormone receptor as written") if both else (None, None, None)


def _subtype(records: Records, at: pl.DataFrame) -> pl.DataFrame:
    """Return HR+/HER2+, HR-/HER2+, HR+/HER2- or triple negative; null unless both are known."""
    receptor = receptor_status(records, "hormone_receptor", at)
    growth = receptor_status(records, "HER2", at)
    sign = {POSITIVE: "+", NEGATIVE: "-"}
    names = []
    for hr, her in zip(receptor["status"], growth["status"], strict=True):
        known = hr in sign and her in sign
        name = f"HR{sign[hr]}/HER2{sign[her]}" if known else None
        names.append("triple negative" if name == "HR-/HER2-" else name)
    return growth.with_columns(
        pl.Series("status", names, dtype=pl.String), pl.lit("hormone receptor and HER2").alias("rule")
    )
