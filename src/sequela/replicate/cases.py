"""The timeline of each transcribed patient, from the records and the lines derived from them."""

from collections.abc import Iterator
from typing import Any

from sequela.derive.administrations import administrations
from sequela.replicate.material import Material
from sequela.report.figures.timeline import PatientTimeline, patient_timeline, timeline_figure


def timelines(material: Material) -> tuple[PatientTimeline, ...]:
    """Return one timeline per patient of a case report, in the order of the records; none for a cohort."""
    if material.result is not None:
        return ()
    given = administrations(material.records)
    patients = material.records.table("patients")["patient_id"]
    return tuple(patient_timeline(material.records, given, material.lines, patient) for patient in patients)


def timeline_figures(material: Material) -> Iterator[tuple[str, Any]]:
    """Yield a file stem and a matplotlib figure per patient: drugs, lines, responses by organ under the bar."""
    for timeline in timelines(material):
        yield f"{material.paper.name}-{timeline.patient}", timeline_figure(timeline, material.records.kind)
