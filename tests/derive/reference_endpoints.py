"""The endpoints a second time, patient by patient in plain Python, to compare the engine with."""

import math

IMAGING = ("ct", "mri")
RECORDED = ("toxicity", "completed", "patient choice", "other disease", "other")


def reference(records, zeros, endpoint, lines):
    """Return patient -> (start, days, outcome, rule id); lines are rows of `lines_of_therapy` as mappings."""
    told = {patient: ([], []) for patient in zeros}
    for row in records.table("assessments").to_dicts():
        told[row["patient_id"]][0].append(row)
    for line in lines:
        told[line["patient_id"]][1].append(line)
    people = {row["patient_id"]: row for row in records.table("patients").to_dicts()}
    return {name: _One(people[name], zero, endpoint, *told[name]).value() for name, zero in zeros.items()}


class _One:
    def __init__(self, about, zero, endpoint, assessments, lines):
        self.endpoint, self.settings = endpoint, dict(endpoint.settings)
        self.death, self.contact = about["death"], about["last_contact"]
        self.seen = sorted(assessments, key=lambda row: (row["day"], row["row"]))
        self.lines = sorted(lines, key=lambda line: line["start"])
        self.start = self._start(zero)

    def _start(self, zero):
        start = self.endpoint.start
        if start == "time zero":
            return zero
        if start.startswith("line "):
            return next((line["start"] for line in self.lines if line["line"] == int(start[5:])), None)
        later = [row for row in self.seen if row["day"] > zero]
        progressed = min((row["day"] for row in later if row["response"] == "PD"), default=None)
        switched = min((line["start"] for line in self.lines if line["start"] > zero), default=None)
        for row in later:
            if row["response"] not in ("CR", "PR") or row["organ"] is not None:
                continue
            before = progressed is None or row["day"] < progressed
            if before and (switched is None or row["day"] <= switched) and self._held(row, later, progressed, switched):
                return row["day"]
        return None

    def _held(self, row, later, progressed, switched):
        """Whether a response is the worst of its day and, where that is asked, confirmed in time."""
        end = min(day for day in (progressed, switched, 10**6) if day is not None)
        worst, order = {}, ("NE", "CR", "PR", "SD", "NON-CR/NON-PD", "PD")
        for one in later:
            if one["day"] <= end and one["response"] and (one["organ"] is None or one["response"] == "PD"):
                worst[one["day"]] = max(worst.get(one["day"], "NE"), one["response"], key=order.index)
        if worst[row["day"]] != row["response"]:
            return False
        if self.endpoint.start == "first response":
            return True
        between = []
        for day in sorted(day for day in worst if day > row["day"]):
            known = {"CR": ("CR",), "PR": ("CR", "PR")}[row["response"]]
            if worst[day] in known and day >= row["day"] + self.settings["confirmation_days"]:
                after_complete = "CR" in between and "PR" in [*between, worst[day]][between.index("CR") :]
                clean = set(between) <= {*known, "NE"} and between.count("NE") <= 1
                return clean and not (row["response"] == "PR" and after_complete)
            between.append(worst[day])
        return False

    def _radiologic(self, row):
        if row["basis"] is None:
            return (row["method"] or "").lower() in IMAGING
        return row["basis"] == "radiologic"

    def _progressions(self, kind, after):
        for row in self.seen:
            if row["response"] != "PD" or row["day"] <= after:
                continue
            if kind == "any" or kind == self._kind(row):
                yield row["day"]

    def _kind(self, row):
        if self._radiologic(row):
            return "radiologic"
        return "clinical" if row["basis"] in ("clinical", "pathologic") else "unspecified"

    def _around(self):
        under = [i for i, line in enumerate(self.lines) if line["start"] <= self.start <= line["stop"]]
        if not under:
            return None, None, None
        at = under[-1]
        return (self.lines[at], *(self.lines[at + k] if at + k < len(self.lines) else None for k in (1, 2)))

    def _undocumented(self, line, following, after):
        if line is None or line["reason_ended"] != "PD":
            return None
        until = (following["start"] if following else line["last_given"]) + 45
        documented = any(after < row["day"] <= until for row in self.seen if row["response"] == "PD")
        return None if documented else line["last_given"]

    def _occurrence(self, name):
        here, following, second = self._around()
        ignore = self.start + self.settings.get("ignore_days", 0)
        kinds = {"progression": "any", "radiologic_progression": "radiologic", "clinical_progression": "clinical"}
        kinds["unspecified_progression"] = "unspecified"
        if name in kinds:
            return min(self._progressions(kinds[name], ignore), default=None)
        if name == "death":
            return self.death
        if name == "next_line":
            return following["start"] if following else None
        if name == "second_next_line":
            return second["start"] if second else None
        if name == "progression_on_next_line":
            late = following["start"] + self.settings["ignore_days"] if following else math.inf
            return min(self._progressions("any", late), default=None)
        if name == "progression_stop":
            return self._stop(self._undocumented(here, following, self.start))
        if name == "next_line_progression_stop":
            return self._stop(self._undocumented(following, second, following["start"]) if following else None)
        if name in ("toxicity_stop", "choice_stop"):
            reason = {"toxicity_stop": "toxicity", "choice_stop": "patient choice"}[name]
            return self._stop(here["last_given"]) if here and here["reason_ended"] == reason else None
        assert name == "discontinuation", name
        return self._discontinued(here, following)

    def _stop(self, day):
        return day if day is not None and day >= self.start else None

    def _discontinued(self, here, following):
        if here is None:
            return None
        silent = self.contact is not None and self.contact - here["last_given"] >= self.settings["gap_days"]
        stopped = here["reason_ended"] in RECORDED or self._undocumented(here, following, self.start) is not None
        ended = following is not None or self.death is not None or silent or stopped
        return self._stop(here["last_given"]) if ended else None

    def _place(self, place, until):
        evaluable = [r for r in self.seen if r["response"] not in (None, "NE") and self.start < r["day"] <= until]
        if place == "start":
            return None
        if "radiologic" in place:
            evaluable = [row for row in evaluable if self._radiologic(row)]
        days = [row["day"] for row in evaluable] if "assessment" in place else []
        if "contact" in place and self.contact is not None:
            days.append(self.contact)
        if "dose" in place and self._around()[0] is not None:
            days.append(self._around()[0]["last_given"])
        return max((day for day in days if self.start <= day <= until), default=None)

    def value(self):
        if self.start is None:
            return (None, None, "not reached", None)
        if self.death is not None and self.death < self.start:
            return (None, None, "not decidable", None)
        if self.endpoint.needs_line and self._around()[0] is None:
            return (None, None, "not decidable", None)
        day, outcome, rule = self._decide()
        return (self.start, day - self.start, outcome, rule)

    def _decide(self):
        names = list(self.endpoint.events)
        roles = [("event", f"E{i}") for i in range(1, len(names) + 1)]
        names += self.endpoint.competing
        roles += [("competing", f"O{i}") for i in range(1, len(self.endpoint.competing) + 1)]
        censorings = self.endpoint.censorings
        last = f"C{len(censorings) + 1}"
        first = None
        for name, (outcome, rule) in zip(names, roles, strict=True):
            day = self._occurrence(name)
            if day is not None and (first is None or day < first[0]):
                first = (day, outcome, rule, name, None)
        for number, (name, place) in enumerate(censorings, 1):
            if name == "no_baseline":
                back = self.start - self.settings["baseline_days"]
                looked = any(back <= row["day"] <= self.start and row["response"] != "NE" for row in self.seen)
                if not looked:
                    return self.start, "censored", f"C{number}"
            elif name != "missed_assessments":
                day = self._occurrence(name)
                if day is not None and (first is None or day < first[0]):
                    first = (day, "censored", f"C{number}", name, place)
        if first and first[1] != "censored":
            return self._event(first, last)
        place, rule = (self.endpoint.end, last) if first is None else (first[4], first[2])
        day = self._place(place, math.inf if first is None else first[0])
        if day is None:
            return self.start, "censored", f"C{len(censorings) + 2}" if first is None else rule
        return self._visit(day, place, last=True), "censored", rule

    def _event(self, first, last):
        day, outcome, rule, name, _ = first
        for number, (what, place) in enumerate(self.endpoint.censorings, 1):
            if what != "missed_assessments":
                continue
            before = self._place(place, day - 1)
            since = self.start if before is None else before
            if day - since > self.settings["missed_days"]:
                return self._visit(since, place, last=True), "censored", f"C{number}"
        if "progression" in name and "stop" not in name and "line" not in name:
            day = self._visit(day, "assessment", last=False)
        return day, outcome, rule

    def _visit(self, day, place, last):
        if self.endpoint.dates != "scheduled" or "assessment" not in place:
            return day
        every, window, since = self.settings["visit_days"], self.settings["visit_window_days"], day - self.start
        visits = [number * every for number in range(2 + since // every)]
        near = [visit for visit in visits if abs(visit - since) <= window]
        moved = (
            near[0] if near else max(v for v in visits if v <= since) if last else min(v for v in visits if v >= since)
        )
        if not last and moved == 0:
            moved = every
        ends = self.start + moved
        return ends if self.death is None else min(ends, self.death)
