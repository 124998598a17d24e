"""Pages whose tables are made from the data: the parts between two marks are written anew."""

import re
from collections.abc import Callable, Mapping


def row(*cells: str) -> str:
    """Return one row of a table in Markdown."""
    return "| " + " | ".join(cells) + " |\n"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    return row(*head) + row(*["---"] * len(head)) + "".join(row(*cells) for cells in rows)


def with_parts_of(page: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """Return the page with its generated parts made anew; each is marked once, by name."""
    for name, make in parts.items():
        pattern = re.compile(rf"(<!-- {name}: begin [^\n]*-->\n).*?(<!-- {name}: end -->)", re.DOTALL)
        found = pattern.findall(page)
        assert len(found) == 1, name
        (head, tail), text = found[0], make()
        start, end = page.index(head), page.index(tail)
        page = page[:start] + head + text + page[end:]
    return page
