"""Beside every model: concordance and the test of proportional hazards, or why there is none."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from sequela.analyses.answer import answer
from sequela.report.methods import methods_paragraph
from sequela.report.tables import tables_of
from sequela.stats.concordance import concordance
from sequela.stats.cox import cox
from sequela.stats.fitted_risks import fitted_risks
from sequela.stats.proportional_hazards import proportional_hazards_test
from sequela.stats.standardised_survival import standardised_survival
from sequela.study.cohort import build_cohort
from tests.study.studies import study

from .kinds import GROUPS, drawn, kinds

ROWS = [row for row in drawn(120) if row[1] != "death"]


def run(rows, **more):
    asked = study(groups=GROUPS, reference="T", analyses=[{"survival": "pfs.ema"}], **more)
    records = kinds(rows)
    return answer(asked, records, build_cohort(asked, records))


@pytest.fixture(scope="module")
def result():
    return run(ROWS, adjust=["ecog"])


def test_the_checks_are_those_of_the_estimators(result):
    days, event = np.array([row[2] for row in ROWS], float), np.array([row[1] == "PD" for row in ROWS])
    matrix = np.array([[row[0] == "P", row[3]] for row in ROWS], dtype=float)
    crude, adjusted = result.analyses[0].models
    for check, columns in ((crude, matrix[:, :1]), (adjusted, matrix)):
        fit = cox(days, event, columns)
        test = proportional_hazards_test(fitted_risks(fit, days, event, columns))
        assert [t.p_value for _, t in check.proportional] == pytest.approx([t.p_value for t in test.terms], rel=1e-9)
        assert check.overall.statistic == pytest.approx(test.overall.statistic, rel=1e-9)
        found = concordance(days, event, columns @ fit.coefficients)
        assert check.concordance.value == pytest.approx(found.value, rel=1e-9)
        assert check.concordance.low == pytest.approx(found.low, rel=1e-9)
    assert [name for name, _ in adjusted.proportional] == ["groups", "ECOG performance status"]


def test_they_stand_in_the_report(result):
    tables = {table.name: table for table in tables_of(result.analyses)}
    rows = tables["models-pfs-ema"].rows
    assert rows[0].cells[0].startswith("Crude (") and rows[1].cells[0].startswith("Adjusted for ECOG")
    assert [row.cells[0] for row in rows[2:]] == ["groups", "ECOG performance status"]
    assert all(row.cells[2].startswith("p ") for row in rows)
    text = methods_paragraph(result).text
    assert "score test of Grambsch and Therneau" in text and "Harrell's C" in text


def test_they_stand_in_the_tidy_results(result):
    found = result.analyses[0].results.filter(pl.col("statistic") == "proportional_hazards_p_value")
    keys = set(found.select("level", "variable").iter_rows())
    adjusted = ("ECOG performance status", "groups"), ("ECOG performance status", "all")
    assert {("crude", "groups"), *adjusted} <= keys
    assert result.analyses[0].results.filter(pl.col("statistic") == "concordance")["value"].len() == 2


def test_separated_groups_say_why_there_is_no_test():
    rows = [("P", "PD", 10 + i) for i in range(10)] + [("T", "PD", 100 + i) for i in range(10)]
    check = run(rows).analyses[0].models[0]
    assert check.overall is None and "without a finite estimate" in check.reason
    assert check.concordance.value == 1.0 or check.concordance.value > 0.5
    table = tables_of(run(rows).analyses)[1]
    assert table.rows[0].cells[2] == "not tested" and "without a finite estimate" in table.notes[2]


def _aged(rise):
    """Patients whose hazard follows their age by a function."""
    chance = np.random.default_rng(2)
    rows = []
    for i in range(200):
        age = float(chance.integers(30, 85))
        rows.append(("PT"[i % 2], "PD", 1 + int(chance.exponential(400 * np.exp(-rise(age)))), age))
    tables = kinds([row[:3] for row in rows])
    patients = tables.table("patients").with_columns(age_at_origin=pl.Series([row[3] for row in rows]))
    return replace(tables, tables={**tables.tables, "patients": patients})


def test_a_curve_is_told_from_a_straight_line():
    asked = study(groups=GROUPS, reference="T", analyses=[{"survival": "pfs.ema"}], adjust=["age"])
    p = {}
    for name, rise in {"straight": lambda age: 0.03 * age, "bent": lambda age: 0.004 * (age - 57) ** 2}.items():
        records = _aged(rise)
        result = answer(asked, records, build_cohort(asked, records))
        ((label, test),) = result.analyses[0].models[1].linear
        assert label == "Age" and test.degrees_of_freedom == 2 and result.analyses[0].models[0].linear == ()
        p[name] = test.p_value
    assert p["bent"] < 1e-6 and p["straight"] > 0.01
    table = next(table for table in tables_of(result.analyses) if table.name.startswith("models"))
    assert table.columns[-1] == "Straight line" and table.rows[-1].cells[-1] == "p < 0.001"
    assert "restricted cubic spline with 4 knots" in methods_paragraph(result).text


def test_survival_is_standardised_at_the_milestones(result):
    crude, adjusted = result.analyses[0].models
    assert crude.standardised == () and [round(s.day / 30.4375) for s in adjusted.standardised] == [6, 12, 24]
    days, event = np.array([row[2] for row in ROWS], float), np.array([row[1] == "PD" for row in ROWS])
    matrix = np.array([[row[0] == "P", row[3]] for row in ROWS], dtype=float)
    scenarios = [np.column_stack([np.full(len(ROWS), value), matrix[:, 1]]) for value in (0.0, 1.0)]
    risks = fitted_risks(cox(days, event, matrix), days, event, matrix)
    found = standardised_survival(risks, scenarios, [s.day for s in adjusted.standardised])
    for index, item in enumerate(adjusted.standardised):
        assert [group for group, _ in item.survival] == ["T", "P"]
        assert [e.value for _, e in item.survival] == pytest.approx(found.survival[:, index].tolist(), rel=1e-9)
        assert item.differences[0][1].low == pytest.approx(found.difference_low[1, index], rel=1e-9)
    table = next(table for table in tables_of(result.analyses) if table.name == "standardised-pfs-ema")
    assert table.columns[1:3] == ("all in T, % (95% CI)", "all in P, % (95% CI)") and len(table.rows) == 3
    rows = result.analyses[0].results.filter(pl.col("statistic") == "standardised_survival_difference")
    assert rows["group"].to_list() == ["P", "P", "P"]
    assert "Survival standardised to all patients" in methods_paragraph(result).text
