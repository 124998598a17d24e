"""B.13: the controls that a study file names: another drug in place of the later one, another outcome.

Drug control: Sanglier (2022), Cancers 14:2468. Where the groups differ on a drug of which that is not expected, they
differ anyway.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from sequela.analyses.design_matrix import DesignMatrix, design_matrix
from sequela.analyses.results import Estimate
from sequela.analyses.study_result import StudyResult
from sequela.analyses.wording import counted, inside_sentence
from sequela.audit.comparisons import cases_of, estimate_of
from sequela.audit.material import Material, material, roles
from sequela.audit.model import fitted
from sequela.audit.thresholds import LEAST_CONTROL_EVENTS
from sequela.derive.endpoint_times import time_to_event
from sequela.errors import NotEstimableError, SequelaError
from sequela.frozen import frozen
from sequela.stats.cox import CoxFit, cox
from sequela.study.cohort import build_cohort
from sequela.study.controls import Control, never_before, with_drug_instead
from sequela.study.names import drug_or_group


@frozen
class KnownAnswer:
    """What the groups are like where one knows what they should be like.

    Attributes
    ----------
    label : str
        What was compared.
    group : str
    estimate : Estimate
        Hazard ratio against the reference.
    known : float
        What it should be.
    n, events : int
    drug : str
        Another drug in place of the later one; empty where it is another outcome.
    asked : bool
        Whether the study file names it.
    """

    label: str
    group: str
    estimate: Estimate
    known: float
    n: int
    events: int
    drug: str = ""
    asked: bool = False

    @property
    def unlike(self) -> bool:
        """Return whether the interval leaves out what is known."""
        return not self.estimate.low <= self.known <= self.estimate.high


def asked_controls(data: Material) -> tuple[list[KnownAnswer], list[str]]:
    """Compare the groups in every control that the study names.

    Returns
    -------
    list of KnownAnswer
    list of str
        Why a control has no answer, one text each.
    """
    if data.result.too_early:
        return [], ["the controls of the study, whose clock starts before entry"] if data.result.study.controls else []
    found: list[KnownAnswer] = []
    reasons: list[str] = []
    for control in data.result.study.controls:
        answers = _of_drug(data, control) if control.drug else _of_outcome(data, control)
        if isinstance(answers, str):
            reasons.append(f"{control.drug or control.endpoint}: {answers}")
        else:
            found += answers
    return found, reasons


def _of_drug(data: Material, control: Control) -> list[KnownAnswer] | str:
    later, drug = data.result.study.time_zero.drug, control.drug or ""
    if not later:
        return "time zero is no first dose of a drug that another could stand for"
    try:
        other = material(_with_drug(data, later, drug))
    except SequelaError as problem:
        return str(problem)
    if other.endpoint is None:
        return "a group has nobody with this drug who was followed"
    if few := _few(other, other.event, other.group):
        return few
    model = fitted(other, other.adjust)
    label = f"{inside_sentence(other.endpoint.label)} on {drug}"
    return _answers(control, label, model.design, model.fit) if model else "its hazard ratio has no estimate"


def _with_drug(data: Material, later: str, drug: str) -> StudyResult:
    """Return the study asked of patients who start another drug, and who never had the later one before it."""
    study, drugs = data.result.study, data.result.records.drugs
    meant = drug_or_group(later, drugs)

    def same(name: str) -> bool:
        return drug_or_group(name, drugs) == meant

    changed = {
        name: with_drug_instead(getattr(study, name), same, drug) for name in ("time_zero", "population", "groups")
    }
    changed["population"] = (*changed["population"], never_before(later))
    asked = study.model_copy(update=changed)
    return replace(data.result, study=asked, cohort=build_cohort(asked, data.result.records))


def _of_outcome(data: Material, control: Control) -> list[KnownAnswer] | str:
    endpoint = control.definition
    if endpoint is None:
        return "it names no endpoint"
    at = data.result.cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    times = time_to_event(data.result.records, at, endpoint, data.result.definitions.line_rules)
    joined = at.join(times.select("patient_id", "days", "event"), on="patient_id", how="left", maintain_order="left")
    days = joined["days"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return _compared(data, days, joined["event"].fill_null(value=False).to_numpy(), control, endpoint.label)


def _compared(
    data: Material, days: np.ndarray, event: np.ndarray, control: Control, label: str
) -> list[KnownAnswer] | str:
    """Compare each group with the reference, adjusted as the study adjusts."""
    design = design_matrix(data.result.cohort, data.result.records, data.adjust, data.result.definitions)
    known = np.isfinite(days) & (days > 0)
    rows = design.complete & known
    if few := _few(data, event[rows], data.group[rows]):
        return few
    try:
        counted = roles(cases_of(data, rows))
        fit = cox(days[rows], event[rows], design.matrix[known[design.complete]], ties="efron", **counted)
    except NotEstimableError as problem:
        return str(problem)
    return _answers(control, label, design, fit)


def _few(data: Material, event: np.ndarray, group: np.ndarray) -> str:
    least = min(int(event[group == index].sum()) for index in range(len(data.groups)))
    return f"{counted(least, 'event')} of a group say nothing" if least < LEAST_CONTROL_EVENTS.value else ""


def _answers(control: Control, label: str, design: DesignMatrix, fit: CoxFit) -> list[KnownAnswer] | str:
    found = []
    for index, name in enumerate(design.groups):
        estimate = estimate_of(fit, index)
        if all(0 < x < np.inf for x in (estimate.low, estimate.value, estimate.high)):
            about = (control.hazard_ratio, fit.n, fit.events, control.drug or "", True)
            found.append(KnownAnswer(label, name, estimate, *about))
    return found or "its hazard ratio has no finite estimate"
