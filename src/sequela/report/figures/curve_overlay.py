"""A digitised curve and its reconstruction, one over the other, with the patients at risk printed and rebuilt."""

from dataclasses import replace

import numpy as np

from sequela.analyses.wording import counted, rounded
from sequela.evidence.curve import CurveGroup, CurveReconstruction, at_risk
from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Circle, Drawing, Mark, Panel
from sequela.report.drawing.words import wrapped
from sequela.report.figures.axes import AXIS_ROOM, plot, steps
from sequela.report.figures.canvas import BODY, COLOURS, STAMP_ROOM, WIDTH, stamped
from sequela.report.figures.curve_parts import (
    LEFT,
    RIGHT,
    ROOM,
    RiskRow,
    legend,
    pen_of,
    percent_frame,
    risk_table,
)

PLOT_HEIGHT = 223.0
MOST_TIMES = 9
RADIUS = 2.3


def curve_figure(found: CurveReconstruction) -> Drawing:
    """Draw the points as they were read and the curves of the reconstructed patients, 7 inches wide.

    Below stand the patients at risk as rebuilt, with the printed number in brackets where it differs.
    """
    said = legend_lines(found)
    pens = [replace(pen_of(index, 1.3), dash=()) for index in range(len(found.groups))]
    samples = ((wrapped(line, ROOM, BODY, 2), replace(pen, width=1.7)) for line, pen in zip(said, pens, strict=True))
    marks, top = legend(samples, 8.0)
    longest = max(float(group.patients.time[-1]) for group in found.groups)
    empty = plot(LEFT, top + 8, WIDTH - LEFT - RIGHT, PLOT_HEIGHT, (0, longest * 1.02), (0, 1.03))
    times = _times(found)
    marks += percent_frame(empty, times, f"{found.unit.capitalize()} since the start of the curve")
    curves: list[Mark] = []
    for group, pen in zip(found.groups, pens, strict=True):
        curves += _points(empty, group, pen.colour)
        curves.append(steps(empty, *_steps(group), pen))
    marks.append(replace(empty, marks=tuple(curves)))
    rows = [_risk_row(group, COLOURS[index % len(COLOURS)], times) for index, group in enumerate(found.groups)]
    heading = "At risk, reconstructed; the printed number in brackets where it differs"
    below, bottom = risk_table(empty, times, heading, rows, empty.bottom + AXIS_ROOM + 8)
    title = "A digitised survival curve and its reconstruction"
    return stamped([*marks, *below], bottom + STAMP_ROOM, Kind.RECONSTRUCTED, title, f"{'. '.join(said)}.")


def legend_lines(found: CurveReconstruction) -> list[str]:
    """Return one line per group: events, patients, median, and how far the curve lies from the points."""
    return [_legend_line(group, found.unit) for group in found.groups]


def _legend_line(group: CurveGroup, unit: str) -> str:
    events = counted(int(group.patients.event.sum()), "event")
    size = counted(group.patients.time.size, "patient")
    median = "not reached" if np.isnan(group.median) else f"{rounded(group.median, 1)} {unit}"
    off = f"off by {rounded(group.fit.root_mean_square, 3)} (at most {rounded(group.fit.largest, 3)})"
    return f"{group.name}: {events} in {size}, median {median}; {off}"


def _points(panel: Panel, group: CurveGroup, colour: str) -> list[Circle]:
    places = zip(group.curve.time.tolist(), group.curve.survival.tolist(), strict=True)
    return [Circle(panel.x.at(x), panel.y.at(y), RADIUS, colour, opacity=0.35, part="read") for x, y in places]


def _steps(group: CurveGroup) -> tuple[np.ndarray, np.ndarray]:
    patients = group.patients
    left = patients.time.size - np.arange(patients.time.size)
    survival = np.cumprod(np.where(patients.event, 1 - 1 / left, 1.0))
    return np.concatenate([[0.0], patients.time]), np.concatenate([[1.0], survival])


def _risk_row(group: CurveGroup, colour: str, times: np.ndarray) -> RiskRow:
    printed = dict(zip(group.curve.risk_time.tolist(), group.curve.at_risk.tolist(), strict=True))
    rebuilt = zip(times.tolist(), at_risk(group.patients, times), strict=True)
    cells = [
        f"{number} ({printed[time]})" if time in printed and printed[time] != number else f"{number}"
        for time, number in rebuilt
    ]
    return RiskRow(group.name, colour, cells)


def _times(found: CurveReconstruction) -> np.ndarray:
    """Return the times of the printed table, thinned where they are many; round times where there is no table."""
    printed = max((group.curve.risk_time for group in found.groups), key=lambda times: times.size)
    longest = max(float(group.patients.time[-1]) for group in found.groups)
    if printed.size > 1:
        kept = printed[printed <= longest]
        return kept[:: 1 + (kept.size - 1) // MOST_TIMES]
    step = next(s for s in (0.5, 1, 2, 3, 6, 12, 24, 60, 120, 365, 730, 3650, 1e9) if longest / s <= MOST_TIMES)
    return np.arange(0, longest * (1 + 1e-9), step)
