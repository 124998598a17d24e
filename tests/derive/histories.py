"""Patients written down by hand: a few lines of history become records."""

import polars as pl

from sequela.records.bundle import Kind, Records
from sequela.records.schema import TABLES

MONTH = 30.4375


def months(number):
    return round(number * MONTH)


def table(name, rows):
    empty = TABLES[name].empty()
    numbered = [{"row": number, **row} for number, row in enumerate(rows, start=2)]
    filled = [{column: row.get(column) for column in empty.columns} for row in numbered]
    return pl.DataFrame(filled, schema=empty.schema, orient="row")


def given(drug, start, stop=None, setting=None, reason=None):
    """Return one exposure of the patient under study."""
    return {"drug": drug, "start": start, "stop": stop, "setting": setting, "reason_stopped": reason}


def cycles(drug, start, number, every=21, **beside):
    """Return single administrations at a fixed interval."""
    return [given(drug, start + every * k, **beside) for k in range(number)]


def history(
    *exposures,
    patient="P1",
    metastatic=None,
    recurrence=(),
    progression=(),
    local=(),
    last_contact=5000,
    death=None,
):
    """Return the records of one patient. Days throughout; exposures may be nested lists."""
    flat = []
    for item in exposures:
        flat.extend(item if isinstance(item, list) else [item])
    diagnoses = [{"day": day, "kind": "recurrence"} for day in recurrence]
    if metastatic is not None:
        diagnoses.append({"day": metastatic, "kind": "metastatic"})
    contents = {
        "patients": [{"last_contact": None if death is not None else last_contact, "death": death}],
        "diagnoses": diagnoses,
        "exposures": flat,
        "procedures": [{"day": day, "kind": "radiotherapy"} for day in local],
        "assessments": [{"day": day, "response": "PD"} for day in progression],
    }
    owned = {name: [{"patient_id": patient, **row} for row in rows] for name, rows in contents.items()}
    return Records({name: table(name, rows) for name, rows in owned.items()}, kind=Kind.TRANSCRIBED)


def together(*records):
    """Return the records of several patients, rows numbered through."""
    tables = {}
    for name in records[0].tables:
        joined = pl.concat([one.table(name) for one in records])
        tables[name] = joined.with_columns((pl.int_range(pl.len(), dtype=pl.Int32) + 2).alias("row"))
    return Records(tables, kind=Kind.TRANSCRIBED)
