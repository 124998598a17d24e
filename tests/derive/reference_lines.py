"""The rules of lines of therapy written a second time, in plain Python, one patient at a time.

Slow and literal on purpose: lists, sets and dictionaries, no codes, no carried state that
can be recomputed. It knows the default choices and any L02, L03.
"""

import math

HOLIDAY = 56
HER2_ANTIBODIES = {"trastuzumab", "pertuzumab"}
HER2 = HER2_ANTIBODIES | {"T-DM1", "lapatinib"}
ENDOCRINE = {"letrozole", "fulvestrant"}
CHEMOTHERAPY = {"docetaxel", "paclitaxel", "vinorelbine", "capecitabine", "doxorubicin"}
EXCHANGE = {"docetaxel": "paclitaxel", "paclitaxel": "docetaxel"}
SUPPORT = {"denosumab", "goserelin"}
PARTS = {"Phesgo": ("pertuzumab", "trastuzumab")}


class Row:
    def __init__(self, drug, exposure):
        self.drug, self.row, self.setting, self.reason = (
            drug,
            exposure["row"],
            exposure["setting"],
            exposure["reason_stopped"],
        )
        self.start = exposure["start"]
        self.closed = exposure["stop"] is not None or self.reason is not None
        self.stop = max(self.start, exposure["stop"] if exposure["stop"] is not None else self.start)


def reference_lines(exposures, metastatic, progressions, window=28, gap=120):
    """Return the lines of one patient as a list of sets of exposure rows."""
    rows = sorted(
        (Row(d, e) for e in exposures for d in PARTS.get(e["drug"], (e["drug"],)) if d not in SUPPORT),
        key=lambda row: row.start,
    )
    patient = Patient(palliative(rows, metastatic), progressions, window)
    lines, before = [], None
    for stretch in patient.stretches():
        joined = bool(lines) and stretch[0].start - patient.latest(stretch[0].start) <= gap
        joined = joined and not any(
            patient.opens_line(row, lines[-1], stretch, before) for row in patient.in_window(stretch)
        )
        if joined:
            lines[-1] = lines[-1] + stretch
        else:
            lines.append(stretch)
        before = stretch
    return [{row.row for row in line} for line in lines]


def palliative(rows, metastatic):
    anchor = metastatic
    if anchor is None:
        anchor = min((row.start for row in rows if row.setting == "metastatic"), default=None)
    opening = -math.inf if anchor is None else anchor - 14
    if anchor is not None and rows and anchor - 28 <= rows[0].start:
        opening = min(opening, rows[0].start)
    early = []
    for row in rows:
        going_on = any(e.drug == row.drug for e in early) and (
            row.start - max(e.stop for e in early if e.drug == row.drug) <= HOLIDAY
        )
        before = anchor is not None and row.start < anchor and (row.start < opening or going_on)
        if row.setting == "early" or (row.setting is None and before):
            early.append(row)
    return [row for row in rows if row not in early]


class Patient:
    def __init__(self, rows, progressions, window):
        self.rows, self.progressions, self.window = rows, progressions, window

    def latest(self, day):
        return max((row.stop for row in self.rows if row.start < day), default=None)

    def progression(self, low, high):
        return any(low <= day <= high for day in self.progressions)

    def in_window(self, stretch):
        firsts = {}
        for row in stretch:
            if row.start <= stretch[0].start + self.window:
                firsts.setdefault(row.drug, row)
        return firsts.values()

    def stretches(self):
        found, allowed = [], set()
        for day in sorted({row.start for row in self.rows}):
            today = [row for row in self.rows if row.start == day]
            pause = not found or day - self.latest(day) > HOLIDAY
            if pause or any(self.opens_stretch(row, found[-1], allowed) for row in today):
                running = {row.drug for row in self.rows if row.start < day < row.stop}
                recent = {row.drug for row in self.rows if row.start < day and row.stop >= day - self.window}
                seen = ({row.drug for row in found[-1]} | allowed) if found else set()
                allowed = running | (recent & seen & (HER2_ANTIBODIES | ENDOCRINE))
                found.append([])
                self.running = running
            found[-1].extend(today)
        return found

    def opens_stretch(self, row, stretch, allowed):
        earlier = [r for r in stretch if r.start < row.start]
        verdict = self.verdict(row, earlier, {r.drug for r in earlier} | allowed, stretch[0].start, self.running)
        short = max(r.stop for r in earlier) - stretch[0].start < 22 and max(r.stop for r in earlier) < row.start
        toxic = any(r.reason == "toxicity" for r in earlier)
        if short and toxic and not self.switched(row) and not self.rechallenged(row):
            return False
        if row.start <= stretch[0].start + self.window:
            ended = all(r.closed and r.stop < row.start for r in earlier)
            mine = {r.drug for r in earlier} | allowed
            again = any(r.drug in mine for r in self.rows if row.start <= r.start <= row.start + self.window)
            return verdict and ended and not again
        return verdict

    def opens_line(self, row, line, stretch, before):
        running = {r.drug for r in self.rows if r.start < line[0].start < r.stop}
        upto = stretch[0].start
        return self.verdict(row, line, {r.drug for r in line} | running, before[0].start, running, upto)

    def switched(self, row, upto=None):
        latest = self.latest(row.start if upto is None else upto)
        low = row.start - 30 if latest is None else min(row.start - 30, latest)
        return self.progression(low, row.start + 45)

    def rechallenged(self, row, upto=None):
        stops = [r.stop for r in self.rows if r.drug == row.drug and r.start < (row.start if upto is None else upto)]
        return bool(stops) and row.start - max(stops) > HOLIDAY and self.progression(max(stops) + 1, row.start)

    def verdict(self, row, seen, known, since, running, upto=None):
        """Return whether a drug opens something, for what was seen of the stretch or line."""
        upto = row.start if upto is None else upto
        held = {r.drug for r in seen} | running
        if self.rechallenged(row, upto):
            return True
        if row.drug in known:
            return False
        if (
            row.drug == "pertuzumab"
            and "trastuzumab" in held
            and held & {"docetaxel", "paclitaxel"}
            and row.start - since <= 90
        ):
            return False
        if not self.switched(row, upto) and EXCHANGE.get(row.drug) in held:
            return False
        if row.drug in HER2:
            return True
        if held & HER2_ANTIBODIES:
            if row.drug in ENDOCRINE and not self.switched(row, upto):
                return False
            if row.drug in CHEMOTHERAPY and self.antibody_goes_on(row, upto):
                return self.partner_opens(row, held, upto)
        return True

    def antibody_goes_on(self, row, upto):
        antibodies = [r for r in self.rows if r.drug in HER2_ANTIBODIES]
        running = any(r.start < upto and r.stop > row.start for r in antibodies)
        return running or any(row.start <= r.start <= row.start + self.window for r in antibodies)

    def partner_opens(self, row, held, upto):
        partners = [r for r in self.rows if r.drug in CHEMOTHERAPY and r.start < upto]
        if (
            self.switched(row, upto)
            or not held & CHEMOTHERAPY
            or not partners
            or max(r.stop for r in partners) >= row.start
        ):
            return True
        last = max(r.stop for r in partners)
        return not any(r.reason in ("toxicity", "completed") for r in partners if r.stop == last)
