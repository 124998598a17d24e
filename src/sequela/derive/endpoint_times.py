"""Each patient's time to an endpoint, with the rule and the rows that decided it.

Follow-up ends at the earliest event, competing event or interruption; on one day events go before competing ones and
these before interruptions, each in the order of the definition. An interruption, and a gap before an event that is too
long, censor at a place not after them; whom nothing ended is censored at the last place of the definition, and at the
start where it has none. What is not known never makes a patient event-free: he has no value, and the reason is kept.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sequela.derive.best_response import RECIST, ResponseRules
from sequela.derive.endpoint_histories import (
    NEVER,
    Days,
    Flags,
    Histories,
    Keys,
    day_of,
    histories,
    last_record,
    lines_needed,
    source_of,
)
from sequela.derive.endpoint_occurrences import FINDERS, adequate, last_assessment, place_key, without_baseline
from sequela.derive.endpoint_parts import (
    CONFIRMED_RESPONSE,
    DEAD_BEFORE,
    LINE,
    LOST_ROWS,
    MISSED,
    NO_BASELINE,
    NO_CALENDAR,
    NO_LESIONS,
    NO_LINE,
    NOT_REACHED,
    OCCURRENCES,
    RESPONSES,
    SCHEDULED,
)
from sequela.derive.endpoints import CENSORED, COMPETING, EVENT, Endpoint
from sequela.derive.in_parts import in_parts
from sequela.derive.response import best_response
from sequela.derive.rules import BREAST, LineRules
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.kept import KeptAnswers
from sequela.records.partitions import PatientRange

OUTCOMES = {EVENT: "event", COMPETING: "competing", CENSORED: "censored"}
NOT_DECIDABLE, NOT_APPLICABLE = "not decidable", "not reached"
"""Outcomes of patients without a value."""

KEPT: KeptAnswers[pl.DataFrame] = KeptAnswers(8)
"""Times of the same patients to the same endpoint: analyses and the audit ask for them again."""


def time_to_event(
    records: Records,
    at: pl.DataFrame,
    endpoint: Endpoint,
    rules: LineRules = BREAST,
    instead: Records | None = None,
) -> pl.DataFrame:
    """Return each patient's time to an endpoint, with the rows and the rule that decided it.

    Parameters
    ----------
    records : Records
    at : DataFrame
        patient_id, day of time zero; one row per patient.
    endpoint : Endpoint
    rules : LineRules
        By which lines of therapy are counted, where the endpoint reads them.
    instead : Records, optional
        Records whose assessments are read instead, made from lesions (see `recist_assessments.read_from_lesions`);
        lines of therapy are counted from `records` all the same.

    Returns
    -------
    DataFrame
        One row per row of `at`, in its order: patient_id; start (day); days (Int32, from the start); event (Boolean);
        outcome (event, competing, censored, not decidable, not reached); reason (in words); row (`assessments:31`,
        that of the day; null where censored at the start); cause (the row that made the rule apply: of an
        interruption, or of an event that came too late; that of the event); rule (`pfs.fda_a C2`). Start, days and
        event are null for who has no value.
    """
    if instead is None:
        question = (at, endpoint, rules)
        return KEPT.found(records, question, lambda: _in_parts(records, at, endpoint, rules, None))
    return _in_parts(records, at, endpoint, rules, instead)


def _in_parts(
    records: Records, at: pl.DataFrame, endpoint: Endpoint, rules: LineRules, instead: Records | None
) -> pl.DataFrame:
    last = last_record(instead or records)

    def of_part(part: Records, asked: pl.DataFrame, span: PatientRange) -> pl.DataFrame:
        return _times(part, asked, endpoint, rules, instead and span.of_records(instead), last)

    return in_parts(of_part, records, at)


def _times(
    records: Records, at: pl.DataFrame, endpoint: Endpoint, rules: LineRules, instead: Records | None, last: int
) -> pl.DataFrame:
    """Return the times of whole patients; `last` is the last calendar day of anybody's records."""
    lines = lines_needed(records, endpoint, rules)
    read = instead or records
    started = _starts(read, at, endpoint, lines)
    world = histories(read, started.drop_nulls("day"), lines, last)
    decided = _decided(world, endpoint)
    values = _values(world, endpoint, decided)
    tables = endpoint.tables if instead is None else _from_lesions(endpoint.tables)
    unread = None if instead is None or tables == endpoint.tables else instead.incomplete_patients("assessments")
    missing = _missing(records, started, world, endpoint, tables, unread)
    result = at.select("patient_id").join(values, on="patient_id", how="left", maintain_order="left")
    result = result.join(missing, on="patient_id", how="left", maintain_order="left")
    return _without_values(result).select(
        "patient_id", "start", "days", "event", "outcome", "reason", "row", "cause", "rule"
    )


