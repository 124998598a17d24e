"""B.3: the answer where the calendar left everybody room, and with the groups made alike in their date.

Restriction and weighting: Sanglier (2022), Cancers 14:2468; overlap weights: Li, Morgan & Zaslavsky (2018),
doi:10.1080/01621459.2016.1260466.
"""

import datetime
from dataclasses import replace

import numpy as np

from sequela.analyses.report_card import AnswerUnder
from sequela.analyses.wording import counted, listed, months
from sequela.audit.centres import centres_of
from sequela.audit.comparisons import FollowedTime, hazard_ratios, part_of, weighted_hazard_ratio
from sequela.audit.known_effects import progression_on_line
from sequela.audit.material import Material
from sequela.audit.thresholds import LEAST_SEEN, PATIENTS_PER_SCORE, TIME_TO_END
from sequela.audit.waiting import Waiting, entered, entered_rows
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.records.dates import EPOCH
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from sequela.stats.logistic import logistic
from sequela.stats.propensity import balancing_weights
from sequela.study.grammar import Received

WEIGHTED = "weighted for the date of the first line"
LEAST_PER_GROUP = 5
"""Patients of a group without which nothing is compared (house rule)."""


@frozen
class Remedy:
    """The answer after a remedy, or why there is none.

    Attributes
    ----------
    answers : tuple of AnswerUnder
    said : tuple of str
        What was done, a sentence each.
    why_not : str
        Which remedy these data do not allow, and why; empty where it was done.
    """

    answers: tuple[AnswerUnder, ...] = ()
    said: tuple[str, ...] = ()
    why_not: str = ""


def restricted(data: Material, found: Waiting) -> Remedy:
    """Return the answer of those who had the choice of both sequences and time to come through the first line.

    The first line began when every drug of the question could be had, and so long before the close of the records that
    nine of ten first lines had ended and the later drug could be seen to act; the later drug began as long before it.
    """
    name = "restriction to the time when both could be had"
    missing = [drug for drug in _drugs(data) if drug not in data.result.study.availability]
    if missing:
        return Remedy(why_not=f"{name} (no date of {listed(missing)} under 'availability' in the study file)")
    first = max((data.result.study.availability[drug] - EPOCH).days for drug in _drugs(data))
    lasted = _nine_of_ten_ended(data)
    if not np.isfinite(lasted):
        return Remedy(why_not=f"{name} (how long first lines last is not known)")
    last = found.closed - LEAST_SEEN.value - lasted
    followed, rows = entered(data), entered_rows(data)
    began, index = found.first_line[rows], found.index[rows]
    inside = (began >= first) & (began <= last) & (index <= found.closed - LEAST_SEEN.value)
    least = min(int((data.group[rows][inside] == code).sum()) for code in range(len(data.groups)))
    if least < LEAST_PER_GROUP:
        return Remedy(why_not=f"{name} (it leaves {counted(least, 'patient')} of a group)")
    window = f"first line begun from {calendar_month(first)} to {calendar_month(last)}"
    said = (
        f"Both sequences could be had by patients whose first line began from {calendar_month(first)} on; of those who "
        f"began it by {calendar_month(last)}, nine in ten had time to come through it ({months(lasted)} months)."
    )
    return Remedy(hazard_ratios(data, part_of(followed, inside), window), (said,))


def calendar_month(day: float) -> str:
    """Return the month of a calendar day counted from 1970-01-01, in words."""
    return f"{EPOCH + datetime.timedelta(days=int(day)):%B %Y}"


def weighted_for_the_date(data: Material, found: Waiting) -> Remedy:
    """Return each group against the reference, both weighted so that their first lines began alike on the calendar.

    Overlap weights of a score of the date, its square, and the centre where there are patients enough for it: patients
    without a counterpart of their time count little. Centres of one group only leave a score with centres.
    """
    followed, rows = entered(data), entered_rows(data)
    began, which, centre = found.first_line[rows], data.group[rows], _centre_codes(data)[rows]
    reference = data.groups.index(data.result.cohort.reference)
    answers, reasons = [], []
    for column, group in enumerate(data.others):
        pair = np.isfinite(began) & ((which == data.groups.index(group)) | (which == reference))
        exposed = which == data.groups.index(group)
        inside = pair & _of_mixed_centres(pair, exposed, centre)
        within = _carries(exposed[inside], 1 + np.unique(centre[inside]).size) and np.unique(centre[inside]).size > 1
        kept = inside if within else pair
        columns = _date_columns(began[kept], centre[kept] if within else None)
        answer = _weighted(data, part_of(followed, kept), column, columns)
        if isinstance(answer, str):
            reasons.append(answer)
        else:
            answers.append(answer)
    return Remedy(tuple(answers), (), f"weights for the date of the first line ({reasons[0]})" if reasons else "")


def _weighted(data: Material, part: FollowedTime, column: int, columns: np.ndarray) -> AnswerUnder | str:
    exposed = part.exposed[:, column] > 0
    if not _carries(exposed, columns.shape[1]):
        least = min(int(exposed.sum()), int((~exposed).sum()))
        return f"{counted(least, 'patient')} of a group carry no score of {counted(columns.shape[1], 'column')}"
    label = WEIGHTED + (" within centres" if columns.shape[1] > 2 else "")
    method = "overlap weights, robust variance, score taken as known"
    try:
        weights = balancing_weights(logistic(exposed, columns).fitted, exposed)
        mine = replace(part, exposed=exposed.astype(float))
        return weighted_hazard_ratio(data, mine, weights, data.others[column], label, method)
    except NotEstimableError as problem:
        return str(problem)


def _date_columns(began: np.ndarray, centre: np.ndarray | None) -> np.ndarray:
    years = (began - began.mean()) / 365.25
    dates = np.column_stack([years, years**2])
    if centre is None:
        return dates
    return np.column_stack([dates, centre[:, None] == np.unique(centre)[1:]])


def _carries(exposed: np.ndarray, columns: int) -> bool:
    return min(int(exposed.sum()), int((~exposed).sum())) >= PATIENTS_PER_SCORE.value * columns


def _of_mixed_centres(pair: np.ndarray, exposed: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Return who was treated at a known centre that has patients of both groups."""
    both = np.intersect1d(centre[pair & exposed], centre[pair & ~exposed])
    return np.isin(centre, both[both >= 0])


def _centre_codes(data: Material) -> np.ndarray:
    """Return the centre of each patient as a code; -1 where it is not known."""
    return centres_of(data).rank("dense").cast(int).fill_null(0).to_numpy() - 1


def _nine_of_ten_ended(data: Material) -> float:
    """Return the days by which nine of ten first lines before entry had ended; nan where that is not known."""
    lines = progression_on_line(data, 1)
    days = lines["days"].to_numpy().astype(float)
    try:
        return float(quantile(kaplan_meier(days, lines["event"].to_numpy()), TIME_TO_END.value).value)
    except NotEstimableError:
        return float("nan")


def drugs_of_the_groups(data: Material) -> list[str]:
    """Return the drugs that divide the groups, as the study writes them."""
    rules = [rule for rule in data.result.study.groups.values() if isinstance(rule, Received)]
    return sorted({drug for rule in rules for drug in rule.received})


def _drugs(data: Material) -> list[str]:
    later = data.result.study.time_zero.drug
    return [*drugs_of_the_groups(data), *([later] if later else [])]
