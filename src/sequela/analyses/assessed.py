"""What an analysis reads response and progression from: recorded assessments, or lesions by RECIST 1.1."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from sequela.derive.covariate import Definitions
from sequela.derive.recist_rules import CHECKS, RecistRules
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.study.cohort import Cohort
from sequela.study.spec import Source

if TYPE_CHECKING:
    from sequela.derive.recist_time_points import TimePoints


@frozen
class Assessed:
    """The records an analysis reads its assessments from.

    Attributes
    ----------
    records : Records
        With the assessments the analysis asks for; nothing but response and progression is read from them.
    reading : str
        How they were read, in words that follow "read from"; empty for recorded assessments.
    cautions : tuple of str
    points : TimePoints or None
        The visits, where they were read from lesions.
    """

    records: Records
    reading: str = ""
    cautions: tuple[str, ...] = ()
    points: "TimePoints | None" = None

    @property
    def instead(self) -> Records | None:
        """Return the records whose assessments take the place of the recorded ones; None where none do."""
        return self.records if self.reading else None


def assessed(records: Records, cohort: Cohort, source: Source, definitions: Definitions) -> Assessed:
    """Return the records with the assessments an analysis asks for, counted from time zero of the cohort."""
    if source == "assessments":
        return Assessed(records)
    from sequela.derive.recist_assessments import read_from_lesions  # noqa: PLC0415 (most records hold no lesions)

    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    read = read_from_lesions(records, at, definitions.recist, strict=definitions.strict_baseline)
    return Assessed(
        read.records,
        f"lesions by {_rules_in_words(definitions.recist, definitions.strict_baseline)}",
        recist_cautions(read.points, len(at), definitions.strict_baseline),
        read.points,
    )


def _rules_in_words(rules: RecistRules, strict: bool) -> str:
    changes = [f"{name} {value:g}" for name, value in sorted(rules.changed.items())]
    changes += ["a baseline in breach evaluated for progression only"] if strict else []
    return f"{rules.name} ({', '.join(changes)})" if changes else rules.name


def recist_cautions(points: "TimePoints", patients: int, strict: bool = False) -> tuple[str, ...]:
    """Say how many patients have no baseline, and how many breach RECIST at it, by check."""
    lesions = points.followed.lesions.filter(pl.col("base_day").is_not_null())
    without = patients - lesions["patient_id"].n_unique()
    cautions = []
    if without:
        text = f"{without} of {patients} patients have no lesion measured at baseline"
        cautions.append(f"{text}, so their response and progression are not decidable.")
    for grade, verb in (("breach", "breaches RECIST 1.1"), ("warning", "needs a look")):
        found = points.checks.filter(pl.col("check").is_in([c.id for c in CHECKS.values() if c.grade == grade]))
        people = found["patient_id"].n_unique()
        if people:
            how = " and is not evaluated" if strict and grade == "breach" else ""
            cautions.append(f"What is followed in {people} of {patients} patients {verb}{how} ({_by_check(found)}).")
    return tuple(cautions)


def _by_check(found: pl.DataFrame) -> str:
    counts: Mapping[str, int] = dict(found.group_by("check").agg(pl.col("patient_id").n_unique()).iter_rows())
    return ", ".join(f"{name} in {counts[name]}" for name in CHECKS if name in counts)
