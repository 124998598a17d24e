"""The patient flow chart: who was identified, who was left out and why, who could not be decided."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sequela.analyses.wording import counted
from sequela.records.bundle import Kind
from sequela.report.figures.canvas import (
    MUTED,
    SMALL_SIZE,
    TEXT_SIZE,
    WIDTH,
    blank_figure,
    blank_page,
    stamp,
    style,
    wrapped,
)
from sequela.study.cohort import FlowStep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE, PADDING, GAP = 0.17, 0.08, 0.17
MOST_ACROSS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the chart: its text, its middle and width in inches, whether its frame is dashed."""

    text: str
    x: float
    width: float
    dashed: bool = False
    strong: bool = False

    @property
    def height(self) -> float:
        """Inches the text needs."""
        return LINE * (1 + self.text.count("\n")) + 2 * PADDING


def flow_figure(steps: tuple[FlowStep, ...], groups: tuple[tuple[str, int], ...], kind: Kind) -> Any:
    """Draw the flow of patients as a matplotlib figure 7 inches wide.

    The first step is the finding of time zero among all patients of the records. Patients who
    do not meet a criterion leave to the right; patients whose records do not
    decide it leave to the left, in dashed boxes. Steps that nobody leaves at are one line each.
    """
    with style():
        return _figure(steps, groups, kind)


def _figure(steps: tuple[FlowStep, ...], groups: tuple[tuple[str, int], ...], kind: Kind) -> Any:
    undecided = any(step.undecidable for step in steps)
    spine = WIDTH / 2 if undecided else 2.0
    rows = [*_opening(steps[0], spine), *(_sides(step, spine, "excluded, did not meet") for step in steps[1:])]
    total = sum(size for _, size in groups)
    last = [Box(f"{counted(total, 'patient')} studied", spine, 2.0, strong=True)]
    boxes = [*rows, last]
    branches = _group_rows(groups)
    height = sum(max(box.height for box in row) + GAP for row in boxes + branches) + 0.3
    figure = blank_figure(height)
    page = blank_page(figure, height)
    y = height - 0.1
    for row in boxes:
        y = _draw_row(page, row, spine, y, end=row is last)
    _draw_groups(page, branches, spine, y + GAP)
    stamp(figure, kind, height)
    return figure


def _opening(step: FlowStep, spine: float) -> list[list[Box]]:
    """Everyone in the records, who has no time zero, and who has."""
    everyone = f"{counted(step.before, 'patient')} in the records"
    zero = f"time zero: {step.label}"
    if not step.excluded and not step.undecidable:
        return [[Box(wrapped(f"{everyone}, {zero}", 34), spine, 2.9, strong=True)]]
    identified = wrapped(f"{counted(step.after, 'patient')}, {zero}", 34)
    return [
        [Box(everyone, spine, 2.9, strong=True)],
        _sides(step, spine, "without time zero"),
        [Box(identified, spine, 2.9, strong=True)],
    ]


def _sides(step: FlowStep, spine: float, excluded: str) -> list[Box]:
    sides = []
    if step.undecidable:
        text = f"{step.undecidable} not decidable:\n{wrapped(step.label, 28)}"
        sides.append(Box(text, 1.3, 2.4, dashed=True))
    if step.excluded:
        left = spine + 0.45
        width = WIDTH - 0.1 - left
        text = f"{step.excluded} {excluded}:\n{wrapped(step.label, int(width * 11.5))}"
        sides.append(Box(text, left + width / 2, width))
    return sides or [Box(wrapped(f"all {step.after} remain: {step.label}", 40), spine, 0.0)]


def _group_rows(groups: tuple[tuple[str, int], ...]) -> list[list[Box]]:
    rows = []
    for start in range(0, len(groups), MOST_ACROSS):
        part = groups[start : start + MOST_ACROSS]
        width = min(3.0, (WIDTH - 0.3) / len(part) - 0.2)
        for_each = WIDTH / len(part)
        rows.append(
            [
                Box(
                    f"{wrapped(name, int(width * 10), 3)}\n{counted(size, 'patient')}",
                    for_each * (i + 0.5),
                    width,
                    strong=True,
                )
                for i, (name, size) in enumerate(part)
            ]
        )
    return rows


def _draw_row(page: "Axes", row: list[Box], spine: float, top: float, end: bool) -> float:
    height = max(box.height for box in row)
    bottom = top - height
    on_spine = any(box.strong for box in row)
    if not on_spine:
        _line(page, [(spine, top), (spine, bottom)])
    for box in row:
        middle = (top + bottom) / 2
        if not box.width:
            page.text(box.x + 0.15, middle, box.text, ha="left", va="center", fontsize=SMALL_SIZE, color=MUTED)
            continue
        edge = box.x + (box.width / 2 if box.x < spine else -box.width / 2)
        if not box.strong:
            _arrow(page, (spine, middle), (edge, middle))
        _box(page, box, middle)
    if end:
        return bottom - GAP
    _line(page, [(spine, bottom), (spine, bottom - GAP)])
    return bottom - GAP


def _draw_groups(page: "Axes", rows: list[list[Box]], spine: float, top: float) -> None:
    fork = top - GAP / 2
    _line(page, [(spine, top), (spine, fork)])
    for index, row in enumerate(rows):
        height = max(box.height for box in row)
        for box in row:
            if index == 0:
                _line(page, [(spine, fork), (box.x, fork), (box.x, top - GAP)])
            _box(page, box, top - GAP - box.height / 2)
        top -= height + GAP


def _box(page: "Axes", box: Box, middle: float) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 (matplotlib is slow to import)

    page.add_patch(
        Rectangle(
            (box.x - box.width / 2, middle - box.height / 2),
            box.width,
            box.height,
            facecolor="#eef4f9" if box.strong else "white",
            edgecolor=MUTED,
            linewidth=0.9,
            linestyle=(0, (3, 2)) if box.dashed else "solid",
        )
    )
    page.text(
        box.x if box.strong else box.x - box.width / 2 + PADDING,
        middle,
        box.text,
        ha="center" if box.strong else "left",
        va="center",
        fontsize=TEXT_SIZE if box.strong else SMALL_SIZE,
        linespacing=1.25,
    )


def _line(page: "Axes", points: list[tuple[float, float]]) -> None:
    page.plot(*zip(*points, strict=True), color=MUTED, linewidth=0.9, solid_capstyle="butt")


def _arrow(page: "Axes", start: tuple[float, float], end: tuple[float, float]) -> None:
    page.annotate(
        "",
        xy=end,
        xytext=start,
        arrowprops={"arrowstyle": "-|>", "color": MUTED, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0},
    )
