"""Printed quantities of a cohort with several clocks: who, how long, how different.

A selector is a mapping. `study` names one of the paper's studies (without it: the main one), `group` one of its
groups or a list of them, `within` a covariate and its level as of time zero. `endpoint` is an endpoint profile and
`from` the moment from which its time runs here, whatever the study's time zero is: the replication computes what the
paper printed, also where the audit refuses it as a comparison.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from pydantic import TypeAdapter

from sequela.analyses.results import NullWorlds
from sequela.derive.baseline import covariate_named
from sequela.derive.endpoint_files import PROFILES
from sequela.derive.endpoint_times import time_to_event
from sequela.errors import StudyError
from sequela.records.dates import DAYS_PER_MONTH
from sequela.replicate.material import Computed, Material, Run
from sequela.stats.contingency import pearson_chi_square
from sequela.stats.cox import cox, wald_interval, wald_test
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from sequela.stats.log_rank import log_rank
from sequela.study.criteria import evaluate
from sequela.study.grammar import Criterion
from sequela.study.history import event_days
from sequela.study.phrases import time_zero

NOT_REACHED, NOBODY = "N.R.", "nobody"
_CRITERION: TypeAdapter[Any] = TypeAdapter(Criterion)


class _Times(NamedTuple):
    """Days, events and groups of the patients who have an endpoint."""

    days: np.ndarray
    event: np.ndarray
    group: np.ndarray


def _run(material: Material, given: Mapping[str, Any]) -> Run:
    name = given.get("study", "study")
    if name not in material.runs:
        raise StudyError(f"{material.paper.name}: a row asks for the study {name!r}; there are {list(material.runs)}")
    return material.runs[name]


def _members(run: Run, given: Mapping[str, Any]) -> pl.DataFrame:
    """Return patient_id, day (time zero) and group of the patients a selector names."""
    cohort = run.result.cohort
    groups = given.get("group", list(cohort.groups))
    groups = groups if isinstance(groups, list) else [groups]
    unknown = [group for group in groups if group not in cohort.groups]
    if unknown:
        raise StudyError(f"{run.result.study.title}: no group {', '.join(unknown)}")
    chosen = cohort.patients.filter(pl.col("group").is_in(groups))
    chosen = chosen.select("patient_id", pl.col("time_zero").alias("day"), "group")
    for name, level in given.get("within", {}).items():
        values = _covariate(run, name, chosen)
        chosen = chosen.filter(values == str(level))
    return chosen


def _covariate(run: Run, name: str, at: pl.DataFrame) -> pl.Series:
    covariate = covariate_named(name, run.result.records.drugs)
    if covariate is None:
        raise StudyError(f"{run.result.study.title}: no covariate {name!r}")
    return covariate.derive(run.result.records, at.select("patient_id", "day"), run.result.definitions)["value"]


def _meets(run: Run, who: Any, at: pl.DataFrame) -> pl.Series:
    """Return whether each patient meets a criterion of the study language, or what is said of a covariate or marker.

    A covariate is written `{covariate: name, is: level}`, `{covariate: name, is: [levels]}`, for a number
    `{covariate: name, below: 36}` or `{covariate: name, from: 36}`, and `{covariate: name, known: false}` where it is
    not known; `{marker: name, known: false}` asks for patients without a result. Null where it is not known.
    """
    if isinstance(who, Mapping) and "marker" in who:
        measured = run.result.records.table("biomarkers").filter(pl.col("marker") == who["marker"])["patient_id"]
        return at["patient_id"].is_in(measured.to_list()) == who["known"]
    if isinstance(who, Mapping) and "covariate" in who:
        return _level(_covariate(run, who["covariate"], at), who)
    criterion = _CRITERION.validate_python(who)
    return evaluate(criterion, run.context.asking(at.select("patient_id", "day")))["holds"]


def _level(values: pl.Series, who: Mapping[str, Any]) -> pl.Series:
    if "known" in who:
        return values.is_not_null() == who["known"]
    if "below" in who:
        return values < who["below"]
    if "from" in who:
        return values >= who["from"]
    levels = who["is"] if isinstance(who["is"], list) else [who["is"]]
    return values.is_in([str(level) for level in levels])


def _count(material: Material, given: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many patients meet `who`, and of how many: those of whom it is known, or with `everyone` all.

    `of` narrows them to who meets another criterion.
    """
    run = _run(material, given)
    at = _members(run, given)
    if "of" in given:
        at = at.filter(_meets(run, given["of"], at))
    holds = _meets(run, given["who"], at)
    return int(holds.sum()), len(holds) - (0 if given.get("everyone") else holds.null_count())


