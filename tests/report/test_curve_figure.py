"""The overlay of a digitised curve and its reconstruction."""

import numpy as np
import pytest

from sequela.evidence.curve import reconstruct_curves
from sequela.evidence.digitised import Digitised
from sequela.records.bundle import Kind
from sequela.report.drawing.svg import svg_bytes
from sequela.report.figures.canvas import STAMPS
from sequela.report.figures.curve_overlay import curve_figure

from .read_drawing import inside, parts, texts

TIME = np.linspace(0, 24, 60)


def digitised(mean, table):
    at = np.arange(0, 24, 2.0) if table else np.zeros(1)
    at_risk = np.rint(120 * np.exp(-at / mean) * (1 - at / 60)).astype(int)
    return Digitised(TIME, np.exp(-TIME / mean), at, at_risk)


def found(table=True, names=("old", "new")):
    curves = {name: digitised(8 + 6 * k, table) for k, name in enumerate(names)}
    return reconstruct_curves(curves, source="points.csv")


@pytest.mark.parametrize("table", [True, False])
def test_the_overlay_says_what_it_is_and_how_far_it_is_off(table):
    figure = curve_figure(found(table))
    said = "\n".join(texts(figure))
    assert STAMPS[Kind.RECONSTRUCTED] in said and "off by 0.0" in said and "median" in said
    assert "120" in said and inside(figure)


def test_the_same_curves_give_the_same_bytes():
    assert svg_bytes(curve_figure(found())) == svg_bytes(curve_figure(found()))


def test_a_printed_number_that_was_not_met_is_shown():
    one = found(names=("old",))
    one.groups[0].curve.at_risk[2] += 4
    assert f"({one.groups[0].curve.at_risk[2]})" in " ".join(texts(curve_figure(one)))


def test_long_names_stay_on_the_page():
    assert inside(curve_figure(found(names=("a group with a very long name indeed, longer than the margin", "b"))))


def test_the_last_round_time_has_its_tick():
    time = np.array([0.0, 2, 4, 6])
    curves = {"a": Digitised(time, np.array([1, 0.8, 0.6, 0.5]), np.zeros(1), np.array([50]))}
    drawing = curve_figure(reconstruct_curves(curves, source="points.csv"))
    (panel,) = drawing.panels
    assert panel.x.number(parts(drawing, "ticks")[0].points[-1][0]) == pytest.approx(6)


def test_points_stand_where_they_were_read_and_curves_go_through_the_patients():
    reconstructed = found()
    drawing = curve_figure(reconstructed)
    (panel,) = drawing.panels
    dots = [(panel.x.number(dot.x), panel.y.number(dot.y)) for dot in parts(drawing, "read")]
    read = [pair for group in reconstructed.groups for pair in zip(group.curve.time, group.curve.survival, strict=True)]
    assert np.allclose(dots, read)
    last = [panel.y.number(curve.points[-1][1]) for curve in parts(drawing, "curve")]
    assert last == pytest.approx([np.exp(-24 / 8), np.exp(-24 / 14)], abs=0.02)
