"""What a cell says about time."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.records.dates import DAYS_PER_MONTH, read_days

EPOCH = date(1970, 1, 1)


def one(text, **options):
    line = read_days(pl.Series([text], dtype=pl.String), **options).row(0, named=True)
    as_date = {part: line[part] is not None and EPOCH + timedelta(line[part]) for part in ("day", "early", "late")}
    return line, as_date


def test_a_month_is_a_twelfth_of_a_julian_year():
    assert DAYS_PER_MONTH * 12 == 365.25


@settings(deadline=None)
@given(st.dates(date(1850, 1, 1), date(2150, 12, 31)))
def test_a_full_date_is_itself(day):
    line, dates = one(day.isoformat())
    assert dates == {"day": day, "early": day, "late": day}
    assert (line["precision"], line["rule"], line["number"]) == ("day", None, None)


@settings(deadline=None)
@given(st.integers(-54_900, 14_999).filter(lambda number: not 1900 <= number <= 2099))
def test_a_whole_number_is_a_day(number):
    for text in (f"{number}", f"{number}.0", f"{number:+d}"):
        line, _ = one(text)
        assert (line["number"], line["day"], line["rule"]) == (number, None, None)


def test_a_month_is_taken_at_its_fifteenth_and_may_be_any_of_its_days():
    line, dates = one("2016-02")
    assert dates == {"day": date(2016, 2, 15), "early": date(2016, 2, 1), "late": date(2016, 2, 29)}
    assert line["precision"] == "month"


def test_a_year_is_taken_at_the_first_of_july_and_may_also_be_a_day():
    line, dates = one("2014")
    assert dates == {"day": date(2014, 7, 1), "early": date(2014, 1, 1), "late": date(2014, 12, 31)}
    assert (line["precision"], line["number"]) == ("year", 2014)


@pytest.mark.parametrize("time", ["T10:11:12", " 00:00", " 23:59:59.123", "T10:11:12Z", "T10:11:12+02:00"])
def test_a_time_of_day_is_dropped(time):
    _, dates = one("2019-03-04" + time)
    assert dates["day"] == date(2019, 3, 4)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("31/12/2019", "date_spelling"),
        ("12.31.2019", "date_spelling"),
        ("2019/12/31", "date_spelling"),
        ("31-12-2019", "date_spelling"),
        ("2019-2-3", "date_spelling"),
        ("20191231", "date_spelling"),
        ("12/2019", "date_spelling"),
        ("31-Dec-2019", "date_spelling"),
        ("March 2019", "date_spelling"),
        ("2019-02-30", "impossible_date"),
        ("2019-13", "impossible_date"),
        ("2019-00-01", "impossible_date"),
        ("2100-02-29", "impossible_date"),
        ("9999-12-31", "unlikely_date"),
        ("0019-12-31", "unlikely_date"),
        ("43500", "serial_date"),
        ("15000", "serial_date"),
        ("-54901", "unlikely_day"),
        ("12.5", "not_a_date"),
        ("unknown", "not_a_date"),
        ("99999999999", "not_a_date"),
        ("2019-12-31 maybe", "date_spelling"),
        ("²", "not_a_date"),
    ],
)
def test_what_is_refused(text, rule):
    line, _ = one(text)
    assert line["rule"] == rule
    assert line["number"] is line["day"] is line["early"] is line["late"] is line["precision"] is None


def test_serial_dates_may_be_days_where_the_folder_says_so():
    line, _ = one("15000", serial_dates=False)
    assert (line["rule"], line["number"]) == (None, 15000)


def test_nothing_is_nothing():
    line, _ = one(None)
    assert line == dict.fromkeys(line)
