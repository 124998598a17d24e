"""The methods paragraph of what really ran, with the references of exactly those methods."""

from collections.abc import Callable, Iterable
from typing import Any

from sequela.analyses.conversion import Conversion
from sequela.analyses.propensity_results import Propensity
from sequela.analyses.results import (
    Characteristics,
    Competing,
    GrowthModulation,
    NullWorlds,
    Response,
    Sequence,
    Sites,
    Specifications,
    Subgroups,
    Survival,
    TargetTrial,
)
from sequela.analyses.study_result import StudyResult
from sequela.analyses.wording import counted, inside_sentence, listed
from sequela.frozen import frozen
from sequela.report.answer import group_sizes, released
from sequela.report.methods_of_times import competing_sentences, survival_sentences
from sequela.report.named_methods import find
from sequela.report.propensity_tables import propensity_sentences
from sequela.report.references import REFERENCES, Reference
from sequela.report.sentences import Sentence, tested
from sequela.report.study_text import group_words, population_words
from sequela.report.trial_sentences import trial_sentences


@frozen
class Paragraph:
    """The methods as printed.

    Attributes
    ----------
    sentences : tuple of (str, str)
        Each sentence and its numbers: `("… by the Kaplan-Meier method", "1, 2")`.
    references : tuple of Reference
        In the order of their numbers.
    """

    sentences: tuple[tuple[str, str], ...]
    references: tuple[Reference, ...]

    @property
    def text(self) -> str:
        """The paragraph as plain text."""
        return " ".join(f"{text} [{numbers}]." if numbers else f"{text}." for text, numbers in self.sentences)


def methods_paragraph(result: StudyResult) -> Paragraph:
    """Describe what this run did, in the order a methods section tells it."""
    sentences = [*_design(result), *_records(result)]
    for analysis in released(result):
        sentences += SENTENCES[type(analysis)](analysis)
    if any("were compared by" in sentence.text for sentence in sentences):
        apart = any(isinstance(item, Survival) and item.pairs for item in released(result))
        rest = ", those of pairs of groups apart" if apart else ""
        sentences.append(Sentence(f"All p-values are two-sided and not corrected for their number{rest}"))
    if result.study.dialect != "default":
        sentences.append(Sentence(f"Conventions follow those of {result.study.dialect}"))
    return _numbered(_once(sentences))


def _once(sentences: Iterable[Sentence]) -> list[Sentence]:
    return list(dict.fromkeys(sentences))


def _numbered(sentences: Iterable[Sentence]) -> Paragraph:
    numbers: dict[str, int] = {}
    printed = []
    for sentence in sentences:
        marks = [numbers.setdefault(key, len(numbers) + 1) for key in sentence.references]
        printed.append((sentence.text, ", ".join(str(mark) for mark in sorted(marks))))
    return Paragraph(tuple(printed), tuple(REFERENCES[key] for key in numbers))


def _design(result: StudyResult) -> list[Sentence]:
    study, flow = result.study, result.cohort.flow
    zero = f"Time zero was {study.time_zero}" + (f", {study.accrual}" if study.accrual else "")
    sentences = [Sentence(zero)]
    if study.population:
        sentences.append(Sentence(f"Patients had to meet: {'; '.join(population_words(study))}"))
    sizes = group_sizes(result)
    studied = sum(size for _, size in sizes)
    undecidable = sum(step.undecidable for step in flow)
    left = f"; {undecidable} could not be decided from the records" if undecidable else ""
    of = f"Of {counted(flow[0].before, 'patient')} in the records {flow[0].after} had a time zero and"
    sentences.append(Sentence(f"{of} {studied} were studied{left}"))
    if len(sizes) > 1:
        rules = dict(group_words(study))
        each = [f"{name} ({rules.get(name, 'as given')}; n = {size})" for name, size in sizes]
        sentences.append(Sentence(f"Groups were {listed(each)}; {result.cohort.reference} is the reference"))
    return sentences


def _records(result: StudyResult) -> list[Sentence]:
    records = result.records
    read, refused = (sum(getattr(s, name) for s in records.sources) for name in ("rows_read", "rows_quarantined"))
    sentences = [
        Sentence(f"Records are {records.kind.value}; {refused} of {counted(read, 'row')} were refused by rule")
    ]
    if len(records.imputations):
        text = (
            f"{counted(len(records.imputations), 'date')} without a day or a month were taken as the 15th or as 1 July"
        )
        sentences.append(Sentence(f"{text}, never outside what the patient's other dates allow"))
    return sentences


def _characteristics(analysis: Characteristics) -> list[Sentence]:
    sentences = [
        Sentence(
            "Quantities at time zero are given as median, range and quartiles, categories as counts and percentages "
            "of the patients with a value"
        )
    ]
    tests = [variable.test for variable in analysis.variables if variable.test is not None]
    if tests:
        sentences.append(tested("Groups were compared by", tests))
    if any(variable.standardised_difference == variable.standardised_difference for variable in analysis.variables):
        sentences.append(
            Sentence(
                "Differences at time zero are also given in standard deviations", ("austin_2009", "yang_dalton_2012")
            )
        )
    if any(test for variable in analysis.variables for test in variable.within):
        text = "Whether losses of a status were as frequent as gains was tested within patients by McNemar's exact test"
        sentences.append(Sentence(text, ("mcnemar_1947",)))
    if analysis.missing_as_level:
        return [*sentences, Sentence("Missing values of categories were a level of their own, in the tests too")]
    missing = [
        f"{inside_sentence(variable.label)} in {variable.cells[0][-1].missing}"
        for variable in analysis.variables
        if variable.cells and variable.cells[0][-1].missing
    ]
    text = f"Missing values were left out and not filled in: {listed(missing)}" if missing else "No value was missing"
    return [*sentences, Sentence(f"{text} of {counted(analysis.sizes[-1], 'patient')}" if missing else text)]


