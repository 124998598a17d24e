"""Times to an event of simulated patients, as a paper prints them."""

import numpy as np
from scipy.special import ndtr

from sequela.evidence import check_rates
from sequela.stats.cox import cox, wald_interval
from sequela.stats.kaplan_meier import kaplan_meier, quantile, survival_at
from sequela.stats.log_rank import log_rank
from sequela.stats.profile_likelihood import profile_likelihood_interval
from tests.evidence.invented_styles import fixed, p_text

MONTH = 30.4375


def survival(rng, style, group):
    """Print medians, a hazard ratio, its p-value and the log-rank test of exponential times, censored."""
    kept = group < 2
    group, frail = group[kept], rng.random(kept.sum()) < 0.4
    hazard = np.where(group == 0, np.exp(rng.normal(0, 0.5)), 1.0) * np.where(frail, 1.6, 1.0) / rng.uniform(120, 900)
    days, censored = np.ceil(rng.exponential(1 / hazard)), np.ceil(rng.uniform(100, 2400, group.size))
    time, event = np.minimum(days, censored), days <= censored
    if any(event[group == g].sum() < 5 for g in (0, 1)):
        return {}
    test = log_rank(time, event, group)
    ratio, wald = _ratio(rng, style, time, event, group)
    log_rank_p = p_text(style, test.p_value)
    medians = {
        name: [_median(style, time[part], event[part]) for part in (own, own & frail, own & ~frail)]
        for name, own in (("A", group == 0), ("B", group == 1))
    }
    longest = {name: fixed(float(time[group == g].max()) / MONTH, 1) for g, name in enumerate("AB")}
    pairs = [{"groups": ["A", "B"], "log_rank": log_rank_p}]
    printed = {"where": "Results", "endpoint": "PFS", "strata": ["all", "frail", "fit"], "groups": medians}
    adjusted = [
        {"where": "Results", "raw": p_text(style, p), "adjusted": p_text(style, min(1.0, 3 * p))}
        for p in (test.p_value, wald, float(rng.random()))
    ]
    printed |= {"pairs": pairs, "longest": longest}
    parts = {name: (time[group == g], event[group == g]) for g, name in enumerate("AB")}
    return {
        "ratios": [ratio | {"log_rank": log_rank_p}],
        "medians": [printed],
        "adjusted": adjusted,
        "curves": [_curves(style, parts)],
        "person_time": [_person_time(rng, style, name, *part) for name, part in parts.items()],
    }


def _curves(style, parts):
    """Print survival with limits and patients at risk at three times, in months."""
    groups = {name: _curve(style, time / MONTH, event) for name, (time, event) in parts.items()}
    return {"where": "Figure 2", "endpoint": "PFS", "times": ["0", "6", "12", "24"], "groups": groups}


def _curve(style, months, event):
    at = np.array([0.0, 6.0, 12.0, 24.0])
    found = survival_at(kaplan_meier(months, event, interval=style.interval), at)
    cells = []
    for value, low, high in zip(found.survival, found.low, found.high, strict=True):
        numbers = [fixed(float(100 * x), style.percent_decimals, style.rounding) for x in (value, low, high) if x == x]
        cells.append("{} ({}-{})".format(*numbers) if len(numbers) == 3 else (numbers or ["-"])[0])
    at_risk = [str(int((months >= time).sum())) for time in at]
    longest = fixed(float(months.max()), 1, style.rounding)
    return {"events": str(int(event.sum())), "survival": cells, "at_risk": at_risk, "longest": longest}


def _person_time(rng, style, name, time, event):
    """Print events per 100 patient-years with one of the usual intervals, and the follow-up."""
    years, events = float(time.sum()) / 365.25, int(event.sum())
    limits = check_rates.METHODS[str(rng.choice(list(check_rates.METHODS)))](events, years, 0.95)
    rate, low, high = (fixed(100 * x, 1, style.rounding) for x in (limits.value, limits.low, limits.high))
    months = {"mean": time.mean(), "median": np.median(time), "longest": time.max()}
    return {
        "where": "Results",
        "name": name,
        "time": f"{fixed(years, 1, style.rounding)} years",
        "events": str(events),
        "patients": str(time.size),
        "rate": f"{rate} ({low}-{high})",
        "per": "100",
    } | {key: f"{fixed(float(days) / MONTH, 1, style.rounding)} months" for key, days in months.items()}


def _ratio(rng, style, time, event, group):
    fit = cox(time, event, (group == 0).astype(float), ties=str(rng.choice(["efron", "breslow"])))
    limits = profile_likelihood_interval(fit) if style.profile and not style.spss else wald_interval(fit)
    numbers = [float(np.exp(np.ravel(x)[0])) for x in (fit.coefficients, limits.low, limits.high)]
    value, low, high = (fixed(x, style.ratio_decimals, style.rounding) for x in numbers)
    wald = p_value_of(abs(float(fit.coefficients[0] / fit.std_errors[0])))
    ratio = {"where": "Results", "endpoint": "PFS", "groups": ["A", "B"], "hazard": f"{value} ({low}-{high})"}
    return ratio | {"p": p_text(style, wald), "events": str(int(event.sum()))}, wald


def p_value_of(z):
    return 2 * float(ndtr(-z))


def _median(style, time, event):
    if event.sum() < 2:
        return "-"
    found = quantile(kaplan_meier(time / MONTH, event, interval=style.interval))
    if not np.isfinite(found.value):
        return "NR"
    value, low, high = float(found.value), float(found.low), float(found.high)
    if not (np.isfinite(low) and np.isfinite(high)):
        return fixed(value, 1, style.rounding)
    if style.spss:
        half = min((high - low) / 2, value - 0.2)
        low, high = value - half, value + half
    return "{} ({}-{})".format(*(fixed(x, 1, style.rounding) for x in (value, low, high)))
