"""A pool as tables, a figure and a command."""

import io
import shutil

import polars as pl
import pytest

from sequela.evidence.load_register import load_register
from sequela.evidence.selection import select
from sequela.evidence.synthesis import synthesise
from sequela.records.bundle import Kind
from sequela.report.drawing.svg import svg_bytes
from sequela.report.figures.canvas import STAMPS
from sequela.report.figures.forest import forest_figure, scale_of
from sequela.report.own_study import own_study
from sequela.report.pool_tables import left_out_table, sensitivity_table, study_table
from tests.end_to_end.folders import sequela
from tests.evidence.registers import register, study, written

from .read_drawing import inside, parts, texts

COLUMNS = ("analysis", "endpoint", "variable", "group", "statistic", "value", "low", "high", "n", "records_kind")
RATIO = ("survival", "pfs.ema", "ECOG", "new", "adjusted_hazard_ratio", 1.4, 0.9, 2.2, 60, "observed")
CRUDE = ("survival", "pfs.ema", None, "new", "hazard_ratio", 1.6, 1.0, 2.5, 60, "observed")


def pooled(question="pfs", **options):
    return synthesise(select(load_register(), question, **options))


def report(folder, *rows):
    folder.mkdir()
    pl.DataFrame(list(rows), schema=COLUMNS, orient="row").write_parquet(folder / "results.parquet")
    return folder


def said(figure):
    return " ".join(texts(figure))


def test_the_table_ends_with_the_pool_the_prediction_and_the_own_study(tmp_path):
    found = pooled()
    own = own_study(report(tmp_path / "mine", CRUDE, RATIO), found.selection)
    rows = [row.cells for row in study_table(found, own).rows]
    assert [row[0] for row in rows[-3:]] == ["Pooled", "A new study, prediction", "Own study: mine"]
    assert rows[-3][2] == "1.80 (0.59–5.47)" and rows[-2][2] == "0.01 to >100" and rows[-1][2] == "1.40 (0.90–2.20)"
    assert rows[0][1].startswith("HR 3.07 (1.46-6.54)") and "seed" in rows[0][6]
    assert rows[-1][4] == "new, adjusted for ECOG"


def test_what_moved_and_what_was_left_out_is_told():
    found = pooled()
    moved = sensitivity_table(found)
    changed = [row.cells[0] for row in moved.rows]
    assert {"without SePHER 2020", "common effect", "REML, normal interval"} <= set(changed)
    assert any(text.startswith("taking Fabi 2017") for text in changed)
    assert any("printed 0.049" in note for note in moved.notes)
    left = {(row.cells[0], row.cells[2].split(" ")[0]) for row in left_out_table(found).rows}
    assert {("EMILIA", "another"), ("Vici 2017", "patients"), ("Vici 2017", "nothing")} <= left


@pytest.mark.parametrize("question", ["pfs", "pfs.median", "response"])
def test_the_figure_says_every_number_of_the_table(question):
    found = pooled(question)
    shown = said(forest_figure(found))
    for row in study_table(found).rows[: len(found.rows) + 1]:
        assert row.cells[2] in shown
    assert "Published results" in shown
    assert svg_bytes(forest_figure(found)) == svg_bytes(forest_figure(found))


def test_the_figure_names_the_printed_limits_where_others_were_pooled(tmp_path):
    shown = " ".join(said(forest_figure(pooled())).split())
    assert "printed are Noda-Narita 2019 1.46–6.54, SePHER 2020 1.00–1.67." in shown
    assert "SePHER 2020 4.7–7.3" in " ".join(said(forest_figure(pooled("pfs.median"))).split())
    middles = [study(f"s{k}", "hazard_ratio: 0.80 (0.64-1.00)") for k in range(3)]
    assert "symmetric" not in said(forest_figure(synthesise(select(register(tmp_path, *middles), "pfs"))))


def test_places_keep_their_order_and_stay_inside_the_plot():
    scale = scale_of(pooled(), None)
    places = [scale.at(scale.within(value)) for value in (0.001, 0.5, 1.0, 2.0, 9.0, 1e9)]
    assert places == sorted(places) and places[1] < places[2] < places[3]
    assert places[0] == scale.start and places[-1] == scale.end
    assert scale.at(2.0) - scale.at(1.0) == pytest.approx(scale.at(4.0) - scale.at(2.0))


def test_squares_intervals_and_the_pool_stand_at_their_numbers():
    found = pooled()
    drawing, scale = forest_figure(found), scale_of(pooled(), None)
    squares = [(mark.points[0][0] + mark.points[1][0]) / 2 for mark in parts(drawing, "study")]
    assert [scale.number(place) for place in squares] == pytest.approx([row.value for row in found.rows])
    ends = [scale.number(x) for line in parts(drawing, "interval")[: len(found.rows)] for x, _ in line.points]
    assert ends == pytest.approx([scale.within(end) for row in found.rows for end in (row.low, row.high)])
    (pool,) = parts(drawing, "pool")
    places = [scale.number(x) for x, _ in pool.points[:3]]
    assert places == pytest.approx([found.low, found.value, found.high])


