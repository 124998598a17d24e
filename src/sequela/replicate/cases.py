"""The timeline of each transcribed patient, from the records and the lines derived from them."""

from sequela.derive.administrations import administrations
from sequela.records.bundle import Kind
from sequela.replicate.material import Material
from sequela.report.figures.timeline import PatientTimeline, patient_timeline


def timelines(material: Material) -> tuple[PatientTimeline, ...]:
    """Return one timeline per patient of a case report, in the order of the records; none for a paper with a study."""
    if material.records.kind is not Kind.TRANSCRIBED or material.runs:
        return ()
    given = administrations(material.records)
    patients = material.records.table("patients")["patient_id"]
    return tuple(patient_timeline(material.records, given, material.lines, patient) for patient in patients)
