"""Which results of a register may stand in one pool: one clock, one comparison, one per set of shared patients."""

from collections.abc import Iterable, Sequence

from sequela.errors import Problem, UsageError
from sequela.evidence.readings import HAZARD_RATIO, MEDIAN, SHARE, Reading, readings
from sequela.evidence.register import GROUP, NOT_STATED, SHARE_ENDPOINTS, SURVIVAL_ENDPOINTS, Register, Result
from sequela.frozen import frozen

OF_MEDIANS = ".median"
QUESTIONS = (*SURVIVAL_ENDPOINTS, *(f"{name}{OF_MEDIANS}" for name in SURVIVAL_ENDPOINTS), *SHARE_ENDPOINTS)
"""What can be pooled: hazard ratios by endpoint, medians of the group, shares of patients."""


@frozen
class Candidate:
    """A result that can be pooled.

    Attributes
    ----------
    result : Result
    readings : tuple of Reading
        Empty for a share of patients, which is pooled by its counts.
    """

    result: Result
    readings: tuple[Reading, ...]

    @property
    def reading(self) -> Reading:
        """The preferred reading."""
        return self.readings[0]

    @property
    def size(self) -> int:
        """Patients, as far as printed."""
        return sum(self.result.patients.values()) or sum(total for _, total in self.result.count.values())


@frozen
class LeftOut:
    """A result of the endpoint that is not in the pool.

    Attributes
    ----------
    result : Result
    reason : str
    candidate : Candidate or None
        Where it could have stood in place of another.
    """

    result: Result
    reason: str
    candidate: Candidate | None = None


@frozen
class Selection:
    """What is pooled, and what is not, and why.

    Attributes
    ----------
    endpoint, measure, clock, comparison : str
    chosen : tuple of Candidate
    left_out : tuple of LeftOut
    """

    endpoint: str
    measure: str
    clock: str
    comparison: str
    chosen: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]


def select(register: Register, question: str, *, clock: str = "", prefer: Sequence[str] = ()) -> Selection:
    """Choose one result per set of shared patients.

    Within a study: an adjusted ratio before a crude one, a ratio before a p-value, a p-value
    before medians. Between studies that may share patients: one that needs no assumption before
    one that does, then the one with most patients, then the one with the smallest standard
    error; `prefer` names studies that go first. Results without a stated clock are never pooled.

    Parameters
    ----------
    register : Register
    question : str
        One of `QUESTIONS`.
    clock : str
        Needed where the results of the endpoint count time from different days.
    prefer : sequence of str
        Keys of studies.

    Raises
    ------
    UsageError
        A question that is not known; two clocks and none chosen; a preferred study that is not there
        or has nothing to pool.
    """
    endpoint, measure = _question(question)
    _check_names(register, prefer)
    own, left = _of_comparison(register, endpoint)
    clock = _clock_of(own, clock) if endpoint in SURVIVAL_ENDPOINTS else ""
    candidates = []
    for result in own:
        found = readings(result, measure) if measure != SHARE else ()
        reason = _unusable(result, measure, clock, found)
        if reason:
            left.append(LeftOut(result, reason))
        else:
            candidates.append(Candidate(result, found))
    _check_preferred(candidates, prefer, question)
    chosen, replaced = _one_each(candidates, prefer)
    left.sort(key=lambda item: register.results.index(item.result))
    return Selection(endpoint, measure, clock, register.comparison, tuple(chosen), (*replaced, *left))


def _question(question: str) -> tuple[str, str]:
    if question not in QUESTIONS:
        raise UsageError(Problem("--endpoint", f"{question!r}", ", ".join(QUESTIONS)))
    if question.endswith(OF_MEDIANS):
        return question.removesuffix(OF_MEDIANS), MEDIAN
    return question, SHARE if question in SHARE_ENDPOINTS else HAZARD_RATIO


def _check_names(register: Register, prefer: Sequence[str]) -> None:
    known = [study.key for study in register.studies]
    problems = [
        Problem("--prefer", f"{name!r} is not in the register", ", ".join(known))
        for name in prefer
        if name not in known
    ]
    if problems:
        raise UsageError(problems)


