"""What a paper printed, table by table and sentence by sentence, as frozen values: the input of the checks."""

from collections.abc import Mapping
from dataclasses import field

from sequela.evidence.lengths_of_time import Length
from sequela.evidence.printed_cells import Cell
from sequela.evidence.rounding import Rounded
from sequela.frozen import frozen

Address = tuple[str, ...]
"""Table, row, level, column: as many as it takes. Without a column, the sum over the columns is meant."""

TABLE_TESTS = ("chi-square", "pearson", "yates", "fisher", "mid-p", "trend", "rank")
RATIO_KINDS = ("hazard", "odds", "risk")
SPREADS = ("range", "iqr", "ci", "sd", "se")
SYMMETRIC, LOG, ANY = "symmetric", "log", "any"
MEDIAN_INTERVALS = (ANY, SYMMETRIC)
WALD, PROFILE = "Wald", "profile likelihood"
RATIO_INTERVALS = (ANY, WALD, PROFILE)
NOT_NAMED = "not named"
RATIO_TESTS = (WALD, "likelihood ratio", NOT_NAMED)


@frozen
class Column:
    """A column of patients; `size` is None where the paper gives none."""

    name: str
    size: int | None


@frozen
class CountRow:
    """A characteristic printed as counts.

    Attributes
    ----------
    name : str
    levels : mapping of str to tuple of Cell
        One cell per column of the table.
    p : Cell or None
    test : str
        As the paper names it; empty where it names none.
    exclusive : bool
        A patient is in one level at most.
    complete : bool
        The levels cover everyone: nobody is unknown.
    cut : bool
        The levels were cut from a number, so that a p-value may be of the number itself.
    of : tuple of int
        Denominators of the percentages, where they are not the sizes of the columns.
    mark : str
        Footnote mark of the row.
    """

    name: str
    levels: Mapping[str, tuple[Cell, ...]]
    p: Cell | None = None
    test: str = ""
    exclusive: bool = True
    complete: bool = False
    cut: bool = False
    of: tuple[int, ...] = ()
    mark: str = ""


@frozen
class NumberRow:
    """A characteristic printed as a median or mean per column.

    Attributes
    ----------
    name : str
    kind : str
        "median" or "mean".
    cells : tuple of Cell
    spread : str
        What stands in brackets: one of `SPREADS`.
    everyone : Cell or None
        The same for all columns together.
    of : tuple of int
        Patients with a value per column, where they are not all.
    whole : bool
        Single values are whole numbers.
    p : Cell or None
    test, mark : str
    """

    name: str
    kind: str
    cells: tuple[Cell, ...]
    spread: str
    everyone: Cell | None = None
    of: tuple[int, ...] = ()
    whole: bool = False
    p: Cell | None = None
    test: str = ""
    mark: str = ""


