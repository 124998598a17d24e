"""Realistic results for the report's tests: 18 patients after two drugs, 24 after one."""

import math

import numpy as np
import polars as pl
import yaml

from sequela.analyses.conventions import CONVENTIONS
from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, ReportCard, Status
from sequela.analyses.results import (
    RESULT_SCHEMA,
    Cell,
    Characteristics,
    Decision,
    Estimate,
    HazardRatio,
    Proportion,
    Response,
    Survival,
    SurvivalGroup,
    Test,
    Variable,
)
from sequela.analyses.study_result import StudyResult
from sequela.derive.covariate import DEFAULT_DEFINITIONS
from sequela.records.bundle import IMPUTATION_SCHEMA, QUARANTINE_SCHEMA, Kind, Records, SourceFile
from sequela.stats.kaplan_meier import SurvivalCurve
from sequela.study.cohort import ClockGuard, Cohort, FlowStep
from sequela.study.spec import Study

NAN = math.nan
DOUBLE_DAYS = (21, 35, 42, 44, 51, 60, 63, 80, 85, 86, 92, 120, 146, 150, 180, 205, 240, 371)
DOUBLE_EVENT = (1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1)
SINGLE_DAYS = (
    *(33, 64, 90, 120, 150, 160, 167, 170, 190, 210, 230, 237),
    *(240, 260, 300, 340, 400, 450, 484, 560, 700, 800, 900, 1391),
)
SINGLE_EVENT = (1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 0)


def curve(days, event):
    """Product-limit estimate with log-log limits, enough for drawing."""
    days, event = np.asarray(days, float), np.asarray(event, bool)
    time = np.unique(days)
    events = np.array([int(event[days == t].sum()) for t in time], dtype=int)
    censored = np.array([int((~event[days == t]).sum()) for t in time], dtype=int)
    at_risk = np.array([int((days >= t).sum()) for t in time], dtype=int)
    survival = np.cumprod(1 - events / at_risk) if len(time) else np.array([])
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        half = 1.96 * np.sqrt(greenwood) / np.log(survival)
        low, high = survival ** np.exp(-half), survival ** np.exp(half)
        std_error = survival * np.sqrt(greenwood)
    low, high = (np.where(survival == 1, 1.0, limit) for limit in (low, high))
    return SurvivalCurve(
        time, at_risk, events, censored, survival, std_error, low, high, "log-log", 0.95, at_risk, events
    )


def survival_group(name, days, event, median, follow_up):
    step = curve(days, event)
    censoring = tuple(float(day) for day, happened in zip(days, event, strict=True) if not happened)
    observed = (float(np.median(days)), float(min(days)), float(max(days))) if len(days) else (NAN, NAN, NAN)
    return SurvivalGroup(
        name,
        len(days),
        int(sum(event)),
        step,
        Estimate(*median, "Brookmeyer-Crowley, log-log"),
        Estimate(*follow_up, "reverse Kaplan-Meier, log-log"),
        censoring,
        observed,
        milestones=((182.625, Estimate(0.19, 0.05, 0.40, "log-log")),),
    )


DOUBLE = survival_group("Tmab/Pmab", DOUBLE_DAYS, DOUBLE_EVENT, (85.5, 51.0, 146.0), (180.0, 44.0, NAN))
SINGLE = survival_group("Tmab", SINGLE_DAYS, SINGLE_EVENT, (238.5, 167.0, 484.0), (1391.0, 300.0, NAN))
CRUDE = HazardRatio("Tmab/Pmab", "Tmab", Estimate(2.83, 1.37, 5.89, "Wald"), 0.005, (), 42, 36)
ADJUSTED = HazardRatio(
    "Tmab/Pmab",
    "Tmab",
    Estimate(3.07, 1.46, 6.54, "profile likelihood"),
    0.0032,
    ("ECOG performance status", "Visceral disease", "Hormone receptor status"),
    41,
    35,
    left_out=1,
)
DEFINITION = (
    Decision("", "starts at", "first trastuzumab emtansine in the accrual window"),
    Decision("E1", "event", "radiologic progression (RECIST 1.1)", (16, 20, 36)),
    Decision("C1", "censored at", "last contact without progression", (2, 4, 6)),
)
EMPTY = pl.DataFrame(schema=RESULT_SCHEMA)


def results(*rows):
    return pl.DataFrame(
        [dict(zip(RESULT_SCHEMA, row, strict=True)) for row in rows], schema=RESULT_SCHEMA, orient="row"
    )


SURVIVAL_RESULTS = results(
    ("survival", "ttp.noda_2019", None, None, "Tmab/Pmab", "median", 85.5, 51.0, 146.0, 18, 16, "log-log"),
    ("survival", "ttp.noda_2019", None, None, "Tmab", "median", 238.5, 167.0, 484.0, 24, 20, "log-log"),
    ("survival", "ttp.noda_2019", None, None, "Tmab/Pmab", "hazard_ratio", 2.83, 1.37, 5.89, 42, 36, "Wald"),
)
SURVIVAL = Survival(
    "ttp.noda_2019",
    "Time to radiologic progression",
    DEFINITION,
    (DOUBLE, SINGLE),
    Test("log-rank test", 0.0030, 8.8, 1),
    (CRUDE, ADJUSTED),
    "Tmab",
    SURVIVAL_RESULTS,
)


