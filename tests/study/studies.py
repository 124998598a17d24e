"""Small studies and patients for the tests of the study language."""

import datetime

from sequela.study.load import load_study
from sequela.study.spec import Study
from tests.hand_made import records

FLAGSHIP = """\
version: 1
title: T-DM1 after trastuzumab, with or without pertuzumab (Noda-Narita 2019)
records: records/
time_zero: first trastuzumab emtansine
accrual: {from: 2014-04-01, to: 2017-02-28}
population:
  - metastatic at time zero
  - HER2 positive
  - not: {received: trastuzumab emtansine, before: accrual}
  - received: trastuzumab
    before: time zero
groups:
  Tmab/Pmab: {received: pertuzumab, before: time zero}
  Tmab: otherwise
reference: Tmab
endpoints: [ttp.noda_2019]
adjust: [ecog, visceral, hormone_receptor]
analyses:
  - characteristics: [age, ecog, visceral, hormone_receptor, prior_lines, duration_of_her2_therapy]
  - survival: ttp.noda_2019
  - response: {control_months: 6}
"""


def load(folder, text) -> Study:
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return load_study(path)


def study(population=(), groups=None, time_zero="first trastuzumab emtansine", **more) -> Study:
    """Return a study written in Python."""
    return Study.model_validate(
        {
            "version": 1,
            "title": "a question",
            "records": "records/",
            "time_zero": time_zero,
            "population": list(population),
            "groups": groups or {},
            "analyses": [{"survival": "os"}],
            **more,
        }
    )


def patients(origin=None, metastatic=-100, **histories):
    """Return records from one list of (drug, start[, stop[, setting]]) per patient; followed to day 1000."""
    tables = {"patients": [], "exposures": [], "diagnoses": []}
    for name, given in histories.items():
        tables["patients"].append({"patient_id": name, "origin_date": origin, "last_contact": 1000})
        if metastatic is not None:
            tables["diagnoses"].append({"patient_id": name, "day": metastatic, "kind": "metastatic"})
        for drug, start, *rest in given:
            stop, setting = (*rest, None, None)[:2]
            row = {"patient_id": name, "drug": drug, "start": start, "stop": stop, "setting": setting}
            tables["exposures"].append(row)
    return records(**tables)


NEW_YEAR_2014 = datetime.date(2014, 1, 1)


def flagship_records():
    """Return 52 patients: 18 + 24 of the cohort, 2 treated before accrual, 5 naïve, 3 not in accrual."""
    rows = {"patients": [], "exposures": [], "diagnoses": [], "biomarkers": []}

    def add(name, *given):
        rows["patients"].append({"patient_id": name, "origin_date": NEW_YEAR_2014, "last_contact": 2000})
        rows["diagnoses"].append({"patient_id": name, "day": -100, "kind": "metastatic"})
        rows["biomarkers"].append({"patient_id": name, "day": -200, "marker": "HER2", "value": "positive"})
        rows["exposures"].extend({"patient_id": name, "drug": drug, "start": start} for drug, start in given)

    for i in range(18):
        add(f"both {i}", ("trastuzumab", -90), ("Perjeta", -90), ("Kadcyla", 400))
    for i in range(24):
        add(f"one {i}", ("Herceptin", -90), ("Kadcyla", 400))
    for i in range(2):
        add(f"early {i}", ("Herceptin", -90), ("Kadcyla", 20), ("Kadcyla", 400))
    for i in range(5):
        add(f"naive {i}", ("docetaxel", -90), ("Kadcyla", 400))
    for i in range(3):
        add(f"outside {i}", ("trastuzumab", -90), ("Kadcyla", 40))
    return records(**rows)
