"""Each rule by a patient for whom it decides, and by the same patient for whom it does not."""

import polars as pl
import pytest

from sequela.derive.line_alternatives import line_moves
from sequela.derive.lines import line_summary, lines_of_therapy
from sequela.derive.rules import BREAST
from sequela.records.bundle import Records

from .histories import cycles, given, history


def derive(records, **changes):
    return lines_of_therapy(records, BREAST.replacing(**changes))


def starts(lines):
    return lines["start"].to_list()


def rules_of(lines, line=1):
    return set(lines.row(line - 1, named=True)["rules"])


@pytest.mark.parametrize(("look_back", "line_starts"), [(14, [-10]), (0, [40]), (30, [-10])])
def test_l01_treatment_shortly_before_the_metastatic_diagnosis(look_back, line_starts):
    records = history(given("doxorubicin", -400), given("docetaxel", -10), given("vinorelbine", 40), metastatic=0)
    assert starts(derive(records, L01=look_back))[:1] == line_starts


def test_l01_adjuvant_drug_still_given_in_the_look_back_stays_adjuvant():
    records = history(cycles("trastuzumab", -200, 10), given("docetaxel", 20), metastatic=0)
    lines = derive(records)
    assert starts(lines) == [20]
    assert lines["rows"].to_list() == [["exposures:12"]]


def test_recorded_setting_wins_over_the_date():
    records = history(
        given("docetaxel", 30, setting="early"), given("paclitaxel", -300, setting="metastatic"), metastatic=0
    )
    lines = derive(records)
    assert lines["regimen"].to_list() == ["paclitaxel"]
    assert line_summary(records, lines)["curative_lines"].to_list() == [1]


def test_without_date_and_setting_lines_are_numbered_for_review():
    lines = derive(history(given("docetaxel", 0), given("capecitabine", 100)))
    assert lines["line"].to_list() == [1, 2]
    assert lines["confidence"][0] == "review"


@pytest.mark.parametrize(("window", "lines"), [(28, 1), (21, 2)])
def test_l02_a_drug_on_day_25_belongs_to_the_regimen_or_opens_a_line(window, lines):
    records = history(cycles("docetaxel", 0, 6), cycles("gemcitabine", 25, 5), metastatic=0)
    assert derive(records, L02=window).height == lines


def test_l02_the_last_day_of_the_window_is_inside():
    inside, outside = (history(cycles("docetaxel", 0, 6), given("gemcitabine", day), metastatic=0) for day in (28, 29))
    assert (derive(inside).height, derive(outside).height) == (1, 2)
    assert "L02" in rules_of(derive(inside))


def test_l03_the_gap_is_measured_from_the_latest_stop():
    at_limit, beyond = (
        history(given("docetaxel", 0, 100), given("docetaxel", day), metastatic=0) for day in (220, 221)
    )
    assert (derive(at_limit).height, derive(beyond).height) == (1, 2)
    assert "L13" in rules_of(derive(at_limit))
    assert "L03" in rules_of(derive(beyond), 2)


def test_l03_a_course_that_still_runs_leaves_no_gap():
    records = history(given("trastuzumab", 0, 400), given("docetaxel", 0, 100), given("docetaxel", 300), metastatic=0)
    assert derive(records).height == 1


@pytest.mark.parametrize(("progression", "lines"), [([], 1), ([95], 2)])
def test_l04_only_with_progression(progression, lines):
    records = history(cycles("docetaxel", 0, 5), cycles("gemcitabine", 100, 5), metastatic=0, progression=progression)
    assert derive(records).height == 2
    assert derive(records, L04="only with progression").height == lines


@pytest.mark.parametrize(("progression", "lines"), [([], 1), ([95], 2)])
def test_l10_paclitaxel_for_docetaxel(progression, lines):
    records = history(cycles("docetaxel", 0, 4), cycles("paclitaxel", 100, 4, 7), metastatic=0, progression=progression)
    assert derive(records).height == lines
    assert derive(records, L10="new line").height == 2


def partner_change(reason, progression=()):
    return history(
        cycles("trastuzumab", 0, 15),
        given("docetaxel", 0, 84, reason=reason),
        given("vinorelbine", 105, 290),
        metastatic=0,
        progression=progression,
    )


def test_l11_partner_changed_for_toxicity():
    lines = derive(partner_change("toxicity"))
    assert lines.height == 1
    assert "L11" in rules_of(lines)
    assert derive(partner_change("toxicity"), L11="new line").height == 2