def categorical(name, label, levels, counts, sizes, missing, test):
    cells = tuple(
        tuple(Cell(size - gone, gone, count=count) for count, size, gone in zip(row, sizes, missing, strict=True))
        for row in counts
    )
    return Variable(name, label, "", levels, cells, test, 0.41, "as recorded at time zero.")


CHARACTERISTICS = Characteristics(
    ("Tmab/Pmab", "Tmab", "All"),
    (18, 24, 42),
    (
        Variable(
            "age",
            "Age",
            "years",
            (),
            (
                (
                    Cell(18, 0, 0, 53.0, 48.0, 60.0, 43.0, 73.0),
                    Cell(24, 0, 0, 60.5, 50.0, 66.0, 30.0, 74.0),
                    Cell(42, 0, 0, 57.0, 49.0, 65.0, 30.0, 74.0),
                ),
            ),
            Test("Wilcoxon rank-sum test", 0.2501),
            -0.35,
            "completed years on the day of time zero",
        ),
        categorical(
            "ecog",
            "ECOG performance status",
            ("0", "1", "2"),
            ((13, 12, 25), (5, 10, 15), (0, 1, 1)),
            (18, 24, 42),
            (0, 1, 1),
            Test("Pearson chi-square test", 0.3971, 1.8, 2),
        ),
        Variable(
            "duration_of_her2_therapy",
            "Duration of HER2-targeted therapy",
            "months",
            (),
            (
                (
                    Cell(18, 0, 0, 15.1, 9.2, 21.0, 3.5, 32.5),
                    Cell(24, 0, 0, 31.04, 18.25, 50.0, 1.8, 90.2),
                    Cell(42, 0, 0, 22.0, 11.0, 40.0, 1.8, 90.2),
                ),
            ),
            Test("Wilcoxon rank-sum test", 0.00043),
            -1.02,
            "sum of the HER2-targeted courses before time zero",
        ),
    ),
    results(
        ("characteristics", None, "age", None, "Tmab/Pmab", "median", 53.0, 43.0, 73.0, 18, None, "range"),
        ("characteristics", None, "age", None, "Tmab", "median", 60.5, 30.0, 74.0, 24, None, "range"),
    ),
    ("An adjustment made with 36 events and 3 covariates has 12 events per covariate.",),
)

RESPONSE = Response(
    ("Tmab/Pmab", "Tmab", "All"),
    (18, 24, 42),
    (
        ("CR", (0, 0, 0)),
        ("PR", (2, 6, 8)),
        ("SD", (6, 15, 21)),
        ("PD", (10, 3, 13)),
    ),
    (
        Proportion(
            "response_rate",
            "Tumour response rate",
            "complete or partial response",
            (2, 6, 8),
            (18, 24, 42),
            (
                Estimate(2 / 18, 0.0138, 0.3471, "Clopper-Pearson"),
                Estimate(6 / 24, 0.0977, 0.4671, "Clopper-Pearson"),
                Estimate(8 / 42, 0.0860, 0.3412, "Clopper-Pearson"),
            ),
            (Test("Pearson chi-square test", 0.2566, 1.287, 1), Test("Fisher's exact test", 0.4294)),
        ),
        Proportion(
            "disease_control_rate",
            "Disease control rate",
            "complete or partial response, or stable disease for 6 months",
            (3, 15, 18),
            (18, 24, 42),
            (
                Estimate(3 / 18, 0.0358, 0.4142, "Clopper-Pearson"),
                Estimate(15 / 24, 0.4059, 0.8120, "Clopper-Pearson"),
                Estimate(18 / 42, 0.2772, 0.5904, "Clopper-Pearson"),
            ),
            (Test("Pearson chi-square test", 0.0030, 8.8, 1),),
        ),
    ),
    results(("response", None, "response_rate", None, "Tmab", "proportion", 0.25, 0.0977, 0.4671, 24, 6, "exact")),
)


FLOW = (
    FlowStep("first trastuzumab emtansine between 2014-04-01 and 2017-02-28", 61, 12, 0, 49),
    FlowStep("metastatic at time zero", 49, 0, 0, 49),
    FlowStep("not received trastuzumab emtansine before accrual", 49, 2, 0, 47),
    FlowStep("received trastuzumab before time zero", 47, 5, 0, 42),
)
GROUP_SIZES = (("Tmab/Pmab", 18), ("Tmab", 24))

