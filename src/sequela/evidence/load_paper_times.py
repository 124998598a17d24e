"""Read what a paper prints about times: medians, clocks, lengths of time."""

from sequela.evidence import paper_tables as form
from sequela.evidence.lined_yaml import Entry, Page
from sequela.evidence.paper_fields import named, one_cell, p_value, row_of_cells, spread_of, where
from sequela.evidence.printed_cells import Cell


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
