"""The forest of subgroups: a ratio for each level of each covariate, the test of interaction beside its name."""

from sequela.analyses.results import Subgroups
from sequela.analyses.wording import p_statement, ratio, with_interval
from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Drawing, Line, Mark, Pen, Scale
from sequela.report.drawing.words import text, wrapped
from sequela.report.figures.canvas import (
    COLOURS,
    INK,
    NOTE,
    RULE,
    SMALL,
    STAMP_ROOM,
    STRONG,
    WIDTH,
    stamped,
)
from sequela.report.figures.ratio_rows import AXIS, ratio_axis, ratio_interval, ratio_scale

ROW, BETWEEN = 17.3, 20.0
PLOT = (198.0, 371.0)
LEFT, NUMBERS, INDENT = 7.0, 382.0, 11.0


def subgroup_figure(result: Subgroups, kind: Kind) -> Drawing:
    """Draw the ratios by subgroup, 7 inches wide, one panel of rows for each group compared."""
    marks: list[Mark] = []
    top, scale = 8.0, ratio_scale((one for item in result.rows for one in item.ratios), *PLOT)
    others = [group for group in result.groups if group != result.reference]
    for index, group in enumerate(others):
        heading = f"{group} against {result.reference}"
        marks.append(text(LEFT, top, wrapped(heading, WIDTH - 2 * LEFT, STRONG, 1), STRONG, at="top"))
        rows, top = _block(result, index, scale, top + 26)
        marks += rows
        top += BETWEEN
    title = f"Hazard ratios in subgroups, {' and '.join(others)} against {result.reference}"
    return stamped(marks, top - BETWEEN + 6 + STAMP_ROOM, kind, title)


def _block(result: Subgroups, index: int, scale: Scale, base: float) -> tuple[list[Mark], float]:
    """Draw the rows of one group below their heads on the line `base`, and return the marks and where they end."""
    rule = base + 5
    marks: list[Mark] = [
        text(LEFT, base, "Subgroup, events / patients", NOTE, at="base"),
        text(NUMBERS, base, "Hazard ratio (95% CI)", NOTE, at="base"),
        Line(((LEFT, rule), (WIDTH - LEFT, rule)), Pen(RULE)),
    ]
    tests = {item.variable: item.test for item in result.interactions}
    rows: list[Mark] = []
    middle, named = rule + ROW / 2 + 1, ""
    for item in result.rows:
        if item.variable != named:
            named, test = item.variable, tests.get(item.variable)
            words = f"{named} (interaction {p_statement(test.p_value)})" if test else named
            rows.append(text(LEFT, middle, wrapped(words, NUMBERS - LEFT, SMALL, 1), SMALL))
            middle += ROW
        left = LEFT + (INDENT if item.variable else 0)
        counts = f"{item.level}, {sum(item.events)} / {sum(item.sizes)}"
        rows.append(text(left, middle, wrapped(counts, PLOT[0] - left - 6, SMALL, 1), SMALL))
        rows.append(text(NUMBERS, middle, with_interval(item.ratios[index], ratio), SMALL))
        whole = ("diamond", INK) if not item.variable else ("square", COLOURS[0])
        rows += ratio_interval(item.ratios[index], scale, middle, whole[1], whole[0])
        middle += ROW
    bottom = middle - ROW / 2
    return [*marks, *ratio_axis(scale, rule, bottom), *rows], bottom + AXIS
