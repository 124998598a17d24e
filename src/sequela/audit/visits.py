"""B.5: whether the groups were looked at equally often; progression is found at visits."""

import numpy as np
import polars as pl

from sequela.analyses.report_card import CardItem, Measure, Status
from sequela.analyses.wording import listed, p_statement, rounded
from sequela.audit.material import Material
from sequela.audit.thresholds import LEAST_VISITED, VISIT_P, VISIT_RATIO
from sequela.errors import NotEstimableError
from sequela.stats.wilcoxon import wilcoxon_rank_sum

ID, NAME, TITLE = "B5v", "visits", "How often patients were seen"


def visits(data: Material) -> CardItem:
    """B.5: compare the time between assessments from entry to the end of the endpoint."""
    if not data.compares or data.endpoint is None or data.endpoint.name.startswith("os"):
        finding = "No endpoint of the main comparison is found at visits."
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, finding)
    gaps = [_gaps(data)[data.group == index] for index in range(len(data.groups))]
    gaps = [values[np.isfinite(values)] for values in gaps]
    if min(values.size for values in gaps) < LEAST_VISITED.value:
        finding = f"Fewer than {LEAST_VISITED.value:g} patients of a group have two dated assessments after time zero."
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, finding)
    medians = [float(np.median(values)) for values in gaps]
    measures = tuple(
        Measure("median_days_between_assessments", value, group, method="per patient, from time zero on")
        for value, group in zip(medians, data.groups, strict=True)
    )
    each = listed([f"{rounded(days)} days in {group}" for days, group in zip(medians, data.groups, strict=True)])
    finding = f"Median time between assessments: {each}."
    if max(medians) <= VISIT_RATIO.value * min(medians) or _p_value(gaps) >= VISIT_P.value:
        return CardItem(ID, NAME, TITLE, Status.OK, finding, measures=measures)
    often = data.groups[int(np.argmin(medians))]
    return CardItem(
        ID,
        NAME,
        TITLE,
        Status.WARN,
        f"{finding} {p_statement(_p_value(gaps))[:1].upper()}{p_statement(_p_value(gaps))[1:]}.",
        f"{often} was looked at more often, so its progressions were found earlier.",
        "Compare death, or the time of treatment, which do not wait for a visit.",
        measures,
    )


def _p_value(gaps: list[np.ndarray]) -> float:
    """Return the least p-value of a rank sum test of a group against the first."""
    found = []
    for values in gaps[1:]:
        try:
            found.append(float(wilcoxon_rank_sum(values, gaps[0]).p_value))
        except NotEstimableError:
            continue
    return min(found, default=1.0)


def _gaps(data: Material) -> np.ndarray:
    """Return each patient's median days between assessments from time zero to the end of his time; nan without two."""
    patients = data.result.cohort.patients.select("patient_id", "time_zero")
    at = patients.with_columns((pl.col("time_zero") + pl.Series(data.days).ceil().cast(pl.Int32)).alias("last"))
    seen = at.join(data.result.records.table("assessments").select("patient_id", "day"), on="patient_id", how="inner")
    seen = seen.filter((pl.col("day") >= pl.col("time_zero")) & (pl.col("day") <= pl.col("last"))).unique()
    between = seen.sort("patient_id", "day").group_by("patient_id", maintain_order=True)
    found = between.agg(pl.col("day").diff().median().alias("gap"))
    joined = patients.join(found, on="patient_id", how="left", maintain_order="left")
    return joined["gap"].cast(pl.Float64).fill_null(np.nan).to_numpy()
