"""The compiled pass that puts administrations into lines, one patient after another.

`fold` walks columns sorted by patient and day and decides for each day what the clinic
would: does this treatment go on, or does a new line begin? It works in two steps, so that
a longer tolerated gap (L03) can only join lines, never split them:

1. *stretches*: treatment without a holiday and without a drug that opens a line. The
   regimen window (L02) opens with each stretch. Nothing here depends on L03.
2. *lines*: neighbouring stretches are joined unless the gap is longer than L03 or a drug of
   the later stretch opens a line for all that the line has seen.

The drugs of one day are judged together, so the order of rows within a day decides nothing.
Importing this module imports numba, so it is imported where lines are derived.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sequela.derive.line_columns import (
    ANTIBODY,
    CDK,
    CYTOTOXIC,
    EARLY,
    ENDOCRINE,
    EXCHANGEABLE,
    HER2,
    LOCAL_THERAPY,
    METASTATIC,
    NO_SETTING,
    NONE,
    PERTUZUMAB,
    PROGRESSION,
    RECURRENCE,
    STOPPED_COMPLETED,
    STOPPED_TOXICITY,
    TAXANE,
    TRASTUZUMAB,
    Lines,
    World,
    room_for,
)
from sequela.derive.line_endings import Ledger, describe
from sequela.derive.line_events import ASKS_REVIEW, REVIEWED, compiled, entry, happened, progressed, rule_bits, set_bit

_MOST = 1 << 32
_STAMP, _ROLES, _BEFORE, _SINCE, _UNTIL, _TOXIC, _CLOSED = range(7)
_OWNER, _LATEST, _ANTIBODY_UNTIL, _PARTNER_UNTIL, _PARTNER_REASON, _DAY = range(6)


class Bag(NamedTuple):
    """What a stretch or a line has seen so far: drugs, classes, and a few numbers."""

    member: NDArray[np.int64]
    drug_class: NDArray[np.int64]
    state: NDArray[np.int64]


class Past(NamedTuple):
    """What a patient was given before the day that is judged."""

    stop: NDArray[np.int64]
    owner: NDArray[np.int64]
    state: NDArray[np.int64]


class Work(NamedTuple):
    """Scratch, kept between patients."""

    stretch: Bag
    line: Bag
    past: Past
    first: NDArray[np.int64]
    opened: NDArray[np.uint64]
    tolerated: NDArray[np.uint64]
    joins: NDArray[np.bool_]
    judged: NDArray[np.int64]
    ledger: Ledger


@compiled
def _anchor(world: World, patient: int) -> int:
    """Return the day from which the disease counts as metastatic."""
    facts, rows = world.facts, world.rows
    day = facts.metastatic[patient]
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


@compiled
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


@compiled
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
    begun_before = past.owner[g] == past.state[_OWNER]
    return begun_before and rows.start[i] - past.stop[g] <= world.choices.holiday


@compiled
def _settle(world: World, work: Work, lines: Lines, patient: int) -> np.uint64:
    """Divide a patient's rows into early and palliative, and return the rules this takes."""
    rows, past = world.rows, work.past
    _forget(past)
    anchor = _anchor(world, patient)
    opening, lagged = _opening(world, patient, anchor)
    early, unlabelled, spanning = world.facts.undated[patient], False, False
    for i in range(rows.offsets[patient], rows.offsets[patient + 1]):
        if _is_early(world, past, i, anchor, opening):
            _remember(past, rows.drug[i], rows.stop[i])
            lines.place[i], early = -1, True
            spanning |= rows.setting[i] == NO_SETTING and rows.stop[i] > anchor + world.choices.window
        else:
            lines.place[i] = 0
            unlabelled |= rows.setting[i] == NO_SETTING
    fired = np.uint64(0)
    if unlabelled:
        fired |= rule_bits(28 if lagged else 1)
    if early:
        fired |= rule_bits(19)
    if spanning or (unlabelled and anchor == NONE):
        fired |= np.uint64(1) << np.uint64(ASKS_REVIEW)
    return fired


@compiled
def _forget(past: Past) -> None:
    past.state[_OWNER] += 1
    past.state[_LATEST] = NONE
    past.state[_ANTIBODY_UNTIL] = NONE
    past.state[_PARTNER_UNTIL] = NONE
    past.state[_PARTNER_REASON] = -1
    past.state[_DAY] = NONE


