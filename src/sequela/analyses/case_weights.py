"""Patients who count unalike: the weight of each, and who has none."""

from dataclasses import replace

import numpy as np

from sequela.analyses.design_matrix import quantity_of
from sequela.analyses.follow import Followed
from sequela.analyses.wording import percent
from sequela.derive.covariate import Definitions
from sequela.errors import NotEstimableError, Problem
from sequela.records.bundle import Records

ON_THE_CARD = (
    "The report card makes the comparison again with {}, and says of each answer where it does not; the tests and "
    "shares of its items count every patient once."
)


def weighted(
    followed: Followed, records: Records, definitions: Definitions, name: str
) -> tuple[Followed, np.ndarray, str]:
    """Return the patients with a weight, their weights, and the label of the quantity.

    A patient whose weight is missing or 0 is left out and counted.

    Raises
    ------
    NotEstimableError
        A weight below 0 or infinite; nobody of a group with a weight.
    """
    label, values = quantity_of(followed.cohort, name, records, definitions)
    wrong = int(((values < 0) | np.isinf(values)).sum())
    if wrong:
        found = f"{wrong} of {values.size} below 0 or infinite"
        raise NotEstimableError(Problem(f"weights: {label}", found, "numbers from 0 on"))
    kept = np.nan_to_num(values) > 0
    if kept.all():
        return followed, values, label
    cohort = followed.cohort
    patients = cohort.patients.filter(kept)
    if empty := [group for group in cohort.groups if group not in set(patients["group"])]:
        raise NotEstimableError(f"weights: nobody of {', '.join(empty)} has a value of {label} above 0.")
    missing, zero = int(np.isnan(values).sum()), int((values == 0).sum())
    gone = missing + zero
    said = f"{gone} of {values.size} patients ({percent(gone, values.size)}%) are left out for their weight, {label}: "
    said += f"{missing} without a value, {zero} with 0."
    rest = replace(
        followed,
        cohort=replace(cohort, patients=patients),
        times=followed.times.filter(kept),
        days=followed.days[kept],
        event=followed.event[kept],
        entry=None if followed.entry is None else followed.entry[kept],
        cautions=(said, *followed.cautions),
    )
    return rest, values[kept], label


def on_the_card(weights: str | None, offset: str | None) -> tuple[str, ...]:
    """Say what of the report card counts patients by the weights and the offset, where the study asks for them."""
    asked = [word for word, of in (("the weights", weights), ("the offset", offset)) if of]
    return (ON_THE_CARD.format(" and ".join(asked)),) if asked else ()
