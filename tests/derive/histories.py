"""Patients written down by hand: a few lines of history become records."""

import numpy as np
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
    unresectable=(),
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
    diagnoses += [{"day": day, "kind": "recurrence", "resectable": False} for day in unresectable]
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


DRUGS = [
    "trastuzumab",
    "pertuzumab",
    "docetaxel",
    "paclitaxel",
    "vinorelbine",
    "capecitabine",
    "doxorubicin",
    "lapatinib",
    "letrozole",
    "fulvestrant",
    "palbociclib",
    "bevacizumab",
    "MK-0000",
    "denosumab",
    "goserelin",
    "Phesgo",
    "T-DM1",
]


def crowd(seed, patients=60, settings=True):
    """Return random patients who break every habit of the clinic: dense drugs, odd gaps, sparse progressions."""
    rng = np.random.default_rng(seed)
    contents = {name: [] for name in ("patients", "diagnoses", "exposures", "procedures", "assessments")}
    for number in range(patients):
        one = {"patient_id": f"P{number:03d}"}
        contents["patients"].append({**one, "last_contact": int(rng.integers(300, 1200))})
        if rng.random() < 0.8:
            contents["diagnoses"].append({**one, "day": int(rng.integers(-50, 300)), "kind": "metastatic"})
        for kind, table_name in (("recurrence", "diagnoses"), ("radiotherapy", "procedures")):
            if rng.random() < 0.3:
                day = int(rng.integers(-50, 700))
                contents[table_name].append({**one, "day": day, "kind": kind} | _surgery(kind, day))
        for day in rng.integers(0, 700, rng.integers(0, 4)):
            contents["assessments"].append({**one, "day": int(day), "response": "PD"})
        pool = rng.choice(DRUGS, rng.integers(1, 6), replace=False)
        contents["exposures"].extend(one | _exposure(rng, pool, settings) for _ in range(rng.integers(0, 14)))
    return Records({name: table(name, rows) for name, rows in contents.items()}, kind=Kind.SIMULATED)


def _surgery(kind, day):
    """Let a third of the recurrences be unresectable and a third not tell, without another draw."""
    return {"resectable": (False, True, None)[day % 3]} if kind == "recurrence" else {}


def _exposure(rng, pool, settings):
    start = int(rng.integers(0, 30) * 21 + rng.integers(0, 5)) if rng.random() < 0.7 else int(rng.integers(0, 650))
    return given(
        str(rng.choice(pool)),
        start,
        start + int(rng.integers(0, 120)) if rng.random() < 0.3 else None,
        [None, None, "early", "metastatic"][rng.integers(0, 4)] if settings and rng.random() < 0.3 else None,
        ["toxicity", "completed", "progression", "unknown"][rng.integers(0, 4)] if rng.random() < 0.2 else None,
    )
