"""What an analysis hands to the report: numbers with their intervals, methods and group sizes.

Nothing here is rounded or worded; that is the report's work.
"""

import math
from dataclasses import field
from typing import TYPE_CHECKING

import polars as pl

from sequela.analyses.complete_cases import CompleteCases
from sequela.frozen import frozen

if TYPE_CHECKING:
    from sequela.scenarios.pattern import Calendar, PatternShare
    from sequela.stats.clone_censor_weight import StrategyCurve
    from sequela.stats.competing_risks import CumulativeIncidence
    from sequela.stats.kaplan_meier import SurvivalCurve

RESULT_SCHEMA = {
    "analysis": pl.String,
    "endpoint": pl.String,
    "variable": pl.String,
    "level": pl.String,
    "group": pl.String,
    "statistic": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n": pl.Int64,
    "events": pl.Int64,
    "method": pl.String,
}
"""The tidy table `results.parquet`: one number per row."""


@frozen
class Estimate:
    """A number with its interval.

    Attributes
    ----------
    value, low, high : float
        nan where not reached or not estimable.
    method : str
        How the interval was made, in words.
    """

    value: float
    low: float
    high: float
    method: str


@frozen
class Test:
    """A hypothesis test.

    Attributes
    ----------
    name : str
        The test, in words.
    p_value : float
        Two-sided; nan where not computable.
    statistic : float
        nan where the test has none.
    degrees_of_freedom : int
        0 where the test has none.
    detail : str
        What the name does not say: weights, strata; empty where nothing.
    """

    name: str
    p_value: float
    statistic: float = float("nan")
    degrees_of_freedom: int = 0
    detail: str = ""


@frozen
class Cell:
    """One group's cell of a characteristics table.

    Attributes
    ----------
    n : int
        Patients with a value.
    missing : int
        Patients without one.
    count : int
        Patients at this level (categorical).
    median, first_quartile, third_quartile, lowest, highest : float
        Of a continuous variable; nan for a categorical one.
    """

    n: int
    missing: int
    count: int = 0
    median: float = float("nan")
    first_quartile: float = float("nan")
    third_quartile: float = float("nan")
    lowest: float = float("nan")
    highest: float = float("nan")


@frozen
class Variable:
    """One variable of a characteristics table.

    Attributes
    ----------
    name, label : str
        Name in the study language, and as printed.
    unit : str
        Empty for a categorical variable.
    levels : tuple of str
        Levels in order; empty for a continuous variable.
    cells : tuple of tuple of Cell
        `cells[level][group]`, a single row for a continuous variable; the last group is everyone.
    test : Test or None
        Comparison of the groups, missing values left out; None where there is one group.
    standardised_difference : float
        Between two groups; of more the largest of any two, without its sign; nan where not computable.
    definition : str
        How the variable is defined, with its source.
    within : tuple of (Test or None)
        Of a conversion: whether losses are as frequent as gains in each group, then in everyone; None where
        nobody's status changed. Empty for every other variable.
    """

    name: str
    label: str
    unit: str
    levels: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    test: Test | None
    standardised_difference: float
    definition: str
    within: tuple[Test | None, ...] = ()


@frozen
class Characteristics:
    """Patients at time zero, by group.

    Attributes
    ----------
    groups : tuple of str
        Group names in order, then "All".
    sizes : tuple of int
        Patients per entry of `groups`.
    variables : tuple of Variable
    results : DataFrame
        See `RESULT_SCHEMA`.
    cautions : tuple of str
        Tests that the study names and that could not be made.
    missing_as_level : bool
        Whether missing values of categories are a level of their own.
    """

    groups: tuple[str, ...]
    sizes: tuple[int, ...]
    variables: tuple[Variable, ...]
    results: pl.DataFrame
    cautions: tuple[str, ...] = ()
    missing_as_level: bool = False


@frozen
class SurvivalSoFar:
    """The curve of those of a group who are event-free at a time, read again from there.

    Attributes
    ----------
    day : float
    n : int
        Patients still followed without the event just after that day.
    milestones : tuple of (float, Estimate)
        Later day, counted from the start of the endpoint, and the probability of being event-free then.
    reason : str
        Why nothing can be read; empty where something can.
    """

    day: float
    n: int
    milestones: tuple[tuple[float, Estimate], ...] = ()
    reason: str = ""


