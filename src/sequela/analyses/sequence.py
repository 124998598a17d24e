"""From line to line: what patients were given next, who died, who was still treated, and who was not seen again."""

from typing import Literal

import polars as pl

from sequela.analyses.characteristics import EVERYONE
from sequela.analyses.results import Sequence, Transition
from sequela.analyses.tidy import Row, row, tidy
from sequela.derive.covariate import DEFAULT_DEFINITIONS, Definitions
from sequela.derive.lines import columns_of_lines
from sequela.records.bundle import Records
from sequela.records.drugs import DrugVocabulary
from sequela.study.cohort import Cohort

DIED, STILL_ON, UNTREATED, FURTHER = (
    "died",
    "still on it at the end of the records",
    "alive without a further line",
    "a further line",
)
ENDS = (FURTHER, STILL_ON, UNTREATED, DIED)
"""What a line may lead to beside the next line that is shown, in printed order."""

NO_LINE = "no line"
"""Patients without any line for metastatic disease."""

BROAD = {"cytotoxic": "chemotherapy", "endocrine": "endocrine therapy"}
"""Modalities whose classes are not told apart in the class of a regimen."""

MEANING = {
    "class": "A treatment is named by the classes of its drugs: cytotoxic drugs are chemotherapy, “×2” is two drugs of "
    "a class.",
    "regimen": "A regimen names the drugs that define the line.",
}


def sequence(
    cohort: Cohort,
    records: Records,
    lines: int = 4,
    by: Literal["class", "regimen"] = "class",
    definitions: Definitions = DEFAULT_DEFINITIONS,
) -> Sequence:
    """Count the transitions between the lines of each patient of the cohort.

    Lines are those for metastatic disease, from the first to the last in the records, wherever
    time zero lies; `lines` of them are shown. Every patient of a line goes somewhere: to a treatment of the
    next line, or to one of `ENDS`. A line without a next one is still on where it had not run out
    at the last contact; death comes before that.

    Parameters
    ----------
    cohort : Cohort
    records : Records
    lines : int
    by : {"class", "regimen"}
        What treatments are told apart by.
    definitions : Definitions
    """
    steps = _steps(cohort, records, by, definitions)
    shown = steps.filter(pl.col("line") <= lines)
    further = (pl.col("line") == lines) & ~pl.col("to").is_in(ENDS)
    shown = shown.with_columns(pl.when(further).then(pl.lit(FURTHER)).otherwise("to").alias("to"))
    groups = (*cohort.groups, EVERYONE)
    transitions = _counted(shown, cohort.groups)
    treated = set(steps["patient_id"])
    sizes = tuple(_size(cohort, group) for group in groups)
    without = tuple(_size(cohort, group, treated) for group in groups)
    rows = tidy(_rows(transitions, groups, sizes, without))
    return Sequence(groups, sizes, without, lines, MEANING[by], transitions, rows)


def _size(cohort: Cohort, group: str, without: set[str] | None = None) -> int:
    """Return how many patients a group has; with `without`, how many of them are not in it."""
    members = cohort.patients if group == EVERYONE else cohort.patients.filter(pl.col("group") == group)
    return len(members) if without is None else sum(name not in without for name in members["patient_id"])


def _steps(cohort: Cohort, records: Records, by: str, definitions: Definitions) -> pl.DataFrame:
    """Return one row per line of the cohort: patient_id, group, line, from, to."""
    found = columns_of_lines(records, definitions.line_rules, "patient_id", "line", "regimen", "stop")
    found = found.filter(pl.col("line") > 0)
    found = cohort.patients.select("patient_id", "group").join(found, on="patient_id", how="inner")
    ends = records.table("patients").select("patient_id", "death", "last_contact").unique("patient_id")
    found = found.join(ends, on="patient_id", how="left").sort("patient_id", "line")
    names = found["regimen"].unique().to_list()
    spoken = {name: _spoken(name, by, records.drugs) for name in names}
    found = found.with_columns(pl.col("regimen").replace_strict(spoken, return_dtype=pl.String).alias("from"))
    after = pl.col("from").shift(-1).over("patient_id")
    still = (pl.col("stop") >= pl.col("last_contact")).fill_null(value=False)
    last = (
        pl.when(pl.col("death").is_not_null())
        .then(pl.lit(DIED))
        .when(still)
        .then(pl.lit(STILL_ON))
        .otherwise(pl.lit(UNTREATED))
    )
    return found.select("patient_id", "group", "line", "from", pl.coalesce(after, last).alias("to"))


