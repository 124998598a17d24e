"""Lines of therapy as ribbons: how many patients went from which treatment to which, line by line."""

from sequela.analyses.results import Sequence, Transition
from sequela.analyses.sequence import DIED, ENDS, FURTHER, OTHER, STILL_ON, UNTREATED, condensed, treatments
from sequela.analyses.wording import counted
from sequela.frozen import frozen
from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Drawing, Face, Mark, Rectangle, Ribbon
from sequela.report.drawing.words import text, width_of, wrapped
from sequela.report.figures.canvas import COLOURS, INK, NOTE, SMALL, STAMP_ROOM, STRONG, WIDTH, stamped

MOST_TREATMENTS, MOST_PANELS = 6, 6
LEFT, RIGHT, NODE = 11.0, 11.0, 24.0
PANEL, GAP, LABEL, HEAD, LEGEND_LINE = 173.0, 2.2, 9.8, 39.0, 14.4
COLUMN_OF_LEGEND = 245.0
KEY, LETTER = Face(7.5, INK), Face(8.5, INK, bold=True)

END_COLOURS = {FURTHER: "#8c8c8c", STILL_ON: "#b9d3b0", UNTREATED: "#dcdcdc", DIED: "#4d4d4d"}
OTHER_COLOUR = "#a89878"
SIGNS = {FURTHER: "…", STILL_ON: "on", UNTREATED: "–", DIED: "†", OTHER: "?"}


@frozen
class Node:
    """A treatment of one line, or an end after it: its place in points and its patients."""

    name: str
    patients: int
    x: float
    top: float
    height: float


def transitions_figure(result: Sequence, kind: Kind) -> Drawing:
    """Draw the lines, 7 inches wide, one panel per group.

    A box is a treatment in a line, as high as it has patients; a ribbon leads to what came
    next. Treatments carry a letter, ends a sign, both explained below. With one group, or with more
    than six, everyone is one panel.
    """
    steps = condensed(result, MOST_TREATMENTS)
    names = treatments(steps)
    ends = tuple(name for name in ENDS if any(step.target == name for step in steps))
    keys = {name: SIGNS.get(name, chr(ord("A") + place)) for place, name in enumerate(names)}
    colours = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(names)} | {OTHER: OTHER_COLOUR}
    look = {name: (keys[name], colours[name]) for name in names} | {n: (SIGNS[n], END_COLOURS[n]) for n in ends}
    marks: list[Mark] = []
    top = 4.0
    for title, place in _panels(result):
        marks += _panel(steps, place, (title, result.sizes[place]), look, top)
        top += PANEL + HEAD
    entries, bottom = _legend(look, (names, ends), top + 4)
    return stamped([*marks, *entries], bottom + STAMP_ROOM, kind, "Lines of therapy and what followed each")


def _panels(result: Sequence) -> list[tuple[str, int]]:
    groups = len(result.groups) - 1
    if not 1 < groups <= MOST_PANELS:
        return [(result.groups[-1], groups)]
    return [(name, place) for place, name in enumerate(result.groups[:-1])]


def _panel(
    steps: tuple[Transition, ...],
    place: int,
    heading: tuple[str, int],
    look: dict[str, tuple[str, str]],
    top: float,
) -> list[Mark]:
    title, size = heading
    patients = f": {counted(size, 'patient')}"
    room = WIDTH - LEFT - RIGHT - width_of(patients, STRONG)
    marks: list[Mark] = [text(LEFT, top + 4, f"{wrapped(title, room, STRONG, 1)}{patients}", STRONG, at="top")]
    here = [step for step in steps if step.counts[place]]
    if not here:
        return [*marks, text(LEFT, top + 29, "No line for metastatic disease.", NOTE, at="top")]
    columns = _columns(here, place, tuple(look), top + HEAD - 7)
    for number, column in enumerate(columns[:-1], start=1):
        x = next(iter(column.values())).x
        marks.append(text(x + NODE / 2, top + HEAD - 10, f"line {number}", SMALL, "middle", "bottom"))
    marks += _ribbons(here, place, columns, look)
    return marks + [mark for column in columns for node in column.values() for mark in _box(node, look[node.name])]


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
            nodes[name] = Node(name, column[name], LEFT + number * apart, y + spare, high)
            y += high + 2 * spare + GAP
        columns.append(nodes)
    return columns


def _scale(patients: list[int]) -> float:
    """Return the greatest height of a patient at which a column fits; a box is no lower than its label."""
    room = PANEL - 14 - GAP * len(patients)
    large = sorted(patients, reverse=True)
    for shown in range(len(large), 0, -1):
        scale = (room - LABEL * (len(large) - shown)) / sum(large[:shown])
        if large[shown - 1] * scale >= LABEL:
            return scale
    return LABEL / large[0]


def _ribbons(
    steps: list[Transition], place: int, columns: list[dict[str, Node]], look: dict[str, tuple[str, str]]
) -> list[Ribbon]:
    order = list(look)
    left = {(number, name): node.top for number, column in enumerate(columns) for name, node in column.items()}
    right = dict(left)
    ribbons = []
    for step in sorted(steps, key=lambda one: (one.line, order.index(one.source), order.index(one.target))):
        source, target = columns[step.line - 1][step.source], columns[step.line][step.target]
        high = source.height * step.counts[place] / source.patients
        start, end = left[step.line - 1, step.source], right[step.line, step.target]
        left[step.line - 1, step.source] += high
        right[step.line, step.target] += high
        colour = look[step.source][1]
        ribbons.append(Ribbon((source.x + NODE, start), (target.x, end), high, colour, 0.35, step.target))
    return ribbons


def _box(node: Node, look: tuple[str, str]) -> list[Mark]:
    key, colour = look
    words = f"{key} {node.patients}"
    width, middle = width_of(words, KEY) + 2.5, node.top + node.height / 2
    x = node.x + NODE / 2
    return [
        Rectangle(node.x, node.top, NODE, node.height, colour, part=node.name),
        Rectangle(x - width / 2, middle - 4.4, width, 8.8, "white", opacity=0.85),
        text(x, middle, words, KEY, "middle"),
    ]


def _legend(
    look: dict[str, tuple[str, str]], blocks: tuple[tuple[str, ...], ...], top: float
) -> tuple[list[Mark], float]:
    """Explain letters and signs in two columns, and return the marks and where they end."""
    marks: list[Mark] = []
    for block in blocks:
        for place, name in enumerate(block):
            x = LEFT + COLUMN_OF_LEGEND * (place % 2)
            marks += _legend_entry(name, look[name], x, top + LEGEND_LINE * (place // 2 + 0.5))
        top += LEGEND_LINE * ((len(block) + 1) // 2)
    return marks, top


def _legend_entry(name: str, look: tuple[str, str], x: float, middle: float) -> list[Mark]:
    key, colour = look
    return [
        Rectangle(x, middle - 4.5, 10, 9, colour),
        text(x + 14, middle, key, LETTER),
        text(x + 32, middle, wrapped(name, COLUMN_OF_LEGEND - 40, SMALL, 1), SMALL),
    ]
