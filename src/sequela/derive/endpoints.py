"""Endpoints as data: what starts the clock, what are events, what censors and where, and who says so.

Every definition is a file in `endpoint_rules/`, written with the parts of `endpoint_parts.py`; `PROFILES`
reads them by name. How a patient's value follows from one is in `endpoint_times.py`.
"""

from sequela.derive.endpoint_parts import (
    DOCUMENTED,
    MISSED,
    NO_BASELINE,
    OCCURRENCES,
    PLACES,
    RESPONSES,
    SCHEDULED,
    TIME_ZERO,
    start_in_words,
)
from sequela.frozen import frozen

EVENT, COMPETING, CENSORED = "event", "competing event", "censored at"
"""The roles of a rule, as printed."""


@frozen
class EndpointRule:
    """One way in which a patient's time can end.

    Attributes
    ----------
    id : str
        `E1`, `O1`, `C1` … in the order of the definition: events, other (competing) events, censorings.
    role : str
        `EVENT`, `COMPETING` or `CENSORED`.
    what : str
        In words.
    """

    id: str
    role: str
    what: str


@frozen
class Endpoint:
    """A time to an event.

    Attributes
    ----------
    name : str
        As a study file spells it, with what was changed in brackets.
    label : str
        In words.
    short : str
        For axes and sentences: "progression", "death".
    meaning : str
        In plain sentences.
    start : str
        "time zero", "line 2", "first response" or "first confirmed response".
    events, competing : tuple of str
        Names of `OCCURRENCES`. The earliest ends the time; on one day the first in the list wins.
    censorings : tuple of (str, str)
        Occurrence that ends follow-up, and the name of the place in `PLACES` where it censors.
    end : str
        Place where a patient is censored whom nothing else ended.
    settings : tuple of (str, int)
        Days, by name of `SETTINGS`: all that the parts of this endpoint read.
    reference : str
        Where the definition comes from, or "expert default".
    remark : str
        What a reader must know; may be empty.
    dates : str
        `DOCUMENTED`, or `SCHEDULED` where progressions and censorings count on scheduled visits.
    compares : bool
        False where groups cannot be compared on it.
    """

    name: str
    label: str
    short: str
    meaning: str
    start: str
    events: tuple[str, ...]
    competing: tuple[str, ...]
    censorings: tuple[tuple[str, str], ...]
    end: str
    settings: tuple[tuple[str, int], ...]
    reference: str
    remark: str = ""
    dates: str = DOCUMENTED
    compares: bool = True

    def setting(self, name: str) -> int:
        """Return a number of days; KeyError where no part of the endpoint reads it."""
        return dict(self.settings)[name]

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the occurrences of the definition."""
        return (*self.events, *self.competing, *(occurrence for occurrence, _ in self.censorings))

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the occurrences of which the first ends a patient's time as an event, of interest or competing."""
        return (*self.events, *self.competing)

    @property
    def places(self) -> tuple[str, ...]:
        """Return the places where it censors."""
        return (*dict.fromkeys((*(place for _, place in self.censorings), self.end)),)

    @property
    def needs_line(self) -> bool:
        """Return whether a line of therapy must be under way at the start."""
        return any(OCCURRENCES[name].of_line for name in self.parts) or any(PLACES[p].of_line for p in self.places)

    @property
    def needs_assessments(self) -> bool:
        """Return whether nothing can be said of it where nobody was ever assessed."""
        progressions = [name for name in self.kinds if "progression" in name and not name.endswith("_stop")]
        return bool(progressions) or self.start in RESPONSES

    @property
    def tables(self) -> tuple[str, ...]:
        """Return the tables it rests on."""
        read = [*(OCCURRENCES[name].tables for name in self.parts), *(PLACES[place].tables for place in self.places)]
        if self.start != TIME_ZERO:
            read.append(("exposures", "assessments") if self.start in RESPONSES else ("exposures",))
        return (*dict.fromkeys(table for tables in read for table in tables),)

    def rules(self) -> tuple[EndpointRule, ...]:
        """Return every way in which a patient's time can end, in the order in which they are tried.

        The last two are the place of who reached no event, and the start where not even that is recorded.
        """
        rules = [EndpointRule(f"E{i}", EVENT, self._words(name)) for i, name in enumerate(self.events, 1)]
        rules += [EndpointRule(f"O{i}", COMPETING, self._words(name)) for i, name in enumerate(self.competing, 1)]
        censored = [self._censoring(name, place) for name, place in self.censorings]
        censored += [self._place(self.end), f"{start_in_words(self.start)}, where nothing is recorded after it"]
        return (*rules, *(EndpointRule(f"C{i}", CENSORED, what) for i, what in enumerate(censored, 1)))

    def definition(self) -> tuple[tuple[str, str], ...]:
        """Return the endpoint as rows of (role, what)."""
        return (("starts at", start_in_words(self.start)), *((rule.role, rule.what) for rule in self.rules()))

    def markdown(self) -> str:
        """Return the whole definition as a page for people."""
        lines = [f"# {self.label} ({self.name})", "", self.meaning, "", "| rule | role | what |", "| --- | --- | --- |"]
        lines += [f"| - | starts at | {start_in_words(self.start)} |"]
        lines += [f"| {rule.id} | {rule.role} | {rule.what} |" for rule in self.rules()]
        lines += ["", *(f"- {name}: {days} days" for name, days in self.settings)]
        lines += [f"- source: {self.reference}"]
        lines += [f"- {self.remark}"] if self.remark else []
        return "\n".join(lines) + "\n"

    def _words(self, name: str) -> str:
        part = OCCURRENCES[name]
        words = part.label.format(**dict(self.settings))
        if part.progression and self.setting("ignore_days"):
            words += f", later than {self.setting('ignore_days')} days after the start"
        if part.progression and self.dates == SCHEDULED:
            words += ", on the next scheduled visit"
        return words

    def _place(self, place: str) -> str:
        words = PLACES[place].label
        if place == "start":
            return start_in_words(self.start)
        return f"{words}, on the last scheduled visit" if self.dates == SCHEDULED and "assessment" in place else words

    def _censoring(self, name: str, place: str) -> str:
        words = self._words(name)
        if place == "own_day":
            return f"the day of: {words}"
        if name in (NO_BASELINE, MISSED) or place == "start":
            return f"{self._place(place)}, for {words}"
        return f"{self._place(place)} up to the {words}"
