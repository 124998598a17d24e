"""What came before a drug: SePHER's five groups with their edge cases, and the default resistance contrast, by hand."""

from dataclasses import replace

import polars as pl
import pytest

from sequela.derive.rules import BREAST
from sequela.derive.sequences import RESISTANCE, SEPHER, SEPHER_WITH_ADJUVANT, prior_exposure, sequence_groups
from sequela.records.bundle import IMPUTATION_SCHEMA, INCOMPLETE_SCHEMA

from .histories import cycles, given, history, months, together
from .ward import ward

TDM1 = "trastuzumab emtansine"
ONE, TWO, THREE, FOUR, FIVE = (group.name for group in SEPHER.groups)
LATER = 100_000


def asked(records, day=LATER):
    names = records.table("patients")["patient_id"]
    return pl.DataFrame(
        {"patient_id": names, "day": [day] * len(names)}, schema={"patient_id": pl.String, "day": pl.Int32}
    )


def groups_of(records, definition=SEPHER, day=LATER, **changes):
    return sequence_groups(records, definition, asked(records, day), BREAST.replacing(**changes))


def grouped(records, definition=SEPHER, day=LATER, **changes):
    """Return (group, decided) of the only patient."""
    return groups_of(records, definition, day, **changes).select("group", "decided").row(0)


def before(records, day, drug="pertuzumab"):
    return prior_exposure(records, drug, asked(records, day)).row(0, named=True)


def regimen(start, stop, *drugs):
    return [given(drug, start, stop) for drug in drugs]


FIRST_PLAIN = regimen(0, 200, "trastuzumab", "docetaxel")
FIRST_DUAL = regimen(0, 200, "trastuzumab", "Perjeta", "docetaxel")
SECOND = regimen(220, 400, "lapatinib", "capecitabine")


def course(*exposures, progression=(210, 410), **more):
    return history(*exposures, metastatic=-5, progression=progression, **more)


@pytest.mark.parametrize(
    ("exposures", "group"),
    [
        ([FIRST_PLAIN, given("Kadcyla", 220, 300)], ONE),
        ([FIRST_PLAIN, SECOND, given("Kadcyla", 420, 500)], TWO),
        ([FIRST_DUAL, given("Kadcyla", 220, 300)], THREE),
        ([FIRST_DUAL, SECOND, given("Kadcyla", 420, 500)], FOUR),
        ([given("Kadcyla", 0, 300)], FIVE),
        ([FIRST_DUAL, SECOND, regimen(420, 500, "vinorelbine"), given("Kadcyla", 520, 600)], FOUR),
    ],
)
def test_the_five_groups(exposures, group):
    records = course(*exposures, progression=(210, 410, 510))
    assert grouped(records) == (group, True)


def test_who_never_reached_the_drug_is_in_none_and_that_is_decided():
    assert grouped(course(FIRST_DUAL, SECOND)) == (None, True)


def test_a_drug_begun_after_the_day_is_not_seen():
    records = course(FIRST_DUAL, given(TDM1, 220, 300))
    assert grouped(records, day=219) == (None, True)
    assert grouped(records, day=220) == (THREE, True)


def test_pertuzumab_in_the_second_line_leaves_group_two_but_is_flagged():
    records = course(FIRST_PLAIN, regimen(220, 400, "trastuzumab", "pertuzumab", "vinorelbine"), given(TDM1, 420, 500))
    row = groups_of(records).row(0, named=True)
    assert (row["group"], row["earlier_before"], row["earlier_early_only"]) == (TWO, True, False)
    naive = groups_of(course(FIRST_PLAIN, SECOND, given(TDM1, 420, 500))).row(0, named=True)
    assert (naive["group"], naive["earlier_before"]) == (TWO, False)


