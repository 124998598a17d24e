"""The words that every printed table shares: heads of columns, names of tests, sentences."""

from collections.abc import Iterable

from sequela.analyses.results import Test
from sequela.analyses.wording import p_value
from sequela.report.display_table import Row


def name_of_test(test: Test) -> str:
    """Return the name of a test as a heading: `Log-rank test`."""
    return sentence(test.name if "test" in test.name.lower() else f"{test.name} test", stop="")


def test_cells(test: Test | None) -> tuple[str, str]:
    """Return the p-value and the name of a test as two cells; blank where there is none."""
    return ("", "") if test is None else (p_value(test.p_value), name_of_test(test))


def labelled_row(label: str, cells: Iterable[str]) -> Row:
    """Return a row that its first cell names."""
    return Row((label, *cells))


def sized(groups: tuple[str, ...], sizes: tuple[int, ...]) -> tuple[str, ...]:
    """Return the heads of columns of groups: `Tmab (n = 24)`."""
    return tuple(f"{group} (n = {size})" for group, size in zip(groups, sizes, strict=True))


def sentence(text: str, stop: str = ".") -> str:
    """Return a text with a capital at its head and one full stop, or another, at its end."""
    text = text.strip().removesuffix(".")
    return text[:1].upper() + text[1:] + stop
