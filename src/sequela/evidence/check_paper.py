"""Does a printed paper agree with itself? Every check, in the order of its number."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sequela.errors import Problem, UsageError
from sequela.evidence import check_counts, check_p_values, check_statements
from sequela.evidence.load_paper_tables import load_paper_tables
from sequela.evidence.paper_findings import Finding
from sequela.evidence.paper_tables import PaperTables

PUBLISHED = Path(__file__).parent / "published"
Check = Callable[[PaperTables], Iterator[Finding]]

CHECKS: Mapping[str, tuple[str, tuple[Check, ...]]] = {
    "CC-01": ("parts add up to their total", (check_counts.row_sums, check_statements.sums)),
    "CC-02": (
        "a percentage is that of its count",
        (check_counts.percentages, check_statements.shares_of_sentences),
    ),
    "CC-03": ("a percentage or mean is reached by whole patients (GRIM)", (check_counts.whole_patients,)),
    "CC-05": ("a p-value is that of some usual test of the counts", (check_p_values.p_values_of_counts,)),
    "CC-06": ("overlapping sets add up (inclusion and exclusion)", (check_counts.unions,)),
    "CC-07": ("no cell is copied from elsewhere", (check_counts.copied_cells,)),
    "CC-19": ("sentences and tables print the same", (check_statements.sentences_and_tables,)),
    "CC-20": ("weeks, months and cycles name the same time", (check_statements.durations,)),
    "CC-21": ("a part does not exceed what it is a part of", ()),
    "CC-22": ("titles and labels fit the table", (check_statements.titles,)),
    "CC-23": ("endpoints that are defined are reported", (check_statements.endpoints,)),
    "CC-24": ("years, pages and DOI of references are possible", (check_statements.references,)),
}
"""Number to what is asked and the functions that ask it; a function may answer for a later number as well."""


def check_paper(paper: PaperTables) -> tuple[Finding, ...]:
    """Run every check and return every comparison, in the order of the checks."""
    found = [finding for _, checks in CHECKS.values() for check in checks for finding in check(paper)]
    return tuple(sorted(found, key=lambda finding: finding.check))


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