def test_pertuzumab_with_curative_intent_only_leaves_group_one_but_is_flagged():
    early = [given(drug, -600, -300, "early") for drug in ("trastuzumab", "pertuzumab", "docetaxel")]
    row = groups_of(course(early, FIRST_PLAIN, given(TDM1, 220, 300))).row(0, named=True)
    assert (row["group"], row["earlier_before"], row["earlier_early_only"]) == (ONE, True, True)
    both = groups_of(course(early, FIRST_DUAL, given(TDM1, 220, 300))).row(0, named=True)
    assert (both["group"], both["earlier_before"], both["earlier_early_only"]) == (THREE, True, False)


def test_the_first_of_two_palliative_courses_decides():
    records = course(FIRST_PLAIN, given(TDM1, 220, 300), regimen(420, 500, "lapatinib"), given(TDM1, 700, 800))
    row = groups_of(records).row(0, named=True)
    assert (row["group"], row["index_day"], row["index_line"], row["index_lines"]) == (ONE, 220, 2, 2)


@pytest.mark.parametrize("start", [-900, None])
def test_adjuvant_tdm1_excludes_unless_the_definition_keeps_it(start):
    records = course(given(TDM1, start, None if start is None else -600, "early"), FIRST_DUAL, given(TDM1, 220, 300))
    assert grouped(records) == (None, True)
    assert groups_of(records)["index_early"].to_list() == [True]
    assert grouped(records, SEPHER_WITH_ADJUVANT) == (THREE, True)


def test_an_unknown_drug_in_the_first_line_may_be_pertuzumab():
    records = course(FIRST_PLAIN, given("Wundermab", 0, 200), given(TDM1, 220, 300))
    assert grouped(records) == (None, False)
    known = course(FIRST_DUAL, given("Wundermab", 0, 200), given(TDM1, 220, 300))
    # In line 1 the unknown drug may have been T-DM1 itself: group 5.
    assert grouped(known) == (None, False)


def test_an_unknown_drug_where_it_moves_nobody():
    third = regimen(420, 500, "Wundermab")
    records = course(FIRST_DUAL, SECOND, third, given(TDM1, 520, 600), progression=(210, 410, 510))
    assert grouped(records) == (FOUR, True)
    second = course(FIRST_DUAL, regimen(220, 400, "study drug"), given(TDM1, 420, 500))
    assert grouped(second) == (None, False)
    afterwards = course(FIRST_DUAL, given(TDM1, 220, 300), given("Wundermab", 420))
    assert grouped(afterwards) == (THREE, True)


def test_an_unknown_drug_before_metastatic_disease_may_have_been_adjuvant_tdm1():
    records = course(given("Wundermab", -600, -500, "early"), FIRST_DUAL, given(TDM1, 220, 300))
    assert grouped(records) == (None, False)
    assert grouped(records, SEPHER_WITH_ADJUVANT) == (THREE, True)


def test_a_refused_row_leaves_every_group_open():
    records = course(FIRST_DUAL, given(TDM1, 220, 300))
    lost = pl.DataFrame({"patient_id": ["P1"], "table": ["exposures"]}, schema=INCOMPLETE_SCHEMA)
    assert grouped(replace(records, incomplete=lost)) == (None, False)
    elsewhere = lost.with_columns(pl.lit("performance").alias("table"))
    assert grouped(replace(records, incomplete=elsewhere)) == (THREE, True)


def test_a_fixed_combination_and_brands_are_their_ingredients():
    plain = course(FIRST_DUAL, given(TDM1, 220, 300))
    branded = course(given("Phesgo", 0, 200), given("Taxotere", 0, 200), given("Kadcyla", 220, 300))
    assert grouped(plain) == grouped(branded) == (THREE, True)
    phesgo, parts = before(branded, 220), before(plain, 220)
    assert {name: phesgo[name] for name in phesgo if name != "row"} == {n: parts[n] for n in parts if n != "row"}


