"""How alike two groups became: the love plot of every column, and the scores of both groups against each other."""

import numpy as np

from sequela.analyses.propensity_results import MadeAlike, Propensity
from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Circle, Drawing, Line, Mark, Panel, Pen, Rectangle
from sequela.report.drawing.symbols import symbol
from sequela.report.drawing.words import text, wrapped
from sequela.report.figures.axes import AXIS_ROOM, bottom_axis, plot, upright
from sequela.report.figures.canvas import BODY, COLOURS, MUTED, RULE, SMALL, STAMP_ROOM, WIDTH, stamped
from sequela.stats.propensity import NEXT_TO

ROW, LEFT, RIGHT = 18.0, 187.0, 40.0
NAMES = LEFT - 16
"""Width of the names at the left."""
SCORES_HEIGHT, BINS = 108.0, 20
LITTLE = 0.1
"""Standardised difference within which a covariate is called alike (Austin 2009); shaded."""
MOST_SHOWN = 5.0
STEPS = (0.05, 0.1, 0.2, 0.5, 1.0)
BEFORE, AFTER = COLOURS[1], COLOURS[0]


def balance_figure(result: Propensity, item: MadeAlike, kind: Kind) -> Drawing:
    """Draw absolute standardised differences before and after, and below them both groups' scores, 7 inches wide."""
    after = "matched" if result.weights == "matching" else "weighted"
    panel, differences = _differences(item, 28.0)
    scores = plot(LEFT, panel.bottom + AXIS_ROOM + 30, WIDTH - LEFT - RIGHT, SCORES_HEIGHT, (0, 1), (-1.1, 1.1))
    marks = [*_key(after), *differences, *_scores(scores, item)]
    names = " and ".join(group.name for group in item.groups)
    bottom = scores.bottom + AXIS_ROOM + 6 + STAMP_ROOM
    return stamped(marks, bottom, kind, f"Differences between {names} before and after, and their scores")


def _differences(item: MadeAlike, top: float) -> tuple[Panel, list[Mark]]:
    lines = sorted(item.balance, key=lambda line: -abs(line.before))
    before, after = ([_shown(getattr(line, when)) for line in lines] for when in ("before", "after"))
    widest = max([*before, *after, 0.25]) * 1.06
    height = ROW * len(lines) + 11
    panel = plot(LEFT, top, WIDTH - LEFT - RIGHT, height, (0, widest), (len(lines) - 0.4, -0.6))
    little = panel.x.at(min(LITTLE, widest)) - panel.left
    marks: list[Mark] = [Rectangle(panel.left, panel.top, little, panel.height, RULE, opacity=0.35)]
    for place, line in enumerate(lines):
        y = panel.y.at(place)
        first, last = panel.x.at(before[place]), panel.x.at(after[place])
        marks.append(text(LEFT - 8, y, wrapped(line.label, NAMES, SMALL, 1), SMALL, "right"))
        marks.append(Line(((first, y), (last, y)), Pen(RULE, 0.9)))
        marks += [_ring(first, y, "before"), symbol("diamond", last, y, 5.5, AFTER, "after")]
    step = next(step for step in STEPS if widest / step <= 8)
    ticks = [(tick, f"{tick:g}") for tick in np.arange(0, widest, step).round(2).tolist()]
    title = "Difference between the groups, standard deviations (shaded: below 0.1)"
    return panel, [*marks, *bottom_axis(panel, ticks, title, SMALL)]


def _shown(difference: float) -> float:
    return min(abs(difference), MOST_SHOWN)


def _ring(x: float, y: float, part: str = "") -> Circle:
    return Circle(x, y, 3.0, "white", Pen(BEFORE, 1.4), part=part)


def _key(after: str) -> list[Mark]:
    middle = 14.0
    return [
        _ring(LEFT + 6, middle),
        text(LEFT + 14, middle, "before", BODY),
        symbol("diamond", LEFT + 72, middle, 5.5, AFTER),
        text(LEFT + 80, middle, after, BODY),
    ]


def _scores(panel: Panel, item: MadeAlike) -> list[Mark]:
    """Draw the scores of the group upwards and those of the reference downwards, as shares of each."""
    edges = np.linspace(0, 1, BINS + 1)
    shares = [100 * np.histogram(group.score, edges)[0] / group.score.size for group in item.groups]
    highest = max(float(share.max()) for share in shares)
    marks: list[Mark] = []
    zero, unit = panel.y.at(0), panel.y.at(0) - panel.y.at(1)
    for group, share, colour, sign in zip(item.groups, shares, COLOURS, (1, -1), strict=False):
        for left, right, height in zip(edges[:-1].tolist(), edges[1:].tolist(), share.tolist(), strict=True):
            high = unit * height / highest
            top = zero - high if sign > 0 else zero
            x = panel.x.at(left)
            bar = Rectangle(x, top, panel.x.at(right) - x, high, colour, Pen("white", 0.6), part=group.name)
            marks += [bar] if height else []
        marks.append(text(LEFT - 12, panel.y.at(0.6 * sign), wrapped(group.name, NAMES, SMALL, 2), SMALL, "right"))
    marks += [upright(panel, limit, Pen(MUTED, 0.9, (4, 3))) for limit in (NEXT_TO, 1 - NEXT_TO)]
    marks.append(Line(((panel.left, zero), (panel.right, zero)), Pen(MUTED)))
    for number, words in ((-1, f"{highest:.0f}%"), (0, "0"), (1, f"{highest:.0f}%")):
        y = panel.y.at(number)
        marks.append(Line(((panel.right, y), (panel.right + 3.5, y)), Pen(MUTED)))
        marks.append(text(panel.right + 7, y, words, SMALL))
    title = wrapped(f"Score: probability of being in {item.groups[0].name}", WIDTH - LEFT, SMALL, 1)
    ticks = [(tick, f"{tick:g}") for tick in (0, 0.2, 0.4, 0.6, 0.8, 1)]
    return [*marks, *bottom_axis(panel, ticks, title, SMALL)]
