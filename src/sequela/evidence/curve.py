"""Patients of a published curve: reconstructed, measured against the points, written as records."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import yaml

from sequela.errors import Problem, UsageError
from sequela.evidence.digitised import DAYS_IN, GOOD_FIT, SAMPLED, Digitised, Patients, patients_of_curve, survival_of
from sequela.evidence.reconstruct import NEVER_EVIDENCE
from sequela.frozen import frozen
from sequela.records.bundle import Kind, Records
from sequela.records.drugs import default_vocabulary
from sequela.records.schema import TABLES
from sequela.records.write import write_records
from sequela.stats.cox import CoxFit, cox
from sequela.stats.kaplan_meier import kaplan_meier, quantile

MARKER = "curve"
"""Under this name of a marker a patient's curve stands in the records."""
OS, PFS = "os", "pfs"
ENDPOINTS = (OS, PFS)
"""What an event of the curve is written as: a death, or a radiologic progression."""
ABOUT = "reconstruction.yaml"
FROM_TABLE, FROM_EVENTS, APPROXIMATE = "table of patients at risk", "total of events", "approximate: the curve alone"
INVENTED = (
    "Invented, and printed nowhere: who was censored when between two times of the table, "
    "and on which day between two points an event fell."
)


@frozen
class Fit:
    """How near the curve of the reconstructed patients is to what was printed.

    Attributes
    ----------
    root_mean_square, largest : float
        Differences of survival at the points.
    at_risk : int
        Largest difference from the table of patients at risk; 0 where there was none.
    rises : int
        Points that lay above the one before, which the repair took down.
    moved : float
        Farthest the repair moved a point.
    """

    root_mean_square: float
    largest: float
    at_risk: int
    rises: int
    moved: float

    @property
    def good(self) -> bool:
        """Whether curve and table are met within the limits of `GOOD_FIT` and one patient."""
        near = self.root_mean_square <= GOOD_FIT["root mean square"] and self.largest <= GOOD_FIT["largest"]
        return near and self.at_risk <= 1


@frozen
class CurveGroup:
    """One curve and its patients.

    Attributes
    ----------
    name : str
    curve : Digitised
    patients : Patients
    fit : Fit
    basis : str
        What the censorings rest on: `FROM_TABLE`, `FROM_EVENTS` or `APPROXIMATE`.
    median, low, high : float
        In the unit of the curve, log-log limits; nan where not reached.
    """

    name: str
    curve: Digitised
    patients: Patients
    fit: Fit
    basis: str
    median: float
    low: float
    high: float


@frozen
class CurveReconstruction:
    """Everything made from one figure.

    Attributes
    ----------
    groups : tuple of CurveGroup
        In the order of the file.
    unit : str
        Of time.
    source : str
        Name of the file of points.
    place : str
        How the points were taken.
    """

    groups: tuple[CurveGroup, ...]
    unit: str
    source: str
    place: str

    @property
    def ratio(self) -> CoxFit | None:
        """Cox's regression of the second and later groups on the first; None with one group or no events."""
        events = [int(group.patients.event.sum()) for group in self.groups]
        if len(self.groups) < 2 or not all(events):
            return None
        time = np.concatenate([group.patients.time for group in self.groups])
        event = np.concatenate([group.patients.event for group in self.groups])
        member = np.repeat(np.arange(len(self.groups)), [group.patients.time.size for group in self.groups])
        return cox(time, event, (member[:, None] == np.arange(1, len(self.groups))).astype(float))


def reconstruct_curves(
    curves: Mapping[str, Digitised], *, unit: str = "months", source: str = "", place: str = SAMPLED
) -> CurveReconstruction:
    """Reconstruct the patients of each curve; see `patients_of_curve`.

    Raises
    ------
    UsageError
        An unknown unit.
    NotEstimableError
        As `patients_of_curve`.
    """
    if unit not in DAYS_IN:
        raise UsageError(Problem("--unit", f"{unit!r}", " | ".join(DAYS_IN)))
    groups = tuple(_group(name, curve, place) for name, curve in curves.items())
    return CurveReconstruction(groups, unit, source, place)


