"""Every error a user can meet, and the exit code each one ends with.

::

    SequelaError
    ├── UsageError          2   the command line was called in a way it does not know
    ├── StudyError          3   the study file cannot be read or contradicts itself
    ├── RecordsError        4   the patients' records cannot be read
    └── NotEstimableError   5   the data cannot answer what was asked
        └── TimeZeroError   5   the clock starts before the event that puts a patient in the cohort

A message says where, what was found, what was expected and what to do. It never
carries a patient's data beyond the address of a row.
"""

from collections.abc import Iterable

from sequela.frozen import frozen


@frozen
class Problem:
    """One thing that is wrong, as a letter to the person who can mend it.

    Attributes
    ----------
    where : str
        File and line, table and column, or argument.
    found : str
        What stands there.
    expected : str
        What should stand there; may be empty where `found` says it all.
    remedy : str
        What to do; may be empty where `expected` says it all.
    """

    where: str
    found: str
    expected: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        """Return the problem as one line."""
        text = f"{self.where}: {self.found}"
        if self.expected:
            text += f"; expected {self.expected}"
        text = f"{text.removesuffix('.')}."
        return f"{text} {self.remedy}" if self.remedy else text


class SequelaError(Exception):
    """The root: whatever is raised on purpose and shown without a traceback."""

    exit_code = 1

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(where="", found=problems)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(p) if p.where else p.found for p in self.problems))


class UsageError(SequelaError):
    """The command line was called in a way it does not know."""

    exit_code = 2


class StudyError(SequelaError):
    """The study file cannot be read or contradicts itself."""

    exit_code = 3


class RecordsError(SequelaError):
    """The patients' records cannot be read."""

    exit_code = 4


class NotEstimableError(SequelaError):
    """The data cannot answer what was asked."""

    exit_code = 5


class TimeZeroError(NotEstimableError):
    """The clock starts before the event that puts a patient in the cohort."""
