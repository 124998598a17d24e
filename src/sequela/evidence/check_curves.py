"""Printed points of survival curves: they fall, cross one half at the median, and fit patients at risk and events."""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from sequela.evidence.check_medians import open_interval, ordered
from sequela.evidence.paper_findings import CONTRADICTION, UNCLEAR, UNLIKELY, Finding, agrees, not_checked
from sequela.evidence.paper_tables import Curve, CurveGroup, PaperTables, Ratio
from sequela.evidence.printed_cells import PRINTED, WORD, Cell
from sequela.evidence.rounding import Rounded
from sequela.stats.survival_limits import INTERVALS, survival_limits

HALF = 50.0
AT_ONCE = 1
"""Patients at risk that a curve may have lost at the very time it is read; times are counted in days or months."""
NARROW = 0.97
"""Share of the narrowest width that a printed interval must have."""


def _groups(paper: PaperTables) -> Iterator[tuple[str, Curve, str, CurveGroup]]:
    for curve in paper.curves:
        for name, group in curve.groups.items():
            yield ", ".join(part for part in (curve.where, curve.endpoint, name) if part), curve, name, group


def points_of_curves(paper: PaperTables) -> Iterator[Finding]:
    """CC-25: survival falls from 100 %, its limits lie around it, and it crosses one half at the median."""
    for where, curve, name, group in _groups(paper):
        points = [(time, cell, _percent(cell)) for time, cell in zip(curve.times, group.survival, strict=False)]
        for time, cell, percent in points:
            place = f"{where}, {time.text}"
            if percent is None:
                yield not_checked("CC-25", place, cell.text or "-", "no survival is printed as a number")
            else:
                yield from _point(place, cell, percent, _size(paper, name, group), paper.level)
        known = [(time, percent) for time, _, percent in points if percent is not None]
        yield from _falls("CC-25", where, known, "survival", "%")
        for median in _medians(paper, curve, name, group):
            yield from (_crossing(paper, where, time, percent, median) for time, percent in known)


def _percent(cell: Cell) -> Rounded | None:
    return (cell.value or cell.second) if cell.state == PRINTED and not cell.bound else None


def _size(paper: PaperTables, name: str, group: CurveGroup) -> int | None:
    return group.patients if group.patients is not None else paper.groups.get(name)


def _point(where: str, cell: Cell, percent: Rounded, size: int | None, level: float) -> Iterator[Finding]:
    if not (percent.low <= 100 and percent.high >= 0):
        yield Finding("CC-25", where, cell.text, "survival lies between 0 and 100 %", CONTRADICTION)
        return
    if (cell.low is None) != (cell.high is None):
        yield open_interval("CC-15", where, cell)
    if cell.low is None or cell.high is None:
        return
    around = ordered(where, cell, "around")
    yield around
    if around.grade != CONTRADICTION and size and 0 < percent.value < 100:
        yield _width(where, cell, percent.value / 100, size, cell.level or level)


def _width(where: str, cell: Cell, survival: float, size: int, level: float) -> Finding:
    """Compare an interval with the narrowest there is: that of a curve without any censoring."""
    error = math.sqrt(survival * (1 - survival) / size)
    at, spread = np.array(survival), np.array(error)
    widths = [float(high - low) for low, high in (survival_limits(at, spread, scale, level) for scale in INTERVALS)]
    printed = (cell.high.high - cell.low.low) / 100 if cell.low and cell.high else 0.0
    words = f"{size} patients, all followed, have an interval of {100 * min(widths):.1f} points or more"
    if printed >= NARROW * min(widths):
        return agrees("CC-25", where, cell.text, words)
    words += f"; printed {100 * printed:.1f} at most"
    return Finding("CC-25", where, cell.text, words, UNLIKELY, "one standard error, or another number of patients")


