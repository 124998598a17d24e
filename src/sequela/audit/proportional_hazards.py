"""B.12: whether one hazard ratio can stand for the whole follow-up.

Grambsch & Therneau (1994), Biometrika, in the score form of R's `cox.zph`; restricted mean
survival time: Royston & Parmar (2013), doi:10.1186/1471-2288-13-152.
"""

import numpy as np

from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Premise, Status, resting_on
from sequela.analyses.results import Estimate
from sequela.analyses.wording import interval, listed, months, p_statement, ratio, rounded
from sequela.audit.comparisons import FollowedTime, as_asked, cases_of, hazard_ratios
from sequela.audit.material import Material
from sequela.audit.thresholds import CHANGING_CORRELATION, CHANGING_RATIO, CROSSING_CURVES, MEDIANS_AND_RATIO
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.stats.conditional_survival import reliable_curve
from sequela.stats.cox import cox
from sequela.stats.distributions import normal_quantile
from sequela.stats.fitted_risks import fitted_risks
from sequela.stats.kaplan_meier import SurvivalCurve, quantile, survival_at
from sequela.stats.proportional_hazards import proportional_hazards_test
from sequela.stats.restricted_mean import restricted_mean

ID, NAME, TITLE = "B12", "proportional_hazards", "Proportional hazards"


