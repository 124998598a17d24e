"""Whose numbers a study reproduces: how each program does what programs do differently."""

from dataclasses import replace

from sequela.frozen import frozen
from sequela.study.spec import Study


@frozen
class Conventions:
    """How limits, ties and tests are done; each is named beside its number. See docs/dialects.md.

    Attributes
    ----------
    dialect : str
        "default", "R", "SAS" or "SPSS".
    interval : str
        Transformation of the limits of the curve and of the median.
    ties : str
        Ties of the proportional-hazards model.
    median : str
        Dialect of `quantile`.
    profiles_few : bool
        Whether a hazard ratio of few events gets limits by profile likelihood instead of Wald's.
    two_by_two : str
        The test printed first for such a table: "pearson", "yates", or "fisher or pearson" by the expected counts.
    ranks : str
        The rank sum test of two groups, as `QUANTITY_TESTS` of a study names it.
    incidence : str
        Variance of `cumulative_incidence`.
    """

    dialect: str = "default"
    interval: str = "log-log"
    ties: str = "efron"
    median: str = "R"
    profiles_few: bool = False
    two_by_two: str = "pearson"
    ranks: str = "wilcoxon"
    incidence: str = "delta"


CONVENTIONS = {
    "default": Conventions(profiles_few=True, two_by_two="fisher or pearson"),
    "R": Conventions("R", interval="log", two_by_two="yates", incidence="robust"),
    "SAS": Conventions("SAS", ties="breslow", median="SAS", ranks="wilcoxon corrected", incidence="Aalen"),
    "SPSS": Conventions("SPSS", ties="breslow", median="SPSS", ranks="wilcoxon uncorrected"),
}

INCIDENCE_ERRORS = {"delta": "", "robust": ", robust variance", "Aalen": ", Aalen's variance"}
"""How the method of an incidence names its variance."""

TIES = {"efron": "Efron", "breslow": "Breslow", "exact": "exact"}
"""How the method of a hazard ratio names its ties."""


def conventions_of(study: Study) -> Conventions:
    """Return the conventions of the dialect of a study, with its own ties where it names them."""
    conventions = CONVENTIONS[study.dialect]
    return conventions if study.ties == "dialect" else replace(conventions, ties=study.ties)