def test_an_own_study_of_unreal_patients_is_stamped(tmp_path):
    found = pooled()
    own = own_study(report(tmp_path / "mine", (*RATIO[:-1], "reconstructed")), found.selection)
    shown = said(forest_figure(found, own))
    assert STAMPS[Kind.RECONSTRUCTED] in shown and "Own study, not pooled" in shown


def test_the_command_prints_and_writes(tmp_path):
    code, out, err = sequela("pool", "--study", report(tmp_path / "mine", RATIO), "--out", tmp_path / "pool")
    assert code == 0, err
    assert "1.80 (0.59–5.47)" in out and "How the pool moves" in out and "Left out" in out
    names = {path.name for path in (tmp_path / "pool").iterdir()}
    assert names == {"forest.svg", "pool.csv", "sensitivity.csv", "left_out.csv"}
    assert sequela("pool", "--pdf", "--out", tmp_path / "pdf")[0] == 0
    assert (tmp_path / "pdf" / "forest.pdf").read_bytes().startswith(b"%PDF")
    table = pl.read_csv(io.BytesIO((tmp_path / "pool" / "pool.csv").read_bytes()))
    assert set(table["records"]) == {"published"} and table["Study"][-1] == "Own study: mine"


def test_the_command_refuses_two_clocks_and_a_pool_of_one():
    code, out, err = sequela("pool", "--endpoint", "os")
    assert code == 2 and "2 clocks" in err and not out
    code, out, err = sequela("pool", "--endpoint", "os", "--clock", "metastatic diagnosis")
    assert code == 5 and "SePHER" in out and "a pool needs two" in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("rows", "code", "words"),
    [
        ([(*RATIO[:1], "os", *RATIO[2:]), (*RATIO[:1], "ttp", *RATIO[2:])], 2, "several"),
        ([(*RATIO[:3], "a", *RATIO[4:]), (*RATIO[:3], "b", *RATIO[4:])], 2, "several"),
        ([(*RATIO[:4], "median_days", *RATIO[5:])], 5, "no hazard ratio"),
        ([(*RATIO[:5], float("nan"), *RATIO[6:])], 5, "no hazard ratio"),
    ],
)
def test_an_own_study_that_cannot_stand_there(tmp_path, rows, code, words):
    done = sequela("pool", "--study", report(tmp_path / "mine", *rows))
    assert done[0] == code and words in done[2]


def test_a_folder_that_is_no_report(tmp_path):
    assert sequela("pool", "--study", tmp_path)[0] == 2
    folder = report(tmp_path / "mine", RATIO)
    pl.DataFrame({"a": [1]}).write_parquet(folder / "results.parquet")
    assert sequela("pool", "--study", folder)[0] == 2
    shutil.rmtree(folder)
    code, _, err = sequela("pool", "--endpoint", "response", "--study", folder)
    assert code == 2 and "hazard ratios" in err


def test_brackets_in_a_label_are_printed(tmp_path):
    ratio = "hazard_ratio: 2.0 (1.0-4.0)"
    studies = [study(key, ratio).replace(f"label: {key.title()}", f'label: "[bold] {key}"') for key in ("a", "b")]
    code, out, err = sequela("pool", written(tmp_path, *studies))
    assert code == 0 and "[bold] a" in out, err


def test_csv_is_one_table():
    code, out, _ = sequela("pool", "--format", "csv")
    table = pl.read_csv(io.StringIO(out))
    assert code == 0 and table["Study"].to_list()[-2:] == ["Pooled", "A new study, prediction"]


def test_many_studies_with_long_labels_and_an_own_study_far_out_stay_on_the_page(tmp_path):
    names = [f"Study {k} of a group with a long name" for k in range(12)]
    limits = ["(0.40-1.60)", "(0.02-30.0)", "(0.70-0.92)"]
    studies = [
        study(f"s{k}", f"hazard_ratio: 0.80 {limits[k % 3]}").replace(f"label: S{k}", f"label: {name}")
        for k, name in enumerate(names)
    ]
    found = synthesise(select(register(tmp_path, *studies), "pfs"))
    assert found.small_studies is not None
    own = own_study(report(tmp_path / "mine", (*RATIO[:5], 25.0, 0.01, 90.0, *RATIO[8:])), found.selection)
    figure = forest_figure(found, own)
    shown = said(figure)
    assert inside(figure) and "Egger" in shown and "25.00 (0.01–90.00)" in shown
