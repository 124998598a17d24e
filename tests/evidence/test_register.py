"""A register: what it refuses, what it never pools, and what a paper's own contradictions do to a pool."""

import math
from pathlib import Path

import pytest

from sequela.errors import NotEstimableError, StudyError, UsageError
from sequela.evidence.load_register import load_register
from sequela.evidence.readings import NO_EVENTS, contradictions, readings
from sequela.evidence.register import BUILT_IN, built_in_registers
from sequela.evidence.selection import QUESTIONS, select
from sequela.evidence.synthesis import INSTEAD, METHOD, READ, WITHOUT, refuse_single, synthesise
from tests.golden.tolerances import NEWTON, PRINTED

from .registers import HEAD, register, study, written

ONE = "hazard_ratio: 2.0 (1.0-4.0)"
TWO = "hazard_ratio: 1.5 (1.0-2.25)"


def labels(synthesis):
    return [row.candidate.result.label for row in synthesis.rows]


def chosen(question="pfs", **options):
    return synthesise(select(load_register(), question, **options))


def test_every_built_in_register_loads_and_says_where_each_number_was_read():
    assert built_in_registers() == ("t-dm1-after-pertuzumab",)
    for name in built_in_registers():
        found = load_register(BUILT_IN / f"{name}.yaml")
        assert all(study.citation and study.label for study in found.studies)
        assert all(result.location and result.certainty in ("seed", "source") for result in found.results)


def test_italian_cohorts_enter_once_and_the_choice_is_told():
    found = chosen()
    assert labels(found) == ["Noda-Narita 2019", "SePHER 2020", "Ata (Adana)"]
    left = {item.result.label: item.reason for item in found.selection.left_out}
    assert "SePHER 2020" in left["Vici 2017"] or "Vici 2017" in left
    assert {item.result.label for item in found.selection.left_out if "shared" in item.reason} == {
        "Vici 2017",
        "Fabi 2017",
    }
    overlaps = [row.candidate.result.overlap for row in found.rows]
    assert len(set(overlaps)) == len(overlaps)


def test_the_pool_of_the_register_against_metafor():
    """metafor 3.8: rma(yi, sei, test = "knha") of log(3.07), log(1.23) and 2.807 sqrt(1/31 + 1/34)."""
    found = chosen()
    assert [f"{x:.2f}" for x in (found.value, found.low, found.high)] == ["1.80", "0.59", "5.47"]
    assert f"{found.pooled.heterogeneity.q:.2f}" == "7.14"
    assert abs(sum(row.weight for row in found.rows) - 1) < NEWTON


def test_the_page_prints_what_the_register_gives():
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
    found, fabi = chosen(), chosen(prefer=["fabi-2017"])
    assert f"{found.value:.2f}\nwith an interval of {found.low:.2f} to {found.high:.2f}" in page
    assert f"{fabi.value:.2f} ({fabi.low:.2f}-{fabi.high:.2f})" in page


def test_another_cohort_can_be_preferred():
    found = chosen(prefer=["fabi-2017"])
    assert labels(found) == ["Noda-Narita 2019", "Fabi 2017", "Ata (Adana)"]
    instead = next(o for o in chosen().others if o.kind == INSTEAD and o.words.startswith("Fabi 2017: adjusted"))
    assert abs(found.value - instead.value) < NEWTON
    with pytest.raises(UsageError, match="sepher-2020"):
        chosen(prefer=["sepher"])
    with pytest.raises(UsageError, match="has no result of pfs that can be pooled"):
        chosen(prefer=["pizzuti-2020"])


def test_survival_from_diagnosis_and_from_treatment_are_never_in_one_pool():
    with pytest.raises(UsageError) as caught:
        chosen("os")
    assert "metastatic diagnosis" in str(caught.value) and "treatment start" in str(caught.value)
    found = chosen("os", clock="metastatic diagnosis")
    assert labels(found) == ["SePHER 2020"] and found.pooled is None
    with pytest.raises(NotEstimableError, match="two"):
        refuse_single(found)
    with pytest.raises(UsageError, match="not stated"):
        chosen("os", clock="not stated")
    with pytest.raises(UsageError, match="metastatic diagnosis"):
        chosen("os", clock="birth")


