"""The rows of a sheet as rows of one canonical table, by one block of the map."""

import polars as pl

from sequela.frozen import frozen
from sequela.records.cells import EMPTY_MARKS, FALSE_WORDS, TRUE_WORDS, plain_key
from sequela.records.schema import TABLES
from sequela.sources.cbioportal_rows import REFUSED, Candidate, candidate
from sequela.sources.spreadsheet_cells import NamedSheet
from sequela.sources.spreadsheet_dates import after, age_in_years, born, iso_dates
from sequela.sources.spreadsheet_map import AGE, Block, Condition, DateOrder, Value, is_day

_PATIENT = "patient_id"


@frozen
class Made:
    """What a block made of a sheet.

    Attributes
    ----------
    candidate : Candidate
    left_out : int
        Rows whose condition says no.
    empty : int
        Rows without a condition in which every cell of the block is empty.
    repeats : int
        Rows that say of a patient what an earlier one says, as in a sheet of a row per drug.
    """

    candidate: Candidate
    left_out: int
    empty: int
    repeats: int


def rows_of(block: Block, sheet: NamedSheet, order: DateOrder) -> Made:
    """Return what a block makes of a sheet.

    A row whose condition cannot be told is refused: its patient is incomplete in that table, for unknown
    is never no.
    """
    frame = _values(block, sheet, order)
    said = pl.col(".only")
    wanted = frame.filter(said.fill_null(value=False))
    given = [pl.col(name) for name, value in block.values.items() if not value.text]
    empty = pl.all_horizontal(cell.is_null() for cell in given) if given else pl.lit(value=False)
    spared = block.only is not None or block.table == "patients"
    filled = wanted if spared else wanted.filter(~empty | pl.any_horizontal(_refused_columns(block)))
    said_by = block.only.column if block.only else ""
    refused = [_lines(sheet, frame.filter(said.is_null()), said_by, "unclear_condition")]
    for name, value in block.values.items():
        unclear = pl.col(f".refused.{name}")
        rule = "not_an_age" if value.unit == AGE else "length_without_day" if value.length else "unclear_condition"
        shown = value.length or (value.only.column if value.only else "")
        refused.append(_lines(sheet, filled.filter(unclear), shown, rule))
        filled = filled.filter(~unclear)
    told = filled.unique([_PATIENT, *block.values], keep="first", maintain_order=True) if _is_lasting(block) else filled
    kept = _split(told, block)
    made = candidate(block.table, sheet.file, kept.select("row", _PATIENT, *block.values), pl.concat(refused))
    left_out, none = frame.filter(~said).height, 0 if spared else wanted.filter(empty).height
    return Made(made, left_out, none, filled.height - told.height)


def _is_lasting(block: Block) -> bool:
    """Return whether rows of a table may stand again beside every drug; a repeated drug is shown as a repeat."""
    return block.table in ("patients", "diagnoses", "biomarkers", "metastases", "performance")


def _refused_columns(block: Block) -> list[pl.Expr]:
    return [pl.col(f".refused.{name}") for name in block.values] or [pl.lit(value=False)]


def _lines(sheet: NamedSheet, frame: pl.DataFrame, column: str, rule: str) -> pl.DataFrame:
    found = _cell(sheet, column) if column else pl.lit(None, pl.String)
    cells = sheet.sheet.frame.select("row", found.alias("found"))
    lines = frame.join(cells, on="row", how="left", maintain_order="left").select(
        "row", _PATIENT, pl.lit(column).alias("column"), pl.lit(rule).alias("rule"), "found"
    )
    return lines.select(pl.col(name).cast(kind) for name, kind in REFUSED.items())


def _values(block: Block, sheet: NamedSheet, order: DateOrder) -> pl.DataFrame:
    """Return the canonical cells, `.only`, and per column whether its row must be refused (`.refused.NAME`)."""
    table = TABLES[block.table]
    made = [_cell(sheet, block.patient).alias(_PATIENT), _condition(sheet, block.only).alias(".only")]
    for name, value in block.values.items():
        day = table.column(name).content in ("day", "date")
        cell, refused = _value(sheet, value, order if day else None)
        made += [cell.alias(name), refused.fill_null(value=False).alias(f".refused.{name}")]
    return sheet.sheet.frame.select("row", *made)


