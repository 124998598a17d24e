"""Numbers, categories, flags and text as people write them."""

import polars as pl
import pytest

from sequela.records.cells import clean, read_values
from sequela.records.schema import TABLES


def one(table, column, text):
    line = read_values(pl.Series([text], dtype=pl.String), TABLES[table].column(column)).row(0, named=True)
    return line["value"], line["rule"]


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("12", 12.0, None),
        ("12.5", 12.5, None),
        ("12,5", 12.5, None),
        ("0,125", 0.125, None),
        ("1e3", 1000.0, None),
        (".5", 0.5, None),
        ("1,234", None, "ambiguous_number"),
        ("12 mg", None, "not_a_number"),
        ("~12", None, "not_a_number"),
        ("nan", None, "not_a_number"),
        ("inf", None, "not_a_number"),
        ("1e999", None, "not_a_number"),
        ("-1", None, "out_of_range"),
        ("99999999999", None, "out_of_range"),
        (None, None, None),
    ],
)
def test_numbers(text, value, rule):
    assert one("exposures", "dose", text) == (value, rule)


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("2", 2, None),
        ("2.0", 2, None),
        ("2.5", None, "not_whole"),
        ("6", None, "out_of_range"),
        ("ECOG 1", None, "not_a_number"),
    ],
)
def test_whole_numbers(text, value, rule):
    assert one("performance", "ecog", text) == (value, rule)


@pytest.mark.parametrize(
    ("table", "column", "text", "value"),
    [
        ("exposures", "reason_stopped", "Patient_Choice", "patient choice"),
        ("assessments", "response", "non-cr/non-pd", "NON-CR/NON-PD"),
        ("patients", "sex", "F", "female"),
        ("lesions", "role", "Non target", "non-target"),
    ],
)
def test_spellings_of_a_category_meet(table, column, text, value):
    assert one(table, column, text) == (value, None)


def test_a_category_is_never_guessed():
    assert one("assessments", "response", "P") == (None, "unknown_value")


@pytest.mark.parametrize(("text", "value"), [("Yes", True), ("1", True), ("0.0", False), ("n", False)])
def test_flags(text, value):
    assert one("lesions", "nodal", text) == (value, None)


def test_a_flag_is_never_guessed():
    assert one("lesions", "nodal", "maybe") == (None, "not_a_flag")


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("14,5", "14.5", None),
        ("<2,0", "<2.0", None),
        ("14,5 %", "14.5 %", None),
        ("3+", "3+", None),
        ("positive, weak", "positive, weak", None),
        ("1,200", None, "ambiguous_number"),
    ],
)
def test_a_result_keeps_its_words_and_loses_its_decimal_comma(text, value, rule):
    assert one("biomarkers", "value", text) == (value, rule)


def test_cells_are_trimmed_and_marks_of_an_empty_cell_are_empty():
    frame = pl.DataFrame({"cell": [" a b\u00a0", "NA", "  ", "#N/A", "\t", "none", "-"]})
    assert clean(frame, ["cell"])["cell"].to_list() == ["a b", None, None, None, None, "none", "-"]
