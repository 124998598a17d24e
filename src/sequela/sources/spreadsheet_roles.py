"""What the columns of a spreadsheet may be: a guess from their names, and from what stands in them.

The words are data (`spreadsheet_words.csv`); drugs, markers and organs are found by their vocabularies. What only
the cells tell is marked as such (`Role.guess`), so that a person looks at it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace

import polars as pl

from sequela.frozen import frozen
from sequela.records.drugs import default_vocabulary
from sequela.records.markers import marker
from sequela.records.organs import organ
from sequela.sources.spreadsheet_cells import NamedSheet
from sequela.sources.spreadsheet_contents import (
    MOST_DRUGS,
    Content,
    content_of,
    is_all_different,
    is_code,
    is_lettered,
    is_running,
    repeats_in_blocks,
    share_of_drugs,
    tells_of_deaths,
)
from sequela.sources.spreadsheet_lines import LineHeader, line_in
from sequela.sources.spreadsheet_words import Entry, entries, parts_of, plain, without_legend

_OF_A_DRUG = ("progression_length", "progression_event", "progression_free", "reason_stopped", "ecog")
_HOLDS = {
    "": ("dates", "numbers", "ages", "yes or no", "ticks", "words", "text"),
    "words": ("words", "yes or no", "ticks", "numbers"),
    "results": ("words", "text", "yes or no", "ticks", "numbers"),
    "names": ("words", "text"),
    "scores": ("numbers", "yes or no"),
    "flags": ("yes or no", "ticks", "words"),
    "ages": ("numbers", "ages"),
    "codes": ("yes or no", "ticks", "numbers"),
}
"""Contents that a wanted content stands for; an empty column may be anything."""

_NAMES, _FLAGS = ("words", "text"), ("yes or no", "ticks")
_DAYS = (("progression_day", "progression_day"), ("stop", "stop"), ("start", "start"))
_EVENTS = (("progression_day", "progression_event"), ("progression_length", "progression_event"))
_TOLD = (("reason_stopped", "reason_stopped"), *_EVENTS, ("response", "response"), ("drug", "drug"))
_PARTS_BY_CONTENT = {
    "dates": _DAYS,
    "numbers": (("event", "progression_event"), ("progression_length", "progression_length")),
    "ages": (),
    "yes or no": _EVENTS,
    "ticks": _EVENTS,
    "words": _TOLD,
    "text": _TOLD,
    "empty": (*_TOLD[:1], *_DAYS, *_TOLD[3:]),
}
"""What a header's part makes a column of each content, the first part that is there."""

_LETTERS_OF_A_DRUG = {"s": "start", "i": "start", "d": "start", "e": "stop", "f": "stop"}
"""A last letter after the name of a drug (`TDM1_S`), where the column holds dates."""

_UNNAMED = "investigational"
"""What a cell that says `study drug` stands for."""

_OF_METASTASES = r"metast|(^|_)(mets?|mts)(_|$)"
_DIAGNOSES = ("primary_day", "recurrence_day", "metastatic_day")
_EVENT_DAYS = (*_DIAGNOSES, "progression_day", "last_contact", "death")
_FIRST_COLUMNS = 3
_YEAR_LAST = r"^(\d{1,2})[/. -](\d{1,2})[/. -]\d{4}"


@frozen
class Role:
    """What one column may be.

    Attributes
    ----------
    column : str
        Its header.
    role : str
        A role of `spreadsheet_words.csv`; drug, start, stop, reason_stopped, progression_day,
        progression_length, progression_event, response of a course of drugs (with `line_` before it where the
        header has a number); drug_start, drug_stop, drug_reason_stopped, drug_given; marker, organ, organ_day; "" where
        nothing is known.
    detail : str
        The drug, the marker, the organ; for an age the drug whose first day, or the role of the day, it is counted
        on; for a line the header with {n} in place of its number; for a course without a number the words of the
        header that say which one; for vital_status what the header says: dead, alive, unclear.
    number : int
        Of the line; 0 otherwise.
    label : str
        The number as the header writes it.
    content : Content
    guess : str
        What the guess rests on where the header alone does not tell; "" where it does.
    legend : mapping of str to str
        What the header, or the row of units, says its codes mean, by the code in small letters.
    note : str
        What the row of units says of it.
    """

    column: str
    role: str
    detail: str
    number: int
    label: str
    content: Content
    guess: str
    legend: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """Return the different cells of a column of few words."""
        return self.content.words

    def said(self, word: str) -> str:
        """Return what a cell stands for by the header's own words; the cell where they do not tell."""
        return self.legend.get(word.lower(), word)