def _cell(sheet: NamedSheet, name: str) -> pl.Expr:
    text = pl.col(str(sheet.places[name]))
    return pl.when(~text.is_in(EMPTY_MARKS)).then(text)


def _condition(sheet: NamedSheet, condition: Condition | None) -> pl.Expr:
    """Return whether a condition holds; null where its cell does not tell."""
    if condition is None:
        return pl.lit(value=True)
    text = plain_key(_cell(sheet, condition.column)).str.replace(r"^(\d+)\.0$", "$1")
    holds, fails = condition.holds or TRUE_WORDS, condition.fails
    fails = fails or (() if condition.holds else FALSE_WORDS)
    known = {**dict.fromkeys(_keys(fails), False), **dict.fromkeys(_keys(holds), True)}
    said = text.replace_strict(known, default=None, return_dtype=pl.Boolean)
    empty = pl.when(text.is_null()).then(pl.lit(value=False)) if condition.empty_fails else pl.lit(None, pl.Boolean)
    return pl.coalesce(said, empty)


def _keys(words: tuple[str, ...]) -> list[str]:
    return pl.Series(words, dtype=pl.String).to_frame("word").select(plain_key(pl.col("word")))["word"].to_list()


def _value(sheet: NamedSheet, value: Value, order: DateOrder | None) -> tuple[pl.Expr, pl.Expr]:
    """Return the cell of a canonical column, and whether its row must be refused because of it."""
    if value.text:
        cell, refused = pl.lit(value.text), pl.lit(value=False)
    elif value.length:
        cell, refused = _length(sheet, value, order or "year-month-day")
    else:
        cell, refused = _in_words(_cell(sheet, value.column), value), pl.lit(value=False)
        cell = iso_dates(cell, order) if order else _multiplied(cell, value.times)
    if value.only is None:
        return cell, refused
    said = _condition(sheet, value.only)
    return pl.when(said).then(cell), said.is_null() | (said & refused)


def _multiplied(cell: pl.Expr, times: int) -> pl.Expr:
    """Return numbers multiplied, rounded to six places; what is no number stays as written."""
    if times == 1:
        return cell
    number = cell.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    return pl.when(number.is_null()).then(cell).otherwise((number * times).round(6).cast(pl.String))


def _length(sheet: NamedSheet, value: Value, order: DateOrder) -> tuple[pl.Expr, pl.Expr]:
    start = pl.lit(value.count_from) if is_day(value.count_from) else iso_dates(_cell(sheet, value.count_from), order)
    length = _cell(sheet, value.length)
    if value.unit == AGE:
        years = age_in_years(length)
        return born(start, years), length.is_not_null() & years.is_null()
    day = after(start, length, value.unit)
    return day, length.is_not_null() & day.is_null()


def _in_words(cell: pl.Expr, value: Value) -> pl.Expr:
    if not value.words:
        return cell
    keys = dict(zip(_keys(tuple(value.words)), value.words.values(), strict=True))
    key = plain_key(cell)
    said = pl.when(key.is_in(list(keys))).then(key.replace_strict(keys, default=None, return_dtype=pl.String))
    found = pl.when(key.is_in(list(keys))).then(said).otherwise(cell)
    return pl.when(found != "").then(found)


def _split(frame: pl.DataFrame, block: Block) -> pl.DataFrame:
    """Return one row per value where a cell holds several."""
    for name, value in block.values.items():
        if value.split:
            first, *others = value.split
            text = pl.col(name)
            for other in others:
                text = text.str.replace_all(other, first, literal=True)
            frame = frame.with_columns(text.str.split(first)).explode(name)
            frame = frame.with_columns(pl.col(name).str.strip_chars()).filter(
                (pl.col(name) != "").fill_null(value=True)
            )
    return frame
