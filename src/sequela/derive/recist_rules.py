"""RECIST 1.1 as data: its thresholds, baseline checks, target rules and time-point table, each with its source.

A threshold is replaced by name (`RECIST_1_1.replacing(too_small_mm=0)`); the set stays as it was.
Eisenhauer 2009, doi:10.1016/j.ejca.2008.10.026.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import Literal

from sequela.errors import Problem, StudyError
from sequela.frozen import frozen

EISENHAUER = "RECIST 1.1, Eisenhauer 2009, doi:10.1016/j.ejca.2008.10.026"
EXPERT = "expert default"

NONE = "none"
"""No lesion of that kind was there at baseline."""

NO_DISEASE = "NED"
"""Neither target nor non-target lesion at baseline, and none since."""


@frozen
class Threshold:
    """One number of RECIST.

    Attributes
    ----------
    name : str
        What `replacing` and a study file call it; the unit is its last word.
    meaning : str
        The rule in a sentence.
    default : float
    citation : str
    """

    name: str
    meaning: str
    default: float
    citation: str = EISENHAUER


@frozen
class RecistRules:
    """A set of thresholds with the values in force.

    Attributes
    ----------
    name : str
    thresholds : tuple of Threshold
    changed : mapping of str to float
        Values that differ from the defaults.
    """

    name: str
    thresholds: tuple[Threshold, ...]
    changed: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "changed", MappingProxyType(dict(self.changed)))

    def __hash__(self) -> int:
        return hash((self.name, self.thresholds, tuple(sorted(self.changed.items()))))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the thresholds."""
        return tuple(threshold.name for threshold in self.thresholds)

    def __getitem__(self, name: str) -> float:
        """Return the value in force; KeyError where there is no such threshold."""
        if name in self.changed:
            return self.changed[name]
        return {threshold.name: threshold.default for threshold in self.thresholds}[name]

    def replacing(self, **changes: float) -> "RecistRules":
        """Return the set with some values changed.

        Raises
        ------
        StudyError
            For every name that is not known and every value that is not a number of at least 0.
        """
        problems = [problem for name, value in changes.items() for problem in self._problems(name, value)]
        if problems:
            raise StudyError(problems)
        return replace(self, changed={**self.changed, **changes})

    def _problems(self, name: str, value: object) -> list[Problem]:
        where = f"recist.{name}"
        if name not in self.names:
            return [Problem(where, "this threshold is not known", f"one of: {', '.join(self.names)}")]
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return [] if number and float(value) >= 0 else [Problem(where, f"{value!r}", "a number of at least 0")]  # type: ignore[arg-type]


RECIST_1_1 = RecistRules(
    "RECIST 1.1",
    (
        Threshold("partial_decrease_percent", "PR: the sum is at least this far below the baseline sum.", 30),
        Threshold("progression_increase_percent", "PD: the sum is at least this far above the nadir, and …", 20),
        Threshold("progression_increase_mm", "… at least this many millimetres above it.", 5),
        Threshold("too_small_mm", "A target too small to measure counts as this long.", 5),
        Threshold("normal_node_mm", "A lymph node with a shorter short axis is normal.", 10),
        Threshold("target_node_mm", "Short axis from which a lymph node can be a target.", 15),
        Threshold("target_mm", "Longest diameter from which a lesion can be a target (CT, MRI, calipers).", 10),
        Threshold("target_x_ray_mm", "The same on a chest X-ray.", 20),
        Threshold("longest_mm", "A longer diameter is pointed out.", 400, EXPERT),
        Threshold(
            "tenfold_from", "A diameter this many times the one before, or its inverse, is pointed out …", 8, EXPERT
        ),
        Threshold("tenfold_to", "… up to this many times.", 12.5, EXPERT),
        Threshold("biopsy_days", "A biopsy this long before or after backs a progression in the skin.", 60, EXPERT),
        Threshold("most_targets", "Targets per patient at most.", 5),
        Threshold("most_targets_per_organ", "Targets per organ at most; all lymph nodes are one organ.", 2),
        Threshold("baseline_days", "Baseline is at most this long before the start of treatment.", 28),
        Threshold("baseline_late_days", "Up to here an older baseline is a warning, beyond it a breach.", 35, EXPERT),
        Threshold("baseline_oldest_days", "What is older is no baseline at all.", 91, EXPERT),
        Threshold("baseline_after_days", "A first measurement up to this long after the start is baseline.", 0, EXPERT),
        Threshold(
            "time_point_days",
            "Measurements up to this long after the first of a visit belong to it, until a lesion is measured again.",
            14,
            EXPERT,
        ),
    ),
)


@frozen
class TargetRule:
    """How the targets of one time point are read; the first that holds decides.

    Attributes
    ----------
    id : str
    status : str
    meaning : str
    citation : str
    """

    id: str
    status: str
    meaning: str
    citation: str = EISENHAUER


