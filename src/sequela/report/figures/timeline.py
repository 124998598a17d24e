"""One patient's timeline: drugs as bars, lines named above, responses by site below, progressions marked."""

from collections.abc import Iterable

import polars as pl

from sequela.analyses.wording import DAYS_PER_MONTH
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.records.bundle import Kind, Records
from sequela.report.drawing.marks import Drawing, Face, Line, Mark, Pen, Rectangle, Scale
from sequela.report.drawing.symbols import symbol
from sequela.report.drawing.words import height_of, text, width_of, wrapped
from sequela.report.figures.canvas import (
    COLOURS,
    INK,
    MUTED,
    NOTE,
    RULE,
    SMALL,
    STAMP_ROOM,
    STRONG,
    WARNING,
    WIDTH,
    stamped,
)
from sequela.report.figures.curve_parts import MARGIN, month_ticks

LEFT, RIGHT, ROW, TOP = 126.0, 22.0, 21.5, 45.0
NAMES = LEFT - MARGIN - 8
"""Width of the names at the left."""
ABOVE, BETWEEN, AXIS = 7.0, 18.0, 34.0
"""From the rows to the lines of therapy, from drugs to responses, and the height of the axis."""
BAR, THIN = 12.0, 2.2
READING, READING_HEIGHT = Face(7.5, INK), 11.0
RESPONSE_COLOURS = {
    "CR": "#009E73",
    "PR": "#8fd3bd",
    "SD": "#d9d9d9",
    "NON-CR/NON-PD": "#d9d9d9",
    "PD": "#D55E00",
    "NE": "#ffffff",
}
WHOLE_BODY = "overall"


@frozen
class DrugBar:
    """A course of one drug, days from the patient's origin; `stop` None while it goes on."""

    drug: str
    start: int
    stop: int | None


@frozen
class LineSpan:
    """A line of therapy by the label that stands above it."""

    label: str
    start: int
    stop: int | None


@frozen
class SiteResponse:
    """A response read at one site on one day."""

    site: str
    day: int
    response: str


@frozen
class PatientTimeline:
    """Everything the figure shows of one patient.

    Attributes
    ----------
    patient : str
    bars : tuple of DrugBar
    lines : tuple of LineSpan
    responses : tuple of SiteResponse
    progressions : tuple of int
        Days of progression.
    last_contact, death : int or None
    undated : tuple of str
        Drugs given early without a known start; named under the figure.
    """

    patient: str
    bars: tuple[DrugBar, ...]
    lines: tuple[LineSpan, ...] = ()
    responses: tuple[SiteResponse, ...] = ()
    progressions: tuple[int, ...] = ()
    last_contact: int | None = None
    death: int | None = None
    undated: tuple[str, ...] = ()

    @property
    def first_day(self) -> int:
        """The first day anything is drawn on."""
        return min(self._days())

    @property
    def last_day(self) -> int:
        """The last day anything is drawn on, at least a month after the first."""
        return max(*self._days(), self.first_day + 31)

    def _days(self) -> list[int]:
        spans: tuple[DrugBar | LineSpan, ...] = (*self.bars, *self.lines)
        days = [day for span in spans for day in (span.start, span.stop) if day is not None]
        days += [item.day for item in self.responses] + list(self.progressions)
        return days + [day for day in (self.last_contact, self.death) if day is not None]