@compiled
def _remember(past: Past, drug: int, stop: int) -> None:
    if past.owner[drug] != past.state[_OWNER]:
        past.owner[drug] = past.state[_OWNER]
        past.stop[drug] = stop
    elif stop > past.stop[drug]:
        past.stop[drug] = stop
    if stop > past.state[_LATEST]:
        past.state[_LATEST] = stop


@compiled
def _curative(world: World, lines: Lines, patient: int) -> int:
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


@compiled
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


@compiled
def _early_relapse(world: World, lines: Lines, patient: int) -> int:
    """Return 1 for an early relapse (L20), 0 for a later one, -1 where neither can be said."""
    rows, relapse, until, pertuzumab = world.rows, NONE, NONE, False
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
    if until == NONE or world.facts.undated_her2[patient]:
        return -1
    choices = world.choices
    limit = choices.early_relapse_pertuzumab if pertuzumab else choices.early_relapse
    return 1 if relapse - until <= limit else 0


@compiled
def _take(world: World, bag: Bag, past: Past, i: int) -> None:
    """Add one row to what was seen."""
    rows, drug = world.rows, world.rows.drug[i]
    role, stop, reason = world.drugs.role[drug], rows.stop[i], rows.reason[i]
    bag.member[drug] = bag.state[_STAMP]
    bag.drug_class[world.drugs.drug_class[drug]] = bag.state[_STAMP]
    bag.state[_ROLES] |= role
    bag.state[_UNTIL] = max(bag.state[_UNTIL], stop)
    if reason == STOPPED_TOXICITY:
        bag.state[_TOXIC] = 1
    if not (rows.course[i] or reason >= 0):
        bag.state[_CLOSED] = 0
    _remember(past, drug, stop)
    past.state[_DAY] = rows.start[i]
    if role & ANTIBODY:
        past.state[_ANTIBODY_UNTIL] = max(past.state[_ANTIBODY_UNTIL], stop)
    if role & CYTOTOXIC and stop >= past.state[_PARTNER_UNTIL]:
        planned = reason in (STOPPED_TOXICITY, STOPPED_COMPLETED)
        if stop > past.state[_PARTNER_UNTIL] or planned:
            past.state[_PARTNER_REASON] = reason
        past.state[_PARTNER_UNTIL] = stop


@compiled
def _renew(bag: Bag, day: int) -> None:
    """Empty a bag on the day a stretch or a line begins."""
    bag.state[_STAMP] += 1
    bag.state[_ROLES] = 0
    bag.state[_BEFORE] = day
    bag.state[_SINCE] = day
    bag.state[_UNTIL] = NONE
    bag.state[_TOXIC] = 0
    bag.state[_CLOSED] = 1


@compiled
def _keep_backbone(world: World, bag: Bag, past: Past, day: int) -> None:
    """Let antibodies and endocrine drugs of the last weeks go on in the stretch that begins."""
    for drug in range(len(bag.member)):
        if bag.member[drug] != bag.state[_STAMP] - 1 or not world.drugs.role[drug] & (ANTIBODY | ENDOCRINE):
            continue
        if past.owner[drug] == past.state[_OWNER] and past.stop[drug] >= day - world.choices.window:
            bag.member[drug] = bag.state[_STAMP]


@compiled
def _keep_running(world: World, bag: Bag, past: Past, day: int) -> None:
    """Count courses that are still running on the day a stretch or a line begins among its drugs."""
    if past.state[_LATEST] <= day:
        return
    for drug in range(len(bag.member)):
        if past.owner[drug] == past.state[_OWNER] and past.stop[drug] > day:
            bag.member[drug] = bag.state[_STAMP]
            bag.drug_class[world.drugs.drug_class[drug]] = bag.state[_STAMP]
            bag.state[_ROLES] |= world.drugs.role[drug]


