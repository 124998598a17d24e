"""Simulated patients whose printed summaries are known, written as a paper would print them."""

from dataclasses import dataclass

import numpy as np

from sequela.evidence.load_printed import load_printed
from sequela.evidence.measure import measured
from sequela.evidence.printed import Conventions
from sequela.evidence.solution import Solution

PAPER = """\
version: 1
title: A simulated truth
groups: {{New: {n}, Old: {m}}}
time_to_event:
  median: {{New: {median New:.1f} ({median New low:.1f}-{median New high:.1f}), Old: {median Old:.1f} ({median Old low:.1f}-{median Old high:.1f})}}
  observed: {{New: {observed New:.1f} ({observed New shortest:.1f}-{observed New longest:.1f}), Old: {observed Old:.1f} ({observed Old shortest:.1f}-{observed Old longest:.1f}), all: {observed all:.1f}}}
  events: {{New: {events New:.0f}, Old: {events Old:.0f}, all: {events all:.0f}}}
comparisons:
  - group: New
    reference: Old
    log_rank_p: {log-rank p New against Old:.3f}
    hazard_ratio: {hazard ratio New against Old:.2f} ({hazard ratio New against Old low:.2f}-{hazard ratio New against Old high:.2f})
    adjusted: {{hazard_ratio: {adjusted hazard ratio New against Old:.2f} ({adjusted hazard ratio New against Old low:.2f}-{adjusted hazard ratio New against Old high:.2f}), for: [sex]}}
categorical:
  sex:
    counts: {{female: {{New: {sex female New:.0f}, Old: {sex female Old:.0f}}}, male: {{New: {sex male New:.0f}, Old: {sex male Old:.0f}}}}}
    p: {{pearson: {sex p pearson:.3f}}}
"""  # noqa: E501 - one line per line of the file

SKELETON = """\
version: 1
groups: {New: 14, Old: 16}
comparisons: [{group: New, reference: Old, adjusted: {hazard_ratio: 1, for: [sex]}}]
categorical: {sex: {counts: {female: {New: 14, Old: 16}, male: {New: 0, Old: 0}}}}
"""


@dataclass(frozen=True)
class Truth:
    """The patients, and the text a paper would print of them."""

    solution: Solution
    text: str


def simulated(seed, folder):
    """Draw thirty patients, one covariate, hazards apart, and print them."""
    rng = np.random.default_rng(seed)
    group = np.repeat([0, 1], [14, 16])
    sex = rng.integers(0, 2, 30)
    latent = np.rint(rng.exponential(np.where(group == 0, 150, 320) * np.where(sex == 0, 1.3, 0.8))) + 10
    censoring = rng.integers(200, 900, 30)
    solution = Solution(
        group,
        np.minimum(latent, censoring).astype(int),
        latent <= censoring,
        sex[None, :],
        np.empty((0, 30)),
        np.empty(0, dtype=int),
    )
    path = folder / "skeleton.yaml"
    path.write_text(SKELETON)
    values = measured(load_printed(path), solution, Conventions())
    return Truth(solution, PAPER.format(n=14, m=16, **values))
