"""What each criterion means: yes, no, not decidable, with the day and the row that decided."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.records.bundle import INCOMPLETE_SCHEMA, Records
from sequela.study.criteria import evaluate
from sequela.study.grammar import Not, read_criterion
from sequela.study.history import histories
from tests.hand_made import at, records

from .studies import NEW_YEAR_2014, patients, study


def answers(criterion, of, days, **more):
    """Return patient -> (holds, day, row) for one criterion."""
    asked = study([criterion], **more)
    frame = evaluate(asked.population[0], histories(asked, of, days))
    assert frame.schema == {"patient_id": pl.String, "holds": pl.Boolean, "day": pl.Int32, "row": pl.String}
    assert frame["patient_id"].to_list() == days["patient_id"].to_list()
    return {name: tuple(rest) for name, *rest in frame.iter_rows()}


def holds(criterion, of, days, **more):
    return {name: answer[0] for name, answer in answers(criterion, of, days, **more).items()}


COURSES = patients(
    long=[("pertuzumab", -300, -10)],
    once=[("Perjeta", -300)],
    later=[("pertuzumab", 40)],
    same_day=[("pertuzumab", 0)],
    other=[("docetaxel", -50, -10)],
)
ZERO = at(long=0, once=0, later=0, same_day=0, other=0)


@pytest.mark.parametrize(
    ("window", "who"),
    [
        ({}, {"long", "once", "later", "same_day"}),
        ({"before": "time zero"}, {"long", "once"}),
        ({"after": "time zero"}, {"later"}),
        ({"within": "90 days before time zero"}, {"long"}),
        ({"within": "10 days before time zero"}, {"long"}),
        ({"within": "9 days before time zero"}, set()),
        ({"within": "300 days before time zero"}, {"long", "once"}),
        ({"within": "40 days after time zero"}, {"later", "same_day"}),
        ({"within": "39 days after time zero"}, {"same_day"}),
        ({"within": "40 days of time zero"}, {"long", "later", "same_day"}),
        ({"after": "metastatic diagnosis"}, {"long", "later", "same_day"}),
        ({"before": "time zero", "after": "metastatic diagnosis"}, {"long"}),
        ({"before": "first docetaxel"}, set()),
    ],
)
def test_a_course_counts_when_one_of_its_days_is_in_the_window(window, who):
    found = holds({"received": "pertuzumab", **window}, COURSES, ZERO)
    assert {name for name, value in found.items() if value} == who


def test_the_deciding_day_is_the_first_under_the_drug_inside_the_window():
    found = answers({"received": "pertuzumab", "within": "90 days before time zero"}, COURSES, ZERO)
    assert found["long"] == (True, -90, "exposures:2")
    assert found["once"] == (False, None, None)
    assert answers({"received": "pertuzumab"}, COURSES, ZERO)["later"] == (True, 40, "exposures:4")


def test_a_window_from_a_moment_the_patient_never_had_is_undecided_only_for_who_took_the_drug():
    of = patients(both=[("docetaxel", 10), ("pertuzumab", 5)], only=[("pertuzumab", 5)], none=[("letrozole", 1)])
    found = holds({"received": "pertuzumab", "before": "first docetaxel"}, of, at(both=0, only=0, none=0))
    assert found == {"both": True, "only": None, "none": False}


def test_drug_class_modality_and_list():
    of = patients(a=[("Herceptin", -5)], b=[("Kadcyla", -5)], c=[("paclitaxel", -5)], d=[("letrozole", -5)])
    days = at(a=0, b=0, c=0, d=0)

    def who(name):
        return {patient for patient, value in holds({"received": name}, of, days).items() if value}

    assert who("trastuzumab") == {"a"}
    assert who("HER2 antibody") == {"a"}
    assert who("taxanes") == {"c"}
    assert who("chemotherapy") == {"c"}
    assert who("ADC") == {"b"}
    assert who(["trastuzumab", "letrozole"]) == {"a", "d"}


def test_a_fixed_combination_needs_both_parts():
    of = patients(phesgo=[("Phesgo", -9)], parts=[("Herceptin", -5), ("Perjeta", -3)], one=[("Herceptin", -5)])
    found = answers({"received": "Phesgo"}, of, at(phesgo=0, parts=0, one=0))
    assert found["phesgo"] == (True, -9, "exposures:2")
    assert found["parts"] == (True, -3, "exposures:4")
    assert found["one"][0] is False


def test_an_unknown_drug_is_never_a_no():
    of = patients(
        before=[("Wundermab", -30)],
        after=[("Wundermab", 30)],
        trial=[("study drug", -30)],
        sure=[("Wundermab", -30), ("pertuzumab", -20)],
        naive=[("docetaxel", -30)],
    )
    days = at(before=0, after=0, trial=0, sure=0, naive=0)
    criterion = {"received": "pertuzumab", "before": "time zero"}
    expected = {"before": None, "after": False, "trial": None, "sure": True, "naive": False}
    assert holds(criterion, of, days) == expected
    contrary = {name: None if value is None else not value for name, value in expected.items()}
    assert holds({"not": criterion}, of, days) == contrary


def _with_lost_row(of: Records, patient, table):
    lost = pl.DataFrame([{"patient_id": patient, "table": table}], schema=INCOMPLETE_SCHEMA)
    return Records(of.tables, of.kind, incomplete=lost)


def test_a_refused_exposure_row_is_never_a_no():
    of = _with_lost_row(patients(a=[("docetaxel", -3)], b=[("docetaxel", -3)]), "a", "exposures")
    found = holds({"received": "pertuzumab", "before": "time zero"}, of, at(a=0, b=0))
    assert found == {"a": None, "b": False}
    assert holds("received docetaxel", of, at(a=0, b=0)) == {"a": True, "b": True}
    assert holds("line 0", of, at(a=-9, b=-9)) == {"a": None, "b": True}


def test_a_partial_date_that_straddles_the_window_is_undecided():
    of = patients(month=[("pertuzumab", 5)], clear=[("pertuzumab", -60)])
    partial = [
        {"table": "exposures", "row": 2, "column": "start", "day": 5, "earliest": -10, "latest": 20},
        {"table": "exposures", "row": 3, "column": "start", "day": -60, "earliest": -75, "latest": -45},
    ]
    of = Records(of.tables, of.kind, imputations=pl.DataFrame(partial, schema=of.imputations.schema))
    days = at(month=0, clear=0)
    assert holds("received pertuzumab before time zero", of, days) == {"month": None, "clear": True}
    assert holds("received pertuzumab within 30 days of time zero", of, days) == {"month": True, "clear": False}


def test_an_undated_early_course_came_before_metastatic_disease():
    of = patients(a=[("trastuzumab", None, None, "early")], b=[("docetaxel", -9)])
    days = at(a=0, b=0)
    assert answers("received trastuzumab before time zero", of, days)["a"] == (True, None, "exposures:2")
    assert holds("received trastuzumab after time zero", of, days) == {"a": False, "b": False}
    assert holds("received trastuzumab within 90 days before time zero", of, days) == {"a": False, "b": False}
    assert holds("received trastuzumab within 200 days before time zero", of, days) == {"a": None, "b": False}
    assert holds("received trastuzumab before metastatic diagnosis", of, days)["a"] is True


def test_setting_is_recorded_or_follows_from_the_metastatic_diagnosis():
    of = patients(
        recorded=[("trastuzumab", -50, None, "early")],
        early=[("trastuzumab", -150)],
        late=[("trastuzumab", -50)],
    )
    days = at(recorded=0, early=0, late=0)
    metastatic = holds({"received": "trastuzumab", "setting": "metastatic"}, of, days)
    assert metastatic == {"recorded": False, "early": False, "late": True}
    assert holds({"received": "trastuzumab", "setting": "early"}, of, days) == {
        "recorded": True,
        "early": True,
        "late": False,
    }
    unknown = patients(metastatic=None, who=[("trastuzumab", -50)])
    assert holds({"received": "trastuzumab", "setting": "early"}, unknown, at(who=0)) == {"who": None}


def test_before_and_within_accrual():
    of = patients(
        origin=NEW_YEAR_2014, early=[("docetaxel", 50)], inside=[("docetaxel", 100)], late=[("docetaxel", 400)]
    )
    days = at(early=500, inside=500, late=500)
    accrual = {"from": "2014-04-01", "to": "2014-12-31"}
    assert holds("received docetaxel before accrual", of, days, accrual=accrual)["early"] is True
    within = holds("received docetaxel within accrual", of, days, accrual=accrual)
    assert within == {"early": False, "inside": True, "late": False}
    after = holds("received docetaxel after accrual", of, days, accrual=accrual)
    assert after == {"early": False, "inside": False, "late": True}
    unknown = patients(who=[("docetaxel", 50)], other=[("letrozole", 50)])
    found = holds("received docetaxel before accrual", unknown, at(who=500, other=500), accrual=accrual)
    assert found == {"who": None, "other": False}


LINES = patients(
    one=[("trastuzumab", -90, -60), ("docetaxel", -90, -60)],
    two=[("trastuzumab", -90, -60), ("docetaxel", -90, -60), ("Kadcyla", -30, 30)],
    none=[],
)


def test_line_at_time_zero():
    days = at(one=0, two=0, none=0)
    assert answers("line 2", LINES, days)["two"] == (True, -30, "exposures:6")
    assert holds("line 2", LINES, days) == {"one": False, "two": True, "none": False}
    assert holds("line >= 1", LINES, days) == {"one": True, "two": True, "none": False}
    assert holds({"line": 0}, LINES, days) == {"one": False, "two": False, "none": True}


def test_received_in_a_line():
    days = at(one=0, two=0, none=0)
    assert holds({"received": "trastuzumab", "line": "first"}, LINES, days) == {"one": True, "two": True, "none": False}
    assert holds({"received": "T-DM1", "line": 1}, LINES, days) == {"one": False, "two": False, "none": False}
    assert holds({"received": "T-DM1", "line": "2+"}, LINES, days) == {"one": False, "two": True, "none": False}
    window = {"received": "trastuzumab", "before": "start of line 2"}
    assert holds(window, LINES, days) == {"one": None, "two": True, "none": False}


def markers(**results):
    rows = [
        {"patient_id": name, "day": day, "marker": marker, "value": value}
        for name, given in results.items()
        for day, marker, value in given
    ]
    return records(patients=[{"patient_id": name, "last_contact": 100} for name in results], biomarkers=rows)


def test_receptors_by_their_guideline_and_equivocal_decides_nothing():
    of = markers(
        strong=[(-9, "HER2 IHC", "3+")],
        weak=[(-9, "HER2 IHC", "1+")],
        open=[(-9, "HER2 IHC", "2+")],
        late=[(9, "HER2", "positive")],
        none=[],
    )
    days = at(strong=0, weak=0, open=0, late=0, none=0)
    expected = {"strong": True, "weak": False, "open": None, "late": None, "none": None}
    assert holds("HER2 positive", of, days) == expected
    assert holds("HER2 equivocal", of, days)["open"] is True
    assert holds({"biomarker": "HER2", "is": ["positive", "equivocal"]}, of, days)["open"] is True
    assert answers("HER2 positive", of, days)["strong"] == (True, -9, "biomarkers:2")
    assert answers("HER2 positive at any time", of, days)["late"] == (True, 9, "biomarkers:5")


def test_what_is_recorded_on_the_day_of_time_zero_is_known_on_it():
    of = records(
        patients=[{"patient_id": "a", "observed_from": 0, "last_contact": 9}],
        diagnoses=[{"patient_id": "a", "day": 0, "kind": "metastatic"}],
        metastases=[{"patient_id": "a", "day": 0, "organ": "liver"}],
        biomarkers=[
            {"patient_id": "a", "day": 0, "marker": "HER2", "value": "positive"},
            {"patient_id": "a", "day": 0, "marker": "EGFR", "value": "L858R"},
        ],
        performance=[{"patient_id": "a", "day": 0, "ecog": 1}],
        exposures=[{"patient_id": "a", "drug": "docetaxel", "start": 0}],
    )
    known = ["metastatic", "liver metastasis", "HER2 positive", "ecog 1", "line 1", "observed at time zero"]
    for criterion in [*known, {"biomarker": "EGFR", "is": "L858R"}]:
        assert holds(criterion, of, at(a=0)) == {"a": True}, criterion
        assert holds(criterion, of, at(a=-1))["a"] is not True, criterion


def test_a_course_across_a_window_that_ends_before_it_begins_is_not_inside():
    of = patients(a=[("pertuzumab", -200, 100)])
    window = {"received": "pertuzumab", "after": "time zero", "before": "metastatic diagnosis"}
    assert holds(window, of, at(a=0)) == {"a": False}


def test_composed_statuses():
    of = markers(a=[(-9, "ER", "80 %"), (-9, "PgR", "0 %"), (-9, "HER2", "negative")], b=[(-9, "ER", "0")])
    days = at(a=0, b=0)
    assert holds("hormone receptor positive", of, days) == {"a": True, "b": None}
    assert holds({"biomarker": "subtype", "is": "HR+/HER2-"}, of, days) == {"a": True, "b": None}


def test_a_mutation_is_a_text_found_once():
    of = markers(
        exon=[(-9, "EGFR", "exon 19 deletion"), (-1, "EGFR", "T790M")],
        wild=[(-9, "EGFR", "wild type")],
        none=[],
    )
    days = at(exon=0, wild=0, none=0)
    sensitising = {"biomarker": "EGFR", "is": ["exon 19 deletion", "L858R"]}
    assert holds(sensitising, of, days) == {"exon": True, "wild": False, "none": None}
    assert answers(sensitising, of, days)["exon"] == (True, -9, "biomarkers:2")
    assert holds("EGFR wild-type", of, days)["wild"] is True
    assert holds("EGFR mutated", of, days)["wild"] is False


@pytest.mark.parametrize(
    ("value", "limit", "expected"),
    [
        ("60 %", ">= 50", True),
        ("49", ">= 50", False),
        ("<1", ">= 1", False),
        ("<5", ">= 1", None),
        (">90%", ">= 50", True),
        ("10-20", "> 14", None),
        ("10-20", "< 30", True),
        ("1,5", "< 2", True),
        ("high", ">= 1", None),
        ("60", "50 to 79", True),
        ("80", "50 to 79", False),
        ("40-90", "50 to 79", None),
        ("40-60", "50 to 79", None),
        ("10-20", "50 to 79", False),
    ],
)
def test_numbers_as_a_laboratory_writes_them(value, limit, expected):
    of = markers(a=[(-9, "PD-L1", "80"), (-1, "PD-L1", value)])
    assert holds({"biomarker": "PD-L1", "is": limit}, of, at(a=0)) == {"a": expected}


def sites(**organs):
    rows = [{"patient_id": name, "day": day, "organ": organ} for name, found in organs.items() for day, organ in found]
    return records(patients=[{"patient_id": name, "last_contact": 100} for name in organs], metastases=rows)


def test_sites():
    of = sites(liver=[(-5, "liver"), (-9, "bone")], bone=[(-5, "bone"), (5, "liver")], none=[], brain=[(-5, "brain")])
    days = at(liver=0, bone=0, none=0, brain=0)
    assert holds("liver metastasis", of, days) == {"liver": True, "bone": False, "none": None, "brain": False}
    assert answers("liver metastasis", of, days)["liver"] == (True, -5, "metastases:2")
    assert answers("liver metastasis at any time", of, days)["bone"] == (True, 5, "metastases:5")
    assert holds({"site": "bone", "only": True}, of, days) == {
        "liver": False,
        "bone": True,
        "none": None,
        "brain": False,
    }
    assert holds("visceral metastasis", of, days)["brain"] is False
    noda = {"visceral": "noda_2019"}
    assert holds("visceral metastasis", of, days, definitions=noda)["brain"] is True
    lost = _with_lost_row(of, "brain", "metastases")
    assert holds("liver metastasis", lost, days)["brain"] is None
    assert holds({"site": "brain", "only": True}, lost, days)["brain"] is None


def test_age_sex_ecog():
    of = records(
        patients=[
            {"patient_id": "a", "age_at_origin": 40.0, "sex": "female", "last_contact": 9},
            {"patient_id": "b", "last_contact": 9},
        ],
        performance=[{"patient_id": "a", "day": -3, "ecog": 1}, {"patient_id": "a", "day": 3, "ecog": 3}],
    )
    days = at(a=0, b=0)
    assert holds("age >= 40", of, days) == {"a": True, "b": None}
    assert holds({"age": "18 to 39"}, of, days) == {"a": False, "b": None}
    assert holds("female", of, days) == {"a": True, "b": None}
    assert holds("ECOG <= 1", of, days) == {"a": True, "b": None}
    assert holds("ecog 2 or more", of, days) == {"a": False, "b": None}


def test_metastatic():
    of = records(
        patients=[{"patient_id": name, "last_contact": 9} for name in "abcd"],
        diagnoses=[
            {"patient_id": "a", "day": -9, "kind": "metastatic"},
            {"patient_id": "b", "day": 5, "kind": "metastatic"},
            {"patient_id": "c", "day": -9, "kind": "primary"},
        ],
    )
    days = at(a=0, b=0, c=0, d=0)
    assert holds("metastatic at time zero", of, days) == {"a": True, "b": False, "c": False, "d": None}
    assert answers("metastatic at any time", of, days)["b"] == (True, 5, "diagnoses:3")
    assert holds("metastatic", _with_lost_row(of, "c", "diagnoses"), days)["c"] is None


def test_observed():
    rows = [
        {"patient_id": name, "observed_from": day, "last_contact": 9}
        for name, day in (("a", -1), ("b", 1), ("c", None))
    ]
    assert holds("observed at time zero", records(patients=rows), at(a=0, b=0, c=0)) == {
        "a": True,
        "b": False,
        "c": True,
    }


# Kleene's logic, on patients whose answer to three criteria is every combination of yes, no and unknown.
VALUES = ("yes", "no", "unknown")
NAMES = [f"{a}-{b}-{c}" for a in VALUES for b in VALUES for c in VALUES]
_ER = {"yes": "positive", "no": "negative"}
_ECOG = {"yes": 0, "no": 2}


def _every_combination():
    rows = {"patients": [], "biomarkers": [], "performance": [], "exposures": []}
    for name in NAMES:
        receptor, ecog, drug = name.split("-")
        rows["patients"].append({"patient_id": name, "last_contact": 100})
        if receptor in _ER:
            rows["biomarkers"].append({"patient_id": name, "day": -7, "marker": "ER", "value": _ER[receptor]})
        if ecog in _ECOG:
            rows["performance"].append({"patient_id": name, "day": -5, "ecog": _ECOG[ecog]})
        given_drug = {"yes": "docetaxel", "no": "letrozole", "unknown": "Wundermab"}[drug]
        rows["exposures"].append({"patient_id": name, "drug": given_drug, "start": -3})
    return records(**rows)


EVERYONE = histories(study(), _every_combination(), at(**dict.fromkeys(NAMES, 0)))
LEAVES = ["ER positive", "ecog <= 1", "received docetaxel"]
criteria = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        inner.map(lambda x: {"not": x}),
        st.lists(inner, min_size=1, max_size=3).map(lambda xs: {"all": xs}),
        st.lists(inner, min_size=1, max_size=3).map(lambda xs: {"any": xs}),
    ),
    max_leaves=6,
)


def truth(criterion, name):
    """Return Kleene's value by hand: 1, 0, or 1/2 for unknown."""
    if isinstance(criterion, str):
        return {"yes": 1, "no": 0, "unknown": 0.5}[name.split("-")[LEAVES.index(criterion)]]
    ((head, inner),) = criterion.items()
    if head == "not":
        return 1 - truth(inner, name)
    return (min if head == "all" else max)(truth(part, name) for part in inner)