@compiled
def _antibody_goes_on(world: World, lines: Lines, past: Past, patient: int, i: int) -> bool:
    """Return whether a HER2 antibody is given beside the drug of a row."""
    rows, day = world.rows, world.rows.start[i]
    if past.state[_ANTIBODY_UNTIL] > day:
        return True
    hi = rows.offsets[patient + 1]
    while i > rows.offsets[patient] and rows.start[i - 1] == day:
        i -= 1
    while i < hi and rows.start[i] <= day + world.choices.window:
        if lines.place[i] >= 0 and world.drugs.role[rows.drug[i]] & ANTIBODY:
            return True
        i += 1
    return False


@compiled
def _abandoned(world: World, lines: Lines, bag: Bag, patient: int, i: int) -> bool:
    """Return whether all drugs of a stretch are known to have ended when another begins (L23)."""
    rows, day = world.rows, world.rows.start[i]
    if not bag.state[_CLOSED] or bag.state[_UNTIL] >= day:
        return False
    hi = rows.offsets[patient + 1]
    while i > rows.offsets[patient] and rows.start[i - 1] == day:
        i -= 1
    while i < hi and rows.start[i] <= day + world.choices.window:
        if lines.place[i] >= 0 and bag.member[rows.drug[i]] == bag.state[_STAMP]:
            return False
        i += 1
    return True


@compiled
def _unless_no_progression(world: World, patient: int, day: int, code: int) -> int:
    """Return the verdict of a drug that opens a line (L04), or opens it only with progression."""
    if world.choices.needs_progression and not happened(world, PROGRESSION, patient, day - 30, day + 30):
        return -4
    return code


@compiled
def _partner(world: World, bag: Bag, past: Past, patient: int, day: int) -> int:
    """Return the verdict of a chemotherapy that is new beside a continued HER2 antibody."""
    if progressed(world, patient, day):
        return -9 if world.choices.partner_stays else 9
    if past.state[_PARTNER_UNTIL] >= day or not bag.state[_ROLES] & CYTOTOXIC:
        return _unless_no_progression(world, patient, day, 4)
    reason = past.state[_PARTNER_REASON]
    if reason in (STOPPED_TOXICITY, STOPPED_COMPLETED):
        return 11 if world.choices.partner_exchange_opens else -11
    return _unless_no_progression(world, patient, day, REVIEWED + 11)


@compiled
def _exchange(world: World, bag: Bag, patient: int, i: int) -> int:
    """Return the verdict of a drug that takes the place of another, 0 where it does not."""
    drug, day, state = world.rows.drug[i], world.rows.start[i], bag.state
    role = world.drugs.role[drug]
    joinable = role & PERTUZUMAB and state[_ROLES] & TRASTUZUMAB and state[_ROLES] & TAXANE
    if joinable and day - state[_BEFORE] <= world.choices.pertuzumab_joins:
        return -16
    if progressed(world, patient, day):
        return 0
    if role & EXCHANGEABLE and bag.drug_class[world.drugs.drug_class[drug]] == state[_STAMP]:
        return 10 if world.choices.class_exchange_opens else -10
    if state[_TOXIC] and state[_UNTIL] < day and state[_UNTIL] - state[_SINCE] < world.choices.single_cycle:
        return -23
    return 0


@compiled
def _new_drug(world: World, lines: Lines, bag: Bag, past: Past, patient: int, i: int) -> int:
    """Return the verdict of a drug that the stretch or line has not seen."""
    code = _exchange(world, bag, patient, i)
    if code != 0:
        return code
    day, role, held = world.rows.start[i], world.drugs.role[world.rows.drug[i]], bag.state[_ROLES]
    if role & HER2 and held & HER2:
        return 15
    if held & ANTIBODY:
        if role & ENDOCRINE and not progressed(world, patient, day):
            return 7 if world.choices.endocrine_opens else -7
        if role & CDK:
            return REVIEWED + 27
        if role & CYTOTOXIC and _antibody_goes_on(world, lines, past, patient, i):
            return _partner(world, bag, past, patient, day)
    return _unless_no_progression(world, patient, day, 4)


@compiled
def _verdict(world: World, lines: Lines, bag: Bag, past: Past, patient: int, i: int) -> int:
    """Return the rule by which a row opens a line (positive), stays by a rule (negative), or just stays (0)."""
    drug, day = world.rows.drug[i], world.rows.start[i]
    resumed = past.owner[drug] == past.state[_OWNER] and day - past.stop[drug] > world.choices.holiday
    if resumed and happened(world, PROGRESSION, patient, past.stop[drug] + 1, day):
        return 14
    if bag.member[drug] == bag.state[_STAMP]:
        return 0
    return _new_drug(world, lines, bag, past, patient, i)


