"""From a study and its records to the cohort: who is in, who is not and why, in which group, from when."""

from collections.abc import Callable

import polars as pl

from sequela.errors import NotEstimableError, Problem, StudyError
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.partitions import partitions
from sequela.study.clock import Answers, ClockGuard, candidates, guard_clock
from sequela.study.contradictions import contradictions, criteria_of, moments_of, received_criteria
from sequela.study.criteria import evaluate
from sequela.study.grammar import Model
from sequela.study.history import histories
from sequela.study.names import OTHERWISE, Names
from sequela.study.phrases import Moment, Refusal
from sequela.study.spec import EVERYONE, Study


@frozen
class FlowStep:
    """One step from everyone in the records to the cohort.

    Attributes
    ----------
    label : str
        The criterion in words.
    before, excluded, undecidable, after : int
        Patients: `before == excluded + undecidable + after`.
    """

    label: str
    before: int
    excluded: int
    undecidable: int
    after: int

    @property
    def reason(self) -> str:
        """Return who left, in words; empty where nobody did."""
        parts = [f"not met {self.excluded}"] if self.excluded else []
        parts += [f"not decidable {self.undecidable}"] if self.undecidable else []
        return f"excluded: {', '.join(parts)}" if parts else ""


@frozen
class Cohort:
    """The patients of a study.

    Attributes
    ----------
    patients : DataFrame
        patient_id, time_zero (day), group, row (of the event that is time zero), entry (the day
        of the last event the patient had to live to), admitted (of the last one of the population or of
        observation), group_known (of the last one of the group); time zero where none came later. By patient.
    groups : tuple of str
        In the order of the study file.
    reference : str
        Empty where nothing is compared.
    flow : tuple of FlowStep
    guard : ClockGuard
    cautions : tuple of str
        What a reader must know, a sentence each.
    """

    patients: pl.DataFrame
    groups: tuple[str, ...]
    reference: str
    flow: tuple[FlowStep, ...]
    guard: ClockGuard
    cautions: tuple[str, ...] = ()

    @property
    def groups_known_late(self) -> int:
        """Return how many patients were put into their group only after they had come into the cohort."""
        return int((self.patients["group_known"] > self.patients["admitted"]).sum())


def build_cohort(study: Study, records: Records) -> Cohort:
    """Find time zero, apply the criteria in order, and divide the patients into groups.

    Raises
    ------
    StudyError
        Where the study contradicts itself, names a drug nobody knows, or its groups overlap.
    NotEstimableError
        Where nobody is left, or a group is empty.
    """
    _check(study, records)
    return _grouped(study, records, _asked(study, records))


def membership(study: Study, records: Records) -> pl.DataFrame:
    """Return patient_id, day (time zero) and group of the patients of a study, who may be none.

    As `build_cohort`, for comparisons of one study under several definitions: a step or a group
    without patients is no error.

    Raises
    ------
    StudyError
        Where the study contradicts itself, names a drug nobody knows, or its groups overlap.
    """
    asked, kept = _eligible(study, records)
    if not study.groups:
        return kept.select("patient_id", "day", pl.lit(EVERYONE).alias("group"))
    division = _division(study, asked)
    members = kept.drop("holds").join(division.filter(pl.col("holds")), on="patient_id", how="inner")
    return members.select("patient_id", "day", "group").sort("patient_id")


def undecided(study: Study, records: Records) -> pl.DataFrame:
    """Return patient_id and day (time zero) of those who meet every criterion and whose group is not decidable.

    Raises
    ------
    StudyError
        Where the study contradicts itself, names a drug nobody knows, or its groups overlap.
    """
    asked, kept = _eligible(study, records)
    if not study.groups:
        return kept.select("patient_id", "day").clear()
    unknown = _division(study, asked).filter(pl.col("holds").is_null())
    return kept.join(unknown, on="patient_id", how="semi").select("patient_id", "day").sort("patient_id")


@frozen
class _Asked:
    """What the records say of every criterion.

    Attributes
    ----------
    found : DataFrame
        Of `candidates`.
    population, groups : tuple of (criterion, DataFrame)
        What `evaluate` answered, of the patients kept so far.
    """

    found: pl.DataFrame
    population: Answers
    groups: Answers