STUDY_FILE = """\
version: 1
title: T-DM1 after trastuzumab, with or without pertuzumab
records: records/
time_zero: first trastuzumab emtansine
accrual: {from: 2014-04-01, to: 2017-02-28}
population:
  - metastatic at time zero
  - not: {received: trastuzumab emtansine, before: accrual}
  - received: trastuzumab
    before: time zero
groups:
  Tmab/Pmab: {received: pertuzumab, before: time zero}
  Tmab: otherwise
reference: Tmab
endpoints: [ttp.noda_2019]
adjust: [ecog, visceral, hormone_receptor]
analyses:
  - characteristics: [age, ecog, duration_of_her2_therapy]
  - survival: ttp.noda_2019
  - response: {control_months: 6}
"""
STUDY = Study.model_validate(yaml.safe_load(STUDY_FILE))


def quarantine(*rules):
    rows = [
        dict.fromkeys(QUARANTINE_SCHEMA) | {"table": "exposures", "row": i, "rule": rule}
        for i, rule in enumerate(rules)
    ]
    return pl.DataFrame(rows, schema=QUARANTINE_SCHEMA)


def imputations(*tables):
    rows = [dict.fromkeys(IMPUTATION_SCHEMA) | {"table": table, "row": i} for i, table in enumerate(tables)]
    return pl.DataFrame(rows, schema=IMPUTATION_SCHEMA)


def records(kind=Kind.OBSERVED, **changes):
    sources = (
        SourceFile("patients", "patients.csv", "0f" * 32, 49, 49, 0),
        SourceFile("exposures", "exposures.csv", "a3" * 32, 611, 608, 3),
        SourceFile("assessments", "assessments.csv", "7c" * 32, 402, 402, 0),
    )
    given = {
        "title": "T-DM1 in one hospital",
        "quarantine": quarantine("stop_before_start", "stop_before_start", "unknown_patient"),
        "imputations": imputations("exposures", "exposures", "patients"),
        **changes,
    }
    return Records({}, kind, sources=sources, **given)


ON_TIME = ClockGuard(0, (("Tmab/Pmab", 0.0), ("Tmab", 0.0)), "")


def cohort(sizes=GROUP_SIZES, flow=FLOW, guard=ON_TIME, reference="Tmab"):
    names = [name for name, size in sizes for _ in range(size)]
    patients = pl.DataFrame(
        {
            "patient_id": [f"p{i}" for i in range(len(names))],
            "time_zero": [100] * len(names),
            "group": names,
            "row": ["exposures:2"] * len(names),
            "entry": [None] * len(names),
        },
        schema={
            "patient_id": pl.String,
            "time_zero": pl.Int32,
            "group": pl.String,
            "row": pl.String,
            "entry": pl.Int32,
        },
    )
    return Cohort(patients, tuple(name for name, _ in sizes), reference, flow, guard)


LATE = ClockGuard(
    11,
    (("Tmab/Pmab", 0.42), ("Tmab", 0.37)),
    "First trastuzumab emtansine, which defines cohort entry, lies after time zero (metastatic diagnosis) in 11 of 42 "
    "patients; 42% of the follow-up of Tmab/Pmab and 37% of the follow-up of Tmab were guaranteed (no death possible). "
    "A comparison from metastatic diagnosis is not valid. Set 'time_zero: first trastuzumab emtansine'.",
)
FINE = CardItem("B4", "follow_up", "Length of follow-up", Status.OK, "Median follow-up 12.0 and 12.5 months.")
LATE_ENTRY = CardItem(
    "B1",
    "time_zero",
    "Time zero and entry",
    Status.ERROR,
    "11 of 42 patients entered the cohort only after their clock had started.",
    "It flatters Tmab/Pmab.",
    "Start the clock at the event that defines entry.",
    (Measure("patients_entering_late", 11.0),),
    (
        AnswerUnder("as asked", "Tmab/Pmab", "Tmab", Estimate(2.83, 1.37, 5.89, "Wald"), 42, 36),
        AnswerUnder("with delayed entry", "Tmab/Pmab", "Tmab", Estimate(1.07, 0.61, 1.71, "Wald"), 40, 35),
    ),
)
UNLIKE = CardItem(
    "B7",
    "centres",
    "Centres",
    Status.WARN,
    "3 centres, 2 of them with patients of more than one group.",
    "The groups differ with their centres.",
    "Read the comparison within centres.",
    (Measure("centres", 3.0),),
    (
        AnswerUnder("as asked", "Tmab/Pmab", "Tmab", Estimate(2.83, 1.37, 5.89, "Wald"), 42, 36),
        AnswerUnder("within centres", "Tmab/Pmab", "Tmab", Estimate(1.95, 0.88, 4.32, "Wald"), 42, 36),
    ),
)
CARD = ReportCard((FINE, UNLIKE))
LATE_CARD = ReportCard((LATE_ENTRY, FINE))

RESULT = StudyResult(
    STUDY,
    records(),
    cohort(),
    (CHARACTERISTICS, SURVIVAL, RESPONSE),
    (),
    DEFAULT_DEFINITIONS,
    CONVENTIONS["default"],
    STUDY_FILE,
    CARD,
)
