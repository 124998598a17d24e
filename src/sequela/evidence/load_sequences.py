"""Read a printed file of the form `sequences`: every problem at once, each with its line."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sequela.evidence import sequence_printed as form
from sequela.evidence.load_printed import MOST_PATIENTS, read_summary
from sequela.evidence.printed import Summary
from sequela.evidence.rounding import rounded
from sequela.records.lined_yaml import Entry, Page, read_lined

KEYS = (
    "version", "form", "title", "citation", "index_drug", "groups", "categorical", "strata", "continuous", "endpoints",
    "assumed", "records",
)  # fmt: skip
NEEDED = ("version", "form", "index_drug", "groups", "categorical", "strata", "endpoints", "assumed", "records")
RECORDS, INVENTED = ("cycle_days", "lines"), ("instead", "maintenance", "holiday")
NOT_REACHED = ("NR", "N.R.", "not reached")


def is_of_sequences(path: Path) -> bool:
    """Tell whether a printed file says that it is of this form; StudyError where it cannot be read."""
    _, entry = read_lined(Path(path))
    return entry.kind == "mapping" and "form" in entry.fields and entry.fields["form"].text == form.FORM


def load_sequences(path: Path) -> form.PrintedSequences:
    """Read what a paper printed of a cohort of sequences.

    Raises
    ------
    StudyError
        With every problem found, each as file:line.
    """
    page, entry = read_lined(Path(path))
    fields = page.fields(entry, KEYS, needed=NEEDED)
    page.done()
    if fields["version"].text != "1":
        page.wrong(fields["version"], f"version {fields['version'].text!r}", "version 1")
    groups = {name: _group(page, value) for name, value in page.fields(fields["groups"]).items()}
    sizes = {name: sum(lines.values()) for name, lines in groups.items()}
    categorical = tuple(
        _shared_out(page, name, value, sizes) for name, value in page.fields(fields["categorical"]).items()
    )
    levels = tuple(categorical[0].totals) if categorical else ()
    strata = {name: _known(page, value, levels) for name, value in page.fields(fields["strata"]).items()}
    records = page.fields(fields["records"], (*RECORDS, *INVENTED), needed=RECORDS)
    result = form.PrintedSequences(
        title=fields["title"].text if "title" in fields else "",
        citation=fields["citation"].text if "citation" in fields else "",
        file=page.name,
        index_drug=fields["index_drug"].text,
        groups=groups,
        categorical=categorical,
        strata=strata,
        continuous=tuple(
            _quantity(page, name, value, groups, categorical)
            for name, value in (page.fields(fields["continuous"]) if "continuous" in fields else {}).items()
        ),
        endpoints=tuple(
            _endpoint(page, name, value, tuple(groups), tuple(strata))
            for name, value in page.fields(fields["endpoints"]).items()
        ),
        assumed=_assumed(page, fields["assumed"], tuple(groups)),
        lines=_lines(page, records.get("lines"), tuple(groups)),
        cycle_days=page.whole(records["cycle_days"], 1, 100) if "cycle_days" in records else 21,
        invented=_invented(page, records, groups, categorical),
    )
    page.done()
    return result


def _group(page: Page, entry: Entry) -> dict[int, int]:
    fields = page.fields(entry, ("patients", "index_line"), needed=("patients", "index_line"))
    if len(fields) < 2:
        return {}
    lines = {}
    for text, count in page.fields(fields["index_line"]).items():
        if text not in ("1", "2", "3", "4", "5", "6"):
            page.wrong(count, f"line {text!r}", "a line from 1 to 6")
            continue
        lines[int(text)] = page.whole(count, 0, MOST_PATIENTS)
    size = page.whole(fields["patients"], 1, MOST_PATIENTS)
    if sum(lines.values()) != size:
        page.wrong(fields["index_line"], f"{sum(lines.values())} patients in lines", f"{size}")
    return lines


def _known(page: Page, entry: Entry, known: Iterable[str]) -> tuple[str, ...]:
    texts = page.texts(entry)
    for text in texts:
        if text not in known:
            page.wrong(entry, f"{text!r}", " | ".join(known))
    return texts


def _shared_out(page: Page, name: str, entry: Entry, sizes: Mapping[str, int]) -> form.SharedOut:
    fields = page.fields(entry, ("totals", *sizes), needed=("totals",))
    totals = _counts(page, fields["totals"]) if "totals" in fields else {}
    if totals and sum(totals.values()) != sum(sizes.values()):
        page.wrong(fields["totals"], f"{name}: {sum(totals.values())} patients", f"{sum(sizes.values())}")
    found = {}
    for group, value in fields.items():
        if group == "totals":
            continue
        found[group] = _counts(page, value, tuple(totals))
        if sum(found[group].values()) != sizes[group]:
            page.wrong(value, f"{name}, {group}: {sum(found[group].values())} patients", f"{sizes[group]}")
    for level, total in totals.items():
        given = sum(counts.get(level, 0) for counts in found.values())
        if given > total:
            page.wrong(entry, f"{name}, {level}: {given} patients in groups", f"at most {total}")
    return form.SharedOut(name, totals, found)


def _counts(page: Page, entry: Entry, known: tuple[str, ...] | None = None) -> dict[str, int]:
    fields = page.fields(entry, known, needed=known or ())
    return {level: page.whole(count, 0, MOST_PATIENTS) for level, count in fields.items()}


def _quantity(
    page: Page,
    name: str,
    entry: Entry,
    groups: Mapping[str, Mapping[int, int]],
    categorical: tuple[form.SharedOut, ...],
) -> form.PrintedQuantity:
    fields = page.fields(entry, ("unit", "of", "missing", "median", "below"), needed=("unit", "median"))
    of = _of(page, fields.get("of"), categorical)
    names = (*groups, form.ALL)
    medians = {
        group: summary
        for group, value in (page.fields(fields["median"], names) if "median" in fields else {}).items()
        if (summary := read_summary(page, value))
    }
    below = {}
    for text, counts in (page.fields(fields["below"]) if "below" in fields else {}).items():
        if text.isdigit():
            below[int(text)] = _counts_of_some(page, counts, tuple(groups))
        else:
            page.wrong(counts, f"{text!r}", "a whole number: {group: patients}")
    missing = _counts_of_some(page, fields["missing"], tuple(groups)) if "missing" in fields else {}
    return form.PrintedQuantity(name, fields["unit"].text if "unit" in fields else "", medians, of, missing, below)


def _of(page: Page, entry: Entry | None, categorical: tuple[form.SharedOut, ...]) -> tuple[str, tuple[str, ...]]:
    """Read a categorical and some of its levels."""
    of: tuple[str, tuple[str, ...]] = ("", ())
    for variable, value in (page.fields(entry) if entry is not None else {}).items():
        levels = next((tuple(item.totals) for item in categorical if item.name == variable), ())
        if not levels:
            page.wrong(value, f"{variable!r}", " | ".join(item.name for item in categorical))
        of = (variable, _known(page, value, levels))
    return of


def _counts_of_some(page: Page, entry: Entry, known: tuple[str, ...]) -> dict[str, int]:
    return {name: page.whole(count, 0, MOST_PATIENTS) for name, count in page.fields(entry, known).items()}


def _endpoint(
    page: Page, name: str, entry: Entry, groups: tuple[str, ...], strata: tuple[str, ...]
) -> form.PrintedEndpoint:
    known = ("clock", "median", "log_rank", "hazard_ratio", "observed")
    fields = page.fields(entry, known, needed=("clock",))
    clock = fields["clock"].text if "clock" in fields else ""
    if clock not in form.CLOCKS:
        page.wrong(entry, f"clock {clock!r}", " | ".join(form.CLOCKS))
    medians: list[form.PrintedMedian] = []
    for stratum, row in (page.fields(fields["median"], (form.OVERALL, *strata)) if "median" in fields else {}).items():
        for group, value in page.fields(row, (*groups, form.ALL)).items():
            reached = value.text.strip() not in NOT_REACHED
            summary = read_summary(page, value) if reached else None
            medians.append(form.PrintedMedian(stratum, group, value.text, summary, value.line))
    tests = tuple(_test(page, item, groups, strata) for item in _items(page, fields.get("log_rank")))
    ratios = tuple(_ratio(page, item, groups) for item in _items(page, fields.get("hazard_ratio")))
    observed = read_summary(page, fields["observed"]) if "observed" in fields else None
    return form.PrintedEndpoint(
        name, clock, tuple(medians), tuple(t for t in tests if t), tuple(r for r in ratios if r), observed
    )


def _items(page: Page, entry: Entry | None) -> tuple[Entry, ...]:
    if entry is not None and entry.kind != "list":
        page.wrong(entry, f"a {entry.kind}", "a list")
    return entry.items if entry else ()


def _aimed(page: Page, fields: Mapping[str, Entry]) -> bool:
    if "aim" in fields and fields["aim"].text != "no":
        page.wrong(fields["aim"], f"{fields['aim'].text!r}", "no")
    return "aim" not in fields


def _test(page: Page, entry: Entry, groups: tuple[str, ...], strata: tuple[str, ...]) -> form.PrintedTest | None:
    fields = page.fields(entry, ("groups", "within", "p", "times", "aim"), needed=("groups", "p"))
    if "groups" not in fields or "p" not in fields:
        return None
    named = groups if fields["groups"].text == form.ALL else _known(page, fields["groups"], groups)
    stratum = _known(page, fields["within"], strata)[0] if "within" in fields else form.OVERALL
    text = fields["p"].text.strip()
    try:
        p = rounded(text.removeprefix("<"))
    except ValueError:
        page.wrong(fields["p"], f"{text!r}", "0.03 or < 0.0001")
        return None
    times = page.whole(fields["times"], 1, 100) if "times" in fields else 1
    return form.PrintedTest(named, stratum, text, p, text.startswith("<"), times, _aimed(page, fields), entry.line)


def _ratio(page: Page, entry: Entry, groups: tuple[str, ...]) -> form.PrintedRatio | None:
    needed = ("group", "reference", "hazard_ratio")
    fields = page.fields(entry, (*needed, "aim"), needed=needed)
    if any(name not in fields for name in needed):
        return None
    names = [_known(page, fields[name], groups)[0] for name in needed[:2]]
    summary: Summary | None = read_summary(page, fields["hazard_ratio"])
    if summary is None or summary.low is None or summary.high is None:
        page.wrong(fields["hazard_ratio"], f"{fields['hazard_ratio'].text!r}", "a ratio with its interval")
        return None
    aim: Summary | None = summary
    if "aim" in fields:
        aim = None if fields["aim"].text == "no" else read_summary(page, fields["aim"])
    return form.PrintedRatio(names[0], names[1], fields["hazard_ratio"].text, summary, aim, entry.line)


def _assumed(page: Page, entry: Entry, groups: tuple[str, ...]) -> form.Assumed:
    by_group = ("gap", "survival", "followed", "longest")
    fields = page.fields(entry, (*by_group, "start_days", "centres"), needed=(*by_group, "start_days"))
    values = {name: _per_group(page, fields[name], groups) for name in by_group if name in fields}
    days = (0, 0)
    if "start_days" in fields:
        ends = page.fields(fields["start_days"], ("from", "to"), needed=("from", "to"))
        days = tuple(page.whole(ends[key], 0, 365) if key in ends else 0 for key in ("from", "to"))  # type: ignore[assignment]
    centres = page.whole(fields["centres"], 1, 1000) if "centres" in fields else 1
    return form.Assumed(
        gap=values.get("gap", {}),
        survival=values.get("survival", {}),
        followed=values.get("followed", {}),
        longest=values.get("longest", {}),
        start_days=days,
        centres=centres,
    )


def _per_group(page: Page, entry: Entry, groups: tuple[str, ...]) -> dict[str, float]:
    fields = page.fields(entry, groups, needed=groups)
    return {group: float(page.whole(value, 0, 1000)) for group, value in fields.items()}


def _lines(page: Page, entry: Entry | None, groups: tuple[str, ...]) -> dict[str, tuple[tuple[str, ...], ...]]:
    if entry is None:
        return {}
    fields = page.fields(entry, groups, needed=groups)
    return {group: tuple(page.texts(line) for line in _items(page, value)) for group, value in fields.items()}


def _invented(
    page: Page,
    records: Mapping[str, Entry],
    groups: Mapping[str, Mapping[int, int]],
    categorical: tuple[form.SharedOut, ...],
) -> form.Invented:
    """Read the courses that a share of the patients was given; the shares are percentages."""
    instead = {}
    for group, value in (page.fields(records["instead"], groups) if "instead" in records else {}).items():
        fields = page.fields(value, ("percent", "lines"), needed=("percent", "lines"))
        given = tuple(page.texts(line) for line in _items(page, fields.get("lines")))
        instead[group] = form.OtherLines(_share(page, fields), given)
    maintenance = holiday = None
    if "maintenance" in records:
        fields = page.fields(records["maintenance"], ("percent", "drug", "of"), needed=("percent", "drug"))
        drug = fields["drug"].text if "drug" in fields else ""
        maintenance = form.Maintenance(_share(page, fields), drug, _of(page, fields.get("of"), categorical))
    if "holiday" in records:
        fields = page.fields(records["holiday"], ("percent", "from", "to"), needed=("percent", "from", "to"))
        days = [page.whole(fields[key], 1, 1000) if key in fields else 0 for key in ("from", "to")]
        holiday = form.Holiday(_share(page, fields), (days[0], days[1]))
    return form.Invented(instead, maintenance, holiday)


def _share(page: Page, fields: Mapping[str, Entry]) -> float:
    return page.whole(fields["percent"], 0, 100) / 100 if "percent" in fields else 0.0
