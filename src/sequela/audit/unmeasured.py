"""B.14: how strong an unmeasured confounder would have to be, beside the strongest measured one.

VanderWeele & Ding (2017), doi:10.7326/M16-2607.
"""

import math

import numpy as np

from sequela.analyses.report_card import CardItem, Measure, Status
from sequela.analyses.results import HazardRatio
from sequela.analyses.wording import ratio
from sequela.audit.material import Material
from sequela.audit.model import fitted, main_ratios
from sequela.audit.thresholds import COMMON_OUTCOME
from sequela.errors import NotEstimableError
from sequela.stats.e_value import EValue, e_value, risk_ratio_of_hazard_ratio

ID, NAME, TITLE = "B14", "unmeasured_confounding", "Unmeasured confounding"
CAVEAT = (
    "An E-value speaks of confounding only: a clock that starts too early, or patients selected by when a drug "
    "became available, can make a ratio without any confounder."
)


def unmeasured_confounding(data: Material) -> CardItem:
    """B.14: the E-value of the answer and of its limit, held against the strongest measured covariate."""
    shown = main_ratios(data)
    if not shown:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No comparison of times is reported.")
    item = shown[0]
    try:
        value = _e_value(item)
    except NotEstimableError:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "The hazard ratio has no finite estimate.")
    label, strongest = strongest_covariate(data)
    measures = [Measure("e_value", value.estimate, item.group), Measure("e_value_of_limit", value.limit, item.group)]
    if label:
        measures.append(Measure("strongest_measured_hazard_ratio", strongest, method=label))
    if value.limit == 1:
        finding = "The interval contains no difference, so no confounder is needed to explain the answer."
        return CardItem(ID, NAME, TITLE, Status.OK, finding, measures=tuple(measures))
    finding = (
        f"A confounder tied to group and outcome by ratios of {ratio(value.estimate)} each would explain the estimate; "
        f"{ratio(value.limit)} each would let its interval reach 1."
    )
    if not label:
        compared, status = " Nothing is adjusted for, so no measured covariate shows what is usual.", Status.WARN
    else:
        compared = f" The strongest measured covariate, {label}, has {ratio(strongest)}."
        status = Status.WARN if strongest >= value.limit else Status.OK
    direction = "Could make a difference where there is none, or hide one." if status is Status.WARN else ""
    return CardItem(ID, NAME, TITLE, status, finding + compared, direction, CAVEAT, tuple(measures))


def strongest_covariate(data: Material) -> tuple[str, float]:
    """Return the covariate of the adjusted model with the largest hazard ratio, turned above 1; "" without one.

    A continuous covariate counts per standard deviation.
    """
    model = fitted(data, data.adjust) if data.adjust else None
    if model is None:
        return "", math.nan
    first = len(model.design.groups)
    columns = model.design.matrix[:, first:]
    binary = np.array([set(np.unique(column)) <= {0.0, 1.0} for column in columns.T], dtype=bool)
    scale = np.where(binary, 1.0, columns.std(axis=0, ddof=1))
    size = np.abs(model.fit.coefficients[first:] * scale)
    size[model.fit.diverging[first:]] = np.nan
    if np.isnan(size).all():
        return "", math.nan
    best = int(np.nanargmax(size))
    return model.design.labels[best], float(np.exp(size[best]))


def _e_value(item: HazardRatio) -> EValue:
    numbers = [item.estimate.value, item.estimate.low, item.estimate.high]
    if item.events >= COMMON_OUTCOME.value * item.n:
        numbers = [risk_ratio_of_hazard_ratio(number) for number in numbers]
    return e_value(*numbers)
