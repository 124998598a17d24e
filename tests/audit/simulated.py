"""Patients for the audit whose covariates, centres and times a test chooses."""

from tests.hand_made import records


def cohort(rows):
    """Return records of T-DM1 on day 0; each row: group ("P" or "T"), days, died, and whatever else is wanted.

    `ecog`, `centre`, `before` (days of trastuzumab before day 0).
    """
    tables = {"patients": [], "exposures": [], "performance": [], "diagnoses": []}
    for number, row in enumerate(rows):
        name = f"x{number:04d}"
        end = "death" if row["died"] else "last_contact"
        tables["patients"].append({"patient_id": name, end: row["days"], "centre": row.get("centre")})
        tables["diagnoses"].append({"patient_id": name, "day": -2000, "kind": "metastatic"})
        tables["exposures"].append({"patient_id": name, "drug": "T-DM1", "start": 0})
        before = row.get("before", 50)
        tables["exposures"].append({"patient_id": name, "drug": "trastuzumab", "start": -before - 9, "stop": -9})
        if row["group"] == "P":
            tables["exposures"].append({"patient_id": name, "drug": "pertuzumab", "start": -before - 9, "stop": -9})
        if row.get("ecog") is not None:
            tables["performance"].append({"patient_id": name, "day": -1, "ecog": row["ecog"]})
    return records(**tables)
