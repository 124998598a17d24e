"""Dates as people type them, and lengths of time counted from a date."""

import polars as pl

from sequela.sources.spreadsheet_map import UNITS, DateOrder

_MONTHS = (
    ("jan", "gen", "ene"),
    ("feb", "fev", "fév"),
    ("mar", "mär", "mae", "mrz", "mrt", "maa"),
    ("apr", "avr", "abr"),
    ("may", "mai", "mag", "mei"),
    ("jun", "juin", "giu"),
    ("jul", "juil", "lug"),
    ("aug", "aou", "aoû", "ago"),
    ("sep", "set"),
    ("oct", "okt", "ott", "out"),
    ("nov",),
    ("dec", "déc", "dez", "dic"),
)
"""How the names of the months begin in English, Dutch, French, German, Italian, Portuguese and Spanish.

No beginning stands for two months.
"""

_NUMBERS = {name: str(number) for number, names in enumerate(_MONTHS, 1) for name in names}
_NAME = r"(" + "|".join(_NUMBERS) + r")\p{L}*\.?"
_GAP = r"(?:[/. ,-]|\bde\b|\bdel\b)+"
_MIDNIGHT = r"(?: 0{1,2}:00(?::00)?)?$"

_DAY_NAME_YEAR = rf"^(\d{{1,2}}){_GAP}{_NAME}{_GAP}(\d{{4}}){_MIDNIGHT}"
_NAME_DAY_YEAR = rf"^{_NAME}{_GAP}(\d{{1,2}}){_GAP}(\d{{4}}){_MIDNIGHT}"
_NAME_YEAR = rf"^{_NAME}{_GAP}(\d{{4}})$"
_MONTH_YEAR = r"^(\d{1,2})[/.-](\d{4})$"
_YEAR_MONTH = r"^(\d{4})[/.](\d{1,2})$"
_YEAR_FIRST = rf"^(\d{{4}})[/.-](\d{{1,2}})[/.-](\d{{1,2}}){_MIDNIGHT}"
_YEAR_LAST = rf"^(\d{{1,2}})[/. -](\d{{1,2}})[/. -](\d{{4}}){_MIDNIGHT}"

_JAPANESE = r"^(\d{4})年(\d{1,2})月(\d{1,2})日$"
_JAPANESE_MONTH = r"^(\d{4})年(\d{1,2})月$"

_YEARS = r"y|yr|yrs|years?|y\.?/?o\.?|years? old|anni|j|jahre|jaar|jr|ans|anos|años|歳|才|岁"

AGE_AS_WRITTEN = rf"^(\d{{1,3}}(?:[.,]\d+)?) ?(?:{_YEARS})?\.?$"
"""An age with or without its unit: 57, 57y, 57 anni, 57歳."""

_OLDEST = 120

_ERAS = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925, "大正": 1911, "t": 1911}
"""The year before the first one of each Japanese era."""

_ERA = r"^(令和|平成|昭和|大正|[rhst])\.?(\d{1,2}|元)(?:年|[./-])(\d{1,2})(?:月|[./-])(\d{1,2})日?$"

FULL_DATE = r"^\d{4}-\d{2}-\d{2}"
WHOLE_DAY = r"^-?\d+$"


