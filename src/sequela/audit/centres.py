"""B.7: patients of one centre resemble each other.

Clustered variance: Lin & Wei (1989), doi:10.1080/01621459.1989.10478874; few centres: Cameron & Miller (2015), J Hum
Resour 50:317; frailty and its median hazard ratio: Therneau, Grambsch & Pankratz (2003), J Comput Graph Stat 12:156.
"""

import numpy as np
import polars as pl

from sequela.analyses.curves_compared import FAILED_SHARE
from sequela.analyses.ratio_estimate import ratio_estimate
from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Status
from sequela.analyses.results import Estimate
from sequela.analyses.wording import counted, ratio
from sequela.audit.material import Material
from sequela.audit.model import FittedModel, answers_of, fitted
from sequela.audit.thresholds import CENTRE_SHIFT, CENTRES_FOR_FRAILTY, FEW_CENTRES
from sequela.errors import NotEstimableError
from sequela.stats.cox_bootstrap import bootstrap
from sequela.stats.frailty import frailty, frailty_interval

ID, NAME, TITLE = "B7", "centres", "Centres"
CLUSTERED, DRAWN = "errors clustered by centre", "centres drawn again, whole"
WITHIN, FRAIL = "within centres (centre as stratum)", "within centres (centre as frailty)"
SAMPLES = 500
"""Samples of centres, and the share without an answer beyond which no interval is printed (house rule)."""


def centres(data: Material) -> CardItem:
    """B.7: the comparison with errors clustered by centre, centres drawn again, and within centres only."""
    if not data.compares or data.result.cohort.guard.late:
        return _not_assessable("No comparison of times is reported.")
    names = centres_of(data)
    known = names.drop_nulls()
    if known.is_empty():
        return _not_assessable("The records do not say at which centre a patient was treated.")
    number = known.n_unique()
    measures: tuple[Measure, ...] = (Measure("centres", float(number)),)
    if number < 2:
        return CardItem(ID, NAME, TITLE, Status.OK, "All patients were treated at one centre.", measures=measures)
    if known.len() < names.len():
        missing = counted(names.len() - known.len(), "patient")
        return _not_assessable(f"The centre of {missing} is not recorded.", measures)
    return _examined(data, names, measures)


def _examined(data: Material, names: pl.Series, measures: tuple[Measure, ...]) -> CardItem:
    codes = names.rank("dense").to_numpy().astype(int) - 1
    plain, clustered, within = (
        fitted(data, data.adjust, **options) for options in ({}, {"cluster": codes}, {"strata": codes})
    )
    if plain is None or clustered is None:
        return _not_assessable("The comparison could not be fitted.", measures)
    number, mixed = int(codes.max()) + 1, _with_several_groups(data, codes)
    measures += (Measure("centres_with_several_groups", float(mixed)),)
    answers = (*answers_of(data, plain, "as asked"), *answers_of(data, clustered, CLUSTERED))
    few = number < FEW_CENTRES.value
    drawn = _drawn_again(data, plain, codes) if few else ()
    frail, differ = _frail(data, plain, codes)
    answers += drawn + (answers_of(data, within, WITHIN) if within is not None else ()) + frail
    measures += differ
    finding = f"{counted(number, 'centre')}, {mixed} of them with patients of more than one group."
    if differ:
        finding += f" Median hazard ratio between two centres: {ratio(differ[0].value)}."
    if few and not drawn:
        finding += " With so few centres no interval that allows for them can be had."
    reasons = _reasons(answers, data.others[0], DRAWN if drawn else CLUSTERED)
    item = CardItem(ID, NAME, TITLE, Status.OK, finding, measures=measures, answers=answers)
    if not reasons:
        return item
    return item.warned(
        "Where centres differ in how they treat and in how their patients fare, the groups differ with them.",
        "Adjust for the centre, or read the comparison within centres.",
        f"{finding} {' '.join(reasons)}",
    )


def _drawn_again(data: Material, plain: FittedModel, codes: np.ndarray) -> tuple[AnswerUnder, ...]:
    """Return the ratio with percentiles over samples of whole centres, which few of them need."""
    rng = np.random.default_rng([data.result.study.seed, SAMPLES])
    try:
        found = bootstrap(plain.fit, rng, samples=SAMPLES, cluster=codes[plain.design.complete])
    except NotEstimableError:
        return ()
    if found.failed > FAILED_SHARE * SAMPLES:
        return ()
    answers = []
    for answer, column in zip(answers_of(data, plain, DRAWN), found.coefficients.T, strict=False):
        low, high = (float(np.exp(x)) for x in np.nanquantile(column, [0.025, 0.975], method="nearest"))
        estimate = Estimate(answer.estimate.value, low, high, f"{SAMPLES} bootstrap samples of centres, percentiles")
        answers.append(AnswerUnder(DRAWN, answer.group, answer.reference, estimate, answer.n, answer.events))
    return tuple(answers)


def _frail(
    data: Material, plain: FittedModel, codes: np.ndarray
) -> tuple[tuple[AnswerUnder, ...], tuple[Measure, ...]]:
    """Return the ratio with a frailty of each centre, and how unlike two centres are."""
    inside = codes[plain.design.complete]
    if np.unique(inside).size > CENTRES_FOR_FRAILTY.value:
        return (), ()
    try:
        found = frailty(plain.fit, inside)
        limits = frailty_interval(found)
    except NotEstimableError:
        return (), ()
    answers = []
    for index, answer in enumerate(answers_of(data, plain, FRAIL)):
        estimate = ratio_estimate(found.coefficients, limits, index, limits.method)
        answers.append(AnswerUnder(FRAIL, answer.group, answer.reference, estimate, answer.n, answer.events))
    between = Measure("median_hazard_ratio_between_centres", found.median_hazard_ratio, method="gamma frailty")
    return tuple(answers), (between, Measure("variance_of_the_frailty", found.variance, method="gamma frailty"))


def _reasons(answers: tuple[AnswerUnder, ...], group: str, judged: str) -> list[str]:
    found = {item.label: item.estimate for item in answers if item.group == group}
    asked, clustered = found["as asked"], found[judged]
    reasons = []
    if (asked.low > 1 or asked.high < 1) and clustered.low <= 1 <= clustered.high:
        how = "centres drawn again" if judged == DRAWN else judged
        reasons.append(f"With {how} the interval contains 1.")
    within = found.get(WITHIN)
    if within is not None and abs(np.log(within.value) - np.log(asked.value)) > CENTRE_SHIFT.value:
        reasons.append(f"Within centres the hazard ratio is {ratio(within.value)} instead of {ratio(asked.value)}.")
    return reasons


def _with_several_groups(data: Material, codes: np.ndarray) -> int:
    pairs = np.unique(np.column_stack([codes, data.group]), axis=0)
    return int((np.bincount(pairs[:, 0]) > 1).sum())


def centres_of(data: Material) -> pl.Series:
    """Return the centre of each patient of the cohort; null where it is not recorded."""
    about = data.result.records.table("patients").select("patient_id", "centre").unique("patient_id")
    patients = data.result.cohort.patients.select("patient_id")
    return patients.join(about, on="patient_id", how="left", maintain_order="left")["centre"]


def _not_assessable(finding: str, measures: tuple[Measure, ...] = ()) -> CardItem:
    return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, finding, measures=measures)
