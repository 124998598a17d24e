"""What a paper printed, as frozen values: the input of a reconstruction."""

from collections.abc import Mapping
from dataclasses import field

from sequela.evidence.rounding import Rounded
from sequela.frozen import frozen
from sequela.records.lined_yaml import Entry

EVERYONE = "all"
MEDIAN_INTERVALS = ("log-log", "log", "plain")
HAZARD_RATIO_INTERVALS = ("profile likelihood", "Wald")
TIES = ("efron", "breslow")
CODINGS = ("levels", "number")
UNITS = ("months", "years", "count")
TABLE_TESTS = ("pearson", "yates", "fisher")
RANK_TESTS = ("wilcoxon", "wilcoxon without continuity correction")


@frozen
class Summary:
    """A printed number, with its interval or range where one was printed.

    Attributes
    ----------
    value : Rounded
    low, high : Rounded or None
    line : int
        Of the file.
    """

    value: Rounded
    low: Rounded | None
    high: Rounded | None
    line: int


@frozen
class Conventions:
    """How the paper's program may have made its intervals and treated ties.

    Attributes
    ----------
    median_interval : str
        One of `MEDIAN_INTERVALS`.
    hazard_ratio_interval : str
        One of `HAZARD_RATIO_INTERVALS`.
    ties : str
        One of `TIES`.
    """

    median_interval: str = "log-log"
    hazard_ratio_interval: str = "profile likelihood"
    ties: str = "efron"

    def __str__(self) -> str:
        """Return the three in words."""
        return (
            f"median interval {self.median_interval}, hazard ratio interval {self.hazard_ratio_interval}, {self.ties}"
        )


@frozen
class Comparison:
    """Two groups compared on time to event.

    Attributes
    ----------
    group, reference : str
    log_rank_p, hazard_ratio, adjusted : Summary or None
        `adjusted` is the ratio with `adjusted_for` in the model.
    adjusted_for : tuple of str
        Names of categorical covariates.
    """

    group: str
    reference: str
    log_rank_p: Summary | None
    hazard_ratio: Summary | None
    adjusted: Summary | None
    adjusted_for: tuple[str, ...]


@frozen
class Categorical:
    """A covariate printed as counts.

    Attributes
    ----------
    name : str
    coded : str
        "levels": one indicator per level but the first; "number": its level read as a number.
    levels : tuple of str
        In the order written; the first is the reference.
    counts : tuple of tuple of int
        `counts[level][group]`.
    totals : mapping of str to Summary
        Printed totals of a level over everyone, which may contradict the counts.
    p : mapping of str to Summary
        Test name to printed p-value.
    """

    name: str
    coded: str
    levels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    totals: Mapping[str, Summary]
    p: Mapping[str, Summary]


@frozen
class Continuous:
    """A covariate printed as median and range.

    Attributes
    ----------
    name : str
    unit : str
        One of `UNITS`; months are whole days, years and counts whole numbers.
    given : tuple of int
        Patients per group who have a value.
    median : mapping of str to Summary
        Group (or "all") to median and range.
    p : mapping of str to Summary
    inside : str
        A covariate it never exceeds in the same patient; may be empty.
    sum_of : tuple of str
        Covariates it is the sum of (a patient without one adds nothing); empty for most.
    exactly : mapping of str to mapping of int to int
        Group to value to the patients who have exactly that value.
    """

    name: str
    unit: str
    given: tuple[int, ...]
    median: Mapping[str, Summary]
    p: Mapping[str, Summary]
    inside: str = ""
    sum_of: tuple[str, ...] = ()
    exactly: Mapping[str, Mapping[int, int]] = field(default_factory=dict)


@frozen
class Response:
    """Best response as printed.

    Attributes
    ----------
    levels : tuple of str
    counts : tuple of tuple of int
        `counts[level][group]`.
    responders : tuple of str
        Levels that are a response.
    p : mapping of str to Summary
        Of responders against the others.
    control_months : float
        Stable disease must exceed these to be disease control; 0 where control was not printed.
    stable : str
        The level that is stable disease.
    control : tuple of int
        Patients with disease control, per group.
    control_p : mapping of str to Summary
    progression_by_day, evaluable_from_day : int
        Assumed: progression as best response is seen by the first, anything else not before the second.
    """

    levels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    responders: tuple[str, ...]
    p: Mapping[str, Summary]
    control_months: float
    stable: str
    control: tuple[int, ...]
    control_p: Mapping[str, Summary]
    progression_by_day: int
    evaluable_from_day: int


@frozen
class Printed:
    """Everything one paper printed that a reconstruction must meet.

    Attributes
    ----------
    title, citation : str
    groups : tuple of str
    sizes : tuple of int
    conventions : tuple of Conventions
        Tried in this order; patients are made under the first.
    median, observed, events : mapping of str to Summary
        Group (or "all") to Kaplan-Meier median with interval, to median observed time with its
        range, to number of events. Months.
    comparisons : tuple of Comparison
    categorical : tuple of Categorical
    continuous : tuple of Continuous
    response : Response or None
    stopped : mapping of str to int
        Reason to patients who stopped the treatment for it.
    records : Entry or None
        How the solution becomes records; read by `template`.
    file : str
    """

    title: str
    citation: str
    groups: tuple[str, ...]
    sizes: tuple[int, ...]
    conventions: tuple[Conventions, ...]
    median: Mapping[str, Summary]
    observed: Mapping[str, Summary]
    events: Mapping[str, Summary]
    comparisons: tuple[Comparison, ...]
    categorical: tuple[Categorical, ...]
    continuous: tuple[Continuous, ...]
    response: Response | None
    stopped: Mapping[str, int]
    records: Entry | None
    file: str
