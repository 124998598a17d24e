"""Lesions written as a radiologist dictates them: `liver: 40, 28, -` is one lesion over the visits."""

from ..hand_made import at, records

STATES = {
    "-": "absent",
    "+": "present",
    "++": "unequivocal progression",
    "<": "too small",
    "?": "not evaluable",
    "merged": "merged",
}
VISITS = (0, 60, 120, 180, 240, 300, 360)
ORGANS = {"node": "lymph node"}


def followed(patient="a", days=VISITS, method=None, **lesions):
    """Return lesions and measurements of one patient.

    A name begins with the role (t target, x non-target, n new) and the organ: `t_liver_1="40, 28, -"`; an empty
    entry is no measurement at that visit.
    """
    roles = {"t": "target", "x": "non-target", "n": "new"}
    table, measured = [], []
    for name, course in lesions.items():
        role, organ = name.split("_")[:2]
        table.append({"patient_id": patient, "lesion_id": name, "organ": ORGANS.get(organ, organ), "role": roles[role]})
        for day, text in zip(days, course.split(","), strict=False):
            measured += [_measurement(patient, name, day, text.strip(), method)] if text.strip() else []
    return {"lesions": table, "measurements": measured}


def _measurement(patient, name, day, text, method):
    row = {"patient_id": patient, "lesion_id": name, "day": day, "method": method}
    return {**row, "state": STATES[text]} if text in STATES else {**row, "diameter_mm": float(text)}


def bundle(*patients, **tables):
    """Return records of several patients followed by lesions, with further tables as they are."""
    rows = {name: [row for each in patients for row in each[name]] for name in ("lesions", "measurements")}
    return records(**rows, **tables)


def zero(*patients):
    """Return day 0 for the patients, `a` where none is named."""
    return at(**dict.fromkeys(patients or ("a",), 0))
