"""The forest plot: each study, the pool, where a new study would lie, and the user's own study last."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sequela.analyses.wording import rounded
from sequela.evidence.readings import HAZARD_RATIO, MEDIAN
from sequela.evidence.synthesis import StudyRow, Synthesis
from sequela.report.figures.canvas import (
    COLOURS,
    INK,
    MUTED,
    RULE,
    SMALL_SIZE,
    TEXT_SIZE,
    UNREAL,
    blank_figure,
    blank_page,
    drawable,
    stamp,
    style,
    wrapped,
)
from sequela.report.own_study import OwnStudy
from sequela.report.pool_tables import AGAINST, heterogeneity_lines, other_limits, prediction, title, unit, with_limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 0.27
PLOT = (2.05, 4.6)
"""Inches from the left between which the intervals are drawn."""
NUMBERS, WEIGHTS = 6.1, 6.9
NOTE_WIDTH = 105
LABEL_WIDTH, TINY_SIZE = 27, 7.5
"""Characters of a label, and the size of one that takes two lines."""
TICKS = {
    HAZARD_RATIO: (0.1, 0.2, 0.5, 1, 2, 5, 10, 20),
    MEDIAN: (0.5, 1, 2, 5, 10, 20, 50),
}
WIDEST = {HAZARD_RATIO: (0.1, 20.0), MEDIAN: (0.5, 60.0)}
"""Beyond these an interval ends in an arrow; the numbers beside it are whole."""
SQUARE = (4.0, 11.0)
"""Sizes of a square without weight and with all of it."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a number to inches."""

    low: float
    high: float
    logarithmic: bool

    def place(self, value: float) -> float:
        value = min(max(value, self.low), self.high)
        ends = (self.low, value, self.high)
        first, here, last = (math.log(end) if self.logarithmic else end for end in ends)
        return PLOT[0] + (here - first) / (last - first) * (PLOT[1] - PLOT[0])


def forest_figure(synthesis: Synthesis, own: OwnStudy | None = None) -> Any:
    """Draw a pool as a matplotlib figure 7 inches wide.

    Squares grow with the weight of a study; the diamond is the pool; the thin line under it is
    where a new study would lie; the open circle is the user's own study, which is not in the pool.
    """
    with style():
        return _figure(synthesis, own)


def scale_of(synthesis: Synthesis, own: OwnStudy | None) -> _Scale:
    """Choose the range from the studies and the pool; the prediction may leave it."""
    measure = synthesis.selection.measure
    if measure not in TICKS:
        return _Scale(0.0, 1.0, False)
    numbers = [end for row in synthesis.rows for end in (row.low, row.high)]
    numbers += [end for end in (synthesis.low, synthesis.high) if not math.isnan(end)]
    numbers += [own.low, own.high] if own else []
    numbers += [1.0] if measure == HAZARD_RATIO else []
    lowest, highest = (bound(numbers) for bound in (min, max))
    widest = WIDEST[measure]
    low = max([tick for tick in TICKS[measure] if tick <= lowest], default=widest[0])
    high = min([tick for tick in TICKS[measure] if tick >= highest], default=widest[1])
    return _Scale(low, high, True)


def _figure(synthesis: Synthesis, own: OwnStudy | None) -> Any:
    notes = [drawable(line) for line in heterogeneity_lines(synthesis)]
    notes += wrapped(other_limits(synthesis), NOTE_WIDTH).split("\n") if other_limits(synthesis) else []
    heading = wrapped(title(synthesis), 82, 2)
    pooled = synthesis.pooled is not None
    lines = len(synthesis.rows) + 2 * pooled + 2 * (own is not None)
    below = 0.87 + 0.17 * (len(notes) + any(_assumed(row) for row in synthesis.rows))
    height = below + ROW * lines + 0.62 + 0.18 * (1 + heading.count("\n"))
    figure = blank_figure(height)
    page, scale = blank_page(figure, height), scale_of(synthesis, own)
    page.text(0.1, height - 0.1, heading, va="top", fontsize=TEXT_SIZE, fontweight="bold")
    top = below + ROW * lines + 0.1
    _heads(page, synthesis, top)
    _axis(page, synthesis, scale, below, top)
    middle = _studies(page, synthesis, scale, top - ROW / 2)
    if pooled:
        middle = _pool(page, synthesis, scale, middle)
    if own is not None:
        _own(page, own, synthesis, scale, middle - ROW / 2)
    page.text(0.1, 0.36, "\n".join(notes), va="bottom", fontsize=SMALL_SIZE, color=MUTED, linespacing=1.3)
    _foot(figure, page, own, height)
    if any(_assumed(row) for row in synthesis.rows):
        words = "* something was assumed that the paper does not print; the table says what"
        page.text(0.1, 0.36 + 0.17 * len(notes), words, va="bottom", fontsize=SMALL_SIZE, color=MUTED)
    return figure


