"""Who is in, who is not and why, in which group: flows counted by hand."""

import pytest

from sequela.errors import NotEstimableError, StudyError
from sequela.records.bundle import Records
from sequela.study.cohort import FlowStep, build_cohort
from tests.hand_made import records

from .studies import FLAGSHIP, NEW_YEAR_2014, flagship_records, load, patients, study

TWO = {"After gefitinib": "received gefitinib before time zero", "Others": "otherwise"}


def said(asked, of, error):
    with pytest.raises(error) as caught:
        build_cohort(asked, of)
    return str(caught.value)


def test_the_flow_of_noda_narita(tmp_path):
    cohort = build_cohort(load(tmp_path, FLAGSHIP), flagship_records())
    assert cohort.flow == (
        FlowStep("first trastuzumab emtansine between 2014-04-01 and 2017-02-28", 52, 3, 0, 49),
        FlowStep("metastatic at time zero", 49, 0, 0, 49),
        FlowStep("HER2 positive", 49, 0, 0, 49),
        FlowStep("not received trastuzumab emtansine before accrual", 49, 2, 0, 47),
        FlowStep("received trastuzumab before time zero", 47, 5, 0, 42),
        FlowStep("in one of the groups", 42, 0, 0, 42),
    )
    assert cohort.groups == ("Tmab/Pmab", "Tmab") and cohort.reference == "Tmab"
    assert dict(cohort.patients["group"].value_counts().iter_rows()) == {"Tmab/Pmab": 18, "Tmab": 24}
    assert cohort.guard.late == 0 and cohort.guard.reason == "" and cohort.cautions == ()


def test_patients_come_sorted_with_time_zero_and_its_row():
    of = patients(b=[("Tagrisso", 40)], a=[("gefitinib", 1, 5), ("osimertinib", 30), ("osimertinib", 60)])
    cohort = build_cohort(study(time_zero="first osimertinib", groups=TWO), of)
    assert cohort.patients.rows() == [
        ("a", 30, "After gefitinib", "exposures:4", 30, 30, 30),
        ("b", 40, "Others", "exposures:2", 40, 40, 40),
    ]
    assert cohort.patients.columns == ["patient_id", "time_zero", "group", "row", "entry", "admitted", "group_known"]


def test_accrual_takes_the_first_exposure_inside_it_and_counts_who_has_no_calendar():
    rows = {
        "patients": [
            {"patient_id": name, "origin_date": origin, "last_contact": 900}
            for name, origin in (
                ("dated", NEW_YEAR_2014),
                ("undated", None),
                ("never", None),
                ("outside", NEW_YEAR_2014),
            )
        ],
        "exposures": [
            {"patient_id": "dated", "drug": "T-DM1", "start": 10},
            {"patient_id": "dated", "drug": "T-DM1", "start": 200},
            {"patient_id": "undated", "drug": "T-DM1", "start": 200},
            {"patient_id": "never", "drug": "docetaxel", "start": 200},
            {"patient_id": "outside", "drug": "T-DM1", "start": 10},
        ],
    }
    asked = study(accrual={"from": "2014-04-01", "to": "2014-12-31"})
    cohort = build_cohort(asked, records(**rows))
    assert cohort.flow == (FlowStep("first trastuzumab emtansine between 2014-04-01 and 2014-12-31", 4, 2, 1, 1),)
    assert cohort.flow[0].reason == "excluded: not met 2, not decidable 1"
    assert cohort.patients["time_zero"].to_list() == [200]


@pytest.mark.parametrize(("day", "inside"), [(89, 0), (90, 1), (364, 1), (365, 0)])
def test_both_days_of_accrual_belong_to_it(day, inside):
    asked = study(accrual={"from": "2014-04-01", "to": "2014-12-31"})
    of = patients(origin=NEW_YEAR_2014, a=[("T-DM1", day)], b=[("T-DM1", 200)])
    assert build_cohort(asked, of).flow[0].after == 1 + inside


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("metastatic diagnosis", -100),
        ("primary diagnosis", -400),
        ("first recurrence", -200),
        ("first surgery", -390),
        ("first progression", -40),
        ("start of line 1", -90),
        ("start of line 2", -30),
        ("first taxane", -90),
    ],
)
def test_every_time_zero(moment, day):
    of = records(
        patients=[{"patient_id": "a", "last_contact": 500}, {"patient_id": "b", "last_contact": 500}],
        diagnoses=[
            {"patient_id": "a", "day": -400, "kind": "primary"},
            {"patient_id": "a", "day": -200, "kind": "recurrence"},
            {"patient_id": "a", "day": -100, "kind": "metastatic"},
        ],
        procedures=[{"patient_id": "a", "day": -390, "kind": "surgery"}],
        exposures=[
            {"patient_id": "a", "drug": "docetaxel", "start": -90, "stop": -50, "reason_stopped": "progression"},
            {"patient_id": "a", "drug": "T-DM1", "start": -30},
        ],
        assessments=[
            {"patient_id": "a", "day": -150, "response": "PD"},
            {"patient_id": "a", "day": -90, "response": "PD"},
            {"patient_id": "a", "day": -60, "response": "SD"},
            {"patient_id": "a", "day": -40, "response": "PD"},
            {"patient_id": "a", "day": -10, "response": "PD"},
            {"patient_id": "b", "day": 5, "response": "PD"},
        ],
    )
    cohort = build_cohort(study(time_zero=moment), of)
    assert cohort.patients.select("patient_id", "time_zero").rows() == [("a", day)]
    assert cohort.flow[0] == FlowStep(moment, 2, 1, 0, 1)


