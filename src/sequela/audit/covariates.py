"""B.16: whether covariates of the model say the same, and where they came from."""

import numpy as np

from sequela.analyses.design_matrix import DesignMatrix, design_matrix
from sequela.analyses.report_card import CardItem, Measure, Status
from sequela.analyses.wording import counted, inside_sentence, listed, rounded
from sequela.audit.material import Material
from sequela.audit.thresholds import INFLATION
from sequela.errors import NotEstimableError
from sequela.stats.variance_inflation import variance_inflation

ID, NAME, TITLE = "B16f", "covariates_together", "Covariates that say the same"
CHOSEN = "None was chosen by its p-value here; whether that was done before is not recorded."


def covariates_together(data: Material) -> CardItem:
    """B.16: the variance inflation of groups and covariates, a term each."""
    if not data.compares or data.result.cohort.guard.late:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No adjusted comparison of times is reported.")
    if not data.adjust:
        return CardItem(ID, NAME, TITLE, Status.OK, "Nothing is adjusted for.")
    design = design_matrix(data.result.cohort, data.result.records, data.adjust, data.result.definitions)
    labels, terms = _terms(design)
    try:
        found = variance_inflation(design.matrix, terms)
    except NotEstimableError as problem:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, f"Not computed: {problem}.")
    measures = tuple(
        Measure("variance_inflation", float(value), method=label) for label, value in zip(labels, found, strict=True)
    )
    named = f"{counted(len(labels) - 1, 'covariate')} named in the study file. {CHOSEN}"
    high = [k for k in np.argsort(-found) if found[k] > INFLATION.value]
    if not high:
        worst = f"Largest variance inflation: {rounded(float(found.max()), 1)} ({labels[int(found.argmax())]})."
        return CardItem(ID, NAME, TITLE, Status.OK, f"{named} {worst}", measures=measures)
    each = listed([f"{labels[k]} ({_in_words(float(found[k]))})" for k in high])
    return CardItem(
        ID,
        NAME,
        TITLE,
        Status.WARN,
        f"The others nearly tell {each}. {named}",
        "The model cannot tell apart what says the same: ratios become large, small or turn, and intervals wide.",
        "Keep one of them, chosen before the data are seen.",
        measures,
    )


def _terms(design: DesignMatrix) -> tuple[list[str], tuple[tuple[int, ...], ...]]:
    first = len(design.groups)
    columns: dict[str, list[int]] = {"the groups": list(range(first))}
    for index, label in enumerate(design.labels):
        columns.setdefault(inside_sentence(label), []).append(first + index)
    return list(columns), tuple(tuple(term) for term in columns.values())


def _in_words(value: float) -> str:
    return f"variance {rounded(value, 1)} times as large" if np.isfinite(value) else "completely"
