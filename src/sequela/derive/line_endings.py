"""The description of lines whose rows are known: what, until when, why it ended, how sure."""

import numpy as np
from numpy.typing import NDArray

from sequela.derive.line_columns import (
    ANTIBODY,
    BY_RULE,
    CERTAIN,
    CLASSES,
    CONTINUED,
    CYTOTOXIC,
    ENDED_DATA,
    ENDED_DEATH,
    ENDOCRINE,
    GIVEN,
    LOCAL_THERAPY,
    NONE,
    PROGRESSION,
    REGIMEN,
    REVIEW,
    STOPPED_PROGRESSION,
    STOPPED_UNKNOWN,
    UNKNOWN_DRUG,
    Lines,
    Record,
    Table,
    World,
)
from sequela.derive.line_events import ASKS_REVIEW, BIT, has_bit, progressed, progressed_between, set_bit
from sequela.derive.line_settings import locoregional

ENTRY = np.dtype([(name, "i8") for name in ("line", "written", "until")])
"""Of a drug: the line it was last seen in, the name it was written under, its last administration."""


def _natural_end(world: World, row: Record) -> int:
    """Return the day on which what a row gave has run out."""
    drug = world.drugs[row.drug]
    if world.choices.to_last_given or (row.course and drug.oral):
        return row.stop
    return row.stop + drug.run_out


def _tally(world: World, lines: Lines, joins: NDArray[np.bool_], ledger: Table, k: int, end: int) -> int:
    """Gather the drugs of line `k` and return the day its treatment has run out."""
    line = lines.line[k]
    start, last, natural = world.rows[line.first].start, world.rows[line.first].stop, NONE
    closes = start + world.choices.window
    for i in range(line.first, end):
        if lines.place[i] != k:
            continue
        row = world.rows[i]
        entry = ledger[row.drug]
        new = entry.line != k + 1
        if new:
            entry.line, entry.written, entry.until = k + 1, row.written, row.stop
            _register(world, lines, k, row.drug, start < row.start <= closes)
        elif entry.written != row.written:
            line.fired |= BIT[12]
        if joins[i] or (new and row.start <= closes):
            set_bit(lines.sets, 3 * k + REGIMEN, row.drug)
        entry.until = max(entry.until, row.stop)
        last, natural = max(last, row.stop), max(natural, _natural_end(world, row))
    line.start, line.last = start, last
    return natural


def _register(world: World, lines: Lines, k: int, drug: int, joining: bool) -> None:
    """Add a drug to what a line was given."""
    line, about = lines.line[k], world.drugs[drug]
    set_bit(lines.sets, 3 * k + GIVEN, drug)
    set_bit(lines.sets, 3 * k + CLASSES, about.drug_class)
    if joining:
        line.fired |= BIT[2]
    if about.role & UNKNOWN_DRUG:
        line.fired |= BIT[24] | BIT[ASKS_REVIEW]


def _dropped(world: World, lines: Lines, ledger: Table, k: int) -> bool:
    """Return whether a drug of the regimen was left out while the line went on (L05)."""
    latest = lines.line[k].last - world.choices.holiday
    for drug in range(len(ledger)):
        entry = ledger[drug]
        if entry.line == k + 1 and entry.until < latest and has_bit(lines.sets, 3 * k + REGIMEN, drug):
            return True
    return False


def _chemotherapy_end(world: World, lines: Lines, k: int, end: int) -> int:
    """Return the last day of chemotherapy that does not go on in maintenance, `NONE` without any."""
    day = NONE
    for i in range(lines.line[k].first, end):
        row = world.rows[i]
        if lines.place[i] == k and world.drugs[row.drug].role & (CYTOTOXIC | CONTINUED) == CYTOTOXIC:
            day = max(day, row.stop)
    return day


def _maintenance(world: World, lines: Lines, k: int, end: int) -> int:
    """Return the first day of maintenance (L06), `NONE` where there is none."""
    line, chemotherapy = lines.line[k], _chemotherapy_end(world, lines, k, end)
    patient = world.patients[line.patient]
    first, until = NONE, NONE
    if chemotherapy == NONE:
        return NONE
    for i in range(line.first, end):
        row = world.rows[i]
        role = world.drugs[row.drug].role
        if lines.place[i] != k or row.stop <= chemotherapy:
            continue
        if not role & (ANTIBODY | ENDOCRINE | CONTINUED):
            return NONE
        if role & (ANTIBODY | CONTINUED):
            until = max(until, row.stop)
            if first == NONE and row.start > chemotherapy:
                first = row.start
    if until <= chemotherapy + world.choices.window:
        return NONE
    first = chemotherapy + 1 if first == NONE else first
    return NONE if progressed_between(world, patient, line.start + 1, first + 1) else first


def _recorded(world: World, lines: Lines, k: int, end: int) -> int:
    """Return the recorded reason for which the last drugs of a line were stopped, -1 without one."""
    line, found = lines.line[k], -1
    latest = line.last - world.choices.window
    for i in range(line.first, end):
        row = world.rows[i]
        if lines.place[i] != k or row.reason < 0 or row.reason == STOPPED_UNKNOWN:
            continue
        # The codes stand in the order in which one reason outweighs another.
        if row.stop >= latest and (found < 0 or row.reason < found):
            found = row.reason
    return found


