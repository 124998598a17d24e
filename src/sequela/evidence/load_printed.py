"""Read `printed.yaml`: every problem at once, each with its line."""

import re
from collections.abc import Mapping
from pathlib import Path

from sequela.evidence import printed as form
from sequela.evidence.rounding import rounded
from sequela.records.lined_yaml import Entry, Page, read_lined
from sequela.records.schema import REASONS_STOPPED, RESPONSES

KEYS = (
    "version",
    "title",
    "citation",
    "groups",
    "conventions",
    "time_to_event",
    "comparisons",
    "categorical",
    "continuous",
    "response",
    "stopped",
    "records",
)
_NUMBER = r"[-−]?[0-9]{1,9}(?:\.[0-9]{1,9})?"
SUMMARY = re.compile(rf"({_NUMBER})(?:\s*\(\s*({_NUMBER})\s*(?:-|–|to)\s*({_NUMBER})\s*\))?")
MOST_PATIENTS = 2000
"""More patients than this the search would not meet in minutes."""

Counts = tuple[tuple[int, ...], ...]


def load_printed(path: Path) -> form.Printed:
    """Read what a paper printed.

    Raises
    ------
    StudyError
        With every problem found, each as file:line.
    """
    page, entry = read_lined(Path(path))
    fields = page.fields(entry, KEYS, needed=("version", "groups"))
    if "version" in fields and fields["version"].text != "1":
        page.wrong(fields["version"], f"version {fields['version'].text!r}", "version 1")
    groups, sizes = _groups(page, fields.get("groups"))
    times = _sections(page, fields.get("time_to_event"), ("median", "observed", "events"))
    categorical = tuple(_categorical(page, *item, groups, sizes) for item in _named(page, fields.get("categorical")))
    continuous = tuple(_continuous(page, *item, groups, sizes) for item in _named(page, fields.get("continuous")))
    if "continuous" in fields:
        _check_references(page, fields["continuous"], continuous)
    result = form.Printed(
        title=fields["title"].text if "title" in fields else "",
        citation=fields["citation"].text if "citation" in fields else "",
        groups=groups,
        sizes=sizes,
        conventions=_conventions(page, fields.get("conventions")),
        median=_summaries(page, times.get("median"), groups),
        observed=_summaries(page, times.get("observed"), groups),
        events=_summaries(page, times.get("events"), groups),
        comparisons=_comparisons(page, fields.get("comparisons"), groups, [item.name for item in categorical]),
        categorical=categorical,
        continuous=continuous,
        response=_response(page, fields.get("response"), groups, sizes),
        stopped={
            k: page.whole(v, 0, MOST_PATIENTS)
            for k, v in _sections(page, fields.get("stopped"), REASONS_STOPPED).items()
        },
        records=fields.get("records"),
        file=page.name,
    )
    page.done()
    return result


def _named(page: Page, entry: Entry | None) -> list[tuple[str, Entry]]:
    return list(page.fields(entry).items()) if entry else []


def _sections(page: Page, entry: Entry | None, known: tuple[str, ...]) -> dict[str, Entry]:
    return page.fields(entry, known) if entry else {}


def _groups(page: Page, entry: Entry | None) -> tuple[tuple[str, ...], tuple[int, ...]]:
    sizes = {name: page.whole(value, 1, MOST_PATIENTS) for name, value in _named(page, entry)}
    if entry and not sizes:
        page.wrong(entry, "no groups", "name: patients")
    if entry and form.EVERYONE in sizes:
        page.wrong(entry, "a group called 'all'", "another name", "'all' means everyone.")
    if entry and sum(sizes.values()) > MOST_PATIENTS:
        page.wrong(entry, f"{sum(sizes.values())} patients", f"at most {MOST_PATIENTS}")
    return tuple(sizes), tuple(sizes.values())


def read_summary(page: Page, entry: Entry) -> form.Summary | None:
    """Read `2.8` or `2.8 (1.7-4.8)`; None with a problem noted where it is neither."""
    match = SUMMARY.fullmatch(entry.text.strip()) if entry.kind == "text" else None
    if not match:
        page.wrong(entry, f"{entry.text!r}" if entry.kind == "text" else f"a {entry.kind}", "2.8 or 2.8 (1.7-4.8)")
        return None
    value, low, high = (rounded(part) if part else None for part in match.groups())
    if value is None or any(part and part.value < 0 for part in (value, low, high)):
        page.wrong(entry, f"{entry.text!r}", "no negative number")
        return None
    if low and high and not (low.low <= value.high and value.low <= high.high):
        page.wrong(entry, f"{value.text} outside {low.text}-{high.text}", "a number inside its interval")
    return form.Summary(value, low, high, entry.line)


