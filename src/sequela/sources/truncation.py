"""Signs that an exporter cut a table off: what it lost cannot be known, so it is said."""

SHEETS = {65_536: "an old spreadsheet", 1_048_576: "a spreadsheet"}
"""Rows that a sheet holds, its header included."""

ROUND = tuple(factor * 10**power for power in range(4, 10) for factor in (1, 5))
"""Numbers of rows at which databases and viewers are often told to stop."""

CUT_OFF = "the table may have been cut off"
"""Words that every such notice holds."""

_REMEDY = "Export it again, whole; whoever stood in the lost rows would count as untreated or free of progression."


def signs(rows: int, *, ended: bool = True) -> tuple[tuple[str, str], ...]:
    """Return what points to a table that was cut off, each with a remedy.

    `rows` are the rows under the header, refused ones included; `ended` says whether the last line has a line end.
    """
    found = []
    sheet = next((SHEETS[limit] for limit in (rows, rows + 1) if limit in SHEETS), "")
    if sheet:
        found.append((f"{CUT_OFF}: it ends where {sheet} ends, after {rows:,} rows", _REMEDY))
    elif rows in ROUND:
        found.append((f"{CUT_OFF}: it has exactly {rows:,} rows", _REMEDY))
    if not ended and rows:
        found.append((f"{CUT_OFF}: its last line has no line end", _REMEDY))
    return tuple(found)
