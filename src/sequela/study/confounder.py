"""A confounder nobody measured, as a study file describes it for the audit to try out."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from sequela.study.grammar import Model
from sequela.study.phrases import Refusal


def pair(value: Any) -> Any:
    """Let one number stand for a range without width."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return (value, value)


def share_range(value: tuple[float, float]) -> tuple[float, float]:
    """Return two shares in order; refuse what is none."""
    low, high = value
    if not 0 <= low <= high <= 1:
        raise Refusal(f"{low:g} to {high:g} is no range of shares", "shares from 0 to 1, the lower first")
    return value


def _ratios(value: tuple[float, float]) -> tuple[float, float]:
    low, high = value
    if not 0 < low <= high < float("inf"):
        raise Refusal(f"{low:g} to {high:g} is no range of risk ratios", "ratios above 0, the lower first")
    return value


AS_NUMBERS = WithJsonSchema(
    {"anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}]}
)
Shares = Annotated[tuple[float, float], BeforeValidator(pair), AfterValidator(share_range), AS_NUMBERS]
Ratios = Annotated[tuple[float, float], BeforeValidator(pair), AfterValidator(_ratios), AS_NUMBERS]


class HiddenConfounder(Model):
    """A yes-or-no property that no record holds: how common it is, and how it goes with the event."""

    name: str = Field(min_length=1, description="What it is.")
    group: Shares = Field(description="Share of the group that has it, or lowest and highest.")
    reference: Shares = Field(description="Share of the reference that has it, or lowest and highest.")
    ratio: Ratios = Field(description="Risk ratio of the event with it, or its 95% limits.")

    def __str__(self) -> str:
        """Return it in words."""
        shares = [f"{_words(tuple(100 * x for x in pair))}%" for pair in (self.group, self.reference)]
        return f"{self.name}, {shares[0]} of the group, {shares[1]} of the reference, risk ratio {_words(self.ratio)}"


def _words(pair: tuple[float, ...]) -> str:
    return f"{pair[0]:g}" if pair[0] == pair[-1] else f"{pair[0]:g} to {pair[-1]:g}"
