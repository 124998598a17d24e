"""The waterfall of changes: what is drawn, what is said, and the same bytes twice."""

import polars as pl
import pytest

from sequela.errors import NotEstimableError
from sequela.records.bundle import Kind
from sequela.report.drawing.svg import svg_bytes
from sequela.report.figures.canvas import STAMPS
from sequela.report.figures.waterfall import waterfall_figure

from ..end_to_end.folders import sequela, write_tables
from .read_drawing import inside, parts, texts

SCHEMA = {"patient_id": pl.String, "line": pl.Int32, "change_percent": pl.Float64, "best": pl.String,
          "confirmed": pl.String, "trigger": pl.String}  # fmt: skip
DEPTH = pl.DataFrame(
    [
        ("grown far beyond the page, by name as well", 1, 180.0, "PD", "PD", "T2"),
        ("new", 2, -40.0, "PD", "PD", "N1"),
        ("held", 1, -60.0, "PR", "PR", None),
        ("gone", 1, -100.0, "CR", "SD", None),
        ("unseen", 1, None, "NE", "NE", None),
    ],
    schema=SCHEMA,
    orient="row",
)


def test_what_it_shows_and_says():
    figure = waterfall_figure(DEPTH, Kind.SIMULATED)
    said = " ".join(texts(figure))
    bars = parts(figure, "bar")
    grown, *shrunk = bars
    unit = grown.height / 100
    assert [bar.height / unit for bar in bars] == pytest.approx([100, 40, 60, 100])  # in their order, cut at +100
    assert all(bar.top == pytest.approx(grown.top + grown.height) for bar in shrunk)  # upwards is growth
    assert "+180" in said and STAMPS[Kind.SIMULATED] in said and inside(figure)
    assert said.split().count("*") == 2  # one confirmed response, and the legend
    (cross,) = parts(figure, "new lesion")
    assert bars[1].left < cross.points[0][0] < bars[1].left + bars[1].width
    assert "4 lines, best response CR 1; PR 1; PD 2." in said.replace("\n", " ")
    assert "1 line without a measured change not shown" in said.replace("\n", " ")


def test_many_bars_bear_no_names():
    many = pl.concat([DEPTH.filter(pl.col("patient_id") == "held")] * 41)
    figure = waterfall_figure(many, Kind.OBSERVED)
    assert not any("held" in text for text in texts(figure)) and inside(figure)
    assert svg_bytes(figure) == svg_bytes(waterfall_figure(many, Kind.OBSERVED))


def test_nothing_measured_is_no_picture():
    with pytest.raises(NotEstimableError, match="no target was measured"):
        waterfall_figure(DEPTH.filter(pl.col("change_percent").is_null()), Kind.OBSERVED)


def test_the_command_writes_it(tmp_path):
    folder = write_tables(
        tmp_path / "records",
        patients="patient_id,last_contact\nA,500\n",
        lesions="patient_id,lesion_id,organ,role\nA,L1,liver,target\n",
        measurements="patient_id,lesion_id,day,diameter_mm\nA,L1,0,50\nA,L1,60,20\n",
    )
    code, _, err = sequela("response", folder, "--pdf", "--out", tmp_path / "out")
    assert code == 0 and "waterfall.svg" in err
    depth = pl.read_csv(tmp_path / "out" / "depth.csv")
    assert depth.select("patient_id", "change_percent", "row").rows() == [("A", -60.0, "measurements:3")]
    assert (tmp_path / "out" / "waterfall.pdf").read_bytes().startswith(b"%PDF")