@compiled
def _local_progression(world: World, patient: int, low: int, high: int) -> bool:
    """Return whether local therapy of a progression fell on a day from `low` to `high` (L17)."""
    facts = world.facts
    for e in range(facts.offsets[patient], facts.offsets[patient + 1]):
        if facts.kind[e] == LOCAL_THERAPY and low <= facts.day[e] <= high and progressed(world, patient, facts.day[e]):
            return True
    return False


@compiled
def _judge_day(world: World, work: Work, lines: Lines, patient: int, i: int, j: int) -> tuple[np.uint64, np.uint64]:
    """Return the rules by which a day opens a stretch, and those by which its drugs may stay."""
    bag, opened, stayed = work.stretch, np.uint64(0), np.uint64(0)
    in_window = world.rows.start[i] - bag.state[_SINCE] <= world.choices.window
    for r in range(i, j):
        if lines.place[r] < 0:
            continue
        code = _verdict(world, lines, bag, work.past, patient, r)
        if code == 0 or (in_window and not _abandoned(world, lines, bag, patient, r)):
            continue
        if code > 0:
            opened |= rule_bits(code) | (rule_bits(23) if in_window else np.uint64(0))
        else:
            stayed |= rule_bits(code)
            work.joins[r] = code in (-16, -23)
    return opened, stayed


@compiled
def _advance(world: World, work: Work, lines: Lines, patient: int, i: int, j: int, count: int) -> int:
    """Take the administrations of one day into the current stretch or a new one."""
    day, bag, past = world.rows.start[i], work.stretch, work.past
    opened, stayed, pause = np.uint64(0), np.uint64(0), True
    if count > 0:
        pause = day - past.state[_LATEST] > world.choices.holiday
        if not pause:
            opened, stayed = _judge_day(world, work, lines, patient, i, j)
        if world.choices.local_opens and _local_progression(world, patient, past.state[_DAY] + 1, day):
            opened |= rule_bits(17)
    if pause or opened != 0:
        work.first[count], work.opened[count], work.tolerated[count] = i, opened, 0
        count += 1
        _renew(bag, day)
        _keep_backbone(world, bag, past, day)
        _keep_running(world, bag, past, day)
    else:
        work.tolerated[count - 1] |= stayed
    for r in range(i, j):
        if lines.place[r] >= 0:
            _take(world, bag, past, r)
    return count


@compiled
def _stretches(world: World, work: Work, lines: Lines, patient: int) -> int:
    """Divide a patient's palliative treatment into stretches and return their number."""
    rows, count = world.rows, 0
    i, hi = rows.offsets[patient], rows.offsets[patient + 1]
    _forget(work.past)
    while i < hi:
        j, palliative = i, False
        while j < hi and rows.start[j] == rows.start[i]:
            palliative |= lines.place[j] >= 0
            j += 1
        if palliative:
            count = _advance(world, work, lines, patient, i, j, count)
        i = j
    work.first[count] = hi
    return count


@compiled
def _boundary(world: World, work: Work, lines: Lines, patient: int, s: int) -> tuple[np.uint64, bool]:
    """Return the rules at the start of a stretch, and whether it opens a line."""
    rows, bag, choices = world.rows, work.line, world.choices
    opened, stayed, joining = work.opened[s] & rule_bits(17), np.uint64(0), -1
    a = work.first[s]
    for r in range(a, work.first[s + 1]):
        if rows.start[r] > rows.start[a] + choices.window:
            break
        if lines.place[r] < 0 or work.judged[rows.drug[r]] == bag.state[_STAMP] * _MOST + s:
            continue
        work.judged[rows.drug[r]] = bag.state[_STAMP] * _MOST + s
        code = _verdict(world, lines, bag, work.past, patient, r)
        if code > 0:
            opened |= rule_bits(code)
        elif code < 0:
            stayed |= rule_bits(code)
            joining = r if code == -16 else joining
    gap = rows.start[a] - work.past.state[_LATEST]
    if gap > choices.gap:
        opened |= rule_bits(3)
    if opened != 0:
        return opened | (work.opened[s] & rule_bits(23)), True
    if joining >= 0:
        work.joins[joining] = True
    return stayed | (rule_bits(13) if gap > choices.holiday else np.uint64(0)), False


