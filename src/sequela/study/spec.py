"""A study as a frozen value: one screen of questions, checked, with its JSON Schema for editors."""

import datetime
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from sequela.derive.best_response import Reading
from sequela.derive.endpoints import Endpoint
from sequela.derive.sequences import SEQUENCES
from sequela.errors import UsageError
from sequela.study.availability import countries, read_availability
from sequela.study.confounder import HiddenConfounder
from sequela.study.controls import Controls
from sequela.study.grammar import At, Criterion, GroupRule, Model, When, as_tuple, known_moment, named
from sequela.study.names import CATEGORIES, OTHERWISE, QUANTITIES, Names, unknown_name
from sequela.study.phrases import Moment, Refusal, time_zero
from sequela.study.questions import (
    READ_FROM,
    CompetingAnalysis,
    CovariateNames,
    EndpointName,
    EndpointQuestion,
    PropensityAnalysis,
    Source,
    SubgroupsAnalysis,
    SurvivalAnalysis,
    TimeQuestion,
)
from sequela.study.recording import Recording
from sequela.study.strategies import Strategies

VERSION = 1
EVERYONE = "All patients"
"""The name of the only group of a study that compares none."""

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _version(value: Any) -> Any:
    if str(value) == str(VERSION):
        return VERSION
    found = f"the file says version '{value}'"
    raise Refusal(found, f"version {VERSION}", "A newer program may be needed." if str(value).isdigit() else "")


def _date(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value
    text = str(value)
    if not _ISO_DATE.fullmatch(text):
        raise Refusal(f"'{text}' is not a full date", "year-month-day, such as 2014-04-01")
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"there is no day {text}", "a date of the calendar, such as 2014-04-01") from None


def _text(value: str) -> str:
    if not value.strip():
        raise Refusal("an empty text", "a few words")
    return value.strip()


Text = Annotated[str, AfterValidator(_text)]
Date = Annotated[datetime.date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
TimeZero = Annotated[
    Moment, BeforeValidator(time_zero), AfterValidator(known_moment), WithJsonSchema({"type": "string"})
]
Days = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]


def _read_groups(value: Any) -> Any:
    """Let the name of a definition of sequence groups stand for its groups."""
    if not isinstance(value, str):
        return value
    if value not in SEQUENCES:
        raise unknown_name("definition of sequence groups", value, SEQUENCES)
    return {group.name: {"sequence_group": value, "is": group.name} for group in SEQUENCES[value].groups}


class _NamedGroups:
    """Adds the names of sequence groups to the JSON Schema of groups."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(SEQUENCES)}, handler(core)]}


class _CountryOrDates:
    """Adds the names of countries to the JSON Schema of availability."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(countries())}, handler(core)]}


class Accrual(Model):
    """The calendar window in which time zero must lie; both days belong to it."""

    start: Date | None = Field(default=None, validation_alias="from", description="First day.")
    end: Date | None = Field(default=None, validation_alias="to", description="Last day.")

    @model_validator(mode="after")
    def _in_order(self) -> "Accrual":
        if self.start is None and self.end is None:
            raise Refusal("the window has no day", "'from', 'to', or both")
        if self.start and self.end and self.end < self.start:
            raise Refusal(f"the window ends ({self.end}) before it begins ({self.start})", "'from' before 'to'")
        return self

    def __str__(self) -> str:
        """Return the window in words."""
        if self.start and self.end:
            return f"between {self.start} and {self.end}"
        return f"from {self.start} on" if self.start else f"up to {self.end}"


class DefinitionChoices(Model):
    """The clinical definitions a study may choose."""

    visceral: Annotated[str, named(Names.visceral)] = Field(default="default", description="Which organs are visceral.")
    her2: Annotated[str, named(Names.her2)] = Field(
        default="asco_cap_2013", description="By which guideline HER2 is positive."
    )
    line_rules: Annotated[str, named(Names.line_rules)] = Field(
        default="breast", description="By the rules for which disease lines of therapy are counted."
    )
    recist_baseline: Literal["lenient", "strict"] = Field(
        default="lenient", description="Whether a baseline that breaches RECIST is evaluated."
    )


class CharacteristicsAnalysis(Model):
    """A table of the patients at time zero, by group."""

    kind: Literal["characteristics"] = "characteristics"
    covariates: CovariateNames = Field(min_length=1, description="Rows of the table, in order.")
    tests: Mapping[str, str] = Field(
        default_factory=dict, description="Test by covariate, or of all 'quantities' or 'categories': {age: welch}."
    )
    missing: Literal["apart", "level"] = Field(
        default="apart", description="Whether missing values of categories are a level, in the tests too."
    )

    @model_validator(mode="after")
    def _known_tests(self, info: ValidationInfo) -> "CharacteristicsAnalysis":
        for covariate, test in self.tests.items():
            if covariate not in (*self.covariates, QUANTITIES, CATEGORIES):
                raise Refusal(
                    f"'{covariate}' has a test and is no row of the table",
                    f"one of: {', '.join((*self.covariates, QUANTITIES, CATEGORIES))}",
                )
            if isinstance(info.context, Names):
                info.context.table_test(covariate, test)
        return self


