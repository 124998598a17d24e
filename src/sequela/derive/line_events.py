"""Small questions that lines of therapy ask of a patient's events."""

from sequela.derive.line_columns import NONE, PROGRESSION, Record, Sets, World

RULE_BITS = 32
"""Bits of the fired rules that are numbers of rules."""

ASKS_REVIEW = 62
"""Bit of the fired rules that asks for review."""

REVIEWED = 100
"""Added to the number of a rule that opens a line and asks for review."""


BIT = tuple(1 << number for number in range(ASKS_REVIEW + 1))
"""The number with one bit; a rule whose number is known needs no more."""


def rule_bits(code: int) -> int:
    """Return the bits of a verdict: the rule, and the request for review."""
    rule = abs(code)
    if rule > REVIEWED:
        return (1 << (rule - REVIEWED)) | (1 << ASKS_REVIEW)
    return 1 << rule


def set_bit(sets: Sets, number: int, item: int) -> None:
    """Add one drug or class to a set."""
    sets.bits[number * sets.words + (item >> 5)] |= 1 << (item & 31)


def clear(sets: Sets, line: int) -> None:
    """Empty the sets of a line."""
    for word in range(3 * line * sets.words, 3 * (line + 1) * sets.words):
        sets.bits[word] = 0


def has_bit(sets: Sets, number: int, item: int) -> bool:
    """Return whether a drug or class is in a set."""
    return (sets.bits[number * sets.words + (item >> 5)] >> (item & 31)) & 1 != 0


def progressed_between(world: World, patient: Record, low: int, high: int) -> bool:
    """Return whether a progression fell on a day from `low` on and before `high`."""
    for e in range(patient.first_event, patient.end_event):
        event = world.events[e]
        if event.kind == PROGRESSION and low <= event.day < high:
            return True
    return False


def progressed(world: World, patient: Record, day: int, latest: int) -> bool:
    """Return whether a progression explains a switch on a day; `latest` is the last administration up to it.

    Since that administration nothing was given, so a progression after it explains the switch however long it took.
    """
    low, high = day - world.choices.before_switch, day + world.choices.after_switch + 1
    if latest != NONE:
        low = min(low, latest)
    return progressed_between(world, patient, low, high)
