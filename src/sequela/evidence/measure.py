"""What a set of patients would have printed, computed by `sequela.stats` alone."""

from collections.abc import Callable, Mapping

import numpy as np

from sequela.errors import NotEstimableError
from sequela.evidence.facts import versus
from sequela.evidence.printed import EVERYONE, Comparison, Conventions, Printed
from sequela.evidence.search_values import unit_size
from sequela.evidence.solution import Solution
from sequela.records.dates import DAYS_PER_MONTH
from sequela.stats.contingency import fisher_exact, pearson_chi_square, yates_chi_square
from sequela.stats.cox import cox, wald_interval
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from sequela.stats.log_rank import log_rank
from sequela.stats.profile_likelihood import profile_likelihood_interval
from sequela.stats.wilcoxon import wilcoxon_rank_sum

NAN = float("nan")
TABLE_TESTS: Mapping[str, Callable[[np.ndarray], float]] = {
    "pearson": lambda table: pearson_chi_square(table).p_value,
    "yates": lambda table: yates_chi_square(table).p_value,
    "fisher": lambda table: fisher_exact(table).p_value,
}


def measured(printed: Printed, solution: Solution, conventions: Conventions) -> dict[str, float]:
    """Return the number each fact would have, in printed units; nan where it does not exist.

    Months are days / 30.4375. The names are those of `printed_facts`.
    """
    found = _times(printed, solution, conventions)
    for item in printed.comparisons:
        found |= _comparison(printed, solution, conventions, item)
    for index, covariate in enumerate(printed.categorical):
        table = count_table(printed, solution.levels[index], len(covariate.levels))
        found |= _table(printed, covariate.name, covariate.levels, table)
        found |= {
            f"{covariate.name} {k} total": float(row.sum()) for k, row in zip(covariate.levels, table, strict=True)
        }
        found |= table_p_values(covariate.name, table)
    for index, number in enumerate(printed.continuous):
        found |= _values(printed, solution, number.name, solution.values[index] / unit_size(number.unit))
    found |= _response(printed, solution)
    return found | _stopped(printed, solution)


def _members(printed: Printed, solution: Solution) -> list[tuple[str, np.ndarray]]:
    groups = [(name, solution.group == g) for g, name in enumerate(printed.groups)]
    return [*groups, (EVERYONE, np.ones(solution.group.size, dtype=bool))]


def _times(printed: Printed, solution: Solution, conventions: Conventions) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, member in _members(printed, solution):
        days, event = solution.days[member].astype(float), solution.event[member]
        median = quantile(kaplan_meier(days, event, interval=conventions.median_interval))
        for end, value in (("", median.value), (" low", median.low), (" high", median.high)):
            found[f"median {name}{end}"] = value / DAYS_PER_MONTH
        for end, value in (("", np.median(days)), (" shortest", days.min()), (" longest", days.max())):
            found[f"observed {name}{end}"] = float(value) / DAYS_PER_MONTH
        found[f"events {name}"] = float(event.sum())
    return found


def _comparison(printed: Printed, solution: Solution, conventions: Conventions, item: Comparison) -> dict[str, float]:
    exposed = solution.group == printed.groups.index(item.group)
    pair = exposed | (solution.group == printed.groups.index(item.reference))
    days, event, exposed = solution.days[pair].astype(float), solution.event[pair], exposed[pair].astype(float)
    found = {f"log-rank p {versus(item)}": log_rank(days, event, exposed.astype(int)).p_value if event.any() else NAN}
    found |= _ratio(f"hazard ratio {versus(item)}", days, event, exposed[:, None], conventions)
    if item.adjusted:
        columns = [exposed, *(column[pair] for column in adjusting_columns(printed, solution.levels, item))]
        found |= _ratio(f"adjusted hazard ratio {versus(item)}", days, event, np.column_stack(columns), conventions)
    return found


def adjusting_columns(printed: Printed, levels: np.ndarray, item: Comparison) -> list[np.ndarray]:
    """Return the columns of the covariates of an adjusted model, as each is coded."""
    columns = []
    for index, covariate in enumerate(printed.categorical):
        if covariate.name in item.adjusted_for:
            columns += [np.array(scores)[levels[index]] for scores in level_scores(covariate.coded, covariate.levels)]
    return columns