def test_l11_partner_changed_without_a_reason_asks_for_review():
    lines = derive(partner_change(None))
    assert lines["confidence"].to_list() == ["certain", "review"]
    assert "L11" in rules_of(lines, 2)


def test_l09_partner_changed_for_toxicity_but_with_progression():
    lines = derive(partner_change("toxicity", [100]))
    assert lines.height == 2
    assert "L09" in rules_of(lines, 2)


def test_l14_the_same_drug_after_progression_in_the_holiday():
    records = history(given("docetaxel", 0, 100), given("docetaxel", 180, 250), metastatic=0, progression=[150])
    lines = derive(records)
    assert starts(lines) == [0, 180]
    assert "L14" in rules_of(lines, 2)


def test_l14_chemotherapy_resumed_after_progression_on_maintenance():
    records = history(
        given("trastuzumab", 0, 500), given("docetaxel", 0, 120), given("docetaxel", 300, 400), metastatic=0
    )
    assert derive(records).height == 1
    progressed = history(
        given("trastuzumab", 0, 500),
        given("docetaxel", 0, 120),
        given("docetaxel", 300, 400),
        metastatic=0,
        progression=[290],
    )
    assert starts(derive(progressed)) == [0, 300]


def test_l15_tdm1_after_trastuzumab_without_progression():
    lines = derive(history(cycles("trastuzumab", 0, 5), cycles("Kadcyla", 105, 5), metastatic=0))
    assert lines.height == 2
    assert "L15" in rules_of(lines, 2)
    assert lines["reason_ended"][0] == "assumed_PD"
    assert lines["confidence"].to_list() == ["certain", "rule"]


@pytest.mark.parametrize(("day", "limit", "lines"), [(90, 90, 1), (91, 90, 2), (60, 28, 2)])
def test_l16_pertuzumab_joins_trastuzumab_and_a_taxane(day, limit, lines):
    records = history(
        given("trastuzumab", 0, 300), given("docetaxel", 0, 300), given("pertuzumab", day, 300), metastatic=0
    )
    found = derive(records, L16=limit)
    assert found.height == lines
    assert (found["regimen"][0] == "docetaxel + pertuzumab + trastuzumab") == (lines == 1)


def test_l18_surgery_and_radiotherapy_are_no_line():
    assert derive(history(metastatic=0, local=[10, 30])).height == 0


def test_l20_twelve_months_after_pertuzumab():
    records = history(given("trastuzumab", 0, 365, "early"), given("pertuzumab", 0, 365, "early"), metastatic=365 + 300)
    default, longer = BREAST, BREAST.replacing(L20="12 months after pertuzumab")
    found = [
        line_summary(records, lines_of_therapy(records, rules), rules)["early_relapse"][0]
        for rules in (default, longer)
    ]
    assert found == [False, True]


@pytest.fixture
def chest_wall():
    """An unresectable recurrence in the chest wall, two lines for it, then metastases and two more."""
    return history(
        given("doxorubicin", 0, 63),
        given("trastuzumab", 700, 850),
        given("docetaxel", 700, 850),
        given("Kadcyla", 900, 1000),
        given("Enhertu", 1100, 1300),
        given("capecitabine", 1400, 1500),
        unresectable=[690],
        metastatic=1090,
        progression=[880, 1080, 1390],
    )


def test_l21_lines_are_counted_from_an_unresectable_recurrence(chest_wall):
    lines = derive(chest_wall)
    assert lines["line"].to_list() == [1, 2, 3, 4]
    assert starts(lines) == [700, 900, 1100, 1400]
    assert ["L21" in rules_of(lines, line) for line in (1, 2, 3, 4)] == [True, False, False, False]
    assert line_summary(chest_wall, lines)["lot"].to_list() == ["LoT 5 (1+4)"]


def test_l21_as_a_stratum_of_its_own_comes_before_line_1(chest_wall):
    rules = BREAST.replacing(L21="separate stratum")
    lines = lines_of_therapy(chest_wall, rules)
    assert lines["line"].to_list() == [-1, 0, 1, 2]
    assert starts(lines) == [700, 900, 1100, 1400]
    assert line_summary(chest_wall, lines, rules)["lot"].to_list() == ["LoT 3 (1+2)"]
    moves = {(one.alternative.rule, one.alternative.value): one for one in line_moves(chest_wall)}
    found = moves["L21", "separate stratum"]
    assert (found.moved, found.recounted, found.lines, found.lines_then) == (1, 1, 4, 2)