def asked(criterion):
    return evaluate(study([criterion]).population[0], EVERYONE)


@settings(deadline=None, max_examples=60)
@given(criteria)
def test_the_logic_is_kleenes(criterion):
    expected = [{1: True, 0: False, 0.5: None}[truth(criterion, name)] for name in NAMES]
    assert asked(criterion)["holds"].to_list() == expected


@settings(deadline=None, max_examples=30)
@given(criteria)
def test_not_not_is_nothing(criterion):
    assert asked({"not": {"not": criterion}}).equals(asked(criterion))


@settings(deadline=None, max_examples=30)
@given(st.lists(criteria, min_size=1, max_size=3))
def test_de_morgan_holds_for_answer_day_and_row(parts):
    neither = {"all": [{"not": part} for part in parts]}
    assert asked({"not": {"any": parts}}).equals(asked(neither))
    not_both = {"any": [{"not": part} for part in parts]}
    assert asked({"not": {"all": parts}}).equals(asked(not_both))


def test_all_is_decided_by_the_last_and_any_by_the_first():
    both = {"all": ["ER positive", "received docetaxel"]}
    either = {"any": ["ER positive", "received docetaxel"]}

    def of(criterion):
        return asked(criterion).row(by_predicate=pl.col("patient_id") == "yes-yes-yes")

    assert of(both)[2] == -3 and of(either)[2] == -7
    assert of(either)[3].startswith("biomarkers:")


def test_a_list_is_all_and_objects_are_as_good_as_texts():
    listed = study([["metastatic", "age >= 18"]]).population
    assert [str(part) for part in listed] == ["metastatic at time zero and age >= 18"]
    by_hand = Not.model_validate({"not": study(["ER positive"]).population[0]})
    assert str(by_hand) == "not ER positive"
    assert read_criterion(["ER positive", "metastatic"]) == {"all": ["ER positive", "metastatic"]}