def _check_preferred(candidates: list[Candidate], prefer: Sequence[str], question: str) -> None:
    able = list(dict.fromkeys(candidate.result.study for candidate in candidates))
    problems = [
        Problem("--prefer", f"{name!r} has no result of {question} that can be pooled", ", ".join(able))
        for name in prefer
        if name not in able
    ]
    if problems:
        raise UsageError(problems)


def _of_comparison(register: Register, endpoint: str) -> tuple[list[Result], list[LeftOut]]:
    same = [result for result in register.results if result.endpoint == endpoint]
    own = [result for result in same if result.comparison == register.comparison]
    return own, [
        LeftOut(result, f"another comparison: {result.comparison}")
        for result in same
        if result.comparison != register.comparison
    ]


def _clock_of(results: Iterable[Result], wanted: str) -> str:
    """Return the clock of the pool; refuse where there are several and none was chosen."""
    by_clock: dict[str, list[str]] = {}
    for result in results:
        by_clock.setdefault(result.clock, []).append(result.label)
    known = [clock for clock in by_clock if clock != NOT_STATED]
    names = "; ".join(f"'{clock}' ({', '.join(dict.fromkeys(labels))})" for clock, labels in by_clock.items())
    if wanted and wanted not in known:
        found = "time from a day that is not stated" if wanted == NOT_STATED else f"no result counts from {wanted!r}"
        raise UsageError(Problem("--clock", found, " | ".join(known) or "a stated clock", f"The register has {names}."))
    if not wanted and len(known) > 1:
        remedy = "Choose one with --clock; time from different days is never pooled."
        raise UsageError(Problem("--endpoint", f"{len(known)} clocks: {names}", "one clock", remedy))
    return wanted or (known[0] if known else "")


def _unusable(result: Result, measure: str, clock: str, found: tuple[Reading, ...]) -> str:
    """Return why a result cannot be pooled; empty where it can."""
    if result.clock == NOT_STATED:
        return "its clock is not stated"
    if result.clock != clock:
        return f"its clock is the {result.clock}"
    if measure == SHARE:
        return "" if GROUP in result.count else "no count of patients"
    if found:
        return ""
    if measure == MEDIAN:
        return "no median with an interval"
    return "nothing printed gives a ratio with its standard error"


def _one_each(candidates: list[Candidate], prefer: Sequence[str]) -> tuple[list[Candidate], list[LeftOut]]:
    chosen: list[Candidate] = []
    left: list[LeftOut] = []
    for overlap in dict.fromkeys(candidate.result.overlap for candidate in candidates):
        members = [candidate for candidate in candidates if candidate.result.overlap == overlap]
        best_of = {}
        for study in dict.fromkeys(member.result.study for member in members):
            best_of[study] = min((m for m in members if m.result.study == study), key=_rank_within)
        best = min(best_of.values(), key=lambda member: _rank_between(member, prefer))
        chosen.append(best)
        for member in members:
            if member is not best:
                left.append(LeftOut(member.result, _why(member, best, best_of), member))
    return chosen, left


def _rank_within(candidate: Candidate) -> tuple[object, ...]:
    """Order the results of one study: fewest assumptions, a ratio before the rest, adjusted before crude."""
    result = candidate.result
    assumed = bool(candidate.readings) and bool(candidate.reading.effect.assumed)
    return assumed, result.hazard_ratio is None, not result.adjusted_for, -candidate.size


def _rank_between(candidate: Candidate, prefer: Sequence[str]) -> tuple[object, ...]:
    """Order studies that may share patients."""
    assumed = bool(candidate.readings) and bool(candidate.reading.effect.assumed)
    error = candidate.reading.effect.std_error if candidate.readings else 0.0
    return candidate.result.study not in prefer, assumed, -candidate.size, error


def _why(member: Candidate, best: Candidate, best_of: dict[str, Candidate]) -> str:
    if member.result.study == best.result.study:
        return "another result of the same study is taken"
    if best_of[member.result.study] is not member:
        return f"another result of its study goes before it; patients may be shared with {best.result.label}"
    return f"patients may be shared with {best.result.label}"
