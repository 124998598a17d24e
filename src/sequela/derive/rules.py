"""The rules by which lines of therapy are counted, as data: each with its meaning and its source.

A rule set can be printed, changed by id (`BREAST.replacing(L03=180)`) and compared.
"""

import math
from collections.abc import Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import Literal

from sequela.derive.line_roles import BREAST_ROLES, DrugRoles
from sequela.errors import Problem, StudyError
from sequela.frozen import frozen

Value = int | float | str

EXPERT = "expert default"
SAINI = "Saini & Twelves 2021, doi:10.1038/s41416-021-01319-8"
MENG = "Meng 2019, doi:10.1016/j.jbi.2019.103335"
HESS = "Hess 2021, Future Oncol 17:1865"
NEVER = "never"

SAME, NEW = "same line", "new line"
ONLY_WITH_PROGRESSION = "only with progression"
SUB_LINE = "separate sub-line"
COUNTS, COUNTS_NOT = "counts", "does not count"
PERTUZUMAB_TWELVE = "12 months after pertuzumab"
STRATUM = "separate stratum"
CURATIVE, PALLIATIVE = "curative", "palliative"
RUN_OUT, LAST_GIVEN = "last administration and its cycle", "last administration"

HOLIDAY_DAYS = 56
"""A pause longer than two four-week cycles is a holiday; expert default."""

PROGRESSION_BEFORE_DAYS, PROGRESSION_AFTER_DAYS = 30, 45
"""A progression from 30 days before to 45 days after a switch is its reason, and so is any since the last
administration before it; expert default."""

OUTCOME_DAYS = 45
"""A death, or the end of the records, this long after the last cycle ran out ends the line; expert default."""


@frozen
class LineRule:
    """One rule.

    Attributes
    ----------
    id : str
        `L01` to `L28`.
    parameter : str
        What the value says.
    meaning : str
        The rule in a sentence.
    default : int, float or str
    alternatives : tuple
        Other values in use, for sensitivity analyses.
    citation : str
        Source, or "expert default".
    unit : {"days", "months", "choice"}
        Days and months take any whole number; a choice takes the default or an alternative.
    """

    id: str
    parameter: str
    meaning: str
    default: Value
    alternatives: tuple[Value, ...] = ()
    citation: str = EXPERT
    unit: Literal["days", "months", "choice"] = "choice"

    def refusal(self, value: object) -> str:
        """Return what values the rule takes if it cannot take this one; empty where it can."""
        words = [choice for choice in (self.default, *self.alternatives) if isinstance(choice, str)]
        if isinstance(value, str) and value in words:
            return ""
        if self.unit != "choice" and _whole(value):
            return ""
        numbers = [] if self.unit == "choice" else [f"a whole number of {self.unit}"]
        return " or ".join([*numbers, *(f"'{word}'" for word in words)])


