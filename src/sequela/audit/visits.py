"""B.5 and B.15: whether the groups were looked at equally often, and what the dates of progression rest on.

Progression is found at visits; it came at some time since the visit before. Draws of its day: Rubin (1987).
"""

from dataclasses import replace

import numpy as np
import polars as pl

from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Premise, Status, resting_on
from sequela.analyses.results import Estimate
from sequela.analyses.wording import listed, p_statement, rounded
from sequela.audit.comparisons import FollowedTime, as_asked, hazard_ratios
from sequela.audit.material import Material
from sequela.audit.thresholds import LEAST_VISITED, VISIT_P, VISIT_RATIO
from sequela.derive.events import progressions
from sequela.errors import NotEstimableError
from sequela.stats.distributions import normal_quantile
from sequela.stats.wilcoxon import wilcoxon_rank_sum

ID, NAME, TITLE = "B5v", "visits", "How often patients were seen"
MIDWAY, ANY_DAY, DRAWS = "if progression came midway since the visit before", "if on any day since the visit before", 20


def visits(data: Material) -> CardItem:
    """B.5: compare the time between assessments up to the end of the endpoint, and date progressions earlier."""
    if not data.compares or data.endpoint is None or data.endpoint.name.startswith("os"):
        finding = "No endpoint of the main comparison is found at visits."
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, finding)
    gaps = [_gaps(data)[data.group == index] for index in range(len(data.groups))]
    gaps = [values[np.isfinite(values)] for values in gaps]
    if min(values.size for values in gaps) < LEAST_VISITED.value:
        finding = f"Fewer than {LEAST_VISITED.value:g} patients of a group have two dated assessments after time zero."
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, finding)
    medians = [float(np.median(values)) for values in gaps]
    measures = tuple(
        Measure("median_days_between_assessments", value, group, method="per patient, from time zero on")
        for value, group in zip(medians, data.groups, strict=True)
    )
    each = listed([f"{rounded(days)} days in {group}" for days, group in zip(medians, data.groups, strict=True)])
    finding = f"Median time between assessments: {each}."
    answers = _dated_earlier(data)
    unlike = max(medians) > VISIT_RATIO.value * min(medians) and _p_value(gaps) < VISIT_P.value
    turned = _turned(answers)
    item = CardItem(ID, NAME, TITLE, Status.OK, finding, measures=measures, answers=answers)
    if not unlike and not turned:
        return item
    often = data.groups[int(np.argmin(medians))]
    directions = [f"{often} was looked at more often, so its progressions were found earlier."] if unlike else []
    directions += ["Whether the interval holds 1 hangs on when between two visits progression came."] if turned else []
    found = p_statement(_p_value(gaps))
    return item.warned(
        " ".join(directions),
        "Compare death, or the time of treatment, which do not wait for a visit.",
        f"{finding} {found[:1].upper()}{found[1:]}." if unlike else finding,
    )


def _dated_earlier(data: Material) -> tuple[AnswerUnder, ...]:
    """Return the answer with each progression midway to, or anywhere since, the assessment before it."""
    if data.result.cohort.guard.late:
        return ()
    since = _since_the_visit_before(data)
    if not (since > 0).any():
        return ()
    base = as_asked(data)
    midway = replace(base, stop=base.stop - since / 2)
    rng = np.random.default_rng([data.result.study.seed, DRAWS])
    drawn = [hazard_ratios(data, _drawn(base, since, rng), ANY_DAY) for _ in range(DRAWS)]
    supposed = [*hazard_ratios(data, midway, MIDWAY), *(_pooled(each) for each in zip(*drawn, strict=True))]
    return (*hazard_ratios(data, base, "as dated"), *resting_on(Premise.SUPPOSED, supposed))


def _drawn(base: FollowedTime, since: np.ndarray, rng: np.random.Generator) -> FollowedTime:
    return replace(base, stop=base.stop - since * rng.random(since.size))


def _pooled(each: tuple[AnswerUnder, ...]) -> AnswerUnder:
    """Pool completions by Rubin's rules, with a normal quantile."""
    logs = np.log([item.estimate.value for item in each])
    z = normal_quantile(0.975)
    errors = np.array([np.log(item.estimate.high / item.estimate.low) / (2 * z) for item in each])
    spread = float(np.sqrt((errors**2).mean() + (1 + 1 / len(each)) * logs.var(ddof=1)))
    value, low, high = (float(np.exp(logs.mean() + side * z * spread)) for side in (0, -1, 1))
    return replace(each[0], estimate=Estimate(value, low, high, f"{len(each)} draws of the day, Rubin's rules"))


def _since_the_visit_before(data: Material) -> np.ndarray:
    """Return the days from the assessment before (or time zero) to each progression that ended a time; 0 for others."""
    patients = data.result.cohort.patients.select("patient_id", "time_zero")
    at = patients.with_columns((pl.col("time_zero") + pl.Series(data.days).round().cast(pl.Int32)).alias("end"))
    found = at.join(progressions(data.result.records).select("patient_id", "day"), on="patient_id", how="inner")
    ended = found.filter(pl.col("day") == pl.col("end")).select("patient_id").unique()
    seen = at.join(data.result.records.table("assessments").select("patient_id", "day"), on="patient_id", how="inner")
    seen = seen.filter((pl.col("day") >= pl.col("time_zero")) & (pl.col("day") < pl.col("end")))
    before = seen.group_by("patient_id").agg(pl.col("day").max().alias("before"))
    joined = at.join(before, on="patient_id", how="left", maintain_order="left")
    gap = (pl.col("end") - pl.coalesce("before", "time_zero")).cast(pl.Float64)
    days = joined.select(pl.when(pl.col("patient_id").is_in(ended["patient_id"].to_list())).then(gap).otherwise(0.0))
    return np.where(data.event, np.minimum(days.to_series().to_numpy(), data.days), 0.0)


def _turned(answers: tuple[AnswerUnder, ...]) -> bool:
    """Return whether dating changes on which side of 1 an interval lies."""
    asked = {item.group: item.estimate for item in answers if item.label == "as dated"}
    return any(_holds_one(item.estimate) != _holds_one(asked[item.group]) for item in answers)


def _holds_one(estimate: Estimate) -> bool:
    return bool(estimate.low <= 1 <= estimate.high)


def _p_value(gaps: list[np.ndarray]) -> float:
    """Return the least p-value of a rank sum test of a group against the first."""
    found = []
    for values in gaps[1:]:
        try:
            found.append(float(wilcoxon_rank_sum(values, gaps[0]).p_value))
        except NotEstimableError:
            continue
    return min(found, default=1.0)


def _gaps(data: Material) -> np.ndarray:
    """Return each patient's median days between assessments from time zero to the end of his time; nan without two."""
    patients = data.result.cohort.patients.select("patient_id", "time_zero")
    at = patients.with_columns((pl.col("time_zero") + pl.Series(data.days).ceil().cast(pl.Int32)).alias("last"))
    seen = at.join(data.result.records.table("assessments").select("patient_id", "day"), on="patient_id", how="inner")
    seen = seen.filter((pl.col("day") >= pl.col("time_zero")) & (pl.col("day") <= pl.col("last"))).unique()
    between = seen.sort("patient_id", "day").group_by("patient_id", maintain_order=True)
    found = between.agg(pl.col("day").diff().median().alias("gap"))
    joined = patients.join(found, on="patient_id", how="left", maintain_order="left")
    return joined["gap"].cast(pl.Float64).fill_null(np.nan).to_numpy()
