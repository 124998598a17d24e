"""B.3: who entered early and who late.

Early users of two drugs that came together are those who failed the first fast (Sanglier 2022, Cancers 14:2468).
"""

import numpy as np

from sequela.analyses.ratio_estimate import ratio_estimate
from sequela.analyses.report_card import Measure
from sequela.analyses.results import Estimate
from sequela.analyses.wording import listed, months, ratio
from sequela.audit.comparisons import FollowedTime
from sequela.audit.material import Material
from sequela.audit.thresholds import LEAST_ENTRANTS
from sequela.audit.waiting import Waiting, entered, entered_rows
from sequela.errors import NotEstimableError
from sequela.stats.cox import cox, wald_interval


def early_and_late(data: Material, found: Waiting) -> tuple[str, tuple[Measure, ...]]:
    """Compare, within each group, the first third of its entrants with the last: their wait, and their outcome.

    Returns
    -------
    str
        A sentence; empty where no group has enough entrants.
    tuple of Measure
    """
    followed, rows = entered(data), entered_rows(data)
    said, measures = [], []
    for index, group in enumerate(data.groups):
        own = np.isfinite(found.index) & np.isfinite(found.days) & (data.group == index) & rows
        if own.sum() < 2 * LEAST_ENTRANTS.value:
            continue
        first, last = np.quantile(found.index[own], [1 / 3, 2 / 3])
        early, late = own & (found.index <= first), own & (found.index > last)
        if not late.any():
            continue
        waits = [float(np.median(found.days[part])) for part in (early, late)]
        measures += [
            Measure("median_wait_of_early_entrants", waits[0], group),
            Measure("median_wait_of_late_entrants", waits[1], group),
        ]
        moved = _ratio(followed, rows, early, late)
        sentence = f"{months(waits[0])} and {months(waits[1])} months in {group}"
        if moved is not None:
            value, low, high = moved.value, moved.low, moved.high
            measures.append(Measure("hazard_ratio_of_early_entrants", value, group, low, high, moved.method))
            sentence += f" (hazard ratio of early against late {ratio(value)}, {ratio(low)}–{ratio(high)})"
        said.append(sentence)
    return (f"Wait of the first and of the last third of entrants: {listed(said)}." if said else ""), tuple(measures)


def _ratio(followed: FollowedTime, rows: np.ndarray, early: np.ndarray, late: np.ndarray) -> Estimate | None:
    chosen = (early | late)[rows]
    event = followed.event[chosen]
    try:
        fit = cox(followed.stop[chosen], event, early[rows][chosen].astype(float))
    except NotEstimableError:
        return None
    if fit.diverging[0]:
        return None
    return ratio_estimate(fit.coefficients, wald_interval(fit), 0, "Cox, from entry")
