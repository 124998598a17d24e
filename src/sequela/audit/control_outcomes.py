"""B.13: comparisons whose answer is known; where the groups differ in them without reason, they differ anyway.

Negative controls: Lipsitch, Tchetgen Tchetgen & Cohen (2010), doi:10.1097/EDE.0b013e3181d61eeb.
"""

import numpy as np
import polars as pl

from sequela.analyses.report_card import CardItem, Measure, Status
from sequela.analyses.results import Estimate
from sequela.analyses.wording import listed, ratio, with_interval
from sequela.audit.asked_controls import KnownAnswer, asked_controls
from sequela.audit.calibration import after_controls
from sequela.audit.comparisons import estimate_of
from sequela.audit.known_effects import progression_on_line
from sequela.audit.material import Material
from sequela.audit.thresholds import CONTROL_BEFORE, LEAST_CONTROL_EVENTS
from sequela.derive.lines import columns_of_lines
from sequela.derive.metastases import metastatic_from
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.stats.cox import cox
from sequela.study.grammar import Received

ID, NAME, TITLE = "B13", "control_outcomes", "Controls"


@frozen
class ControlOutcome:
    """A time to an event that lay before the drug that divides the groups.

    Attributes
    ----------
    label : str
    days : float array, shape (n,)
        One entry per patient of the cohort; nan for who has none.
    event : bool array
    """

    label: str
    days: np.ndarray
    event: np.ndarray


def control_outcomes(data: Material) -> CardItem:
    """B.13: compare the groups where the answer is known: in outcomes that were over before, and in named controls."""
    if not data.compares:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No comparison of times is reported.")
    before = [
        answer for control in _controls(data) for group in data.others if (answer := _known(data, control, group))
    ]
    named, reasons = asked_controls(data)
    found = [*before, *named]
    more = (f"No answer from {listed(reasons)}.",) if reasons else ()
    if not found:
        return CardItem(
            ID,
            NAME,
            TITLE,
            Status.NOT_ASSESSABLE,
            "The records hold no outcome that was over before the earlier drug: neither primary diagnoses of enough "
            "patients nor a line of therapy before it.",
            remedy="Record the day of the primary diagnosis, or name 'controls' in the study file.",
            more=more,
        )
    measures = tuple(_measure(item) for item in found)
    answers, moved = after_controls(data, found)
    words = _in_words(data, before, "before the earlier drug was given") + _in_words(data, named, "in controls")
    finding, unlike = " ".join(words), [item for item in found if item.unlike]
    more = (*moved, *more)
    item = CardItem(ID, NAME, TITLE, Status.OK, finding, measures=measures, answers=answers, more=more)
    if not unlike:
        return item
    return item.warned(
        _direction(unlike),
        "Read the answer against this one: what goes no further may be the patients, not the drug.",
    )


def _measure(item: KnownAnswer) -> Measure:
    number = item.estimate
    return Measure("control_hazard_ratio", number.value, item.group, number.low, number.high, item.label)


def _in_words(data: Material, found: list[KnownAnswer], where: str) -> list[str]:
    if not found:
        return []
    each = [
        f"{item.label}, {item.group}: {with_interval(item.estimate, ratio)}"
        + ("" if item.known == 1 else f" where {ratio(item.known)} is known")
        for item in found
    ]
    return [f"Hazard ratios against {data.result.cohort.reference} {where}: {listed(each)}."]


def _direction(unlike: list[KnownAnswer]) -> str:
    """Say which way the groups differ where they should not."""
    faster = [item for item in unlike if item.estimate.value > item.known]
    words = "ran faster" if len(faster) == len(unlike) else "ran slower" if not faster else "ran differently"
    groups = listed(list(dict.fromkeys(item.group for item in unlike)))
    drugs = list(dict.fromkeys(item.drug for item in unlike if item.drug))
    if len({item.drug for item in unlike}) == len(drugs):
        return (
            f"The disease {words} in {groups} on {listed(drugs)} too, of which that was not expected: a difference of "
            "that size needs no effect of the earlier drug on the later one."
        )
    where = "in controls" if any(item.asked for item in unlike) else "before the drug could matter"
    return f"The disease {words} in {groups} {where}: expect a difference of that kind without any effect."


def _known(data: Material, control: ControlOutcome, group: str) -> KnownAnswer | None:
    estimate = _ratio(data, control, group)
    if estimate is None:
        return None
    rows = np.isfinite(control.days)
    return KnownAnswer(control.label, group, estimate, 1.0, int(rows.sum()), int(control.event[rows].sum()))


def _controls(data: Material) -> list[ControlOutcome]:
    found = [_until_metastatic(data)]
    line = _line_before(data)
    if line:
        found.append(_on_line(data, line))
    return found


def _until_metastatic(data: Material) -> ControlOutcome:
    """Time from the primary to the metastatic diagnosis of patients whose disease came back; everyone has the event."""
    records = data.result.records
    primary = records.table("diagnoses").filter(pl.col("kind") == "primary").group_by("patient_id")
    began = metastatic_from(records).group_by("patient_id").agg(pl.col("day").min().alias("metastatic"))
    both = primary.agg(pl.col("day").min().alias("primary")).join(began, on="patient_id")
    both = both.select("patient_id", (pl.col("metastatic") - pl.col("primary")).alias("days"))
    days = _in_order(data, both.filter(pl.col("days") > 0))["days"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return ControlOutcome("time from primary to metastatic disease", days, np.isfinite(days))


def _line_before(data: Material) -> int:
    """Return the last line that was over before nearly everyone who had the earlier drug began it; 0 without one."""
    received = [rule for rule in data.result.study.groups.values() if isinstance(rule, Received)]
    resolve = data.result.records.drugs.resolve
    drugs = [name for rule in received for drug in rule.received for name in (resolve(drug) or ())]
    rules = data.result.definitions.line_rules
    lines = columns_of_lines(data.result.records, rules, "patient_id", "line", "ingredients")
    lines = lines.filter(pl.col("line") >= 1)
    given = lines.filter(pl.col("ingredients").list.set_intersection(drugs).list.len() > 0)
    first = given.group_by("patient_id").agg(pl.col("line").min())
    members = data.result.cohort.patients.select("patient_id").join(first, on="patient_id")
    if members.is_empty():
        return 0
    return int(members["line"].cast(pl.Float64).quantile(1 - CONTROL_BEFORE.value, "lower") or 0) - 1


def _on_line(data: Material, line: int) -> ControlOutcome:
    times = _in_order(data, progression_on_line(data, line))
    days = times["days"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return ControlOutcome(f"progression on line {line}", days, times["event"].fill_null(value=False).to_numpy())


def _in_order(data: Material, values: pl.DataFrame) -> pl.DataFrame:
    patients = data.result.cohort.patients.select("patient_id")
    return patients.join(values, on="patient_id", how="left", maintain_order="left")


def _ratio(data: Material, control: ControlOutcome, group: str) -> Estimate | None:
    """Return the hazard ratio of a group against the reference; None where a group has too few events."""
    codes = [data.groups.index(name) for name in (group, data.result.cohort.reference)]
    rows = np.isfinite(control.days) & (control.days > 0) & np.isin(data.group, codes)
    exposed = (data.group == codes[0])[rows]
    event = control.event[rows]
    if min(int(event[exposed].sum()), int(event[~exposed].sum())) < LEAST_CONTROL_EVENTS.value:
        return None
    try:
        fit = cox(control.days[rows], event, exposed.astype(float)[:, None])
    except NotEstimableError:
        return None
    return estimate_of(fit, 0)
