"""Who the patients were on the day of time zero, by group.

Missing values are counted on their own and never enter a test or a standardised difference.
"""

from collections.abc import Callable, Iterable

import numpy as np
import polars as pl

from sequela.analyses.results import Cell, Characteristics, Test, Variable
from sequela.analyses.tidy import Row, row, tidy
from sequela.derive.baseline import covariate_named
from sequela.derive.covariate import Covariate, Definitions
from sequela.errors import NotEstimableError, StudyError
from sequela.records.bundle import Records
from sequela.stats.contingency import fisher_exact, fisher_mid_p, pearson_chi_square
from sequela.stats.kruskal_wallis import kruskal_wallis
from sequela.stats.standardised_difference import StandardisedDifference, categorical_difference, continuous_difference
from sequela.stats.wilcoxon import wilcoxon_rank_sum
from sequela.study.cohort import Cohort

EVERYONE = "All"
SMALL_EXPECTED = 5
"""Expected count below which Fisher's exact test is the default instead of Pearson's (Cochran 1954)."""


def characteristics(
    cohort: Cohort, records: Records, names: Iterable[str], definitions: Definitions
) -> Characteristics:
    """Describe the cohort by group.

    Parameters
    ----------
    cohort : Cohort
    records : Records
    names : iterable of str
        Covariates, as a study file spells them.
    definitions : Definitions

    Raises
    ------
    StudyError
        For a name that is no covariate.
    """
    variables, rows = [], []
    for name in names:
        covariate = covariate_named(name, records.drugs)
        if covariate is None:
            raise StudyError(f"characteristics: there is no covariate called {name!r}")
        variable, of_variable = describe(cohort, records, covariate, definitions)
        variables.append(variable)
        rows += of_variable
    groups = (*cohort.groups, EVERYONE)
    sizes = tuple(len(members) for members in _members(cohort, cohort.patients["group"].to_list()))
    return Characteristics(groups, sizes, tuple(variables), tidy(rows))


def _members(cohort: Cohort, values: list) -> list[list]:
    """Split values by group, everyone last."""
    of_group = cohort.patients["group"].to_list()
    by_group = [[v for v, g in zip(values, of_group, strict=True) if g == group] for group in cohort.groups]
    return [*by_group, values]


def describe(
    cohort: Cohort, records: Records, covariate: Covariate, definitions: Definitions
) -> tuple[Variable, list[Row]]:
    """Return one variable of the table and its tidy rows."""
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    values = covariate.derive(records, at, definitions)["value"].to_list()
    split = _members(cohort, values)
    describe_kind = _continuous if covariate.is_continuous else _categorical
    levels, cells, tests, difference = describe_kind(covariate, split)
    definition = covariate.meaning(definitions)
    test = tests[0] if tests else None
    variable = Variable(covariate.name, covariate.label, covariate.unit, levels, cells, test, difference, definition)
    return variable, _rows(cohort, variable, tests)


def _present(values: list) -> list:
    return [value for value in values if value is not None]


def _continuous(covariate: Covariate, split: list[list]) -> tuple[tuple, tuple, list[Test], float]:
    groups = [np.array(_present(values), dtype=float) for values in split]
    cells = tuple(_summary(group, len(values)) for group, values in zip(groups, split, strict=True))
    compared = [group for group in groups[:-1] if len(group)]
    if len(groups) == 2 or len(compared) < len(groups) - 1:
        return (), (cells,), [], float("nan")
    return (), (cells,), _rank_tests(compared), _difference(continuous_difference, compared)


def _difference(measure: Callable[..., StandardisedDifference], compared: list) -> float:
    """Return the standardised difference of two groups; nan for more, or where a group is too small."""
    if len(compared) != 2:
        return float("nan")
    try:
        return measure(*compared).value
    except NotEstimableError:
        return float("nan")


def _summary(values: np.ndarray, patients: int) -> Cell:
    if not len(values):
        return Cell(n=0, missing=patients)
    low, first, median, third, high = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
    return Cell(
        n=len(values),
        missing=patients - len(values),
        median=float(median),
        first_quartile=float(first),
        third_quartile=float(third),
        lowest=float(low),
        highest=float(high),
    )