class SequenceAnalysis(Model):
    """From line to line: how many patients went from which treatment to which, by group."""

    kind: Literal["sequence"] = "sequence"
    lines: Annotated[int, Field(ge=1, le=9)] = Field(default=4, description="How many lines are shown.")
    by: Literal["class", "regimen"] = Field(default="class", description="What lines are told apart by.")


class TargetTrialAnalysis(Strategies, EndpointQuestion):
    """A trial emulated: start a drug or do not; both strategies in the same patients."""

    kind: Literal["target_trial"] = "target_trial"
    covariates: CovariateNames = Field(default=(), description="What decides who starts, as known before the start.")


class SpecificationsAnalysis(Model):
    """The main comparison under every combination of endpoints, line rules, clocks and covariates."""

    kind: Literal["specifications"] = "specifications"
    endpoints: tuple[EndpointName, ...] = Field(default=(), description="Beside that of the first survival analysis.")
    adjust: tuple[CovariateNames, ...] = Field(default=(), description="Covariates beside the study's and none.")
    clocks: tuple[TimeZero, ...] = Field(default=(), description="Beside the study's time zero.")
    lines: bool = Field(default=True, description="Whether every other value of every line rule is tried.")
    _definitions: tuple[Endpoint, ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _define(self, info: ValidationInfo) -> "SpecificationsAnalysis":
        names = info.context if isinstance(info.context, Names) else Names()
        self._definitions = tuple(names.defined_endpoint(name, {}) for name in self.endpoints)
        return self

    @property
    def endpoint_definitions(self) -> tuple[Endpoint, ...]:
        """Return the endpoints that are tried beside the study's own."""
        return self._definitions


def _condition(text: str) -> str:
    from sequela.scenarios.pattern import read_condition  # noqa: PLC0415 (worlds, which few studies ask for)

    try:
        return str(read_condition(text))
    except UsageError as wrong:
        problem = wrong.problems[0]
        raise Refusal(problem.found, problem.expected) from wrong


class NullWorldsAnalysis(Model):
    """How likely a pattern of p-values is in worlds where the earlier drug does nothing to the later one."""

    kind: Literal["null_worlds"] = "null_worlds"
    pattern: Annotated[tuple[Annotated[str, AfterValidator(_condition)], ...], BeforeValidator(as_tuple)] = Field(
        min_length=1, description="Conditions that all hold: [os.diagnosis < 0.05, os.index > 0.05]."
    )
    earlier: Annotated[str, named(Names.drug)] = Field(description="The drug of the first line that is asked about.")
    later: Annotated[str, named(Names.drug)] = Field(description="The drug whose effect is asked about.")
    opened: Date | None = Field(default=None, description="First metastatic diagnosis; as in the records.")
    closed: Date | None = Field(default=None, description="Last day of the records; as in the records.")
    runs: Annotated[int, Field(ge=50, le=10_000)] = Field(default=500, description="Cohorts of each world.")


class ResponseAnalysis(Model):
    """Best response, response rate, disease control, clinical benefit and duration of response, by group."""

    kind: Literal["response"] = "response"
    source: Source = Field(default="assessments", validation_alias="from", description=READ_FROM)
    confirmed: bool = Field(default=False, description="Whether a response needs a second assessment.")
    confirmation_days: Days = Field(default=28, description="Days between the two at least.")
    not_evaluable_between: Count = Field(default=1, description="Assessments between them that may be NE.")
    stable_between: bool = Field(default=False, description="Whether one SD may lie between two PR.")
    complete_then_partial: Reading = Field(
        default="as recorded", description="How a partial response after a complete one is read."
    )
    stable_days: Days = Field(default=42, description="Days from time zero before which SD is not evaluable.")
    control_months: Annotated[float, Field(ge=0)] = Field(
        default=0.0, description="Months that stable disease must exceed to count as control; 0 for any."
    )
    benefit_weeks: Annotated[float, Field(ge=0)] = Field(
        default=24.0, description="Weeks that stable disease must last at least to count as benefit."
    )
    difference: Literal["score", "newcombe", "exact", "wald"] = Field(
        default="score", description="Limits of the difference of two rates: Miettinen-Nurminen's score, or another."
    )


class SitesAnalysis(Model):
    """Response and progression site by site, read from lesions, and how often a patient's sites disagree."""

    kind: Literal["sites"] = "sites"
    without: Annotated[tuple[Annotated[str, named(Names.site_group)], ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="Sites without which progression-free survival is read once more."
    )


class ConversionAnalysis(Model):
    """Markers in two specimens of the same patients: who changed, and whether as many one way as the other."""

    kind: Literal["conversion"] = "conversion"
    covariates: Annotated[tuple[Annotated[str, named(Names.paired)], ...], BeforeValidator(as_tuple)] = Field(
        min_length=1, description="Covariates that rest on specimens: her2, her2_low, er, pgr, subtype, ki67 …"
    )
    between: Literal["first and latest", "primary and metastasis"] | None = Field(
        default=None,
        description="Which two specimens; the first and the latest where neither this nor 'since' stands.",
    )
    since: When | None = Field(
        default=None, description="The latest specimen up to a moment, and the latest one after it: 'first pertuzumab'."
    )
    at: At = Field(default="time zero", description="Whether specimens taken after time zero count: 'any time'.")

    @model_validator(mode="after")
    def _one_way(self) -> "ConversionAnalysis":
        if self.between and self.since:
            raise Refusal(f"the specimens are those {self.between} and those since {self.since}", "one of the two")
        if self.since and self.since.kind in ("accrual", "time zero") and self.at == "time zero":
            raise Refusal(f"no specimen after '{self.since}' is looked at", "another moment, or 'at: any time'")
        return self


class GrowthModulationAnalysis(EndpointQuestion):
    """How long the line of time zero held the disease, divided by how long the line before it did; never compared."""

    kind: Literal["growth_modulation"] = "growth_modulation"
    endpoint: EndpointName = Field(default="pfs_line_1", description="By which both lines are measured.")
    above: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        default=(1.0, 1.3), min_length=1, description="Limits of the index above which patients are counted."
    )
    source: Source = Field(default="assessments", validation_alias="from", description=READ_FROM)


ANALYSES: dict[str, tuple[type[Model], str]] = {
    "characteristics": (CharacteristicsAnalysis, "covariates"),
    "survival": (SurvivalAnalysis, "endpoint"),
    "response": (ResponseAnalysis, "control_months"),
    "sequence": (SequenceAnalysis, "lines"),
    "sites": (SitesAnalysis, "without"),
    "competing": (CompetingAnalysis, "endpoint"),
    "subgroups": (SubgroupsAnalysis, "endpoint"),
    "propensity": (PropensityAnalysis, "endpoint"),
    "target_trial": (TargetTrialAnalysis, "start"),
    "specifications": (SpecificationsAnalysis, "endpoints"),
    "growth_modulation": (GrowthModulationAnalysis, "endpoint"),
    "null_worlds": (NullWorldsAnalysis, "pattern"),
    "conversion": (ConversionAnalysis, "covariates"),
}
"""Each analysis, and the option that may be written without its name."""


def _kind(value: Any) -> str | None:
    return value.get("kind") if isinstance(value, Mapping) else getattr(value, "kind", None)


def _read_analysis(value: Any) -> Any:
    """Read `response`, `survival: os`, or `survival: {endpoint: os, adjust: [age]}`."""
    if isinstance(value, Model):
        return value
    if isinstance(value, str):
        value = {value: None}
    if not isinstance(value, Mapping) or not value:
        raise Refusal(f"'{value}' is not an analysis", f"one of: {', '.join(ANALYSES)}")
    kind = next((key for key in value if key in ANALYSES), None)
    if kind is None:
        raise unknown_name("analysis", str(next(iter(value))), ANALYSES)
    options = value[kind]
    if not isinstance(options, Mapping):
        options = {} if options is None else {ANALYSES[kind][1]: options}
    others = {key: option for key, option in value.items() if key != kind}
    return {**options, **others, "kind": kind}


class _ShortAnalyses:
    """The JSON Schema of an analysis as it is written: its kind is the key."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        models = handler(core)["oneOf"]
        forms: list[dict[str, Any]] = [{"enum": ["response", "sequence", "sites", "growth_modulation"]}]
        for kind, options in zip(ANALYSES, models, strict=True):
            body = {"anyOf": [options, {"type": ["string", "number", "array", "null"]}]}
            forms.append({"type": "object", "properties": {kind: body}, "required": [kind]})
        return {"anyOf": forms}


Analysis = Annotated[
    Union[  # noqa: UP007 - a discriminated union needs its tags
        Annotated[CharacteristicsAnalysis, Tag("characteristics")],
        Annotated[SurvivalAnalysis, Tag("survival")],
        Annotated[ResponseAnalysis, Tag("response")],
        Annotated[SequenceAnalysis, Tag("sequence")],
        Annotated[SitesAnalysis, Tag("sites")],
        Annotated[CompetingAnalysis, Tag("competing")],
        Annotated[SubgroupsAnalysis, Tag("subgroups")],
        Annotated[PropensityAnalysis, Tag("propensity")],
        Annotated[TargetTrialAnalysis, Tag("target_trial")],
        Annotated[SpecificationsAnalysis, Tag("specifications")],
        Annotated[GrowthModulationAnalysis, Tag("growth_modulation")],
        Annotated[NullWorldsAnalysis, Tag("null_worlds")],
        Annotated[ConversionAnalysis, Tag("conversion")],
    ],
    Discriminator(_kind),
    BeforeValidator(_read_analysis),
    _ShortAnalyses(),
]


class Study(Model):
    """One question, as a study file asks it.

    `records` is the folder as written, relative to the study file; `groups` keeps the order
    of the file and is empty where nothing is compared; `reference` and `endpoints` are filled
    in where the file leaves them out.
    """

    version: Annotated[Literal[1], BeforeValidator(_version)] = Field(description="Version of the study language.")
    title: Text = Field(description="What is asked, in one line.")
    records: Annotated[Path, WithJsonSchema({"type": "string"})] = Field(description="Folder of the records.")
    time_zero: TimeZero = Field(
        description="The moment the clock starts: 'first <drug>', 'start of line 2', 'metastatic diagnosis' …"
    )
    accrual: Accrual | None = Field(default=None, description="Calendar window in which time zero must lie.")
    availability: Annotated[
        Mapping[Annotated[str, named(Names.drug)], Date], BeforeValidator(read_availability), _CountryOrDates()
    ] = Field(default_factory=dict, description="A country, or drugs with the first day on which each could be had.")
    population: tuple[Criterion, ...] = Field(default=(), description="Criteria, applied in this order.")
    groups: Annotated[Mapping[Text, GroupRule], BeforeValidator(_read_groups), _NamedGroups()] = Field(
        default_factory=dict, description="Groups to compare, disjoint; or the name of a definition of sequence groups."
    )
    reference: str = Field(default="", description="The group that others are compared with.")
    endpoints: tuple[EndpointName, ...] = Field(
        default=(), description="Endpoint profiles; each needs a survival analysis."
    )
    adjust: CovariateNames = Field(default=(), description="Covariates of the adjusted hazard ratios.")
    analyses: tuple[Analysis, ...] = Field(min_length=1, description="What is computed, in this order.")
    confounder: HiddenConfounder | None = Field(
        default=None, description="A confounder nobody measured, which the audit tries out."
    )
    recording: Recording | None = Field(
        default=None, description="How well the drug that divides the groups was recorded, for the audit."
    )
    controls: Controls = Field(
        default=(), description="Comparisons of the groups of which the answer is known, for the audit: [lapatinib]."
    )
    definitions: DefinitionChoices = Field(default=DefinitionChoices(), description="Clinical definitions.")
    lines: Mapping[Annotated[str, named(Names.line_rule)], int | float | str] = Field(
        default_factory=dict, description="Line-of-therapy rules to change, by their number: {L03: 180}."
    )
    recist: Mapping[Annotated[str, named(Names.recist_threshold)], Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict, description="Thresholds of RECIST 1.1 to change, by their name: {too_small_mm: 0}."
    )
    dialect: Literal["default", "R", "SAS", "SPSS"] = Field(
        default="default", description="Whose numbers to reproduce."
    )
    ties: Literal["dialect", "efron", "breslow", "exact"] = Field(
        default="dialect", description="How hazard ratios treat events of one day; as the dialect does."
    )
    seed: int = Field(default=1, ge=0, description="Seed of every random number.")

    @model_validator(mode="after")
    def _fill_in(self) -> "Study":
        if not self.reference and self.groups:
            names = [name for name, rule in self.groups.items() if rule == OTHERWISE] or list(self.groups)
            object.__setattr__(self, "reference", names[0])
        for asked in (item for item in self.analyses if isinstance(item, SurvivalAnalysis)):
            allowed = self.adjustment(asked)
            if strange := [name for name in asked.curved if name not in allowed]:
                found = f"'{strange[0]}' is to enter as a curve and is not in 'adjust'"
                raise Refusal(found, f"one of: {', '.join(allowed) or 'nothing is adjusted for'}")
        if not self.endpoints:
            used = [analysis.endpoint for analysis in self.analyses if isinstance(analysis, SurvivalAnalysis)]
            object.__setattr__(self, "endpoints", tuple(dict.fromkeys(used)))
        return self

    def adjustment(self, analysis: TimeQuestion) -> tuple[str, ...]:
        """Return the covariates that one analysis of times adjusts for."""
        return self.adjust if analysis.adjust is None else analysis.adjust


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a study file, for editors; the same bytes every time."""
    schema = Study.model_json_schema(by_alias=True)
    for model, _ in ANALYSES.values():
        # The key an analysis is written under already says its kind.
        del schema["$defs"][model.__name__]["properties"]["kind"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "sequela study file",
    }
