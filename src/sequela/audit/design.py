"""B.9 and B.10: what changed after time zero, and whether the question is written down as a trial."""

import math

from sequela.analyses.report_card import CardItem, Measure, Status
from sequela.analyses.results import DesignOverTime, TargetTrial, WeightCheck
from sequela.analyses.wording import listed, rounded, share
from sequela.audit.material import Material
from sequela.audit.thresholds import (
    EFFECTIVE_SHARE,
    EQUAL_PATIENTS,
    LARGEST_WEIGHT,
    MEAN_WEIGHT_HIGH,
    MEAN_WEIGHT_LOW,
    NATURAL_COURSE,
)
from sequela.study.spec import TargetTrialAnalysis
from sequela.study.strategies import CLONES


def later_changes(data: Material) -> CardItem:
    """B.9: say whether what happened after time zero decides groups, or should have decided weights."""
    here = ("B9", "later_changes", "Changes after time zero")
    if not data.compares and not _trials(data):
        return CardItem(*here, Status.NOT_ASSESSABLE, "No comparison of times is reported.")
    trials = _trials(data)
    emulated = [item for item in data.result.analyses if isinstance(item, TargetTrial)]
    anew = [item.over_time for item in emulated if item.over_time]
    if anew and all(trial.design != CLONES for trial in trials):
        fewest = min(item.equal_patients for item in emulated)
        return _read_anew(anew, fewest, here)
    if trials:
        finding = (
            "The emulated trial weights patients by what was known at time zero; what changed between then and the "
            f"start of {listed([trial.start for trial in trials])} is not in the weights."
        )
        return CardItem(
            *here,
            Status.WARN,
            finding,
            "Who got worse, or better, within the grace period decided about treatment and is not accounted for.",
            "Keep the grace period short.",
        )
    later = data.group_known > 0
    measures = tuple(
        Measure("share_grouped_later", float(later[data.group == index].mean()), group)
        for index, group in enumerate(data.groups)
    )
    if not later.any():
        finding = "Groups and covariates were known when the clock started; nothing later is used."
        return CardItem(*here, Status.OK, finding, measures=measures)
    parts = listed([f"{share(item.value, 0)}% of {item.group}" for item in measures])
    return CardItem(
        *here,
        Status.WARN,
        f"Patients came into their group after the clock had started: {parts}.",
        "What changed in the meantime decided who was treated.",
        "Start the clock when the groups are known, or ask for 'target_trial'.",
        measures,
    )


def _read_anew(anew: list[DesignOverTime], fewest: float, here: tuple[str, str, str]) -> CardItem:
    """Say how even the weights for what changed are, how few decide, and whether simulated courses go as observed."""
    checks = [(name, check) for design in anew for each in design.comparisons for name, check in each.weights]
    if not checks:
        finding = "Covariates are read anew for each trial; nothing is weighted for what changed after entry."
        return CardItem(*here, Status.WARN, finding, "Who started the drug later is counted as if she had not.")
    courses = [design.natural_course for design in anew if math.isfinite(design.natural_course)]
    _, worst = max(checks, key=lambda item: item[1].largest)
    finding = (
        f"Covariates are read anew in each interval; weights have mean {rounded(worst.mean, 2)}, at most "
        f"{rounded(worst.largest, 1)}, and count as {share(worst.effective_share, 0)}% as many equal ones."
    )
    if courses:
        finding += (
            " With treatment as it was, simulated courses differ from the observed event-free share by at most "
            f"{share(max(courses))} points."
        )
    if math.isfinite(fewest):
        finding += f" The difference is as uncertain as a mean of {fewest:.0f} patients who count alike."
    measures = _measures(checks, courses, fewest)
    far = bool(courses) and max(courses) > float(NATURAL_COURSE)
    if all(even(check) for _, check in checks) and fewest >= float(EQUAL_PATIENTS) and not far:
        return CardItem(*here, Status.OK, finding, measures=measures)
    return CardItem(
        *here,
        Status.WARN,
        finding,
        "The models of what changes do not describe these patients: the g-formula is not to be believed."
        if far
        else "Few patients stand for many who left: what is estimated of following a strategy rests on them.",
        "Take covariates out that hardly matter to the outcome, or look for kinds of patients who always start.",
        measures,
    )


def _measures(checks: list[tuple[str, WeightCheck]], courses: list[float], fewest: float) -> tuple[Measure, ...]:
    found = [
        Measure(name, value, strategy)
        for strategy, check in checks
        for name, value in (
            ("mean_weight", check.mean),
            ("largest_weight", check.largest),
            ("effective_share", check.effective_share),
        )
    ]
    found += [Measure("equal_patients", fewest)] if math.isfinite(fewest) else []
    return (*found, *(Measure("natural_course_difference", value) for value in courses))


def even(check: WeightCheck) -> bool:
    """Return whether weights are as even as the audit asks."""
    low, high = float(MEAN_WEIGHT_LOW), float(MEAN_WEIGHT_HIGH)
    fine = low <= check.mean <= high and check.largest < float(LARGEST_WEIGHT)
    return fine and check.effective_share >= float(EFFECTIVE_SHARE)


def target_trial_written(data: Material) -> CardItem:
    """B.10: whether the study says which trial it would be."""
    here = ("B10", "target_trial", "The trial it would be")
    emulated = [item for item in data.result.analyses if isinstance(item, TargetTrial)]
    if emulated:
        finding = (
            "Eligibility, strategies, time zero, outcome and contrast are written down beside what the data allow."
        )
        return CardItem(*here, Status.OK, finding)
    if _trials(data):
        return CardItem(*here, Status.WARN, "A target trial was asked for and could not be emulated.")
    finding = "No target trial is written down: the study compares patients who were treated so, not ways of treating."
    return CardItem(
        *here, Status.NOT_ASSESSABLE, finding, remedy="Ask for 'target_trial' where the records begin early enough."
    )


def _trials(data: Material) -> list[TargetTrialAnalysis]:
    return [item for item in data.result.study.analyses if isinstance(item, TargetTrialAnalysis)]
