"""Printed quantities computed by running a study, on seven patients that can be counted by hand."""

import pytest

from sequela.errors import StudyError
from sequela.replicate.catalogue import replicate
from sequela.replicate.compare import Verdict

STUDY = """
version: 1
title: seven patients
records: records/
time_zero: first trastuzumab emtansine
accrual: {from: 2014-04-01, to: 2017-02-28}
population:
  - not: {received: trastuzumab emtansine, before: accrual}
groups:
  Both: {received: pertuzumab, before: time zero}
  One: otherwise
reference: One
analyses:
  - characteristics: [visceral, received docetaxel]
  - survival: ttp.noda_2019
  - response: {control_months: 6}
"""
PAPER = "title: Seven\ncitation: nobody\ndoi: null\nkind: simulated\ncomputed: all.\nnot_computed: nothing.\n"

# patient: pertuzumab before, progression after T-DM1 (day), reason stopped, organ, best response
PATIENTS = {
    "a": (True, 100, "progression", "liver", "PR"),
    "b": (True, 200, "progression", "skin", "SD"),
    "c": (True, 300, "progression", "liver", "PD"),
    "d": (False, 150, "progression", "lung", "PR"),
    "e": (False, 350, "toxicity", "liver", "PR"),
    "f": (False, 400, "", "skin", "SD"),
}


def write_paper(folder, rows, patients=PATIENTS):
    """Write a paper of the patients above and of one who received T-DM1 before the accrual."""
    paper = folder / "seven"
    (paper / "records").mkdir(parents=True)
    (paper / "paper.yaml").write_text(PAPER)
    (paper / "study.yaml").write_text(STUDY)
    (paper / "rows.yaml").write_text(rows)
    tables = {
        "patients": ["patient_id,origin_date,last_contact", "g,2014-01-01,900"],
        "diagnoses": ["patient_id,day,kind", "g,-10,metastatic"],
        "exposures": [
            "patient_id,drug,start,stop,setting,reason_stopped",
            "g,trastuzumab emtansine,0,60,metastatic,completed",
            "g,trastuzumab emtansine,400,460,metastatic,progression",
        ],
        "metastases": ["patient_id,day,organ", "g,-10,liver"],
        "assessments": ["patient_id,day,response,basis", "g,450,PD,radiologic"],
    }
    for name, (both, day, reason, organ, best) in patients.items():
        tables["patients"].append(f"{name},2014-10-01,900")
        tables["diagnoses"].append(f"{name},-10,metastatic")
        tables["metastases"].append(f"{name},-10,{organ}")
        before = "docetaxel,0,80", "trastuzumab,0,80", *(["pertuzumab,0,80"] if both else [])
        tables["exposures"] += [f"{name},{drug},metastatic,progression" for drug in before]
        tables["exposures"].append(f"{name},trastuzumab emtansine,100,{100 + day},metastatic,{reason}")
        tables["assessments"].append(f"{name},{100 + day // 2},{best},radiologic")
        tables["assessments"].append(f"{name},{100 + day},PD,radiologic")
    for table, lines in tables.items():
        (paper / "records" / f"{table}.csv").write_text("\n".join(lines) + "\n")
    return folder


ROWS = """
- {id: F, where: Fig, quantity: flow, printed: "6", flow: remaining}
- {id: S, where: Fig, quantity: sizes, printed: "6", group_sizes: sum}
- {id: V, where: T1, quantity: visceral, printed: 4 (67),
   count_and_percent: {variable: visceral, level: visceral, group: All}}
- {id: D, where: T1, quantity: docetaxel, printed: "100", of: 3/3,
   percent: {variable: received docetaxel, level: "yes", group: Both}}
- {id: P, where: T2, quantity: progression or partial, printed: "67",
   percent: {variable: best_response, level: [PR, PD], group: Both}}
- {id: T, where: T2, quantity: sum, printed: "3",
   total: [{variable: best_response, level: PR, group: One}, {variable: best_response, level: SD, group: One}]}
- {id: C, where: T2, quantity: counts, printed: "1/3, 2/3",
   counts_of: [{variable: objective_response, group: Both}, {variable: objective_response, group: One}]}
- {id: R, where: text, quantity: reasons, printed: "80", of: 4/5,
   reason_stopped: {drug: trastuzumab emtansine, reason: progression}}
- {id: M, where: text, quantity: median, printed: "4.9",
   values: [{analysis: survival, statistic: median_days, group: Both, unit: months}]}
- id: X
  where: T2
  quantity: control beyond response
  printed: 2, 3
  counts: [{variable: disease_control, group: Both}, {variable: disease_control, group: One}]
  remarks:
    - difference:
        of: [{variable: disease_control, group: Both}, {variable: disease_control, group: One}]
        without: [{variable: objective_response, group: Both}, {variable: objective_response, group: One}]
        at_most: [{variable: best_response, level: SD, group: Both}, {variable: best_response, level: SD, group: One}]
"""


def test_every_row_is_counted_from_the_patients(tmp_path):
    done = replicate("seven", write_paper(tmp_path, ROWS))
    computed = {row.id: row.computed for row in done.rows}
    # Visceral: a, c, e (liver), d (lung). Four of the five with a reason stopped for progression.
    # Progression after 100, 200 and, c's first, 150 days: the median is 150 / 30.4375 months.
    assert computed == {
        "F": "6",
        "S": "6",
        "V": "4 (67)",
        "D": "100",
        "P": "67",
        "T": "3",
        "C": "1/3, 2/3",
        "R": "80",
        "M": "4.9",
        "X": "2, 3",
    }
    assert {row.verdict for row in done.rows} == {Verdict.AGREES}
    reasons = {row.id: row.reason for row in done.rows}
    assert reasons["X"].endswith("2 - 1 = 1 of 1; 3 - 2 = 1 of 1.")
    assert done.result is not None


def test_one_patients_date_moves_the_computed_value(tmp_path):
    other = PATIENTS | {"c": (True, 340, "progression", "liver", "PD")}
    row = next(row for row in replicate("seven", write_paper(tmp_path, ROWS, other)).rows if row.id == "M")
    assert (row.computed, row.verdict) == ("5.6", Verdict.DIFFERS)  # c progresses on day 170


def test_one_patients_reason_moves_the_computed_value(tmp_path):
    other = PATIENTS | {"d": (False, 150, "other disease", "lung", "PR")}
    row = next(row for row in replicate("seven", write_paper(tmp_path, ROWS, other)).rows if row.id == "R")
    assert (row.computed, row.verdict) == ("60", Verdict.DIFFERS)
    assert row.reason == "3/5 in the run, 4/5 printed."


def test_a_row_that_names_no_result_is_refused(tmp_path):
    rows = '- {id: A, where: T, quantity: q, printed: "1", percent: {variable: shoe size, level: "42", group: All}}\n'
    with pytest.raises(StudyError, match="names 0 results; expected 1"):
        replicate("seven", write_paper(tmp_path, rows))
