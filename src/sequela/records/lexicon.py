"""A small vocabulary: names, each with one canonical meaning."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from sequela.errors import Problem, RecordsError
from sequela.frozen import frozen
from sequela.records.names import key, nearest, words

_SINGLE_WORD = 0.8
_GLUED = 8
"""Letters from which a word may be the end of a compound: `Lebermetastasen`."""


@frozen
class Lexicon:
    """Names with their canonical meaning.

    Attributes
    ----------
    canonical : tuple of str
        The canonical names, in the order of the table.
    meanings : mapping of str to tuple of str
        By key; several meanings where a name is ambiguous.
    around : tuple of frozenset of str
        Words that may stand beside a name and do not change it, in the order in which
        they are left out.
    """

    canonical: tuple[str, ...]
    meanings: Mapping[str, tuple[str, ...]]
    around: tuple[frozenset[str], ...]

    def find(self, name: str) -> str | None:
        """Return the canonical name of a name as written, None where it is unknown or ambiguous.

        The whole name is looked up first, then the name without the words around it, which may be written to it
        without a blank (`Lebermetastasen`, `肝転移`).
        """
        for wanted in self._forms(name):
            meanings = self.meanings.get(wanted, ())
            if meanings:
                return meanings[0] if len(meanings) == 1 else None
        return None

    def candidates(self, name: str, n: int = 3) -> tuple[str, ...]:
        """Return up to `n` canonical names close in spelling, best first; the meanings of an ambiguous name.

        The single words of a name count less than the whole.
        """
        weights = dict.fromkeys(words(name), _SINGLE_WORD) | dict.fromkeys(self._forms(name), 1.0)
        near = [
            (weight * like, found) for text, weight in weights.items() for like, found in nearest(text, self.meanings)
        ]
        near.sort(key=lambda pair: -pair[0])
        return tuple(dict.fromkeys(meaning for _, found in near for meaning in self.meanings[found]))[:n]

    def _forms(self, name: str) -> list[str]:
        """Return the keys under which a name is looked up, the whole name first."""
        whole = words(name)
        forms, left, parted = ["".join(whole)], whole, whole
        for layer in self.around:
            left = [word for word in left if word not in layer]
            forms.append("".join(left))
        for layer in self.around:
            parted = [_without(word, layer) for word in parted if word not in layer]
            forms.append("".join(parted))
        return forms


def _without(word: str, layer: Iterable[str]) -> str:
    """Return a word without what is written to it without a blank: the end of a compound, or signs of Japanese."""
    for around in sorted(layer, key=lambda one: (-len(one), one)):
        if not around.isascii():
            word = word.replace(around, "")
        elif len(around) >= _GLUED:
            word = word.removesuffix(around)
    return word


def read_lexicon(path: Path, *around: Iterable[str]) -> Lexicon:
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
    return Lexicon(canonical, MappingProxyType(found), tuple(map(frozenset, around)))
