"""The papers from their records to their verdicts."""

import shutil

import pytest

from sequela.errors import StudyError, UsageError
from sequela.replicate.cases import timelines
from sequela.replicate.catalogue import names, paper_named, replicate
from sequela.replicate.compare import Verdict
from sequela.replicate.computations import COMPUTATIONS
from sequela.replicate.paper import PAPERS, load_rows
from sequela.replicate.write import write_replication
from sequela.study.load import load_study

from .replicated import replicated


def verdicts(replication):
    return {row.id: row.verdict for row in replication.rows}


@pytest.fixture(scope="module")
def giarratano():
    return replicated("giarratano-2018")


@pytest.fixture(scope="module")
def skin():
    return replicated("skin-sanctuary-2015")


@pytest.fixture
def copied(tmp_path):
    """Copy the papers, to change them."""
    return shutil.copytree(PAPERS, tmp_path / "papers")


def changed(path, old, new):
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_the_papers_are_the_folders():
    assert names() == ("giarratano-2018", "noda-narita-2019", "sepher-2020", "skin-sanctuary-2015")


@pytest.mark.parametrize("name", names())
def test_every_paper_says_first_what_it_cannot_tell(name):
    assert "cannot tell" in paper_named(name).verdict.sentences[0]


def test_an_unknown_paper_is_a_question_of_usage_and_the_papers_are_named():
    with pytest.raises(UsageError) as raised:
        replicate("giarratano")
    assert raised.value.exit_code == 2
    for name in names():
        assert name in str(raised.value)


def test_giarratano(giarratano):
    assert verdicts(giarratano) == {
        "C-01": Verdict.AGREES,
        "C-02": Verdict.AGREES,
        "C-03": Verdict.AGREES,
        "C-04": Verdict.AGREES,
        "C-05": Verdict.AGREES,
    }
    assert giarratano.result is None
    assert any("transcribed" in note for note in giarratano.notes)


def test_skin_sanctuary(skin):
    assert verdicts(skin) == {
        "C-06": Verdict.AGREES,
        "C-07": Verdict.DIFFERS,
        "C-08": Verdict.CONTRADICTS,
        "C-09": Verdict.AGREES,
        "C-10": Verdict.AGREES,
    }


def test_the_sites_of_the_two_patients_disagree_as_printed(skin):
    sites = {row.id: row.reason for row in skin.rows}
    assert sites["C-09"].startswith("Liver CR, skin and soft tissue PD on day 252")
    # Without measured soft tissue RECIST 1.1 has no partial response for bone.
    assert sites["C-10"].startswith("Bone NON-CR/NON-PD, skin and soft tissue PD on day 274")


@pytest.mark.parametrize("name", ["giarratano-2018", "sepher-2020", "skin-sanctuary-2015"])
def test_every_transcribed_row_is_kept(name):
    records = replicated(name).material.records
    assert records.kind == "transcribed"
    assert records.quarantine.is_empty()
    assert records.notices.is_empty()


def test_another_last_contact_moves_the_computed_weeks(copied):
    changed(copied / "giarratano-2018" / "records" / "patients.csv", ",945,", ",980,")
    row = replicate("giarratano-2018", copied).rows[0]
    assert (row.id, row.computed, row.verdict) == ("C-01", "140 weeks", Verdict.CONTRADICTS)


def test_a_responding_skin_takes_the_progression_away(copied):
    measured = copied / "skin-sanctuary-2015" / "records" / "measurements.csv"
    changed(measured, "case-1,skin-chest-wall,252,,unequivocal progression", "case-1,skin-chest-wall,252,,absent")
    changed(measured, "case-1,skin-right-breast,252,,present", "case-1,skin-right-breast,252,,absent")
    row = next(row for row in replicate("skin-sanctuary-2015", copied).rows if row.id == "C-09")
    assert row.computed == "overall CR (RECIST 1.1)"
    assert row.verdict is Verdict.CONTRADICTS


def test_a_case_report_is_written_with_a_timeline_of_each_patient(giarratano, tmp_path):
    written = write_replication(giarratano, tmp_path / "out")
    assert [path.name for path in written] == [
        "index.html",
        "giarratano-2018.csv",
        "giarratano-2018.txt",
        "giarratano-2018-case-1.svg",
        "giarratano-2018-case-2.svg",
    ]
    first = [path.read_bytes() for path in written]
    assert [path.read_bytes() for path in write_replication(giarratano, tmp_path / "out")] == first
    with_pdf = write_replication(giarratano, tmp_path / "pdf", pdf=True)
    assert [path.name for path in with_pdf if path not in written and path.suffix == ".pdf"] == [
        "giarratano-2018-case-1.pdf",
        "giarratano-2018-case-2.pdf",
    ]
    assert "so it does not contradict the 4 weeks" in written[2].read_text()
    assert "5 printed quantities: agrees 5." in written[0].read_text()


def test_a_file_is_no_folder(giarratano, tmp_path):
    (tmp_path / "out").write_text("taken")
    with pytest.raises(UsageError, match="this is a file"):
        write_replication(giarratano, tmp_path / "out")


def test_a_page_of_something_else_is_not_overwritten(giarratano, tmp_path):
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(UsageError, match="no page of a replication"):
        write_replication(giarratano, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_a_number_of_a_verdict_names_one_computation(copied):
    changed(copied / "sepher-2020" / "paper.yaml", "p: {log_rank_p:", "p: {nothing: 1, log_rank_p:")
    with pytest.raises(StudyError, match="p names 2 computations"):
        replicate("sepher-2020", copied)


def test_timelines_show_the_progression_of_one_site_beside_the_response_of_another(skin):
    one, two = timelines(skin.material)
    assert [(span.label, span.start) for span in one.lines] == [("line 1", 0), ("line 2", 252)]
    on_day = lambda timeline, day: {(r.site, r.response) for r in timeline.responses if r.day == day}  # noqa: E731
    assert on_day(one, 252) == {("liver", "CR"), ("skin", "PD")}
    assert on_day(two, 274) == {("bone", "PR"), ("skin", "PD")}
    assert one.progressions == (252,)


def test_every_printed_quantity_that_can_be_computed_has_a_row():
    ids = {name: [row.id for row in load_rows(PAPERS / name, COMPUTATIONS)] for name in names()}
    assert ids["noda-narita-2019"] == [f"N-{n:03}" for n in range(1, 51)] + ["X-04", "X-05", "X-06"]
    assert ids["giarratano-2018"] == [f"C-{n:02}" for n in range(1, 6)]
    assert ids["sepher-2020"][-5:] == ["S-I215", "S-I216", "V-03", "B-01", "B-02"]
    assert len(ids["sepher-2020"]) == 222  # the others: test_sepher_cohort
    assert ids["skin-sanctuary-2015"] == [f"C-{n:02}" for n in range(6, 11)]


def test_the_study_of_the_cohort_fits_on_a_screen():
    text = (PAPERS / "noda-narita-2019" / "study.yaml").read_text()
    assert len(text.splitlines()) < 40
    assert load_study(PAPERS / "noda-narita-2019" / "study.yaml").reference == "Tmab"
