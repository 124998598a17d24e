"""Early or palliative: the division of a patient's treatment before lines are counted."""

from sequela.derive.line_columns import (
    EARLY,
    HER2,
    METASTATIC,
    NO_SETTING,
    NONE,
    PERTUZUMAB,
    RECURRENCE,
    Lines,
    Record,
    World,
)
from sequela.derive.line_events import ASKS_REVIEW, BIT
from sequela.derive.line_memory import Past, forget, remember


def _anchor(world: World, patient: Record) -> int:
    """Return the day from which the disease counts as metastatic, an unresectable recurrence included (L21)."""
    day, unresectable = patient.metastatic, patient.unresectable
    if unresectable != NONE and (day == NONE or unresectable < day):
        day = unresectable
    if world.choices.recurrence_palliative:
        for e in range(patient.first_event, patient.end_event):
            event = world.events[e]
            if event.kind == RECURRENCE and (day == NONE or event.day < day):
                day = event.day
    if day != NONE:
        return day
    for i in range(patient.first_row, patient.end_row):
        row = world.rows[i]
        if row.setting == METASTATIC:
            return row.start
    return NONE


def locoregional(world: World, patient: Record, i: int) -> bool:
    """Return whether treatment that begins with a row is of an unresectable recurrence, before metastases (L21)."""
    rows, metastatic = world.rows, patient.metastatic
    if patient.unresectable == NONE:
        return False
    if metastatic != NONE and rows[i].start >= metastatic - world.choices.look_back:
        return False
    day, hi = rows[i].start, patient.end_row
    while i < hi and rows[i].start == day:
        if rows[i].setting == METASTATIC:
            return False
        i += 1
    return True


def _opening(world: World, patient: Record, anchor: int) -> tuple[int, bool]:
    """Return the first day of unlabelled palliative treatment, and whether staging lagged (L28)."""
    lo, hi = patient.first_row, patient.end_row
    opening = anchor - world.choices.look_back
    if anchor == NONE or lo == hi or patient.undated:
        return opening, False
    first = world.rows[lo].start
    if anchor - world.choices.staging_lag <= first < opening:
        return first, True
    return opening, False


def _is_early(world: World, past: Past, row: Record, anchor: int, opening: int) -> bool:
    """Return whether a row is treatment with curative intent."""
    if row.setting != NO_SETTING:
        return row.setting == EARLY
    if anchor == NONE or row.start >= anchor:
        return False
    if row.start < opening:
        return True
    course = past.drugs[row.drug]
    return course.owner == past.state.owner and row.start - course.stop <= world.choices.holiday


def settle(world: World, past: Past, lines: Lines, patient: Record) -> int:
    """Divide a patient's rows into early and palliative, and return the rules this takes."""
    forget(past)
    anchor = _anchor(world, patient)
    opening, lagged = _opening(world, patient, anchor)
    early, unlabelled, spanning = patient.undated, False, False
    for i in range(patient.first_row, patient.end_row):
        row = world.rows[i]
        if _is_early(world, past, row, anchor, opening):
            remember(past, row.drug, row.stop)
            lines.place[i], early = -1, True
            spanning |= row.setting == NO_SETTING and row.stop > anchor + world.choices.window
        else:
            lines.place[i] = 0
            unlabelled |= row.setting == NO_SETTING
    fired = 0
    if unlabelled:
        fired |= BIT[28] if lagged else BIT[1]
    if early:
        fired |= BIT[19]
    if spanning or (unlabelled and anchor == NONE):
        fired |= BIT[ASKS_REVIEW]
    return fired


def curative_lines(world: World, lines: Lines, patient: Record) -> int:
    """Return the curative lines: one for each tumour or recurrence treated with curative intent (L19, L22)."""
    count, treated = (1, 0) if patient.undated else (0, -1)
    for i in range(patient.first_row, patient.end_row):
        if lines.place[i] >= 0:
            continue
        recurrences = 0
        for e in range(patient.first_event, patient.end_event):
            event = world.events[e]
            if event.kind == RECURRENCE and event.day <= world.rows[i].start:
                recurrences += 1
        if recurrences != treated:
            count, treated = count + 1, recurrences
    return count


def _relapse(world: World, patient: Record, since: int) -> int:
    """Return the first recurrence or metastasis from a day on, `NONE` where there is none."""
    day = NONE
    metastatic = _anchor(world, patient)
    if metastatic >= since:
        day = metastatic
    for e in range(patient.first_event, patient.end_event):
        event = world.events[e]
        if event.kind == RECURRENCE and event.day >= since and (day == NONE or event.day < day):
            day = event.day
    return day


def early_relapse(world: World, lines: Lines, patient: Record) -> int:
    """Return 1 for an early relapse (L20), 0 for a later one, -1 where neither can be said."""
    relapse, until, pertuzumab = NONE, NONE, (patient.undated_role & PERTUZUMAB) != 0
    if patient.undated_role & HER2:
        until, relapse = patient.undated_her2_stop, _relapse(world, patient, NONE + 1)
        if until == NONE or relapse == NONE:
            return -1
    for i in range(patient.first_row, patient.end_row):
        row = world.rows[i]
        role = world.drugs[row.drug].role
        if lines.place[i] >= 0 or not role & HER2:
            continue
        if until == NONE:
            relapse = _relapse(world, patient, row.start + 1)
            if relapse == NONE:
                return -1
        if row.start <= relapse:
            until = max(until, row.stop)
            pertuzumab |= (role & PERTUZUMAB) != 0
    if until == NONE:
        return -1
    choices = world.choices
    limit = choices.early_relapse_pertuzumab if pertuzumab else choices.early_relapse
    return 1 if relapse - until <= limit else 0
