"""The habits by which the authors of an invented paper print numbers."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

ROUNDINGS = {"half up": ROUND_HALF_UP, "half even": ROUND_HALF_EVEN, "truncated": ROUND_DOWN}
TESTS = (
    "Pearson",
    "Yates",
    "Fisher",
    "Fisher mid-p",
    "likelihood ratio",
    "Pearson, or Fisher where sparse",
    "Fisher of two by two",
)


@dataclass(frozen=True, slots=True)
class Style:
    """The habits of one paper's authors."""

    percent_rounding: str
    percent_decimals: int
    unknown: str
    across: bool
    test: str
    p_decimals: int
    rounding: str
    profile: bool
    interval: str
    ratio_decimals: int
    spss: bool
    bare: bool
    total: bool


def a_style(rng):
    return Style(
        str(rng.choice(list(ROUNDINGS))),
        int(rng.integers(0, 3)),
        str(rng.choice(["level", "dropped", "of all"])),
        bool(rng.random() < 0.15),
        str(rng.choice(TESTS)),
        int(rng.integers(2, 5)),
        str(rng.choice(["half up", "half even"])),
        bool(rng.random() < 0.5),
        str(rng.choice(["log-log", "log", "plain"])),
        int(rng.integers(1, 4)),
        bool(rng.random() < 0.2),
        bool(rng.random() < 0.1),
        bool(rng.random() < 0.25),
    )


def fixed(value, decimals, rounding="half up"):
    """Write an exact number with so many decimals."""
    exact = Fraction(value)
    number = Decimal(exact.numerator) / Decimal(exact.denominator)
    return str(number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUNDINGS[rounding]))


def p_text(style, value):
    if value < 10.0**-style.p_decimals:
        return f"<{fixed(Fraction(1, 10**style.p_decimals), style.p_decimals)}"
    return fixed(float(value), style.p_decimals, style.rounding)
