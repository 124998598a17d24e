"""Drug names: ingredient, brand, biosimilar, salt, route, language, combination.

The names are data (`drugs.csv`, one row a name, each with its source) and are compared
as whole names, never as parts of one another: `ado-trastuzumab emtansine` is never
`trastuzumab`. A name that is not known is not guessed: `resolve` answers None and
`candidates` lists what was perhaps meant.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sequela.frozen import frozen
from sequela.records.drug_rows import DrugName, Ingredient, Rows, read_file, read_rows
from sequela.records.drug_text import (
    BRACKETS,
    DOUBT,
    SEPARATOR,
    Token,
    has_suffix,
    is_biological,
    stripped,
    tokens,
    without_doses,
    words_around,
)
from sequela.records.names import fold, inn_spelling, key, nearest, words

JOINER = " + "
_SHORTEST_BESIDE = 6
_SHORTEST_SPELLING = 6


@frozen
class DrugVocabulary:
    """What each written drug name exposes a patient to.

    Attributes
    ----------
    ingredients : mapping of str to Ingredient
        By canonical name, in alphabetical order.
    names : mapping of str to DrugName
        By key (letters and digits of the folded name).
    """

    ingredients: Mapping[str, Ingredient]
    names: Mapping[str, DrugName]
    _spellings: Mapping[str, str] | None = field(init=False, repr=False, compare=False, default=None)
    _beginnings: frozenset[str] | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ingredients", MappingProxyType(dict(sorted(self.ingredients.items()))))
        object.__setattr__(self, "names", MappingProxyType(dict(self.names)))

    def __repr__(self) -> str:
        return f"DrugVocabulary({len(self.ingredients)} ingredients, {len(self.names)} names)"

    @property
    def spellings(self) -> Mapping[str, str]:
        """Return the key of each international name by its common spelling; found when first asked for."""
        if self._spellings is None:
            object.__setattr__(self, "_spellings", MappingProxyType(_spellings(self.names.values())))
        return self._spellings or {}

    @property
    def beginnings(self) -> frozenset[str]:
        """Return the first four letters of every word of a name, none of which is a biosimilar suffix; as above."""
        if self._beginnings is None:
            written = {word for name in self.names.values() for word in words(name.written)}
            found = frozenset(word[:4] for word in written.union(self.names, words_around()))
            object.__setattr__(self, "_beginnings", found)
        return self._beginnings or frozenset()

    @property
    def classes(self) -> tuple[str, ...]:
        """Return every drug class, in alphabetical order."""
        return tuple(sorted({ingredient.drug_class for ingredient in self.ingredients.values()}))

    def ingredient(self, name: str) -> Ingredient:
        """Return what is known of one ingredient, by its canonical name.

        Raises
        ------
        KeyError
            Where no ingredient has this canonical name.
        """
        return self.ingredients[name]

    def resolve(self, name: str) -> tuple[str, ...] | None:
        """Return the ingredients a written name stands for, sorted; None where it is not known.

        Every part of a written combination must be known, else the whole is not; a text
        with a sign of doubt or of sequence (`?`, `→`, `/placebo`) is not known.
        """
        if DOUBT.search(fold(name)):
            return None
        text = without_doses(name)
        return self._exact(name) or self._stripped(stripped(tokens(text))) or self._written(text) or None

    def canonical(self, name: str) -> str | None:
        """Return the ingredients joined by ` + `, the spelling used throughout; None where not known."""
        ingredients = self.resolve(name)
        return None if ingredients is None else JOINER.join(ingredients)

    def candidates(self, name: str, n: int = 3) -> tuple[str, ...]:
        """Return up to `n` known names close to a name that is not known, best first.

        Each is written so that `resolve` knows it: `pertuzumab`, `Kadcyla (trastuzumab
        emtansine)`; names of the same meaning are listed once. An abbreviation with
        several meanings gives its meanings.
        """
        found: dict[tuple[str, ...], str] = {}
        for part in self._unknown_parts(name):
            for meaning, written in self._near(key(part)):
                found.setdefault(meaning, written)
        return tuple(found.values())[:n]

    def extended(self, rows: Rows, *, where: str = "drugs.csv") -> "DrugVocabulary":
        """Return this vocabulary with the names of a user's table added.

        Parameters
        ----------
        rows : DataFrame or iterable of mappings
            Columns `name`, `ingredient`, `class`, `modality`, `cycle_days`, `routes`,
            `schedule`, `source`, `kind`; all but `name` may be absent. Without an
            ingredient, or with its own name as ingredient, a row adds an ingredient and
            needs class and modality; otherwise it adds a name for known ingredients.
        where : str
            What to call the table in messages.

        Raises
        ------
        RecordsError
            All malformed rows at once, and those that contradict a name already known.
        """
        ingredients, names = read_rows(rows, where, self.ingredients, self.names)
        return DrugVocabulary(ingredients, names)

    def _exact(self, text: str) -> tuple[str, ...] | None:
        known = self.names.get(key(text))
        return known.ingredients or None if known else None

    def _written(self, text: str) -> tuple[str, ...] | None:
        """Return the ingredients of a text without doses; empty where it names no drug at all."""
        found: set[str] = set()
        for part in SEPARATOR.split(text):
            ingredients = self._part(part)
            if ingredients is None:
                return None
            found.update(ingredients)
        return tuple(sorted(found))

    def _part(self, part: str) -> tuple[str, ...] | None:
        """Return the ingredients of one part; what stands in brackets must say the same or nothing."""
        inside = BRACKETS.findall(part)
        if not inside:
            return self._plain(tokens(part)) if part.strip() else None
        whole = self._exact(part)
        if whole:
            return whole
        meanings = {self._plain(tokens(BRACKETS.sub(" ", part)))}
        meanings.update(self._exact(text) or self._written(text) for text in inside if text.strip())
        meanings.discard(())
        return meanings.pop() if len(meanings) == 1 else (() if not meanings else None)

    def _plain(self, written: list[Token]) -> tuple[str, ...] | None:
        """Return the ingredients of words without brackets and separators."""
        stages = stripped(written)
        core = stages[-1]
        known = self._stripped(stages)
        if known or not core:
            return known or ()
        return self._without_suffix(core) or self._side_by_side(core) or None

    def _stripped(self, stages: list[list[Token]]) -> tuple[str, ...] | None:
        return next((known for stage in stages if (known := self._known(stage))), None)

    def _name(self, written: list[Token]) -> DrugName | None:
        exact = self.names.get("".join(word.text for word in written))
        if exact is not None:
            return exact
        spelled = self.spellings.get("".join(inn_spelling(word.text) for word in written))
        return None if spelled is None else self.names[spelled]

    def _known(self, written: list[Token]) -> tuple[str, ...] | None:
        name = self._name(written)
        return None if name is None else name.ingredients or None

    def _without_suffix(self, written: list[Token]) -> tuple[str, ...] | None:
        """Return the ingredient of a biological whose last word is a regulator's suffix."""
        if not has_suffix(written) or written[-1].text in self.beginnings:
            return None
        name = self._name(written[:-1])
        if name is None or name.kind == "brand" or not any(map(is_biological, name.ingredients)):
            return None
        return name.ingredients

    def _side_by_side(self, written: list[Token]) -> tuple[str, ...] | None:
        """Return the ingredients of full names written one after another, longest names first.

        Abbreviations are not taken apart, and a brand beside a name of another meaning
        is a contradiction, not a combination.
        """
        found: list[DrugName] = []
        start = 0
        while start < len(written):
            for stop in range(len(written), start, -1):
                name = self._name(written[start:stop])
                if name and name.ingredients and _is_a_full_name(written[start:stop]):
                    break
            else:
                return None
            found.append(name)
            start = stop
        same = len({name.ingredients for name in found}) == 1
        one_kind = len({name.kind == "brand" for name in found}) == 1
        if not (same or one_kind):
            return None
        return tuple(sorted({ingredient for name in found for ingredient in name.ingredients}))

    def _unknown_parts(self, name: str) -> list[str]:
        text = without_doses(name)
        if key(name) in self.names:
            return [name]
        parts = [part for part in SEPARATOR.split(text) if key(part)]
        unknown = [part for part in parts if self._part(part) is None] or parts
        texts = [text for part in unknown for text in (BRACKETS.sub(" ", part), *BRACKETS.findall(part)) if key(text)]
        return [" ".join(word.text for word in stripped(tokens(text))[-1]) or text for text in texts]

    def _near(self, wanted: str) -> Iterable[tuple[tuple[str, ...], str]]:
        for _, found in nearest(wanted, self.names):
            name = self.names[found]
            if name.alternatives:
                yield from ((meaning, JOINER.join(meaning)) for meaning in name.alternatives)
            else:
                yield name.ingredients, _display(name)


