"""The main endpoint of a paper under each clock: as the paper counts it, with delayed entry, and from entry."""

import math
from dataclasses import replace

import numpy as np
import polars as pl

from sequela.analyses.results import RESULT_SCHEMA, Estimate, HazardRatio, Survival, SurvivalGroup, Test
from sequela.analyses.study_result import StudyResult
from sequela.analyses.wording import counted, inside_sentence, median_months, p_value, ratio, with_interval
from sequela.audit.comparisons import FollowedTime, as_asked, from_entry, hazard_ratios, with_delayed_entry
from sequela.audit.material import Material, material
from sequela.report.display_table import DisplayTable, Row
from sequela.stats.conditional_survival import reliable_curve
from sequela.stats.kaplan_meier import SurvivalCurve, kaplan_meier, quantile
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


def delayed_entry_curves(result: StudyResult) -> Survival | None:
    """Return the curves of a study from its time zero with delayed entry; None where `clocks_table` is None.

    A description, as the second row of that table. The curves hold a point at each entry too, so that the numbers at
    risk under a figure rise as patients come in.
    """
    data = material(result)
    if not result.cohort.guard.late or not data.compares or data.endpoint is None:
        return None
    followed = with_delayed_entry(data)
    codes = _codes(data, followed)
    ratios = hazard_ratios(data, followed, "with delayed entry")
    test = log_rank(followed.stop, followed.event, codes, entry=followed.start)
    return Survival(
        endpoint=data.endpoint.name,
        label=f"{data.endpoint.label} from {result.study.time_zero}, with delayed entry",
        definition=(),
        groups=tuple(_group(name, followed, codes == index) for index, name in enumerate(data.groups)),
        test=Test("log-rank", test.p_value),
        hazard_ratios=tuple(
            HazardRatio(one.group, one.reference, one.estimate, math.nan, (), one.n, one.events) for one in ratios
        ),
        reference=result.cohort.reference,
        results=pl.DataFrame(schema=RESULT_SCHEMA),
    )


def _group(name: str, followed: FollowedTime, chosen: np.ndarray) -> SurvivalGroup:
    start, stop, event = followed.start[chosen], followed.stop[chosen], followed.event[chosen]
    curve = with_entries(kaplan_meier(stop, event, entry=start), start, stop)
    unknown = Estimate(math.nan, math.nan, math.nan, "not defined under delayed entry")
    observed = (float(np.median(stop)), float(stop.min()), float(stop.max()))
    left = tuple(float(day) for day in np.sort(stop[~event]))
    return SurvivalGroup(name, stop.size, int(event.sum()), curve, _median(followed, chosen), unknown, left, observed)


def with_entries(curve: SurvivalCurve, entry: np.ndarray, stop: np.ndarray) -> SurvivalCurve:
    """Return a curve with a point at each entry as well, where nothing happens but the number at risk is known.

    Parameters
    ----------
    curve : SurvivalCurve
    entry, stop : float array, shape (n,)
        Of its patients; at risk at t when entry < t <= stop.
    """
    time = np.union1d(curve.time, entry)
    known = np.isin(time, curve.time)
    before = np.searchsorted(curve.time, time, side="right")
    at_risk = np.searchsorted(np.sort(entry), time, side="left") - np.searchsorted(np.sort(stop), time, side="left")

    def there(values: np.ndarray) -> np.ndarray:
        counts = np.zeros(time.size, dtype=values.dtype)
        counts[known] = values
        return counts

    def held(values: np.ndarray, first: float) -> np.ndarray:
        return np.concatenate(([first], values))[before]

    return replace(
        curve,
        time=time,
        at_risk=at_risk,
        events=there(curve.events),
        censored=there(curve.censored),
        survival=held(curve.survival, 1.0),
        std_error=held(curve.std_error, 0.0),
        low=held(curve.low, 1.0),
        high=held(curve.high, 1.0),
        exposed=at_risk.astype(float),
        leaving=there(curve.leaving),
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
    found = quantile(reliable_curve(followed.stop[chosen], followed.event[chosen], entry))
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
    emptied = [
        f"{name}: everyone at risk had the event while others had still to enter; the median under delayed entry is "
        f"{_median(followed, codes == data.groups.index(name)).method.rpartition(', ')[2]} days."
        for name in shown
        if "event-free" in _median(followed, codes == data.groups.index(name)).method
    ]
    return (
        *emptied,
        "Medians by Kaplan-Meier with log-log limits, hazard ratios by Cox with Efron ties and Wald limits.",
        f"With delayed entry {' and '.join(fewest)} were at risk at the first event of their group.",
        "Delayed entry needs the wait to say nothing about what comes after it, which no test can prove; it describes, "
        "and does not repair.",
    )
