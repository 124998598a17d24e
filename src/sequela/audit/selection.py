"""B.1 and B.14: whether the wait until entry tells how the patients fare afterwards.

A cohort of those who reached a later drug is chosen by what came before it. Where the wait goes with the outcome,
something works on both, and the earlier drug, which changes the wait, may change who is there.
"""

import numpy as np

from sequela.analyses.report_card import CardItem, Measure, Status
from sequela.analyses.wording import listed, months, p_statement, ratio
from sequela.audit.material import Material
from sequela.audit.thresholds import SELECTION_P
from sequela.audit.waiting import entered, entered_rows, waiting
from sequela.errors import NotEstimableError
from sequela.stats.cox import cox, wald_interval, wald_test
from sequela.stats.quasi_independence import conditional_kendall_tau

ID, NAME, TITLE = "B3b", "selection", "Selection by the wait"
UNSEEN = "No test can show that nothing chose the patients: a shared prognosis that nobody measured leaves no trace."


def selection(data: Material) -> CardItem:
    """B.3: ask whether the time from metastatic disease to entry predicts the outcome from entry on."""
    if data.endpoint is None:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No time-to-event endpoint was asked for.")
    wait = waiting(data).days
    known = np.isfinite(wait) & (wait >= 0)
    if known.mean() < 0.5:
        finding = "The day of metastatic disease is not known for most patients."
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, finding)
    if not (wait[known] > 0).any():
        finding = "Every patient entered on the day of metastatic disease; nobody had to wait."
        return CardItem(ID, NAME, TITLE, Status.OK, finding)
    measures = (*_medians(data, wait, known), *_dependence(data, wait, known))
    each = listed([f"{months(item.value)} months in {item.group}" for item in measures if item.name == "median_wait"])
    start = f"Median wait from metastatic disease to entry: {each}."
    predicted = next((item for item in measures if item.name == "hazard_ratio_per_doubling_of_the_wait"), None)
    if predicted is None:
        finding = f"{start} Whether it goes with the outcome could not be estimated."
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, finding, remedy=UNSEEN, measures=measures)
    p = next(item.value for item in measures if item.name == "p_value_of_the_wait")
    found = f"{start} Hazard ratio after entry for a wait twice as long: {ratio(predicted.value)}, {p_statement(p)}."
    if p >= SELECTION_P.value:
        return CardItem(ID, NAME, TITLE, Status.OK, found, remedy=UNSEEN, measures=measures)
    better = "better" if predicted.value < 1 else "worse"
    return CardItem(
        ID,
        NAME,
        TITLE,
        Status.WARN,
        found,
        f"Who waited longer fares {better} afterwards, whatever the drug: the group that enters sooner "
        f"looks {'worse' if predicted.value < 1 else 'better'} without any effect of the earlier drug.",
        "Start the cohort at the earlier line, or say 'association'. Adjusting for the earlier line's duration is no "
        "remedy: the earlier drug changes it.",
        measures,
    )


def _medians(data: Material, wait: np.ndarray, known: np.ndarray) -> tuple[Measure, ...]:
    found = []
    for index, group in enumerate(data.groups):
        chosen = wait[known & (data.group == index)]
        if chosen.size:
            low, median, high = np.quantile(chosen, [0.25, 0.5, 0.75])
            found.append(Measure("median_wait", float(median), group, float(low), float(high), "days, quartiles"))
    return tuple(found)


def _dependence(data: Material, wait: np.ndarray, known: np.ndarray) -> tuple[Measure, ...]:
    """Return how the wait goes with the outcome: in a model beside the groups, and as a conditional Kendall tau."""
    kept = known & entered_rows(data)
    followed = entered(data)
    rows = known[entered_rows(data)]
    doubled = np.log2(1 + wait[kept])
    columns = np.column_stack([data.indicators(kept), doubled])
    found: list[Measure] = []
    try:
        fit = cox(followed.stop[rows], followed.event[rows], columns)
        if not fit.diverging[-1]:
            limits = wald_interval(fit)
            p = wald_test(fit).p_value[-1]
            low, high = float(np.exp(limits.low[-1])), float(np.exp(limits.high[-1]))
            value = float(np.exp(fit.coefficients[-1]))
            found.append(
                Measure(
                    "hazard_ratio_per_doubling_of_the_wait", value, low=low, high=high, method="Cox, with the groups"
                )
            )
            found.append(Measure("p_value_of_the_wait", float(p)))
    except NotEstimableError:
        pass
    positive = followed.stop[rows] > 0
    try:
        tau = conditional_kendall_tau(
            wait[kept][positive], (wait[kept] + followed.stop[rows])[positive], followed.event[rows][positive]
        )
    except NotEstimableError:
        return tuple(found)
    found.append(Measure("conditional_kendall_tau", tau.tau, method="wait and time from metastatic disease"))
    return tuple(found)
