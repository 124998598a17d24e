"""How well the drug that divides the groups was recorded, as a study file describes it for the audit."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from sequela.study.confounder import AS_NUMBERS, pair, share_range
from sequela.study.grammar import Model
from sequela.study.phrases import Refusal


def _more_than_half(value: tuple[float, float]) -> tuple[float, float]:
    low, high = share_range(value)
    if low <= 0.5:
        raise Refusal(f"{low:g} to {high:g} is no range for records that tell anything", "shares above 0.5")
    return value


Recorded = Annotated[tuple[float, float], BeforeValidator(pair), AfterValidator(_more_than_half), AS_NUMBERS]


class Recording(Model):
    """Who of the patients with and without the drug stands in the right group."""

    sensitivity: Recorded = Field(
        default=(1.0, 1.0), description="Share of those who had the drug whose records say so, or lowest and highest."
    )
    specificity: Recorded = Field(
        default=(1.0, 1.0), description="Share of the others whose records do not say so, or lowest and highest."
    )

    def __str__(self) -> str:
        """Return it in words."""
        return f"sensitivity {_words(self.sensitivity)}, specificity {_words(self.specificity)}"


def _words(limits: tuple[float, float]) -> str:
    return f"{limits[0]:g}" if limits[0] == limits[1] else f"{limits[0]:g} to {limits[1]:g}"
