"""Patients are found that print what a known truth printed; what excludes itself is never called reached."""

import numpy as np
import polars as pl
import pytest

from sequela.evidence.load_printed import load_printed
from sequela.evidence.reconstruct import CONTRADICTS, NOT_REACHED, REACHED, Effort, constraint_table, reconstruct
from sequela.evidence.search_times import Schedule
from sequela.evidence.write import write_reconstruction
from tests.evidence.truths import simulated

QUICK = Effort(restarts=12, other_restarts=0, times=Schedule(60_000, 0.05, 2e-4))


def paper(folder, text):
    path = folder / "printed.yaml"
    path.write_text(text)
    return load_printed(path)


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    return simulated(7, tmp_path_factory.mktemp("truth"))


@pytest.fixture(scope="module")
def found(truth, tmp_path_factory):
    return reconstruct(paper(tmp_path_factory.mktemp("paper"), truth.text), np.random.default_rng(1), QUICK)


def test_the_truth_reaches_its_own_numbers(truth, tmp_path):
    table = constraint_table(paper(tmp_path, truth.text), truth.solution)
    assert table.filter(pl.col("verdict") != REACHED).is_empty()


def test_a_known_truth_is_printed_again(found):
    assert found.missed().is_empty(), found.missed().rows()
    assert found.constraints.height == 6 + 7 + 3 + 7 + 5
    assert found.conventions["verdict"].to_list() == ["found"]


def test_the_patients_are_as_many_as_printed(found, truth):
    assert found.patients.group_by("group", maintain_order=True).len().rows() == [("New", 14), ("Old", 16)]
    assert found.patients["event"].sum() == truth.solution.event.sum()
    assert found.patients["patient_id"].str.starts_with("reconstructed-").all()
    assert "never evidence" in found.notice


def test_the_same_seed_gives_the_same_patients(found, truth, tmp_path):
    again = reconstruct(paper(tmp_path, truth.text), np.random.default_rng(1), QUICK)
    assert again.patients.equals(found.patients)
    assert again.constraints.equals(found.constraints)
    other = reconstruct(paper(tmp_path, truth.text), np.random.default_rng(2), Effort(1, 0, QUICK.times))
    assert not other.patients.equals(found.patients)


def test_a_contradiction_is_named_and_never_reached(found, truth, tmp_path):
    """A total and a p-value that the counts exclude: the counts stay, the rest is still met."""
    start, _, p_value = truth.text.rpartition("    p: ")
    assert "pearson" in p_value
    women = int(found.constraints.filter(pl.col("constraint").str.starts_with("sex female"))["printed"].cast(int).sum())
    text = f"{start}    totals: {{female: {women + 2}}}\n    p: {{pearson: 0.0001}}\n"
    table = reconstruct(paper(tmp_path, text), np.random.default_rng(1), QUICK).constraints
    verdicts = dict(table.select("constraint", "verdict").iter_rows())
    assert verdicts.pop("sex female total") == CONTRADICTS
    assert verdicts.pop("sex p pearson") == CONTRADICTS
    assert set(verdicts.values()) == {REACHED}
    named = dict(table.select("constraint", "against").iter_rows())
    assert named["sex female total"] == "sex female New; sex female Old"


def test_what_the_search_cannot_meet_is_not_called_reached(found, tmp_path, truth):
    """A log-rank p of 0.9 beside these medians: nothing proves it impossible, and nothing is bent to meet it."""
    line = next(line for line in truth.text.splitlines() if "log_rank_p" in line)
    text = truth.text.replace(line, "    log_rank_p: 0.9000")
    short = Effort(restarts=1, other_restarts=0, times=QUICK.times)
    result = reconstruct(paper(tmp_path, text), np.random.default_rng(1), short)
    verdicts = set(result.constraints["verdict"])
    assert NOT_REACHED in verdicts and result.conventions["verdict"].to_list() == ["not found"]


def test_a_solution_is_judged_again_and_not_believed(found):
    """Shift every time by two months: the same table must no longer be reached."""
    from dataclasses import replace

    moved = replace(found.solution, days=found.solution.days + 61)
    table = constraint_table(found.printed, moved)
    assert "median New" in table.filter(pl.col("verdict") == NOT_REACHED)["constraint"].to_list()


def test_what_is_written_says_what_it_is(found, tmp_path):
    folder = write_reconstruction(found, tmp_path / "out", seed=1)
    assert sorted(path.name for path in folder.iterdir()) == [
        "constraints.csv",
        "conventions.csv",
        "reconstructed_patients.csv",
        "reconstruction.yaml",
    ]
    assert "never evidence" in (folder / "reconstruction.yaml").read_text()
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    write_reconstruction(found, folder, seed=1)
    assert first == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_paper_that_printed_little(tmp_path):
    """Three groups, one median each, no comparison, ages with a rank test left out."""
    text = """\
version: 1
groups: {A: 7, B: 5, C: 9}
time_to_event: {median: {A: 3.1, B: 5.0, C: 8.2}}
continuous: {age: {unit: years, median: {A: 61 (44-70), all: 58}}}
"""
    result = reconstruct(paper(tmp_path, text), np.random.default_rng(3), QUICK)
    assert result.missed().is_empty(), result.missed().rows()
    assert result.patients["age"].null_count() == 0


TINY = Effort(2, 1, Schedule(3000, 0.05, 1e-3), Schedule(500, 0.02, 1e-3), Schedule(2000, 0.05, 1e-3))
MISSED, EXCLUDED = {REACHED, NOT_REACHED}, {REACHED, CONTRADICTS}
PAIR = "version: 1\ngroups: {A: 6, B: 6}\n"
ADJUSTED = "comparisons: [{group: A, reference: B, adjusted: {hazard_ratio: 1.0 (0.5-2.0), for: [s]}}]\n"


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        ("version: 1\ngroups: {A: 1}\ntime_to_event: {median: {A: 3.1}, observed: {A: 3.1 (3.1-3.1)}}\n", {REACHED}),
        (PAIR, set()),
        (
            PAIR + "time_to_event: {events: {all: 0}}\ncomparisons: [{group: A, reference: B, log_rank_p: 0.5}]\n",
            MISSED,
        ),
        (PAIR + "time_to_event: {events: {all: 19}}\n", {CONTRADICTS}),
        (PAIR + "categorical: {s: {counts: {x: {A: 6, B: 6}}, p: {pearson: 0.5}}}\n" + ADJUSTED, MISSED | EXCLUDED),
        (PAIR + "continuous: {d: {unit: months, given: {A: 0, B: 0}, median: {A: 5.0}}}\n", {NOT_REACHED}),
        (PAIR + "continuous: {d: {unit: count, median: {A: 1.3}}}\n", {CONTRADICTS}),
        (PAIR + "time_to_event: {median: {A: 900.0}}\n", {REACHED}),
        (PAIR + "time_to_event: {median: {A: 9.0}, observed: {A: 5.0 (4.0-5.0)}}\n", EXCLUDED),
        (
            PAIR
            + "response: {counts: {PR: {A: 4, B: 4}, SD: {A: 2, B: 2}}, control: {months: 6, counts: {A: 2, B: 5}}}",
            EXCLUDED,
        ),
        (
            PAIR + "time_to_event: {events: {all: 2}}\nresponse: {counts: {PD: {A: 6, B: 6}}}\n",
            EXCLUDED,
        ),
    ],
)
def test_odd_papers_end_in_verdicts(tmp_path, text, verdicts):
    result = reconstruct(paper(tmp_path, text), np.random.default_rng(1), TINY)
    assert set(result.constraints["verdict"]) == verdicts