TARGET_RULES = (
    TargetRule("T1", "CR", "Every target has disappeared and every target node is normal; the sum may exceed 0."),
    TargetRule("T2", "PD", "The measured targets alone exceed the nadir by both limits."),
    TargetRule("T3", "PD", "All targets had disappeared (nadir 0), and one is there again."),
    TargetRule("T4", "NE", "A target was not measured."),
    TargetRule("T5", "PR", "The sum has fallen below the baseline sum by the limit."),
    TargetRule("T6", "SD", "Neither of these."),
)

TRIGGERS: Mapping[str, str] = MappingProxyType(
    {
        "N1": "A new lesion; dated by its first appearance, also where that was called equivocal then. A node known to "
        "have been normal must exceed its own smallest size by both limits.",
        "N2": "Unequivocal progression of a non-target lesion.",
        "T2": TARGET_RULES[1].meaning,
        "T3": TARGET_RULES[2].meaning,
        "N3": "After an overall CR any lesion that is there again; a node as for N1 (expert default: RECIST 1.1 does "
        "not say from what size).",
    }
)
"""What can make a time point progressive, in the order of precedence on one day."""


@frozen
class TableRow:
    """One row of the time-point table; a row applies where the sets contain the states.

    Attributes
    ----------
    id : str
    target, non_target : tuple of str
        States; empty for any. "none" is no such lesion at baseline.
    new : bool or None
        Whether there is a new lesion, None for either.
    overall : str
    citation : str
    """

    id: str
    target: tuple[str, ...]
    non_target: tuple[str, ...]
    new: bool | None
    overall: str
    citation: str = EISENHAUER


NON = "NON-CR/NON-PD"
TIME_POINT_TABLE = (
    TableRow("TP01", ("PD",), (), None, "PD"),
    TableRow("TP02", (), ("PD",), None, "PD"),
    TableRow("TP03", (), (), True, "PD"),
    TableRow("TP04", ("CR",), ("CR", NONE), False, "CR"),
    TableRow("TP05", ("CR",), (NON, "NE"), False, "PR"),
    TableRow("TP06", ("PR",), ("CR", NON, "NE", NONE), False, "PR"),
    TableRow("TP07", ("SD",), ("CR", NON, "NE", NONE), False, "SD"),
    TableRow("TP08", ("NE",), ("CR", NON, "NE", NONE), False, "NE"),
    TableRow("TP09", (NONE,), ("CR",), False, "CR"),
    TableRow("TP10", (NONE,), (NON,), False, NON),
    TableRow("TP11", (NONE,), ("NE",), False, "NE"),
    TableRow("TP12", (NONE,), (NONE,), False, NO_DISEASE),
)
"""RECIST 1.1, tables 1 and 2; the first row that applies decides."""

UNSURE = "U1"
UNSURE_MEANING = (
    "A lesion without baseline, a new lesion without a measurement, or a refused row of lesions: what is not "
    "progression cannot be evaluated."
)
STRICT = "U2"
STRICT_MEANING = "Strict reading: the baseline breaches RECIST, so what is not progression cannot be evaluated."


