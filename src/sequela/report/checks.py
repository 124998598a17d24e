"""What the records and the models themselves warn of, and the biases this version does not look for."""

import math

import polars as pl

from sequela.analyses.report_card import Status
from sequela.analyses.results import Survival
from sequela.analyses.study_result import StudyResult
from sequela.analyses.wording import counted, listed, percent
from sequela.frozen import frozen
from sequela.report.answer import cautions, ratios, released
from sequela.sources.truncation import CUT_OFF


@frozen
class Check:
    """One thing that was checked.

    Attributes
    ----------
    status : Status
    title : str
    finding : str
        The number that decided it.
    """

    status: Status
    title: str
    finding: str


@frozen
class Unassessed:
    """A bias this version does not look for.

    Attributes
    ----------
    title, why : str
        Its name, and what it could do to the answer.
    """

    title: str
    why: str


UNASSESSED = (
    Unassessed("How progression was judged", "No record says whether whoever read the scans knew the treatment."),
    Unassessed("Who is not in the records", "Patients who were never entered cannot be counted or compared."),
)


def checks(result: StudyResult) -> tuple[Check, ...]:
    """Return what was looked at beside the report card, what stops the reader first."""
    shown = [item for item in released(result) if isinstance(item, Survival)]
    found = [Check(Status.ERROR, "Not answered", reason) for reason in result.withheld]
    found += [check for item in shown for check in _adjustment(item)]
    found += [_undecidable(result), _partial_dates(result), _refused_rows(result)]
    found += _notices(result)
    found += [Check(Status.WARN, "Caution", text) for text in cautions(result)]
    return tuple(sorted(found, key=lambda check: -check.status.rank))


def counts_by(frame: pl.DataFrame, column: str) -> tuple[tuple[str, int], ...]:
    """Return how many rows carry each value of a column, most first."""
    counted_rows = frame.group_by(column).len().sort(["len", column], descending=[True, False], nulls_last=True)
    return tuple((str(value), int(number)) for value, number in counted_rows.iter_rows())


def _adjustment(survival: Survival) -> list[Check]:
    found = []
    for adjusted in ratios(survival, adjusted=True):
        crude = next((item for item in ratios(survival, adjusted=False) if item.group == adjusted.group), None)
        if crude is None:
            continue
        values = (crude.estimate.value, adjusted.estimate.value)
        if all(math.isfinite(value) for value in values) and (values[0] - 1) * (values[1] - 1) < 0:
            text = "Crude and adjusted hazard ratio point in opposite directions."
            found.append(Check(Status.WARN, f"Adjustment, {adjusted.group}", text))
    return found


def _undecidable(result: StudyResult) -> Check:
    steps = [step for step in result.cohort.flow if step.undecidable]
    if not steps:
        return Check(Status.OK, "Patients not decidable", "The records decide every criterion for every patient.")
    total = sum(step.undecidable for step in steps)
    share = percent(total, result.cohort.flow[0].before)
    each = listed([f"{step.undecidable} on “{step.label}”" for step in steps])
    return Check(Status.WARN, "Patients not decidable", f"{counted(total, 'patient')} ({share}%) left out: {each}.")


def _partial_dates(result: StudyResult) -> Check:
    dates = result.records.imputations
    if dates.is_empty():
        return Check(Status.OK, "Partial dates", "Every date that was used is complete.")
    each = listed([f"{number} in {table}" for table, number in counts_by(dates, "table")])
    text = f"{counted(len(dates), 'date')} without day or month were completed by rule: {each}."
    return Check(Status.WARN, "Partial dates", text)


def _refused_rows(result: StudyResult) -> Check:
    refused = result.records.quarantine
    read = sum(source.rows_read for source in result.records.sources)
    if refused.is_empty():
        return Check(Status.OK, "Refused rows", f"None of {counted(read, 'row')} was refused.")
    rules = listed([f"{number} by {rule}" for rule, number in counts_by(refused, "rule")])
    rows = sum(source.rows_quarantined for source in result.records.sources) or len(refused)
    return Check(Status.WARN, "Refused rows", f"{rows} of {counted(read, 'row')} were refused: {rules}.")


def _notices(result: StudyResult) -> list[Check]:
    cut = pl.col("meaning").str.starts_with(CUT_OFF)
    notices, short = result.records.notices.filter(~cut), result.records.notices.filter(cut)
    found = [
        Check(Status.WARN, "Table cut off", f"{file}: {meaning}. {remedy}")
        for file, meaning, remedy in short.select("file", "meaning", "remedy").iter_rows()
    ]
    if notices.is_empty():
        return found
    kinds = notices.select(kind=pl.format("{} ({})", "meaning", pl.col("table").replace("", "files")))
    each = "; ".join(f"{kind}: {number}" for kind, number in counts_by(kinds, "kind"))
    return [*found, Check(Status.WARN, "Records", f"{counted(len(notices), 'notice')} about the rows kept: {each}.")]
