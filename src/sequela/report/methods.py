"""The methods paragraph of what really ran, with the references of exactly those methods."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from sequela.analyses.conversion import Conversion
from sequela.analyses.propensity_results import Propensity
from sequela.analyses.results import (
    Characteristics,
    Competing,
    GrowthModulation,
    HazardRatio,
    NullWorlds,
    Response,
    Sequence,
    SequentialDesign,
    Sites,
    Specifications,
    Subgroups,
    Survival,
    SurvivalGroup,
    TargetTrial,
    Test,
)
from sequela.analyses.study_result import StudyResult
from sequela.analyses.wording import counted, inside_sentence, listed
from sequela.records.dates import DAYS_PER_MONTH
from sequela.report.answer import group_sizes, released, short_label
from sequela.report.named_methods import find
from sequela.report.propensity_tables import propensity_sentences
from sequela.report.references import REFERENCES, Reference
from sequela.report.study_text import group_words, population_words
from sequela.report.table_words import name_of_test
from sequela.report.tables import confidence

SCALES = {"log-log": "the logarithm of minus its logarithm", "log": "its logarithm", "plain": "the incidence itself"}
"""On what scale the limits of an incidence are symmetric."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with the references that stand at its end, as keys of `REFERENCES`."""

    text: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
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
        sentences.append(_tested("Groups were compared by", tests))
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


def _survival(analysis: Survival) -> list[Sentence]:
    curve = analysis.groups[0].curve
    limits = find("limits", curve.interval)
    median = find("median", analysis.groups[0].median.method)
    errors, sources = "by Greenwood's formula", ["greenwood_1926"]
    sentences = [Sentence(_endpoint(analysis))]
    if analysis.weighted_by:
        errors, sources = "robust to the weights (infinitesimal jackknife)", []
        named = inside_sentence(analysis.weighted_by)
        sentences.append(Sentence(f"Each patient counts by {named} as a weight, in curves, tests and models"))
    text = f"Curves were estimated by the Kaplan-Meier method, their standard errors {errors}"
    sentences.append(Sentence(text, ("kaplan_meier_1958", *sources)))
    if limits:
        text = f"Limits of the curves ({confidence(analysis)}) rest on the {limits.words}"
        sentences.append(Sentence(text, limits.references))
    if median:
        sentences.append(Sentence(f"Limits of the median came from {median.words}", median.references))
    since = ""
    if entry := _delayed_entry(analysis):
        sentences += entry
        since = " from that day"
    text = f"Follow-up was measured{since} by the reverse Kaplan-Meier method"
    sentences.append(Sentence(text, ("schemper_smith_1996",)))
    if analysis.test is not None:
        sentences.append(_detailed(_tested("Curves were compared by", [analysis.test]), analysis.test))
    models = [*_hazard_ratios(analysis), *_imputed(analysis)]
    return [*sentences, *_other_comparisons(analysis), *models, *_bootstrap(analysis), *_model_checks(analysis)]


def _delayed_entry(analysis: Survival | Competing) -> list[Sentence]:
    """Say from when patients were at risk, where some came late."""
    if not any(group.entries for group in analysis.groups):
        return []
    starts = [group.curve.start if isinstance(group, SurvivalGroup) else group.start for group in analysis.groups]
    text = "Patients were at risk from the day they came into the cohort (delayed entry, left truncation)"
    return [Sentence(text, ("tsai_1987", *(("lai_ying_1991",) if any(starts) else ())))]


def _imputed(analysis: Survival) -> list[Sentence]:
    found = analysis.imputed
    if found is None:
        return []
    text = (
        f"Beside complete cases, missing covariates were imputed {found.imputations} times by chained equations from "
        "one another, the groups, the event and the Nelson-Aalen estimate (quantities by predictive mean matching, "
        "levels by multinomial regression), and the adjusted hazard ratios pooled by Rubin's rules"
    )
    return [Sentence(text, ("van_buuren_2011", "white_royston_2009", "rubin_1987", "barnard_rubin_1999"))]


def _detailed(sentence: Sentence, test: Test) -> Sentence:
    return replace(sentence, text=f"{sentence.text}, {test.detail}") if test.detail else sentence


def _other_comparisons(analysis: Survival) -> list[Sentence]:
    """Name the trend, the pairs, the differences at milestones and the restricted means, where there are any."""
    sentences = []
    if analysis.trend is not None:
        sentences.append(Sentence(f"A trend was tested across the {analysis.trend.detail}", ("tarone_1975",)))
    if analysis.pairs:
        family = counted(analysis.pairs[0].family, "comparison")
        text = f"Every two groups were compared by the same test, p-values adjusted by Holm's method for {family}"
        sentences.append(Sentence(text, ("holm_1979",)))
    if so_far := [found for found in analysis.groups[0].so_far if found.milestones]:
        at = listed([f"{found.day / DAYS_PER_MONTH:g}" for found in so_far])
        text = f"Survival of those event-free at {at} months (conditional survival) came from the risk sets after that"
        sentences.append(Sentence(f"{text}, with limits of its own", ("hieke_2015",)))
    measures = {item.measure for item in analysis.contrasts}
    if "survival difference" in measures:
        text = "Differences between curves at the milestones have normal limits from the two standard errors"
        sentences.append(Sentence(text, ("klein_2007",)))
    if analysis.horizon is not None:
        text = f"Mean times up to {analysis.horizon:g} months were computed as the area under the curve"
        text += "; their differences have normal limits, their ratios such on the logarithmic scale"
        sentences.append(Sentence(text, ("royston_parmar_2013",)))
    return sentences


