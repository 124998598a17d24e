"""Markers in two specimens of the same patients, from files to the report."""

import polars as pl
import pytest

from sequela.errors import StudyError
from sequela.report.methods import methods_paragraph
from sequela.report.tables import tables_of
from sequela.run import run_study
from sequela.study.load import load_study
from tests.golden.read import number, rows
from tests.golden.tolerances import DISTRIBUTION
from tests.hand_made import records

from .folders import not_on_the_page, sequela, write_study

STUDY = """\
version: 1
title: HER2, ER and Ki-67 of the primary tumour and of its metastases
records: records/
time_zero: first trastuzumab emtansine
groups:
  P: received pertuzumab
  T: otherwise
analyses:
  - conversion: [her2, her2_low, er, ki67]
  - conversion: {covariates: [her2, her2_low, er, ki67], between: primary and metastasis}
  - conversion: {covariates: her2, since: first pertuzumab, at: any time}
"""
BETWEEN = ("first and latest", "primary and metastasis")


def people():
    tables = {"patients": [], "diagnoses": [], "exposures": [], "biomarkers": []}
    for one in rows("conversion_study", "data"):
        name = one["id"]
        tables["patients"].append({"patient_id": name, "last_contact": 100})
        tables["diagnoses"].append({"patient_id": name, "day": -900, "kind": "primary"})
        tables["exposures"].append({"patient_id": name, "drug": "trastuzumab emtansine", "start": 0})
        if one["group"] == "P":
            tables["exposures"].append({"patient_id": name, "drug": "pertuzumab", "start": -90, "stop": -9})
        for day, place, side in ((-900, "primary", ""), (-20, one["place"], "_after")):
            for marker, column, unit in (("HER2", "her2", None), ("ER", "er", "%"), ("Ki-67", "ki67", "%")):
                if place:
                    value = {"marker": marker, "value": one[column + side], "unit": unit, "specimen": place}
                    tables["biomarkers"].append({"patient_id": name, "day": day, **value})
    return records(**tables)


def put(folder, study=STUDY):
    return write_study(folder, people(), study)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run_study(put(tmp_path_factory.mktemp("conversion")))


@pytest.mark.parametrize("place", [0, 1])
def test_counts_and_tests_are_those_of_r(result, place):
    markers = {marker.name: marker for marker in result.analyses[place].markers}
    seen = 0
    for row in rows("conversion_study", "expected"):
        if row["between"] != BETWEEN[place]:
            continue
        marker = markers[row["marker"]]
        group = next(group for group in marker.groups if group.name == row["group"])
        name, value = row["name"], number(row["value"])
        if name == "pairs":
            assert group.pairs == value
        elif name in ("change", "low change"):
            assert group.quartiles[2][name == "low change"] == value
        elif " to " in name:
            before, after = (marker.levels.index(level) for level in name.split(" to "))
            assert group.counts[before, after] == value, (row["marker"], row["group"], name)
        else:
            test = next(test for test in group.tests if test.name == name)
            assert test.p_value == pytest.approx(value, rel=DISTRIBUTION), (row["marker"], row["group"], name)
            seen += 1
    assert seen >= 20


def test_specimens_since_a_drug_are_those_of_who_had_it(result):
    (marker,) = result.analyses[2].markers
    exposed, never, everyone = marker.groups
    assert (never.pairs, never.tests) == (0, ()) and exposed.pairs == everyone.pairs > 0
    assert "up to first pertuzumab" in result.analyses[2].between


def test_every_number_is_in_the_tidy_results(result):
    found = result.analyses[0].results
    pairs = found.filter(pl.col("statistic") == "pairs", pl.col("variable") == "her2_low", pl.col("group") == "All")
    assert pairs.height == 9 and pairs["value"].sum() == pairs["n"][0] == 76
    assert set(found.filter(pl.col("statistic") == "p_value")["method"]) == {
        *("McNemar exact", "McNemar", "Stuart-Maxwell", "Bowker", "Wilcoxon signed rank", "sign test")
    }


def test_the_page_says_what_was_done(result):
    tables = {table.name: table for table in tables_of(result.analyses)}
    her2 = tables["conversion-her2"]
    labels = [row.cells[0] for row in her2.rows]
    assert labels[:2] == ["With both specimens (% of patients)", "changed (% of these)"]
    assert labels[-2:] == ["McNemar exact test", "McNemar test"]
    assert "Positive before" in labels and "then negative" in labels
    assert her2.rows[-2].cells[3] == "p < 0.001"
    assert any("columns are not compared" in note for note in her2.notes)
    assert "conversion-her2-2" in tables and "conversion-ki67" in tables
    text = methods_paragraph(result)
    assert "Within patients the changes of HER2" in text.text and "Bowker's test of symmetry" in text.text
    assert "two-sided" in text.text
    assert {"10.1093/biomet/42.3-4.412", "10.1080/01621459.1948.10483284"} <= {item.doi for item in text.references}


def test_who_was_not_biopsied_again_is_said(result):
    assert any("76 of 90 patients have both specimens" in caution for caution in result.analyses[0].cautions)


def test_the_run_ends_well(tmp_path):
    code, out, err = sequela("run", put(tmp_path), "--out", tmp_path / "report")
    assert code == 0, out + err
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "HER2 status before and after" in page and "76 of 90 patients have both specimens" in page
    assert not_on_the_page(tmp_path / "report") == {"flow"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("[age]", "unknown covariate of specimens 'age'"),
        ("{covariates: [her2], between: primary and metastasis, since: first pertuzumab}", "one of the two"),
        ("{covariates: [her2], since: time zero}", "no specimen after 'time zero' is looked at"),
        ("{covariates: [her2], since: sometime}", "not a moment"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_line(tmp_path, asked, said):
    study = STUDY.replace("  - conversion: [her2, her2_low, er, ki67]\n", f"  - conversion: {asked}\n")
    with pytest.raises(StudyError, match=said) as refused:
        load_study(put(tmp_path, study))
    assert "study.yaml:9" in str(refused.value)


def test_nobody_with_two_specimens_is_withheld(tmp_path):
    study = put(tmp_path, STUDY.replace("  - conversion: [her2, her2_low, er, ki67]\n", "  - conversion: cd8_foxp3\n"))
    assert any("nobody has two specimens" in text for text in run_study(study).withheld)
