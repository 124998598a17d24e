"""Every number at which the audit changes its mind, each with its reason. There is no other place for these."""

from sequela.analyses.survival import FEW_CENTRES as CENTRES
from sequela.frozen import frozen
from sequela.stats.propensity import NEXT_TO, PATIENTS_PER_COLUMN, WITHOUT_COUNTERPART


@frozen
class Threshold:
    """A number at which an item of the card changes its status.

    Attributes
    ----------
    value : float
    meaning : str
        What is compared with it, in words.
    reason : str
        Why this number, with its source; "house rule" where there is none.
    """

    value: float
    meaning: str
    reason: str

    def __float__(self) -> float:
        """Return the number."""
        return self.value


GUARANTEED_DIFFERENCE = Threshold(
    0.05,
    "difference between groups in the share of follow-up during which nobody could die",
    "house rule: a twentieth of the follow-up moves a median by about as much as rounding to months does",
)
FOLLOW_UP_RATIO = Threshold(
    1.25,
    "ratio of the largest to the smallest reverse Kaplan-Meier median of the groups",
    "house rule: beyond it the tails of the curves rest on one group alone",
)
EARLY_RISK_SET = Threshold(
    10.0,
    "patients at risk below which a curve with delayed entry is not read",
    "house rule: one event among fewer than ten moves the curve by more than a tenth for the rest of its course",
)
EARLY_RISK_SHARE = Threshold(
    0.05,
    "share of the patients at risk below which a curve with delayed entry is not read",
    "house rule, as above for large cohorts",
)
COMMON_OUTCOME = Threshold(
    0.15,
    "share of patients with the event from which a hazard ratio is turned into a risk ratio for the E-value",
    "VanderWeele & Ding 2017",
)
EVENTS_PER_COEFFICIENT = Threshold(
    10.0,
    "events per coefficient of the adjusted model below which it is too rich for its data",
    "Peduzzi 1995",
)
INFLATION = Threshold(
    5.0,
    "variance inflation of a term of the adjusted model beyond which the others say nearly the same",
    "convention: the other covariates explain four fifths of it",
)
COMPLETE_CASE_LOSS = Threshold(
    0.05,
    "share of patients left out of the adjusted model for a missing covariate",
    "house rule: a loss of a twentieth can hardly change the answer, more can",
)
AT_RISK_FOR_A_MEDIAN = Threshold(
    10.0,
    "patients at risk that a median should still have behind it",
    "house rule: with fewer, one event moves the curve by more than a tenth",
)
CENTRE_SHIFT = Threshold(
    0.25,
    "difference between the log hazard ratios with and without centres as strata",
    "house rule: a change of the hazard ratio by a quarter changes how it is read",
)
FEW_CENTRES = Threshold(
    CENTRES,
    "centres below which a clustered standard error is itself uncertain",
    "Cameron & Miller 2015, a practitioner's guide to cluster-robust inference",
)
CENTRES_FOR_FRAILTY = Threshold(
    100.0,
    "centres beyond which no frailty of each is fitted in every run",
    "house rule: each is a column of the model, which takes minutes beyond it",
)
CHANGING_RATIO = Threshold(
    0.10,
    "p-value of the test of proportional hazards below which the ratio is taken to change over time",
    "house rule: twice the usual level, because the test finds little with few events",
)
CHANGING_CORRELATION = Threshold(
    0.2,
    "correlation of scaled Schoenfeld residuals with time, either way, beyond which the ratio is taken to change",
    "house rule: with few events a change of this size is worth a look although the test does not find it",
)
CROSSING_CURVES = Threshold(
    0.05,
    "difference of the curves that each group must once be ahead by for the curves to cross",
    "house rule: smaller differences change sides by chance at the start and at the end of any two curves",
)
MEDIANS_AND_RATIO = Threshold(
    0.25,
    "difference of the log ratio of the medians from the log hazard ratio, which are equal when hazards are constant",
    "house rule: SePHER 2020 prints medians of 10 and 6 months beside a hazard ratio of 1.23, a difference of 0.30",
)
SELECTION_P = Threshold(
    0.05,
    "p-value below which the wait until entry is said to predict the outcome",
    "convention; one cohort in twenty is warned of without need, which costs a sentence",
)
CALENDAR_AUC = Threshold(
    0.75,
    "area under the curve with which the date of metastatic disease tells the groups apart",
    "house rule: beyond it, most pairs of patients from two groups are from two eras",
)
CALENDAR_DIFFERENCE = Threshold(
    0.25,
    "standardised difference between groups of the date of metastatic disease",
    "Rubin 2001: beyond a quarter, adjustment rests on the form of the model",
)
ERA_SHARE = Threshold(
    0.05,
    "share of a group among the patients of one year below which the year holds no comparison",
    "house rule: fewer than one patient in twenty has no counterpart",
)
ERA_PATIENTS = Threshold(
    0.25,
    "share of the patients whose year holds no comparison",
    "house rule: a quarter of the cohort compared with nobody of its own time",
)
TIME_TO_BE_SEEN = Threshold(
    1.25,
    "ratio between groups of the median time left from metastatic disease to the close of the records",
    "house rule: with a fifth less time, a fifth of the longest waits cannot be in the cohort",
)
LEAST_SEEN = Threshold(
    84.0,
    "days before the close of the records by which the later drug must have begun to be seen to act",
    "house rule: two assessments, every six weeks",
)
TIME_TO_END = Threshold(
    0.9,
    "share of first lines that must have had time to end before the close of the records",
    "house rule: of later first lines only the short ones would be in the cohort",
)
LEAST_ENTRANTS = Threshold(
    15.0,
    "patients of a group, twice, below which early and late entrants are not compared",
    "house rule: with fewer, a third is fewer than ten patients",
)
REACHED_DIFFERENCE = Threshold(
    0.10,
    "difference between those with and without the earlier drug in the share who reached the later one",
    "house rule: beyond a tenth, one group is a choice of patients of another kind",
)
CHOSEN_RATIO = Threshold(
    1.5,
    "how many times as often, or as seldom, patients with the event are taken to have come in (95 % limits)",
    "house rule: as far as an ordinary hidden confounder is taken to go",
)
STARTERS = Threshold(
    50_000.0,
    "patients in the records beyond which who reached the later drug is not modelled in every run",
    "house rule: the covariates of everybody are derived once more, which takes minutes beyond it",
)
REACHED_PER_COLUMN = Threshold(
    10.0,
    "patients of a group who reached the later drug per column of the model of reaching it below which none is fitted",
    "as events per coefficient, Peduzzi 1995",
)
REACHED_SHIFT = Threshold(
    0.25,
    "difference between the log hazard ratios with and without weights for who reached the later drug",
    "house rule: as for centres, a change of the ratio by a quarter changes how it is read",
)
UNDECIDED = Threshold(
    0.05,
    "share of patients whose group the records do not decide from which the answer may hang on them",
    "house rule: as for missing covariates",
)
UNDECIDED_ODDS = Threshold(
    2.0,
    "factor of the odds of two groups among patients whose group is not known, either way (95 % limits)",
    "house rule: who is not biopsied again may be of another kind, not of another disease",
)
RECORDING_PATIENTS = Threshold(
    50_000.0,
    "patients beyond which recording is not drawn in every run, unless the study file describes it",
    "house rule: some hundred models must be fitted, which takes minutes beyond it",
)
UNDECIDED_PATIENTS = Threshold(
    20_000.0,
    "patients beyond which groups that are not known are not drawn in every run",
    "house rule: a hundred models must be fitted, which takes seconds beyond it",
)
LOST_BEFORE_CLOSE = Threshold(
    183.0,
    "days between a patient's last contact and the close of the records beyond which he counts as lost",
    "house rule: patients with metastatic disease are seen at least every half year",
)
LOSS_P = Threshold(
    0.05,
    "p-value below which a group is said to be lost at another rate",
    "convention; the ratio alone, with the usual dozens of losses, would warn in every fifth cohort without need",
)
LOSSES_PER_COLUMN = Threshold(
    10.0,
    "lost patients per column of the model of loss below which none is fitted",
    "as events per coefficient, Peduzzi 1995",
)
LOSS_SHIFT = Threshold(
    0.10,
    "difference between the log hazard ratios with and without weights for loss",
    "house rule: most patients keep a weight near 1, so that chance moves the ratio by less than a tenth",
)
VISIT_RATIO = Threshold(
    1.25,
    "ratio between groups of the median time between assessments",
    "house rule: a quarter more time between visits moves a median progression-free survival by half of that time",
)
VISIT_P = Threshold(0.05, "p-value of the rank sum test of the time between assessments", "convention")
LEAST_VISITED = Threshold(
    5.0, "patients of a group with two assessments, below which visits are not compared", "house rule"
)
COVARIATE_KNOWN = Threshold(
    0.8,
    "share of patients for whom a covariate must be known to be compared",
    "house rule: a fifth missing is too many",
)
IMBALANCE = Threshold(
    0.2,
    "standardised difference of a measured covariate beyond which the groups are unlike",
    "Austin 2009 calls 0.1 worth a look; twice that is beyond chance in groups of a hundred",
)
PATIENTS_PER_SCORE = Threshold(
    PATIENTS_PER_COLUMN,
    "patients of the smaller group per column of a propensity score below which none is fitted",
    "as events per coefficient, Peduzzi 1996",
)
POSITIVITY = Threshold(
    NEXT_TO, "propensity score next to 0, or to 1, at which a patient has no counterpart", "house rule"
)
OUTSIDE_OVERLAP = Threshold(
    WITHOUT_COUNTERPART, "share of patients without a counterpart from which the comparison lacks support", "house rule"
)
LINE_RULE_SHIFT = Threshold(
    0.25,
    "largest difference of the log hazard ratio under another line rule",
    "house rule: as for centres, a change of the ratio by a quarter changes how it is read",
)
LINE_SHARES = Threshold(
    0.10,
    "difference between groups in the share of patients who are in one line",
    "house rule: beyond a tenth, the line is a confounder to be named",
)
INTERACTION_P = Threshold(0.05, "p-value of the test that the ratios differ between lines", "convention")
LINE_RULE_PATIENTS = Threshold(
    20000.0,
    "patients beyond which the line rules are not tried one by one in every run",
    "house rule: some thirty cohorts must be built, which takes minutes beyond it",
)
COMPETING_DIFFERENCE = Threshold(
    0.05,
    "difference between groups of the share with another event first",
    "house rule: as for guaranteed time, five points",
)
LEAST_CONTROL_EVENTS = Threshold(
    10.0, "events of each group below which a control outcome says nothing", "house rule: as for the end of a curve"
)
CONTROLS_TO_CALIBRATE = Threshold(
    5.0,
    "controls with a known answer from which the answer is calibrated by them",
    "house rule: with fewer the spread of their errors is hardly known; Schuemie et al. use dozens",
)
CONTROL_BEFORE = Threshold(
    0.9,
    "share of the patients with the earlier drug who must have had the control outcome before it",
    "house rule: of the others the drug could have changed it",
)
MEAN_WEIGHT_LOW = Threshold(
    0.95,
    "mean of stabilised weights over time below which their model is doubted",
    "house rule: stabilised weights have mean 1 where the model is right, Cole & Hernan 2008",
)
MEAN_WEIGHT_HIGH = Threshold(
    1.05,
    "mean of stabilised weights over time above which their model is doubted",
    "house rule, as for the lower limit",
)
LARGEST_WEIGHT = Threshold(
    20.0, "largest weight over time from which a few patients decide", "house rule: one patient counts as twenty"
)
EFFECTIVE_SHARE = Threshold(
    0.5,
    "share of rows that as many equal weights would need, below which weights cost half of the data",
    "house rule: intervals are then wider by the root of two than those of equal weights",
)
EQUAL_PATIENTS = Threshold(
    10.0,
    "patients who count alike of whom a mean would be as uncertain as the difference of an emulated trial",
    "house rule: of fewer, an interval is a guess however it is made",
)
NATURAL_COURSE = Threshold(
    0.02,
    "difference of the event-free share of simulated courses, with treatment as it was, from the observed one",
    "house rule: models that miss what happened by two points are not asked what would have",
)
