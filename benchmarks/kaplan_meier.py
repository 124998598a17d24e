"""Curve, log-rank and Cox on patients with whole days, beside the package `survival` (a port of R's routines).

Run: .venv/bin/python benchmarks/kaplan_meier.py [patients]
"""

import sys
import time

import numpy as np
import survival

from sequela.stats.cox import cox
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from sequela.stats.log_rank import log_rank


def patients(n):
    """Return times in days with many ties, 73 % events, four groups, ten covariates."""
    chance = np.random.default_rng(1)
    days = np.ceil(chance.exponential(500, n))
    return days, chance.random(n) < 0.73, chance.integers(0, 4, n), chance.normal(size=(n, 10))


def seconds(work, repeats=3):
    """Return the median CPU time of a few runs after one to warm up."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return float(np.median(taken))


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    days, event, group, covariates = patients(n)
    columns = {"time": days.tolist(), "event": event.astype(int).tolist(), "group": group.tolist()}
    names = [f"x{number}" for number in range(10)]
    columns |= {name: column.tolist() for name, column in zip(names, covariates.T, strict=True)}
    model = f"Surv(time, event) ~ {' + '.join(names)}"
    work = {
        "curve and median": (
            lambda: quantile(kaplan_meier(days, event)),
            lambda: survival.survfit("Surv(time, event) ~ 1", columns, conf_type="log-log"),
        ),
        "log-rank, 4 groups": (
            lambda: log_rank(days, event, group),
            lambda: survival.survdiff("Surv(time, event) ~ group", columns),
        ),
        "Cox, 10 covariates": (lambda: cox(days, event, covariates), lambda: survival.coxph(model, columns)),
    }
    print(f"{n:,} patients, CPU seconds   sequela  survival")
    for name, (ours, theirs) in work.items():
        print(f"{name:28} {seconds(ours):8.3f}  {seconds(theirs):8.3f}")


if __name__ == "__main__":
    main()
