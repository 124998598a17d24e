"""The columns that lines of therapy are folded from: numpy arrays with the meaning of each number."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sequela.derive.rules import (
    COUNTS_NOT,
    HOLIDAY_DAYS,
    LAST_GIVEN,
    NEW,
    ONLY_WITH_PROGRESSION,
    OUTCOME_DAYS,
    PALLIATIVE,
    PERTUZUMAB_TWELVE,
    PROGRESSION_AFTER_DAYS,
    PROGRESSION_BEFORE_DAYS,
    SAME,
    STRATUM,
    LineRules,
)
from sequela.records.schema import REASONS_STOPPED

Days = NDArray[np.int32]
Codes = NDArray[np.int32]
Flags = NDArray[np.bool_]

NONE = -(2**31)
"""A day that is not known."""

ANTIBODY, HER2, ENDOCRINE, CYTOTOXIC, TAXANE = 1, 2, 4, 8, 16
CDK, UNKNOWN_DRUG, TRASTUZUMAB, PERTUZUMAB, EXCHANGEABLE, CONTINUED = 32, 64, 128, 256, 512, 1024
"""What a drug is to the rules; one drug can be several."""

NO_SETTING, EARLY, METASTATIC = -1, 0, 1
PROGRESSION, RECURRENCE, LOCAL_THERAPY = 0, 1, 2

REASON = {name: code for code, name in enumerate(REASONS_STOPPED)}
STOPPED_PROGRESSION, STOPPED_TOXICITY, STOPPED_COMPLETED = (
    REASON[name] for name in ("progression", "toxicity", "completed")
)
STOPPED_UNKNOWN = REASON["unknown"]

ENDINGS = (*REASONS_STOPPED, "data end")
"""Why a line ended, by code; `progression` is printed as PD."""

ENDED_DATA = len(REASONS_STOPPED)
ENDED_DEATH = REASON["death"]

CONFIDENCES = ("certain", "rule", "review")
CERTAIN, BY_RULE, REVIEW = range(3)


class Rows(NamedTuple):
    """Administrations of anticancer drugs, sorted by patient, start and drug.

    Attributes
    ----------
    start, stop : int32 array, shape (n,)
        Days; `stop` equals `start` for a single administration.
    drug : int32 array, shape (n,)
        Index into `Drugs`.
    setting : int8 array, shape (n,)
        `NO_SETTING`, `EARLY` or `METASTATIC`.
    reason : int8 array, shape (n,)
        Index into `REASONS_STOPPED`, -1 where none is recorded.
    course : bool array, shape (n,)
        Whether a stop was recorded.
    written : int32 array, shape (n,)
        Code of the name as written.
    source : int32 array, shape (n,)
        Position in the unsorted table.
    offsets : int64 array, shape (patients + 1,)
        Patient p owns rows `offsets[p]` to `offsets[p + 1]`.
    """

    start: Days
    stop: Days
    drug: Codes
    setting: NDArray[np.int8]
    reason: NDArray[np.int8]
    course: Flags
    written: Codes
    source: NDArray[np.int32]
    offsets: NDArray[np.int64]


class Drugs(NamedTuple):
    """What the rules know of each ingredient.

    Attributes
    ----------
    role : int32 array, shape (drugs,)
        Sum of `ANTIBODY`, `HER2`, ...
    drug_class : int32 array, shape (drugs,)
        Class code; a drug of unknown class is a class of its own.
    run_out : int32 array, shape (drugs,)
        Days one administration lasts; 0 where not known.
    oral : bool array, shape (drugs,)
        Whether it is only swallowed, so that a recorded stop is the last tablet.
    """

    role: Codes
    drug_class: Codes
    run_out: Codes
    oral: Flags


class Facts(NamedTuple):
    """What is known of each patient beside the drugs.

    Attributes
    ----------
    metastatic, unresectable, death, last_contact : int32 array, shape (patients,)
        Days, `NONE` where not known; `unresectable` is the first locoregional recurrence of which it is
        recorded that surgery could not remove it.
    undated : bool array, shape (patients,)
        Whether an early exposure has no start.
    undated_role : int32 array, shape (patients,)
        Sum of the roles of such exposures.
    undated_her2_stop : int32 array, shape (patients,)
        Last stop of such exposures to HER2-directed drugs, `NONE` where one has no stop either.
    day, kind : int32 array, shape (events,)
        Progressions, recurrences and local therapies, by patient and day.
    offsets : int64 array, shape (patients + 1,)
    """

    metastatic: Days
    unresectable: Days
    death: Days
    last_contact: Days
    undated: Flags
    undated_role: Codes
    undated_her2_stop: Days
    day: Days
    kind: Codes
    offsets: NDArray[np.int64]


class Choices(NamedTuple):
    """The values of the rules in force; days, or whether a choice was made."""

    look_back: int
    window: int
    gap: int
    needs_progression: bool
    endocrine_opens: bool
    endocrine_counts: bool
    partner_stays: bool
    class_exchange_opens: bool
    partner_exchange_opens: bool
    pertuzumab_joins: int
    local_opens: bool
    early_relapse: float
    early_relapse_pertuzumab: float
    locoregional_apart: bool
    recurrence_palliative: bool
    single_cycle: int
    to_last_given: bool
    staging_lag: int
    holiday: int
    before_switch: int
    after_switch: int
    outcome: int


class World(NamedTuple):
    """Everything one fold reads."""

    rows: Rows
    drugs: Drugs
    facts: Facts
    choices: Choices


class Sets(NamedTuple):
    """Sets of drugs or classes, one for each line: item g of line k is bit `g & 31` of word `k * words + (g >> 5)`."""

    words: int
    bits: NDArray[np.uint32]


class Lines(NamedTuple):
    """What one fold writes: a place for each row, a few numbers for each line and patient.

    Attributes
    ----------
    place : int32 array, shape (rows,)
        Line of each row, -1 for treatment with curative intent.
    patient, number, first, start, stop, last, ending, confidence, maintenance, progression
        Arrays of shape (lines,): `first` is the first row, `last` the last administration,
        the rest as in `lines_of_therapy`; days are `NONE` where there is none.
    fired : int64 array, shape (lines,)
        Bit k for rule k.
    regimen, given, classes : Sets
        Of drugs, drugs and classes.
    curative, early_relapse : int32 array, shape (patients,)
        Number of curative lines; 1 yes, 0 no, -1 not applicable.
    """

    place: Codes
    patient: Codes
    number: Codes
    first: NDArray[np.int64]
    start: Days
    stop: Days
    last: Days
    ending: Codes
    confidence: Codes
    maintenance: Days
    progression: Days
    fired: NDArray[np.int64]
    regimen: Sets
    given: Sets
    classes: Sets
    curative: Codes
    early_relapse: Codes


def choices(rules: LineRules, days_per_month: float) -> Choices:
    """Return the values of a rule set as the fold reads them."""
    value, days = rules.value, rules.days
    twelve = value("L20") == PERTUZUMAB_TWELVE
    months = 6 if twelve else days("L20")
    return Choices(
        look_back=days("L01"),
        window=days("L02"),
        gap=days("L03"),
        needs_progression=value("L04") == ONLY_WITH_PROGRESSION,
        endocrine_opens=value("L07") == NEW,
        endocrine_counts=value("L08") != COUNTS_NOT,
        partner_stays=value("L09") == SAME,
        class_exchange_opens=value("L10") == NEW,
        partner_exchange_opens=value("L11") == NEW,
        pertuzumab_joins=days("L16"),
        local_opens=value("L17") == NEW,
        early_relapse=months * days_per_month,
        early_relapse_pertuzumab=(12 if twelve else months) * days_per_month,
        locoregional_apart=value("L21") == STRATUM,
        recurrence_palliative=value("L22") == PALLIATIVE,
        single_cycle=days("L23"),
        to_last_given=value("L25") == LAST_GIVEN,
        staging_lag=days("L28"),
        holiday=HOLIDAY_DAYS,
        before_switch=PROGRESSION_BEFORE_DAYS,
        after_switch=PROGRESSION_AFTER_DAYS,
        outcome=OUTCOME_DAYS,
    )


def room_for(rows: int, patients: int, drugs: int, classes: int) -> Lines:
    """Return arrays large enough for the lines of a table; only what is written takes memory."""
    small = [np.empty(rows, np.int32) for _ in range(10)]
    return Lines(
        place=small[0],
        patient=small[1],
        number=small[2],
        first=np.empty(rows + 1, np.int64),
        start=small[3],
        stop=small[4],
        last=small[5],
        ending=small[6],
        confidence=small[7],
        maintenance=small[8],
        progression=small[9],
        fired=np.empty(rows, np.int64),
        regimen=_sets(rows, drugs),
        given=_sets(rows, drugs),
        classes=_sets(rows, classes),
        curative=np.zeros(patients, np.int32),
        early_relapse=np.zeros(patients, np.int32),
    )


def _sets(rows: int, items: int) -> Sets:
    words = (items + 31) // 32 or 1
    return Sets(words, np.empty(rows * words, np.uint32))
