"""What one cell says: numbers, categories, flags and text, read one distinct text at a time."""

from collections.abc import Iterable

import polars as pl

from sequela.records.schema import POLARS_TYPE, Column

EMPTY_MARKS = ("NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "")
"""Texts that other programs write for an empty cell."""

TRUE_WORDS = (
    *("true", "yes", "y", "1", "ja", "oui", "si", "sì", "sí", "sim", "はい", "有", "あり"),
    *("wahr", "vrai", "vero", "verdadero", "verdadeiro", "waar"),
)
FALSE_WORDS = (
    *("false", "no", "n", "0", "nein", "non", "não", "nao", "nee", "いいえ", "無", "なし"),
    *("falsch", "faux", "falso", "onwaar"),
)
"""Words for yes and for no, and what spreadsheets in other languages write for TRUE and FALSE.

Single letters other than y and n are left out: `s` and `o` are yes in some languages and other things in others.
"""

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
_DECIMAL_COMMA = r"^([<>≤≥]=? ?)?[+-]?\d+,\d+ ?%?$"
_THOUSANDS = r"^([<>≤≥]=? ?)?[+-]?[1-9]\d{0,2}(,\d{3})+ ?%?$"


def clean(frame: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Trim the blanks around the cells of some columns, and turn the marks of an empty cell into null."""
    # Two steps: as one expression Polars would trim every cell twice.
    given = [name for name in names if frame[name].null_count() < frame.height]
    trimmed = frame.with_columns(pl.col(given).str.strip_chars())
    return trimmed.with_columns(pl.when(~pl.col(name).is_in(EMPTY_MARKS)).then(name).alias(name) for name in given)


def plain_key(text: pl.Expr) -> pl.Expr:
    """Fold case, blanks, hyphens and underscores, so that spellings of one category meet."""
    return text.str.to_lowercase().str.replace_all(r"[\s_\-/]+", " ")


def _numbers(column: Column) -> tuple[pl.Expr, pl.Expr]:
    text = pl.col("text")
    comma = text.str.contains(_DECIMAL_COMMA) & ~text.str.contains("[<>≤≥%]")
    written = pl.when(comma).then(text.str.replace(",", ".", literal=True)).otherwise(text)
    value = pl.when(written.str.contains(_NUMBER)).then(written).cast(pl.Float64, strict=False)
    low, high = column.low, column.high
    outside = pl.lit(False)
    outside = outside if low is None else outside | (value < low)
    outside = outside if high is None else outside | (value > high)
    whole = pl.lit(column.content == "integer")
    rule = (
        pl.when(text.str.contains(_THOUSANDS))
        .then(pl.lit("ambiguous_number"))
        .when(value.is_null() | ~value.is_finite())
        .then(pl.lit("not_a_number"))
        .when(whole & (value != value.round()))
        .then(pl.lit("not_whole"))
        .when(outside | (value.abs() > 2**31 - 1))
        .then(pl.lit("out_of_range"))
    )
    return value, rule


def _categories(column: Column) -> tuple[pl.Expr, pl.Expr]:
    keys = pl.DataFrame({"value": column.values}).select("value", key=plain_key(pl.col("value")))
    spellings = dict(zip(keys["key"], keys["value"], strict=True)) | dict(column.synonyms)
    value = plain_key(pl.col("text")).replace_strict(spellings, default=None, return_dtype=pl.String)
    return value, pl.when(value.is_null()).then(pl.lit("unknown_value"))


def _flags(_: Column) -> tuple[pl.Expr, pl.Expr]:
    words = dict.fromkeys(TRUE_WORDS, True) | dict.fromkeys(FALSE_WORDS, False)
    text = pl.col("text").str.to_lowercase().str.replace(r"^([01])\.0$", "$1")
    value = text.replace_strict(words, default=None, return_dtype=pl.Boolean)
    return value, pl.when(value.is_null()).then(pl.lit("not_a_flag"))


def _texts(column: Column) -> tuple[pl.Expr, pl.Expr]:
    text = pl.col("text")
    if not column.numeric_text:
        return text, pl.lit(None, pl.String)
    comma = text.str.contains(_DECIMAL_COMMA)
    value = pl.when(comma).then(text.str.replace(",", ".", literal=True)).otherwise(text)
    return value, pl.when(text.str.contains(_THOUSANDS)).then(pl.lit("ambiguous_number"))


_READERS = {"number": _numbers, "integer": _numbers, "category": _categories, "flag": _flags, "text": _texts}


def read_values(texts: pl.Series, column: Column) -> pl.DataFrame:
    """Read each text as the column's content.

    Returns `text`, `value` (typed as the column) and `rule`, which names the refusal where the
    text cannot be read. A null text has a null value and no refusal.
    """
    value, rule = _READERS[column.content](column)
    frame = pl.DataFrame({"text": texts.cast(pl.String)}).with_columns(value=value, rule=rule)
    given = pl.col("text").is_not_null()
    good = given & pl.col("rule").is_null()
    return frame.select(
        "text",
        pl.when(good).then("value").cast(POLARS_TYPE[column.content]).alias("value"),
        pl.when(given).then("rule").cast(pl.String).alias("rule"),
    )