def _falls(
    check: str, where: str, known: list[tuple[Rounded, Rounded]], what: str, unit: str = ""
) -> Iterator[Finding]:
    for (earlier, before), (later, after) in pairwise(known):
        place, printed = f"{where}, {earlier.text} and {later.text}", f"{before.text}{unit} and {after.text}{unit}"
        if (after.low > before.high) if unit else (after.value > before.value):
            yield Finding(check, place, printed, f"{what} does not rise", CONTRADICTION, "one of the two")
        else:
            yield agrees(check, place, printed, f"{what} does not rise")


def _medians(paper: PaperTables, curve: Curve, name: str, group: CurveGroup) -> list[Cell]:
    """Return the medians printed for a curve, here or under `medians`."""
    own = [] if group.median is None else [group.median]
    others = [item.groups[name][0] for item in paper.medians if item.endpoint == curve.endpoint and name in item.groups]
    return own + others


def _crossing(paper: PaperTables, where: str, time: Rounded, percent: Rounded, median: Cell) -> Finding:
    place, printed = f"{where}, {time.text}", f"{percent.text}%, median {median.text}"
    above, below = percent.low > HALF, percent.high < HALF
    if median.value is None:
        if median.state == WORD and below:
            sure = paper.nr == "not reached"
            words = f"survival at {time.text} is below one half, so the median is reached" + ("" if sure else "; NR?")
            return Finding("CC-25", place, printed, words, CONTRADICTION if sure else UNCLEAR, "say what NR means")
        return not_checked("CC-25", place, printed, "the median is not printed as a number")
    words = f"survival is {percent.text}% at {time.text}, one half at {median.value.text}"
    early = above and median.value.high < time.low
    late = below and median.value.low > time.high
    if early or late:
        side = "the median is later" if early else "the median is earlier"
        return Finding("CC-25", place, printed, f"{words}: {side} than {time.text}", CONTRADICTION, "one of the two")
    return agrees("CC-25", place, printed, words)


def patients_at_risk(paper: PaperTables) -> Iterator[Finding]:
    """CC-26: patients at risk, events, patients and survival fit each other."""
    for where, curve, name, group in _groups(paper):
        size = _size(paper, name, group)
        yield from _reached(paper, where, size, _medians(paper, curve, name, group), group)
        yield from _events_of(where, size, group)
        if curve.late_entry:
            continue
        at_risk = [(t, c.value) for t, c in zip(curve.times, group.at_risk, strict=False) if c.count is not None]
        known = [(time, number) for time, number in at_risk if number is not None]
        yield from _falls("CC-26", where, known, "the number at risk")
        yield from _of_all(where, size, known, group)
        for time, cell, number in zip(curve.times, group.survival, group.at_risk, strict=False):
            percent = _percent(cell)
            if percent is not None and number.count is not None and size:
                yield _alive(f"{where}, {time.text}", percent, number.count, size)
                if group.events is not None:
                    yield _events(f"{where}, {time.text}", percent, number.count, size, group.events)
    yield from _ratios(paper)


def _of_all(where: str, size: int | None, known: list[tuple[Rounded, Rounded]], group: CurveGroup) -> Iterator[Finding]:
    """Compare numbers at risk with all patients, and their times with the longest observation."""
    for time, number in known if size is not None else ():
        words, most = f"{size} patients", size or 0
        if number.value > most or (time.value == 0 and number.value < most):
            grade = CONTRADICTION if number.value > most else UNCLEAR
            yield Finding("CC-26", f"{where}, {time.text}", f"{number.text} at risk", words, grade)
    if group.longest is not None and group.longest.value is not None:
        for time, number in known:
            if time.low > group.longest.value.high and number.value > 0:
                words = f"nobody was observed beyond {group.longest.text}"
                yield Finding("CC-26", f"{where}, {time.text}", f"{number.text} at risk", words, CONTRADICTION)


def _events_of(where: str, size: int | None, group: CurveGroup) -> Iterator[Finding]:
    if size is None:
        yield not_checked("CC-26", where, "number of patients", "it is not printed")
    elif group.events is not None:
        yield _at_most(where, group.events, size)


