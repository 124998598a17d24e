"""How alike two groups became: the love plot of every column, and the scores of both groups against each other."""

from typing import TYPE_CHECKING, Any

import numpy as np

from sequela.analyses.propensity_results import MadeAlike, Propensity
from sequela.records.bundle import Kind
from sequela.report.figures.canvas import (
    COLOURS,
    INK,
    MUTED,
    RULE,
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
from sequela.stats.propensity import NEXT_TO

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, LEFT, RIGHT = 0.25, 2.6, 0.55
SCORES_HEIGHT, BINS = 1.5, 20
LITTLE = 0.1
"""Standardised difference within which a covariate is called alike (Austin 2009); shaded."""


def balance_figure(result: Propensity, item: MadeAlike, kind: Kind) -> Any:
    """Draw absolute standardised differences before and after, and below them both groups' scores, 7 inches wide."""
    with style():
        return _figure(result, item, kind)


def _figure(result: Propensity, item: MadeAlike, kind: Kind) -> Any:
    lines = sorted(item.balance, key=lambda line: abs(line.before))
    plot = ROW * len(lines) + 0.15
    height = 0.55 + plot + 0.95 + SCORES_HEIGHT + 0.85
    figure = blank_figure(height)
    page = blank_page(figure, height)
    after = "matched" if result.weights == "matching" else "weighted"
    bottom = 0.85 + SCORES_HEIGHT + 0.95
    axes = figure.add_axes((LEFT / WIDTH, bottom / height, (WIDTH - LEFT - RIGHT) / WIDTH, plot / height))
    before = [_shown(line.before) for line in lines]
    ends = [_shown(line.after) for line in lines]
    places = np.arange(len(lines))
    axes.axvspan(0, LITTLE, color=RULE, alpha=0.35, linewidth=0)
    axes.hlines(places, before, ends, color=RULE, linewidth=0.9)
    ring: dict[str, Any] = {
        "markerfacecolor": "white",
        "markersize": 6,
        "markeredgewidth": 1.4,
        "clip_on": False,
        "zorder": 3,
    }
    axes.plot(before, places, "o", color=COLOURS[1], **ring)
    axes.plot(ends, places, "D", color=COLOURS[0], markersize=5, clip_on=False, zorder=4)
    axes.set_xlim(0, max([*before, *ends, 0.25]) * 1.06)
    axes.set_ylim(-0.6, len(lines) - 0.4)
    axes.set_yticks(places, [wrapped(line.label, 36, 1) for line in lines], fontsize=SMALL_SIZE)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("Difference between the groups, standard deviations (shaded: below 0.1)", fontsize=SMALL_SIZE)
    axes.spines[["top", "right", "left"]].set_visible(False)
    _key(page, height - 0.2, after)
    _scores(figure, item, height)
    stamp(figure, kind, height)
    return figure


def _shown(difference: float) -> float:
    return min(abs(difference), 5.0)


def _key(page: "Axes", top: float, after: str) -> None:
    page.plot([LEFT + 0.08], [top], "o", markerfacecolor="white", color=COLOURS[1], markersize=6, markeredgewidth=1.4)
    page.text(LEFT + 0.2, top, "before", va="center", fontsize=TEXT_SIZE)
    page.plot([LEFT + 1.0], [top], "D", color=COLOURS[0], markersize=5)
    page.text(LEFT + 1.12, top, after, va="center", fontsize=TEXT_SIZE)


def _scores(figure: Any, item: MadeAlike, height: float) -> None:
    """Draw the scores of the group upwards and those of the reference downwards, as shares of each."""
    axes = figure.add_axes((LEFT / WIDTH, 0.85 / height, (WIDTH - LEFT - RIGHT) / WIDTH, SCORES_HEIGHT / height))
    edges = np.linspace(0, 1, BINS + 1)
    highest = 0.0
    for group, colour, sign in zip(item.groups, COLOURS, (1, -1), strict=False):
        shares = 100 * np.histogram(group.score, edges)[0] / group.score.size
        highest = max(highest, float(shares.max()))
        axes.bar(edges[:-1], sign * shares, 1 / BINS, align="edge", color=colour, edgecolor="white", linewidth=0.6)
        place = 0.55 if sign > 0 else -0.55
        axes.text(
            -0.04,
            place,
            wrapped(group.name, 30, 2),
            transform=_beside(axes),
            ha="right",
            va="center",
            fontsize=SMALL_SIZE,
            color=INK,
        )
    for limit in (NEXT_TO, 1 - NEXT_TO):
        axes.axvline(limit, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.set_xlim(0, 1)
    axes.set_ylim(-1.1 * highest, 1.1 * highest)
    axes.yaxis.tick_right()
    axes.set_yticks([-highest, 0, highest], [f"{highest:.0f}%", "0", f"{highest:.0f}%"], fontsize=SMALL_SIZE)
    axes.set_xlabel(drawable(f"Score: probability of being in {item.groups[0].name}"), fontsize=SMALL_SIZE)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _beside(axes: "Axes") -> Any:
    """Return coordinates from 0 to 1 across, and from -1 to 1 upwards."""
    from matplotlib.transforms import Affine2D  # noqa: PLC0415 (half a second; only a report draws)

    return Affine2D().scale(1, 0.5).translate(0, 0.5) + axes.transAxes
