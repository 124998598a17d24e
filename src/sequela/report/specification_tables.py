"""The specification curve in words and tables."""

import numpy as np

from sequela.analyses.results import Specification, Specifications
from sequela.analyses.specifications import estimated, influence
from sequela.analyses.wording import counted, percent, ratio, rounded, with_interval
from sequela.report.display_table import DisplayTable, Row

LEVEL = 0.05


def summary_of(result: Specifications) -> tuple[str, ...]:
    """Return the sentences that a reader needs: the study's own answer, how the others scatter, and what moves them."""
    found = estimated(result)
    total = len(result.specifications)
    if not found:
        return (f"None of {counted(total, 'specification')} has an answer.",)
    values = np.array([item.estimate.value for item in found])
    above = [item for item in found if item.estimate.value > 1]
    clear = [item for item in found if item.p_value < LEVEL]
    up, down = (sum(side(item.estimate.value) for item in clear) for side in (lambda v: v > 1, lambda v: v < 1))
    own = result.specifications[0]
    said = [
        f"The study as it stands: hazard ratio {with_interval(own.estimate, ratio)} of {result.group} against "
        f"{result.reference}.",
        f"Of {counted(total, 'specification')} {len(found)} have an answer: hazard ratios from {ratio(values.min())} "
        f"to {ratio(values.max())}, median {ratio(float(np.median(values)))}; {percent(len(above), len(found))}% above "
        f"1, {percent(up, len(found))}% above 1 with p < 0.05, {percent(down, len(found))}% below 1 with p < 0.05.",
    ]
    moved = influence(result)
    if moved:
        each = "; ".join(f"{axis}, by a factor of {rounded(factor, 2)}" for axis, factor in moved)
        said.append(f"What moves the answer, between the choices furthest apart: {each}.")
    return tuple(said)


def specification_table(result: Specifications) -> DisplayTable:
    """Print every specification, the study's own first, then from the lowest hazard ratio to the highest."""
    columns = ("", *(axis.capitalize() for axis in result.axes), "Hazard ratio (95% CI)", "p", "Patients", "Events")
    own = result.specifications[0]
    others = [item for item in estimated(result) if not item.primary]
    without = [item for item in result.specifications if item.problem and not item.primary]
    rows = [_row("the study", own), *(_row("", item) for item in others), *(_row("", item) for item in without)]
    title = f"Every way of asking: {result.group} against {result.reference}"
    return DisplayTable("specifications", title, columns, tuple(rows), summary_of(result))


def _row(label: str, item: Specification) -> Row:
    if item.problem:
        return Row((label, *item.choices, "no answer", "", "", ""))
    p = rounded(item.p_value, 3)
    return Row((label, *item.choices, with_interval(item.estimate, ratio), p, str(item.n), str(item.events)))
