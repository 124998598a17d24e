"""How time and memory grow with the number of patients: lines, what came before, and a whole study.

Simulated patients with HER2-positive metastatic breast cancer, about thirty-six drug rows each. One process
makes a folder of records in Parquet. A second runs a study on it as `sequela run` does: the folder read and
judged, the cohort, the answers (characteristics, two endpoints, transitions), the audit, the page. A third
reads the folder and derives: all lines of therapy with their summary, what each patient had had of pertuzumab
when T-DM1 began, the Arrow door. Printed for each size: wall and processor time of each step, processor time
per patient against the smallest size (1.0 is linear), and the largest resident memory of the process up to the
end of the step (`resource.getrusage`; the records and all results included).

    python benchmarks/growth.py                        10^4 and 10^5 patients
    python benchmarks/growth.py --sizes 10000 100000 1000000 --only study
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from sequela.analyses.answer import answer
from sequela.audit.card import audited
from sequela.derive.batches import batches_of, lines_of_batches
from sequela.derive.lines import line_summary, lines_of_therapy
from sequela.derive.rules import BREAST
from sequela.derive.sequences import prior_exposure
from sequela.records.bundle import Records
from sequela.records.partitions import partitions, sorted_if_many
from sequela.report.write import write_report
from sequela.sources.folder import FolderSource
from sequela.study.cohort import build_cohort
from sequela.study.load import load_study

FIRST = (("trastuzumab", "pertuzumab", "docetaxel"), ("Herceptin", "vinorelbine", "docetaxel"))
LATER = (("Kadcyla",), ("lapatinib", "capecitabine"), ("trastuzumab", "gemcitabine"), ("Enhertu",))
CYCLE_DAYS, CHUNK = 21, 50_000
STUDY = """\
version: 1
title: T-DM1 with and without pertuzumab before
records: .
time_zero: first trastuzumab emtansine in any line
population:
  - metastatic at time zero
  - line >= 2
groups:
  With pertuzumab: {received: pertuzumab, before: time zero}
  Without pertuzumab: otherwise
reference: Without pertuzumab
analyses:
  - characteristics: [prior_lines, duration of trastuzumab, interval since trastuzumab]
  - survival: os
  - survival: pfs.ema
  - sequence
"""


def make(folder: Path, patients: int) -> None:
    """Write the tables of so many simulated patients, some thousand at a time."""
    rng = np.random.default_rng(2020)
    with tempfile.TemporaryDirectory() as place:
        for begin in range(0, patients, CHUNK):
            for name, frame in chunk(rng, begin, min(CHUNK, patients - begin)).items():
                frame.write_parquet(Path(place) / f"{name}-{begin:09d}.parquet")
        for name in ("patients", "diagnoses", "assessments", "exposures"):
            pl.scan_parquet(Path(place) / f"{name}-*.parquet").sink_parquet(folder / f"{name}.parquet")


def chunk(rng: np.random.Generator, begin: int, size: int) -> dict[str, pl.DataFrame]:
    """Return the tables of some patients, sorted by patient."""
    ids = pl.Series("patient_id", [f"patient-{number:07d}" for number in range(begin, begin + size)])
    lines = rng.integers(2, 5, size)
    cycles = np.where(np.arange(4) < lines[:, None], rng.integers(3, 10, (size, 4)), 0)
    lengths = cycles * CYCLE_DAYS + rng.integers(7, 50, (size, 4))
    starts = np.cumsum(lengths, axis=1) - lengths
    drawn = [_line(rng, ids, cycles[:, k], starts[:, k], k) for k in range(4)]
    end = (starts + lengths)[np.arange(size), lines - 1] + rng.integers(30, 900, size)
    dies = rng.random(size) < 0.5
    known = pl.Series(end.astype(np.int32))
    patients = pl.DataFrame({"patient_id": ids, "last_contact": known, "death": known})
    patients = patients.with_columns(pl.when(pl.Series(dies)).then("death").alias("death"))
    diagnoses = pl.DataFrame({"patient_id": ids}).with_columns(day=pl.lit(0, pl.Int32), kind=pl.lit("metastatic"))
    assessments = pl.concat([days for _, days in drawn]).with_columns(response=pl.lit("PD"), basis=pl.lit("radiologic"))
    exposures = pl.concat([rows for rows, _ in drawn])
    return {
        "patients": patients,
        "diagnoses": diagnoses,
        "assessments": assessments.sort("patient_id", "day"),
        "exposures": exposures.sort("patient_id", "start"),
    }


def _line(
    rng: np.random.Generator, ids: pl.Series, cycles: np.ndarray, start: np.ndarray, place: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the administrations of one line of some patients, and the progressions that end it."""
    choices = FIRST if place == 0 else LATER
    chosen = rng.integers(0, len(choices), len(ids)) if place == 0 else (rng.integers(0, 4, len(ids)) + place) % 4
    frames = []
    for number, drugs in enumerate(choices):
        own = np.where(chosen == number, cycles, 0)
        patient = np.repeat(np.arange(len(ids)), own)
        nth = np.arange(len(patient)) - np.repeat(np.cumsum(own) - own, own)
        day = (np.repeat(start, own) + nth * CYCLE_DAYS).astype(np.int32)
        frames += [
            pl.DataFrame({"patient_id": ids.gather(patient), "start": day}).with_columns(drug=pl.lit(drug))
            for drug in drugs
        ]
    ended = np.flatnonzero((cycles > 0) & (rng.random(len(ids)) < 0.7))
    last = (start + cycles * CYCLE_DAYS)[ended].astype(np.int32)
    return pl.concat(frames), pl.DataFrame({"patient_id": ids.gather(ended), "day": last})


