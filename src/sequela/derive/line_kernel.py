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

from dataclasses import make_dataclass
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from sequela.derive.line_columns import CLASSES, GIVEN, LOCAL_THERAPY, REGIMEN, Lines, Record, Table, World, room_for
from sequela.derive.line_endings import ENTRY, describe
from sequela.derive.line_events import BIT, clear, progressed, rule_bits, set_bit
from sequela.derive.line_memory import (
    COURSE_OF_DRUG,
    HELD,
    LEFT,
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


STRETCH = np.dtype([(name, "i8") for name in ("first", "opened", "tolerated")])
"""A stretch: its first row, the rules that open it, and those by which a drug stays in it."""


class Work(NamedTuple):
    """Scratch, kept between patients; `stretches` is a table of `STRETCH`."""

    stretch: Bag
    line: Bag
    past: Past
    stretches: Table
    joins: NDArray[np.bool_]
    judged: NDArray[np.int64]
    ledger: Table


def _local_progression(world: World, patient: Record, low: int, high: int) -> bool:
    """Return whether local therapy of a progression fell on a day from `low` to `high` (L17)."""
    for e in range(patient.first_event, patient.end_event):
        event = world.events[e]
        inside = event.kind == LOCAL_THERAPY and low <= event.day <= high
        if inside and progressed(world, patient, event.day, event.day):
            return True
    return False


def _judge_day(world: World, work: Work, lines: Lines, patient: Record, i: int, j: int) -> tuple[int, int]:
    """Return the rules by which a day opens a stretch, and those by which its drugs may stay."""
    bag, opened, stayed = work.stretch, 0, 0
    in_window = world.rows[i].start - bag.state.since <= world.choices.window
    for r in range(i, j):
        if lines.place[r] < 0 or going_on(world, bag, work.past, world.rows[r]):
            continue
        code = verdict(world, lines, bag, work.past, patient, r)
        if code == 0 or (in_window and not abandoned(world, lines, bag, patient, r)):
            continue
        if code > 0:
            opened |= rule_bits(code) | (BIT[23] if in_window else 0)
        else:
            stayed |= rule_bits(code)
            work.joins[r] = code in (-16, -23)
    return opened, stayed


def _advance(world: World, work: Work, lines: Lines, patient: Record, i: int, j: int) -> None:
    """Take the administrations of one day into the current stretch or a new one."""
    day, bag, past = world.rows[i].start, work.stretch, work.past
    count = past.state.stretches
    opened, stayed, pause = 0, 0, True
    if count > 0:
        pause = day - past.state.latest > world.choices.holiday
        if not pause:
            opened, stayed = _judge_day(world, work, lines, patient, i, j)
        if world.choices.local_opens and _local_progression(world, patient, past.state.day + 1, day):
            opened |= BIT[17]
    if pause or opened != 0:
        stretch = work.stretches[count]
        stretch.first, stretch.opened, stretch.tolerated = i, opened, 0
        past.state.stretches = count + 1
        renew(bag, day)
        keep_backbone(world, bag, past, day)
        keep_running(world, bag, past, day)
    else:
        work.stretches[count - 1].tolerated |= stayed
    for r in range(i, j):
        if lines.place[r] >= 0:
            take(world, bag, past, world.rows[r])


def _stretches(world: World, work: Work, lines: Lines, patient: Record) -> int:
    """Divide a patient's palliative treatment into stretches and return their number."""
    rows = world.rows
    i, hi = patient.first_row, patient.end_row
    forget(work.past)
    while i < hi:
        j, palliative = i, False
        while j < hi and rows[j].start == rows[i].start:
            palliative |= lines.place[j] >= 0
            j += 1
        if palliative:
            _advance(world, work, lines, patient, i, j)
        i = j
    work.stretches[work.past.state.stretches].first = hi
    return work.past.state.stretches


def _boundary(world: World, work: Work, lines: Lines, patient: Record, s: int) -> tuple[int, bool]:
    """Return the rules at the start of a stretch, and whether it opens a line."""
    rows, bag, choices = world.rows, work.line, world.choices
    stretch, mark = work.stretches[s], bag.state.stamp * MOST + s
    opened, stayed, joining = stretch.opened & BIT[17], 0, -1
    day = rows[stretch.first].start
    for r in range(stretch.first, work.stretches[s + 1].first):
        row = rows[r]
        if row.start > day + choices.window:
            break
        if lines.place[r] < 0 or work.judged[row.drug] == mark:
            continue
        work.judged[row.drug] = mark
        code = verdict(world, lines, bag, work.past, patient, r)
        if code > 0:
            opened |= rule_bits(code)
        elif code < 0:
            stayed |= rule_bits(code)
            joining = r if code == -16 else joining
    gap = day - work.past.state.latest
    if gap > choices.gap:
        opened |= BIT[3]
    if opened != 0:
        return opened | (stretch.opened & BIT[23]), True
    if joining >= 0:
        work.joins[joining] = True
    return stayed | (BIT[13] if gap > choices.holiday else 0), False


def _open_line(world: World, work: Work, lines: Lines, patient: int, a: int, n: int) -> None:
    """Begin line `n` with row `a`, and give it the courses that run on into it."""
    day, past, line = world.rows[a].start, work.past, lines.line[n]
    line.patient, line.first, line.fired = patient, a, 0
    clear(lines.sets, n)
    renew(work.line, day)
    keep_running(world, work.line, past, day)
    if past.state.latest <= day + world.choices.window:
        return
    for drug in range(len(past.drugs)):
        course = past.drugs[drug]
        if course.owner == past.state.owner and course.stop > day + world.choices.window:
            set_bit(lines.sets, 3 * n + REGIMEN, drug)
            set_bit(lines.sets, 3 * n + GIVEN, drug)
            set_bit(lines.sets, 3 * n + CLASSES, world.drugs[drug].drug_class)


def _assemble(world: World, work: Work, lines: Lines, patient: int, count: int, n: int) -> int:
    """Join a patient's stretches into lines, the first being line `n`; return where they end."""
    forget(work.past)
    for s in range(count):
        bits, opens, stretch = 0, True, work.stretches[s]
        if s > 0:
            bits, opens = _boundary(world, work, lines, world.patients[patient], s)
        if opens:
            _open_line(world, work, lines, patient, stretch.first, n)
            n += 1
        lines.line[n - 1].fired |= bits | stretch.tolerated
        for r in range(stretch.first, work.stretches[s + 1].first):
            if lines.place[r] >= 0:
                lines.place[r] = n - 1
                take(world, work.line, work.past, world.rows[r])
        # What stands for one stretch only must not depend on how many were joined.
        work.line.state.toxic = 0
        work.line.state.before = world.rows[stretch.first].start
    return n


def fold_patients(world: World, work: Work, lines: Lines, n: int) -> int:
    """Put the treatment of every patient into lines, the first being line `n`; return where they end."""
    # A number written here, 0, would be compiled apart from those that follow it, with all that it reaches.
    for number in range(len(world.patients)):
        patient, course = world.patients[number], lines.course[number]
        settled = settle(world, work.past, lines, patient)
        course.curative, course.early_relapse = 0, -1
        if settled & BIT[19]:
            course.curative = curative_lines(world, lines, patient)
            course.early_relapse = early_relapse(world, lines, patient)
        count = _stretches(world, work, lines, patient)
        if count == 0:
            continue
        begin, n = n, _assemble(world, work, lines, number, count, n)
        lines.line[begin].fired |= settled
        if course.early_relapse == 1:
            lines.line[begin].fired |= BIT[20]
        describe(world, lines, work.joins, work.ledger, begin, n)
    return n


def desk(world: World) -> tuple[Work, Lines]:
    """Return scratch, and room for the lines of a table; only what is written takes memory."""
    rows, drugs = len(world.rows), len(world.drugs)
    classes = int(world.drugs["drug_class"].max(initial=-1)) + 1
    longest = int((world.patients["end_row"] - world.patients["first_row"]).max(initial=0)) + 1

    def bag() -> Bag:
        return Bag(np.zeros(drugs, np.int64), np.zeros(classes, np.int64), np.zeros(1, HELD)[0])

    work = Work(
        stretch=bag(),
        line=bag(),
        past=Past(np.zeros(drugs, COURSE_OF_DRUG), np.zeros(1, LEFT)[0]),
        stretches=np.zeros(longest, STRETCH),
        joins=np.zeros(rows, np.bool_),
        judged=np.zeros(drugs, np.int64),
        ledger=np.zeros(drugs, ENTRY),
    )
    return work, room_for(rows, len(world.patients), max(drugs, classes))


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
    lines = as_objects(room)
    n = fold_patients(as_objects(world), as_objects(work), lines, 0)
    return as_arrays(lines, room), n


def as_objects(columns: Columns) -> Columns:
    """Return lists in place of arrays and objects in place of records: Python counts in them ten times as fast."""
    objects: Columns = _as_object(columns)
    return objects


def _as_object(part: Any) -> Any:
    if isinstance(part, tuple):
        return type(part)(*map(_as_object, part))
    if not isinstance(part, np.ndarray | np.void):
        return part
    if part.dtype.names is None:
        return part.tolist()
    shape = _shape(part.dtype.names)
    if isinstance(part, np.void):
        return shape(*part.item())
    return [shape(*values) for values in part.tolist()]


@cache
def _shape(names: tuple[str, ...]) -> Any:
    """Return a class of objects with these numbers, which the fold changes as it changes records."""
    return make_dataclass("Numbers", names, slots=True, repr=False, eq=False)


def as_arrays(objects: Columns, model: Columns) -> Columns:
    """Return named columns with the arrays of a model filled from lists."""
    for part, like in zip(cast("tuple[Any, ...]", objects), cast("tuple[Any, ...]", model), strict=True):
        if isinstance(like, tuple):
            as_arrays(part, like)
        elif isinstance(like, np.ndarray):
            read = attrgetter(*like.dtype.names) if like.dtype.names else None
            like[:] = part if read is None else list(map(read, part))
    return model
