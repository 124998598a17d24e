"""One patient's timeline: drugs as bars, lines named above, responses by site below, progressions marked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from sequela.analyses.wording import DAYS_PER_MONTH
from sequela.errors import NotEstimableError
from sequela.records.bundle import Kind, Records
from sequela.report.figures.canvas import (
    COLOURS,
    INK,
    MUTED,
    RULE,
    SMALL_SIZE,
    WARNING,
    WIDTH,
    blank_figure,
    blank_page,
    drawable,
    stamp,
    style,
    wrapped,
)
from sequela.report.figures.kaplan_meier import month_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEFT, RIGHT, ROW, LETTER = 1.75, 0.3, 0.3, 0.062
RESPONSE_COLOURS = {
    "CR": "#009E73",
    "PR": "#8fd3bd",
    "SD": "#d9d9d9",
    "NON-CR/NON-PD": "#d9d9d9",
    "PD": "#D55E00",
    "NE": "#ffffff",
}
WHOLE_BODY = "overall"


@dataclass(frozen=True, slots=True)
class DrugBar:
    """A course of one drug, days from the patient's origin; `stop` None while it goes on."""

    drug: str
    start: int
    stop: int | None


@dataclass(frozen=True, slots=True)
class LineSpan:
    """A line of therapy by the label that stands above it."""

    label: str
    start: int
    stop: int | None


@dataclass(frozen=True, slots=True)
class SiteResponse:
    """A response read at one site on one day."""

    site: str
    day: int
    response: str


@dataclass(frozen=True, slots=True)
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


def timeline_figure(timeline: PatientTimeline, kind: Kind) -> Any:
    """Draw one patient's timeline as a matplotlib figure 7 inches wide; months from the first day shown."""
    with style():
        return _figure(timeline, kind)


def _of(frame: pl.DataFrame, patient_id: str) -> pl.DataFrame:
    return frame.filter(pl.col("patient_id") == patient_id)


def _figure(timeline: PatientTimeline, kind: Kind) -> Any:
    drugs = list(dict.fromkeys(bar.drug for bar in timeline.bars))
    sites = _sites(timeline.responses)
    below = 0.95 + _room_for_undated(timeline)
    top = below + ROW * (len(drugs) + len(sites)) + (0.25 if sites else 0)
    height = top + 0.62
    figure = blank_figure(height)
    page = blank_page(figure, height)
    _axis(page, timeline, below, top)
    _line_spans(page, timeline, below, top)
    for index, drug in enumerate(drugs):
        _drug_row(page, timeline, drug, COLOURS[index % len(COLOURS)], top - ROW * (index + 0.5))
    for index, site in enumerate(sites):
        _site_row(page, timeline, site, below + ROW * (len(sites) - index - 0.5))
    _marks(page, timeline, below, top)
    page.text(0.08, height - 0.16, drawable(f"Patient {timeline.patient}"), va="center", fontweight="bold")
    _key(page, timeline)
    stamp(figure, kind, height)
    return figure


def _sites(responses: Iterable[SiteResponse]) -> list[str]:
    found = list(dict.fromkeys(item.site for item in responses))
    return sorted(found, key=lambda site: (site != WHOLE_BODY, found.index(site)))


def _place(timeline: PatientTimeline, day: float) -> float:
    span = timeline.last_day - timeline.first_day
    return LEFT + (day - timeline.first_day) / span * (WIDTH - LEFT - RIGHT)


def _axis(page: "Axes", timeline: PatientTimeline, below: float, top: float) -> None:
    page.plot([LEFT, WIDTH - RIGHT], [below, below], color=MUTED, linewidth=0.8)
    for month in month_ticks(timeline.last_day - timeline.first_day):
        x = _place(timeline, timeline.first_day + month * DAYS_PER_MONTH)
        page.plot([x, x], [below, top], color=RULE, linewidth=0.5, zorder=0)
        page.text(x, below - 0.06, f"{month:g}", ha="center", va="top", fontsize=SMALL_SIZE)
    page.text((LEFT + WIDTH - RIGHT) / 2, below - 0.24, "Months", ha="center", va="top", fontsize=SMALL_SIZE)


