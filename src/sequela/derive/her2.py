"""HER2 of each specimen: its status by a guideline, HER2-low beside it, and what disagrees.

Results of one patient, one day and one specimen belong together. What is not known of a
specimen stays null; an unreadable result is not a negative one.
"""

from typing import Any

import polars as pl

from sequela.derive.her2_guidelines import ASCO_CAP_2013, NO_STAINING, NONE, STRONGEST, Her2Guideline, StatusRow
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.her2_results import (
    EQUIVOCAL,
    LOW,
    MARKERS,
    NEGATIVE,
    POSITIVE,
    ULTRALOW,
    Amount,
    Her2Result,
    read_her2,
)
from sequela.records.kept import KeptAnswers

ZERO = "zero"
LEVELS = (ZERO, ULTRALOW, LOW, POSITIVE)
"""HER2 expression, from none to overexpressed."""


@frozen
class LowRule:
    """What a HER2-negative specimen must show to be of one level of expression."""

    level: str
    shows: str
    source: str


LOW_RULES = (
    LowRule(ZERO, "IHC 0, and no word of ultralow", "Modi 2022, doi:10.1056/NEJMoa2203690"),
    LowRule(
        ULTRALOW,
        "written as ultralow; faint staining of at most 10 % of the cells is never derived from the score",
        "Bardia 2024, doi:10.1056/NEJMoa2407086",
    ),
    LowRule(LOW, "IHC 1+, or IHC 2+ with ISH that leaves it negative; or written as HER2-low", "Modi 2022"),
)
"""The levels of HER2-negative disease; a guideline knows no such categories (Wolff 2023, doi:10.1200/JCO.22.02864)."""


@frozen
class Flag:
    """Something about a specimen that a reader of its status should know.

    Attributes
    ----------
    meaning : str
    discordant : bool
        Whether two results speak against each other.
    """

    meaning: str
    discordant: bool


FLAGS: dict[str, Flag] = {
    "ISH positive with IHC 0 or 1+": Flag("amplified, with little or no staining; kept positive", True),
    "IHC 3+ with ISH negative": Flag("strong staining, not amplified; kept positive", True),
    "stated against results": Flag("the written status is the opposite of the results; equivocal", True),
    "ISH word against its numbers": Flag("amplified or not as written, against ratio and copies; these count", True),
    "specimens disagree": Flag("two specimens of one day have different statuses; positive counts first", True),
    "several results": Flag("more than one result of a test; the highest counts", False),
    "strong staining of few cells": Flag("3+ in no more cells than the guideline asks for; counts as 2+", False),
    "copies not recorded": Flag("the guideline asks for copies beside the ratio; the ratio decides", False),
    "negative with a comment": Flag("negative by ISH group and IHC, with the comment the guideline asks for", False),
    "a bound decides nothing": Flag("ratio or copies are written as a bound across a cut-off", False),
}

_PARTS = ("score", "staining", "hybridisation", "status", "low", "share", "ratio", "copies", "cep17")
_AMOUNTS = ("share", "ratio", "copies", "cep17")
_UNSCORED = frozenset({2, 3})
"""What `IHC positive` may be where its score is not written."""
_SCORES = {frozenset({n}): f"{n}+" if n else "0" for n in range(4)}
_SCORES |= {frozenset({0, 1}): "0/1+", _UNSCORED: "2+/3+"}
_BY_SCORE = {text: scores for scores, text in _SCORES.items()}
_RANK = {POSITIVE: 3, EQUIVOCAL: 2, NEGATIVE: 1}
_AMOUNT = pl.Struct({"low": pl.Float64, "high": pl.Float64})
_SAID: dict[str, Any] = {
    "status": pl.String,
    "level": pl.String,
    "score": pl.String,
    "hybridisation": pl.String,
    "rule": pl.String,
    "flags": pl.List(pl.String),
}


@frozen
class Her2Status:
    """What a guideline makes of the results of one specimen.

    Attributes
    ----------
    status : str or None
        positive, equivocal, negative; None where the results say nothing.
    level : str or None
        One of `LEVELS`; None where the status is open or the staining is not known.
    score, hybridisation : str or None
        Staining as it was counted, and the line of the guideline or the word for hybridisation.
    rule : str
        What decided, in words.
    flags : tuple of str
        Keys of `FLAGS`.
    """

    status: str | None
    level: str | None
    score: str | None
    hybridisation: str | None
    rule: str
    flags: tuple[str, ...] = ()


def her2_status(result: Her2Result, guideline: Her2Guideline = ASCO_CAP_2013) -> Her2Status:
    """Return the HER2 status of one specimen by a guideline.

    Numbers of hybridisation count before its word; a missing ratio or copy number follows from
    the CEP17 copies. The written status decides where there are no results, or where the one
    that would settle them is missing; where it is the opposite of the results, the status is equivocal.
    """
    flags: list[str] = []
    scores = _counted(result, guideline, flags)
    hybridised, group = _hybridised(result, guideline, flags)
    row = guideline.status(hybridised, scores or NO_STAINING)
    status, rule = _unlisted(hybridised, result, flags) if row is None else _decided(row, result, flags)
    if row is not None and row.flag and status == row.status:
        flags.append(row.flag)
    if rule == "results":
        rule = _in_words(scores, group, guideline)
    level = _level(status, scores, result.low)
    return Her2Status(status, level, _SCORES.get(scores or NO_STAINING), group, rule, tuple(dict.fromkeys(flags)))


