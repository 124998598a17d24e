"""Endpoints in a study file: by name, with changes, from a file of one's own; and everything that can be wrong."""

import pytest

from sequela.errors import StudyError
from sequela.report.study_text import study_text
from sequela.study.spec import json_schema
from tests.study.studies import load, study

BASE = """\
version: 1
title: x
records: r
time_zero: first trastuzumab emtansine
analyses:
"""
OWN = """\
name: own
title: Progression or any new drug
short: progression or new drug
meaning: From the start to progression or the next line.
start: time zero
events: [progression, next_line]
censorings:
  - death: last_assessment
end: last_assessment
source: expert default
"""


def analysis(folder, text):
    return load(folder, BASE + text).analyses[0]


def problems(folder, text):
    with pytest.raises(StudyError) as caught:
        load(folder, BASE + text)
    return [str(problem) for problem in caught.value.problems]


def test_changes_are_in_the_definition_and_in_its_name(tmp_path):
    asked = analysis(tmp_path, "  - survival: {endpoint: pfs.fda_a, with: {missed_days: 126, next_line: event}}\n")
    assert asked.endpoint == "pfs.fda_a"
    assert asked.definition.name == "pfs.fda_a (missed_days 126, next_line event)"
    assert asked.definition.events == ("radiologic_progression", "death", "next_line")
    assert asked.definition.setting("missed_days") == 126
    assert analysis(tmp_path, "  - survival: pfs.fda_a\n").definition.setting("missed_days") == 182


def test_one_endpoint_may_be_asked_for_twice_with_different_changes(tmp_path):
    text = "  - survival: rwpfs\n  - survival: {endpoint: rwpfs, with: {ignore_days: 0}}\n"
    asked = load(tmp_path, BASE + text)
    assert [one.definition.name for one in asked.analyses] == ["rwpfs", "rwpfs (ignore_days 0)"]
    assert asked.endpoints == ("rwpfs",)
    assert "survival: endpoint rwpfs; with ignore_days 0" in study_text(asked)


def test_any_line_has_its_own_progression_free_survival(tmp_path):
    assert analysis(tmp_path, "  - survival: pfs_line_4\n").definition.start == "line 4"
    assert analysis(tmp_path, "  - survival: {endpoint: ttnt, with: {start: line 2}}\n").definition.start == "line 2"


def test_an_endpoint_of_ones_own_lies_beside_the_study(tmp_path):
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    asked = analysis(tmp_path, "  - survival: own.yaml\n")
    assert (asked.definition.name, asked.definition.censorings) == ("own", (("death", "last_assessment"),))
    changed = analysis(tmp_path, "  - survival: {endpoint: own.yaml, with: {death: event}}\n")
    assert changed.definition.events == ("progression", "next_line", "death") and not changed.definition.censorings


def test_a_file_may_say_only_what_differs(tmp_path):
    (tmp_path / "own.yaml").write_text(
        "name: own\nbased_on: pfs.fda_a\nsettings: {missed_days: 100}\nsource: protocol\n", encoding="utf-8"
    )
    found = analysis(tmp_path, "  - survival: own.yaml\n").definition
    assert found.settings == (("ignore_days", 0), ("baseline_days", 28), ("missed_days", 100))
    assert found.reference == "protocol" and len(found.censorings) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  - survival: pfs.emma\n", "study.yaml:6: unknown endpoint 'pfs.emma'. Did you mean 'pfs.ema'"),
        ("  - survival: {endpoint: os, with: {missed_days: 3}}\n", "nothing in this endpoint reads this setting"),
        ("  - survival: {endpoint: rwpfs, with: {ignore_days: soon}}\n", "'soon'; expected whole days, at least 0"),
        ("  - survival: {endpoint: rwpfs, with: {ignore_days: true}}\n", "True; expected whole days"),
        ("  - survival: {endpoint: rwpfs, with: {ignore_days: -1}}\n", "-1; expected whole days, at least 0"),
        ("  - survival: {endpoint: os, with: {relapse: event}}\n", "an endpoint has nothing of this name"),
        ("  - survival: {endpoint: ttnt, with: {next_line: counts}}\n", "'counts'; expected one of event, competing"),
        ("  - survival: {endpoint: os, with: {start: line 0}}\n", "'line 0'; expected 'time zero'"),
        ("  - survival: {endpoint: os, with: {end: own_day}}\n", "is no place to censor at"),
        ("  - survival: {endpoint: os, with: {death: ignored}}\n", "events: this is no list of names"),
        ("  - survival: {endpoint: pfs.fda_b, with: {visit_days: 20}}\n", "the windows of two visits meet"),
        ("  - survival: {endpoint: os, with: [death]}\n", "study.yaml:6"),
        ("  - survival: nowhere.yaml\n", "the file cannot be read (FileNotFoundError)"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, text, expected):
    found = problems(tmp_path, text)
    assert len(found) == 1 and expected in found[0] and "study.yaml:6" in found[0], found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("name: os\n", "'os' is an endpoint that comes with the program"),
        ("events: [progresion]\n", "'progresion' is not something that can happen"),
        ("events: [no_baseline]\n", "'no_baseline' is not something that can happen"),
        ("events: []\n", "this is no list of names"),
        ("events: progression\n", "this is no list of names"),
        ("competing: [next_line]\n", "'next_line' is named twice"),
        ("censorings: [death]\n", "this is no list of an occurrence with a place each"),
        ("censorings: [{death: hospital}]\n", "'hospital' is no place"),
        ("end: today\n", "'today' is no place to censor at"),
        ("start: birth\n", "'birth'; expected 'time zero'"),
        ("dates: monthly\n", "'monthly'; expected documented or scheduled"),
        ("compares: maybe\n", "'maybe'; expected true or false"),
        ("settings: 3\n", "this holds no keys"),
        ("settings: {gap_days: 100}\n", "nothing in this endpoint reads this setting"),
        ("source: 5\n", "missing or no text"),
        ("based_on: pfs\n", "there is no endpoint 'pfs'"),
        ("colour: red\n", "this key is not known"),
        ("title: [\n", "this is no YAML"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, change, expected):
    key = change.partition(":")[0]
    lines = [line for line in OWN.splitlines(keepends=True) if not line.startswith(f"{key}:")]
    if key == "censorings":
        lines = [line for line in lines if not line.startswith("  -")]
    (tmp_path / "own.yaml").write_text("".join(lines) + change, encoding="utf-8")
    found = problems(tmp_path, "  - survival: own.yaml\n")
    assert len(found) == 1 and expected in found[0], found


def test_every_problem_of_a_file_at_once(tmp_path):
    (tmp_path / "own.yaml").write_text("name: own\nevents: [a, b]\nend: c\ncolour: red\n", encoding="utf-8")
    (found,) = problems(tmp_path, "  - survival: own.yaml\n")
    assert all(word in found for word in ("colour", "title", "meaning", "'a'", "'b'", "'c'", "source", "start"))


def test_a_study_written_in_python_takes_the_same_words():
    asked = study(analyses=[{"survival": {"endpoint": "ttd", "with": {"gap_days": 90}}}])
    assert asked.analyses[0].definition.setting("gap_days") == 90
    with pytest.raises(ValueError, match="unknown endpoint 'tdd'"):
        study(analyses=[{"survival": "tdd"}])


def test_the_schema_knows_the_changes():
    assert "with" in json_schema()["$defs"]["SurvivalAnalysis"]["properties"]
