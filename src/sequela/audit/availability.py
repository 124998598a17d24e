"""B.3: whether the calendar decided who could be in which group.

Two drugs that arrived together let a patient of the earlier one into the cohort only if he failed it fast, and a
patient diagnosed before only if he waited (Sanglier 2022, Cancers 14:2468).
"""

import numpy as np

from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Status
from sequela.analyses.wording import listed, months, ratio, rounded, share
from sequela.audit.calendar_remedies import (
    LEAST_PER_GROUP,
    Remedy,
    calendar_month,
    restricted,
    weighted_for_the_date,
)
from sequela.audit.comparisons import hazard_ratios, part_of
from sequela.audit.entrants import early_and_late
from sequela.audit.known_effects import effect_in_these_patients, effect_of_the_groups
from sequela.audit.material import Material
from sequela.audit.selected import Selected, weighted_for_reaching
from sequela.audit.thresholds import CALENDAR_AUC, CALENDAR_DIFFERENCE, ERA_PATIENTS, ERA_SHARE, TIME_TO_BE_SEEN
from sequela.audit.waiting import Waiting, entered, entered_rows, waiting
from sequela.records.dates import EPOCH
from sequela.stats.standardised_difference import continuous_difference

ID, NAME, TITLE = "B3", "availability", "When each drug was available"
CALENDAR = (
    "Patients of the newer sequence are in the cohort early only if they failed fast, patients of the older one only "
    "if they waited: the newer sequence looks worse from diagnosis without doing harm."
)
SELECTED = (
    "The calendar does not tell the groups apart, and yet a known effect is not what it was in its trial: something "
    "else chose these patients, and may bend the answer either way."
)
"""Which way the item bends the answer, with an alarm of the calendar and without one."""
DAYS_PER_YEAR = 365.25


def availability(data: Material) -> CardItem:
    """B.3: compare the calendar of the groups, and hold the earlier line against its trial."""
    if not data.compares:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No comparison of times is reported.")
    found = waiting(data)
    sizes = [int((np.isfinite(found.began) & (data.group == index)).sum()) for index in range(len(data.groups))]
    if min(sizes) < LEAST_PER_GROUP:
        finding = (
            "The records hold no calendar date of metastatic disease for "
            f"{'most patients' if np.isfinite(found.began).mean() < 0.5 else 'enough patients of every group'}."
        )
        remedy = (
            "Give 'origin_date' in the table of patients; without it nobody can tell eras from drugs, and no remedy "
        )
        remedy += "of the calendar can be tried."
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, finding, remedy=remedy)
    parts = (_eras(data, found), _time_left(data, found), _too_early(data, found), _positive_control(data))
    entered_when, thirds = early_and_late(data, found)
    measures = (*(measure for _, more in parts for measure in more), *thirds)
    alarms = [text for text, _ in parts if text]
    if not alarms:
        best = next(item.value for item in measures if item.name == "calendar_auc")
        finding = f"The date of metastatic disease does not tell the groups apart (area under the curve {best:.2f})."
        return CardItem(ID, NAME, TITLE, Status.OK, finding, measures=measures)
    remedies = (restricted(data, found), weighted_for_the_date(data, found), weighted_for_reaching(data))
    return CardItem(
        ID,
        NAME,
        TITLE,
        Status.WARN,
        alarms[0],
        CALENDAR if any(text for text, _ in parts[:3]) else SELECTED,
        "Compare patients whose disease became metastatic when both sequences could be had, and start the cohort at "
        "the earlier line where the records allow it.",
        measures,
        (*_answers(data, found), *(answer for remedy in remedies for answer in remedy.answers)),
        more=(*alarms[1:], *([entered_when] if entered_when else []), *_said(remedies)),
    )


Part = tuple[str, tuple[Measure, ...]]
"""What is alarming, in a sentence or "", and what was measured."""


def _eras(data: Material, found: Waiting) -> Part:
    """Compare the dates of metastatic disease of each group with the reference's."""
    reference = found.began[_members(data, found, data.result.cohort.reference)]
    measures, alarms = [], []
    for group in data.others:
        dates = found.began[_members(data, found, group)]
        auc, smd = area_under_curve(dates, reference), float(continuous_difference(dates, reference))
        measures += [Measure("calendar_auc", auc, group), Measure("calendar_standardised_difference", smd, group)]
        apart = max(auc, 1 - auc)
        if apart > CALENDAR_AUC.value or abs(smd) > CALENDAR_DIFFERENCE.value:
            later = "later" if auc > 0.5 else "earlier"
            alarms.append(
                f"In {share(apart, 0)}% of pairs the disease of {group} became metastatic {later} than that of "
                f"{data.result.cohort.reference}."
            )
    alone = _without_counterpart(data, found)
    measures.append(Measure("share_in_years_of_one_group", alone))
    if alone > ERA_PATIENTS.value:
        alarms.append(
            f"{share(alone, 0)}% of the patients fell ill in years that hold next to nobody of another group."
        )
    return " ".join(alarms), tuple(measures)