def _counted(result: Her2Result, guideline: Her2Guideline, flags: list[str]) -> frozenset[int] | None:
    """Return the scores that count: strong staining of few cells is 2+."""
    share = result.share
    if result.score == frozenset({STRONGEST}) and share is not None and share.high <= guideline.strong_share:
        flags.append("strong staining of few cells")
        return frozenset({STRONGEST - 1})
    return _UNSCORED if result.score is None and result.staining == POSITIVE else result.score


def _hybridised(result: Her2Result, guideline: Her2Guideline, flags: list[str]) -> tuple[str, str | None]:
    """Return the result of hybridisation and its line, from numbers before words."""
    ratio, copies = _completed(result)
    row = guideline.hybridisation(ratio, copies)
    word = result.hybridisation
    if row is None:
        if ratio is not None or copies is not None:
            flags.append("a bound decides nothing")
        return (word, f"ISH {word}") if word else (NONE, None)
    if row.copies == "not recorded":
        flags.append("copies not recorded")
    if {word, row.result} == {POSITIVE, NEGATIVE}:
        flags.append("ISH word against its numbers")
    return row.result, row.group


def _completed(result: Her2Result) -> tuple[Amount | None, Amount | None]:
    """Return ratio and copies, either from the other and the CEP17 copies where it is missing."""
    ratio, copies, centromeres = result.ratio, result.copies, result.cep17
    exact = centromeres is not None and centromeres.low == centromeres.high
    if centromeres is None or not exact:
        return ratio, copies
    if ratio is None and copies is not None:
        ratio = Amount(*(round(end / centromeres.low, 6) for end in (copies.low, copies.high)))
    elif copies is None and ratio is not None:
        copies = Amount(*(round(end * centromeres.low, 6) for end in (ratio.low, ratio.high)))
    return ratio, copies


def _unlisted(hybridised: str, result: Her2Result, flags: list[str]) -> tuple[str | None, str]:
    """Decide where no line of the guideline fits: nothing measured, or staining positive without its score."""
    if hybridised != NONE:
        settled = result.status or EQUIVOCAL
        return settled, "as written, the results leave it open" if result.status else "IHC positive without its score"
    if {result.status, result.staining} == {POSITIVE, NEGATIVE}:
        flags.append("stated against results")
        return EQUIVOCAL, f"stated {result.status}, IHC {result.staining}"
    stated = result.status or result.staining
    return stated, "as written" if stated else ""


def _decided(row: StatusRow, result: Her2Result, flags: list[str]) -> tuple[str, str]:
    """Weigh the line of the guideline against the status as written."""
    if row.waits_for:
        settled = result.status or (result.hybridisation if row.waits_for == "IHC" else None)
        if settled:
            return settled, "as written, the results leave it open"
    if {result.status, row.status} == {POSITIVE, NEGATIVE}:
        flags.append("stated against results")
        return EQUIVOCAL, f"stated {result.status}, results {row.status}"
    return row.status, "results"


def _in_words(scores: frozenset[int] | None, group: str | None, guideline: Her2Guideline) -> str:
    parts = [f"IHC {_SCORES.get(scores, '')}"] if scores else []
    parts += [group if group.startswith("ISH") else f"ISH {group}"] if group else []
    return f"{guideline.title}: {', '.join(parts)}"


def _level(status: str | None, scores: frozenset[int] | None, called: str | None) -> str | None:
    if status == POSITIVE:
        return POSITIVE
    if status != NEGATIVE:
        return None
    if called:
        fits = scores is None or scores <= (frozenset({0}) if called == ULTRALOW else frozenset({1, 2}))
        return called if fits else None
    return {frozenset({0}): ZERO, frozenset({1}): LOW, frozenset({2}): LOW}.get(scores or NO_STAINING)


def her2_specimens(records: Records, guideline: Her2Guideline = ASCO_CAP_2013) -> pl.DataFrame:
    """Return the HER2 status of every specimen with a readable result.

    Parameters
    ----------
    records : Records
    guideline : Her2Guideline

    Returns
    -------
    DataFrame
        patient_id, day (null: undated), specimen (lower case; null where not recorded), row (the last
        of its rows), status, level (one of `LEVELS`), score, hybridisation, rule, flags (keys of `FLAGS`).
        A result without a specimen belongs to the only named specimen of its day. Sorted by patient and day.
    """
    gathered = _gathered(_read(records.table("biomarkers")))
    parts = [*_PARTS, "several"]
    distinct = gathered.select(parts).unique(maintain_order=True)
    said = [_said(line, guideline) for line in distinct.iter_rows(named=True)]
    answers = distinct.select(parts).with_columns(pl.DataFrame(said, schema=_SAID).rename(lambda name: f"{name}."))
    found = gathered.join(answers, on=parts, how="left", nulls_equal=True, maintain_order="left")
    named = found.select("patient_id", "day", "specimen", "row", *(pl.col(f"{name}.").alias(name) for name in _SAID))
    return named.filter(pl.col("status").is_not_null()).sort("patient_id", "day", "row", nulls_last=False)


