"""The page of the study language is run: every example loads, every name it lists exists, its studies answer."""

import re
from pathlib import Path

import pytest
import yaml

from sequela.derive.baseline import COVARIATES
from sequela.derive.endpoint_files import PROFILES
from sequela.study.cohort import FlowStep, build_cohort
from sequela.study.grammar import HEADS
from sequela.study.spec import ANALYSES, ResponseAnalysis, Study
from tests.hand_made import records

from .studies import load, patients

PAGE = (Path(__file__).parents[2] / "docs" / "study-language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
ASKED = "analyses: [survival: os]\n"
BASE = f"version: 1\ntitle: x\nrecords: r\ntime_zero: first trastuzumab emtansine\n{ASKED}"


def whole(example):
    if "version:" in example:
        return example
    return (BASE.replace(ASKED, "") if "analyses:" in example else BASE) + example


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[0] + text.splitlines()[1][:40])
def test_every_example_loads(tmp_path, example):
    assert load(tmp_path, whole(example)).title


def test_the_page_names_everything_there_is():
    named = set(re.findall(r"`([\w.]+)", PAGE))
    assert set(Study.model_fields) | set(HEADS) | set(ANALYSES) | set(PROFILES) | set(COVARIATES) <= named


def test_every_short_form_of_the_table_is_its_long_form(tmp_path):
    rows = re.findall(r"^\| `(\w+: [^`]+)`(?:, `[^`]+`| with `(is: \w+)`)? \| `([^`]+)`", PAGE, re.MULTILINE)
    assert len(rows) == 9
    for long, more, short in rows:
        form = "{" + long + (f", {more}" if more else "") + "}"
        found = load(tmp_path, BASE + f"population:\n  - {form}\n  - {short}\n").population
        assert found[0] == found[1] or long == "line: 2", (long, short)


def test_the_lung_study_of_the_page_finds_its_cohort(tmp_path):
    def patient(name, drug, egfr, *extra):
        given = [(drug, 100), ("Tagrisso", 1000), *extra]
        return {
            "patients": {"patient_id": name, "origin_date": ORIGIN, "age_at_origin": 60.0, "last_contact": 2000},
            "diagnoses": {"patient_id": name, "day": 90, "kind": "metastatic"},
            "performance": {"patient_id": name, "day": 990, "ecog": 1},
            "biomarkers": {"patient_id": name, "day": 90, "marker": "EGFR", "value": egfr},
            "exposures": [{"patient_id": name, "drug": what, "start": day} for what, day in given],
        }

    import datetime

    ORIGIN = datetime.date(2015, 1, 1)
    people = [
        patient("g", "Iressa", "exon 19 deletion"),
        patient("e", "Tarceva", "L858R"),
        patient("wild", "Iressa", "wild type"),
        patient("chemo", "Iressa", "L858R", ("cisplatin", 50)),
        patient("afatinib", "afatinib", "L858R"),
        patient("unknown", "Iressa", "L858R", ("Wundermab", 60)),
    ]
    of = records(
        **{table: [person[table] for person in people] for table in people[0] if table != "exposures"},
        exposures=[row for person in people for row in person["exposures"]],
    )
    cohort = build_cohort(load(tmp_path, EXAMPLES[0]), of)
    assert cohort.flow == (
        FlowStep("first osimertinib between 2016-01-01 and 2020-12-31", 6, 0, 0, 6),
        FlowStep("metastatic at time zero", 6, 0, 0, 6),
        FlowStep("age >= 18", 6, 0, 0, 6),
        FlowStep("ECOG <= 2", 6, 0, 0, 6),
        FlowStep("EGFR exon 19 deletion or L858R", 6, 1, 0, 5),
        FlowStep("not received chemotherapy before time zero", 5, 1, 1, 3),
        FlowStep("in one of the groups", 3, 1, 0, 2),
    )
    assert cohort.patients.select("patient_id", "group").rows() == [("e", "After erlotinib"), ("g", "After gefitinib")]
    assert cohort.guard.late == 0


def test_the_refused_study_of_the_page_is_refused(tmp_path):
    of = patients(
        metastatic=0,
        p=[("pertuzumab", 10), ("trastuzumab", 10), ("T-DM1", 300)],
        t=[("trastuzumab", 10), ("docetaxel", 10), ("T-DM1", 100)],
    )
    refused = EXAMPLES[-1]
    assert build_cohort(load(tmp_path, refused), of).guard.late == 2
    mended = refused.replace("time_zero: metastatic diagnosis", "time_zero: first trastuzumab emtansine")
    mended = mended.replace("line: first}", "before: time zero}")
    assert build_cohort(load(tmp_path, mended), of).guard.late == 0


def test_every_example_is_plain_yaml():
    assert all(isinstance(yaml.safe_load(example), dict) for example in EXAMPLES)


def test_the_options_of_response_are_those_of_the_page():
    page = (Path(__file__).parents[2] / "docs" / "response.md").read_text(encoding="utf-8")
    written = re.findall(
        r"^\| `(\w+)` \| (\S[^|]*) \| ([^|]+) \|$", page.split("options: begin")[1].split("options: end")[0], re.M
    )
    fields = {name: field for name, field in ResponseAnalysis.model_fields.items() if name != "kind"}
    assert written == [
        (str(field.validation_alias or name), shown(field.default), field.description) for name, field in fields.items()
    ]


def shown(value):
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