def roles_of(sheet: NamedSheet) -> tuple[Role, ...]:
    """Return a guess for every named column of a sheet, in order."""
    named = [(place, name) for place, name in enumerate(sheet.headers) if name]
    columns = [sheet.sheet.frame[str(place)] for place, _ in named]
    roles = [_role(sheet, name, place) for place, name in named]
    roles = [_by_drugs(role, column) for role, column in zip(roles, columns, strict=True)]
    return tuple(_with_status(_with_patient(_with_shared_words(roles), columns)))


_DATES = Content("dates", (), 1.0, short_years=False)


def names_a_day(header: str) -> bool:
    """Return whether a header names a day, whatever stands in its column."""
    role = _named(without_legend(header)[0], _DATES)
    return role is not None and role.role not in ("", "ecog") and not role.role.endswith(("_length", "_event"))


def names_a_birth(header: str) -> bool:
    """Return whether a header names a day of birth."""
    role = _named(header, _DATES)
    return role is not None and role.role == "birth_day"


def date_order(sheets: list[NamedSheet]) -> str:
    """Return in which order days and months are written where the year stands last.

    "" where no such date occurs, "either" where every date may be read in both ways, "both" where some
    can only be read in one way and some only in the other.
    """
    parts = []
    for sheet in sheets:
        for place in range(len(sheet.headers)):
            text = sheet.sheet.frame[str(place)].drop_nulls()
            parts.append(text.filter(text.str.contains(_YEAR_LAST)))
    dates = pl.concat(parts).to_frame("text") if parts else pl.DataFrame(schema={"text": pl.String})
    numbers = dates.select(pl.col("text").str.extract(_YEAR_LAST, at).cast(pl.Int32).alias(str(at)) for at in (1, 2))
    if numbers.is_empty():
        return ""
    day_first, month_first = bool((numbers["1"] > 12).any()), bool((numbers["2"] > 12).any())
    if day_first == month_first:
        return "both" if day_first else "either"
    return "day-month-year" if day_first else "month-day-year"


def _role(sheet: NamedSheet, name: str, place: int) -> Role:
    content = content_of(sheet.sheet.frame[str(place)])
    label = sheet.labels[place] if sheet.labels and len(sheet.labels) > place else ""
    note = sheet.notes[place] if len(sheet.notes) > place else ""
    bare, legend = without_legend(name)
    legend = legend or without_legend(note)[1]
    for text in dict.fromkeys((bare, label)):
        found = _named(text, content) if text else None
        if found:
            found = _told_by_label(found, label, content)
            # A label is no name by which a map may count on, so a line it numbers is not a template.
            template = text == name or not found.number
            detail = found.detail if template else name
            return replace(found, column=name, detail=detail, legend=legend, note=note)
    return Role(name, "", "", 0, "", content, "", legend, note)


def _told_by_label(found: Role, label: str, content: Content) -> Role:
    """Return an age on the day that the label of its column says, where its name says none (`AGE` in SPSS)."""
    if found.role != "age" or found.detail or not label:
        return found
    told = _named(label, content)
    return told if told and told.role == "age" else found


def _named(text: str, content: Content) -> Role | None:
    name = plain(text)
    if content.kind != "dates" and marker(text):
        # PD-L1 is neither a progression nor a first line.
        return _from_vocabularies(text, name, content) or Role(text, "marker", marker(text) or "", 0, "", content, "")
    if content.kind in (*_FLAGS, "words") and any(one.pattern.fullmatch(name) for one in entries("denied")):
        # `No liver metastases: yes` is none: what a header denies is left to a person, progression apart.
        told = _of_entry(text, name, content)
        return told if told and told.role.startswith("progression_") and told.role != "progression_event" else None
    line = line_in(text)
    if line:
        return _of_line(text, line, content)
    return (
        _of_drug(text, name, content)
        or _of_organ(text, name, content)
        or _of_entry(text, name, content)
        or _of_course(text, name, content)
        or _from_vocabularies(text, name, content)
    )


