"""Lines of therapy as ribbons: how many patients went from which treatment to which, line by line."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sequela.analyses.results import Sequence, Transition
from sequela.analyses.sequence import DIED, ENDS, FURTHER, OTHER, STILL_ON, UNTREATED, condensed, treatments
from sequela.analyses.wording import counted
from sequela.records.bundle import Kind
from sequela.report.figures.canvas import (
    COLOURS,
    INK,
    MUTED,
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

MOST_TREATMENTS, MOST_PANELS = 6, 6
LEFT, RIGHT, NODE = 0.15, 0.15, 0.3
PANEL, GAP, LABEL, HEAD, LEGEND_LINE = 2.4, 0.03, 0.13, 0.55, 0.2
COLUMN_OF_LEGEND = 3.4

END_COLOURS = {FURTHER: "#8c8c8c", STILL_ON: "#b9d3b0", UNTREATED: "#dcdcdc", DIED: "#4d4d4d"}
OTHER_COLOUR = "#a89878"
SIGNS = {FURTHER: "…", STILL_ON: "on", UNTREATED: "–", DIED: "†", OTHER: "?"}


@dataclass(frozen=True, slots=True)
class Node:
    """A treatment of one line, or an end after it: its place in inches and its patients."""

    name: str
    patients: int
    x: float
    top: float
    height: float


def transitions_figure(result: Sequence, kind: Kind) -> Any:
    """Draw the lines as a matplotlib figure 7 inches wide, one panel per group.

    A box is a treatment in a line, as high as it has patients; a ribbon leads to what came
    next. Treatments carry a letter, ends a sign, both explained below. With one group, or with more
    than six, everyone is one panel.
    """
    with style():
        return _figure(result, kind)


def _figure(result: Sequence, kind: Kind) -> Any:
    steps = condensed(result, MOST_TREATMENTS)
    panels = _panels(result)
    names = treatments(steps)
    ends = tuple(name for name in ENDS if any(step.target == name for step in steps))
    legend = LEGEND_LINE * (max((len(names) + 1) // 2, 0) + (len(ends) + 1) // 2) + 0.2
    height = len(panels) * (PANEL + HEAD) + legend + 0.35
    figure = blank_figure(height)
    page = blank_page(figure, height)
    keys = {name: SIGNS.get(name, chr(ord("A") + place)) for place, name in enumerate(names)}
    colours = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(names)} | {OTHER: OTHER_COLOUR}
    look = {name: (keys[name], colours[name]) for name in names} | {n: (SIGNS[n], END_COLOURS[n]) for n in ends}
    top = height - 0.05
    for title, place in panels:
        _panel(page, steps, place, (title, result.sizes[place]), look, top)
        top -= PANEL + HEAD
    _legend(page, look, names, ends, top - 0.1)
    stamp(figure, kind, height)
    return figure


def _panels(result: Sequence) -> list[tuple[str, int]]:
    groups = len(result.groups) - 1
    if not 1 < groups <= MOST_PANELS:
        return [(result.groups[-1], groups)]
    return [(name, place) for place, name in enumerate(result.groups[:-1])]


def _panel(
    page: "Axes",
    steps: tuple[Transition, ...],
    place: int,
    heading: tuple[str, int],
    look: dict[str, tuple[str, str]],
    top: float,
) -> None:
    title, size = heading
    text = f"{wrapped(title, 70, 1)}: {counted(size, 'patient')}"
    page.text(LEFT, top - 0.05, text, ha="left", va="top", fontsize=TEXT_SIZE, fontweight="bold")
    here = [step for step in steps if step.counts[place]]
    if not here:
        page.text(LEFT, top - 0.4, "No line for metastatic disease.", ha="left", va="top", color=MUTED)
        return
    columns = _columns(here, place, tuple(look), top - HEAD + 0.1)
    for number, column in enumerate(columns[:-1], start=1):
        x = next(iter(column.values())).x
        page.text(x + NODE / 2, top - HEAD + 0.14, f"line {number}", ha="center", va="bottom", fontsize=SMALL_SIZE)
    _ribbons(page, here, place, columns, look)
    for column in columns:
        for node in column.values():
            _box(page, node, look[node.name])


def _columns(steps: list[Transition], place: int, order: tuple[str, ...], top: float) -> list[dict[str, Node]]:
    """Return the boxes of each column: line 1, then what came after each line, treatments above ends."""
    last = max(step.line for step in steps)
    totals: list[dict[str, int]] = [{} for _ in range(last + 1)]
    for step in steps:
        if step.line == 1:
            totals[0][step.source] = totals[0].get(step.source, 0) + step.counts[place]
        column = totals[step.line]
        column[step.target] = column.get(step.target, 0) + step.counts[place]
    scale = min(_scale(list(column.values())) for column in totals)
    apart = (WIDTH - LEFT - RIGHT - NODE) / max(last, 1)
    columns = []
    for number, column in enumerate(totals):
        nodes, y = {}, top
        for name in sorted(column, key=order.index):
            high = column[name] * scale
            # A box too low for its label keeps the label's height free.
            spare = max(LABEL - high, 0) / 2
            nodes[name] = Node(name, column[name], LEFT + number * apart, y - spare, high)
            y -= high + 2 * spare + GAP
        columns.append(nodes)
    return columns


def _scale(patients: list[int]) -> float:
    """Return the greatest inches per patient at which a column fits; a box is no lower than its label."""
    room = PANEL - 0.2 - GAP * len(patients)
    large = sorted(patients, reverse=True)
    for shown in range(len(large), 0, -1):
        scale = (room - LABEL * (len(large) - shown)) / sum(large[:shown])
        if large[shown - 1] * scale >= LABEL:
            return scale
    return LABEL / large[0]


def _ribbons(
    page: "Axes",
    steps: list[Transition],
    place: int,
    columns: list[dict[str, Node]],
    look: dict[str, tuple[str, str]],
) -> None:
    order = list(look)
    left = {(number, name): node.top for number, column in enumerate(columns) for name, node in column.items()}
    right = dict(left)
    for step in sorted(steps, key=lambda one: (one.line, order.index(one.source), order.index(one.target))):
        source, target = columns[step.line - 1][step.source], columns[step.line][step.target]
        high = source.height * step.counts[place] / source.patients
        start, end = left[step.line - 1, step.source], right[step.line, step.target]
        left[step.line - 1, step.source] -= high
        right[step.line, step.target] -= high
        _ribbon(page, (source.x + NODE, start), (target.x, end), high, look[step.source][1])


def _ribbon(page: "Axes", start: tuple[float, float], end: tuple[float, float], high: float, colour: str) -> None:
    from matplotlib.patches import PathPatch  # noqa: PLC0415 (matplotlib is slow to import)
    from matplotlib.path import Path  # noqa: PLC0415 (see above)

    (x0, y0), (x1, y1) = start, end
    middle = (x0 + x1) / 2
    points = [
        (x0, y0),
        (middle, y0),
        (middle, y1),
        (x1, y1),
        (x1, y1 - high),
        (middle, y1 - high),
        (middle, y0 - high),
        (x0, y0 - high),
        (x0, y0),
    ]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    page.add_patch(PathPatch(Path(points, codes), facecolor=colour, alpha=0.35, edgecolor="none"))


def _box(page: "Axes", node: Node, look: tuple[str, str]) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 (matplotlib is slow to import)

    key, colour = look
    low = node.top - node.height
    page.add_patch(Rectangle((node.x, low), NODE, node.height, facecolor=colour, edgecolor="none"))
    page.text(
        node.x + NODE / 2,
        node.top - node.height / 2,
        f"{key} {node.patients}",
        ha="center",
        va="center",
        fontsize=SMALL_SIZE - 1,
        color=INK,
        bbox={"boxstyle": "square,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
    )


def _legend(
    page: "Axes", look: dict[str, tuple[str, str]], names: tuple[str, ...], ends: tuple[str, ...], top: float
) -> None:
    rows = 0
    for block in (names, ends):
        for place, name in enumerate(block):
            y = top - LEGEND_LINE * (rows + place // 2)
            _legend_entry(page, name, look[name], LEFT + COLUMN_OF_LEGEND * (place % 2), y)
        rows += (len(block) + 1) // 2


def _legend_entry(page: "Axes", name: str, look: tuple[str, str], x: float, y: float) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 (matplotlib is slow to import)

    key, colour = look
    page.add_patch(Rectangle((x, y - 0.12), 0.14, 0.12, facecolor=colour, edgecolor="none"))
    text = wrapped(drawable(name), 46, 1)
    page.text(x + 0.2, y - 0.06, key, ha="left", va="center", fontsize=SMALL_SIZE, fontweight="bold")
    page.text(x + 0.45, y - 0.06, text, ha="left", va="center", fontsize=SMALL_SIZE)