def load(folder: Path) -> Records:
    """Return the records of a folder, judged row by row, as a study reads them."""
    return sorted_if_many(FolderSource(folder).read())


def run_study(folder: Path) -> None:
    """Print one line per step: its name, seconds, processor seconds, largest memory in MiB, what was counted."""
    records = _read(folder)
    file = folder / "study.yaml"
    file.write_text(STUDY, encoding="utf-8")
    study = load_study(file)
    cohort = _step("cohort", lambda: build_cohort(study, records), lambda c: f"{c.patients.height} patients")
    given = _step("answers", lambda: answer(study, records, cohort, STUDY), lambda a: f"{len(a.analyses)} analyses")
    found = _step("audit", lambda: audited(given), lambda a: f"{len(a.card.items)} items")
    _step("page", lambda: write_report(found, folder / "report"), lambda page: f"{page.stat().st_size} bytes")


def derive(folder: Path) -> None:
    """Print one line per derivation, as `run_study`."""
    records = _read(folder)
    _step("lines of therapy", lambda: _lines(records), lambda n: f"{n} lines")
    _step("pertuzumab before T-DM1", lambda: _prior(records), lambda n: f"{n} patients with pertuzumab before")
    _step("lines through record batches", lambda: _batches(records), lambda n: f"{n} lines")


def _read(folder: Path) -> Records:
    return _step("read the folder", lambda: load(folder), lambda r: f"{r.table('exposures').height} drug rows")


def _lines(records: Records) -> int:
    lines = lines_of_therapy(records)
    line_summary(records, lines, BREAST)
    return lines.height


def _prior(records: Records) -> int:
    found = 0
    for _, part in partitions(records):
        begun = part.table("exposures").filter(pl.col("drug") == "trastuzumab emtansine")
        at = begun.group_by("patient_id", maintain_order=True).agg(pl.col("start").min().alias("day"))
        found += int(prior_exposure(part, "pertuzumab", at)["received"].sum())
    return found


def _batches(records: Records) -> int:
    return sum(batch.num_rows for batch in lines_of_batches(batches_of(records)))


def _step(name: str, action: Callable[[], Any], told: Callable[[Any], str]) -> Any:
    begin, worked = time.perf_counter(), time.process_time()
    result = action()
    seconds, worked = time.perf_counter() - begin, time.process_time() - worked
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{name}\t{seconds:.3f}\t{worked:.3f}\t{memory:.0f}\t{told(result)}\n")
    sys.stdout.flush()
    return result


def grown(sizes: list[int], parts: list[str]) -> None:
    """Measure each size in processes of their own and print the comparison."""
    least: dict[str, float] = {}
    for patients in sizes:
        with tempfile.TemporaryDirectory() as place:
            make(Path(place), patients)
            for part in parts:
                print(f"{patients:,} patients, {part}")
                _measured(Path(place), part, patients, least)


def _measured(folder: Path, part: str, patients: int, least: dict[str, float]) -> None:
    command = [sys.executable, __file__, "--measure", str(folder), "--only", part]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in child.stdout or ():
        name, seconds, worked, memory, told = line.rstrip("\n").split("\t")
        each = float(worked) / patients
        least.setdefault(name, each)
        print(
            f"  {name:<30}{float(seconds):>9.1f} s {float(worked):>9.1f} s CPU "
            f"{each * 1e6:>8.1f} µs per patient ({each / least[name]:.2f} x) "
            f"{float(memory) / 1024:>6.2f} GiB  {told}",
            flush=True,
        )
    if child.wait():
        raise SystemExit(child.returncode)


PARTS: dict[str, Callable[[Path], None]] = {"study": run_study, "derivations": derive}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        PARTS[arguments.only](arguments.measure)
    else:
        grown(arguments.sizes, [arguments.only] if arguments.only else list(PARTS))


if __name__ == "__main__":
    main()
