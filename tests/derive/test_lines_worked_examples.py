"""Histories whose lines a clinician can count on the fingers, with the rule that decides each."""

import polars as pl
import pytest

from sequela.derive.endpoint_files import PROFILES
from sequela.derive.endpoint_times import time_to_event
from sequela.derive.lines import line_summary, lines_of_therapy
from sequela.derive.rules import BREAST
from sequela.derive.sequences import RESISTANCE, SEPHER, sequence_groups

from .histories import cycles, given, history, months

TDM1 = "trastuzumab emtansine"


def derive(records, **changes):
    return lines_of_therapy(records, BREAST.replacing(**changes))


def regimens(lines):
    return dict(zip(lines["line"], lines["regimen"], strict=True))


def line_of(lines, drug):
    """Return the lines in which a drug was given."""
    return [n for n, drugs in zip(lines["line"], lines["ingredients"], strict=True) if drug in drugs]


def group(records, definition=SEPHER, **changes):
    """Return the number of the sequence group that the patient's T-DM1 belongs to, None where it is in none."""
    at = pl.DataFrame({"patient_id": ["P1"], "day": [100_000]}, schema={"patient_id": pl.String, "day": pl.Int32})
    name = sequence_groups(records, definition, at, BREAST.replacing(**changes))["group"][0]
    return name and name.split(":")[0].removeprefix("Group ")


def summary(records):
    return line_summary(records, lines_of_therapy(records)).row(0, named=True)


@pytest.fixture
def skin_and_liver():
    """EC, docetaxel + trastuzumab around surgery; skin relapse resected; then skin and liver."""
    relapse = 450 + months(5)
    first = relapse + months(3)
    return history(
        given("epirubicin + cyclophosphamide", 0, 63, "early"),
        given("docetaxel", 84, 147, "early"),
        given("trastuzumab", 84, 450, "early", "completed"),
        [given(drug, first + 10, first + 260) for drug in ("pertuzumab", "trastuzumab", "docetaxel")],
        given(TDM1, first + 285, first + 400),
        recurrence=[relapse],
        metastatic=first,
        progression=[first + 270],
        local=[relapse + 10],
        last_contact=first + 410,
    )


def test_skin_relapse_after_adjuvant_trastuzumab_then_liver(skin_and_liver):
    lines = derive(skin_and_liver)
    assert regimens(lines) == {1: "docetaxel + pertuzumab + trastuzumab", 2: TDM1}
    assert lines["reason_ended"].to_list() == ["PD", "data end"]
    assert lines["confidence"].to_list() == ["certain", "certain"]
    assert {"L19", "L20"} <= set(lines["rules"][0])
    patient = summary(skin_and_liver)
    assert patient["lot"] == "LoT 3 (1+2)"
    assert patient["early_relapse"] is True
    assert patient["eligibility_lines"] == 3
    assert group(skin_and_liver) == "3"


def test_relapse_six_months_and_a_day_after_trastuzumab_is_not_early():
    late, early = (
        history(given("trastuzumab", 0, 365, "early"), metastatic=365 + days, recurrence=[]) for days in (183, 182)
    )
    assert summary(late)["early_relapse"] is False
    assert summary(early)["early_relapse"] is True


def bone_during_neoadjuvant(metastatic):
    return history(
        cycles("doxorubicin", 0, 4, every=14),
        cycles("cyclophosphamide", 0, 4, every=14),
        [given(drug, 70, 330) for drug in ("pertuzumab", "trastuzumab", "docetaxel")],
        given(TDM1, 350, 420),
        metastatic=metastatic,
        progression=[340],
    )


def test_bone_metastases_found_during_neoadjuvant_chemotherapy():
    records = bone_during_neoadjuvant(metastatic=50)
    lines = derive(records)
    assert regimens(lines) == {1: "docetaxel + pertuzumab + trastuzumab", 2: TDM1}
    assert summary(records)["lot"] == "LoT 3 (1+2)"
    assert summary(records)["early_relapse"] is None
    assert group(records) == "3"


def test_the_same_patient_metastatic_at_presentation():
    records = bone_during_neoadjuvant(metastatic=0)
    lines = derive(records)
    assert regimens(lines)[1] == "cyclophosphamide + doxorubicin"
    assert line_of(lines, TDM1) == [3]
    assert summary(records)["lot"] == "LoT 3 (0+3)"
    # Pertuzumab came in line 2: by the first line, as SePHER divided, no pertuzumab; `earlier_before` tells.
    assert group(records) == "2"