def test_an_undated_first_exposure_leaves_time_zero_undecided():
    of = patients(a=[("trastuzumab", None, None, "early"), ("trastuzumab", 50)], b=[("trastuzumab", 50)])
    assert build_cohort(study(time_zero="first trastuzumab"), of).flow[0] == FlowStep("first trastuzumab", 2, 0, 1, 1)
    of = patients(
        origin=NEW_YEAR_2014,
        inside=[("trastuzumab", None, None, "early"), ("trastuzumab", 100)],
        outside=[("trastuzumab", None, None, "early"), ("trastuzumab", 900)],
    )
    asked = study(time_zero="first trastuzumab", accrual={"from": "2014-04-01", "to": "2014-12-31"})
    cohort = build_cohort(asked, of)
    assert cohort.flow[0].undecidable == 1 and cohort.patients["time_zero"].to_list() == [100]


def test_a_study_without_groups_describes_everyone():
    cohort = build_cohort(study(), patients(a=[("T-DM1", 0)], b=[("T-DM1", 5)]))
    assert cohort.groups == ("All patients",) and cohort.reference == ""
    assert cohort.patients["group"].to_list() == ["All patients", "All patients"]
    assert [step.label for step in cohort.flow] == ["first trastuzumab emtansine"]


def test_who_is_in_no_group_or_cannot_be_divided_is_counted():
    of = patients(
        g=[("gefitinib", -9), ("osimertinib", 0)],
        e=[("erlotinib", -9), ("osimertinib", 0)],
        neither=[("docetaxel", -9), ("osimertinib", 0)],
        unknown=[("Wundermab", -9), ("osimertinib", 0)],
    )
    groups = {"G": "received gefitinib before time zero", "E": "received erlotinib before time zero"}
    cohort = build_cohort(study(time_zero="first osimertinib", groups=groups), of)
    assert cohort.flow[-1] == FlowStep("in one of the groups", 4, 1, 1, 2)
    assert cohort.patients.select("patient_id", "group").rows() == [("e", "E"), ("g", "G")]


def test_an_unknown_drug_makes_nobody_naive_in_otherwise():
    of = patients(
        g=[("gefitinib", -9), ("osimertinib", 0)],
        unknown=[("Wundermab", -9), ("osimertinib", 0)],
        naive=[("osimertinib", 0)],
    )
    cohort = build_cohort(study(time_zero="first osimertinib", groups=TWO), of)
    assert cohort.flow[-1].undecidable == 1
    assert cohort.patients["patient_id"].to_list() == ["g", "naive"]


def test_a_yes_to_one_group_with_an_undecided_other_is_not_decided():
    rows = {"patients": [{"patient_id": n, "last_contact": 9} for n in "abc"], "exposures": [], "performance": []}
    for name in "abc":
        rows["exposures"].append({"patient_id": name, "drug": "T-DM1", "start": 0})
    rows["exposures"].append({"patient_id": "a", "drug": "docetaxel", "start": -9})
    rows["exposures"].append({"patient_id": "b", "drug": "docetaxel", "start": -9})
    rows["performance"] += [{"patient_id": "b", "day": 0, "ecog": 2}, {"patient_id": "c", "day": 0, "ecog": 0}]
    cohort = build_cohort(study(groups={"D": "received docetaxel before time zero", "Fit": "ecog 0"}), records(**rows))
    assert cohort.flow[-1] == FlowStep("in one of the groups", 3, 0, 1, 2)


def test_groups_that_overlap():
    of = patients(a=[("gefitinib", -9), ("erlotinib", -5), ("osimertinib", 0)], b=[("osimertinib", 0)])
    groups = {"G": "received gefitinib before time zero", "E": "received erlotinib before time zero"}
    assert said(study(time_zero="first osimertinib", groups=groups), of, StudyError) == (
        "groups: 1 patient is both 'G' and 'E'; expected groups that share nobody. "
        "Exclude one from the other, for example with 'not:'."
    )


