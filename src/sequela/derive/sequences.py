"""What came before a drug, and the sequence groups drawn from it.

A definition of sequence groups is data: an index drug, an earlier drug, and for each group
the conditions that put a patient into it. What the records cannot decide stays null.
"""

from dataclasses import replace
from functools import reduce

import polars as pl

from sequela.derive.administrations import administrations
from sequela.derive.lines import lines_of_therapy
from sequela.derive.rules import BREAST, LineRules
from sequela.derive.stops import ASSUMED_PROGRESSION, PROGRESSION, UNKNOWN, reasons_stopped
from sequela.frozen import frozen
from sequela.records.bundle import Records

NEVER, EARLY_ONLY, FIRST_LINE, LATER_LINE = "never", "early only", "first line", "later line"
"""Where a drug was given before a day."""


@frozen
class SequenceGroup:
    """The conditions of one group; one that is None is not asked.

    Attributes
    ----------
    name : str
        As printed.
    lines : (int, int or None), optional
        First and last line number in which the index drug may begin; None for no last one.
    first_line : bool, optional
        Whether the earlier drug was given in the first line.
    received : bool, optional
        Whether the earlier drug was given at all before the index drug, early setting included.
    within_days : int, optional
        Days before the index drug within which the earlier drug must have been given last.
    stopped : str, optional
        Why the earlier drug was last stopped.
    """

    name: str
    lines: tuple[int, int | None] | None = None
    first_line: bool | None = None
    received: bool | None = None
    within_days: int | None = None
    stopped: str | None = None


@frozen
class SequenceGroups:
    """A definition of sequence groups.

    Attributes
    ----------
    name : str
        As a study file spells it.
    meaning : str
    index, earlier : str
        The drug that is reached, and the drug that may have come before it (ingredients).
    groups : tuple of SequenceGroup
        Disjoint.
    citation : str
    early_index : bool
        Whether a patient who had the index drug in the early setting before may be in a group.
    """

    name: str
    meaning: str
    index: str
    earlier: str
    groups: tuple[SequenceGroup, ...]
    citation: str
    early_index: bool = False

    def group_named(self, name: str) -> SequenceGroup | None:
        """Return the group of that name, or of what stands before its colon; None where there is none."""
        for group in self.groups:
            short = group.name.split(":")[0]
            if name.strip().lower() in (group.name.lower(), short.lower(), short.lower().removeprefix("group ")):
                return group
        return None

    def words(self, name: str) -> str:
        """Return the conditions of a group in words."""
        group = self.group_named(name)
        if group is None:
            raise KeyError(name)
        parts = [f"{self.index} begun in {_line_words(*group.lines)}"] if group.lines else []
        parts += [f"{_no(group.first_line)}{self.earlier} in the first line"] if group.first_line is not None else []
        parts += [f"{_no(group.received)}{self.earlier} before {self.index}"] if group.received is not None else []
        parts += [f"last given within {group.within_days} days before it"] if group.within_days is not None else []
        parts += [f"stopped for {group.stopped}"] if group.stopped else []
        return ", ".join(parts)


def _no(wanted: bool) -> str:
    return "" if wanted else "no "


def _line_words(low: int, high: int | None) -> str:
    if high is None:
        return f"line {low} or later"
    return f"line {low}" if low == high else f"lines {low} to {high}"


_TDM1, _PERTUZUMAB = "trastuzumab emtansine", "pertuzumab"

SEPHER = SequenceGroups(
    name="sepher_2020",
    meaning="pertuzumab in the first line or not, and the line in which trastuzumab emtansine began",
    index=_TDM1,
    earlier=_PERTUZUMAB,
    groups=(
        SequenceGroup("Group 1: no pertuzumab, line 2", lines=(2, 2), first_line=False),
        SequenceGroup("Group 2: no pertuzumab, line 3+", lines=(3, None), first_line=False),
        SequenceGroup("Group 3: pertuzumab, line 2", lines=(2, 2), first_line=True),
        SequenceGroup("Group 4: pertuzumab, line 3+", lines=(3, None), first_line=True),
        SequenceGroup("Group 5: line 1", lines=(1, 1)),
    ),
    citation="Bon 2020 (SePHER), doi:10.1186/s13046-020-01797-3",
)
SEPHER_WITH_ADJUVANT = replace(
    SEPHER,
    name="sepher_2020_with_adjuvant",
    meaning=f"{SEPHER.meaning}; earlier adjuvant trastuzumab emtansine does not exclude",
    early_index=True,
)
RESISTANCE = SequenceGroups(
    name="pertuzumab_resistance",
    meaning="progression on first-line pertuzumab shortly before trastuzumab emtansine, or pertuzumab never",
    index=_TDM1,
    earlier=_PERTUZUMAB,
    groups=(
        SequenceGroup("Progression on pertuzumab", first_line=True, within_days=90, stopped=PROGRESSION),
        SequenceGroup("Never pertuzumab", received=False),
    ),
    citation="expert default",
)
SEQUENCES: dict[str, SequenceGroups] = {
    definition.name: definition for definition in (SEPHER, SEPHER_WITH_ADJUVANT, RESISTANCE)
}
"""Every definition of sequence groups, by the name a study file gives it."""


