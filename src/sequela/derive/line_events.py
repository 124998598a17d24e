"""Small questions that lines of therapy ask of a patient's events."""

from sequela.derive.line_columns import NONE, PROGRESSION, Sets, World

RULE_BITS = 32
"""Bits of the fired rules that are numbers of rules."""

ASKS_REVIEW = 62
"""Bit of the fired rules that asks for review."""

REVIEWED = 100
"""Added to the number of a rule that opens a line and asks for review."""


def rule_bits(code: int) -> int:
    """Return the bits of a verdict: the rule, and the request for review."""
    rule = abs(code)
    if rule > REVIEWED:
        return (1 << (rule - REVIEWED)) | (1 << ASKS_REVIEW)
    return 1 << rule


def set_bit(sets: Sets, line: int, item: int) -> None:
    """Add one drug or class to the set of a line."""
    sets.bits[line * sets.words + (item >> 5)] |= 1 << (item & 31)


def clear(sets: Sets, line: int) -> None:
    """Empty the set of a line."""
    for word in range(line * sets.words, (line + 1) * sets.words):
        sets.bits[word] = 0


def has_bit(sets: Sets, line: int, item: int) -> bool:
    """Return whether a drug or class is in the set of a line."""
    return (sets.bits[line * sets.words + (item >> 5)] >> (item & 31)) & 1 != 0


def happened(world: World, kind: int, patient: int, low: int, high: int) -> bool:
    """Return whether an event of a kind fell on a day from `low` to `high`."""
    facts = world.facts
    for i in range(facts.offsets[patient], facts.offsets[patient + 1]):
        if facts.kind[i] == kind and low <= facts.day[i] <= high:
            return True
    return False


def progressed(world: World, patient: int, day: int, latest: int) -> bool:
    """Return whether a progression explains a switch on a day; `latest` is the last administration before it.

    Since that administration nothing was given, so a progression after it explains the switch however long it took.
    """
    low, high = day - world.choices.before_switch, day + world.choices.after_switch
    if latest != NONE:
        low = min(low, latest)
    return happened(world, PROGRESSION, patient, low, high)
