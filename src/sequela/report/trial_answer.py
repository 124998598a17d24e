"""The answer of an emulated trial in one sentence; words of association, and what it rests on."""

from sequela.analyses.results import Estimate, TargetTrial
from sequela.analyses.wording import DAYS_PER_MONTH, inside_sentence, interval, months, share, worded

LEVEL = "95%"


def of_trial(trial: TargetTrial) -> tuple[str, str, tuple[tuple[str, str, str], ...]]:
    """Return the sentence, what it does not mean, and the main numbers (label, value, limits).

    A difference whose interval holds 0 is not called one.
    """
    label = inside_sentence(trial.label.split(" (")[0])
    horizon = f"{trial.horizon_days / DAYS_PER_MONTH:g} months"
    start, other = trial.strategies
    how = f"{trial.drug} started " + (f"within {trial.grace_days} days" if trial.grace_days else "at entry")
    difference = trial.mean_difference
    size = (
        f"mean event-free time up to {horizon} {months(start.mean.value)} against {months(other.mean.value)} months, "
        f"difference {worded(difference, months, LEVEL, 'months')}"
    )
    match _direction(difference):
        case "longer" | "shorter" as direction:
            sentence = f"{label} was {direction} with {how} than without: {size}."
        case "unclear":
            sentence = f"whether {label} differs with {how} and without is not settled by these data: {size}."
        case _:
            sentence = f"{label} with {how} and without could not be compared: {size}."
    gloss = (
        "This is an emulated trial, not one: it stands for a trial only if nothing unmeasured decided both who started "
        "and who had the event."
    )
    numbers = (
        (
            f"Difference of mean event-free time up to {horizon}",
            f"{months(difference.value)} months",
            _limits(difference),
        ),
        *(
            (
                f"Event-free at {horizon}, {strategy.name}",
                f"{share(strategy.survival.value)}%",
                _shares(strategy.survival),
            )
            for strategy in trial.strategies
        ),
        *_second_answers(trial, horizon),
    )
    return sentence[:1].upper() + sentence[1:], gloss, numbers


def _second_answers(trial: TargetTrial, horizon: str) -> list[tuple[str, str, str]]:
    """Return the difference of the second comparison: per protocol, or by the g-formula."""
    others = trial.over_time.comparisons[1:] if trial.over_time else ()
    return [
        (
            f"Difference of mean event-free time up to {horizon}, {each.name}",
            f"{months(each.mean_difference.value)} months",
            _limits(each.mean_difference),
        )
        for each in others
    ]


def _direction(difference: Estimate) -> str:
    if not difference.low <= difference.high:
        return "unknown"
    if difference.low > 0:
        return "longer"
    return "shorter" if difference.high < 0 else "unclear"


def _limits(estimate: Estimate) -> str:
    return f"{LEVEL} CI {interval(estimate.low, estimate.high, months)}"


def _shares(estimate: Estimate) -> str:
    return f"{LEVEL} CI {interval(estimate.low, estimate.high, share)}"