def patient_timeline(
    records: Records, administrations: pl.DataFrame, lines: pl.DataFrame, patient_id: str
) -> PatientTimeline:
    """Collect what the timeline of one patient shows.

    Parameters
    ----------
    records : Records
    administrations : DataFrame
        One row per ingredient of each exposure, of `derive.administrations`; a row without a
        start cannot be drawn and is named under the figure.
    lines : DataFrame
        Of `derive.lines.lines_of_therapy`.
    patient_id : str

    Raises
    ------
    NotEstimableError
        Where the patient has no drug with a known start.
    """
    given = _of(administrations, patient_id)
    drugs = given.filter(pl.col("start").is_not_null()).sort("start", "ingredient")
    undated = given.filter(pl.col("start").is_null())["ingredient"].unique().sort().to_list()
    if drugs.is_empty():
        raise NotEstimableError("timeline: the patient has no drug with a known start, so there is nothing to draw")
    assessments = (
        _of(records.table("assessments"), patient_id).filter(pl.col("response").is_not_null()).sort("day", "row")
    )
    patient = _of(records.table("patients"), patient_id)
    ends = {name: patient[name].to_list()[0] if len(patient) else None for name in ("last_contact", "death")}
    return PatientTimeline(
        patient_id,
        tuple(DrugBar(*row) for row in drugs.select("ingredient", "start", "stop").iter_rows()),
        tuple(
            LineSpan(f"line {number}", start, stop)
            for number, start, stop in _of(lines, patient_id).sort("line").select("line", "start", "stop").iter_rows()
        ),
        tuple(
            SiteResponse(organ or WHOLE_BODY, day, response)
            for organ, day, response in assessments.select("organ", "day", "response").iter_rows()
        ),
        tuple(dict.fromkeys(assessments.filter(pl.col("response") == "PD")["day"].to_list())),
        **ends,
        undated=tuple(undated),
    )


def timeline_figure(timeline: PatientTimeline, kind: Kind) -> Drawing:
    """Draw one patient's timeline, 7 inches wide; months from the first day shown."""
    drugs = list(dict.fromkeys(bar.drug for bar in timeline.bars))
    sites = _sites(timeline.responses)
    below = TOP + ROW * (len(drugs) + len(sites)) + (BETWEEN if sites else 0)
    scale = Scale(timeline.first_day, timeline.last_day, LEFT, WIDTH - RIGHT)
    title = f"Patient {timeline.patient}"
    marks: list[Mark] = [text(MARGIN, 12, wrapped(title, WIDTH - 2 * MARGIN, STRONG, 1), STRONG)]
    marks += _axis(timeline, scale, below)
    marks += _line_spans(timeline, scale, below)
    for index, drug in enumerate(drugs):
        marks += _drug_row(timeline, drug, scale, COLOURS[index % len(COLOURS)], TOP + ROW * (index + 0.5))
    marks += _events(timeline, scale, below)
    for index, site in enumerate(sites):
        marks += _site_row(timeline, site, scale, below - ROW * (len(sites) - index - 0.5))
    key, bottom = _key(timeline, below + AXIS)
    return stamped([*marks, *key], bottom + STAMP_ROOM, kind, f"{title}: drugs, lines and responses over time")


def _of(frame: pl.DataFrame, patient_id: str) -> pl.DataFrame:
    return frame.filter(pl.col("patient_id") == patient_id)


def _sites(responses: Iterable[SiteResponse]) -> list[str]:
    found = list(dict.fromkeys(item.site for item in responses))
    return sorted(found, key=lambda site: (site != WHOLE_BODY, found.index(site)))


def _axis(timeline: PatientTimeline, scale: Scale, below: float) -> list[Mark]:
    marks: list[Mark] = []
    for month in month_ticks(timeline.last_day - timeline.first_day).tolist():
        x = scale.at(timeline.first_day + month * DAYS_PER_MONTH)
        marks.append(Line(((x, below), (x, TOP)), Pen(RULE, 0.5)))
        marks.append(text(x, below + 6, f"{month:g}", SMALL, "middle", "top"))
    marks.append(Line(((LEFT, below), (WIDTH - RIGHT, below)), Pen(MUTED)))
    return [*marks, text((LEFT + WIDTH - RIGHT) / 2, below + 18, "Months", SMALL, "middle", "top")]


