"""Every way in which one printed result can be read as an effect, the best first.

A paper that contradicts itself has more than one reading; so has one that leaves something to assume.
"""

import math

from sequela.evidence import effects
from sequela.evidence.consistency import log_symmetry, p_value_from_interval
from sequela.evidence.effects import Effect
from sequela.evidence.register import GROUP, REFERENCE, Printed, Result
from sequela.evidence.rounding import Rounded
from sequela.frozen import frozen

HAZARD_RATIO, MEDIAN, SHARE = "hazard ratio", "median", "share"
MEASURES = (HAZARD_RATIO, MEDIAN, SHARE)
NO_EVENTS = "events not printed; every patient taken as one"
LEVEL = 0.95
_WIDTH = effects.normal_quantile(LEVEL)


@frozen
class Reading:
    """One way to read a printed result.

    Attributes
    ----------
    words : str
        Which way; for tables.
    effect : Effect
    reason : str
        Why there is another way than the first; empty for the first.
    """

    words: str
    effect: Effect
    reason: str = ""


def readings(result: Result, measure: str = HAZARD_RATIO) -> tuple[Reading, ...]:
    """Return the readings of a result, the preferred one first; none where it cannot be pooled.

    Hazard ratios: ratio with interval, ratio with p, log-rank sums, log-rank p with events,
    log-rank p with every patient as an event, medians. Where ratio, interval and p of a paper
    cannot be true together, each of their readings is returned.
    """
    if measure == MEDIAN:
        return _of_median(result)
    found = [*_of_ratio(result), *_of_log_rank(result), *_of_medians(result)]
    return tuple(found)


def contradictions(result: Result) -> tuple[str, ...]:
    """Return why ratio, interval and p-value of a result cannot be true together; empty where they can."""
    ratio = result.hazard_ratio
    if ratio is None or not (ratio.value and ratio.low and ratio.high):
        return ()
    texts = (ratio.value.text, ratio.low.text, ratio.high.text)
    checks = [log_symmetry(*texts)]
    if result.p is not None:
        checks.append(p_value_from_interval(*texts, result.p.text))
    return tuple(check.reason for check in checks if not check.holds)


def _of_ratio(result: Result) -> list[Reading]:
    ratio, p = result.hazard_ratio, result.p
    if ratio is None or ratio.value is None:
        return []
    found = []
    if ratio.low and ratio.high:
        found = [Reading(_words(result), effects.from_interval(ratio.value.value, ratio.low.value, ratio.high.value))]
        reasons = contradictions(result)
        if reasons:
            found += _other_readings(ratio.value.value, ratio.low.value, ratio.high.value, reasons[0])
    if p is not None and ratio.value.value != 1 and p.value < 1 and (not found or contradictions(result)):
        reason = "; ".join(contradictions(result))
        found.append(Reading(f"ratio and p = {p.text}", effects.from_p_value(ratio.value.value, p.value), reason))
    return found


def _words(result: Result) -> str:
    kind = "adjusted ratio" if result.adjusted_for else "ratio"
    return f"{kind} and its interval"


def _other_readings(ratio: float, low: float, high: float, reason: str) -> list[Reading]:
    """Return what the paper may have meant: the middle of the interval, or either half of it."""
    width = effects.from_interval(ratio, low, high).std_error
    middle = Effect(math.log(low * high) / 2, width, "middle of the interval")
    halves = ((math.log(ratio / low), "lower"), (math.log(high / ratio), "upper"))
    found = [Reading("middle of the interval", middle, reason)]
    for distance, side in halves:
        if distance > 0:
            effect = Effect(math.log(ratio), distance / _WIDTH, f"ratio and its {side} limit")
            found.append(Reading(f"ratio and its {side} limit", effect, reason))
    return found


def _of_log_rank(result: Result) -> list[Reading]:
    found = []
    if result.log_rank is not None:
        found.append(Reading("log-rank sums", effects.from_log_rank_sums(*result.log_rank)))
    worse = _group_is_worse(result)
    if result.log_rank_p is None or worse is None or result.hazard_ratio is not None:
        return found
    events, assumed = result.events, ""
    if not (GROUP in events and REFERENCE in events):
        if any(median.value is None for median in result.median.values()):
            return found  # fewer than half had the event: they cannot all be taken as one
        events, assumed = result.patients, NO_EVENTS
    if GROUP in events and REFERENCE in events:
        p = result.log_rank_p
        effect = effects.from_log_rank_p(p.value, events[GROUP], events[REFERENCE], worse=worse, assumed=assumed)
        reason = assumed if found else ""
        found.append(
            Reading(f"log-rank p = {p.text}" + (", every patient an event" if assumed else ""), effect, reason)
        )
    return found


def _group_is_worse(result: Result) -> bool | None:
    """Read the direction from the medians; None where they do not tell."""
    group, reference = (result.median.get(name) for name in (GROUP, REFERENCE))
    if group is None or reference is None or (group.value is None and reference.value is None):
        return None
    longer, shorter = (math.inf if item.value is None else item.value.value for item in (group, reference))
    return None if longer == shorter else longer < shorter


def _of_medians(result: Result) -> list[Reading]:
    group, reference = (result.median.get(name) for name in (GROUP, REFERENCE))
    if group is None or reference is None or group.value is None or reference.value is None:
        return []
    if result.hazard_ratio is not None:
        return []
    effect = _from_medians(result, group, reference, (group.value, reference.value))
    if effect is None:
        return []
    first = result.log_rank is None and result.log_rank_p is None
    return [Reading(effect.method, effect, "" if first else "the medians as a check")]


def _from_medians(result: Result, group: Printed, reference: Printed, values: tuple[Rounded, Rounded]) -> Effect | None:
    own, other = (_alone(group), _alone(reference))
    if own and other:
        return effects.from_median_intervals(own, other)
    if group.std_error and reference.std_error:
        errors = group.std_error.value, reference.std_error.value
        return effects.from_median_errors(values[0].value, errors[0], values[1].value, errors[1])
    if GROUP in result.events and REFERENCE in result.events:
        return effects.from_medians(values[0].value, values[1].value, result.events[GROUP], result.events[REFERENCE])
    return None


def _alone(printed: Printed) -> Effect | None:
    """Return one median by its own interval; None where that is not whole."""
    if not (printed.value and printed.low and printed.high) or printed.low.value <= 0:
        return None
    return effects.from_median_interval(printed.value.value, printed.low.value, printed.high.value)


def _of_median(result: Result) -> tuple[Reading, ...]:
    printed = result.median.get(GROUP)
    if printed is None or printed.value is None:
        return ()
    effect = _alone(printed)
    if effect is None and printed.std_error:
        error = printed.std_error.value / printed.value.value
        effect = Effect(math.log(printed.value.value), error, "median and its standard error")
    return (Reading(effect.method, effect),) if effect else ()