def _of_entry(text: str, name: str, content: Content) -> Role | None:
    for one in entries("header"):
        fits = content.kind in (*_HOLDS.get(one.content, (one.content,)), "empty")
        if fits and one.pattern.search(name) and not _is_of_another_event(one.meaning, name):
            role, _, detail = one.meaning.partition(":")
            detail = _age_at(name, one) if role == "age" else _drug_in(name) if role in _OF_A_DRUG else detail
            return Role(text, role, detail, 0, "", content, "")
    return None


def _age_at(name: str, age: Entry) -> str:
    """Return the role of the day at which a header says an age was, a drug where it is its first; "" where neither."""
    rest = age.pattern.sub("", name, count=1)
    day = next((one.meaning for one in entries("header") if one.meaning in _DIAGNOSES and one.pattern.search(rest)), "")
    return day or _drug_in(rest)


def _is_of_another_event(meaning: str, name: str) -> bool:
    """Return whether a header names a day only to say when another was: surgery of the primary, a scan before PD."""
    if meaning == "death" and parts_of(name)[0] & {"before", "drug"}:
        return True
    return meaning in _EVENT_DAYS and any(one.pattern.search(name) for one in entries("another"))


def _of_line(text: str, line: LineHeader, content: Content) -> Role:
    parts, left = parts_of(line.rest)
    if "unclear" in parts:
        return Role(text, "", line.template, line.number, line.label, content, "")
    found = next((role for part, role in _PARTS_BY_CONTENT[content.kind] if part in parts), "")
    guess = ""
    if not found and content.kind == "dates" and not parts - {"date", "drug", "early"} and not left:
        found = "start"
        guess = "" if "date" in parts else "its name says only the line, and its cells are dates"
    if not found and not line.rest and content.kind in ("empty", *_NAMES):
        found = "drug"
    role = f"line_{found}" if found else ""
    return Role(text, role, line.template, line.number, line.label, content, guess)


def _of_course(text: str, name: str, content: Content) -> Role | None:
    """Return the part of a course without a number: the header has a word for it, and names the course or nothing."""
    parts, left = parts_of(name)
    if "unclear" in parts:
        return None
    found = next((role for part, role in _PARTS_BY_CONTENT[content.kind] if part in parts), "")
    if not found or ("date" in parts and content.kind in _NAMES) or _is_of_another_event(found, name):
        return None
    return Role(text, found, " ".join([*(["early"] if "early" in parts else []), *left]), 0, "", content, "")


def _of_drug(text: str, name: str, content: Content) -> Role | None:
    """Return the day or the reason of one drug that the header names."""
    words = name.split("_")
    part = next((part for part in ("reason_stopped", "stop", "start") if _adds(words, part)), "")
    rest = [left for word in words for left in _named_by(word, part)]
    drug = _drug(" ".join(rest))
    if drug and (content.kind == "dates" or (part == "reason_stopped" and content.kind in _NAMES)):
        return Role(text, f"drug_{part or 'start'}", drug, 0, "", content, "")
    if drug and content.kind in (*_FLAGS, "words"):
        return Role(text, "drug_given", drug, 0, "", content, "")
    letter = _LETTERS_OF_A_DRUG.get(rest[-1], "") if len(rest) > 1 and content.kind == "dates" else ""
    drug = _drug(" ".join(rest[:-1])) if letter else None
    if drug:
        guess = f"the letter {rest[-1].upper()} is taken for the {'first' if letter == 'start' else 'last'} day"
        return Role(text, f"drug_{letter}", drug, 0, "", content, guess)
    return None


def _named_by(word: str, part: str) -> tuple[str, ...]:
    """Return what a word of a header names beside one part of a course: nothing, or the drug in `カドサイラ開始日`.

    A word that says something else, as `カドサイラ増悪日` does, is left whole, so that it names no drug.
    """
    parts, left = parts_of(word)
    if left:
        return left if parts <= {"date", "before", "early", part} else (word,)
    return () if parts <= {"date", "before", "early"} or (part and part in parts) else (word,)


def _from_vocabularies(text: str, name: str, content: Content) -> Role | None:
    rest = " ".join(word for word in name.split("_") if not _is_filler(word))
    found: Callable[[str], str | None]
    for role, found in (("marker", marker), ("organ", organ)):
        if rest and content.kind != "dates" and found(rest):
            return Role(text, role, found(rest) or "", 0, "", content, "")
    return None


def _of_organ(text: str, name: str, content: Content) -> Role | None:
    """Return the day on which metastases of one organ were found: the header names the organ and no more."""
    rest = " ".join(word for word in name.split("_") if not _is_filler(word))
    found = organ(rest) if rest and content.kind == "dates" and re.search(_OF_METASTASES, name) else None
    return Role(text, "organ_day", found, 0, "", content, "") if found else None