def test_a_clock_that_is_not_stated_is_left_out(tmp_path):
    found = register(tmp_path, study("a", ONE), study("b", TWO), study("c", ONE, clock="not stated"))
    selection = select(found, "pfs")
    assert [item.result.study for item in selection.left_out] == ["c"]
    assert "not stated" in selection.left_out[0].reason


def test_another_comparison_is_left_out(tmp_path):
    other = study("c", ONE + "\n        comparison: new against nothing")
    selection = select(register(tmp_path, study("a", ONE), study("b", TWO), other), "pfs")
    assert [c.result.study for c in selection.chosen] == ["a", "b"]
    assert "another comparison" in selection.left_out[0].reason


def test_the_largest_of_overlapping_cohorts_is_taken_unless_something_must_be_assumed(tmp_path):
    small = study("small", ONE + "\n        patients: {group: 10, reference: 10}", overlap="town")
    large = study("large", TWO + "\n        patients: {group: 90, reference: 90}", overlap="town")
    guess = study(
        "guess",
        "log_rank_p: 0.04\n        median: {group: 3, reference: 5}\n        patients: {group: 900, reference: 900}",
        overlap="town",
    )
    selection = select(register(tmp_path, small, large, guess), "pfs")
    assert [c.result.study for c in selection.chosen] == ["large"]
    assert {item.result.study for item in selection.left_out} == {"small", "guess"}


def test_response_after_pertuzumab_is_pooled_by_counts():
    found = chosen("response")
    assert [row.candidate.result.count["group"] for row in found.rows] == [(2, 18), (14, 78), (3, 21)]
    assert abs(found.value - 19 / 117) < NEWTON
    assert [o.words for o in found.others if o.kind == WITHOUT] == labels(found)


def test_medians_after_pertuzumab():
    found = chosen("pfs.median")
    assert labels(found) == ["Noda-Narita 2019", "SePHER 2020", "Ata (Adana)"]
    assert 2.8 < found.value < 6


def test_sepher_is_read_in_every_way_its_numbers_allow():
    """1.23 (1.00-1.67), p = 0.049: the middle of the interval is 1.29 and its p-value 0.11."""
    result = next(r for r in load_register().results if r.study == "sepher-2020" and r.endpoint == "pfs")
    assert len(contradictions(result)) == 2
    found = {reading.words: reading.effect for reading in readings(result)}
    assert abs(math.exp(found["middle of the interval"].value) - 1.292) < PRINTED * 1e-3
    lower, by_p = found["ratio and its lower limit"], found["ratio and p = 0.049"]
    assert abs(lower.std_error - math.log(1.23) / 1.959964) < 1e-6
    assert abs(lower.std_error - by_p.std_error) < 1e-3
    assert found["ratio and its interval"].std_error > lower.std_error
    assert sum(other.kind == READ and other.words.startswith("SePHER") for other in chosen().others) == 4


def test_a_paper_that_agrees_with_itself_has_one_reading(tmp_path):
    found = register(tmp_path, study("a", "hazard_ratio: 1.79 (1.23-2.61)\n        p: 0.002"))
    assert contradictions(found.results[0]) == () and len(readings(found.results[0])) == 1


def test_events_that_were_not_printed_are_an_assumption_that_is_told(tmp_path):
    text = (
        "log_rank_p: 0.005\n        median: {group: 4.9, reference: 9.1}\n        patients: {group: 31, reference: 34}"
    )
    told = readings(register(tmp_path, study("a", text)).results[0])[0].effect
    assert told.assumed == NO_EVENTS and told.value > 0
    known = readings(register(tmp_path, study("a", text + "\n        events: {group: 20, reference: 20}")).results[0])[
        0
    ]
    assert known.effect.assumed == "" and known.effect.std_error > told.std_error
    better = text.replace("group: 4.9, reference: 9.1", "group: 9.1, reference: 4.9")
    assert readings(register(tmp_path, study("a", better)).results[0])[0].effect.value == -told.value