@frozen
class SurvivalGroup:
    """One group's time to event. Times are days; the report prints months of 30.4375 days.

    Attributes
    ----------
    name : str
    n, events : int
    curve : SurvivalCurve
    median, follow_up : Estimate
        Median time to event, and reverse Kaplan-Meier follow-up.
    censoring_times : float array, shape (n_censored,)
        Days, for the tick marks.
    observed_time : tuple of float
        Median, lowest and highest observed time (events included), days: what some papers call follow-up.
    milestones : tuple of (float, Estimate)
        Day, and the probability of being event-free then.
    restricted_mean : Estimate or None
        Mean event-free time up to the horizon the study asks for, days; None where it asks for none.
    entries : tuple of float
        Days of entry, ascending, under delayed entry; empty where everyone is at risk from the start.
    reliable_from : float
        Under delayed entry the first day on which enough patients are at risk (see `first_reliable_time`).
    so_far : tuple of SurvivalSoFar
        Where the study asks for survival given survival so far.
    weight : tuple of (float, float) or None
        Where patients count unalike, the sum of their weights and the effective number of patients, the square of
        that sum over the sum of the squares.
    person_years : float or None
        Where the study asks for rates.
    rate : Estimate or None
        Events per hundred person-years.
    """

    name: str
    n: int
    events: int
    curve: "SurvivalCurve"
    median: Estimate
    follow_up: Estimate
    censoring_times: tuple[float, ...]
    observed_time: tuple[float, float, float]
    milestones: tuple[tuple[float, Estimate], ...] = ()
    restricted_mean: Estimate | None = None
    entries: tuple[float, ...] = ()
    reliable_from: float = 0.0
    so_far: tuple[SurvivalSoFar, ...] = ()
    weight: tuple[float, float] | None = None
    person_years: float | None = None
    rate: Estimate | None = None


@frozen
class Contrast:
    """A group against the reference by another measure than the hazard ratio.

    Attributes
    ----------
    group, reference : str
    measure : str
        "survival difference", "restricted mean difference" (days), "restricted mean ratio", "median difference"
        (days) or "rate ratio".
    day : float
        The milestone or the horizon; 0 of medians and rates.
    estimate : Estimate
        Group less reference, or over it.
    p_value : float
        nan where there is no test.
    bootstrap : tuple of Estimate
        With other limits, where the study asks for them.
    """

    group: str
    reference: str
    measure: str
    day: float
    estimate: Estimate
    p_value: float
    bootstrap: tuple[Estimate, ...] = ()


@frozen
class PairTest:
    """Two groups of a family of comparisons.

    Attributes
    ----------
    first, second : str
    p_value, adjusted_p_value : float
        Raw, and adjusted by Holm's method; nan where not computable.
    family : int
        Comparisons in the family.
    """

    first: str
    second: str
    p_value: float
    adjusted_p_value: float
    family: int


@frozen
class HazardRatio:
    """A hazard ratio of one group against the reference.

    Attributes
    ----------
    group, reference : str
    estimate : Estimate
        Wald interval on the log scale, or profile likelihood; `estimate.method` says which.
    p_value : float
        Wald test.
    adjusted_for : tuple of str
        Labels of the covariates; empty for the crude ratio.
    n, events, left_out : int
        Patients and events in the model, and patients left out for a missing covariate.
    within : tuple of str
        Labels of the covariates whose levels have baseline hazards of their own.
    offset : str
        Label of what is added to the log hazard; empty where nothing is.
    bootstrap : tuple of Estimate
        With other limits, where the study asks for them.
    """

    group: str
    reference: str
    estimate: Estimate
    p_value: float
    adjusted_for: tuple[str, ...]
    n: int
    events: int
    left_out: int = 0
    within: tuple[str, ...] = ()
    offset: str = ""
    bootstrap: tuple[Estimate, ...] = ()


