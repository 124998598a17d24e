"""What a printed number can have been before it was rounded."""

import re
from decimal import Decimal

from sequela.frozen import frozen

NUMBER = re.compile(r"[-+−]?[0-9]+(?:\.[0-9]+)?")
_SLACK = 1e-9
"""Binary fractions of decimal bounds: 0.25005 is not exactly representable."""


@frozen
class Rounded:
    """A number as printed, with every value it can stand for.

    Attributes
    ----------
    text : str
        As printed: the trailing zeros are its precision.
    value : float
    decimals : int
    low, high : float
        Half a unit of the last digit either side.
    """

    text: str
    value: float
    decimals: int
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Tell whether a value rounds to this number, half up or half even; nan never does.

        The lower end belongs to it (half up); the upper end only where the last digit is even.
        """
        slack = _SLACK * max(1.0, abs(self.value))
        even = int(self.text[-1]) % 2 == 0
        return self.low - slack <= value <= self.high + (slack if even else -slack)

    @property
    def inner(self) -> tuple[float, float]:
        """The interval a search should aim at: without its ends, where programs differ.

        A number without decimals stands for itself, so half-way values are kept out too.
        """
        slack = (self.high - self.low) * (1e-6 if self.decimals else 0.25)
        return self.low + slack, self.high - slack

    def distance(self, value: float) -> float:
        """Return how many half units of the last digit the value lies outside; 0 inside."""
        if self.holds(value):
            return 0.0
        half = (self.high - self.low) / 2
        return (max(self.low - value, value - self.high)) / half

    def show(self, value: float) -> str:
        """Return a value written with the decimals of this number."""
        return f"{value:.{self.decimals}f}"


def rounded(text: str) -> Rounded:
    """Read a printed number; its precision is the number of decimals written.

    Raises ValueError where the text is not one plain decimal number.
    """
    plain = text.strip().replace("−", "-")
    if not NUMBER.fullmatch(plain):
        raise ValueError(f"not a decimal number: {text!r}")
    exact = Decimal(plain)
    decimals = len(plain.partition(".")[2])
    half = Decimal(1).scaleb(-decimals) / 2
    return Rounded(plain, float(exact), decimals, float(exact - half), float(exact + half))
