"""Finds the parts of an endpoint in the records: first occurrences after the start, and days to censor at."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from sequela.derive.endpoint_histories import NEVER, Days, Flags, Histories, Keys, day_of
from sequela.derive.endpoint_parts import LINKED_DAYS
from sequela.derive.endpoints import Endpoint

Finder = Callable[[Histories, Endpoint], Keys]

_NONE_YET = np.int64(-(2**62))
_RECORDED_STOPS = ("toxicity", "completed", "patient choice", "other disease", "other")


def first_assessment(world: Histories, chosen: Flags, after: Days) -> Keys:
    """Return the key of each patient's first chosen assessment after a day of his own."""
    rows = world.assessments
    kept = chosen & (rows.day > after[rows.patient])
    found = np.full(world.size, NEVER)
    np.minimum.at(found, rows.patient[kept], rows.key[kept])
    return found


def last_assessment(world: Histories, chosen: Flags, after: Days, until: Days) -> Keys:
    """Return the key of each patient's last chosen assessment after one day and not after another.

    Of several on that day it is the one that the file names first.
    """
    rows = world.assessments
    kept = chosen & (rows.day > after[rows.patient]) & (rows.day <= until[rows.patient])
    latest = np.full(world.size, _NONE_YET)
    np.maximum.at(latest, rows.patient[kept], rows.day[kept])
    on_it = kept & (rows.day == latest[rows.patient])
    found = np.full(world.size, NEVER)
    np.minimum.at(found, rows.patient[on_it], rows.key[on_it])
    return found


def _first_progression(kind: str) -> Finder:
    def find(world: Histories, endpoint: Endpoint) -> Keys:
        rows = world.assessments
        chosen = {
            "progression": rows.progressed,
            "radiologic": rows.progressed & rows.radiologic,
            "clinical": rows.progressed & rows.clinical,
            "unspecified": rows.progressed & ~rows.radiologic & ~rows.clinical,
        }[kind]
        return first_assessment(world, chosen, world.start + endpoint.setting("ignore_days"))

    return find


def _death(world: Histories, endpoint: Endpoint) -> Keys:
    return np.where(day_of(world.death) >= world.start, world.death, NEVER)


def _undocumented(world: Histories, ended: np.ndarray, stop: Keys, after: Days, switch: Keys) -> Keys:
    """Return the stops for progression of a line during which, and shortly after which, none was documented."""
    closed = np.where(switch < NEVER, day_of(switch), day_of(stop))
    seen = day_of(first_assessment(world, world.assessments.progressed, after))
    documented = (seen < NEVER) & (seen <= np.where(closed < NEVER, closed + LINKED_DAYS, closed))
    return _stopped(world, (ended == "PD") & ~documented, stop)


def _stopped(world: Histories, chosen: Flags, stop: Keys) -> Keys:
    return np.where(chosen & (day_of(stop) >= world.start), stop, NEVER)


def _progression_stop(world: Histories, endpoint: Endpoint) -> Keys:
    line = world.line
    return _undocumented(world, line.ended, line.last_dose, world.start, line.next_start)


def _next_line_progression_stop(world: Histories, endpoint: Endpoint) -> Keys:
    line = world.line
    return _undocumented(world, line.next_ended, line.next_last_dose, day_of(line.next_start), line.second_start)


def _stop_for(reason: str) -> Finder:
    def find(world: Histories, endpoint: Endpoint) -> Keys:
        return _stopped(world, world.line.ended == reason, world.line.last_dose)

    return find


def _discontinuation(world: Histories, endpoint: Endpoint) -> Keys:
    line, last = world.line, day_of(world.line.last_dose)
    seen_since = np.where(world.last_contact < NEVER, day_of(world.last_contact), last) - last
    ended = (line.next_start < NEVER) | (world.death < NEVER) | np.isin(line.ended, _RECORDED_STOPS)
    ended |= _progression_stop(world, endpoint) < NEVER
    ended |= line.known & (seen_since >= endpoint.setting("gap_days"))
    return _stopped(world, line.known & ended, line.last_dose)


def _next_line(world: Histories, endpoint: Endpoint) -> Keys:
    return world.line.next_start


def _second_next_line(world: Histories, endpoint: Endpoint) -> Keys:
    return world.line.second_start


def _progression_on_next_line(world: Histories, endpoint: Endpoint) -> Keys:
    begun = world.line.next_start < NEVER
    after = np.where(begun, day_of(world.line.next_start) + endpoint.setting("ignore_days"), NEVER)
    return first_assessment(world, world.assessments.progressed, after)


def _loss_to_follow_up(world: Histories, endpoint: Endpoint) -> Keys:
    alive = (world.death == NEVER) & (world.last_contact < NEVER) & (world.origin < NEVER)
    seen = np.where(alive, world.origin + np.where(alive, day_of(world.last_contact), 0), NEVER)
    lost = alive & (world.last_record - seen > endpoint.setting("lost_days"))
    return np.where(lost & (day_of(world.last_contact) >= world.start), world.last_contact, NEVER)


FINDERS: Mapping[str, Finder] = MappingProxyType(
    {
        "death": _death,
        "progression": _first_progression("progression"),
        "radiologic_progression": _first_progression("radiologic"),
        "clinical_progression": _first_progression("clinical"),
        "unspecified_progression": _first_progression("unspecified"),
        "progression_stop": _progression_stop,
        "toxicity_stop": _stop_for("toxicity"),
        "choice_stop": _stop_for("patient choice"),
        "discontinuation": _discontinuation,
        "next_line": _next_line,
        "second_next_line": _second_next_line,
        "progression_on_next_line": _progression_on_next_line,
        "next_line_progression_stop": _next_line_progression_stop,
        "loss_to_follow_up": _loss_to_follow_up,
    }
)
"""The first occurrence of each part after the start, as a key per patient; `NEVER` where there is none."""


def adequate(world: Histories, place: str) -> Flags:
    """Return the assessments that count where an endpoint censors at a place."""
    rows = world.assessments
    return rows.evaluable & rows.radiologic if "radiologic" in place else rows.evaluable


def place_key(world: Histories, place: str, until: Days) -> Keys:
    """Return the last key of a place after the start and up to a day of each patient; `NEVER` where there is none."""
    if place == "start":
        return np.full(world.size, NEVER)
    if place == "last_contact":
        return _between(world, world.last_contact, until)
    if place == "last_dose":
        return _between(world, world.line.last_dose, until)
    assessed = last_assessment(world, adequate(world, place), world.start, until)
    if place != "last_assessment_or_dose":
        return assessed
    given = _between(world, world.line.last_dose, until)
    later = (given < NEVER) & ((assessed == NEVER) | (day_of(given) > day_of(assessed)))
    return np.where(later, given, assessed)


def _between(world: Histories, key: Keys, until: Days) -> Keys:
    day = day_of(key)
    return np.where((day >= world.start) & (day <= until), key, NEVER)


def without_baseline(world: Histories, endpoint: Endpoint) -> Flags:
    """Return who has no assessment of the tumour in the days before the start, the start included."""
    rows = world.assessments
    back = world.start[rows.patient] - rows.day
    found = rows.seen & (back >= 0) & (back <= endpoint.setting("baseline_days"))
    seen = np.zeros(world.size, dtype=bool)
    seen[rows.patient[found]] = True
    return ~seen
