"""What an endpoint can be written with: occurrences, places to censor at, and settings, each in words.

An endpoint file (`endpoint_rules/*.yaml`) names these parts and nothing else; how each is found in the
records is in `endpoint_occurrences.py`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sequela.frozen import frozen

SCHEDULED, DOCUMENTED = "scheduled", "documented"
"""Progressions and censorings on the visits of a schedule, or on the days they were written down."""

TIME_ZERO, FIRST_RESPONSE, CONFIRMED_RESPONSE = "time zero", "first response", "first confirmed response"
RESPONSES = (FIRST_RESPONSE, CONFIRMED_RESPONSE)
LINE = "line "
"""A start at a line of therapy is written `line 2`."""

NO_BASELINE, MISSED = "no_baseline", "missed_assessments"

LINKED_DAYS = 45
"""A progression up to this long after a switch explains a stop for progression (as for lines; expert default)."""


@frozen
class Setting:
    """A number of days an endpoint file may set.

    Attributes
    ----------
    meaning : str
    default, least : int
        Days.
    """

    meaning: str
    default: int
    least: int = 0


@frozen
class Occurrence:
    """Something that can be an event, a competing event, or a reason to censor.

    Attributes
    ----------
    label : str
        In words; settings in braces.
    tables : tuple of str
        Canonical tables it is read from. Whoever lost rows of one of them to the quarantine may have had it.
    of_line : bool
        Whether it needs a line of therapy under way at the start.
    settings : tuple of str
        Settings it reads.
    censoring : bool
        Whether it can only be a reason to censor.
    progression : bool
        Whether a schedule moves its day to a visit.
    """

    label: str
    tables: tuple[str, ...]
    of_line: bool = False
    settings: tuple[str, ...] = ()
    censoring: bool = False
    progression: bool = False


@frozen
class Place:
    """A day to censor at.

    Attributes
    ----------
    label : str
    tables : tuple of str
    of_line : bool
        Whether it needs a line of therapy under way at the start.
    """

    label: str
    tables: tuple[str, ...] = ()
    of_line: bool = False


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        "ignore_days": Setting("A progression up to this many days after the start is ignored.", 0),
        "confirmation_days": Setting(
            "A response counts once a second one follows at least this many days later.", 28, 1
        ),
        "baseline_days": Setting("A baseline assessment lies at most this many days before the start.", 28),
        "missed_days": Setting(
            "An event after a longer gap than this since the last assessment is not counted.", 182, 1
        ),
        "visit_days": Setting("Days from one scheduled visit to the next.", 84, 1),
        "visit_window_days": Setting("An assessment this near to a scheduled visit belongs to it.", 14),
        "gap_days": Setting("Treatment has ended when nothing was given for this many days.", 120, 1),
        "lost_days": Setting(
            "Lost is whose last contact lies more than this many days before the records end.", 183, 1
        ),
    }
)

_ASSESSED, _GIVEN = ("assessments",), ("exposures",)
_LATE = ("ignore_days",)

OCCURRENCES: Mapping[str, Occurrence] = MappingProxyType(
    {
        "death": Occurrence("death from any cause", ()),
        "progression": Occurrence(
            "progressive disease, radiologic or clinical", _ASSESSED, settings=_LATE, progression=True
        ),
        "radiologic_progression": Occurrence(
            "progressive disease on imaging", _ASSESSED, settings=_LATE, progression=True
        ),
        "clinical_progression": Occurrence(
            "progressive disease found clinically or by pathology", _ASSESSED, settings=_LATE, progression=True
        ),
        "unspecified_progression": Occurrence(
            "progressive disease with nothing recorded on how it was found", _ASSESSED, settings=_LATE, progression=True
        ),
        "progression_stop": Occurrence(
            "treatment stopped for a progression that no assessment documents", (*_GIVEN, *_ASSESSED), True
        ),
        "toxicity_stop": Occurrence("treatment stopped for toxicity", (*_GIVEN, *_ASSESSED), True),
        "choice_stop": Occurrence("treatment stopped by the patient's choice", (*_GIVEN, *_ASSESSED), True),
        "discontinuation": Occurrence(
            "last administration of a treatment known to have ended, nothing given for {gap_days} days included",
            (*_GIVEN, *_ASSESSED),
            True,
            ("gap_days",),
        ),
        "next_line": Occurrence("start of the next line of therapy", _GIVEN, True),
        "second_next_line": Occurrence("start of the line of therapy after the next", _GIVEN, True),
        "progression_on_next_line": Occurrence(
            "progressive disease more than {ignore_days} days after the start of the next line of therapy",
            (*_GIVEN, *_ASSESSED),
            True,
            _LATE,
        ),
        "next_line_progression_stop": Occurrence(
            "next line of therapy stopped for a progression that no assessment documents", (*_GIVEN, *_ASSESSED), True
        ),
        "loss_to_follow_up": Occurrence(
            "last contact more than {lost_days} days before the last day in the records of all patients",
            (),
            settings=("lost_days",),
        ),
        NO_BASELINE: Occurrence(
            "no tumour assessment recorded in the {baseline_days} days before the start",
            _ASSESSED,
            settings=("baseline_days",),
            censoring=True,
        ),
        MISSED: Occurrence(
            "an event more than {missed_days} days after the last evaluable assessment before it",
            _ASSESSED,
            settings=("missed_days",),
            censoring=True,
        ),
    }
)
"""By the name an endpoint file uses."""

PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "start": Place("the start"),
        "own_day": Place("that day"),
        "last_contact": Place("last day known alive"),
        "last_assessment": Place("last evaluable tumour assessment", _ASSESSED),
        "last_radiologic_assessment": Place("last evaluable tumour assessment on imaging", _ASSESSED),
        "last_dose": Place("last administration of the line of therapy", _GIVEN, True),
        "last_assessment_or_dose": Place(
            "last evaluable tumour assessment or last administration, whichever is later", (*_ASSESSED, *_GIVEN), True
        ),
    }
)
"""By the name an endpoint file uses."""

NOT_REACHED = "not reached: the start lies in something this patient never had"
NO_LINE = "not decidable: no line of therapy was under way at the start"
LOST_ROWS = "not decidable: rows it rests on were refused"
NO_LESIONS = "not decidable: no lesion was measured at baseline, or a new one never"
DEAD_BEFORE = "not decidable: the death is recorded before the start"
NO_CALENDAR = "not decidable: no calendar date is known"
"""Why a patient has no value."""


def start_in_words(start: str) -> str:
    """Return a start as it is spoken of: `line 2` is the start of line 2."""
    return f"start of {start}" if start.startswith(LINE) else start
