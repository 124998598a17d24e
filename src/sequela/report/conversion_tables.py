"""Markers before and after in the same patients, as printed."""

from sequela.analyses.conversion import ChangedMarker, ChangesOfGroup, Conversion
from sequela.analyses.wording import (
    count_percent,
    explained,
    inside_sentence,
    interval,
    p_statement,
    quantity_writer,
)
from sequela.report.display_table import DisplayTable, Row, slug
from sequela.report.table_words import name_of_test, sentence


def conversion_tables(result: Conversion) -> tuple[DisplayTable, ...]:
    """Print a table for each marker: who has both specimens, from what to what, and the tests within the patients."""
    return tuple(_table(result, marker) for marker in result.markers)


def _table(result: Conversion, marker: ChangedMarker) -> DisplayTable:
    rows = [
        Row(("With both specimens (% of patients)", *(count_percent(g.pairs, g.patients) for g in marker.groups))),
        Row(("changed (% of these)", *(count_percent(g.changed, g.pairs) for g in marker.groups)), indent=1),
        *(_level_rows(marker) if marker.levels else _value_rows(marker)),
        *_test_rows(marker),
    ]
    what = f"{inside_sentence(marker.label)}: {sentence(marker.definition)}" if marker.definition else ""
    notes = [
        f"Specimens: {sentence(result.between)}",
        "Each test asks, within the patients of one column, whether as many changed one way as the other; columns are "
        "not compared.",
        *((sentence(what),) if what else ()),
        *explained([cell for row in rows for cell in row.cells[1:]]),
    ]
    columns = ("", *(f"{group.name} (n = {group.patients})" for group in marker.groups))
    title = f"{marker.label} before and after"
    return DisplayTable(f"conversion-{slug(marker.name)}", title, columns, tuple(rows), tuple(notes))


def _level_rows(marker: ChangedMarker) -> list[Row]:
    rows = []
    for place, before in enumerate(marker.levels):
        sizes = [int(group.counts[place].sum()) for group in marker.groups]
        rows.append(Row((f"{sentence(before, stop='')} before", *(str(size) for size in sizes))))
        for other, after in enumerate(marker.levels):
            counts = [int(group.counts[place, other]) for group in marker.groups]
            cells = (count_percent(n, size) if size else "–" for n, size in zip(counts, sizes, strict=True))
            rows.append(Row((f"then {after}", *cells), indent=1))
    return rows


def _value_rows(marker: ChangedMarker) -> list[Row]:
    unit = f", {marker.unit}" if marker.unit else ""
    rows = []
    for place, when in enumerate(("before", "after", "change")):
        label = f"Median {when}{unit} (first to third quartile)"
        rows.append(Row((label, *(_quartiles(group, place) for group in marker.groups))))
    return rows


def _quartiles(group: ChangesOfGroup, place: int) -> str:
    if not group.quartiles:
        return "–"
    median, low, high = group.quartiles[place]
    write = quantity_writer((median, low, high))
    return f"{write(median)} ({interval(low, high, write)})"


def _test_rows(marker: ChangedMarker) -> list[Row]:
    names = list(dict.fromkeys(name_of_test(test) for group in marker.groups for test in group.tests))
    rows = []
    for name in names:
        of_group = ({name_of_test(test): test for test in group.tests} for group in marker.groups)
        rows.append(Row((name, *(p_statement(found[name].p_value) if name in found else "–" for found in of_group))))
    return rows