@frozen
class Pair:
    """What two groups say about proportional hazards.

    Attributes
    ----------
    group : str
        Compared with the reference.
    p_value : float
        Of the score test, time as one less Kaplan-Meier.
    correlation : float
        Of scaled Schoenfeld residuals with that time; above zero where the hazard ratio rises.
    medians : float
        Log ratio of the medians (reference over group) less the log hazard ratio; nan without both medians.
    ahead : (float, float)
        By how much the group's curve is above, and below, the reference's at most.
    horizon : float
        Days: the shorter of the longest follow-ups.
    mean_difference : Estimate
        Days event-free up to the horizon, group less reference.
    """

    group: str
    p_value: float
    correlation: float
    medians: float
    ahead: tuple[float, float]
    horizon: float
    mean_difference: Estimate

    @property
    def crosses(self) -> bool:
        """Return whether each curve is once clearly ahead."""
        return min(self.ahead) > CROSSING_CURVES.value

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return why one hazard ratio is too little, a clause each; empty where it will do."""
        found = []
        if self.p_value < CHANGING_RATIO.value or abs(self.correlation) > CHANGING_CORRELATION.value:
            found.append(f"the hazard ratio {'rises' if self.correlation > 0 else 'falls'} over time")
        if self.crosses:
            found.append("the curves cross")
        if abs(self.medians) > MEDIANS_AND_RATIO.value:
            found.append("the ratio of the medians and the hazard ratio do not fit together")
        return tuple(found)


def proportional_hazards(data: Material) -> CardItem:
    """B.12: test each comparison, look for crossing curves, and show what needs no proportional hazards."""
    if not data.compares or data.result.too_early:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No comparison of times is reported.")
    pairs, refused = [], []
    for group in data.others:
        try:
            pairs.append(_pair(data, group))
        except NotEstimableError as problem:
            refused.append(f"{group}: {problem}")
    if not pairs:
        finding = f"Nothing can be said about {listed(refused)}"
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, finding)
    measures = tuple(measure for pair in pairs for measure in _measures(pair))
    finding = " ".join([*(_in_words(pair) for pair in pairs), *(f"Not tested: {text}" for text in refused)])
    flagged = [pair for pair in pairs if pair.reasons]
    if not flagged:
        status = Status.NOT_ASSESSABLE if refused else Status.OK
        return CardItem(ID, NAME, TITLE, status, finding, measures=measures)
    cut = _middle_event(data)
    why = listed([f"{listed(pair.reasons)} ({pair.group})" for pair in flagged])
    return CardItem(
        ID,
        NAME,
        TITLE,
        Status.WARN,
        finding,
        f"{why[:1].upper()}{why[1:]}: one hazard ratio is then an average over the observed follow-up, and "
        "would be another with a longer or shorter one.",
        "Read the difference in mean time, and the ratio in each half of the events.",
        measures,
        _by_period(data, cut),
    )


def _pair(data: Material, group: str) -> Pair:
    reference = data.groups.index(data.result.cohort.reference)
    of_group = data.group == data.groups.index(group)
    chosen = of_group | (data.group == reference)
    days, event, exposed = data.days[chosen], data.event[chosen], of_group[chosen].astype(float)
    entry = None if data.entry is None else data.entry[chosen]
    fit = cox(days, event, exposed, entry=entry)
    test = proportional_hazards_test(fitted_risks(fit, days, event, exposed, entry=entry))
    treated, other = (_curve(days, event, entry, exposed == code) for code in (1, 0))
    horizon = float(min(treated.time[-1], other.time[-1]))
    medians = [quantile(curve, 0.5).value for curve in (other, treated)]
    apart = float(np.log(medians[0] / medians[1])) - float(fit.coefficients[0]) if min(medians) > 0 else np.nan
    return Pair(
        group,
        test.terms[0].p_value,
        float(test.correlations[0]),
        apart,
        _ahead(treated, other, horizon),
        horizon,
        _mean_difference(treated, other, horizon),
    )


def _curve(days: np.ndarray, event: np.ndarray, entry: np.ndarray | None, rows: np.ndarray) -> SurvivalCurve:
    return reliable_curve(days[rows], event[rows], None if entry is None else entry[rows])


def _ahead(treated: SurvivalCurve, other: SurvivalCurve, horizon: float) -> tuple[float, float]:
    at = np.union1d(treated.time, other.time)
    at = at[(at <= horizon) & (at >= max(treated.start, other.start))]
    if at.size == 0:
        return 0.0, 0.0
    apart = survival_at(treated, at).survival - survival_at(other, at).survival
    return float(max(apart.max(), 0.0)), float(max(-apart.min(), 0.0))


def _mean_difference(treated: SurvivalCurve, other: SurvivalCurve, horizon: float) -> Estimate:
    if treated.start or other.start:
        return Estimate(np.nan, np.nan, np.nan, "not estimable: a curve starts later")
    means = [restricted_mean(curve, horizon) for curve in (treated, other)]
    value = means[0].value - means[1].value
    half_width = normal_quantile(0.5 + treated.level / 2) * float(np.hypot(means[0].std_error, means[1].std_error))
    return Estimate(value, value - half_width, value + half_width, "restricted mean survival time, Greenwood")


def _measures(pair: Pair) -> tuple[Measure, ...]:
    mean = pair.mean_difference
    return (
        Measure("p_value", pair.p_value, pair.group, method="score test of Grambsch and Therneau, Kaplan-Meier time"),
        Measure("correlation_with_time", pair.correlation, pair.group, method="scaled Schoenfeld residuals"),
        Measure("curve_ahead_by", pair.ahead[0], pair.group),
        Measure("curve_behind_by", pair.ahead[1], pair.group),
        Measure("medians_less_hazard_ratio", pair.medians, pair.group, method="on the log scale"),
        Measure("horizon_days", pair.horizon, pair.group),
        Measure("mean_difference_days", mean.value, pair.group, mean.low, mean.high, mean.method),
    )


def _in_words(pair: Pair) -> str:
    mean = pair.mean_difference
    crosses = f"cross (ahead by up to {ratio(pair.ahead[0])}, behind by up to {ratio(pair.ahead[1])})"
    return (
        f"{pair.group}: test of a ratio that changes over time {p_statement(pair.p_value)} (correlation with time "
        f"{rounded(pair.correlation, 2)}); the curves {crosses if pair.crosses else 'do not cross'}; mean time "
        f"without event up to {months(pair.horizon)} months differs by {months(mean.value)} months "
        f"({interval(mean.low, mean.high, months)})."
    )


def _middle_event(data: Material) -> float:
    return float(np.median(data.days[data.event]))


def _by_period(data: Material, cut: float) -> tuple[AnswerUnder, ...]:
    """Return the hazard ratios as asked, up to the middle event, and after it."""
    asked = as_asked(data)
    here = asked.start < cut
    early = FollowedTime(
        asked.start[here],
        np.minimum(data.days, cut)[here],
        (data.event & (data.days <= cut))[here],
        data.indicators(here),
        int(here.sum()),
        cases_of(data, here),
    )
    later = data.days > cut
    start = np.maximum(asked.start[later], cut)
    stop, event, patients = data.days[later], data.event[later], int(later.sum())
    late = FollowedTime(start, stop, event, data.indicators(later), patients, cases_of(data, later))
    return (
        *hazard_ratios(data, as_asked(data), "as asked"),
        *resting_on(Premise.PART, hazard_ratios(data, early, f"up to {months(cut)} months")),
        *resting_on(Premise.PART, hazard_ratios(data, late, f"after {months(cut)} months") if late.event.any() else ()),
    )
