"""The hazard ratio of a study's own report folder, to stand below the published ones."""

import json
from pathlib import Path

import polars as pl

from sequela.errors import NotEstimableError, Problem, UsageError
from sequela.evidence.readings import HAZARD_RATIO
from sequela.evidence.selection import Selection
from sequela.frozen import frozen
from sequela.records.bundle import Kind

RESULTS = "results.parquet"
STATISTICS = ("adjusted_hazard_ratio", "hazard_ratio")
NEEDED = ("endpoint", "group", "statistic", "value", "low", "high", "n", "records_kind")


@frozen
class OwnStudy:
    """One hazard ratio of the user's own study.

    Attributes
    ----------
    label : str
        Title of the study.
    endpoint, group : str
    adjusted_for : str
        Empty for a crude ratio.
    value, low, high : float
    patients : int
    kind : Kind
        Of its records.
    """

    label: str
    endpoint: str
    group: str
    adjusted_for: str
    value: float
    low: float
    high: float
    patients: int
    kind: Kind


def own_study(folder: Path, selection: Selection) -> OwnStudy:
    """Read the hazard ratio from a report folder: of the pooled endpoint where it has it, adjusted where it is.

    Raises
    ------
    UsageError
        Where the folder is no report, several ratios would fit, or the pool is not of hazard ratios.
    NotEstimableError
        Where the report has no hazard ratio, as after a comparison that was withheld.
    """
    if selection.measure != HAZARD_RATIO:
        found = f"a pool of {selection.measure}s"
        raise UsageError(Problem("--study", found, "a pool of hazard ratios", "Leave --study out."))
    table = _ratios(folder)
    endpoints = table["endpoint"].unique(maintain_order=True).to_list()
    fitting = [name for name in endpoints if name.split(".")[0] == selection.endpoint] or endpoints
    table = table.filter(pl.col("endpoint") == fitting[0])
    if len(fitting) > 1 or table["group"].n_unique() > 1:
        names = ", ".join(f"{row[0]} of {row[1]}" for row in table.select("endpoint", "group").unique().rows())
        expected = "one hazard ratio"
        raise UsageError(
            Problem("--study", f"several: {names}", expected, "Run a study with one endpoint, two groups.")
        )
    best = min(table.iter_rows(named=True), key=lambda row: STATISTICS.index(row["statistic"]))
    return OwnStudy(
        label=_title(folder),
        endpoint=best["endpoint"],
        group=best["group"],
        adjusted_for=(best["variable"] or "") if best["statistic"] == STATISTICS[0] else "",
        value=best["value"],
        low=best["low"],
        high=best["high"],
        patients=best["n"],
        kind=Kind(best["records_kind"]),
    )


def _ratios(folder: Path) -> pl.DataFrame:
    path = Path(folder) / RESULTS
    try:
        table = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError):
        expected = f"a report folder with {RESULTS}"
        raise UsageError(Problem("--study", f"{Path(folder).name} cannot be read", expected)) from None
    if not set(NEEDED) <= set(table.columns):
        raise UsageError(Problem("--study", f"{RESULTS} of another form", "the results of this program"))
    found = table.filter(pl.col("statistic").is_in(STATISTICS), pl.col("analysis") == "survival")
    found = found.filter(*(pl.col(name).is_finite() for name in ("value", "low", "high")))
    if found.is_empty():
        problem = Problem(Path(folder).name, "no hazard ratio with both limits in its results", "a comparison reported")
        raise NotEstimableError(problem)
    return found


def _title(folder: Path) -> str:
    try:
        return str(json.loads((Path(folder) / "manifest.json").read_text(encoding="utf-8"))["title"])
    except (OSError, ValueError, KeyError, TypeError):
        return Path(folder).name
