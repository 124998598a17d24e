"""What a person waits for: a study of 42 patients from a cold process, beside R.

The study of Noda-Narita (reconstructed patients) is run by processes that have just been started: importing the
program, the statistics and the audit without a page, and `sequela run` with its page and figures. R, started as
coldly, reads a table of the same 42 times from a file and calls `survfit`, `survdiff` and `coxph`; it does neither
records nor lines, endpoint, cohort, audit or page. Both hazard ratios are compared.

Byte code is there before the first round, as it is after an installation. Every round runs each of them once, so that
a busy machine slows all alike; printed are the least seconds of the rounds, by the clock and of the processor, and the
ratio of the latter to R. Threads are the caller's choice; `POLARS_MAX_THREADS=1` is the quickest on small studies.

    python benchmarks/cold_start.py             5 rounds
    python benchmarks/cold_start.py --rounds 9
"""

import argparse
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path

import polars as pl

IMPORT = "import sequela.run"
STATISTICS = "import sys; from pathlib import Path; from sequela.run import run_study; run_study(Path(sys.argv[1]))"
WHOLE = "from sequela.cli import main; main()"
ENDPOINT = "ttp.noda_2019"
R = """
suppressPackageStartupMessages(library(survival))
d <- read.csv(commandArgs(TRUE)[1])
print(survfit(Surv(days, event) ~ group, d, conf.type = "log-log"))
print(survdiff(Surv(days, event) ~ group, d))
fit <- coxph(Surv(days, event) ~ group, d)
print(summary(fit))
cat("\\nratio", format(exp(coef(fit)), digits = 15), "\\n")
"""


def study_in(folder):
    """Copy the study, write its times as a table for R, and return its hazard ratio."""
    from sequela.derive.endpoint_times import time_to_event
    from sequela.run import run_study

    shutil.copytree(Path(str(files("sequela.replicate"))) / "papers" / "noda-narita-2019", folder / "study")
    result = run_study(folder / "study" / "study.yaml")
    patients, endpoint = result.cohort.patients, result.main_question.definition
    at = patients.select("patient_id", pl.col("time_zero").alias("day"))
    times = time_to_event(result.records, at, endpoint)
    second = (patients["group"] != result.cohort.reference).cast(pl.Int8)
    times.select("days", pl.col("event").cast(pl.Int8), second.alias("group")).write_csv(folder / "times.csv")
    (folder / "study.R").write_text(R)
    found = next(item for item in result.analyses if getattr(item, "endpoint", "") == ENDPOINT)
    return found.hazard_ratios[0].estimate.value


def commands(folder):
    """Return what is timed by its name."""
    study, out = folder / "study" / "study.yaml", folder / "report"
    return {
        "import": [sys.executable, "-c", IMPORT],
        "statistics and audit": [sys.executable, "-c", STATISTICS, str(study)],
        "sequela run": [sys.executable, "-c", WHOLE, "run", str(study), "--out", str(out)],
        "sequela run --pdf": [sys.executable, "-c", WHOLE, "run", str(study), "--pdf", "--out", str(out)],
        "R": ["Rscript", "--vanilla", str(folder / "study.R"), str(folder / "times.csv")],
    }


def timed(command, folder):
    """Return seconds by the clock and of the processor of one process, and what it printed."""
    cached = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "byte-code")}
    cached.pop("PYTHONDONTWRITEBYTECODE", None)
    begun, before = time.perf_counter(), os.times()
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=cached)
    after = os.times()
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - begun, processor, done.stdout


def main():
    parser = argparse.ArgumentParser(description="A study of 42 patients from a cold process, beside R.")
    parser.add_argument("--rounds", type=int, default=5)
    number = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = study_in(folder)
        asked = commands(folder)
        timed(asked["sequela run --pdf"], folder)
        found = {what: [] for what in asked}
        for _ in range(number):
            for what, command in asked.items():
                found[what].append(timed(command, folder))
    theirs = float(found["R"][0][2].split("ratio")[-1])
    assert math.isclose(ours, theirs, rel_tol=1e-8), (ours, theirs)
    clock, processor = ({what: min(run[i] for run in runs) for what, runs in found.items()} for i in (0, 1))
    print(f"{'':22}{'clock':>8}{'processor':>11}{'to R':>7}")
    for what in found:
        print(f"{what:22}{clock[what]:7.2f} s{processor[what]:9.2f} s{processor[what] / processor['R']:7.1f}")


if __name__ == "__main__":
    main()