def test_l21_needs_a_recurrence_of_which_it_is_said_that_surgery_could_not_remove_it():
    for recorded in (True, None):
        records = history(given("docetaxel", 700, 800), recurrence=[690], metastatic=1500)
        diagnoses = records.table("diagnoses").with_columns(resectable=pl.lit(recorded, pl.Boolean))
        records = Records({**records.tables, "diagnoses": diagnoses}, kind=records.kind)
        assert derive(records).height == 0
    alone = history(given("docetaxel", 700, 800), unresectable=[690])
    assert line_summary(alone, derive(alone))["lot"].to_list() == ["LoT 1 (0+1)"]
    assert derive(alone, L21="separate stratum")["line"].to_list() == [0]


@pytest.mark.parametrize(("day", "number"), [(1075, 0), (1076, 1)])
def test_l21_a_line_in_the_look_back_of_metastases_is_for_metastases(day, number):
    records = history(given("docetaxel", day, 1200), unresectable=[690], metastatic=1090)
    assert derive(records, L21="separate stratum")["line"].to_list() == [number]


def test_l21_a_recorded_setting_wins_over_the_recurrence():
    early = history(given("docetaxel", 700, 800, "early"), unresectable=[690], metastatic=1500)
    assert derive(early).height == 0
    metastatic = history(given("docetaxel", 700, 800, "metastatic"), unresectable=[690], metastatic=1500)
    assert derive(metastatic, L21="separate stratum")["line"].to_list() == [1]


def test_l21_metastases_first_leave_nothing_to_the_rule():
    records = history(given("docetaxel", 700, 800), unresectable=[750], metastatic=690)
    lines = derive(records, L21="separate stratum")
    assert lines["line"].to_list() == [1]
    assert "L21" not in rules_of(lines)


def test_l22_treatment_of_a_resected_recurrence_is_a_second_curative_line():
    records = history(given("docetaxel", 0, 60), given("capecitabine", 700, 800), recurrence=[650], metastatic=1500)
    lines = derive(records)
    assert line_summary(records, lines)["lot"].to_list() == ["LoT 2 (2+0)"]
    palliative = BREAST.replacing(L22="palliative")
    assert line_summary(records, lines_of_therapy(records, palliative), palliative)["lot"].to_list() == ["LoT 2 (1+1)"]


def test_l23_one_cycle_stopped_for_allergy_is_not_a_line():
    allergic, other = (
        history(given("docetaxel", 0, 0, reason=reason), given("capecitabine", 21, 200), metastatic=0)
        for reason in ("toxicity", "patient choice")
    )
    assert derive(allergic).height == 1
    assert "L23" in rules_of(derive(allergic))
    assert derive(allergic)["regimen"][0] == "capecitabine + docetaxel"
    assert starts(derive(other)) == [0, 21]
    assert "L23" in rules_of(derive(other), 2)


def test_l23_after_the_window_the_exception_holds_only_for_a_single_cycle():
    short, long = (
        history(given("docetaxel", 0, stop, reason="toxicity"), given("capecitabine", 45, 200), metastatic=0)
        for stop in (21, 22)
    )
    assert (derive(short).height, derive(long).height) == (1, 2)


def test_l24_an_unknown_drug_counts_and_asks_for_review():
    lines = derive(history(cycles("docetaxel", 0, 5), cycles("MK-0000", 100, 3), metastatic=0))
    assert lines["regimen"].to_list() == ["docetaxel", "MK-0000"]
    assert lines["confidence"][1] == "review"
    assert lines["classes"][1].to_list() == ["unknown"]
    assert "L24" in rules_of(lines, 2)


def test_l25_the_end_of_a_line():
    plain = history(cycles("docetaxel", 0, 3), metastatic=0)
    assert derive(plain)["stop"].to_list() == [42 + 21]
    assert derive(plain, L25="last administration")["stop"].to_list() == [42]
    followed = history(cycles("docetaxel", 0, 3), given("Kadcyla", 50), metastatic=0, progression=[48])
    assert derive(followed)["stop"].to_list()[0] == 49
    assert derive(history(cycles("docetaxel", 0, 3), metastatic=0, death=45))["stop"].to_list() == [45]
    assert derive(history(given("capecitabine", 0, 90), metastatic=0))["stop"].to_list() == [90]


def test_l26_supportive_drugs_and_ovarian_suppression_do_not_count():
    with_support = history(
        cycles("docetaxel", 0, 4),
        given("denosumab", -200),
        given("Zoladex", 100),
        given("filgrastim", 300),
        metastatic=0,
    )
    lines = derive(with_support)
    assert lines["rows"].to_list() == [[f"exposures:{row}" for row in range(2, 6)]]
    assert line_summary(with_support, lines)["lot"].to_list() == ["LoT 1 (0+1)"]


