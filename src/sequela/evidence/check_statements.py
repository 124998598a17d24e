"""What sentences say beside what tables print: shares, sums, sizes, lengths of time, endpoints, references."""

import re
from collections.abc import Iterator, Mapping

from sequela.evidence.check_counts import percentage_of
from sequela.evidence.consistency import possible_counts, rounded_shares
from sequela.evidence.lengths_of_time import in_days
from sequela.evidence.paper_findings import CONTRADICTION, UNCLEAR, UNLIKELY, Finding, agrees, not_checked
from sequela.evidence.paper_tables import Address, CountRow, NumberRow, PaperTables, Ratio, Statement, Sum, Table
from sequela.evidence.printed_cells import Cell
from sequela.evidence.printed_places import cells_at, row_of, shown
from sequela.evidence.printed_words import Spoken, numbers_in, spoken
from sequela.evidence.rounding import Rounded, rounded

ROUGH = 0.1
"""Lengths of time that differ by less than this share are the same: months are not all alike."""
KINDS = {"HR": "hazard", "OR": "odds", "RR": "risk"}
MANY_PAGES = 60
"""An article of more pages than this is rare."""


def shares_of_sentences(paper: PaperTables) -> Iterator[Finding]:
    """CC-02 and CC-03 for sentences: a percentage is that of its count, or of some whole number of patients."""
    said = [(s, q) for s in paper.statements for q in spoken(s.says) if q.percent is not None]
    rounds = any(_fits(statement, q) == {"rounded"} for statement, q in said)
    for statement, quantity in said:
        of = quantity.of or statement.of
        if quantity.percent is None:
            continue
        if quantity.count is None:
            cell = Cell(f"{quantity.percent.text}%", second=quantity.percent)
            yield percentage_of(statement.where, cell, of)
        elif not of:
            yield not_checked(
                "CC-02", statement.where, quoted(statement.says), "the number of patients it is a share of is not said"
            )
        else:
            yield _share(statement, quantity.count, of, quantity.percent, rounds)


def quoted(says: str) -> str:
    """Return printed words in quotation marks."""
    return f'"{says}"'


def _fits(statement: Statement, quantity: Spoken) -> set[str]:
    of = quantity.of or statement.of
    if quantity.count is None or not of or quantity.percent is None:
        return set()
    results = rounded_shares(quantity.count, of, quantity.percent.decimals)
    names = {name for name, value in results.items() if str(value) == quantity.percent.text}
    return ({"rounded"} if names & {"half up", "half even"} else set()) | (names & {"truncated"})


def _share(statement: Statement, count: int, of: int, percent: Rounded, rounds: bool) -> Finding:
    results = rounded_shares(count, of, percent.decimals)
    words, fits = f"{count}/{of} = {results['half up']}%", _fits(statement, Spoken(count, of, percent))
    if "rounded" in fits or (fits and not rounds):
        return agrees("CC-02", statement.where, quoted(statement.says), words)
    exact = f"{results['half up']}%"
    others = () if fits else possible_counts(of, percent.text, 2)
    mended = " or ".join([*(f"{count} of {of}" for count in others), exact])
    words += "; truncated, where other sentences round" if fits else ""
    return Finding("CC-02", statement.where, quoted(statement.says), words, CONTRADICTION, mended)


def sentences_and_tables(paper: PaperTables) -> Iterator[Finding]:
    """CC-19: a number of a sentence is the number of the table; places that print the same print the same."""
    for statement in paper.statements:
        if statement.is_:
            row = row_of(paper, statement.is_)
            if isinstance(row, CountRow):
                yield _beside_counts(paper, statement)
            else:
                yield from _beside_numbers(paper, statement)
    for repeated in paper.repeated:
        yield _repeated(repeated.what, repeated.places)


