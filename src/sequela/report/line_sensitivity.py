"""Line sensitivity as printed tables: what each alternative of each rule moves, and from which group to which."""

import math

from sequela.analyses.line_sensitivity import OUTSIDE, StudyMoves
from sequela.analyses.wording import ratio
from sequela.derive.line_alternatives import Alternative, LineMoves
from sequela.report.display_table import DisplayTable, Row

ALL_RULES = "Every other value of every line rule, one change at a time."


def line_moves_table(moves: tuple[LineMoves, ...]) -> DisplayTable:
    """Print how many patients have other lines under each alternative."""
    rows = tuple(
        Row(
            (
                *_said(one.alternative),
                f"{one.moved} of {one.patients}",
                str(one.recounted),
                f"{one.lines} → {one.lines_then}",
            )
        )
        for one in moves
    )
    columns = ("Rule", "In force", "Instead", "Patients whose lines move", "With another number", "Lines in all")
    return DisplayTable("line-sensitivity", "Lines under other readings of the rules", columns, rows, (ALL_RULES,))


def study_moves_table(moves: tuple[StudyMoves, ...]) -> DisplayTable:
    """Print how many patients of a study change line or group under each alternative, and how far the answer moves."""
    rows = []
    for one in moves:
        group, line = (f"{number} of {one.patients}" for number in (one.group_moved, one.line_moved))
        cells = ("cannot be done", "", one.problem) if one.problem else (group, line, _ratios(one))
        rows.append(Row((*_said(one.alternative), *cells)))
    columns = ("Rule", "In force", "Instead", "Change group", "Change line", "Crude hazard ratio")
    notes = (ALL_RULES, "Who enters or leaves the study changes group. Ratios: under the rules in force → instead.")
    ranges = _ranges(moves)
    return DisplayTable(
        "line-sensitivity", "The study under other readings of the line rules", columns, tuple(rows), (*notes, *ranges)
    )


def two_way_table(moves: StudyMoves) -> DisplayTable:
    """Print the groups under the rules in force, in rows, against the groups under one alternative, in columns."""
    names = (*moves.groups, OUTSIDE)
    counts = {(first, second): number for first, second, number in moves.table}
    rows = tuple(
        Row((name, *("" if name == other == OUTSIDE else str(counts.get((name, other), 0)) for other in names)))
        for name in names
    )
    rule, before, after = _said(moves.alternative)
    title = f"{rule}: {before} (rows) against {after} (columns)"
    return DisplayTable(f"line-sensitivity-{moves.alternative.rule.lower()}", title, ("", *names), rows)


def _said(alternative: Alternative) -> tuple[str, str, str]:
    return f"{alternative.rule} {alternative.parameter}", str(alternative.in_force), str(alternative.value)


def _ratios(moves: StudyMoves) -> str:
    parts = [f"{group} {_ratio(before)} → {_ratio(after)}" for _, group, before, after in moves.hazard_ratios]
    return "; ".join(parts)


def _ratio(value: float) -> str:
    return "NE" if math.isnan(value) else ratio(value)


def _ranges(moves: tuple[StudyMoves, ...]) -> list[str]:
    """Say between which limits each hazard ratio lies under all readings."""
    found: dict[str, list[float]] = {}
    for one in moves:
        for _, group, before, after in one.hazard_ratios:
            found.setdefault(group, []).extend(value for value in (before, after) if not math.isnan(value))
    return [
        f"Hazard ratio of {group} under all readings: {_ratio(min(values))} to {_ratio(max(values))}."
        for group, values in found.items()
        if values
    ]
