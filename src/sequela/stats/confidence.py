"""Confidence levels."""

from sequela.errors import Problem


def level_problems(level: float) -> list[Problem]:
    """Return a problem when a confidence level is not between 0 and 1."""
    return [] if 0 < level < 1 else [Problem("level", f"{level}", "a confidence level between 0 and 1, such as 0.95")]
