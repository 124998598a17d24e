"""Look-ups in transcribed records, with records written here."""

import polars as pl
import pytest

from sequela.errors import StudyError
from sequela.records.bundle import Kind, Records
from sequela.records.schema import TABLES
from sequela.replicate import case_values
from sequela.replicate.material import Material
from sequela.replicate.paper import Paper

PAPER = Paper("a-paper", "", "", "", "transcribed", "", "", None)


def material(**tables):
    frames = {}
    for name, rows in tables.items():
        empty = TABLES[name].empty()
        complete = [{column: row.get(column) for column in empty.columns} for row in rows]
        frames[name] = pl.DataFrame(complete, schema=empty.schema)
    return Material(PAPER, Records(tables=frames, kind=Kind.TRANSCRIBED), None, None)


def course(drug, start, stop=None, **more):
    return {"patient_id": "p", "drug": drug, "start": start, "stop": stop} | more


def test_interval_in_weeks_and_months():
    one = material(
        exposures=[course("trastuzumab", 0, 70)], diagnoses=[{"patient_id": "p", "day": 161, "kind": "recurrence"}]
    )
    given = {
        "patient": "p",
        "from": {"table": "exposures", "column": "stop", "drug": "trastuzumab"},
        "to": {"table": "diagnoses", "column": "day", "kind": "recurrence"},
    }
    assert case_values.interval(one, given | {"unit": "weeks"}).values == (13,)  # 91 / 7
    assert case_values.interval(one, given | {"unit": "months"}).values == pytest.approx((91 / 30.4375,))
    turned = given | {"from": given["to"], "to": given["from"], "unit": "weeks"}
    assert case_values.interval(one, turned).values == (-13,)


def test_a_point_without_a_day_is_refused():
    one = material(exposures=[course("trastuzumab", 0)])
    with pytest.raises(StudyError, match="no day"):
        case_values.interval(
            one,
            {
                "patient": "p",
                "unit": "days",
                "from": {"table": "exposures", "column": "stop"},
                "to": {"table": "exposures", "column": "start"},
            },
        )
    with pytest.raises(StudyError, match="has no column"):
        case_values.interval(
            one,
            {
                "patient": "p",
                "unit": "days",
                "from": {"table": "exposures", "column": "start", "colour": "red"},
                "to": {"table": "exposures", "column": "start"},
            },
        )


def test_cycles_take_their_length_from_the_vocabulary():
    found = case_values.cycles(material(), {"drug": "pertuzumab", "cycles": 12, "unit": "months"})
    assert found.values == pytest.approx((12 * 21 / 30.4375,))  # every three weeks
    assert not found.within_paper


def test_progression_under_a_drug_is_counted_by_patient():
    rows = [
        course("trastuzumab", 0, reason_stopped="progression"),
        course("trastuzumab", 90, reason_stopped="progression"),
    ]
    other = course("trastuzumab", 0, reason_stopped="completed") | {"patient_id": "q"}
    both = material(patients=[{"patient_id": "p"}, {"patient_id": "q"}], exposures=[*rows, other])
    assert case_values.progressed_under(both, "trastuzumab").values == (1, 2)


@pytest.mark.parametrize(("value", "side"), [("1.93", "<3 -> low"), ("3", ">=3 -> high"), ("4.2", ">=3 -> high")])
def test_marker_class(value, side):
    one = material(biomarkers=[{"patient_id": "p", "marker": "CD8/FOXP3", "value": value}])
    found = case_values.marker_class(one, {"patient": "p", "marker": "CD8/FOXP3", "cutoff": 3})
    assert found.values == (f"{value} ({side})",)


def followed(*states):
    """Liver and skin of one patient at baseline, on day 100 and on day 200 of pertuzumab."""
    return material(
        patients=[{"patient_id": "p", "last_contact": 300}],
        diagnoses=[{"patient_id": "p", "day": 0, "kind": "metastatic"}],
        exposures=[course("pertuzumab", 0, 200, setting="metastatic")],
        lesions=[{"patient_id": "p", "lesion_id": o, "organ": o, "role": "non-target"} for o in ("liver", "skin")],
        measurements=[
            {"patient_id": "p", "lesion_id": organ, "day": day, "state": state, "row": 2 + number}
            for number, (organ, day, state) in enumerate(states)
        ],
    )


def test_the_whole_patient_from_the_lesions_of_each_site():
    baseline = [(organ, 0, "present") for organ in ("liver", "skin")]
    worse = followed(*baseline, ("liver", 100, "absent"), ("skin", 100, "unequivocal progression"))
    found = case_values.response_by_site(worse, {"patient": "p", "line": 1})
    assert found.values == ("PD",)
    assert found.note == "liver CR, skin and soft tissue PD on day 100; overall PD by TP02, N2"
    better = followed(*baseline, ("liver", 100, "absent"), ("skin", 100, "absent"))
    assert case_values.response_by_site(better, {"patient": "p", "line": 1}).values == ("CR",)
    with pytest.raises(StudyError, match="no lesion of p was followed in line 2"):
        case_values.response_by_site(better, {"patient": "p", "line": 2})


def lesion(organ, day):
    return material(
        exposures=[course("epirubicin", -56)],
        diagnoses=[{"patient_id": "p", "day": 0, "kind": "metastatic"}],
        lesions=[{"patient_id": "p", "lesion_id": "one", "organ": organ, "role": "non-target"}],
        measurements=[{"patient_id": "p", "lesion_id": "one", "day": day, "state": "present"}],
    )


@pytest.mark.parametrize(("organ", "day", "stage"), [("skin", -56, "M1"), ("skin", -55, "M0"), ("breast", -56, "M0")])
def test_stage_at_presentation(organ, day, stage):
    assert case_values.stage_at_presentation(lesion(organ, day), "p").values == (stage,)


def test_courses_that_fit_into_the_weeks_and_courses_that_do_not():
    given = {"weeks": 4, "of": 45, "lasting": 135}
    late = case_values.courses_given(None, given | {"courses": 3})
    assert (late.values, late.holds) == ((6.0,), False)  # days 0, 21 and 42
    assert case_values.courses_given(None, given | {"courses": 2}).holds
