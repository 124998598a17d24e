"""One patient's history as a reader of charts would tell it: lines, reasons, rules, responses by site."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from textwrap import wrap

import polars as pl

from sequela.derive.administrations import administrations
from sequela.derive.lines import line_summary, lines_of_therapy
from sequela.derive.rules import BREAST, LineRules
from sequela.errors import Problem, RecordsError
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH

WHOLE_BODY = "all sites"
"""What an assessment without an organ is of."""

ENDINGS = {
    "PD": "progression",
    "assumed_PD": "no reason recorded; another drug class follows, so progression is assumed",
    "toxicity": "toxicity",
    "completed": "completed as planned",
    "patient choice": "the patient's choice",
    "other disease": "another disease",
    "death": "death",
    "other": "another reason",
    "data end": "the records end here",
    "unknown": "no reason recorded",
}

_STARTING = frozenset({"L01", "L03", "L04", "L09", "L14", "L15", "L19", "L20", "L21", "L27", "L28"})
_EITHER = frozenset({"L07", "L10", "L11", "L17", "L23"})
_ENDING = frozenset({"L25"})
_WIDTH, _MARGIN = 100, 13


@frozen
class SiteResponse:
    """The responses of one site during one line.

    Attributes
    ----------
    organ : str
        Organ, or "all sites".
    responses : tuple of (int, str)
        Day and response, in order.
    """

    organ: str
    responses: tuple[tuple[int, str], ...]


@frozen
class Course:
    """One drug given with curative intent, from its first to its last day; None where not known."""

    drug: str
    start: int | None
    stop: int | None


@frozen
class LineStory:
    """One palliative line.

    Attributes
    ----------
    number : int
        0 or less where the line is not counted (L08, L21).
    start, stop : int
        Days.
    regimen : str
        What defines the line.
    also_given : tuple of str
        Drugs given during it beside the regimen.
    maintenance : int or None
        First day of maintenance.
    started, within, ended_by : tuple of (str, str)
        Rule id and its sentence: behind the start, the course, and the end.
    reason_ended : str
        As in `lines_of_therapy`.
    progression : int or None
        First progression documented during the line.
    confidence : str
    sites : tuple of SiteResponse
    rows : tuple of str
        `exposures:12`.
    """

    number: int
    start: int
    stop: int
    regimen: str
    also_given: tuple[str, ...]
    maintenance: int | None
    started: tuple[tuple[str, str], ...]
    within: tuple[tuple[str, str], ...]
    ended_by: tuple[tuple[str, str], ...]
    reason_ended: str
    progression: int | None
    confidence: str
    sites: tuple[SiteResponse, ...]
    rows: tuple[str, ...]


@frozen
class Story:
    """One patient's lines of therapy, told.

    Attributes
    ----------
    patient_id : str
    kind : str
        Observed, transcribed, reconstructed or simulated.
    origin : date or None
        Calendar date of day 0.
    lot : str
        "LoT 3 (1+2)".
    metastatic_start : int or None
    early_relapse : bool or None
    curative : tuple of Course
    lines : tuple of LineStory
    """

    patient_id: str
    kind: str
    origin: date | None
    lot: str
    metastatic_start: int | None
    early_relapse: bool | None
    curative: tuple[Course, ...]
    lines: tuple[LineStory, ...]

    def day(self, day: int | None) -> str:
        """Return a day as a calendar date, or as day and month since the origin where that is all we know."""
        if day is None:
            return "day not known"
        if self.origin is not None:
            return (self.origin + timedelta(days=day)).isoformat()
        return f"day {day} (month {day / DAYS_PER_MONTH:.1f})"

    def text(self) -> str:
        """Return the story as plain text, 100 columns wide."""
        lines = [f"Patient {self.patient_id} ({self.kind} records): {self.lot}"]
        lines.extend(self._beginning())
        for line in self.lines:
            lines.extend(["", *self._line(line)])
        if not self.lines:
            lines.extend(["", "No palliative line."])
        return "\n".join(lines) + "\n"

    def _beginning(self) -> Iterator[str]:
        if self.metastatic_start is not None:
            yield from _paragraph("metastatic", f"from {self.day(self.metastatic_start)}")
        if self.early_relapse is not None:
            relapse = "early" if self.early_relapse else "not early"
            yield from _paragraph("relapse", f"{relapse} after (neo)adjuvant HER2-directed therapy (L20)")
        for course in self.curative:
            yield from _paragraph("curative", f"{course.drug}, {self._span(course.start, course.stop)}")

    def _span(self, start: int | None, stop: int | None) -> str:
        return self.day(start) if start == stop else f"{self.day(start)} to {self.day(stop)}"

    def _line(self, line: LineStory) -> Iterator[str]:
        name = f"Line {line.number}" if line.number > 0 else "Not counted"
        months = (line.stop - line.start + 1) / DAYS_PER_MONTH
        yield f"{name}: {line.regimen}"
        yield from _paragraph("when", f"{self._span(line.start, line.stop)}, {months:.1f} months")
        for rule, sentence in line.started:
            yield from _paragraph("starts", f"{rule} {sentence}")
        if line.also_given:
            yield from _paragraph("also given", ", ".join(line.also_given))
        if line.maintenance is not None:
            yield from _paragraph("maintenance", f"from {self.day(line.maintenance)}")
        for rule, sentence in line.within:
            yield from _paragraph("within", f"{rule} {sentence}")
        for site in line.sites:
            course = ", ".join(f"{response} {self.day(day)}" for day, response in site.responses)
            yield from _paragraph("response", f"{site.organ}: {course}")
        yield from _paragraph("ends", self._ending(line))
        for rule, sentence in line.ended_by:
            yield from _paragraph("", f"{rule} {sentence}")
        yield from _paragraph("confidence", f"{line.confidence}; rows {', '.join(line.rows)}")

    def _ending(self, line: LineStory) -> str:
        reason = ENDINGS[line.reason_ended]
        if line.reason_ended == "PD" and line.progression is not None:
            return f"{reason}, documented {self.day(line.progression)}"
        return reason


def _paragraph(label: str, text: str) -> list[str]:
    """Return a text beside its label, wrapped."""
    first, rest = f"  {label:<{_MARGIN - 2}}", " " * _MARGIN
    return wrap(text, _WIDTH, initial_indent=first, subsequent_indent=rest)


def patient_story(records: Records, patient_id: str, rules: LineRules = BREAST) -> Story:
    """Return the lines of one patient with the rules and responses behind them.

    Raises
    ------
    RecordsError
        Where the records do not know the patient.
    """
    own = _of(records, patient_id)
    if own.table("patients").is_empty():
        raise RecordsError(Problem("patients", "no patient of this id", "", "Look the id up in the patients table."))
    lines = lines_of_therapy(own, rules)
    counted = line_summary(own, lines, rules).row(0, named=True)
    return Story(
        patient_id=patient_id,
        kind=str(records.kind),
        origin=own.table("patients").get_column("origin_date")[0],
        lot=counted["lot"],
        metastatic_start=counted["metastatic_start"],
        early_relapse=counted["early_relapse"],
        curative=_curative(own, lines, rules),
        lines=tuple(_lines(own, lines, rules)),
    )


def _of(records: Records, patient_id: str) -> Records:
    own = {name: table.filter(pl.col("patient_id") == patient_id) for name, table in records.tables.items()}
    return replace(records, tables=own)


def _curative(own: Records, lines: pl.DataFrame, rules: LineRules) -> tuple[Course, ...]:
    """Return the anticancer drugs that are in no line, each from its first to its last day."""
    palliative = lines.get_column("rows").explode().to_list()
    given = administrations(own).filter(
        ~pl.format("exposures:{}", "row").is_in(palliative), ~pl.col("modality").is_in(rules.roles.ignored)
    )
    until = pl.max_horizontal("start", "stop").max().alias("until")
    courses = given.group_by("ingredient").agg(pl.col("start").min(), until).sort("start", "ingredient")
    return tuple(Course(*row) for row in courses.iter_rows())


def _lines(own: Records, lines: pl.DataFrame, rules: LineRules) -> Iterator[LineStory]:
    starts = lines.get_column("start").shift(-1)
    for line, following in zip(lines.iter_rows(named=True), starts, strict=True):
        started, within, ended = _by_part(line["rules"], rules)
        yield LineStory(
            number=line["line"],
            start=line["start"],
            stop=line["stop"],
            regimen=line["regimen"],
            also_given=tuple(sorted(set(line["ingredients"]) - set(line["regimen"].split(" + ")))),
            maintenance=line["maintenance"],
            started=started,
            within=within,
            ended_by=ended,
            reason_ended=line["reason_ended"],
            progression=line["progression"],
            confidence=line["confidence"],
            sites=tuple(_sites(own, line["start"], following)),
            rows=tuple(line["rows"]),
        )


def _by_part(fired: list[str], rules: LineRules) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Divide the rules of a line into those behind its start, its course and its end."""
    starting = _STARTING if _STARTING & set(fired) else _EITHER
    parts: tuple[list[tuple[str, str]], ...] = ([], [], [])
    for rule in fired:
        part = 0 if rule in starting else 2 if rule in _ENDING else 1
        parts[part].append((rule, rules.rule(rule).meaning))
    return tuple(tuple(part) for part in parts)


def _sites(own: Records, start: int, following: int | None) -> Iterator[SiteResponse]:
    """Yield the responses of each site after the start of a line and not after the start of the next."""
    during = own.table("assessments").filter(pl.col("response").is_not_null(), pl.col("day") > start)
    if following is not None:
        during = during.filter(pl.col("day") <= following)
    during = during.with_columns(pl.col("organ").fill_null(WHOLE_BODY)).sort("day", maintain_order=True)
    for (organ,), seen in during.group_by("organ", maintain_order=True):
        yield SiteResponse(str(organ), tuple(seen.select("day", "response").iter_rows()))