def _beside_counts(paper: PaperTables, statement: Statement) -> Finding:
    said = spoken(statement.says)
    cells = cells_at(paper, statement.is_)
    place = f"{statement.where} and {shown(statement.is_)}"
    counts = [cell.count for _, cell in cells]
    if len(said) != 1 or any(count is None for count in counts):
        return not_checked(
            "CC-19", place, quoted(statement.says), "the words hold no single count, or the table prints none"
        )
    known, quantity = [count or 0 for count in counts], said[0]
    if quantity.count is None:
        return _percent_beside(statement, quantity, cells, known, place)
    total = sum(known)
    words = f"{' + '.join(map(str, known))} = {total}" if len(known) > 1 else str(total)
    if quantity.count == total:
        return agrees("CC-19", place, quoted(statement.says), words)
    of = quantity.of or statement.of
    percent = (
        f" ({rounded_shares(total, of, quantity.percent.decimals)['half up']}%)" if of and quantity.percent else ""
    )
    return Finding(
        "CC-19", place, quoted(statement.says), words, CONTRADICTION, f"{total}{percent}, or another cell in the table"
    )


def _percent_beside(
    statement: Statement, quantity: Spoken, cells: tuple[tuple[str, Cell], ...], counts: list[int], place: str
) -> Finding:
    """Compare a percentage said of everyone, or of the group the address names, with the counts of the table."""
    percent, of = quantity.percent, quantity.of or statement.of
    if percent is None or not of:
        return not_checked(
            "CC-19", place, quoted(statement.says), "the number of patients it is a share of is not said"
        )
    total = sum(counts)
    words = f"{total}/{of} = {rounded_shares(total, of, percent.decimals)['half up']}%"
    if percent.holds(100 * total / of):
        return agrees("CC-19", place, quoted(statement.says), words)
    owner = [name for name, cell in cells if cell.second and _same(cell.second, percent)]
    proposal = f"said of {owner[0]} only" if owner and len(cells) > 1 else ""
    return Finding("CC-19", place, quoted(statement.says), words, CONTRADICTION, proposal)


def _same(first: Rounded, second: Rounded) -> bool:
    return first.low <= second.high and second.low <= first.high


def _beside_numbers(paper: PaperTables, statement: Statement) -> Iterator[Finding]:
    said = [rounded(text) for text in numbers_in(statement.says)]
    for column, cell in cells_at(paper, statement.is_):
        place = f"{statement.where} and {shown(statement.is_)}" + ("" if column in statement.is_ else f", {column}")
        whole = any(word in statement.says.lower() for word in ("(", "range", "ci", "iqr"))
        ends = (cell.low, cell.high) if whole else ()
        printed = [number for number in (cell.value, *ends) if number is not None]
        missing = [number.text for number in printed if not any(_same(number, other) for other in said)]
        if missing:
            words = f"the table prints {cell.text}"
            yield Finding("CC-19", place, quoted(statement.says), words, CONTRADICTION, "one of the two")
        else:
            yield agrees("CC-19", place, quoted(statement.says), cell.text)


def _repeated(what: str, places: Mapping[str, str]) -> Finding:
    items = list(places.items())
    first = [rounded(text) for text in numbers_in(items[0][1])]
    if not any(numbers_in(text) for _, text in items):
        return _repeated_words(what, items)
    for place, text in items[1:]:
        other = [rounded(number) for number in numbers_in(text)]
        if len(first) != len(other) or not all(_same(a, b) for a, b in zip(first, other, strict=True)):
            where = f"{what}: {items[0][0]} and {place}"
            return Finding("CC-19", where, items[0][1], f"{place} prints {text}", CONTRADICTION, "one of the two")
    return agrees("CC-19", f"{what}: {' and '.join(places)}", items[0][1], "the same everywhere")


def _repeated_words(what: str, items: list[tuple[str, str]]) -> Finding:
    """Compare definitions, which have no numbers: the same words or a question to the authors."""
    bare = [" ".join(re.findall(r"[^\W_]+", text.lower())) for _, text in items]
    for (place, text), words in zip(items, bare, strict=True):
        if words != bare[0]:
            where = f"{what}: {items[0][0]} and {place}"
            return Finding("CC-19", where, items[0][1], f"{place} says {text}", UNCLEAR, "say which of the two it is")
    return agrees("CC-19", f"{what}: {' and '.join(place for place, _ in items)}", items[0][1], "the same everywhere")


def sums(paper: PaperTables) -> Iterator[Finding]:
    """CC-01 and CC-21: parts add up to their total; a part does not exceed what it is a part of."""
    for item in paper.sums:
        check = "CC-21" if item.at_most else "CC-01"
        parts, total = [_term(paper, part) for part in item.parts], _term(paper, item.total)
        if total is None or any(part is None for part in parts):
            yield not_checked(check, item.where, "a sum", "a count is not printed")
            continue
        yield _sum(check, item, [part or 0 for part in parts], total)


