"""The main endpoint of a paper under each clock: as the paper counts it, with delayed entry, and from entry."""

import numpy as np

from sequela.analyses.results import Estimate
from sequela.analyses.study_result import StudyResult
from sequela.analyses.wording import counted, inside_sentence, median_months, p_value, ratio, with_interval
from sequela.audit.comparisons import FollowedTime, as_asked, from_entry, hazard_ratios, with_delayed_entry
from sequela.audit.material import Material, material
from sequela.report.display_table import DisplayTable, Row
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from sequela.stats.log_rank import log_rank


def clocks_table(result: StudyResult) -> DisplayTable | None:
    """Return the endpoint of a study under three clocks; None where its clock starts no earlier than its patients.

    Medians are Kaplan-Meier with log-log limits, hazard ratios Efron with Wald limits, the test is the log-rank test;
    under delayed entry a patient is at risk only after his entry.
    """
    data = material(result)
    if not result.cohort.guard.late or not data.compares:
        return None
    ways = (
        (f"from {result.study.time_zero}, as asked", as_asked(data)),
        (f"from {result.study.time_zero}, with delayed entry", with_delayed_entry(data)),
        ("from entry", from_entry(data)),
    )
    shown = [*data.others, result.cohort.reference]
    columns = ("Clock", *(f"{name}, median months (95% CI)" for name in shown))
    columns += tuple(f"Hazard ratio, {name} (95% CI)" for name in data.others)
    endpoint = inside_sentence(data.endpoint.label) if data.endpoint is not None else ""
    return DisplayTable(
        "clocks",
        f"{endpoint[:1].upper()}{endpoint[1:]} under each clock",
        (*columns, "Log-rank p", "Events", "Patients"),
        tuple(_row(data, label, followed, shown) for label, followed in ways),
        _notes(data, shown),
    )


def _row(data: Material, label: str, followed: FollowedTime, shown: list[str]) -> Row:
    codes, entry = _codes(data, followed), _entry(followed)
    ratios = [with_interval(answer.estimate, ratio) for answer in hazard_ratios(data, followed, label)]
    medians = [median_months(_median(followed, codes == data.groups.index(name))) for name in shown]
    test = log_rank(followed.stop, followed.event, codes, entry=entry)
    counts = (str(int(followed.event.sum())), str(followed.patients))
    return Row((label, *medians, *ratios, p_value(test.p_value), *counts))


def _codes(data: Material, followed: FollowedTime) -> np.ndarray:
    """Return the index of each row's group, read back from the indicators."""
    reference = data.groups.index(data.result.cohort.reference)
    codes = np.full(followed.stop.size, reference)
    for column, name in enumerate(data.others):
        codes[followed.exposed[:, column] == 1] = data.groups.index(name)
    return codes


def _entry(followed: FollowedTime) -> np.ndarray | None:
    return followed.start if followed.start.any() else None


def _median(followed: FollowedTime, chosen: np.ndarray) -> Estimate:
    entry = None if _entry(followed) is None else followed.start[chosen]
    found = quantile(kaplan_meier(followed.stop[chosen], followed.event[chosen], entry=entry))
    return Estimate(found.value, found.low, found.high, found.method)


def _notes(data: Material, shown: list[str]) -> tuple[str, ...]:
    """Say how few were at risk at the first event under delayed entry, and what delayed entry rests on."""
    followed = with_delayed_entry(data)
    codes = _codes(data, followed)
    fewest = []
    for name in shown:
        chosen = codes == data.groups.index(name)
        first = followed.stop[chosen & followed.event].min(initial=np.inf)
        present = int(((followed.start < first) & (followed.stop >= first) & chosen).sum())
        fewest.append(f"{counted(present, 'patient')} of {name}")
    return (
        "Medians by Kaplan-Meier with log-log limits, hazard ratios by Cox with Efron ties and Wald limits.",
        f"With delayed entry {' and '.join(fewest)} were at risk at the first event of their group.",
        "Delayed entry needs the wait to say nothing about what comes after it, which no test can prove; it describes, "
        "and does not repair.",
    )
