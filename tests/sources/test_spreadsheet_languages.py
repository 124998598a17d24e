"""Sheets of six languages and shapes: the first map alone brings back the cohort that all of them hold."""

import polars as pl
import pytest

from sequela.sources.spreadsheet import SpreadsheetSource
from sequela.sources.spreadsheet_cells import find_headers, read_sheets
from sequela.sources.spreadsheet_draft import draft_map

from .foreign_sheets import SHEETS, cohort, exposures

WITH_REASONS, WITH_PRIMARY, WITH_ORGANS = {"german", "french"}, {"german", "japanese"}, {*SHEETS} - {"portuguese"}


@pytest.fixture(scope="module", params=sorted(SHEETS))
def imported(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    path = SHEETS[request.param](folder)
    headers = find_headers(path)
    text = draft_map(path.name, read_sheets(path, headers), headers)
    (folder / "map.yaml").write_text(text, encoding="utf-8")
    return request.param, text, SpreadsheetSource(folder / "map.yaml").read()


def days(records, table, column):
    """Return a column of days as dates."""
    origins = records.table("patients").select("patient_id", "origin_date")
    frame = records.table(table).select(pl.exclude("origin_date")).join(origins, on="patient_id", how="left")
    return frame.select((pl.col("origin_date") + pl.duration(days=column)).alias("day"))["day"].to_list()


def rows(records, table, column, *others):
    frame = records.table(table)
    return sorted(
        zip(frame["patient_id"], *(frame[name] for name in others), days(records, table, column), strict=True)
    )


def test_nobody_and_nothing_is_refused(imported):
    _, _, records = imported
    assert records.quarantine.height == 0


def test_patients_are_who_they_are_and_only_the_dead_are_dead(imported):
    _, _, records = imported
    people = cohort()
    assert rows(records, "patients", "birth_day") == [(one.name, one.birth) for one in people]
    assert rows(records, "patients", "last_contact") == [(one.name, one.last) for one in people]
    died = records.table("patients").filter(pl.col("death").is_not_null())
    assert sorted(died["patient_id"]) == [one.name for one in people if one.dead]
    assert (died["death"] == died["last_contact"]).all()


def test_drugs_are_given_from_their_first_to_their_last_day(imported):
    _, _, records = imported
    frame = records.table("exposures")
    drugs = zip(frame["patient_id"], frame["drug"], days(records, "exposures", "start"),
                days(records, "exposures", "stop"), strict=True)  # fmt: skip
    assert sorted(drugs) == exposures(cohort())


def test_reasons_say_why_a_course_ended(imported):
    language, _, records = imported
    reasons = {
        (one.name, line.start): "progression" if line.progressed else "toxicity"
        for one in cohort()
        for line in one.lines
    }
    wanted = [reasons[name, start] if language in WITH_REASONS else None for name, _, start, _ in exposures(cohort())]
    found = {row[:2] + row[3:]: row[2] for row in _with_reasons(records)}
    assert [found[name, drug, start] for name, drug, start, _ in exposures(cohort())] == wanted


def _with_reasons(records):
    frame = records.table("exposures")
    return zip(frame["patient_id"], frame["drug"], frame["reason_stopped"],
               days(records, "exposures", "start"), strict=True)  # fmt: skip


def test_progressions_stand_on_their_day(imported):
    language, _, records = imported
    frame = records.table("assessments").with_columns(day_date=pl.Series(days(records, "assessments", "day")))
    progressed = frame.filter(response="PD").select("patient_id", "day_date").rows()
    wanted = sorted((one.name, line.stop) for one in cohort() for line in one.lines if line.progressed)
    assert sorted(progressed) == wanted
    others = [line for one in cohort() for line in one.lines if not line.progressed]
    assert frame.height - len(progressed) == (len(others) if language == "portuguese" else 0)


def test_diagnoses_receptors_and_organs(imported):
    language, _, records = imported
    people = cohort()
    metastatic = [("metastatic", one.name, one.metastatic) for one in people]
    primary = [("primary", one.name, one.primary) for one in people]
    frame = records.table("diagnoses")
    found = zip(frame["kind"], frame["patient_id"], days(records, "diagnoses", "day"), strict=True)
    assert sorted(found) == metastatic + (primary if language in WITH_PRIMARY else [])
    receptors = records.table("biomarkers").filter(marker="ER").sort("patient_id")
    assert receptors["value"].to_list() == ["positive" if one.er else "negative" for one in people]
    assert records.table("biomarkers").filter(marker="HER2").height == len(people)
    organs = records.table("metastases").select("patient_id", "organ").sort("patient_id", "organ").rows()
    wanted = sorted((one.name, organ) for one in people for organ in one.organs)
    assert organs == (wanted if language in WITH_ORGANS - {"japanese"} else [])


def test_what_was_told_by_names_is_not_called_a_guess(imported):
    _, text, _ = imported
    for guess in ("its cells", "cells' parts", "its words say", "stands beside", "WHICH"):
        assert guess not in text
