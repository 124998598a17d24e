"""The pass that puts administrations into lines, one patient after another.

`fold` walks columns sorted by patient and day and decides for each day what the clinic
would: does this treatment go on, or does a new line begin? It works in two steps, so that
a longer tolerated gap (L03) can only join lines, never split them:

1. *stretches*: treatment without a holiday and without a drug that opens a line. The
   regimen window (L02) opens with each stretch. Nothing here depends on L03.
2. *lines*: neighbouring stretches are joined unless the gap is longer than L03 or a drug of
   the later stretch opens a line for all that the line has seen.

The drugs of one day are judged together, so the order of rows within a day decides nothing.

What is written here and in the rooms beside it is plain Python over columns of whole
numbers. `fold` runs it as it is, which is soonest done for a few thousand rows;
`line_compiled.fold` compiles the same functions for large tables.
"""

from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from sequela.derive.line_columns import LOCAL_THERAPY, NONE, Lines, World, room_for
from sequela.derive.line_endings import Ledger, describe
from sequela.derive.line_events import clear, progressed, rule_bits, set_bit
from sequela.derive.line_memory import (
    BEFORE,
    DAY,
    LATEST,
    OWNER,
    SINCE,
    STAMP,
    TOXIC,
    Bag,
    Past,
    forget,
    keep_backbone,
    keep_running,
    renew,
    take,
)
from sequela.derive.line_settings import curative_lines, early_relapse, settle
from sequela.derive.line_verdicts import abandoned, going_on, verdict

MOST = 1 << 32
"""More stretches than a patient can have."""

Columns = TypeVar("Columns", bound=NamedTuple)


class Work(NamedTuple):
    """Scratch, kept between patients."""

    stretch: Bag
    line: Bag
    past: Past
    first: NDArray[np.int64]
    opened: NDArray[np.int64]
    tolerated: NDArray[np.int64]
    joins: NDArray[np.bool_]
    judged: NDArray[np.int64]
    ledger: Ledger


def _local_progression(world: World, patient: int, low: int, high: int) -> bool:
    """Return whether local therapy of a progression fell on a day from `low` to `high` (L17)."""
    facts = world.facts
    for e in range(facts.offsets[patient], facts.offsets[patient + 1]):
        if (
            facts.kind[e] == LOCAL_THERAPY
            and low <= facts.day[e] <= high
            and progressed(world, patient, facts.day[e], NONE)
        ):
            return True
    return False


def _judge_day(world: World, work: Work, lines: Lines, patient: int, i: int, j: int) -> tuple[int, int]:
    """Return the rules by which a day opens a stretch, and those by which its drugs may stay."""
    bag, opened, stayed = work.stretch, 0, 0
    in_window = world.rows.start[i] - bag.state[SINCE] <= world.choices.window
    for r in range(i, j):
        if lines.place[r] < 0 or going_on(world, bag, work.past, r):
            continue
        code = verdict(world, lines, bag, work.past, patient, r)
        if code == 0 or (in_window and not abandoned(world, lines, bag, patient, r)):
            continue
        if code > 0:
            opened |= rule_bits(code) | (rule_bits(23) if in_window else 0)
        else:
            stayed |= rule_bits(code)
            work.joins[r] = code in (-16, -23)
    return opened, stayed


def _advance(world: World, work: Work, lines: Lines, patient: int, i: int, j: int, count: int) -> int:
    """Take the administrations of one day into the current stretch or a new one."""
    day, bag, past = world.rows.start[i], work.stretch, work.past
    opened, stayed, pause = 0, 0, True
    if count > 0:
        pause = day - past.state[LATEST] > world.choices.holiday
        if not pause:
            opened, stayed = _judge_day(world, work, lines, patient, i, j)
        if world.choices.local_opens and _local_progression(world, patient, past.state[DAY] + 1, day):
            opened |= rule_bits(17)
    if pause or opened != 0:
        work.first[count], work.opened[count], work.tolerated[count] = i, opened, 0
        count += 1
        renew(bag, day)
        keep_backbone(world, bag, past, day)
        keep_running(world, bag, past, day)
    else:
        work.tolerated[count - 1] |= stayed
    for r in range(i, j):
        if lines.place[r] >= 0:
            take(world, bag, past, r)
    return count


def _stretches(world: World, work: Work, lines: Lines, patient: int) -> int:
    """Divide a patient's palliative treatment into stretches and return their number."""
    rows, count = world.rows, 0
    i, hi = rows.offsets[patient], rows.offsets[patient + 1]
    forget(work.past)
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


def _boundary(world: World, work: Work, lines: Lines, patient: int, s: int) -> tuple[int, bool]:
    """Return the rules at the start of a stretch, and whether it opens a line."""
    rows, bag, choices = world.rows, work.line, world.choices
    opened, stayed, joining = work.opened[s] & rule_bits(17), 0, -1
    a = work.first[s]
    for r in range(a, work.first[s + 1]):
        if rows.start[r] > rows.start[a] + choices.window:
            break
        if lines.place[r] < 0 or work.judged[rows.drug[r]] == bag.state[STAMP] * MOST + s:
            continue
        work.judged[rows.drug[r]] = bag.state[STAMP] * MOST + s
        code = verdict(world, lines, bag, work.past, patient, r)
        if code > 0:
            opened |= rule_bits(code)
        elif code < 0:
            stayed |= rule_bits(code)
            joining = r if code == -16 else joining
    gap = rows.start[a] - work.past.state[LATEST]
    if gap > choices.gap:
        opened |= rule_bits(3)
    if opened != 0:
        return opened | (work.opened[s] & rule_bits(23)), True
    if joining >= 0:
        work.joins[joining] = True
    return stayed | (rule_bits(13) if gap > choices.holiday else 0), False


