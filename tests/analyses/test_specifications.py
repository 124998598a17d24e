"""The multiverse of a study: its own answer first, every other beside it, and what moves them."""

from itertools import pairwise

import numpy as np
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.report_card import Status
from sequela.analyses.results import Estimate, Specification, Specifications, Survival
from sequela.analyses.specifications import estimated, influence
from sequela.analyses.tidy import tidy
from sequela.records.bundle import Kind
from sequela.report.drawing.svg import svg_bytes
from sequela.report.figures.specifications import specifications_figure
from sequela.report.specification_tables import specification_table, summary_of
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.records import records_of
from sequela.scenarios.worlds import WORLDS
from sequela.study.cohort import build_cohort
from tests.audit.worlds import examined
from tests.report.read_drawing import parts
from tests.study.studies import study

GROUPS = {"P": {"received": "pertuzumab", "before": "first trastuzumab emtansine"}, "T": "otherwise"}


@pytest.fixture(scope="module")
def patients():
    return records_of(simulate_cohort(WORLDS["L1"], np.random.default_rng(3), 250))


def answered(patients, lines=True, population=("line: 2",), **asked):
    found = study(
        time_zero="first trastuzumab emtansine",
        population=[{"line": 2}] if population else [],
        groups=GROUPS,
        reference="T",
        analyses=[{"survival": "pfs.ema"}, {"specifications": {"lines": lines, **asked}}],
    )
    return answer(found, patients, build_cohort(found, patients))


def test_the_studys_own_answer_comes_first_and_is_that_of_the_survival_analysis(patients):
    result = answered(patients, endpoints=["os"], adjust=[["ecog"]])
    survival, found = result.analyses
    assert isinstance(survival, Survival) and isinstance(found, Specifications)
    first = found.specifications[0]
    assert first.primary and not any(item.primary for item in found.specifications[1:])
    assert first.estimate.value == pytest.approx(survival.hazard_ratios[0].estimate.value, rel=1e-9)
    assert first.choices == ("pfs.ema", "as in force", "first trastuzumab emtansine", "none")


def test_counting_trastuzumab_beyond_progression_as_the_same_line_moves_patients(patients):
    found = answered(patients).analyses[1]
    sizes = {item.choices[1]: item.n for item in found.specifications}
    assert sizes["L09 = same line"] > sizes["as in force"]
    assert sizes["L02 = 21"] == sizes["as in force"]


def test_a_clock_that_starts_early_is_used_with_delayed_entry(patients):
    found = answered(patients, lines=False, population=(), clocks=["metastatic diagnosis"], endpoints=["os"]).analyses[
        1
    ]
    clocks = {item.choices[2] for item in found.specifications if not item.problem}
    assert clocks == {"first trastuzumab emtansine", "metastatic diagnosis, delayed entry"}


def made(*values):
    items = [
        Specification(
            (endpoint, rule, "c", "none"), Estimate(hr, hr / 2, hr * 2, ""), 0.04 if hr > 1.5 else 0.4, 9, 5, i == 0
        )
        for i, (endpoint, rule, hr) in enumerate(values)
    ]
    return Specifications("P", "T", ("endpoint", "line rules", "clock", "covariates"), tuple(items), tidy([]))


def test_shares_and_influence_by_hand():
    """Endpoint a: 1 and 1, b: 2 and 2: a factor of 2. Rules r and s have the same means: a factor of 1."""
    found = made(("a", "r", 1.0), ("a", "s", 1.0), ("b", "r", 2.0), ("b", "s", 2.0))
    assert influence(found) == (("endpoint", pytest.approx(2.0)), ("line rules", pytest.approx(1.0)))
    text = " ".join(summary_of(found))
    assert "50.0% above 1, 50.0% above 1 with p < 0.05, 0.0% below 1 with p < 0.05" in text
    assert "from 1.00 to 2.00, median 1.50" in text
    assert [item.estimate.value for item in estimated(found)] == [1.0, 1.0, 2.0, 2.0]


def test_the_table_and_the_figure_show_every_way(patients):
    found = answered(patients, lines=False, endpoints=["os", "ttf"]).analyses[1]
    assert len(specification_table(found).rows) == len(found.specifications) == 3
    first, again = (svg_bytes(specifications_figure(found, Kind.SIMULATED)) for _ in range(2))
    assert first == again
    drawing, ways = specifications_figure(found, Kind.SIMULATED), estimated(found)
    (diamond,) = parts(drawing, "study")
    primary = next(place for place, item in enumerate(ways) if item.primary)
    lines = parts(drawing, "interval")
    assert diamond.points[0][0] == lines[primary].points[0][0]
    middles = [(diamond.points[0][1] + diamond.points[2][1]) / 2, *(dot.y for dot in parts(drawing, "ratio"))]
    ordered = sorted(middles, reverse=True)
    ratios = [item.estimate.value for item in ways]
    assert ratios == sorted(ratios)
    high = [(a - b) / (ordered[0] - ordered[-1]) for a, b in pairwise(ordered)]
    logs = np.diff(np.log(ratios)) / np.log(ratios[-1] / ratios[0])
    assert high == pytest.approx(list(logs))


def test_nothing_compared_is_refused(patients):
    found = study(time_zero="first trastuzumab emtansine", analyses=[{"survival": "os"}, {"specifications": {}}])
    result = answer(found, patients, build_cohort(found, patients))
    assert any("no groups are compared" in reason for reason in result.withheld)


def test_the_audit_tries_every_line_rule_where_the_study_asks_for_lines():
    item = examined("L1", patients=250).named("line_counting")
    assert item.status in (Status.OK, Status.WARN)
    assert "other rules the hazard ratio of Pertuzumab lies between" in item.finding
    assert item.answers[0].label == "as asked"
    assert any("L09" in measure.method for measure in item.measures)
    assert examined("N3", patients=120).named("line_counting").status is Status.OK
