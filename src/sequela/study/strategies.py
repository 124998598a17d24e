"""Strategies that a target trial compares, and the design by which it is emulated, as a study file writes them."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sequela.study.grammar import Model, named
from sequela.study.names import Names
from sequela.study.phrases import Refusal
from sequela.study.questions import Months

CLONES, SEQUENTIAL, STRUCTURAL = "clone censor weight", "sequential trials", "marginal structural model"
OF_DESIGNS = {
    "within": (CLONES, STRUCTURAL),
    "landmarks": (CLONES,),
    "interval": (SEQUENTIAL, STRUCTURAL),
    "trials": (SEQUENTIAL,),
}
"""Options that do not belong to every design."""


class Strategies(Model):
    """Start a drug or do not, how that is emulated, and up to when it is compared."""

    start: Annotated[str, named(Names.drug)] = Field(description="The drug, or class, that one strategy starts.")
    design: Literal["clone censor weight", "sequential trials", "marginal structural model"] = Field(
        default="clone censor weight",
        description="One trial at time zero; a trial each month; or one whose weights follow what changes over time.",
    )
    within: Annotated[int, Field(ge=1)] = Field(default=60, description="Days of the grace period from time zero.")
    horizon: Months = Field(description="Months at which the strategies are compared.")
    landmarks: tuple[Months, ...] = Field(default=(), description="Months of landmark analyses beside it.")
    interval: Annotated[float, Field(ge=0.1, le=12)] = Field(
        default=1.0, description="Months of each step of follow-up, and from one of the sequential trials to the next."
    )
    trials: Annotated[int, Field(ge=1, le=240)] | None = Field(
        default=None, description="How many sequential trials open; as many as fit before the horizon."
    )
    bootstrap: Annotated[int, Field(ge=50, le=10_000)] = Field(default=500, description="Samples of patients.")

    @model_validator(mode="after")
    def _of_this_design(self) -> "Strategies":
        for option, designs in OF_DESIGNS.items():
            if option in self.model_fields_set and self.design not in designs:
                of = "' or '".join(designs)
                raise Refusal(f"'{option}' belongs to the design '{of}'", f"design: {of}", f"Or leave '{option}' out.")
        if self.interval > self.horizon:
            raise Refusal("the interval is longer than the horizon", "an interval that fits into it")
        return self