def iso_dates(text: pl.Expr, order: DateOrder) -> pl.Expr:
    """Return dates in the order year, month, day; what is no date in the order declared stays as written.

    Names of months (three letters or more, in the languages of `_MONTHS`), 年月日, a date of a Japanese era and a month
    with its year need no order.
    """
    written_so, text = text, text.str.normalize("NFKC")
    low = text.str.to_lowercase()
    day, month = (1, 2) if order == "day-month-year" else (2, 1)
    written = [
        (_ERA, _of_era(low)),
        (_YEAR_FIRST, _iso(text, _YEAR_FIRST, 1, 2, 3)),
        (_JAPANESE, _iso(text, _JAPANESE, 1, 2, 3)),
        (_JAPANESE_MONTH, _iso(text, _JAPANESE_MONTH, 1, 2, 0)),
        (_DAY_NAME_YEAR, _iso(low, _DAY_NAME_YEAR, 3, 2, 1)),
        (_NAME_DAY_YEAR, _iso(low, _NAME_DAY_YEAR, 3, 1, 2)),
        (_NAME_YEAR, _iso(low, _NAME_YEAR, 2, 1, 0)),
        (_MONTH_YEAR, _iso(text, _MONTH_YEAR, 2, 1, 0)),
        (_YEAR_MONTH, _iso(text, _YEAR_MONTH, 1, 2, 0)),
    ]
    if order != "year-month-day":
        written.append((_YEAR_LAST, _iso(text, _YEAR_LAST, 3, month, day)))
    return pl.coalesce(*(pl.when(low.str.contains(pattern)).then(iso) for pattern, iso in written), written_so)


def _of_era(text: pl.Expr) -> pl.Expr:
    """Return a date of a Japanese era: 平成29年3月1日 and H29.3.1 are 2017-03-01."""
    before = text.str.extract(_ERA, 1).replace_strict(_ERAS, default=None, return_dtype=pl.Int32)
    year = before + text.str.extract(_ERA, 2).replace({"元": "1"}).cast(pl.Int32, strict=False)
    parts = [year.cast(pl.String), *(text.str.extract(_ERA, at).str.zfill(2) for at in (3, 4))]
    return pl.concat_str(parts, separator="-")


def _iso(text: pl.Expr, pattern: str, year: int, month: int, day: int) -> pl.Expr:
    of_month = text.str.extract(pattern, month).replace(_NUMBERS).str.zfill(2)
    parts = [text.str.extract(pattern, year), of_month]
    if day:
        parts.append(text.str.extract(pattern, day).str.zfill(2))
    return pl.concat_str(parts, separator="-")


def age_in_years(text: pl.Expr) -> pl.Expr:
    """Return an age as a number of years, null where it is none or above 120.

    A whole number means completed years and stands for its middle: 57 is 57.5, for a patient is 57 from her birthday
    to the next.
    """
    written = text.str.to_lowercase().str.extract(AGE_AS_WRITTEN, 1).str.replace(",", ".", literal=True)
    years = written.cast(pl.Float64, strict=False)
    middle = pl.when(written.str.contains(".", literal=True)).then(years).otherwise(years + 0.5)
    return pl.when(years <= _OLDEST).then(middle)


def born(day: pl.Expr, years: pl.Expr) -> pl.Expr:
    """Return the day so many years before a full date (as a date) or a day (as a day), as text; null without one."""
    days = (years * UNITS["years"]).round().cast(pl.Int32)
    date = pl.when(day.str.contains(FULL_DATE)).then(day.str.slice(0, 10)).str.to_date("%Y-%m-%d", strict=False)
    number = pl.when(day.str.contains(WHOLE_DAY)).then(day).cast(pl.Int32, strict=False)
    return pl.coalesce((date - pl.duration(days=days)).dt.to_string("%Y-%m-%d"), (number - days).cast(pl.String))


def after(start: pl.Expr, length: pl.Expr, unit: str) -> pl.Expr:
    """Return the day a length of time after a full date (as a date) or after a day (as a day), as text.

    Lengths are rounded to whole days, halves to the even one; null where the start is neither, or the
    length is no number or less than 0.
    """
    number = length.str.replace(r"^(\d+),(\d+)$", "$1.$2").cast(pl.Float64, strict=False)
    days = pl.when(number >= 0).then((number * UNITS[unit]).round()).cast(pl.Int32)
    date = pl.when(start.str.contains(FULL_DATE)).then(start.str.slice(0, 10)).str.to_date("%Y-%m-%d", strict=False)
    from_date = (date + pl.duration(days=days)).dt.to_string("%Y-%m-%d")
    day = pl.when(start.str.contains(WHOLE_DAY)).then(start).cast(pl.Int32, strict=False)
    return pl.coalesce(from_date, (day + days).cast(pl.String))
