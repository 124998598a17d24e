"""Questions of times to an endpoint: curves compared, kinds of event, subgroups, groups made alike."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationInfo, WithJsonSchema, model_validator

from sequela.derive.endpoints import Endpoint
from sequela.study.grammar import Model, as_tuple, named
from sequela.study.names import Names
from sequela.study.phrases import Refusal

EndpointName = Annotated[str, named(Names.endpoint)]
CovariateNames = Annotated[tuple[Annotated[str, named(Names.covariate)], ...], BeforeValidator(as_tuple)]
QuantityName = Annotated[str, named(Names.quantity)]
StratumNames = Annotated[tuple[Annotated[str, named(Names.stratum)], ...], BeforeValidator(as_tuple)]
_CHANGES = WithJsonSchema({"type": "object", "additionalProperties": {"type": ["integer", "string"]}})
Months = Annotated[float, Field(gt=0)]
Source = Literal["assessments", "lesions"]
Residual = Literal["martingale", "deviance", "schoenfeld", "scaled schoenfeld", "score", "dfbeta", "dfbetas"]
ENTRY = "At risk only from the day each patient came into the cohort: left truncation."
READ_FROM = "What response and progression are read from: recorded assessments, or lesions by RECIST 1.1."
MILESTONES: tuple[float, ...] = (6, 12, 24)
"""Months at which curves are read where a study names none and someone is still at risk."""


class EndpointQuestion(Model):
    """A question about an endpoint, which may be changed for it."""

    endpoint: EndpointName = Field(description="An endpoint, or a file with one, seen from the study file.")
    changes: Annotated[Mapping[str, Any], _CHANGES] = Field(
        default_factory=dict, validation_alias="with", description="What is changed of it: {missed_days: 126}."
    )
    _definition: Endpoint = PrivateAttr()

    @model_validator(mode="after")
    def _define(self, info: ValidationInfo) -> "EndpointQuestion":
        names = info.context if isinstance(info.context, Names) else Names()
        self._definition = names.defined_endpoint(self.endpoint, self.changes)
        return self

    @property
    def definition(self) -> Endpoint:
        """Return the endpoint with its changes."""
        return self._definition


class TimeQuestion(EndpointQuestion):
    """What a comparison of times to an endpoint may say."""

    adjust: CovariateNames | None = Field(default=None, description="Instead of the study's own 'adjust'.")
    milestones: tuple[Months, ...] = Field(
        default=(), description="Months at which curves are read; a survival analysis prints their differences too."
    )
    entry: Literal["delayed"] | None = Field(default=None, description=ENTRY)
    source: Source = Field(default="assessments", validation_alias="from", description=READ_FROM)


class MissingCovariates(Model):
    """What is done about missing covariates beside leaving their patients out."""

    impute: Annotated[int, Field(ge=20, le=500)] = Field(
        description="Completed data sets in which the adjusted model is fitted once more, and pooled."
    )


class SurvivalAnalysis(TimeQuestion):
    """Time to one endpoint, by group: curves, log-rank test, hazard ratios."""

    kind: Literal["survival"] = "survival"
    test: Annotated[str, named(Names.test)] = Field(
        default="log-rank", description="How curves are compared: log-rank, fleming-harrington(0, 1), maxcombo …"
    )
    stratify: StratumNames = Field(default=(), description="Covariates within whose levels the test compares.")
    strata: StratumNames = Field(
        default=(), description="Covariates whose levels have baseline hazards of their own in the models."
    )
    curved: CovariateNames = Field(
        default=(), description="Those of 'adjust' that enter the model as a curve instead of a straight line."
    )
    missing: MissingCovariates | None = Field(
        default=None, description="The adjusted model once more with missing covariates imputed: {impute: 20}."
    )
    cluster: Literal["centre"] | None = Field(
        default=None, description="Limits of hazard ratios are robust to patients of one centre being alike."
    )
    weights: QuantityName | None = Field(
        default=None, description="A quantity by which each patient counts, in curves, tests and models."
    )
    offset: QuantityName | None = Field(
        default=None, description="A quantity that the models add to the log hazard as it is, without a coefficient."
    )
    residuals: Annotated[tuple[Residual, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="Residuals of the models, written to a file of their own, a row for each patient."
    )
    bootstrap: Annotated[int, Field(ge=200, le=10_000)] | None = Field(
        default=None, description="Samples of patients for limits of hazard ratios, medians and mean times beside."
    )
    pairwise: Literal["holm"] | None = Field(default=None, description="Compare every two groups, adjusted by Holm.")
    trend: bool | None = Field(default=None, description="Test a trend across the groups in their order.")
    rates: bool | None = Field(
        default=None, description="Print events per 100 person-years, and their ratio to the reference."
    )
    rmst: Months | None = Field(default=None, description="Months up to which mean times are restricted and compared.")
    conditional: tuple[Months, ...] = Field(
        default=(), description="Months survived so far, from which the curves are read again at later milestones."
    )
    transform: Literal["log-log", "log", "plain", "logit", "arcsine"] | None = Field(
        default=None, description="Scale of the limits of curve and median, instead of the dialect's."
    )

    @model_validator(mode="after")
    def _weights_alone(self) -> "SurvivalAnalysis":
        if self.missing and (self.weights or self.offset):
            raise Refusal(
                "missing covariates imputed beside weights or an offset", "one of the two", "Ask for each apart."
            )
        if self.weights and self.rates:
            raise Refusal("events per person-time of weighted patients", "one of the two", "Ask for each apart.")
        if self.weights and self.test == "permutation":
            raise Refusal("a permutation test of weighted patients", "another test", "Weighted patients are not alike.")
        return self

    @model_validator(mode="after")
    def _later_milestones(self) -> "SurvivalAnalysis":
        last = max(self.milestones or MILESTONES)
        if late := [month for month in self.conditional if month >= last]:
            found = f"survival given {late[0]:g} months has no milestone after {late[0]:g} months"
            raise Refusal(found, f"'milestones' beyond it; the last is {last:g}")
        return self


class SubgroupsAnalysis(EndpointQuestion):
    """The groups compared within the levels of covariates, with tests of interaction."""

    kind: Literal["subgroups"] = "subgroups"
    by: CovariateNames = Field(min_length=1, description="Covariates whose levels are the subgroups.")
    entry: Literal["delayed"] | None = Field(default=None, description=ENTRY)
    source: Source = Field(default="assessments", validation_alias="from", description=READ_FROM)


class CompetingAnalysis(TimeQuestion):
    """Which kind of event of one endpoint came first, by group: incidences, Gray's test, hazard ratios of each kind."""

    kind: Literal["competing"] = "competing"
    subdistribution: Literal["finegray", "crr"] = Field(
        default="finegray",
        description="Whose ratio of incidences: R's finegray, with the study's ties, or cmprsk's crr.",
    )

    @model_validator(mode="after")
    def _from_the_start(self) -> "CompetingAnalysis":
        if self.subdistribution == "crr" and self.entry:
            raise Refusal("cmprsk's crr knows no delayed entry", "'subdistribution: finegray', or no 'entry'")
        return self


