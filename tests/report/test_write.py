"""The folder: complete, the same every time, careful with what was there before."""

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sequela.analyses.report_card import ReportCard
from sequela.analyses.results import RESULT_SCHEMA
from sequela.errors import UsageError
from sequela.records.bundle import Kind
from sequela.report.write import write_report

from . import inputs

ROOT = Path(__file__).parents[2]
VOID = {"meta", "link", "br", "hr", "img", "input"}


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class Outline(HTMLParser):
    """Notes tags, attributes and text; fails where tags do not close in order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.text, self.ids = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def outline(page):
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written") / "report"
    assert write_report(inputs.RESULT, folder) == folder / "index.html"
    return folder


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "index.html").read_text(encoding="utf-8")


def test_the_folder_is_complete(folder):
    assert set(contents(folder)) == {
        "index.html",
        "card.html",
        "manifest.json",
        "results.parquet",
        "figures/flow.svg",
        "figures/moves.svg",
        "figures/survival-ttp-noda-2019.svg",
        "tables/characteristics.csv",
        "tables/checklists.csv",
        "tables/definition-ttp-noda-2019.csv",
        "tables/flow.csv",
        "tables/response.csv",
        "tables/survival-ttp-noda-2019.csv",
    }


def test_a_pdf_stands_beside_each_drawing_where_it_is_asked_for(folder, page, tmp_path):
    asked = write_report(inputs.RESULT, tmp_path / "asked", pdf=True).read_text(encoding="utf-8")
    files = contents(tmp_path / "asked")
    assert set(files) - set(contents(folder)) == {
        f"figures/{name}.pdf" for name in ("flow", "moves", "survival-ttp-noda-2019")
    }
    assert all(content.startswith(b"%PDF") for name, content in files.items() if name.endswith(".pdf"))
    assert 'href="figures/flow.pdf"' in asked and "sequela run STUDY.yaml --pdf" in asked
    assert ".pdf" not in page and "--pdf" not in page
    write_report(inputs.RESULT, tmp_path / "again", pdf=True)
    assert contents(tmp_path / "again") == files
    write_report(inputs.RESULT, tmp_path / "asked")
    assert contents(tmp_path / "asked") == contents(folder)


def test_another_process_writes_the_same_bytes(folder, tmp_path):
    code = (
        "import sys; from pathlib import Path; from tests.report import inputs; "
        "from sequela.report.write import write_report; write_report(inputs.RESULT, Path(sys.argv[1]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "again")], cwd=ROOT, env=environment, check=True)
    assert contents(tmp_path / "again") == contents(folder)


def test_the_page_is_well_formed_and_names_nothing_twice(page):
    parsed = outline(page)
    assert len(parsed.ids) == len(set(parsed.ids))
    headings = [int(tag[1]) for tag, _ in parsed.tags if re.fullmatch(r"h[1-6]", tag)]
    assert headings[0] == 1 and headings.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(headings))
    labels = [attributes["aria-labelledby"] for tag, attributes in parsed.tags if "aria-labelledby" in attributes]
    assert set(labels) <= set(parsed.ids)


def test_every_table_has_a_caption_and_every_drawing_a_text(page):
    parsed = outline(page)
    tags = [tag for tag, _ in parsed.tags]
    assert tags.count("table") == tags.count("caption") >= 4
    drawings = [attributes for tag, attributes in parsed.tags if tag == "svg"]
    assert len(drawings) == 3
    for drawing in drawings:
        assert drawing["role"] == "img" and len(drawing["aria-label"]) > 40


def test_nothing_is_loaded_from_elsewhere(page):
    for tag, attributes in outline(page).tags:
        assert tag not in {"script", "link", "img", "iframe", "object", "embed", "base"}
        assert not {"src", "srcset", "data", "action", "xlink:href"} & set(attributes)
        if tag != "a" and "href" in attributes:
            assert attributes["href"].startswith("#")
    assert "@import" not in page
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", page))


def test_links_lead_to_publications_to_files_of_the_folder_or_to_a_place_of_the_page(page, folder):
    places = {f"#{attributes['id']}" for _, attributes in outline(page).tags if "id" in attributes}
    links = [attributes["href"] for tag, attributes in outline(page).tags if tag == "a"]
    for link in links:
        assert link.startswith("https://doi.org/10.") or link in places or (folder / link.split("#")[0]).is_file()


def test_the_first_screen_comes_in_order(page):
    places = [
        page.index(words)
        for words in (
            "Observed records",
            "was shorter in the Tmab/Pmab group",
            "Main numbers",
            "Flow of patients",
            "Before you believe it",
            "Not assessed in this version",
            "Who the patients were",
            ">Methods<",
            "Where the records come from",
        )
    ]
    assert places == sorted(places)


def test_items_that_raise_no_concern_are_folded_and_the_others_are_not(page):
    card = page[page.index('<ol class="checks card">') :]
    shown, _, folded = card.partition('<details class="calm">')
    folded, _, _ = folded.partition("<h3>")
    found = {status: set(re.findall(rf'<li id="card-(\w+)" class="{status}">', part)) for status, part in
             (("ok", folded), ("look", shown), ("unknown", shown), ("stop", shown))}  # fmt: skip
    card_items = {item.name for item in inputs.RESULT.card.items}
    assert set.union(*found.values()) == card_items
    assert 'class="ok"' not in shown
    assert ("details::details-content" in page) == ("@media print" in page)


def test_the_page_shows_the_study_the_hashes_and_the_versions(page):
    assert "T-DM1 in one hospital" in page and "0f0f0f" in page
    assert hashlib.sha256(inputs.STUDY_FILE.encode()).hexdigest() in page
    assert "Tmab/Pmab: {received: pertuzumab, before: time zero}" in page and "sequela run STUDY.yaml" in page


def hostile():
    bad = '<script>alert("x")</script>{{ 7*7 }}'
    survival = replace(
        inputs.SURVIVAL,
        label=f"Time to {bad}",
        groups=(replace(inputs.DOUBLE, name=bad), inputs.SINGLE),
        hazard_ratios=(replace(inputs.CRUDE, group=bad),),
        cautions=(bad,),
    )
    study = inputs.STUDY.model_copy(update={"title": bad})
    records = inputs.records(title=bad, quarantine=inputs.quarantine(bad))
    cohort = inputs.cohort(sizes=((bad, 18), ("Tmab", 24)))
    return replace(inputs.RESULT, study=study, records=records, cohort=cohort, analyses=(survival,), study_text=bad)


def test_names_are_never_markup(tmp_path):
    page = write_report(hostile(), tmp_path / "report").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page and "{{ 7*7 }}" in page
    for tag, attributes in outline(page).tags:
        assert tag != "script" and not any(name.startswith("on") for name in attributes)


@pytest.mark.parametrize("kind", list(Kind))
def test_everything_that_leaves_says_what_kind_of_records_it_rests_on(kind, tmp_path):
    write_report(replace(inputs.RESULT, records=inputs.records(kind)), tmp_path / "r")
    page = (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
    unreal = kind in (Kind.RECONSTRUCTED, Kind.SIMULATED)
    assert ("These are not real patients" in page) == unreal and ("never evidence" in page) == unreal
    assert f'<meta name="records" content="{kind.value}">' in page
    for path in (tmp_path / "r" / "tables").glob("*.csv"):
        assert set(pl.read_csv(path)["records"]) == {kind.value}
    assert set(pl.read_parquet(tmp_path / "r" / "results.parquet")["records_kind"]) == {kind.value}
    assert json.loads((tmp_path / "r" / "manifest.json").read_text(encoding="utf-8"))["records_kind"] == kind.value


def test_tables_open_in_a_spreadsheet(folder):
    content = (folder / "tables" / "survival-ttp-noda-2019.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") and b"1.7\xe2\x80\x934.8" in content


def test_the_parquet_holds_every_number_of_every_analysis(folder):
    table = pl.read_parquet(folder / "results.parquet")
    assert dict(zip(table.columns[:-1], table.dtypes[:-1], strict=True)) == RESULT_SCHEMA
    of_card = table.filter(analysis="audit")
    assert len(table) - len(of_card) == sum(len(analysis.results) for analysis in inputs.RESULT.analyses)
    assert_frame_equal(of_card.drop("records_kind"), inputs.CARD.results)
    ratio = table.filter(analysis="survival").row(by_predicate=pl.col("statistic") == "hazard_ratio", named=True)
    assert (ratio["value"], ratio["low"], ratio["high"]) == (2.83, 1.37, 5.89)


def test_the_manifest_lists_every_file_with_its_hash_and_no_place_or_time(folder):
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    written = contents(folder)
    assert {output["name"] for output in manifest["outputs"]} == set(written) - {"manifest.json"}
    for output in manifest["outputs"]:
        assert output["sha256"] == hashlib.sha256(written[output["name"]]).hexdigest()
    assert manifest["inputs"][1] == {
        "table": "exposures",
        "name": "exposures.csv",
        "sha256": "a3" * 32,
        "rows_read": 611,
        "rows_kept": 608,
        "rows_quarantined": 3,
    }
    assert manifest["study"]["file"] == inputs.STUDY_FILE and manifest["seed"] == 1
    assert {"sequela", "Python", "numpy", "polars"} <= set(manifest["versions"])
    assert str(folder) not in text and not re.search(r"\d\d:\d\d:\d\d|/home/|/tmp/", text)


def late():
    return replace(
        inputs.RESULT,
        cohort=inputs.cohort(guard=inputs.LATE),
        withheld=(f"Time to radiologic progression: {inputs.LATE.reason}",),
        card=ReportCard((inputs.FINE,)),
    )


def test_a_withheld_comparison_leaves_no_ratio_and_no_p_anywhere(tmp_path):
    page = write_report(late(), tmp_path / "r").read_text(encoding="utf-8")
    assert page.index("No comparison is reported") < page.index("Main numbers")
    assert inputs.LATE.reason.split(";")[0] in page.split("<h2")[0]
    parsed = outline(page)
    said = " ".join([*parsed.text, *(attributes.get("aria-label", "") for _, attributes in parsed.tags)])
    assert "7.8 months" in said
    assert "2.83" not in said and "3.07" not in said and "azard ratio" not in said and "p = 0.003" not in said
    statistics = pl.read_parquet(tmp_path / "r" / "results.parquet")["statistic"].to_list()
    assert "hazard_ratio" not in statistics and "median" in statistics
    for table in (tmp_path / "r" / "tables").glob("survival*.csv"):
        assert "azard" not in table.read_text(encoding="utf-8")


def test_a_former_report_is_replaced_and_other_files_stay(tmp_path):
    folder = tmp_path / "r"
    write_report(inputs.RESULT, folder)
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    write_report(replace(inputs.RESULT, analyses=(inputs.RESPONSE,)), folder)
    left = set(contents(folder))
    assert "figures/survival-ttp-noda-2019.svg" not in left and "tables/response.csv" in left
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("manifest", [None, "{}", "not json", '{"outputs": []}', '{"format": "other", "outputs": []}'])
def test_a_folder_of_others_is_refused_and_left_alone(manifest, tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work", encoding="utf-8")
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")
    before = contents(tmp_path)
    with pytest.raises(UsageError, match="no report of this program") as refused:
        write_report(inputs.RESULT, tmp_path)
    assert refused.value.exit_code == 2 and contents(tmp_path) == before


def test_a_manifest_cannot_delete_outside_its_folder(tmp_path):
    victim = tmp_path / "victim.txt"
    victim.write_text("keep", encoding="utf-8")
    folder = tmp_path / "r"
    folder.mkdir()
    forged = {"format": "sequela report 1", "outputs": [{"name": "../victim.txt"}, {"name": str(victim)}]}
    (folder / "manifest.json").write_text(json.dumps(forged), encoding="utf-8")
    write_report(inputs.RESULT, folder)
    assert victim.read_text(encoding="utf-8") == "keep"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "report").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="this is a file"):
        write_report(inputs.RESULT, tmp_path / "report")
    with pytest.raises(UsageError, match="cannot be written"):
        write_report(inputs.RESULT, tmp_path / "report" / "below")


def test_an_empty_folder_and_a_new_one_are_welcome(tmp_path):
    (tmp_path / ".DS_Store").write_text("", encoding="utf-8")
    assert write_report(inputs.RESULT, tmp_path).is_file()
    assert write_report(inputs.RESULT, tmp_path / "deep" / "new").is_file()


def test_only_the_card_shows_how_a_withheld_answer_moves(tmp_path):
    page = write_report(replace(late(), card=inputs.LATE_CARD), tmp_path / "r").read_text(encoding="utf-8")
    card = page[page.index('id="before"') : page.index("The records and the models")]
    assert "2.83 (1.37–5.89)" in card and "1.07 (0.61–1.71)" in card
    assert "(1.37–5.89)" not in page.replace(card, "") and "(0.61–1.71)" not in page.replace(card, "")
    table = pl.read_parquet(tmp_path / "r" / "results.parquet").filter(statistic="hazard_ratio")
    assert set(table["analysis"]) == {"audit"} and len(table) == 2


def test_a_study_of_one_group_without_file_or_outcome(tmp_path):
    alone = inputs.cohort(sizes=(("All patients", 24),), reference="")
    study = inputs.STUDY.model_copy(update={"groups": {}, "reference": "", "population": (), "accrual": None})
    result = replace(inputs.RESULT, study=study, cohort=alone, analyses=(), study_text="")
    page = write_report(result, tmp_path / "r").read_text(encoding="utf-8")
    assert "24 patients described" in page and "The file" not in page
    assert set(pl.read_parquet(tmp_path / "r" / "results.parquet")["analysis"]) == {"audit"}


def test_the_document_names_every_file_and_every_column(folder):
    document = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    for name in contents(folder):
        general = name.replace("ttp-noda-2019", "…")
        assert f"`{general}`" in document, name
    for column in (*RESULT_SCHEMA, "records_kind"):
        assert f"`{column}`" in document
