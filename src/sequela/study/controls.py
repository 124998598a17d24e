"""Controls of a study: another drug, or another outcome, of which the answer is known beforehand."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationInfo, model_validator

from sequela.derive.endpoints import Endpoint
from sequela.study.grammar import Model, Not, Received, named
from sequela.study.names import Names
from sequela.study.phrases import Moment, Refusal, Span


class Control(Model):
    """A comparison of the same groups of which one knows what it should say."""

    drug: Annotated[str, named(Names.drug)] | None = Field(
        default=None, description="Another drug in place of the one that time zero starts with."
    )
    endpoint: Annotated[str, named(Names.endpoint)] | None = Field(
        default=None, description="Another endpoint, or a file with one, that the groups' drug cannot change."
    )
    hazard_ratio: float = Field(
        default=1.0, gt=0, lt=float("inf"), description="What is known: 1 where the groups' drug does nothing."
    )
    because: str = Field(default="", description="Why that is known, for the reader.")
    _definition: Endpoint | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _one_of_both(self, info: ValidationInfo) -> "Control":
        if (self.drug is None) == (self.endpoint is None):
            raise Refusal("a control names neither a drug nor an endpoint, or both", "'drug' or 'endpoint'")
        if self.endpoint is not None:
            names = info.context if isinstance(info.context, Names) else Names()
            self._definition = names.defined_endpoint(self.endpoint, {})
        return self

    @property
    def definition(self) -> Endpoint | None:
        """Return the endpoint; None where the control is a drug."""
        return self._definition

    def __str__(self) -> str:
        """Return it in words."""
        known = "" if self.hazard_ratio == 1 else f", hazard ratio {self.hazard_ratio:g}"
        return f"{self.drug or self.endpoint}{known}{f' ({self.because})' if self.because else ''}"


def _read_control(value: Any) -> Any:
    """Let the name of a drug stand for a control."""
    return {"drug": value} if isinstance(value, str) else value


Controls = tuple[Annotated[Control, BeforeValidator(_read_control)], ...]


def with_drug_instead(value: Any, same: Callable[[str], bool], new: str) -> Any:
    """Return a criterion, a moment, or several, with one drug in the place of another.

    Parameters
    ----------
    value : Model, Moment, Span, tuple, mapping or anything else, which is returned as it is
    same : function of str
        Whether a name means the drug that is to be replaced.
    new : str
    """
    if isinstance(value, Moment):
        return replace(value, drug=new) if value.drug and same(value.drug) else value
    if isinstance(value, Span):
        return replace(value, moment=with_drug_instead(value.moment, same, new))
    if isinstance(value, Model):
        changed = {name: with_drug_instead(getattr(value, name), same, new) for name in type(value).model_fields}
        if isinstance(value, Received):
            changed["received"] = tuple(new if same(drug) else drug for drug in value.received)
        return value.model_copy(update=changed)
    if isinstance(value, Mapping):
        return {name: with_drug_instead(item, same, new) for name, item in value.items()}
    if isinstance(value, tuple):
        return tuple(with_drug_instead(item, same, new) for item in value)
    return value


def never_before(drug: str) -> Model:
    """Return the criterion that a drug was not given before time zero."""
    return Not(criterion=Received(received=(drug,), before=Moment("time zero")))
