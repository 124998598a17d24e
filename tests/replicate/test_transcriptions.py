"""Every row of a transcribed patient has a sentence, and every sentence stands in the paper."""

import csv
import re
from pathlib import Path

import pytest

from sequela.replicate.paper import PAPERS, load_facts

TRANSCRIBED = ("giarratano-2018", "sepher-2020", "skin-sanctuary-2015")
PRINTED = Path(__file__).parents[3] / "shared" / "papers"


def written_rows(name):
    """Return table:row -> patient of every row of a paper's records."""
    rows = {}
    for path in sorted((PAPERS / name / "records").glob("*.csv")):
        with path.open(newline="") as file:
            for number, row in enumerate(csv.DictReader(file), start=2):
                rows[f"{path.stem}:{number}"] = row["patient_id"]
    return rows


@pytest.mark.parametrize("name", TRANSCRIBED)
def test_every_row_has_a_fact_and_every_fact_has_its_rows(name):
    covered = {row for fact in load_facts(PAPERS / name) for row in fact.rows}
    assert covered == set(written_rows(name))


@pytest.mark.parametrize("name", TRANSCRIBED)
def test_a_fact_speaks_of_the_patient_of_its_rows(name):
    patients = written_rows(name)
    for fact in load_facts(PAPERS / name):
        assert {patients[row] for row in fact.rows} == {fact.patient}, fact.id


@pytest.mark.parametrize("name", TRANSCRIBED)
def test_every_quotation_stands_in_the_paper(name):
    paper = PRINTED / f"{name}.txt"
    if not paper.exists():
        pytest.skip("the text of the paper is not on this machine")
    text = " ".join(paper.read_text(encoding="utf-8").split())
    missing = [fact.id for fact in load_facts(PAPERS / name) if " ".join(fact.quote.split()) not in text]
    assert not missing


@pytest.mark.parametrize("name", TRANSCRIBED)
def test_fact_identifiers_are_unique(name):
    ids = [fact.id for fact in load_facts(PAPERS / name)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", TRANSCRIBED)
def test_no_calendar_date_was_invented(name):
    for path in (PAPERS / name / "records").glob("*.csv"):
        assert not re.search(r"\b(19|20)\d\d-\d\d", path.read_text()), path.name