KEPT: KeptAnswers[pl.DataFrame] = KeptAnswers(2)
"""HER2 by one guideline or two: criteria, covariates and the audit ask for it."""


def her2_on_days(records: Records, guideline: Her2Guideline = ASCO_CAP_2013) -> pl.DataFrame:
    """Return one HER2 status per patient and day: of several specimens positive counts before equivocal, then negative.

    Returns
    -------
    DataFrame
        The columns of `her2_specimens`; `row` and the others are those of the specimen that decides.
    """
    return KEPT.found(records, (guideline,), lambda: _on_days(records, guideline))


def _on_days(records: Records, guideline: Her2Guideline) -> pl.DataFrame:
    specimens = her2_specimens(records, guideline)
    rank = pl.col("status").replace_strict(_RANK, return_dtype=pl.Int8)
    differ = (pl.col("status").n_unique().over("patient_id", "day") > 1).alias("differ")
    ordered = specimens.with_columns(rank.alias("rank"), differ).sort("patient_id", "day", "rank", "row")
    one = ordered.unique(("patient_id", "day"), keep="last", maintain_order=True)
    more = pl.col("flags").list.concat(pl.lit(["specimens disagree"], dtype=pl.List(pl.String)))
    flags = pl.when("differ").then(more).otherwise("flags").alias("flags")
    return one.with_columns(flags).drop("rank", "differ")


def is_discordant() -> pl.Expr:
    """Return whether a row of `her2_specimens` has results that speak against each other."""
    names = [name for name, flag in FLAGS.items() if flag.discordant]
    return pl.col("flags").list.eval(pl.element().is_in(names)).list.any()


def _read(biomarkers: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the HER2 markers with the parts of each result; each distinct text is read once."""
    rows = biomarkers.filter(pl.col("marker").is_in(list(MARKERS)))
    distinct = rows.select("marker", "value").unique(maintain_order=True)
    read = [_parts(read_her2(value, marker)) for marker, value in distinct.rows()]
    schema: dict[str, Any] = {name: _AMOUNT if name in _AMOUNTS else pl.String for name in _PARTS}
    parts = distinct.with_columns(pl.DataFrame(read, schema=schema).rename(lambda name: f"{name}."))
    joined = rows.join(parts, on=("marker", "value"), how="left", maintain_order="left")
    named = joined.select(
        "patient_id",
        "day",
        pl.col("specimen").str.strip_chars().str.to_lowercase(),
        "row",
        *(pl.col(f"{name}.").alias(name) for name in _PARTS),
    )
    return named.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in _PARTS))


def _parts(result: Her2Result | None) -> dict[str, Any]:
    if result is None:
        return dict.fromkeys(_PARTS)
    words = {name: getattr(result, name) for name in _PARTS if name not in (*_AMOUNTS, "score")}
    amounts = {name: getattr(result, name) for name in _AMOUNTS}
    listed = {name: None if one is None else {"low": one.low, "high": one.high} for name, one in amounts.items()}
    return {**words, **listed, "score": None if result.score is None else _SCORES[result.score]}


def _gathered(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per patient, day and specimen, the highest of several results of a test."""
    sample = pl.col("specimen").drop_nulls()
    only = pl.when(sample.n_unique() == 1).then(sample.first()).over("patient_id", "day")
    rows = rows.with_columns(pl.coalesce("specimen", only).alias("specimen"))
    ranked = (pl.col("hybridisation", "status", "staining")).replace_strict(_RANK, default=None, return_dtype=pl.Int8)
    rows = rows.with_columns(ranked)
    grouped = rows.group_by("patient_id", "day", "specimen", maintain_order=True).agg(
        pl.col("row").max(),
        *(pl.col(name).drop_nulls().max() for name in _PARTS if name not in (*_AMOUNTS, "low")),
        pl.col("low").drop_nulls().min(),  # `low` is more than `ultralow`, and comes before it
        *(pl.col(name).drop_nulls().sort().last() for name in _AMOUNTS),
        pl.any_horizontal(pl.col(name).drop_nulls().n_unique() > 1 for name in _PARTS).alias("several"),
    )
    names = {rank: status for status, rank in _RANK.items()}
    words = pl.col("hybridisation", "status", "staining").replace_strict(names, default=None, return_dtype=pl.String)
    return grouped.with_columns(words)


def _said(line: dict[str, Any], guideline: Her2Guideline) -> dict[str, Any]:
    parts: dict[str, Any] = {name: line[name] for name in _PARTS}
    parts |= {name: Amount(**parts[name]) for name in _AMOUNTS if parts[name] is not None}
    parts["score"] = _BY_SCORE.get(parts["score"])
    found = her2_status(Her2Result(**parts), guideline)
    flags = [*found.flags, *(["several results"] if line["several"] else [])]
    return {**{name: getattr(found, name) for name in _SAID}, "flags": flags}
