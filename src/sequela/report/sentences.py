"""A sentence of the methods with its references."""

from collections.abc import Iterable
from typing import Any

from sequela.analyses.results import Test
from sequela.analyses.wording import inside_sentence, listed
from sequela.frozen import frozen
from sequela.report.named_methods import find
from sequela.report.table_words import name_of_test


@frozen
class Sentence:
    """A sentence with the references that stand at its end, as keys of `REFERENCES`."""

    text: str
    references: tuple[str, ...] = ()


def tested(opening: str, tests: Iterable[Test]) -> Sentence:
    """Name the tests that were made, each once, with their references."""
    words: dict[str, tuple[Any, ...]] = {}
    for test in tests:
        method = find("test", test.name)
        words[method.words if method else inside_sentence(name_of_test(test))] = method.references if method else ()
    references = tuple(dict.fromkeys(key for keys in words.values() for key in keys))
    return Sentence(f"{opening} {listed(list(words))}", references)