def _spoken(regimen: str, by: str, drugs: DrugVocabulary) -> str:
    return regimen if by == "regimen" else regimen_class(regimen, drugs)


def regimen_class(regimen: str, drugs: DrugVocabulary) -> str:
    """Return the class of a regimen: `HER2 antibody ×2 + chemotherapy`; an unknown drug is `unknown drug`."""
    counted: dict[str, int] = {}
    for name in regimen.split(" + "):
        what = drugs.ingredients.get(name)
        spoken = BROAD.get(what.modality, what.drug_class) if what else "unknown drug"
        counted[spoken] = counted.get(spoken, 0) + 1
    last = (*BROAD.values(), "unknown drug")
    ordered = sorted(counted, key=lambda name: (name in last, name.lower()))
    return " + ".join(_times(name, counted[name]) for name in ordered)


def _times(name: str, number: int) -> str:
    return name if number == 1 or name in BROAD.values() else f"{name} ×{number}"


def _counted(steps: pl.DataFrame, groups: tuple[str, ...]) -> tuple[Transition, ...]:
    """Return the counts of each transition, by line; treatments by how many had them, ends last."""
    counts = [pl.col("group").eq(group).sum().alias(f"in {number}") for number, group in enumerate(groups)]
    table = steps.group_by("line", "from", "to").agg(*counts, pl.len().alias("all"))
    table = table.with_columns(
        pl.col("all").sum().over("line", "from").alias("size"),
        pl.col("to").replace_strict({name: at for at, name in enumerate(ENDS)}, default=-1).alias("end"),
    )
    table = table.sort("line", "size", "from", "end", "all", "to", descending=[False, True, False, False, True, False])
    return tuple(
        Transition(line, source, target, tuple(int(number) for number in numbers))
        for line, source, target, *numbers in table.drop("size", "end").iter_rows()
    )


def _rows(
    transitions: tuple[Transition, ...], groups: tuple[str, ...], sizes: tuple[int, ...], without: tuple[int, ...]
) -> list[Row]:
    rows = [
        row("sequence", "count", number, variable=NO_LINE, group=group, n=size)
        for group, size, number in zip(groups, sizes, without, strict=True)
    ]
    begun: dict[tuple[int, str, str], int] = {}
    for step in transitions:
        for group, count in zip(groups, step.counts, strict=True):
            key = (step.line, step.source, group)
            begun[key] = begun.get(key, 0) + count
    for step in transitions:
        for group, count in zip(groups, step.counts, strict=True):
            place = {"variable": f"line {step.line}: {step.source}", "level": step.target, "group": group}
            rows.append(row("sequence", "count", count, **place, n=begun[step.line, step.source, group]))
    return rows


OTHER = "other treatments"


def condensed(result: Sequence, most: int) -> tuple[Transition, ...]:
    """Return the transitions with all but the treatments that most patients had drawn together as `OTHER`.

    Parameters
    ----------
    result : Sequence
    most : int
        Treatments to keep; one that would be drawn together alone keeps its name.
    """
    kept = set(treatments(result.transitions)[:most])
    if len(treatments(result.transitions)) == most + 1:
        return result.transitions

    def name(treatment: str) -> str:
        return treatment if treatment in kept or treatment in ENDS else OTHER

    sums: dict[tuple[int, str, str], tuple[int, ...]] = {}
    for step in result.transitions:
        key = (step.line, name(step.source), name(step.target))
        before = sums.get(key, (0,) * len(step.counts))
        sums[key] = tuple(a + b for a, b in zip(before, step.counts, strict=True))
    order = {treatment: place for place, treatment in enumerate((*treatments(result.transitions)[:most], OTHER, *ENDS))}
    places = sorted(sums, key=lambda key: (key[0], order[key[1]], order[key[2]]))
    return tuple(Transition(*key, sums[key]) for key in places)


def treatments(transitions: tuple[Transition, ...]) -> tuple[str, ...]:
    """Return the treatments, the one begun most often first; `OTHER` last."""
    begun: dict[str, int] = {}
    for step in transitions:
        begun[step.source] = begun.get(step.source, 0) + step.counts[-1]
    return tuple(sorted(begun, key=lambda name: (name == OTHER, -begun[name], name)))
