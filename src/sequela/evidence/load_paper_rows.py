"""Read the tables of a paper: columns, rows of counts, rows of medians and means."""

from dataclasses import replace

from sequela.evidence import paper_tables as form
from sequela.evidence.paper_fields import (
    MOST_PATIENTS,
    choice,
    named,
    one_cell,
    p_value,
    row_of_cells,
    spread_of,
    whole,
    yes,
)
from sequela.evidence.printed_cells import Cell
from sequela.records.lined_yaml import Entry, Page


def read_table(page: Page, name: str, entry: Entry) -> tuple[form.Table, ...]:
    """Read one table; the column of all its patients, where `total` names one, as a second table of the same name."""
    fields = page.fields(entry, ("columns", "rows", "n", "test", "labels", "footnotes", "total"), needed=("columns",))
    columns = tuple(
        form.Column(column, None if value.text in ("-", "not given") else page.whole(value, 0, MOST_PATIENTS))
        for column, value in named(page, fields.get("columns"))
    )
    test = choice(page, fields, "test", form.TABLE_TESTS, "")
    rows = tuple(_row(page, row, value, len(columns), test) for row, value in named(page, fields.get("rows")))
    labels = page.texts(fields["labels"]) if "labels" in fields else ()
    footnotes = {mark: value.text for mark, value in named(page, fields.get("footnotes"))}
    table = form.Table(name, columns, rows, whole(page, fields, "n", MOST_PATIENTS), test, labels, footnotes)
    if "total" not in fields:
        return (table,)
    names = tuple(column.name for column in columns)
    total = choice(page, fields, "total", names, names[-1] if names else "")
    if len(names) < 3:
        page.wrong(fields["total"], f"{len(names)} columns", "at least two besides the column of everyone")
        return (table,)
    return _parted(table, names.index(total))


def _parted(table: form.Table, total: int) -> tuple[form.Table, form.Table]:
    """Return a table without the column of everyone, and that column."""
    others = [index for index in range(len(table.columns)) if index != total]
    rows, whole_rows = [], []
    for row in table.rows:
        rows.append(_columns_of(row, others, everyone=total))
        whole_rows.append(replace(_columns_of(row, [total]), p=None, mark=""))
    columns = tuple(table.columns[index] for index in others)
    everyone = form.Table(table.name, (table.columns[total],), tuple(whole_rows), total=True)
    return replace(table, columns=columns, rows=tuple(rows)), everyone


def _columns_of(
    row: form.CountRow | form.NumberRow, indices: list[int], everyone: int | None = None
) -> form.CountRow | form.NumberRow:
    of = tuple(row.of[index] for index in indices) if row.of else ()
    if isinstance(row, form.CountRow):
        levels = {name: tuple(cells[index] for index in indices) for name, cells in row.levels.items()}
        return replace(row, levels=levels, of=of)
    cells = tuple(row.cells[index] for index in indices)
    return replace(row, cells=cells, of=of, everyone=row.cells[everyone] if everyone is not None else row.everyone)


def _row(page: Page, name: str, entry: Entry, columns: int, test: str) -> form.CountRow | form.NumberRow:
    counts = ("levels", "count", "exclusive", "complete", "cut")
    numbers = ("median", "mean", "spread", "all", "whole")
    fields = page.fields(entry, (*counts, *numbers, "of", "p", "test", "mark"))
    kinds = [key for key in ("levels", "count", "median", "mean") if key in fields]
    if len(kinds) != 1:
        page.wrong(entry, f"{' and '.join(kinds) or 'none'} of them", "one of levels, count, median, mean")
        return form.CountRow(name, {})
    of = _denominators(page, fields, columns)
    named = choice(page, fields, "test", form.TABLE_TESTS, test)
    if kinds[0] in ("median", "mean"):
        return _number_row(page, name, fields, kinds[0], columns, of, named)
    mark = fields["mark"].text if "mark" in fields else ""
    return form.CountRow(
        name,
        _levels(page, name, fields, columns),
        p_value(page, fields),
        named,
        yes(page, fields, "exclusive", default=True),
        yes(page, fields, "complete", default=False),
        yes(page, fields, "cut", default=False),
        of,
        mark,
    )


def _denominators(page: Page, fields: dict[str, Entry], columns: int) -> tuple[int, ...]:
    if "of" not in fields:
        return ()
    items = fields["of"].items if fields["of"].kind == "list" else (fields["of"],) * columns
    if len(items) != columns:
        page.wrong(fields["of"], f"{len(items)} numbers", f"{columns}, one per column")
    return tuple(page.whole(item, 0, MOST_PATIENTS) for item in items)


def _levels(page: Page, name: str, fields: dict[str, Entry], columns: int) -> dict[str, tuple[Cell, ...]]:
    if "count" in fields:
        return {name: _counts(page, fields["count"], columns)}
    return {level: _counts(page, value, columns) for level, value in named(page, fields["levels"])}


def _counts(page: Page, entry: Entry, columns: int) -> tuple[Cell, ...]:
    cells = row_of_cells(page, entry, columns)
    for cell in cells:
        if cell.value is not None and cell.value.decimals:
            remedy = f"Write {cell.value.text}% if it is a percentage."
            page.wrong(entry, f"{cell.value.text} in a row of counts", "a whole number of patients", remedy)
    return cells


def _number_row(
    page: Page, name: str, fields: dict[str, Entry], kind: str, columns: int, of: tuple[int, ...], test: str
) -> form.NumberRow:
    cells = row_of_cells(page, fields[kind], columns)
    everyone = one_cell(page, fields["all"]) if "all" in fields else None
    every = cells if everyone is None else (*cells, everyone)
    return form.NumberRow(
        name,
        kind,
        cells,
        spread_of(page, fields, form.SPREADS, "sd" if kind == "mean" else "range", every),
        everyone,
        of,
        yes(page, fields, "whole", default=False),
        p_value(page, fields),
        test,
        fields["mark"].text if "mark" in fields else "",
    )
