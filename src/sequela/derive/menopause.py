"""Menopausal status on a day: the latest that is written."""

import polars as pl

from sequela.derive.covariate import Covariate, Definitions
from sequela.derive.specimens import latest_said
from sequela.records.bundle import Records
from sequela.records.menopause import MENOPAUSE, menopausal_status, menopausal_statuses


def menopausal_status_at(records: Records, at: pl.DataFrame) -> pl.DataFrame:
    """Return the menopausal status last recorded up to a day; a text that says none is passed over.

    Parameters
    ----------
    records : Records
    at : DataFrame
        patient_id, day. A result without a day counts as the oldest.

    Returns
    -------
    DataFrame
        patient_id, value (String), row (`biomarkers:12`); the patients with a status.
    """
    rows = records.table("biomarkers").filter(pl.col("marker") == MENOPAUSE)
    return latest_said(at, rows, menopausal_status, pl.String())


def _derive(records: Records, at: pl.DataFrame, _: Definitions) -> pl.DataFrame:
    found = menopausal_status_at(records, at)
    return at.select("patient_id").join(found, on="patient_id", how="left", maintain_order="left")


MENOPAUSAL_STATUS = Covariate(
    "menopausal_status",
    "Menopausal status",
    "categorical",
    _derive,
    "last recorded up to time zero, one without a day counting as the oldest",
    menopausal_statuses(),
)
