"""The calendar that decides who is in which group: alarms where it did, silence where it did not."""

import datetime
from fractions import Fraction

import numpy as np
import polars as pl
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.report_card import Status
from sequela.audit.availability import area_under_curve
from sequela.audit.card import audited
from sequela.errors import StudyError
from sequela.records.bundle import Records
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.worlds import WORLDS
from sequela.study.availability import countries
from sequela.study.cohort import build_cohort
from tests.study.studies import load, study

from .worlds import examined, records_in, study_of


def measure(item, name, group=None):
    return next(m.value for m in item.measures if m.name == name and group in (None, m.group))


def test_the_area_under_the_curve_by_hand():
    """Of six pairs: 3>2, 3=3 (half), 5>2, 5>3, 1<2, 1<3."""
    found = area_under_curve(np.array([3.0, 5.0, 1.0]), np.array([2.0, 3.0]))
    assert found == float(Fraction(7, 12))
    assert area_under_curve(np.array([2.0]), np.array([1.0])) == 1
    assert area_under_curve(np.array([1.0]), np.array([2.0])) == 0


def test_two_drugs_of_one_year_raise_the_alarm_with_the_printed_numbers():
    """The printed simulation found an area of .88 and a standardised difference of 1.48."""
    item = examined("N1", patients=3000).named("availability")
    assert item.status is Status.WARN
    assert measure(item, "calendar_auc") == pytest.approx(0.88, abs=0.02)
    assert measure(item, "calendar_standardised_difference") == pytest.approx(1.48, abs=0.1)
    assert measure(item, "share_before_availability", "No pertuzumab") > 0.5
    assert measure(item, "share_before_availability", "Pertuzumab") < 0.2
    assert any("hidden a known effect" in line for line in item.more)
    assert measure(item, "positive_control_hazard_ratio") == pytest.approx(1.01, abs=0.08)


def test_two_drugs_that_were_always_there_raise_none():
    """The printed simulation found an area of .49, a difference of -.04, and the first line's effect at .63."""
    item = examined("N3", patients=3000).named("availability")
    assert item.status is Status.OK
    assert measure(item, "calendar_auc") == pytest.approx(0.49, abs=0.02)
    assert measure(item, "calendar_standardised_difference") == pytest.approx(-0.04, abs=0.08)
    assert measure(item, "positive_control_hazard_ratio") == pytest.approx(0.63, abs=0.05)
    assert item.answers == ()


def test_the_answer_is_shown_within_the_common_calendar_and_adjusted_for_the_date():
    item = examined("N1").named("availability")
    labels = [under.label for under in item.answers]
    assert labels[0] == "from entry"
    assert labels[1].startswith("metastatic from October 2013 to ")
    assert labels[2] == "adjusted for the date of metastatic disease"
    assert 0 < item.answers[1].n < item.answers[0].n


def test_without_a_calendar_nobody_can_tell():
    records = records_in("N1")
    patients = records.table("patients").with_columns(pl.lit(None, dtype=pl.Date).alias("origin_date"))
    bare = Records({**records.tables, "patients": patients}, records.kind)
    asked = study_of("N1")
    card = audited(answer(asked, bare, build_cohort(asked, bare), "")).card
    item = card.named("availability")
    assert item.status is Status.NOT_ASSESSABLE
    assert "origin_date" in item.remedy


def test_a_shared_prognosis_is_named_where_it_shows_and_not_excluded_where_it_does_not():
    shared, none = examined("N4", patients=1500), examined("N3", patients=1500)
    item = shared.named("selection")
    assert item.status is Status.WARN
    assert "fares better afterwards" in item.direction
    assert measure(item, "hazard_ratio_per_doubling_of_the_wait") < 1
    quiet = none.named("selection")
    assert quiet.status is Status.OK
    assert "No test can show" in quiet.remedy


def test_the_wait_and_the_time_from_diagnosis_go_together_by_construction():
    """The printed simulation found a conditional Kendall tau of .21 from diagnosis without any dependence."""
    item = examined("N1", "naive", patients=2000).named("selection")
    assert measure(item, "conditional_kendall_tau") == pytest.approx(0.21, abs=0.04)


def test_a_country_stands_for_its_dates(tmp_path):
    base = "version: 1\ntitle: x\nrecords: r\ntime_zero: first trastuzumab emtansine\nanalyses: [survival: os]\n"
    found = load(tmp_path, base + "availability: Japan\n").availability
    assert found == countries()["Japan"]
    own = load(tmp_path, base + "availability: {pertuzumab: 2014-06-01}\n").availability
    assert own == {"pertuzumab": datetime.date(2014, 6, 1)}
    for wrong in ("Atlantis", "{pertuzumap: 2014-06-01}", "{pertuzumab: soon}"):
        with pytest.raises(StudyError):
            load(tmp_path, base + f"availability: {wrong}\n")


def test_every_date_of_a_country_is_of_a_drug_that_is_known():
    for dates in countries().values():
        for drug in dates:
            assert study(availability={drug: dates[drug]}).availability


