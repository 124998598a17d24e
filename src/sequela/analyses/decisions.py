"""How often each rule of an endpoint ended a patient's time, by group: the table of events and censorings."""

from collections import Counter

import polars as pl

from sequela.analyses.characteristics import EVERYONE
from sequela.analyses.results import Decision
from sequela.analyses.tidy import Row, row
from sequela.derive.endpoint_parts import start_in_words
from sequela.derive.endpoint_times import NOT_APPLICABLE, NOT_DECIDABLE
from sequela.derive.endpoints import Endpoint

STARTS = "starts at"


def decisions(
    endpoint: Endpoint, times: pl.DataFrame, member: pl.Series, groups: tuple[str, ...]
) -> tuple[Decision, ...]:
    """Return every rule of an endpoint with the patients it decided; the counts of a group add up to its patients.

    Parameters
    ----------
    endpoint : Endpoint
    times : DataFrame
        Of `time_to_event`.
    member : Series
        The group of each row of `times`.
    groups : tuple of str
    """
    key = pl.col("rule").str.split(" ").list.last().fill_null(pl.format("{}|{}", "outcome", "reason"))
    counted = times.select(key.alias("key")).with_columns(member.alias("group")).group_by("key", "group").len()
    seen: Counter[tuple[str, str]] = Counter()
    for what, group, number in counted.iter_rows():
        seen[what, group] += number
        seen[what, EVERYONE] += number
    return (*_rows(endpoint, seen, (*groups, EVERYONE)),)


def _rows(endpoint: Endpoint, seen: Counter[tuple[str, str]], groups: tuple[str, ...]) -> list[Decision]:
    def counts(key: str) -> tuple[int, ...]:
        return tuple(seen[key, group] for group in groups)

    rows = [Decision("", STARTS, start_in_words(endpoint.start))]
    rows += [Decision(rule.id, rule.role, rule.what, counts(rule.id)) for rule in endpoint.rules()]
    without = sorted({key for key, _ in seen if "|" in key})
    for key in without:
        outcome, _, reason = key.partition("|")
        rows.append(Decision("", outcome, reason.removeprefix(f"{outcome}: "), counts(key)))
    return rows


def without_value(table: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """Return the rows of patients who have no value."""
    return tuple(line for line in table if line.role in (NOT_DECIDABLE, NOT_APPLICABLE))


def decision_rows(endpoint: str, table: tuple[Decision, ...], groups: tuple[str, ...]) -> list[Row]:
    """Return the table as rows of results."""
    return [
        row(
            "survival",
            "ended_by",
            count,
            endpoint=endpoint,
            group=group,
            variable=line.rule or line.role,
            level=line.what,
        )
        for line in table
        for group, count in zip((*groups, EVERYONE), line.counts, strict=False)
    ]
