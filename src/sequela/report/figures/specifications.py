"""The specification curve: hazard ratios from the lowest to the highest, and below them the choices behind each."""

from typing import TYPE_CHECKING, Any

import numpy as np

from sequela.analyses.results import Specification, Specifications
from sequela.analyses.specifications import estimated
from sequela.records.bundle import Kind
from sequela.report.figures.canvas import (
    COLOURS,
    MUTED,
    RULE,
    SMALL_SIZE,
    WIDTH,
    blank_figure,
    drawable,
    stamp,
    style,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEFT, RIGHT, CURVE, LINE, GAP, BELOW, TOP = 2.15, 0.2, 2.4, 0.165, 0.28, 0.5, 0.3
MOST_CHOICES = 40
NEAR = 0.05
"""Share of the height left free above and below the intervals."""


def specifications_figure(result: Specifications, kind: Kind) -> Any:
    """Draw the curve as a matplotlib figure 7 inches wide; the study's own specification is marked."""
    found = estimated(result)
    choices = [(axis, value) for axis in range(len(result.axes)) for value in _values(result, axis)]
    shown = [pair for pair in choices if len(_values(result, pair[0])) > 1][:MOST_CHOICES]
    under = LINE * len(shown) + GAP * len({axis for axis, _ in shown})
    height = TOP + CURVE + GAP + under + BELOW
    with style():
        figure = blank_figure(height)
        width = (WIDTH - LEFT - RIGHT) / WIDTH
        axes = figure.add_axes((LEFT / WIDTH, (BELOW + under + GAP) / height, width, CURVE / height))
        _curve(axes, found, result)
        if shown:
            matrix = figure.add_axes((LEFT / WIDTH, BELOW / height, width, under / height), sharex=axes)
            _matrix(matrix, found, shown, result)
        stamp(figure, kind, height)
        return figure


def _values(result: Specifications, axis: int) -> list[str]:
    return list(dict.fromkeys(item.choices[axis] for item in result.specifications))


def _curve(axes: "Axes", found: tuple[Specification, ...], result: Specifications) -> None:
    x = np.arange(len(found))
    axes.axhline(1, color=RULE, linewidth=0.8)
    for place, item in enumerate(found):
        clear = item.p_value < 0.05
        colour = COLOURS[1] if item.primary else (COLOURS[0] if clear else MUTED)
        axes.plot([place, place], [item.estimate.low, item.estimate.high], color=colour, linewidth=1.1, alpha=0.55)
        axes.plot(
            place, item.estimate.value, "D" if item.primary else "o", color=colour, markersize=6 if item.primary else 3
        )
    axes.set_yscale("log")
    axes.set_xlim(-1, len(found))
    axes.set_xticks([])
    axes.set_ylabel("Hazard ratio (95% CI)")
    axes.set_yticks(_ticks(found), labels=[f"{value:g}" for value in _ticks(found)])
    axes.minorticks_off()
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    text = f"{result.group} against {result.reference}; diamond: the study; blue: p < 0.05"
    axes.set_title(drawable(text), fontsize=SMALL_SIZE, loc="left", color=MUTED)
    if x.size == 0:
        axes.text(0.5, 0.5, "no specification has an answer", ha="center", transform=axes.transAxes)


def _ticks(found: tuple[Specification, ...]) -> list[float]:
    steps = (0.1, 0.2, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 5, 10)
    low = min((item.estimate.low for item in found), default=0.5)
    high = max((item.estimate.high for item in found), default=2.0)
    return [step for step in steps if low * (1 - NEAR) <= step <= high * (1 + NEAR)] or [1]


def _matrix(
    axes: "Axes", found: tuple[Specification, ...], shown: list[tuple[int, str]], result: Specifications
) -> None:
    """Mark under each estimate the choices that made it."""
    y, last = 0.0, None
    for axis, value in shown:
        if axis != last:
            y += GAP
            label = drawable(result.axes[axis].capitalize())
            axes.text(
                -0.01,
                y - GAP / 2,
                label,
                ha="right",
                va="center",
                fontsize=SMALL_SIZE,
                fontweight="bold",
                transform=axes.get_yaxis_transform(),
            )
            last = axis
        y += LINE
        at = [place for place, item in enumerate(found) if item.choices[axis] == value]
        axes.plot(at, [y - LINE / 2] * len(at), "|", color=MUTED, markersize=6)
        own = [place for place in at if found[place].primary]
        axes.plot(own, [y - LINE / 2] * len(own), "D", color=COLOURS[1], markersize=4)
        axes.text(
            -0.01,
            y - LINE / 2,
            wrapped(value, 34, 1),
            ha="right",
            va="center",
            fontsize=SMALL_SIZE - 1,
            color=MUTED,
            transform=axes.get_yaxis_transform(),
        )
    axes.set_ylim(y, 0)
    axes.set_axis_off()
