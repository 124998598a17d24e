"""The fold against the rules written a second time, and the compiled fold against the plain one."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sequela.derive import line_compiled, line_order, lines
from sequela.derive.line_columns import NONE
from sequela.derive.line_kernel import fold as line_kernel_fold
from sequela.derive.line_sort import Layout, layout_of, rows_by
from sequela.derive.lines import line_summary, lines_of_therapy
from sequela.derive.rules import BREAST
from sequela.records.bundle import Records

from .histories import crowd
from .reference_lines import reference_lines


def by_reference(records, **limits):
    dates = dict(anchors(records).iter_rows())
    found = {}
    for patient in records.table("patients")["patient_id"]:
        own = pl.col("patient_id") == patient
        exposures = records.table("exposures").filter(own).to_dicts()
        progressions = records.table("assessments").filter(own)["day"].to_list()
        lines = reference_lines(exposures, dates.get(patient), progressions, **limits)
        if lines:
            found[patient] = lines
    return found


def anchors(records):
    """Return patient and first day of metastatic disease or of a recurrence that surgery could not remove (L21)."""
    palliative = (pl.col("kind") == "metastatic") | (~pl.col("resectable"))
    return records.table("diagnoses").filter(palliative).group_by("patient_id").agg(pl.col("day").min())


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
    rows = rows_by(layout, given, beside, parts, 20)
    plain = line_order.sorted_rows(given, beside, parts, 20)
    assert all((one == other).all() for one, other in zip(rows, plain, strict=True))
    # Ties stand by what they say: a recorded setting first, then the reason, then the name.
    expected = sorted(
        (patient, day, drug, -beside[1][i], beside[2][i], name, i)
        for i, (patient, day, name) in enumerate(zip(*given, strict=True))
        for drug in parts[1][parts[0][name] : parts[0][name + 1]]
        if day != NONE
    )
    owner = np.repeat(np.arange(20), np.diff(rows.offsets))
    found = list(zip(owner, rows.table["start"], rows.table["drug"], rows.source, strict=True))
    assert found == [(patient, day, drug, i) for patient, day, drug, *_, i in expected]
    for column, unsorted in (("setting", beside[1]), ("reason", beside[2]), ("written", given[2])):
        assert (rows.table[column] == unsorted[rows.source]).all()


def test_a_table_too_large_for_one_number_leaves_the_row_out_of_the_key():
    start = np.array([0, 36_000], np.int32)
    assert layout_of(start, 2**40, 2**8).row_bits == 0


def test_a_small_study_never_imports_numba():
    code = (
        "import sys; from tests.derive.histories import crowd; from sequela.derive.lines import *; crowd_of = crowd(1);"
        "line_summary(crowd_of, lines_of_therapy(crowd_of)); assert 'numba' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr


def changes(rng):
    """Return a random change of half of the rules."""
    found = {}
    for rule in BREAST.rules:
        if rule.alternatives and rng.random() < 0.5:
            found |= {rule.id: rule.alternatives[rng.integers(len(rule.alternatives))]}
    return found


@pytest.fixture(scope="module")
def compiled_pass():
    with pytest.MonkeyPatch.context() as patch:
        yield lambda: patch.setattr(lines, "PLAIN_ROWS", -1), lambda: patch.undo()


@settings(max_examples=25, deadline=None)
@drawn(seed=st.integers(0, 2**32 - 1))
def test_compiled_and_plain_rules_give_identical_lines(compiled_pass, seed):
    compiled, plain = compiled_pass
    records, rules = crowd(seed), BREAST.replacing(**changes(np.random.default_rng(seed)))
    plain()
    expected = lines_of_therapy(records, rules)
    expected_summary = line_summary(records, expected, rules)
    compiled()
    found = lines_of_therapy(records, rules)
    assert_frame_equal(found, expected)
    assert_frame_equal(line_summary(records, found, rules), expected_summary)


def test_a_large_table_takes_the_compiled_pass(monkeypatch):
    taken = []
    monkeypatch.setattr(lines, "PLAIN_ROWS", 10)
    monkeypatch.setattr(line_compiled, "fold", lambda world: taken.append(len(world.rows)) or line_kernel_fold(world))
    lines_of_therapy(crowd(1))
    assert taken


def test_one_compiled_pass_serves_every_table(monkeypatch):
    monkeypatch.setattr(lines, "PLAIN_ROWS", -1)
    for records in (crowd(0), crowd(1, settings=False), crowd(2, patients=1), Records({}, kind=crowd(0, 1).kind)):
        lines_of_therapy(records)
    assert len(line_compiled.FOLD.signatures) == 1