def _summaries(page: Page, entry: Entry | None, groups: tuple[str, ...]) -> dict[str, form.Summary]:
    if entry is None:
        return {}
    found = {k: read_summary(page, v) for k, v in page.fields(entry, (*groups, form.EVERYONE)).items()}
    return {name: summary for name, summary in found.items() if summary}


def _p_value(page: Page, entry: Entry) -> form.Summary | None:
    summary = read_summary(page, entry)
    if summary and not 0 <= summary.value.value <= 1:
        page.wrong(entry, f"p = {summary.value.text}", "between 0 and 1")
    return summary


def _p_values(page: Page, entry: Entry | None, tests: tuple[str, ...]) -> dict[str, form.Summary]:
    found = {name: _p_value(page, value) for name, value in _sections(page, entry, tests).items()}
    return {name: summary for name, summary in found.items() if summary}


def _choice(page: Page, fields: Mapping[str, Entry], key: str, allowed: tuple[str, ...]) -> str:
    if key not in fields:
        return allowed[0]
    if fields[key].text not in allowed:
        page.wrong(fields[key], f"{fields[key].text!r}", " | ".join(allowed))
        return allowed[0]
    return fields[key].text


def _conventions(page: Page, entry: Entry | None) -> tuple[form.Conventions, ...]:
    known = ("median_interval", "hazard_ratio_interval", "ties")
    found = []
    for item in entry.items if entry else ():
        fields = page.fields(item, known)
        choices = (form.MEDIAN_INTERVALS, form.HAZARD_RATIO_INTERVALS, form.TIES)
        found.append(form.Conventions(*(_choice(page, fields, k, c) for k, c in zip(known, choices, strict=True))))
    if entry and entry.kind != "list":
        page.wrong(entry, "one set of conventions", "a list of them")
    return tuple(found) or (form.Conventions(),)


def _comparisons(
    page: Page, entry: Entry | None, groups: tuple[str, ...], covariates: list[str]
) -> tuple[form.Comparison, ...]:
    if entry and entry.kind != "list":
        page.wrong(entry, f"a {entry.kind}", "a list of comparisons")
    return tuple(_comparison(page, item, groups, covariates) for item in (entry.items if entry else ()))


def _comparison(page: Page, item: Entry, groups: tuple[str, ...], covariates: list[str]) -> form.Comparison:
    known = ("group", "reference", "log_rank_p", "hazard_ratio", "adjusted")
    fields = page.fields(item, known, needed=("group", "reference"))
    names = [fields[key].text if key in fields else "" for key in ("group", "reference")]
    for key, name in zip(("group", "reference"), names, strict=True):
        if key in fields and name not in groups:
            page.wrong(fields[key], f"{name!r}", " | ".join(groups))
    if names[0] and names[0] == names[1]:
        page.wrong(item, "a group compared with itself", "two groups")
    adjusted = _sections(page, fields.get("adjusted"), ("hazard_ratio", "for"))
    adjusted_for = page.texts(adjusted["for"]) if "for" in adjusted else ()
    if "adjusted" in fields and not (adjusted_for and "hazard_ratio" in adjusted):
        page.wrong(fields["adjusted"], "not both a ratio and its covariates", "hazard_ratio: …, for: [covariate]")
    for name in adjusted_for:
        if name not in covariates:
            page.wrong(adjusted["for"], f"{name!r}", "a covariate under 'categorical'")
    p_value = _p_value(page, fields["log_rank_p"]) if "log_rank_p" in fields else None
    parts = (fields, adjusted)
    ratios = [read_summary(page, part["hazard_ratio"]) if "hazard_ratio" in part else None for part in parts]
    return form.Comparison(names[0], names[1], p_value, ratios[0], ratios[1], adjusted_for)


def _per_group(page: Page, entry: Entry, groups: tuple[str, ...], sizes: tuple[int, ...]) -> tuple[int, ...]:
    fields = page.fields(entry, groups, needed=groups)
    return tuple(
        page.whole(fields[name], 0, size) if name in fields else 0 for name, size in zip(groups, sizes, strict=True)
    )


def _counts(page: Page, entry: Entry | None, groups: tuple[str, ...], sizes: tuple[int, ...]) -> dict:
    """Return the counts of each level; they must add up to the groups."""
    counts = {level: _per_group(page, value, groups, sizes) for level, value in _named(page, entry)}
    for index, (group, size) in enumerate(zip(groups, sizes, strict=True)):
        total = sum(row[index] for row in counts.values())
        if entry and counts and total != size:
            page.wrong(entry, f"{group}: the levels add up to {total}", f"{size}", "Add a level for unknown.")
    return counts


