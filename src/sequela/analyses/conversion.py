"""Markers in two specimens of the same patients: who changed, and whether as many changed one way as the other."""

from collections.abc import Callable, Iterable

import numpy as np
import polars as pl

from sequela.analyses.characteristics import EVERYONE
from sequela.analyses.results import Test
from sequela.analyses.tidy import Row, row, tidy
from sequela.analyses.wording import counted
from sequela.derive.baseline import covariate_named
from sequela.derive.covariate import DEFAULT_DEFINITIONS, Covariate, Definitions
from sequela.derive.specimen_pairs import specimen_pairs
from sequela.errors import NotEstimableError, StudyError
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.stats.chi_square import ChiSquareTest
from sequela.stats.paired import sign_test, wilcoxon_signed_rank
from sequela.stats.paired_tables import bowker_symmetry, mcnemar, mcnemar_exact, stuart_maxwell
from sequela.study.cohort import Cohort

FEW_CHANGED = 10
"""Changed pairs below which a chi-square test of them is called uncertain: as many as make McNemar's expected
counts 5."""


@frozen
class ChangesOfGroup:
    """How a marker changed within the patients of one group.

    Attributes
    ----------
    name : str
    patients, pairs, changed : int
        Of the group; of them with both specimens; of these with unlike values.
    counts : int array, shape (k, k)
        Pairs by level before (rows) and after; no rows for a quantity.
    quartiles : tuple of (float, float, float)
        Median and quartiles before, after, and of the change, of the pairs; empty for levels.
    tests : tuple of Test
        The first is printed first; empty where nobody changed.
    """

    name: str
    patients: int
    pairs: int
    changed: int
    counts: np.ndarray
    quartiles: tuple[tuple[float, float, float], ...]
    tests: tuple[Test, ...]


@frozen
class ChangedMarker:
    """One marker before and after.

    Attributes
    ----------
    name, label, unit, definition : str
    levels : tuple of str
        Those that occur; empty for a quantity.
    groups : tuple of ChangesOfGroup
        In the order of the study, then everyone.
    """

    name: str
    label: str
    unit: str
    definition: str
    levels: tuple[str, ...]
    groups: tuple[ChangesOfGroup, ...]


@frozen
class Conversion:
    """Markers in two specimens of the same patients.

    Attributes
    ----------
    between : str
        Which two specimens, in words.
    markers : tuple of ChangedMarker
    results : DataFrame
        See `RESULT_SCHEMA`.
    cautions : tuple of str
    """

    between: str
    markers: tuple[ChangedMarker, ...]
    results: pl.DataFrame
    cautions: tuple[str, ...] = ()


def conversion(
    cohort: Cohort,
    records: Records,
    at: pl.DataFrame,
    names: Iterable[str],
    between: tuple[str, str | pl.DataFrame],
    definitions: Definitions = DEFAULT_DEFINITIONS,
) -> Conversion:
    """Count the changes of each marker between two specimens of the same patients, and test them within each group.

    Groups are not compared: who had a second specimen was chosen after time zero by what happened to him.

    Parameters
    ----------
    cohort : Cohort
    records : Records
    at : DataFrame
        patient_id, day: nothing later is looked at; the patients of the cohort in their order.
    names : iterable of str
        Covariates that rest on specimens.
    between : (str, str or DataFrame)
        Which two specimens, in words and as `specimen_pairs` takes it.
    definitions : Definitions

    Raises
    ------
    NotEstimableError
        Where no patient has two specimens that tell any of the markers.
    """
    words, chosen = between
    markers, cautions = [], []
    for name in names:
        covariate = covariate_named(name, records.drugs)
        if covariate is None:
            raise StudyError(f"conversion: there is no covariate called {name!r}")
        pairs = specimen_pairs(records, at, covariate, definitions, chosen)
        marker = _marker(cohort, covariate, pairs, definitions)
        markers.append(marker)
        cautions += _cautions(marker)
    if not any(marker.groups[-1].pairs for marker in markers):
        raise NotEstimableError(f"conversion: nobody has two specimens that tell a marker, {words}.")
    return Conversion(words, tuple(markers), tidy(_rows(markers)), tuple(cautions))


def _marker(cohort: Cohort, covariate: Covariate, pairs: pl.DataFrame, definitions: Definitions) -> ChangedMarker:
    both = pairs["before"].is_not_null() & pairs["after"].is_not_null()
    levels: tuple[str, ...] = ()
    if not covariate.is_continuous:
        seen = {*pairs.filter(both)["before"].to_list(), *pairs.filter(both)["after"].to_list()}
        levels = (*(level for level in covariate.levels if level in seen), *sorted(seen - set(covariate.levels)))
    member = cohort.patients["group"]
    groups = []
    for name in (*cohort.groups, EVERYONE):
        of_group = pairs.filter((member == name) if name != EVERYONE else pl.Series([True] * len(member)))
        groups.append(_of_group(name, of_group, levels))
    meaning = covariate.meaning(definitions)
    return ChangedMarker(covariate.name, covariate.label, covariate.unit, meaning, levels, tuple(groups))


