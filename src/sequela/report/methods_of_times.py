"""What the methods say of analyses of times: curves, models, kinds of event."""

from dataclasses import replace

from sequela.analyses.results import Competing, HazardRatio, Survival, SurvivalGroup, Test
from sequela.analyses.wording import counted, inside_sentence, listed
from sequela.records.dates import DAYS_PER_MONTH
from sequela.report.answer import short_label
from sequela.report.named_methods import find
from sequela.report.sentences import Sentence, tested
from sequela.report.tables import confidence

SCALES = {"log-log": "the logarithm of minus its logarithm", "log": "its logarithm", "plain": "the incidence itself"}
"""On what scale the limits of an incidence are symmetric."""


def survival_sentences(analysis: Survival) -> list[Sentence]:
    """Say how the curves, the tests and the models of one endpoint were made."""
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
        sentences.append(_detailed(tested("Curves were compared by", [analysis.test]), analysis.test))
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
    if analysis.groups[0].person_years is not None:
        text = "Events per 100 person-years have exact Poisson limits"
        ratios = any(item.measure == "rate ratio" for item in analysis.contrasts)
        text += (
            "; their ratios are compared by the binomial distribution of the events, given all of them"
            if ratios
            else ""
        )
        sentences.append(Sentence(text, ("garwood_1936",)))
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


def competing_sentences(analysis: Competing) -> list[Sentence]:
    """Say how kinds of event were told apart."""
    scale = SCALES.get(analysis.groups[0].curve.interval, analysis.groups[0].curve.interval)
    text = "The incidence of each kind of event was estimated by the method of Aalen and Johansen"
    text += f"; its limits ({confidence(analysis)}) are symmetric for {scale}"
    sentences = [Sentence(_endpoint(analysis)), Sentence(text, ("aalen_johansen_1978",)), *_delayed_entry(analysis)]
    late = ", weighted for late entry as well as for censoring" if any(g.entries for g in analysis.groups) else ""
    if tests := [item.gray for item in analysis.comparisons if item.gray]:
        sentences.append(tested("Incidences were compared by", tests))
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
