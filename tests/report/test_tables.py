"""Tables as printed."""

import csv
import io
import math
from dataclasses import replace

import pytest

from sequela.analyses.results import Cell, Estimate, Variable
from sequela.analyses.results import Test as NamedTest
from sequela.records.bundle import Kind
from sequela.report.display_table import DisplayTable, Row, to_csv
from sequela.report.rate_tables import response_table
from sequela.report.tables import (
    characteristics_table,
    definition_table,
    flow_table,
    survival_table,
    tables_of,
)

from . import inputs

NAN = math.nan


def cells(table, label):
    """Return the cells beside the first row of that name."""
    return next(row.cells[1:] for row in table.rows if row.cells[0] == label)


def test_every_row_has_as_many_cells_as_the_table_has_columns():
    single = replace(inputs.SURVIVAL, groups=(inputs.SINGLE,), hazard_ratios=(), test=None)
    tables = tables_of((inputs.CHARACTERISTICS, inputs.SURVIVAL, inputs.RESPONSE, single))
    assert len(tables) == 6
    for table in tables:
        assert {len(row.cells) for row in table.rows} == {len(table.columns)}


def test_group_sizes_stand_at_the_head():
    table = characteristics_table(inputs.CHARACTERISTICS)
    assert table.columns[1:4] == ("Tmab/Pmab (n = 18)", "Tmab (n = 24)", "All (n = 42)")


def test_quantities_are_medians_with_range_and_quartiles():
    table = characteristics_table(inputs.CHARACTERISTICS)
    assert cells(table, "median (range)")[:3] == ("53 (43–73)", "60.5 (30–74)", "57 (30–74)")
    assert cells(table, "first to third quartile")[:2] == ("48–60", "50–66")
    assert cells(table, "Age, years") == ("", "", "", "0.3", "Wilcoxon rank-sum test", "-0.35")


def test_missing_values_are_a_row_of_their_own_and_outside_percentages():
    table = characteristics_table(inputs.CHARACTERISTICS)
    assert cells(table, "missing")[:3] == ("0", "1", "1")
    assert cells(table, "0")[:3] == ("13 (72)", "12 (52)", "25 (61)")
    assert sum(row.cells[0] == "missing" for row in table.rows) == 1


def test_a_variable_nobody_has_a_value_for():
    nothing = Variable("stage", "Stage", "", (), (), None, NAN, "")
    empty = Cell(0, 18), Cell(0, 24), Cell(0, 42)
    unknown = Variable("age", "Age", "years", (), (empty,), None, NAN, "")
    table = characteristics_table(replace(inputs.CHARACTERISTICS, variables=(nothing, unknown)))
    assert table.rows[0].cells == ("Stage", "not recorded", "not recorded", "not recorded")
    assert cells(table, "median (range)") == ("–", "–", "–")
    assert cells(table, "missing") == ("18", "24", "42")


def test_columns_of_comparison_are_left_out_where_nothing_is_compared():
    age = replace(inputs.CHARACTERISTICS.variables[0], test=None, standardised_difference=NAN)
    table = characteristics_table(replace(inputs.CHARACTERISTICS, variables=(age,)))
    assert table.columns[-1] == "All (n = 42)"
    assert not any("Tests" in note for note in table.notes)


def test_survival_gives_counts_medians_follow_up_and_ratios():
    table = survival_table(inputs.SURVIVAL)
    assert cells(table, "Patients")[:2] == ("18", "24")
    assert cells(table, "Events (% of patients)")[:2] == ("16 (88.9)", "20 (83.3)")
    assert cells(table, "Median, months (95% CI)")[:2] == ("2.8 (1.7–4.8)", "7.8 (5.5–15.9)")
    assert cells(table, "Without event at 6 months, % (95% CI)")[0] == "19.0 (5.0–40.0)"
    assert cells(table, "Hazard ratio, crude (95% CI)") == ("2.83 (1.37–5.89), p = 0.005", "reference", "")
    assert cells(table, "Log-rank test") == ("", "", "p = 0.003")
    assert "41 patients and 35 events in the model, 1 left out" in " ".join(table.notes)


