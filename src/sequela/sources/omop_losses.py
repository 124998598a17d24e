"""What the canonical records hold and OMOP has no place for."""

from dataclasses import replace

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.write import added_drugs


@frozen
class Loss:
    """Something that does not survive the way through OMOP.

    Attributes
    ----------
    table, column : str
        Where it stands in the canonical records; the column is empty where all of it is lost.
    reason : str
        One phrase.
    values : int
        How many values are lost; 0 in the list of what can be lost.
    """

    table: str
    column: str
    reason: str
    values: int = 0


_RECIST = "OMOP has lesions neither as targets nor under a name of their own"
NOT_HELD: tuple[Loss, ...] = (
    Loss("patients", "last_contact", "a last contact after the death; the death is the end of observation"),
    Loss("diagnoses", "resectable", "a condition does not say whether it could be removed by surgery"),
    Loss("biomarkers", "assay", "a measurement names no antibody"),
    Loss("assessments", "method", "a response names no way of imaging"),
    Loss("assessments", "basis", "a response does not say whether it is radiologic or clinical"),
    Loss("lesions", "", _RECIST),
    Loss("measurements", "", _RECIST),
    Loss("drugs", "", "names and classes added by drugs.csv; the drugs themselves stay as written"),
    Loss("imputations", "", "the first and the last day that a partial date can mean"),
    Loss("quarantine", "", "refused rows; which patients lost rows of which table is kept"),
    Loss("notices", "", "oddities of the first reading"),
)
"""Everything that is lost, in the order of the tables; the documentation prints it."""


def not_held(records: Records) -> tuple[Loss, ...]:
    """Return what of these records OMOP cannot hold, with the number of values; empty if it holds all."""
    counted = (replace(loss, values=_count(records, loss)) for loss in NOT_HELD)
    return tuple(loss for loss in counted if loss.values)


def _count(records: Records, loss: Loss) -> int:
    if loss.table == "drugs":
        return added_drugs(records.drugs).height
    if loss.table in ("imputations", "quarantine", "notices"):
        frames = {"imputations": records.imputations, "quarantine": records.quarantine, "notices": records.notices}
        return frames[loss.table].height
    table = records.table(loss.table)
    if loss.column == "last_contact":
        return int(table.select((pl.col("last_contact") > pl.col("death")).sum()).item())
    return table[loss.column].count() if loss.column else table.height
