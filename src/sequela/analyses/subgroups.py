"""Whether the difference between groups is another one in other patients: ratios by subgroup, tests of interaction."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from sequela.analyses.assessed import Assessed
from sequela.analyses.conventions import CONVENTIONS, Conventions
from sequela.analyses.follow import follow
from sequela.analyses.results import Estimate, Interaction, Subgroup, Subgroups, Test
from sequela.analyses.survival import ratio_of_fit
from sequela.analyses.tidy import Row, estimate_row, row, tidy
from sequela.derive.baseline import DEFAULT_DEFINITIONS, Definitions, covariate_named
from sequela.derive.covariate import Covariate
from sequela.derive.endpoints import Endpoint
from sequela.errors import NotEstimableError, StudyError
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.stats.cox import cox, likelihood_ratio_test
from sequela.stats.multiplicity import holm
from sequela.study.cohort import Cohort
from sequela.study.spec import EVERYONE

MOST_LEVELS = 5
"""Values of an ordinal covariate beyond which it is halved at its median, as a continuous one is."""


def subgroups(
    cohort: Cohort,
    records: Records,
    endpoint: Endpoint,
    by: Iterable[str],
    definitions: Definitions = DEFAULT_DEFINITIONS,
    conventions: Conventions = CONVENTIONS["default"],
    read: Assessed | None = None,
    *,
    delayed: bool = False,
) -> Subgroups:
    """Compare the groups within the levels of each covariate; with `delayed`, patients at risk from their entry.

    Ratios are crude. A subgroup whose own interval leaves out 1 beside another whose interval does not
    is no finding: the likelihood-ratio test of the products of group and level is, its p-value
    adjusted for the number of covariates asked for (Holm). A continuous covariate is halved at the
    median of the patients with a value, who are the patients of its test.

    Raises
    ------
    NotEstimableError
        As `survival`, and where the groups are not compared on the endpoint.
    """
    read = read or Assessed(records)
    followed = follow(cohort, records, endpoint, definitions.line_rules, read, delayed=delayed)
    if not endpoint.compares:
        raise NotEstimableError(f"{endpoint.name}: groups are not compared on this endpoint, nor in subgroups.")
    data = _Data(followed.cohort, followed.days, followed.event, conventions, followed.entry)
    found: list[Subgroup] = [_subgroup(data, "", EVERYONE, np.ones(data.days.size, dtype=bool))]
    interactions: list[Interaction] = []
    for name in by:
        covariate = covariate_named(name, records.drugs)
        if covariate is None:
            raise StudyError(f"subgroups: there is no covariate called {name!r}")
        at = data.cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
        values = covariate.derive(records, at, definitions)["value"].to_list()
        levels = list(_levels(covariate, values))
        found += [_subgroup(data, covariate.label, level, chosen) for level, chosen in levels]
        absent = np.array([value is None for value in values])
        found_here = _interaction(data, covariate.label, [chosen for _, chosen in levels], int(absent.sum()))
        by_group = tuple(int((absent & (data.member == name)).sum()) for name in data.cohort.groups)
        interactions.append(replace(found_here, missing_by_group=by_group))
    adjusted = holm([item.test.p_value if item.test else np.nan for item in interactions])
    tested = tuple(replace(item, adjusted_p_value=float(p)) for item, p in zip(interactions, adjusted, strict=True))
    name = f"{endpoint.name} from lesions" if read.reading else endpoint.name
    return Subgroups(
        endpoint=name,
        label=f"{endpoint.label}, in subgroups{', from lesions' if read.reading else ''}",
        groups=data.cohort.groups,
        reference=data.cohort.reference,
        rows=tuple(found),
        interactions=tested,
        results=_rows(name, data.others, found, tested),
        cautions=(*followed.cautions, *read.cautions),
    )


@frozen
class _Data:
    """The patients and their times."""

    cohort: Cohort
    days: np.ndarray
    event: np.ndarray
    conventions: Conventions
    entry: np.ndarray | None = None

    @property
    def member(self) -> np.ndarray:
        return self.cohort.patients["group"].to_numpy()

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(name for name in self.cohort.groups if name != self.cohort.reference)

    def since(self, rows: np.ndarray) -> np.ndarray | None:
        """Return when some patients came under observation; None where everyone is at risk from the start."""
        return None if self.entry is None else self.entry[rows]

    def exposed(self) -> np.ndarray:
        return np.column_stack([(self.member == name).astype(float) for name in self.others])


def _levels(covariate: Covariate, values: list) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each level that occurs with its patients."""
    present = sorted({value for value in values if value is not None})
    if covariate.kind == "continuous" or (covariate.kind == "ordinal" and len(present) > MOST_LEVELS):
        numbers = np.array([np.nan if value is None else float(value) for value in values])
        middle = float(np.nanmedian(numbers)) if present else np.nan
        unit = f" {covariate.unit}" if covariate.unit else ""
        for words, chosen in (
            (f"up to {middle:g}{unit}", numbers <= middle),
            (f"above {middle:g}{unit}", numbers > middle),
        ):
            if chosen.any():
                yield words, chosen
        return
    known = [level for level in covariate.levels if level in present]
    for level in [*known, *(value for value in present if value not in known)]:
        words = f"{level:g}" if isinstance(level, int | float) and not isinstance(level, bool) else str(level)
        yield words, np.array([value == level for value in values], dtype=bool)