@frozen
class Table:
    """A printed table.

    Attributes
    ----------
    name : str
    columns : tuple of Column
    rows : tuple of CountRow or NumberRow
    patients : int or None
        N as its title or legend prints it.
    test : str
        Named for the whole table; empty where none is.
    labels : tuple of str
        Row labels that should differ from each other.
    footnotes : mapping of str to str
        Mark to what stands under the table; empty where it was not transcribed.
    total : bool
        This is the column of all patients of the table of the same name before it.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[CountRow | NumberRow, ...]
    patients: int | None = None
    test: str = ""
    labels: tuple[str, ...] = ()
    footnotes: Mapping[str, str] = field(default_factory=dict)
    total: bool = False


@frozen
class Statement:
    """Something a sentence says.

    Attributes
    ----------
    where : str
        Page, section or line.
    says : str
        The printed words; "n of N (x%)" is read from them.
    is_ : Address
        The cell of a table that prints the same; may be empty.
    of : int or None
        N, where the words do not give it.
    """

    where: str
    says: str
    is_: Address = ()
    of: int | None = None


@frozen
class Ratio:
    """A hazard, odds or risk ratio.

    Attributes
    ----------
    where, name : str
    kind : str
        One of `RATIO_KINDS`.
    cell : Cell
        Ratio with its interval.
    p : Cell or None
        Of the model.
    p_test : str
        One of `RATIO_TESTS`.
    log_rank : Cell or None
        Log-rank p-value of the same comparison.
    groups : tuple of str
        The group and its reference.
    endpoint : str
    adjusted : bool
    patients, events : int or None
    counts : Address
        The row of counts the ratio is of, for odds and risk ratios.
    """

    where: str
    name: str
    kind: str
    cell: Cell
    p: Cell | None = None
    p_test: str = NOT_NAMED
    log_rank: Cell | None = None
    groups: tuple[str, ...] = ()
    endpoint: str = ""
    adjusted: bool = False
    patients: int | None = None
    events: int | None = None
    counts: Address = ()


@frozen
class Proportion:
    """A percentage with its confidence interval, such as a response rate.

    Attributes
    ----------
    where, name : str
    cell : Cell
        Per cent.
    count : int or None
    of : int
    """

    where: str
    name: str
    cell: Cell
    count: int | None
    of: int


@frozen
class Medians:
    """Median times to an event, with intervals.

    Attributes
    ----------
    where, endpoint : str
    groups : mapping of str to tuple of Cell
        One cell per stratum; the first is of everyone.
    strata : tuple of str
        Empty where there are none.
    pairs : mapping of pairs of groups to Cell
        Log-rank p-value of two groups, of the first column.
    longest : mapping of str to Cell
        Longest observed time per group.
    spread : str
        "ci" where an interval stands in brackets, otherwise "range" or "iqr".
    """

    where: str
    endpoint: str
    groups: Mapping[str, tuple[Cell, ...]]
    strata: tuple[str, ...] = ()
    pairs: Mapping[tuple[str, str], Cell] = field(default_factory=dict)
    longest: Mapping[str, Cell] = field(default_factory=dict)
    spread: str = "ci"


@frozen
class CurveGroup:
    """What is printed of one survival curve.

    Attributes
    ----------
    patients, events : int or None
        `patients` where they are not the group of that name.
    survival, at_risk : tuple of Cell
        One per time of the curve: per cent with limits, and patients at risk; empty where not printed.
    median : Cell or None
        Where it does not stand under `medians`.
    longest : Cell or None
        Longest observed time.
    """

    patients: int | None
    events: int | None
    survival: tuple[Cell, ...]
    at_risk: tuple[Cell, ...]
    median: Cell | None
    longest: Cell | None


@frozen
class Curve:
    """Points of the survival curves of one endpoint, at times in the unit of the paper's medians.

    `late_entry`: patients entered after time zero, so that numbers at risk may rise and say little about survival.
    """

    where: str
    endpoint: str
    times: tuple[Rounded, ...]
    groups: Mapping[str, CurveGroup]
    late_entry: bool = False


@frozen
class PersonTime:
    """Events and the person-time they were counted in.

    Attributes
    ----------
    where, name : str
    time : Length
        Person-time.
    events, patients : int or None
    rate : Cell or None
        Events per `per` units of person-time.
    per : float
    once : bool
        A patient has one event at most.
    mean, median, longest : Length or None
        Follow-up.
    """

    where: str
    name: str
    time: Length
    events: int | None
    patients: int | None
    rate: Cell | None
    per: float
    once: bool
    mean: Length | None
    median: Length | None
    longest: Length | None


@frozen
class Cut:
    """Levels cut from a number, and the median of the number in each column; `unit` of the medians, may be empty."""

    where: str
    levels: Address
    medians: tuple[Cell, ...]
    unit: str


@frozen
class Sum:
    """Parts that must add up to a total; `at_most`: that must not exceed it."""

    where: str
    parts: tuple[int | Address, ...]
    total: int | Address
    at_most: bool = False


@frozen
class Union:
    """Two overlapping properties a and b: those with either, both, exactly one, or neither."""

    where: str
    either: tuple[Address, Address]
    both: Address
    neither: Address
    one: Address = ()


@frozen
class Adjusted:
    """A p-value before and after adjustment for multiple comparisons."""

    where: str
    raw: Cell
    adjusted: Cell


@frozen
class Clocks:
    """Medians of one group from an earlier and a later start, and the median of what lies between."""

    where: str
    group: str
    earlier: Cell
    later: Cell
    between: Cell


@frozen
class Durations:
    """Texts that name one and the same length of time: "45 cycles of 3 weeks", "135 weeks"."""

    where: str
    texts: tuple[str, ...]


@frozen
class Repeated:
    """One quantity that several places print: place to the printed text."""

    what: str
    places: Mapping[str, str]


@frozen
class Reference:
    """A cited paper, as printed."""

    where: str
    text: str


@frozen
class PaperTables:
    """Everything one paper printed that can be checked.

    Attributes
    ----------
    title, citation, doi : str
    year : int or None
    patients : int or None
        Everyone.
    groups : mapping of str to int
        Disjoint; together they are everyone where `groups_are_everyone`.
    groups_are_everyone : bool
    median_intervals, ratio_intervals : str
        "any" where the paper neither says it nor names a program that leaves no choice.
    program : str
    significant : float
        Level below which the paper calls a p-value significant.
    level : float
        Of its confidence intervals.
    nr : str
        What NR means in the paper; empty where it does not say.
    """

    title: str
    citation: str
    doi: str
    year: int | None
    patients: int | None
    groups: Mapping[str, int]
    groups_are_everyone: bool
    median_intervals: str
    ratio_intervals: str
    program: str
    significant: float
    level: float
    nr: str
    tables: tuple[Table, ...]
    statements: tuple[Statement, ...]
    repeated: tuple[Repeated, ...]
    ratios: tuple[Ratio, ...]
    proportions: tuple[Proportion, ...]
    medians: tuple[Medians, ...]
    curves: tuple[Curve, ...]
    person_time: tuple[PersonTime, ...]
    cuts: tuple[Cut, ...]
    sums: tuple[Sum, ...]
    unions: tuple[Union, ...]
    adjusted: tuple[Adjusted, ...]
    clocks: tuple[Clocks, ...]
    durations: tuple[Durations, ...]
    endpoints: tuple[str, ...]
    references: tuple[Reference, ...]
    file: str
