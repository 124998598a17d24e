"""Reads endpoint files, and says everything that is wrong with one at once."""

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from sequela.derive.endpoint_parts import (
    CONFIRMED_RESPONSE,
    DOCUMENTED,
    FIRST_RESPONSE,
    OCCURRENCES,
    PLACES,
    SCHEDULED,
    SETTINGS,
    TIME_ZERO,
)
from sequela.derive.endpoints import Endpoint
from sequela.errors import Problem, StudyError, UsageError
from sequela.records.plain_yaml import plain_yaml

EVENT, COMPETING, CENSORS, IGNORED = "event", "competing", "censors", "ignored"
ROLES = (EVENT, COMPETING, CENSORS, IGNORED)
"""What a study may make of an occurrence."""

SUFFIXES = (".yaml", ".yml")

_TEXTS = ("name", "title", "short", "meaning", "start", "end", "source")
_LISTS = ("events", "competing", "censorings")
_KEYS = (*_TEXTS, *_LISTS, "settings", "dates", "compares", "remark", "based_on")
_START = re.compile(rf"{TIME_ZERO}|{FIRST_RESPONSE}|{CONFIRMED_RESPONSE}|line [1-9]")
_NUMBERED = re.compile(r"(\w+_line_)([1-9])")


class _Profiles(Mapping[str, Endpoint]):
    """The endpoints that come with the program; a file is read when it is asked for."""

    def __init__(self) -> None:
        self._read: dict[str, Endpoint] = {}
        self._names: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Endpoint:
        if name not in self._read:
            numbered = _NUMBERED.fullmatch(name)
            stored = f"{numbered[1]}1" if numbered else name
            if stored not in tuple(self):
                raise KeyError(name)
            text = (files("sequela.derive") / "endpoint_rules" / f"{stored}.yaml").read_text(encoding="utf-8")
            found = endpoint_from(_parsed(text, f"{stored}.yaml"), f"{stored}.yaml")
            self._read[name] = _numbered(found, numbered[2]) if numbered else found
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        if not self._names:
            folder = files("sequela.derive") / "endpoint_rules"
            self._names = tuple(sorted(Path(file.name).stem for file in folder.iterdir() if _is_file(file.name)))
        return iter(self._names)

    def __len__(self) -> int:
        return len(tuple(iter(self)))


PROFILES: Mapping[str, Endpoint] = _Profiles()
"""Endpoints by name. `pfs_line_1` stands for every line: `PROFILES["pfs_line_3"]` is that of line 3."""


