"""Read a digitised curve and its table of patients at risk; every problem at once, each with its row."""

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sequela.errors import Problem, RecordsError
from sequela.evidence.digitised import DAYS_IN, Digitised
from sequela.frozen import frozen

NOISE = 0.02
"""A rise between two points beyond this is no noise of digitising: a point of another curve, or a slip."""
ONLY_GROUP = "all"
FEWEST_POINTS = 3
MOST_ROWS = 20_000
MOST_PATIENTS = 100_000

TIMES = ("time", *DAYS_IN)
"""Names a column of time may have; `time` is months."""
IN_BRACKETS = re.compile(r"(?:time\b.*|follow-?up)[ (\[]+(days|weeks|months|years)[)\]]?")
"""The same as figures print it: "Time (months)", "time since surgery (years)", "time in days"."""

Rows = Mapping[str, list[tuple[int, float, float]]]
"""By group: row of the file, time, and survival or patients at risk."""


@frozen
class CurveFile:
    """The curves of one figure.

    Attributes
    ----------
    curves : dict of str to Digitised
        By group, in the order of the file.
    unit : str
        Of time.
    """

    curves: dict[str, Digitised]
    unit: str


@dataclass(slots=True)
class _Page:
    """A file being read, its unit of time, and what was found wrong with it."""

    name: str
    unit: str = ""
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, row: int | None, found: str, expected: str = "", remedy: str = "") -> None:
        where = self.name if row is None else f"{self.name}:{row}"
        self.problems.append(Problem(where, found, expected, remedy))


def read_curves(
    points: Path,
    risk: Path | None = None,
    *,
    events: Mapping[str, int] | None = None,
    patients: Mapping[str, int] | None = None,
) -> CurveFile:
    """Read the curves of a figure, one per group, in the order of the file.

    Parameters
    ----------
    points : Path
        CSV with a column of time (its name is its unit: days, weeks, months, years; `time` is
        months), survival (a proportion), and group where there are several curves.
    risk : Path or None
        CSV with the same column of time, at_risk, and group; its first time is 0.
    events : mapping or None
        Printed total of events by group; the single curve of a file without groups is "all".
    patients : mapping or None
        Patients at time 0 by group, where there is no table.

    Raises
    ------
    RecordsError
        With every problem of both files.
    """
    page = _Page(points.name)
    found = _rows(page, points, "survival")
    curves = {group: _points(page, rows) for group, rows in found.items()}
    if not found and not page.problems:
        page.wrong(None, "no points", "columns time, survival and, for several curves, group")
    table = _Page(risk.name if risk else "--patients")
    at_risk = _tables(table, risk) if risk else _starts(table, found, patients or {})
    _check_groups(table, found, at_risk)
    totals = _totals(found, at_risk, events or {})
    if page.unit and table.unit and page.unit != table.unit:
        table.wrong(None, f"time in {table.unit}", f"{page.unit}, as in {points.name}")
    problems = [*page.problems, *table.problems, *totals]
    if problems:
        raise RecordsError(problems)
    total = events or {}
    read = {group: Digitised(*curves[group], *at_risk[group], total.get(group)) for group in found}
    return CurveFile(read, page.unit)


def _rows(page: _Page, path: Path, value: str) -> Rows:
    """Return the rows of a file by group; what cannot be read is a problem."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            names = [_plain(name) for name in reader.fieldnames or ()]
            times = [name for name in names if name in TIMES]
            if value not in names or len(times) != 1:
                expected = f"one of {', '.join(TIMES)}; {value}; for several curves, group"
                page.wrong(None, f"columns {', '.join(names) or 'none'}", expected, _remedy(names, value))
                return {}
            page.unit = "months" if times[0] == TIMES[0] else times[0]
            reader.fieldnames = ["time" if name == times[0] else name for name in names]
            return _grouped(page, reader, value)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        page.wrong(None, f"cannot be read ({type(error).__name__})", "a CSV file in UTF-8")
        return {}


def _plain(name: str | None) -> str:
    """Return a column's name in small letters; a time with its unit in brackets becomes the unit."""
    text = (name or "").strip().lower()
    unit = IN_BRACKETS.fullmatch(text)
    return unit[1] if unit else text


def _remedy(names: Sequence[str], value: str) -> str:
    """Return what to do with the first line of a file as digitising programs and spreadsheets write it."""
    if any(";" in name or "\t" in name for name in names):
        return "Save it with commas between the columns and a point in the decimals."
    if names and not any(math.isnan(_number(name)) for name in names):
        return f"The first line holds numbers: put a line such as months,{value} above it."
    return ""


def _grouped(page: _Page, reader: "csv.DictReader[str]", value: str) -> Rows:
    found: dict[str, list[tuple[int, float, float]]] = {}
    for row, cells in enumerate(reader, start=2):
        if row > MOST_ROWS:
            page.wrong(row, f"more than {MOST_ROWS} rows", "one figure")
            break
        time, number = (_number(cells.get(name)) for name in ("time", value))
        if math.isnan(time) or math.isnan(number):
            page.wrong(row, f"'{cells.get('time')}', '{cells.get(value)}'", "two numbers with a decimal point")
            continue
        if time < 0:
            page.wrong(row, f"time {time:g}", "time from 0 on", "Calibrate the axis again, or take the point away.")
        group = (cells.get("group") or ONLY_GROUP).strip() or ONLY_GROUP
        found.setdefault(group, []).append((row, time, number))
    return found


