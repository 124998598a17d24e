"""Sequences in the study language: why a drug was stopped, sequence groups by name, the first drug in any line."""

import pytest

from sequela.derive.sequences import SEQUENCES
from sequela.errors import NotEstimableError, StudyError
from sequela.study.cohort import build_cohort
from sequela.study.criteria import evaluate
from sequela.study.history import histories
from tests.derive.histories import given, history, together
from tests.derive.ward import ward
from tests.hand_made import at

from .studies import load, study

TDM1 = "trastuzumab emtansine"


def first_line(patient, stop=200, reason=None, progression=(), second=220, **more):
    drugs = [given("pertuzumab", 0, stop, reason=reason), given("trastuzumab", 0, 200), given("docetaxel", 0, 200)]
    return history(
        drugs, given(TDM1, second, second + 80), metastatic=-5, progression=progression, patient=patient, **more
    )


PEOPLE = together(
    first_line("progressed", progression=[205]),
    first_line("toxic", reason="toxicity"),
    first_line("dropped", stop=90, reason="toxicity", progression=[205]),
    first_line("silent"),
    first_line("going", stop=260),
    history(given("trastuzumab", 0, 200), given(TDM1, 220, 300), metastatic=-5, patient="never"),
    history(given("Wundermab", 0, 200), given(TDM1, 220, 300), metastatic=-5, patient="unknown"),
)
ZERO = at(progressed=220, toxic=220, dropped=220, silent=220, going=220, never=220, unknown=220)


def holds(criterion, of=PEOPLE, days=ZERO, **more):
    asked = study([criterion], **more)
    frame = evaluate(asked.population[0], histories(asked, of, days))
    return dict(frame.select("patient_id", "holds").iter_rows())


def test_stopped_asks_for_the_reason_of_the_spell():
    progression = {"received": "pertuzumab", "stopped": "progression"}
    expected = {"progressed": True, "toxic": False, "dropped": False, "going": False, "never": False}
    # Only assumed for `silent`: no reason is known, and a new class follows.
    assert holds(progression) == {**expected, "silent": None, "unknown": None}
    toxicity = holds({"received": "Perjeta", "stopped": "toxicity"})
    assert {name for name, value in toxicity.items() if value} == {"toxic", "dropped"}
    either = holds({"received": "pertuzumab", "stopped": ["progression", "assumed progression"]})
    assert {name for name, value in either.items() if value} == {"progressed", "silent"}


def test_stopped_and_windows_speak_of_the_same_course():
    near = {"received": "pertuzumab", "line": "first", "within": "90 days before time zero"}
    assert holds({**near, "stopped": "toxicity"})["dropped"] is False
    assert holds({**near, "stopped": "toxicity"})["toxic"] is True
    assert holds({**near, "line": 2, "stopped": "toxicity"})["toxic"] is False
    assert holds({"received": "HER2 antibody", "stopped": "toxicity"})["toxic"] is True


def test_what_was_learnt_after_time_zero_is_not_used():
    of = first_line("late", progression=[230])
    asked = {"received": "pertuzumab", "stopped": "progression"}
    assert holds(asked, of, at(late=220)) == {"late": None}
    assert holds(asked, of, at(late=230)) == {"late": True}
    assert holds({"received": TDM1, "stopped": "progression"}, of, at(late=220)) == {"late": False}


def test_said_in_words():
    (criterion,) = study([{"received": "pertuzumab", "line": 1, "stopped": ["toxicity", "completed"]}]).population
    assert str(criterion) == "received pertuzumab in line 1 and stopped for toxicity or completed"
    (group,) = study([{"sequence_group": "sepher_2020", "is": 4}]).population
    assert str(group) == f"{TDM1} begun in line 3 or later, pertuzumab in the first line (sepher_2020)"
    (never,) = study([{"sequence_group": "pertuzumab_resistance", "is": "never pertuzumab"}]).population
    assert str(never) == f"no pertuzumab before {TDM1} (pertuzumab_resistance)"


@pytest.mark.parametrize(
    ("population", "said"),
    [
        (
            "{received: pertuzumab, stopped: progresion}",
            "unknown reason for stopping 'progresion'. Did you mean 'progression'",
        ),
        (
            "{sequence_group: sepher_2021, is: 1}",
            "unknown definition of sequence groups 'sepher_2021'. Did you mean 'sepher_2020'",
        ),
        ("{sequence_group: sepher_2020, is: group 6}", "unknown sequence group 'group 6'"),
        ("{sequence_group: sepher_2020}", "the key 'is' is missing"),
    ],
)
def test_mistakes(tmp_path, population, said):
    head = "version: 1\ntitle: x\nrecords: r\ntime_zero: first T-DM1\n"
    with pytest.raises(StudyError) as caught:
        load(tmp_path, f"{head}population:\n  - {population}\nanalyses: [survival: os]\n")
    assert f"study.yaml:6: {said}" in str(caught.value)


def test_an_unknown_name_of_groups(tmp_path):
    text = "version: 1\ntitle: x\nrecords: r\ntime_zero: first T-DM1\ngroups: sepher\nanalyses: [survival: os]\n"
    with pytest.raises(StudyError, match=r"study.yaml:5: unknown definition of sequence groups 'sepher'"):
        load(tmp_path, text)