def _is_a_full_name(written: list[Token]) -> bool:
    """Tell whether words are long enough for a name of their own; kana and Chinese signs write no abbreviations."""
    text = "".join(word.text for word in written)
    return len(text) >= _SHORTEST_BESIDE or not text.isascii()


def _display(name: DrugName) -> str:
    canonical = JOINER.join(name.ingredients)
    own_name = name.kind in ("brand", "combination") and not SEPARATOR.search(name.written)
    return f"{name.written} ({canonical})" if own_name else canonical


def _spellings(names: Iterable[DrugName]) -> dict[str, str]:
    """Return the common spellings of international names that stand for one meaning only."""
    found: dict[str, list[DrugName]] = {}
    for name in names:
        letters = fold(name.written).replace(" ", "").replace("-", "")
        if name.kind in ("ingredient", "synonym") and letters.isalpha() and len(letters) >= _SHORTEST_SPELLING:
            found.setdefault("".join(map(inn_spelling, words(name.written))), []).append(name)
    return {
        spelling: key(min(name.written for name in meant))
        for spelling, meant in found.items()
        if len({name.ingredients for name in meant}) == 1
    }


@cache
def default_vocabulary() -> DrugVocabulary:
    """Return the vocabulary that comes with the program."""
    return DrugVocabulary(*read_file(Path(__file__).with_name("drugs.csv")))
