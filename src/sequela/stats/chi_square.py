"""A chi-square statistic with its degrees of freedom and p-value."""

from dataclasses import dataclass

from scipy.special import chdtrc


@dataclass(frozen=True, slots=True)
class ChiSquareTest:
    """The result of a test whose statistic follows the chi-square distribution under no difference.

    Attributes
    ----------
    chi_square : float
    degrees_of_freedom : int
    p_value : float
        Probability of a larger statistic: two-sided where there is one degree of freedom.
    """

    chi_square: float
    degrees_of_freedom: int
    p_value: float


def chi_square_test(chi_square: float, degrees_of_freedom: int) -> ChiSquareTest:
    """Look a statistic up in the chi-square distribution."""
    statistic = max(float(chi_square), 0.0)
    return ChiSquareTest(statistic, degrees_of_freedom, float(chdtrc(degrees_of_freedom, statistic)))
