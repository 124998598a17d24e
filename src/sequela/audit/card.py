"""Runs every item of the audit; it always runs."""

from collections.abc import Callable
from dataclasses import replace

from sequela.analyses.report_card import CardItem, ReportCard
from sequela.analyses.study_result import StudyResult
from sequela.audit.availability import availability
from sequela.audit.censoring import censoring
from sequela.audit.centres import centres
from sequela.audit.clocks import several_clocks
from sequela.audit.competing_events import competing_events
from sequela.audit.consequences import post_exposure_covariates
from sequela.audit.control_outcomes import control_outcomes
from sequela.audit.covariates import covariates_together
from sequela.audit.design import later_changes, target_trial_written
from sequela.audit.faults import (
    complete_case_loss,
    events_per_coefficient,
    median_beyond_follow_up,
    several_comparisons,
)
from sequela.audit.follow_up import follow_up
from sequela.audit.hidden_confounder import hidden_confounder
from sequela.audit.line_counting import line_counting
from sequela.audit.material import Material, material
from sequela.audit.measured import measured_confounding
from sequela.audit.parts import tests_of_parts
from sequela.audit.proportional_hazards import proportional_hazards
from sequela.audit.reached import never_reached
from sequela.audit.selection import selection
from sequela.audit.several_lines import several_lines
from sequela.audit.time_zero import immortal_time, time_zero
from sequela.audit.undecided import group_not_known
from sequela.audit.unmeasured import unmeasured_confounding
from sequela.audit.unrecorded import unrecorded_treatment
from sequela.audit.visits import visits

ITEMS: tuple[Callable[[Material], CardItem], ...] = (
    time_zero,
    immortal_time,
    availability,
    selection,
    follow_up,
    censoring,
    visits,
    line_counting,
    several_lines,
    centres,
    competing_events,
    later_changes,
    target_trial_written,
    measured_confounding,
    proportional_hazards,
    control_outcomes,
    unmeasured_confounding,
    hidden_confounder,
    unrecorded_treatment,
    group_not_known,
    never_reached,
    post_exposure_covariates,
    events_per_coefficient,
    complete_case_loss,
    median_beyond_follow_up,
    several_comparisons,
    covariates_together,
    several_clocks,
    tests_of_parts,
)
"""In the order of the card. A new item is a function from `Material` to `CardItem`, added here."""


def audited(result: StudyResult) -> StudyResult:
    """Return the result with its report card.

    Parameters
    ----------
    result : StudyResult
        Of `sequela.analyses.answer.answer`.
    """
    data = material(result)
    return replace(result, card=ReportCard(tuple(item(data) for item in ITEMS)))
