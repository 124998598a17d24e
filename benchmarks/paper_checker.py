"""How often the paper checker cries wolf, and how often it finds a misprint.

Papers are printed from simulated patients under the usual conventions of rounding, percentages,
tests and intervals (tests/evidence/invented_papers.py). Whatever is reported about one as it
stands is a false alarm. Then one number of each is misprinted: a slip of a digit, or a count one
to ten off.

    python benchmarks/paper_checker.py               1000 papers
    python benchmarks/paper_checker.py --papers 200  fewer
    python benchmarks/paper_checker.py --conventions what hazard ratios, log-rank tests and limits do
"""

import argparse
import sys
import tempfile
from collections import Counter
from copy import deepcopy
from pathlib import Path

import numpy as np
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.evidence.invented_papers import at, cells_of, invented_paper, misprinted

from sequela.errors import StudyError
from sequela.evidence.check_paper import check_paper
from sequela.evidence.load_paper_tables import load_paper_tables
from sequela.evidence.paper_findings import GRADES, reported
from sequela.stats.cox import cox, likelihood_ratio_test
from sequela.stats.log_rank import log_rank
from sequela.stats.profile_likelihood import profile_likelihood_interval


def checked(paper, folder):
    """Return every comparison of a paper written to a file and read again."""
    path = Path(folder) / "paper.yaml"
    path.write_text(yaml.safe_dump(paper, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return check_paper(load_paper_tables(path))


def false_alarms(papers, seed, folder):
    rng, alarms, comparisons, touched = np.random.default_rng(seed), Counter(), 0, 0
    shown = []
    for number in range(papers):
        paper, style = invented_paper(rng)
        findings = checked(paper, folder)
        found = reported(findings)
        comparisons += sum(f.grade in (*GRADES, "agrees") for f in findings)
        touched += bool(found)
        for finding in found:
            alarms[finding.check, finding.grade] += 1
            shown.append((number, style, finding))
    return comparisons, touched, alarms, shown


def sensitivity(papers, seed, folder):
    rng, tried, found, certain, proposed = np.random.default_rng(seed), Counter(), Counter(), Counter(), Counter()
    for _ in range(papers):
        paper, _ = invented_paper(rng)
        by_kind = {}
        for path, kind in cells_of(paper):
            by_kind.setdefault(kind, []).append(path)
        for kind, paths in by_kind.items():
            path = paths[rng.integers(len(paths))]
            changed, printed = deepcopy(paper), at(paper, path)
            at(changed, path[:-1])[path[-1]] = misprinted(rng, printed, kind)
            try:
                findings = reported(checked(changed, folder))
            except StudyError:
                continue
            tried[kind] += 1
            found[kind] += bool(findings)
            certain[kind] += any(f.grade == "contradiction" for f in findings)
            original = printed.split()[0]
            proposed[kind] += kind == "count" and any(original in f.proposal.split() for f in findings)
    return tried, found, certain, proposed


SETTINGS = ((12, 12, 3.0, 2.0), (20, 20, 1.5, 1.0), (18, 24, 2.8, 9.0), (100, 100, 0.5, 0.6), (177, 194, 1.79, 0.5))
"""Sizes of two groups, hazard ratio, and mean time to censoring over mean time to the event."""


def conventions(repetitions, seed):
    """Print how far other tests and limits lie from Wald's, by events: what `ratio_intervals.py` allows for."""
    rng = np.random.default_rng(seed)
    print(
        "events: log-rank z and likelihood ratio z over Wald z, limits off the middle in half-widths, least d se^2 / 4"
    )
    for setting in SETTINGS:
        rows = np.array([row for row in (_one_fit(rng, *setting) for _ in range(repetitions)) if row])
        rows = rows[np.isfinite(rows).all(axis=1)]
        clear = rows[rows[:, 1] > 1.5]
        spans = [np.quantile(clear[:, k] / clear[:, 1], (0.005, 0.995)) for k in (2, 3)]
        words = ", ".join(f"{low:.2f} to {high:.2f}" for low, high in (*spans, np.quantile(rows[:, 4], (0.005, 0.995))))
        print(f"  {rows[:, 0].mean():.0f}: {words}, {rows[:, 5].min():.3f}")


def _one_fit(rng, first, second, ratio, censoring):
    group = np.repeat([1.0, 0.0], (first, second))
    days = rng.exponential(300 / np.where(group == 1, ratio, 1.0))
    ends = rng.exponential(300 * censoring, group.size)
    time, event = np.ceil(np.minimum(days, ends)), days <= ends
    if min(event[group == 1].sum(), event[group == 0].sum()) < 3:
        return None
    fit, test = cox(time, event, group), log_rank(time, event, group)
    limits = profile_likelihood_interval(fit)
    estimate, error = float(fit.coefficients[0]), float(fit.std_errors[0])
    middle, half = float(limits.low + limits.high) / 2, float(limits.high - limits.low) / 2
    likelihood_ratio = float(np.sqrt(likelihood_ratio_test(fit).statistic))
    z = (abs(estimate) / error, float(np.sqrt(test.chi_square)), likelihood_ratio)
    return event.sum(), *z, (middle - estimate) / half, event.sum() * error**2 / 4


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--papers", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=2020)
    parser.add_argument("--show", action="store_true", help="list the false alarms")
    parser.add_argument("--conventions", action="store_true", help="simulate ratios instead")
    given = parser.parse_args()
    if given.conventions:
        conventions(min(given.papers, 1000), given.seed)
        return
    with tempfile.TemporaryDirectory() as folder:
        comparisons, touched, alarms, shown = false_alarms(given.papers, given.seed, folder)
        print(f"{given.papers} papers as printed, {comparisons} comparisons")
        print(f"  false alarms: {sum(alarms.values())} in {touched} papers")
        for (check, grade), count in sorted(alarms.items()):
            print(f"    {check} {grade}: {count}")
        for number, style, finding in shown if given.show else ():
            print(number, finding, style)
        tried, found, certain, proposed = sensitivity(max(given.papers // 5, 1), given.seed + 1, folder)
        print("one number misprinted: reported, reported as contradiction")
        for kind in tried:
            share = f"{found[kind] / tried[kind]:.0%}, {certain[kind] / tried[kind]:.0%} of {tried[kind]}"
            print(
                f"  {kind}: {share}"
                + (f"; the true count proposed {proposed[kind] / tried[kind]:.0%}" if proposed[kind] else "")
            )


if __name__ == "__main__":
    main()
