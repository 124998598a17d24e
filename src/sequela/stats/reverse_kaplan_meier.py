"""Reverse Kaplan-Meier: how long patients were followed."""

from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.stats.follow_up import follow_up
from sequela.stats.kaplan_meier import CurveOptions, SurvivalCurve, product_limit


def reverse_kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    interval: str = "log-log",
    level: float = 0.95,
) -> SurvivalCurve:
    """Estimate the distribution of follow-up: censoring is what is waited for.

    A patient with the event would have been followed longer, so at a tie the events leave
    before the censorings: those at risk of being censored at t are the patients under
    observation less the events at t. Flipping the indicator alone forgets this and is wrong
    with tied times. `events` and `censored` of the curve keep their meaning. No missing values.
    Schemper & Smith (1996) doi:10.1016/0197-2456(96)00075-X; the tie rule is prodlim's
    (`reverse=TRUE`). Weights and clusters as in `kaplan_meier`. Golden: tests/golden/reverse_kaplan_meier.

    Raises
    ------
    NotEstimableError
        Under delayed entry: those followed only briefly are missing by design, and the length of
        follow-up is then not defined.
    """
    if entry is not None:
        raise NotEstimableError(
            Problem(
                "entry",
                "delayed entry",
                "follow-up counted from one origin for everyone",
                "Report follow-up from the time each patient came under observation, without entry.",
            )
        )
    options = CurveOptions(interval, level, reverse=True)
    return product_limit(follow_up(time, event), options, weights=weights, cluster=cluster)
