"""Response and progression read from lesions, from the files of a hospital to the page, and line by line."""

import polars as pl
import pytest

from .folders import lung_folder, lung_tables, sequela

# Recorded: PR on day 60 and PD on day 90 for everybody. What the lesions say from the same days:
COURSES = {
    "g1": "50 30 - 35.5",
    "g2": "50 30 28 28",
    "g3": "50 30 - 20",
    "g4": "50 70 - -",
    "e1": "50 45 - 46",
    "e2": "50 45 - 70",
    "e3": "9 9 - -",
}
DAYS = (-5, 60, 80, 90)
STUDY = """\
version: 1
title: Osimertinib after gefitinib or after erlotinib, read from lesions
records: records/
time_zero: first osimertinib
groups:
  After gefitinib: {received: gefitinib, before: time zero}
  After erlotinib: {received: erlotinib, before: time zero}
recist: {too_small_mm: 4}
analyses:
  - survival: {endpoint: pfs.ema, from: lesions}
  - survival: pfs.ema
  - response: {from: lesions}
  - response: {from: lesions, confirmed: true}
  - response
  - sites: {without: skin}
"""


def page(study):
    return (study.parent / "report" / "index.html").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    import datetime

    start = datetime.date(2020, 3, 1)
    lesions, measured = ["patient_id,lesion_id,organ,role"], ["patient_id,lesion_id,day,diameter_mm,method"]
    for name, course in COURSES.items():
        lesions.append(f"{name},L1,lung,target")
        for day, mm in zip(DAYS, course.split(), strict=True):
            measured += [f"{name},L1,{start + datetime.timedelta(days=day)},{mm},CT"] if mm != "-" else []
    tables = {
        **lung_tables(),
        "lesions": "\n".join(lesions) + "\n",
        "measurements": "\n".join(measured) + "\n",
    }
    return lung_folder(tmp_path, tables, STUDY)


def test_the_study_reads_what_each_analysis_asks_for(folder):
    code, _, err = sequela("run", folder, "--out", folder.parent / "report")
    assert code == 0, err
    results = pl.read_parquet(folder.parent / "report" / "results.parquet")

    def counts(reading):
        rows = results.filter(analysis="response", variable="best_response", group="All")
        rows = rows.filter(pl.col("endpoint").is_null() if reading is None else pl.col("endpoint") == reading)
        return [(level, int(value)) for level, value in rows.select("level", "value").rows() if value]

    # g1 g2 g3 PR, g4 PD, e1 e2 SD; e3 is SD by a lesion that is too small; e4 has none. On day 90 g1 is 29 % below.
    unconfirmed, confirmed = [("PR", 3), ("SD", 3), ("PD", 1)], [("PR", 2), ("SD", 4), ("PD", 1)]
    assert counts("from lesions") == unconfirmed + confirmed
    assert "1 of 8 patients are left out of the response, which their lesions cannot tell" in page(folder)
    assert counts(None) == [("PR", 8)]
    events = dict(
        results.filter(analysis="survival", statistic="median_days", group="All").select("endpoint", "events").rows()
    )
    # All have a recorded PD. By lesions g4 and e2 do; g1, g2, g3 and e1 die, e3 lives, e4 cannot be decided.
    assert events["pfs.ema"] == 8 and events["pfs.ema from lesions"] == 6
    text = page(folder)
    assert "read from lesions by RECIST 1.1 (too_small_mm 4)" in text
    assert "Response by site" in text and "Progression-free survival, without skin and soft tissue" in text
    assert "1 of 8 patients are left out: not decidable, no lesion was measured at baseline" in text
    assert "1 of 8 patients have no lesion measured at baseline" in text
    assert "What is followed in 1 of 8 patients breaches RECIST 1.1 (B04 in 1)" in text


