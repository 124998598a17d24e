"""What stands in a column of a spreadsheet: dates, numbers, words; identifiers, drugs, deaths."""

from collections.abc import Sequence

import polars as pl

from sequela.frozen import frozen
from sequela.records.cells import EMPTY_MARKS, FALSE_WORDS, TRUE_WORDS
from sequela.records.drug_text import SEPARATOR
from sequela.records.drugs import default_vocabulary
from sequela.sources.spreadsheet_dates import AGE_AS_WRITTEN, iso_dates
from sequela.sources.spreadsheet_words import meaning_of, yes_and_no

MOST_WORDS = 12
"""A column with more different cells than this holds no list of words."""

MOSTLY = 0.8
"""Share of filled cells from which a column holds dates or numbers, or a row its patient."""

MOST_DRUGS = 0.5
"""Share of the parts of filled cells above which a column holds drugs."""

NO_DAY = ("none", "ongoing", "alive")
"""What cells among days say where there is no day yet."""

_TICKS = ("x", "✓", "✔", "+", "ja", "oui", "si", "sí")
"""What people write into a cell to tick it, leaving the others empty."""

_ISO = r"^\d{4}(-\d{2})?(-\d{2})?([T ]|$)"
_SHORT_YEAR = r"^\d{1,2}[/. -]\d{1,2}[/. -]\d{2}$"
_CODE = r"^[\p{L}]{0,6}[-_/. ]?[\p{L}]{0,3}[-_/. ]?\d{1,10}([-_/.]\d{1,6})?[\p{L}]?$"
_DIFFERENT_CELLS = 300
"""So many different cells are looked up as drugs; more tell nothing more."""


@frozen
class Content:
    """What a column holds.

    Attributes
    ----------
    kind : str
        dates, numbers, ages (numbers with a unit of years), yes or no, ticks (one mark or an empty cell), words,
        text, or empty.
    words : tuple of str
        The different cells, where they are few.
    filled : float
        Share of filled cells.
    short_years : bool
        Whether dates are written with two digits for the year.
    """

    kind: str
    words: tuple[str, ...]
    filled: float
    short_years: bool


def content_of(column: pl.Series) -> Content:
    """Return what a column of text holds."""
    filled = filled_cells(column)
    if filled.is_empty():
        return Content("empty", (), 0.0, short_years=False)
    different = tuple(filled.unique().sort().to_list()[: MOST_WORDS + 1])
    few = different if len(different) <= MOST_WORDS else ()
    share = filled.len() / column.len()
    short = _share(filled, _SHORT_YEAR) >= MOSTLY
    kind, words = _kind(filled, different, share)
    return Content("dates", (), share, short_years=True) if short else Content(kind, words and few, share, short)


def _kind(filled: pl.Series, different: tuple[str, ...], share: float) -> tuple[str, tuple[str, ...]]:
    small = {word.lower() for word in different}
    if small <= {*TRUE_WORDS, *FALSE_WORDS} and len(different) > 1:
        return "yes or no", different
    if small <= {*TRUE_WORDS, *_TICKS} and share < 1:
        return "ticks", different
    dated = filled.filter(~filled.is_in(_no_dates(filled)))
    iso = dated.to_frame("text").select(iso_dates(pl.col("text"), "day-month-year"))["text"]
    if dated.len() and _share(iso, _ISO) >= MOSTLY:
        return "dates", ()
    if _share(filled, r"^[+-]?\d+([.,]\d+)?$") >= MOSTLY:
        return "numbers", different
    if _share(filled.str.to_lowercase(), AGE_AS_WRITTEN) >= MOSTLY:
        return "ages", different
    return ("words", different) if len(different) <= MOST_WORDS else ("text", ())


def _no_dates(filled: pl.Series) -> list[str]:
    """Return the cells that say of a column of days that there is none yet: none, ongoing, alive."""
    words = filled.filter(~filled.str.contains(r"\d")).unique().head(_DIFFERENT_CELLS).to_list()
    return [word for word in words if meaning_of(word, NO_DAY)]


def filled_cells(column: pl.Series) -> pl.Series:
    """Return the cells that are not empty and hold no mark for an empty cell."""
    return column.filter(~column.is_in(list(EMPTY_MARKS))).drop_nulls()


def _share(column: pl.Series, pattern: str) -> float:
    return int(column.str.contains(pattern).sum()) / column.len()


def is_code(column: pl.Series) -> bool:
    """Return whether every row holds something like a code or a whole number."""
    filled = filled_cells(column)
    return not filled.is_empty() and filled.len() >= MOSTLY * column.len() and _share(filled, _CODE) == 1


def is_running(column: pl.Series) -> bool:
    """Return whether a column counts its rows: whole numbers that grow from each row to the next, mostly by one."""
    steps = filled_cells(column).cast(pl.Int64, strict=False).diff().drop_nulls()
    return steps.len() > 1 and bool((steps > 0).all()) and steps.median() == 1


def is_lettered(column: pl.Series) -> bool:
    """Return whether every filled cell has a letter."""
    return bool(filled_cells(column).str.contains(r"\p{L}").all())


def is_all_different(column: pl.Series) -> bool:
    """Return whether no two filled cells of a column are the same."""
    filled = filled_cells(column)
    return filled.len() > 1 and filled.n_unique() == filled.len()


def repeats_in_blocks(column: pl.Series) -> bool:
    """Return whether cells repeat, the same ones always in neighbouring rows, as patients do in a long sheet."""
    filled = filled_cells(column)
    return 1 < filled.n_unique() < filled.len() and filled.rle().len() == filled.n_unique()


def share_of_drugs(column: pl.Series) -> float:
    """Return which share of the parts of all filled cells the drug vocabulary knows."""
    counted = filled_cells(column).value_counts().sort("count", descending=True).head(_DIFFERENT_CELLS)
    known = parts = 0
    for cell, count in counted.rows():
        one = drug_parts(cell)
        known, parts = known + count * one[0], parts + count * one[1]
    return known / parts if parts else 0.0


def drug_parts(cell: str) -> tuple[int, int]:
    """Return how many parts of a regimen as written are known, and how many it has."""
    parts = [part for part in SEPARATOR.split(cell) if part.strip()]
    if default_vocabulary().resolve(cell):
        return len(parts), len(parts)
    return sum(default_vocabulary().resolve(part) is not None for part in parts), len(parts)


def tells_of_deaths(words: Sequence[str]) -> bool:
    """Return whether the words of a column say dead of some and alive of others, by words and not by yes and no."""
    said = {meaning_of(word, ("dead", "alive")) for word in words}
    return {"dead", "alive"} <= said and yes_and_no(words) is None
