"""Any marker as a number: its latest result up to a day."""

import re

import polars as pl

from sequela.derive.covariate import Covariate, Definitions
from sequela.derive.specimens import latest_said
from sequela.errors import Problem, StudyError
from sequela.records.bundle import Records
from sequela.records.markers import marker

_NUMBER = re.compile(r"([-+−]?\s*\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?)\s*%?")

_THOUSANDS = re.compile(r",\d{3}$")


def as_number(text: str) -> float | None:
    """Read a number as a laboratory writes it (`60 %`, `1,5`, `-0.3`); None where it is a range, a bound or no number.

    A comma before exactly three digits could be one of thousands, and is not read.
    """
    match = _NUMBER.fullmatch(text.strip())
    if match and _THOUSANDS.search(match[1]):
        return None
    return float(match[1].replace("−", "-").replace(",", ".").replace(" ", "")) if match else None


def marker_value(records: Records, name: str, at: pl.DataFrame) -> pl.DataFrame:
    """Return the latest number of a marker up to a day; a result that is no number is passed over.

    Parameters
    ----------
    records : Records
    name : str
        As in the column `marker`, in any case; or a name the vocabulary of markers knows.
    at : DataFrame
        patient_id, day. A result without a day counts as the oldest.

    Returns
    -------
    DataFrame
        patient_id, value (Float64), row (`biomarkers:12`); the patients with a number.
    """
    return latest_said(at, _results(records, name), as_number, pl.Float64())


def value_covariate(name: str, measured: str) -> Covariate:
    """Return the covariate `value of <marker>`, which refuses records with several units of the marker."""

    def derive(records: Records, at: pl.DataFrame, _: Definitions) -> pl.DataFrame:
        found = marker_value(records, measured, at)
        return at.select("patient_id").join(found, on="patient_id", how="left", maintain_order="left")

    def check(records: Records) -> None:
        one_unit(records, measured)

    label = measured[:1].upper() + measured[1:]
    return Covariate(name, label, "continuous", derive, "latest number; a range or a bound is none", check=check)


def one_unit(records: Records, name: str) -> None:
    """Refuse a marker that is recorded in several units.

    Raises
    ------
    StudyError
        Naming the units.
    """
    units = _results(records, name)["unit"].drop_nulls().unique().sort().to_list()
    if len(units) > 1:
        where = f"value of {name}"
        raise StudyError(Problem(where, f"several units: {', '.join(units)}", "one", "Write every result in one unit."))


def _results(records: Records, name: str) -> pl.DataFrame:
    known = marker(name) or name
    return records.table("biomarkers").filter(pl.col("marker").str.to_lowercase() == known.lower())
