"""YAML that keeps every scalar as it was written, with its line.

A printed 0.0030 must not become 0.003, whose zeros are its precision, nor a `no` false.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from difflib import get_close_matches
from pathlib import Path

import yaml

from sequela.errors import Problem, StudyError
from sequela.frozen import frozen

MOST_BYTES = 1_000_000
MOST_DEPTH = 40


@frozen
class Entry:
    """One node of the file.

    Attributes
    ----------
    line : int
        From 1.
    text : str
        A scalar as written; empty for the others.
    fields : dict of str to Entry
        Of a mapping, in the order written.
    items : tuple of Entry
        Of a sequence.
    kind : str
        "text", "mapping" or "list".
    """

    line: int
    text: str = ""
    fields: dict[str, "Entry"] = field(default_factory=dict)
    items: tuple["Entry", ...] = ()
    kind: str = "text"


@frozen
class Page:
    """The file being read, and what was found wrong with it so far."""

    name: str
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, entry: Entry, found: str, expected: str = "", remedy: str = "") -> None:
        """Note one problem at the line of an entry."""
        self.problems.append(Problem(f"{self.name}:{entry.line}", found, expected, remedy))

    def fields(
        self,
        entry: Entry,
        known: Iterable[str] | None = None,
        needed: Iterable[str] = (),
        remedies: Mapping[str, str] | None = None,
    ) -> dict[str, Entry]:
        """Return the fields of a mapping; unknown and missing keys are problems.

        `remedies` says what to do about unknown keys that look like a known one and are not.
        """
        if entry.kind != "mapping":
            self.wrong(entry, f"{entry.text!r}" if entry.kind == "text" else "a list", "a mapping (key: value)")
            return {}
        for key in needed:
            if key not in entry.fields:
                self.wrong(entry, f"{key!r} is missing", "it to be given")
        if known is None:
            return entry.fields
        allowed = tuple(known)
        for key, value in entry.fields.items():
            if key not in allowed:
                near = get_close_matches(key, allowed, 1)
                meant = f"Did you mean {near[0]!r}?" if near else ""
                self.wrong(value, f"unknown key {key!r}", " | ".join(allowed), (remedies or {}).get(key, meant))
        return {key: value for key, value in entry.fields.items() if key in allowed}

    def texts(self, entry: Entry) -> tuple[str, ...]:
        """Return a list of texts; one text counts as a list of one."""
        if entry.kind == "text":
            return (entry.text,)
        if entry.kind == "mapping" or any(item.kind != "text" for item in entry.items):
            self.wrong(entry, "something else", "a list of words")
            return ()
        return tuple(item.text for item in entry.items)

    def whole(self, entry: Entry, low: int = 0, high: int = 1_000_000) -> int:
        """Return a whole number between two limits; 0 with a problem noted where it is not one."""
        text = entry.text.strip()
        if entry.kind == "text" and text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high:
            return int(text)
        self.wrong(
            entry, f"{entry.text!r}" if entry.kind == "text" else f"a {entry.kind}", f"a whole number {low}-{high}"
        )
        return low

    def done(self) -> None:
        """Raise every problem noted, at once."""
        if self.problems:
            raise StudyError(sorted(self.problems, key=lambda problem: int(problem.where.rpartition(":")[2])))


def read_lined(path: Path, purpose: str = "what one paper printed") -> tuple[Page, Entry]:
    """Read a YAML file that holds `purpose` into entries; StudyError where it cannot be read as one mapping.

    Anchors, aliases, tags and repeated keys are refused: a list of printed numbers needs none.
    """
    page = Page(path.name)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise StudyError(Problem(path.name, "larger than 1 MB", purpose))
        text = path.read_text(encoding="utf-8-sig")
        _refuse_references(page, text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(Problem(path.name, f"cannot be read ({type(error).__name__})", "a UTF-8 text file")) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = path.name if mark is None else f"{path.name}:{mark.line + 1}"
        raise StudyError(Problem(where, str(getattr(error, "problem", None) or "not YAML"), "YAML")) from None
    except RecursionError:
        raise StudyError(Problem(path.name, "nested too deeply", purpose)) from None
    if node is None:
        raise StudyError(Problem(path.name, "empty", purpose))
    return page, _entry(page, node, 0)


def _refuse_references(page: Page, text: str) -> None:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        anchored = isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None)
        if anchored or getattr(event, "tag", None):
            line = event.start_mark.line + 1 if event.start_mark else 1
            where = f"{page.name}:{line}"
            raise StudyError(Problem(where, "an anchor, an alias or a tag", "plain YAML", "Write the value out."))


def _entry(page: Page, node: yaml.Node, depth: int) -> Entry:
    line = node.start_mark.line + 1
    if depth > MOST_DEPTH:
        raise StudyError(Problem(f"{page.name}:{line}", "nested too deeply", "what one paper printed"))
    if isinstance(node, yaml.ScalarNode):
        return Entry(line, node.value)
    if isinstance(node, yaml.SequenceNode):
        return Entry(line, items=tuple(_entry(page, item, depth + 1) for item in node.value), kind="list")
    fields: dict[str, Entry] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        here = _entry(page, value, depth + 1)
        if not name or name in fields:
            page.wrong(here, f"key {name!r} twice" if name else "a key that is not a word", "each key once")
        fields[name] = here
    return Entry(line, fields=fields, kind="mapping")
