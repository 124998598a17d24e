"""Readers of the fields of a file of printed tables: cells, choices, whole numbers; what is wrong is noted."""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from sequela.evidence.printed_cells import Cell, read_cell
from sequela.records.lined_yaml import Entry, Page

MOST_PATIENTS = 100_000_000
Item = TypeVar("Item")
RATIO_LABELS = ("HR", "OR", "RR", "AHR", "AOR", "ARR")
ADVICE = (
    (r"\d,\d", "Write decimals with a point: 1.79, not 1,79."),
    (r".\bp\s*[=<>≤]", "Write the p-value by itself, under p."),
    (
        r"^[^(\[]*[)\]]$|[(\[][^)\]]*$",
        "A bracket is missing; a comma in a cell divides it, unless the cell is in quotes.",
    ),
    (r"\d\s*[a-z]$", "Write the letter of a footnote behind a caret: 63.8^a."),
    (r"\d\s*\([a-z][\w\s'-]*\)$", "Write the name of a test under test."),
    (r"^[\d.]+ \d", "Write one number, or a number with its limits in brackets: 1.79 (1.23-2.61)."),
    (r"^\d+ +[a-z]+$", "Write the number alone."),
)
"""What to do about a cell that cannot be read, by what stands in it."""


def named(page: Page, entry: Entry | None) -> list[tuple[str, Entry]]:
    """Return the fields of a mapping with their names; none where there is no entry."""
    return list(page.fields(entry).items()) if entry else []


def each(page: Page, fields: dict[str, Entry], key: str, read: Callable[[Entry], Item]) -> tuple[Item, ...]:
    """Read every item of a list; none where the key is not given."""
    if key not in fields:
        return ()
    if fields[key].kind != "list":
        page.wrong(fields[key], f"a {fields[key].kind}", "a list: lines that begin with a dash")
        return ()
    return tuple(read(item) for item in fields[key].items)


def whole(page: Page, fields: dict[str, Entry], key: str, most: int) -> int | None:
    """Return a whole number, None where it is not given."""
    return page.whole(fields[key], 0, most) if key in fields else None


def yes(page: Page, fields: dict[str, Entry], key: str, *, default: bool) -> bool:
    """Return yes or no as a truth value."""
    if key not in fields:
        return default
    if fields[key].text not in ("yes", "no"):
        page.wrong(fields[key], f"{fields[key].text!r}", "yes or no")
    return fields[key].text == "yes"


def share(page: Page, fields: dict[str, Entry], key: str, default: float) -> float:
    """Return a number between 0 and 1."""
    if key not in fields:
        return default
    try:
        number = float(fields[key].text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1:
        page.wrong(fields[key], f"{fields[key].text!r}", f"a number between 0 and 1, such as {default}")
        return default
    return number


def choice(page: Page, fields: dict[str, Entry], key: str, known: tuple[str, ...], default: str) -> str:
    """Return one of the known words."""
    if key not in fields:
        return default
    if fields[key].text not in known:
        page.wrong(fields[key], f"{fields[key].text!r}", " | ".join(known))
        return default
    return fields[key].text


def one_cell(page: Page, entry: Entry, labels: tuple[str, ...] = ("N",)) -> Cell:
    """Return a printed cell; one that says of itself to be something else (`p = 0.1` for a count) is a problem."""
    try:
        if entry.kind == "text":
            cell = read_cell(entry.text, entry.line)
            if cell.label in ("", *labels):
                return cell
    except ValueError:
        pass
    found = f"{entry.text!r}" if entry.kind == "text" else f"a {entry.kind}"
    remedy = next((advice for pattern, advice in ADVICE if re.search(pattern, entry.text, re.IGNORECASE)), "")
    page.wrong(entry, found, "a printed cell such as 13 (72), 53 (43-73), 1.79 (1.23-2.61), <0.001, NR or -", remedy)
    return Cell("", entry.line, "missing")


def row_of_cells(page: Page, entry: Entry, number: int) -> tuple[Cell, ...]:
    """Return one cell per column."""
    items = entry.items if entry.kind == "list" else (entry,)
    if len(items) != number:
        page.wrong(entry, f"{len(items)} cells", f"{number}, one per column", "Write - where nothing is printed.")
    return tuple(one_cell(page, item) for item in items)


def p_value(page: Page, fields: dict[str, Entry], key: str = "p") -> Cell | None:
    """Return a p-value, None where it is not given."""
    if key not in fields:
        return None
    cell = one_cell(page, fields[key], ("P",))
    if cell.value is not None and not 0 <= cell.value.value <= 1:
        page.wrong(fields[key], f"p = {cell.text}", "between 0 and 1")
    return cell


def spread_of(page: Page, fields: dict[str, Entry], known: tuple[str, ...], default: str, cells: Iterable[Cell]) -> str:
    """Return what stands in the brackets of a row: as the file says, else as its cells say, else as is usual."""
    said = {cell.kind for cell in cells if cell.kind}
    given = choice(page, fields, "spread", known, "")
    if len(said | {given} - {""}) > 1:
        entry = next(iter(fields.values()))
        page.wrong(entry, f"{' and '.join(sorted(said | {given} - {''}))} in one row", "one kind in a row")
    return given or min(said, default=default)


def where(fields: dict[str, Entry], other: str) -> str:
    """Return the place an item stands in the paper."""
    return fields["where"].text if "where" in fields else other