def _line_spans(timeline: PatientTimeline, scale: Scale, below: float) -> list[Mark]:
    marks: list[Mark] = []
    level = TOP - ABOVE
    for span in timeline.lines:
        start, stop = scale.at(span.start), scale.at(_end(timeline, span.stop))
        marks.append(Line(((start, below), (start, level)), Pen(MUTED, 0.9, (3, 2))))
        marks.append(Line(((start, level), (stop, level)), Pen(INK, 2.0), "line of therapy"))
        label = span.label if width_of(span.label, SMALL) < stop - start else span.label.removeprefix("line ")
        marks.append(text(start, level - 4, label, SMALL, at="base"))
    return marks


def _end(timeline: PatientTimeline, stop: int | None) -> int:
    return timeline.last_day if stop is None else stop


def _drug_row(timeline: PatientTimeline, drug: str, scale: Scale, colour: str, middle: float) -> list[Mark]:
    marks: list[Mark] = [text(MARGIN, middle, wrapped(drug, NAMES, SMALL, 2), SMALL, leading=1.1)]
    for bar in (bar for bar in timeline.bars if bar.drug == drug):
        start, stop = scale.at(bar.start), scale.at(_end(timeline, bar.stop))
        width = max(stop - start, THIN)
        marks.append(Rectangle(start, middle - BAR / 2, width, BAR, colour, part="course"))
        if bar.stop is None:
            marks.append(symbol("right", start + width + 2, middle, 7, colour))
    return marks


def _site_row(timeline: PatientTimeline, site: str, scale: Scale, middle: float) -> list[Mark]:
    marks: list[Mark] = [text(MARGIN, middle, wrapped(f"response: {site}", NAMES, NOTE, 2), NOTE, leading=1.1)]
    for reading in (item for item in timeline.responses if item.site == site):
        words = reading.response if len(reading.response) <= 2 else "n/n"
        x, width = scale.at(reading.day), width_of(words, READING) + 4
        fill = RESPONSE_COLOURS.get(reading.response, "white")
        place = (x - width / 2, middle - READING_HEIGHT / 2, width, READING_HEIGHT)
        marks.append(Rectangle(*place, fill, Pen(MUTED, 0.6), part="response"))
        marks.append(text(x, middle, words, READING, "middle"))
    return marks


def _events(timeline: PatientTimeline, scale: Scale, below: float) -> list[Mark]:
    marks: list[Mark] = []
    for day in timeline.progressions:
        x = scale.at(day)
        marks.append(Line(((x, below), (x, TOP)), Pen(WARNING, 1.1), "progression"))
        marks.append(symbol("down", x, TOP, 7, WARNING))
    if timeline.death is not None:
        marks.append(symbol("cross", scale.at(timeline.death), below, 8, INK, "death"))
    elif timeline.last_contact is not None:
        x = scale.at(timeline.last_contact)
        marks.append(Line(((x, below - 4), (x, below + 4)), Pen(MUTED, 1.2), "last contact"))
    return marks


def _key(timeline: PatientTimeline, top: float) -> tuple[list[Mark], float]:
    """Explain the symbols below the axis, and return the marks and where they end."""
    parts = ["▼ progression"] if timeline.progressions else []
    if timeline.death is not None:
        parts.append("✖ death")
    elif timeline.last_contact is not None:
        parts.append("| last contact")
    if any(bar.stop is None for bar in timeline.bars):
        parts.append("▶ goes on")
    if any(len(item.response) > 2 for item in timeline.responses):
        parts.append("n/n neither CR nor PD")
    marks: list[Mark] = [text(MARGIN, top, "   ".join(parts), NOTE, at="top")] if parts else []
    top += height_of("", NOTE) + 5 if parts else 0
    if timeline.undated:
        words = f"Given earlier, without dates: {', '.join(timeline.undated)}"
        words = wrapped(words, WIDTH - 2 * MARGIN, NOTE, 2)
        marks.append(text(MARGIN, top, words, NOTE, at="top"))
        top += height_of(words, NOTE) + 3
    return marks, top
