"""Addresses in the printed tables: which cells a sentence or a sum speaks of."""

from collections.abc import Mapping
from difflib import get_close_matches

from sequela.evidence.paper_tables import Address, CountRow, NumberRow, PaperTables, Table
from sequela.evidence.printed_cells import Cell
from sequela.frozen import frozen
from sequela.records.lined_yaml import Entry, Page

EVERYONE = "all"
"""In the place of a column: all patients together."""


@frozen
class Places:
    """The tables of a file being read; finds wrong addresses while the line is known."""

    page: Page
    tables: Mapping[str, Table]

    def address(self, entry: Entry) -> Address:
        """Return an address; one that leads nowhere is a problem."""
        parts = self.page.texts(entry)
        problem = _lost(self.tables, parts)
        if problem:
            self.page.wrong(entry, *problem)
            return ()
        return parts

    def row(self, entry: Entry) -> Address:
        """Return the address of a whole row: table and row."""
        parts = self.page.texts(entry)
        known = {name: tuple(row.name for row in table.rows) for name, table in self.tables.items()}
        if len(parts) == 2 and parts[1] in known.get(parts[0], ()):
            return parts
        self.page.wrong(entry, ", ".join(parts) or "nothing", "[table, row]")
        return ()

    def term(self, entry: Entry) -> int | Address:
        """Return a whole number or an address."""
        if entry.kind == "text":
            return self.page.whole(entry, 0, 100_000_000)
        return self.address(entry)


def _lost(tables: Mapping[str, Table], parts: Address) -> tuple[str, str, str] | None:
    """Return what is wrong with an address, or None."""
    if len(parts) not in (2, 3, 4):
        return f"an address of {len(parts)} parts", "[table, row, level, column]", ""
    if parts[0] not in tables:
        return _unknown(parts[0], tuple(tables), "table")
    rows = {row.name: row for row in tables[parts[0]].rows}
    if parts[1] not in rows:
        return _unknown(parts[1], tuple(rows), "row")
    columns = tuple(column.name for column in tables[parts[0]].columns)
    row = rows[parts[1]]
    if isinstance(row, NumberRow) and row.everyone is not None:
        columns += (EVERYONE,)
    steps = [tuple(row.levels), columns] if isinstance(row, CountRow) else [columns]
    if isinstance(row, CountRow) and len(row.levels) == 1:
        steps = [(*row.levels, *columns), columns]
    elif isinstance(row, CountRow) and len(parts) == 2:
        return "an address without a level", " | ".join(row.levels), ""
    for part, known in zip(parts[2:], steps, strict=False):
        if part not in known:
            return _unknown(part, known, "level or column")
    return None


def _unknown(part: str, known: tuple[str, ...], what: str) -> tuple[str, str, str]:
    near = get_close_matches(part, known, 1)
    return f"no {what} {part!r}", " | ".join(known), f"Did you mean {near[0]!r}?" if near else ""


def cells_at(paper: PaperTables, address: Address) -> tuple[tuple[str, Cell], ...]:
    """Return the cells an address names, each with its column: all columns where it names none."""
    table = next(table for table in paper.tables if table.name == address[0])
    row = next(row for row in table.rows if row.name == address[1])
    if isinstance(row, NumberRow) and row.everyone is not None and address[2:] == (EVERYONE,):
        return ((EVERYONE, row.everyone),)
    columns = [column.name for column in table.columns]
    cells, column = _row_cells(row, address[2:], columns)
    return tuple((name, cell) for name, cell in zip(columns, cells, strict=True) if column in ("", name))


def _row_cells(row: CountRow | NumberRow, rest: tuple[str, ...], columns: list[str]) -> tuple[tuple[Cell, ...], str]:
    if isinstance(row, NumberRow):
        return row.cells, rest[0] if rest else ""
    level = rest[0] if rest and rest[0] in row.levels else next(iter(row.levels))
    named = [part for part in rest if part in columns and part != level]
    return row.levels[level], named[-1] if named else ""


def table_of(paper: PaperTables, address: Address) -> Table:
    """Return the table an address names."""
    return next(table for table in paper.tables if table.name == address[0])


def row_of(paper: PaperTables, address: Address) -> CountRow | NumberRow:
    """Return the row an address names."""
    return next(row for row in table_of(paper, address).rows if row.name == address[1])


def shown(address: Address) -> str:
    """Return an address in words."""
    return ", ".join(address)
