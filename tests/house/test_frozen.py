"""A frozen class of the house behaves as the standard library's frozen dataclass does, and all classes use it."""

import copy
import inspect
import pickle
import re
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sequela.frozen import frozen

SOURCE = Path(__file__).parents[2] / "src"


class Described:
    """A dose."""

    drug: str
    milligrams: float = 100.0
    notes: list[str] = field(default_factory=list)
    seen: bool = field(default=False, init=False)
    secret: str = field(default="s", repr=False, compare=False)


def twin(maker: Any, name: str) -> Any:
    body = {k: v for k, v in vars(Described).items() if k not in ("__dict__", "__weakref__")}
    return maker(type(name, (), {**body, "__qualname__": name}))


Ours = twin(frozen, "Dose")
Theirs = twin(dataclass(frozen=True, slots=True), "Dose")
WAYS = [
    (("a",), {}),
    (("a", 2.0), {}),
    ((), {"drug": "a", "secret": "t"}),
    (("a",), {"notes": ["x"], "milligrams": 1.5}),
]
WRONG = [
    ((), {}),
    (("a",), {"drug": "b"}),
    (("a",), {"unheard": 1}),
    (("a", 1.0, [], "t", "u"), {}),
    (("a",), {"seen": True}),
]


@frozen
class Spoken:
    """A class with methods of its own."""

    words: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(word.lower() for word in self.words))

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "spoken"


@frozen
class Column:
    """A class of one array."""

    values: np.ndarray


@frozen
class Nothing:
    """A class without fields."""


@pytest.mark.parametrize(("given", "named"), WAYS)
def test_values_are_those_of_a_dataclass(given, named):
    ours, theirs = Ours(*given, **named), Theirs(*given, **named)
    assert repr(ours) == repr(theirs)
    assert asdict(ours) == asdict(theirs)
    assert [f.name for f in fields(ours)] == [f.name for f in fields(theirs)]
    assert is_dataclass(ours) and not hasattr(ours, "__dict__")
    assert asdict(replace(ours, milligrams=7.0)) == asdict(replace(theirs, milligrams=7.0))
    assert Ours.__match_args__ == Theirs.__match_args__


@pytest.mark.parametrize(("given", "named"), WRONG)
def test_wrong_arguments_are_refused_as_a_dataclass_refuses_them(given, named):
    for made in (Ours, Theirs):
        with pytest.raises(TypeError):
            made(*given, **named)


def test_equality_looks_at_compared_fields_and_the_class():
    assert Ours("a") == Ours("a", secret="other")
    assert Ours("a") != Ours("b") and Ours("a") != Ours("a", 101.0)
    assert Ours("a") != Theirs("a") and Ours("a") != ("a", 100.0, [], False)
    array = np.arange(3)
    assert Column(array) == Column(array)
    assert Nothing() == Nothing()


def test_hash_is_that_of_the_compared_fields():
    assert hash(Spoken(("A",))) == 7
    assert hash(Nothing()) == hash(Nothing())
    with pytest.raises(TypeError):
        hash(Ours("a"))
    Plain = frozen(type("Plain", (), {"__annotations__": {"a": int, "b": str}, "__doc__": "."}))
    assert len({Plain(1, "x"), Plain(1, "x"), Plain(2, "x")}) == 2


def test_nothing_is_set_or_deleted():
    made = Ours("a")
    for change in (lambda: setattr(made, "drug", "b"), lambda: delattr(made, "drug"), lambda: setattr(made, "new", 1)):
        with pytest.raises(FrozenInstanceError):
            change()
    assert made.drug == "a"


def test_methods_of_the_class_are_kept():
    made = Spoken(("A", "B"))
    assert made.words == ("a", "b")
    assert repr(made) == "spoken"


def test_defaults_made_by_a_function_are_not_shared():
    first, second = Ours("a"), Ours("a")
    first.notes.append("x")
    assert second.notes == []


def test_copies_and_pickles_are_equal():
    made = Spoken(("a", "b"))
    assert copy.copy(made) == copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == made


def test_the_signature_is_that_of_a_dataclass():
    ours, theirs = inspect.signature(Ours).parameters, inspect.signature(Theirs).parameters
    assert list(ours) == list(theirs)
    assert [p.default is p.empty for p in ours.values()] == [p.default is p.empty for p in theirs.values()]
    assert [p.annotation for p in ours.values()] == [p.annotation for p in theirs.values()]


def test_no_class_asks_the_standard_library_for_the_same():
    plain = re.compile(r"^@dataclass\(frozen=True, slots=True\)$", re.MULTILINE)
    assert not [path.name for path in SOURCE.rglob("*.py") if plain.search(path.read_text())]