def is_given(drug: str) -> pl.Expr:
    """Return whether a row of `administrations` is of that ingredient, class or modality."""
    return (pl.col("ingredient") == drug) | (pl.col("drug_class") == drug) | (pl.col("modality") == drug)


def is_unknown_drug() -> pl.Expr:
    """Return whether a row of `administrations` could be any drug: an unknown name, or a trial's own drug."""
    return ~pl.col("known") | (pl.col("modality") == "investigational")


def prior_exposure(records: Records, drug: str, at: pl.DataFrame, rules: LineRules = BREAST) -> pl.DataFrame:
    """Return what is known of a drug before a day.

    Parameters
    ----------
    records : Records
    drug : str
        Ingredient, class or modality, as the vocabulary spells it.
    at : DataFrame
        patient_id, day. Where the day is null everything is.
    rules : LineRules

    Returns
    -------
    DataFrame
        In the order of `at`: patient_id, then whether the drug was given before the day (an
        early course without a date was): received (at all), any_line (in a palliative line, one
        that is not counted included), first_line, early, early_only (Boolean; null where an unknown drug, a refused row
        or a partial date leaves it open); last_day (last day under it, the day itself at the
        latest), interval (days from then to the day asked about, 0 while it goes on), duration
        (days covered by it), stopped (why the spell given last ended, see
        `stops.reasons_stopped`), row (`exposures:12`, of the course given last); null where it
        was not given or not dated. incomplete (Boolean): the history before the day has an
        unknown drug or a refused row.
    """
    lines = lines_of_therapy(records, rules)
    prior = _prior(records, drug, at, lines)
    stops = reasons_stopped(records, at, rules).with_columns(pl.format("exposures:{}", "row").alias("row"))
    key = ["patient_id", "ingredient", "row"]
    stops = stops.select(*key, "stopped").unique(key)
    found = prior.join(stops, on=key, how="left", maintain_order="left")
    answered = ("received", "any_line", "first_line", "early", "early_only")
    return found.select("patient_id", *answered, "last_day", "interval", "duration", "stopped", "row", "incomplete")


