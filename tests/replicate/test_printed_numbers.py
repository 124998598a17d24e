"""Rounding the way a paper was rounded; the expected texts are worked by hand."""

from fractions import Fraction

import pytest

from sequela.replicate.printed_numbers import agrees, numbers, roundings, written_like


@pytest.mark.parametrize(
    ("value", "places", "half_up", "half_even"),
    [
        (Fraction(1, 8), 2, "0.13", "0.12"),  # a tie: up, or to the even digit
        (0.125, 2, "0.13", "0.12"),  # the same tie as a float
        (Fraction(5, 2), 0, "3", "2"),
        (2.675, 2, "2.68", "2.68"),  # meant as written, not as the binary fraction below it
        (Fraction(800, 9), 1, "88.9", "88.9"),  # 16 of 18
        (Fraction(25), 1, "25.0", "25.0"),
        (0.00297, 4, "0.0030", "0.0030"),
        (float("nan"), 1, "NR", "NR"),
        (float("inf"), 1, "NR", "NR"),
    ],
)
def test_rounding_half_up_and_half_to_even(value, places, half_up, half_even):
    assert roundings(value, places) == (half_up, half_even)


def test_both_roundings_of_a_tie_agree_and_a_cut_number_does_not():
    assert agrees(Fraction(5, 2), "3")
    assert agrees(Fraction(5, 2), "2")
    assert agrees(Fraction(800, 9), "88.9")
    assert not agrees(Fraction(800, 9), "88.8")
    assert not agrees(float("nan"), "2.8")


def test_numbers_of_a_text():
    assert numbers("2.8 (1.7-4.8)") == ("2.8", "1.7", "4.8")  # a dash is no minus sign
    assert numbers("T-DM1 for 135 weeks") == ("135",)  # the 1 belongs to the drug
    assert numbers("2/18, 6/24") == ("2", "18", "6", "24")


def test_a_text_is_written_again_with_computed_numbers():
    assert written_like("2.8 (1.7-4.8)", (2.76, 1.74, 4.849)) == "2.8 (1.7-4.8)"
    assert written_like("33 (79)", (31, Fraction(3100, 42))) == "31 (74)"
    assert written_like("61", (Fraction(5, 2),)) == "3"
    assert written_like("2", (Fraction(5, 2),)) == "2"  # half to even is also a rule


def test_a_text_with_another_number_of_numbers_is_refused():
    with pytest.raises(ValueError, match="has 3 numbers, 1 were computed"):
        written_like("2.8 (1.7-4.8)", (2.8,))
