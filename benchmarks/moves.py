"""Where an answer moves to: the geometric mean of the hazard ratio as asked and in each other way, in a world.

Cohorts of a world whose truth is known are invented, asked as a study would ask, and audited; printed are, for each way
that rests on the records, the number of cohorts that allowed it, the geometric mean and the spread of the log ratios.

    python benchmarks/moves.py             world N2 (the truth is 1), 40 cohorts of 371
    python benchmarks/moves.py N1 --runs 20
"""

import argparse
from collections import defaultdict

import numpy as np

from sequela.analyses.answer import answer
from sequela.analyses.report_card import Premise
from sequela.audit.card import audited
from sequela.report.moves import moves
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.records import records_of, studies_of
from sequela.scenarios.worlds import WORLDS
from sequela.study.cohort import build_cohort
from sequela.study.spec import Study

PATIENTS = 371


def moved(world, seed):
    """Return the log ratio as asked and in each way; a way is named without its dates."""
    records = records_of(simulate_cohort(world, np.random.default_rng(seed), PATIENTS))
    study = Study(**studies_of(world)["study"])
    found = moves(audited(answer(study, records, build_cohort(study, records))))
    if not found:
        return {}
    ways = {way.label.split(" from ")[0]: way.estimate.value for way in found[0].of(Premise.RECORDED)}
    return {"as asked": found[0].asked[0].estimate.value, **ways}


def main():
    parser = argparse.ArgumentParser(description="Where an answer moves to, in a world whose truth is known.")
    parser.add_argument("world", nargs="?", default="N2", choices=list(WORLDS))
    parser.add_argument("--runs", type=int, default=40)
    asked = parser.parse_args()
    ratios = defaultdict(list)
    for seed in range(1, asked.runs + 1):
        for way, value in moved(WORLDS[asked.world], seed).items():
            ratios[way].append(np.log(value))
    print(f"{'':50}{'cohorts':>8}{'mean':>7}{'spread':>8}")
    for way, logs in ratios.items():
        print(f"{way:50}{len(logs):8}{np.exp(np.mean(logs)):7.2f}{np.std(logs):8.2f}")


if __name__ == "__main__":
    main()