def _subgroups(analysis: Subgroups) -> list[Sentence]:
    by = listed([inside_sentence(item.variable) for item in analysis.interactions])
    compared = f"The groups were compared within subgroups by {by}, a continuous one halved at its median"
    tested = "Whether the crude hazard ratios differ between subgroups was tested by likelihood ratio"
    return [Sentence(compared), Sentence(f"{tested}, adjusted for the number of covariates", ("holm_1979",))]


def _propensity(analysis: Propensity) -> list[Sentence]:
    return [Sentence(text, references) for text, references in propensity_sentences(analysis)]


def _response(analysis: Response) -> list[Sentence]:
    source = analysis.read_from or "the recorded assessments"
    sentences = [
        Sentence(
            f"Best response was read from {source} after time zero until the next line; every patient "
            "counts, one without an evaluable assessment as no response",
            ("eisenhauer_2009",),
        )
    ]
    sentences += [Sentence(analysis.reading)] if analysis.reading else []
    rates = [f"{inside_sentence(item.label)} ({item.definition})" for item in analysis.proportions]
    named = analysis.proportions[0].estimates[0].method if rates else ""
    if rates:
        limits = find("rate", named)
        text = f"Rates were {listed(rates)}, with {limits.words if limits else named}"
        sentences.append(Sentence(text, limits.references if limits else ()))
    methods = dict.fromkeys(less.method for item in analysis.proportions for _, less in item.differences if less)
    for method in [found for name in methods if (found := find("difference", name))]:
        text = f"Differences of rates from that of the reference have {method.words}"
        sentences.append(Sentence(text, method.references))
    if any(item.n for item in analysis.durations):
        text = "Duration of response ran from the first response that counts to progression or death, else to the last "
        sentences.append(Sentence(f"{text}evaluable assessment; responders were not compared"))
    tests = [test for item in analysis.proportions for test in item.tests]
    return [*sentences, tested("Rates were compared by", tests)] if tests else sentences


def _sites(analysis: Sites) -> list[Sentence]:
    sentences = [
        Sentence(
            "Each site was read from its own lesions by the limits of RECIST 1.1, which has no rule for sites",
            ("eisenhauer_2009",),
        )
    ]
    if any(read for outcome in analysis.outcomes for read in outcome.incidence):
        text = "Probabilities of progression in a site came from the Aalen-Johansen estimator, earlier death competing"
        sentences.append(Sentence(text, ("aalen_johansen_1978",)))
    sentences += [Sentence(f"{item.label}: {item.definition}") for item in analysis.proportions]
    tests = [test for item in analysis.proportions for test in item.tests]
    return [*sentences, tested("Proportions were compared by", tests)] if tests else sentences


def _sequence(analysis: Sequence) -> list[Sentence]:
    shown = "The first line" if analysis.lines == 1 else f"The first {analysis.lines} lines"
    return [
        Sentence(
            f"{shown} for metastatic disease were counted by treatment and by what came next: a treatment of the next "
            "line, death, the end of the records under treatment, or their end without a further line"
        )
    ]


def _target_trial(analysis: TargetTrial) -> list[Sentence]:
    return [Sentence(text, references) for text, references in trial_sentences(analysis)]


def _specifications(analysis: Specifications) -> list[Sentence]:
    number, axes = len(analysis.specifications), listed(list(analysis.axes))
    return [
        Sentence(
            f"The comparison was repeated under {number} specifications, every combination of the named choices "
            f"of {axes}; a clock that starts before entry was used with delayed entry",
            ("simonsohn_2020",),
        )
    ]


def _growth(analysis: GrowthModulation) -> list[Sentence]:
    text = (
        "The growth modulation index is the time of the line of time zero divided by that of the line before it, both "
        f"by {inside_sentence(analysis.label)}; an index is censored where the later time is"
    )
    return [Sentence(text), Sentence("Shares above a limit are Kaplan-Meier estimates; groups were not compared")]


def _null_worlds(analysis: NullWorlds) -> list[Sentence]:
    runs = counted(analysis.shares[0].runs, "cohort")
    text = (
        f"The pattern of p-values was sought in {runs} of each of {len(analysis.shares)} simulated worlds, in all but "
        f"one of which {analysis.earlier} does nothing to {analysis.later}, with the study's calendar and sizes; "
        "comparisons were log-rank tests and intervals of the shares Clopper-Pearson's"
    )
    return [Sentence(text)]


def _conversion(analysis: Conversion) -> list[Sentence]:
    named = listed([inside_sentence(marker.label) for marker in analysis.markers])
    tests = [test for marker in analysis.markers for test in marker.groups[-1].tests]
    read = Sentence(f"Within patients the changes of {named} were counted, {analysis.between}")
    return [read, tested("Changes one way and the other were compared by", tests)] if tests else [read]


SENTENCES: dict[type, Callable[[Any], list[Sentence]]] = {
    Characteristics: _characteristics,
    Survival: survival_sentences,
    Response: _response,
    Sequence: _sequence,
    Sites: _sites,
    Subgroups: _subgroups,
    Propensity: _propensity,
    Competing: competing_sentences,
    TargetTrial: _target_trial,
    Specifications: _specifications,
    GrowthModulation: _growth,
    NullWorlds: _null_worlds,
    Conversion: _conversion,
}
"""What a methods section says of each kind of analysis."""
