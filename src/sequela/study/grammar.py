"""The criteria of the study language: who is in the study, and in which group.

Each criterion is a frozen model that prints itself as one would say it. In a study file
it is a mapping (`{received: pertuzumab, before: time zero}`), a list of criteria that must
all be met, or one of the short texts of `phrases.py`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal, Union

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema

from sequela.derive.sequences import SEQUENCES
from sequela.study.names import OTHERWISE, Names, reason_stopped, unknown_name
from sequela.study.phrases import (
    SHORT_EXAMPLES,
    Comparison,
    Moment,
    Refusal,
    Span,
    comparison,
    did_you_mean,
    moment,
    nearest,
    short_criterion,
    span,
)


class Model(BaseModel):
    """A frozen part of a study that refuses what it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, coerce_numbers_to_str=True, arbitrary_types_allowed=True
    )


def named(check: Callable[[Names, str], str]) -> AfterValidator:
    """Return a validator that checks a name where the names are known; Python code may check later."""

    def validate(value: str, info: ValidationInfo) -> str:
        return check(info.context, value) if isinstance(info.context, Names) else value

    return AfterValidator(validate)


def known_moment(value: Any, info: ValidationInfo) -> Any:
    """Check the drug inside a moment or a stretch of time where the names are known."""
    if isinstance(info.context, Names):
        info.context.moment(value.moment if isinstance(value, Span) else value)
    return value


def as_tuple(value: Any) -> Any:
    """Let one name stand for a list of one."""
    return (value,) if isinstance(value, str | int | float) else value


def _at(value: Any) -> Any:
    text = str(value).lower().replace("_", " ").removeprefix("at ")
    return "time zero" if text in ("true", "yes") else text


Number = Annotated[Comparison, BeforeValidator(comparison), WithJsonSchema({"type": ["integer", "number", "string"]})]
When = Annotated[Moment, BeforeValidator(moment), AfterValidator(known_moment), WithJsonSchema({"type": "string"})]
Stretch = Annotated[Span, BeforeValidator(span), AfterValidator(known_moment), WithJsonSchema({"type": "string"})]
At = Annotated[Literal["time zero", "any time"], BeforeValidator(_at)]
Drugs = Annotated[tuple[Annotated[str, named(Names.drug)], ...], BeforeValidator(as_tuple), Field(min_length=1)]
Sites = Annotated[tuple[Annotated[str, named(Names.site)], ...], BeforeValidator(as_tuple), Field(min_length=1)]
Reasons = Annotated[tuple[Annotated[str, AfterValidator(reason_stopped)], ...], BeforeValidator(as_tuple)]
Texts = Annotated[tuple[str, ...], BeforeValidator(as_tuple), Field(min_length=1)]


def _or(words: tuple[str, ...]) -> str:
    return " or ".join(words)


def _suffix(at: str) -> str:
    return " at any time" if at == "any time" else ""


class Received(Model):
    """The patient was given a drug, or one of several; a course counts if any of its days is in the window."""

    received: Drugs = Field(description="Drug, class, or a list of which one suffices.")
    before: When | None = Field(default=None, description="On a day before this moment.")
    after: When | None = Field(default=None, description="On a day after this moment.")
    within: Stretch | None = Field(default=None, description="'6 months before time zero', 'accrual'.")
    line: Number | None = Field(default=None, description="In a line of therapy of this number.")
    setting: Literal["early", "metastatic"] | None = Field(default=None, description="Curative or metastatic setting.")
    stopped: Reasons = Field(default=(), description="Stopped for this reason, as known at time zero; or a list.")

    def __str__(self) -> str:
        """Return the criterion in words."""
        parts = [f"received {_or(self.received)}"]
        parts += [f"in line {self.line}"] if self.line else []
        parts += [f"in the {self.setting} setting"] if self.setting else []
        windows = (("before", self.before), ("after", self.after), ("within", self.within))
        parts += [f"{word} {value}" for word, value in windows if value]
        parts += [f"and stopped for {_or(self.stopped)}"] if self.stopped else []
        return " ".join(parts)


