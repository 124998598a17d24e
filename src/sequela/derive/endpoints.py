"""Endpoints as data: a list of events and a list of censorings, printable and cited.

Time runs in days from time zero. The event is the earliest of the listed events after
time zero; without one the patient is censored at the latest occurrence of the first
censoring source that has one, and at time zero where none has.
"""

from dataclasses import dataclass

import polars as pl

from sequela.derive.events import (
    DEATH,
    LAST_ASSESSMENT,
    LAST_CONTACT,
    PROGRESSION,
    RADIOLOGIC_PROGRESSION,
    EventSource,
)
from sequela.records.bundle import Records


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A time to an event.

    Attributes
    ----------
    name : str
        Profile, as a study file spells it.
    label : str
        In words.
    short : str
        For axes and sentences: "progression", "death".
    events, censorings : tuple of EventSource
        On the same day the earlier in the list wins.
    reference : str
        Where the definition comes from.
    remark : str
        What a reader must know; may be empty.
    """

    name: str
    label: str
    short: str
    events: tuple[EventSource, ...]
    censorings: tuple[EventSource, ...]
    reference: str
    remark: str = ""

    def definition(self) -> tuple[tuple[str, str], ...]:
        """Return the endpoint as rows of (role, what)."""
        return (
            ("starts at", "time zero"),
            *(("event", source.name) for source in self.events),
            *(("censored at", source.name) for source in self.censorings),
            ("censored at", "time zero, where nothing is recorded after it"),
        )


PROFILES: dict[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint(
            "os",
            "Overall survival",
            "death",
            events=(DEATH,),
            censorings=(LAST_CONTACT,),
            reference="FDA 2018, Clinical trial endpoints for the approval of cancer drugs and biologics",
        ),
        Endpoint(
            "pfs.ema",
            "Progression-free survival (EMA)",
            "progression or death",
            events=(PROGRESSION, DEATH),
            censorings=(LAST_ASSESSMENT,),
            reference="EMA/CHMP/27994/2008/Rev.1",
            remark="New therapy and missed visits do not censor: the comparison is of treatment policies.",
        ),
        Endpoint(
            "ttp.noda_2019",
            "Time to radiologic progression (as Noda-Narita 2019 defined its PFS)",
            "radiologic progression",
            events=(RADIOLOGIC_PROGRESSION,),
            censorings=(LAST_ASSESSMENT,),
            reference="Noda-Narita 2019, Breast Cancer 26:492-8",
            remark="Death without radiologic progression is not an event, so this is a time to progression, "
            "not progression-free survival.",
        ),
    )
}


def _after(at: pl.DataFrame, source: EventSource, records: Records) -> pl.DataFrame:
    rows = at.rename({"day": "zero"}).join(source.occurrences(records), on="patient_id", how="inner")
    later = pl.col("day") >= pl.col("zero") if source.on_time_zero else pl.col("day") > pl.col("zero")
    return rows.filter(later).with_columns(pl.lit(source.name).alias("reason"))


def _earliest(at: pl.DataFrame, sources: tuple[EventSource, ...], records: Records) -> pl.DataFrame:
    found = [_after(at, source, records).with_columns(pl.lit(i).alias("order")) for i, source in enumerate(sources)]
    rows = pl.concat(found).sort("patient_id", "day", "order", "row")
    return rows.group_by("patient_id", maintain_order=True).first()


def _censoring(at: pl.DataFrame, sources: tuple[EventSource, ...], records: Records) -> pl.DataFrame:
    """Return the latest occurrence of the first source that has any."""
    found = [_after(at, source, records).with_columns(pl.lit(i).alias("order")) for i, source in enumerate(sources)]
    rows = pl.concat(found).sort("patient_id", "order", "day", "row", descending=[False, False, True, False])
    return rows.group_by("patient_id", maintain_order=True).first()


def time_to_event(records: Records, at: pl.DataFrame, endpoint: Endpoint) -> pl.DataFrame:
    """Return each patient's time to an endpoint, with the row that decided it.

    Parameters
    ----------
    records : Records
    at : DataFrame
        patient_id, day of time zero.
    endpoint : Endpoint

    Returns
    -------
    DataFrame
        patient_id, days (Int32, from time zero), event (Boolean), reason (the source's name),
        row (`assessments:31`; null where censored at time zero), rule (the profile).
    """
    event = _earliest(at, endpoint.events, records).with_columns(pl.lit(value=True).alias("event"))
    censored = _censoring(at, endpoint.censorings, records).with_columns(pl.lit(value=False).alias("event"))
    decided = pl.concat([event, censored]).sort("event", descending=True, maintain_order=True)
    decided = decided.group_by("patient_id", maintain_order=True).first()
    result = at.select("patient_id").join(decided, on="patient_id", how="left", maintain_order="left")
    return result.select(
        "patient_id",
        (pl.col("day") - pl.col("zero")).fill_null(0).cast(pl.Int32).alias("days"),
        pl.col("event").fill_null(value=False),
        pl.col("reason").fill_null("time zero: nothing recorded after it"),
        "row",
        pl.lit(endpoint.name).alias("rule"),
    )
