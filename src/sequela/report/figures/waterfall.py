"""How far the targets grew or shrank under each line, one bar each, from the largest growth to the deepest fall."""

from typing import Any

import polars as pl

from sequela.analyses.wording import counted
from sequela.errors import NotEstimableError
from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Drawing, Face, Line, Mark, Panel, Pen, Rectangle
from sequela.report.drawing.words import height_of, text, width_of, wrapped
from sequela.report.figures.axes import across, left_axis, plot
from sequela.report.figures.canvas import INK, MUTED, SMALL, STAMP_ROOM, WIDTH, stamped
from sequela.report.figures.timeline import RESPONSE_COLOURS

HIGHEST, GROWN, SHRUNK = 100.0, 20.0, -30.0
MOST_NAMES = 40
LEFT, RIGHT, TOP, HEIGHT = 54.0, 11.0, 18.0, 202.0
NAMES = Face(6.5, INK)
MINUS, TOGETHER = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"
TICKS = (-100, -75, -50, -25, 0, 25, 50, 75, 100)
BAR = 0.8
"""Width of a bar in distances between two."""


def waterfall_figure(depth: pl.DataFrame, kind: Kind) -> Drawing:
    """Draw the deepest change of every line (`derive.depth_of_response`), 7 inches wide.

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
    panel = plot(LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT, (-0.8, bars.height - 0.2), (-108, HIGHEST + 14))
    marks: list[Mark] = [across(panel, limit, Pen(MUTED, 0.8, (4, 3))) for limit in (GROWN, SHRUNK)]
    for place, line in enumerate(bars.iter_rows(named=True)):
        marks += _bar(panel, place, line)
    marks.append(across(panel, 0, Pen(INK)))
    marks += left_axis(
        panel, [(tick, f"{tick}".replace("-", MINUS)) for tick in TICKS], "Sum of targets, change from baseline (%)"
    )
    names = _names(bars) if bars.height <= MOST_NAMES else []
    for place, name in enumerate(names):
        marks.append(text(panel.x.at(place), panel.bottom + 4, name, NAMES, "right", turned=True))
    said = wrapped(_said(bars, depth.height - bars.height), WIDTH - 14, SMALL)
    top = panel.bottom + max((width_of(name, NAMES) for name in names), default=0.0) + 14
    marks.append(text(7, top, said, SMALL, at="top"))
    bottom = top + height_of(said, SMALL) + STAMP_ROOM
    return stamped(marks, bottom, kind, "Deepest change of the targets under each line", said.replace("\n", " "))


def _bar(panel: Panel, place: int, line: dict[str, Any]) -> list[Mark]:
    change = line["change_percent"]
    shown = min(change, HIGHEST)
    colour = RESPONSE_COLOURS.get(line["best"], RESPONSE_COLOURS["NE"])
    x, left, right = (panel.x.at(place + aside) for aside in (0, -BAR / 2, BAR / 2))
    zero, end = panel.y.at(0), panel.y.at(shown)
    top, above = min(zero, end), min(zero, end) - 5
    marks: list[Mark] = [Rectangle(left, top, right - left, abs(end - zero), colour, Pen(MUTED, 0.5), part="bar")]
    if change > HIGHEST:
        marks.append(text(x, above, f"+{change:.0f}", NAMES, "middle", "base"))
        above -= 9
    if line["confirmed"] in ("CR", "PR"):
        marks.append(text(x, end + 1, "*", SMALL, "middle", "top"))
    if line["trigger"] == "N1":
        marks += _cross(x, above - 1)
    return marks


def _cross(x: float, y: float) -> list[Mark]:
    pen = Pen(RESPONSE_COLOURS["PD"], 1.0)
    return [
        Line(((x - 2.5, y - 2.5), (x + 2.5, y + 2.5)), pen, "new lesion"),
        Line(((x - 2.5, y + 2.5), (x + 2.5, y - 2.5)), pen),
    ]


def _names(bars: pl.DataFrame) -> list[str]:
    return [_short(f"{patient}, line {line}") for patient, line in bars.select("patient_id", "line").iter_rows()]


def _short(name: str) -> str:
    return name if len(name) <= 16 else f"{name[:7]}…{name[-8:]}"


def _said(bars: pl.DataFrame, missing: int) -> str:
    best = "; ".join(
        f"{name} {int((bars['best'] == name).sum())}" for name in RESPONSE_COLOURS if (bars["best"] == name).any()
    )
    without = f" {counted(missing, 'line')} without a measured change not shown." if missing else ""
    return (
        f"{counted(bars.height, 'line')}, best response {best}. * confirmed; x first progression by a new lesion. "
        f"Dashed: +20{TOGETHER}% and {MINUS}30{TOGETHER}%.{without}"
    )
