"""From line to line, counted by hand: five patients, and the properties any ward keeps."""

from itertools import pairwise

import polars as pl
import pytest

from sequela.analyses.results import RESULT_SCHEMA
from sequela.analyses.sequence import (
    DIED,
    ENDS,
    FURTHER,
    OTHER,
    STILL_ON,
    UNTREATED,
    condensed,
    regimen_class,
    sequence,
    treatments,
)
from sequela.derive.lines import lines_of_therapy
from sequela.records.bundle import Kind
from sequela.records.drugs import default_vocabulary
from sequela.report.drawing.marks import Rectangle, Ribbon
from sequela.report.drawing.pdf import pdf_bytes
from sequela.report.drawing.svg import svg_bytes
from sequela.report.figures.transitions import transitions_figure
from sequela.report.tables import sequence_table, transitions_table
from sequela.study.cohort import build_cohort
from tests.derive.histories import given, history, together
from tests.derive.ward import ward
from tests.study.studies import study

DUAL, SINGLE, ADC, TKI = (
    "HER2 antibody ×2 + chemotherapy",
    "HER2 antibody + chemotherapy",
    "HER2 ADC",
    "HER2 TKI + chemotherapy",
)


def line(start, stop, *drugs):
    return [given(drug, start, stop) for drug in drugs]


def five():
    """A, B: dual then T-DM1 (A dies, B goes on to lapatinib); C: dual, lost; D: single, T-DM1 still on; E: nothing."""
    dual = line(0, 200, "trastuzumab", "pertuzumab", "docetaxel")
    single = line(0, 200, "trastuzumab", "docetaxel")
    tdm1, tki = line(220, 400, "T-DM1"), line(420, 500, "lapatinib", "capecitabine")
    when = {"metastatic": -5}
    return together(
        history(dual, tdm1, patient="A", progression=[210], death=450, **when),
        history(dual, tdm1, tki, patient="B", progression=[210, 410], last_contact=900, **when),
        history(dual, patient="C", last_contact=600, **when),
        history(single, tdm1, patient="D", progression=[210], last_contact=410, **when),
        history(patient="E", last_contact=100, **when),
    )


GROUPS = {"Pertuzumab": "received pertuzumab", "Without": "otherwise"}
STUDY = study(groups=GROUPS, time_zero="metastatic diagnosis")


def followed(records=None, asked=STUDY, **options):
    records = records or five()
    return sequence(build_cohort(asked, records), records, **options)


def counts(result):
    return {(step.line, step.source, step.target): step.counts for step in result.transitions}


def test_five_patients():
    result = followed()
    assert result.groups == ("Pertuzumab", "Without", "All")
    assert (result.sizes, result.without) == ((3, 2, 5), (0, 1, 1))
    assert counts(result) == {
        (1, DUAL, ADC): (2, 0, 2),
        (1, DUAL, UNTREATED): (1, 0, 1),
        (1, SINGLE, ADC): (0, 1, 1),
        (2, ADC, TKI): (1, 0, 1),
        (2, ADC, STILL_ON): (0, 1, 1),
        (2, ADC, DIED): (1, 0, 1),
        (3, TKI, UNTREATED): (1, 0, 1),
    }


def test_lines_beyond_those_shown_are_a_further_line():
    result = followed(lines=2)
    assert counts(result)[2, ADC, FURTHER] == (1, 0, 1)
    assert max(step.line for step in result.transitions) == 2
    one = counts(followed(lines=1))
    assert one == {
        (1, DUAL, FURTHER): (2, 0, 2),
        (1, DUAL, UNTREATED): (1, 0, 1),
        (1, SINGLE, FURTHER): (0, 1, 1),
    }


def test_by_regimen():
    found = counts(followed(by="regimen"))
    assert found[1, "docetaxel + pertuzumab + trastuzumab", "trastuzumab emtansine"] == (2, 0, 2)


@pytest.mark.parametrize(
    ("regimen", "spoken"),
    [
        ("docetaxel + pertuzumab + trastuzumab", DUAL),
        ("capecitabine + docetaxel + trastuzumab", SINGLE),
        ("letrozole + palbociclib", "CDK4/6 inhibitor + endocrine therapy"),
        ("Wundermab + trastuzumab", "HER2 antibody + unknown drug"),
        ("Wundermab + X-1", "unknown drug ×2"),
        ("trastuzumab emtansine", ADC),
    ],
)
def test_the_class_of_a_regimen(regimen, spoken):
    assert regimen_class(regimen, default_vocabulary()) == spoken


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("by", ["class", "regimen"])
def test_nobody_is_lost_between_lines(seed, by):
    records = ward(seed)
    result = followed(records, study(time_zero="metastatic diagnosis"), lines=4, by=by)
    lines = lines_of_therapy(records)
    begun = dict(lines.filter(pl.col("line") > 0)["line"].value_counts().iter_rows())
    for number in range(1, 5):
        steps = [step for step in result.transitions if step.line == number]
        assert sum(step.counts[-1] for step in steps) == begun[number]
        assert sum(step.counts[-1] for step in steps if step.target not in (DIED, STILL_ON, UNTREATED)) == begun.get(
            number + 1, 0
        )
    assert all(sum(step.counts[:-1]) == step.counts[-1] for step in result.transitions)
    assert begun[1] + result.without[-1] == result.sizes[-1] == 150
    # What goes into a treatment of a line comes out of it.
    for number in range(1, 4):
        into, out = {}, {}
        for step in result.transitions:
            if step.line == number and step.target not in ENDS:
                into[step.target] = into.get(step.target, 0) + step.counts[-1]
            if step.line == number + 1:
                out[step.source] = out.get(step.source, 0) + step.counts[-1]
        assert into == out


