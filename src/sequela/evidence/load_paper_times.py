"""Read what a paper prints about times: medians, clocks, lengths of time."""

from itertools import pairwise

from sequela.evidence import paper_tables as form
from sequela.evidence.lengths_of_time import Length, read_length
from sequela.evidence.paper_fields import (
    MOST_PATIENTS,
    named,
    one_cell,
    p_value,
    row_of_cells,
    spread_of,
    where,
    whole,
    yes,
)
from sequela.evidence.printed_cells import Cell
from sequela.evidence.rounding import Rounded, rounded
from sequela.records.lined_yaml import Entry, Page

LARGEST_UNIT = 1_000_000


def read_medians(page: Page, entry: Entry) -> form.Medians:
    """Read the medians of one endpoint."""
    known = ("where", "endpoint", "groups", "strata", "pairs", "longest", "spread")
    fields = page.fields(entry, known, needed=("where", "endpoint", "groups"))
    strata = page.texts(fields["strata"]) if "strata" in fields else ()
    columns = max(len(strata), 1)
    groups = {name: row_of_cells(page, value, columns) for name, value in named(page, fields.get("groups"))}
    longest = {name: one_cell(page, value) for name, value in named(page, fields.get("longest"))}
    endpoint = fields["endpoint"].text if "endpoint" in fields else ""
    every = [cell for cells in groups.values() for cell in cells]
    spread = spread_of(page, fields, form.SPREADS[:3], "ci", every)
    pairs = dict(_pair(page, item, groups) for item in (fields["pairs"].items if "pairs" in fields else ()))
    return form.Medians(where(fields, "text"), endpoint, groups, strata, pairs, longest, spread)


def _pair(page: Page, entry: Entry, groups: dict) -> tuple[tuple[str, str], Cell]:
    fields = page.fields(entry, ("groups", "log_rank"), needed=("groups", "log_rank"))
    names = page.texts(fields["groups"]) if "groups" in fields else ()
    if len(names) != 2 or any(name not in groups for name in names):
        page.wrong(entry, ", ".join(names) or "no groups", f"two of {', '.join(groups)}")
        names = ("", "")
    return (names[0], names[1]), p_value(page, fields, "log_rank") or Cell("")


def read_curve(page: Page, entry: Entry) -> form.Curve:
    """Read the points of the curves of one endpoint."""
    fields = page.fields(
        entry, ("where", "endpoint", "times", "groups", "late_entry"), needed=("where", "endpoint", "groups")
    )
    times = _times(page, fields["times"]) if "times" in fields else ()
    groups = {name: _curve_group(page, value, len(times)) for name, value in named(page, fields.get("groups"))}
    endpoint = fields["endpoint"].text if "endpoint" in fields else ""
    return form.Curve(where(fields, "text"), endpoint, times, groups, yes(page, fields, "late_entry", default=False))


def _times(page: Page, entry: Entry) -> tuple[Rounded, ...]:
    """Return ascending times."""
    try:
        times = tuple(rounded(text) for text in page.texts(entry))
    except ValueError:
        times = ()
    values = [time.value for time in times]
    if not times or values[0] < 0 or any(b <= a for a, b in pairwise(values)):
        page.wrong(entry, ", ".join(page.texts(entry)), "ascending times, such as [12, 24, 36]")
    return times


def _curve_group(page: Page, entry: Entry, times: int) -> form.CurveGroup:
    fields = page.fields(entry, ("patients", "events", "survival", "at_risk", "median", "longest"))
    survival, at_risk = (
        row_of_cells(page, fields[key], times) if key in fields else () for key in ("survival", "at_risk")
    )
    median, longest = (one_cell(page, fields[key]) if key in fields else None for key in ("median", "longest"))
    patients, events = (whole(page, fields, key, MOST_PATIENTS) for key in ("patients", "events"))
    return form.CurveGroup(patients, events, survival, at_risk, median, longest)


def read_person_time(page: Page, entry: Entry) -> form.PersonTime:
    """Read events, their person-time, their rate and the follow-up."""
    known = ("where", "name", "time", "events", "patients", "rate", "per", "once", "mean", "median", "longest")
    fields = page.fields(entry, known, needed=("where", "time"))
    lengths = {key: _length(page, fields.get(key)) for key in ("time", "mean", "median", "longest")}
    return form.PersonTime(
        where(fields, "text"),
        fields["name"].text if "name" in fields else "",
        lengths["time"] or Length("0 days", rounded("0"), "day"),
        whole(page, fields, "events", MOST_PATIENTS),
        whole(page, fields, "patients", MOST_PATIENTS),
        one_cell(page, fields["rate"]) if "rate" in fields else None,
        float(whole(page, fields, "per", LARGEST_UNIT) or 1),
        yes(page, fields, "once", default=True),
        lengths["mean"],
        lengths["median"],
        lengths["longest"],
    )


def _length(page: Page, entry: Entry | None) -> Length | None:
    if entry is None:
        return None
    try:
        return read_length(entry.text)
    except ValueError:
        page.wrong(entry, f"{entry.text!r}", "a length of time such as 312.4 years or 19.3 months")
        return None


def read_clocks(page: Page, entry: Entry) -> form.Clocks:
    """Read the medians of one group from two starts."""
    keys = ("earlier", "later", "between")
    fields = page.fields(entry, ("where", "group", *keys), needed=("where", "group", *keys))
    cells = [one_cell(page, fields[key]) if key in fields else Cell("") for key in keys]
    return form.Clocks(where(fields, "text"), fields["group"].text if "group" in fields else "", *cells)


def read_durations(page: Page, entry: Entry) -> form.Durations:
    """Read texts that name one length of time."""
    fields = page.fields(entry, ("where", "same"), needed=("where", "same"))
    return form.Durations(where(fields, "text"), page.texts(fields["same"]) if "same" in fields else ())