def level_scores(coded: str, levels: tuple[str, ...]) -> list[list[float]]:
    """Return, per column, the value of each level: its number, or an indicator per level but the first."""
    if coded == "number":
        return [[float(level) for level in levels]]
    return [[float(k == j) for k in range(len(levels))] for j in range(1, len(levels))]


def _ratio(
    name: str, days: np.ndarray, event: np.ndarray, matrix: np.ndarray, conventions: Conventions
) -> dict[str, float]:
    names = (name, f"{name} low", f"{name} high")
    try:
        fit = cox(days, event, matrix, ties=conventions.ties)
        profile = conventions.hazard_ratio_interval == "profile likelihood"
        limits = profile_likelihood_interval(fit, 0) if profile else wald_interval(fit)
    except NotEstimableError:
        return dict.fromkeys(names, NAN)
    numbers = (fit.coefficients[0], np.ravel(limits.low)[0], np.ravel(limits.high)[0])
    return {key: float(np.exp(number)) for key, number in zip(names, numbers, strict=True)}


def count_table(printed: Printed, levels: np.ndarray, size: int) -> np.ndarray:
    """Return counts, shape (levels, groups)."""
    group = np.repeat(np.arange(len(printed.sizes)), printed.sizes)
    table = np.zeros((size, len(printed.groups)), dtype=int)
    np.add.at(table, (levels, group), 1)
    return table


def _table(printed: Printed, name: str, levels: tuple[str, ...], table: np.ndarray) -> dict[str, float]:
    return {
        f"{name} {level} {group}": float(table[k, g])
        for k, level in enumerate(levels)
        for g, group in enumerate(printed.groups)
    }


def table_p_values(name: str, table: np.ndarray) -> dict[str, float]:
    """Return the p-value of every test of a table that can be made."""
    found = {}
    for test, compute in TABLE_TESTS.items():
        try:
            found[f"{name} p {test}"] = float(compute(table))
        except NotEstimableError:
            found[f"{name} p {test}"] = NAN
    return found


def _values(printed: Printed, solution: Solution, name: str, values: np.ndarray) -> dict[str, float]:
    found: dict[str, float] = {}
    samples = []
    for group, member in _members(printed, solution):
        given = values[member & ~np.isnan(values)]
        if given.size:
            ends = (("", np.median(given)), (" lowest", given.min()), (" highest", given.max()))
            found |= {f"{name} {group}{end}": float(value) for end, value in ends}
            counted = zip(*np.unique(given, return_counts=True), strict=True)
            found |= {f"{name} {value:g} {group}": float(count) for value, count in counted}
        samples.append(given)
    if len(samples) == 3 and all(sample.size for sample in samples[:2]):
        try:
            found[f"{name} p wilcoxon"] = wilcoxon_rank_sum(samples[0], samples[1]).p_value
            plain = wilcoxon_rank_sum(samples[0], samples[1], continuity=False, exact=False)
            found[f"{name} p wilcoxon without continuity correction"] = plain.p_value
        except NotEstimableError:
            return found
    return found


def _response(printed: Printed, solution: Solution) -> dict[str, float]:
    response = printed.response
    if response is None:
        return {}
    found = _table(printed, "response", response.levels, count_table(printed, solution.response, len(response.levels)))
    level = np.array(response.levels)[solution.response]
    responded = np.isin(level, response.responders)
    found |= table_p_values("response", count_table(printed, responded.astype(int), 2))
    if response.control:
        lasted = solution.days > response.control_months * DAYS_PER_MONTH
        controlled = (responded | ((level == response.stable) & lasted)).astype(int)
        table = count_table(printed, controlled, 2)
        found |= {f"disease control {g}": float(table[1, k]) for k, g in enumerate(printed.groups)}
        found |= table_p_values("disease control", table)
    return found


def _stopped(printed: Printed, solution: Solution) -> dict[str, float]:
    """Return who stopped for what: progression is the event, the other reasons are given to censored patients."""
    found, censored = {}, int((~solution.event).sum())
    for reason, count in printed.stopped.items():
        if reason == "progression":
            found[f"stopped for {reason}"] = float(solution.event.sum())
        else:
            found[f"stopped for {reason}"] = float(min(count, censored))
            censored -= min(count, censored)
    return found