def test_progression_from_lesions_is_dated_and_its_row_named(folder):
    from sequela.analyses.assessed import assessed
    from sequela.derive.covariate import Definitions
    from sequela.derive.endpoint_files import PROFILES
    from sequela.derive.endpoint_times import time_to_event
    from sequela.sources.folder import FolderSource
    from sequela.study.cohort import build_cohort
    from sequela.study.load import load_study

    study = load_study(folder)
    records = FolderSource(folder.parent / "records").read()
    cohort = build_cohort(study, records)
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    read = assessed(records, cohort, "lesions", Definitions())
    times = time_to_event(read.records, at, PROFILES["ttp.noda_2019"]).select("patient_id", "days", "event", "row")
    found = {name: rest for name, *rest in times.rows()}
    assert found["g4"] == [60, True, "measurements:13"]
    assert found["e2"] == [90, True, "measurements:19"]
    assert found["g1"] == [90, False, "measurements:4"]
    assert found["e4"] == [None, None, None]  # no lesion: when the disease progressed is not known


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("from: lesions}", "from: lesion}", "'from' is 'lesion'; expected 'assessments' or 'lesions'"),
        ("too_small_mm: 4", "too_smal_mm: 4", "unknown threshold of RECIST 'too_smal_mm'. Did you mean 'too_small_mm'"),
        ("too_small_mm: 4", "too_small_mm: -4", "expected a value greater than or equal to 0"),
        ("{without: skin}", "{without: boone}", "unknown site 'boone'. Did you mean 'bone'?"),
        ("confirmed: true", "confirmd: true", "unknown key 'confirmd'. Did you mean 'confirmed'?"),
    ],
)
def test_mistakes_in_the_study_file_are_letters(folder, before, after, message):
    folder.write_text(STUDY.replace(before, after, 1), encoding="utf-8")
    code, _, err = sequela("check", folder)
    assert code == 3 and message in err


def test_every_line_is_answered_and_one_patient_explained(folder):
    records = folder.parent / "records"
    code, out, _ = sequela("response", records)
    assert code == 0 and "B04: a target is shorter than 10 mm" in out
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in out.splitlines() if line.startswith("│")]
    second = {row[0]: (row[4], row[5], row[6], row[8]) for row in rows if row[1] == "2"}
    assert second["g1"] == ("2", "PR", "SD", "") and second["g4"] == ("1", "PD", "PD", "T2")
    assert not [row for row in rows if row[0] == "e4"]
    code, out, _ = sequela("response", records, "--patient", "e2", "--out", folder.parent / "tables")
    assert code == 0 and "2020-05-30" in out and "measurements:19" in out and "T2: targets PD" in out
    written = pl.read_csv(folder.parent / "tables" / "visits.csv")
    assert written.select("patient_id", "line", "overall").rows() == [
        ("e2", 1, "NE"),  # seen before the second line only, without a baseline of the first
        ("e2", 2, "SD"),
        ("e2", 2, "PD"),
    ]
    assert {path.name for path in (folder.parent / "tables").iterdir()} >= {"lines.csv", "lesions.csv", "checks.csv"}


@pytest.mark.parametrize(
    ("words", "code"), [(("--patient", "nobody"), 4), (("--patient", "e4"), 4), (("--rules", "x"), 2)]
)
def test_a_call_that_cannot_be_answered(folder, words, code):
    found, _, err = sequela("response", folder.parent / "records", *words)
    assert found == code and err and "Traceback" not in err


def test_records_without_lesions_say_so(tmp_path):
    lung_folder(tmp_path)
    code, out, _ = sequela("response", tmp_path / "records")
    assert code == 0 and "hold no lesion" in out


def test_a_study_that_asks_for_lesions_nobody_has_is_not_answered(tmp_path):
    study = lung_folder(tmp_path, study=STUDY.replace("  - survival: pfs.ema\n", "").replace("  - response\n", ""))
    code, out, err = sequela("run", study, "--out", tmp_path / "report")
    assert code == 5 and "Traceback" not in err
    assert "Not answered." in out and "no lesion was measured at baseline" in out
    assert "response from lesions: nobody of After gefitinib and After erlotinib has a lesion measured" in page(study)
    assert "no patient of the study has lesions followed after time zero" in page(study)