def test_l27_a_cdk_inhibitor_added_to_maintenance_asks_for_review():
    records = history(
        given("trastuzumab", 0, 400), given("docetaxel", 0, 120), given("palbociclib", 200, 400), metastatic=0
    )
    lines = derive(records)
    assert starts(lines) == [0, 200]
    assert lines["confidence"][1] == "review"
    assert "L27" in rules_of(lines, 2)


@pytest.mark.parametrize(("lag", "lot"), [(28, "LoT 1 (0+1)"), (29, "LoT 1 (1+0)")])
def test_l28_staging_that_lags_behind_the_first_drug(lag, lot):
    records = history(given("docetaxel", -lag), metastatic=0)
    assert line_summary(records, derive(records))["lot"].to_list() == [lot]


@pytest.mark.parametrize(
    ("progression", "reason", "ended"),
    [
        ([70], None, "PD"),
        ([69], None, "unknown"),
        ([145], None, "PD"),
        ([146], None, "unknown"),
        ([100], "toxicity", "PD"),
        ([110], "toxicity", "toxicity"),
        ([], "completed", "completed"),
        ([], "progression", "PD"),
    ],
)
def test_progression_ends_a_line_from_30_days_before_to_45_days_after_the_switch(progression, reason, ended):
    records = history(
        given("tamoxifen", 0, 90, reason=reason), given("toremifene", 100), metastatic=0, progression=progression
    )
    lines = derive(records, L10="new line")
    assert starts(lines) == [0, 100]
    assert lines["reason_ended"][0] == ended


@pytest.mark.parametrize(
    ("last_contact", "death", "ended"),
    [(200, None, "data end"), (5000, None, "unknown"), (None, 180, "death"), (None, 5000, "unknown")],
)
def test_how_the_last_line_ended(last_contact, death, ended):
    records = history(given("docetaxel", 0, 150), metastatic=0, last_contact=last_contact, death=death)
    assert derive(records)["reason_ended"].to_list() == [ended]


def test_two_years_of_endocrine_therapy_then_chemotherapy_is_two_lines():
    records = history(given("letrozole", 0, 700), given("palbociclib", 0, 700), given("paclitaxel", 720), metastatic=0)
    assert derive(records)["regimen"].to_list() == ["letrozole + palbociclib", "paclitaxel"]


def test_early_exposure_without_a_date_is_a_curative_line():
    records = history(given("trastuzumab", None, None, "early"), given("Kadcyla", 0), metastatic=-5)
    lines = derive(records)
    assert line_summary(records, lines)["lot"].to_list() == ["LoT 2 (1+1)"]
    assert "L19" in rules_of(lines)


@pytest.mark.parametrize(("stop", "early"), [(0, True), (-182, True), (-183, False), (20, True), (None, None)])
def test_early_relapse_needs_only_the_end_of_adjuvant_therapy(stop, early):
    records = history(given("trastuzumab", None, stop, "early"), given("Kadcyla", 10), metastatic=0)
    assert line_summary(records, derive(records))["early_relapse"].to_list() == [early]


def after_a_break(progression, reason=None, next_start=428):
    """Trastuzumab with docetaxel, trastuzumab alone until day 370, then trastuzumab with capecitabine."""
    return history(
        given("trastuzumab", 0, 370, reason=reason),
        given("docetaxel", 0, 120, reason="completed"),
        given("trastuzumab", next_start, 600),
        given("capecitabine", next_start, 600),
        given("T-DM1", 640),
        metastatic=0,
        progression=[*progression, 620],
    )


@pytest.mark.parametrize(("progression", "expected"), [([370], [0, 428, 640]), ([400], [0, 428, 640]), ([], [0, 640])])
def test_a_progression_in_the_pause_before_a_switch_explains_it_however_long_the_pause(progression, expected):
    # Nothing was given between day 370 and day 428: 58 days, more than the 30 before a switch.
    lines = derive(after_a_break(progression))
    assert starts(lines) == expected


def test_a_progression_that_was_treated_on_is_not_the_reason_of_a_later_switch():
    # Progression on day 369 with trastuzumab until day 370 and the switch 58 days later: the window of 30 days rules.
    assert starts(derive(after_a_break([369]))) == [0, 640]


def test_a_recorded_reason_outweighs_a_progression_in_the_pause():
    lines = derive(after_a_break([380], reason="toxicity"))
    assert starts(lines) == [0, 428, 640]
    assert lines["reason_ended"][0] == "toxicity"
    assert derive(after_a_break([380]))["reason_ended"][0] == "PD"