def test_early_entrants_stand_beside_late_ones_where_the_calendar_chose():
    """In N1 the first patients with pertuzumab are those who failed it fast; the printed waits are 12.9 and 17.1."""
    item = examined("N1", patients=3000).named("availability")
    early, late = (measure(item, f"median_wait_of_{when}_entrants", "Pertuzumab") for when in ("early", "late"))
    assert early < 0.85 * late
    assert any("Wait of the first and of the last third of entrants" in line for line in item.more)
    assert measure(item, "hazard_ratio_of_early_entrants", "Pertuzumab") == pytest.approx(1, abs=0.25)


def test_weights_give_the_groups_the_same_dates():
    card = examined("N1", patients=3000)
    found = {each.label: each.estimate for each in card.named("availability").answers}
    weighted = found["weighted for the date of the first line"]
    assert weighted.low < 1 < weighted.high
    asked = found["from entry"]
    assert np.log(weighted.high / weighted.low) > np.log(asked.high / asked.low)


def under(item, label):
    return next(each for each in item.answers if each.label.startswith(label))


def test_restriction_keeps_whom_the_dates_keep():
    """Counted from the simulated arrays: nine of ten first lines had ended by the 0.9 quantile of progression."""
    world, days = WORLDS["N1"], 365.25 / 12
    cohort = simulate_cohort(world, np.random.default_rng(7), 371)
    item = examined("N1").named("availability")
    opened = round(world.pertuzumab_available * days)
    seen = np.minimum(cohort.end, cohort.death)
    closed = int((cohort.diagnosed + seen).max())
    lasted = np.sort(cohort.first_progression)[int(np.ceil(0.9 * 371)) - 1]
    inside = (cohort.diagnosed >= opened) & (cohort.diagnosed <= closed - 84 - lasted)
    inside &= cohort.diagnosed + cohort.tdm1 <= closed - 84
    found = under(item, "first line begun from October 2013 to ")
    assert found.n == inside.sum()
    assert found.events == (inside & (np.minimum(cohort.progression, cohort.death) <= seen)).sum()


def test_restriction_undoes_what_the_calendar_did():
    """The truth is 1; in N2 whoever came fast is ill faster, and early patients after pertuzumab came fast."""
    item = examined("N2", patients=3000).named("availability")
    asked, apart = under(item, "from entry").estimate, under(item, "first line begun").estimate
    assert asked.low > 1 and apart.low < 1 < apart.high
    assert any("nine in ten had time to come through it" in line for line in item.more)


def test_without_dates_of_availability_restriction_is_said_to_be_impossible():
    item = examined("N1", availability={"trastuzumab emtansine": datetime.date(2013, 7, 1)}).named("availability")
    assert not any(each.label.startswith("first line begun") for each in item.answers)
    assert "restriction to the time when both could be had (no date of pertuzumab" in item.more[-1]


def test_few_patients_carry_no_weights_and_the_card_says_so():
    item = examined("N1", patients=30).named("availability")
    assert (
        "weights for the date of the first line (14 patients of a group carry no score of 2 columns)" in item.more[-1]
    )


def test_dates_are_weighted_within_centres_that_hold_both_groups():
    """A third of the patients are of a centre without pertuzumab: they leave; of two others each has both groups."""
    given = records_in("N1")
    patients = given.table("patients")
    with_it = set(given.table("exposures").filter(pl.col("drug") == "pertuzumab")["patient_id"])
    centre = [
        "ab"[number % 2] if name in with_it or number % 3 else "c" for number, name in enumerate(patients["patient_id"])
    ]
    named = Records({**given.tables, "patients": patients.with_columns(pl.Series("centre", centre))}, given.kind)
    asked = study_of("N1")
    item = audited(answer(asked, named, build_cohort(asked, named), "")).card.named("availability")
    found = under(item, "weighted for the date of the first line")
    assert found.label.endswith("within centres")
    assert found.n == sum(name != "c" for name in centre) < 371


def test_a_known_effect_that_is_weaker_without_any_calendar_is_called_weaker():
    """In K2 both drugs were always there; the line before T-DM1 shows less than the trial did in this cohort."""
    item = examined("K2", seed=1).named("availability")
    assert item.status is Status.WARN
    assert "has hidden part of a known effect" in item.finding and measure(item, "calendar_auc") < 0.6
    assert "something else chose these patients" in item.direction


def test_entrants_of_one_day_are_neither_early_nor_late():
    """Everybody's disease and T-DM1 on the same days of the calendar: nobody came before anybody else."""
    given = records_in("N1")
    same = given.table("patients").with_columns(pl.lit(datetime.date(2014, 1, 1)).alias("origin_date"))
    later = pl.col("drug") == "trastuzumab emtansine"
    start = pl.when(later).then(4000).otherwise(pl.col("start")).cast(pl.Int32).alias("start")
    stop = pl.when(later).then(None).otherwise(pl.col("stop")).alias("stop")
    exposures = given.table("exposures").with_columns(start, stop)
    seen = {"death": None, "last_contact": 4500}
    people = same.with_columns(pl.lit(day, dtype=pl.Int32).alias(name) for name, day in seen.items())
    at_once = Records({**given.tables, "patients": people, "exposures": exposures}, given.kind)
    asked = study_of("N1", analyses=({"survival": "os"},))
    item = audited(answer(asked, at_once, build_cohort(asked, at_once), "")).card.named("availability")
    assert not any("third of entrants" in line for line in item.more)