def _rank_tests(groups: list[np.ndarray]) -> list[Test]:
    """Return the rank tests, the default first; none where every value is the same."""
    if len(groups) > 2:
        try:
            result = kruskal_wallis(groups)
        except NotEstimableError:
            return []
        return [Test("Kruskal-Wallis", result.p_value, result.statistic, result.degrees_of_freedom)]
    try:
        default = wilcoxon_rank_sum(*groups)
        plain = wilcoxon_rank_sum(*groups, continuity=False, exact=False)
    except NotEstimableError:
        return []
    tests = [Test(found.method, found.p_value, found.statistic) for found in (default, plain)]
    return tests if default.method != plain.method else tests[:1]


def _categorical(covariate: Covariate, split: list[list]) -> tuple[tuple, tuple, list[Test], float]:
    seen = {value for value in split[-1] if value is not None}
    levels = tuple(level for level in covariate.levels if level in seen) + tuple(sorted(seen - set(covariate.levels)))
    if not covariate.levels or covariate.kind == "categorical":
        levels = tuple(dict.fromkeys((*covariate.levels, *levels)))
    counts = np.array([[values.count(level) for values in split] for level in levels], dtype=int).reshape(
        -1, len(split)
    )
    sizes = [(len(_present(values)), len(values)) for values in split]
    cells = tuple(
        tuple(Cell(n=n, missing=total - n, count=int(count)) for count, (n, total) in zip(line, sizes, strict=True))
        for line in counts
    )
    compared = counts[:, :-1]
    if compared.shape[1] < 2 or not compared.sum(axis=0).all():
        return levels, cells, [], float("nan")
    return levels, cells, table_tests(compared), _difference(categorical_difference, list(compared.T))


def table_tests(counts: np.ndarray) -> list[Test]:
    """Return the tests of a table, the default first: Pearson, or Fisher where an expected count is small."""
    table = counts[counts.sum(axis=1) > 0]
    if len(table) < 2:
        return []
    pearson = pearson_chi_square(table)
    tests = [Test("Pearson chi-square", pearson.p_value, pearson.statistic, pearson.degrees_of_freedom)]
    if table.shape == (2, 2):
        exact = Test("Fisher exact", fisher_exact(table).p_value)
        small = bool((pearson.expected < SMALL_EXPECTED).any())
        tests = [exact, *tests] if small else [*tests, exact]
        tests.append(Test("Fisher mid-p", fisher_mid_p(table).p_value))
    return tests


def _rows(cohort: Cohort, variable: Variable, tests: list[Test]) -> list[Row]:
    groups = (*cohort.groups, EVERYONE)
    rows: list[Row] = []
    for level, line in zip(variable.levels or ("",), variable.cells, strict=True):
        for group, cell in zip(groups, line, strict=True):
            place = {"variable": variable.name, "level": level or None, "group": group, "n": cell.n}
            rows += _level_rows(cell, place) if level else _median_rows(cell, place)
    for group, cell in zip(groups, variable.cells[0] if variable.cells else (), strict=False):
        place = {"variable": variable.name, "group": group, "n": cell.n + cell.missing}
        rows.append(row("characteristics", "missing", cell.missing, **place))
    rows += [
        row("characteristics", "p_value", test.p_value, variable=variable.name, method=test.name) for test in tests
    ]
    difference = {"variable": variable.name, "method": "standardised difference"}
    return [*rows, row("characteristics", "standardised_difference", variable.standardised_difference, **difference)]


def _level_rows(cell: Cell, place: dict) -> list[Row]:
    percent = 100 * cell.count / cell.n if cell.n else float("nan")
    return [
        row("characteristics", "count", cell.count, **place),
        row("characteristics", "percent", percent, **place, method="of patients with a value"),
    ]


def _median_rows(cell: Cell, place: dict) -> list[Row]:
    quartiles = {"low": cell.first_quartile, "high": cell.third_quartile, "method": "median, quartiles"}
    return [
        row("characteristics", "median", cell.median, **quartiles, **place),
        row("characteristics", "lowest", cell.lowest, **place),
        row("characteristics", "highest", cell.highest, **place),
    ]
