"""Every printed number of a cohort computed again with `sequela.stats`, which the search does not use."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from sequela.errors import NotEstimableError
from sequela.evidence import consistency
from sequela.evidence.printed import Summary
from sequela.evidence.reconstruct import CONSTRAINT_SCHEMA, CONTRADICTS, NOT_REACHED, REACHED
from sequela.evidence.sequence_printed import (
    OVERALL,
    PrintedEndpoint,
    PrintedMedian,
    PrintedRatio,
    PrintedSequences,
    PrintedTest,
)
from sequela.evidence.sequence_problem import Cohort
from sequela.frozen import frozen
from sequela.records.dates import DAYS_PER_MONTH
from sequela.stats.cox import cox, wald_interval
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from sequela.stats.log_rank import log_rank

NOT_ESTIMABLE = "not estimable"


@frozen
class Times:
    """Days and events of everyone, shape (n,); 0 days where a patient does not have the endpoint."""

    days: np.ndarray
    event: np.ndarray


@frozen
class _Judged:
    """One printed number beside the patients' one."""

    constraint: str
    line: int
    printed: str
    reached: str
    holds: bool
    against: str = ""
    reason: str = ""


def constraints_of(printed: PrintedSequences, cohort: Cohort, times: Mapping[str, Times]) -> pl.DataFrame:
    """Return one row per printed number; see `reconstruct.CONSTRAINT_SCHEMA`."""
    rows = []
    for endpoint in printed.endpoints:
        for item in _judged(printed, endpoint, cohort, times[endpoint.clock]):
            verdict = REACHED if item.holds else CONTRADICTS if item.reason else NOT_REACHED
            reason, against = (item.reason, item.against) if verdict == CONTRADICTS else ("", "")
            rows.append((item.constraint, item.line, item.printed, item.reached, verdict, against, reason))
    return pl.DataFrame(rows, schema=CONSTRAINT_SCHEMA, orient="row")


def _judged(printed: PrintedSequences, endpoint: PrintedEndpoint, cohort: Cohort, times: Times) -> Iterator[_Judged]:
    had = times.days > 0
    for median in endpoint.medians:
        judged = _median(endpoint.name, median, cohort.members(median.group, median.stratum) & had, times)
        reason = printed.impossible(endpoint, median)
        yield replace(judged, against="the lines of the group", reason=reason) if reason else judged
    for test in endpoint.tests:
        yield _test(endpoint, test, np.where(had, cohort.codes(test.groups, test.stratum), -1), times)
    for ratio in endpoint.ratios:
        codes = cohort.codes((ratio.reference, ratio.group), OVERALL)
        yield _ratio(endpoint.name, ratio, np.where(had, codes, -1), times)
    if endpoint.observed is not None:
        value = float(np.median(times.days[had])) / DAYS_PER_MONTH
        text = endpoint.observed.value.show(value)
        name = f"{endpoint.name}: observed time"
        yield _Judged(
            name, endpoint.observed.line, endpoint.observed.value.text, text, endpoint.observed.value.holds(value)
        )


def _place(stratum: str, groups: str) -> str:
    return groups if stratum == OVERALL else f"{groups}, {stratum}"


def _median(name: str, printed: PrintedMedian, chosen: np.ndarray, times: Times) -> _Judged:
    where = f"{name}: median, {_place(printed.stratum, printed.group)}"
    if not chosen.any():
        return _Judged(where, printed.line, printed.text, "nobody", False)
    found = quantile(kaplan_meier(times.days[chosen], times.event[chosen]), dialect="SPSS")
    numbers = [value / DAYS_PER_MONTH for value in (found.value, found.low, found.high)]
    if printed.summary is None:
        return _Judged(where, printed.line, printed.text, _shown(numbers[0]), bool(np.isnan(numbers[0])))
    text, holds = _against(printed.summary, numbers)
    return _Judged(where, printed.line, printed.text, text, holds)


def _shown(value: float) -> str:
    return "NR" if np.isnan(value) else f"{value:.1f}"


def _against(summary: Summary, numbers: list[float]) -> tuple[str, bool]:
    """Return numbers written with the printed decimals, and whether all of them round to the printed ones."""
    pairs = [(summary.value, numbers[0]), (summary.low, numbers[1]), (summary.high, numbers[2])]
    shown = ["NR" if np.isnan(value) else number.show(value) for number, value in pairs if number]
    holds = all(number.holds(value) for number, value in pairs if number)
    text = shown[0] if len(shown) == 1 else f"{shown[0]} ({shown[1]}-{shown[2]})"
    return text, holds


def _test(endpoint: PrintedEndpoint, printed: PrintedTest, codes: np.ndarray, times: Times) -> _Judged:
    name = "all" if len(printed.groups) > 2 else " against ".join(printed.groups)
    where = f"{endpoint.name}: log-rank p, {_place(printed.stratum, name)}"
    where += f", times {printed.times}" if printed.times > 1 else ""
    chosen = codes >= 0
    try:
        p = min(1.0, printed.times * log_rank(times.days[chosen], times.event[chosen], codes[chosen]).p_value)
    except NotEstimableError:
        return _Judged(where, printed.line, printed.text, NOT_ESTIMABLE, False)
    shown = f"{p:.2g}" if printed.below else printed.p.show(p)
    holds = p < printed.p.value if printed.below else printed.p.holds(p)
    against, reason = _beside_ratio(endpoint, printed)
    return _Judged(where, printed.line, printed.text, shown, holds, against, reason)


def _beside_ratio(endpoint: PrintedEndpoint, printed: PrintedTest) -> tuple[str, str]:
    """Return the hazard ratio of the same groups that a p-value cannot stand beside, and why; empty where it can."""
    if printed.below:
        return "", ""
    for ratio in endpoint.ratios:
        low, high = ratio.summary.low, ratio.summary.high
        same = {ratio.group, ratio.reference} == set(printed.groups) and printed.stratum == OVERALL
        if not same or low is None or high is None:
            continue
        texts = (ratio.summary.value.text, low.text, high.text)
        check = consistency.log_rank_and_ratio(printed.p.text, *texts, printed.times)
        if not check.holds:
            return f"{endpoint.name}: hazard ratio", check.reason
    return "", ""


def _ratio(name: str, printed: PrintedRatio, codes: np.ndarray, times: Times) -> _Judged:
    where = f"{name}: hazard ratio, {printed.group} against {printed.reference}"
    chosen = codes >= 0
    fit = cox(times.days[chosen], times.event[chosen], codes[chosen].astype(float)[:, None], ties="breslow")
    limits = wald_interval(fit)
    numbers = [float(np.exp(value)) for value in (fit.coefficients[0], limits.low[0], limits.high[0])]
    text, holds = _against(printed.summary, numbers)
    summary = printed.summary
    if summary.low is None or summary.high is None:
        return _Judged(where, printed.line, printed.text, text, holds)
    check = consistency.log_symmetry(summary.value.text, summary.low.text, summary.high.text)
    against, reason = ("", "") if check.holds else ("its own interval", check.reason)
    return _Judged(where, printed.line, printed.text, text, holds, against, reason)
