"""What a computation works on, and what it hands back."""

from collections.abc import Mapping
from dataclasses import field

import polars as pl

from sequela.analyses.study_result import StudyResult
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.replicate.paper import Paper
from sequela.replicate.printed_numbers import Number
from sequela.study.history import Context


@frozen
class Run:
    """One study of a paper that was run.

    Attributes
    ----------
    result : StudyResult
    context : Context
        The histories behind it, with the lines of therapy.
    """

    result: StudyResult
    context: Context


@frozen
class Material:
    """The records of a paper and what was derived from them.

    Attributes
    ----------
    paper : Paper
    records : Records
    lines, summary : DataFrame
        Lines of therapy, and one row per patient; see `derive.lines`.
    result : StudyResult or None
        The run of the paper's main study; None for case reports.
    runs : mapping of str to Run
        Every study of the paper by name; the main one is `study`.
    times : dict of (study, endpoint, start) to DataFrame
        Times that a row asked for, kept for the rows that ask for them again.
    """

    paper: Paper
    records: Records
    lines: pl.DataFrame
    summary: pl.DataFrame
    result: StudyResult | None = None
    runs: Mapping[str, Run] = field(default_factory=dict)
    times: dict[tuple[str, str, str], pl.DataFrame] = field(default_factory=dict, compare=False, repr=False)


@frozen
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
