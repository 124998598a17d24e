"""The tables that lines of therapy are folded from, with the meaning of each number."""

from typing import Any, NamedTuple

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


Table = NDArray[np.void]
"""Records of one kind: `table[i].name` is a number of record i. One table is compiled far sooner than its columns."""

Record = Any
"""One record of a table, read and written by name."""


def _numbers(*names: str, flags: tuple[str, ...] = ()) -> np.dtype[np.void]:
    """Return what a record of whole numbers and flags holds."""
    # Numbers of one width: a function is compiled again for each mixture of widths it is called with.
    return np.dtype([*((name, "i8") for name in names), *((name, "?") for name in flags)], align=True)


ROW = np.dtype(
    [
        ("drug", "i8"),
        *((name, "i4") for name in ("start", "stop", "written")),
        *((name, "i1") for name in ("setting", "reason")),
        ("course", "?"),
    ],
    align=True,
)
"""An administration of an anticancer drug.

`stop` equals `start` for a single administration; `drug` is its place among the drugs; `written` the code of the
name as written; `setting` is `NO_SETTING`, `EARLY` or `METASTATIC`; `reason` an index into `REASONS_STOPPED`, -1
where none is recorded; `course` whether a stop was recorded.
"""

DRUG = _numbers("role", "drug_class", "run_out", flags=("oral",))
"""What the rules know of an ingredient.

`role` is a sum of `ANTIBODY`, `HER2`, ...; `drug_class` a code, a drug of unknown class being a class of its own;
`run_out` the days one administration lasts, 0 where not known; `oral` whether it is only swallowed, so that a
recorded stop is the last tablet.
"""

PATIENT = _numbers(
    *("metastatic", "unresectable", "death", "last_contact", "undated_role", "undated_her2_stop"),
    *("first_row", "end_row", "first_event", "end_event"),
    flags=("undated",),
)
"""What is known of a patient beside the drugs; days are `NONE` where not known.

`unresectable` is the first locoregional recurrence of which it is recorded that surgery could not remove it;
`undated` whether an early exposure has no start, `undated_role` the sum of the roles of such exposures, and
`undated_her2_stop` the last stop of those to HER2-directed drugs, `NONE` where one has no stop either. Rows from
`first_row` on are the patient's, to that before `end_row`, and events likewise.
"""

EVENT = _numbers("day", "kind")
"""A progression, a recurrence or a local therapy."""

CHOICES = np.dtype(
    [
        *((name, "i8") for name in ("look_back", "window", "gap", "pertuzumab_joins", "single_cycle", "staging_lag")),
        *((name, "i8") for name in ("holiday", "before_switch", "after_switch", "outcome")),
        *((name, "f8") for name in ("early_relapse", "early_relapse_pertuzumab")),
        *((name, "?") for name in ("needs_progression", "endocrine_opens", "endocrine_counts", "partner_stays")),
        *((name, "?") for name in ("class_exchange_opens", "partner_exchange_opens", "local_opens")),
        *((name, "?") for name in ("locoregional_apart", "recurrence_palliative", "to_last_given")),
    ],
    align=True,
)
"""The values of the rules in force: days, or whether a choice was made."""

LINE = _numbers(
    *("patient", "number", "first", "start", "stop", "last", "ending", "confidence"),
    *("maintenance", "progression", "fired"),
)
"""A line: `first` is its first row, `last` its last administration, bit k of `fired` stands for rule k.

The rest is as in `lines_of_therapy`; days are `NONE` where there is none.
"""

COURSE = _numbers("curative", "early_relapse")
"""Of a patient: the number of curative lines; 1 for an early relapse, 0 for none, -1 where it does not apply."""


class Rows(NamedTuple):
    """Administrations of anticancer drugs, sorted by patient, start and drug.

    Attributes
    ----------
    table : table of `ROW`, shape (n,)
    source : int32 array, shape (n,)
        Position in the unsorted table.
    offsets : int64 array, shape (patients + 1,)
        Patient p owns rows `offsets[p]` to `offsets[p + 1]`.
    """

    table: Table
    source: NDArray[np.int32]
    offsets: NDArray[np.int64]


class World(NamedTuple):
    """Everything one fold reads.

    Attributes
    ----------
    rows : table of `ROW`
        Sorted by patient, start and drug.
    drugs : table of `DRUG`
    patients : table of `PATIENT`
    events : table of `EVENT`
        By patient and day.
    choices : record of `CHOICES`
    """

    rows: Table
    drugs: Table
    patients: Table
    events: Table
    choices: Record


REGIMEN, GIVEN, CLASSES = range(3)
"""What a line has a set of: the drugs that define it, those given, and the classes of these."""


class Sets(NamedTuple):
    """Three sets for each line, set s of line k being number `3 * k + s`.

    Item g of set m is bit `g & 31` of word `m * words + (g >> 5)`.
    """

    words: int
    bits: NDArray[np.uint32]


class Lines(NamedTuple):
    """What one fold writes.

    Attributes
    ----------
    place : int32 array, shape (rows,)
        Line of each row, -1 for treatment with curative intent.
    line : table of `LINE`
    course : table of `COURSE`, shape (patients,)
    sets : Sets
    """

    place: Codes
    line: Table
    course: Table
    sets: Sets


def choices(rules: LineRules, days_per_month: float) -> Record:
    """Return the values of a rule set as the fold reads them."""
    value, days = rules.value, rules.days
    twelve = value("L20") == PERTUZUMAB_TWELVE
    months = 6 if twelve else days("L20")
    chosen = dict(
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
    return np.array([tuple(chosen[name] for name in CHOICES.names or ())], CHOICES)[0]


def room_for(rows: int, patients: int, items: int) -> Lines:
    """Return room for the lines of a table and for sets of so many items; only what is written takes memory."""
    words = (items + 31) // 32 or 1
    return Lines(
        place=np.empty(rows, np.int32),
        line=np.empty(rows + 1, LINE),
        course=np.zeros(patients, COURSE),
        sets=Sets(words, np.empty(3 * rows * words, np.uint32)),
    )
