"""The description of lines whose rows are known: what, until when, why it ended, how sure."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sequela.derive.line_columns import (
    ANTIBODY,
    BY_RULE,
    CERTAIN,
    CONTINUED,
    CYTOTOXIC,
    ENDED_DATA,
    ENDED_DEATH,
    ENDOCRINE,
    LOCAL_THERAPY,
    NONE,
    PROGRESSION,
    REVIEW,
    STOPPED_PROGRESSION,
    STOPPED_UNKNOWN,
    UNKNOWN_DRUG,
    Lines,
    World,
)
from sequela.derive.line_events import ASKS_REVIEW, happened, has_bit, progressed, rule_bits, set_bit
from sequela.derive.line_settings import locoregional


class Ledger(NamedTuple):
    """Per drug: the line it was last seen in, the name it was written under, its last administration."""

    line: NDArray[np.int64]
    written: NDArray[np.int64]
    until: NDArray[np.int64]


def _natural_end(world: World, i: int) -> int:
    """Return the day on which what a row gave has run out."""
    rows, drug = world.rows, world.rows.drug[i]
    if world.choices.to_last_given or (rows.course[i] and world.drugs.oral[drug]):
        return rows.stop[i]
    return rows.stop[i] + world.drugs.run_out[drug]


def _tally(world: World, lines: Lines, joins: NDArray[np.bool_], ledger: Ledger, k: int, end: int) -> int:
    """Gather the drugs of line `k` and return the day its treatment has run out."""
    rows, begin = world.rows, lines.first[k]
    start, last, natural = rows.start[begin], rows.stop[begin], NONE
    for i in range(begin, end):
        if lines.place[i] != k:
            continue
        drug, new = rows.drug[i], ledger.line[rows.drug[i]] != k + 1
        if new:
            ledger.line[drug], ledger.written[drug], ledger.until[drug] = k + 1, rows.written[i], rows.stop[i]
            _register(world, lines, k, drug, start < rows.start[i] <= start + world.choices.window)
        elif ledger.written[drug] != rows.written[i]:
            lines.fired[k] |= rule_bits(12)
        if joins[i] or (new and rows.start[i] <= start + world.choices.window):
            set_bit(lines.regimen, k, drug)
        ledger.until[drug] = max(ledger.until[drug], rows.stop[i])
        last, natural = max(last, rows.stop[i]), max(natural, _natural_end(world, i))
    lines.start[k], lines.last[k] = start, last
    return natural


def _register(world: World, lines: Lines, k: int, drug: int, joining: bool) -> None:
    """Add a drug to what a line was given."""
    set_bit(lines.given, k, drug)
    set_bit(lines.classes, k, world.drugs.drug_class[drug])
    if joining:
        lines.fired[k] |= rule_bits(2)
    if world.drugs.role[drug] & UNKNOWN_DRUG:
        lines.fired[k] |= rule_bits(24) | (1 << ASKS_REVIEW)


def _dropped(world: World, lines: Lines, ledger: Ledger, k: int) -> bool:
    """Return whether a drug of the regimen was left out while the line went on (L05)."""
    for drug in range(len(ledger.line)):
        left_out = ledger.line[drug] == k + 1 and lines.last[k] - ledger.until[drug] > world.choices.holiday
        if left_out and has_bit(lines.regimen, k, drug):
            return True
    return False


def _chemotherapy_end(world: World, lines: Lines, k: int, end: int) -> int:
    """Return the last day of chemotherapy that does not go on in maintenance, `NONE` without any."""
    rows, day = world.rows, NONE
    for i in range(lines.first[k], end):
        if lines.place[i] == k and world.drugs.role[rows.drug[i]] & (CYTOTOXIC | CONTINUED) == CYTOTOXIC:
            day = max(day, rows.stop[i])
    return day


def _maintenance(world: World, lines: Lines, k: int, end: int) -> int:
    """Return the first day of maintenance (L06), `NONE` where there is none."""
    rows, chemotherapy = world.rows, _chemotherapy_end(world, lines, k, end)
    first, until = NONE, NONE
    if chemotherapy == NONE:
        return NONE
    for i in range(lines.first[k], end):
        role = world.drugs.role[rows.drug[i]]
        if lines.place[i] != k or rows.stop[i] <= chemotherapy:
            continue
        if not role & (ANTIBODY | ENDOCRINE | CONTINUED):
            return NONE
        if role & (ANTIBODY | CONTINUED):
            until = max(until, rows.stop[i])
            if first == NONE and rows.start[i] > chemotherapy:
                first = rows.start[i]
    if until <= chemotherapy + world.choices.window:
        return NONE
    first = chemotherapy + 1 if first == NONE else first
    return NONE if happened(world, PROGRESSION, lines.patient[k], lines.start[k] + 1, first) else first


def _recorded(world: World, lines: Lines, k: int, end: int) -> int:
    """Return the recorded reason for which the last drugs of a line were stopped, -1 without one."""
    rows, found = world.rows, -1
    for i in range(lines.first[k], end):
        reason = rows.reason[i]
        if lines.place[i] != k or reason < 0 or reason == STOPPED_UNKNOWN:
            continue
        # The codes stand in the order in which one reason outweighs another.
        if rows.stop[i] >= lines.last[k] - world.choices.window and (found < 0 or reason < found):
            found = reason
    return found


def _ending(world: World, lines: Lines, k: int, end: int, after: int, natural: int) -> int:
    """Return why a line ended; `after` is the start of the next line or `NONE`."""
    patient, choices = lines.patient[k], world.choices
    switch = after if after != NONE else lines.last[k]
    if happened(world, PROGRESSION, patient, max(switch - choices.before_switch, lines.start[k] + 1), switch):
        return STOPPED_PROGRESSION
    recorded = _recorded(world, lines, k, end)
    if recorded >= 0:
        return recorded
    since = max(min(switch, lines.last[k]), lines.start[k] + 1)
    if happened(world, PROGRESSION, patient, since, switch + choices.after_switch):
        return STOPPED_PROGRESSION
    if after == NONE:
        death, contact = world.facts.death[patient], world.facts.last_contact[patient]
        if death != NONE:
            return ENDED_DEATH if death <= natural + choices.outcome else STOPPED_UNKNOWN
        if contact != NONE and contact <= natural + choices.outcome:
            return ENDED_DATA
    return STOPPED_UNKNOWN


def _stop(world: World, lines: Lines, k: int, after: int, natural: int) -> int:
    """Return the last day of a line (L25)."""
    patient, stop = lines.patient[k], natural
    death, contact = world.facts.death[patient], world.facts.last_contact[patient]
    if contact != NONE:
        stop = min(stop, max(contact, lines.last[k]))
    if death != NONE:
        stop = min(stop, death)
    if after != NONE:
        stop = min(stop, after - 1)
    return max(stop, lines.start[k])


def _first_progression(world: World, lines: Lines, k: int, after: int) -> int:
    """Return the first progression after the start of a line and not after the start of the next."""
    facts, patient, found = world.facts, lines.patient[k], NONE
    for e in range(facts.offsets[patient], facts.offsets[patient + 1]):
        day = facts.day[e]
        if facts.kind[e] != PROGRESSION or day <= lines.start[k] or (after != NONE and day > after):
            continue
        if found == NONE or day < found:
            found = day
    return found


def _locally_treated(world: World, lines: Lines, k: int) -> bool:
    """Return whether a progression within a line was treated locally while the drugs went on (L17)."""
    facts, patient = world.facts, lines.patient[k]
    for e in range(facts.offsets[patient], facts.offsets[patient + 1]):
        inside = lines.start[k] < facts.day[e] < lines.last[k]
        if facts.kind[e] == LOCAL_THERAPY and inside and progressed(world, patient, facts.day[e], NONE):
            return True
    return False


def _endocrine_only(world: World, lines: Lines, k: int) -> bool:
    """Return whether a regimen is endocrine therapy, with or without a HER2 antibody (L08)."""
    endocrine = False
    for drug in range(len(world.drugs.role)):
        if has_bit(lines.regimen, k, drug):
            role = world.drugs.role[drug]
            if not role & (ENDOCRINE | ANTIBODY):
                return False
            endocrine |= (role & ENDOCRINE) != 0
    return endocrine


def _confidence(world: World, lines: Lines, k: int, begin: int) -> int:
    """Return how sure it is that a line begins where it does."""
    if lines.fired[k] >> ASKS_REVIEW:
        return REVIEW
    if k == begin or progressed(world, lines.patient[k], lines.start[k], lines.last[k - 1]):
        return CERTAIN
    return BY_RULE


def _note_rules(world: World, lines: Lines, ledger: Ledger, k: int) -> None:
    """Note the rules that a described line has used."""
    if _dropped(world, lines, ledger, k):
        lines.fired[k] |= rule_bits(5)
    if lines.maintenance[k] != NONE:
        lines.fired[k] |= rule_bits(6)
    if _locally_treated(world, lines, k):
        lines.fired[k] |= rule_bits(17)
    if lines.stop[k] != lines.last[k]:
        lines.fired[k] |= rule_bits(25)


def _counts(world: World, lines: Lines, k: int) -> bool:
    """Return whether a line that no counted one precedes is counted (L08, L21), and note the rule."""
    counts = True
    if locoregional(world, lines.patient[k], lines.first[k]):
        lines.fired[k] |= rule_bits(21)
        counts = not world.choices.locoregional_apart
    if _endocrine_only(world, lines, k):
        lines.fired[k] |= rule_bits(8)
        counts &= world.choices.endocrine_counts
    return counts


def _number(world: World, lines: Lines, begin: int, n: int) -> None:
    """Write the numbers of one patient's lines: from 1, and 0, -1 and so on backwards for first lines not counted."""
    first = begin
    while first < n and not _counts(world, lines, first):
        first += 1
    for k in range(begin, n):
        lines.number[k] = k - first + 1


def describe(world: World, lines: Lines, joins: NDArray[np.bool_], ledger: Ledger, begin: int, n: int) -> None:
    """Fill in the lines `begin` to `n` of one patient.

    Parameters
    ----------
    joins : bool array, shape (rows,)
        Rows whose drug joins the regimen after its window.
    """
    rows = world.rows
    for k in range(begin, n):
        last = k + 1 == n
        end = rows.offsets[lines.patient[k] + 1] if last else lines.first[k + 1]
        after = NONE if last else rows.start[lines.first[k + 1]]
        natural = _tally(world, lines, joins, ledger, k, end)
        lines.stop[k] = _stop(world, lines, k, after, natural)
        lines.ending[k] = _ending(world, lines, k, end, after, natural)
        lines.maintenance[k] = _maintenance(world, lines, k, end)
        lines.progression[k] = _first_progression(world, lines, k, after)
        lines.confidence[k] = _confidence(world, lines, k, begin)
        _note_rules(world, lines, ledger, k)
    _number(world, lines, begin, n)