def read_endpoint(path: Path) -> Endpoint:
    """Read an endpoint from a file.

    The file has `name`, `title`, `short`, `meaning`, `start`, `events`, `end`, `source`, and may have `competing`,
    `censorings` (a list of `occurrence: place`), `settings`, `dates`, `compares` and `remark`; with `based_on` it
    needs a name and what differs from that endpoint.

    Raises
    ------
    StudyError
        With every problem of the file at once.
    UsageError
        Where it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        found = f"the file cannot be read ({error.__class__.__name__})"
        raise UsageError(Problem(path.name, found, "an endpoint as a YAML file in UTF-8")) from error
    endpoint = endpoint_from(_parsed(text, path.name), path.name)
    if endpoint.name in PROFILES:
        found = f"'{endpoint.name}' is an endpoint that comes with the program"
        raise StudyError(Problem(f"{path.name}: name", found, "a name of its own"))
    return endpoint


def endpoint_from(content: Mapping[str, Any], where: str) -> Endpoint:
    """Return the endpoint that a mapping describes.

    Raises
    ------
    StudyError
        With every problem at once.
    """
    content, problems = _with_base(content, where)
    problems += [*_key_problems(content, where), *_part_problems(content, where)]
    if not problems:
        problems += _setting_problems(content, where)
    if problems:
        raise StudyError(problems)
    given = content.get("settings") or {}
    return Endpoint(
        name=str(content["name"]),
        label=str(content["title"]).strip(),
        short=str(content["short"]).strip(),
        meaning=str(content["meaning"]).strip(),
        start=content["start"],
        events=tuple(content["events"]),
        competing=tuple(content.get("competing") or ()),
        censorings=tuple(next(iter(pair.items())) for pair in content.get("censorings") or ()),
        end=content["end"],
        settings=tuple((name, given.get(name, SETTINGS[name].default)) for name in _settings_read(content)),
        reference=str(content["source"]).strip(),
        remark=str(content.get("remark") or "").strip(),
        dates=content.get("dates", DOCUMENTED),
        compares=content.get("compares", True),
    )


def changed(endpoint: Endpoint, changes: Mapping[str, Any], where: str = "with") -> Endpoint:
    """Return an endpoint with some of it changed, and the changes in its name.

    Parameters
    ----------
    endpoint : Endpoint
    changes : mapping
        A setting with its days, an occurrence with one of `ROLES`, or `start`, `end`, `dates` with a value.
    where : str
        Named in the problems.

    Raises
    ------
    StudyError
        With every problem at once.
    """
    if not changes:
        return endpoint
    content = _content(endpoint)
    problems = [problem for key, value in changes.items() for problem in _apply(content, key, value, where)]
    if problems:
        raise StudyError(problems)
    read = _settings_read(content)
    content["settings"] = {key: days for key, days in content["settings"].items() if key in read or key in changes}
    content["name"] = f"{endpoint.name} ({', '.join(f'{key} {value}' for key, value in changes.items())})"
    return endpoint_from(content, where)


def _is_file(name: str) -> bool:
    return name.endswith(".yaml")


def _numbered(endpoint: Endpoint, number: str) -> Endpoint:
    content = _content(endpoint)
    content |= {key: content[key].replace("1", number) for key in ("name", "title", "start")}
    return endpoint_from(content, endpoint.name)


def _parsed(text: str, where: str) -> Mapping[str, Any]:
    try:
        content = plain_yaml(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        raise StudyError(Problem(place, "this is no YAML", "key: value", "Look at the indentation.")) from error
    if not isinstance(content, Mapping):
        raise StudyError(Problem(where, "the file holds no keys", f"the keys {', '.join(_TEXTS)} and events"))
    return content


def _content(endpoint: Endpoint) -> dict[str, Any]:
    """Return an endpoint as its file would say it."""
    return {
        **{"name": endpoint.name, "title": endpoint.label, "short": endpoint.short, "meaning": endpoint.meaning},
        **{"start": endpoint.start, "end": endpoint.end, "source": endpoint.reference, "remark": endpoint.remark},
        "events": list(endpoint.events),
        "competing": list(endpoint.competing),
        "censorings": [{name: place} for name, place in endpoint.censorings],
        "settings": dict(endpoint.settings),
        "dates": endpoint.dates,
        "compares": endpoint.compares,
    }


def _with_base(content: Mapping[str, Any], where: str) -> tuple[dict[str, Any], list[Problem]]:
    """Fill in what a file leaves to the endpoint it is based on."""
    base = content.get("based_on")
    if base is None:
        return dict(content), []
    if not isinstance(base, str) or base not in PROFILES:
        known = ", ".join(PROFILES)
        return dict(content), [Problem(f"{where}: based_on", f"there is no endpoint '{base}'", f"one of {known}")]
    own = {key: value for key, value in content.items() if key != "based_on"}
    inherited = {key: value for key, value in _content(PROFILES[base]).items() if key not in ("name", "settings")}
    merged = {**inherited, **own}
    said = own.get("settings") or {}
    if isinstance(said, Mapping) and not list(_part_problems(merged, where)):
        kept = {key: days for key, days in PROFILES[base].settings if key in _settings_read(merged)}
        merged["settings"] = {**kept, **said}
    return merged, []


def _key_problems(content: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for key in content:
        if key not in _KEYS:
            yield Problem(f"{where}: {key}", "this key is not known", f"one of {', '.join(_KEYS)}")
    for key in _TEXTS:
        value = content.get(key)
        if not isinstance(value, str) or not value.strip():
            yield Problem(f"{where}: {key}", "missing or no text", "a few words")
    if not isinstance(content.get("remark") or "", str):
        yield Problem(f"{where}: remark", "no text", "a few words")
    if not isinstance(content.get("compares", True), bool):
        yield Problem(f"{where}: compares", f"'{content['compares']}'", "true or false")


def _part_problems(content: Mapping[str, Any], where: str) -> Iterator[Problem]:
    yield from _choices(content, where)
    named: list[str] = []
    for key in ("events", "competing"):
        listed = content.get(key) or []
        if not isinstance(listed, list) or (key == "events" and not listed):
            yield Problem(f"{where}: {key}", "this is no list of names", "a list, such as [progression, death]")
            continue
        named += [str(name) for name in listed]
        for name in listed:
            if name not in OCCURRENCES or OCCURRENCES[name].censoring:
                known = ", ".join(name for name, part in OCCURRENCES.items() if not part.censoring)
                yield Problem(f"{where}: {key}", f"'{name}' is not something that can happen", f"one of {known}")
    pairs = content.get("censorings") or []
    if not isinstance(pairs, list) or not all(isinstance(pair, Mapping) and len(pair) == 1 for pair in pairs):
        expected = "a list, such as [next_line: last_assessment]"
        yield Problem(f"{where}: censorings", "this is no list of an occurrence with a place each", expected)
        return
    for name, place in (next(iter(pair.items())) for pair in pairs):
        named.append(str(name))
        if name not in OCCURRENCES:
            yield Problem(f"{where}: censorings", f"'{name}' cannot censor", f"one of {', '.join(OCCURRENCES)}")
        if place not in PLACES:
            yield Problem(f"{where}: censorings", f"'{place}' is no place", f"one of {', '.join(PLACES)}")
    for name in dict.fromkeys(name for name in named if named.count(name) > 1):
        yield Problem(where, f"'{name}' is named twice", "one role for each")


def _choices(content: Mapping[str, Any], where: str) -> Iterator[Problem]:
    start, end, dates = content.get("start"), content.get("end"), content.get("dates", DOCUMENTED)
    if isinstance(start, str) and not _START.fullmatch(start):
        known = f"'{TIME_ZERO}', '{FIRST_RESPONSE}', '{CONFIRMED_RESPONSE}', or 'line 1' to 'line 9'"
        yield Problem(f"{where}: start", f"'{start}'", known)
    if isinstance(end, str) and (end not in PLACES or end == "own_day"):
        known = ", ".join(place for place in PLACES if place != "own_day")
        yield Problem(f"{where}: end", f"'{end}' is no place to censor at", f"one of {known}")
    if dates not in (DOCUMENTED, SCHEDULED):
        yield Problem(f"{where}: dates", f"'{dates}'", f"{DOCUMENTED} or {SCHEDULED}")


def _settings_read(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the settings that the parts of an endpoint read, in the order of `SETTINGS`."""
    parts = [*content["events"], *(content.get("competing") or ())]
    parts += [name for pair in content.get("censorings") or () for name in pair]
    read = {setting for name in parts for setting in OCCURRENCES[name].settings}
    if content.get("start") == CONFIRMED_RESPONSE:
        read.add("confirmation_days")
    if content.get("dates") == SCHEDULED:
        read |= {"visit_days", "visit_window_days"}
    return tuple(name for name in SETTINGS if name in read)


