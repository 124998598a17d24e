"""Time lines of therapy from an unsorted table against polars' sort of the same table.

Synthetic patients with HER2-positive metastatic breast cancer: about thirty administrations
each, in one to six lines, rows shuffled, drug names as text (two of them brands). Timed is
the whole of `lines_of_therapy`: patient ids and drug names to codes, sort, rules, and the
table of lines with regimens, rule ids and the source rows of each line. What it is held
against is `exposures.sort("patient_id", "start", "drug")` by polars in the same process.

    python benchmarks/lines_of_therapy.py            10^5 patients
    python benchmarks/lines_of_therapy.py --growth   10^4, 10^5, 10^6 patients
"""

import argparse
import time

import numpy as np
import polars as pl

from sequela.derive.lines import lines_of_therapy
from sequela.records.bundle import Kind, Records
from sequela.records.schema import TABLES

REGIMENS = (
    ("Herceptin", "pertuzumab", "docetaxel"),
    ("trastuzumab emtansine",),
    ("lapatinib", "capecitabine"),
    ("trastuzumab", "vinorelbine"),
    ("Enhertu",),
    ("trastuzumab", "gemcitabine"),
)
CYCLE_DAYS = 21


def synthetic(patients: int, seed: int = 2020) -> Records:
    """Return records of so many patients, exposures in random order."""
    rng = np.random.default_rng(seed)
    lines = rng.integers(1, len(REGIMENS) + 1, patients)
    cycles = rng.integers(2, 9, (patients, len(REGIMENS)))
    cycles[np.arange(len(REGIMENS)) >= lines[:, None]] = 0
    pauses = rng.integers(7, 60, (patients, len(REGIMENS)))
    starts = np.cumsum(cycles * CYCLE_DAYS + pauses, axis=1) - cycles * CYCLE_DAYS
    ids = pl.Series("patient_id", [f"patient-{number:07d}" for number in range(patients)])
    drawn = [_line(rng, ids, cycles[:, k], starts[:, k], drugs) for k, drugs in enumerate(REGIMENS)]
    exposures = pl.concat([frame for frame, _ in drawn])
    exposures = exposures.select(pl.all().gather(rng.permutation(exposures.height)))
    exposures = exposures.with_columns((pl.int_range(pl.len(), dtype=pl.Int32) + 2).alias("row"))
    empty = TABLES["exposures"].empty()
    given = [pl.col(c) if c in exposures.columns else pl.lit(None, t).alias(c) for c, t in empty.schema.items()]
    progressions = _rows("assessments", pl.concat([days for _, days in drawn]).with_columns(response=pl.lit("PD")))
    everyone = pl.DataFrame({"patient_id": ids, "day": np.zeros(patients, np.int32)})
    tables = {
        "patients": _rows("patients", everyone.select("patient_id", pl.lit(4000, pl.Int32).alias("last_contact"))),
        "diagnoses": _rows("diagnoses", everyone.with_columns(kind=pl.lit("metastatic"))),
        "assessments": progressions,
        "exposures": exposures.select(given),
    }
    return Records(tables, kind=Kind.SIMULATED)


def _line(rng, ids, cycles, start, drugs):
    """Return the administrations of one line of every patient, and its progressions."""
    patient = np.repeat(np.arange(len(ids)), cycles)
    nth = np.arange(len(patient)) - np.repeat(np.cumsum(cycles) - cycles, cycles)
    day = (np.repeat(start, cycles) + nth * CYCLE_DAYS + rng.integers(0, 3, len(patient))).astype(np.int32)
    frames = [
        pl.DataFrame(
            {"patient_id": ids.gather(patient), "drug": pl.repeat(drug, len(patient), eager=True), "start": day}
        )
        for drug in drugs
    ]
    ended = np.flatnonzero((cycles > 0) & (rng.random(len(ids)) < 0.7))
    last = (start + cycles * CYCLE_DAYS)[ended].astype(np.int32)
    return pl.concat(frames), pl.DataFrame({"patient_id": ids.gather(ended), "day": last})


def _rows(name, frame):
    empty = TABLES[name].empty()
    frame = frame.with_columns((pl.int_range(pl.len(), dtype=pl.Int32) + 2).alias("row"))
    return frame.select(pl.col(c) if c in frame.columns else pl.lit(None, t).alias(c) for c, t in empty.schema.items())


def timed(action):
    """Return the wall time of one run, and its result."""
    begin = time.perf_counter()
    result = action()
    return time.perf_counter() - begin, result


def compare(patients, repeats):
    """Print one comparison, the two taken in turns and the best of each counted, and return the ratio."""
    records = synthetic(patients)
    exposures = records.table("exposures")
    derive, sort = float("inf"), float("inf")
    for _ in range(repeats):
        seconds, lines = timed(lambda: lines_of_therapy(records))
        derive = min(derive, seconds)
        seconds, _ = timed(lambda: exposures.sort("patient_id", "start", "drug"))
        sort = min(sort, seconds)
    rate = exposures.height / derive / 1e6
    print(
        f"{patients:>9,} patients, {exposures.height:>11,} rows, {lines.height:>9,} lines: "
        f"lines {derive:6.2f} s ({rate:.1f} M rows/s), polars sort {sort:6.2f} s"
    )
    return derive / sort


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--growth", action="store_true", help="10^4, 10^5 and 10^6 patients")
    arguments = parser.parse_args()
    lines_of_therapy(synthetic(100))
    sizes = ((10_000, 9), (100_000, 5), (1_000_000, 1)) if arguments.growth else ((100_000, 5),)
    ratios = {patients: compare(patients, repeats) for patients, repeats in sizes}
    print(f"ratio {ratios[100_000]:.2f} against polars sort")


if __name__ == "__main__":
    main()
