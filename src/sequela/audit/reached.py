"""B.15: patients with the earlier drug, and without, who never reached the later one and are in no group.

Selection probabilities: Greenland (1996), Int J Epidemiol 25:1107. A cohort of those who reached a drug is a part of
all who might have; how large a part may differ between the groups, and those left out may fare otherwise.
"""

import polars as pl

from sequela.analyses.report_card import CardItem, Measure, Status
from sequela.analyses.wording import listed, percent
from sequela.audit.calendar_remedies import drugs_of_the_groups
from sequela.audit.chosen import Counted, if_chosen
from sequela.audit.material import Material
from sequela.audit.selected import weighted_for_reaching
from sequela.audit.starters import given_any_of
from sequela.audit.thresholds import REACHED_DIFFERENCE, REACHED_SHIFT
from sequela.derive.administrations import administrations
from sequela.derive.metastases import metastatic_from
from sequela.frozen import frozen
from sequela.study.grammar import Received

ID, NAME, TITLE = "B15e", "never_reached", "Who never reached the cohort"

UNLIKE_SIZE = (
    "The groups are parts of unlike size of those who might have been in them: who is left out may be those who fared "
    "worst in one group and anybody in the other."
)
UNLIKE_KIND = "Who reached it is not like who did not, and not in the same way in both groups."
"""Which way the item bends the answer, where the shares differ and where only the patients do."""


@frozen
class Reached:
    """Patients in the records with metastatic disease, by whether they had the drug that divides the groups.

    Attributes
    ----------
    drug, later : str
    patients, reached : (int, int)
        With the drug and without it.
    """

    drug: str
    later: str
    patients: tuple[int, int]
    reached: tuple[int, int]

    @property
    def shares(self) -> tuple[float, float]:
        """Return who reached the later drug, with the earlier one and without it."""
        return self.reached[0] / self.patients[0], self.reached[1] / self.patients[1]


def never_reached(data: Material) -> CardItem:
    """B.15: count who reached the later drug, with the earlier one and without it."""
    found = _reached(data)
    if isinstance(found, str):
        drawn = if_chosen(data, None)
        about = ("", "", drawn.measures, drawn.answers)
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, found, *about, more=drawn.said)
    pairs = list(zip((f"with {found.drug}", "without it"), found.reached, found.patients, strict=True))
    each = listed([f"{part} of {whole} ({percent(part, whole)}%) {who}" for who, part, whole in pairs])
    finding = f"Reached {found.later}: {each}."
    with_it, without = found.shares
    weighed, drawn = weighted_for_reaching(data), if_chosen(data, _in_order(data, found))
    answers = (*weighed.answers, *drawn.answers)
    measures = (
        *weighed.measures,
        *drawn.measures,
        Measure("share_reached", with_it, method=f"with {found.drug}"),
        Measure("share_reached", without, method=f"without {found.drug}"),
    )
    more = weighed.said or ((f"Not assessable here: {weighed.why_not}.",) if weighed.why_not else ())
    more = (*more, *drawn.said)
    apart = abs(with_it - without) > REACHED_DIFFERENCE.value
    item = CardItem(ID, NAME, TITLE, Status.OK, finding, measures=measures, answers=answers, more=more)
    if not apart and not weighed.turned and weighed.shift <= REACHED_SHIFT.value:
        return item
    return item.warned(
        UNLIKE_SIZE if apart else UNLIKE_KIND,
        "Start the cohort at the earlier line, where everybody still is.",
    )


def _in_order(data: Material, found: Reached) -> Counted:
    """Return who came of how many, in the group that is compared and in the reference."""
    with_it, without = zip(found.reached, found.patients, strict=True)
    rule = data.result.study.groups.get(data.others[0])
    return (with_it, without) if isinstance(rule, Received) else (without, with_it)


def _reached(data: Material) -> Reached | str:
    """Count, or say why nothing can be counted."""
    later, drugs = data.result.study.time_zero.drug, drugs_of_the_groups(data)
    if len(data.groups) != 2 or len(drugs) != 1 or not later:
        return "The groups are not those with and without one drug before the first of another."
    records = data.result.records
    given = administrations(records).filter(pl.col("start").is_not_null())
    everyone = metastatic_from(records).select("patient_id").unique()
    first = given.filter(given_any_of(data, later)).group_by("patient_id").agg(pl.col("start").min().alias("first"))
    had = given.filter(given_any_of(data, drugs[0])).group_by("patient_id").agg(pl.col("start").min().alias("had"))
    table = everyone.join(first, on="patient_id", how="left").join(had, on="patient_id", how="left")
    before = pl.col("had").is_not_null() & (pl.col("first").is_null() | (pl.col("had") < pl.col("first")))
    table = table.select(before.alias("before"), pl.col("first").is_not_null().alias("reached"))
    sides = [table.filter(pl.col("before") == side)["reached"] for side in (True, False)]
    if table["reached"].all() or not all(len(side) and side.any() for side in sides):
        return f"The records hold only patients who reached {later}; how many did not cannot be counted."
    counts = [(len(side), int(side.sum())) for side in sides]
    return Reached(drugs[0], later, (counts[0][0], counts[1][0]), (counts[0][1], counts[1][1]))
