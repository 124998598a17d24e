"""A thousand Cox fits to resampled patients beside R, the PyPI package `survival` and lifelines.

500 patients, ten covariates, whole days, Efron's ties; the same resamples for everybody. CPU seconds, one thread.
sequela sorts the patients once and counts how often each is drawn; the others are given the rows of each sample.
lifelines needs an older pandas than the tests do, so it runs in an environment of its own, on the first 20 samples:

    python benchmarks/bootstrap.py [--lifelines PYTHON]
"""

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from survival.regression import coxph_fit_raw

from sequela.stats.cox import cox
from sequela.stats.cox_bootstrap import bootstrap

SAMPLES, PATIENTS, FEW = 1000, 500, 20
BARS = {"R coxph": 10, "lifelines": 100}

LIFELINES = """
import sys, time
import numpy as np, pandas as pd
from lifelines import CoxPHFitter
folder, few = sys.argv[1], int(sys.argv[2])
days, event = (np.fromfile(f"{folder}/{name}.bin") for name in ("time", "event"))
x = np.fromfile(f"{folder}/x.bin").reshape(days.size, -1)
drawn = np.fromfile(f"{folder}/drawn.bin").reshape(-1, days.size).astype(int)
frame = pd.DataFrame(x).assign(days=days, event=event)
CoxPHFitter().fit(frame, "days", "event")
before = time.process_time()
for rows in drawn[:few]:
    fit = CoxPHFitter().fit(frame.iloc[rows], "days", "event")
print("lifelines", time.process_time() - before, *fit.params_)
"""


class Recorded:
    """A generator that keeps what it drew, so that the others can be given the same patients."""

    def __init__(self, chance):
        self.chance, self.drawn = chance, []

    def integers(self, *arguments):
        self.drawn.append(self.chance.integers(*arguments))
        return self.drawn[-1]


def patients(chance):
    x = np.column_stack([chance.integers(0, 2, (PATIENTS, 5)), chance.normal(size=(PATIENTS, 5))])
    days = np.floor(np.minimum(chance.exponential(700, PATIENTS) * np.exp(-x @ np.full(10, 0.15)), 1825)) + 1
    return days, (chance.random(PATIENTS) < 0.73).astype(float), x


def spent(work):
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def outside(command, folder, samples):
    """Run another program on the samples; return CPU seconds and last coefficients by name."""
    lines = subprocess.run(
        [*command, folder, str(samples)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    fields = [line.split() for line in lines]
    return {name: (float(taken), np.array(values, dtype=float)) for name, taken, *values in fields}


def port(days, event, x, drawn):
    status = event.astype(np.int32)
    fits = [coxph_fit_raw(days[rows], status[rows], x[rows], method="efron", resid=False) for rows in drawn]
    return fits[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lifelines", help="a Python that can import lifelines")
    python = parser.parse_args().lifelines
    days, event, x = patients(np.random.default_rng(1))
    fit = cox(days, event, x)
    bootstrap(fit, np.random.default_rng(0), samples=2)
    generator = Recorded(np.random.default_rng(2))
    own, found = spent(lambda: bootstrap(fit, generator, samples=SAMPLES))
    drawn = np.concatenate(generator.drawn)
    print(f"{SAMPLES:,} fits of {PATIENTS} patients, CPU seconds; load of the machine {os.getloadavg()[0]:.1f}")
    print(f"sequela        {own:8.3f}")
    taken, _ = spent(lambda: port(days, event, x, drawn))
    print(f"survival core  {taken:8.3f}  {taken / own:6.1f}x")
    with tempfile.TemporaryDirectory() as folder:
        for name, column in {"time": days, "event": event, "x": x, "drawn": drawn.astype(float)}.items():
            column.tofile(Path(folder) / f"{name}.bin")
        show("R ", outside(["Rscript", str(Path(__file__).with_suffix(".R"))], folder, SAMPLES), own, found, SAMPLES)
        if python:
            show("", outside([python, "-c", LIFELINES], folder, FEW), own, found, FEW)


def show(prefix, results, own, found, samples):
    for name, (taken, coefficients) in results.items():
        scaled = taken * SAMPLES / samples
        bar = f", bar {BARS[prefix + name]}x" if prefix + name in BARS else ""
        worst = np.abs(coefficients - found.coefficients[samples - 1]).max()
        print(f"{prefix + name:14} {scaled:8.3f}  {scaled / own:6.1f}x{bar}; largest difference {worst:.0e}")


if __name__ == "__main__":
    main()