def area_under_curve(later: np.ndarray, earlier: np.ndarray) -> float:
    """Return the share of pairs in which a value of the first is larger than one of the second; ties count half."""
    ordered = np.sort(earlier)
    below, up_to = np.searchsorted(ordered, later, side="left"), np.searchsorted(ordered, later, side="right")
    return float((below + up_to).sum() / (2 * later.size * earlier.size))


def _without_counterpart(data: Material, found: Waiting) -> float:
    known = np.isfinite(found.began)
    years = np.floor(found.began[known] / DAYS_PER_YEAR).astype(int)
    years -= years.min()
    counts = np.array(
        [np.bincount(years[data.group[known] == g], minlength=years.max() + 1) for g in range(len(data.groups))]
    )
    total = counts.sum(axis=0)
    alone = (counts < ERA_SHARE.value * total).any(axis=0)
    return float(total[alone].sum() / total.sum())


def _time_left(data: Material, found: Waiting) -> Part:
    """Compare how long the groups could have waited before the records were closed."""
    left = {group: float(np.median(found.closed - found.began[_members(data, found, group)])) for group in data.groups}
    measures = tuple(Measure("median_days_to_the_close", days, group) for group, days in left.items())
    most, least = max(left, key=lambda name: left[name]), min(left, key=lambda name: left[name])
    if left[least] > 0 and left[most] <= TIME_TO_BE_SEEN.value * left[least]:
        return "", measures
    each = listed([f"{months(days)} months in {group}" for group, days in left.items()])
    return f"Time from metastatic disease to the close of the records: {each}.", measures


def _too_early(data: Material, found: Waiting) -> Part:
    """Count who fell ill before the drug of entry could be had, by group; needs dates of availability."""
    dates = data.result.study.availability
    drug = data.result.study.time_zero.drug
    first = next((day for name, day in dates.items() if name == drug), None)
    if first is None:
        return "", ()
    day = (first - EPOCH).days
    measures = tuple(
        Measure(
            "share_before_availability",
            float((found.began[_members(data, found, group)] < day).mean()),
            group,
            method=drug,
        )
        for group in data.groups
    )
    values = [item.value for item in measures]
    if max(values) - min(values) <= CALENDAR_DIFFERENCE.value:
        return "", measures
    each = listed([f"{share(item.value, 0)}% of {item.group}" for item in measures])
    return f"Metastatic before {drug} could be had ({first:%B %Y}): {each}.", measures


def _positive_control(data: Material) -> Part:
    """Hold the earlier line of these patients against the trial that showed the drug's effect in it."""
    effect = effect_of_the_groups(data)
    found = effect_in_these_patients(data, effect) if effect else None
    if effect is None or found is None:
        return "", ()
    published = Measure("published_hazard_ratio", effect.hazard_ratio, method=effect.trial)
    if found.low <= effect.hazard_ratio:
        return "", (found, published)
    hidden = "a known effect" if found.high >= 1 else "part of a known effect"
    return (
        f"On line {effect.line} {effect.drug} shows a hazard ratio of {ratio(found.value)} in these patients, where a "
        f"trial showed {rounded(effect.hazard_ratio, 2)} ({effect.trial.split(',')[0]}): who is in the cohort "
        f"has hidden {hidden}.",
        (found, published),
    )


def _answers(data: Material, found: Waiting) -> tuple[AnswerUnder, ...]:
    """Return the comparison from entry as it is, within the common calendar, and adjusted for the date."""
    followed, rows = entered(data), entered_rows(data)
    began = found.began[rows]
    known = np.isfinite(began)
    first, last = _common_calendar(data, found)
    inside = known & (began >= first) & (began <= last)
    answers = [*hazard_ratios(data, followed, "from entry")]
    window = f"metastatic from {calendar_month(first)} to {calendar_month(last)}"
    if 0 < inside.sum() < inside.size:
        answers += hazard_ratios(data, part_of(followed, inside), window)
    years = (began - np.nanmean(began)) / DAYS_PER_YEAR
    curve = np.column_stack([years, years**2])
    answers += hazard_ratios(data, part_of(followed, known, curve), "adjusted for the date of metastatic disease")
    return tuple(answers)


def _said(remedies: tuple[Remedy | Selected, ...]) -> list[str]:
    """Say what the remedies did, and in one sentence which of them the records do not allow."""
    missing = [remedy.why_not for remedy in remedies if remedy.why_not]
    refused = [f"Remedies not assessable here: {'; '.join(missing)}."] if missing else []
    return [*(sentence for remedy in remedies for sentence in remedy.said), *refused]


def _common_calendar(data: Material, found: Waiting) -> tuple[float, float]:
    """Return the dates between which every group has its middle nine tenths, and every named drug could be had."""
    quantiles = [np.quantile(found.began[_members(data, found, group)], [0.05, 0.95]) for group in data.groups]
    first, last = max(low for low, _ in quantiles), min(high for _, high in quantiles)
    named = [(day - EPOCH).days for day in data.result.study.availability.values()]
    return max([first, *named]), last


def _members(data: Material, found: Waiting, group: str) -> np.ndarray:
    return np.isfinite(found.began) & (data.group == data.groups.index(group))
