"""A chi-square statistic with its degrees of freedom and p-value."""

from sequela.frozen import frozen
from sequela.stats.distributions import chi_square_tail


@frozen
class ChiSquareTest:
    """The result of a test whose statistic follows the chi-square distribution under no difference.

    Attributes
    ----------
    statistic : float
    degrees_of_freedom : int
    p_value : float
        Probability of a larger statistic: two-sided where there is one degree of freedom.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float


def chi_square_test(statistic: float, degrees_of_freedom: int) -> ChiSquareTest:
    """Look a statistic up in the chi-square distribution.

    Pearson (1900), Philosophical Magazine 50:157; nan stays nan.
    """
    above_zero = max(float(statistic), 0.0)
    return ChiSquareTest(above_zero, degrees_of_freedom, chi_square_tail(above_zero, degrees_of_freedom))