@pytest.mark.parametrize("seed", range(4))
def test_every_patient_is_in_one_group_or_in_none(seed):
    records = ward(seed)
    for definition in (SEPHER, SEPHER_WITH_ADJUVANT, RESISTANCE):
        found = groups_of(records, definition)
        names = [group.name for group in definition.groups]
        counts = found.select(pl.sum_horizontal(pl.col(name).fill_null(value=False) for name in names)).to_series()
        assert counts.max() <= 1
        assert (found["group"].is_not_null() == (counts == 1)).all()
        open_ = found.select(pl.any_horizontal(pl.col(name).is_null() for name in names)).to_series()
        assert (found["decided"] == ((counts == 1) | ~open_)).all()
    assert set(groups_of(records)["group"]) == {None, ONE, TWO, THREE, FOUR, FIVE}


@pytest.mark.parametrize("seed", range(3))
def test_relabelling_by_brand_and_shifting_days_change_nothing(seed):
    records = ward(seed)
    brands = {"trastuzumab": "Ogivri", "pertuzumab": "Perjeta", "T-DM1": "Kadcyla", "docetaxel": "Taxotere"}
    tables = dict(records.tables)
    renamed = replace(
        records, tables={**tables, "exposures": tables["exposures"].with_columns(pl.col("drug").replace(brands))}
    )
    columns = ["patient_id", "group", "decided", "index_day", "index_line", "earlier_before"]
    assert groups_of(renamed).select(columns).equals(groups_of(records).select(columns))
    assert groups_of(renamed, RESISTANCE)["group"].to_list() == groups_of(records, RESISTANCE)["group"].to_list()


