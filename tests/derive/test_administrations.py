"""One row per ingredient of each exposure; unknown names stay as written."""

import polars as pl

from sequela.derive.administrations import administrations

from .histories import given, history


def test_a_fixed_combination_is_two_drugs_of_one_row():
    found = administrations(history(given("Phesgo", 10, 31)))
    assert found["ingredient"].to_list() == ["pertuzumab", "trastuzumab"]
    assert found["row"].to_list() == [2, 2]
    assert found["drug_class"].to_list() == ["HER2 antibody", "HER2 antibody"]
    assert found.select("start", "stop").unique().row(0) == (10, 31)


def test_an_antibody_drug_conjugate_is_not_its_antibody():
    found = administrations(history(given("ado-trastuzumab emtansine", 0), given("Enhertu", 30)))
    assert found["ingredient"].to_list() == ["trastuzumab emtansine", "trastuzumab deruxtecan"]
    assert found["modality"].to_list() == ["ADC", "ADC"]


def test_an_unknown_name_is_kept_and_said_to_be_unknown():
    found = administrations(history(given("MK-0000", 0), given("docetaxel", 0)))
    unknown = found.filter(~pl.col("known")).row(0, named=True)
    assert unknown["ingredient"] == "MK-0000"
    assert (unknown["drug_class"], unknown["modality"]) == ("unknown", "unknown")
    assert found.height == 2


def test_the_order_is_that_of_the_table_and_what_stands_beside_is_kept():
    found = administrations(
        history(given("docetaxel", None, None, "early"), given("letrozole", 5, None, "metastatic", "toxicity"))
    )
    assert found["ingredient"].to_list() == ["docetaxel", "letrozole"]
    assert found["start"].to_list() == [None, 5]
    assert found["reason_stopped"].to_list() == [None, "toxicity"]
    assert found["setting"].to_list() == ["early", "metastatic"]


def test_no_exposures_give_no_rows_with_the_same_columns():
    assert administrations(history()).columns == administrations(history(given("docetaxel", 0))).columns
