"""B.3 and B.15: the answer with those who reached the later drug standing for those like them who did not.

Inverse probability of selection: Cole & Stuart (2010), Am J Epidemiol 172:107.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from sequela.analyses.design_matrix import whole_design
from sequela.analyses.ratio_estimate import ratio_estimate
from sequela.analyses.report_card import AnswerUnder, Measure
from sequela.analyses.wording import counted, inside_sentence, listed, ratio, rounded
from sequela.audit.comparisons import FollowedTime, hazard_ratios, part_of, weighted_hazard_ratio
from sequela.audit.consequences import consequence
from sequela.audit.material import Material, found_once
from sequela.audit.measured import LOOKED_FOR
from sequela.audit.starters import Starters, starters
from sequela.audit.thresholds import COVARIATE_KNOWN, REACHED_PER_COLUMN, SELECTION_P
from sequela.audit.waiting import entered, entered_rows
from sequela.derive.baseline import covariate_named
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.stats.cox import cox, wald_interval, wald_test
from sequela.stats.propensity import effective_sample_size
from sequela.stats.selection_weights import EVENTS_PER_PIECE, PIECES, selection_weights

NAME = "weights for who reached the later drug"


@frozen
class Selected:
    """The answer weighted for who reached the later drug, and what the model of reaching it said.

    Attributes
    ----------
    answers : tuple of AnswerUnder
        In the same patients without weights, then with them; empty where the records do not support it.
    measures : tuple of Measure
    said : tuple of str
    why_not : str
        Empty where it was done.
    """

    answers: tuple[AnswerUnder, ...] = ()
    measures: tuple[Measure, ...] = ()
    said: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def shift(self) -> float:
        """Return the difference of the log hazard ratios with weights and without; 0 where there are none."""
        if not self.answers:
            return 0.0
        plain, weighted = (item.estimate.value for item in self.answers)
        return float(abs(np.log(weighted / plain)))

    @property
    def turned(self) -> bool:
        """Return whether weights change on which side of 1 the interval lies."""
        sides = [item.estimate.low <= 1 <= item.estimate.high for item in self.answers]
        return len(set(sides)) > 1


@found_once
def weighted_for_reaching(data: Material) -> Selected:
    """Model who of those with a first line reached the later drug by the close, and weight those who did."""
    everybody = starters(data)
    if isinstance(everybody, str):
        return Selected(why_not=f"{NAME} ({everybody})")
    columns, labels, complete = _columns(data, everybody)
    chosen = _part(everybody, complete)
    group = (chosen.patients["group"] == data.others[0]).to_numpy().astype(int)
    least = min(int((chosen.came & (group == side)).sum()) for side in (0, 1))
    needed = columns.shape[1] + int(np.clip(least // EVENTS_PER_PIECE, 1, PIECES))
    if least < REACHED_PER_COLUMN.value * needed:
        carried = f"{counted(least, 'patient')} of a group who reached it carry no model of {counted(needed, 'column')}"
        return Selected(why_not=f"{NAME} ({carried})")
    try:
        found = selection_weights(chosen.opened, chosen.time, chosen.came, chosen.closed, group, columns)
        return _answered(data, chosen, found.weight, columns, labels)
    except NotEstimableError as problem:
        return Selected(why_not=f"{NAME} ({problem})")


def _columns(data: Material, everybody: Starters) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """Return the calendar and what was measured at the first line, who has all of it, and its names."""
    cohort = replace(data.result.cohort, patients=everybody.patients)
    names = _known_at_the_first_line(data, everybody)
    design = whole_design(cohort, data.result.records, names, data.result.definitions)
    measured = design.matrix[:, len(design.groups) :]
    complete = ~np.isnan(measured).any(axis=1)
    years = (everybody.began - everybody.began.mean()) / 365.25
    columns = np.column_stack([years, years**2, measured])[complete]
    vary = columns.std(axis=0) > 0
    return columns[:, vary], design.adjusted_for, complete


def _known_at_the_first_line(data: Material, everybody: Starters) -> tuple[str, ...]:
    at = everybody.patients.select("patient_id", pl.col("time_zero").alias("day"))
    found = []
    for name in dict.fromkeys((*data.adjust, *LOOKED_FOR)):
        covariate = covariate_named(name, data.result.records.drugs)
        if covariate is None or consequence(name):
            continue
        values = covariate.derive(data.result.records, at, data.result.definitions)["value"]
        known = values.drop_nulls()
        if known.n_unique() > 1 and known.len() >= COVARIATE_KNOWN.value * values.len():
            found.append(name)
    return tuple(found)


def _part(everybody: Starters, kept: np.ndarray) -> Starters:
    arrays = {name: getattr(everybody, name)[kept] for name in ("began", "opened", "time", "closed", "came")}
    return replace(everybody, patients=everybody.patients.filter(kept), **arrays)


def _answered(
    data: Material, chosen: Starters, weight: np.ndarray, columns: np.ndarray, labels: tuple[str, ...]
) -> Selected:
    followed, rows = entered(data), entered_rows(data)
    table = chosen.patients.select("patient_id", pl.Series("place", np.arange(weight.size)))
    ids = data.result.cohort.patients.filter(rows).select("patient_id")
    place = ids.join(table, on="patient_id", how="left", maintain_order="left")["place"]
    here = place.is_not_null().to_numpy() & (followed.stop > 0)
    at = place.fill_null(0).to_numpy()
    here &= np.isfinite(weight[at])
    part, at = part_of(followed, here), at[here]
    mine = weight[at]
    plain = hazard_ratios(data, part, "from entry, in patients with a first line and everything measured at it")
    by = listed([*(inside_sentence(label) for label in labels), "the date of the first line"])
    label = f"weighted for who reached {chosen.later}, by {by}"
    weighted = weighted_hazard_ratio(data, part, mine, data.others[0], label, "robust variance, weights taken as known")
    effective = effective_sample_size(mine)
    measures = (
        Measure("patients_who_began_a_first_line", float(weight.size), method=f"{int(chosen.came.sum())} reached it"),
        Measure("effective_sample_size", effective, method="weights for who reached the later drug"),
        Measure("largest_weight_for_reaching", float(mine.max()), method="mean 1 in each group"),
    )
    said = (
        f"Of {counted(weight.size, 'patient')} who began a first line {int(chosen.came.sum())} reached {chosen.later}; "
        f"weighted for who did, by {by}, {mine.size} count as {rounded(effective)}."
    )
    remaining, left = _left_over(part, columns[at], chosen.time[at], by)
    return Selected((*plain, weighted), (*measures, *remaining), (said, left))


def _left_over(part: FollowedTime, columns: np.ndarray, wait: np.ndarray, by: str) -> tuple[tuple[Measure, ...], str]:
    """Ask whether the wait still goes with the outcome among patients alike in everything measured."""
    limit = f"Weights repair what {by} did to the choice of patients, and nothing that was not measured."
    vary = columns.std(axis=0) > 0
    try:
        fit = cox(part.stop, part.event, np.column_stack([part.exposed, columns[:, vary], np.log2(1 + wait)]))
    except NotEstimableError:
        return (), limit
    if fit.diverging[-1]:
        return (), limit
    p, method = float(wald_test(fit).p_value[-1]), "Cox, with the groups and everything measured at the first line"
    found = ratio_estimate(fit.coefficients, wald_interval(fit), -1, method)
    value, low, high = found.value, found.low, found.high
    measures = (
        Measure(
            "hazard_ratio_per_doubling_of_the_wait_given_what_was_measured", value, low=low, high=high, method=method
        ),
        Measure("p_value_of_the_wait_given_what_was_measured", p),
    )
    if p >= SELECTION_P.value:
        return measures, limit
    better = "better" if value < 1 else "worse"
    return measures, (
        f"Among patients alike in {by}, who took longer to reach it still fares {better} (hazard ratio {ratio(value)} "
        "for twice the time): something that was not measured chose the patients too, and weights do not repair that."
    )