def _asked(study: Study, records: Records) -> _Asked:
    """Ask every criterion of one partition of patients after the other."""
    parts = [_compact(_asked_of(study, part)) for _, part in partitions(records)]

    def together(answers: list[Answers]) -> Answers:
        return tuple((of[0][0], _stacked([answer for _, answer in of])) for of in zip(*answers, strict=True))

    return _Asked(
        _stacked([part.found for part in parts]),
        together([part.population for part in parts]),
        together([part.groups for part in parts]),
    )


def _stacked(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames, how="vertical_relaxed") if len(frames) > 1 else frames[0]


def _compact(part: _Asked) -> _Asked:
    """Return what was asked without the texts of the rows it was gathered from, which its own texts keep alive."""

    def compact(answers: Answers) -> Answers:
        return tuple((criterion, answer.shrink_to_fit()) for criterion, answer in answers)

    return _Asked(part.found.shrink_to_fit(), compact(part.population), compact(part.groups))


def _asked_of(study: Study, records: Records) -> _Asked:
    """Ask the criteria of the population one by one, and those of the groups of who is left."""
    everyone = records.table("patients").select("patient_id").unique().sort("patient_id")
    nobody_yet = everyone.with_columns(pl.lit(None, dtype=pl.Int32).alias("day"))
    context = histories(study, records, nobody_yet)
    found = candidates(study, context)
    kept = found.filter(pl.col("holds"))
    answers: list[tuple[Model, pl.DataFrame]] = []
    for criterion in study.population:
        answers.append((criterion, evaluate(criterion, context.asking(kept))))
        kept = _still(kept, answers[-1][1])
    rules = [rule for rule in study.groups.values() if isinstance(rule, Model)]
    of_groups = tuple((rule, evaluate(rule, context.asking(kept))) for rule in rules)
    return _Asked(found, tuple(answers), of_groups)


def _still(kept: pl.DataFrame, answer: pl.DataFrame) -> pl.DataFrame:
    """Return the patients who also meet another criterion."""
    return kept.join(answer.filter(pl.col("holds")), on="patient_id", how="semi", maintain_order="left")


def _eligible(study: Study, records: Records) -> tuple[_Asked, pl.DataFrame]:
    """Return what the records say, and who meets every criterion of the population; they may be none."""
    _check(study, records)
    asked = _asked(study, records)
    kept, _ = _selected(study, asked, lambda step: None)
    return asked, kept


def _selected(
    study: Study, asked: _Asked, refuse: Callable[[FlowStep], None]
) -> tuple[pl.DataFrame, tuple[FlowStep, ...]]:
    """Apply the criteria of the population one by one."""
    window = f" {study.accrual}" if study.accrual else ""
    flow = [_step(f"{study.time_zero}{window}", asked.found)]
    refuse(flow[-1])
    kept = asked.found.filter(pl.col("holds"))
    for criterion, answer in asked.population:
        flow.append(_step(str(criterion), answer))
        refuse(flow[-1])
        kept = _still(kept, answer)
    return kept, tuple(flow)


def _check(study: Study, records: Records) -> None:
    """Refuse contradictions and unknown drugs of a study that was written in Python."""
    problems = [refusal for _, refusal in contradictions(study)]
    names = Names(records.drugs)
    moments = [study.time_zero]
    for _, criterion in criteria_of(study):
        for received, _ in received_criteria(criterion):
            moments += moments_of(received)
            problems += [refusal for name in received.received if (refusal := _refusal(names, name))]
    problems += [refusal for moment in moments if (refusal := _refusal(names, moment))]
    if problems:
        raise StudyError([Problem("study", p.found, p.expected, p.remedy) for p in problems])


def _refusal(names: Names, asked: str | Moment) -> Refusal | None:
    try:
        names.moment(asked) if isinstance(asked, Moment) else names.drug(asked)
    except Refusal as refusal:
        return refusal
    return None


def _step(label: str, answer: pl.DataFrame) -> FlowStep:
    holds = answer["holds"]
    return FlowStep(label, len(holds), int((~holds).sum()), holds.null_count(), int(holds.sum()))


