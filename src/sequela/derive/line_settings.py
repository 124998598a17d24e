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
    World,
)
from sequela.derive.line_events import ASKS_REVIEW, rule_bits
from sequela.derive.line_memory import OWNER, Past, forget, remember


def _anchor(world: World, patient: int) -> int:
    """Return the day from which the disease counts as metastatic, an unresectable recurrence included (L21)."""
    facts, rows = world.facts, world.rows
    day, unresectable = facts.metastatic[patient], facts.unresectable[patient]
    if unresectable != NONE and (day == NONE or unresectable < day):
        day = unresectable
    if world.choices.recurrence_palliative:
        for i in range(facts.offsets[patient], facts.offsets[patient + 1]):
            if facts.kind[i] == RECURRENCE and (day == NONE or facts.day[i] < day):
                day = facts.day[i]
    if day != NONE:
        return day
    for i in range(rows.offsets[patient], rows.offsets[patient + 1]):
        if rows.setting[i] == METASTATIC:
            return rows.start[i]
    return NONE


def locoregional(world: World, patient: int, i: int) -> bool:
    """Return whether treatment that begins with a row is of an unresectable recurrence, before metastases (L21)."""
    rows, metastatic = world.rows, world.facts.metastatic[patient]
    if world.facts.unresectable[patient] == NONE:
        return False
    if metastatic != NONE and rows.start[i] >= metastatic - world.choices.look_back:
        return False
    day, hi = rows.start[i], rows.offsets[patient + 1]
    while i < hi and rows.start[i] == day:
        if rows.setting[i] == METASTATIC:
            return False
        i += 1
    return True


def _opening(world: World, patient: int, anchor: int) -> tuple[int, bool]:
    """Return the first day of unlabelled palliative treatment, and whether staging lagged (L28)."""
    lo, hi = world.rows.offsets[patient], world.rows.offsets[patient + 1]
    opening = anchor - world.choices.look_back
    if anchor == NONE or lo == hi or world.facts.undated[patient]:
        return opening, False
    first = world.rows.start[lo]
    if anchor - world.choices.staging_lag <= first < opening:
        return first, True
    return opening, False


def _is_early(world: World, past: Past, i: int, anchor: int, opening: int) -> bool:
    """Return whether a row is treatment with curative intent."""
    rows = world.rows
    if rows.setting[i] != NO_SETTING:
        return rows.setting[i] == EARLY
    if anchor == NONE or rows.start[i] >= anchor:
        return False
    if rows.start[i] < opening:
        return True
    g = rows.drug[i]
    begun_before = past.owner[g] == past.state[OWNER]
    return begun_before and rows.start[i] - past.stop[g] <= world.choices.holiday


def settle(world: World, past: Past, lines: Lines, patient: int) -> int:
    """Divide a patient's rows into early and palliative, and return the rules this takes."""
    rows = world.rows
    forget(past)
    anchor = _anchor(world, patient)
    opening, lagged = _opening(world, patient, anchor)
    early, unlabelled, spanning = world.facts.undated[patient], False, False
    for i in range(rows.offsets[patient], rows.offsets[patient + 1]):
        if _is_early(world, past, i, anchor, opening):
            remember(past, rows.drug[i], rows.stop[i])
            lines.place[i], early = -1, True
            spanning |= rows.setting[i] == NO_SETTING and rows.stop[i] > anchor + world.choices.window
        else:
            lines.place[i] = 0
            unlabelled |= rows.setting[i] == NO_SETTING
    fired = 0
    if unlabelled:
        fired |= rule_bits(28 if lagged else 1)
    if early:
        fired |= rule_bits(19)
    if spanning or (unlabelled and anchor == NONE):
        fired |= 1 << ASKS_REVIEW
    return fired


def curative_lines(world: World, lines: Lines, patient: int) -> int:
    """Return the curative lines: one for each tumour or recurrence treated with curative intent (L19, L22)."""
    rows, facts = world.rows, world.facts
    count, treated = (1, 0) if facts.undated[patient] else (0, -1)
    for i in range(rows.offsets[patient], rows.offsets[patient + 1]):
        if lines.place[i] >= 0:
            continue
        recurrences = 0
        for e in range(facts.offsets[patient], facts.offsets[patient + 1]):
            if facts.kind[e] == RECURRENCE and facts.day[e] <= rows.start[i]:
                recurrences += 1
        if recurrences != treated:
            count, treated = count + 1, recurrences
    return count


def _relapse(world: World, patient: int, after: int) -> int:
    """Return the first recurrence or metastasis after a day, `NONE` where there is none."""
    facts, day = world.facts, NONE
    metastatic = _anchor(world, patient)
    if metastatic > after:
        day = metastatic
    for e in range(facts.offsets[patient], facts.offsets[patient + 1]):
        if facts.kind[e] == RECURRENCE and facts.day[e] > after and (day == NONE or facts.day[e] < day):
            day = facts.day[e]
    return day


def early_relapse(world: World, lines: Lines, patient: int) -> int:
    """Return 1 for an early relapse (L20), 0 for a later one, -1 where neither can be said."""
    rows, undated = world.rows, world.facts.undated_role[patient]
    relapse, until, pertuzumab = NONE, NONE, (undated & PERTUZUMAB) != 0
    if undated & HER2:
        until, relapse = world.facts.undated_her2_stop[patient], _relapse(world, patient, NONE)
        if until == NONE or relapse == NONE:
            return -1
    for i in range(rows.offsets[patient], rows.offsets[patient + 1]):
        role = world.drugs.role[rows.drug[i]]
        if lines.place[i] >= 0 or not role & HER2:
            continue
        if until == NONE:
            relapse = _relapse(world, patient, rows.start[i])
            if relapse == NONE:
                return -1
        if rows.start[i] <= relapse:
            until = max(until, rows.stop[i])
            pertuzumab |= (role & PERTUZUMAB) != 0
    if until == NONE:
        return -1
    choices = world.choices
    limit = choices.early_relapse_pertuzumab if pertuzumab else choices.early_relapse
    return 1 if relapse - until <= limit else 0
