"""What a methods section says of an emulated trial."""

import math

from sequela.analyses.results import DesignOverTime, TargetTrial
from sequela.records.dates import DAYS_PER_MONTH
from sequela.study.strategies import SEQUENTIAL


def trial_sentences(analysis: TargetTrial) -> list[tuple[str, tuple[str, ...]]]:
    """Return sentences, each with the keys of its references: how the trial was emulated, by its design."""
    if analysis.over_time is not None:
        says = _sequential if analysis.over_time.design == SEQUENTIAL else _structural
        return says(analysis, analysis.over_time)
    marks = " A landmark analysis was added" if analysis.landmarks else ""
    sentence = (
        f"A target trial was emulated in which {analysis.drug} is or is not started within {analysis.grace_days} days "
        "of time zero: every eligible patient entered both strategies as a clone, was censored on leaving it, "
        f"and was weighted by the inverse probability of still following it; {analysis.bootstrap} bootstrap samples of "
        f"patients, with every model fitted again, gave the intervals{'.' + marks if marks else ''}",
        ("hernan_robins_2016", "maringe_2020"),
    )
    return [sentence, *_expanded(analysis)]


def _sequential(analysis: TargetTrial, design: DesignOverTime) -> list[tuple[str, tuple[str, ...]]]:
    weighted = any(each.weights for each in design.comparisons)
    protocol = (
        ", and per protocol, entries without it censored when it was started and the others weighted by the inverse "
        "probability of not starting so far given covariates read anew in each interval"
        if weighted
        else ""
    )
    apart = f"{design.interval_days / DAYS_PER_MONTH:g}"
    text = (
        f"A sequence of {design.trials} target trials, {apart} {'month' if apart == '1' else 'months'} apart, was "
        f"emulated in which {analysis.drug} is or is not started: patients still without it entered each, by intention "
        f"to treat{protocol}. All trials together were fitted by pooled logistic regression on treatment, its products "
        "with follow-up, covariates and the time of entry, follow-up and entry as restricted cubic splines; curves "
        f"were averaged over all entries and {analysis.bootstrap} bootstrap samples of patients, with every model "
        "fitted again, gave the intervals"
    )
    return [(text, ("hernan_2008", "danaei_2013")), *_expanded(analysis)]


def _structural(analysis: TargetTrial, design: DesignOverTime) -> list[tuple[str, tuple[str, ...]]]:
    step = f"{design.interval_days / DAYS_PER_MONTH:g} months"
    text = (
        f"A target trial was emulated in which {analysis.drug} is started within {analysis.grace_days} days of time "
        "zero or never: every eligible patient was in both strategies until her course left one, and was weighted by "
        "the stabilised inverse probability of having followed it so far, from a pooled logistic regression of "
        f"starting in each step of {step} on covariates known at its beginning; a marginal structural model (weighted "
        "pooled logistic regression on strategy, follow-up and their products) gave the curves, and "
        f"{analysis.bootstrap} bootstrap samples of patients, with every model fitted again, the intervals"
    )
    found: list[tuple[str, tuple[str, ...]]] = [(text, ("robins_2000", "cain_2010")), *_expanded(analysis)]
    if len(design.comparisons) > 1:
        found.append(
            (
                "The parametric g-formula was the second answer: courses drawn step by step from models of changing "
                "covariates, of starting and of the event, under each strategy and with treatment as it was",
                ("young_2011",),
            )
        )
    return found


def _expanded(analysis: TargetTrial) -> list[tuple[str, tuple[str, ...]]]:
    """Say that percentiles were expanded, and by how much for the difference of mean times."""
    if not math.isfinite(analysis.equal_patients):
        return []
    text = (
        "Percentiles of samples were expanded as Student's interval is, degrees of freedom by leaving patients out: "
        f"the difference of mean times was as uncertain as a mean of {analysis.equal_patients:.0f} patients who count "
        "alike"
    )
    return [(text, ("hesterberg_2015", "lipsitz_1999"))]
