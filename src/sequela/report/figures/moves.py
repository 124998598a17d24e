"""How the answer moves: the hazard ratio as asked, and below it in every other way the report card tried."""

from sequela.analyses.report_card import Premise
from sequela.analyses.results import Estimate
from sequela.analyses.wording import listed, ratio, with_interval
from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Drawing, Line, Mark, Pen, Scale
from sequela.report.drawing.words import height_of, text, wrapped
from sequela.report.figures.canvas import COLOURS, INK, MUTED, NOTE, RULE, SMALL, STAMP_ROOM, STRONG, WIDTH, stamped
from sequela.report.figures.ratio_rows import AXIS, ratio_axis, ratio_interval, ratio_scale
from sequela.report.moves import Moves

ROW, BETWEEN_LINES = 17.3, 5.0
PLOT = (240.0, 385.0)
LEFT, NUMBERS, INDENT = 7.0, 394.0, 11.0
SUPPOSED = "Grey: something is supposed that the records do not hold."


def moves_figure(every: tuple[Moves, ...], kind: Kind) -> Drawing:
    """Draw the ratios, 7 inches wide: diamonds as asked, squares in other ways, in the order of the card.

    Groups stand below one another, on one scale.
    """
    asked = [item.estimate for found in every for item in found.asked]
    scale = ratio_scale([*asked, *(way.estimate for found in every for way in found.ways)], *PLOT)
    marks: list[Mark] = []
    top = 8.0
    for found in every:
        block, top = _block(found, scale, top)
        marks += block
    if any(found.of(Premise.SUPPOSED) for found in every):
        marks.append(text(LEFT, top + 8, SUPPOSED, NOTE))
    names = listed([_heading(found) for found in every])
    return stamped(marks, top + 6 + STAMP_ROOM, kind, f"How the answer moves: hazard ratios of {names}")


def _heading(found: Moves) -> str:
    return f"{found.asked[0].group} against {found.asked[0].reference}"


def _block(found: Moves, scale: Scale, top: float) -> tuple[list[Mark], float]:
    """Draw the rows of one group with their axis, and return the marks and where they end."""
    rule = top + 31.0
    marks: list[Mark] = [
        text(LEFT, top, wrapped(_heading(found), WIDTH - 2 * LEFT, STRONG, 1), STRONG, at="top"),
        text(NUMBERS, rule - 5, "Hazard ratio (95% CI)", NOTE, at="base"),
        Line(((LEFT, rule), (WIDTH - LEFT, rule)), Pen(RULE)),
    ]
    below = rule + 2
    for item in found.asked:
        name = f"as asked, adjusted for {', '.join(item.adjusted_for)}" if item.adjusted_for else "as asked"
        rows, below = _row(name, item.estimate, scale, below, "diamond", INK)
        marks += rows
    named = ""
    for way in found.ways:
        if way.item != named:
            named = way.item
            marks.append(text(LEFT, below + ROW / 2 + 2, wrapped(named, PLOT[0] - LEFT - 6, NOTE, 1), NOTE))
            below += ROW
        colour = MUTED if way.premise is Premise.SUPPOSED else COLOURS[0]
        rows, below = _row(way.label, way.estimate, scale, below, "square", colour, INDENT)
        marks += rows
    return [*marks, *ratio_axis(scale, rule, below + 2)], below + 2 + AXIS


def _row(
    label: str, estimate: Estimate, scale: Scale, top: float, form: str, colour: str, indent: float = 0.0
) -> tuple[list[Mark], float]:
    """Draw one row, as high as its label, and return the marks and where it ends."""
    words = wrapped(label, PLOT[0] - LEFT - indent - 6, SMALL)
    height = max(ROW, height_of(words, SMALL) + BETWEEN_LINES)
    middle = top + height / 2
    marks: list[Mark] = [
        text(LEFT + indent, middle, words, SMALL),
        text(NUMBERS, middle, with_interval(estimate, ratio), SMALL),
        *ratio_interval(estimate, scale, middle, colour, form),
    ]
    return marks, top + height
