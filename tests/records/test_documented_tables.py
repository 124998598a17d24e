"""docs/records.md says what the program does."""

import re

from sequela.records.refusals import REFUSALS
from tests.records.documented_tables import PAGE, PARTS, rendered
from tests.sources.tables import read, refused


def test_the_lists_are_those_of_the_program():
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"<!-- generated: {name} -->" in page for name in PARTS)
    assert page == rendered(page), "run: python -m tests.records.documented_tables"


def test_the_first_example_is_read_as_the_page_says(tmp_path, monkeypatch):
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.S)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(block, names)
    assert refused(names["records"]) == [("exposures:4", "date_spelling", "31/12/2018")]
    assert names["records"].incomplete.rows() == [("P1", "exposures")]
    assert names["records"].imputations["found"].to_list() == ["1960-05", "1961", "2018-07"]


def test_the_drugs_of_the_page_can_be_added(tmp_path):
    page = PAGE.read_text(encoding="utf-8")
    (rows,) = re.findall(r"```csv\n(name,.*?)```", page, flags=re.S)
    (tmp_path / "drugs.csv").write_text(rows)
    records = read(tmp_path, exposures="patient_id,drug,start\n001,EX-1,2018-01-10\n")
    assert records.table("exposures")["drug"].to_list() == ["examplimab"]


def test_every_rule_can_fire():
    """Each rule appears in a test of what a person sees."""
    folder = PAGE.parents[1] / "tests"
    seen = "".join(path.read_text() for path in [*folder.glob("sources/*.py"), *folder.glob("records/*.py")])
    assert [rule for rule in REFUSALS if f'"{rule}"' not in seen] == []
