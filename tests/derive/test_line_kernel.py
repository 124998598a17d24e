"""The compiled fold against the rules written a second time, and against itself."""

import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from sequela.derive.line_columns import NONE
from sequela.derive.line_sort import Layout, layout_of, sorted_rows
from sequela.derive.lines import lines_of_therapy
from sequela.derive.rules import BREAST
from sequela.records.bundle import Records

from .histories import crowd
from .reference_lines import reference_lines


def by_reference(records, **limits):
    dates = {row["patient_id"]: row["day"] for row in metastatic_rows(records)}
    found = {}
    for patient in records.table("patients")["patient_id"]:
        own = pl.col("patient_id") == patient
        exposures = records.table("exposures").filter(own).to_dicts()
        progressions = records.table("assessments").filter(own)["day"].to_list()
        lines = reference_lines(exposures, dates.get(patient), progressions, **limits)
        if lines:
            found[patient] = lines
    return found


def metastatic_rows(records):
    return records.table("diagnoses").filter(pl.col("kind") == "metastatic").to_dicts()


def by_kernel(records, rules):
    found = {}
    for line in lines_of_therapy(records, rules).iter_rows(named=True):
        rows = {int(row.removeprefix("exposures:")) for row in line["rows"]}
        found.setdefault(line["patient_id"], []).append(rows)
    return found


@settings(max_examples=25, deadline=None)
@drawn(st.integers(0, 2**32 - 1), st.sampled_from([21, 28, 42]), st.sampled_from([60, 90, 120, 180]))
def test_the_fold_puts_every_row_where_the_plain_rules_put_it(seed, window, gap):
    records = crowd(seed)
    kernel = by_kernel(records, BREAST.replacing(L02=window, L03=gap))
    reference = by_reference(records, window=window, gap=gap)
    for patient in kernel.keys() | reference.keys():
        exposures = records.table("exposures").filter(pl.col("patient_id") == patient).sort("start")
        assert kernel.get(patient) == reference.get(patient), exposures.to_dicts()


def random_table(rng, rows=500, patients=20, names=4):
    start = rng.integers(-100, 400, rows).astype(np.int32)
    start[rng.random(rows) < 0.05] = NONE
    given = (rng.integers(0, patients, rows).astype(np.uint32), start, rng.integers(0, names, rows).astype(np.uint32))
    beside = (start + 5, rng.integers(-1, 2, rows).astype(np.int8), rng.integers(-1, 7, rows).astype(np.int8))
    return given, beside


@pytest.mark.parametrize("row_bits", [None, 0])
def test_rows_are_sorted_with_and_without_room_for_the_row_in_the_key(row_bits):
    given, beside = random_table(np.random.default_rng(5))
    parts = np.array([0, 1, 3, 3, 4]), np.array([2, 0, 1, 3], np.int32)
    layout = layout_of(given[1], 20, 4)
    assert layout.row_bits == 9
    layout = layout if row_bits is None else Layout(*layout[:3], row_bits)
    rows = sorted_rows(given, beside, parts, 20, layout)
    # Ties stand by what they say: a recorded setting first, then the reason, then the name.
    expected = sorted(
        (patient, day, drug, -beside[1][i], beside[2][i], name, i)
        for i, (patient, day, name) in enumerate(zip(*given, strict=True))
        for drug in parts[1][parts[0][name] : parts[0][name + 1]]
        if day != NONE
    )
    owner = np.repeat(np.arange(20), np.diff(rows.offsets))
    found = list(zip(owner, rows.start, rows.drug, rows.source, strict=True))
    assert found == [(patient, day, drug, i) for patient, day, drug, *_, i in expected]
    for column, unsorted in ((rows.setting, beside[1]), (rows.reason, beside[2]), (rows.written, given[2])):
        assert (column == unsorted[rows.source]).all()


def test_a_table_too_large_for_one_number_leaves_the_row_out_of_the_key():
    start = np.array([0, 36_000], np.int32)
    assert layout_of(start, 2**40, 2**8).row_bits == 0


def test_importing_lines_does_not_import_numba():
    code = "import sys, sequela.derive.lines; assert 'numba' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_one_compiled_pass_serves_every_table():
    from sequela.derive.line_kernel import _fold

    for records in (crowd(0), crowd(1, settings=False), crowd(2, patients=1), Records({}, kind=crowd(0, 1).kind)):
        lines_of_therapy(records)
    assert len(_fold.signatures) == 1
