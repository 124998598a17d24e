"""The generated parts of docs/records.md; `python -m tests.records.documented_tables` writes them anew."""

from collections.abc import Callable
from pathlib import Path

from sequela.records.refusals import REFUSALS, accepts
from sequela.records.schema import TABLES, Column, Table
from sequela.sources.description import KEYS

PAGE = Path(__file__).parents[2] / "docs" / "records.md"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _column(column: Column) -> str:
    name = f"**`{column.name}`**" if column.required else f"`{column.name}`"
    also = ", ".join(f"`{header}`" for header in column.also)
    content = "text" if column.content == "text" else accepts(column)
    return _row(name, content, column.meaning, also)


def _table(table: Table) -> str:
    key = f" Key: {', '.join(f'`{name}`' for name in table.key)}." if table.key else ""
    meaning = table.meaning[0].upper() + table.meaning[1:]
    head = _row("column", "holds", "meaning", "also accepted as") + _row(*["---"] * 4)
    return f"### {table.name}\n\n{meaning}.{key}\n\n{head}" + "".join(_column(column) for column in table.columns)


def tables() -> str:
    return "\n".join(_table(table) for table in TABLES.values())


def rules() -> str:
    lines = [_row(f"`{rule.id}`", rule.meaning, rule.remedy) for rule in REFUSALS.values()]
    return _row("rule", "what is wrong", "what to do") + _row(*["---"] * 3) + "".join(lines)


def description() -> str:
    return _row("key", "meaning") + _row("---", "---") + "".join(_row(f"`{key}`", text) for key, text in KEYS.items())


PARTS: dict[str, Callable[[], str]] = {"tables": tables, "rules": rules, "description": description}


def rendered(page: str) -> str:
    """Return the page with its generated parts as the program has them now."""
    for name, part in PARTS.items():
        begin, end = f"<!-- generated: {name} -->\n", f"<!-- end: {name} -->"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = before + begin + part() + end + after
    return page


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
