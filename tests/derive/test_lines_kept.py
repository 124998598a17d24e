"""Lines that were found are given again for the same records and rules, and for no others."""

import gc
from dataclasses import replace
from weakref import ref

from sequela.derive import lines as room
from sequela.derive.lines import lines_of_therapy
from sequela.derive.rules import BREAST
from sequela.records import kept

from .histories import given, history


def patient():
    return history(given("docetaxel", 0), given("capecitabine", 100), metastatic=0)


def test_the_same_records_and_rules_are_derived_once():
    records = patient()
    assert lines_of_therapy(records).equals(lines_of_therapy(records))
    assert room.KEPT.answers_of(records) == 1


def test_other_rules_and_other_records_get_their_own():
    records = patient()
    assert lines_of_therapy(records)["line"].to_list() == [1, 2]
    assert lines_of_therapy(records, BREAST.replacing(L01=200))["line"].to_list() == [1, 2]
    fewer = replace(records, tables={**records.tables, "exposures": records.table("exposures").head(1)})
    assert lines_of_therapy(fewer)["line"].to_list() == [1]
    assert lines_of_therapy(records)["line"].to_list() == [1, 2]


def test_no_more_than_a_few_sets_of_rules_are_kept():
    records = patient()
    for days in range(2 * room.MOST_RULES):
        lines_of_therapy(records, BREAST.replacing(L01=days))
    assert room.KEPT.answers_of(records) == room.MOST_RULES


def test_lines_are_forgotten_with_their_records():
    records = patient()
    lines_of_therapy(records)
    gone = ref(records)
    del records
    gc.collect()
    assert gone() is None


def test_many_exposures_are_not_kept(monkeypatch):
    monkeypatch.setattr(kept, "MOST_ROWS", 1)
    records = patient()
    assert lines_of_therapy(records)["line"].to_list() == [1, 2]
    assert room.KEPT.answers_of(records) == 0


def test_nobody_has_lines_of_the_same_columns_and_types():
    nobody = replace(patient(), tables={})
    assert lines_of_therapy(nobody).schema == room.LINE_SCHEMA == lines_of_therapy(patient()).schema