def _open_line(world: World, work: Work, lines: Lines, patient: int, a: int, n: int) -> None:
    """Begin line `n` with row `a`, and give it the courses that run on into it."""
    day, past = world.rows.start[a], work.past
    lines.patient[n], lines.first[n] = patient, a
    clear(lines.regimen, n)
    clear(lines.given, n)
    clear(lines.classes, n)
    renew(work.line, day)
    keep_running(world, work.line, past, day)
    if past.state[LATEST] <= day + world.choices.window:
        return
    for drug in range(len(past.stop)):
        if past.owner[drug] == past.state[OWNER] and past.stop[drug] > day + world.choices.window:
            set_bit(lines.regimen, n, drug)
            set_bit(lines.given, n, drug)
            set_bit(lines.classes, n, world.drugs.drug_class[drug])


def _assemble(world: World, work: Work, lines: Lines, patient: int, count: int, n: int) -> int:
    """Join a patient's stretches into lines, the first being line `n`; return where they end."""
    forget(work.past)
    for s in range(count):
        bits, opens = 0, True
        if s > 0:
            bits, opens = _boundary(world, work, lines, patient, s)
        if opens:
            _open_line(world, work, lines, patient, work.first[s], n)
            lines.fired[n] = 0
            n += 1
        lines.fired[n - 1] |= bits | work.tolerated[s]
        for r in range(work.first[s], work.first[s + 1]):
            if lines.place[r] >= 0:
                lines.place[r] = n - 1
                take(world, work.line, work.past, r)
        # What stands for one stretch only must not depend on how many were joined.
        work.line.state[TOXIC] = 0
        work.line.state[BEFORE] = world.rows.start[work.first[s]]
    return n


def _one_patient(world: World, work: Work, lines: Lines, patient: int, n: int) -> int:
    """Put one patient's treatment into lines, the first being line `n`; return where they end."""
    settled = settle(world, work.past, lines, patient)
    lines.curative[patient], lines.early_relapse[patient] = 0, -1
    if settled & rule_bits(19):
        lines.curative[patient] = curative_lines(world, lines, patient)
        lines.early_relapse[patient] = early_relapse(world, lines, patient)
    count = _stretches(world, work, lines, patient)
    if count == 0:
        return n
    end = _assemble(world, work, lines, patient, count, n)
    lines.fired[n] |= settled
    if lines.early_relapse[patient] == 1:
        lines.fired[n] |= rule_bits(20)
    describe(world, lines, work.joins, work.ledger, n, end)
    return end


def fold_patients(world: World, work: Work, lines: Lines, n: int) -> int:
    """Put the treatment of every patient into lines, the first being line `n`; return where they end."""
    # A number written here, 0, would be compiled apart from those that follow it, with all that it reaches.
    for patient in range(len(world.rows.offsets) - 1):
        n = _one_patient(world, work, lines, patient, n)
    return n


def desk(world: World) -> tuple[Work, Lines]:
    """Return scratch, and room for the lines of a table; only what is written takes memory."""
    rows, drugs = len(world.rows.start), len(world.drugs.role)
    classes = int(world.drugs.drug_class.max(initial=-1)) + 1
    longest = int(np.diff(world.rows.offsets).max(initial=0)) + 1

    def bag() -> Bag:
        return Bag(np.zeros(drugs, np.int64), np.zeros(classes, np.int64), np.zeros(7, np.int64))

    work = Work(
        stretch=bag(),
        line=bag(),
        past=Past(np.zeros(drugs, np.int64), np.zeros(drugs, np.int64), np.zeros(6, np.int64)),
        first=np.zeros(longest, np.int64),
        opened=np.zeros(longest, np.int64),
        tolerated=np.zeros(longest, np.int64),
        joins=np.zeros(rows, np.bool_),
        judged=np.zeros(drugs, np.int64),
        ledger=Ledger(np.zeros(drugs, np.int64), np.zeros(drugs, np.int64), np.zeros(drugs, np.int64)),
    )
    return work, room_for(rows, len(world.rows.offsets) - 1, drugs, classes)


def fold(world: World) -> tuple[Lines, int]:
    """Put the administrations of every patient into lines, without compiling anything.

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
    work, room = desk(world)
    lines = as_lists(room)
    n = fold_patients(as_lists(world), as_lists(work), lines, 0)
    return as_arrays(lines, room), n


def as_lists(columns: Columns) -> Columns:
    """Return named columns with lists in place of arrays: Python counts in them ten times as fast."""
    lists: Columns = _as_list(columns)
    return lists


def _as_list(part: Any) -> Any:
    if isinstance(part, np.ndarray):
        return part.tolist()
    return type(part)(*map(_as_list, part)) if isinstance(part, tuple) else part


def as_arrays(lists: Columns, model: Columns) -> Columns:
    """Return named columns with the arrays of a model filled from lists."""
    for part, like in zip(cast("tuple[Any, ...]", lists), cast("tuple[Any, ...]", model), strict=True):
        if isinstance(like, np.ndarray):
            like[:] = part
        elif isinstance(like, tuple):
            as_arrays(part, like)
    return model
