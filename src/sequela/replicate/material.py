"""What a computation works on, and what it hands back."""

from dataclasses import dataclass

import polars as pl

from sequela.analyses.study_result import StudyResult
from sequela.records.bundle import Records
from sequela.replicate.paper import Paper
from sequela.replicate.printed_numbers import Number


@dataclass(frozen=True, slots=True)
class Material:
    """The records of a paper and what was derived from them.

    Attributes
    ----------
    paper : Paper
    records : Records
    lines, summary : DataFrame
        Lines of therapy, and one row per patient; see `derive.lines`.
    result : StudyResult or None
        The run of the paper's study; None for case reports.
    """

    paper: Paper
    records: Records
    lines: pl.DataFrame
    summary: pl.DataFrame
    result: StudyResult | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """What a computation found.

    Attributes
    ----------
    values : tuple of numbers or words
        In the order of the printed numbers.
    note : str
        The arithmetic, in a sentence without a full stop; empty where the values say it all.
    of : str
        Count and denominator behind a percentage, `11/18`.
    holds : bool or None
        Whether a check holds; None where agreement is read from the values.
    within_paper : bool
        Whether nothing but the paper's own print was used, so that a difference is the paper's.
    """

    values: tuple[Number | str, ...]
    note: str = ""
    of: str = ""
    holds: bool | None = None
    within_paper: bool = False
