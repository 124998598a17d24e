"""How much each event time counts when curves are compared: log-rank, Wilcoxon variants, Fleming-Harrington."""

import re
from itertools import pairwise

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen


@frozen
class Weighting:
    """A weight for each event time, from the pooled risk sets of its stratum.

    Attributes
    ----------
    kind : str
        "log-rank" (one), "gehan" (number at risk), "tarone-ware" (its square root), "peto-peto" (pooled
        survival after Peto & Peto), "modified peto-peto" (that times n / (n + 1)), or
        "fleming-harrington" (powers of the pooled curve just before the time and of its complement).
    rho, gamma : float
        The powers of Fleming and Harrington: rho above zero weighs early differences, gamma late ones.
    """

    kind: str = "log-rank"
    rho: float = 0.0
    gamma: float = 0.0

    @property
    def name(self) -> str:
        """The name of the test, in words."""
        if self.kind == "fleming-harrington":
            return f"Fleming-Harrington ({self.rho:g}, {self.gamma:g})"
        return NAMES[self.kind]


NAMES = {
    "log-rank": "log-rank",
    "gehan": "Gehan-Wilcoxon",
    "tarone-ware": "Tarone-Ware",
    "peto-peto": "Peto-Peto",
    "modified peto-peto": "modified Peto-Peto",
}
"""What each weighting without powers is called. SPSS calls Gehan's test "Breslow", SAS "Wilcoxon"."""

LOG_RANK = Weighting()
_FLEMING_HARRINGTON = re.compile(r"fleming-harrington\s*\(\s*([0-9.]+)\s*,\s*([0-9.]+)\s*\)")


def fleming_harrington(rho: float, gamma: float) -> Weighting:
    """Return the weighting S^rho (1 - S)^gamma; (0, 0) is the log-rank test.

    Fleming & Harrington, Counting Processes and Survival Analysis, 1991, section 7.2.
    """
    if not (0 <= rho < np.inf and 0 <= gamma < np.inf):
        raise NotEstimableError(Problem("rho, gamma", f"{rho}, {gamma}", "two powers from 0 on"))
    return Weighting("fleming-harrington", float(rho), float(gamma))


def weighting_named(name: str) -> Weighting:
    """Return a weighting by its name, such as `gehan` or `fleming-harrington(0, 1)`.

    Sources as in `log_rank`; Fleming & Harrington (1991).
    """
    text = " ".join(name.lower().split())
    if powers := _FLEMING_HARRINGTON.fullmatch(text):
        try:
            return fleming_harrington(float(powers[1]), float(powers[2]))
        except ValueError:
            pass
    if text not in NAMES:
        known = ", ".join([*NAMES, "fleming-harrington(0, 1)"])
        raise NotEstimableError(Problem("test", f"'{name}'", f"one of: {known}"))
    return Weighting(text)


def event_weights(weighting: Weighting, at_risk: np.ndarray, events: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the weight of each cell.

    Parameters
    ----------
    at_risk, events : float array, shape (k,)
        Of all groups together, in the cells of `RiskSets`.
    starts : int array, shape (s + 1,)
        First cell of each stratum, then k.

    Raises
    ------
    NotEstimableError
        Fleming-Harrington where delayed entry let the pooled curve fall to zero with events still to come.
    """
    match weighting.kind:
        case "gehan":
            return at_risk
        case "tarone-ware":
            return np.sqrt(at_risk)
        case "peto-peto" | "modified peto-peto":
            curve = _by_stratum(1 - events / (at_risk + 1), starts)
            return curve * at_risk / (at_risk + 1) if weighting.kind.startswith("modified") else curve
        case "fleming-harrington" if weighting.rho or weighting.gamma:
            return _powers(weighting, at_risk, events, starts)
    return np.ones(at_risk.size)


def _powers(weighting: Weighting, at_risk: np.ndarray, events: np.ndarray, starts: np.ndarray) -> np.ndarray:
    staying = np.where(events >= at_risk, 0.0, 1 - events / at_risk)
    before = np.ones(at_risk.size)
    after = _by_stratum(staying, starts)
    before[1:] = after[:-1]
    before[starts[:-1]] = 1.0
    if (before == 0).any():
        raise NotEstimableError(
            Problem(
                "entry",
                "everyone at risk had the event before others entered, so the pooled curve is zero",
                "risk sets that do not die out",
                "Compare by the log-rank test, or from the first reliable time on.",
            )
        )
    return np.asarray(before**weighting.rho * (1 - before) ** weighting.gamma)


def _by_stratum(staying: np.ndarray, starts: np.ndarray) -> np.ndarray:
    curve = np.empty(staying.size)
    for start, stop in pairwise(starts.tolist()):
        curve[start:stop] = np.cumprod(staying[start:stop])
    return curve
