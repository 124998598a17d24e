"""Read what a paper printed in its tables and sentences: every problem at once, each with its line."""

from pathlib import Path

from sequela.evidence import paper_tables as form
from sequela.evidence.lengths_of_time import DAYS
from sequela.evidence.load_paper_rows import read_table
from sequela.evidence.load_paper_times import read_clocks, read_curve, read_durations, read_medians, read_person_time
from sequela.evidence.paper_fields import (
    MOST_PATIENTS,
    RATIO_LABELS,
    choice,
    each,
    named,
    one_cell,
    p_value,
    row_of_cells,
    share,
    where,
    whole,
    yes,
)
from sequela.evidence.paper_programs import program_conventions
from sequela.evidence.printed_cells import Cell
from sequela.evidence.printed_places import Places
from sequela.records.lined_yaml import Entry, Page, read_lined

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
    "curves",
    "person_time",
    "cuts",
    "sums",
    "unions",
    "adjusted",
    "clocks",
    "durations",
    "endpoints",
    "references",
)
NR_MEANINGS = ("not reached", "not reported")


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
    tables = tuple(table for item in named(page, fields.get("tables")) for table in read_table(page, *item))
    places = Places(page, {table.name: table for table in tables if not table.total})
    paper = form.PaperTables(
        **_head(page, fields),
        tables=tables,
        statements=each(page, fields, "text", lambda item: _statement(places, item)),
        repeated=tuple(
            form.Repeated(what, {place: text.text for place, text in named(page, value)})
            for what, value in named(page, fields.get("repeated"))
        ),
        ratios=each(page, fields, "ratios", lambda item: _ratio(places, item)),
        proportions=each(page, fields, "proportions", lambda item: _proportion(page, item)),
        medians=each(page, fields, "medians", lambda item: read_medians(page, item)),
        curves=each(page, fields, "curves", lambda item: read_curve(page, item)),
        person_time=each(page, fields, "person_time", lambda item: read_person_time(page, item)),
        cuts=each(page, fields, "cuts", lambda item: _cut(places, item)),
        sums=each(page, fields, "sums", lambda item: _sum(places, item)),
        unions=each(page, fields, "unions", lambda item: _union(places, item)),
        adjusted=each(page, fields, "adjusted", lambda item: _adjusted(page, item)),
        clocks=each(page, fields, "clocks", lambda item: read_clocks(page, item)),
        durations=each(page, fields, "durations", lambda item: read_durations(page, item)),
        endpoints=page.texts(fields["endpoints"]) if "endpoints" in fields else (),
        references=tuple(
            form.Reference(f"reference {number}", value.text) for number, value in named(page, fields.get("references"))
        ),
        file=page.name,
    )
    page.done()
    return paper


def _head(page: Page, fields: dict[str, Entry]) -> dict:
    text = {key: fields[key].text if key in fields else "" for key in ("title", "citation", "doi", "program")}
    groups = {name: page.whole(value, 0, MOST_PATIENTS) for name, value in named(page, fields.get("groups"))}
    medians, ratios = program_conventions(text["program"])
    return {
        **text,
        "year": whole(page, fields, "year", 3000),
        "patients": whole(page, fields, "patients", MOST_PATIENTS),
        "groups": groups,
        "groups_are_everyone": yes(page, fields, "groups_are_everyone", default=True),
        "median_intervals": choice(page, fields, "median_intervals", form.MEDIAN_INTERVALS, medians),
        "ratio_intervals": choice(page, fields, "ratio_intervals", form.RATIO_INTERVALS, ratios),
        "significant": share(page, fields, "significant", 0.05),
        "level": share(page, fields, "level", 0.95),
        "nr": choice(page, fields, "nr", NR_MEANINGS, ""),
    }


def _statement(places: Places, entry: Entry) -> form.Statement:
    page = places.page
    fields = page.fields(entry, ("where", "says", "is", "of"), needed=("where", "says"))
    is_ = places.address(fields["is"]) if "is" in fields else ()
    says = fields["says"].text if "says" in fields else ""
    return form.Statement(where(fields, "text"), says, is_, whole(page, fields, "of", MOST_PATIENTS))


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
        where(fields, "text"),
        fields["name"].text if "name" in fields else endpoint,
        kinds[0],
        one_cell(page, fields[kinds[0]], RATIO_LABELS),
        p_value(page, fields),
        choice(page, fields, "p_test", form.RATIO_TESTS, form.NOT_NAMED),
        p_value(page, fields, "log_rank"),
        page.texts(fields["groups"]) if "groups" in fields else (),
        endpoint,
        yes(page, fields, "adjusted", default=False),
        whole(page, fields, "patients", MOST_PATIENTS),
        whole(page, fields, "events", MOST_PATIENTS),
        places.address(fields["counts"]) if "counts" in fields else (),
    )


def _proportion(page: Page, entry: Entry) -> form.Proportion:
    fields = page.fields(entry, ("where", "name", "percent", "count", "of"), needed=("where", "percent", "of"))
    cell = one_cell(page, fields["percent"]) if "percent" in fields else Cell("")
    of = page.whole(fields["of"], 1, MOST_PATIENTS) if "of" in fields else 1
    name = fields["name"].text if "name" in fields else ""
    return form.Proportion(where(fields, "text"), name, cell, whole(page, fields, "count", of), of)


def _cut(places: Places, entry: Entry) -> form.Cut:
    page = places.page
    fields = page.fields(entry, ("where", "levels", "medians", "unit"), needed=("where", "levels", "medians"))
    levels = places.row(fields["levels"]) if "levels" in fields else ()
    columns = len(places.tables[levels[0]].columns) if levels else 0
    medians = row_of_cells(page, fields["medians"], columns) if levels and "medians" in fields else ()
    return form.Cut(where(fields, "text"), levels, medians, choice(page, fields, "unit", tuple(DAYS), ""))


def _sum(places: Places, entry: Entry) -> form.Sum:
    page = places.page
    fields = page.fields(entry, ("where", "parts", "total", "at_most"), needed=("where", "parts"))
    parts = tuple(places.term(item) for item in (fields["parts"].items if "parts" in fields else ()))
    key = "at_most" if "at_most" in fields else "total"
    if key not in fields:
        page.wrong(entry, "'total' is missing", "total, or at_most")
        return form.Sum("", (), 0)
    return form.Sum(where(fields, "text"), parts, places.term(fields[key]), key == "at_most")


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
    return form.Union(where(fields, "text"), (either[0], either[1]), both, neither, one)


def _adjusted(page: Page, entry: Entry) -> form.Adjusted:
    fields = page.fields(entry, ("where", "raw", "adjusted"), needed=("where", "raw", "adjusted"))
    raw, adjusted = (one_cell(page, fields[key], ("P",)) if key in fields else Cell("") for key in ("raw", "adjusted"))
    return form.Adjusted(where(fields, "text"), raw, adjusted)
