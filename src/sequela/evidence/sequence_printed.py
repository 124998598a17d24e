"""What a paper printed of a cohort of treatment sequences: groups, strata, several clocks of one life.

The numbers stay as written, with the line of the file. `all` stands for every group, `overall`
for every stratum.
"""

from collections.abc import Mapping
from dataclasses import field

from sequela.evidence.printed import Summary
from sequela.evidence.rounding import Rounded
from sequela.frozen import frozen

ALL, OVERALL = "all", "overall"
FORM = "sequences"
DIAGNOSIS, INDEX, LINE_1, LINE_2 = "diagnosis", "index", "line 1", "line 2"
CLOCKS = (DIAGNOSIS, INDEX, LINE_1, LINE_2)
"""From the diagnosis or the start of the index drug to death; from the start of a line to its progression."""
UNKNOWN = "unknown"


@frozen
class PrintedMedian:
    """A printed median; `summary` is None where it was printed as not reached."""

    stratum: str
    group: str
    text: str
    summary: Summary | None
    line: int


@frozen
class PrintedTest:
    """A printed log-rank p-value.

    Attributes
    ----------
    groups : tuple of str
    stratum : str
    text : str
    p : Rounded
    below : bool
        Whether it was printed as an upper bound.
    times : int
        By what the p-value was multiplied for the number of comparisons, with 1 as the largest result.
    aim : bool
        Whether the search aims at it.
    line : int
    """

    groups: tuple[str, ...]
    stratum: str
    text: str
    p: Rounded
    below: bool
    times: int
    aim: bool
    line: int


@frozen
class PrintedRatio:
    """A printed hazard ratio with its interval.

    Attributes
    ----------
    group, reference, text : str
    summary : Summary
    aim : Summary or None
        What the search aims at: the printed numbers, or what stands under `aim`; None for nothing.
    line : int
    """

    group: str
    reference: str
    text: str
    summary: Summary
    aim: Summary | None
    line: int


@frozen
class PrintedEndpoint:
    """Everything printed of one endpoint.

    Attributes
    ----------
    name, clock : str
        The clock is one of `CLOCKS`.
    medians : tuple of PrintedMedian
    tests : tuple of PrintedTest
    ratios : tuple of PrintedRatio
    observed : Summary or None
        Median observed time of everyone, deaths included.
    """

    name: str
    clock: str
    medians: tuple[PrintedMedian, ...]
    tests: tuple[PrintedTest, ...]
    ratios: tuple[PrintedRatio, ...]
    observed: Summary | None = None


@frozen
class SharedOut:
    """Counts per level: of everyone, and of the groups for which they were printed."""

    name: str
    totals: Mapping[str, int]
    groups: Mapping[str, Mapping[str, int]]


@frozen
class PrintedQuantity:
    """A continuous quantity at diagnosis.

    Attributes
    ----------
    name, unit : str
    median : mapping of group (or `ALL`) to Summary
    of : (str, tuple of str)
        The categorical and its levels whose patients have the quantity; empty: everyone.
    missing : mapping of group to int
    below : mapping of threshold to mapping of group to int
        Patients with less than the threshold.
    """

    name: str
    unit: str
    median: Mapping[str, Summary]
    of: tuple[str, tuple[str, ...]] = ("", ())
    missing: Mapping[str, int] = field(default_factory=dict)
    below: Mapping[int, Mapping[str, int]] = field(default_factory=dict)


@frozen
class Assumed:
    """Where the search starts and what it keeps to, printed nowhere; months unless said.

    Attributes
    ----------
    gap, survival, followed, longest : mapping of group to float
        Mean time between the end of a line and the next; median survival and follow-up from the
        index drug; longest time from diagnosis.
    start_days : (int, int)
        From the diagnosis to line 1.
    centres : int
    """

    gap: Mapping[str, float]
    survival: Mapping[str, float]
    followed: Mapping[str, float]
    longest: Mapping[str, float]
    start_days: tuple[int, int]
    centres: int


@frozen
class OtherLines:
    """Lines that a share of a group was given instead; invented."""

    share: float
    lines: tuple[tuple[str, ...], ...]


@frozen
class Maintenance:
    """A drug that a share of patients was given in line 1 once the partner of the antibody had ended; invented.

    Attributes
    ----------
    share : float
    drug : str
    of : (str, tuple of str)
        The categorical and its levels whose patients may have it; empty: everyone.
    """

    share: float
    drug: str
    of: tuple[str, tuple[str, ...]] = ("", ())


@frozen
class Holiday:
    """A share of those whose lines 1 and 2 are `days` (from, to) apart stopped for toxicity and began again."""

    share: float
    days: tuple[int, int]


@frozen
class Invented:
    """Courses within the lines, printed nowhere, on which the rules for lines decide."""

    instead: Mapping[str, OtherLines] = field(default_factory=dict)
    maintenance: Maintenance | None = None
    holiday: Holiday | None = None


@frozen
class PrintedSequences:
    """A printed file of this form.

    Attributes
    ----------
    title, citation, file, index_drug : str
    groups : mapping of str to mapping of int to int
        Patients by the line in which the index drug began.
    categorical : tuple of SharedOut
    strata : mapping of str to tuple of str
        Levels of the first categorical that make up each stratum.
    continuous : tuple of PrintedQuantity
    endpoints : tuple of PrintedEndpoint
    assumed : Assumed
    lines : mapping of group to tuple of tuple of str
        Drugs of each line; lines up to the index drug that are not given repeat the last.
    cycle_days : int
    invented : Invented
    """

    title: str
    citation: str
    file: str
    index_drug: str
    groups: Mapping[str, Mapping[int, int]]
    categorical: tuple[SharedOut, ...]
    strata: Mapping[str, tuple[str, ...]]
    continuous: tuple[PrintedQuantity, ...]
    endpoints: tuple[PrintedEndpoint, ...]
    assumed: Assumed
    lines: Mapping[str, tuple[tuple[str, ...], ...]]
    cycle_days: int
    invented: Invented = Invented()

    @property
    def sizes(self) -> tuple[int, ...]:
        """Patients of each group."""
        return tuple(sum(lines.values()) for lines in self.groups.values())

    def impossible(self, endpoint: PrintedEndpoint, median: PrintedMedian) -> str:
        """Return why a median of a line cannot be unreached, where everyone had left the line; empty where it can."""
        if median.summary is not None or endpoint.clock not in (LINE_1, LINE_2) or median.group == ALL:
            return ""
        line = int(endpoint.clock.removeprefix("line "))
        if min(self.groups[median.group]) <= line:
            return ""
        return (
            f"everyone in {median.group} had left {endpoint.clock} before {self.index_drug} began, so the median is "
            "reached unless half of them left it without progression, toxicity or death"
        )

    def endpoint(self, clock: str) -> PrintedEndpoint | None:
        """Return the endpoint of a clock; None where nothing was printed of it."""
        return next((item for item in self.endpoints if item.clock == clock), None)