def _line_spans(page: "Axes", timeline: PatientTimeline, below: float, top: float) -> None:
    for span in timeline.lines:
        start, stop = _place(timeline, span.start), _place(timeline, _end(timeline, span.stop))
        page.plot([start, start], [below, top + 0.1], color=MUTED, linewidth=0.9, linestyle=(0, (3, 2)))
        page.plot([start, stop], [top + 0.1, top + 0.1], color=INK, linewidth=2, solid_capstyle="butt")
        label = span.label if len(span.label) * LETTER < stop - start else span.label.removeprefix("line ")
        page.text(start, top + 0.16, drawable(label), va="bottom", fontsize=SMALL_SIZE)


def _end(timeline: PatientTimeline, stop: int | None) -> int:
    return timeline.last_day if stop is None else stop


def _drug_row(page: "Axes", timeline: PatientTimeline, drug: str, colour: str, middle: float) -> None:
    page.text(0.08, middle, wrapped(drug, 24, 2), va="center", fontsize=SMALL_SIZE, linespacing=0.9)
    for bar in (bar for bar in timeline.bars if bar.drug == drug):
        start, stop = _place(timeline, bar.start), _place(timeline, _end(timeline, bar.stop))
        width = max(stop - start, 0.03)
        page.barh(middle, width, height=ROW * 0.55, left=start, color=colour, linewidth=0)
        if bar.stop is None:
            page.plot([start + width], [middle], marker=">", markersize=6, color=colour, clip_on=False)


def _site_row(page: "Axes", timeline: PatientTimeline, site: str, middle: float) -> None:
    page.text(0.08, middle, wrapped(f"response: {site}", 26, 2), va="center", fontsize=SMALL_SIZE, color=MUTED)
    readings = [item for item in timeline.responses if item.site == site]
    for reading in readings:
        page.text(
            _place(timeline, reading.day),
            middle,
            reading.response if len(reading.response) <= 2 else "n/n",
            ha="center",
            va="center",
            fontsize=7.5,
            bbox={
                "boxstyle": "square,pad=0.22",
                "facecolor": RESPONSE_COLOURS.get(reading.response, "white"),
                "edgecolor": MUTED,
                "linewidth": 0.6,
            },
        )


def _marks(page: "Axes", timeline: PatientTimeline, below: float, top: float) -> None:
    for day in timeline.progressions:
        x = _place(timeline, day)
        page.plot([x, x], [below, top], color=WARNING, linewidth=1.1, zorder=1)
        page.plot([x], [top], marker="v", markersize=6, color=WARNING, clip_on=False)
    end = timeline.death if timeline.death is not None else timeline.last_contact
    if end is not None:
        marker, colour = ("X", INK) if timeline.death is not None else ("|", MUTED)
        page.plot([_place(timeline, end)], [below], marker=marker, markersize=8, color=colour, clip_on=False)


def _key(page: "Axes", timeline: PatientTimeline) -> None:
    parts = ["▼ progression"] if timeline.progressions else []
    if timeline.death is not None:
        parts.append("✖ death")
    elif timeline.last_contact is not None:
        parts.append("| last contact")
    if any(bar.stop is None for bar in timeline.bars):
        parts.append("▶ goes on")
    if any(len(item.response) > 2 for item in timeline.responses):
        parts.append("n/n neither CR nor PD")
    room = _room_for_undated(timeline)
    page.text(0.08, 0.4 + room, "   ".join(parts), va="center", fontsize=SMALL_SIZE, color=MUTED)
    if timeline.undated:
        text = wrapped(f"Given earlier, without dates: {', '.join(timeline.undated)}", 92, 2)
        page.text(0.08, 0.4 + room / 3, text, va="center", fontsize=SMALL_SIZE, color=MUTED)


def _room_for_undated(timeline: PatientTimeline) -> float:
    """Return the inches that two lines of drug names take, if there are any."""
    return 0.42 if timeline.undated else 0.0
