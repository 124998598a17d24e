"""B.7: patients of one centre resemble each other.

Clustered variance: Lin & Wei (1989), doi:10.1080/01621459.1989.10478874.
"""

import numpy as np
import polars as pl

from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Status
from sequela.analyses.wording import counted, ratio
from sequela.audit.material import Material
from sequela.audit.model import answers_of, fitted
from sequela.audit.thresholds import CENTRE_SHIFT, FEW_CENTRES

ID, NAME, TITLE = "B7", "centres", "Centres"
FEW = f"With fewer than {FEW_CENTRES.value:g} centres the clustered interval is itself uncertain."


def centres(data: Material) -> CardItem:
    """B.7: the comparison with errors clustered by centre, and within centres only."""
    if not data.compares or data.result.too_early:
        return _not_assessable("No comparison of times is reported.")
    names = _centres(data)
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
    answers = (*answers_of(data, plain, "as asked"), *answers_of(data, clustered, "errors clustered by centre"))
    answers += answers_of(data, within, "within centres (centre as stratum)") if within is not None else ()
    number, mixed = int(codes.max()) + 1, _with_several_groups(data, codes)
    measures += (Measure("centres_with_several_groups", float(mixed)),)
    finding = f"{counted(number, 'centre')}, {mixed} of them with patients of more than one group."
    reasons = _reasons(answers, data.others[0])
    few = (
        " With fewer than 40 centres the clustered interval is itself uncertain." if number < FEW_CENTRES.value else ""
    )
    if not reasons:
        return CardItem(ID, NAME, TITLE, Status.OK, finding + few, measures=measures, answers=answers)
    return CardItem(
        ID,
        NAME,
        TITLE,
        Status.WARN,
        f"{finding} {' '.join(reasons)}",
        "Where centres differ in how they treat and in how their patients fare, the groups differ with them.",
        f"Adjust for the centre, or read the comparison within centres.{few}",
        measures,
        answers,
    )


def _reasons(answers: tuple[AnswerUnder, ...], group: str) -> list[str]:
    found = {item.label: item.estimate for item in answers if item.group == group}
    asked, clustered = found["as asked"], found["errors clustered by centre"]
    reasons = []
    if (asked.low > 1 or asked.high < 1) and clustered.low <= 1 <= clustered.high:
        reasons.append("With errors clustered by centre the interval contains 1.")
    within = found.get("within centres (centre as stratum)")
    if within is not None and abs(np.log(within.value) - np.log(asked.value)) > CENTRE_SHIFT.value:
        reasons.append(f"Within centres the hazard ratio is {ratio(within.value)} instead of {ratio(asked.value)}.")
    return reasons


def _with_several_groups(data: Material, codes: np.ndarray) -> int:
    pairs = np.unique(np.column_stack([codes, data.group]), axis=0)
    return int((np.bincount(pairs[:, 0]) > 1).sum())


def _centres(data: Material) -> pl.Series:
    about = data.result.records.table("patients").select("patient_id", "centre").unique("patient_id")
    patients = data.result.cohort.patients.select("patient_id")
    return patients.join(about, on="patient_id", how="left", maintain_order="left")["centre"]


def _not_assessable(finding: str, measures: tuple[Measure, ...] = ()) -> CardItem:
    return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, finding, measures=measures)
