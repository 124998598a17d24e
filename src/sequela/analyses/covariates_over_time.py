"""Covariates read anew at moments after time zero, as numbers; the last known value holds until the next."""

import numpy as np
import polars as pl

from sequela.derive.baseline import Covariate, Definitions, covariate_named
from sequela.frozen import frozen
from sequela.records.bundle import Records


@frozen
class CovariatesOverTime:
    """Covariates at moments, as columns of numbers.

    Attributes
    ----------
    at_moments : float array, shape (n, m, p)
        Last known up to each moment; nan where nothing is known yet, or the patient is no longer followed.
    at_start : float array, shape (n, p)
        Last known on the day of the start of the drug; nan where it never was started.
    labels : tuple of str
        Of the covariates that vary.
    carried : tuple of (str, float)
        Of each, the share of its values at moments that were read from an earlier moment.
    scored : tuple of bool
        Of each column, whether it is the only one of a covariate with levels.
    owners : tuple of str
        Of each column, the label of its covariate.
    """

    at_moments: np.ndarray
    at_start: np.ndarray
    labels: tuple[str, ...]
    carried: tuple[tuple[str, float], ...]
    scored: tuple[bool, ...] = ()
    owners: tuple[str, ...] = ()


def covariates_over_time(
    names: tuple[str, ...],
    records: Records,
    at: pl.DataFrame,
    definitions: Definitions,
    moments: np.ndarray,
    until: np.ndarray,
    started: np.ndarray,
) -> CovariatesOverTime:
    """Read covariates at moments while patients are followed, and on the day each starts the drug.

    A covariate is derived on each day as it is at time zero: from what was recorded up to that day. Where it is not
    known on a day (no performance status within its window, for one) the value of the last moment holds on.

    Parameters
    ----------
    names : tuple of str
    records, at, definitions
        `at` holds patient_id and day of time zero.
    moments : float array, shape (m,)
        Days from time zero, ascending; a moment within a day is that day.
    until, started : float array, shape (n,)
        Days from time zero to the end of follow-up, and to the start of the drug; inf for never.
    """
    columns, starts, labels, carried = [], [], [], []
    scored: list[bool] = []
    owners: list[str] = []
    for name in names:
        covariate = covariate_named(name, records.drugs)
        if covariate is None:
            continue
        read = [
            _read(covariate, records, at, definitions, np.where(until > day, day, np.nan)) for day in np.floor(moments)
        ]
        read.append(_read(covariate, records, at, definitions, np.where(np.isfinite(started), started, np.nan)))
        coded = _coded(covariate, read)
        if not coded.shape[2]:
            continue
        followed = until[:, None] > np.floor(moments)
        held, share = _held(coded[:, :-1], followed)
        columns.append(held)
        starts.append(np.where(np.isnan(coded[:, -1]), _last_before(held, moments, started), coded[:, -1]))
        labels.append(covariate.label)
        carried.append((covariate.label, share))
        scored += [coded.shape[2] == 1 and covariate.kind != "continuous"] * coded.shape[2]
        owners += [covariate.label] * coded.shape[2]
    n, m = at.height, moments.size
    none = [np.zeros((n, m, 0))], [np.zeros((n, 0))]
    return CovariatesOverTime(
        np.concatenate(columns or none[0], axis=2),
        np.hstack(starts or none[1]),
        tuple(labels),
        tuple(carried),
        tuple(scored),
        tuple(owners),
    )


def _read(
    covariate: Covariate, records: Records, at: pl.DataFrame, definitions: Definitions, days: np.ndarray
) -> pl.Series:
    """Return the covariate so many days after time zero, null for who is not asked about."""
    asked = at.with_columns((pl.col("day") + pl.Series(days).cast(pl.Int32, strict=False)).alias("day"))
    there = np.isfinite(days)
    known = covariate.derive(records, asked.filter(pl.Series(there)), definitions)
    joined = at.select("patient_id").join(known, on="patient_id", how="left", maintain_order="left")
    return joined["value"]


def _coded(covariate: Covariate, read: list[pl.Series]) -> np.ndarray:
    """Return shape (n, moments, columns): a number, or one column for each level but the first; none if constant."""
    if covariate.kind != "categorical":
        coded = np.column_stack([values.cast(pl.Float64).fill_null(np.nan).to_numpy() for values in read])[:, :, None]
    else:
        levels = sorted({level for values in read for level in values.drop_nulls().unique().to_list()})
        ofs = [
            np.column_stack([(values == level).cast(pl.Float64).fill_null(np.nan).to_numpy() for values in read])
            for level in levels[1:]
        ]
        coded = np.stack(ofs, axis=2) if ofs else np.zeros((len(read[0]), len(read), 0))
    finite = coded[np.isfinite(coded)]
    return coded if finite.size and np.ptp(finite) > 0 else coded[:, :, :0]


def _held(values: np.ndarray, followed: np.ndarray) -> tuple[np.ndarray, float]:
    """Return each value, else the last one before, while followed; and the share of those that were carried on."""
    held = values.copy()
    for moment in range(1, held.shape[1]):
        missing = np.isnan(held[:, moment])
        held[:, moment][missing] = held[:, moment - 1][missing]
    held[~followed] = np.nan
    known = np.isfinite(held).all(axis=2)
    carried = known & np.isnan(values).any(axis=2)
    return held, float(carried.sum() / max(int(known.sum()), 1))


def _last_before(held: np.ndarray, moments: np.ndarray, started: np.ndarray) -> np.ndarray:
    place = np.searchsorted(np.floor(moments), np.where(np.isfinite(started), started, -1.0), side="right") - 1
    found = held[np.arange(started.size), np.maximum(place, 0)]
    return np.where(((place >= 0) & np.isfinite(started))[:, None], found, np.nan)
