"""How lines of therapy change when one rule is read another way."""

import polars as pl

from sequela.derive.line_parts import line_parts
from sequela.derive.lines import lines_of_therapy
from sequela.derive.rules import BREAST, LineRules, Value
from sequela.frozen import frozen
from sequela.records.bundle import Records


@frozen
class Alternative:
    """One rule with another value than the one in force.

    Attributes
    ----------
    rule, parameter : str
        `L07`, and what its value says.
    in_force, value : int, float or str
    rules : LineRules
        The rule set with this one change.
    """

    rule: str
    parameter: str
    in_force: Value
    value: Value
    rules: LineRules


def alternatives(rules: LineRules = BREAST) -> tuple[Alternative, ...]:
    """Return every known other value of every rule, one change at a time."""
    found = []
    for rule in rules.rules:
        in_force = rules.value(rule.id)
        others = [value for value in (rule.default, *rule.alternatives) if value != in_force]
        found += [
            Alternative(rule.id, rule.parameter, in_force, value, rules.replacing(**{rule.id: value}))
            for value in others
        ]
    return tuple(found)


@frozen
class LineMoves:
    """What one alternative does to the lines of some patients.

    Attributes
    ----------
    alternative : Alternative
    patients : int
        Patients of the records.
    moved : int
        Patients of whom a line or a sub-line begins on another day or has another number.
    recounted : int
        Patients who have another number of counted lines.
    lines, lines_then : int
        Counted lines in all under the rules in force, and under the alternative.
    """

    alternative: Alternative
    patients: int
    moved: int
    recounted: int
    lines: int
    lines_then: int


def line_moves(records: Records, rules: LineRules = BREAST) -> tuple[LineMoves, ...]:
    """Return how many patients have other lines under each alternative of each rule."""
    patients = records.table("patients")["patient_id"].n_unique()
    now = _places(records, rules)
    return tuple(_moves(records, alternative, patients, now) for alternative in alternatives(rules))


def _moves(records: Records, alternative: Alternative, patients: int, now: pl.DataFrame) -> LineMoves:
    then = _places(records, alternative.rules)
    differing = pl.concat([now.join(then, on=_PLACE, how="anti"), then.join(now, on=_PLACE, how="anti")])
    numbers, numbers_then = _numbers(now), _numbers(then)
    both = numbers.join(numbers_then, on="patient_id", how="full", coalesce=True, suffix="_then")
    recounted = both.filter(pl.col("lines").fill_null(0) != pl.col("lines_then").fill_null(0)).height
    moved = differing["patient_id"].n_unique()
    totals = (int(table["lines"].sum()) for table in (numbers, numbers_then))
    return LineMoves(alternative, patients, moved, recounted, *totals)


_PLACE = ("patient_id", "line", "part", "start")


def _places(records: Records, rules: LineRules) -> pl.DataFrame:
    """Return the number and the first day of every line and sub-line."""
    return line_parts(records, lines_of_therapy(records, rules), rules).select(_PLACE)


def _numbers(places: pl.DataFrame) -> pl.DataFrame:
    """Return how many counted lines each patient has; a sub-line is no line."""
    counted = places.filter(pl.col("line") > 0)
    return counted.group_by("patient_id").agg(pl.col("line").n_unique().alias("lines"))
