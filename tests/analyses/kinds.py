"""Patients of T-DM1 after two drugs (P) or one (T) who progress, die or do neither, on days a test chooses."""

import numpy as np

from tests.hand_made import records

GROUPS = {"P": "received pertuzumab", "T": "otherwise"}


def kinds(rows, kind=None):
    """Return records; each row: group, what ("PD", "death" or "censored"), day, and maybe ecog."""
    tables = {"patients": [], "exposures": [], "diagnoses": [], "assessments": [], "performance": []}
    for number, (group, what, day, *ecog) in enumerate(rows):
        name = f"k{number:04d}"
        end = {"death": day} if what == "death" else {"last_contact": day}
        tables["patients"].append({"patient_id": name, **end})
        tables["diagnoses"].append({"patient_id": name, "day": -500, "kind": "metastatic"})
        tables["exposures"].append({"patient_id": name, "drug": "T-DM1", "start": 0})
        if group == "P":
            tables["exposures"].append({"patient_id": name, "drug": "pertuzumab", "start": -60, "stop": -9})
        if what != "death":
            response = "PD" if what == "PD" else "SD"
            tables["assessments"].append({"patient_id": name, "day": day, "response": response, "basis": "radiologic"})
        if ecog:
            tables["performance"].append({"patient_id": name, "day": -1, "ecog": ecog[0]})
    return records(**tables) if kind is None else records(kind, **tables)


def drawn(n=160, seed=5, ratio=3.0):
    """Return rows in which progression comes `ratio` times as fast in P, death and censoring alike in both."""
    chance = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        group = "PT"[i % 2]
        days = {
            "PD": chance.exponential(400 / (ratio if group == "P" else 1)),
            "death": chance.exponential(700),
            "censored": chance.exponential(900),
        }
        what = min(days, key=days.get)
        rows.append((group, what, 1 + int(days[what]), int(chance.integers(0, 3))))
    return rows