def _group(name: str, curve: Digitised, place: str) -> CurveGroup:
    patients = patients_of_curve(curve, place)
    median = quantile(kaplan_meier(patients.time, patients.event))
    basis = FROM_TABLE if curve.risk_time.size > 1 else FROM_EVENTS if curve.events is not None else APPROXIMATE
    return CurveGroup(name, curve, patients, _fit(curve, patients), basis, median.value, median.low, median.high)


def _fit(curve: Digitised, patients: Patients) -> Fit:
    differences = survival_of(patients.time, patients.event, curve.time) - curve.survival
    still = at_risk(patients, curve.risk_time)
    return Fit(
        root_mean_square=math.sqrt(float(np.mean(differences**2))),
        largest=float(np.abs(differences).max()),
        at_risk=int(np.abs(still - curve.at_risk).max()),
        rises=int((np.diff(curve.survival) > 0).sum()),
        moved=float(np.abs(patients.repaired - curve.survival).max()),
    )


def at_risk(patients: Patients, at: np.ndarray) -> np.ndarray:
    """Count the patients under observation just before each time."""
    return patients.time.size - np.searchsorted(patients.time, at, side="left")


def patients_table(found: CurveReconstruction) -> pl.DataFrame:
    """Return one row per patient: id, group, time in the unit of the curve, days (at least 1), event."""
    parts = []
    for group in found.groups:
        size = group.patients.time.size
        word = "" if len(found.groups) == 1 else "".join(c if c.isalnum() else "-" for c in group.name) + "-"
        width = max(3, len(str(size)))
        parts.append(
            pl.DataFrame(
                {
                    "patient_id": [f"reconstructed-{word}{i + 1:0{width}d}" for i in range(size)],
                    "group": [group.name] * size,
                    "time": group.patients.time,
                    "days": np.maximum(np.rint(group.patients.time * DAYS_IN[found.unit]).astype(int), 1),
                    "event": group.patients.event,
                }
            )
        )
    return pl.concat(parts)


def residuals_table(found: CurveReconstruction) -> pl.DataFrame:
    """Return one row per point: the survival read, after repair, of the reconstruction, and the difference."""
    parts = []
    for group in found.groups:
        survival = survival_of(group.patients.time, group.patients.event, group.curve.time)
        parts.append(
            pl.DataFrame(
                {
                    "group": [group.name] * survival.size,
                    "time": group.curve.time,
                    "read": group.curve.survival,
                    "repaired": group.patients.repaired,
                    "reconstructed": survival,
                    "difference": survival - group.curve.survival,
                }
            )
        )
    return pl.concat(parts)


def records_of(found: CurveReconstruction, endpoint: str = OS, drug: str = "") -> Records:
    """Write the patients as canonical records of kind reconstructed; day 0 is the start of the curve.

    Everyone is given `drug` on day 0; without it, a group that bears the name of a drug is given
    that one. The group of a patient is the value of the marker "curve" on day 0, so that a study
    can ask for it. Whatever else a curve does not say is marked as not known.

    Raises
    ------
    UsageError
        An unknown endpoint or drug.
    """
    if endpoint not in ENDPOINTS:
        raise UsageError(Problem("--endpoint", f"{endpoint!r}", " | ".join(ENDPOINTS)))
    given = _drugs(found, drug)
    table = patients_table(found)
    dead = pl.col("event") if endpoint == OS else pl.lit(False)
    tables = {
        "patients": table.select(
            "patient_id",
            pl.col("days").alias("last_contact"),
            pl.when(dead).then("days").alias("death"),
        )
    }
    if endpoint == PFS:
        seen = table.filter("event")
        tables["assessments"] = seen.select(
            "patient_id",
            pl.col("days").alias("day"),
            pl.lit("PD").alias("response"),
            pl.lit("radiologic").alias("basis"),
        )
    treated = table.filter(pl.col("group").is_in(list(given)))
    if treated.height:
        name = pl.col("group").replace_strict(given, return_dtype=pl.String).alias("drug")
        tables["exposures"] = treated.select("patient_id", name, pl.lit(0).alias("start"))
    tables["biomarkers"] = table.select(
        "patient_id", pl.lit(0).alias("day"), pl.lit(MARKER).alias("marker"), pl.col("group").alias("value")
    )
    return Records(
        {name: _canonical(name, rows) for name, rows in tables.items()},
        Kind.RECONSTRUCTED,
        title=f"RECONSTRUCTED, never evidence: curve of {found.source}",
        incomplete=_incomplete(table, endpoint),
        citation=f"{NEVER_EVIDENCE} {INVENTED}",
    )


