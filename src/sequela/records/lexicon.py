"""A small vocabulary: names, each with one canonical meaning."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sequela.errors import Problem, RecordsError
from sequela.records.names import key, nearest, words


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Names with their canonical meaning.

    Attributes
    ----------
    canonical : tuple of str
        The canonical names, in the order of the table.
    meanings : mapping of str to tuple of str
        By key; several meanings where a name is ambiguous.
    around : frozenset of str
        Words that may stand beside a name and do not change it.
    """

    canonical: tuple[str, ...]
    meanings: Mapping[str, tuple[str, ...]]
    around: frozenset[str]

    def find(self, name: str) -> str | None:
        """Return the canonical name of a name as written, None where it is unknown or ambiguous.

        The whole name is looked up first, then the name without the words around it.
        """
        meanings = self.meanings.get(key(name)) or self.meanings.get(self._core(name), ())
        return meanings[0] if len(meanings) == 1 else None

    def candidates(self, name: str, n: int = 3) -> tuple[str, ...]:
        """Return up to `n` canonical names close in spelling, best first; the meanings of an ambiguous name."""
        wanted = dict.fromkeys((key(name), self._core(name), *words(name)))
        near = [pair for text in wanted for pair in nearest(text, self.meanings)]
        near.sort(key=lambda pair: -pair[0])
        return tuple(dict.fromkeys(meaning for _, found in near for meaning in self.meanings[found]))[:n]

    def _core(self, name: str) -> str:
        return "".join(word for word in words(name) if word not in self.around)


def read_lexicon(path: Path, around: Iterable[str]) -> Lexicon:
    """Return a vocabulary from a CSV of two columns: the name, and its meaning or meanings apart by `|`.

    Raises
    ------
    RecordsError
        Where a name has two rows with different meanings, or a meaning is no canonical name.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [tuple(row) for row in csv.reader(stream)][1:]
    canonical = tuple(name for name, meaning in rows if name == meaning)
    found: dict[str, tuple[str, ...]] = {}
    problems = []
    for number, (name, meaning) in enumerate(rows, start=2):
        meanings = tuple(part.strip() for part in meaning.split("|"))
        if found.setdefault(key(name), meanings) != meanings or not set(meanings) <= set(canonical):
            problems.append(Problem(f"{path.name}:{number}", f"`{name}` means `{meaning}`", "one known meaning a name"))
    if problems:
        raise RecordsError(problems)
    return Lexicon(canonical, MappingProxyType(found), frozenset(around))
