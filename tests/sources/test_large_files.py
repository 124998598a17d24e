"""The fast way reads what the careful way reads, and large files take seconds."""

import resource
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sequela.records.schema import TABLES
from sequela.sources import delimited, regular
from sequela.sources.folder import FolderSource
from sequela.sources.header import accepted_headers

from .tables import hold_the_law

HEADERS = accepted_headers(TABLES["exposures"])
CELL = st.text(st.sampled_from('ab ,;"é\n\r1'), max_size=4)
RAW = st.text(st.sampled_from('ab,,""\n\n\r1'), max_size=30)


def both_ways(path: Path) -> tuple[pl.DataFrame | None, pl.DataFrame]:
    """Return the file read the fast way (None where that way is closed) and the careful way."""
    fast = None
    if regular.count_regular_rows(path, ",", 3):
        frames = [regular.read_regular(lines, ",", 3) for lines in regular.whole_lines(path)]
        assert all(frame is not None for frame in frames)
        fast = pl.concat(frames)
    blocks = list(delimited._careful(path, "utf-8-sig", ",", 3))
    if fast is not None:
        assert not any(block.ragged.height for block in blocks)
    none = pl.DataFrame(schema=dict.fromkeys("012", pl.String))
    careful = pl.concat([none, *(block.frame.drop("row") for block in blocks)])
    return fast, careful.with_columns(pl.col(pl.String).replace("", None))


def same(fast: pl.DataFrame, careful: pl.DataFrame) -> bool:
    return fast.with_columns(pl.col(pl.String).replace("", None)).equals(careful)


@pytest.mark.parametrize("size", [3, 7, 1 << 24])
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=5), quote=st.booleans(), end=st.booleans())
def test_well_made_files_come_out_alike(tmp_path, size, rows, quote, end):
    path = tmp_path / "exposures.csv"
    style = "always" if quote else "necessary"
    table = pl.DataFrame(rows, schema=["patient_id", "drug", "start"], orient="row").write_csv(quote_style=style)
    path.write_bytes((table if end else table.rstrip("\n")).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regular, "SLICE", size)
        fast, careful = both_ways(path)
    plain = not any(mark in cell for row in rows for cell in row for mark in "\n\r")
    assert fast is None or same(fast, careful)
    assert fast is not None or not plain or not end


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=RAW)
def test_the_fast_way_is_closed_to_files_it_would_read_otherwise(tmp_path, body):
    path = tmp_path / "exposures.csv"
    path.write_bytes(b"patient_id,drug,start\n" + body.encode())
    rows = regular.count_regular_rows(path, ",", 3)
    if rows:
        fast, careful = both_ways(path)
        assert fast is not None
        assert same(fast, careful)


def test_a_file_that_ends_its_lines_in_two_ways_is_regular(tmp_path):
    path = tmp_path / "exposures.csv"
    path.write_bytes(b'patient_id,drug,start\r\n1,"a ""b""",2\n3,c,4')
    assert regular.count_regular_rows(path, ",", 3) == 2
    fast, careful = both_ways(path)
    assert same(fast, careful)
    assert fast["1"].to_list() == ['a "b"', "c"]


def registry(folder: Path, patients: int, courses: int, *, seed: int = 1) -> int:
    """Write a registry as another program would, and return the bytes of its courses."""
    rng = np.random.default_rng(seed)
    identifiers = pl.Series([f"P{number:07d}" for number in range(patients)])
    first = pl.Series(rng.integers(14_000, 18_000, patients), dtype=pl.Int32)
    dated = pl.DataFrame({"patient_id": identifiers, "birth_date": first - 20_000, "last_contact": first + 4_000})
    dated.with_columns(pl.col("birth_date", "last_contact").cast(pl.Date)).write_csv(folder / "patients.csv")
    who = rng.integers(0, patients, courses)
    start = first.gather(who) + pl.Series(rng.integers(0, 3_000, courses), dtype=pl.Int32)
    exposures = pl.DataFrame(
        {
            "patient_id": identifiers.gather(who),
            "drug": np.array(["Herceptin", "Kadcyla", "docetaxel", "Perjeta", "letrozole"])[who % 5],
            "start": start.cast(pl.Date),
            "stop": (start + 30).cast(pl.Date),
            "setting": np.array(["early", "metastatic"])[who % 2],
            "dose": rng.integers(1, 500, courses) / 4,
        }
    )
    exposures.write_csv(folder / "exposures.csv")
    return (folder / "exposures.csv").stat().st_size


def test_a_few_megabytes(tmp_path):
    assert registry(tmp_path, 4_000, 80_003) > 4_000_000
    written = pl.read_csv(tmp_path / "exposures.csv", infer_schema=False)
    records = FolderSource(tmp_path).read()
    hold_the_law(records)
    assert records.table("exposures").height == written.n_unique()


def test_many_unknown_drugs_take_no_time(tmp_path):
    registry(tmp_path, 10, 10)
    lines = "".join(f"P0000001,code {number},2015-01-01\n" for number in range(20_000))
    (tmp_path / "exposures.csv").write_text("patient_id,drug,start\n" + lines)
    begin = time.perf_counter()
    records = FolderSource(tmp_path).read()
    assert records.notices.height == 20_000
    assert time.perf_counter() - begin < 30


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["", "ragged"])
def test_a_hundred_megabytes_in_seconds_and_bounded_memory(tmp_path, damage):
    assert registry(tmp_path, 90_000, 1_850_000) > 100_000_000
    if damage:
        with (tmp_path / "exposures.csv").open("a") as file:
            file.write("P0000001,Herceptin\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    records = FolderSource(tmp_path).read()
    seconds = time.perf_counter() - begin
    used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert records.sources[1].rows_read == 1_850_000 + bool(damage)
    assert set(records.quarantine["rule"]) <= {"duplicate_row", "field_count"}
    assert records.quarantine.filter(rule="field_count").height == bool(damage)
    # The fast way takes 3 s and 0.6 GB on two cores, the careful way 9 s; the limits leave room for busy machines.
    assert seconds < 60
    assert used < 2_000