def _heads(page: "Axes", synthesis: Synthesis, top: float) -> None:
    page.text(0.1, top + 0.06, "Study", va="bottom", fontsize=SMALL_SIZE, color=MUTED)
    page.text(
        NUMBERS,
        top + 0.06,
        unit(synthesis.selection.measure),
        ha="right",
        va="bottom",
        fontsize=SMALL_SIZE,
        color=MUTED,
    )
    if any(not math.isnan(row.weight) for row in synthesis.rows):
        page.text(WEIGHTS, top + 0.06, "Weight, %", ha="right", va="bottom", fontsize=SMALL_SIZE, color=MUTED)
    page.plot([0.1, WEIGHTS], [top + 0.02, top + 0.02], color=RULE, linewidth=0.8)


def _axis(page: "Axes", synthesis: Synthesis, scale: _Scale, below: float, top: float) -> None:
    measure = synthesis.selection.measure
    ticks = [tick for tick in TICKS.get(measure, (0, 0.25, 0.5, 0.75, 1)) if scale.low <= tick <= scale.high]
    page.plot(PLOT, [below, below], color=MUTED, linewidth=0.8)
    for tick in ticks:
        place = scale.place(tick)
        page.plot([place, place], [below, below - 0.04], color=MUTED, linewidth=0.8)
        text = f"{tick:g}" if measure in TICKS else f"{100 * tick:g}"
        page.text(place, below - 0.07, text, ha="center", va="top", fontsize=SMALL_SIZE)
    if measure == HAZARD_RATIO:
        one = scale.place(1.0)
        page.plot([one, one], [below, top], color=INK, linewidth=0.8)
        _directions(page, synthesis.selection.comparison, one, below - 0.27)
    else:
        name = "Months" if measure == MEDIAN else "Patients (%)"
        page.text(sum(PLOT) / 2, below - 0.27, name, ha="center", va="top", fontsize=SMALL_SIZE)
    if not math.isnan(synthesis.value):
        place = scale.place(synthesis.value)
        page.plot([place, place], [below, top], color=COLOURS[0], linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)


def _directions(page: "Axes", comparison: str, one: float, height: float) -> None:
    """Say which side of one is which; the words before "against" name the group."""
    group = wrapped(comparison.partition(AGAINST)[0], 24, 1)
    words = {"better": (one - 0.06, "right", f"← better {group}"), "worse": (one + 0.06, "left", f"worse {group} →")}
    for place, side, text in words.values():
        page.text(place, height, text, ha=side, va="top", fontsize=SMALL_SIZE, color=MUTED)


def _assumed(row: StudyRow) -> bool:
    return bool(row.candidate.readings) and bool(row.candidate.reading.effect.assumed)


def _studies(page: "Axes", synthesis: Synthesis, scale: _Scale, middle: float) -> float:
    measure = synthesis.selection.measure
    for row in synthesis.rows:
        label = row.candidate.result.label + (" *" if _assumed(row) else "")
        name = wrapped(label, LABEL_WIDTH, 2)
        size = TINY_SIZE if "\n" in name else TEXT_SIZE
        page.text(0.1, middle, name, va="center", fontsize=size, linespacing=0.95)
        _interval(page, scale, (row.low, row.high), middle, INK)
        size = SQUARE[0] + (SQUARE[1] - SQUARE[0]) * math.sqrt(0.3 if math.isnan(row.weight) else row.weight)
        if scale.low <= row.value <= scale.high:
            page.plot([scale.place(row.value)], [middle], marker="s", markersize=size, color=INK, linestyle="none")
        _numbers(page, with_limits(row.value, row.low, row.high, measure), row.weight, middle)
        middle -= ROW
    return middle


