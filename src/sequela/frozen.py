"""The frozen class: a frozen, slotted dataclass that is quick to make.

For every dataclass the standard library compiles six functions, half a millisecond whenever a process starts, and a
small study needs some 350 classes. Here the functions are shared, and the standard library does the rest: `fields`,
`replace`, `asdict`, `match`, `copy` and `pickle` do as they do on any frozen dataclass.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from inspect import Parameter, Signature
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

Made = TypeVar("Made")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(described: type[Made]) -> type[Made]:
    """Return the class as one of values: compared, hashed and shown by its fields, and never changed.

    Fields, defaults, `field(...)` and `__post_init__` (which sets by `object.__setattr__`) are a dataclass's; methods
    the class writes itself are kept. A value is equal to another of the same class whose compared fields are equal.
    Setting or deleting a field raises `dataclasses.FrozenInstanceError`; wrong arguments raise TypeError.
    """
    for name, shared in SHARED.items():
        if name not in described.__dict__:
            setattr(described, name, shared)
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(described)
    every: tuple[Field[Any], ...] = fields(made)
    made.__init__ = _constructor(made, every)
    compared = _getter([each.name for each in every if each.compare])
    if "__eq__" not in described.__dict__:
        made.__eq__ = _equality(compared)
        if described.__dict__.get("__hash__") is None:
            made.__hash__ = lambda self: hash(compared(self))
    return made


def _getter(names: list[str]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda _: ()


def _equality(compared: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def equal(self: Any, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        # In a tuple what is the same object is equal, as in a dataclass; tables and arrays have no truth of their own.
        return (compared(self),) == (compared(other),)

    return equal


def _constructor(made: type, every: tuple[Field[Any], ...]) -> Callable[..., None]:
    """Return `__init__`: what is given by place, then by name, then the defaults."""
    plan = [(each.name, getattr(made, each.name).__set__, each) for each in every]
    asked = [step for step in plan if step[2].init]
    setters, number, left_out = [step[1] for step in asked], len(asked), [step for step in plan if not step[2].init]
    after = hasattr(made, "__post_init__")

    def construct(self: Any, /, *given: Any, **named: Any) -> None:
        if len(given) > number:
            raise TypeError(f"{made.__name__} takes {number} values, {len(given)} were given")
        for setter, found in zip(setters, given, strict=False):
            setter(self, found)
        missing = []
        for name, setter, described in asked[len(given) :]:
            if name in named:
                setter(self, named.pop(name))
            elif not _defaulted(self, setter, described):
                missing.append(name)
        if missing or named:
            wrong = f"without {', '.join(missing)}" if missing else f"with {', '.join(named)}"
            raise TypeError(f"{made.__name__} cannot be made {wrong}")
        for _, setter, described in left_out:
            _defaulted(self, setter, described)
        if after:
            self.__post_init__()

    return construct


def _defaulted(self: Any, setter: Callable[[Any, Any], None], described: Field[Any]) -> bool:
    """Set the field to its default; False where it has none."""
    if described.default is not MISSING:
        setter(self, described.default)
    elif described.default_factory is not MISSING:
        setter(self, described.default_factory())
    else:
        return False
    return True


def _shown(self: Any) -> str:
    shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({shown})"


def _refuse_setting(self: Any, name: str, _: Any) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(self: Any, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in fields(self)]


def _restored(self: Any, state: list[Any]) -> None:
    for each, found in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, found)


class _SignatureOfFields:
    """The arguments of a value class, worked out when documentation asks."""

    def __get__(self, _: object, made: type) -> Signature:
        return Signature([_parameter(each) for each in fields(made) if each.init])


def _parameter(described: Field[Any]) -> Parameter:
    made_by = described.default_factory
    default = described.default if made_by is MISSING else made_by
    unknown = Parameter.empty if default is MISSING else default
    return Parameter(described.name, Parameter.POSITIONAL_OR_KEYWORD, default=unknown, annotation=described.type)


SHARED: dict[str, Any] = {
    "__repr__": _shown,
    "__setattr__": _refuse_setting,
    "__delattr__": _refuse_deleting,
    "__getstate__": _state,
    "__setstate__": _restored,
    "__signature__": _SignatureOfFields(),
}
