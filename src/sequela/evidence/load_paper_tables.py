"""Read what a paper printed in its tables and sentences: every problem at once, each with its line."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sequela.evidence import paper_tables as form
from sequela.evidence.lined_yaml import Entry, Page, read_lined
from sequela.evidence.paper_programs import program_conventions
from sequela.evidence.printed_cells import Cell, read_cell
from sequela.evidence.printed_places import Places

HEAD = (
    "paper_tables",
    "title",
    "citation",
    "doi",
    "year",
    "patients",
    "groups",
    "groups_are_everyone",
    "program",
    "median_intervals",
    "ratio_intervals",
    "significant",
    "level",
    "nr",
)
SECTIONS = (
    "tables",
    "text",
    "repeated",
    "ratios",
    "proportions",
    "medians",
    "sums",
    "unions",
    "adjusted",
    "clocks",
    "durations",
    "endpoints",
    "references",
)
NR_MEANINGS = ("not reached", "not reported")
MOST_PATIENTS = 100_000_000
Item = TypeVar("Item")


def load_paper_tables(path: Path) -> form.PaperTables:
    """Read a file of printed tables and sentences.

    Raises
    ------
    StudyError
        With every problem found, each as file:line.
    """
    page, entry = read_lined(Path(path))
    fields = page.fields(entry, (*HEAD, *SECTIONS), needed=("paper_tables", "citation"))
    if "paper_tables" in fields and fields["paper_tables"].text != "1":
        page.wrong(fields["paper_tables"], f"{fields['paper_tables'].text!r}", "paper_tables: 1")
    tables = tuple(_table(page, *item) for item in _named(page, fields.get("tables")))
    places = Places(page, {table.name: table for table in tables})
    paper = form.PaperTables(
        **_head(page, fields),
        tables=tables,
        statements=_each(page, fields, "text", lambda item: _statement(places, item)),
        repeated=tuple(
            form.Repeated(what, {place: text.text for place, text in _named(page, value)})
            for what, value in _named(page, fields.get("repeated"))
        ),
        ratios=_each(page, fields, "ratios", lambda item: _ratio(places, item)),
        proportions=_each(page, fields, "proportions", lambda item: _proportion(page, item)),
        medians=_each(page, fields, "medians", lambda item: _medians(page, item)),
        sums=_each(page, fields, "sums", lambda item: _sum(places, item)),
        unions=_each(page, fields, "unions", lambda item: _union(places, item)),
        adjusted=_each(page, fields, "adjusted", lambda item: _adjusted(page, item)),
        clocks=_each(page, fields, "clocks", lambda item: _clocks(page, item)),
        durations=_each(page, fields, "durations", lambda item: _durations(page, item)),
        endpoints=page.texts(fields["endpoints"]) if "endpoints" in fields else (),
        references=tuple(
            form.Reference(f"reference {number}", value.text)
            for number, value in _named(page, fields.get("references"))
        ),
        file=page.name,
    )
    page.done()
    return paper


def _named(page: Page, entry: Entry | None) -> list[tuple[str, Entry]]:
    return list(page.fields(entry).items()) if entry else []


def _each(page: Page, fields: dict[str, Entry], key: str, read: Callable[[Entry], Item]) -> tuple[Item, ...]:
    if key not in fields:
        return ()
    if fields[key].kind != "list":
        page.wrong(fields[key], f"a {fields[key].kind}", "a list: lines that begin with a dash")
        return ()
    return tuple(read(item) for item in fields[key].items)


def _head(page: Page, fields: dict[str, Entry]) -> dict:
    text = {key: fields[key].text if key in fields else "" for key in ("title", "citation", "doi", "program")}
    groups = {name: page.whole(value, 0, MOST_PATIENTS) for name, value in _named(page, fields.get("groups"))}
    medians, ratios = program_conventions(text["program"])
    return {
        **text,
        "year": _whole(page, fields, "year", 3000),
        "patients": _whole(page, fields, "patients", MOST_PATIENTS),
        "groups": groups,
        "groups_are_everyone": _yes(page, fields, "groups_are_everyone", default=True),
        "median_intervals": _choice(page, fields, "median_intervals", form.MEDIAN_INTERVALS, medians),
        "ratio_intervals": _choice(page, fields, "ratio_intervals", form.RATIO_INTERVALS, ratios),
        "significant": _share(page, fields, "significant", 0.05),
        "level": _share(page, fields, "level", 0.95),
        "nr": _choice(page, fields, "nr", NR_MEANINGS, ""),
    }


def _whole(page: Page, fields: dict[str, Entry], key: str, most: int) -> int | None:
    return page.whole(fields[key], 0, most) if key in fields else None


def _yes(page: Page, fields: dict[str, Entry], key: str, *, default: bool) -> bool:
    if key not in fields:
        return default
    if fields[key].text not in ("yes", "no"):
        page.wrong(fields[key], f"{fields[key].text!r}", "yes or no")
    return fields[key].text == "yes"


def _share(page: Page, fields: dict[str, Entry], key: str, default: float) -> float:
    if key not in fields:
        return default
    try:
        share = float(fields[key].text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        page.wrong(fields[key], f"{fields[key].text!r}", f"a number between 0 and 1, such as {default}")
        return default
    return share


def _choice(page: Page, fields: dict[str, Entry], key: str, known: tuple[str, ...], default: str) -> str:
    if key not in fields:
        return default
    if fields[key].text not in known:
        page.wrong(fields[key], f"{fields[key].text!r}", " | ".join(known))
        return default
    return fields[key].text


def _cell(page: Page, entry: Entry) -> Cell:
    try:
        if entry.kind == "text":
            return read_cell(entry.text, entry.line)
    except ValueError:
        pass
    found = f"{entry.text!r}" if entry.kind == "text" else f"a {entry.kind}"
    page.wrong(entry, found, "a printed cell such as 13 (72), 53 (43-73), 1.79 (1.23-2.61), <0.001, NR or -")
    return Cell("", entry.line, "missing")


def _cells(page: Page, entry: Entry, number: int) -> tuple[Cell, ...]:
    items = entry.items if entry.kind == "list" else (entry,)
    if len(items) != number:
        page.wrong(entry, f"{len(items)} cells", f"{number}, one per column", "Write - where nothing is printed.")
    return tuple(_cell(page, item) for item in items)


def _p_value(page: Page, fields: dict[str, Entry], key: str = "p") -> Cell | None:
    if key not in fields:
        return None
    cell = _cell(page, fields[key])
    if cell.value is not None and not 0 <= cell.value.value <= 1:
        page.wrong(fields[key], f"p = {cell.text}", "between 0 and 1")
    return cell


def _table(page: Page, name: str, entry: Entry) -> form.Table:
    fields = page.fields(entry, ("columns", "rows", "n", "test", "labels"), needed=("columns",))
    columns = tuple(
        form.Column(column, None if value.text in ("-", "not given") else page.whole(value, 0, MOST_PATIENTS))
        for column, value in _named(page, fields.get("columns"))
    )
    test = _choice(page, fields, "test", form.TABLE_TESTS, "")
    rows = tuple(_row(page, row, value, len(columns), test) for row, value in _named(page, fields.get("rows")))
    labels = page.texts(fields["labels"]) if "labels" in fields else ()
    return form.Table(name, columns, rows, _whole(page, fields, "n", MOST_PATIENTS), test, labels)


def _row(page: Page, name: str, entry: Entry, columns: int, test: str) -> form.CountRow | form.NumberRow:
    counts = ("levels", "count", "exclusive", "complete", "cut")
    numbers = ("median", "mean", "spread", "all", "whole")
    fields = page.fields(entry, (*counts, *numbers, "of", "p", "test"))
    kinds = [key for key in ("levels", "count", "median", "mean") if key in fields]
    if len(kinds) != 1:
        page.wrong(entry, f"{' and '.join(kinds) or 'none'} of them", "one of levels, count, median, mean")
        return form.CountRow(name, {})
    of = _denominators(page, fields, columns)
    named = _choice(page, fields, "test", form.TABLE_TESTS, test)
    if kinds[0] in ("median", "mean"):
        return _number_row(page, name, fields, kinds[0], columns, of, named)
    return form.CountRow(
        name,
        _levels(page, name, fields, columns),
        _p_value(page, fields),
        named,
        _yes(page, fields, "exclusive", default=True),
        _yes(page, fields, "complete", default=False),
        _yes(page, fields, "cut", default=False),
        of,
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
        return {name: _cells(page, fields["count"], columns)}
    return {level: _cells(page, value, columns) for level, value in _named(page, fields["levels"])}


def _number_row(
    page: Page, name: str, fields: dict[str, Entry], kind: str, columns: int, of: tuple[int, ...], test: str
) -> form.NumberRow:
    spread = _choice(page, fields, "spread", form.SPREADS, "sd" if kind == "mean" else "range")
    return form.NumberRow(
        name,
        kind,
        _cells(page, fields[kind], columns),
        spread,
        _cell(page, fields["all"]) if "all" in fields else None,
        of,
        _yes(page, fields, "whole", default=False),
        _p_value(page, fields),
        test,
    )


def _where(fields: dict[str, Entry], other: str) -> str:
    return fields["where"].text if "where" in fields else other


def _statement(places: Places, entry: Entry) -> form.Statement:
    page = places.page
    fields = page.fields(entry, ("where", "says", "is", "of"), needed=("where", "says"))
    is_ = places.address(fields["is"]) if "is" in fields else ()
    says = fields["says"].text if "says" in fields else ""
    return form.Statement(_where(fields, "text"), says, is_, _whole(page, fields, "of", MOST_PATIENTS))


def _ratio(places: Places, entry: Entry) -> form.Ratio:
    page = places.page
    known = ("where", "name", "hazard", "odds", "risk", "p", "p_test", "log_rank", "groups", "endpoint")
    fields = page.fields(entry, (*known, "adjusted", "patients", "events", "counts"), needed=("where",))
    kinds = [kind for kind in form.RATIO_KINDS if kind in fields]
    if len(kinds) != 1:
        page.wrong(entry, f"{' and '.join(kinds) or 'none'} of them", "one of " + ", ".join(form.RATIO_KINDS))
        return form.Ratio("", "", "hazard", Cell(""))
    endpoint = fields["endpoint"].text if "endpoint" in fields else ""
    return form.Ratio(
        _where(fields, "text"),
        fields["name"].text if "name" in fields else endpoint,
        kinds[0],
        _cell(page, fields[kinds[0]]),
        _p_value(page, fields),
        _choice(page, fields, "p_test", form.RATIO_TESTS, form.NOT_NAMED),
        _p_value(page, fields, "log_rank"),
        page.texts(fields["groups"]) if "groups" in fields else (),
        endpoint,
        _yes(page, fields, "adjusted", default=False),
        _whole(page, fields, "patients", MOST_PATIENTS),
        _whole(page, fields, "events", MOST_PATIENTS),
        places.address(fields["counts"]) if "counts" in fields else (),
    )


def _proportion(page: Page, entry: Entry) -> form.Proportion:
    fields = page.fields(entry, ("where", "name", "percent", "count", "of"), needed=("where", "percent", "of"))
    cell = _cell(page, fields["percent"]) if "percent" in fields else Cell("")
    of = page.whole(fields["of"], 1, MOST_PATIENTS) if "of" in fields else 1
    name = fields["name"].text if "name" in fields else ""
    return form.Proportion(_where(fields, "text"), name, cell, _whole(page, fields, "count", of), of)


def _medians(page: Page, entry: Entry) -> form.Medians:
    known = ("where", "endpoint", "groups", "strata", "pairs", "longest", "spread")
    fields = page.fields(entry, known, needed=("where", "endpoint", "groups"))
    strata = page.texts(fields["strata"]) if "strata" in fields else ()
    columns = max(len(strata), 1)
    groups = {name: _cells(page, value, columns) for name, value in _named(page, fields.get("groups"))}
    longest = {name: _cell(page, value) for name, value in _named(page, fields.get("longest"))}
    endpoint = fields["endpoint"].text if "endpoint" in fields else ""
    spread = _choice(page, fields, "spread", form.SPREADS[:3], "ci")
    pairs = dict(_pair(page, item, groups) for item in (fields["pairs"].items if "pairs" in fields else ()))
    return form.Medians(_where(fields, "text"), endpoint, groups, strata, pairs, longest, spread)


def _pair(page: Page, entry: Entry, groups: dict) -> tuple[tuple[str, str], Cell]:
    fields = page.fields(entry, ("groups", "log_rank"), needed=("groups", "log_rank"))
    names = page.texts(fields["groups"]) if "groups" in fields else ()
    if len(names) != 2 or any(name not in groups for name in names):
        page.wrong(entry, ", ".join(names) or "no groups", f"two of {', '.join(groups)}")
        names = ("", "")
    return (names[0], names[1]), _p_value(page, fields, "log_rank") or Cell("")


def _sum(places: Places, entry: Entry) -> form.Sum:
    page = places.page
    fields = page.fields(entry, ("where", "parts", "total", "at_most"), needed=("where", "parts"))
    parts = tuple(places.term(item) for item in (fields["parts"].items if "parts" in fields else ()))
    key = "at_most" if "at_most" in fields else "total"
    if key not in fields:
        page.wrong(entry, "'total' is missing", "total, or at_most")
        return form.Sum("", (), 0)
    return form.Sum(_where(fields, "text"), parts, places.term(fields[key]), key == "at_most")


def _union(places: Places, entry: Entry) -> form.Union:
    page = places.page
    fields = page.fields(
        entry, ("where", "either", "both", "neither", "one"), needed=("where", "either", "both", "neither")
    )
    either = [places.address(item) for item in (fields["either"].items if "either" in fields else ())]
    if len(either) != 2:
        page.wrong(entry, f"{len(either)} addresses under 'either'", "two")
        either = [(), ()]
    both, neither, one = (places.address(fields[key]) if key in fields else () for key in ("both", "neither", "one"))
    return form.Union(_where(fields, "text"), (either[0], either[1]), both, neither, one)


def _adjusted(page: Page, entry: Entry) -> form.Adjusted:
    fields = page.fields(entry, ("where", "raw", "adjusted"), needed=("where", "raw", "adjusted"))
    raw, adjusted = (_cell(page, fields[key]) if key in fields else Cell("") for key in ("raw", "adjusted"))
    return form.Adjusted(_where(fields, "text"), raw, adjusted)


def _clocks(page: Page, entry: Entry) -> form.Clocks:
    keys = ("earlier", "later", "between")
    fields = page.fields(entry, ("where", "group", *keys), needed=("where", "group", *keys))
    cells = [_cell(page, fields[key]) if key in fields else Cell("") for key in keys]
    return form.Clocks(_where(fields, "text"), fields["group"].text if "group" in fields else "", *cells)


def _durations(page: Page, entry: Entry) -> form.Durations:
    fields = page.fields(entry, ("where", "same"), needed=("where", "same"))
    return form.Durations(_where(fields, "text"), page.texts(fields["same"]) if "same" in fields else ())