def test_the_places_of_a_drug():
    records = course(FIRST_DUAL, SECOND, given(TDM1, 420, 500))
    found = before(records, 420)
    assert [found[name] for name in ("received", "any_line", "first_line", "early", "early_only")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert (found["last_day"], found["interval"], found["duration"], found["row"]) == (200, 220, 200, "exposures:3")
    at_start = before(records, 0)
    assert [at_start[name] for name in ("received", "any_line", "last_day", "duration")] == [False, False, None, None]
    lapatinib = before(records, 420, "HER2 TKI")
    assert (lapatinib["first_line"], lapatinib["any_line"], lapatinib["interval"]) == (False, True, 20)


def test_duration_stops_on_the_day_and_counts_a_day_once():
    records = course(cycles("pertuzumab", 0, 3), given("pertuzumab", 42, 100), given("Phesgo", 80, 150))
    assert before(records, 120)["duration"] == 78
    assert before(records, 120)["interval"] == 0
    assert before(records, 160) | {"row": ""} == before(records, 160) | {"duration": 108, "interval": 10, "row": ""}


def test_a_partial_date_that_straddles_the_day_is_open():
    records = course(given("pertuzumab", 15), given(TDM1, 20, 60))
    partial = [{"table": "exposures", "row": 2, "column": "start", "day": 15, "earliest": 1, "latest": 31}]
    blurred = replace(records, imputations=pl.DataFrame(partial, schema=IMPUTATION_SCHEMA))
    assert before(records, 20)["received"] is True
    assert before(blurred, 20)["received"] is None
    assert before(blurred, 40)["received"] is True
    assert before(blurred, 1)["received"] is False


def test_an_unknown_drug_leaves_never_open_but_not_a_yes():
    never = before(course(FIRST_PLAIN, given("Wundermab", 0)), 220)
    assert (never["received"], never["first_line"], never["early"], never["incomplete"]) == (None, None, False, True)
    sure = before(course(FIRST_DUAL, given("Wundermab", 0)), 220)
    assert (sure["received"], sure["first_line"]) == (True, True)


# Stopped: as a reader of the chart would say.


def dual(stop=200, reason=None, progression=(), index=220, **more):
    """Return a first line of pertuzumab, trastuzumab and docetaxel, then T-DM1."""
    drugs = [given("pertuzumab", 0, stop, reason=reason), *regimen(0, 200, "trastuzumab", "docetaxel")]
    return history(drugs, given(TDM1, index, index + 100), metastatic=0, progression=progression, **more)


@pytest.mark.parametrize(
    ("records", "stopped"),
    [
        (dual(progression=[195]), "progression"),
        (dual(progression=[210]), "progression"),
        (dual(progression=[165]), "assumed progression"),
        (dual(reason="toxicity"), "toxicity"),
        (dual(reason="toxicity", progression=[195]), "progression"),
        (dual(reason="toxicity", progression=[210]), "toxicity"),
        (dual(reason="unknown"), "assumed progression"),
        (dual(stop=90, reason="toxicity", progression=[210]), "toxicity"),
        (dual(stop=90, progression=[210]), "unknown"),
        (dual(stop=90, progression=[120]), "progression"),
        (dual(stop=200, progression=[230]), "assumed progression"),
        (dual(stop=250), "not stopped"),
    ],
)
def test_why_pertuzumab_was_stopped(records, stopped):
    assert before(records, 220)["stopped"] == stopped


def test_a_reason_written_for_after_the_day_is_not_known_on_it():
    records = history(given("pertuzumab", 0, 300, reason="toxicity"), given(TDM1, 220, 260), metastatic=0)
    assert before(records, 220)["stopped"] == "not stopped"
    assert before(records, 310)["stopped"] == "toxicity"


def test_each_spell_has_its_own_reason():
    records = history(
        given("pertuzumab", 0, 100, reason="toxicity"),
        cycles("pertuzumab", 157, 4),
        given("trastuzumab", 0, 220),
        given(TDM1, 240, 300),
        metastatic=0,
        progression=[235],
    )
    assert before(records, 150)["stopped"] == "toxicity"
    assert before(records, 240)["stopped"] == "progression"


# The default contrast of resistance.


@pytest.mark.parametrize(
    ("records", "group", "decided"),
    [
        (dual(progression=[205]), "Progression on pertuzumab", True),
        (course(FIRST_PLAIN, given(TDM1, 220, 300)), "Never pertuzumab", True),
        (dual(reason="toxicity"), None, True),
        (dual(), None, False),
        (dual(stop=90, reason="toxicity", progression=[205]), None, True),
        (dual(progression=[205], index=290), "Progression on pertuzumab", True),
        (dual(progression=[205], index=291), None, True),
        (course(FIRST_PLAIN, regimen(220, 400, "trastuzumab", "pertuzumab"), given(TDM1, 420)), None, True),
        (course(given("pertuzumab", -600, -300, "early"), FIRST_PLAIN, given(TDM1, 220)), None, True),
        (course(FIRST_PLAIN, given("Wundermab", 100), given(TDM1, 220)), None, False),
    ],
)
def test_the_default_contrast(records, group, decided):
    assert grouped(records, RESISTANCE) == (group, decided)


# Worked examples of the clinic (their lines are in test_lines_worked_examples.py).


def test_pertuzumab_dropped_for_diarrhoea_is_no_resistance():
    records = history(
        given("pertuzumab", 0, months(3), reason="toxicity"),
        given("trastuzumab", 0, months(11)),
        given("paclitaxel", 0, months(11)),
        given(TDM1, months(11) + 15, months(15)),
        metastatic=0,
        progression=[months(11) + 3],
    )
    found = before(records, months(11) + 15)
    assert (found["first_line"], found["stopped"]) == (True, "toxicity")
    assert found["duration"] / 30.4375 == pytest.approx(3, abs=0.02)
    assert grouped(records) == (THREE, True)
    assert grouped(records, RESISTANCE) == (None, True)


def test_groups_of_several_patients_do_not_touch_each_other():
    one = history(FIRST_PLAIN, given(TDM1, 220), metastatic=0, patient="A")
    two = history(given("Wundermab", 0, 100), given(TDM1, 220), metastatic=0, patient="B")
    three = history(FIRST_DUAL, given(TDM1, 220), metastatic=0, patient="C")
    assert groups_of(together(one, two, three))["group"].to_list() == [ONE, None, THREE]
