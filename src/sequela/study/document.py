"""A study file as plain values, with the line on which each of them stands.

Only what a study needs of YAML is read: mappings, lists, texts, whole and decimal
numbers, true and false. `yes`, `no` and dates stay the text that was written, so that a
group may be called No and a date is read by whoever expects one.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sequela.errors import Problem, StudyError
from sequela.frozen import frozen

Place = tuple[str | int, ...]
"""The way to a value: keys and positions from the top."""

MAX_BYTES = 1_000_000
MAX_VALUES = 10_000
_INTEGER = re.compile(r"[-+]?\d+")
_DECIMAL = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?")
_WORDS = {"true": True, "True": True, "false": False, "False": False, "": None, "~": None, "null": None}


@frozen
class Document:
    """A file that was read.

    Attributes
    ----------
    name : str
        The file as the user named it.
    value : mapping
        Its content.
    lines : mapping of Place to int
        The line of each key and list item, counted from 1.
    problems : tuple of Problem
        What the syntax allows but a study does not: keys written twice, unknown tags.
    """

    name: str
    value: Mapping[str, Any]
    lines: Mapping[Place, int]
    problems: tuple[Problem, ...]

    def where(self, place: Place) -> str:
        """Return `file:line` of a place, or of the nearest place above it that was written."""
        at: Place = ()
        for step in place:
            if (*at, step) in self.lines:
                at = (*at, step)
        return f"{self.name}:{self.lines.get(at, 1)}"


def read_document(path: Path) -> Document:
    """Read a YAML file that holds one mapping.

    Raises
    ------
    StudyError
        Where the file cannot be opened, is no YAML, is empty, or is not a mapping.
    """
    name = str(path)
    text = _text(path, name)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise StudyError(_syntax_problem(name, text, error)) from error
    except RecursionError as error:
        raise StudyError(Problem(name, "the file is nested too deeply to be a study")) from error
    if root is None:
        raise StudyError(Problem(name, "the file is empty", "a study", "docs/study-language.md shows a whole one."))
    if not isinstance(root, yaml.MappingNode):
        found = "the file is a list" if isinstance(root, yaml.SequenceNode) else "the file is a single text"
        expected = "keys such as 'version:' and 'time_zero:' at the left margin"
        raise StudyError(Problem(f"{name}:{root.start_mark.line + 1}", found, expected))
    reader = _Reader(name)
    value = reader.read(root, (), ())
    return Document(name, value, reader.lines, tuple(reader.problems))


def _text(path: Path, name: str) -> str:
    try:
        if path.is_dir():
            raise StudyError(Problem(name, "this is a folder", "a study file", "Name the YAML file in it."))
        if path.stat().st_size > MAX_BYTES:
            raise StudyError(Problem(name, "the file is larger than 1 MB", "a study file of one screen"))
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise StudyError(Problem(name, "there is no such file", remedy="Check the spelling and the folder.")) from error
    except UnicodeDecodeError as error:
        found = f"byte {error.start + 1} is not UTF-8 text"
        raise StudyError(Problem(name, found, remedy="Save the file as UTF-8.")) from error
    except OSError as error:
        raise StudyError(Problem(name, f"the file cannot be read ({error.strerror})")) from error


def _syntax_problem(name: str, text: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    if not isinstance(error, yaml.MarkedYAMLError) or mark is None:
        return Problem(name, "a character that YAML does not allow", remedy="Retype or delete it; save as plain text.")
    where = f"{name}:{mark.line + 1}"
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    said = error.problem or ""
    if "\\t" in said or "\t" in line[: mark.column + 1]:
        return Problem(where, "a tab at the start of a line", "spaces", "Replace each tab by two spaces.")
    if re.search(r":\s*>", line):
        return Problem(where, "a value that starts with '>' without quotes", 'quotes, such as ">= 18"')
    if "mapping values are not allowed" in said:
        found = "a second ': ' on one line, or a line that is indented too far"
        return Problem(where, found, remedy="Put a text that contains ': ' in quotes; line up keys of the same level.")
    if "single document" in str(error.context):
        return Problem(where, "a second document after '---'", "one study per file")
    return Problem(where, f"this is not YAML ({said})", remedy="Check indentation, brackets and quotes on this line.")


class _Reader:
    """Turns nodes into values, noting lines and problems on the way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Place, int] = {(): 1}
        self.problems: list[Problem] = []
        self.values = 0

    def read(self, node: yaml.Node, place: Place, above: tuple[yaml.Node, ...]) -> Any:
        self.values += 1
        if node in above or self.values > MAX_VALUES:
            found = "an alias that contains itself" if node in above else f"more than {MAX_VALUES} values"
            raise StudyError(Problem(self._where(node), found, "a study file of one screen"))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place, (*above, node))
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*place, i), (*above, node)) for i, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return self._scalar(node)

    def _where(self, node: yaml.Node) -> str:
        return f"{self.name}:{node.start_mark.line + 1}"

    def _item(self, node: yaml.Node, place: Place, above: tuple[yaml.Node, ...]) -> Any:
        self.lines[place] = node.start_mark.line + 1
        return self.read(node, place, above)

    def _mapping(self, node: yaml.MappingNode, place: Place, above: tuple[yaml.Node, ...]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem(self._where(key_node), "a key that is a list or mapping", "a word"))
                continue
            key = key_node.value
            if key in values:
                first = self.lines[(*place, key)]
                found = f"the key '{key}' is written twice (first on line {first})"
                self.problems.append(Problem(self._where(key_node), found, remedy="Keep one of the two."))
                continue
            self.lines[(*place, key)] = key_node.start_mark.line + 1
            values[key] = self.read(value_node, (*place, key), above)
        return values

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
            self.problems.append(Problem(self._where(node), f"the tag '{node.tag}'", remedy="Leave it out."))
        text: str = node.value
        if node.style is not None:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _DECIMAL.fullmatch(text) else text