def test_overlaps_are_counted_for_each_pair_of_groups():
    of = patients(
        a=[("gefitinib", -9), ("erlotinib", -5), ("osimertinib", 0)],
        b=[("gefitinib", -9), ("erlotinib", -5), ("osimertinib", 0)],
        c=[("gefitinib", -9), ("afatinib", -5), ("osimertinib", 0)],
    )
    names = {"G": "gefitinib", "E": "erlotinib", "A": "afatinib"}
    groups = {name: f"received {drug} before time zero" for name, drug in names.items()}
    message = said(study(time_zero="first osimertinib", groups=groups), of, StudyError)
    assert "groups: 2 patients are both 'G' and 'E'" in message and "groups: 1 patient is both 'G' and 'A'" in message
    assert "'E' and 'A'" not in message


def test_an_empty_group_and_a_group_of_one():
    of = patients(a=[("osimertinib", 0)], b=[("osimertinib", 0)])
    assert said(study(time_zero="first osimertinib", groups=TWO), of, NotEstimableError) == (
        "group 'After gefitinib': none of the 2 patients is in it; expected at least one patient."
    )
    of = patients(a=[("gefitinib", -9), ("osimertinib", 0)], b=[("osimertinib", 0)], c=[("osimertinib", 0)])
    cohort = build_cohort(study(time_zero="first osimertinib", groups=TWO), of)
    assert cohort.cautions == ("The group 'After gefitinib' is one patient.",)


def test_nobody_is_left_says_at_which_step():
    of = patients(a=[("T-DM1", 0)], b=[("T-DM1", 3)])
    assert said(study(["received T-DM1 before time zero"]), of, NotEstimableError) == (
        "step 'received T-DM1 before time zero': nobody is left: of 2 patients 2 did not meet this. "
        "Look at the criterion, and at what the records hold for it."
    )
    assert said(study(["HER2 positive"]), of, NotEstimableError) == (
        "step 'HER2 positive': nobody is left: of 2 patients 0 did not meet this and 2 could not be decided. "
        "Look at the criterion, and at what the records hold for it."
    )
    assert "step 'first docetaxel': nobody is left" in said(study(time_zero="first docetaxel"), of, NotEstimableError)
    assert "no patient is left in them" in said(study(), Records({}, of.kind), NotEstimableError)


def test_a_window_that_is_empty_for_every_patient_leaves_nobody():
    of = patients(a=[("docetaxel", -9), ("T-DM1", 0)])
    window = {"received": "docetaxel", "after": "time zero", "before": "metastatic diagnosis"}
    assert "nobody is left" in said(study([window]), of, NotEstimableError)


def test_a_study_written_in_python_is_checked_too():
    of = patients(a=[("T-DM1", 0)])
    message = said(study(["received pertuzumap", "received docetaxel before accrual"]), of, StudyError)
    assert "study: unknown drug or class 'pertuzumap'. Did you mean 'pertuzumab'" in message
    assert "study: 'received docetaxel before accrual' speaks of an accrual window" in message
    assert "unknown drug or class 'osimertinob'" in said(study(time_zero="first osimertinob"), of, StudyError)


def test_a_criterion_that_excludes_by_the_future_is_cautioned():
    of = patients(a=[("T-DM1", 0)], b=[("T-DM1", 0), ("T-DXd", 50)])
    cohort = build_cohort(study(["not received trastuzumab deruxtecan"]), of)
    assert cohort.cautions == (
        "'not received trastuzumab deruxtecan' also looks at what happened after time zero: patients are left out "
        "by their future. Add 'before: time zero' unless this is meant.",
    )
    assert build_cohort(study(["not received trastuzumab deruxtecan before time zero"]), of).cautions == ()
    assert build_cohort(study(["received trastuzumab deruxtecan"]), of).cautions == ()


def test_a_patient_who_lost_exposure_rows_may_have_lost_his_time_zero():
    import polars as pl

    of = patients(a=[("T-DM1", 0)], b=[("docetaxel", 0)])
    lost = pl.DataFrame([{"patient_id": "b", "table": "exposures"}], schema=of.incomplete.schema)
    cohort = build_cohort(study(), Records(of.tables, of.kind, incomplete=lost))
    assert cohort.flow[0] == FlowStep("first trastuzumab emtansine", 2, 0, 1, 1)


def test_every_step_adds_up():
    cohort = build_cohort(study(["metastatic", "not received docetaxel before time zero"]), flagship_records())
    for step, following in zip(cohort.flow, cohort.flow[1:], strict=False):
        assert following.before == step.after
    assert all(step.before == step.excluded + step.undecidable + step.after for step in cohort.flow)
    assert cohort.flow[-1].after == len(cohort.patients)
