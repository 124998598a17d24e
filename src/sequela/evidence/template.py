"""How a solution becomes records: drugs, dates and organs a paper did not print, written down as invented."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from sequela.evidence.printed import Categorical, Continuous, Printed
from sequela.frozen import frozen
from sequela.records.lined_yaml import Entry, Page

KEYS = (
    "index_drug",
    "cycle_days",
    "starts",
    "cut_off",
    "assessment_days",
    "age",
    "performance",
    "regimens",
    "de_novo",
    "organs",
    "markers",
    "everyone_has",
    "available",
    "prior_therapy",
    "others",
)
HISTORY_KEYS = (
    "backbone",
    "added",
    "added_partners",
    "replaced_by",
    "replaced_partner",
    "first_partners",
    "partners",
)
OrganSets = tuple[tuple[str, ...], ...]
Results = tuple[Mapping[str, str], ...]
Alternatives = TypeVar("Alternatives", OrganSets, Results)


@frozen
class History:
    """What the patients of one group received before.

    Attributes
    ----------
    backbone : str
        Drug (and duration covariate) given through every line.
    added : str
        Drug given with the backbone in the last line; empty for none.
    added_partners : mapping of str to int
        Chemotherapy of that line, by patients.
    replaced_by : str
        Drug given instead of the backbone in one more, last line, to patients who have that covariate.
    replaced_partner : str
    first_partners : mapping of str to int
        Chemotherapy of the first line, by patients.
    partners : tuple of str
        Chemotherapy of the other lines, in order.
    """

    backbone: str = ""
    added: str = ""
    added_partners: Mapping[str, int] | None = None
    replaced_by: str = ""
    replaced_partner: str = ""
    first_partners: Mapping[str, int] | None = None
    partners: tuple[str, ...] = ()


@frozen
class Other:
    """Patients who received the index drug but are not in the study.

    Attributes
    ----------
    patients : int
    why : str
    starts : tuple of date
    courses : tuple of (str, int, int)
        Drug, first day, last day, from the start of the index drug.
    """

    patients: int
    why: str
    starts: tuple[date, date]
    courses: tuple[tuple[str, int, int], ...]


@frozen
class Template:
    """See the `records` section of a printed file."""

    index_drug: str
    cycle_days: int
    starts: tuple[date, date]
    cut_off: date
    assessment_days: int
    age: str
    performance: str
    regimens: str
    de_novo: int
    organs: Mapping[str, Mapping[str, OrganSets]]
    markers: Mapping[str, Mapping[str, Results]]
    everyone_has: Results
    available: Mapping[str, date]
    histories: Mapping[str, History]
    others: tuple[Other, ...]


def template_of(printed: Printed) -> Template | None:
    """Read the `records` section; None where there is none.

    Raises
    ------
    StudyError
        With every problem found.
    """
    if printed.records is None:
        return None
    page = Page(printed.file)
    needed = ("index_drug", "starts", "cut_off")
    fields = page.fields(printed.records, KEYS, needed)
    if any(key not in fields for key in needed):
        page.done()
    found = Template(
        index_drug=fields["index_drug"].text,
        cycle_days=page.whole(fields["cycle_days"], 1, 400) if "cycle_days" in fields else 21,
        starts=_window(page, fields["starts"]),
        cut_off=_date(page, fields["cut_off"]),
        assessment_days=page.whole(fields["assessment_days"], 7, 400) if "assessment_days" in fields else 63,
        age=_named(page, fields, "age", printed.continuous),
        performance=_named(page, fields, "performance", printed.categorical),
        regimens=_named(page, fields, "regimens", printed.continuous),
        de_novo=page.whole(fields["de_novo"], 0, sum(printed.sizes)) if "de_novo" in fields else 0,
        organs=_choices(page, fields.get("organs"), printed, _organ_sets),
        markers=_choices(page, fields.get("markers"), printed, _results),
        everyone_has=_results(page, fields["everyone_has"]) if "everyone_has" in fields else (),
        available={name: _date(page, value) for name, value in _items(page, fields.get("available"))},
        histories={
            name: _history(page, value, printed)
            for name, value in _items(page, fields.get("prior_therapy"), printed.groups)
        },
        others=tuple(_other(page, item, _window(page, fields["starts"])) for item in _list(page, fields.get("others"))),
    )
    if found.starts[0] > found.starts[1] or found.starts[1] > found.cut_off:
        page.wrong(fields["starts"], "dates out of order", "from <= to <= cut_off")
    page.done()
    return found


def still_treated(printed: Printed) -> tuple[int, int]:
    """Return how many patients never stopped, and the days they must at least have been observed.

    They were seen within one assessment of the cut-off, and started inside the window.
    """
    template = template_of(printed)
    if template is None or not printed.stopped:
        return 0, 0
    shortest = (template.cut_off - template.starts[1]).days - template.assessment_days
    return max(0, sum(printed.sizes) - sum(printed.stopped.values())), max(1, shortest)


def _items(page: Page, entry: Entry | None, known: tuple[str, ...] | None = None) -> list[tuple[str, Entry]]:
    return list(page.fields(entry, known).items()) if entry else []


def _list(page: Page, entry: Entry | None) -> tuple[Entry, ...]:
    if entry and entry.kind != "list":
        page.wrong(entry, f"a {entry.kind}", "a list")
    return entry.items if entry else ()


def _date(page: Page, entry: Entry) -> date:
    try:
        return date.fromisoformat(entry.text)
    except ValueError:
        page.wrong(entry, f"{entry.text!r}", "a date such as 2014-04-01")
        return date(2000, 1, 1)


def _window(page: Page, entry: Entry) -> tuple[date, date]:
    fields = page.fields(entry, ("from", "to"), ("from", "to"))
    both = [_date(page, fields[key]) if key in fields else date(2000, 1, 1) for key in ("from", "to")]
    return both[0], both[1]


def _named(page: Page, fields: Mapping[str, Entry], key: str, known: tuple[Categorical | Continuous, ...]) -> str:
    if key not in fields:
        return ""
    names = [item.name for item in known]
    if fields[key].text not in names:
        page.wrong(fields[key], f"{fields[key].text!r}", " | ".join(names))
    return fields[key].text


def _choices(
    page: Page, entry: Entry | None, printed: Printed, read: Callable[[Page, Entry], Alternatives]
) -> dict[str, Mapping[str, Alternatives]]:
    """Return, per categorical covariate and level, the alternatives its patients take in turn."""
    levels = {item.name: item.levels for item in printed.categorical}
    found: dict[str, Mapping[str, Alternatives]] = {}
    for name, value in _items(page, entry, tuple(levels)):
        fields = page.fields(value, levels[name], levels[name])
        found[name] = {level: read(page, fields[level]) for level in levels[name] if level in fields}
    return found


def _organ_sets(page: Page, entry: Entry) -> OrganSets:
    sets = tuple(page.texts(item) for item in _list(page, entry))
    if not sets:
        page.wrong(entry, "no organs", "[[liver, bone], [lung]]")
    return sets


def _results(page: Page, entry: Entry) -> Results:
    sets = tuple({k: v.text for k, v in page.fields(item).items()} for item in _list(page, entry))
    if not sets:
        page.wrong(entry, "no results", "[{ER: 90, PgR: 60}]")
    return sets


def _history(page: Page, entry: Entry, printed: Printed) -> History:
    fields = page.fields(entry, HISTORY_KEYS, ("backbone",))
    names = [item.name for item in printed.continuous]
    drugs = {key: fields[key].text if key in fields else "" for key in ("backbone", "added", "replaced_by")}
    for key, drug in drugs.items():
        if drug and drug not in names:
            page.wrong(fields[key], f"{drug!r} has no printed duration", " | ".join(names))
    numbers = {
        key: {drug: page.whole(value) for drug, value in _items(page, fields.get(key))}
        for key in ("added_partners", "first_partners")
    }
    return History(
        backbone=drugs["backbone"],
        added=drugs["added"],
        added_partners=numbers["added_partners"],
        replaced_by=drugs["replaced_by"],
        replaced_partner=fields["replaced_partner"].text if "replaced_partner" in fields else "",
        first_partners=numbers["first_partners"],
        partners=page.texts(fields["partners"]) if "partners" in fields else (),
    )


def _other(page: Page, entry: Entry, starts: tuple[date, date]) -> Other:
    fields = page.fields(entry, ("patients", "why", "starts", "courses"), ("patients", "why", "courses"))
    courses = []
    for item in _list(page, fields.get("courses")):
        parts = page.fields(item, ("drug", "from", "to"), ("drug", "from", "to"))
        if len(parts) == 3:
            courses.append((parts["drug"].text, _day(page, parts["from"]), _day(page, parts["to"])))
    return Other(
        page.whole(fields["patients"], 0, 1000) if "patients" in fields else 0,
        fields["why"].text if "why" in fields else "",
        _window(page, fields["starts"]) if "starts" in fields else starts,
        tuple(courses),
    )


def _day(page: Page, entry: Entry) -> int:
    try:
        return int(entry.text)
    except ValueError:
        page.wrong(entry, f"{entry.text!r}", "a day before the index drug, such as -400")
        return -1
