"""Events per person-time by group, and their ratio to that of the reference."""

from collections.abc import Iterable
from dataclasses import replace

from sequela.analyses.comparisons import GroupTimes
from sequela.analyses.results import Contrast, Estimate, SurvivalGroup
from sequela.errors import NotEstimableError
from sequela.records.dates import DAYS_PER_MONTH
from sequela.stats.rates import exact_rate_interval, exact_rate_ratio

DAYS_PER_YEAR = 12 * DAYS_PER_MONTH
PER = 100
"""Person-years to which a rate is counted."""


def with_rates(data: GroupTimes, groups: Iterable[SurvivalGroup]) -> list[SurvivalGroup]:
    """Add to each group, and to everyone, the person-years it was at risk and its events per hundred of them.

    Under delayed entry person-time is counted from entry. No rate where nobody was at risk for any time.
    """
    observed = data.days if data.entry is None else data.days - data.entry
    names = data.cohort.groups
    found = []
    for group in groups:
        here = data.codes == names.index(group.name) if group.name in names else data.codes >= 0
        years = float(observed[here].sum()) / DAYS_PER_YEAR
        rate = None
        if years:
            of = exact_rate_interval(group.events, years, group.curve.level)
            rate = Estimate(PER * of.value, PER * of.low, PER * of.high, f"per {PER} person-years, {of.method}")
        found.append(replace(group, person_years=years, rate=rate))
    return found


def rate_ratios(groups: Iterable[SurvivalGroup], reference: str) -> tuple[tuple[Contrast, ...], tuple[str, ...]]:
    """Return the rate of each group over that of the reference, and why there is none."""
    by_name = {group.name: group for group in groups}
    found, cautions = [], []
    for name, group in by_name.items():
        if name == reference or reference not in by_name:
            continue
        other = by_name[reference]
        try:
            counts = (group.events, group.person_years or 0.0, other.events, other.person_years or 0.0)
            of = exact_rate_ratio(*counts, group.curve.level)
        except NotEstimableError as problem:
            cautions.append(f"The rate ratio of {name} is not estimable: {problem}")
            continue
        estimate = Estimate(of.value, of.low, of.high, of.method)
        found.append(Contrast(name, reference, "rate ratio", 0.0, estimate, of.p_value))
    return tuple(found), tuple(cautions)
