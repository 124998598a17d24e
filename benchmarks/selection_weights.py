"""Weights for who reached T-DM1, where the truth is known: how often the interval holds it, without them and with them.

    python benchmarks/selection_weights.py --runs 60

draws cohorts of everybody who began a first line (`--starters`) from each world, asks for progression on T-DM1
adjusted for nothing, and prints the mean log hazard ratio and the coverage of a true ratio of 1, without and with
weights, and how often the card says that something that was not measured chose the patients too.
"""

import argparse

import numpy as np

from sequela.analyses.answer import answer
from sequela.audit.material import material
from sequela.audit.selected import Selected, weighted_for_reaching
from sequela.scenarios.cohort import simulate_starters
from sequela.scenarios.records import records_of, studies_of
from sequela.scenarios.worlds import WORLDS
from sequela.study.cohort import build_cohort
from sequela.study.spec import Study


def weighted(study: Study, name: str, starters: int, seed: list[int]) -> Selected:
    """Return the answer of one cohort, without weights and with them."""
    records = records_of(*simulate_starters(WORLDS[name], np.random.default_rng(seed), starters))
    return weighted_for_reaching(material(answer(study, records, build_cohort(study, records), "")))


def main() -> None:
    """Draw the cohorts and print a line for each world."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--starters", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--worlds", nargs="*", default=["S1", "N1", "N2", "N3"])
    asked = parser.parse_args()
    for name in asked.worlds:
        written = studies_of(WORLDS[name])["study"]
        study = Study(**{**written, "adjust": [], "analyses": written["analyses"][:1]})
        found = [weighted(study, name, asked.starters, [asked.seed, run]) for run in range(asked.runs)]
        answered = [item for item in found if item.answers]
        logs = np.log([[under.estimate.value for under in item.answers] for item in answered]).mean(axis=0)
        holds = np.mean([[x.estimate.low <= 1 <= x.estimate.high for x in item.answers] for item in answered], axis=0)
        said = np.mean(["not measured chose" in item.said[-1] for item in answered])
        print(
            f"{name}: {len(answered)} cohorts, mean log ratio {logs[0]:.3f} and {logs[1]:.3f}, "
            f"interval holds 1 in {holds[0]:.2f} and {holds[1]:.2f}, says so in {said:.2f}"
        )


if __name__ == "__main__":
    main()