def test_relapse_on_adjuvant_trastuzumab_makes_tdm1_the_first_line():
    records = history(
        given("paclitaxel", 0, 77, "early"),
        given("trastuzumab", 0, 300, "early", "progression"),
        given("FEC", 98, 161, "early"),
        given(TDM1, 330, 1275, "metastatic"),
        recurrence=[295],
        metastatic=320,
        last_contact=1275,
    )
    lines = derive(records)
    assert regimens(lines) == {1: TDM1}
    assert summary(records)["lot"] == "LoT 2 (1+1)"
    assert summary(records)["early_relapse"] is True
    assert group(records) == "5"


def test_isolated_skin_relapse_excised_then_vinorelbine_then_tdm1():
    relapse = 440 + months(12)
    second = relapse + months(4)
    records = history(
        given("FEC", 0, 42, "early"),
        given("docetaxel", 63, 63, "early", "toxicity"),
        given("trastuzumab", 63, 440, "early", "completed"),
        [given(drug, second + 5, second + months(5)) for drug in ("trastuzumab", "vinorelbine")],
        given(TDM1, second + months(5) + 20, second + months(17)),
        recurrence=[relapse],
        metastatic=second,
        progression=[second + months(5) + 5],
    )
    lines = derive(records)
    assert regimens(lines) == {1: "trastuzumab + vinorelbine", 2: TDM1}
    assert line_of(lines, "pertuzumab") == []
    assert summary(records)["lot"] == "LoT 3 (1+2)"
    assert summary(records)["early_relapse"] is False
    assert group(records) == "1"


@pytest.fixture
def letrozole_in_maintenance():
    antibodies = [cycles(drug, 0, 24) for drug in ("pertuzumab", "trastuzumab")]
    return history(
        cycles("docetaxel", 0, 6),
        *antibodies,
        given("letrozole", 126, 500),
        cycles(TDM1, 520, 5),
        metastatic=-5,
        progression=[510],
    )


def test_letrozole_added_to_maintenance_opens_no_line(letrozole_in_maintenance):
    lines = derive(letrozole_in_maintenance)
    assert line_of(lines, TDM1) == [2]
    first = lines.row(0, named=True)
    assert first["regimen"] == "docetaxel + pertuzumab + trastuzumab"
    assert first["maintenance"] == 126
    assert {"L05", "L06", "L07"} <= set(first["rules"])
    assert first["reason_ended"] == "PD"


def test_counting_letrozole_as_a_line_makes_tdm1_the_third(letrozole_in_maintenance):
    lines = derive(letrozole_in_maintenance, L07="new line")
    assert line_of(lines, TDM1) == [3]
    assert "L07" in lines["rules"][1]
    assert (group(letrozole_in_maintenance), group(letrozole_in_maintenance, L07="new line")) == ("3", "4")


@pytest.fixture
def beyond_progression():
    return history(
        cycles("trastuzumab", 0, 30),
        cycles("docetaxel", 0, 8),
        cycles("capecitabine", 315, 15),
        cycles(TDM1, 650, 4),
        metastatic=-3,
        progression=[310, 640],
    )


def test_trastuzumab_beyond_progression_with_a_new_partner_is_a_new_line(beyond_progression):
    lines = derive(beyond_progression)
    assert regimens(lines) == {1: "docetaxel + trastuzumab", 2: "capecitabine + trastuzumab", 3: TDM1}
    assert "L09" in lines["rules"][1]
    assert lines["reason_ended"].to_list()[:2] == ["PD", "PD"]


def test_counting_it_as_the_same_line_moves_the_patient(beyond_progression):
    lines = derive(beyond_progression, L09="same line")
    assert line_of(lines, TDM1) == [2]
    assert (group(beyond_progression), group(beyond_progression, L09="same line")) == ("2", "1")


def test_trastuzumab_as_one_long_course_is_part_of_both_lines():
    records = history(
        given("trastuzumab", 0, 600),
        given("docetaxel", 0, 150),
        given("capecitabine", 315, 600),
        metastatic=0,
        progression=[310],
    )
    lines = derive(records)
    assert regimens(lines) == {1: "docetaxel + trastuzumab", 2: "capecitabine + trastuzumab"}
    assert [row for rows in lines["rows"] for row in rows] == ["exposures:3", "exposures:2", "exposures:4"]