def _starts(records: Records, at: pl.DataFrame, endpoint: Endpoint, lines: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id and the day on which the clock starts; null for who does not reach it."""
    if endpoint.start.startswith(LINE):
        number = int(endpoint.start.removeprefix(LINE))
        begun = lines.filter(pl.col("line") == number).select("patient_id", pl.col("start").alias("day"))
        return at.select("patient_id").join(begun, on="patient_id", how="left", maintain_order="left")
    if endpoint.start not in RESPONSES:
        return at.select("patient_id", "day")
    zero = at.select("patient_id", pl.col("day").alias("zero"))
    next_line = zero.join(lines.select("patient_id", "start"), on="patient_id").filter(pl.col("start") > pl.col("zero"))
    until = next_line.group_by("patient_id").agg(day=pl.col("start").min())
    found = best_response(records, at.select("patient_id", "day"), until, _counted(endpoint))
    first = found.select("patient_id", "response_days").unique("patient_id")
    started = at.select("patient_id", "day").join(first, on="patient_id", how="left", maintain_order="left")
    return started.select("patient_id", (pl.col("day") + pl.col("response_days")).cast(pl.Int32).alias("day"))


def _counted(endpoint: Endpoint) -> ResponseRules:
    """Return by which rules a response counts that starts the clock, the same as those of the best response."""
    if endpoint.start != CONFIRMED_RESPONSE:
        return RECIST
    return ResponseRules(confirmed=True, confirmation_days=endpoint.setting("confirmation_days"))


@frozen
class _Decided:
    """Per patient the index of the rule, the day, the key of the day's row, and the key of what made the rule apply."""

    rule: NDArray[np.intp]
    day: Days
    key: Keys
    cause: Keys


def _decided(world: Histories, endpoint: Endpoint) -> _Decided:
    rule, cause = _first(world, endpoint)
    ended = rule >= 0
    of_events = len(endpoint.events) + len(endpoint.competing)
    places = [place for _, place in endpoint.censorings]
    until = np.where(ended, day_of(cause), NEVER)
    for offset, (name, place) in enumerate(endpoint.censorings):
        if name == MISSED:
            late = ended & (rule < of_events) & _after_gap(world, endpoint, place, day_of(cause))
            rule, until = np.where(late, of_events + offset, rule), np.where(late, until - 1, until)
        elif name == NO_BASELINE:
            bare = without_baseline(world, endpoint)
            rule, cause = np.where(bare, of_events + offset, rule), np.where(bare, NEVER, cause)
            until = np.where(bare, NEVER, until)
    rule = np.where(rule < 0, of_events + len(places), rule)
    key = np.where(rule < of_events, cause, NEVER)
    for place in endpoint.places:
        chosen = np.isin(rule, [of_events + i for i, name in enumerate((*places, endpoint.end)) if name == place])
        found = cause if place == "own_day" else place_key(world, place, until)
        key = np.where(chosen, found, key)
    # Whoever reached no event, and has no place to be censored at either, is censored at the start.
    rule = np.where((rule == of_events + len(places)) & (key == NEVER), rule + 1, rule)
    day = np.where(key < NEVER, day_of(key), world.start)
    return _Decided(rule, _scheduled(world, endpoint, rule, day), key, cause)


def _first(world: Histories, endpoint: Endpoint) -> tuple[NDArray[np.intp], Keys]:
    """Return the rule and the key of the first occurrence after the start; -1 and `NEVER` where there is none."""
    rule, key = np.full(world.size, -1), np.full(world.size, NEVER)
    for index, name in enumerate(endpoint.parts):
        if name not in FINDERS:
            continue
        found = FINDERS[name](world, endpoint)
        earlier = day_of(found) < day_of(key)
        rule, key = np.where(earlier, index, rule), np.where(earlier, found, key)
    return rule, key


def _after_gap(world: Histories, endpoint: Endpoint, place: str, day: Days) -> Flags:
    """Return whether a day comes too long after the last assessment before it."""
    before = last_assessment(world, adequate(world, place), world.start, day - 1)
    since = np.where(before < NEVER, day_of(before), world.start)
    return (day < NEVER) & (day - since > endpoint.setting("missed_days"))


def _scheduled(world: Histories, endpoint: Endpoint, rule: NDArray[np.intp], day: Days) -> Days:
    """Move progressions to the next scheduled visit, and censorings at an assessment to the last one."""
    if endpoint.dates != SCHEDULED:
        return day
    every, window = endpoint.setting("visit_days"), endpoint.setting("visit_window_days")
    since = day - world.start
    visit = (since + every // 2) // every
    at_visit = np.abs(since - visit * every) <= window
    following = np.maximum(np.where(at_visit, visit, -(-since // every)), 1)
    last = np.where(at_visit, visit, since // every)
    moved = [OCCURRENCES[name].progression for name in (*endpoint.events, *endpoint.competing)]
    places = (*(place for _, place in endpoint.censorings), endpoint.end)
    of_visit = np.array([*moved, *("assessment" in place for place in places), False])
    is_event = rule < len(moved)
    death = np.where(world.death < NEVER, day_of(world.death), NEVER)
    visited = world.start + np.where(is_event, following, last) * every
    return np.where(of_visit[rule], np.minimum(visited, death), day)


def _values(world: Histories, endpoint: Endpoint, decided: _Decided) -> pl.DataFrame:
    rules = endpoint.rules()
    texts = {
        "outcome": [OUTCOMES[rule.role] for rule in rules],
        "reason": [rule.what for rule in rules],
        "rule": [f"{endpoint.name} {rule.id}" for rule in rules],
    }
    columns = {name: pl.Series(values, dtype=pl.String).gather(decided.rule) for name, values in texts.items()}
    return pl.DataFrame(
        {
            "patient_id": world.patient_id,
            "start": pl.Series(world.start).cast(pl.Int32),
            "days": pl.Series(decided.day - world.start).cast(pl.Int32),
            "event": columns["outcome"] == "event",
            **columns,
            "row": source_of(decided.key),
            "cause": source_of(decided.cause),
        }
    )


def _from_lesions(tables: tuple[str, ...]) -> tuple[str, ...]:
    kept = tuple(table for table in tables if table != "assessments")
    return (*kept, "lesions", "measurements") if "assessments" in tables else tables


def _missing(
    records: Records,
    started: pl.DataFrame,
    world: Histories,
    endpoint: Endpoint,
    tables: tuple[str, ...],
    unread: pl.Series | None,
) -> pl.DataFrame:
    """Return who has no value, and why; `unread` are the patients whose progression lesions cannot tell."""
    lost = [records.incomplete_patients(table) for table in tables]
    parts = (
        [pl.DataFrame({"patient_id": pl.concat(lost)}).with_columns(pl.lit(LOST_ROWS).alias("missing"))] if lost else []
    )
    unreached = started.filter(pl.col("day").is_null()).select("patient_id", pl.lit(NOT_REACHED).alias("missing"))
    flags = {DEAD_BEFORE: (world.death < NEVER) & (day_of(world.death) < world.start)}
    if endpoint.needs_line:
        flags[NO_LINE] = ~world.line.known
    if "loss_to_follow_up" in endpoint.parts:
        flags[NO_CALENDAR] = world.origin == NEVER
    parts += [unreached]
    if unread is not None:
        parts.append(pl.DataFrame({"patient_id": unread}).with_columns(pl.lit(NO_LESIONS).alias("missing")))
    for reason, flag in flags.items():
        found = world.patient_id.filter(pl.Series(flag))
        parts.append(pl.DataFrame({"patient_id": found}).with_columns(pl.lit(reason).alias("missing")))
    return pl.concat(parts).unique("patient_id", keep="first", maintain_order=True)


def _without_values(result: pl.DataFrame) -> pl.DataFrame:
    """Empty the values of who has none."""
    gone = pl.col("missing").is_not_null()
    outcome = pl.when(pl.col("missing") == NOT_REACHED).then(pl.lit(NOT_APPLICABLE)).otherwise(pl.lit(NOT_DECIDABLE))
    kept = [pl.when(~gone).then(name).alias(name) for name in ("start", "days", "event", "row", "cause", "rule")]
    return result.with_columns(
        *kept,
        pl.when(gone).then(outcome).otherwise("outcome").alias("outcome"),
        pl.coalesce("missing", "reason").alias("reason"),
    )