def _drugs(found: CurveReconstruction, drug: str) -> dict[str, str]:
    """Return the drug of each group that has one."""
    vocabulary = default_vocabulary()
    if drug and vocabulary.canonical(drug) is None:
        near = ", ".join(vocabulary.candidates(drug))
        raise UsageError(Problem("--drug", f"{drug!r}", "a drug of the vocabulary", f"Near: {near}." if near else ""))
    known = {group.name: vocabulary.canonical(drug or group.name) for group in found.groups}
    return {name: canonical for name, canonical in known.items() if canonical}


def _incomplete(table: pl.DataFrame, endpoint: str) -> pl.DataFrame:
    """Return what a curve says nothing of: for every patient every table but the one that holds the event."""
    known = ("patients",) if endpoint == OS else ("patients", "assessments")
    unknown = [name for name in TABLES if name not in known]
    return pl.concat([table.select("patient_id", pl.lit(name).alias("table")) for name in unknown])


def _canonical(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Give a table every column of its kind, in order, and its row numbers."""
    types = TABLES[name].empty().schema
    numbered = rows.with_columns(pl.Series("row", range(2, rows.height + 2), dtype=pl.Int32))
    missing = [pl.lit(None).alias(column) for column in types if column not in numbered.columns]
    return numbered.with_columns(missing).select(pl.col(column).cast(kind) for column, kind in types.items())


def write_curve(found: CurveReconstruction, folder: Path, endpoint: str = OS, drug: str = "") -> Path:
    """Write `records/`, `reconstructed_patients.csv`, `residuals.csv` and `reconstruction.yaml`; return the folder.

    The same points give the same bytes.

    Raises
    ------
    UsageError
        Where the folder cannot be written, or holds files that are no reconstruction: the records of
        real patients are never written over.
    """
    _refuse_strangers(folder)
    records = records_of(found, endpoint, drug)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        patients_table(found).write_csv(folder / "reconstructed_patients.csv")
        residuals_table(found).write_csv(folder / "residuals.csv", float_precision=6)
        (folder / ABOUT).write_text(_about(found, endpoint), encoding="utf-8")
        write_records(records, folder / "records")
    except OSError as error:
        found_there = f"cannot be written ({error.strerror})"
        raise UsageError(Problem(folder.name, found_there, "a folder you may write to")) from error
    return folder


def _refuse_strangers(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()) and not (folder / ABOUT).is_file():
        found = "the folder holds files that are no reconstruction"
        raise UsageError(Problem(folder.name, found, "a new or empty folder", "Name another one; nothing was written."))


def _about(found: CurveReconstruction, endpoint: str) -> str:
    content = {
        "kind": "reconstructed",
        "notice": NEVER_EVIDENCE,
        "points": found.source,
        "unit": found.unit,
        "points_taken": found.place,
        "event_written_as": "death" if endpoint == OS else "radiologic progression",
        "groups": {
            group.name: {
                "patients": int(group.patients.time.size),
                "events": int(group.patients.event.sum()),
                "rests_on": group.basis,
                "root_mean_square": round(group.fit.root_mean_square, 6),
                "largest_difference": round(group.fit.largest, 6),
            }
            for group in found.groups
        },
        "invented": INVENTED,
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)