def _of_group(name: str, pairs: pl.DataFrame, levels: tuple[str, ...]) -> ChangesOfGroup:
    valued = pairs.drop_nulls(["before", "after"])
    changed = int((valued["before"] != valued["after"]).sum())
    if levels or valued.is_empty():
        place = {level: index for index, level in enumerate(levels)}
        counts = np.zeros((len(levels), len(levels)), dtype=np.int64)
        for before, after in valued.select("before", "after").iter_rows():
            counts[place[before], place[after]] += 1
        return ChangesOfGroup(name, len(pairs), len(valued), changed, counts, (), _of_levels(counts))
    before, after = (valued[side].to_numpy().astype(float) for side in ("before", "after"))
    spread = tuple(_quartiles(values) for values in (before, after, after - before))
    return ChangesOfGroup(name, len(pairs), len(valued), changed, np.zeros((0, 0)), spread, _of_values(before, after))


def _of_levels(counts: np.ndarray) -> tuple[Test, ...]:
    """Test a table of pairs: McNemar's of two levels, of more Stuart and Maxwell's and Bowker's."""
    found: list[tuple[str, Callable[[], Test]]]
    if len(counts) == 2:
        found = [
            ("McNemar exact", lambda: Test("McNemar exact", mcnemar_exact(counts).p_value)),
            ("McNemar", lambda: _chi_square("McNemar", mcnemar(counts))),
        ]
    else:
        found = [
            ("Stuart-Maxwell", lambda: _chi_square("Stuart-Maxwell", stuart_maxwell(counts))),
            ("Bowker", lambda: _chi_square("Bowker", bowker_symmetry(counts))),
        ]
    return _made(made for _, made in found)


def _of_values(before: np.ndarray, after: np.ndarray) -> tuple[Test, ...]:
    def ranks() -> Test:
        test = wilcoxon_signed_rank(before, after)
        return Test("Wilcoxon signed rank", test.p_value, test.statistic)

    def signs() -> Test:
        return Test("sign test", sign_test(before, after).p_value)

    return _made((ranks, signs))


def _made(tests: Iterable[Callable[[], Test]]) -> tuple[Test, ...]:
    made = []
    for test in tests:
        try:
            made.append(test())
        except NotEstimableError:
            continue
    return tuple(made)


def _chi_square(name: str, found: ChiSquareTest) -> Test:
    return Test(name, found.p_value, found.statistic, found.degrees_of_freedom)


def _quartiles(values: np.ndarray) -> tuple[float, float, float]:
    first, median, third = np.quantile(values, [0.25, 0.5, 0.75])
    return float(median), float(first), float(third)


def _cautions(marker: ChangedMarker) -> list[str]:
    everyone = marker.groups[-1]
    said = []
    if everyone.pairs < everyone.patients:
        of = f"{everyone.pairs} of {counted(everyone.patients, 'patient')}"
        said.append(
            f"{marker.label}: {of} have both specimens; who was biopsied again was chosen, so that the shares are not "
            "those of all patients."
        )
    if len(marker.levels) > 2 and 0 < everyone.changed < FEW_CHANGED:
        said.append(
            f"{marker.label}: with {counted(everyone.changed, 'changed pair')} the chi-square tests of the changes are "
            "uncertain."
        )
    return said


def _rows(markers: Iterable[ChangedMarker]) -> list[Row]:
    rows: list[Row] = []
    for marker in markers:
        for group in marker.groups:
            place = {"variable": marker.name, "group": group.name, "n": group.pairs}
            rows.append(row("conversion", "patients", group.patients, **place))
            rows.append(row("conversion", "changed", group.changed, **place))
            for i, before in enumerate(marker.levels):
                for j, after in enumerate(marker.levels):
                    rows.append(row("conversion", "pairs", group.counts[i, j], level=f"{before} to {after}", **place))
            for when, (median, low, high) in zip(("before", "after", "change"), group.quartiles, strict=False):
                quartiles = {"low": low, "high": high, "method": "median, quartiles"}
                rows.append(row("conversion", "median", median, level=when, **quartiles, **place))
            for test in group.tests:
                rows.append(row("conversion", "p_value", test.p_value, method=test.name, **place))
                if test.degrees_of_freedom:
                    rows.append(row("conversion", "chi_square", test.statistic, method=test.name, **place))
    return rows
