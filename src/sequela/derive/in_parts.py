"""A derivation done partition by partition: memory is bounded by the partition, the result is the same."""

from collections.abc import Callable

import polars as pl

from sequela.records.bundle import Records
from sequela.records.partitions import PatientRange, partitions

OfPart = Callable[[Records, pl.DataFrame, PatientRange], pl.DataFrame]

_ASKED = "asked about"


def in_parts(derivation: OfPart, records: Records, at: pl.DataFrame) -> pl.DataFrame:
    """Return what a derivation says of each patient asked about, derived from one partition of patients at a time.

    Parameters
    ----------
    derivation : callable
        Records of whole patients, the rows of `at` that ask about them, and their range, to a DataFrame
        with one row per row of `at`, in its order. It must rest on each patient's own rows alone.
    records : Records
    at : DataFrame
        patient_id and what else the derivation reads, such as a day.

    Returns
    -------
    DataFrame
        What `derivation(records, at)` returns.
    """
    numbered, found = at.with_row_index(_ASKED), []
    for span, part in partitions(records):
        if part is records:
            return derivation(records, at, span)
        asked = span.of(numbered)
        if asked.height:
            told = derivation(part, asked.drop(_ASKED), span).with_columns(asked[_ASKED])
            # Texts gathered from the partition's rows would keep all of its texts alive.
            found.append(told.shrink_to_fit())
    if not found:
        return derivation(records, at, span)
    return pl.concat(found, how="vertical_relaxed").sort(_ASKED).drop(_ASKED)
