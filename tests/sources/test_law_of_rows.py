"""Rows read are rows kept plus rows quarantined, whatever happens to the files."""

import string

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sequela.errors import RecordsError
from sequela.records.schema import TABLES
from sequela.sources.folder import FolderSource

from .tables import hold_the_law, text, write

CLEAN = {
    "patients": """
        patient_id,origin_date,birth_date,age,sex,last_contact,death
        001,,1960-05-01,,female,2020-01-01,
        002,2017-03-01,1961,57,f,,2019-07
        003,,,61.5,male,400,
        004,,1970-01,,female,2021,2021-12-30
    """,
    "exposures": """
        patient_id,drug,start,stop,setting,dose
        001,Herceptin,2018-01-10,2018-06-10,metastatic,8
        001,Perjeta,2018-01-10,2018-06,metastatic,840
        002,Kadcyla,2018,2019-01-01,metastatic,3.6
        003,docetaxel,0,63,early,75
        004,foo,2019-03,,metastatic,
    """,
    "lesions": """
        patient_id,lesion_id,organ,role,nodal
        001,L1,liver,target,no
        001,L2,node,non-target,yes
    """,
    "measurements": """
        patient_id,lesion_id,day,diameter_mm,state
        001,L1,2018-01-09,32,
        001,L1,2018-03-09,"21,5",
        001,L2,2018-01-09,,present
    """,
    "performance": """
        patient_id,day,ecog
        001,2018-01-09,1
        003,-4,0
    """,
}
CELLS = st.sampled_from(
    [
        *("", " ", "NA", "-", "?", "0", "-1", "12", "400", "2014", "43500", "1e9", "12 mg", "1,234", "12,5", "nan"),
        *("2018-01-10", "2018-01", "2019-02-30", "31/12/2019", "9999-12-31", "2018-01-10T00:00:00", "20180110"),
        *("001", "002", "003", "004", "005", " 001 ", "L1", "L2", "female", "early", "metastatic", "progression"),
        *("Herceptin", "Kadcyla", "foo", "é", "\u00a0", "a\tb", "x" * 300),
    ]
) | st.text(string.printable, max_size=6).map(lambda cell: cell.replace('"', "").replace("\n", "").replace("\r", ""))


@st.composite
def corrupted_tables(draw):
    """Draw the clean tables with cells replaced, rows cut, lengthened, repeated, emptied or moved."""
    tables = {}
    for name, table in CLEAN.items():
        header, *rows = [line.split(",") if '"' not in line else _quoted(line) for line in text(table).splitlines()]
        for _ in range(draw(st.integers(0, 4))):
            place = draw(st.integers(0, len(rows) - 1))
            row = rows[place]
            kind = draw(st.sampled_from(["cell", "cell", "cell", "cut", "longer", "repeat", "empty", "swap"]))
            if kind == "cell" and row:
                row[draw(st.integers(0, len(row) - 1))] = draw(CELLS)
            elif kind == "cut":
                rows[place] = row[: draw(st.integers(0, len(row)))]
            elif kind == "longer":
                row.append(draw(CELLS))
            elif kind == "repeat":
                rows.append(list(row))
            elif kind == "empty":
                rows[place] = [""] * len(row)
            else:
                rows.insert(draw(st.integers(0, len(rows))), rows.pop(place))
        tables[name] = [header, *rows]
    return tables


def _quoted(line):
    before, inside, after = line.split('"')
    return [*before.rstrip(",").split(","), inside, *after.lstrip(",").split(",")]


def as_csv(rows, separator=","):
    return "".join(
        separator.join(f'"{cell}"' if separator in cell or "\t" in cell else cell for cell in row) + "\n"
        for row in rows
    ).encode()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables=corrupted_tables(), separator=st.sampled_from(",;\t"))
def test_no_row_is_lost(tmp_path, tables, separator):
    no_row_is_lost(tmp_path, tables, separator)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables=corrupted_tables(), separator=st.sampled_from(",;\t"))
def test_no_row_is_lost_in_many_more_folders(tmp_path, tables, separator):
    no_row_is_lost(tmp_path, tables, separator)


def no_row_is_lost(tmp_path, tables, separator):
    records = FolderSource(write(tmp_path, **{name: as_csv(rows, separator) for name, rows in tables.items()})).read()
    hold_the_law(records)
    sources = {source.table: source.rows_read for source in records.sources}
    assert sources == {name: len(rows) - 1 for name, rows in tables.items()}
    patients = set(records.table("patients")["patient_id"])
    for name, table in TABLES.items():
        frame = records.table(name)
        assert frame.schema == table.empty().schema
        assert set(frame["patient_id"]) <= patients
        assert not any(frame[column.name].null_count() for column in table.columns if column.required)
    lost = records.quarantine.join(_raw_identifiers(tables), on=["table", "row"])
    lost = lost.filter(pl.col("patient_id").is_in(list(patients)), pl.col("rule") != "duplicate_row")
    assert set(lost.select("patient_id", "table").rows()) == set(records.incomplete.rows())


def _raw_identifiers(tables):
    lines = [
        (name, number, row[0].strip() if row else "")
        for name, rows in tables.items()
        for number, row in enumerate(rows[1:], start=2)
    ]
    return pl.DataFrame(lines, schema={"table": pl.String, "row": pl.Int32, "patient_id": pl.String}, orient="row")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), min_size=1, max_size=6))
def test_any_bytes_are_read_or_refused_with_a_letter(tmp_path, changes):
    table = bytearray(text(CLEAN["exposures"]).encode())
    for place, bytes_ in changes:
        table[place : place + len(bytes_)] = bytes_
    patients = text(CLEAN["patients"])
    try:
        records = FolderSource(write(tmp_path, patients=patients, exposures=bytes(table))).read()
    except RecordsError as error:
        assert all(problem.where and problem.found for problem in error.problems)
    else:
        hold_the_law(records)
