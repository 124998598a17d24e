"""What the times of a cohort must meet, as arrays for the compiled search."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.special import chdtri

from sequela.evidence.printed import Summary
from sequela.evidence.rounding import Rounded
from sequela.evidence.sequence_printed import ALL, OVERALL, PrintedEndpoint, PrintedSequences, PrintedTest
from sequela.records.dates import DAYS_PER_MONTH


class Cohort(NamedTuple):
    """Who is in which group and stratum.

    Attributes
    ----------
    group, stratum : int array, shape (n,)
        Codes in the order of `groups` and `strata`.
    groups, strata : tuple of str
    """

    group: np.ndarray
    stratum: np.ndarray
    groups: tuple[str, ...]
    strata: tuple[str, ...]

    def members(self, group: str, stratum: str) -> np.ndarray:
        """Return whether each patient belongs to a group (or `ALL`) and a stratum (or `OVERALL`)."""
        chosen = np.ones(self.group.size, dtype=bool)
        if group != ALL:
            chosen &= self.group == self.groups.index(group)
        if stratum != OVERALL:
            chosen &= self.stratum == self.strata.index(stratum)
        return chosen

    def codes(self, groups: tuple[str, ...], stratum: str) -> np.ndarray:
        """Return the place of each patient's group in `groups`, -1 for the others."""
        codes = np.full(self.group.size, -1)
        for place, group in enumerate(groups):
            codes[self.members(group, stratum)] = place
        return codes


class Targets(NamedTuple):
    """See `sequence_kernels.penalty`."""

    medians: tuple[np.ndarray, np.ndarray, np.ndarray]
    tests: tuple[np.ndarray, np.ndarray, np.ndarray]
    ratios: tuple[np.ndarray, np.ndarray]
    observed: np.ndarray


def targets_of(printed: PrintedSequences, endpoint: PrintedEndpoint | None, cohort: Cohort) -> Targets:
    """Return what the search aims at, in days, z-values and logarithms; nothing for None."""
    n = cohort.group.size
    medians = [item for item in endpoint.medians if not printed.impossible(endpoint, item)] if endpoint else []
    tests = [test for test in endpoint.tests if test.aim] if endpoint else []
    ratios = [ratio for ratio in endpoint.ratios if ratio.aim is not None] if endpoint else []
    members = [cohort.members(item.group, item.stratum) for item in medians]
    codes = [cohort.codes(test.groups, test.stratum) for test in tests]
    exposed = [cohort.codes((ratio.reference, ratio.group), OVERALL) for ratio in ratios]
    return Targets(
        (
            np.array(members, dtype=bool).reshape(-1, n),
            np.array([_summary(item.summary, DAYS_PER_MONTH) for item in medians]).reshape(-1, 3, 2),
            np.array([item.summary is not None for item in medians], dtype=bool),
        ),
        (
            np.array(codes, dtype=np.int64).reshape(-1, n),
            np.array([len(test.groups) for test in tests], dtype=np.int64),
            np.array([_z_interval(test, code) for test, code in zip(tests, codes, strict=True)]).reshape(-1, 2),
        ),
        (
            np.array(exposed, dtype=np.int64).reshape(-1, n),
            np.log(np.array([_summary(item.aim, 1.0) for item in ratios]).reshape(-1, 3, 2)),
        ),
        np.array(_scaled(endpoint.observed.value if endpoint and endpoint.observed else None, DAYS_PER_MONTH)),
    )


def _summary(summary: Summary | None, unit: float) -> list[tuple[float, float]]:
    if summary is None:
        return [(math.nan, math.nan)] * 3
    return [_scaled(part, unit) for part in (summary.value, summary.low, summary.high)]


def _scaled(number: Rounded | None, unit: float) -> tuple[float, float]:
    if number is None:
        return math.nan, math.nan
    slack = (number.high - number.low) * 0.02
    return (number.low + slack) * unit, (number.high - slack) * unit


def _z_interval(test: PrintedTest, codes: np.ndarray) -> tuple[float, float]:
    """Return the interval of the square root of chi-square that prints the p-value."""
    freedom = np.unique(codes[codes >= 0]).size - 1
    if freedom < 1:
        return 0.0, math.inf
    if test.below:
        return float(np.sqrt(chdtri(freedom, 0.9 * test.p.value / test.times))), math.inf
    low, high = _scaled(test.p, 1 / test.times)
    return float(np.sqrt(chdtri(freedom, min(high, 1.0)))), float(np.sqrt(chdtri(freedom, max(low, 1e-12))))


class Life(NamedTuple):
    """One stretch of time per patient, or two: up to the index drug, and from it to the end.

    Attributes
    ----------
    wait, after : float array, shape (n,)
        Whole days; `wait` is 0 for the time of a line.
    event : bool array, shape (n,)
    """

    wait: np.ndarray
    after: np.ndarray
    event: np.ndarray


class Limits(NamedTuple):
    """What a search may change.

    Attributes
    ----------
    wait, after : float array, shape (n, 2)
        Least and largest whole days.
    longest : float array, shape (n,)
        Largest sum of the two.
    capped : bool
        Whether the largest `after` is where follow-up ends: below it a time is an event.
    at_cap : bool array, shape (n,)
        Whether a time at the cap is an event.
    """

    wait: np.ndarray
    after: np.ndarray
    longest: np.ndarray
    capped: bool
    at_cap: np.ndarray


def same_group(cohort: Cohort) -> tuple[np.ndarray, np.ndarray]:
    """Return the patients sorted by group, and the first place of each group followed by their number."""
    order = np.argsort(cohort.group, kind="stable")
    return order, np.searchsorted(cohort.group[order], np.arange(len(cohort.groups) + 1))


Assignment = Mapping[str, np.ndarray]
"""Level code of each patient, shape (n,), by categorical."""
