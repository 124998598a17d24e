"""Kinds of event on the page: the table, the figure, the methods."""

import pytest

from sequela.analyses.answer import answer
from sequela.analyses.wording import p_statement
from sequela.audit.card import audited
from sequela.report.drawing.svg import svg_bytes
from sequela.report.methods import methods_paragraph
from sequela.report.page import figures_of
from sequela.report.tables import tables_of
from sequela.report.write import write_report
from sequela.study.cohort import build_cohort
from tests.analyses.kinds import GROUPS, drawn, kinds
from tests.study.studies import study


@pytest.fixture(scope="module")
def result():
    analyses = [{"survival": "pfs.ema"}, {"competing": "pfs.ema"}]
    asked = study(groups=GROUPS, reference="T", analyses=analyses, adjust=["ecog"])
    records = kinds(drawn())
    return audited(answer(asked, records, build_cohort(asked, records)))


def test_the_table_has_a_block_for_each_kind(result):
    tables = {table.name: table for table in tables_of(result.analyses)}
    rows = tables["competing-pfs-ema"].rows
    blocks = [row.cells[0] for row in rows if not row.indent]
    assert blocks == ["Patients", "Progressive disease, radiologic or clinical", "Death from any cause"]
    gray = result.analyses[1].comparisons[0].gray
    assert rows[1].cells[-1] == f"Gray's test: {p_statement(gray.p_value)}" and rows[2].cells[-1] == ""
    labels = [row.cells[0] for row in rows if row.indent]
    assert "incidence at 12 months, % (95% CI)" in labels
    assert "cause-specific hazard ratio, crude (95% CI)" in labels
    assert "subdistribution hazard ratio, adjusted for ECOG performance status (95% CI)" in labels
    # One definition serves both analyses of the endpoint.
    assert len([name for name in tables if name.startswith("definition")]) == 1


def test_the_figure_has_a_panel_for_each_kind(result):
    figure = next(item for item in figures_of(result) if item.name == "competing-pfs-ema")
    panels = figure.figure.panels
    assert len(panels) == 2 and "Death from any cause" in figure.alternative
    for kind, panel in enumerate(panels):
        curves = [mark for mark in panel.marks if mark.part == "curve"]
        tops = [panel.y.number(curve.points[-1][1]) for curve in curves]
        assert tops == pytest.approx([group.curve.incidence[-1, kind] for group in result.analyses[1].groups])
        ends = [panel.x.number(curve.points[-1][0]) for curve in curves]
        assert ends == pytest.approx([group.curve.time[-1] / 30.4375 for group in result.analyses[1].groups])
    assert svg_bytes(figure.figure) == svg_bytes(figure.figure)


def test_the_methods_name_what_was_done(result):
    paragraph = methods_paragraph(result)
    assert "method of Aalen and Johansen" in paragraph.text and "Gray's test" in paragraph.text
    assert "Cause-specific hazard ratios (crude and adjusted for ECOG performance status)" in paragraph.text
    assert {"10.1214/aos/1176350951", "10.1080/01621459.1999.10474144"} <= {r.doi for r in paragraph.references}


def test_the_card_counts_every_kind_as_a_comparison(result):
    assert result.card.named("several_comparisons").measures[0].value == 3


def test_the_report_is_written(result, tmp_path):
    page = write_report(result, tmp_path / "report").read_text(encoding="utf-8")
    assert 'id="figure-competing-pfs-ema"' in page and 'id="competing-pfs-ema"' in page