def test_a_median_that_is_not_reached_is_said_and_explained():
    group = replace(inputs.SINGLE, events=0, median=Estimate(NAN, NAN, NAN, ""), milestones=())
    ratio = replace(inputs.CRUDE, estimate=Estimate(NAN, NAN, NAN, ""), p_value=NAN)
    table = survival_table(replace(inputs.SURVIVAL, groups=(inputs.DOUBLE, group), hazard_ratios=(ratio,)))
    assert cells(table, "Median, months (95% CI)")[:2] == ("2.8 (1.7–4.8)", "NR")
    assert cells(table, "Hazard ratio, crude (95% CI)")[0] == "NE, p not estimable"
    assert cells(table, "Without event at 6 months, % (95% CI)")[1] == "–"
    assert any(note.startswith("NR,") for note in table.notes) and any(note.startswith("NE,") for note in table.notes)


def test_the_definition_says_how_many_patients_each_rule_decided():
    table = definition_table(inputs.SURVIVAL)
    assert table.columns == ("Rule", "Role", "What", "Tmab/Pmab", "Tmab", "All")
    assert table.rows[1].cells == ("E1", "event", "radiologic progression (RECIST 1.1)", "16", "20", "36")
    assert table.rows[0].cells[-3:] == ("", "", "")


def test_responses_have_counts_exact_limits_and_named_tests():
    table = response_table(inputs.RESPONSE)
    assert cells(table, "Partial response (PR)")[:3] == ("2 (11.1)", "6 (25.0)", "8 (19.0)")
    rate = cells(table, "Tumour response rate, % (exact CI)")
    assert rate == (
        "2 of 18; 11.1 (1.4–34.7)",
        "6 of 24; 25.0 (9.8–46.7)",
        "8 of 42; 19.0 (8.6–34.1)",
        "0.3",
        "Pearson chi-square test",
    )
    assert cells(table, "by another test")[-2:] == ("0.4", "Fisher's exact test")


def test_the_flow_as_a_table_adds_up():
    table = flow_table(inputs.FLOW)
    for row in table.rows:
        before, excluded, undecidable, after = map(int, row.cells[1:])
        assert before == excluded + undecidable + after


def test_csv_gives_the_table_back_with_the_kind_of_the_records():
    tricky = DisplayTable("t", "T", ("", 'a "b", c'), (Row(("x\ny", "1;2")), Row(("–", "é"), indent=1)))
    back = list(csv.reader(io.StringIO(to_csv(tricky, Kind.SIMULATED), newline="")))
    assert back == [
        ["Quantity", 'a "b", c', "records"],
        ["x\ny", "1;2", "simulated"],
        ["–", "é", "simulated"],
    ]


@pytest.mark.parametrize("table", tables_of((inputs.CHARACTERISTICS, inputs.SURVIVAL, inputs.RESPONSE)))
def test_every_table_survives_csv(table):
    back = list(csv.reader(io.StringIO(to_csv(table, Kind.OBSERVED), newline="")))
    assert [tuple(line[:-1]) for line in back[1:]] == [row.cells for row in table.rows]
    assert {line[-1] for line in back[1:]} == {"observed"}


def test_two_tables_never_share_a_name():
    names = [table.name for table in tables_of((inputs.SURVIVAL, inputs.SURVIVAL, inputs.RESPONSE, inputs.RESPONSE))]
    assert len(names) == len(set(names))


def test_names_of_files_hold_nothing_but_letters_digits_and_hyphens():
    odd = replace(inputs.SURVIVAL, endpoint="../Ω pfs/EMA")
    assert [table.name for table in tables_of((odd,))] == ["survival-pfs-ema", "definition-pfs-ema"]


def test_a_test_is_named_once():
    named = replace(inputs.SURVIVAL, test=NamedTest("log-rank", 0.2))
    assert cells(survival_table(named), "Log-rank test")[-1] == "p = 0.2"
