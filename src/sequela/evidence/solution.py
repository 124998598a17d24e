"""One set of patients a search proposes."""

import numpy as np
import polars as pl

from sequela.evidence.printed import Printed
from sequela.frozen import frozen


@frozen
class Solution:
    """Reconstructed patients as arrays; patients stand group after group.

    Attributes
    ----------
    group : int array, shape (n,)
    days : int array, shape (n,)
        Observed time.
    event : bool array, shape (n,)
    levels : int array, shape (categorical covariates, n)
        Index of the level.
    values : float array, shape (continuous covariates, n)
        Whole days, years or counts; nan where the patient has none.
    response : int array, shape (n,)
        Index of the best response; empty where none was printed.
    """

    group: np.ndarray
    days: np.ndarray
    event: np.ndarray
    levels: np.ndarray
    values: np.ndarray
    response: np.ndarray


def patient_names(n: int) -> list[str]:
    """Return ids that say what the patients are: `reconstructed-01` and so on."""
    width = max(2, len(str(n)))
    return [f"reconstructed-{i + 1:0{width}d}" for i in range(n)]


def patients_frame(printed: Printed, solution: Solution) -> pl.DataFrame:
    """Return one row per patient: id, group, days, event, then every covariate and the best response."""
    columns: dict[str, object] = {
        "patient_id": patient_names(solution.group.size),
        "group": [printed.groups[int(g)] for g in solution.group],
        "days": solution.days,
        "event": solution.event,
    }
    for item, row in zip(printed.categorical, solution.levels, strict=True):
        columns[item.name] = [item.levels[level] for level in row]
    for covariate, numbers in zip(printed.continuous, solution.values, strict=True):
        name = f"{covariate.name}_days" if covariate.unit == "months" else covariate.name
        columns[name] = [None if np.isnan(value) else int(value) for value in numbers]
    if printed.response:
        columns["best_response"] = [printed.response.levels[level] for level in solution.response]
    return pl.DataFrame(columns)