def _refuse_empty(step: FlowStep) -> None:
    if not step.before:
        remedy = "Look at what was refused: `sequela check` with the study file lists it."
        raise NotEstimableError(Problem("records", "no patient is left in them", "at least one patient", remedy))
    if not step.after:
        found = f"nobody is left: of {step.before} patients {step.excluded} did not meet this"
        found += f" and {step.undecidable} could not be decided" if step.undecidable else ""
        remedy = "Look at the criterion, and at what the records hold for it."
        raise NotEstimableError(Problem(f"step '{step.label}'", found, remedy=remedy))


def _grouped(study: Study, records: Records, asked: _Asked) -> Cohort:
    kept, flow = _selected(study, asked, _refuse_empty)
    groups = tuple(study.groups) or (EVERYONE,)
    patients = kept.with_columns(pl.lit(EVERYONE).alias("group"))
    if study.groups:
        division = _division(study, asked)
        step = _step("in one of the groups", division)
        flow = (*flow, step)
        patients = kept.drop("holds").join(division, on="patient_id", how="left", maintain_order="left")
        patients = patients.filter(pl.col("holds"))
        _refuse_empty(step)
        _refuse_empty_groups(patients, groups)
    patients = patients.select("patient_id", pl.col("day").alias("time_zero"), "group", "row").sort("patient_id")
    guard, entered = guard_clock(study, records, patients, groups, asked.population, asked.groups)
    patients = pl.concat([patients, entered], how="horizontal")
    return Cohort(patients, groups, study.reference, flow, guard, _cautions(study, patients))


def _division(study: Study, asked: _Asked) -> pl.DataFrame:
    """Return patient_id, holds, group of the patients asked about."""
    names = [name for name, rule in study.groups.items() if isinstance(rule, Model)]
    by_group = {name: answer for name, (_, answer) in zip(names, asked.groups, strict=True)}
    otherwise = next((name for name in study.groups if study.groups[name] == OTHERWISE), None)
    return _divide(by_group, otherwise)


def _patients_are(count: int) -> str:
    return "1 patient is" if count == 1 else f"{count} patients are"


def _divide(by_group: dict[str, pl.DataFrame], otherwise: str | None) -> pl.DataFrame:
    """Return patient_id, holds, group; refuse groups that share a patient."""
    first = next(iter(by_group.values()))
    table = first.select("patient_id").with_columns(answer["holds"].alias(name) for name, answer in by_group.items())
    overlaps = [
        f"{_patients_are(int(both.sum()))} both '{a}' and '{b}'"
        for i, a in enumerate(by_group)
        for b in list(by_group)[i + 1 :]
        if (both := table[a] & table[b]).sum()
    ]
    if overlaps:
        remedy = "Exclude one from the other, for example with 'not:'."
        raise StudyError([Problem("groups", found, "groups that share nobody", remedy) for found in overlaps])
    holds = [pl.col(name) for name in by_group]
    yes, unknown = (
        pl.any_horizontal(h.fill_null(value=False) for h in holds),
        pl.any_horizontal(h.is_null() for h in holds),
    )
    chosen = pl.coalesce(pl.when(pl.col(name)).then(pl.lit(name)) for name in by_group)
    rest = pl.lit(otherwise) if otherwise else pl.lit(None, dtype=pl.String)
    decided = pl.when(unknown).then(None).otherwise(yes | pl.lit(otherwise is not None))
    return table.select("patient_id", decided.alias("holds"), pl.coalesce(chosen, rest).alias("group"))


def _refuse_empty_groups(patients: pl.DataFrame, groups: tuple[str, ...]) -> None:
    present = set(patients["group"])
    empty = [
        Problem(f"group '{group}'", f"none of the {len(patients)} patients is in it", "at least one patient")
        for group in groups
        if group not in present
    ]
    if empty:
        raise NotEstimableError(empty)


def _cautions(study: Study, patients: pl.DataFrame) -> tuple[str, ...]:
    sizes = dict(patients["group"].value_counts().iter_rows())
    alone = [f"The group '{name}' is one patient." for name in study.groups if sizes[name] == 1]
    ahead = []
    for _, criterion in criteria_of(study):
        for received, negated in received_criteria(criterion):
            if negated and received.before is None and received.within is None:
                ahead.append(
                    f"'{criterion}' also looks at what happened after time zero: patients are left out by "
                    "their future. Add 'before: time zero' unless this is meant."
                )
    return (*alone, *dict.fromkeys(ahead))
