"""Printed numbers that cannot all be true, found before and without any search."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from sequela.evidence import consistency
from sequela.evidence.facts import versus
from sequela.evidence.measure import table_p_values
from sequela.evidence.printed import EVERYONE, Conventions, Printed, Summary
from sequela.evidence.rounding import Rounded
from sequela.evidence.search_values import unit_size
from sequela.frozen import frozen
from sequela.records.dates import DAYS_PER_MONTH

OTHER_MONTHS = {"365/12 days": 365 / 12, "30.4 days": 30.4, "30 days": 30.0, "28 days": 28.0}


@frozen
class Contradiction:
    """One printed number that others exclude.

    Attributes
    ----------
    name : str
        The fact that gives way.
    against : tuple of str
        The facts that are kept.
    reason : str
    """

    name: str
    against: tuple[str, ...]
    reason: str


def contradictions(printed: Printed, conventions: Conventions) -> tuple[Contradiction, ...]:
    """Return every printed number that the other printed numbers exclude, under one set of conventions.

    Counts are kept and what was derived from them gives way; never the other way round.
    """
    return (
        *_totals(printed),
        *_table_tests(printed),
        *_mixtures(printed),
        *_symmetry(printed, conventions),
        *_grids(printed),
        *_late_medians(printed),
        *_control(printed),
        *_events(printed),
    )


def _totals(printed: Printed) -> Iterator[Contradiction]:
    for item in printed.categorical:
        for level, summary in item.totals.items():
            parts = item.counts[item.levels.index(level)]
            check = consistency.row_sum(parts, int(summary.value.value))
            if not check.holds:
                cells = tuple(f"{item.name} {level} {group}" for group in printed.groups)
                yield Contradiction(f"{item.name} {level} total", cells, f"{check.reason}; the cells of the table win")


def _table_tests(printed: Printed) -> Iterator[Contradiction]:
    for item in printed.categorical:
        names = tuple(f"{item.name} {level} {group}" for level in item.levels for group in printed.groups)
        yield from _one_table(item.name, item.counts, item.p, names)
    response = printed.response
    if response is None:
        return
    sizes, counts = np.array(printed.sizes), np.array(response.counts)
    responded = counts[[level in response.responders for level in response.levels]].sum(axis=0)
    names = tuple(f"response {level} {group}" for level in response.levels for group in printed.groups)
    yield from _one_table("response", _yes_no(responded, sizes), response.p, names)
    if response.control:
        control = np.array(response.control)
        names = tuple(f"disease control {group}" for group in printed.groups)
        yield from _one_table("disease control", _yes_no(control, sizes), response.control_p, names)


def _yes_no(yes: np.ndarray, sizes: np.ndarray) -> list[list[int]]:
    return [yes.tolist(), (sizes - yes).tolist()]


def _one_table(
    name: str, rows: Sequence[Sequence[int]], p_values: Mapping[str, Summary], names: tuple[str, ...]
) -> Iterator[Contradiction]:
    table = np.array(rows)
    computed = table_p_values(name, table)
    for test, summary in p_values.items():
        if not summary.value.holds(computed[f"{name} p {test}"]):
            check = consistency.table_p_value(table.tolist(), summary.value.text)
            yield Contradiction(f"{name} p {test}", names, f"{check.reason}; the counts win")


def _mixtures(printed: Printed) -> Iterator[Contradiction]:
    families = [("observed", printed.observed), *((item.name, item.median) for item in printed.continuous)]
    for name, summaries in families:
        groups = {g: summaries[g].value.text for g in printed.groups if g in summaries}
        if EVERYONE in summaries and len(groups) == len(printed.groups):
            check = consistency.mixture_median(summaries[EVERYONE].value.text, groups)
            if not check.holds:
                yield Contradiction(f"{name} {EVERYONE}", tuple(f"{name} {group}" for group in groups), check.reason)


def _symmetry(printed: Printed, conventions: Conventions) -> Iterator[Contradiction]:
    if conventions.hazard_ratio_interval != "Wald":
        return
    for item in printed.comparisons:
        for kind, summary in (("hazard ratio", item.hazard_ratio), ("adjusted hazard ratio", item.adjusted)):
            if summary and summary.low and summary.high:
                check = consistency.log_symmetry(summary.value.text, summary.low.text, summary.high.text)
                if not check.holds:
                    name = f"{kind} {versus(item)}"
                    yield Contradiction(name, (f"{name} low", f"{name} high"), f"not a Wald interval: {check.reason}")


def _grids(printed: Printed) -> Iterator[Contradiction]:
    """Find medians that no whole number of days (years, counts), and no middle of two, can round to."""
    families = [("observed", printed.observed, "months"), *((c.name, c.median, c.unit) for c in printed.continuous)]
    for name, summaries, unit in families:
        for group, summary in summaries.items():
            if not on_grid(summary.value, unit_size(unit)):
                yield Contradiction(f"{name} {group}", (), _off_grid(summary, unit))


def on_grid(number: Rounded, size: float) -> bool:
    """Tell whether a median of whole units can be printed as this number of `size` units each."""
    first, last = np.ceil(2 * number.low * size), np.floor(2 * number.high * size)
    return bool(first <= last)


def _off_grid(summary: Summary, unit: str) -> str:
    if unit != "months":
        return f"no whole number of {unit}, nor the middle of two, is {summary.value.text}"
    others = [name for name, days in OTHER_MONTHS.items() if on_grid(summary.value, days)]
    where = f"months of {' or '.join(others)} have one" if others else "no usual length of a month has one"
    months = f"{summary.value.text} months of {DAYS_PER_MONTH} days"
    return f"no whole number of days, nor the middle of two, is {months}; {where}"


def _late_medians(printed: Printed) -> Iterator[Contradiction]:
    for group, summary in printed.median.items():
        longest = printed.observed[group].high if group in printed.observed else None
        if longest and summary.value.low > longest.high:
            reason = f"a median of {summary.value.text} where nobody was observed beyond {longest.text}"
            yield Contradiction(f"median {group}", (f"observed {group} longest",), reason)


def _control(printed: Printed) -> Iterator[Contradiction]:
    """Find disease control that responders and stable disease cannot add up to."""
    response = printed.response
    if response is None or not response.control:
        return
    for g, group in enumerate(printed.groups):
        count = {level: line[g] for level, line in zip(response.levels, response.counts, strict=True)}
        least = sum(count[level] for level in response.responders)
        most = least + count.get(response.stable, 0)
        if not least <= response.control[g] <= most:
            names = tuple(f"response {level} {group}" for level in (*response.responders, response.stable))
            reason = f"{least} responders and {most - least} stable allow {least} to {most}"
            yield Contradiction(f"disease control {group}", names, reason)


def _events(printed: Printed) -> Iterator[Contradiction]:
    sizes = {**dict(zip(printed.groups, printed.sizes, strict=True)), EVERYONE: sum(printed.sizes)}
    for group, summary in printed.events.items():
        if summary.value.value > sizes[group]:
            yield Contradiction(f"events {group}", (), f"{summary.value.text} events in {sizes[group]} patients")
    stopped = sum(printed.stopped.values())
    for reason in printed.stopped if stopped > sizes[EVERYONE] else ():
        yield Contradiction(f"stopped for {reason}", (), f"{stopped} stopped of {sizes[EVERYONE]} patients")
    yield from _unseen_progressions(printed)
    progression = printed.stopped.get("progression")
    if progression is not None and EVERYONE in printed.events:
        events = printed.events[EVERYONE].value
        if not events.holds(progression):
            yield Contradiction("stopped for progression", (f"events {EVERYONE}",), f"{events.text} events")


def _unseen_progressions(printed: Printed) -> Iterator[Contradiction]:
    """Find fewer events than patients whose best response was progression."""
    response = printed.response
    if response is None or "PD" not in response.levels:
        return
    progressed = dict(zip(printed.groups, response.counts[response.levels.index("PD")], strict=True))
    progressed[EVERYONE] = sum(progressed.values())
    for group, summary in printed.events.items():
        if summary.value.high < progressed[group]:
            names = tuple(f"response PD {name}" for name in (printed.groups if group == EVERYONE else (group,)))
            reason = f"{summary.value.text} events, but {progressed[group]} patients with progression as best response"
            yield Contradiction(f"events {group}", names, reason)
