"""Who the patients were on the day of time zero, by group.

Missing values are counted on their own and never enter a test or a standardised difference, unless the study
asks for them as a level.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from itertools import combinations

import numpy as np
import polars as pl

from sequela.analyses.conventions import CONVENTIONS, Conventions
from sequela.analyses.results import Cell, Characteristics, Test, Variable
from sequela.analyses.table_tests import category_tests, named_category_test, named_quantity_test, quantity_tests
from sequela.analyses.tidy import Row, row, tidy
from sequela.derive.baseline import covariate_named
from sequela.derive.covariate import Covariate, Definitions
from sequela.derive.her2_conversion import GAIN, LOSS
from sequela.errors import NotEstimableError, StudyError
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.stats.paired_tables import mcnemar_exact
from sequela.stats.standardised_difference import StandardisedDifference, categorical_difference, continuous_difference
from sequela.study.cohort import Cohort
from sequela.study.names import CATEGORIES, QUANTITIES, QUANTITY_TESTS

EVERYONE = "All"
MISSING = "missing"
"""The level of patients without a value, where a study asks for one."""


@frozen
class TableOptions:
    """How a table of patients is tested.

    Attributes
    ----------
    tests : mapping
        The test of a covariate by its name, of all others by "quantities" and "categories"; where none is
        named, that of the conventions.
    missing_as_level : bool
        Whether missing values of categories are a level of their own, in the tests too.
    conventions : Conventions
    """

    tests: Mapping[str, str] = field(default_factory=dict)
    missing_as_level: bool = False
    conventions: Conventions = CONVENTIONS["default"]

    def asked(self, covariate: Covariate) -> str | None:
        """Return the test that the study names for a covariate; None where it names none."""
        return self.tests.get(covariate.name, self.tests.get(QUANTITIES if covariate.is_continuous else CATEGORIES))


@frozen
class _Described:
    levels: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    tests: tuple[Test, ...] = ()
    difference: float = float("nan")
    caution: str = ""


def characteristics(
    cohort: Cohort,
    records: Records,
    names: Iterable[str],
    definitions: Definitions,
    options: TableOptions = TableOptions(),  # noqa: B008 - frozen
) -> Characteristics:
    """Describe the cohort by group.

    Parameters
    ----------
    cohort : Cohort
    records : Records
    names : iterable of str
        Covariates, as a study file spells them.
    definitions : Definitions
    options : TableOptions

    Raises
    ------
    StudyError
        For a name that is no covariate.
    """
    variables, rows, cautions = [], [], []
    for name in names:
        covariate = covariate_named(name, records.drugs)
        if covariate is None:
            raise StudyError(f"characteristics: there is no covariate called {name!r}")
        variable, of_variable, caution = describe(cohort, records, covariate, definitions, options)
        variables.append(variable)
        rows += of_variable
        cautions += [caution] if caution else []
    groups = (*cohort.groups, EVERYONE)
    sizes = tuple(len(members) for members in _members(cohort, cohort.patients["group"].to_list()))
    return Characteristics(groups, sizes, tuple(variables), tidy(rows), tuple(cautions), options.missing_as_level)


def _members(cohort: Cohort, values: list) -> list[list]:
    """Split values by group, everyone last."""
    of_group = cohort.patients["group"].to_list()
    by_group = [[v for v, g in zip(values, of_group, strict=True) if g == group] for group in cohort.groups]
    return [*by_group, values]


def describe(
    cohort: Cohort, records: Records, covariate: Covariate, definitions: Definitions, options: TableOptions
) -> tuple[Variable, list[Row], str]:
    """Return one variable of the table, its tidy rows, and why its test could not be made."""
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    values = covariate.derive(records, at, definitions)["value"].to_list()
    found = (_continuous if covariate.is_continuous else _categorical)(covariate, _members(cohort, values), options)
    variable = Variable(
        name=covariate.name,
        label=covariate.label,
        unit=covariate.unit,
        levels=found.levels,
        cells=found.cells,
        test=found.tests[0] if found.tests else None,
        standardised_difference=found.difference,
        definition=covariate.meaning(definitions),
        within=_within(found) if {LOSS, GAIN} <= set(covariate.levels) else (),
    )
    caution = f"{covariate.label}: the test that the study names is not computable: {found.caution}"
    return variable, _rows(cohort, variable, found.tests), caution if found.caution else ""


def _within(found: _Described) -> tuple[Test | None, ...]:
    """Compare losses with gains of the same patients, group by group; None where nobody's status changed."""
    losses, gains = (found.cells[found.levels.index(level)] for level in (LOSS, GAIN))
    tests: list[Test | None] = []
    for lost, gained in zip(losses, gains, strict=True):
        table = [[0, lost.count], [gained.count, 0]]
        tests.append(Test("McNemar exact", mcnemar_exact(table).p_value) if lost.count + gained.count else None)
    return tuple(tests)