def test_biosimilar_and_a_cardiac_pause_change_nothing():
    records = history(
        cycles("Herceptin", 0, 12), cycles("trastuzumab-dkst", 231 + 70, 10), cycles("docetaxel", 0, 6), metastatic=0
    )
    lines = derive(records)
    assert lines.height == 1
    assert {"L12", "L13"} <= set(lines["rules"][0])


def test_pertuzumab_dropped_for_diarrhoea():
    records = history(
        given("pertuzumab", 0, months(3), reason="toxicity"),
        given("trastuzumab", 0, months(11)),
        given("paclitaxel", 0, months(11)),
        given(TDM1, months(11) + 15, months(15)),
        metastatic=0,
        progression=[months(11) + 3],
    )
    lines = derive(records)
    assert line_of(lines, TDM1) == [2]
    assert line_of(lines, "pertuzumab") == [1]
    assert lines["reason_ended"][0] == "PD"
    assert "L05" in lines["rules"][0]
    # First-line pertuzumab, but not stopped for progression: in neither group of the contrast.
    assert (group(records), group(records, RESISTANCE)) == ("3", None)


@pytest.mark.parametrize(("gap", "tdm1"), [(120, 3), (180, 2), ("never", 2)])
def test_a_holiday_of_150_days_divides_by_the_gap_rule(gap, tdm1):
    drugs = ("trastuzumab", "pertuzumab", "docetaxel")
    records = history(
        [given(drug, 0, 120) for drug in drugs],
        [given(drug, 270, 400) for drug in drugs],
        given(TDM1, 430, 500),
        metastatic=0,
        progression=[420],
    )
    lines = derive(records, L03=gap)
    assert line_of(lines, TDM1) == [tdm1]
    assert ("L03" in lines["rules"][1]) == (gap == 120)
    assert group(records, L03=gap) == ("4" if tdm1 == 3 else "3")


def test_adjuvant_tdm1_is_not_a_palliative_line():
    records = history(
        given(TDM1, 0, 280, "early"),
        [given(drug, 540, 800) for drug in ("trastuzumab", "pertuzumab", "paclitaxel")],
        given(TDM1, 830, 900),
        metastatic=525,
        progression=[815],
    )
    lines = derive(records)
    assert line_of(lines, TDM1) == [2]
    assert summary(records)["lot"] == "LoT 3 (1+2)"
    assert group(records) is None


@pytest.fixture
def radiosurgery():
    return history(
        cycles("pertuzumab", 0, 30), cycles("trastuzumab", 0, 30), metastatic=0, progression=[300], local=[310]
    )


def test_radiosurgery_of_a_progression_with_unchanged_drugs(radiosurgery):
    lines = derive(radiosurgery)
    assert lines.height == 1
    assert "L17" in lines["rules"][0]
    assert lines["progression"][0] == 300
    at = pl.DataFrame({"patient_id": ["P1"], "day": [0]}, schema={"patient_id": pl.String, "day": pl.Int32})
    seen = {name: time_to_event(radiosurgery, at, PROFILES[name]).row(0, named=True) for name in ("pfs.ema", "ttnt")}
    assert (seen["pfs.ema"]["days"], seen["pfs.ema"]["event"]) == (300, True)
    assert seen["ttnt"]["event"] is False


def test_radiosurgery_as_a_new_line(radiosurgery):
    lines = derive(radiosurgery, L17="new line")
    assert lines["start"].to_list() == [0, 315]


@pytest.fixture
def endocrine_first():
    return history(
        given("letrozole", 0, months(30)),
        given("trastuzumab", 0, months(30)),
        given(TDM1, months(30) + 20, months(40)),
        metastatic=0,
        progression=[months(30) + 5],
    )


def test_endocrine_therapy_with_trastuzumab_is_a_first_line(endocrine_first):
    lines = derive(endocrine_first)
    assert line_of(lines, TDM1) == [2]
    assert "L08" in lines["rules"][0]
    assert (group(endocrine_first), group(endocrine_first, L08="does not count")) == ("1", "5")


def test_endocrine_therapy_not_counted(endocrine_first):
    lines = derive(endocrine_first, L08="does not count")
    assert lines["line"].to_list() == [0, 1]
    counted = line_summary(endocrine_first, lines, BREAST.replacing(L08="does not count"))
    assert counted["palliative_lines"].to_list() == [1]
