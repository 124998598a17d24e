"""Hazard ratios within strata and with centres as clusters, as a study file asks for them."""

import numpy as np
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.survival import ONE_BY_ONE
from sequela.report.methods import methods_paragraph
from sequela.report.tables import tables_of
from sequela.stats.cox import cox, wald_interval
from sequela.study.cohort import build_cohort
from tests.golden.tolerances import NEWTON
from tests.hand_made import records
from tests.study.studies import study

from .kinds import GROUPS, drawn

ROWS = drawn(120)
CENTRE = np.random.default_rng(7).integers(0, 6, len(ROWS))
DAYS = np.array([row[2] for row in ROWS], dtype=float)
EVENT = np.array([row[1] != "censored" for row in ROWS])
EXPOSED = np.array([row[0] == "P" for row in ROWS], dtype=float)
ECOG = np.array([row[3] for row in ROWS], dtype=float)


def patients(unknown=(), centres=6):
    """Return records of the rows with a centre each, unknown for some."""
    tables = {"patients": [], "exposures": [], "diagnoses": [], "assessments": [], "performance": []}
    for i, (group, what, day, ecog) in enumerate(ROWS):
        name = f"k{i:03d}"
        end = {"death": day} if what == "death" else {"last_contact": day}
        centre = None if i in unknown else f"c{CENTRE[i] % centres}"
        tables["patients"].append({"patient_id": name, "centre": centre, **end})
        tables["diagnoses"].append({"patient_id": name, "day": -500, "kind": "metastatic"})
        tables["exposures"].append({"patient_id": name, "drug": "T-DM1", "start": 0})
        if group == "P":
            tables["exposures"].append({"patient_id": name, "drug": "pertuzumab", "start": -60, "stop": -9})
        if what != "death":
            response = "PD" if what == "PD" else "SD"
            tables["assessments"].append({"patient_id": name, "day": day, "response": response, "basis": "radiologic"})
        tables["performance"].append({"patient_id": name, "day": -1, "ecog": ecog})
    return records(**tables)


def run(found=None, adjust=(), **options):
    asked = study(
        groups=GROUPS, reference="T", analyses=[{"survival": {"endpoint": "pfs.ema", **options}}], adjust=list(adjust)
    )
    found = found or patients()
    return answer(asked, found, build_cohort(asked, found))


def agrees(ratio, fit):
    limits = wald_interval(fit)
    expected = np.exp([fit.coefficients[0], limits.low[0], limits.high[0]])
    assert [ratio.estimate.value, ratio.estimate.low, ratio.estimate.high] == pytest.approx(expected, rel=NEWTON)


def test_limits_are_robust_to_centres():
    result = run(cluster="centre", adjust=["ecog"])
    crude, adjusted = result.analyses[0].hazard_ratios
    agrees(crude, cox(DAYS, EVENT, EXPOSED, cluster=CENTRE))
    agrees(adjusted, cox(DAYS, EVENT, np.column_stack([EXPOSED, ECOG]), cluster=CENTRE))
    assert crude.estimate.method == "Wald, robust standard error, Efron ties"
    assert any("With 6 centres" in text for text in result.analyses[0].cautions)
    assert ONE_BY_ONE in result.analyses[0].cautions and ONE_BY_ONE not in run().analyses[0].cautions
    # What it says is so: with centres and without the test of the curves is the same.
    assert result.analyses[0].test.p_value == run().analyses[0].test.p_value
    assert "robust to patients of one centre being alike" in methods_paragraph(result).text
    assert all(model.standardised == () for model in result.analyses[0].models)


def test_each_level_has_a_baseline_of_its_own():
    result = run(strata=["centre"], adjust=["ecog", "centre"])
    crude, adjusted = result.analyses[0].hazard_ratios
    agrees(crude, cox(DAYS, EVENT, EXPOSED, strata=CENTRE))
    agrees(adjusted, cox(DAYS, EVENT, np.column_stack([EXPOSED, ECOG]), strata=CENTRE))
    assert (crude.within, adjusted.adjusted_for) == (("Centre",), ("ECOG performance status",))
    table = next(table for table in tables_of(result.analyses) if table.name == "survival-pfs-ema")
    assert any(row.cells[0].startswith("Hazard ratio, crude, within levels of centre") for row in table.rows)
    assert "(crude, each level of centre with a baseline hazard of its own)" in methods_paragraph(result).text
    assert all(check.overall is not None for check in result.analyses[0].models)


def test_who_has_no_centre_is_left_out_and_counted():
    known = ~np.isin(np.arange(len(ROWS)), (3, 8))
    result = run(patients(unknown=(3, 8)), cluster="centre", strata=["ecog"])
    (crude,) = result.analyses[0].hazard_ratios
    agrees(crude, cox(DAYS[known], EVENT[known], EXPOSED[known], cluster=CENTRE[known], strata=ECOG[known]))
    assert (crude.n, crude.left_out) == (118, 2)
    assert any("2 of 120 patients" in text and "Centre 2" in text for text in result.analyses[0].cautions)


def test_one_centre_is_no_cluster():
    result = run(patients(centres=1), cluster="centre")
    assert not result.analyses[0].hazard_ratios
    assert any("centre: 1 in the records; expected two or more" in text for text in result.analyses[0].cautions)