def _prior(records: Records, drug: str, at: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return what is known of a drug before a day but why it was stopped; `ingredient` is of the course in `row`."""
    given = _before(records, at, lines)
    taken = given.filter(is_given(drug))
    answers = _whether(given, drug, _lost(records), at)
    last = taken.filter(pl.col("start").is_not_null())
    last = last.sort("patient_id", "until", "start", "row").unique("patient_id", keep="last", maintain_order=True)
    last = last.select("patient_id", "ingredient", pl.col("until").alias("last_day"), pl.col("source").alias("row"))
    found = answers.join(last, on="patient_id", how="left", maintain_order="left")
    found = found.join(covered_days(taken), on="patient_id", how="left", maintain_order="left")
    return found.with_columns((pl.col("asked") - pl.col("last_day")).alias("interval"))


def _lost(records: Records) -> list[str]:
    return records.incomplete_patients("exposures").unique().sort().to_list()


def _before(records: Records, at: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the administrations that began, or may have begun, before the day, with their line.

    `certain` is false where the partial date of a start may also mean the day or a later one.
    """
    member = lines.select("patient_id", "line", pl.col("rows").alias("source")).explode("source")
    partial = records.imputations.filter((pl.col("table") == "exposures") & (pl.col("column") == "start"))
    bounds = partial.select("row", "earliest", "latest").unique("row")
    rows = administrations(records).join(at.select("patient_id", pl.col("day").alias("asked")), on="patient_id")
    rows = rows.with_columns(pl.format("exposures:{}", "row").alias("source")).join(bounds, on="row", how="left")
    rows = rows.join(member.unique(("patient_id", "source")), on=("patient_id", "source"), how="left")
    undated = pl.col("start").is_null() & pl.col("asked").is_not_null()
    possible = undated | (pl.coalesce("earliest", "start") < pl.col("asked"))
    return rows.filter(possible).with_columns(
        (undated | (pl.coalesce("latest", "start") < pl.col("asked"))).alias("certain"),
        pl.min_horizontal(pl.coalesce("stop", "start"), "asked").alias("until"),
    )


def _whether(given: pl.DataFrame, drug: str, lost: list[str], at: pl.DataFrame) -> pl.DataFrame:
    """Say of each place whether the drug was given there: yes, no, or null where it may have been."""
    places = {
        "received": pl.lit(value=True),
        "any_line": pl.col("line").is_not_null(),
        "first_line": pl.col("line") == 1,
        "early": pl.col("line").is_null(),
    }
    rows = given.with_columns(is_given(drug).alias("is"), is_unknown_drug().alias("may"))
    sure, open_ = pl.col("is") & pl.col("certain"), pl.col("is") | pl.col("may")
    found = rows.group_by("patient_id").agg(
        *((sure & place).any().alias(f"{name} sure") for name, place in places.items()),
        *((open_ & place).any().alias(f"{name} open") for name, place in places.items()),
        pl.col("may").any().alias("unknown drug"),
    )
    asked = at.select("patient_id", pl.col("day").alias("asked"))
    found = asked.join(found, on="patient_id", how="left", maintain_order="left")
    known = pl.col("asked").is_not_null()
    hole = pl.col("patient_id").is_in(lost)
    found = found.with_columns(
        pl.when(pl.col(f"{name} sure").fill_null(value=False))
        .then(pl.lit(value=True))
        .when(known & ~hole & ~pl.col(f"{name} open").fill_null(value=False))
        .then(pl.lit(value=False))
        .alias(name)
        for name in places
    )
    early_only = (pl.col("early") & ~pl.col("any_line")).alias("early_only")
    incomplete = (hole | pl.col("unknown drug").fill_null(value=False)).alias("incomplete")
    return found.select("patient_id", "asked", *places, early_only, incomplete)


def covered_days(given: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id, duration (days covered by at least one dated course up to its `until`), first (its row)."""
    courses = given.filter(pl.col("start").is_not_null() & pl.col("until").is_not_null())
    courses = courses.sort("patient_id", "start", "until")
    reached = pl.col("until").cum_max().shift(1).over("patient_id")
    fresh = pl.max_horizontal("start", reached.fill_null(pl.col("start")))
    covered = pl.max_horizontal(pl.col("until") - fresh, pl.lit(0)).alias("covered")
    by_patient = courses.with_columns(covered).group_by("patient_id", maintain_order=True)
    return by_patient.agg(pl.col("covered").sum().alias("duration"), pl.col("source").first().alias("first"))


def sequence_groups(
    records: Records,
    definition: SequenceGroups,
    at: pl.DataFrame,
    rules: LineRules = BREAST,
    lines: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the sequence group of each patient, and what the groups do not show.

    The index drug counts from its first course in a line for metastatic disease. A patient who
    had it in the early setting belongs to no group.

    Parameters
    ----------
    records : Records
    definition : SequenceGroups
    at : DataFrame
        patient_id, day: an index drug begun after that day is not seen. Null: nothing is seen.
    rules : LineRules
    lines : DataFrame, optional
        The lines under these rules, where they are known already.

    Returns
    -------
    DataFrame
        In the order of `at`: patient_id; group (null where none); decided (Boolean: false where
        the records leave the group open); index_day, index_line (Int32), row (of the index drug);
        earlier_before (the earlier drug at any time before the index drug), earlier_early_only,
        index_early (the index drug in the early setting before) (Boolean, null where open);
        index_lines (Int32: palliative lines begun up to the day that hold the index drug); and
        one Boolean column per group, by its name, null where open.
    """
    lines = lines_of_therapy(records, rules) if lines is None else lines
    index = _index(records, definition.index, at, lines)
    day = index.select("patient_id", pl.col("index_day").alias("day"))
    if any(group.stopped for group in definition.groups):
        prior = prior_exposure(records, definition.earlier, day, rules).drop("row")
    else:
        prior = _prior(records, definition.earlier, day, lines).drop("row")
    again = _prior(records, definition.index, day, lines)
    table = index.join(prior, on="patient_id", how="left", maintain_order="left").with_columns(
        again["early"].alias("index_early")
    )
    table = table.with_columns(pl.col("patient_id").is_in(_lost(records)).alias("hole"))
    allowed = pl.lit(value=True) if definition.early_index else ~pl.col("index_early")
    answers = table.with_columns((_holds(group) & allowed).alias(group.name) for group in definition.groups)
    return _summed(answers, definition)


def _summed(answers: pl.DataFrame, definition: SequenceGroups) -> pl.DataFrame:
    names = [group.name for group in definition.groups]
    chosen = pl.coalesce(pl.when(pl.col(name)).then(pl.lit(name)) for name in names)
    some_open = pl.any_horizontal(pl.col(name).is_null() for name in names)
    return answers.select(
        "patient_id",
        chosen.alias("group"),
        (chosen.is_not_null() | ~some_open).alias("decided"),
        "index_day",
        "index_line",
        "row",
        pl.col("received").alias("earlier_before"),
        pl.col("early_only").alias("earlier_early_only"),
        "index_early",
        "index_lines",
        *names,
    )


def _index(records: Records, drug: str, at: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return when and in which line the index drug began, and lines in which it may have begun earlier."""
    member = lines.select("patient_id", "line", pl.col("rows").alias("source")).explode("source")
    rows = administrations(records).with_columns(pl.format("exposures:{}", "row").alias("source"))
    rows = rows.join(member.unique(("patient_id", "source")), on=("patient_id", "source"), how="inner")
    rows = rows.join(at.select("patient_id", pl.col("day").alias("asked")), on="patient_id")
    rows = rows.filter(pl.col("start") <= pl.col("asked")).sort("patient_id", "start", "row")
    index = (
        rows.filter(is_given(drug))
        .group_by("patient_id", maintain_order=True)
        .agg(
            pl.col("start").first().alias("index_day"),
            pl.col("line").first().alias("index_line"),
            pl.col("source").first().alias("row"),
            pl.col("line").n_unique().cast(pl.Int32).alias("index_lines"),
        )
    )
    unknown = rows.filter(is_unknown_drug()).select("patient_id", "start", pl.col("line").alias("may"))
    unknown = unknown.join(index.select("patient_id", "index_day"), on="patient_id", how="left")
    unknown = unknown.filter(pl.col("index_day").is_null() | (pl.col("start") < pl.col("index_day")))
    may = unknown.group_by("patient_id").agg(pl.col("may").unique().sort())
    found = at.select("patient_id").join(index, on="patient_id", how="left", maintain_order="left")
    found = found.join(may, on="patient_id", how="left", maintain_order="left")
    nowhere = pl.lit([], dtype=pl.List(pl.Int32))
    return found.with_columns(pl.col("may").fill_null(nowhere), pl.col("index_lines").fill_null(0))


def _holds(group: SequenceGroup) -> pl.Expr:
    """Return whether a patient is in a group, by Kleene's logic."""
    parts = [_in_lines(group.lines)]
    if group.first_line is not None:
        parts.append(pl.col("first_line") == group.first_line)
    if group.received is not None:
        parts.append(pl.col("received") == group.received)
    if group.within_days is not None:
        parts.append(_given_within(group.within_days))
    if group.stopped is not None:
        parts.append(_stopped_for(group.stopped))
    return reduce(pl.Expr.and_, parts)


def _in_lines(lines: tuple[int, int | None] | None) -> pl.Expr:
    """Return whether the index drug began in these lines; an unknown drug before it may have been it."""

    def inside(number: pl.Expr) -> pl.Expr:
        if lines is None:
            return number.is_not_null()
        low, high = lines
        return number >= low if high is None else number.is_between(low, high)

    began = inside(pl.col("index_line")).fill_null(value=False)
    possible = pl.col("may").list.eval(inside(pl.element()))
    certain = began & possible.list.all() & ~pl.col("hole")
    maybe = began | possible.list.any() | pl.col("hole")
    return pl.when(certain).then(pl.lit(value=True)).when(~maybe).then(pl.lit(value=False))


def _given_within(days: int) -> pl.Expr:
    """Return whether the earlier drug was last given this shortly before the index drug."""
    near = (pl.col("interval") <= days).fill_null(value=False)
    return pl.when(near).then(pl.lit(value=True)).when(~pl.col("incomplete")).then(pl.lit(value=False))


def _stopped_for(reason: str) -> pl.Expr:
    """Return whether the earlier drug was last stopped for this reason; an assumed one decides nothing."""
    open_ = pl.col("stopped").is_in([UNKNOWN, ASSUMED_PROGRESSION]).fill_null(value=False) | pl.col("incomplete")
    undated = pl.col("stopped").is_null() & pl.col("received").fill_null(value=True)
    holds = pl.when(pl.col("stopped") == reason).then(pl.lit(value=True))
    return holds.when(~open_ & ~undated).then(pl.lit(value=False))