def _pool(page: "Axes", synthesis: Synthesis, scale: _Scale, middle: float) -> float:
    measure, colour = synthesis.selection.measure, COLOURS[0]
    page.text(0.1, middle, "Pooled", va="center", fontsize=TEXT_SIZE, fontweight="bold")
    places = [scale.place(end) for end in (synthesis.low, synthesis.value, synthesis.high)]
    page.fill([*places, places[1]], [middle, middle + 0.09, middle, middle - 0.09], color=colour, linewidth=0)
    text = with_limits(synthesis.value, synthesis.low, synthesis.high, measure)
    _numbers(page, text, math.nan, middle, "bold")
    middle -= ROW
    if not math.isnan(synthesis.prediction_low):
        page.text(0.1, middle, "A new study would lie in", va="center", fontsize=TEXT_SIZE, color=MUTED)
        ends = (synthesis.prediction_low, synthesis.prediction_high)
        _interval(page, scale, ends, middle, colour)
        _numbers(page, prediction(synthesis), math.nan, middle)
    return middle - ROW


def _own(page: "Axes", own: OwnStudy, synthesis: Synthesis, scale: _Scale, middle: float) -> None:
    colour = COLOURS[1]
    page.plot([0.1, WEIGHTS], [middle + ROW * 0.6, middle + ROW * 0.6], color=RULE, linewidth=0.8)
    page.text(0.1, middle, "Own study, not pooled", va="center", fontsize=TEXT_SIZE, fontweight="bold", color=colour)
    name = f"{own.group}; {own.endpoint}; {own.patients} patients"
    page.text(0.1, middle - 0.17, wrapped(name, 38, 1), va="center", fontsize=SMALL_SIZE, color=MUTED)
    _interval(page, scale, (own.low, own.high), middle, colour)
    if scale.low <= own.value <= scale.high:
        page.plot(
            [scale.place(own.value)],
            [middle],
            marker="o",
            markersize=7,
            markerfacecolor="white",
            markeredgecolor=colour,
            markeredgewidth=1.6,
            linestyle="none",
        )
    _numbers(page, with_limits(own.value, own.low, own.high, synthesis.selection.measure), math.nan, middle)


def _interval(page: "Axes", scale: _Scale, ends: tuple[float, float], middle: float, colour: str) -> None:
    """Draw an interval; where it leaves the plot it ends in an arrow."""
    low, high = (scale.place(end) for end in ends)
    page.plot([low, high], [middle, middle], color=colour, linewidth=1.2, solid_capstyle="butt")
    for place, beyond, marker in ((low, ends[0] < scale.low, "<"), (high, ends[1] > scale.high, ">")):
        if beyond:
            page.plot([place], [middle], marker=marker, markersize=5, color=colour, linestyle="none")


def _numbers(page: "Axes", text: str, weight: float, middle: float, face: str = "normal") -> None:
    page.text(NUMBERS, middle, text, ha="right", va="center", fontsize=TEXT_SIZE, fontweight=face)
    if not math.isnan(weight):
        page.text(WEIGHTS, middle, rounded(100 * weight, 1), ha="right", va="center", fontsize=TEXT_SIZE)


def _foot(figure: Any, page: "Axes", own: OwnStudy | None, height: float) -> None:
    if own is not None and own.kind in UNREAL:
        page.text(0.1, 0.07, "Published results; own study:", va="bottom", fontsize=SMALL_SIZE, color=MUTED)
        stamp(figure, own.kind, height)
        return
    page.text(WEIGHTS, 0.07, "Published results", ha="right", va="bottom", fontsize=SMALL_SIZE, color=MUTED)