def _setting_problems(content: Mapping[str, Any], where: str) -> Iterator[Problem]:
    given = content.get("settings") or {}
    if not isinstance(given, Mapping):
        yield Problem(f"{where}: settings", "this holds no keys", "a name and days, such as {missed_days: 182}")
        return
    read = _settings_read(content)
    for name, days in given.items():
        if name not in read:
            expected = f"one of {', '.join(read)}" if read else "no setting at all"
            yield Problem(f"{where}: {name}", "nothing in this endpoint reads this setting", expected)
        elif isinstance(days, bool) or not isinstance(days, int) or not SETTINGS[name].least <= days <= 36_500:
            yield Problem(f"{where}: {name}", f"{days!r}", f"whole days, at least {SETTINGS[name].least}")
    visit, window = (given.get(name, SETTINGS[name].default) for name in ("visit_days", "visit_window_days"))
    if content.get("dates") == SCHEDULED and isinstance(visit, int) and isinstance(window, int) and 2 * window >= visit:
        found = f"the windows of two visits meet ({window} days around visits every {visit})"
        yield Problem(f"{where}: visit_window_days", found, "less than half of visit_days")


def _apply(content: dict[str, Any], key: str, value: Any, where: str) -> Iterator[Problem]:
    """Change one thing of an endpoint in place; yield what is wrong with the change."""
    if key in ("start", "end", "dates"):
        content[key] = value
    elif key in SETTINGS:
        content["settings"][key] = value
    elif key not in OCCURRENCES:
        known = ", ".join((*OCCURRENCES, *SETTINGS, "start", "end", "dates"))
        yield Problem(f"{where}: {key}", "an endpoint has nothing of this name", f"one of {known}")
    elif value not in ROLES:
        yield Problem(f"{where}: {key}", f"'{value}'", f"one of {', '.join(ROLES)}")
    else:
        _give_role(content, key, value)


def _give_role(content: dict[str, Any], key: str, role: str) -> None:
    if role == CENSORS and any(key in pair for pair in content["censorings"]):
        return
    for name, of_list in (("events", EVENT), ("competing", COMPETING)):
        kept = [one for one in content[name] if one != key or role == of_list]
        content[name] = [*kept, key] if role == of_list and key not in kept else kept
    content["censorings"] = [pair for pair in content["censorings"] if key not in pair]
    if role == CENSORS:
        place = "start" if key == "no_baseline" else content["end"]
        content["censorings"] = [*content["censorings"], {key: place}]