def _reached(
    paper: PaperTables, where: str, size: int | None, medians: list[Cell], group: CurveGroup
) -> Iterator[Finding]:
    """Compare a median with the number of events: a curve ends at or below 1 - events/patients."""
    for median in medians if size and group.events is not None else ():
        events, printed = group.events or 0, f"{median.text}, {group.events} events of {size}"
        if median.value is not None:
            words = "a median needs an event"
            yield (
                agrees("CC-26", where, printed, words)
                if events
                else Finding("CC-26", where, printed, words, CONTRADICTION)
            )
        elif median.state == WORD and 2 * events > (size or 0):
            words = f"{events} of {size} had the event, so the curve ends below one half and the median is reached"
            grade = CONTRADICTION if paper.nr == "not reached" else UNCLEAR
            yield Finding("CC-26", where, printed, words, grade, "say what NR means, or print the median")


def _alive(where: str, percent: Rounded, number: int, size: int) -> Finding:
    """Survival is no less than the share of patients still at risk, without delayed entry."""
    words, printed = f"{number} of {size} at risk are {100 * number / size:.1f}%", f"{percent.text}%, {number} at risk"
    if 100 * (number - AT_ONCE) / size <= percent.high:
        return agrees("CC-26", where, printed, words)
    words += ", alive at that time at least, unless patients entered late"
    return Finding("CC-26", where, printed, words, UNLIKELY)


def _events(where: str, percent: Rounded, number: int, size: int, events: int) -> Finding:
    """Compare events with those that survival and number at risk at a time need and allow.

    Each event takes at most a share 1/(number at risk) off the curve, so that by time t at least Y (1 - S)/S events
    have happened; and at most n (1 - S), since each takes at least 1/n off. At most Y follow.
    """
    low, high = max(percent.low, 0.0) / 100, min(percent.high, 100.0) / 100
    left = max(number - AT_ONCE, 0)
    least = math.ceil(left * (1 - high) / high - 1e-9) if high > 0 else 0
    most = math.floor(size * (1 - low) + 1e-9) + number
    printed = f"{percent.text}%, {number} of {size} at risk, {events} events"
    words = f"at least {least} and at most {most} events fit"
    if least <= events <= most:
        return agrees("CC-26", where, printed, words)
    return Finding("CC-26", where, printed, words, UNLIKELY if events < least else CONTRADICTION)


def _ratios(paper: PaperTables) -> Iterator[Finding]:
    """Compare the events and patients of a hazard ratio with each other, and with those of its two curves."""
    for ratio in (ratio for ratio in paper.ratios if ratio.kind == "hazard" and ratio.events is not None):
        where = f"{ratio.where}, {ratio.name}" if ratio.name else ratio.where
        if ratio.patients is not None:
            yield _at_most(where, ratio.events or 0, ratio.patients)
        if not ratio.adjusted:
            yield from (_sum_of_curves(where, ratio, curve) for curve in paper.curves if _both(ratio, curve))


def _at_most(where: str, events: int, patients: int) -> Finding:
    printed, words = f"{events} events", f"{patients} patients"
    if events <= patients:
        return agrees("CC-26", where, printed, words)
    return Finding("CC-26", where, printed, words, CONTRADICTION)


def _both(ratio: Ratio, curve: Curve) -> bool:
    groups = [curve.groups.get(name) for name in ratio.groups]
    same = curve.endpoint == ratio.endpoint
    return same and len(groups) == 2 and all(group is not None and group.events is not None for group in groups)


def _sum_of_curves(where: str, ratio: Ratio, curve: Curve) -> Finding:
    events = [curve.groups[name].events or 0 for name in ratio.groups]
    words, printed = f"{' + '.join(map(str, events))} = {sum(events)} ({curve.where})", f"{ratio.events} events"
    if sum(events) == ratio.events:
        return agrees("CC-26", where, printed, words)
    return Finding("CC-26", where, printed, words, CONTRADICTION, f"{sum(events)} events")
