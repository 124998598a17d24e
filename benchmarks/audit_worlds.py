"""The audit's exam: cohorts from worlds whose truth is known, each analysed as its studies ask, and audited.

    python benchmarks/audit_worlds.py --runs 500 --out FOLDER

writes two tables. `rejections.csv` (world, analysis, rejection_rate): how often a 95 % interval leaves out a
hazard ratio of 1. `items.csv` (world, item, status, share): how often an item of the card ended how.

Analyses: `naive` is the study that makes the mistake of its world, `naive, audited` the same where the card lets
it stand as an answer (no ERROR); `primary` is the first endpoint of the study that asks rightly, `primary,
audited` the same where the card lets it stand; `primary, alarmed` where the card neither stops nor warns of
selection. `covers the truth` is the share of primary intervals that hold the true hazard ratio, `claims a cause`
the share of first sentences with a causal verb. `adjusted for the first line` is the primary analysis with the
progression-free survival of the line before as a covariate.
"""

import argparse
import csv
import re
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from sequela.analyses.answer import answer
from sequela.analyses.report_card import Status
from sequela.analyses.results import Survival, TargetTrial
from sequela.analyses.study_result import StudyResult
from sequela.audit.card import audited
from sequela.records.dates import DAYS_PER_MONTH
from sequela.report.answer import answer as in_words
from sequela.scenarios.cohort import SimulatedCohort, simulate_cohort
from sequela.scenarios.records import records_of, write_scenario
from sequela.scenarios.worlds import WORLDS, World
from sequela.stats.cox import cox, wald_interval
from sequela.study.cohort import build_cohort
from sequela.study.load import load_study
from sequela.study.spec import Study

CAUSAL = re.compile(r"\b(caus|works? less|because of pertuzumab|due to|reduces|leads? to|resistan)", re.IGNORECASE)
SELECTION = ("availability", "selection")


def examine(world: World, runs: int, patients: int, seed: int) -> tuple[Counter[str], Counter[tuple[str, str]], int]:
    """Return how often each analysis rejected, and how each item of the two cards ended."""
    studies = _studies(world)
    rejected: Counter[str] = Counter()
    items: Counter[tuple[str, str]] = Counter()
    for run in range(runs):
        cohort = simulate_cohort(world, np.random.default_rng([seed, run]), patients)
        records = records_of(cohort)
        for name, study in studies.items():
            result = audited(answer(study, records, build_cohort(study, records), ""))
            items.update((f"{name}: {item.name}", item.status.value) for item in result.card.items)
            rejected.update(_verdicts(name, result, world))
        rejected.update(_adjusted_for_first_line(cohort))
    return rejected, items, runs


def _studies(world: World) -> dict[str, Study]:
    with tempfile.TemporaryDirectory() as folder:
        write_scenario(simulate_cohort(world, np.random.default_rng(0), 20), Path(folder), 0)
        return {
            name: load_study(Path(folder) / f"{file}.yaml") for name, file in (("primary", "study"), ("naive", "naive"))
        }


def _verdicts(name: str, result: StudyResult, world: World) -> list[str]:
    found = []
    low, high = _interval(result)
    rejects = not low <= 1 <= high
    warned = any(item.status in (Status.WARN, Status.ERROR) for item in result.card.items if item.name in SELECTION)
    if rejects:
        found.append(name)
    if rejects and result.card.grade is not Status.ERROR:
        found.append(f"{name}, audited")
    if rejects and result.card.grade is not Status.ERROR and not warned:
        found.append(f"{name}, audited and not alarmed")
    if CAUSAL.search(in_words(result).sentence):
        found.append(f"{name}, claims a cause")
    if low <= world.hazard_ratio <= high:
        found.append(f"{name}, covers the truth")
    return found


def _interval(result: StudyResult) -> tuple[float, float]:
    """Return the limits of the first hazard ratio: as reported, or as asked where the clock withheld it.

    Where a trial was emulated it is its answer: limits above and below 1 as those of the difference are about 0.
    """
    for analysis in result.analyses:
        if isinstance(analysis, TargetTrial):
            difference = analysis.mean_difference
            return float(np.exp(-difference.high)), float(np.exp(-difference.low))
    for analysis in result.analyses:
        if isinstance(analysis, Survival) and analysis.hazard_ratios:
            shown = analysis.hazard_ratios[-1].estimate
            return shown.low, shown.high
    for item in result.card.items:
        for under in item.answers:
            if under.label == "as asked" and under.quantity == "hazard ratio":
                return under.estimate.low, under.estimate.high
    return 0.0, np.inf


def _adjusted_for_first_line(cohort: SimulatedCohort) -> list[str]:
    if not cohort.pertuzumab.any():
        return []
    end = np.minimum(cohort.progression, cohort.end)
    months = np.log(cohort.first_progression / DAYS_PER_MONTH)
    covariates = np.column_stack([cohort.pertuzumab.astype(float), months])
    limits = wald_interval(cox((end - cohort.tdm1).astype(float), cohort.progression <= cohort.end, covariates))
    return ["adjusted for the first line"] if not limits.low[0] <= 0 <= limits.high[0] else []


def main() -> None:
    """Run the exam and write the two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--patients", type=int, default=371)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--worlds", nargs="*", default=list(WORLDS))
    parser.add_argument("--out", type=Path, default=Path("audit-worlds"))
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    rejections, statuses = [], []
    for name in asked.worlds:
        started = time.perf_counter()
        rejected, items, runs = examine(WORLDS[name], asked.runs, asked.patients, asked.seed)
        rejections += [(name, analysis, f"{count / runs:.3f}") for analysis, count in sorted(rejected.items())]
        statuses += [(name, item, status, f"{count / runs:.3f}") for (item, status), count in sorted(items.items())]
        print(f"{name}: {runs} cohorts in {time.perf_counter() - started:.0f} s")
        for analysis, count in sorted(rejected.items()):
            print(f"  {analysis:<45} {count / runs:.3f}")
    _write(asked.out / "rejections.csv", ("world", "analysis", "rejection_rate"), rejections)
    _write(asked.out / "items.csv", ("world", "item", "status", "share"), statuses)


def _write(path: Path, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