@compiled
def _open_line(world: World, work: Work, lines: Lines, patient: int, a: int, n: int) -> None:
    """Begin line `n` with row `a`, and give it the courses that run on into it."""
    day, past = world.rows.start[a], work.past
    lines.patient[n], lines.first[n] = patient, a
    lines.regimen[n, :], lines.given[n, :], lines.classes[n, :] = 0, 0, 0
    _renew(work.line, day)
    _keep_running(world, work.line, past, day)
    if past.state[_LATEST] <= day + world.choices.window:
        return
    for drug in range(len(past.stop)):
        if past.owner[drug] == past.state[_OWNER] and past.stop[drug] > day + world.choices.window:
            set_bit(lines.regimen, n, drug)
            set_bit(lines.given, n, drug)
            set_bit(lines.classes, n, world.drugs.drug_class[drug])


@compiled
def _assemble(world: World, work: Work, lines: Lines, patient: int, count: int, n: int) -> int:
    """Join a patient's stretches into lines, the first being line `n`; return where they end."""
    _forget(work.past)
    for s in range(count):
        bits, opens = np.uint64(0), True
        if s > 0:
            bits, opens = _boundary(world, work, lines, patient, s)
        if opens:
            _open_line(world, work, lines, patient, work.first[s], n)
            lines.fired[n] = np.uint64(0)
            n += 1
        lines.fired[n - 1] |= bits | work.tolerated[s]
        for r in range(work.first[s], work.first[s + 1]):
            if lines.place[r] >= 0:
                lines.place[r] = n - 1
                _take(world, work.line, work.past, r)
        # What stands for one stretch only must not depend on how many were joined.
        work.line.state[_TOXIC] = 0
        work.line.state[_BEFORE] = world.rows.start[work.first[s]]
    return n


@entry
def _fold(world: World, work: Work, lines: Lines) -> int:
    n = 0
    for patient in range(len(world.rows.offsets) - 1):
        settled = _settle(world, work, lines, patient)
        lines.curative[patient] = _curative(world, lines, patient)
        lines.early_relapse[patient] = _early_relapse(world, lines, patient)
        count = _stretches(world, work, lines, patient)
        if count == 0:
            continue
        begin = n
        n = _assemble(world, work, lines, patient, count, n)
        lines.fired[begin] |= settled
        if lines.early_relapse[patient] == 1:
            lines.fired[begin] |= rule_bits(20)
        describe(world, lines, work.joins, work.ledger, begin, n)
    return n


def fold(world: World) -> tuple[Lines, int]:
    """Put the administrations of every patient into lines.

    Parameters
    ----------
    world : World
        Rows sorted by patient, start and drug, with all rows of a patient together.

    Returns
    -------
    lines : Lines
    n : int
        Number of lines; the arrays of `lines` are filled up to there.
    """
    rows, drugs = len(world.rows.start), len(world.drugs.role)
    classes = int(world.drugs.drug_class.max(initial=-1)) + 1
    lines = room_for(rows, len(world.rows.offsets) - 1, drugs, classes)
    longest = int(np.diff(world.rows.offsets).max(initial=0)) + 1
    return lines, _fold(world, _scratch(rows, drugs, classes, longest), lines)


def _scratch(rows: int, drugs: int, classes: int, longest: int) -> Work:
    def bag() -> Bag:
        return Bag(np.zeros(drugs, np.int64), np.zeros(classes, np.int64), np.zeros(7, np.int64))

    return Work(
        stretch=bag(),
        line=bag(),
        past=Past(np.zeros(drugs, np.int64), np.zeros(drugs, np.int64), np.zeros(6, np.int64)),
        first=np.zeros(longest, np.int64),
        opened=np.zeros(longest, np.uint64),
        tolerated=np.zeros(longest, np.uint64),
        joins=np.zeros(rows, np.bool_),
        judged=np.zeros(drugs, np.int64),
        ledger=Ledger(np.zeros(drugs, np.int64), np.zeros(drugs, np.int64), np.zeros(drugs, np.int64)),
    )