def _whole(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and value >= 0 and float(value).is_integer()


@frozen
class LineRules:
    """A set of rules with the values in force.

    Attributes
    ----------
    name : str
    rules : tuple of LineRule
    changed : mapping of str to value
        Values that differ from the defaults.
    title : str
        The disease, in words.
    roles : DrugRoles
        What the rules call a backbone, a directed drug, an exchangeable class.
    """

    name: str
    rules: tuple[LineRule, ...]
    changed: Mapping[str, Value] = field(default_factory=dict)
    title: str = ""
    roles: DrugRoles = BREAST_ROLES

    def __post_init__(self) -> None:
        object.__setattr__(self, "changed", MappingProxyType(dict(self.changed)))

    def __hash__(self) -> int:
        return hash((self.name, self.rules, tuple(sorted(self.changed.items())), self.roles))

    def rule(self, name: str) -> LineRule:
        """Return the rule of that id; KeyError where there is none."""
        for rule in self.rules:
            if rule.id == name:
                return rule
        raise KeyError(name)

    def value(self, name: str) -> Value:
        """Return the value in force of a rule."""
        return self.changed.get(name, self.rule(name).default)

    def days(self, name: str) -> int:
        """Return the value in force of a rule in days; a gap that never closes a line is longer than any life."""
        value = self.value(name)
        return 10**8 if value == NEVER else int(value)

    def replacing(self, **changes: Value) -> "LineRules":
        """Return the rule set with some values changed.

        Parameters
        ----------
        **changes
            Rule id to value, as in `replacing(L03=180, L07="new line")`.

        Raises
        ------
        StudyError
            For every rule that is not known or does not take its value.
        """
        values = {name: NEVER if value == math.inf else value for name, value in changes.items()}
        problems = [problem for name, value in values.items() for problem in self._problems(name, value)]
        if problems:
            raise StudyError(problems)
        merged = {**self.changed, **values}
        return replace(self, changed={name: v for name, v in merged.items() if v != self.rule(name).default})

    def markdown(self) -> str:
        """Return the rules as a Markdown table, with the values in force."""
        head = "| id | rule | value | other values | source |\n| --- | --- | --- | --- | --- |\n"
        return head + "".join(f"| {' | '.join(self._cells(rule))} |\n" for rule in self.rules)

    def _cells(self, rule: LineRule) -> tuple[str, ...]:
        unit = "" if rule.unit == "choice" else f" {rule.unit}"
        value = self.value(rule.id)
        here = f"{value}{unit}" if isinstance(value, int) else str(value)
        others = ", ".join(str(other) for other in (rule.default, *rule.alternatives) if other != value)
        return rule.id, rule.meaning, here, others or "-", rule.citation

    def _problems(self, name: str, value: Value) -> list[Problem]:
        known = [rule.id for rule in self.rules]
        if name not in known:
            return [Problem(f"lines.{name}", "this rule is not known", f"{known[0]} to {known[-1]}")]
        expected = self.rule(name).refusal(value)
        if not expected and name == "L03" and value != NEVER and float(value) < HOLIDAY_DAYS:
            expected = f"at least {HOLIDAY_DAYS} days, the shortest pause that is a holiday"
        return [Problem(f"lines.{name}", f"{value!r}", expected)] if expected else []


BREAST = LineRules(
    "breast",
    (
        LineRule(
            "L01",
            "days before the metastatic diagnosis that still count as metastatic treatment",
            "The first palliative line starts at the first drug given from this many days before "
            "metastatic disease was diagnosed; a setting recorded with the drug decides first.",
            14,
            (0, 30),
            unit="days",
        ),
        LineRule(
            "L02",
            "days of the regimen window",
            "Drugs first given within this many days of the start of a line belong to its regimen.",
            28,
            (21, 42),
            f"{MENG}; {HESS}",
            unit="days",
        ),
        LineRule(
            "L03",
            "days without treatment that close a line",
            "The same drugs given again after a longer pause than this start a new line.",
            120,
            (60, 90, 180, NEVER),
            f"{MENG}; {HESS}",
            unit="days",
        ),
        LineRule(
            "L04",
            "a new drug after the regimen window",
            "An anticancer drug first given after the regimen window starts a new line.",
            NEW,
            (ONLY_WITH_PROGRESSION,),
            f"{SAINI}; {MENG}",
        ),
        LineRule("L05", "dropping a drug", "Leaving out a drug of the regimen does not end the line.", SAME, (), MENG),
        LineRule(
            "L06",
            "maintenance",
            "HER2 antibodies, with or without endocrine therapy, continued after the chemotherapy ended "
            "without progression are maintenance within the line.",
            SAME,
            (SUB_LINE,),
        ),
        LineRule(
            "L07",
            "endocrine therapy added to a HER2 antibody without progression",
            "Endocrine therapy added to a line with a HER2 antibody does not start a new line unless "
            "progression was documented.",
            SAME,
            (NEW,),
        ),
        LineRule(
            "L08",
            "endocrine therapy (with or without a HER2 antibody) as the first regimen",
            "A first regimen of endocrine therapy, with or without a HER2 antibody, is a line.",
            COUNTS,
            (COUNTS_NOT,),
        ),
        LineRule(
            "L09",
            "a new chemotherapy partner for a HER2 antibody after progression",
            "A HER2 antibody continued beyond progression with a new chemotherapy is a new line.",
            NEW,
            (SAME,),
        ),
        LineRule(
            "L10",
            "exchange within a drug class without progression",
            "Exchanging a drug for one of its class (docetaxel for paclitaxel) without progression does "
            "not start a new line; which classes are exchangeable is listed below.",
            SAME,
            (NEW,),
            f"{SAINI}; {HESS}",
        ),
        LineRule(
            "L11",
            "a new chemotherapy partner of another class without progression",
            "A chemotherapy that replaces one stopped for toxicity or completed as planned, beside a "
            "continued HER2 antibody and without progression, stays in the line; without a recorded "
            "reason it starts a new line that asks for review.",
            SAME,
            (NEW,),
            SAINI,
        ),
        LineRule(
            "L12",
            "biosimilar, brand or route",
            "A change of brand, biosimilar or route of the same ingredient changes nothing.",
            SAME,
            (),
            SAINI,
        ),
        LineRule(
            "L13",
            "a holiday shorter than L03, without progression",
            "The same drugs resumed after a pause not longer than L03 and without progression continue the line.",
            SAME,
            (),
            MENG,
        ),
        LineRule(
            "L14",
            "re-challenge",
            "A drug resumed after a holiday in which progression was documented starts a new line.",
            NEW,
        ),
        LineRule(
            "L15",
            "another HER2-directed drug",
            "A HER2-directed drug that is new to the line starts a new line even without progression.",
            NEW,
        ),
        LineRule(
            "L16",
            "days within which pertuzumab may join trastuzumab and a taxane",
            "Pertuzumab added to trastuzumab and a taxane within this many days of their start joins the "
            "regimen of the line.",
            90,
            (28,),
            unit="days",
        ),
        LineRule(
            "L17",
            "local therapy of a progression, drugs unchanged",
            "Radiotherapy or surgery of a progression does not end a line whose drugs go on unchanged.",
            SAME,
            (NEW,),
        ),
        LineRule(
            "L18",
            "local therapy alone",
            "Surgery and radiotherapy without a systemic drug are not a line.",
            "no line",
            (),
            SAINI,
        ),
        LineRule(
            "L19",
            "treatment before metastatic disease",
            "All systemic treatment with curative intent around one tumour, before and after surgery, is one "
            "curative line; palliative lines are counted from 1 after it.",
            CURATIVE,
            (),
            SAINI,
        ),
        LineRule(
            "L20",
            "months after the last (neo)adjuvant HER2-directed drug within which a relapse is early",
            "A relapse during (neo)adjuvant HER2-directed therapy or this soon after it is early, and the "
            "therapy then counts as a line for eligibility only.",
            6,
            (PERTUZUMAB_TWELVE,),
            "EMILIA, doi:10.1056/NEJMoa1209124; DESTINY-Breast03, doi:10.1056/NEJMoa2115022",
            unit="months",
        ),
        LineRule(
            "L21",
            "unresectable locoregional recurrence",
            "A locoregional recurrence that surgery could not remove is treated as metastatic disease: palliative "
            "lines are counted from it.",
            "metastatic",
            (STRATUM,),
        ),
        LineRule(
            "L22",
            "treatment after a recurrence and before metastatic disease",
            "Drugs given after a recurrence and before metastatic disease are a further curative line "
            "unless their setting is recorded.",
            CURATIVE,
            (PALLIATIVE,),
            "CALOR: Aebi 2014, Lancet Oncol 15:156-63",
        ),
        LineRule(
            "L23",
            "days below which a line is a single cycle",
            "A regimen abandoned after a shorter time than this still counts as a line, unless it was "
            "stopped for toxicity without progression: then what follows takes its place in the same line.",
            22,
            (),
            unit="days",
        ),
        LineRule(
            "L24",
            "a drug that is unknown or under investigation",
            "A drug that is unknown or under investigation counts like any other and asks for review.",
            COUNTS,
        ),
        LineRule(
            "L25",
            "end of a line",
            "A line ends when the cycle of its last administration has run out, at the latest the day before "
            "the next line, at death, or at the last contact.",
            RUN_OUT,
            (LAST_GIVEN,),
        ),
        LineRule(
            "L26",
            "supportive drugs and ovarian suppression",
            "Supportive drugs and ovarian suppression never start or join a line.",
            "ignored",
            (),
            SAINI,
        ),
        LineRule(
            "L27",
            "a CDK4/6 inhibitor added to a HER2 antibody",
            "A CDK4/6 inhibitor added to a line with a HER2 antibody starts a new line that asks for review.",
            NEW,
        ),
        LineRule(
            "L28",
            "days by which the metastatic diagnosis may lag behind the first drug",
            "A first systemic treatment begun this many days before metastatic disease was diagnosed "
            "is metastatic treatment: staging came late.",
            28,
            (60,),
            unit="days",
        ),
    ),
    title="Metastatic breast cancer",
)
"""Metastatic breast cancer."""
