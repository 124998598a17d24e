"""Figures: what they say, and that they say it in the same bytes every time."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from sequela.analyses.results import Estimate
from sequela.analyses.results import Test as NamedTest
from sequela.records.bundle import Kind
from sequela.report.figures.canvas import COLOURS, STAMPS, drawable, pdf_bytes, svg_bytes, wrapped
from sequela.report.figures.flow import flow_figure
from sequela.report.figures.kaplan_meier import at_risk, events_until, kaplan_meier_figure, month_ticks
from sequela.study.cohort import FlowStep

from . import inputs

NAN = float("nan")


def texts(figure):
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def inside(figure):
    """Whether every text lies within the figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    FigureCanvasAgg(figure).draw()
    page = figure.bbox
    boxes = [text.get_window_extent() for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    return all(
        box.x0 >= -1 and box.x1 <= page.width + 1 and box.y0 >= -1 and box.y1 <= page.height + 1 for box in boxes
    )


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


def test_curves_go_through_their_estimates():
    axes = kaplan_meier_figure(inputs.SURVIVAL, Kind.OBSERVED).axes[1]
    steps = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
    assert [line.get_color() for line in steps] == list(COLOURS[:2])
    for line, group in zip(steps, (inputs.DOUBLE, inputs.SINGLE), strict=True):
        assert np.allclose(line.get_xdata()[1:], group.curve.time / 30.4375)
        assert np.allclose(line.get_ydata()[1:], group.curve.survival)
    ticks = [line for line in axes.lines if line.get_marker() == "|"]
    assert [len(line.get_xdata()) for line in ticks] == [2, 4]


def test_patients_censored_on_one_day_share_a_mark():
    first, *others = inputs.SURVIVAL.groups
    crowded = replace(first, censoring_times=np.repeat([100.0, 200.0], 500))
    axes = kaplan_meier_figure(replace(inputs.SURVIVAL, groups=(crowded, *others)), Kind.OBSERVED).axes[1]
    marks = [line for line in axes.lines if line.get_marker() == "|"]
    assert len(marks[0].get_xdata()) == 2
    assert marks[0].get_xdata() == pytest.approx([100 / 30.4375, 200 / 30.4375])


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
    assert figure.get_figheight() < 30


def test_text_the_font_cannot_draw_becomes_a_square():
    assert drawable("After 漢方 (β)") == "After □□ (β)"
    assert wrapped("one two three four", 9, 2) == "one two\nthree f…" or wrapped("one two three four", 9, 2).endswith(
        "…"
    )


def test_drawing_leaves_the_settings_of_others_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    svg_bytes(kaplan_meier_figure(inputs.SURVIVAL, Kind.OBSERVED))
    assert dict(matplotlib.rcParams) == before
