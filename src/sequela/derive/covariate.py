"""What a covariate is: a name, a meaning, and how it is derived; and the definitions a study may choose."""

from collections.abc import Callable
from typing import Literal

import polars as pl

from sequela.derive.her2_guidelines import ASCO_CAP_2013, Her2Guideline
from sequela.derive.in_parts import in_parts
from sequela.derive.metastases import VISCERAL, VisceralDefinition
from sequela.derive.recist_rules import RECIST_1_1, RecistRules
from sequela.derive.rules import BREAST, LineRules
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.kept import KeptAnswers


@frozen
class Definitions:
    """The adjustable definitions a study may choose.

    Attributes
    ----------
    visceral : VisceralDefinition
    line_rules : LineRules
    her2 : Her2Guideline
    recist : RecistRules
    strict_baseline : bool
        Whether a baseline that breaches RECIST is evaluated for progression only.
    """

    visceral: VisceralDefinition = VISCERAL["default"]
    line_rules: LineRules = BREAST
    her2: Her2Guideline = ASCO_CAP_2013
    recist: RecistRules = RECIST_1_1
    strict_baseline: bool = False


DEFAULT_DEFINITIONS = Definitions()

KEPT: KeptAnswers[pl.DataFrame] = KeptAnswers(40)
"""Covariates of the same patients on the same days: tables, models and the audit ask for them up to ten times."""

Derivation = Callable[[Records, pl.DataFrame, Definitions], pl.DataFrame]


@frozen
class Covariate:
    """A property of a patient on the day of time zero.

    Attributes
    ----------
    name, label : str
        As a study file spells it, and as printed.
    kind : {"continuous", "categorical"}
        An `ordinal` is printed by level and enters a model as a number.
    derivation : callable
        Records, at (patient_id, day), definitions to DataFrame of patient_id, value, row.
    definition : str
    levels : tuple of str
        In printed order; empty for a continuous one, or where the data decide.
    unit : str
    rests_on : {"", "visceral", "her2"}
        The definition of `Definitions` that it follows.
    check : callable or None
        Refuses records from which it cannot be told.
    """

    name: str
    label: str
    kind: Literal["continuous", "ordinal", "categorical"]
    derivation: Derivation
    definition: str
    levels: tuple[str, ...] = ()
    unit: str = ""
    rests_on: Literal["", "visceral", "her2"] = ""
    check: Callable[[Records], None] | None = None

    def derive(self, records: Records, at: pl.DataFrame, definitions: Definitions) -> pl.DataFrame:
        """Return patient_id, value, row of each patient on the day asked about, in the order of `at`."""
        if self.check:
            self.check(records)

        def find() -> pl.DataFrame:
            return in_parts(lambda part, asked, _: self.derivation(part, asked, definitions), records, at)

        return KEPT.found(records, (self, definitions, at), find)

    def meaning(self, definitions: Definitions) -> str:
        """Return the definition in words, with the one it follows."""
        if not self.rests_on:
            return self.definition
        followed = getattr(definitions, self.rests_on).sentence()
        return followed if self.rests_on == "visceral" else f"{self.definition}, {followed}"

    @property
    def is_continuous(self) -> bool:
        """Whether the table prints a median instead of counts."""
        return self.kind == "continuous"
