"""Folders of records as a hospital would export them, small enough to follow by hand."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from sequela.cli.start import main
from sequela.records.bundle import Records
from sequela.records.write import write_records

LUNG_STUDY = """\
version: 1
title: Osimertinib after gefitinib or after erlotinib in EGFR-mutated lung cancer
records: records/
time_zero: first osimertinib
population:
  - metastatic at time zero
groups:
  After gefitinib: {received: gefitinib, before: time zero}
  After erlotinib: {received: erlotinib, before: time zero}
reference: After erlotinib
analyses:
  - characteristics: [age, sex, prior_lines]
  - survival: os
  - survival: pfs.ema
  - response
"""


def sequela(*words):
    """Run the command line as a user does; return exit code, output, errors."""
    out, err = io.StringIO(), io.StringIO()
    with patch.object(sys, "argv", ["sequela", *map(str, words)]), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as done:
            code = done.code or 0
    return code, out.getvalue(), err.getvalue()


def write_study(folder: Path, people: Records, study: str) -> Path:
    """Write records and a study of them; return the path of the study file."""
    write_records(people, folder / "records")
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    return folder / "study.yaml"


def write_tables(folder: Path, **tables: str) -> Path:
    """Write each table's text as a CSV file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


# Eight patients; osimertinib starts on 2020-03-01. Survival in days from there, by hand:
# gefitinib: 100 dead, 200 dead, 300 dead, 400 alive; erlotinib: 250 dead, 500 dead, 600 alive, 700 dead.
LUNG_DAYS = {
    "g1": ("gefitinib", 100, True),
    "g2": ("gefitinib", 200, True),
    "g3": ("gefitinib", 300, True),
    "g4": ("gefitinib", 400, False),
    "e1": ("erlotinib", 250, True),
    "e2": ("erlotinib", 500, True),
    "e3": ("erlotinib", 600, False),
    "e4": ("erlotinib", 700, True),
}


def lung_tables(days=LUNG_DAYS) -> dict[str, str]:
    """Return the tables of the lung study as ISO-dated CSV texts."""
    import datetime

    start = datetime.date(2020, 3, 1)
    patients, exposures, diagnoses, assessments = (
        ["patient_id,birth_date,sex,last_contact,death"],
        ["patient_id,drug,start,stop,reason_stopped"],
        ["patient_id,date,kind"],
        ["patient_id,date,response,basis"],
    )
    for number, (name, (drug, length, died)) in enumerate(days.items()):
        end = start + datetime.timedelta(days=length)
        patients.append(
            f"{name},{1940 + number}-06-15,{'female' if number % 2 else 'male'},{end},{end if died else ''}"
        )
        diagnoses.append(f"{name},2018-01-10,metastatic")
        exposures.append(f"{name},{drug},2018-02-01,2020-01-15,progression")
        exposures.append(f"{name},Tagrisso,{start},{end},")
        assessments.append(f"{name},{start + datetime.timedelta(days=60)},PR,radiologic")
        assessments.append(f"{name},{start + datetime.timedelta(days=90)},PD,radiologic")
    texts = {"patients": patients, "exposures": exposures, "diagnoses": diagnoses, "assessments": assessments}
    return {name: "\n".join(lines) + "\n" for name, lines in texts.items()}


def lung_folder(folder: Path, tables=None, study=LUNG_STUDY) -> Path:
    """Write the study and its records; return the study file."""
    write_tables(folder / "records", **(tables or lung_tables()))
    path = folder / "study.yaml"
    path.write_text(study, encoding="utf-8")
    return path


def not_on_the_page(report):
    """Return the tables of a report that its page does not show."""
    page = (report / "index.html").read_text(encoding="utf-8")
    names = {path.stem for path in (report / "tables").glob("*.csv")}
    return {name for name in names if f'id="{name}"' not in page}