def _categorical(
    page: Page, name: str, entry: Entry, groups: tuple[str, ...], sizes: tuple[int, ...]
) -> form.Categorical:
    fields = page.fields(entry, ("coded", "counts", "totals", "p"), needed=("counts",))
    counts = _counts(page, fields.get("counts"), groups, sizes)
    coded = _choice(page, fields, "coded", form.CODINGS)
    if coded == "number" and not all(level.isdigit() for level in counts):
        page.wrong(fields["coded"], "levels that are not numbers", "coded: levels")
    totals = _sections(page, fields.get("totals"), tuple(counts))
    summaries = {level: read_summary(page, value) for level, value in totals.items()}
    return form.Categorical(
        name,
        coded,
        tuple(counts),
        tuple(counts.values()),
        {level: summary for level, summary in summaries.items() if summary},
        _p_values(page, fields.get("p"), form.TABLE_TESTS),
    )


def _continuous(
    page: Page, name: str, entry: Entry, groups: tuple[str, ...], sizes: tuple[int, ...]
) -> form.Continuous:
    fields = page.fields(
        entry, ("unit", "given", "median", "p", "inside", "sum_of", "exactly"), needed=("unit", "median")
    )
    return form.Continuous(
        name,
        _choice(page, fields, "unit", form.UNITS),
        _per_group(page, fields["given"], groups, sizes) if "given" in fields else sizes,
        _summaries(page, fields.get("median"), groups),
        _p_values(page, fields.get("p"), form.RANK_TESTS),
        fields["inside"].text if "inside" in fields else "",
        page.texts(fields["sum_of"]) if "sum_of" in fields else (),
        {g: _exactly(page, value) for g, value in _sections(page, fields.get("exactly"), groups).items()},
    )


def _exactly(page: Page, entry: Entry) -> dict[int, int]:
    """Return value to number of patients."""
    found = {}
    for text, count in page.fields(entry).items():
        if not text.isdigit():
            page.wrong(count, f"{text!r}", "a whole number: patients")
        else:
            found[int(text)] = page.whole(count, 0, MOST_PATIENTS)
    return found


def _check_references(page: Page, entry: Entry, continuous: tuple[form.Continuous, ...]) -> None:
    """Refuse a sum of, or a limit by, a covariate that is not written before."""
    seen: set[str] = set()
    for item in continuous:
        for name in (*item.sum_of, *([item.inside] if item.inside else ())):
            if name not in seen:
                page.wrong(entry.fields[item.name], f"{name!r}", "a continuous covariate written before this one")
        seen.add(item.name)


def _response(page: Page, entry: Entry | None, groups: tuple[str, ...], sizes: tuple[int, ...]) -> form.Response | None:
    if entry is None:
        return None
    fields = page.fields(entry, ("counts", "responders", "p", "control", "assumed"), needed=("counts",))
    counts = _counts(page, fields.get("counts"), groups, sizes)
    for level in counts:
        if level not in RESPONSES:
            page.wrong(fields["counts"], f"response {level!r}", " | ".join(RESPONSES))
    control = _sections(page, fields.get("control"), ("months", "stable", "counts", "p"))
    assumed = _sections(page, fields.get("assumed"), ("progression_by_day", "evaluable_from_day"))
    months = read_summary(page, control["months"]) if "months" in control else None
    responders = (
        page.texts(fields["responders"]) if "responders" in fields else tuple(k for k in counts if k in ("CR", "PR"))
    )
    stable = control["stable"].text if "stable" in control else "SD"
    for level in (*responders, *([stable] if control else ())):
        if level not in counts:
            page.wrong(entry, f"{level!r}", " | ".join(counts))
    return form.Response(
        levels=tuple(counts),
        counts=tuple(counts.values()),
        responders=responders,
        p=_p_values(page, fields.get("p"), form.TABLE_TESTS),
        control_months=months.value.value if months else 0.0,
        stable=stable,
        control=_per_group(page, control["counts"], groups, sizes) if "counts" in control else (),
        control_p=_p_values(page, control.get("p"), form.TABLE_TESTS),
        progression_by_day=page.whole(assumed["progression_by_day"], 1) if "progression_by_day" in assumed else 120,
        evaluable_from_day=page.whole(assumed["evaluable_from_day"], 1) if "evaluable_from_day" in assumed else 42,
    )
