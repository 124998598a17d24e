"""What the fold remembers while it walks through a patient's treatment."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sequela.derive.line_columns import (
    ANTIBODY,
    CYTOTOXIC,
    ENDOCRINE,
    NONE,
    STOPPED_COMPLETED,
    STOPPED_TOXICITY,
    Record,
    Table,
    World,
)

HELD = np.dtype([(name, "i8") for name in ("stamp", "roles", "before", "since", "until", "toxic", "closed")])
"""What a stretch or a line holds, beside its drugs and classes."""

LEFT = np.dtype(
    [
        *((name, "i8") for name in ("owner", "latest", "antibody_until", "partner_until", "partner_reason")),
        *((name, "i8") for name in ("day", "stretches")),
    ]
)
"""What earlier days have left behind, beside what is known of each drug: among it the number of stretches."""

COURSE_OF_DRUG = np.dtype([(name, "i8") for name in ("stop", "owner")])
"""Of a drug: its last administration, and whose it was."""


class Bag(NamedTuple):
    """What a stretch or a line has seen so far: the stamps of drugs and classes, and a record of `HELD`."""

    member: NDArray[np.int64]
    drug_class: NDArray[np.int64]
    state: Record


class Past(NamedTuple):
    """What a patient was given before the day that is judged: a table of `COURSE_OF_DRUG`, a record of `LEFT`."""

    drugs: Table
    state: Record


def forget(past: Past) -> None:
    """Begin with nothing given."""
    state = past.state
    state.owner += 1
    state.latest = state.antibody_until = state.partner_until = state.day = NONE
    state.partner_reason = -1
    state.stretches = 0


def remember(past: Past, drug: int, stop: int) -> None:
    """Note that a drug was given until a day."""
    state, course = past.state, past.drugs[drug]
    if course.owner != state.owner:
        course.owner = state.owner
        course.stop = stop
    elif stop > course.stop:
        course.stop = stop
    if stop > state.latest:
        state.latest = stop


def take(world: World, bag: Bag, past: Past, row: Record) -> None:
    """Add one row to what was seen."""
    drug, stop, reason, held, left = row.drug, row.stop, row.reason, bag.state, past.state
    about = world.drugs[drug]
    role = about.role
    bag.member[drug] = held.stamp
    bag.drug_class[about.drug_class] = held.stamp
    held.roles |= role
    held.until = max(held.until, stop)
    if reason == STOPPED_TOXICITY:
        held.toxic = 1
    if not (row.course or reason >= 0):
        held.closed = 0
    remember(past, drug, stop)
    left.day = row.start
    if role & ANTIBODY:
        left.antibody_until = max(left.antibody_until, stop)
    if role & CYTOTOXIC and stop >= left.partner_until:
        planned = reason in (STOPPED_TOXICITY, STOPPED_COMPLETED)
        if stop > left.partner_until or planned:
            left.partner_reason = reason
        left.partner_until = stop


def renew(bag: Bag, day: int) -> None:
    """Empty a bag on the day a stretch or a line begins."""
    held = bag.state
    held.stamp += 1
    held.roles = 0
    held.before = held.since = day
    held.until = NONE
    held.toxic = 0
    held.closed = 1


def keep_backbone(world: World, bag: Bag, past: Past, day: int) -> None:
    """Let antibodies and endocrine drugs of the last weeks go on in the stretch that begins."""
    stamp, owner, earliest = bag.state.stamp, past.state.owner, day - world.choices.window
    for drug in range(len(bag.member)):
        course = past.drugs[drug]
        if bag.member[drug] != stamp - 1 or not world.drugs[drug].role & (ANTIBODY | ENDOCRINE):
            continue
        if course.owner == owner and course.stop >= earliest:
            bag.member[drug] = stamp


def keep_running(world: World, bag: Bag, past: Past, day: int) -> None:
    """Count courses that are still running on the day a stretch or a line begins among its drugs."""
    stamp, owner = bag.state.stamp, past.state.owner
    if past.state.latest <= day:
        return
    for drug in range(len(bag.member)):
        course, about = past.drugs[drug], world.drugs[drug]
        if course.owner == owner and course.stop > day:
            bag.member[drug] = stamp
            bag.drug_class[about.drug_class] = stamp
            bag.state.roles |= about.role
