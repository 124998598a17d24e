"""A register of published results: what each paper printed, of whom, from which day on, and where it stands."""

from importlib.resources import files
from pathlib import Path

from sequela.evidence.rounding import Rounded
from sequela.frozen import frozen

SURVIVAL_ENDPOINTS = ("pfs", "os", "duration")
"""Endpoints with a clock: progression-free survival, overall survival, duration of the treatment."""
SHARE_ENDPOINTS = ("response", "disease_control", "clinical_benefit")
"""Endpoints that are a share of patients."""
ENDPOINTS = (*SURVIVAL_ENDPOINTS, *SHARE_ENDPOINTS)
NOT_STATED = "not stated"
CLOCKS = ("treatment start", "metastatic diagnosis", "randomisation", NOT_STATED)
"""What time is counted from."""
CERTAINTIES = ("seed", "source")
"""Read in one of the four papers this project began with, or in another published text."""
GROUP, REFERENCE = "group", "reference"
BUILT_IN = Path(str(files("sequela.evidence"))) / "registers"


@frozen
class Printed:
    """A number as printed, with its interval or standard error where one was printed.

    Attributes
    ----------
    value : Rounded or None
        None where it was not reached.
    low, high : Rounded or None
        None where not printed or not reached.
    std_error : Rounded or None
    """

    value: Rounded | None
    low: Rounded | None = None
    high: Rounded | None = None
    std_error: Rounded | None = None

    @property
    def text(self) -> str:
        """The number as the paper has it."""
        value = self.value.text if self.value else "NR"
        if self.std_error:
            return f"{value} ± {self.std_error.text}"
        if not (self.low or self.high):
            return value
        low, high = (limit.text if limit else "NR" for limit in (self.low, self.high))
        return f"{value} ({low}-{high})"


@frozen
class Result:
    """One result of one study.

    Attributes
    ----------
    study : str
        Key of the study.
    label : str
        As the study is called in tables.
    overlap : str
        Studies with the same word may share patients.
    endpoint, comparison, clock, definition : str
        `clock` is empty for a share of patients; `definition` says what counted, as far as read.
    line : str
        Line of therapy in which the treatment was given, as far as read.
    adjusted_for : tuple of str
    patients, events : dict of str to int
        By "group" and "reference".
    hazard_ratio : Printed or None
        Of the group against the reference.
    p, log_rank_p : Rounded or None
        Of the ratio; of the log-rank test.
    log_rank : tuple of float or None
        O - E of the group, and its variance.
    median : dict of str to Printed
        In months.
    count : dict of str to tuple of int
        Patients with the outcome, and all.
    certainty, location, note : str
    line_number : int
        Of the file.
    """

    study: str
    label: str
    overlap: str
    endpoint: str
    comparison: str
    clock: str
    definition: str
    line: str
    adjusted_for: tuple[str, ...]
    patients: dict[str, int]
    events: dict[str, int]
    hazard_ratio: Printed | None
    p: Rounded | None
    log_rank_p: Rounded | None
    log_rank: tuple[float, float] | None
    median: dict[str, Printed]
    count: dict[str, tuple[int, int]]
    certainty: str
    location: str
    note: str
    line_number: int


@frozen
class Study:
    """One study: a publication, or several of one cohort.

    Attributes
    ----------
    key, label, citation, place, note : str
    overlap : str
        Studies with the same word may share patients; never empty: a study of its own has its key.
    results : tuple of Result
    """

    key: str
    label: str
    citation: str
    place: str
    overlap: str
    note: str
    results: tuple[Result, ...]


@frozen
class Register:
    """Everything known about one question.

    Attributes
    ----------
    title : str
    comparison : str
        The question: group against reference. Results of other comparisons are kept, not pooled.
    studies : tuple of Study
    """

    title: str
    comparison: str
    studies: tuple[Study, ...]

    @property
    def results(self) -> tuple[Result, ...]:
        """All results, study after study."""
        return tuple(result for study in self.studies for result in study.results)


def built_in_registers() -> tuple[str, ...]:
    """Return the names of the registers that come with the program."""
    return tuple(sorted(path.stem for path in BUILT_IN.glob("*.yaml")))
