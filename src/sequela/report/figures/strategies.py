"""The curves of two strategies in the same patients, up to the horizon."""

from typing import Any

import numpy as np

from sequela.analyses.results import TargetTrial
from sequela.analyses.wording import DAYS_PER_MONTH
from sequela.records.bundle import Kind
from sequela.report.figures.canvas import (
    COLOURS,
    DASHES,
    RULE,
    SMALL_SIZE,
    WIDTH,
    blank_figure,
    drawable,
    stamp,
    style,
)
from sequela.report.figures.kaplan_meier import month_ticks
from sequela.report.target_trial import legend_of

HEIGHT, LEFT, BELOW, TOP = 4.1, 0.75, 0.85, 0.65


def strategies_figure(result: TargetTrial, kind: Kind) -> Any:
    """Draw the curves as a matplotlib figure 7 inches wide; a grace period is shaded.

    Curves of sequential trials are those of intention to treat, known at the ends of intervals and straight between.
    """
    stacked = result.sequential is not None
    with style():
        figure = blank_figure(HEIGHT)
        box = (LEFT / WIDTH, BELOW / HEIGHT, (WIDTH - LEFT - 0.2) / WIDTH, (HEIGHT - BELOW - TOP) / HEIGHT)
        axes = figure.add_axes(box)
        end = result.horizon_days / DAYS_PER_MONTH
        axes.axvspan(0, result.grace_days / DAYS_PER_MONTH, color=RULE, alpha=0.35, linewidth=0)
        for item, colour, dash in zip(result.strategies, COLOURS, DASHES, strict=False):
            inside = item.curve.time <= result.horizon_days
            x = np.concatenate([[0.0], item.curve.time[inside] / DAYS_PER_MONTH, [end]])
            y = np.concatenate([[1.0], item.curve.survival[inside]])
            last = item.survival.value if stacked else y[-1]
            axes.plot(
                x,
                100 * np.append(y, last),
                drawstyle="default" if stacked else "steps-post",
                color=colour,
                linestyle=dash,
                linewidth=1.6,
                label=drawable(legend_of(item, stacked)),
            )
        axes.set_xlim(0, end)
        axes.set_ylim(0, 100)
        axes.set_xticks(month_ticks(result.horizon_days))
        zero = "entry into a trial" if stacked else "time zero (shaded: grace period)"
        axes.set_xlabel(f"Months from {zero}")
        axes.set_ylabel(drawable(f"{result.label}, %"))
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        figure.legend(loc="upper left", frameon=False, fontsize=SMALL_SIZE, bbox_to_anchor=(LEFT / WIDTH - 0.02, 0.995))
        stamp(figure, kind, HEIGHT)
        return figure
