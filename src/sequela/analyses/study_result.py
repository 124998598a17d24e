"""Everything a run found out, before anyone words or draws it."""

from dataclasses import field

from sequela.analyses.conventions import Conventions
from sequela.analyses.conversion import Conversion
from sequela.analyses.propensity_results import Propensity
from sequela.analyses.report_card import ReportCard
from sequela.analyses.results import (
    Characteristics,
    Competing,
    GrowthModulation,
    NullWorlds,
    Response,
    Sequence,
    Sites,
    Specifications,
    Subgroups,
    Survival,
    TargetTrial,
)
from sequela.derive.covariate import Definitions
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.study.cohort import Cohort
from sequela.study.spec import Study, SubgroupsAnalysis, SurvivalAnalysis, TimeQuestion

Analysis = (
    Characteristics
    | Survival
    | Response
    | Sites
    | Sequence
    | Competing
    | TargetTrial
    | Specifications
    | Subgroups
    | Propensity
    | GrowthModulation
    | NullWorlds
    | Conversion
)
"""What an analysis of a study answers with."""


@frozen
class StudyResult:
    """The study, its patients and its answers.

    Attributes
    ----------
    study : Study
    records : Records
    cohort : Cohort
    analyses : tuple of Characteristics, Survival or Response
        In the order of the study file.
    withheld : tuple of str
        Sentences: what was asked and not answered, and why.
    definitions : Definitions
        The definitions that were used.
    conventions : Conventions
        How intervals and ties were done.
    study_text : str
        The study file as it was written.
    card : ReportCard
        Empty until `sequela.audit.card.audited` has filled it.
    """

    study: Study
    records: Records
    cohort: Cohort
    analyses: tuple[Analysis, ...]
    withheld: tuple[str, ...]
    definitions: Definitions
    conventions: Conventions
    study_text: str = ""
    card: ReportCard = field(default_factory=lambda: ReportCard(()))

    @property
    def main_survival(self) -> Survival | None:
        """Return the first survival analysis that was answered; None where it was withheld or not asked for."""
        return next((item for item in self.analyses if isinstance(item, Survival)), None)

    @property
    def main_question(self) -> SurvivalAnalysis | None:
        """Return the survival analysis that answers the study: the first, or the first with delayed entry if late.

        None without one, and if late where only analyses of another kind count patients from their entry.
        """
        asked = [item for item in self.study.analyses if isinstance(item, SurvivalAnalysis)]
        delayed = [item for item in asked if item.entry] if self.cohort.guard.late else []
        if self.cohort.guard.late and not delayed and self._counts_from_entry:
            return None
        return next(iter((*delayed, *asked)), None)

    @property
    def _counts_from_entry(self) -> bool:
        return any(item.entry for item in self.study.analyses if isinstance(item, TimeQuestion | SubgroupsAnalysis))

    @property
    def too_early(self) -> bool:
        """Return whether the clock starts before entry and no analysis counts patients from their entry."""
        answered = self._counts_from_entry and not self.cohort.groups_known_late
        return bool(self.cohort.guard.late) and not answered