@frozen
class MultiplyImputed:
    """Adjusted hazard ratios with missing covariates drawn several times.

    Attributes
    ----------
    ratios : tuple of HazardRatio
    imputations : int
    missing : tuple of (str, int)
        The covariates of the model by label, and how many patients lacked each.
    missing_information : tuple of float
        Of each ratio, the share of the information that is missing.
    """

    ratios: tuple[HazardRatio, ...]
    imputations: int
    missing: tuple[tuple[str, int], ...]
    missing_information: tuple[float, ...]


@frozen
class Decision:
    """One row of the table of events and censorings.

    Attributes
    ----------
    rule : str
        `E1`, `C2`; empty for the start and for patients without a value.
    role : str
        "starts at", "event", "competing event", "censored at", "not decidable" or "not reached".
    what : str
        In words.
    counts : tuple of int
        Patients it decided, per group, then everyone; empty for the start.
    """

    rule: str
    role: str
    what: str
    counts: tuple[int, ...] = ()


@frozen
class Standardised:
    """Survival at one day had everyone been in each group, by an adjusted model.

    Attributes
    ----------
    day : float
    survival : tuple of (str, Estimate)
        Per group, the reference first.
    differences : tuple of (str, Estimate)
        Per other group, less the reference.
    """

    day: float
    survival: tuple[tuple[str, Estimate], ...]
    differences: tuple[tuple[str, Estimate], ...]


@frozen
class ModelCheck:
    """How well a proportional-hazards model orders the patients, and whether its ratios last.

    Attributes
    ----------
    adjusted_for : tuple of str
        Labels of the covariates; empty for the crude model.
    n, events : int
    concordance : Estimate
        Harrell's C; nan where no two patients can be compared.
    proportional : tuple of (str, Test)
        Of proportional hazards, for each term: "groups", then the label of each covariate.
    overall : Test or None
        Of all terms together; None where it cannot be computed.
    reason : str
        Why there is no test; empty where there is.
    linear : tuple of (str, Test)
        For each continuous covariate, whether a straight line will do.
    standardised : tuple of Standardised
        At the milestones of the curves; empty for a crude model.
    """

    adjusted_for: tuple[str, ...]
    n: int
    events: int
    concordance: Estimate
    proportional: tuple[tuple[str, Test], ...]
    overall: Test | None
    reason: str = ""
    linear: tuple[tuple[str, Test], ...] = ()
    standardised: tuple[Standardised, ...] = ()


