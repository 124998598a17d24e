"""Curve, log-rank and Cox on patients with whole days, beside the package `survival` (a port of R's routines).

    python benchmarks/kaplan_meier.py [patients]     10^5 where none are given
    python benchmarks/kaplan_meier.py --sorting      curve and log-rank test of a million patients beside sorting them

The second prints the least CPU time of seven runs of each, on whole days and on continuous times, and the time of curve
and test together over that of `numpy.sort` and of `numpy.argsort`, which is what an estimator would need at least. The
bar, on whole days, is three times a sort. Seen in two runs on a machine with two cores that others were using: 1.4 and
1.5 times a sort on whole days, which are counted; 10 and 12 times a sort, 6 times an argsort, on continuous times,
where every patient is a step of the curve.
"""

import sys
import time
from functools import partial

import numpy as np

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


def least(work, repeats=7):
    """Return the least CPU time of some runs after one to warm up."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def beside_sorting(n=1_000_000):
    """Print what a curve and a log-rank test cost beside sorting the times."""
    days, event, group, _ = patients(n)
    times = {"whole days": days, "continuous": days - np.random.default_rng(2).random(n)}
    print(f"{n:,} patients, CPU seconds  curve  log-rank  sort  argsort  together / sort  / argsort")
    for name, values in times.items():
        curve, test = least(partial(kaplan_meier, values, event)), least(partial(log_rank, values, event, group))
        ordered, order = least(partial(np.sort, values)), least(partial(np.argsort, values))
        both = curve + test
        line = f"{name:26} {curve:6.3f}  {test:8.3f} {ordered:5.3f}  {order:7.3f}"
        print(f"{line}  {both / ordered:15.1f}  {both / order:9.1f}")


def main():
    if sys.argv[1:] == ["--sorting"]:
        return beside_sorting()
    # Only this comparison needs the package.
    import survival

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
