"""What a run can say to RECORD-PE, the items about exposure to drugs; an empty text where it can say nothing."""

from collections.abc import Callable, Mapping

from sequela.analyses.propensity_results import Propensity
from sequela.analyses.report_card import CardItem, Status
from sequela.analyses.results import Competing, Specifications, Subgroups, Survival, TargetTrial
from sequela.analyses.study_result import StudyResult
from sequela.analyses.wording import counted, inside_sentence, listed
from sequela.report.checklist_evidence import answers_of, tried_otherwise
from sequela.report.checklist_trials import several_entries
from sequela.report.study_text import group_words

ASSUMPTIONS = (
    "proportional_hazards",
    "censoring",
    "competing_events",
    "measured_confounding",
    "later_changes",
    "covariates_together",
)
"""Items of the card that ask whether what a method assumes holds."""
EXPLANATIONS = ("measured_confounding", "unmeasured_confounding", "hidden_confounder", "selection")
"""Items of the card that ask whether something other than the drug explains the answer."""
BESIDE = {
    Propensity: "groups made alike by propensity scores",
    Subgroups: "subgroups",
    Competing: "kinds of event told apart",
    TargetTrial: "an emulated target trial",
    Specifications: "every combination of named choices",
}
"""Ways of asking once more, beside a comparison of curves."""


def _exposures(result: StudyResult) -> list[str]:
    groups = [f"{name}: {rule}" for name, rule in group_words(result.study)]
    trials = [_part(trial, "Strategies") for trial in answers_of(result, TargetTrial)]
    zero = result.study.time_zero
    return [*groups, *trials] or ([f"all: {zero}"] if zero.kind == "first drug" else [])


def _part(trial: TargetTrial, name: str) -> str:
    return next(part.target for part in trial.protocol if part.item == name)


def _entry_order(result: StudyResult) -> str:
    steps = "; ".join(step.label for step in result.cohort.flow)
    several = any(several_entries(trial) for trial in answers_of(result, TargetTrial))
    again = ", in the sequential trials as often as she is eligible" if several else ""
    return f"In this order: {steps}. A patient enters once{again}; an indication counts only where it is named here."


def _definition(result: StudyResult) -> str:
    found = _exposures(result)
    if not found:
        return ""
    return f"{'; '.join(found)}. Drugs by their ingredients and classes. Why so is not reported."


def _sources(result: StudyResult) -> str:
    files = [source for source in result.records.sources if source.table == "exposures"]
    each = [f"{source.name}, {counted(source.rows_kept, 'row')} of {source.rows_read} kept" for source in files]
    return f"{'; '.join(each)}." if each else ""


def _window(result: StudyResult) -> str:
    if not result.study.groups:
        grace = [_part(trial, "Strategies") for trial in answers_of(result, TargetTrial)]
        return f"{'; '.join(grace)}. Why this window is not reported." if grace else ""
    asked = result.main_question
    entry = "patients count from their entry on" if asked is not None and asked.entry else "all count from time zero"
    late = counted(result.cohort.guard.late, "patient")
    windows = "; ".join(f"{name}: {rule}" for name, rule in group_words(result.study))
    return f"{windows}; {late} came into the cohort after time zero, {entry}. Why these windows is not reported."


def _attribution(result: StudyResult) -> str:
    how = ["an event counts for the group of its patient, whatever is given later"] if result.study.groups else []
    for trial in answers_of(result, TargetTrial):
        of = "as assigned, and per protocol while followed" if several_entries(trial) else "while it is followed"
        how.append(f"in the emulated trial an event counts for a strategy {of}")
    text = "; ".join(dict.fromkeys(how))
    return f"{text[:1].upper()}{text[1:]}. Why so is not reported." if how else ""


def _dose(_: StudyResult) -> str:
    return "Not applicable: no analysis looks at dose."


def _comparators(result: StudyResult) -> str:
    reference = result.cohort.reference
    rules = dict(group_words(result.study))
    found = [f"{reference} ({rules.get(reference, 'as given')})"] if reference else []
    found += [trial.strategies[1].name for trial in answers_of(result, TargetTrial)]
    if not found:
        return "Not applicable: nothing is compared."
    return f"Compared with {listed(list(dict.fromkeys(found)))}. Why these is not reported."


def _several_drugs(result: StudyResult) -> str:
    trials = answers_of(result, TargetTrial)
    how = ["a patient is in one group: groups that overlap are refused"] if result.study.groups else []
    if not all(several_entries(trial) for trial in trials):
        how.append("in the emulated trial a patient is in both strategies, until she leaves one")
    if any(several_entries(trial) for trial in trials):
        how.append("in the sequential trials an entry is treated or not, by what is started then")
    text = "; ".join(how)
    return f"{text[:1].upper()}{text[1:]}." if how else ""


def _assessed(result: StudyResult, names: tuple[str, ...]) -> list[CardItem]:
    return [item for item in result.card.items if item.name in names and item.status is not Status.NOT_ASSESSABLE]


def _assumptions(result: StudyResult) -> str:
    looked = [inside_sentence(item.title) for item in _assessed(result, ASSUMPTIONS)]
    straight = any(model.linear for item in answers_of(result, Survival) for model in item.models)
    found = ([f"report card, {listed(looked)}"] if looked else []) + (["tests of linearity"] if straight else [])
    text = listed(found)
    return f"{text[:1].upper()}{text[1:]}." if found else ""


def _approaches(result: StudyResult) -> str:
    ways = [words for kind, words in BESIDE.items() if answers_of(result, kind)]
    found = [f"beside the main analysis {listed(ways)}"] if ways else []
    found += [tried_otherwise(result).rstrip(".")] if tried_otherwise(result) else []
    text = "; ".join(found)
    return f"{text[:1].upper()}{text[1:]}. Why these is not reported." if found else ""


def _capture(result: StudyResult) -> str:
    found = _assessed(result, ("unrecorded_treatment",))
    holes = result.records.incomplete_patients("exposures").n_unique()
    known = [f"{counted(holes, 'patient')} with refused rows of drugs."] if holes else []
    return " ".join([*known, *(f"Report card, {inside_sentence(item.title)}: {item.finding}" for item in found)])


def _explanations(result: StudyResult) -> str:
    looked = [inside_sentence(item.title) for item in _assessed(result, EXPLANATIONS)]
    return f"Report card: {listed(looked)}. What that means here is not reported." if looked else ""


OF_DRUGS: Mapping[str, Callable[[StudyResult], str]] = {
    "entry_order": _entry_order,
    "exposure_definition": _definition,
    "exposure_sources": _sources,
    "exposure_window": _window,
    "attribution": _attribution,
    "dose": _dose,
    "comparators": _comparators,
    "several_drugs": _several_drugs,
    "assumptions": _assumptions,
    "approaches": _approaches,
    "drug_capture": _capture,
    "explanations": _explanations,
}
"""What answers each item of RECORD-PE that the run knows of."""
