"""Everything a run found out, before anyone words or draws it."""

from dataclasses import dataclass, field

from sequela.analyses.conventions import Conventions
from sequela.analyses.report_card import ReportCard
from sequela.analyses.results import Analysis
from sequela.derive.covariate import Definitions
from sequela.records.bundle import Records
from sequela.study.cohort import Cohort
from sequela.study.spec import Study


@dataclass(frozen=True, slots=True)
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
