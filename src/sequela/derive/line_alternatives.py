"""How lines of therapy change when one rule is read another way."""

from dataclasses import dataclass

import polars as pl

from sequela.derive.lines import lines_of_therapy
from sequela.derive.rules import BREAST, LineRules, Value
from sequela.records.bundle import Records


@dataclass(frozen=True, slots=True)
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
    """Return every known other value of every rule that is carried out, one change at a time."""
    found = []
    for rule in rules.rules:
        in_force = rules.value(rule.id)
        others = [
            value for value in (rule.default, *rule.alternatives) if value not in (in_force, *rule.not_carried_out)
        ]
        found += [
            Alternative(rule.id, rule.parameter, in_force, value, rules.replacing(**{rule.id: value}))
            for value in others
            if rule.carried_out
        ]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class LineMoves:
    """What one alternative does to the lines of some patients.

    Attributes
    ----------
    alternative : Alternative
    patients : int
        Patients of the records.
    moved : int
        Patients of whom a line begins on another day or has another number.
    recounted : int
        Patients who have another number of lines.
    lines, lines_then : int
        Lines in all under the rules in force, and under the alternative.
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
    now = lines_of_therapy(records, rules)
    return tuple(_moves(records, alternative, patients, now) for alternative in alternatives(rules))


def _moves(records: Records, alternative: Alternative, patients: int, now: pl.DataFrame) -> LineMoves:
    then = lines_of_therapy(records, alternative.rules)
    key = ("patient_id", "line", "start")
    here, there = now.select(key), then.select(key)
    differing = pl.concat([here.join(there, on=key, how="anti"), there.join(here, on=key, how="anti")])
    counted = (
        now["patient_id"]
        .value_counts()
        .join(then["patient_id"].value_counts(), on="patient_id", how="full", coalesce=True)
    )
    recounted = counted.filter(pl.col("count").fill_null(0) != pl.col("count_right").fill_null(0)).height
    return LineMoves(alternative, patients, differing["patient_id"].n_unique(), recounted, now.height, then.height)