def _bootstrap(analysis: Survival) -> list[Sentence]:
    """Say what was drawn and for which numbers, where the study asks for it."""
    ratios = [limits for item in analysis.hazard_ratios for limits in item.bootstrap]
    differences = [limits for item in analysis.contrasts for limits in item.bootstrap]
    medians = [item.estimate for item in analysis.contrasts if item.measure == "median difference"]
    what = [name for name, of in (("hazard ratios", ratios), ("differences of mean times", differences)) if of]
    if not what and not medians:
        return []
    # `987 of 1000 samples of patients` where some tell nothing: all of them were drawn.
    drawn = " ".join((ratios + differences + medians)[0].method.split(" ")[-4:])
    said = [f"bias-corrected and accelerated (BCa) limits of {listed(what)}"] if what else []
    both = listed([*what, *(["differences of medians"] if medians else [])])
    text = f"{drawn} were drawn with replacement for percentile limits of {both}"
    return [Sentence(" and ".join([text, *said]), ("efron_1979", *(("efron_1987",) if what else ())))]


def _model_checks(analysis: Survival) -> list[Sentence]:
    sentences = []
    if any(check.overall for check in analysis.models):
        text = "Whether hazard ratios change over time was tested by the score test of Grambsch and Therneau"
        sentences.append(Sentence(f"{text}, with one less the Kaplan-Meier curve as time", ("grambsch_therneau_1994",)))
    for name in dict.fromkeys(test.name for check in analysis.models for _, test in check.linear):
        how, knots = name.split(", ")
        text = f"Whether continuous covariates act in a straight line was tested by {how} against a {knots}"
        sentences.append(Sentence(text, ("harrell_2001",)))
    if any(check.standardised for check in analysis.models):
        text = "Survival standardised to all patients is the average of the curves that the adjusted model gives them"
        limits = "its limits come from the influence function"
        sentences.append(Sentence(f"{text} with everyone in one group; {limits}", ("ozenne_2020",)))
    if any(check.concordance.value == check.concordance.value for check in analysis.models):
        sentences.append(Sentence("Concordance is Harrell's C", ("harrell_1982",)))
    return sentences


def _subgroups(analysis: Subgroups) -> list[Sentence]:
    by = listed([inside_sentence(item.variable) for item in analysis.interactions])
    compared = f"The groups were compared within subgroups by {by}, a continuous one halved at its median"
    tested = "Whether the crude hazard ratios differ between subgroups was tested by likelihood ratio"
    return [Sentence(compared), Sentence(f"{tested}, adjusted for the number of covariates", ("holm_1979",))]


def _propensity(analysis: Propensity) -> list[Sentence]:
    return [Sentence(text, references) for text, references in propensity_sentences(analysis)]


def _competing(analysis: Competing) -> list[Sentence]:
    scale = SCALES.get(analysis.groups[0].curve.interval, analysis.groups[0].curve.interval)
    text = "The incidence of each kind of event was estimated by the method of Aalen and Johansen"
    text += f"; its limits ({confidence(analysis)}) are symmetric for {scale}"
    sentences = [Sentence(_endpoint(analysis)), Sentence(text, ("aalen_johansen_1978",)), *_delayed_entry(analysis)]
    late = ", weighted for late entry as well as for censoring" if any(g.entries for g in analysis.groups) else ""
    if tests := [item.gray for item in analysis.comparisons if item.gray]:
        sentences.append(_tested("Incidences were compared by", tests))
    for ratios, text, references in (
        (
            [item for found in analysis.comparisons for item in found.cause_specific],
            "Cause-specific hazard ratios ({}) came from Cox's model with the other kinds of event censored",
            ("cox_1972",),
        ),
        (
            [item for found in analysis.comparisons for item in found.subdistribution],
            "subdistribution hazard ratios ({}) came from the model of Fine and Gray"
            f"{late}, with robust standard errors",
            ("fine_gray_1999", *(("geskus_2011",) if late else ())),
        ),
    ):
        ways = dict.fromkeys(_way(item) for item in ratios)
        if ways:
            said = text.format(" and ".join(ways))
            sentences.append(Sentence(said[:1].upper() + said[1:], references))
    return sentences


