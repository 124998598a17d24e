"""B.13: outcomes that the earlier drug cannot have changed; where the groups differ in them, they differ anyway.

Negative controls: Lipsitch, Tchetgen Tchetgen & Cohen (2010), doi:10.1097/EDE.0b013e3181d61eeb.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sequela.analyses.report_card import CardItem, Measure, Status
from sequela.analyses.results import Estimate
from sequela.analyses.wording import listed, ratio, with_interval
from sequela.audit.comparisons import estimate_of
from sequela.audit.known_effects import progression_on_line
from sequela.audit.material import Material
from sequela.audit.thresholds import CONTROL_BEFORE, LEAST_CONTROL_EVENTS
from sequela.derive.lines import columns_of_lines
from sequela.derive.metastases import metastatic_from
from sequela.errors import NotEstimableError
from sequela.stats.cox import cox
from sequela.study.grammar import Received

ID, NAME, TITLE = "B13", "control_outcomes", "Control outcomes"


@dataclass(frozen=True, slots=True)
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
    """B.13: compare the groups in outcomes that were over before the earlier drug was given."""
    if not data.compares:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No comparison of times is reported.")
    tried = [(control, group, _ratio(data, control, group)) for control in _controls(data) for group in data.others]
    found = [(control, group, estimate) for control, group, estimate in tried if estimate is not None]
    if not found:
        return CardItem(
            ID,
            NAME,
            TITLE,
            Status.NOT_ASSESSABLE,
            "The records hold no outcome that was over before the earlier drug: neither primary diagnoses of enough "
            "patients nor a line of therapy before it.",
            remedy="Record the day of the primary diagnosis.",
        )
    measures = tuple(
        Measure("control_hazard_ratio", item.value, group, item.low, item.high, control.label)
        for control, group, item in found
    )
    unlike = [entry for entry in found if not entry[2].low <= 1 <= entry[2].high]
    each = listed([f"{control.label}, {group}: {with_interval(item, ratio)}" for control, group, item in found])
    finding = f"Hazard ratios against {data.result.cohort.reference} before the earlier drug was given: {each}."
    if not unlike:
        return CardItem(ID, NAME, TITLE, Status.OK, finding, measures=measures)
    faster = [group for _, group, item in unlike if item.value > 1]
    words = "ran faster" if len(faster) == len(unlike) else "ran slower" if not faster else "ran differently"
    return CardItem(
        ID,
        NAME,
        TITLE,
        Status.WARN,
        finding,
        f"The disease {words} in {listed(list(dict.fromkeys(group for _, group, _ in unlike)))} before the drug could "
        "matter: expect a difference of that kind without any effect.",
        "Read the answer against this one: what goes no further may be the patients, not the drug.",
        measures,
    )


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
