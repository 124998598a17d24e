"""Lines of therapy: what was given together, from when to when, and why it ended.

The rules are data (`rules.py`); how they are applied is described in `docs/lines.md`.
"""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sequela.derive import line_kernel
from sequela.derive.line_columns import (
    CLASSES,
    CONFIDENCES,
    ENDINGS,
    GIVEN,
    LINE,
    NONE,
    REGIMEN,
    STOPPED_UNKNOWN,
    Codes,
    Lines,
    Rows,
    Sets,
    World,
    choices,
)
from sequela.derive.line_events import RULE_BITS
from sequela.derive.line_order import sorted_rows
from sequela.derive.line_table import Codebook, beside, codebook, facts, given
from sequela.derive.metastases import metastatic_from
from sequela.derive.rules import BREAST, LineRules
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH
from sequela.records.kept import KeptAnswers
from sequela.records.partitions import is_by_patient, partitions

ASSUMED = "assumed_PD"
"""Why a line ended where no reason is known and the next line brings a new drug class."""

PLAIN_ROWS = 30_000
"""Exposures up to which the rules run uncompiled."""

MOST_RULES = 4
"""Sets of rules whose lines are kept of the same records: an audit asks for the same ones five times."""

KEPT: KeptAnswers[pl.DataFrame] = KeptAnswers(MOST_RULES)

_NAMES = pl.List(pl.String)
LINE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "patient_id": pl.String,
    "line": pl.Int32,
    "start": pl.Int32,
    "stop": pl.Int32,
    "regimen": pl.String,
    "ingredients": _NAMES,
    "classes": _NAMES,
    "reason_ended": pl.String,
    "rules": _NAMES,
    "confidence": pl.String,
    "rows": _NAMES,
    "last_given": pl.Int32,
    "maintenance": pl.Int32,
    "progression": pl.Int32,
}
"""What is said of every line; see `lines_of_therapy`."""

_LABELS = pl.Series([{"progression": "PD"}.get(name, name) for name in ENDINGS] + [ASSUMED])
_ASSUMED_CODE = len(ENDINGS)


def lines_of_therapy(records: Records, rules: LineRules = BREAST) -> pl.DataFrame:
    """Return every palliative line of every patient.

    A drug given with a recorded setting belongs to that setting; without one, the day the
    disease became metastatic decides (L01, L28). Where neither is known, lines are numbered
    all the same, and their confidence is "review".

    Exposures sorted by patient (`records.partitions.by_patient`) are derived partition by partition.

    Returns
    -------
    DataFrame
        One row per line, by patient and start:

        - patient_id; line (Int32, from 1; first lines that L08 or L21 does not count come before
          it: 0, -1 and so on backwards);
        - start, stop (days; `stop` by L25);
        - regimen (what defines the line, joined by " + "), ingredients and classes (lists:
          everything given during the line, courses running on from an earlier one included);
        - reason_ended: PD, assumed_PD (no reason known, new class follows), toxicity, completed,
          patient choice, other disease, death, other, data end or unknown;
        - rules (ids fired), confidence (certain, rule or review), rows (`exposures:12`);
        - last_given, maintenance (first day of maintenance), progression (first progression
          documented after the start of the line and not after the start of the next); days,
          null where there is none.
    """
    if not is_by_patient(records.table("exposures")):
        return _lines(records, rules)
    return pl.concat(_lines(part, rules) for _, part in partitions(records))


def columns_of_lines(records: Records, rules: LineRules, *columns: str) -> pl.DataFrame:
    """Return some columns of `lines_of_therapy`; of many patients only they are held in memory.

    Records of more patients than a partition holds come by patient.
    """
    parts = (lines_of_therapy(part, rules).select(columns).shrink_to_fit() for _, part in partitions(records))
    return pl.concat(parts)


def _lines(records: Records, rules: LineRules) -> pl.DataFrame:
    return KEPT.found(records, (rules,), lambda: _found(records, rules))


def _found(records: Records, rules: LineRules) -> pl.DataFrame:
    book = codebook(records, rules.roles)
    rows, lines, n = _derived(records, rules, book)
    return _frame(records.table("exposures"), rows, lines, n, book)


def _derived(records: Records, rules: LineRules, book: Codebook) -> tuple[Rows, Lines, int]:
    exposures = records.table("exposures")
    sort, fold = _compiled_pass() if exposures.height > PLAIN_ROWS else (sorted_rows, line_kernel.fold)
    rows = sort(given(exposures, book), beside(exposures), book.parts, len(book.patients.categories))
    patients, events = facts(records, book, rows.offsets)
    return rows, *fold(World(rows.table, book.drugs, patients, events, choices(rules, DAYS_PER_MONTH)))


def _compiled_pass() -> tuple[Any, Any]:
    # numba costs a third of a second to import; only a table that is large enough should pay.
    from sequela.derive import line_compiled, line_sort  # noqa: PLC0415

    return line_sort.sorted_rows, line_compiled.fold


