"""Read a register: every problem at once, each with its line; a file may extend a register that comes with us."""

import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from sequela.evidence import register as form
from sequela.evidence.register import Printed, Register, Result, Study
from sequela.evidence.rounding import Rounded, rounded
from sequela.records.lined_yaml import Entry, Page, read_lined

DEFAULT = "t-dm1-after-pertuzumab"
KEYS = ("version", "title", "extends", "comparison", "studies")
STUDY_KEYS = ("label", "citation", "place", "overlap", "note", "results")
TEXT_KEYS = ("comparison", "definition", "line", "location", "note")
CHOICES = {"endpoint": form.ENDPOINTS, "clock": form.CLOCKS, "certainty": form.CERTAINTIES}
NUMBER_KEYS = ("patients", "events", "hazard_ratio", "p", "log_rank_p", "log_rank", "median", "count")
RESULT_KEYS = (*CHOICES, *TEXT_KEYS, "adjusted_for", *NUMBER_KEYS)
NO_HAZARD_RATIO = "It is no hazard ratio and cannot be pooled with them: give the counts, or leave it in the note."
OTHER_RATIOS = dict.fromkeys(("odds_ratio", "risk_ratio", "rate_ratio", "relative_risk"), NO_HAZARD_RATIO)
NAMES = (form.GROUP, form.REFERENCE)
MOST_PATIENTS = 10_000_000
_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
_LIMIT = rf"(?:{_NUMBER}|NR|NE|NA)"
SUMMARY = re.compile(
    rf"({_NUMBER}|NR)(?:\s*(?:±|\+/-)\s*({_NUMBER})|\s*\(\s*({_LIMIT})\s*(?:-|–|to)\s*({_LIMIT})\s*\))?"
)
COUNT = re.compile(r"([0-9]{1,8})\s*(?:of|/)\s*([0-9]{1,8})")
SIGNED = re.compile(rf"[-−]?{_NUMBER}")


def load_register(path: Path | None = None) -> Register:
    """Read a register; without a path the one of T-DM1 after pertuzumab.

    A file with `extends: NAME` adds its studies to that register.

    Raises
    ------
    StudyError
        With every problem found, each as file:line.
    """
    page, entry = read_lined(Path(path) if path else form.BUILT_IN / f"{DEFAULT}.yaml")
    fields = page.fields(entry, KEYS, needed=("version", "title", "studies"))
    if "version" in fields and fields["version"].text != "1":
        page.wrong(fields["version"], f"version {fields['version'].text!r}", "version 1")
    base = _base(page, fields.get("extends"))
    comparison = _text(page, fields.get("comparison")) or (base.comparison if base else "")
    if not comparison:
        page.wrong(entry, "'comparison' is missing", "the question: group against reference")
    studies = [_study(page, key, value, comparison) for key, value in _named(page, fields.get("studies")).items()]
    _refuse_twice(page, fields.get("studies"), base)
    page.done()
    return Register(_text(page, fields.get("title")), comparison, (*(base.studies if base else ()), *studies))


def _base(page: Page, entry: Entry | None) -> Register | None:
    if entry is None:
        return None
    if entry.text not in form.built_in_registers():
        page.wrong(entry, f"{entry.text!r}", " | ".join(form.built_in_registers()))
        return None
    return load_register(form.BUILT_IN / f"{entry.text}.yaml")


def _refuse_twice(page: Page, entry: Entry | None, base: Register | None) -> None:
    known = {study.key for study in base.studies} if base else set()
    for key, value in entry.fields.items() if entry else ():
        if key in known:
            page.wrong(value, f"study {key!r} is in the extended register", "another key", "Add results under it.")


def _named(page: Page, entry: Entry | None) -> Mapping[str, Entry]:
    return page.fields(entry) if entry else {}


def _text(page: Page, entry: Entry | None) -> str:
    if entry is None:
        return ""
    if entry.kind != "text":
        page.wrong(entry, f"a {entry.kind}", "words")
    return entry.text.strip()


def _study(page: Page, key: str, entry: Entry, comparison: str) -> Study:
    fields = page.fields(entry, STUDY_KEYS, needed=("label", "citation", "results"))
    words = {name: _text(page, fields.get(name)) for name in STUDY_KEYS[:-1]}
    overlap = words["overlap"] or key
    results = fields.get("results")
    if results is not None and results.kind != "list" and results.text:
        page.wrong(results, "one result", "a list of results")
    items = results.items if results else ()
    found = tuple(_result(page, item, (key, words["label"], overlap), comparison) for item in items)
    return Study(key, words["label"], words["citation"], words["place"], overlap, words["note"], found)


def _result(page: Page, entry: Entry, study: tuple[str, str, str], comparison: str) -> Result:
    fields = page.fields(entry, RESULT_KEYS, ("endpoint", "certainty", "location"), OTHER_RATIOS)
    chosen = {key: _choice(page, fields.get(key), allowed) for key, allowed in CHOICES.items()}
    words = {key: _text(page, fields.get(key)) for key in TEXT_KEYS}
    _check_clock(page, entry, chosen, fields)
    median, count = _medians(page, fields.get("median")), _counts(page, fields.get("count"))
    result = Result(
        study=study[0],
        label=study[1],
        overlap=study[2],
        endpoint=chosen["endpoint"],
        comparison=words["comparison"] or comparison,
        clock=chosen["clock"],
        definition=words["definition"],
        line=words["line"],
        adjusted_for=page.texts(fields["adjusted_for"]) if "adjusted_for" in fields else (),
        patients=_whole_numbers(page, fields.get("patients")),
        events=_whole_numbers(page, fields.get("events")),
        hazard_ratio=_ratio(page, fields.get("hazard_ratio")),
        p=_p_value(page, fields.get("p")),
        log_rank_p=_p_value(page, fields.get("log_rank_p")),
        log_rank=_log_rank(page, fields.get("log_rank")),
        median=median,
        count=count,
        certainty=chosen["certainty"],
        location=words["location"],
        note=words["note"],
        line_number=entry.line,
    )
    _check_sizes(page, entry, result)
    return result