def test_rare_treatments_are_drawn_together_without_losing_anybody():
    result = followed(ward(1), by="regimen")
    few = condensed(result, 3)
    assert treatments(few) == (*treatments(result.transitions)[:3], OTHER)
    for number in range(1, 5):
        whole, part = (
            [sum(step.counts[place] for step in steps if step.line == number) for place in range(3)]
            for steps in (result.transitions, few)
        )
        assert whole == part
    assert condensed(result, len(treatments(result.transitions)) - 1) == result.transitions


def test_every_number_is_in_the_tidy_table():
    result = followed()
    assert result.results.schema == RESULT_SCHEMA
    found = result.results.filter(
        (pl.col("variable") == f"line 1: {DUAL}") & (pl.col("level") == ADC) & (pl.col("group") == "Pertuzumab")
    )
    assert found.select("value", "n").rows() == [(2.0, 3)]
    none = result.results.filter(pl.col("variable") == "no line")
    assert none.select("group", "value", "n").rows() == [("Pertuzumab", 0.0, 3), ("Without", 1.0, 2), ("All", 1.0, 5)]


def test_printed():
    table = sequence_table(followed())
    assert table.columns == ("Line and treatment", "Pertuzumab (n = 3)", "Without (n = 2)", "All (n = 5)")
    rows = {row.cells[0]: row.cells[1:] for row in table.rows[:3]}
    assert rows == {
        f"Line 1: {DUAL}": ("3", "0", "3"),
        f"then line 2: {ADC}": ("2 (66.7)", "–", "2 (66.7)"),
        f"then {UNTREATED}": ("1 (33.3)", "–", "1 (33.3)"),
    }
    assert table.rows[-1].cells == ("No line", "0", "1", "1")
    links = transitions_table(followed())
    assert links.columns == ("Line", "From", "To", "Group", "Patients")
    assert ("1", DUAL, ADC, "Pertuzumab", "2") in [row.cells for row in links.rows]
    assert len(links.rows) == 7 * 3


def test_the_figure_repeats_and_changes_with_its_numbers():
    def drawn(records):
        figure = transitions_figure(followed(records), Kind.SIMULATED)
        return svg_bytes(figure), pdf_bytes(figure)

    assert drawn(five()) == drawn(five())
    assert drawn(ward(1)) != drawn(ward(2))


def test_ribbons_fill_their_boxes_and_stay_on_the_page():
    from sequela.report.figures.transitions import PANEL, _columns

    result = followed(ward(2), lines=6)
    steps = [step for step in condensed(result, 6) if step.counts[-1]]
    order = (*treatments(condensed(result, 6)), *ENDS)
    columns = _columns(steps, 2, order, 0.0)
    heights = {round(node.height / node.patients, 9) for column in columns for node in column.values()}
    assert len(heights) == 1
    for column in columns:
        nodes = sorted(column.values(), key=lambda node: node.top)
        assert all(a.top + a.height < b.top for a, b in pairwise(nodes))
        assert nodes[-1].top + nodes[-1].height < PANEL
    drawing = transitions_figure(result, Kind.SIMULATED)
    ribbons = [mark for mark in drawing.marks if isinstance(mark, Ribbon)]
    boxes = [mark for mark in drawing.marks if isinstance(mark, Rectangle) and mark.part]
    for box in boxes:
        reached = [ribbon for ribbon in ribbons if ribbon.part == box.part and ribbon.end[0] == box.left]
        within = [
            r for r in reached if box.top - 1e-6 <= r.end[1] and r.end[1] + r.height <= box.top + box.height + 1e-6
        ]
        assert not reached or sum(ribbon.height for ribbon in within) == pytest.approx(box.height)


@pytest.mark.parametrize("groups", [{}, GROUPS])
def test_a_cohort_without_any_line_is_drawn_and_printed(groups):
    records = together(history(patient="X", metastatic=0), history(patient="Y", metastatic=0, death=90))
    asked = study(time_zero="metastatic diagnosis")
    if groups:
        records = together(records, five())
        asked = study(groups={"Some": "received chemotherapy", "None": "otherwise"}, time_zero="metastatic diagnosis")
    result = followed(records, asked)
    assert result.without[-1] == (3 if groups else 2)
    assert svg_bytes(transitions_figure(result, Kind.SIMULATED))
    assert sequence_table(result).rows[-1].cells[0] == "No line"