def patients_who(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return the percentage of patients who meet `who`; see `_count` for of how many."""
    count, size = _count(material, given)
    return Computed((Fraction(100 * count, size),), of=f"{count}/{size}")


def group_counts(material: Material, selectors: list[Mapping[str, Any]]) -> Computed:
    """Return the number of patients per selector."""
    return Computed(tuple(len(_members(_run(material, given), given)) for given in selectors))


def number_who(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return how many patients meet each criterion of the list `who`, added up; `less` is taken off."""
    taken = {key: value for key, value in given.items() if key not in ("who", "less")}
    counts = [_count(material, {**taken, "who": who})[0] for who in given["who"]]
    less = [_count(material, {**taken, "who": who})[0] for who in given.get("less", [])]
    words = " + ".join(map(str, counts)) + "".join(f" - {count}" for count in less)
    return Computed((sum(counts) - sum(less),), note=f"{words} = {sum(counts) - sum(less)} patients of the run")


def distinct(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return how many values a covariate has."""
    run = _run(material, given)
    return Computed((_covariate(run, given["covariate"], _members(run, given)).drop_nulls().n_unique(),))


def table_p(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return Pearson's p-value, uncorrected, of the counts of `who` (a list of levels) in the groups of a study."""
    run = _run(material, given)
    table = [
        [_count(material, {**given, "group": group, "who": who})[0] for group in run.result.cohort.groups]
        for who in given["who"]
    ]
    note = "counts of the run " + ", ".join("/".join(map(str, row)) for row in table)
    return Computed((float(pearson_chi_square(table).p_value),), note=note)


def covariate_median(material: Material, selectors: list[Mapping[str, Any]]) -> Computed:
    """Return the median of a covariate per selector, with the least and largest value where `range` is asked."""
    found: list[float] = []
    for given in selectors:
        run = _run(material, given)
        values = _covariate(run, given["covariate"], _members(run, given)).drop_nulls()
        median, least, most = values.median(), values.min(), values.max()
        found += [float(value) for value in ((median, least, most) if given.get("range") else (median,))]  # type: ignore[arg-type]
    return Computed(tuple(found))


def _times(material: Material, given: Mapping[str, Any]) -> _Times:
    """Return times from the moment `from`; patients who never come to it do not have the endpoint."""
    run = _run(material, given)
    members = _members(run, given).select("patient_id", "group")
    key = (given.get("study", "study"), given["endpoint"], given["from"])
    if key not in material.times:
        material.times[key] = _everyones(run, given["endpoint"], given["from"])
    times = members.join(material.times[key], on="patient_id", how="inner", maintain_order="left")
    names = list(run.result.cohort.groups)
    codes = np.array([names.index(group) for group in times["group"]], dtype=int)
    return _Times(times["days"].to_numpy().astype(float), times["event"].to_numpy(), codes)


def _everyones(run: Run, endpoint: str, start: str) -> pl.DataFrame:
    """Return patient_id, days and event of everyone in a study who came to the moment `start` and has the endpoint."""
    everyone = _members(run, {})
    begun = event_days(time_zero(start), run.context.asking(everyone)).select("patient_id", "day")
    at = everyone.select("patient_id").join(begun, on="patient_id", how="inner", maintain_order="left")
    times = time_to_event(run.result.records, at, PROFILES[endpoint], run.result.definitions.line_rules)
    return times.select("patient_id", "days", "event").drop_nulls("days")


def median_time(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return the Kaplan-Meier median in months with its limits, or the `part` asked for, in the study's dialect."""
    times = _times(material, given)
    if not times.days.size:
        return Computed((float("nan"),) * (1 if "part" in given else 3), note=NOBODY)
    conventions = _run(material, given).result.conventions
    found = quantile(kaplan_meier(times.days, times.event, interval=conventions.interval), dialect=conventions.median)
    months = {name: getattr(found, name) / DAYS_PER_MONTH for name in ("value", "low", "high")}
    note = f"{int(times.event.sum())} events in {times.days.size} patients"
    return Computed((months["value"],) if given.get("part") == "value" else tuple(months.values()), note=note)


def median_times(material: Material, selectors: list[Mapping[str, Any]]) -> Computed:
    """Return the Kaplan-Meier median in months per selector."""
    return Computed(tuple(median_time(material, {**given, "part": "value"}).values[0] for given in selectors))


def unreached(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return `N.R.` where the median is not reached, the median in months where it is, `nobody` without patients."""
    computed = median_time(material, given)
    if computed.note == NOBODY:
        return Computed((NOBODY,), note="nobody of the group has this time")
    value = float(computed.values[0])
    return Computed((NOT_REACHED if np.isnan(value) else f"{value:.1f}",), note=computed.note)


def left_before(material: Material, given: Mapping[str, Any]) -> Computed:
    """Check that not everyone of a group had left a `line` before the drug `index` began, as an unreached median needs.

    Whether it holds follows from how the paper defines the group, not from the reconstructed patients.
    """
    run, line, index = _run(material, given), given["line"], given["index"]
    members = _members(run, given)
    began = event_days(time_zero(f"first {index} in any line"), run.context.asking(members))
    lines = run.context.lines.join(began, on="patient_id", how="inner").join(members, on="patient_id", how="semi")
    still = lines.filter((pl.col("line") <= line) & (pl.col("start") >= pl.col("day")))
    note = (
        f"everyone of {given['group']} had left line {line} before {index} began, so the median is reached unless half "
    )
    note += "of them left it without progression, toxicity or death; 'not reported' would be the repair"
    return Computed((len(still),), note="" if len(still) else note, holds=bool(len(still)), within_paper=True)


def log_rank_p(material: Material, selectors: list[Mapping[str, Any]]) -> Computed:
    """Return the log-rank p-value per selector; `times` multiplies it, up to 1.

    `below` says that less than a bound was printed, and then decides.
    """
    found = []
    for given in selectors:
        times = _times(material, given)
        p = log_rank(times.days, times.event, times.group).p_value
        found.append(min(1.0, given.get("times", 1) * p))
    bounds = [given.get("below") for given in selectors]
    holds = None if None in bounds else all(p < bound for p, bound in zip(found, bounds, strict=True))
    return Computed(tuple(found), holds=holds)


def cohort_hazard_ratio(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return hazard ratio, limits and p-value (Wald) of `exposed` against the other group, or the `part`s asked for."""
    times = _times(material, given)
    run = _run(material, given)
    exposed = times.group == list(run.result.cohort.groups).index(given["exposed"])
    fit = cox(times.days, times.event, exposed.astype(float)[:, None], ties=run.result.conventions.ties)
    limits = wald_interval(fit)
    parts = {
        "value": float(np.exp(fit.coefficients[0])),
        "low": float(np.exp(limits.low[0])),
        "high": float(np.exp(limits.high[0])),
        "p": float(wald_test(fit).p_value[0]),
    }
    note = f"{fit.events} deaths or progressions in {fit.n} patients"
    return Computed(tuple(parts[part] for part in given.get("parts", parts)), note=note)


def observed_time(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return the median observed time in months, those with the event included."""
    times = _times(material, given)
    note = "the median of all times, deaths included, is not a follow-up: reverse Kaplan-Meier asks when patients leave"
    return Computed((float(np.median(times.days)) / DAYS_PER_MONTH,), note=note)


def answer_under(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return the estimate and limits of an `item` of the main study's audit under the `label` of a remedy."""
    run = _run(material, given)
    found = [one for one in run.result.card.named(given["item"]).answers if one.label == given["label"]]
    if not found:
        raise StudyError(f"{material.paper.name}: the audit has no answer {given['label']!r} of {given['item']}")
    estimate = found[0].estimate
    return Computed((estimate.value, estimate.low, estimate.high), note=f"{found[0].events} events")


def pattern_share(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return in how many per cent of the cohorts of a `world` the pattern of a `study` arose, with exact limits."""
    run = _run(material, given)
    shares = [share for one in run.result.analyses if isinstance(one, NullWorlds) for share in one.shares]
    found = next((share for share in shares if share.world.name == given["world"]), None)
    if found is None:
        raise StudyError(f"{material.paper.name}: the study has no pattern in world {given['world']}")
    values = (found.hits / found.runs, found.low, found.high)
    return Computed(tuple(100 * value for value in values), note=f"{found.runs} cohorts")