@frozen
class Survival:
    """Time to one endpoint, by group.

    Attributes
    ----------
    endpoint, label : str
        Profile id (`ttp.noda_2019`) and its name in words.
    definition : tuple of Decision
        The endpoint as a table of events and censorings, with the patients each rule decided in each group.
    groups : tuple of SurvivalGroup
    test : Test or None
        Of the curves, the one the study names: the log-rank test where it names none.
    hazard_ratios : tuple of HazardRatio
        Crude first, then adjusted.
    reference : str
    results : DataFrame
        See `RESULT_SCHEMA`.
    notes : tuple of str
        What the definition means, where it comes from, what a reader must know; a sentence or more each.
    models : tuple of ModelCheck
        Of the models behind the hazard ratios, in their order.
    trend : Test or None
        Of a trend across the groups in their order, where the study asks for it.
    pairs : tuple of PairTest
        Every two groups, where the study asks for them.
    contrasts : tuple of Contrast
    horizon : float or None
        Months up to which means are restricted, where the study asks for them.
    losses : tuple of CompleteCases
        Who is left out of the adjusted model and of a stratified test.
    imputed : MultiplyImputed or None
        The adjusted ratios once more, where the study asks for it and a covariate is missing.
    weighted_by : str
        Label of the quantity by which patients count; empty where all count alike.
    residuals : DataFrame or None
        Of the models, where the study asks for them; see `residual_table.SCHEMA`. It holds a row for each patient.
    """

    endpoint: str
    label: str
    definition: tuple[Decision, ...]
    groups: tuple[SurvivalGroup, ...]
    test: Test | None
    hazard_ratios: tuple[HazardRatio, ...]
    reference: str
    results: pl.DataFrame
    cautions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    models: tuple[ModelCheck, ...] = ()
    trend: Test | None = None
    pairs: tuple[PairTest, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    horizon: float | None = None
    losses: tuple[CompleteCases, ...] = ()
    imputed: MultiplyImputed | None = None
    weighted_by: str = ""
    residuals: pl.DataFrame | None = None


@frozen
class Proportion:
    """How many patients of each group reached something.

    Attributes
    ----------
    name, label, definition : str
    counts, sizes : tuple of int
        Per group, then everyone.
    estimates : tuple of Estimate
        Proportions with exact intervals.
    tests : tuple of Test
        The default first, the others for comparison with other programs.
    differences : tuple of (str, Estimate or None)
        The groups in their order, each less the reference, which has None; empty where nothing is compared.
    """

    name: str
    label: str
    definition: str
    counts: tuple[int, ...]
    sizes: tuple[int, ...]
    estimates: tuple[Estimate, ...]
    tests: tuple[Test, ...]
    differences: tuple[tuple[str, Estimate | None], ...] = ()


@frozen
class ResponseDuration:
    """How soon the responders of one group responded, and for how long. Times are days.

    Attributes
    ----------
    n, events : int
        Patients with a response, and those of them with progression or death since.
    median : Estimate
        From the first response that counts to progression or death; nan without a response.
    until_response : Estimate
        Median, lowest and highest time from time zero to that response.
    """

    n: int
    events: int
    median: Estimate
    until_response: Estimate


@frozen
class Response:
    """Best response and the rates drawn from it, by group.

    Attributes
    ----------
    groups : tuple of str
        Group names in order, then "All".
    sizes : tuple of int
    best : tuple of (str, tuple of int)
        Best response and the patients per group.
    proportions : tuple of Proportion
    results : DataFrame
    durations : tuple of ResponseDuration
        Per entry of `groups`; responders are not compared, since to respond is to have lived until then.
    reading : str
        How the responses were read, a sentence without its full stop.
    read_from : str
        "lesions by RECIST 1.1"; empty for recorded assessments.
    """

    groups: tuple[str, ...]
    sizes: tuple[int, ...]
    best: tuple[tuple[str, tuple[int, ...]], ...]
    proportions: tuple[Proportion, ...]
    results: pl.DataFrame
    cautions: tuple[str, ...] = field(default=())
    durations: tuple[ResponseDuration, ...] = ()
    reading: str = ""
    read_from: str = ""


@frozen
class SiteOutcome:
    """What became of one site.

    Attributes
    ----------
    site : str
    followed : tuple of int
        Patients with a lesion there at baseline, per group, then everyone.
    best : tuple of (str, tuple of int)
        Best response of the site among them.
    responded : Proportion
        Complete or partial response among them; nan where a group has none.
    progressed : tuple of int
        Patients with progression there, whether or not the site was involved at baseline.
    incidence : tuple of tuple of (float, Estimate)
        Per group, then everyone: day, and the probability of progression there by then, death competing.
    """

    site: str
    followed: tuple[int, ...]
    best: tuple[tuple[str, tuple[int, ...]], ...]
    responded: Proportion
    progressed: tuple[int, ...]
    incidence: tuple[tuple[tuple[float, Estimate], ...], ...] = ()


@frozen
class Sites:
    """Response by site, and how often the sites of one patient disagree.

    Attributes
    ----------
    groups : tuple of str
        Group names in order, then "All".
    sizes : tuple of int
    outcomes : tuple of SiteOutcome
    proportions : tuple of Proportion
        Strict and soft disagreement, and progression that left a response behind.
    progression_free : tuple of (str, Survival)
        With all sites, then without each that was asked for; empty where none was. Exploratory.
    confined : tuple of (sites, sites, int)
        Sites that progressed, sites that responded then, and the patients in whom they did.
    results : DataFrame
    """

    groups: tuple[str, ...]
    sizes: tuple[int, ...]
    outcomes: tuple[SiteOutcome, ...]
    proportions: tuple[Proportion, ...]
    progression_free: tuple[tuple[str, Survival], ...]
    confined: tuple[tuple[tuple[str, ...], tuple[str, ...], int], ...]
    results: pl.DataFrame
    cautions: tuple[str, ...] = ()


@frozen
class GrowthGroup:
    """The growth modulation indices of one group.

    Attributes
    ----------
    name : str
    n, indices, complete : int
        Patients, those with an index, and those of them whose index is not censored.
    median : Estimate
    shares : tuple of Estimate
        Share of patients above each limit; empty where nobody has an index.
    """

    name: str
    n: int
    indices: int
    complete: int
    median: Estimate
    shares: tuple[Estimate, ...]


@frozen
class GrowthModulation:
    """How long the line of time zero held the disease, divided by how long the line before it did.

    Attributes
    ----------
    label : str
        The endpoint that both lines are measured by.
    above : tuple of float
        Limits of the index.
    groups : tuple of GrowthGroup
        In the order of the study, then "All".
    results : DataFrame
    """

    label: str
    above: tuple[float, ...]
    groups: tuple[GrowthGroup, ...]
    results: pl.DataFrame
    cautions: tuple[str, ...] = ()


@frozen
class Transition:
    """How many patients went from a treatment of one line to what came next.

    Attributes
    ----------
    line : int
        From 1.
    source : str
        Class or regimen of the line.
    target : str
        Class or regimen of the next line, or how it ended.
    counts : tuple of int
        Per group, then everyone.
    """

    line: int
    source: str
    target: str
    counts: tuple[int, ...]


@frozen
class Sequence:
    """The lines of the patients, one after the other, by group.

    Attributes
    ----------
    groups : tuple of str
        Group names in order, then "All".
    sizes, without : tuple of int
        Patients per entry of `groups`, and those of them without any line.
    lines : int
        How many lines are shown.
    meaning : str
        What treatments are told apart by, a sentence.
    transitions : tuple of Transition
        By line and treatment; the counts of a line add up to the patients who began it.
    results : DataFrame
    """

    groups: tuple[str, ...]
    sizes: tuple[int, ...]
    without: tuple[int, ...]
    lines: int
    meaning: str
    transitions: tuple[Transition, ...]
    results: pl.DataFrame
    cautions: tuple[str, ...] = ()


@frozen
class EventKind:
    """One of several kinds of event that can end a patient's time.

    Attributes
    ----------
    code : int
        Of the cause in the curves, from 1.
    rule : str
        Of the endpoint: `E1`, `O1`.
    what : str
        In words.
    """

    code: int
    rule: str
    what: str


@frozen
class IncidenceGroup:
    """One group's incidence of each kind of event. Times are days.

    Attributes
    ----------
    name : str
    n : int
    events : tuple of int
        Per kind.
    curve : CumulativeIncidence
        A column per kind.
    milestones : tuple of (float, tuple of Estimate)
        Day, and per kind the probability that it has happened by then.
    entries : tuple of float
        Days of entry, ascending, under delayed entry; empty where everyone is at risk from the start.
    start : float
        Day on which the curve begins, for those event-free then; 0 but where an early risk set emptied.
    """

    name: str
    n: int
    events: tuple[int, ...]
    curve: "CumulativeIncidence"
    milestones: tuple[tuple[float, tuple[Estimate, ...]], ...]
    entries: tuple[float, ...] = ()
    start: float = 0.0


@frozen
class KindComparison:
    """How the groups differ in one kind of event.

    Attributes
    ----------
    gray : Test or None
        Of equal incidence; none under delayed entry, for which it is not defined.
    cause_specific : tuple of HazardRatio
        Of the rate among those still without any event; crude first, then adjusted.
    subdistribution : tuple of HazardRatio
        Of Fine and Gray, which order the incidences.
    """

    gray: Test | None
    cause_specific: tuple[HazardRatio, ...]
    subdistribution: tuple[HazardRatio, ...]


@frozen
class Competing:
    """Which kind of event came first, by group.

    Attributes
    ----------
    endpoint, label : str
    definition : tuple of Decision
        As in `Survival`.
    kinds : tuple of EventKind
        Those that occur, in the order of the definition.
    groups : tuple of IncidenceGroup
    comparisons : tuple of KindComparison
        Per kind; empty where nothing is compared.
    reference : str
    results : DataFrame
    losses : tuple of CompleteCases
        Who is left out of the adjusted models.
    """

    endpoint: str
    label: str
    definition: tuple[Decision, ...]
    kinds: tuple[EventKind, ...]
    groups: tuple[IncidenceGroup, ...]
    comparisons: tuple[KindComparison, ...]
    reference: str
    results: pl.DataFrame
    cautions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    losses: tuple[CompleteCases, ...] = ()


@frozen
class ProtocolItem:
    """One item of the protocol: the trial that one would run, and what the records allowed."""

    item: str
    target: str
    emulation: str


@frozen
class Strategy:
    """A strategy and what became of those who followed it.

    Attributes
    ----------
    name : str
    clones, left, events : int
        Patients at time zero, or entries into sequential trials; those who left the strategy and were censored then;
        events while followed.
    heaviest : float
        Largest weight.
    curve : StrategyCurve
        Days.
    survival, mean : Estimate
        Event-free share at the horizon, and mean event-free days up to it.
    """

    name: str
    clones: int
    left: int
    events: int
    heaviest: float
    curve: "StrategyCurve"
    survival: Estimate
    mean: Estimate


@frozen
class Landmark:
    """The comparison of those still at risk on a day by what they had been given by then.

    Attributes
    ----------
    months : float
    lost : int
        Patients with the event or without follow-up by that day, who are not in it.
    started, others : int
    hazard_ratio : Estimate
        From that day on, adjusted for the covariates.
    """

    months: float
    lost: int
    started: int
    others: int
    hazard_ratio: Estimate


@frozen
class WeightCheck:
    """How even weights are: their mean, the largest, and the share of rows that as many equal weights would need."""

    mean: float
    largest: float
    effective_share: float


@frozen
class ComparisonOverTime:
    """Strategies over time compared in one way.

    Attributes
    ----------
    name : str
        Intention to treat, per protocol, marginal structural model, or parametric g-formula.
    strategies : tuple of Strategy
        Start, do not start; `clones` counts entries.
    survival_difference, mean_difference : Estimate
        As in `TargetTrial`.
    hazard_ratio : Estimate
        Odds ratio of the event per interval; its interval is robust to entries of one patient. nan where there is none.
    weights : tuple of (str, WeightCheck)
        Of each strategy that is weighted.
    """

    name: str
    strategies: tuple[Strategy, Strategy]
    survival_difference: Estimate
    mean_difference: Estimate
    hazard_ratio: Estimate
    weights: tuple[tuple[str, WeightCheck], ...]


@frozen
class DesignOverTime:
    """A target trial emulated with what changes over time, and the ways of comparing the strategies.

    Attributes
    ----------
    design : str
        Sequential trials, or marginal structural model.
    interval_days : float
    trials, patients, starters : int
        Trials opened (1 where there is one time zero); patients in any of them; those who enter as treated, or start in
        the grace period.
    comparisons : tuple of ComparisonOverTime
        The first is the answer; the second where it could be estimated.
    natural_course : float
        Largest difference of the event-free share simulated by the g-formula with treatment as it was from that
        observed; nan without a g-formula.
    """

    design: str
    interval_days: float
    trials: int
    patients: int
    starters: int
    comparisons: tuple[ComparisonOverTime, ...]
    natural_course: float = math.nan


@frozen
class TargetTrial:
    """An emulated trial.

    Attributes
    ----------
    label : str
        Of the endpoint.
    drug : str
    grace_days : int
        0 for sequential trials, which have none.
    horizon_days : float
    protocol : tuple of ProtocolItem
    strategies : tuple of Strategy
        Start, do not start.
    survival_difference, mean_difference : Estimate
        Start less do not start; days for the mean.
    landmarks : tuple of Landmark
    bootstrap : int
    results : DataFrame
    cautions : tuple of str
    over_time : DesignOverTime or None
        Where what changes over time is read anew: strategies and differences are then those of its first comparison.
    risk_ratio : Estimate or None
        Of the event by the horizon, start over do not start; None where nobody has it.
    covariates : tuple of str
        Labels of what the comparison is adjusted for; empty where nothing that differs between patients was named.
    equal_patients : float
        Patients who count alike of whom a mean would be as uncertain as the mean difference; few where a few decide.
    """

    label: str
    drug: str
    grace_days: int
    horizon_days: float
    protocol: tuple[ProtocolItem, ...]
    strategies: tuple[Strategy, Strategy]
    survival_difference: Estimate
    mean_difference: Estimate
    landmarks: tuple[Landmark, ...]
    bootstrap: int
    results: pl.DataFrame
    cautions: tuple[str, ...] = ()
    over_time: DesignOverTime | None = None
    risk_ratio: Estimate | None = None
    covariates: tuple[str, ...] = ()
    equal_patients: float = math.inf


@frozen
class Subgroup:
    """The groups compared within one level of a covariate.

    Attributes
    ----------
    variable, level : str
        Label of the covariate, empty for everyone; the level in words.
    sizes, events : tuple of int
        Per group.
    ratios : tuple of Estimate
        Crude hazard ratio of each group other than the reference; nan with the reason as method.
    """

    variable: str
    level: str
    sizes: tuple[int, ...]
    events: tuple[int, ...]
    ratios: tuple[Estimate, ...]


@frozen
class Interaction:
    """Whether the ratios differ between the levels of a covariate.

    Attributes
    ----------
    variable : str
    test : Test or None
        Likelihood-ratio test of the products of group and level.
    adjusted_p_value : float
        By Holm, for all covariates asked for.
    missing : int
        Patients without a value, who are in no subgroup.
    reason : str
        Why there is no test; empty where there is.
    missing_by_group : tuple of int
        In the order of the groups.
    """

    variable: str
    test: Test | None
    adjusted_p_value: float
    missing: int
    reason: str = ""
    missing_by_group: tuple[int, ...] = ()


@frozen
class Subgroups:
    """The comparison of one endpoint within subgroups.

    Attributes
    ----------
    endpoint, label : str
    groups : tuple of str
    reference : str
    rows : tuple of Subgroup
        Everyone first, then level by level.
    interactions : tuple of Interaction
        Per covariate.
    results : DataFrame
    """

    endpoint: str
    label: str
    groups: tuple[str, ...]
    reference: str
    rows: tuple[Subgroup, ...]
    interactions: tuple[Interaction, ...]
    results: pl.DataFrame
    cautions: tuple[str, ...] = ()


@frozen
class Specification:
    """The comparison under one way of asking.

    Attributes
    ----------
    choices : tuple of str
        On each axis of `Specifications`, in words.
    estimate : Estimate
        Hazard ratio of the group against the reference.
    p_value : float
    n, events : int
    primary : bool
        Whether this is the study as it stands.
    problem : str
        Why there is no answer; empty where there is one.
    """

    choices: tuple[str, ...]
    estimate: Estimate
    p_value: float
    n: int
    events: int
    primary: bool = False
    problem: str = ""


@frozen
class Specifications:
    """The same comparison under every way of asking; the study's own comes first.

    Attributes
    ----------
    group, reference : str
    axes : tuple of str
    specifications : tuple of Specification
    results : DataFrame
    """

    group: str
    reference: str
    axes: tuple[str, ...]
    specifications: tuple[Specification, ...]
    results: pl.DataFrame
    cautions: tuple[str, ...] = ()


@frozen
class NullWorlds:
    """How often a pattern of p-values arose in worlds where the earlier drug does nothing to the later one.

    Attributes
    ----------
    earlier, later : str
        Drugs.
    sizes : tuple of int
        Patients of the reference and of the other group.
    calendar : Calendar
    shares : tuple of PatternShare
        The worlds without an effect; the world of real harm is the last.
    results : DataFrame
    """

    earlier: str
    later: str
    sizes: tuple[int, int]
    calendar: "Calendar"
    shares: "tuple[PatternShare, ...]"
    results: pl.DataFrame
    cautions: tuple[str, ...] = ()
