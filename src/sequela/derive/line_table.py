"""From canonical tables to the columns lines are folded from, and back to names."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sequela.derive.administrations import UNKNOWN, written_drugs
from sequela.derive.line_columns import (
    ANTIBODY,
    CDK,
    CONTINUED,
    CYTOTOXIC,
    DRUG,
    ENDOCRINE,
    EVENT,
    EXCHANGEABLE,
    HER2,
    LOCAL_THERAPY,
    NONE,
    PATIENT,
    PERTUZUMAB,
    PROGRESSION,
    RECURRENCE,
    TAXANE,
    TRASTUZUMAB,
    UNKNOWN_DRUG,
    Table,
)
from sequela.derive.line_roles import BREAST_ROLES, DrugRoles
from sequela.derive.metastases import metastatic_from
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.drugs import DrugVocabulary
from sequela.records.schema import REASONS_STOPPED, SETTINGS

_MODALITY_ROLES = {
    "endocrine": ENDOCRINE,
    "cytotoxic": CYTOTOXIC,
    "CDK4/6 inhibitor": CDK,
    "investigational": UNKNOWN_DRUG,
    UNKNOWN: UNKNOWN_DRUG,
}
_INGREDIENT_ROLES = {"trastuzumab": TRASTUZUMAB, "pertuzumab": PERTUZUMAB}

Number = TypeVar("Number", bound=np.generic)


@frozen
class Codebook:
    """The names behind the codes of patients, written names and anticancer ingredients.

    Attributes
    ----------
    patients : Enum
        Patient ids in alphabetical order.
    names : Enum
        Drug names as written, in alphabetical order.
    parts : tuple of (int64 array, int32 array)
        Offsets and ingredient codes of each name; a supportive drug has none.
    ingredients : tuple of str
        In alphabetical order.
    classes : tuple of str
        By class code.
    drugs : table of `DRUG`
    owner : uint32 array
        Patient of each exposure, in the order of the table.
    """

    patients: pl.Enum
    names: pl.Enum
    parts: tuple[NDArray[np.int64], NDArray[np.int32]]
    ingredients: tuple[str, ...]
    classes: tuple[str, ...]
    drugs: Table
    owner: NDArray[np.uint32]


def codebook(records: Records, roles: DrugRoles = BREAST_ROLES) -> Codebook:
    """Return the codes for the patients and drugs of some records."""
    exposures = records.table("exposures")
    patients, owner = _patients(records.table("patients").get_column("patient_id"), exposures.get_column("patient_id"))
    names = exposures.get_column("drug").unique().sort()
    written = written_drugs(names.to_list(), records.drugs)
    written = written.filter(~pl.col("modality").is_in(roles.ignored))
    about = written.unique("ingredient").sort("ingredient")
    ingredients = about.get_column("ingredient")
    parts = written.select(pl.col("drug").cast(pl.Enum(names)).to_physical().alias("name"), "ingredient")
    offsets = np.searchsorted(parts.get_column("name").to_numpy(), np.arange(len(names) + 1)).astype(np.int64)
    codes = parts.get_column("ingredient").cast(pl.Enum(ingredients)).to_physical().to_numpy().astype(np.int32)
    classes, drugs = _drugs(about, records.drugs, roles)
    return Codebook(patients, pl.Enum(names), (offsets, codes), tuple(ingredients), classes, drugs, owner)


def _patients(known: pl.Series, treated: pl.Series) -> tuple[pl.Enum, NDArray[np.uint32]]:
    """Return the patient ids as codes, and the code of each exposure."""
    patients = pl.Enum(known.unique().sort())
    coded = treated.cast(patients, strict=False)
    if coded.null_count():
        patients = pl.Enum(pl.concat([known, treated.unique()]).unique().sort())
        coded = treated.cast(patients)
    return patients, _codes(coded)


def _drugs(about: pl.DataFrame, vocabulary: DrugVocabulary, roles: DrugRoles) -> tuple[tuple[str, ...], Table]:
    """Return the class names and what the rules know of each ingredient."""
    named = sorted(set(about.get_column("drug_class")) - {UNKNOWN})
    classes, code = list(named), {name: number for number, name in enumerate(named)}
    drugs = []
    for name, group, modality in about.select("ingredient", "drug_class", "modality").iter_rows():
        if group == UNKNOWN:
            classes.append(UNKNOWN)
        what = vocabulary.ingredients.get(name)
        oral = what is not None and what.routes == ("oral",)
        role, drug_class = _role(name, group, modality, roles), code.get(group, len(classes) - 1)
        drugs.append((role, drug_class, (what and what.cycle_days) or 0, oral))
    return tuple(classes), np.array(drugs, DRUG)


def _role(name: str, drug_class: str, modality: str, roles: DrugRoles) -> int:
    role = _MODALITY_ROLES.get(modality, 0) | _INGREDIENT_ROLES.get(name, 0)
    role |= ANTIBODY if drug_class in roles.backbone else 0
    role |= HER2 if drug_class in roles.directed else 0
    role |= CONTINUED if name in roles.continued else 0
    role |= TAXANE if drug_class == "taxane" else 0
    return role | (EXCHANGEABLE if drug_class in roles.exchangeable else 0)


def given(exposures: pl.DataFrame, book: Codebook) -> tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.uint32]]:
    """Return patient code, start and name code of each exposure, in the order of the table."""
    return book.owner, _days(exposures, "start"), _codes(exposures.get_column("drug").cast(book.names))


def beside(exposures: pl.DataFrame) -> tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int8]]:
    """Return stop, setting and reason of each exposure, in the order of the table."""
    setting = _choice(exposures, "setting", SETTINGS)
    return _days(exposures, "stop"), setting, _choice(exposures, "reason_stopped", REASONS_STOPPED)


def _days(frame: pl.DataFrame, column: str) -> NDArray[np.int32]:
    return _sealed(frame.get_column(column).fill_null(NONE).to_numpy().astype(np.int32, copy=False))


def _codes(column: pl.Series) -> NDArray[np.uint32]:
    return _sealed(column.to_physical().to_numpy().astype(np.uint32, copy=False))


def _sealed(values: NDArray[Number]) -> NDArray[Number]:
    """Return a read-only view: polars seals some arrays, and the pass is compiled for each mixture it meets."""
    view = values.view()
    view.setflags(write=False)
    return view


def _choice(frame: pl.DataFrame, column: str, values: Sequence[str]) -> NDArray[np.int8]:
    series = frame.get_column(column)
    if series.null_count() == len(series):
        return _sealed(np.full(len(series), -1, np.int8))
    return _sealed(series.cast(pl.Enum(values)).to_physical().cast(pl.Int8).fill_null(-1).to_numpy())


def facts(records: Records, book: Codebook, offsets: NDArray[np.int64]) -> tuple[Table, Table]:
    """Return what is known of each patient beside the drugs, a table of `PATIENT`, and the events, one of `EVENT`.

    offsets : of the sorted rows
    """
    size = len(book.patients.categories)
    patients, (events, first_event) = np.zeros(size, PATIENT), _events(records, book, size)
    patients["first_row"], patients["end_row"] = offsets[:-1], offsets[1:]
    patients["first_event"], patients["end_event"] = first_event[:-1], first_event[1:]
    days = {
        "metastatic": metastatic_from(records).rename({"day": "metastatic"}),
        "unresectable": _unresectable(records).rename({"day": "unresectable"}),
        "death": records.table("patients"),
        "last_contact": records.table("patients"),
    }
    for name, frame in days.items():
        patients[name] = _per_patient(frame, name, book, size)
    patients["undated"], patients["undated_role"], patients["undated_her2_stop"] = _undated(records, book, size)
    return patients, events


def _unresectable(records: Records) -> pl.DataFrame:
    """Return the first day of a recurrence that surgery could not remove."""
    recurrences = records.table("diagnoses").filter((pl.col("kind") == "recurrence") & ~pl.col("resectable"))
    return recurrences.group_by("patient_id").agg(pl.col("day").min())


def _coded(frame: pl.DataFrame, book: Codebook) -> pl.DataFrame:
    """Return the rows of known patients with the code of each."""
    code = pl.col("patient_id").cast(book.patients, strict=False).to_physical().cast(pl.Int64).alias("patient")
    return frame.with_columns(code).filter(pl.col("patient").is_not_null())


def _per_patient(frame: pl.DataFrame, column: str, book: Codebook, size: int) -> NDArray[np.int32]:
    known = _coded(frame.select("patient_id", column).drop_nulls(), book)
    values = np.full(size, NONE, np.int32)
    values[known.get_column("patient").to_numpy()] = known.get_column(column).to_numpy()
    return values


def _undated(
    records: Records, book: Codebook, size: int
) -> tuple[NDArray[np.bool_], NDArray[np.int32], NDArray[np.int32]]:
    """Return of the anticancer exposures without a start: whether there are, to what, and until when."""
    columns = ("patient_id", "drug", "stop")
    rows = _coded(records.table("exposures").filter(pl.col("start").is_null()).select(columns), book)
    names = rows.get_column("drug").cast(book.names).to_physical().to_numpy()
    undated, role, stop = np.zeros(size, np.bool_), np.zeros(size, np.int32), np.full(size, NONE, np.int32)
    unknown = set()
    offsets, ingredients = book.parts
    for patient, name, last in zip(rows.get_column("patient"), names, rows.get_column("stop"), strict=True):
        parts = ingredients[offsets[name] : offsets[name + 1]]
        roles = int(np.bitwise_or.reduce(book.drugs["role"][parts], initial=0))
        undated[patient] |= len(parts) > 0
        role[patient] |= roles
        if roles & HER2 and last is None:
            unknown.add(patient)
        elif roles & HER2:
            stop[patient] = max(stop[patient], last)
    stop[list(unknown)] = NONE
    return undated, role, stop


def _events(records: Records, book: Codebook, size: int) -> tuple[Table, NDArray[np.int64]]:
    """Return progressions, recurrences and local therapies by patient and day, and where those of each begin."""
    found = (
        (PROGRESSION, records.table("assessments").filter(pl.col("response") == "PD")),
        (RECURRENCE, records.table("diagnoses").filter(pl.col("kind") == "recurrence")),
        (LOCAL_THERAPY, records.table("procedures")),
    )
    events = pl.concat(
        [frame.select("patient_id", "day", pl.lit(kind, dtype=pl.Int32).alias("kind")) for kind, frame in found]
    )
    events = _coded(events.drop_nulls(), book).sort("patient", "day", "kind")
    offsets = np.searchsorted(events.get_column("patient").to_numpy(), np.arange(size + 1)).astype(np.int64)
    table = np.empty(events.height, EVENT)
    table["day"], table["kind"] = events.get_column("day").to_numpy(), events.get_column("kind").to_numpy()
    return table, offsets