def _choice(page: Page, entry: Entry | None, allowed: tuple[str, ...]) -> str:
    if entry is None:
        return ""
    if entry.text not in allowed:
        page.wrong(entry, f"{entry.text!r}" if entry.kind == "text" else f"a {entry.kind}", " | ".join(allowed))
    return entry.text


def _check_clock(page: Page, entry: Entry, chosen: Mapping[str, str], fields: Mapping[str, Entry]) -> None:
    if chosen["endpoint"] in form.SURVIVAL_ENDPOINTS and "clock" not in fields:
        remedy = f"Write '{form.NOT_STATED}' where the paper does not say; such a result is shown and never pooled."
        page.wrong(entry, "'clock' is missing", " | ".join(form.CLOCKS), remedy)
    if chosen["endpoint"] in form.SHARE_ENDPOINTS and "clock" in fields:
        page.wrong(fields["clock"], f"a clock for {chosen['endpoint']}", "none: it is a share of patients")


def _check_sizes(page: Page, entry: Entry, result: Result) -> None:
    for name, events in result.events.items():
        if events > result.patients.get(name, MOST_PATIENTS):
            page.wrong(entry, f"{events} events in {result.patients[name]} patients", "no more events than patients")
    if result.p is not None and result.hazard_ratio is None:
        page.wrong(entry, "'p' without 'hazard_ratio'", "'log_rank_p' for a test of the curves")


def _summary(page: Page, entry: Entry, expected: str) -> Printed | None:
    match = SUMMARY.fullmatch(entry.text.strip()) if entry.kind == "text" else None
    if match is None:
        page.wrong(entry, f"{entry.text!r}" if entry.kind == "text" else f"a {entry.kind}", expected)
        return None
    value, error, low, high = (None if part in (None, "NR", "NE", "NA") else rounded(part) for part in match.groups())
    known = [number for number in (low, value, high) if number is not None]
    if any(first.low > second.high for first, second in pairwise(known)):
        page.wrong(entry, f"{entry.text!r}", "a number inside its interval")
    if (low and high and low.value >= high.value) or (error and error.value == 0) or (value and value.value == 0):
        page.wrong(entry, f"{entry.text!r}", "a number above zero, limits that rise, a standard error above zero")
    return Printed(value, low, high, error)


def _ratio(page: Page, entry: Entry | None) -> Printed | None:
    if entry is None:
        return None
    found = _summary(page, entry, "1.23 or 1.23 (1.00-1.67)")
    if found is None:
        return None
    numbers = [number.value for number in (found.value, found.low, found.high) if number]
    if found.value is None or found.std_error or (found.low is None) != (found.high is None) or min(numbers) <= 0:
        page.wrong(entry, f"{entry.text!r}", "a ratio above zero, with both limits or none")
        return None
    return found


def _medians(page: Page, entry: Entry | None) -> dict[str, Printed]:
    fields = page.fields(entry, NAMES) if entry else {}
    found = {name: _summary(page, value, "2.8 or 2.8 (1.7-4.8) or 2.8 ± 0.4 or NR") for name, value in fields.items()}
    return {name: printed for name, printed in found.items() if printed}


def _counts(page: Page, entry: Entry | None) -> dict[str, tuple[int, int]]:
    found = {}
    for name, value in (page.fields(entry, NAMES) if entry else {}).items():
        match = COUNT.fullmatch(value.text.strip())
        if match is None or not 0 <= int(match[1]) <= int(match[2]) or int(match[2]) == 0:
            page.wrong(value, f"{value.text!r}", "2 of 18")
            continue
        found[name] = (int(match[1]), int(match[2]))
    return found


def _whole_numbers(page: Page, entry: Entry | None) -> dict[str, int]:
    fields = page.fields(entry, NAMES) if entry else {}
    return {name: page.whole(value, 1, MOST_PATIENTS) for name, value in fields.items()}


def _p_value(page: Page, entry: Entry | None) -> Rounded | None:
    if entry is None:
        return None
    found = _summary(page, entry, "0.049")
    if found is None or found.value is None or found.low or found.std_error or not 0 < found.value.value <= 1:
        page.wrong(entry, f"p = {entry.text!r}", "a number above 0 and at most 1", "A bound (p < 0.001) is no number.")
        return None
    return found.value


def _log_rank(page: Page, entry: Entry | None) -> tuple[float, float] | None:
    if entry is None:
        return None
    keys = ("observed_less_expected", "variance")
    fields = page.fields(entry, keys, needed=keys)
    texts = [fields[key].text.strip().replace("−", "-") for key in keys if key in fields]
    if len(texts) < 2 or not all(SIGNED.fullmatch(text) for text in texts) or float(texts[1]) <= 0:
        page.wrong(entry, "log-rank sums that cannot be read", "two numbers, the variance above zero")
        return None
    return float(texts[0]), float(texts[1])
