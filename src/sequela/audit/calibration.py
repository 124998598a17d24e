"""B.13: the answer held against controls: relative to another drug, and calibrated by several of them.

Calibration: Schuemie et al. (2014), Statistics in Medicine 33:209; Schuemie et al. (2018), PNAS 115:2571.
"""

import numpy as np

from sequela.analyses.report_card import AnswerUnder
from sequela.analyses.results import Estimate, HazardRatio
from sequela.analyses.wording import counted, p_statement, ratio
from sequela.audit.asked_controls import KnownAnswer
from sequela.audit.material import Material
from sequela.audit.model import main_ratios
from sequela.audit.thresholds import CONTROLS_TO_CALIBRATE
from sequela.stats.distributions import normal_quantile
from sequela.stats.empirical_calibration import calibrated, systematic_error


def after_controls(data: Material, found: list[KnownAnswer]) -> tuple[tuple[AnswerUnder, ...], tuple[str, ...]]:
    """Return the answer as asked, relative to each other drug, and calibrated where there are controls enough.

    Returns
    -------
    tuple of AnswerUnder
        Empty where no control changes anything.
    tuple of str
        Sentences.
    """
    answers, said = [], []
    for item in main_ratios(data):
        if not _finite(item.estimate):
            continue
        own = [known for known in found if known.group == item.group and _finite(known.estimate)]
        changed = [_relative(item, known) for known in own if known.drug]
        if len(own) >= CONTROLS_TO_CALIBRATE.value:
            answer, sentence = _calibrated(item, own)
            changed.append(answer)
            said.append(sentence)
        elif any(known.drug for known in own) or data.result.study.controls:
            needed = f"{CONTROLS_TO_CALIBRATE.value:g} are needed to calibrate by"
            said.append(f"{counted(len(own), 'control')} of {item.group} with a known answer; {needed}.")
        if changed:
            answers += [_under("as asked", item, item.estimate), *changed]
    return tuple(answers), tuple(said)


def _relative(item: HazardRatio, known: KnownAnswer) -> AnswerUnder:
    """Return the ratio of two ratios: what the groups differ by on the later drug beyond the other one."""
    error = float(np.hypot(_error(item.estimate), _error(known.estimate)))
    centre = np.log(item.estimate.value) - np.log(known.estimate.value) + np.log(known.known)
    far = normal_quantile(0.975) * error
    value, low, high = (float(np.exp(centre + side)) for side in (0.0, -far, far))
    estimate = Estimate(value, low, high, "ratio of hazard ratios, taken as of different patients")
    return _under(f"beyond what the groups differ by on {known.drug}", item, estimate)


def _calibrated(item: HazardRatio, own: list[KnownAnswer]) -> tuple[AnswerUnder, str]:
    errors = [float(np.log(known.estimate.value / known.known)) for known in own]
    error = systematic_error(errors, [_error(known.estimate) for known in own])
    answer = calibrated(float(np.log(item.estimate.value)), _error(item.estimate), error)
    method = f"shifted by their mean error and widened by its spread, {error.controls} controls"
    estimate = Estimate(answer.value, answer.low, answer.high, method)
    factor, spread = (ratio(float(np.exp(x))) for x in (error.mean, error.spread))
    sentence = (
        f"{error.controls} controls of {item.group} miss what is known by a factor of {factor} (spread {spread}); "
        f"calibrated by them, {p_statement(answer.p_value)}."
    )
    return _under("calibrated by the controls", item, estimate), sentence


def _under(label: str, item: HazardRatio, estimate: Estimate) -> AnswerUnder:
    return AnswerUnder(label, item.group, item.reference, estimate, item.n, item.events)


def _error(estimate: Estimate) -> float:
    return float(np.log(estimate.high / estimate.low) / (2 * normal_quantile(0.975)))


def _finite(estimate: Estimate) -> bool:
    return all(0 < x < np.inf for x in (estimate.low, estimate.value, estimate.high))