class PropensityAnalysis(EndpointQuestion):
    """The groups made alike by a propensity score, and compared: weights or matched pairs."""

    kind: Literal["propensity"] = "propensity"
    by: CovariateNames = Field(min_length=1, description="Covariates of the score, and of the model of the outcome.")
    curved: CovariateNames = Field(default=(), description="Those of 'by' that enter the score as a curve.")
    weights: Literal["overlap", "ate", "att", "matching"] = Field(
        default="overlap", description="Whom the comparison speaks of."
    )
    horizon: Months = Field(description="Months at which the groups are compared.")
    trim: Annotated[float, Field(ge=0, lt=0.5)] = Field(
        default=0.0, description="Scores nearer than this to 0 or 1 leave; 0 for none."
    )
    cluster: Literal["centre"] | None = Field(default=None, description="Whose patients resemble each other.")
    bootstrap: Annotated[int, Field(ge=50, le=10_000)] = Field(default=500, description="Samples of patients.")
    source: Source = Field(default="assessments", validation_alias="from", description=READ_FROM)

    @model_validator(mode="after")
    def _one_kind_of_cluster(self) -> "PropensityAnalysis":
        if strange := [name for name in self.curved if name not in self.by]:
            raise Refusal(f"'{strange[0]}' is to enter as a curve and is not in 'by'", f"one of: {', '.join(self.by)}")
        if self.cluster and self.weights == "matching":
            found = "matched pairs are clusters themselves, and centres cross them"
            raise Refusal(found, "weights: overlap, ate or att", "Or leave 'cluster' out.")
        return self
