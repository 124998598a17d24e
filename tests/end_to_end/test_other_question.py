"""A question of another cancer, written with the README alone, answered and checked by hand."""

import polars as pl
import pytest

from .folders import LUNG_DAYS, lung_folder, lung_tables, sequela


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lung")
    study = lung_folder(folder)
    code, out, err = sequela("run", study, "--out", folder / "report")
    assert code == 0, out + err
    return folder / "report"


def numbers(report, **where):
    rows = pl.read_parquet(report / "results.parquet")
    for column, value in where.items():
        rows = rows.filter(pl.col(column) == value)
    return rows


def test_medians_by_hand(report):
    medians = {row["group"]: row["value"] for row in numbers(report, statistic="median_days", endpoint="os").to_dicts()}
    # Kaplan-Meier by hand: gefitinib 3/4, 2/4 at 200 and below at 300 -> midpoint of the flat 200-300.
    # erlotinib: 3/4 at 250, 2/4 at 500; censored at 600; 0 at 700 -> midpoint of the flat 500-700.
    assert medians["After gefitinib"] == 250
    assert medians["After erlotinib"] == 600


def test_events_and_sizes_by_hand(report):
    rows = numbers(report, statistic="median_days", endpoint="os")
    assert {r["group"]: (r["n"], r["events"]) for r in rows.to_dicts()} == {
        "After gefitinib": (4, 3),
        "After erlotinib": (4, 3),
        "All": (8, 6),
    }


def test_progression_on_the_same_day_for_all(report):
    rows = numbers(report, statistic="median_days", endpoint="pfs.ema")
    assert set(rows["value"]) == {90.0}


def test_log_rank_by_hand(report):
    # Deaths at 100, 200, 250, 300, 500, 700 with (gefitinib, all) at risk 4/8, 3/7, 2/6, 2/5, 0/3, 0/1.
    expected = 4 / 8 + 3 / 7 + 2 / 6 + 2 / 5
    variance = sum(a / n * (1 - a / n) for a, n in ((4, 8), (3, 7), (2, 6), (2, 5)))
    found = numbers(report, statistic="chi_square", endpoint="os")["value"][0]
    assert found == pytest.approx((3 - expected) ** 2 / variance, rel=1e-12)


def test_every_patient_responded(report):
    rows = numbers(report, statistic="count", variable="objective_response")
    assert {r["group"]: r["value"] for r in rows.to_dicts()} == {"After gefitinib": 4, "After erlotinib": 4, "All": 8}


def test_the_report_folder_is_complete(report):
    assert {path.name for path in report.iterdir()} >= {
        "index.html",
        "tables",
        "figures",
        "results.parquet",
        "manifest.json",
    }
    assert list((report / "tables").glob("*.csv")) and list((report / "figures").glob("*.svg"))
    page = (report / "index.html").read_text(encoding="utf-8")
    assert "After gefitinib" in page and "http" not in page.split("<body")[0].replace("http-equiv", "").replace(
        "www.w3.org", ""
    )


def test_the_same_inputs_give_the_same_bytes(report, tmp_path):
    study = lung_folder(tmp_path)
    sequela("run", study, "--out", tmp_path / "report")
    first = {path.relative_to(report): path.read_bytes() for path in report.rglob("*") if path.is_file()}
    second = {
        path.relative_to(tmp_path / "report"): path.read_bytes()
        for path in (tmp_path / "report").rglob("*")
        if path.is_file()
    }
    assert first == second


def test_moving_one_patients_death_moves_the_median(tmp_path):
    moved = {**LUNG_DAYS, "g2": ("gefitinib", 220, True)}
    study = lung_folder(tmp_path, lung_tables(moved))
    sequela("run", study, "--out", tmp_path / "report")
    rows = numbers(tmp_path / "report", statistic="median_days", endpoint="os", group="After gefitinib")
    assert rows["value"].to_list() == [260]
