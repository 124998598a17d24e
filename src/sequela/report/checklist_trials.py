"""What a run can say to TARGET, the items about an emulated trial; an empty text where it can say nothing."""

import re
from collections.abc import Callable, Mapping

from sequela.analyses.results import Characteristics, Estimate, Strategy, TargetTrial
from sequela.analyses.study_result import StudyResult
from sequela.analyses.wording import (
    DAYS_PER_MONTH,
    counted,
    inside_sentence,
    left_in_words,
    listed,
    months,
    ratio,
    share,
    with_interval,
)
from sequela.report.answer import answer
from sequela.report.checklist_evidence import answers_of, biases, calendar, kind_of_records
from sequela.report.methods import SENTENCES
from sequela.study.spec import TargetTrialAnalysis
from sequela.study.strategies import SEQUENTIAL

SAME = "the same"
"""How a protocol says that the emulation does what the trial would."""
Said = Callable[[StudyResult], str]


def why_no_trial(result: StudyResult) -> str:
    """Return why TARGET has nothing to report on; empty where a trial is emulated."""
    if answers_of(result, TargetTrial):
        return ""
    asked = any(isinstance(analysis, TargetTrialAnalysis) for analysis in result.study.analyses)
    return "the target trial could not be answered" if asked else "no target trial was asked for"


def _of_each(write: Callable[[TargetTrial], str]) -> Said:
    """Return a resolver that writes of every trial, each by its name where there are several."""

    def said(result: StudyResult) -> str:
        trials = answers_of(result, TargetTrial)
        texts = [text for trial in trials if (text := write(trial))]
        if len(set(texts)) < 2:
            return "".join(texts[:1])
        return " ".join(f"{trial.label}, {trial.drug}: {write(trial)}" for trial in trials)

    return said


def _target(*names: str) -> Said:
    return _of_each(lambda trial: _parts([(part.item, part.target) for part in trial.protocol if part.item in names]))


def _emulated(*names: str) -> Said:
    return _of_each(
        lambda trial: _parts(
            [(part.item, _as_emulated(part.emulation)) for part in trial.protocol if part.item in names]
        )
    )


def _parts(parts: list[tuple[str, str]]) -> str:
    return _sentence([f"{item}: {text}" if len(parts) > 1 else text for item, text in parts])


def _as_emulated(text: str) -> str:
    if not text.startswith(SAME):
        return text
    more = text.removeprefix(SAME).lstrip(";, ")
    return f"as in the target trial; {more}" if more else "as in the target trial"


def _sentence(parts: list[str]) -> str:
    text = ". ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _answers_the_page(result: StudyResult) -> bool:
    return any("emulated trial" in line for line in answer(result).gloss)


def _named(result: StudyResult) -> str:
    words = re.search(r"(?i)target trial|emulat\w*", result.study.title)
    trial = "The trial itself stands under Target trial and emulation, not in the summary."
    if words:
        return f"Title: “{words.group(0)}”. {trial}"
    return f"Below the first sentence: “an emulated trial”. {trial}" if _answers_the_page(result) else ""


def _summary(result: StudyResult) -> str:
    if not _answers_the_page(result):
        return ""
    return (
        "Findings in the first sentence, the main assumption below it, methods under Methods; no conclusion is drawn."
    )


def _question(trial: TargetTrial) -> str:
    names = " or ".join(f"“{strategy.name}”" for strategy in trial.strategies)
    return f"{names}: what comes of it for {inside_sentence(trial.label)} in {_horizon(trial)}?"


def several_entries(trial: TargetTrial) -> bool:
    """Return whether a patient may enter more than once: a sequence of trials."""
    return trial.over_time is not None and trial.over_time.design == SEQUENTIAL


def _horizon(trial: TargetTrial) -> str:
    return f"{trial.horizon_days / DAYS_PER_MONTH:g} months"


def _sources(result: StudyResult) -> str:
    days = calendar(result)
    when = f" Time zero from {days[0]} to {days[1]}." if days else ""
    missing = "Why, where and in what setting they were collected is not reported, nor how they were joined."
    return f"{kind_of_records(result)}{when} {missing}"


def _assumptions_of_the_target(trial: TargetTrial) -> str:
    parts = [part.target for part in trial.protocol if part.item == "Assumptions"]
    return f"{_sentence(parts)} No variable is named."


def _confounders(trial: TargetTrial) -> str:
    if not trial.covariates:
        return "No variable that differs between patients was named: who starts is taken for chance."
    when = "on the day of time zero"
    if trial.over_time is not None:
        when = "at the beginning of each step; what is held at time zero is named under the strategies"
    if several_entries(trial):
        when = "on the day of entry into each trial"
    return f"{listed(list(trial.covariates))}, as last known {when}; definitions in the study file."


def _analysis(trial: TargetTrial) -> str:
    texts = [sentence.text for sentence in SENTENCES[TargetTrial](trial)]
    missing = "that was never known" if several_entries(trial) else "not known at time zero"
    return f"{_sentence(texts)} A covariate {missing} leaves the patient out."


def _other_choices(trial: TargetTrial) -> str:
    at = [f"{mark.months:g}" for mark in trial.landmarks]
    found = [f"landmarks at {listed(at)} months"] if at else []
    found += [each.name for each in trial.over_time.comparisons[1:]] if trial.over_time else []
    return _sentence([f"beside the main comparison {listed(found)}"] if found else [])


