"""B.11: whether the groups are alike in what was measured, and the answer with them made alike.

Overlap weights: Li, Morgan & Zaslavsky (2018), doi:10.1080/01621459.2016.1260466.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from sequela.analyses.design_matrix import DesignMatrix, design_matrix
from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Status
from sequela.analyses.wording import counted, inside_sentence, listed, rounded, share
from sequela.audit.comparisons import as_asked, hazard_ratios, part_of, weighted_hazard_ratio
from sequela.audit.consequences import consequence
from sequela.audit.material import Material, found_once
from sequela.audit.model import answers_of, fitted
from sequela.audit.thresholds import COVARIATE_KNOWN, IMBALANCE, OUTSIDE_OVERLAP, PATIENTS_PER_SCORE, POSITIVITY
from sequela.derive.baseline import covariate_named
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.stats.logistic import logistic
from sequela.stats.propensity import balance, balancing_weights, effective_sample_size

ID, NAME, TITLE = "B11", "measured_confounding", "Measured confounding"
LOOKED_FOR = ("age", "sex", "ecog", "visceral", "hormone_receptor", "de_novo")
"""Covariates that are compared wherever the records hold them (methods: status at the start of the later drug)."""


@frozen
class Alike:
    """A group made comparable with the reference.

    Attributes
    ----------
    measures : tuple of Measure
    answer : AnswerUnder or None
        None where the data do not support a score; the reason is in `why_not`.
    why_not : str
    outside : float
        Share of patients whose score is next to 0 or to 1; nan without a score.
    """

    measures: tuple[Measure, ...]
    answer: AnswerUnder | None
    why_not: str
    outside: float


def measured_confounding(data: Material) -> CardItem:
    """B.11: compare measured covariates between groups, say which are not adjusted for, and weight for overlap."""
    if not data.compares:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No comparison of times is reported.")
    names = measured_covariates(data)
    if not names:
        names_of = listed([name.replace("_", " ") for name in LOOKED_FOR])
        finding = f"None of {names_of} is recorded for most patients with more than one value."
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, finding)
    design = design_matrix(data.result.cohort, data.result.records, names, data.result.definitions)
    found = [_made_alike(data, design, group) for group in data.others]
    measures = tuple(measure for item in found for measure in item.measures)
    unlike = _unlike(measures)
    adjusted = {_label(data, name) for name in data.adjust}
    open_ones = [label for label in unlike if label not in adjusted]
    scarce = [item for item in found if item.outside > OUTSIDE_OVERLAP.value]
    answers = _answers(data, names, found)
    finding = _finding(unlike, open_ones, found)
    if scarce:
        finding += f" {share(max(item.outside for item in scarce), 0)}% of the patients have no counterpart."
    item = CardItem(ID, NAME, TITLE, Status.OK, finding, measures=measures, answers=answers)
    if not open_ones and not scarce:
        return item
    return item.warned(
        "A difference between the groups may be the difference between their patients.",
        "The answer is shown adjusted for what was measured, and weighted so that the groups are alike. What was not "
        "measured stays.",
    )


@found_once
def measured_covariates(data: Material) -> tuple[str, ...]:
    """Return the covariates that are known for most patients, vary, and are no consequence of the earlier drug."""
    cohort, records = data.result.cohort, data.result.records
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    found = []
    for name in dict.fromkeys((*data.adjust, *LOOKED_FOR)):
        covariate = covariate_named(name, records.drugs)
        if covariate is None or consequence(name):
            continue
        values = covariate.derive(records, at, data.result.definitions)["value"]
        known = values.drop_nulls()
        if known.n_unique() > 1 and known.len() >= COVARIATE_KNOWN.value * values.len():
            found.append(name)
    return tuple(found)


def _label(data: Material, name: str) -> str:
    covariate = covariate_named(name, data.result.records.drugs)
    return covariate.label if covariate else name


def _made_alike(data: Material, design: DesignMatrix, group: str) -> Alike:
    """Compare one group with the reference, and weight both for overlap."""
    reference = data.groups.index(data.result.cohort.reference)
    which = data.group[design.complete]
    rows = (which == data.groups.index(group)) | (which == reference)
    exposed = (which == data.groups.index(group))[rows]
    columns = design.matrix[rows][:, len(design.groups) :]
    vary = columns.std(axis=0) > 0
    columns, labels = columns[:, vary], [label for label, kept in zip(design.labels, vary, strict=True) if kept]
    least = min(int(exposed.sum()), int((~exposed).sum()))
    plain = np.ones(exposed.size)
    if least < 2 or not labels:
        return Alike((), None, "a group has fewer than two patients with every covariate", np.nan)
    if least < PATIENTS_PER_SCORE.value * len(labels):
        why = f"{least} patients in the smaller group carry no score of {counted(len(labels), 'column')}"
        return Alike(_differences(columns, labels, exposed, plain, group), None, why, np.nan)
    try:
        score = logistic(exposed, columns).fitted
        weights = balancing_weights(score, exposed)
        part = replace(part_of(as_asked(data), np.flatnonzero(design.complete)[rows]), exposed=exposed.astype(float))
        how = "robust variance, score taken as known"
        answer = weighted_hazard_ratio(data, part, weights, group, "with overlap weights", how)
    except NotEstimableError as problem:
        return Alike(_differences(columns, labels, exposed, plain, group), None, str(problem), np.nan)
    outside = float(((score < POSITIVITY.value) | (score > 1 - POSITIVITY.value)).mean())
    measures = (
        *_differences(columns, labels, exposed, weights, group),
        Measure("share_without_counterpart", outside, group, method="propensity score next to 0 or 1"),
        Measure("effective_sample_size", effective_sample_size(weights), group, method="overlap weights, both groups"),
    )
    return Alike(measures, answer, "", outside)


def _differences(
    columns: np.ndarray, labels: list[str], exposed: np.ndarray, weights: np.ndarray, group: str
) -> tuple[Measure, ...]:
    found = []
    for column, label in zip(columns.T, labels, strict=True):
        pair = balance(column, exposed, weights)
        found.append(Measure("standardised_difference", pair.before, group, method=label))
        if not (weights == 1).all():
            found.append(Measure("standardised_difference_weighted", pair.after, group, method=label))
    return tuple(found)


def _unlike(measures: tuple[Measure, ...]) -> list[str]:
    """Return the labels of covariates that differ, the most unlike first."""
    worst: dict[str, float] = {}
    for item in measures:
        if item.name == "standardised_difference":
            worst[item.method] = max(worst.get(item.method, 0.0), abs(item.value))
    return sorted((label for label in worst if worst[label] > IMBALANCE.value), key=lambda label: -worst[label])


def _answers(data: Material, names: tuple[str, ...], found: list[Alike]) -> tuple[AnswerUnder, ...]:
    adjusted = fitted(data, names)
    return (
        *hazard_ratios(data, as_asked(data), "unadjusted"),
        *(answers_of(data, adjusted, "adjusted for everything measured") if adjusted else ()),
        *(item.answer for item in found if item.answer is not None),
    )


def _finding(unlike: list[str], open_ones: list[str], found: list[Alike]) -> str:
    limit = rounded(IMBALANCE.value, 1)
    if not unlike:
        text = f"No measured covariate differs by more than {limit} standard deviations between groups."
    elif open_ones:
        text = f"The groups differ by more than {limit} standard deviations in {listed(_inside(unlike))}"
        text += "." if open_ones == unlike else f"; not adjusted for: {listed(_inside(open_ones))}."
        text += " Nothing of it is adjusted for." if open_ones == unlike else ""
    else:
        text = f"The groups differ in {listed(_inside(unlike))}, which the model adjusts for."
    reasons = sorted({item.why_not for item in found if item.why_not})
    return text + (f" Weighting is not supportable: {'; '.join(reasons)}." if reasons else "")


def _inside(labels: list[str]) -> list[str]:
    return [inside_sentence(label) for label in labels]
