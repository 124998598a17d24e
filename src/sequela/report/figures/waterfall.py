"""How far the targets grew or shrank under each line, one bar each, from the largest growth to the deepest fall."""

from typing import TYPE_CHECKING, Any

import polars as pl

from sequela.analyses.wording import counted
from sequela.errors import NotEstimableError
from sequela.records.bundle import Kind
from sequela.report.figures.canvas import (
    INK,
    MUTED,
    SMALL_SIZE,
    WIDTH,
    blank_figure,
    drawable,
    stamp,
    style,
    wrapped,
)
from sequela.report.figures.timeline import RESPONSE_COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HIGHEST, GROWN, SHRUNK = 100.0, 20.0, -30.0
MOST_NAMES = 40
HEIGHT, BOTTOM, TOP = 4.4, 1.35, 0.25


def waterfall_figure(depth: pl.DataFrame, kind: Kind) -> Any:
    """Draw the deepest change of every line (`derive.depth_of_response`) as a matplotlib figure 7 inches wide.

    Bars beyond +100 % are cut there and say their value. A star is a response that was confirmed, a cross a first
    progression by a new lesion, whatever the targets did. Dashed lines are the limits of response and progression
    (of the baseline; progression counts from the smallest sum). Lines without a change are counted below.

    Raises
    ------
    NotEstimableError
        Where no line has a change.
    """
    bars = depth.filter(pl.col("change_percent").is_not_null())
    if bars.is_empty():
        raise NotEstimableError("waterfall: no target was measured at a visit after the baseline.")
    with style():
        return _figure(bars, depth.height - bars.height, kind)


def _figure(bars: pl.DataFrame, missing: int, kind: Kind) -> Any:
    figure = blank_figure(HEIGHT)
    axes = figure.add_axes((0.75 / WIDTH, BOTTOM / HEIGHT, 1 - 0.9 / WIDTH, 1 - (BOTTOM + TOP) / HEIGHT))
    for place, line in enumerate(bars.iter_rows(named=True)):
        _bar(axes, place, line)
    for limit in (GROWN, SHRUNK):
        axes.axhline(limit, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_ylim(-108, HIGHEST + 14)
    axes.set_xlim(-0.8, bars.height - 0.2)
    axes.set_ylabel("Sum of targets, change from baseline (%)")
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    names = [drawable(f"{patient}, line {line}") for patient, line in bars.select("patient_id", "line").iter_rows()]
    if len(names) <= MOST_NAMES:
        axes.set_xticks(range(len(names)), [_short(name) for name in names], rotation=90, fontsize=SMALL_SIZE - 2)
    else:
        axes.set_xticks([])
    axes.tick_params(axis="x", length=0)
    _legend(figure, bars, missing)
    stamp(figure, kind, HEIGHT)
    return figure


def _short(name: str) -> str:
    return name if len(name) <= 14 else f"{name[:6]}…{name[-7:]}"


def _bar(axes: "Axes", place: int, line: dict[str, Any]) -> None:
    change = line["change_percent"]
    shown = min(change, HIGHEST)
    colour = RESPONSE_COLOURS.get(line["best"], RESPONSE_COLOURS["NE"])
    axes.bar(place, shown, width=0.8, color=colour, edgecolor=MUTED, linewidth=0.5)
    above = max(shown, 0) + 3
    if change > HIGHEST:
        axes.text(place, above, f"+{change:.0f}", ha="center", va="bottom", fontsize=SMALL_SIZE - 2, color=INK)
        above += 8
    if line["confirmed"] in ("CR", "PR"):
        axes.text(place, shown - 1, "*", ha="center", va="top", fontsize=SMALL_SIZE, color=INK)
    if line["trigger"] == "N1":
        axes.plot(place, above, marker="x", color=RESPONSE_COLOURS["PD"], markersize=5)


def _legend(figure: Any, bars: pl.DataFrame, missing: int) -> None:
    best = "; ".join(
        f"{name} {int((bars['best'] == name).sum())}" for name in RESPONSE_COLOURS if (bars["best"] == name).any()
    )
    without = f" {counted(missing, 'line')} without a measured change not shown." if missing else ""
    text = (
        f"{counted(bars.height, 'line')}, best response {best}. * confirmed; x first progression by a new lesion. "
        f"Dashed: +20 % and -30 %.{without}"
    )
    figure.text(0.1 / WIDTH, 0.3 / HEIGHT, wrapped(text, 108), fontsize=SMALL_SIZE, color=INK, va="bottom")
