"""A printed text beside computed numbers, rounded the way the text was rounded.

A printed number carries its precision: `25.0` has one decimal. A computed number agrees when
either common rule of rounding, half up or half to even, turns it into what was printed.
"""

import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
NOT_REACHED = "NR"
_DIGITS = 60

Number = int | float | Fraction


def numbers(text: str) -> tuple[str, ...]:
    """Return the unsigned numbers of a printed text, in order, as written.

    Digits inside a word (`T-DM1`) are not numbers, and a dash is a dash, not a minus sign.
    """
    return tuple(NUMBER.findall(text))


def decimals(number: str) -> int:
    """Return how many decimals a number was printed with."""
    return len(number.partition(".")[2])


def roundings(value: Number, places: int) -> tuple[str, str]:
    """Return a value rounded half up and half to even, written with that many decimals.

    A value that is not finite is written `NR`. A float means the shortest decimal that names
    it, so that 0.125 is a tie and 0.1 is not one.
    """
    if isinstance(value, float) and not (abs(value) < float("inf")):
        return NOT_REACHED, NOT_REACHED
    exact = Decimal(repr(value)) if isinstance(value, float) else Fraction(value)
    with localcontext() as context:
        context.prec = _DIGITS
        number = exact if isinstance(exact, Decimal) else Decimal(exact.numerator) / Decimal(exact.denominator)
        unit = Decimal(1).scaleb(-places)
        # Adding zero makes a negative zero a zero: -0.3 is printed 0.
        up, even = (number.quantize(unit, rule) + 0 for rule in (ROUND_HALF_UP, ROUND_HALF_EVEN))
    return str(up), str(even)


def agrees(value: Number, printed: str) -> bool:
    """Tell whether a value, rounded to the printed decimals, is the printed number."""
    return printed in roundings(value, decimals(printed))


def written_like(printed: str, values: tuple[Number, ...]) -> str:
    """Return the printed text with each of its numbers replaced by the computed one.

    Raises ValueError where the text has more or fewer numbers than were computed.
    """
    tokens = numbers(printed)
    if len(tokens) != len(values):
        raise ValueError(f"{printed!r} has {len(tokens)} numbers, {len(values)} were computed")
    replacements = iter(_replacement(value, token) for value, token in zip(values, tokens, strict=True))
    return NUMBER.sub(lambda _: next(replacements), printed)


def _replacement(value: Number, token: str) -> str:
    up, even = roundings(value, decimals(token))
    return token if token == even else up