def _way(item: HazardRatio) -> str:
    adjusted, within = (
        listed([inside_sentence(name) for name in labels]) for labels in (item.adjusted_for, item.within)
    )
    how = f"adjusted for {adjusted}" if adjusted else "crude"
    how += f", {inside_sentence(item.offset)} added to the log hazard" if item.offset else ""
    return f"{how}, each level of {within} with a baseline hazard of its own" if within else how


def _endpoint(analysis: Survival | Competing) -> str:
    by_role: dict[str, list[str]] = {}
    for line in analysis.definition:
        if line.rule or not line.counts:
            by_role.setdefault(line.role, []).append(line.what)
    parts = [f"{role} {' or '.join(what)}" for role, what in by_role.items()]
    parts += [
        f"{line.counts[-1]} patients {line.role} ({line.what})"
        for line in analysis.definition
        if line.counts and not line.rule
    ]
    return f"{short_label(analysis.label)} ({analysis.endpoint}): {'; '.join(parts)}"


def _hazard_ratios(analysis: Survival) -> list[Sentence]:
    sentences = []
    for item in analysis.hazard_ratios:
        ties, limits = find("ties", item.estimate.method), find("ratio", item.estimate.method)
        text = f"Hazard ratios ({_way(item)}) came from Cox's proportional-hazards model"
        text += f", ties by {ties.words}" if ties else ""
        text += f", limits by {limits.words}" if limits else ""
        left = f"; {counted(item.left_out, 'patient')} without a covariate left out" if item.left_out else ""
        references = ("cox_1972", *(ties.references if ties else ()), *(limits.references if limits else ()))
        sentences.append(Sentence(text + left, references))
    return sentences


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
    return [*sentences, _tested("Rates were compared by", tests)] if tests else sentences


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
    return [*sentences, _tested("Proportions were compared by", tests)] if tests else sentences


def _sequence(analysis: Sequence) -> list[Sentence]:
    shown = "The first line" if analysis.lines == 1 else f"The first {analysis.lines} lines"
    return [
        Sentence(
            f"{shown} for metastatic disease were counted by treatment and by what came next: a treatment of the next "
            "line, death, the end of the records under treatment, or their end without a further line"
        )
    ]


def _sequential(analysis: TargetTrial, design: SequentialDesign) -> list[Sentence]:
    weighted = any(each.weights is not None for each in design.comparisons)
    protocol = (
        ", and per protocol, entries without it censored when it was started and the others weighted by the inverse "
        "probability of not starting so far given covariates read anew in each interval"
        if weighted
        else ""
    )
    text = (
        f"A sequence of {design.trials} target trials, {design.interval_days / DAYS_PER_MONTH:g} months apart, was "
        f"emulated in which {analysis.drug} is or is not started: patients still without it entered each, by intention "
        f"to treat{protocol}. All trials together were fitted by pooled logistic regression on treatment, its products "
        "with follow-up, covariates and the time of entry, follow-up and entry as restricted cubic splines; curves "
        f"were averaged over all entries and {analysis.bootstrap} bootstrap samples of patients, with every model "
        "fitted again, gave the intervals"
    )
    return [Sentence(text, ("hernan_2008", "danaei_2013"))]


def _target_trial(analysis: TargetTrial) -> list[Sentence]:
    if analysis.sequential is not None:
        return _sequential(analysis, analysis.sequential)
    marks = " A landmark analysis was added" if analysis.landmarks else ""
    sentence = Sentence(
        f"A target trial was emulated in which {analysis.drug} is or is not started within {analysis.grace_days} days "
        "of time zero: every eligible patient entered both strategies as a clone, was censored on leaving it, "
        f"and was weighted by the inverse probability of still following it; {analysis.bootstrap} bootstrap samples of "
        f"patients, with every model fitted again, gave the intervals{'.' + marks if marks else ''}",
        ("hernan_robins_2016", "maringe_2020"),
    )
    return [sentence]


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


def _tested(opening: str, tests: Iterable[Test]) -> Sentence:
    words: dict[str, tuple[Any, ...]] = {}
    for test in tests:
        method = find("test", test.name)
        words[method.words if method else inside_sentence(name_of_test(test))] = method.references if method else ()
    references = tuple(dict.fromkeys(key for keys in words.values() for key in keys))
    return Sentence(f"{opening} {listed(list(words))}", references)


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
    return [read, _tested("Changes one way and the other were compared by", tests)] if tests else [read]


SENTENCES: dict[type, Callable[[Any], list[Sentence]]] = {
    Characteristics: _characteristics,
    Survival: _survival,
    Response: _response,
    Sequence: _sequence,
    Sites: _sites,
    Subgroups: _subgroups,
    Propensity: _propensity,
    Competing: _competing,
    TargetTrial: _target_trial,
    Specifications: _specifications,
    GrowthModulation: _growth,
    NullWorlds: _null_worlds,
    Conversion: _conversion,
}
"""What a methods section says of each kind of analysis."""
