"""The curves that a paper printed, drawn again under the paper's own clocks; never a comparison of this program."""

from dataclasses import replace

import polars as pl

from sequela.analyses.results import Survival
from sequela.analyses.survival import survival
from sequela.derive.endpoint_files import PROFILES
from sequela.replicate.material import Run
from sequela.replicate.paper import PrintedCurves
from sequela.study.history import event_days
from sequela.study.phrases import time_zero


def curves(run: Run, printed: PrintedCurves) -> Survival:
    """Return the curves of the groups of a study from the moment the paper counted from."""
    cohort = run.result.cohort
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    start = event_days(time_zero(printed.start), run.context.asking(at)).select("patient_id", "day")
    moved = cohort.patients.join(start, on="patient_id", how="inner", maintain_order="left")
    moved = moved.with_columns(pl.col("day").alias("time_zero")).drop("day")
    found = survival(
        replace(cohort, patients=moved),
        run.result.records,
        PROFILES[printed.endpoint],
        definitions=run.result.definitions,
        conventions=run.result.conventions,
    )
    return replace(found, label=printed.title)