def _drug(text: str) -> str | None:
    """Return the drug of some words of a header; `On study` and `Trial` say when, and name none."""
    drug = default_vocabulary().canonical(text) if text else None
    return None if drug == _UNNAMED else drug


def _drug_in(name: str) -> str:
    """Return the drug that a longer header names, "" where it names none or several."""
    words = name.split("_")
    spans = [" ".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, start + 4)]
    found = {drug for span in dict.fromkeys(spans) if (drug := _drug(span))}
    return found.pop() if len(found) == 1 else ""


def _adds(words: list[str], part: str) -> bool:
    return any(_is(word, part) for word in words)


def _is(word: str, part: str) -> bool:
    return part in parts_of(word)[0]


def _is_filler(word: str) -> bool:
    parts, left = parts_of(word)
    return not left and parts <= {"date", "before"}


def _by_drugs(role: Role, column: pl.Series) -> Role:
    """Return a role changed by the drugs in a column: a column of regimens is one whatever it is called."""
    if role.content.kind not in _NAMES or role.role not in ("", "drug", "line_drug", "response", "line_response"):
        return role
    share = share_of_drugs(column)
    named = role.role in ("drug", "line_drug")
    if share > MOST_DRUGS and not named:
        told = replace(role, role="line_drug" if role.number else "drug")
        return replace(told, guess=f"{share:.0%} of its cells' parts are known drugs")
    if named and share <= MOST_DRUGS:
        return replace(role, guess=f"its name says so, but only {share:.0%} of its cells' parts are known drugs")
    return role


def _with_shared_words(roles: Sequence[Role]) -> list[Role]:
    """Return roles in which the first day of a `metastatic therapy` is no diagnosis of metastases."""
    told = {role.detail for role in roles if role.role == "drug" and role.detail}
    found = []
    for role in roles:
        course = _of_course(role.column, plain(role.column), role.content)
        shared = role.role in _DIAGNOSES and course and course.role in ("start", "stop") and course.detail in told
        found.append(course if course and shared else role)
    return found


def _with_patient(roles: Sequence[Role], columns: Sequence[pl.Series]) -> list[Role]:
    """Return roles with one column of the patient: named so, or the first that looks like an identifier."""
    named = [at for at, role in enumerate(roles) if role.role == "patient"]
    fit = [at for at in named if is_all_different(columns[at]) or repeats_in_blocks(columns[at])]
    if named:
        chosen = (fit or named)[0]
        return [replace(role, role="") if at in named and at != chosen else role for at, role in enumerate(roles)]
    for fits in (is_all_different, repeats_in_blocks):
        for at, (role, column) in enumerate(zip(roles, columns, strict=True)):
            if not role.role and role.content.kind != "dates" and is_code(column) and fits(column):
                guess = _identifies(role, column, at)
                if guess:
                    found = replace(role, role="patient", guess=f"its cells look like codes, and {guess}")
                    return [*roles[:at], found, *roles[at + 1 :]]
    return list(roles)


def _identifies(role: Role, column: pl.Series, at: int) -> str:
    """Return why a column of codes may be the patient's; "" where neither its name nor its place fits."""
    if any(one.pattern.search(plain(role.column)) for one in entries("identifier")):
        return "its name is one of an identifier"
    fits = at < _FIRST_COLUMNS and is_lettered(column)
    return "it is among the first columns" if fits or (at == 0 and is_running(column)) else ""


def _with_status(roles: Sequence[Role]) -> list[Role]:
    """Return roles with the column that says who died, where only its cells tell."""
    named = [role for role in roles if role.role == "vital_status"]
    if any(
        role.detail
        or tells_of_deaths([role.said(word) for word in role.words])
        or role.content.kind in (*_FLAGS, "numbers")
        for role in named
    ):
        return list(roles)
    told = [
        role
        for role in roles
        if role.role in ("", "response") and tells_of_deaths([role.said(word) for word in role.words])
    ]
    if not told:
        return list(roles)
    # A status by name that speaks of something else (married, in treatment) gives way.
    others = [replace(role, role="") if role in named else role for role in roles]
    guess = "its words say who is dead and who is alive"
    return [replace(role, role="vital_status", detail="", guess=guess) if role == told[0] else role for role in others]