def _term(paper: PaperTables, term: int | Address) -> int | None:
    if isinstance(term, int):
        return term
    counts = [cell.count for _, cell in cells_at(paper, term)]
    return None if any(count is None for count in counts) else sum(count or 0 for count in counts)


def _sum(check: str, item: Sum, parts: list[int], total: int) -> Finding:
    found = sum(parts)
    words = f"{' + '.join(map(str, parts))} = {found}".replace("+ -", "- ") if len(parts) > 1 else str(found)
    named = f" ({shown(item.total)})" if not isinstance(item.total, int) else ""
    if item.at_most:
        words += f", {'at most' if found <= total else 'more than'} {total}{named}"
        if found <= total:
            return agrees(check, item.where, str(total), words)
        return Finding(check, item.where, str(total), words, CONTRADICTION)
    if found == total:
        return agrees(check, item.where, str(total), words)
    return Finding(check, item.where, f"{total}{named}", words, CONTRADICTION, str(found))


def titles(paper: PaperTables) -> Iterator[Finding]:
    """CC-22: N of a title or legend is that of the cohort or of the columns; labels differ from each other."""
    for table in paper.tables:
        if table.patients is not None:
            yield _title(paper, table, table.patients)
        yield from _footnotes(table)
        yield from _labels(table.name, (*table.labels, *(row.name for row in table.rows)))
    for ratio in paper.ratios:
        if ratio.cell.label:
            yield _kind_of_ratio(ratio)


def _kind_of_ratio(ratio: Ratio) -> Finding:
    """Compare what the cell of a ratio calls it (HR, OR, RR) with what it is reported as."""
    named = KINDS[ratio.cell.label.removeprefix("A")]
    where = f"{ratio.where}, {ratio.name}" if ratio.name else ratio.where
    if named == ratio.kind:
        return agrees("CC-22", where, ratio.cell.text, f"a {named} ratio")
    words = f"the cell says {ratio.cell.label}, it is reported as {ratio.kind} ratio"
    return Finding("CC-22", where, ratio.cell.text, words, UNCLEAR, "say which of the two it is")


def _title(paper: PaperTables, table: Table, patients: int) -> Finding:
    known = [column.size for column in table.columns if column.size is not None]
    sums = (
        {f"{' + '.join(map(str, known))} = {sum(known)}" if len(known) > 1 else str(sum(known)): sum(known)}
        if known
        else {}
    )
    sizes = sums | ({f"the cohort has {paper.patients}": paper.patients} if paper.patients is not None else {})
    where, printed, words = f"{table.name}, title", f"N {patients}", ", ".join(sizes) or "nothing to compare it with"
    if not sizes or patients in sizes.values():
        return agrees("CC-22", where, printed, words)
    proposal = str(min(sizes.values(), key=lambda size: abs(len(str(size)) - len(str(patients)))))
    more = paper.patients is not None and patients > paper.patients
    return Finding("CC-22", where, printed, words, CONTRADICTION if more else UNCLEAR, proposal)


def _footnotes(table: Table) -> Iterator[Finding]:
    """Every mark of a row is explained under the table, and every explanation has a mark."""
    if not table.footnotes:
        return
    used: dict[str, str] = {}
    for row in table.rows:
        if row.mark:
            used[row.mark] = f"{used[row.mark]} and {row.name}" if row.mark in used else row.name
    others = {mark for row in table.rows for mark in _marks_of_cells(row)}
    where = f"{table.name}, footnotes"
    for mark, name in used.items():
        if mark in table.footnotes:
            yield agrees("CC-22", where, mark, table.footnotes[mark])
        else:
            words = f"the mark of {name} is not explained under the table"
            yield Finding("CC-22", where, mark, words, UNCLEAR, "explain it, or drop it")
    for mark, words in table.footnotes.items():
        if mark not in used and mark not in others:
            yield Finding("CC-22", where, mark, f"no row bears it: {words}", UNCLEAR, "mark the row")


