"""Rows of the tidy table of results: one number per row."""

from collections.abc import Iterable, Mapping

import polars as pl

from sequela.analyses.complete_cases import CompleteCases
from sequela.analyses.results import RESULT_SCHEMA, Estimate

Row = Mapping[str, object]


def row(analysis: str, statistic: str, value: float, **place: object) -> Row:
    """Return one row; `place` names endpoint, variable, level, group, low, high, n, events, method."""
    return {"analysis": analysis, "statistic": statistic, "value": value, **place}


def estimate_row(analysis: str, statistic: str, estimate: Estimate, **place: object) -> Row:
    """Return one row from an estimate with its interval."""
    limits = {"low": estimate.low, "high": estimate.high, "method": estimate.method}
    return row(analysis, statistic, estimate.value, **limits, **place)


def loss_rows(analysis: str, endpoint: str, losses: Iterable[CompleteCases]) -> list[Row]:
    """Return who lacks each covariate and who is left out of each model, by group."""
    rows: list[Row] = []
    for cases in losses:
        of_group = zip(cases.groups, cases.sizes, cases.left_out, cases.events_left_out, strict=True)
        for index, (group, size, out, events) in enumerate(of_group):
            place = {"endpoint": endpoint, "group": group, "n": size, "method": cases.model}
            rows.append(row(analysis, "left_out", out, events=events, **place))
            for item in cases.covariates:
                rows.append(row(analysis, "covariate_missing", item.counts[index], variable=item.label, **place))
    return rows


def tidy(rows: Iterable[Row]) -> pl.DataFrame:
    """Return the rows as a table with every column of `RESULT_SCHEMA`; what a row does not name is null."""
    return pl.DataFrame([{name: r.get(name) for name in RESULT_SCHEMA} for r in rows], schema=RESULT_SCHEMA)
