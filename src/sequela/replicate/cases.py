"""The timeline of each transcribed patient, from the records and the lines derived from them."""

from sequela.derive.administrations import administrations
from sequela.records.bundle import Kind
from sequela.replicate.material import Material
from sequela.report.figures.canvas import pdf_bytes, svg_bytes
from sequela.report.figures.timeline import PatientTimeline, patient_timeline, timeline_figure


def timelines(material: Material) -> tuple[PatientTimeline, ...]:
    """Return one timeline per patient of a case report, in the order of the records; none for a cohort."""
    if material.records.kind is not Kind.TRANSCRIBED:
        return ()
    given = administrations(material.records)
    patients = material.records.table("patients")["patient_id"]
    return tuple(patient_timeline(material.records, given, material.lines, patient) for patient in patients)


def figure_files(material: Material) -> dict[str, bytes]:
    """Return a figure per patient, as SVG and as PDF: drugs, lines, responses by organ under the bars."""
    files: dict[str, bytes] = {}
    for timeline in timelines(material):
        figure = timeline_figure(timeline, material.records.kind)
        stem = f"{material.paper.name}-{timeline.patient}"
        files |= {f"{stem}.svg": svg_bytes(figure), f"{stem}.pdf": pdf_bytes(figure)}
    return files
