"""A digitised curve and its reconstruction, one over the other, with the patients at risk printed and rebuilt."""

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from sequela.analyses.wording import counted, rounded
from sequela.evidence.curve import CurveGroup, CurveReconstruction, at_risk
from sequela.records.bundle import Kind
from sequela.report.figures.canvas import (
    COLOURS,
    MUTED,
    RULE,
    SMALL_SIZE,
    TEXT_SIZE,
    WIDTH,
    blank_figure,
    blank_page,
    drawable,
    stamp,
    style,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEFT, RIGHT, LINE = 1.28, 0.2, 0.19
PLOT_HEIGHT = 3.1
MOST_TIMES = 9


def curve_figure(found: CurveReconstruction) -> Any:
    """Draw the points as they were read and the curves of the reconstructed patients, 7 inches wide.

    Below stand the patients at risk as rebuilt, with the printed number in brackets where it differs.
    """
    with style():
        return _figure(found)


def legend_lines(found: CurveReconstruction) -> list[str]:
    """Return one line per group: events, patients, median, and how far the curve lies from the points."""
    return [_legend_line(group, found.unit) for group in found.groups]


def _legend_line(group: CurveGroup, unit: str) -> str:
    events = counted(int(group.patients.event.sum()), "event")
    size = counted(group.patients.time.size, "patient")
    median = "not reached" if np.isnan(group.median) else f"{rounded(group.median, 1)} {unit}"
    off = f"off by {rounded(group.fit.root_mean_square, 3)} (at most {rounded(group.fit.largest, 3)})"
    return drawable(f"{group.name}: {events} in {size}, median {median}; {off}")


def _figure(found: CurveReconstruction) -> Any:
    lines = [wrapped(line, 74, 2) for line in legend_lines(found)]
    above = LINE * sum(1 + line.count("\n") for line in lines)
    below = 1.2 + LINE * 1.25 * len(found.groups)
    height = below + PLOT_HEIGHT + above + 0.24
    figure = blank_figure(height)
    page = blank_page(figure, height)
    axes = figure.add_axes(
        (LEFT / WIDTH, below / height, (WIDTH - LEFT - RIGHT) / WIDTH, PLOT_HEIGHT / height), facecolor="none"
    )
    _curves(axes, found)
    top = height - 0.12
    for line, colour in zip(lines, cycle(COLOURS), strict=False):
        page.plot([0.55, 1.15], [top - LINE / 2] * 2, color=colour, linewidth=1.7)
        page.text(LEFT, top, line, va="top", fontsize=TEXT_SIZE)
        top -= LINE * (1 + line.count("\n"))
    _table(axes, page, found)
    stamp(figure, Kind.RECONSTRUCTED, height)
    return figure


def _curves(axes: "Axes", found: CurveReconstruction) -> None:
    longest = max(float(group.patients.time[-1]) for group in found.groups)
    axes.set_xlim(0, longest * 1.02)
    axes.set_ylim(0, 1.03)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    axes.set_xlabel(f"{found.unit.capitalize()} since the start of the curve")
    axes.set_ylabel("Patients without the event (%)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.axhline(0.5, color=RULE, linewidth=0.7, zorder=0)
    for group, colour in zip(found.groups, cycle(COLOURS), strict=False):
        axes.plot(
            group.curve.time,
            group.curve.survival,
            linestyle="none",
            marker="o",
            markersize=4.6,
            color=colour,
            alpha=0.35,
            markeredgewidth=0,
        )
        time, survival = _steps(group)
        axes.step(time, survival, where="post", color=colour, linewidth=1.3, solid_capstyle="butt")


def _steps(group: CurveGroup) -> tuple[np.ndarray, np.ndarray]:
    patients = group.patients
    left = patients.time.size - np.arange(patients.time.size)
    survival = np.cumprod(np.where(patients.event, 1 - 1 / left, 1.0))
    return np.concatenate([[0.0], patients.time]), np.concatenate([[1.0], survival])


def _table(axes: "Axes", page: "Axes", found: CurveReconstruction) -> None:
    times = _times(found)
    axes.set_xticks(times)
    places = LEFT + times / axes.get_xlim()[1] * (WIDTH - LEFT - RIGHT)
    top = 0.42 + LINE * 1.25 * len(found.groups)
    words = "At risk, reconstructed; the printed number in brackets where it differs"
    page.text(0.08, top + 0.05, words, va="bottom", fontsize=SMALL_SIZE, color=MUTED)
    for group, colour in zip(found.groups, cycle(COLOURS), strict=False):
        middle = top - LINE * 0.62
        page.plot([0.09], [middle], marker="s", markersize=5, color=colour)
        page.text(0.17, middle, wrapped(group.name, 14, 1), va="center", fontsize=SMALL_SIZE)
        printed = dict(zip(group.curve.risk_time.tolist(), group.curve.at_risk.tolist(), strict=True))
        for time, place, number in zip(times.tolist(), places, at_risk(group.patients, times), strict=True):
            differs = time in printed and printed[time] != number
            text = f"{number} ({printed[time]})" if differs else f"{number}"
            page.text(place, middle, text, ha="center", va="center", fontsize=SMALL_SIZE)
        top -= LINE * 1.25


def _times(found: CurveReconstruction) -> np.ndarray:
    """Return the times of the printed table, thinned where they are many; round times where there is no table."""
    printed = max((group.curve.risk_time for group in found.groups), key=lambda times: times.size)
    longest = max(float(group.patients.time[-1]) for group in found.groups)
    if printed.size > 1:
        kept = printed[printed <= longest]
        return kept[:: 1 + (kept.size - 1) // MOST_TIMES]
    step = next(s for s in (0.5, 1, 2, 3, 6, 12, 24, 60, 120, 365, 730, 3650, 1e9) if longest / s <= MOST_TIMES)
    return np.arange(0, longest * (1 + 1e-9), step)
