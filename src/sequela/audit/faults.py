"""B.16: smaller statistical faults that can be found without asking anyone.

Events per coefficient: Peduzzi et al. (1995), J Clin Epidemiol.
"""

from collections.abc import Iterable

import numpy as np

from sequela.analyses.design_matrix import DesignMatrix
from sequela.analyses.propensity_results import Propensity
from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Status
from sequela.analyses.results import Competing, MultiplyImputed, Subgroups, Survival
from sequela.analyses.wording import counted, listed, months, percent, rounded
from sequela.audit.material import Material
from sequela.audit.model import FittedModel, answers_of, fitted, main_survival
from sequela.audit.thresholds import AT_RISK_FOR_A_MEDIAN, COMPLETE_CASE_LOSS, EVENTS_PER_COEFFICIENT


def events_per_coefficient(data: Material) -> CardItem:
    """B.16: whether the adjusted model has enough events for its coefficients, and a finite estimate of each."""
    name, title = "events_per_coefficient", "Events for the model"
    model = _adjusted(data)
    if model is None:
        return _nothing("B16b", name, title, data)
    number = model.fit.events / model.fit.coefficients.size
    measures = (Measure(name, number),)
    finding = f"{counted(model.fit.events, 'event')} for {counted(model.fit.coefficients.size, 'coefficient')}."
    endless = [label for label, wild in zip(_columns(model.design), model.fit.diverging, strict=True) if wild]
    if endless:
        finding += f" {listed(endless)} separates those with the event from those without: no finite estimate."
    if number >= EVENTS_PER_COEFFICIENT.value and not endless:
        return CardItem("B16b", name, title, Status.OK, finding, measures=measures)
    return CardItem(
        "B16b",
        name,
        title,
        Status.WARN,
        finding,
        f"With fewer than {EVENTS_PER_COEFFICIENT.value:g} events each, adjusted ratios are unstable, too far from 1.",
        "Adjust for fewer covariates, chosen before the data were seen.",
        measures,
    )


def complete_case_loss(data: Material) -> CardItem:
    """B.16: how many patients the adjusted model loses to missing covariates."""
    name, title = "complete_case_loss", "Missing covariates"
    model = _adjusted(data)
    if model is None:
        return _nothing("B16c", name, title, data)
    survival = main_survival(data)
    imputed = survival.imputed if survival else None
    lost = model.design.left_out
    by_group = [int((~model.design.complete & (data.group == index)).sum()) for index in range(len(data.groups))]
    measures = tuple(
        Measure("patients_left_out", float(number), group) for group, number in zip(data.groups, by_group, strict=True)
    )
    each = listed([f"{number} in {group}" for group, number in zip(data.groups, by_group, strict=True)])
    finding = f"{lost} of {counted(data.days.size, 'patient')} ({percent(lost, data.days.size)}%) left out: {each}."
    if lost <= COMPLETE_CASE_LOSS.value * data.days.size:
        return CardItem("B16c", name, title, Status.OK, finding, measures=measures)
    return CardItem(
        "B16c",
        name,
        title,
        Status.WARN,
        finding,
        "The adjusted ratio speaks only of patients whose records are complete, who may fare differently.",
        "The answer with missing covariates imputed stands beside it."
        if imputed
        else "Complete the records, leave out the covariate that costs most, or ask for the answer with missing "
        "covariates imputed beside it ('missing: {impute: 20}'); nothing is imputed unasked.",
        measures,
        _complete_and_imputed(data, model, imputed) if imputed else (),
    )


def _complete_and_imputed(data: Material, model: FittedModel, imputed: MultiplyImputed) -> tuple[AnswerUnder, ...]:
    """Return the adjusted ratios of complete cases and those with missing covariates imputed."""
    label = f"with missing covariates imputed ({imputed.imputations} times)"
    after = (AnswerUnder(label, r.group, r.reference, r.estimate, r.n, r.events) for r in imputed.ratios)
    return (*answers_of(data, model, "complete cases"), *after)


def median_beyond_follow_up(data: Material) -> CardItem:
    """B.16: whether each median still rests on enough patients at risk."""
    name, title = "median_beyond_follow_up", "Medians at the end of the curve"
    survival = main_survival(data)
    if survival is None:
        return CardItem("B16d", name, title, Status.NOT_ASSESSABLE, "No curve is reported.")
    found = list(_thin_medians(survival))
    measures = tuple(Measure("at_risk_at_the_median", float(at_risk), group) for group, at_risk, _ in found)
    thin = [item for item in found if item[1] < AT_RISK_FOR_A_MEDIAN.value]
    if not found:
        return CardItem("B16d", name, title, Status.OK, "No median is reached, so none is read too late.")
    if not thin:
        return CardItem(
            "B16d", name, title, Status.OK, "Every median has patients enough behind it.", measures=measures
        )
    each = listed([f"{months(day)} months in {group} with {at_risk} at risk" for group, at_risk, day in thin])
    return CardItem(
        "B16d",
        name,
        title,
        Status.WARN,
        f"Median of {each}.",
        "So late on the curve one event more or less moves the median far.",
        "Read survival at an earlier time instead.",
        measures,
    )


def several_comparisons(data: Material) -> CardItem:
    """B.16: how many comparisons one p-value stands for."""
    name, title = "several_comparisons", "Number of comparisons"
    kinds = [len(item.comparisons) for item in data.result.analyses if isinstance(item, Competing)]
    within = [len(item.rows) - 1 for item in data.result.analyses if isinstance(item, Subgroups)]
    number = sum(1 for item in data.result.analyses if isinstance(item, Survival)) + sum(kinds) + sum(within)
    number *= max(0, len(data.groups) - 1)
    number += sum(len(item.comparisons) for item in data.result.analyses if isinstance(item, Propensity))
    measures = (Measure("comparisons", float(number)),)
    if number <= 1:
        finding = "One comparison of times." if number else "No comparison of times is reported."
        return CardItem("B16e", name, title, Status.OK, finding, measures=measures)
    chance = 1 - 0.95**number
    return CardItem(
        "B16e",
        name,
        title,
        Status.WARN,
        f"{number} comparisons of times: with no difference anywhere, up to {rounded(100 * chance)}% of such studies "
        "show at least one p-value below 0.05.",
        "Makes the smallest p-value look smaller than it is.",
        "Name the main comparison before the data are seen; read the others as exploration.",
        measures,
    )


def _thin_medians(survival: Survival) -> Iterable[tuple[str, int, float]]:
    for group in survival.groups:
        day = group.median.value
        if np.isfinite(day):
            step = int(np.searchsorted(group.curve.time, day, side="left"))
            yield group.name, int(group.curve.at_risk[min(step, len(group.curve.time) - 1)]), day


def _adjusted(data: Material) -> FittedModel | None:
    reported = data.compares and data.adjust and not data.result.too_early
    return fitted(data, data.adjust) if reported else None


def _columns(design: DesignMatrix) -> tuple[str, ...]:
    return (*design.groups, *design.labels)


def _nothing(code: str, name: str, title: str, data: Material) -> CardItem:
    if data.compares and not data.adjust:
        return CardItem(code, name, title, Status.OK, "Nothing is adjusted for.")
    return CardItem(code, name, title, Status.NOT_ASSESSABLE, "No adjusted comparison of times is reported.")
