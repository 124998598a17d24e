"""Every number at which the audit changes its mind, each with its reason. There is no other place for these."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
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