def _frame(exposures: pl.DataFrame, rows: Rows, lines: Lines, n: int, book: Codebook) -> pl.DataFrame:
    regimen = _sets(_words(lines.sets, REGIMEN, n), book.ingredients).list.join(" + ")
    line = {name: lines.line[name][:n].astype(np.int32) for name in LINE.names or () if name != "fired"}
    days = {name: _day(line[name]) for name in ("start", "stop", "last", "maintenance", "progression")}
    return pl.DataFrame(
        {
            "patient_id": book.patients.categories.gather(line["patient"]),
            "line": line["number"],
            "start": days["start"],
            "stop": days["stop"],
            "regimen": regimen,
            "ingredients": _sets(_words(lines.sets, GIVEN, n), book.ingredients),
            "classes": _sets(_words(lines.sets, CLASSES, n), book.classes),
            "reason_ended": _LABELS.gather(_endings(line["ending"], line["patient"], _words(lines.sets, CLASSES, n))),
            "rules": _sets(_fired(lines.line["fired"][:n]), tuple(f"L{number:02d}" for number in range(RULE_BITS))),
            "confidence": pl.Series(CONFIDENCES).gather(line["confidence"]),
            "rows": _references(exposures, rows, lines, book),
            "last_given": days["last"],
            "maintenance": days["maintenance"],
            "progression": days["progression"],
        }
    )


def _day(values: NDArray[np.int32]) -> pl.Series:
    return pl.Series(values).replace(NONE, None)


def _endings(ending: Codes, patient: Codes, classes: NDArray[np.uint32]) -> Codes:
    """Return why each line ended, progression assumed where an unexplained end is followed by a new class."""
    new_class = (classes[1:] & ~classes[:-1]).any(axis=1)
    assumed = np.zeros(len(ending), np.bool_)
    assumed[:-1] = (patient[1:] == patient[:-1]) & new_class
    return np.where(assumed & (ending == STOPPED_UNKNOWN), np.int32(_ASSUMED_CODE), ending)


def _words(sets: Sets, which: int, n: int) -> NDArray[np.uint32]:
    """Return one set of the first lines, one line in each row."""
    return sets.bits[: 3 * n * sets.words].reshape(n, 3, sets.words)[:, which]


def _fired(fired: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return the rules of each line as a set of one word."""
    return (fired[:, None] & ((1 << RULE_BITS) - 1)).astype(np.uint32)


def _sets(masks: NDArray[np.uint32], names: tuple[str, ...]) -> pl.Series:
    """Return the names whose bits are set, as sorted lists; each distinct set is spelled out once."""
    words = [f"word {number}" for number in range(masks.shape[1])]
    table = pl.DataFrame({word: masks[:, number] for number, word in enumerate(words)})
    distinct = table.unique(maintain_order=True).with_row_index("set")
    codes = table.join(distinct, on=words, how="left", maintain_order="left").get_column("set")
    spelled = [
        sorted({name for bit, name in enumerate(names) if row[bit >> 5] >> (bit & 31) & 1})
        for row in distinct.select(words).iter_rows()
    ]
    return pl.Series(spelled, dtype=pl.List(pl.String)).gather(codes)


def _references(exposures: pl.DataFrame, rows: Rows, lines: Lines, book: Codebook) -> pl.Series:
    """Return the rows of each line, by day and drug."""
    place = pl.Series("line", lines.place)
    row = exposures.get_column("row").gather(rows.source)
    listed = pl.DataFrame([place, row]).filter(pl.col("line") >= 0)
    listed = listed.with_columns(pl.col("line").set_sorted(), pl.format("exposures:{}", "row").alias("rows"))
    lists = listed.group_by("line", maintain_order=True).agg("rows").get_column("rows")
    combined = np.diff(book.parts[0]).max(initial=0) > 1
    # A row with several ingredients is one row.
    return lists.list.unique(maintain_order=True) if combined else lists


def line_summary(records: Records, lines: pl.DataFrame, rules: LineRules = BREAST) -> pl.DataFrame:
    """Return how many lines each patient had, in the notation of Saini & Twelves 2021.

    Parameters
    ----------
    records : Records
    lines : DataFrame
        Of `lines_of_therapy` with the same rules.
    rules : LineRules

    Returns
    -------
    DataFrame
        One row per patient of the records, by patient_id: metastatic_start (day, null where not
        known), curative_lines, palliative_lines (Int32), early_relapse (L20; null without dated
        (neo)adjuvant HER2-directed therapy or without a relapse), eligibility_lines (palliative
        lines, and one more after an early relapse), lot ("LoT 3 (1+2)").
    """
    if not is_by_patient(records.table("exposures")):
        return _summary(records, lines, rules)
    return pl.concat(_summary(part, span.of(lines), rules) for span, part in partitions(records))


def _summary(records: Records, lines: pl.DataFrame, rules: LineRules) -> pl.DataFrame:
    book = codebook(records, rules.roles)
    _, derived, _ = _derived(records, rules, book)
    per_patient = pl.DataFrame(
        {
            "patient_id": book.patients.categories,
            "curative_lines": derived.course["curative"].astype(np.int32),
            "early_relapse": pl.Series(derived.course["early_relapse"].astype(np.int32))
            .replace(-1, None)
            .cast(pl.Boolean),
        }
    )
    counted = (
        lines.filter(pl.col("line") > 0).group_by("patient_id").agg(pl.len().cast(pl.Int32).alias("palliative_lines"))
    )
    metastatic = metastatic_from(records).select("patient_id", pl.col("day").alias("metastatic_start"))
    table = per_patient.join(counted, on="patient_id", how="left", maintain_order="left")
    table = table.join(metastatic, on="patient_id", how="left", maintain_order="left")
    table = table.with_columns(pl.col("palliative_lines").fill_null(0))
    curative, palliative = pl.col("curative_lines"), pl.col("palliative_lines")
    return table.select(
        "patient_id",
        "metastatic_start",
        "curative_lines",
        "palliative_lines",
        "early_relapse",
        (palliative + pl.col("early_relapse").fill_null(value=False)).cast(pl.Int32).alias("eligibility_lines"),
        pl.format("LoT {} ({}+{})", curative + palliative, curative, palliative).alias("lot"),
    )