class InSequenceGroup(Model):
    """The patient is in a group, or in one of several, of a definition of sequence groups."""

    sequence_group: Annotated[str, named(Names.sequence)] = Field(description="A definition, such as sepher_2020.")
    groups: Texts = Field(validation_alias="is", description="A group, or a list of which one suffices.")

    @model_validator(mode="after")
    def _known(self) -> "InSequenceGroup":
        definition = SEQUENCES.get(self.sequence_group)
        if definition is None:
            raise unknown_name("definition of sequence groups", self.sequence_group, SEQUENCES)
        for name in self.groups:
            if definition.group_named(name) is None:
                raise unknown_name("sequence group", name, [group.name for group in definition.groups])
        return self

    def __str__(self) -> str:
        """Return the criterion in words."""
        definition = SEQUENCES[self.sequence_group]
        words = _or(tuple(definition.words(group) for group in self.groups))
        return f"{words} ({self.sequence_group})"


class Line(Model):
    """The line of therapy under way at time zero, or the last one begun."""

    line: Number = Field(description="A number or a comparison; 0 before the first line.")

    def __str__(self) -> str:
        """Return the criterion in words."""
        return f"line {self.line} at time zero"


def _result(value: Any) -> Any:
    """Print a comparison one way only, and let a number stand for itself."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class Biomarker(Model):
    """The latest result of a marker."""

    biomarker: str = Field(description="ER, PgR, HER2, hormone_receptor, subtype, EGFR, PD-L1 …")
    result: Annotated[Texts, BeforeValidator(_result)] = Field(
        validation_alias="is",
        description="positive, negative, equivocal, a text, a comparison, or a list of which one suffices.",
    )
    at: At = Field(default="time zero", description="What was known then.")

    def __str__(self) -> str:
        """Return the criterion in words."""
        return f"{self.biomarker} {_or(self.result)}{_suffix(self.at)}"


class Site(Model):
    """A metastasis in an organ."""

    site: Sites = Field(description="Organ, 'visceral', or a list of which one suffices.")
    at: At = Field(default="time zero", description="What was known then.")
    only: bool = Field(default=False, description="No metastasis anywhere else.")

    def __str__(self) -> str:
        """Return the criterion in words."""
        return f"{'only ' if self.only else ''}{_or(self.site)} metastasis{_suffix(self.at)}"


class Age(Model):
    """Completed years at time zero."""

    age: Number = Field(description='A comparison such as ">= 18".')

    def __str__(self) -> str:
        """Return the criterion in words."""
        return f"age {self.age}"


class Sex(Model):
    """Sex as recorded."""

    sex: Literal["female", "male"] = Field(description="female or male.")

    def __str__(self) -> str:
        """Return the criterion in words."""
        return self.sex


class Ecog(Model):
    """The last ECOG performance status up to time zero."""

    ecog: Number = Field(description='A comparison such as "<= 1".')

    def __str__(self) -> str:
        """Return the criterion in words."""
        return f"ECOG {self.ecog}"


class Metastatic(Model):
    """The disease was known to be metastatic."""

    metastatic: At = Field(default="time zero", description="What was known then.")

    def __str__(self) -> str:
        """Return the criterion in words."""
        return f"metastatic at {self.metastatic}"


class Observed(Model):
    """Observation had begun at time zero: nobody enters the study after his clock started."""

    observed: Annotated[Literal["time zero"], BeforeValidator(_at)] = Field(
        default="time zero", description="time zero"
    )

    def __str__(self) -> str:
        """Return the criterion in words."""
        return "under observation at time zero"


class All(Model):
    """Every one of several criteria."""

    criteria: tuple["Criterion", ...] = Field(validation_alias="all", min_length=1)

    def __str__(self) -> str:
        """Return the criterion in words."""
        return " and ".join(_bracketed(criterion) for criterion in self.criteria)


class AnyOf(Model):
    """At least one of several criteria."""

    criteria: tuple["Criterion", ...] = Field(validation_alias="any", min_length=1)

    def __str__(self) -> str:
        """Return the criterion in words."""
        return " or ".join(_bracketed(criterion) for criterion in self.criteria)


def _one(value: Any) -> Any:
    if isinstance(value, list):
        raise Refusal("'not' has a list", "one criterion", "Write not: {any: […]} for none of them.")
    return value


class Not(Model):
    """The contrary of a criterion; what cannot be decided stays undecided."""

    criterion: Annotated["Criterion", BeforeValidator(_one)] = Field(validation_alias="not")

    def __str__(self) -> str:
        """Return the criterion in words."""
        return f"not {_bracketed(self.criterion)}"


def _bracketed(criterion: Model) -> str:
    several = isinstance(criterion, All | AnyOf) and len(criterion.criteria) > 1
    return f"({criterion})" if several else str(criterion)


def leaves(criterion: Model, negated: bool = False) -> Iterator[tuple[Model, bool]]:
    """Yield the simple criteria inside one, and whether an odd number of `not` stands before each."""
    if isinstance(criterion, Not):
        yield from leaves(criterion.criterion, not negated)
    elif isinstance(criterion, All | AnyOf):
        for part in criterion.criteria:
            yield from leaves(part, negated)
    else:
        yield criterion, negated


HEADS: dict[str, type[Model]] = {
    "received": Received,
    "sequence_group": InSequenceGroup,
    "line": Line,
    "biomarker": Biomarker,
    "site": Site,
    "age": Age,
    "sex": Sex,
    "ecog": Ecog,
    "metastatic": Metastatic,
    "observed": Observed,
    "all": All,
    "any": AnyOf,
    "not": Not,
}
"""The word each criterion is known by."""

_HEAD_OF = {model: head for head, model in HEADS.items()}


def _head(value: Any) -> str | None:
    if isinstance(value, Model):
        return _HEAD_OF.get(type(value))
    if isinstance(value, Mapping):
        return next((head for head in HEADS if head in value), None)
    return OTHERWISE if value == OTHERWISE else None


def read_criterion(value: Any) -> Any:
    """Turn a text or a list into the mapping form; refuse what is no criterion or more than one."""
    if isinstance(value, str):
        return read_criterion(short_criterion(value))
    if isinstance(value, list | tuple):
        return {"all": value}
    if isinstance(value, Mapping):
        return _checked_mapping(value)
    if isinstance(value, Model):
        return value
    raise Refusal(f"'{value}' is not a criterion", f"for example {SHORT_EXAMPLES}")


def _checked_mapping(value: Mapping[str, Any]) -> Mapping[str, Any]:
    heads = [head for head in HEADS if head in value]
    if not heads:
        keys = ", ".join(f"'{key}'" for key in value) or "nothing"
        near = [word for key in value for word in nearest(str(key), HEADS, 1)]
        raise Refusal(f"{keys} is not a criterion", f"one of: {', '.join(HEADS)}", did_you_mean(near))
    others = [head for head in heads[1:] if (heads[0], head) != ("received", "line")]
    if others:
        found = f"one item holds the criteria '{heads[0]}' and '{others[0]}'"
        raise Refusal(found, "one criterion", "Start each with a '-' of its own, or put both under 'all:'.")
    if isinstance(value.get("biomarker"), str) and "is" not in value:
        short = short_criterion(value["biomarker"]) if " " in value["biomarker"] else {}
        return {**value, **{key: short[key] for key in ("biomarker", "is") if key in short}}
    return value


def read_group(value: Any) -> Any:
    """Read the criterion of a group, or `otherwise`."""
    if isinstance(value, str) and value.strip().lower() == OTHERWISE:
        return OTHERWISE
    return read_criterion(value)


class _WithShortForms:
    """Adds the text and list forms to the JSON Schema of a criterion."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = {"type": "string", "description": f"A short criterion: {SHORT_EXAMPLES}."}
        return {"anyOf": [text, handler(core), {"type": "array", "items": {}}]}


_AnyCriterion = Union[  # noqa: UP007 - a discriminated union needs its tags
    Annotated[Received, Tag("received")],
    Annotated[InSequenceGroup, Tag("sequence_group")],
    Annotated[Line, Tag("line")],
    Annotated[Biomarker, Tag("biomarker")],
    Annotated[Site, Tag("site")],
    Annotated[Age, Tag("age")],
    Annotated[Sex, Tag("sex")],
    Annotated[Ecog, Tag("ecog")],
    Annotated[Metastatic, Tag("metastatic")],
    Annotated[Observed, Tag("observed")],
    Annotated[All, Tag("all")],
    Annotated[AnyOf, Tag("any")],
    Annotated[Not, Tag("not")],
]
Criterion = Annotated[_AnyCriterion, Discriminator(_head), BeforeValidator(read_criterion), _WithShortForms()]
GroupRule = Annotated[
    Union[_AnyCriterion, Annotated[Literal["otherwise"], Tag(OTHERWISE)]],  # noqa: UP007 - as above
    Discriminator(_head),
    BeforeValidator(read_group),
    _WithShortForms(),
]

for _model in (All, AnyOf, Not):
    _model.model_rebuild()