def _marks_of_cells(row: CountRow | NumberRow) -> set[str]:
    cells = row.cells if isinstance(row, NumberRow) else [cell for level in row.levels.values() for cell in level]
    return {cell.marks.lstrip("^") for cell in (*cells, *([row.p] if row.p else ())) if cell.marks}


def _labels(name: str, labels: tuple[str, ...]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for label in labels:
        bare = " ".join(
            w for w in re.findall(r"[^\W_]+|[<>≤≥]", label.lower()) if w not in {"in", "as", "the", "of", "at"}
        )
        if bare in seen:
            words = f"the label {seen[bare]!r} again"
            yield Finding("CC-22", f"{name}, labels", label, words, UNLIKELY, "another label for one of the two rows")
        seen[bare] = label


def endpoints(paper: PaperTables) -> Iterator[Finding]:
    """CC-23: an endpoint that the methods define is reported."""
    names = [item.endpoint for item in paper.medians] + [item.endpoint for item in paper.curves]
    names += [name for ratio in paper.ratios for name in (ratio.name, ratio.endpoint)]
    names += [item.name for item in paper.proportions] + [item.name for item in paper.person_time]
    names += [name for table in paper.tables for row in table.rows for name in _names(row)]
    reported = {name.lower() for name in names}
    for endpoint in paper.endpoints:
        if endpoint.lower() in reported:
            yield agrees("CC-23", "endpoints", endpoint, "reported")
        else:
            words = "defined in the methods, nowhere reported"
            yield Finding("CC-23", "endpoints", endpoint, words, UNCLEAR, "report it, or say why not")


def _names(row: CountRow | NumberRow) -> tuple[str, ...]:
    return (row.name, *row.levels) if isinstance(row, CountRow) else (row.name,)


def durations(paper: PaperTables) -> Iterator[Finding]:
    """CC-20: lengths of time that name the same are the same, in days, within a tenth."""
    for item in paper.durations:
        days = [(text, in_days(text)) for text in item.texts]
        known = [(text, value) for text, value in days if value]
        if len(known) < 2:
            yield not_checked("CC-20", item.where, ", ".join(item.texts), "no two lengths of time could be read")
            continue
        (first, a), *others = known
        for text, b in others:
            words = f"{first} are {a:.0f} days, {text} are {b:.0f} days"
            if abs(a - b) <= ROUGH * max(a, b):
                yield agrees("CC-20", item.where, text, words)
            else:
                yield Finding("CC-20", item.where, text, words, UNLIKELY, "one of the two")


def references(paper: PaperTables) -> Iterator[Finding]:
    """CC-24: a reference is not younger than the paper, its pages ascend, the DOI carries the year."""
    for reference in paper.references:
        where, text = reference.where, reference.text
        years = [int(year) for year in re.findall(r"\b((?:19|20)\d\d)\b(?=\s*;|\)|\.)", text)]
        late = [year for year in years if paper.year is not None and year > paper.year]
        pages = re.search(r":\s*(\d+)\s*[-–]\s*(\d+)", text)
        if late:
            yield Finding(
                "CC-24", where, text, f"{late[0]} is after {paper.year}, the year of this paper", CONTRADICTION
            )
        elif pages:
            yield _pages(where, text, pages[1], pages[2])
        else:
            yield agrees("CC-24", where, text, "no later than this paper")
    embedded = re.search(r"-0(\d\d)-", paper.doi)
    if embedded and paper.year is not None:
        year = 2000 + int(embedded[1])
        same = abs(year - paper.year) <= 1
        words = f"the DOI carries {year}, the citation {paper.year}"
        yield agrees("CC-24", "DOI", paper.doi, words) if same else Finding("CC-24", "DOI", paper.doi, words, UNLIKELY)


def _pages(where: str, text: str, first: str, last: str) -> Finding:
    full = first[: len(first) - len(last)] + last if len(last) < len(first) else last
    count = int(full) - int(first) + 1
    words = f"pages {first} to {full}, {count} pages"
    if count < 1:
        return Finding("CC-24", where, text, f"pages {first} to {full} descend", CONTRADICTION)
    if count > MANY_PAGES:
        return Finding("CC-24", where, text, words, UNLIKELY, "look the pages up")
    return agrees("CC-24", where, text, words)
