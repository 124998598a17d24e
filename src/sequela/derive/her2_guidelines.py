"""The ASCO/CAP guidelines on HER2 as tables: what hybridisation says, and what it says with staining.

The tables are `her2_guidelines.csv`, `her2_hybridisation.csv` and `her2_status.csv` beside this
file; every row names its source. Exactly one row answers each combination of results.
"""

import csv
import math
import re
from functools import cache
from pathlib import Path

from sequela.frozen import frozen
from sequela.records.her2_results import Amount

NO_STAINING = frozenset({-1})
"""The scores of a specimen without immunohistochemistry."""
NONE = "none"
"""The hybridisation of a specimen without it."""
STRONGEST = 3

_HERE = Path(__file__).parent
_BOUND = re.compile(r"(>=|<=|>|<) (\d+(?:\.\d+)?)")
_RANGE = re.compile(r"(\d+(?:\.\d+)?) to (\d+(?:\.\d+)?)")


@frozen
class HybridisationRow:
    """One line of a guideline's table of in-situ hybridisation.

    Attributes
    ----------
    probe : {"dual", "single"}
    ratio, copies : str
        HER2/CEP17 ratio and HER2 copies per cell as printed: `>= 4.0 and < 6.0`, `any`, `not recorded`.
    group : str
        What the line is called.
    result : str
        positive, equivocal, negative, or a group that staining decides.
    source : str
    """

    probe: str
    ratio: str
    copies: str
    group: str
    result: str
    source: str

    def holds(self, ratio: Amount | None, copies: Amount | None) -> bool:
        """Whether both numbers lie inside the line."""
        return _inside(ratio, self.ratio) and _inside(copies, self.copies)


@frozen
class StatusRow:
    """One line of the table of hybridisation beside staining.

    Attributes
    ----------
    hybridisation : str
        `none` where none was made.
    scores : frozenset of int
        Scores of immunohistochemistry the line is for; -1 is none.
    status : {"positive", "equivocal", "negative"}
    waits_for : str
        The test that would settle an equivocal status; empty where none is missing.
    flag : str
        What a reader should know; empty where nothing.
    source : str
    """

    hybridisation: str
    scores: frozenset[int]
    status: str
    waits_for: str
    flag: str
    source: str


@frozen
class Her2Guideline:
    """Cut-offs that turn immunohistochemistry and in-situ hybridisation into one HER2 status.

    Attributes
    ----------
    name, title, citation, remark : str
        `name` as a study file spells it.
    strong_share : float
        Per cent of cells that strong staining must exceed to be 3+; else it counts as 2+.
    hybridisations : tuple of HybridisationRow
    statuses : tuple of StatusRow
    """

    name: str
    title: str
    citation: str
    remark: str
    strong_share: float
    hybridisations: tuple[HybridisationRow, ...]
    statuses: tuple[StatusRow, ...]

    def sentence(self) -> str:
        """Return the guideline in words."""
        return f"{self.title} ({self.citation})"

    def hybridisation(self, ratio: Amount | None, copies: Amount | None) -> HybridisationRow | None:
        """Return the line that ratio and copies per cell lie in.

        None where neither is given, and where a bound (`ratio > 1.9`) leaves it open. Copies
        without a ratio are read as those of a single probe.
        """
        if ratio is None and copies is None:
            return None
        return next((row for row in self.hybridisations if row.holds(ratio, copies)), None)

    def status(self, hybridisation: str, scores: frozenset[int]) -> StatusRow | None:
        """Return the line of a result of hybridisation and the scores of staining.

        None where nothing was measured, and where two possible scores (`2+ or 3+`) give two answers.
        """
        rows = (row for row in self.statuses if row.hybridisation == hybridisation)
        return next((row for row in rows if scores <= row.scores), None)


def _inside(amount: Amount | None, printed: str) -> bool:
    if printed == "any":
        return True
    if amount is None or printed == "not recorded":
        return amount is None and printed == "not recorded"
    low, high = limits(printed)
    return low <= amount.low and amount.high <= high


@cache
def limits(printed: str) -> tuple[float, float]:
    """Return the smallest and largest number of `>= 4.0 and < 6.0` or `1.8 to 2.2`; both belong to it."""
    if match := _RANGE.fullmatch(printed):
        return float(match[1]), float(match[2])
    low, high = -math.inf, math.inf
    for sign, number in _BOUND.findall(printed):
        value = float(number)
        if sign.startswith(">"):
            low = value if sign == ">=" else math.nextafter(value, math.inf)
        else:
            high = value if sign == "<=" else math.nextafter(value, -math.inf)
    return low, high


def _table(name: str) -> list[dict[str, str]]:
    with (_HERE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _scores(printed: str) -> frozenset[int]:
    return frozenset(-1 if score == NONE else int(score[0]) for score in printed.split())


def _guideline(given: dict[str, str]) -> Her2Guideline:
    name = given["name"]
    hybridisations = tuple(
        HybridisationRow(**{key: value for key, value in row.items() if key != "guideline"})
        for row in _table("her2_hybridisation.csv")
        if name in row["guideline"].split()
    )
    statuses = tuple(
        StatusRow(
            row["hybridisation"], _scores(row["ihc"]), row["status"], row["waits_for"], row["flag"], row["source"]
        )
        for row in _table("her2_status.csv")
        if name in row["guideline"].split() or row["guideline"] == "all"
    )
    words = {key: given[key] for key in ("name", "title", "citation", "remark")}
    share = float(given["strong_share"])
    return Her2Guideline(**words, strong_share=share, hybridisations=hybridisations, statuses=statuses)


HER2_GUIDELINES: dict[str, Her2Guideline] = {row["name"]: _guideline(row) for row in _table("her2_guidelines.csv")}
"""By the name a study file uses."""
ASCO_CAP_2013 = HER2_GUIDELINES["asco_cap_2013"]