@frozen
class Check:
    """One thing that a baseline, or a measurement, must satisfy.

    Attributes
    ----------
    id : str
    breach : str
        What is wrong where it fails; `{target_mm}` stands for the value of that threshold.
    reading : str
        What the lenient reading does then; the same.
    grade : {"breach", "warning"}
        The strict reading evaluates no patient with a breach.
    citation : str
    """

    id: str
    breach: str
    reading: str
    grade: Literal["breach", "warning"] = "breach"
    citation: str = EISENHAUER

    def said(self, rules: "RecistRules") -> tuple[str, str]:
        """Return what is wrong, and how it is read, with the values in force."""
        values = {name: f"{rules[name]:g}" for name in rules.names}
        return self.breach.format_map(values), self.reading.format_map(values)


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        check.id: check
        for check in (
            Check("B01", "no lesion was measured at baseline", "progression alone can be seen"),
            Check("B02", "the baseline is older than {baseline_days} days", "it is used", "warning"),
            Check(
                "B03",
                "the baseline is older than {baseline_late_days} days",
                "it is used up to {baseline_oldest_days} days",
                citation=EXPERT,
            ),
            Check(
                "B04",
                "a target is shorter than {target_mm} mm ({target_x_ray_mm} mm on X-ray) at baseline",
                "it is a target",
            ),
            Check("B05", "the short axis of a target node is below {target_node_mm} mm at baseline", "it is a target"),
            Check("B06", "there are more than {most_targets} targets", "all are summed"),
            Check("B07", "there are more than {most_targets_per_organ} targets in one organ", "all are summed"),
            Check(
                "B08",
                "the target is in an organ whose disease is rarely measurable",
                "it is a target; a lytic bone lesion needs {target_mm} mm of soft tissue",
                "warning",
            ),
            Check("B09", "the target's organ was irradiated before the baseline", "it is a target"),
            Check(
                "B10", "a node called target or non-target is normal at baseline", "it is no disease then", "warning"
            ),
            Check("B11", "a lesion called new was there at baseline", "it is followed as non-target", "warning"),
            Check("B12", "a followed lesion was absent at baseline", "it is new where it appears", "warning"),
            Check("B13", "a target was there but not measured at baseline", "it is followed as non-target"),
            Check("B14", "a lesion has no baseline and was first seen later", "only progression counts from then on"),
            Check("B15", "a new lesion was never measured", "only progression counts"),
            Check("B16", "state and diameter of a measurement contradict each other", "it is not evaluable"),
            Check("B17", "a lesion was measured twice on one day with two results", "it is not evaluable that day"),
            Check("B18", "unequivocal progression is written for a target", "its diameter decides", "warning"),
            Check("B19", "rows of the patient's lesions were refused", "only progression counts"),
            Check("B20", "rows of the patient's measurements were refused", "what was read counts", "warning", EXPERT),
            Check(
                "B21",
                "no target of the patient ever reaches {target_mm} mm, as if centimetres were written",
                "millimetres are meant; centimetres need a column unit that says cm",
                "warning",
                EXPERT,
            ),
            Check("B22", "a diameter exceeds {longest_mm} mm", "it is used", "warning", EXPERT),
            Check(
                "B23",
                "a diameter is about ten times the one before, or a tenth of it, as if the unit had changed",
                "both are millimetres; centimetres need a column unit that says cm",
                "warning",
                EXPERT,
            ),
            Check("B24", "organ and nodal contradict each other", "nodal decides", "warning", EXPERT),
            Check(
                "B25",
                "the skin is called clear without a photograph or a biopsy",
                "it is clear",
                "warning",
                EXPERT,
            ),
            Check(
                "B26",
                "progression in the skin without a biopsy within {biopsy_days} days; rash and infection look alike",
                "it is progression",
                "warning",
                EXPERT,
            ),
            Check(
                "B27",
                "a non-target lesion grew by both limits of progression, and no progression is written",
                "it is none; only what is written as unequivocal is",
                "warning",
                EXPERT,
            ),
        )
    }
)
"""B01 to B27, in the order in which they are listed."""

RARELY_MEASURABLE = ("bone", "bone marrow", "meninges", "pleura", "peritoneum", "pericardium")
"""Organs whose disease is mostly not measurable: blastic bone, effusions, leptomeningeal disease."""

CLINICAL_ORGANS = ("skin",)
"""Organs examined by eye and calipers where no method is written."""


def rules_page(rules: RecistRules = RECIST_1_1) -> str:
    """Return every rule as Markdown tables: thresholds, targets, triggers, time-point table, checks."""
    parts = [
        _table(
            ("name", "rule", "value", "source"),
            ((f"`{t.name}`", t.meaning, _value(t, rules), t.citation) for t in rules.thresholds),
        ),
        _table(("id", "targets are", "where"), ((r.id, r.status, r.meaning) for r in TARGET_RULES)),
        _table(("id", "progression by"), TRIGGERS.items()),
        _table(("id", "target", "non-target", "new", "overall"), (_cells(r) for r in TIME_POINT_TABLE)),
        _table(("id", "not evaluable because"), ((UNSURE, UNSURE_MEANING), (STRICT, STRICT_MEANING))),
        _table(
            ("id", "what is wrong", "grade", "lenient reading"),
            ((c.id, c.said(rules)[0], c.grade, c.said(rules)[1]) for c in CHECKS.values()),
        ),
    ]
    return "\n".join(parts)


def rule_in_words(rule: str, rules: RecistRules = RECIST_1_1) -> str:
    """Return what a rule of RECIST says: T1 to T6, N1 to N3, TP01 to TP12, U1, U2, B01 to B27.

    Raises
    ------
    KeyError
        For an id that is none of these.
    """
    if rule in CHECKS:
        wrong, read_as = CHECKS[rule].said(rules)
        return f"{wrong}; {read_as}."
    words = {UNSURE: UNSURE_MEANING, STRICT: STRICT_MEANING, **TRIGGERS}
    words |= {row.id: f"targets {row.status}: {row.meaning}" for row in TARGET_RULES}
    words |= {row.id: _row_in_words(row) for row in TIME_POINT_TABLE}
    return words[rule]


def _row_in_words(row: TableRow) -> str:
    _, target, non_target, new, overall = _cells(row)
    return f"target {target}, non-target {non_target}, new lesion {new}: {overall}."


def _value(threshold: Threshold, rules: RecistRules) -> str:
    return f"{rules[threshold.name]:g}"


def _cells(row: TableRow) -> tuple[str, ...]:
    new = "any" if row.new is None else "yes" if row.new else "no"
    return (row.id, " or ".join(row.target) or "any", " or ".join(row.non_target) or "any", new, row.overall)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, ("---",) * len(head), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