def _other_results(trial: TargetTrial) -> str:
    found = [
        f"landmark at {mark.months:g} months: hazard ratio {with_interval(mark.hazard_ratio, ratio)}"
        for mark in trial.landmarks
    ]
    for each in trial.over_time.comparisons[1:] if trial.over_time else ():
        found.append(f"{each.name}: {_differences(trial, each.survival_difference, each.mean_difference)}")
    return _sentence(found)


def _differences(trial: TargetTrial, survival: Estimate, mean: Estimate) -> str:
    return (
        f"difference of the share event-free at {_horizon(trial)} {with_interval(survival, share)} percentage points, "
        f"of mean event-free time {with_interval(mean, months)} months"
    )


def _effects(trial: TargetTrial) -> str:
    parts = [_differences(trial, trial.survival_difference, trial.mean_difference)]
    parts += [f"risk ratio {with_interval(trial.risk_ratio, ratio)}"] if trial.risk_ratio is not None else []
    if trial.over_time is not None:
        parts.append(f"hazard ratio {with_interval(trial.over_time.comparisons[0].hazard_ratio, ratio)}")
    what = " less ".join(item.name for item in trial.strategies)
    return _sentence([f"{what}, with 95% CI: {', '.join(parts)}"])


def _ways(trial: TargetTrial) -> list[tuple[str, Strategy]]:
    """Return every strategy with the way it was followed; courses that were simulated are nobody's."""
    if trial.over_time is None:
        return [("", strategy) for strategy in trial.strategies]
    observed = [each for each in trial.over_time.comparisons if each.hazard_ratio.method]
    return [(f"{each.name}, ", strategy) for each in observed for strategy in each.strategies]


def _follow_up(trial: TargetTrial) -> str:
    each = [
        f"{way}{item.name}: left it {left_in_words(item)}, event {item.events}, the others to the end of their "
        f"follow-up or {_horizon(trial)}"
        for way, item in _ways(trial)
    ]
    return f"{_sentence(['; '.join(each)])} How long is not reported."


def _events(trial: TargetTrial) -> str:
    each = [f"{way}{item.name}: {item.events} of {item.clones}" for way, item in _ways(trial)]
    return _sentence(["; ".join(each)])


def _sizes(trial: TargetTrial) -> str:
    what = "entries in" if several_entries(trial) else "in"
    return f"{'; '.join(f'{item.clones} {what} “{item.name}”' for item in trial.strategies)}."


_entered = _of_each(_sizes)


def _flow(result: StudyResult) -> str:
    first, last = result.cohort.flow[0].before, result.cohort.flow[-1].after
    return (
        f"{first} in the records, {last} meet the criteria of the study; {_entered(result)} Flow of patients, figure."
    )


def _baseline(result: StudyResult) -> str:
    found = answers_of(result, Characteristics)
    if not found:
        return ""
    trials = answers_of(result, TargetTrial)
    who = f"Who the patients were: {counted(len(found[0].variables), 'variable')} of all {found[0].sizes[-1]} studied"
    if any(several_entries(trial) for trial in trials):
        return f"{who}; by strategy not reported."
    begin = listed(list(dict.fromkeys(str(trial.strategies[0].clones) for trial in trials)))
    return f"{who}; {begin} of them are in the trial, at its beginning in both strategies."


def _missing(result: StudyResult) -> str:
    found = "Who the patients were: a row “missing” where a value is." * bool(answers_of(result, Characteristics))
    return f"{_emulated('Eligibility')(result)} {found}".strip()


def _limits(result: StudyResult) -> str:
    cautions = dict.fromkeys(text for trial in answers_of(result, TargetTrial) for text in trial.cautions)
    parts = ["Where they differ: Target trial and emulation.", *cautions, biases(result)]
    return f"{' '.join(parts)} How plausible the assumptions are is not reported."


OF_TRIALS: Mapping[str, Said] = {
    "trial_named": _named,
    "trial_summary": _summary,
    "causal_question": _of_each(_question),
    "trial_sources": _sources,
    "target_eligibility": _target("Eligibility"),
    "target_strategies": _target("Strategies"),
    "target_assignment": _target("Assignment"),
    "target_follow_up": _target("Time zero", "Follow-up"),
    "target_outcome": _target("Outcome"),
    "target_contrast": _target("Contrast"),
    "target_assumptions": _of_each(_assumptions_of_the_target),
    "target_analysis": _target("Analysis"),
    "emulated_eligibility": _emulated("Eligibility"),
    "emulated_strategies": _emulated("Strategies"),
    "emulated_assignment": _emulated("Assignment"),
    "emulated_follow_up": _emulated("Time zero", "Follow-up"),
    "emulated_outcome": _emulated("Outcome"),
    "emulated_contrast": _emulated("Contrast"),
    "emulated_assumptions": _emulated("Assumptions"),
    "confounders": _of_each(_confounders),
    "emulated_analysis": _of_each(_analysis),
    "other_choices": _of_each(_other_choices),
    "trial_flow": _flow,
    "trial_baseline": _baseline,
    "trial_follow_up": _of_each(_follow_up),
    "trial_missing": _missing,
    "trial_events": _of_each(_events),
    "trial_effects": _of_each(_effects),
    "other_results": _of_each(_other_results),
    "trial_limits": _limits,
}
"""What answers each item of TARGET that the run knows of."""
