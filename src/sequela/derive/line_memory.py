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
    World,
)

STAMP, ROLES, BEFORE, SINCE, UNTIL, TOXIC, CLOSED = range(7)
"""What stands where in `Bag.state`."""

OWNER, LATEST, ANTIBODY_UNTIL, PARTNER_UNTIL, PARTNER_REASON, DAY = range(6)
"""What stands where in `Past.state`."""


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


def forget(past: Past) -> None:
    """Begin with nothing given."""
    past.state[OWNER] += 1
    past.state[LATEST] = NONE
    past.state[ANTIBODY_UNTIL] = NONE
    past.state[PARTNER_UNTIL] = NONE
    past.state[PARTNER_REASON] = -1
    past.state[DAY] = NONE


def remember(past: Past, drug: int, stop: int) -> None:
    """Note that a drug was given until a day."""
    if past.owner[drug] != past.state[OWNER]:
        past.owner[drug] = past.state[OWNER]
        past.stop[drug] = stop
    elif stop > past.stop[drug]:
        past.stop[drug] = stop
    if stop > past.state[LATEST]:
        past.state[LATEST] = stop


def take(world: World, bag: Bag, past: Past, i: int) -> None:
    """Add one row to what was seen."""
    rows, drug = world.rows, world.rows.drug[i]
    role, stop, reason = world.drugs.role[drug], rows.stop[i], rows.reason[i]
    bag.member[drug] = bag.state[STAMP]
    bag.drug_class[world.drugs.drug_class[drug]] = bag.state[STAMP]
    bag.state[ROLES] |= role
    bag.state[UNTIL] = max(bag.state[UNTIL], stop)
    if reason == STOPPED_TOXICITY:
        bag.state[TOXIC] = 1
    if not (rows.course[i] or reason >= 0):
        bag.state[CLOSED] = 0
    remember(past, drug, stop)
    past.state[DAY] = rows.start[i]
    if role & ANTIBODY:
        past.state[ANTIBODY_UNTIL] = max(past.state[ANTIBODY_UNTIL], stop)
    if role & CYTOTOXIC and stop >= past.state[PARTNER_UNTIL]:
        planned = reason in (STOPPED_TOXICITY, STOPPED_COMPLETED)
        if stop > past.state[PARTNER_UNTIL] or planned:
            past.state[PARTNER_REASON] = reason
        past.state[PARTNER_UNTIL] = stop


def renew(bag: Bag, day: int) -> None:
    """Empty a bag on the day a stretch or a line begins."""
    bag.state[STAMP] += 1
    bag.state[ROLES] = 0
    bag.state[BEFORE] = day
    bag.state[SINCE] = day
    bag.state[UNTIL] = NONE
    bag.state[TOXIC] = 0
    bag.state[CLOSED] = 1


def keep_backbone(world: World, bag: Bag, past: Past, day: int) -> None:
    """Let antibodies and endocrine drugs of the last weeks go on in the stretch that begins."""
    for drug in range(len(bag.member)):
        if bag.member[drug] != bag.state[STAMP] - 1 or not world.drugs.role[drug] & (ANTIBODY | ENDOCRINE):
            continue
        if past.owner[drug] == past.state[OWNER] and past.stop[drug] >= day - world.choices.window:
            bag.member[drug] = bag.state[STAMP]


def keep_running(world: World, bag: Bag, past: Past, day: int) -> None:
    """Count courses that are still running on the day a stretch or a line begins among its drugs."""
    if past.state[LATEST] <= day:
        return
    for drug in range(len(bag.member)):
        if past.owner[drug] == past.state[OWNER] and past.stop[drug] > day:
            bag.member[drug] = bag.state[STAMP]
            bag.drug_class[world.drugs.drug_class[drug]] = bag.state[STAMP]
            bag.state[ROLES] |= world.drugs.role[drug]
