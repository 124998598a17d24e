"""Cox's regression beside R and the PyPI package `survival` (a port of R's C code to Rust).

Synthetic patients: ten covariates (five binary, five normal), whole days up to five years, 73 % events, Efron's
ties, in six variants: right-censored (rc), delayed entry (lt), 50 strata (st), case weights with robust variance (wr),
all of these (all), continuous times (cont). CPU seconds, one thread, the median of three runs after one on 500
patients. "call" is what a user calls: `cox(...)` and R's `coxph(...)`, which also computes residuals and concordance.
"core" is the fit alone, without robust variance: R's C code (`coxph.fit`, `agreg.fit`, resid = FALSE), the package's
`coxph_fit_raw`, and `cox(...)` without clusters, checks included.

    python benchmarks/cox.py             10^5 patients
    python benchmarks/cox.py 1000000     as many as asked; R is run once where a run takes seconds
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

VARIANTS = {"rc": 10.0, "lt": 10.0, "st": 10.0, "wr": 10.0, "all": 10.0, "cont": 8.0}
"""How many times faster than `coxph(...)` a call has to be."""

QUADRATIC_BEFORE = (3, 8)
"""Older R packages need time quadratic in the patients for the robust variance of right-censored data."""

MOST_QUADRATIC = 20_000


def patients(n, continuous=False, seed=1):
    """Return the columns of so many patients."""
    chance = np.random.default_rng(seed)
    x = np.column_stack([chance.integers(0, 2, (n, 5)), chance.normal(size=(n, 5))])
    effects = np.array([0.4, -0.3, 0.2, 0.1, 0.0, 0.3, -0.2, 0.1, 0.05, 0.0])
    days = np.minimum(chance.exponential(700, n) * np.exp(-x @ effects), 1825)
    days = days + 1e-3 if continuous else np.floor(days) + 1
    return {
        "time": days,
        "event": (chance.random(n) < 0.73).astype(float),
        "entry": np.floor(days * chance.random(n) * 0.9),
        "stratum": chance.integers(0, 50, n).astype(float),
        "weight": chance.uniform(0.5, 1.5, n),
        "x": x,
    }


def ours(d, variant, core):
    """Return a fit by sequela as a function without arguments."""
    event, options = d["event"] == 1, {}
    if variant in ("lt", "all"):
        options["entry"] = d["entry"]
    if variant in ("st", "all"):
        options["strata"] = d["stratum"].astype(int)
    if variant in ("wr", "all"):
        options["weights"] = d["weight"]
        if not core:
            options["cluster"] = np.arange(event.size)
    return lambda: cox(d["time"], event, d["x"], **options)


def port(d, variant):
    """Return the core of the package `survival` as a function without arguments."""
    chosen = {
        "entry": variant in ("lt", "all"),
        "strata": variant in ("st", "all"),
        "weights": variant in ("wr", "all"),
    }
    columns = {"entry": d["entry"], "strata": d["stratum"].astype(np.int32), "weights": d["weight"]}
    options = {name: column for name, column in columns.items() if chosen[name]}
    status = d["event"].astype(np.int32)
    return lambda: coxph_fit_raw(d["time"], status, d["x"], method="efron", resid=False, **options)


def seconds(work, repeats):
    """Return the median CPU time of some runs, and the last result."""
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        taken.append(time.process_time() - start)
    return float(np.median(taken)), result


def in_r(small, large, variant, repeats, quadratic):
    """Return CPU seconds and estimates of R by what was timed, and the version of its package."""
    with tempfile.TemporaryDirectory() as folder:
        for prefix, d in (("small-", small), ("", large)):
            for name, column in d.items():
                column.tofile(Path(folder) / f"{prefix}{name}.bin")
        script = Path(__file__).with_suffix(".R")
        command = ["Rscript", str(script), folder, variant, str(repeats), "" if quadratic else "coxph"]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    found = {line.split()[0]: line.split()[1:] for line in lines}
    version = found.pop("version")[0]
    return {what: (float(values[0]), np.array(values[1:], dtype=float)) for what, values in found.items()}, version


def r_version():
    """Return the version of R's package `survival` as numbers."""
    command = ["Rscript", "-e", 'cat(as.character(packageVersion("survival")))']
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in text.replace("-", ".").split("."))


def compare(variant, n, version):
    """Print one line of the table and return the ratio of calls."""
    small, large = (patients(size, variant == "cont") for size in (500, n))
    repeats, slow = (3, 3) if n <= 200_000 else (3, 1)
    old = variant == "wr" and version < QUADRATIC_BEFORE and n > MOST_QUADRATIC
    for core in (False, True):
        ours(patients(20_000, variant == "cont"), variant, core)()
    call, fit = seconds(ours(large, variant, False), repeats)
    core, _ = seconds(ours(large, variant, True), repeats)
    rust, _ = seconds(port(large, variant), slow)
    r, _ = in_r(small, large, variant, slow, old)
    line = f"{variant:5} call {call:7.3f} core {core:7.3f} | R core {r['core'][0]:7.3f} ({r['core'][0] / core:4.1f}x)"
    line += f"  survival core {rust:7.3f} ({rust / core:4.1f}x)"
    if old:
        print(f"{line}  coxph not run: quadratic in this version", flush=True)
        return None
    taken, estimates = r["coxph"]
    worst = np.abs(np.concatenate([fit.coefficients, fit.std_errors]) - estimates).max()
    bar = f"({taken / call:5.1f}x, bar {VARIANTS[variant]:g}x)"
    print(f"{line}  coxph {taken:7.3f} {bar}  largest difference {worst:.0e}", flush=True)
    return taken / call


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("patients", type=int, nargs="?", default=100_000)
    n, version = parser.parse_args().patients, r_version()
    load = os.getloadavg()[0]
    print(f"{n:,} patients, CPU seconds; R survival {'.'.join(map(str, version))}; load of the machine {load:.1f}")
    ratios = {variant: compare(variant, n, version) for variant in VARIANTS}
    below = [variant for variant, ratio in ratios.items() if ratio is not None and ratio < VARIANTS[variant]]
    print(f"below the bar: {', '.join(below) or 'none'}")


if __name__ == "__main__":
    main()
