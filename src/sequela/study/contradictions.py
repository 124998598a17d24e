"""What a study says twice, or says and denies: problems between its parts."""

from collections.abc import Iterator

from sequela.derive.rules import BREAST
from sequela.study.document import Place
from sequela.study.grammar import All, InSequenceGroup, Line, Model, Not, Received, leaves
from sequela.study.names import OTHERWISE
from sequela.study.phrases import Moment, Refusal, did_you_mean, nearest
from sequela.study.spec import (
    EVERYONE,
    CompetingAnalysis,
    ConversionAnalysis,
    PropensityAnalysis,
    Study,
    SubgroupsAnalysis,
    SurvivalAnalysis,
)

Finding = tuple[Place, Refusal]


def contradictions(study: Study) -> tuple[Finding, ...]:
    """Return each contradiction with the place it stands at."""
    return (
        *_windows(study),
        *_population(study),
        *_groups(study),
        *_endpoints(study),
        *_line_rules(study),
    )


def received_criteria(criterion: Model) -> Iterator[tuple[Received, bool]]:
    """Yield each `received` inside a criterion, and whether an odd number of `not` stands before it."""
    return ((leaf, negated) for leaf, negated in leaves(criterion) if isinstance(leaf, Received))


def criteria_of(study: Study) -> Iterator[tuple[Place, Model]]:
    """Yield the criteria of the population and of the groups, each with its place."""
    for i, criterion in enumerate(study.population):
        yield ("population", i), criterion
    for name, rule in study.groups.items():
        if isinstance(rule, Model):
            yield ("groups", name), rule


def moments_of(received: Received) -> tuple[Moment, ...]:
    """Return the moments that the window of a criterion is measured from."""
    within = received.within.moment if received.within else None
    return tuple(moment for moment in (received.before, received.after, within) if moment is not None)


def asks_for_lines(study: Study) -> bool:
    """Return whether any part of a study needs lines of therapy."""
    found = [leaf for _, criterion in criteria_of(study) for leaf, _ in leaves(criterion)]
    received = [leaf for leaf in found if isinstance(leaf, Received)]
    moments = [study.time_zero, *(moment for leaf in received for moment in moments_of(leaf))]
    moments += [item.since for item in study.analyses if isinstance(item, ConversionAnalysis) and item.since]
    return (
        any(isinstance(leaf, Line | InSequenceGroup) for leaf in found)
        or any(leaf.line is not None for leaf in received)
        or any(moment.kind in ("start of line", "first progression") or moment.in_line for moment in moments)
    )


def _windows(study: Study) -> Iterator[Finding]:
    for place, criterion in criteria_of(study):
        for received, _ in received_criteria(criterion):
            if received.before is not None and received.before == received.after:
                found = f"the window of '{received}' ends before it begins"
                yield place, Refusal(found, remedy="Nothing is both before and after the same moment.")
            yield from ((place, refusal) for refusal in _accrual(study, received))


def _accrual(study: Study, received: Received) -> Iterator[Refusal]:
    accrual = Moment("accrual")
    if accrual not in moments_of(received):
        return
    if study.accrual is None:
        yield Refusal(f"'{received}' speaks of an accrual window, and there is none", "accrual: {from: …, to: …}")
    elif received.before == accrual and study.accrual.start is None:
        yield Refusal(f"'{received}' needs the first day of accrual", "'from' in accrual")
    elif received.after == accrual and study.accrual.end is None:
        yield Refusal(f"'{received}' needs the last day of accrual", "'to' in accrual")


def _population(study: Study) -> Iterator[Finding]:
    flat = [(i, part) for i, criterion in enumerate(study.population) for part in _parts(criterion)]
    seen: dict[Model, int] = {}
    for i, part in flat:
        contrary = part.criterion if isinstance(part, Not) else Not.model_validate({"not": part})
        if contrary in seen:
            first = study.population[seen[contrary]]
            found = f"nobody can meet both '{first}' and '{study.population[i]}'"
            yield ("population", i), Refusal(found, remedy="Take one of the two out.")
        seen.setdefault(part, i)


def _parts(criterion: Model) -> Iterator[Model]:
    """Yield what must be met, with double negations taken out."""
    while isinstance(criterion, Not) and isinstance(criterion.criterion, Not):
        criterion = criterion.criterion.criterion
    if isinstance(criterion, All):
        for part in criterion.criteria:
            yield from _parts(part)
    else:
        yield criterion


def _groups(study: Study) -> Iterator[Finding]:
    rules = list(study.groups.items())
    rest = [name for name, rule in rules if rule == OTHERWISE]
    if len(rules) == 1:
        yield ("groups",), Refusal("there is one group", "two or more", "Leave 'groups' out to describe everyone.")
    for name in study.groups:
        if name.lower() in ("", "all", EVERYONE.lower()):
            remedy = "'All' is the column of all patients."
            yield ("groups", name), Refusal(f"a group is called '{name}'", "a name of its own", remedy)
    for name in rest[1:]:
        yield ("groups", name), Refusal(f"both '{rest[0]}' and '{name}' are 'otherwise'", "one such group")
    for i, (name, rule) in enumerate(rules):
        for other, same in rules[:i]:
            if rule == same and rule != OTHERWISE:
                yield ("groups", name), Refusal(f"the groups '{other}' and '{name}' have the same criterion")
    if study.reference and study.reference not in study.groups:
        known = ", ".join(f"'{name}'" for name in study.groups) or "no group at all"
        remedy = did_you_mean(nearest(study.reference, study.groups))
        yield ("reference",), Refusal(f"there is no group '{study.reference}'", known, remedy)


def _endpoints(study: Study) -> Iterator[Finding]:
    analysed = [a.endpoint for a in study.analyses if isinstance(a, (SurvivalAnalysis, CompetingAnalysis))]
    for i, endpoint in enumerate(study.endpoints):
        if endpoint not in analysed:
            remedy = f"Add '- survival: {endpoint}' to the analyses, or take it out."
            yield ("endpoints", i), Refusal(f"no analysis uses the endpoint '{endpoint}'", remedy=remedy)
    for i, analysis in enumerate(study.analyses):
        if isinstance(analysis, SurvivalAnalysis) and analysis.endpoint not in study.endpoints:
            remedy = "Add it there, or leave 'endpoints' out."
            yield ("analyses", i), Refusal(f"'{analysis.endpoint}' is not among the endpoints", remedy=remedy)
        if isinstance(analysis, (SubgroupsAnalysis, PropensityAnalysis)) and not study.groups:
            yield ("analyses", i), Refusal(f"{analysis.kind} of a study without groups", "'groups' to compare")
        if isinstance(analysis, CompetingAnalysis) and len(kinds := analysis.definition.kinds) < 2:
            found = f"'{analysis.endpoint}' has one kind of event: {' or '.join(kinds)}"
            remedy = f"Ask for '- survival: {analysis.endpoint}'."
            yield ("analyses", i), Refusal(found, "an endpoint with several", remedy)


def _line_rules(study: Study) -> Iterator[Finding]:
    known = {rule.id: rule for rule in BREAST.rules}
    for name, value in study.lines.items():
        expected = known[name].refusal(value) if name in known else "a rule of derive/rules.py"
        if expected:
            yield ("lines", name), Refusal(f"the line rule {name} is '{value}'", expected)
