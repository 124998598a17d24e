"""Computations of a cohort under several clocks, on six patients written by hand."""

import pytest
import yaml

from sequela.errors import StudyError
from sequela.replicate import cohort_values
from sequela.replicate.catalogue import material_of
from sequela.replicate.paper import load_paper

MONTH = 30.4375
# patient: pertuzumab, start of T-DM1, months from diagnosis to the end, death, PgR, surgery months before diagnosis
PATIENTS = {
    "a": (True, 100, 10, True, 10, 20),
    "b": (True, 100, 20, True, 0, 50),
    "c": (True, 200, 30, False, 10, None),
    "d": (False, 300, 40, True, 0, 30),
    "e": (False, 300, 50, False, 0, 40),
    "f": (False, 400, 60, True, None, None),
}
STUDY = {
    "version": 1,
    "title": "By hand",
    "records": "records/",
    "time_zero": "metastatic diagnosis",
    "population": [{"received": "trastuzumab emtansine"}],
    "groups": {"New": {"received": "pertuzumab", "line": "first"}, "Old": "otherwise"},
    "reference": "Old",
    "dialect": "SPSS",
    "analyses": [{"survival": "os"}],
}
OS = {"endpoint": "os", "from": "metastatic diagnosis"}


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paper")
    (folder / "records").mkdir()
    tables = {
        "patients": ["patient_id,last_contact,death"],
        "diagnoses": ["patient_id,day,kind"],
        "exposures": ["patient_id,drug,start,stop,setting"],
        "biomarkers": ["patient_id,day,marker,value"],
        "procedures": ["patient_id,day,kind"],
    }
    for name, (new, start, months, died, pgr, surgery) in PATIENTS.items():
        end = round(months * MONTH)
        tables["patients"].append(f"{name},{end},{end if died else ''}")
        tables["diagnoses"] += [f"{name},0,metastatic", f"{name},-3000,primary"]
        first = "pertuzumab" if new else "trastuzumab"
        tables["exposures"].append(f"{name},{first},5,{start - 10},metastatic")
        tables["exposures"].append(f"{name},trastuzumab emtansine,{start},{start + 60},metastatic")
        tables["biomarkers"] += [] if pgr is None else [f"{name},-3000,PgR,{pgr}"]
        tables["procedures"] += [] if surgery is None else [f"{name},{-round(surgery * MONTH)},surgery"]
    for table, lines in tables.items():
        (folder / "records" / f"{table}.csv").write_text("\n".join(lines) + "\n")
    (folder / "study.yaml").write_text(yaml.safe_dump(STUDY, sort_keys=False))
    words = dict.fromkeys(("title", "citation", "doi", "kind", "computed", "not_computed"), "by hand")
    (folder / "paper.yaml").write_text(yaml.safe_dump(words))
    return material_of(load_paper(folder))


def test_who_is_counted_among_whom(material):
    positive = {"covariate": "pgr", "is": "positive"}
    assert cohort_values.patients_who(material, {"who": positive}).of == "2/5"  # f has no result
    assert cohort_values.patients_who(material, {"who": positive, "everyone": True}).of == "2/6"
    assert cohort_values.patients_who(material, {"who": positive, "group": "New"}).of == "2/3"
    assert cohort_values.patients_who(material, {"who": {"marker": "PgR", "known": False}}).of == "1/6"
    criterion = {"received": "pertuzumab", "line": "first"}
    among = {"who": positive, "of": criterion}
    assert cohort_values.patients_who(material, among).of == "2/3"
    below = {"covariate": "disease_free_interval", "below": 36}
    assert cohort_values.patients_who(material, {"who": below}).of == "2/4"
    assert cohort_values.number_who(material, {"who": [{"covariate": "disease_free_interval", "from": 40}]}).values == (
        2,
    )


def test_counts_are_added_and_taken_off(material):
    parts = [{"covariate": "pgr", "is": "positive"}, {"covariate": "pgr", "is": "negative"}]
    found = cohort_values.number_who(material, {"who": parts, "less": parts[:1]})
    assert found.values == (3,)
    assert found.note == "2 + 3 - 2 = 3 patients of the run"
    assert cohort_values.group_counts(material, [{}, {"group": "New"}]).values == (6, 3)


def test_pearson_of_the_groups(material):
    # 2 of 3 against 0 of 2: chi-square 5 (2 * 2 - 1 * 0)^2 / (3 * 2 * 2 * 3) = 2.2222; p = 0.1360
    rows = [{"covariate": "pgr", "is": "positive"}, {"covariate": "pgr", "is": "negative"}]
    found = cohort_values.table_p(material, {"who": rows})
    assert found.values == pytest.approx((0.13604,), abs=1e-5)
    assert found.note == "counts of the run 2/0, 1/2"


def test_a_clock_of_its_own(material):
    # From diagnosis the Old die at 40 and 60 months, one is censored at 50: S = 2/3, then 0.
    old = cohort_values.median_time(material, {**OS, "group": "Old", "part": "value"})
    assert old.values == pytest.approx((60,), abs=0.02)
    # From T-DM1 the times are 40 months less 300 days and 60 months less 400 days.
    later = {"endpoint": "os", "from": "first trastuzumab emtansine in any line", "group": "Old", "part": "value"}
    assert cohort_values.median_time(material, later).values == pytest.approx((60 - 400 / MONTH,), abs=0.02)
    both = cohort_values.median_times(material, [{**OS, "group": "New"}, {**OS, "group": "Old"}])
    assert both.values == pytest.approx((20, 60), abs=0.02)


def test_a_median_out_of_reach_and_a_time_that_nobody_has(material):
    within = {"sepher_subtype": "ER and PgR positive"}
    assert cohort_values.unreached(material, {**OS, "group": "New"}).values == ("20.0",)
    assert cohort_values.unreached(material, {**OS, "within": within}).values == ("nobody",)
    third = {"endpoint": "os", "from": "start of line 3"}
    assert cohort_values.unreached(material, third).values == ("nobody",)


def test_observed_time_is_the_median_of_all_times(material):
    assert cohort_values.observed_time(material, OS).values == pytest.approx((35,), abs=0.02)


def test_a_p_value_is_multiplied_up_to_one(material):
    once = cohort_values.log_rank_p(material, [OS]).values[0]
    twice = cohort_values.log_rank_p(material, [{**OS, "times": 2}]).values[0]
    assert 0 < once < 0.5 and twice == pytest.approx(2 * once)
    assert cohort_values.log_rank_p(material, [{**OS, "times": 1000}]).values == (1.0,)
    assert cohort_values.log_rank_p(material, [{**OS, "below": 0.9}]).holds
    assert cohort_values.log_rank_p(material, [{**OS, "below": 1e-6}]).holds is False


def test_a_line_that_everyone_had_left(material):
    given = {"group": "New", "index": "trastuzumab emtansine"}
    left = cohort_values.left_before(material, {**given, "line": 1})
    assert left.holds is False and left.note.startswith("everyone of New had left line 1")
    assert cohort_values.left_before(material, {**given, "line": 2}).holds


def test_what_there_is_not_is_refused(material):
    with pytest.raises(StudyError, match="no group"):
        cohort_values.group_counts(material, [{"group": "Newer"}])
    with pytest.raises(StudyError, match="asks for the study"):
        cohort_values.group_counts(material, [{"study": "other"}])
    with pytest.raises(StudyError, match="no covariate"):
        cohort_values.patients_who(material, {"who": {"covariate": "height", "is": "tall"}})
