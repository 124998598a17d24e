"""Does a printed paper agree with itself? Every check, in the order of its number."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sequela.errors import Problem, UsageError
from sequela.evidence import (
    check_counts,
    check_curves,
    check_levels,
    check_means,
    check_medians,
    check_p_values,
    check_proportions,
    check_rates,
    check_ratios,
    check_statements,
)
from sequela.evidence.load_paper_tables import load_paper_tables
from sequela.evidence.paper_findings import Finding
from sequela.evidence.paper_tables import PaperTables

PUBLISHED = Path(__file__).parent / "published"
Check = Callable[[PaperTables], Iterator[Finding]]

CHECKS: Mapping[str, tuple[str, tuple[Check, ...]]] = {
    "CC-01": ("parts add up to their total", (check_counts.row_sums, check_counts.totals, check_statements.sums)),
    "CC-02": (
        "a percentage is that of its count, with a usual interval",
        (
            check_counts.percentages,
            check_statements.shares_of_sentences,
            check_proportions.intervals_of_proportions,
        ),
    ),
    "CC-03": (
        "a percentage or mean is reached by whole patients (GRIM)",
        (check_counts.whole_patients, check_medians.whole_numbers),
    ),
    "CC-04": ("whole numbers can have the standard deviation (GRIMMER)", ()),
    "CC-05": (
        "a p-value is that of some usual test of the counts or means",
        (check_p_values.p_values_of_counts, check_means.means),
    ),
    "CC-06": ("overlapping sets add up (inclusion and exclusion)", (check_counts.unions,)),
    "CC-07": ("no cell is copied from elsewhere", (check_counts.copied_cells,)),
    "CC-08": ("a ratio lies in the middle of its interval", (check_ratios.intervals_of_ratios,)),
    "CC-09": ("the p-value of a ratio is that of its interval", (check_ratios.p_values_of_ratios,)),
    "CC-10": ("a ratio needs no more events than there were", (check_ratios.events_of_ratios,)),
    "CC-11": ("log-rank test and hazard ratio say the same", (check_ratios.log_rank_and_wald,)),
    "CC-12": ("medians and hazard ratio say the same", (check_ratios.medians_and_ratios,)),
    "CC-13": ("adjusted p-values follow from the raw ones", (check_ratios.adjusted_p_values,)),
    "CC-14": ("the whole lies between its parts", (check_medians.wholes_and_parts, check_means.means_of_everyone)),
    "CC-15": ("limits lie around their number and are of one kind", (check_medians.limits_of_medians,)),
    "CC-16": ("medians are as far apart as the log-rank test says", (check_medians.differences_of_medians,)),
    "CC-17": ("medians from two starts fit each other", (check_medians.clocks,)),
    "CC-18": ("a median is not beyond the longest observation", (check_medians.medians_and_follow_up,)),
    "CC-19": ("sentences and tables print the same", (check_statements.sentences_and_tables,)),
    "CC-20": ("weeks, months and cycles name the same time", (check_statements.durations,)),
    "CC-21": ("a part does not exceed what it is a part of", (check_ratios.fewer_in_the_model,)),
    "CC-22": ("titles and labels fit the table", (check_statements.titles,)),
    "CC-23": ("endpoints that are defined are reported", (check_statements.endpoints,)),
    "CC-24": ("years, pages and DOI of references are possible", (check_statements.references,)),
    "CC-25": ("survival falls, and crosses one half at the median", (check_curves.points_of_curves,)),
    "CC-26": ("patients at risk, events and patients fit the curve", (check_curves.patients_at_risk,)),
    "CC-27": ("rates are events over person-time, which fits the follow-up", (check_rates.rates_of_events,)),
    "CC-28": ("the median lies in the level that holds the middle patient", (check_levels.middles_of_levels,)),
}
"""Number to what is asked and the functions that ask it; a function may answer for a later number as well."""


def check_paper(paper: PaperTables) -> tuple[Finding, ...]:
    """Run every check and return every comparison, in the order of the checks."""
    found = [finding for _, checks in CHECKS.values() for check in checks for finding in check(paper)]
    return tuple(sorted(found, key=lambda finding: finding.check))


def subjects(paper: PaperTables) -> dict[str, str]:
    """Return what findings are about by the beginning of their locations: a row, a ratio, a curve, two sets."""
    found = {f"{table.name}, {row.name}": f"{table.name}, {row.name}" for table in paper.tables for row in table.rows}
    found |= {union.where: ", ".join(union.neither[:2]) for union in paper.unions}
    found |= {place: place for place in map(check_ratios.place, paper.ratios)}
    curves = [(item.where, item.endpoint, name) for item in paper.medians for name in item.groups]
    curves += [(item.where, item.endpoint, name) for item in paper.curves for name in item.groups]
    return found | {start: start for start in (", ".join(filter(None, parts)) for parts in curves)}


def published() -> tuple[str, ...]:
    """Return the names of the papers that come with the program."""
    return tuple(sorted(path.stem for path in PUBLISHED.glob("*.yaml")))


def paper_file(name: str) -> Path:
    """Return the file of a paper that comes with the program, or the file named.

    Raises
    ------
    UsageError
        Where it is neither.
    """
    if name in published():
        return PUBLISHED / f"{name}.yaml"
    if Path(name).suffix in (".yaml", ".yml"):
        return Path(name)
    expected = f"{', '.join(published())}, or a YAML file"
    raise UsageError(Problem("paper", f"no paper is called {name!r}", expected))


def load_paper(name: str) -> PaperTables:
    """Read a paper by its name or file."""
    return load_paper_tables(paper_file(name))
