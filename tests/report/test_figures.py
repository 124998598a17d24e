"""Figures: what they say, and that they say it in the same bytes every time."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from sequela.analyses.results import Estimate
from sequela.analyses.results import Test as NamedTest
from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Area, Line, Scale, Text, Ticks
from sequela.report.drawing.pdf import pdf_bytes
from sequela.report.drawing.svg import svg_bytes
from sequela.report.figures.canvas import COLOURS, RULE, STAMPS
from sequela.report.figures.curve_parts import month_ticks
from sequela.report.figures.flow import flow_figure
from sequela.report.figures.kaplan_meier import at_risk, events_until, kaplan_meier_figure
from sequela.study.cohort import FlowStep

from . import inputs
from .read_drawing import apart, corners, inside, numbers, parts, texts

NAN = float("nan")


def test_numbers_at_risk_are_counted_just_before_each_day():
    curve = inputs.curve([10, 20, 20, 30], [1, 1, 0, 0])
    assert at_risk(curve, np.array([0, 10, 10.5, 20, 21, 30, 31])).tolist() == [4, 4, 3, 3, 1, 1, 0]
    assert events_until(curve, np.array([0, 10, 19, 20, 40])).tolist() == [0, 1, 1, 2, 2]


@pytest.mark.parametrize("months", [0.03, 1, 9, 12, 46, 200, 900])
def test_ticks_are_whole_months_and_few(months):
    ticks = month_ticks(months * 30.4375)
    assert ticks[0] == 0 and len(ticks) <= 10 and ticks[-1] <= months + 1e-6
    assert np.array_equal(ticks, np.round(ticks))


def test_the_curve_figure_says_groups_medians_ratio_and_test():
    said = "\n".join(texts(kaplan_meier_figure(inputs.SURVIVAL, Kind.OBSERVED)))
    assert "Tmab/Pmab: 16 events in 18 patients, median 2.8 months (95% CI 1.7–4.8)" in said
    assert "Hazard ratio 2.83 (95% CI 1.37–5.89)" in said and "Adjusted hazard ratio 3.07" in said
    assert "Log-rank test: p = 0.003" in said
    assert {"18 (0)", "3 (13)", "24 (0)", "16 (7)"} <= set(said.splitlines())


def frame(marks):
    """The scales of a Kaplan-Meier figure, from its axes: the line of a half and that of the months."""
    half = next(mark for mark in marks if isinstance(mark, Line) and mark.pen.colour == RULE)
    months = next(mark for mark in marks if isinstance(mark, Ticks) and mark.part == "ticks")
    return half, months


def test_curves_go_through_their_estimates():
    drawing = kaplan_meier_figure(inputs.SURVIVAL, Kind.OBSERVED)
    curves = parts(drawing, "curve")
    assert [curve.pen.colour for curve in curves] == list(COLOURS[:2])
    half, months = frame(drawing.marks)
    x = Scale(0, 6, months.points[0][0], months.points[1][0])
    (_, top), middle = curves[0].points[0], half.points[0][1]
    y = Scale(1, 0.5, top, middle)
    assert top < middle and x.start < x.end
    for curve, group in zip(curves, (inputs.DOUBLE, inputs.SINGLE), strict=True):
        assert numbers(x, [place for place, _ in corners(curve)]) == pytest.approx(list(group.curve.time / 30.4375))
        assert numbers(y, [place for _, place in corners(curve)]) == pytest.approx(list(group.curve.survival), abs=1e-9)
    assert [len(ticks.points) for ticks in parts(drawing, "censored")] == [2, 4]
    for line, group in zip(parts(drawing, "median"), (inputs.DOUBLE, inputs.SINGLE), strict=True):
        assert x.number(line.points[0][0]) == pytest.approx(group.median.value / 30.4375)


def test_the_numbers_at_risk_stand_under_their_months():
    drawing = kaplan_meier_figure(inputs.SURVIVAL, Kind.OBSERVED)
    _, months = frame(drawing.marks)
    cells = {mark.words: mark.x for mark in drawing.shapes() if isinstance(mark, Text) and "(" in mark.words}
    assert cells["18 (0)"] == cells["24 (0)"] == months.points[0][0]
    assert cells["3 (13)"] == cells["16 (7)"] == months.points[1][0]
    colours = [mark.fill for mark in drawing.shapes() if isinstance(mark, Area) and not mark.part]
    assert colours == list(COLOURS[:2])


def test_limits_lie_around_the_curve_up_to_the_last_that_is_known():
    drawing = kaplan_meier_figure(inputs.SURVIVAL, Kind.OBSERVED)
    (band,) = [band for band in parts(drawing, "band") if band.fill == COLOURS[0]]
    curve = parts(drawing, "curve")[0]
    half = len(band.points) // 2
    above, below = band.points[:half], band.points[half:][::-1]
    # The limits are unknown where the curve reaches nought, its last step.
    assert half == len(curve.points) - 1
    for (x, y), (at, high), (same, low) in zip(curve.points, above, below, strict=False):
        assert x == at == same and high <= y <= low
    assert any(high < y < low for (_, y), (_, high), (_, low) in zip(curve.points, above, below, strict=False))


def test_patients_censored_on_one_day_share_a_mark():
    first, *others = inputs.SURVIVAL.groups
    crowded = replace(first, censoring_times=np.repeat([100.0, 200.0], 500))
    drawing = kaplan_meier_figure(replace(inputs.SURVIVAL, groups=(crowded, *others)), Kind.OBSERVED)
    _, months = frame(drawing.marks)
    x = Scale(0, 6, months.points[0][0], months.points[1][0])
    marks = parts(drawing, "censored")[0].points
    assert numbers(x, [place for place, _ in marks]) == pytest.approx([100 / 30.4375, 200 / 30.4375])


@pytest.mark.parametrize("kind", list(Kind))
def test_every_figure_is_stamped_with_the_kind_of_its_records(kind):
    for figure in (kaplan_meier_figure(inputs.SURVIVAL, kind), flow_figure(inputs.FLOW, inputs.GROUP_SIZES, kind)):
        assert STAMPS[kind] in texts(figure)
    assert ("not real patients" in STAMPS[kind]) == (kind in (Kind.RECONSTRUCTED, Kind.SIMULATED))


@pytest.mark.parametrize("write", [svg_bytes, pdf_bytes])
def test_the_same_figure_has_the_same_bytes(write):
    first, second = (write(kaplan_meier_figure(inputs.SURVIVAL, Kind.SIMULATED)) for _ in range(2))
    assert first == second
    assert not re.search(rb"<dc:date>|CreationDate|ModDate|Matplotlib", first)


def test_svg_is_well_formed_and_scales():
    root = ElementTree.fromstring(svg_bytes(flow_figure(inputs.FLOW, inputs.GROUP_SIZES, Kind.OBSERVED)))
    assert root.get("viewBox", "").startswith("0 0 504 ")


def variants():
    long = "Trastuzumab with pertuzumab and a taxane in the first line, then trastuzumab emtansine in the second $x^2$"
    unreached = Estimate(NAN, NAN, NAN, "log-log")
    no_events = inputs.survival_group("A", (30, 60, 400), (0, 0, 0), (NAN, NAN, NAN), (60.0, 30.0, NAN))
    yield "single group", replace(inputs.SURVIVAL, groups=(inputs.SINGLE,), hazard_ratios=(), test=None)
    yield "zero events", replace(inputs.SURVIVAL, groups=(no_events,), hazard_ratios=(), test=None)
    yield (
        "nothing estimable",
        replace(
            inputs.SURVIVAL,
            groups=(no_events, replace(inputs.SINGLE, median=unreached, follow_up=unreached)),
            hazard_ratios=(replace(inputs.CRUDE, estimate=unreached, p_value=NAN),),
            test=NamedTest("log-rank", NAN),
        ),
    )
    yield (
        "long labels",
        replace(
            inputs.SURVIVAL, groups=(replace(inputs.DOUBLE, name=long), replace(inputs.SINGLE, name=f"{long} not"))
        ),
    )
    many = tuple(replace(inputs.SINGLE, name=f"group {i}") for i in range(7))
    ratios = tuple(replace(inputs.CRUDE, group=f"group {i}", reference="group 0") for i in range(1, 7))
    yield "seven groups", replace(inputs.SURVIVAL, groups=many, hazard_ratios=ratios)
    one = inputs.survival_group("one", (0,), (0,), (NAN, NAN, NAN), (0.0, NAN, NAN))
    yield "one patient, no time", replace(inputs.SURVIVAL, groups=(one,), hazard_ratios=(), test=None)


@pytest.mark.parametrize(("name", "survival"), list(variants()))
def test_unusual_results_are_drawn_within_the_figure(name, survival):
    figure = kaplan_meier_figure(survival, Kind.RECONSTRUCTED)
    assert inside(figure), name
    assert apart(figure), name
    assert ElementTree.fromstring(svg_bytes(figure)) is not None


def test_what_cannot_be_estimated_is_said_in_words():
    survival = dict(variants())["nothing estimable"]
    said = "\n".join(texts(kaplan_meier_figure(survival, Kind.OBSERVED)))
    assert "median not reached" in said and "Hazard ratio not estimable" in said and "p not estimable" in said


def test_flow_boxes_carry_the_counts_and_the_undecidable_apart():
    steps = (*inputs.FLOW[:3], FlowStep("HER2 positive", 47, 2, 3, 42))
    said = texts(flow_figure(steps, inputs.GROUP_SIZES, Kind.OBSERVED))
    assert "61 patients in the records" in said and "42 patients studied" in said
    assert "2 excluded, did not meet:\nHER2 positive" in said and "3 not decidable:\nHER2 positive" in said
    assert "Tmab/Pmab\n18 patients" in said and "Tmab\n24 patients" in said


def test_a_first_step_without_losses_is_one_box():
    said = texts(flow_figure((FlowStep("first osimertinib", 8, 0, 0, 8),), (("All patients", 8),), Kind.OBSERVED))
    assert said[0].replace("\n", " ") == "8 patients in the records, time zero: first osimertinib"
    assert not any("excluded" in text for text in said)


def test_many_steps_and_groups_with_long_names_stay_within_the_figure():
    label = "age at least 18 years and no other malignancy in the five years before time zero, as far as records say"
    steps = [inputs.FLOW[0], *(FlowStep(f"{label} {i}", 49 - i, i % 2, i % 3 == 0, 48 - i) for i in range(20))]
    groups = tuple((f"sequence number {i} with quite a long name of its own", i) for i in range(1, 7))
    figure = flow_figure(tuple(steps), groups, Kind.SIMULATED)
    assert inside(figure)
    assert apart(figure) and figure.height < 30 * 72


def test_what_the_figure_shows_is_said_for_those_who_do_not_see_it():
    root = ElementTree.fromstring(svg_bytes(kaplan_meier_figure(inputs.SURVIVAL, Kind.OBSERVED)))
    title, description = (root.find(f"{{http://www.w3.org/2000/svg}}{name}").text for name in ("title", "desc"))
    assert title == "Kaplan-Meier curves of Time to radiologic progression"
    assert "Tmab: 20 events in 24 patients" in description and "Log-rank test: p = 0.003" in description