def _ending(world: World, lines: Lines, k: int, end: int, after: int, natural: int) -> int:
    """Return why a line ended; `after` is the start of the next line or `NONE`."""
    line, choices = lines.line[k], world.choices
    patient = world.patients[line.patient]
    switch = after if after != NONE else line.last
    if progressed_between(world, patient, max(switch - choices.before_switch, line.start + 1), switch + 1):
        return STOPPED_PROGRESSION
    recorded = _recorded(world, lines, k, end)
    if recorded >= 0:
        return recorded
    since = max(min(switch, line.last), line.start + 1)
    if progressed_between(world, patient, since, switch + choices.after_switch + 1):
        return STOPPED_PROGRESSION
    if after == NONE:
        if patient.death != NONE:
            return ENDED_DEATH if patient.death <= natural + choices.outcome else STOPPED_UNKNOWN
        if patient.last_contact != NONE and patient.last_contact <= natural + choices.outcome:
            return ENDED_DATA
    return STOPPED_UNKNOWN


def _stop(world: World, line: Record, after: int, natural: int) -> int:
    """Return the last day of a line (L25)."""
    patient, stop = world.patients[line.patient], natural
    if patient.last_contact != NONE:
        stop = min(stop, max(patient.last_contact, line.last))
    if patient.death != NONE:
        stop = min(stop, patient.death)
    if after != NONE:
        stop = min(stop, after - 1)
    return max(stop, line.start)


def _first_progression(world: World, line: Record, after: int) -> int:
    """Return the first progression after the start of a line and not after the start of the next."""
    patient, found = world.patients[line.patient], NONE
    for e in range(patient.first_event, patient.end_event):
        event = world.events[e]
        if event.kind != PROGRESSION or event.day <= line.start or (after != NONE and event.day > after):
            continue
        if found == NONE or event.day < found:
            found = event.day
    return found


def _locally_treated(world: World, line: Record) -> bool:
    """Return whether a progression within a line was treated locally while the drugs went on (L17)."""
    patient = world.patients[line.patient]
    for e in range(patient.first_event, patient.end_event):
        event = world.events[e]
        inside = line.start < event.day < line.last
        if event.kind == LOCAL_THERAPY and inside and progressed(world, patient, event.day, event.day):
            return True
    return False


def _endocrine_only(world: World, lines: Lines, k: int) -> bool:
    """Return whether a regimen is endocrine therapy, with or without a HER2 antibody (L08)."""
    endocrine = False
    for drug in range(len(world.drugs)):
        if has_bit(lines.sets, 3 * k + REGIMEN, drug):
            role = world.drugs[drug].role
            if not role & (ENDOCRINE | ANTIBODY):
                return False
            endocrine |= (role & ENDOCRINE) != 0
    return endocrine


def _confidence(world: World, lines: Lines, k: int, begin: int) -> int:
    """Return how sure it is that a line begins where it does."""
    line = lines.line[k]
    if line.fired >> ASKS_REVIEW:
        return REVIEW
    if k == begin or progressed(world, world.patients[line.patient], line.start, lines.line[k - 1].last):
        return CERTAIN
    return BY_RULE


def _number(world: World, lines: Lines, begin: int, n: int) -> None:
    """Write the numbers of one patient's lines: from 1, and 0, -1 and so on backwards for first lines not counted."""
    patient, first, counts = world.patients[lines.line[begin].patient], begin, False
    while first < n and not counts:
        counts, line = True, lines.line[first]
        if locoregional(world, patient, line.first):
            line.fired |= BIT[21]
            counts = not world.choices.locoregional_apart
        if _endocrine_only(world, lines, first):
            line.fired |= BIT[8]
            counts &= world.choices.endocrine_counts
        first += not counts
    for k in range(begin, n):
        lines.line[k].number = k - first + 1


def describe(world: World, lines: Lines, joins: NDArray[np.bool_], ledger: Table, begin: int, n: int) -> None:
    """Fill in the lines `begin` to `n` of one patient.

    Parameters
    ----------
    joins : bool array, shape (rows,)
        Rows whose drug joins the regimen after its window.
    ledger : table of `ENTRY`, shape (drugs,)
    """
    for k in range(begin, n):
        line, end, after = lines.line[k], world.patients[lines.line[k].patient].end_row, NONE
        if k + 1 < n:
            end = lines.line[k + 1].first
            after = world.rows[end].start
        natural = _tally(world, lines, joins, ledger, k, end)
        line.stop = _stop(world, line, after, natural)
        line.ending = _ending(world, lines, k, end, after, natural)
        line.maintenance = _maintenance(world, lines, k, end)
        line.progression = _first_progression(world, line, after)
        line.confidence = _confidence(world, lines, k, begin)
        if _dropped(world, lines, ledger, k):
            line.fired |= BIT[5]
        if line.maintenance != NONE:
            line.fired |= BIT[6]
        if _locally_treated(world, line):
            line.fired |= BIT[17]
        if line.stop != line.last:
            line.fired |= BIT[25]
    _number(world, lines, begin, n)
