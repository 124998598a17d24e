"""Receptor status on a date: HER2, oestrogen and progesterone receptors, subtypes.

A status is read from the latest specimen taken on or before the day asked for; a result
without a date counts as the oldest. What cannot be read is null, never negative.
"""

import re
from collections.abc import Callable

import polars as pl

from sequela.derive.cd8_foxp3 import cd8_foxp3_classes
from sequela.derive.her2 import her2_on_days, is_discordant
from sequela.derive.her2_guidelines import ASCO_CAP_2013, Her2Guideline
from sequela.derive.percent import percent
from sequela.derive.specimens import latest
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.her2_results import EQUIVOCAL, NEGATIVE, POSITIVE


@frozen
class HormoneReceptorGuideline:
    """Share of stained nuclei from which a hormone receptor is positive, per cent."""

    name: str
    citation: str
    percent_positive: float


ASCO_CAP_2010 = HormoneReceptorGuideline(
    "ASCO/CAP 2010", "Hammond 2010, doi:10.1200/JCO.2009.25.6529", percent_positive=1.0
)

BOTH, ONE, NEITHER = "ER and PgR positive", "ER or PgR positive", "ER and PgR negative"
SEPHER_SUBTYPES = (BOTH, ONE, NEITHER)
"""Subtypes of HER2-positive disease by how many hormone receptors are positive: Bon 2020,
doi:10.1186/s13046-020-01797-3, who calls the first triple positive."""

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


_PART_OF_1 = re.compile(r"0[.,]\d*[1-9]\d*")


def stated(value: str) -> str | None:
    """Read a status written as a word; null where the word is not known or means not done."""
    return _STATED.get(value.strip().lower())


def receptor_from_percent(value: str, guideline: HormoneReceptorGuideline = ASCO_CAP_2010) -> str | None:
    """Read a hormone receptor written as a word or as per cent of stained nuclei.

    None where a range or a bound leaves it open which side of the cut-off is meant (`< 10 %`), and where a number
    between 0 and 1 without its unit may be a percentage or a part of 1 (`0.9`, as a spreadsheet stores 90 %).
    """
    word = value.strip().lower()
    if word in _STATED:
        return _STATED[word]
    share = None if _PART_OF_1.fullmatch(word) else percent(value)
    if share is None or share.low < guideline.percent_positive <= share.high:
        return None
    return POSITIVE if share.low >= guideline.percent_positive else NEGATIVE


def _mapped(rows: pl.DataFrame, read: Callable[[str], object], dtype: type[pl.DataType]) -> pl.Series:
    """Apply a reader to each distinct value once."""
    distinct = {value: read(value) for value in rows["value"].unique().to_list()}
    return (
        rows["value"].replace_strict(distinct, default=None, return_dtype=dtype)
        if distinct
        else pl.Series([], dtype=dtype)
    )


def _stated_rows(biomarkers: pl.DataFrame, marker: str) -> pl.DataFrame:
    rows = biomarkers.filter(pl.col("marker") == marker)
    # A unit in its own column belongs to the number: 0.5 % is a percentage, 0.5 may be half.
    bare = (pl.col("unit") == "%") & pl.col("value").str.contains(r"\d$")
    rows = rows.with_columns(pl.when(bare).then(pl.col("value") + " %").otherwise("value").alias("value"))
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


def receptor_status(
    records: Records, marker: str, at: pl.DataFrame, guideline: Her2Guideline = ASCO_CAP_2013
) -> pl.DataFrame:
    """Return the status of one marker for each patient of `at`.

    Parameters
    ----------
    records : Records
        Markers under their canonical names.
    marker : str
        ER, PgR, HER2, one of the statuses of `COMPOSED`, or any other marker recorded as positive or negative.
    at : DataFrame
        patient_id, day: what is known up to and including that day.
    guideline : Her2Guideline
        For whatever rests on HER2.

    Returns
    -------
    DataFrame
        patient_id, status, day, row (`biomarkers:12`), rule; nulls where nothing is known.
    """
    if marker in COMPOSED:
        return COMPOSED[marker](records, at, guideline)
    if marker == "HER2":
        return _answer(at, her2_on_days(records, guideline))
    return _answer(at, _stated_rows(records.table("biomarkers"), marker))


def _her2_low(records: Records, at: pl.DataFrame, guideline: Her2Guideline) -> pl.DataFrame:
    """Return how much HER2 the latest specimen expresses; null where its status or staining is open."""
    return _answer(at, her2_on_days(records, guideline).with_columns(pl.col("level").alias("status")))


def _her2_discordant(records: Records, at: pl.DataFrame, guideline: Her2Guideline) -> pl.DataFrame:
    """Return yes where results of the latest specimen speak against each other."""
    found = her2_on_days(records, guideline)
    said = pl.when(is_discordant()).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("status")
    named = pl.when(is_discordant()).then(pl.col("flags").list.join("; ")).otherwise("rule").alias("rule")
    return _answer(at, found.with_columns(said, named))


def _cd8_foxp3(records: Records, at: pl.DataFrame, _: Her2Guideline) -> pl.DataFrame:
    return _answer(at, cd8_foxp3_classes(records))


def _hormone_receptor(records: Records, at: pl.DataFrame, _: Her2Guideline = ASCO_CAP_2013) -> pl.DataFrame:
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


def _subtype(records: Records, at: pl.DataFrame, guideline: Her2Guideline) -> pl.DataFrame:
    """Return HR+/HER2+, HR-/HER2+, HR+/HER2- or triple negative; null unless both are known."""
    receptor = receptor_status(records, "hormone_receptor", at)
    growth = receptor_status(records, "HER2", at, guideline)
    sign = {POSITIVE: "+", NEGATIVE: "-"}
    names = []
    for hr, her in zip(receptor["status"], growth["status"], strict=True):
        known = hr in sign and her in sign
        name = f"HR{sign[hr]}/HER2{sign[her]}" if known else None
        names.append("triple negative" if name == "HR-/HER2-" else name)
    return growth.with_columns(
        pl.Series("status", names, dtype=pl.String), pl.lit("hormone receptor and HER2").alias("rule")
    )


def _sepher_subtype(records: Records, at: pl.DataFrame, _: Her2Guideline) -> pl.DataFrame:
    """Return how many of ER and PgR are positive, in words; null unless both are known."""
    oestrogen, progesterone = (receptor_status(records, name, at) for name in ("ER", "PgR"))
    names = {
        (POSITIVE, POSITIVE): BOTH,
        (POSITIVE, NEGATIVE): ONE,
        (NEGATIVE, POSITIVE): ONE,
        (NEGATIVE, NEGATIVE): NEITHER,
    }
    pairs = zip(oestrogen["status"], progesterone["status"], strict=True)
    found = pl.Series("status", [names.get(pair) for pair in pairs], dtype=pl.String)
    return oestrogen.with_columns(found, pl.lit("ER and PgR").alias("rule"))


Composed = Callable[[Records, pl.DataFrame, Her2Guideline], pl.DataFrame]
COMPOSED: dict[str, Composed] = {
    "hormone_receptor": _hormone_receptor,
    "subtype": _subtype,
    "sepher_subtype": _sepher_subtype,
    "her2_low": _her2_low,
    "her2_discordant": _her2_discordant,
    "cd8_foxp3": _cd8_foxp3,
}
"""Statuses made of more than one result."""