def _present(values: list) -> list:
    return [value for value in values if value is not None]


def _continuous(covariate: Covariate, split: list[list], options: TableOptions) -> _Described:
    groups = [np.array(_present(values), dtype=float) for values in split]
    cells = tuple(_summary(group, len(values)) for group, values in zip(groups, split, strict=True))
    compared = groups[:-1]
    if len(compared) < 2 or not all(len(group) for group in compared):
        return _Described((), (cells,))
    asked, conventions = options.asked(covariate), options.conventions
    tests, why = _tested(asked, lambda: quantity_tests(compared, conventions), named_quantity_test, compared)
    return _Described((), (cells,), tests, _difference(continuous_difference, compared), why)


def _tested(
    asked: str | None, default: Callable[[], list[Test]], named: Callable[..., Test | None], compared: object
) -> tuple[tuple[Test, ...], str]:
    """Return the test that is asked for, or the default ones; and why there is none."""
    if asked is None:
        return tuple(default()), ""
    try:
        test = named(asked, compared)
    except NotEstimableError as problem:
        return (), str(problem)
    return ((test,) if test else ()), ""


def _difference(measure: Callable[..., StandardisedDifference], compared: list) -> float:
    """Return the standardised difference of two groups, of more the largest of any two without its sign.

    nan where a group is too small.
    """
    try:
        values = [measure(first, second).value for first, second in combinations(compared, 2)]
    except NotEstimableError:
        return float("nan")
    return values[0] if len(values) == 1 else max(abs(value) for value in values)


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


def _categorical(covariate: Covariate, split: list[list], options: TableOptions) -> _Described:
    levels = _levels(covariate, split[-1])
    if options.missing_as_level and None in split[-1]:
        levels, split = (*levels, MISSING), [[MISSING if v is None else v for v in values] for values in split]
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
        return _Described(levels, cells)
    asked, conventions = options.asked(covariate), options.conventions
    if asked not in QUANTITY_TESTS:
        tests, why = _tested(asked, lambda: category_tests(compared, conventions), named_category_test, compared)
    else:
        numbers = [np.array([float(v) for v in _present(values) if v != MISSING]) for values in split[:-1]]
        tests, why = _tested(asked, list, named_quantity_test, numbers)
    return _Described(levels, cells, tests, _difference(categorical_difference, list(compared.T)), why)


def _levels(covariate: Covariate, values: list) -> tuple[str, ...]:
    """Return the levels that occur, in their order; of a categorical covariate its own levels too."""
    seen = {value for value in values if value is not None}
    levels = tuple(level for level in covariate.levels if level in seen) + tuple(sorted(seen - set(covariate.levels)))
    if not covariate.levels or covariate.kind == "categorical":
        levels = tuple(dict.fromkeys((*covariate.levels, *levels)))
    return levels


def _rows(cohort: Cohort, variable: Variable, tests: tuple[Test, ...]) -> list[Row]:
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
    for group, test in zip(groups, variable.within or (None,) * len(groups), strict=True):
        if test is not None:
            place = {"variable": variable.name, "group": group, "method": test.name}
            rows.append(row("characteristics", "losses_against_gains_p_value", test.p_value, **place))
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