def _number(text: str | None) -> float:
    try:
        number = float((text or "").strip())
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _points(page: _Page, rows: Sequence[tuple[int, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Sort the points of one curve, begin it at (0, 1), and look for what no survival curve does."""
    highest = max(value for _, _, value in rows)
    if highest > 1 + NOISE:
        remedy = "Divide by 100." if highest <= 100 * (1 + NOISE) else ""
        page.wrong(rows[0][0], f"survival up to {highest:g}", "a proportion between 0 and 1, not a percentage", remedy)
        return np.zeros(0), np.zeros(0)
    for row, _, value in rows:
        if value < -NOISE:
            page.wrong(row, f"survival {value:g}", "a proportion between 0 and 1")
    if len(rows) < FEWEST_POINTS:
        page.wrong(rows[0][0], f"{len(rows)} points", f"at least {FEWEST_POINTS} for each curve")
    # At one time the upper point comes first: a step drawn by its two corners.
    ordered = sorted(rows, key=lambda item: (item[1], -item[2]))
    _check_falling(page, ordered)
    time, survival = (np.array([item[k] for item in ordered]) for k in (1, 2))
    if time.size and time[0] > 0:
        time, survival = np.concatenate([[0.0], time]), np.concatenate([[1.0], survival])
    survival[:1] = 1.0
    return time, np.clip(survival, 0.0, 1.0)


def _check_falling(page: _Page, ordered: Sequence[tuple[int, float, float]]) -> None:
    lowest = 1.0
    if ordered[0][1] == 0 and ordered[0][2] < 1 - NOISE:
        page.wrong(ordered[0][0], f"survival {ordered[0][2]:g} at time 0", "1 at time 0")
    for row, time, value in ordered:
        if value > lowest + NOISE:
            remedy = "Take the point away, or give each curve its group."
            page.wrong(row, f"survival {value:g} at time {time:g} after {lowest:g}", "a curve that never rises", remedy)
        lowest = min(lowest, value)


def _tables(page: _Page, path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    found = _rows(page, path, "at_risk")
    if not found and not page.problems:
        page.wrong(None, "an empty table", "columns time, at_risk and, for several curves, group", "Leave --risk out.")
    for rows in found.values():
        _check_table(page, rows)
    return {
        group: (np.array([time for _, time, _ in rows]), np.array([round(n) for _, _, n in rows], dtype=int))
        for group, rows in found.items()
    }


def _check_table(page: _Page, rows: Sequence[tuple[int, float, float]]) -> None:
    if rows[0][1] != 0:
        page.wrong(rows[0][0], f"the table begins at time {rows[0][1]:g}", "the patients at risk at time 0")
    before_time, before = -math.inf, math.inf
    for row, time, number in rows:
        if number != round(number) or not 0 <= number <= MOST_PATIENTS:
            page.wrong(row, f"{number:g} at risk", f"a whole number of patients up to {MOST_PATIENTS}")
        if time <= before_time:
            page.wrong(row, f"time {time:g} after {before_time:g}", "times that rise")
        if number > before:
            page.wrong(row, f"{number:g} at risk after {before:g}", "no more patients at risk than before")
        before_time, before = time, number
    if rows[0][2] < 1:
        page.wrong(rows[0][0], "nobody at risk at time 0", "the patients of the group")


def _starts(page: _Page, found: Rows, patients: Mapping[str, int]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Without a table only the number at the start is known."""
    missing = [group for group in found if group not in patients]
    if missing:
        remedy = "Give a table with --risk, or --patients GROUP=NUMBER."
        page.wrong(None, f"no number of patients for {', '.join(missing)}", "how many each curve begins with", remedy)
    return {group: (np.zeros(1), np.array([number])) for group, number in patients.items()}


def _check_groups(page: _Page, found: Rows, at_risk: Mapping[str, object]) -> None:
    for group in at_risk:
        if found and group not in found:
            page.wrong(None, f"group '{group}' has no curve", ", ".join(found))
    for group in found:
        if at_risk and group not in at_risk and page.name != "--patients":
            page.wrong(None, f"no patients at risk for group '{group}'", ", ".join(at_risk))


def _totals(
    found: Rows, at_risk: Mapping[str, tuple[np.ndarray, np.ndarray]], events: Mapping[str, int]
) -> list[Problem]:
    problems = []
    for group, number in events.items():
        if found and group not in found:
            problems.append(Problem("--events", f"group '{group}' has no curve", ", ".join(found)))
        elif group in at_risk and number > at_risk[group][1][0]:
            most = int(at_risk[group][1][0])
            problems.append(Problem("--events", f"{number} events in {group}", f"at most its {most} patients"))
    return problems