@pytest.mark.parametrize("name", SEQUENCES)
def test_groups_by_name_are_its_groups(tmp_path, name):
    text = (
        f"version: 1\ntitle: x\nrecords: r\ntime_zero: first T-DM1 in any line\ngroups: {name}\nanalyses: [sequence]\n"
    )
    asked = load(tmp_path, text)
    assert list(asked.groups) == [group.name for group in SEQUENCES[name].groups]
    assert asked.reference == SEQUENCES[name].groups[0].name
    assert str(asked.time_zero) == "first T-DM1 in any line"


# SePHER's groups said a second time, in the plain words of the language.
TIME_ZERO = f"first {TDM1} in any line"
NOT_EARLY = {"not": {"all": [{"received": TDM1, "before": "time zero"}]}}
FIRST = {"received": "pertuzumab", "line": 1, "before": "time zero"}
PLAIN_WORDS = {
    "1": [NOT_EARLY, "line 2", {"not": FIRST}],
    "2": [NOT_EARLY, "line >= 3", {"not": FIRST}],
    "3": [NOT_EARLY, "line 2", FIRST],
    "4": [NOT_EARLY, "line >= 3", FIRST],
    "5": [NOT_EARLY, "line 1"],
}


@pytest.mark.parametrize("seed", range(3))
def test_the_five_groups_are_what_the_plain_words_say(seed):
    records = ward(seed)
    by_name = build_cohort(study(groups="sepher_2020", time_zero=TIME_ZERO), records)
    in_words = build_cohort(study(groups=PLAIN_WORDS, time_zero=TIME_ZERO), records)
    pairs = by_name.patients.join(in_words.patients, on="patient_id", how="full", suffix="_words", coalesce=True)
    # An unknown drug in an earlier line may have been T-DM1; the plain words do not ask whether it moves the group.
    assert pairs.filter(pairs["group"].is_not_null() & pairs["group_words"].is_not_null()).height > 60
    same = {name: name.split(":")[0].removeprefix("Group ") for name in by_name.groups}
    decided = pairs.drop_nulls(["group", "group_words"])
    assert decided["group"].replace(same).to_list() == decided["group_words"].to_list()
    only = pairs.filter(pairs["group"].is_null() | pairs["group_words"].is_null())["patient_id"].to_list()
    masked = set(records.table("exposures").filter(records.table("exposures")["drug"] == "MK-0000")["patient_id"])
    assert set(only) <= masked


def test_the_resistance_contrast_by_name():
    cohort = build_cohort(study(groups="pertuzumab_resistance", time_zero=TIME_ZERO), PEOPLE)
    assert cohort.patients.select("patient_id", "group").rows() == [
        ("never", "Never pertuzumab"),
        ("progressed", "Progression on pertuzumab"),
    ]
    assert (cohort.flow[-1].excluded, cohort.flow[-1].undecidable) == (3, 2)
    assert cohort.guard.late == 0


def test_the_clock_of_the_paper_is_refused():
    """SePHER counted overall survival from the metastatic diagnosis, among those who reached T-DM1."""
    cohort = build_cohort(study(groups="sepher_2020", time_zero="metastatic diagnosis"), ward(1))
    assert cohort.guard.late >= len(cohort.patients) - 1
    shares = dict(cohort.guard.guaranteed_share)
    assert shares["Group 2: no pertuzumab, line 3+"] > shares["Group 1: no pertuzumab, line 2"]
    assert "lies after time zero" in cohort.guard.reason


def test_groups_that_are_empty_are_named():
    with pytest.raises(NotEstimableError, match="group 'Group 2: no pertuzumab, line 3"):
        build_cohort(study(groups="sepher_2020", time_zero=TIME_ZERO), PEOPLE)
    some = {
        "Without": {"sequence_group": "sepher_2020", "is": 1},
        "With": {"sequence_group": "sepher_2020", "is": [3, "4"]},
    }
    cohort = build_cohort(study(groups=some, time_zero=TIME_ZERO), PEOPLE)
    assert dict(cohort.patients["group"].value_counts().iter_rows()) == {"Without": 1, "With": 5}


def test_the_first_drug_in_any_line():
    of = together(
        history(given(TDM1, -900, -600, "early"), given(TDM1, 100, 200), metastatic=0, patient="twice"),
        history(given(TDM1, None, None, "early"), given(TDM1, 100, 200), metastatic=0, patient="undated"),
        history(given(TDM1, -900, -600, "early"), metastatic=0, patient="early"),
        history(given(TDM1, 50, 200), metastatic=0, patient="once"),
    )
    cohort = build_cohort(study(time_zero="first Kadcyla in any line"), of)
    assert cohort.patients.select("patient_id", "time_zero").rows() == [("once", 50), ("twice", 100), ("undated", 100)]
    assert (cohort.flow[0].label, cohort.flow[0].excluded) == ("first Kadcyla in any line", 1)
    plain = build_cohort(study(time_zero="first Kadcyla"), of)
    assert plain.patients.select("patient_id", "time_zero").rows() == [("early", -900), ("once", 50), ("twice", -900)]
