"""The patient flow chart: who was identified, who was left out and why, who could not be decided."""

from dataclasses import replace

from sequela.analyses.wording import counted
from sequela.frozen import frozen
from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Drawing, Face, Line, Mark, Pen, Point, Rectangle
from sequela.report.drawing.symbols import symbol
from sequela.report.drawing.words import balanced, text
from sequela.report.figures.canvas import BODY, MUTED, NOTE, SMALL, STAMP_ROOM, WIDTH, stamped
from sequela.study.cohort import FlowStep

LINE, PADDING, GAP = 12.2, 6.0, 12.2
MOST_ACROSS = 4
EDGE, HEAD = 7.0, 5.5
"""Least distance from the edge of the page; length of the head of an arrow."""
STRONG_WIDTH, LEFT_WIDTH, TO_SIDE = 209.0, 173.0, 32.0
PEN = Pen(MUTED, 0.9)


@frozen
class Box:
    """A box of the chart: its text, its middle and width, whether its frame is dashed; no width without a frame."""

    words: str
    x: float
    width: float
    dashed: bool = False
    strong: bool = False

    @property
    def height(self) -> float:
        """Points the text needs."""
        return LINE * (1 + self.words.count("\n")) + 2 * PADDING


def flow_figure(steps: tuple[FlowStep, ...], groups: tuple[tuple[str, int], ...], kind: Kind) -> Drawing:
    """Draw the flow of patients, 7 inches wide.

    The first step is the finding of time zero among all patients of the records. Patients who
    do not meet a criterion leave to the right; patients whose records do not
    decide it leave to the left, in dashed boxes. Steps that nobody leaves at are one line each.
    """
    undecided = any(step.undecidable for step in steps)
    spine = WIDTH / 2 if undecided else 144.0
    rows = [*_opening(steps[0], spine), *(_sides(step, spine, "excluded, did not meet") for step in steps[1:])]
    total = sum(size for _, size in groups)
    rows.append([Box(f"{counted(total, 'patient')} studied", spine, 144.0, strong=True)])
    marks: list[Mark] = []
    top = 7.0
    for row in rows:
        bottom = top + _height(row)
        marks += _row(row, spine, top, bottom)
        marks += [_line((spine, bottom), (spine, bottom + GAP))] if row is not rows[-1] else []
        top = bottom + GAP
    branches, bottom = _groups(_group_rows(groups), spine, top - GAP)
    return stamped([*marks, *branches], bottom + STAMP_ROOM, kind, "Flow of patients")


def _opening(step: FlowStep, spine: float) -> list[list[Box]]:
    """Everyone in the records, who has no time zero, and who has."""
    everyone = f"{counted(step.before, 'patient')} in the records"
    zero = f"time zero: {step.label}"
    if not step.excluded and not step.undecidable:
        return [[_strong(f"{everyone}, {zero}", spine)]]
    identified = _strong(f"{counted(step.after, 'patient')}, {zero}", spine)
    return [[_strong(everyone, spine)], _sides(step, spine, "without time zero"), [identified]]


def _strong(words: str, spine: float) -> Box:
    return Box(balanced(words, STRONG_WIDTH - 2 * PADDING, BODY), spine, STRONG_WIDTH, strong=True)


def _sides(step: FlowStep, spine: float, excluded: str) -> list[Box]:
    sides = []
    if step.undecidable:
        label = balanced(step.label, LEFT_WIDTH - 2 * PADDING, SMALL)
        middle = EDGE + LEFT_WIDTH / 2
        sides.append(Box(f"{step.undecidable} not decidable:\n{label}", middle, LEFT_WIDTH, dashed=True))
    if step.excluded:
        left = spine + TO_SIDE
        width = WIDTH - EDGE - left
        label = balanced(step.label, width - 2 * PADDING, SMALL)
        sides.append(Box(f"{step.excluded} {excluded}:\n{label}", left + width / 2, width))
    room = WIDTH - EDGE - spine - 11
    return sides or [Box(balanced(f"all {step.after} remain: {step.label}", room, NOTE), spine, 0.0)]


def _group_rows(groups: tuple[tuple[str, int], ...]) -> list[list[Box]]:
    rows = []
    for start in range(0, len(groups), MOST_ACROSS):
        part = groups[start : start + MOST_ACROSS]
        each = WIDTH / len(part)
        width = min(216.0, each - 18)
        names = [balanced(name, width - 2 * PADDING, BODY, 3) for name, _ in part]
        rows.append(
            [
                Box(f"{name}\n{counted(size, 'patient')}", each * (place + 0.5), width, strong=True)
                for place, (name, (_, size)) in enumerate(zip(names, part, strict=True))
            ]
        )
    return rows


def _height(row: list[Box]) -> float:
    return max(box.height for box in row)


def _row(row: list[Box], spine: float, top: float, bottom: float) -> list[Mark]:
    middle = (top + bottom) / 2
    marks: list[Mark] = []
    if not any(box.strong for box in row):
        marks.append(_line((spine, top), (spine, bottom)))
    for box in row:
        if not box.width:
            marks.append(text(box.x + 11, middle, box.words, NOTE))
            continue
        if not box.strong:
            marks += _arrow((spine, middle), box.x + (box.width / 2 if box.x < spine else -box.width / 2))
        marks += _box(box, middle)
    return marks


def _groups(rows: list[list[Box]], spine: float, top: float) -> tuple[list[Mark], float]:
    """Draw the boxes of the groups below a fork, and return the marks and where they end."""
    fork, first = top + GAP / 2, top + GAP
    marks: list[Mark] = [_line((spine, top), (spine, fork))]
    marks += [_line((spine, fork), (box.x, fork), (box.x, first)) for row in rows[:1] for box in row]
    for row in rows:
        top += GAP
        marks += [mark for box in row for mark in _box(box, top + box.height / 2)]
        top += _height(row)
    return marks, top


def _box(box: Box, middle: float) -> list[Mark]:
    left, top = box.x - box.width / 2, middle - box.height / 2
    pen = replace(PEN, dash=(3, 2)) if box.dashed else PEN
    fill = "#eef4f9" if box.strong else "white"
    face: Face = BODY if box.strong else SMALL
    x, side = (box.x, "middle") if box.strong else (left + PADDING, "left")
    return [
        Rectangle(left, top, box.width, box.height, fill, pen, part="box"),
        text(x, middle, box.words, face, side, leading=LINE / face.size),
    ]


def _line(*points: Point) -> Line:
    return Line(points, PEN)


def _arrow(start: Point, end: float) -> list[Mark]:
    """Draw a level arrow to x = `end`."""
    ahead = end > start[0]
    back = end - HEAD if ahead else end + HEAD
    head = symbol("right" if ahead else "left", (end + back) / 2, start[1], HEAD, MUTED)
    return [_line(start, (back, start[1])), head]
