"""Groups compared within subgroups: every ratio and every test against the estimators, and what is said of gaps."""

import numpy as np
import pytest

from sequela.analyses.answer import answer
from sequela.audit.card import audited
from sequela.errors import StudyError
from sequela.report.drawing.marks import Scale, Ticks
from sequela.report.methods import methods_paragraph
from sequela.report.page import figures_of
from sequela.report.tables import tables_of
from sequela.report.write import write_report
from sequela.stats.cox import cox
from sequela.study.cohort import build_cohort
from tests.report.read_drawing import parts, texts
from tests.study.studies import load, study

from .kinds import GROUPS, drawn, kinds

ROWS = [row for row in drawn(200, seed=9) if row[1] != "death"]
DAYS = np.array([row[2] for row in ROWS], float)
EVENT = np.array([row[1] == "PD" for row in ROWS])
EXPOSED = np.array([row[0] == "P" for row in ROWS], dtype=float)
ECOG = np.array([row[3] for row in ROWS])


def run(rows=ROWS, by=("ecog",), **more):
    asked = study(
        groups=GROUPS,
        reference="T",
        analyses=[{"survival": "pfs.ema"}, {"subgroups": "pfs.ema", "by": list(by)}],
        **more,
    )
    records = kinds(rows)
    return answer(asked, records, build_cohort(asked, records))


@pytest.fixture(scope="module")
def result():
    return audited(run())


def test_each_ratio_is_that_of_its_patients(result):
    found = result.analyses[1]
    assert [row.level for row in found.rows] == ["All patients", "0", "1", "2"]
    for row, chosen in zip(found.rows, (ECOG >= 0, ECOG == 0, ECOG == 1, ECOG == 2), strict=True):
        fit = cox(DAYS[chosen], EVENT[chosen], EXPOSED[chosen])
        assert row.ratios[0].value == pytest.approx(np.exp(fit.coefficients[0]), rel=1e-9)
        assert row.sizes == (int(EXPOSED[chosen].sum()), int((1 - EXPOSED[chosen]).sum()))
        assert sum(row.events) == EVENT[chosen].sum()


def test_the_interaction_is_what_the_products_add(result):
    level = np.column_stack([ECOG == 1, ECOG == 2]).astype(float)
    main = np.column_stack([EXPOSED, level])
    full = np.column_stack([main, EXPOSED[:, None] * level])
    gain = 2 * (cox(DAYS, EVENT, full).log_likelihood - cox(DAYS, EVENT, main).log_likelihood)
    test = result.analyses[1].interactions[0].test
    assert test.statistic == pytest.approx(gain, rel=1e-6) and test.degrees_of_freedom == 2


def test_an_effect_in_one_level_only_is_an_interaction():
    chance = np.random.default_rng(1)
    rows = []
    for i in range(240):
        group, ecog = "PT"[i % 2], i // 2 % 2
        days = chance.exponential(100 if group == "P" and ecog else 400)
        rows.append((group, "PD", 1 + int(days), ecog))
    found = run(rows).analyses[1]
    assert found.interactions[0].test.p_value < 0.001
    assert found.rows[2].ratios[0].low > 1 > found.rows[1].ratios[0].low


def test_p_values_are_adjusted_for_how_many_were_asked(result):
    both = run(by=("ecog", "prior_lines", "visceral")).analyses[1]
    ecog = both.interactions[0]
    assert ecog.adjusted_p_value == pytest.approx(min(1, 3 * ecog.test.p_value))
    assert result.analyses[1].interactions[0].adjusted_p_value == ecog.test.p_value


def test_missing_values_are_counted_and_in_no_subgroup():
    rows = [row if i % 4 else row[:3] for i, row in enumerate(ROWS)]
    found = run(rows).analyses[1]
    assert found.interactions[0].missing == (len(ROWS) + 3) // 4
    assert sum(sum(row.sizes) for row in found.rows[1:]) == len(ROWS) - found.interactions[0].missing


def test_a_level_with_one_group_has_no_ratio_and_no_test():
    rows = [(group, "PD", 10 + 3 * i, int(group == "P")) for i in range(20) for group in "PT"]
    found = run(rows).analyses[1]
    assert np.isnan(found.rows[1].ratios[0].value) and "not estimable" in found.rows[1].ratios[0].method
    assert found.interactions[0].test is None and found.interactions[0].reason


def test_they_stand_in_the_report(result, tmp_path):
    table = next(table for table in tables_of(result.analyses) if table.name == "subgroups-pfs-ema")
    assert [row.cells[0] for row in table.rows] == ["All patients", "ECOG performance status", "0", "1", "2"]
    assert table.rows[1].cells[-1].startswith("p ")
    assert "Whether the crude hazard ratios differ between subgroups" in methods_paragraph(result).text
    figure = next(item for item in figures_of(result) if item.name == table.name)
    said = texts(figure.figure)
    assert any("interaction p" in text for text in said) and "P against T" in said
    ticks = next(mark for mark in figure.figure.shapes() if isinstance(mark, Ticks)).points
    axis = Scale(0.5, 1, ticks[0][0], ticks[1][0], logarithmic=True)
    drawn_at = [
        (min(x for x, _ in mark.points) + max(x for x, _ in mark.points)) / 2 for mark in parts(figure.figure, "ratio")
    ]
    ratios = [row.ratios[0].value for row in result.analyses[1].rows]
    assert [axis.number(x) for x in drawn_at] == pytest.approx(ratios)
    page = write_report(result, tmp_path / "report").read_text(encoding="utf-8")
    assert 'id="figure-subgroups-pfs-ema"' in page
    assert result.card.named("several_comparisons").measures[0].value == 4


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("analyses:\n  - {subgroups: os, by: [ecog]}\n", "without groups"),
        ("analyses:\n  - {subgroups: os, by: [nonsense]}\n", "nonsense"),
    ],
)
def test_a_file_that_cannot_be_answered_is_refused(tmp_path, extra, words):
    with pytest.raises(StudyError, match=words):
        load(tmp_path, "version: 1\ntitle: x\nrecords: r\ntime_zero: first T-DM1\n" + extra)