def test_a_median_not_reached_forbids_taking_every_patient_as_an_event(tmp_path):
    text = (
        "log_rank_p: 0.78\n        median: {group: NR, reference: 34}\n        patients: {group: 177, reference: 194}"
    )
    assert readings(register(tmp_path, study("a", text)).results[0]) == ()


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("log_rank: {observed_less_expected: 4.0, variance: 8.0}", "log-rank sums"),
        ("median: {group: 3 (2-4), reference: 8 (4-12)}", "medians and their intervals"),
        ("median: {group: 4.9 ± 0.8, reference: 9.1 ± 1.3}", "medians and their standard errors"),
        ("median: {group: 3, reference: 8}\n        events: {group: 10, reference: 12}", "medians and events"),
        ("hazard_ratio: 2.0\n        p: 0.01", "ratio and p = 0.01"),
    ],
)
def test_everything_a_paper_may_print_becomes_an_effect(tmp_path, printed, words):
    first = readings(register(tmp_path, study("a", printed)).results[0])[0]
    assert first.words == words and first.effect.value > 0 and first.effect.std_error > 0


def test_a_file_extends_the_register_that_comes_with_us(tmp_path):
    head = "version: 1\ntitle: With ours\nextends: t-dm1-after-pertuzumab\nstudies:\n"
    found = synthesise(select(register(tmp_path, study("ours", ONE), head=head), "pfs"))
    assert labels(found) == ["Noda-Narita 2019", "SePHER 2020", "Ata (Adana)", "Ours"]
    assert len([other for other in found.others if other.kind == METHOD]) == 5


def test_all_problems_of_a_register_come_at_once(tmp_path):
    bad = (
        HEAD
        + study("a", "hazard_ratio: 2.0 (3.0-4.0)", endpoint="pfss")
        + study("b", "p: 0.04", clock="birthday")
        + study("c", "count: {group: 5 of 3}", endpoint="response")
        + study(
            "d",
            "patients: {group: 3, reference: 4}\n        events: {group: 9, reference: 1}"
            "\n        hazard_ratio: 0 (0-1)",
        )
        + study("g", "median: {group: 3 (2.5-2.5), reference: 4 ± 0}")
        + study("e", "log_rank_p: <0.001\n        median: {group: long}")
    )
    path = tmp_path / "bad.yaml"
    path.write_text(
        bad + "  f: {label: F, citation: x, results: [{endpoint: pfs, certainty: known}]}\n", encoding="utf-8"
    )
    with pytest.raises(StudyError) as caught:
        load_register(path)
    text = str(caught.value)
    expected = (
        "pfss",
        "2.0 (3.0-4.0)",
        "birthday",
        "'p' without",
        "5 of 3",
        "a clock for response",
        "9 events",
        "long",
    )
    for words in (
        "2.5-2.5",
        "± 0",
        *expected,
        "'known'",
        "'clock' is missing",
        "'location' is missing",
        "0 (0-1)",
        "<0.001",
    ):
        assert words in text, words
    assert all(problem.where.startswith("bad.yaml:") for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: 2\ntitle: x\ncomparison: a against b\nstudies: {}\n", "version"),
        ("version: 1\ntitle: x\nstudies: {}\n", "comparison"),
        ("version: 1\ntitle: x\nextends: nothing\ncomparison: a\nstudies: {}\n", "t-dm1-after-pertuzumab"),
        (
            "version: 1\ntitle: x\nextends: t-dm1-after-pertuzumab\nstudies:\n"
            "  fabi-2017: {label: F, citation: c, results: []}\n",
            "fabi-2017",
        ),
        ("", "empty"),
    ],
)
def test_a_register_that_cannot_be_read(tmp_path, text, words):
    path = tmp_path / "register.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match=words):
        load_register(path)


def test_an_endpoint_that_is_not_known(tmp_path):
    with pytest.raises(UsageError) as caught:
        select(load_register(written(tmp_path, study("a", ONE))), "happiness")
    assert all(name in str(caught.value) for name in QUESTIONS)


def test_an_odds_ratio_is_not_taken_for_a_hazard_ratio(tmp_path):
    with pytest.raises(StudyError) as caught:
        load_register(written(tmp_path, study("a", "odds_ratio: 1.4 (0.9-2.2)")))
    assert "no hazard ratio" in str(caught.value) and "Did you mean" not in str(caught.value)
