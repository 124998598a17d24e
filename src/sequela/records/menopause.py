"""Menopausal status as it is written."""

from functools import cache
from pathlib import Path

from sequela.records.lexicon import Lexicon, read_lexicon

MENOPAUSE = "menopausal status"
"""The marker by that name."""

AROUND = ("status", "woman", "women", "patient", "state", "natural", "surgical", "at", "diagnosis")
"""Words that leave the status as it is."""


@cache
def _statuses() -> Lexicon:
    return read_lexicon(Path(__file__).with_name("menopause.csv"), AROUND)


def menopausal_statuses() -> tuple[str, ...]:
    """Return the statuses in their order: premenopausal, perimenopausal, postmenopausal."""
    return _statuses().canonical


def menopausal_status(text: str) -> str | None:
    """Return the status a text says, None where it says none: `menopausal` may be either of two, codes say nothing."""
    return _statuses().find(text)
