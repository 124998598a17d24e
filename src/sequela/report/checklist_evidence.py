"""What a run can say to an item of a checklist; an empty text where it can say nothing."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import polars as pl

from sequela.analyses.propensity_results import Propensity
from sequela.analyses.report_card import Status
from sequela.analyses.results import Characteristics, Response, Specifications, Subgroups, Survival, TargetTrial
from sequela.analyses.study_result import StudyResult
from sequela.analyses.wording import counted, inside_sentence, listed, months, percent
from sequela.report.answer import released
from sequela.report.methods import methods_paragraph
from sequela.report.page import KINDS
from sequela.study.spec import PropensityAnalysis

Kind = TypeVar("Kind")


def answers_of(result: StudyResult, kind: type[Kind]) -> list[Kind]:
    """Return the answers of one kind that are released, in the order of the study."""
    return [item for item in released(result) if isinstance(item, kind)]


def _nothing(_: StudyResult) -> str:
    return ""


def _design_in_title(result: StudyResult) -> str:
    words = re.search(r"(?i)cohort|retrospective|registry|emulat", result.study.title)
    return f"Title: “{words.group(0)}”." if words else ""


def _time_in_title(result: StudyResult) -> str:
    return "The title names a year." if re.search(r"\b(19|20)\d\d\b", result.study.title) else ""


def _abstract(_: StudyResult) -> str:
    return "The first sentence of the page, and the numbers beside it."


def _question(result: StudyResult) -> str:
    return f"{result.study.title}. Whether it was asked before the data were seen is not reported."


def _design(result: StudyResult) -> str:
    compared = (
        f"{counted(len(result.cohort.groups), 'group')} compared" if len(result.cohort.groups) > 1 else "one group"
    )
    more = " A target trial is emulated beside it." if answers_of(result, TargetTrial) else ""
    return f"Cohort from existing records, {compared}; see Methods.{more}"


def _dates(result: StudyResult) -> str:
    window = result.study.accrual
    if window is not None:
        ends = [f"from {window.start}" if window.start else "", f"to {window.end}" if window.end else ""]
        return f"Accrual {' '.join(end for end in ends if end)}; the place is not reported."
    days = calendar(result)
    return f"Time zero from {days[0]} to {days[1]}; the place is not reported." if days else ""


def calendar(result: StudyResult) -> tuple[object, object] | None:
    """Return the first and the last day of time zero; None where no date is known."""
    origins = result.records.table("patients").select("patient_id", "origin_date").unique("patient_id", keep="first")
    zero = result.cohort.patients.select("patient_id", "time_zero").join(origins, on="patient_id", how="left")
    days = zero.select(pl.col("origin_date") + pl.duration(days=pl.col("time_zero"))).to_series().drop_nulls()
    return None if days.is_empty() else (days.min(), days.max())


def _eligibility(result: StudyResult) -> str:
    criteria = len(result.study.population)
    rule = "every patient with a time zero" if not criteria else f"{counted(criteria, 'criterion')}, in this order"
    return f"{rule[:1].upper()}{rule[1:]}; see Flow of patients and the study file."


def _matching(result: StudyResult) -> str:
    asked = any(isinstance(item, PropensityAnalysis) and item.weights == "matching" for item in result.study.analyses)
    return "See the propensity analysis." if asked else "Not applicable: patients were not matched."


def _definitions(result: StudyResult) -> str:
    endpoints = [inside_sentence(item.label) for item in answers_of(result, Survival)]
    what = f" of {listed(endpoints)}" if endpoints else ""
    return f"Definitions{what}, with their sources; groups and covariates in the study file."


def _sources(result: StudyResult) -> str:
    files = counted(len(result.records.sources), "file")
    return (
        f"{files}, each with its rows and its hash; see Where the records come from." if result.records.sources else ""
    )


def biases(result: StudyResult) -> str:
    """Say what the report card looked at, and the worst it found."""
    worst = [inside_sentence(item.title) for item in result.card.items if item.status in (Status.WARN, Status.ERROR)]
    named = f" Named: {listed(worst)}." if worst else " Nothing was found by them."
    return f"{counted(len(result.card.items), 'item')} of the report card.{named}"


def _size(result: StudyResult) -> str:
    patients = result.cohort.patients.height
    return f"All {counted(patients, 'patient')} who meet the criteria; no size is planned in the study file."


def _quantities(result: StudyResult) -> str:
    described = ["as medians with ranges in tables"] if answers_of(result, Characteristics) else []
    adjusted = any(ratio.adjusted_for for item in answers_of(result, Survival) for ratio in item.hazard_ratios)
    modelled = ["per unit in models, with a test of linearity"] if adjusted else []
    found = listed([*described, *modelled])
    return f"{found[:1].upper()}{found[1:]}." if found else ""


def _methods(result: StudyResult) -> str:
    found = methods_paragraph(result)
    return f"Methods, with {counted(len(found.references), 'reference')}."


def _subgroups(result: StudyResult) -> str:
    found = answers_of(result, Subgroups)
    return "Subgroups, with tests of interaction." if found else "No subgroup was analysed."


def _missing(result: StudyResult) -> str:
    left = [
        ratio.left_out for item in answers_of(result, Survival) for ratio in item.hazard_ratios if ratio.adjusted_for
    ]
    models = f" Adjusted models leave out up to {counted(max(left), 'patient')}." if left else ""
    imputed = any(item.imputed for item in answers_of(result, Survival))
    how = "missing covariates are imputed beside complete cases" if imputed else "nothing is imputed"
    return f"Missing values are counted apart and {how}.{models}"


def _loss(result: StudyResult) -> str:
    return "Censored when last seen; see Who was lost on the report card." if answers_of(result, Survival) else ""


def tried_otherwise(result: StudyResult) -> str:
    """Say under how many other ways the answer was worked out; empty where under none."""
    tried = sum(len(item.answers) for item in result.card.items)
    every = sum(len(item.specifications) for item in answers_of(result, Specifications))
    parts = [f"{counted(tried, 'answer')} under other ways on the report card"] if tried else []
    parts += [f"{counted(every, 'specification')}"] if every else []
    return f"{listed(parts)}." if parts else ""


def _flow(result: StudyResult) -> str:
    first, last = result.cohort.flow[0].before, result.cohort.flow[-1].after
    return f"Flow of patients: {first} in the records, {last} studied, with the reason at each step."


def _diagram(_: StudyResult) -> str:
    return "Flow of patients, figure."


def _characteristics(result: StudyResult) -> str:
    found = answers_of(result, Characteristics)
    return f"Who the patients were: {counted(len(found[0].variables), 'variable')}." if found else ""


def _missing_by_variable(result: StudyResult) -> str:
    return "In the same table, a row “missing” where a value is." if answers_of(result, Characteristics) else ""


def _follow_up(result: StudyResult) -> str:
    found = answers_of(result, Survival)
    if not found:
        return ""
    each = listed([f"{months(group.follow_up.value)} months in {group.name}" for group in found[0].groups])
    return f"Reverse Kaplan-Meier medians: {each}."


def _events(result: StudyResult) -> str:
    found = answers_of(result, Survival)
    if not found:
        return ""
    return f"{listed([f'{group.events} of {group.n} in {group.name}' for group in found[0].groups])}."


def _estimates(result: StudyResult) -> str:
    ratios = [ratio for item in answers_of(result, Survival) for ratio in item.hazard_ratios]
    if not ratios:
        return ""
    adjusted = next((ratio.adjusted_for for ratio in ratios if ratio.adjusted_for), ())
    alike = next((item.covariates for item in answers_of(result, Propensity)), ())
    beside = f" Beside them groups made alike in {listed([inside_sentence(name) for name in alike])}." if alike else ""
    if not adjusted:
        return f"Crude hazard ratios with intervals; nothing is adjusted for.{beside}"
    named = listed([inside_sentence(name) for name in adjusted])
    return f"Crude, and adjusted for {named}; why these is not reported.{beside}"


def _cut_points(result: StudyResult) -> str:
    return "Quantities are halved at their median in subgroups." if answers_of(result, Subgroups) else ""


def _absolute(result: StudyResult) -> str:
    read = any(group.milestones for item in answers_of(result, Survival) for group in item.groups)
    return "Probabilities without the event at fixed months, by group." if read else ""


def _other(result: StudyResult) -> str:
    kinds = dict.fromkeys(analysis.kind.replace("_", " ") for analysis in result.study.analyses)
    return f"Analyses of the study: {listed(list(kinds))}."


def kind_of_records(result: StudyResult) -> str:
    """Say what kind of records these are, and their name."""
    name = f": {result.records.title}" if result.records.title else "; their name is not reported"
    return f"{KINDS[result.records.kind]}{name}."


def _cleaning(result: StudyResult) -> str:
    read = sum(source.rows_read for source in result.records.sources)
    refused = sum(source.rows_quarantined for source in result.records.sources)
    dates = counted(len(result.records.imputations), "date")
    return f"{refused} of {counted(read, 'row')} refused by rule, {dates} completed; see Where the records come from."


def _secondary_use(result: StudyResult) -> str:
    named = [item.title for item in result.card.items if item.id in ("B14", "B15", "B16c")]
    return f"Report card: {listed([inside_sentence(name) for name in named])}." if named else ""


def _again(_: StudyResult) -> str:
    return "Study file, versions and hashes: How to get the same page again. Where the data can be had is not reported."


def _access(result: StudyResult) -> str:
    dates = result.study.availability
    return f"{listed([f'{drug} from {day}' for drug, day in dates.items()])}." if dates else ""


def _staging(result: StudyResult) -> str:
    known = result.records.table("diagnoses")["stage"].drop_nulls().len()
    asked = (*result.study.population, result.study.time_zero)
    metastatic = any("metastatic" in str(item) for item in asked)
    parts = ["metastatic disease is a criterion"] if metastatic else []
    parts += [f"{counted(known, 'stage')} recorded"] if known else []
    return f"{listed(parts)[:1].upper()}{listed(parts)[1:]}." if parts else ""


def _lines(result: StudyResult) -> str:
    rules = result.definitions.line_rules
    changed = f", {counted(len(rules.changed), 'rule')} changed" if rules.changed else ""
    return f"Line rules “{rules.name}”{changed}; each rule with its source by `sequela rules`."


def _biomarkers(result: StudyResult) -> str:
    used = result.records.table("biomarkers").height
    return f"HER2 by {result.definitions.her2.title}." if used else ""


def _response(result: StudyResult) -> str:
    if answers_of(result, Response):
        return "Best response and its rules; see Response."
    named = [item for item in answers_of(result, Survival) if item.definition]
    return "Events and censorings of each endpoint, rule by rule; see Definitions." if named else ""


def _maturity(result: StudyResult) -> str:
    found = answers_of(result, Survival)
    if not found:
        return ""
    each = listed([f"{percent(group.events, group.n, 0)}% in {group.name}" for group in found[0].groups])
    return f"Share with the event: {each}."


EVIDENCE: Mapping[str, Callable[[StudyResult], str]] = {
    "author": _nothing,
    "design_in_title": _design_in_title,
    "time_in_title": _time_in_title,
    "abstract": _abstract,
    "question": _question,
    "design": _design,
    "dates": _dates,
    "eligibility": _eligibility,
    "matching": _matching,
    "definitions": _definitions,
    "sources": _sources,
    "bias": biases,
    "size": _size,
    "quantities": _quantities,
    "methods": _methods,
    "subgroups": _subgroups,
    "missing": _missing,
    "loss": _loss,
    "sensitivity": tried_otherwise,
    "flow": _flow,
    "diagram": _diagram,
    "characteristics": _characteristics,
    "missing_by_variable": _missing_by_variable,
    "follow_up": _follow_up,
    "events": _events,
    "estimates": _estimates,
    "cut_points": _cut_points,
    "absolute": _absolute,
    "other": _other,
    "kind": kind_of_records,
    "cleaning": _cleaning,
    "secondary_use": _secondary_use,
    "again": _again,
    "access": _access,
    "staging": _staging,
    "lines": _lines,
    "biomarkers": _biomarkers,
    "response": _response,
    "maturity": _maturity,
}
"""What answers each kind of item, from the run."""
