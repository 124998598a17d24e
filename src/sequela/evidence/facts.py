"""Every printed number as one fact with a name, in the order of the file."""

from collections.abc import Iterator, Mapping

from sequela.evidence.printed import Comparison, Printed, Summary
from sequela.evidence.rounding import Rounded, rounded
from sequela.frozen import frozen


@frozen
class Fact:
    """One printed number.

    Attributes
    ----------
    name : str
        Unique: "median Tmab low", "adjusted hazard ratio Tmab/Pmab against Tmab".
    printed : Rounded
    line : int
        Of the file; 0 for a count that belongs to a mapping.
    """

    name: str
    printed: Rounded
    line: int = 0


def printed_facts(printed: Printed) -> tuple[Fact, ...]:
    """Return every number the paper printed, named."""
    found: list[Fact] = []
    found += _of_summaries("median", printed.median, ("low", "high"))
    found += _of_summaries("observed", printed.observed, ("shortest", "longest"))
    found += _of_summaries("events", printed.events, ("low", "high"))
    for item in printed.comparisons:
        found += _comparison(item)
    for covariate in printed.categorical:
        found += _of_counts(printed, covariate.name, covariate.levels, covariate.counts)
        found += _of_summaries(covariate.name, covariate.totals, ("low", "high"), " total")
        found += _of_summaries(f"{covariate.name} p", covariate.p, ("low", "high"))
    for number in printed.continuous:
        found += _of_summaries(number.name, number.median, ("lowest", "highest"))
        for group, counts in number.exactly.items():
            found += [Fact(f"{number.name} {value} {group}", rounded(str(n))) for value, n in counts.items()]
        found += _of_summaries(f"{number.name} p", number.p, ("low", "high"))
    found += _response(printed)
    found += [Fact(f"stopped for {reason}", rounded(str(count))) for reason, count in printed.stopped.items()]
    return tuple(found)


def versus(item: Comparison) -> str:
    """Return how a comparison is called."""
    return f"{item.group} against {item.reference}"


def _of_summary(name: str, summary: Summary, ends: tuple[str, str]) -> Iterator[Fact]:
    yield Fact(name, summary.value, summary.line)
    if summary.low and summary.high:
        yield Fact(f"{name} {ends[0]}", summary.low, summary.line)
        yield Fact(f"{name} {ends[1]}", summary.high, summary.line)


def _of_summaries(
    name: str, summaries: Mapping[str, Summary], ends: tuple[str, str], suffix: str = ""
) -> Iterator[Fact]:
    for group, summary in summaries.items():
        yield from _of_summary(f"{name} {group}{suffix}", summary, ends)


def _comparison(item: Comparison) -> Iterator[Fact]:
    numbers = (
        ("log-rank p", item.log_rank_p),
        ("hazard ratio", item.hazard_ratio),
        ("adjusted hazard ratio", item.adjusted),
    )
    for name, summary in numbers:
        if summary:
            yield from _of_summary(f"{name} {versus(item)}", summary, ("low", "high"))


def _of_counts(
    printed: Printed, name: str, levels: tuple[str, ...], counts: tuple[tuple[int, ...], ...]
) -> Iterator[Fact]:
    for level, row in zip(levels, counts, strict=True):
        for group, count in zip(printed.groups, row, strict=True):
            yield Fact(f"{name} {level} {group}", rounded(str(count)))


def _response(printed: Printed) -> Iterator[Fact]:
    response = printed.response
    if response is None:
        return
    yield from _of_counts(printed, "response", response.levels, response.counts)
    yield from _of_summaries("response p", response.p, ("low", "high"))
    for group, count in zip(printed.groups, response.control, strict=False):
        yield Fact(f"disease control {group}", rounded(str(count)))
    yield from _of_summaries("disease control p", response.control_p, ("low", "high"))
