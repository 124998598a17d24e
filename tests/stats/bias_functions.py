"""How each public function of `sequela.stats` that speaks of bias is called with the columns of one data set."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from sequela.stats import (
    e_value,
    empirical_calibration,
    hidden_confounder,
    misclassification,
    misclassification_draws,
    quasi_independence,
    selection_probabilities,
    selection_weights,
    staying_weights,
)

BIAS_CALLS: dict[str, Callable[[SimpleNamespace], object]] = {
    "e_value.e_value": lambda d: e_value.e_value(d.number, d.number / 2, d.number * 2),
    "e_value.bounding_factor": lambda d: e_value.bounding_factor(d.number, 2.0),
    "e_value.selection_bound": lambda d: e_value.selection_bound((d.number, 2.0), (2.0, 2.0)),
    "e_value.selection_e_value": lambda d: e_value.selection_e_value(d.number, d.number / 2, d.number * 2),
    "e_value.selection_that_explains": lambda d: e_value.selection_that_explains(d.number, 2.0),
    "e_value.risk_ratios_of_hazard_ratios": lambda d: e_value.risk_ratios_of_hazard_ratios([1.5, d.number]),
    "e_value.risk_ratio_of_hazard_ratio": lambda d: e_value.risk_ratio_of_hazard_ratio(d.number),
    "empirical_calibration.calibrated": lambda d: empirical_calibration.calibrated(
        0.5, d.number / 10, empirical_calibration.SystematicError(0.1, 0.2, 6)
    ),
    "empirical_calibration.systematic_error": lambda d: empirical_calibration.systematic_error(d.score, d.score),
    "hidden_confounder.confounding_factor": lambda d: hidden_confounder.confounding_factor(0.4, 0.2, d.number),
    "hidden_confounder.share_that_explains": lambda d: hidden_confounder.share_that_explains(d.number, 0.2, 3.0),
    "hidden_confounder.simulated_ratio": lambda d: hidden_confounder.simulated_ratio(
        d.number,
        0.2,
        hidden_confounder.Confounder(np.array([0.4, 0.5]), np.array([0.2, 0.1]), np.array([2.0, 3.0])),
        np.random.default_rng(1),
    ),
    "misclassification.corrected_ratio": lambda d: misclassification.corrected_ratio(
        d.time, d.event, d.group, d.number / 10, np.random.default_rng(1), entry=d.entry, draws=2
    ),
    "misclassification_draws.drawn_ratio": lambda d: misclassification_draws.drawn_ratio(
        d.time, d.event, d.group, misclassification_draws.Recording(np.ones(9), np.ones(9)), np.random.default_rng(1)
    ),
    "quasi_independence.conditional_kendall_tau": lambda d: quasi_independence.conditional_kendall_tau(
        d.entry, d.time, d.event
    ),
    "selection_probabilities.choice_that_explains": lambda d: selection_probabilities.choice_that_explains(
        d.number, 0.5
    ),
    "selection_probabilities.freed_of_selection": lambda d: selection_probabilities.freed_of_selection(
        d.number,
        0.2,
        (0.5, 0.4),
        selection_probabilities.Chosen(np.ones(200), np.ones(200), np.full(200, 0.5), np.full(200, np.nan)),
        np.random.default_rng(1),
    ),
    "selection_probabilities.possible": lambda d: selection_probabilities.possible(0.5, 0.5, d.number),
    "selection_probabilities.risk_of_everybody": lambda d: selection_probabilities.risk_of_everybody(0.5, d.number),
    "selection_probabilities.selection_factor": lambda d: selection_probabilities.selection_factor(
        (0.5, 0.4), d.number, 1.0
    ),
    "selection_weights.discrete_hazard": lambda d: selection_weights.discrete_hazard(
        np.zeros(len(d.time)), d.time, d.event, np.asarray(d.x)[:, 1:]
    ),
    "selection_weights.selection_weights": lambda d: selection_weights.selection_weights(
        np.zeros(len(d.time)), d.time, d.event, d.time, d.group, np.asarray(d.x)[:, 1:]
    ),
    "staying_weights.staying_weights": lambda d: staying_weights.staying_weights(
        d.time, d.event, [yes == 0 for yes in d.event], d.group, np.asarray(d.x)[:, 1:]
    ),
}
"""A part of the calls of `every_function.py`."""