def _subgroup(data: _Data, variable: str, level: str, chosen: np.ndarray) -> Subgroup:
    member, event = data.member[chosen], data.event[chosen]
    sizes = tuple(int((member == name).sum()) for name in data.cohort.groups)
    events = tuple(int(event[member == name].sum()) for name in data.cohort.groups)
    try:
        since, ties = data.since(chosen), data.conventions.ties
        fit = cox(data.days[chosen], event, data.exposed()[chosen], entry=since, ties=ties)
        ratios = tuple(ratio_of_fit(fit, index, data.conventions) for index in range(len(data.others)))
    except NotEstimableError as problem:
        ratios = tuple(Estimate(np.nan, np.nan, np.nan, f"not estimable: {problem}") for _ in data.others)
    return Subgroup(variable, level, sizes, events, ratios)


def _interaction(data: _Data, variable: str, levels: list[np.ndarray], missing: int) -> Interaction:
    if len(levels) < 2:
        return Interaction(variable, None, np.nan, missing, "it does not vary")
    known = np.any(levels, axis=0)
    exposed, level = data.exposed()[known], np.column_stack(levels[1:])[known].astype(float)
    products = (exposed[:, :, None] * level[:, None, :]).reshape(exposed.shape[0], -1)
    matrix = np.column_stack([exposed, level, products])
    first = exposed.shape[1] + level.shape[1]
    try:
        since, ties = data.since(known), data.conventions.ties
        fit = cox(data.days[known], data.event[known], matrix, entry=since, ties=ties)
        found = likelihood_ratio_test(fit, np.arange(first, matrix.shape[1]))
    except NotEstimableError as problem:
        return Interaction(variable, None, np.nan, missing, str(problem))
    test = Test("likelihood ratio", found.p_value, found.statistic, found.degrees_of_freedom)
    return Interaction(variable, test, np.nan, missing)


def _rows(
    endpoint: str, others: tuple[str, ...], found: list[Subgroup], interactions: tuple[Interaction, ...]
) -> pl.DataFrame:
    rows: list[Row] = []
    for item in found:
        place = {"endpoint": endpoint, "variable": item.variable or None, "level": item.level}
        for group, estimate in zip(others, item.ratios, strict=True):
            counts = {"n": sum(item.sizes), "events": sum(item.events)}
            rows.append(estimate_row("subgroups", "hazard_ratio", estimate, group=group, **counts, **place))
    for tested in interactions:
        if tested.test:
            place = {"endpoint": endpoint, "variable": tested.variable, "method": tested.test.name}
            rows.append(row("subgroups", "interaction_p_value", tested.test.p_value, **place))
            rows.append(row("subgroups", "interaction_p_value_holm", tested.adjusted_p_value, **place))
            rows.append(row("subgroups", "interaction_chi_square", tested.test.statistic, **place))
    return tidy(rows)
