"""A spreadsheet in another language becomes a page without work by hand: map, import, study, run."""

import polars as pl
import pytest

from tests.sources.foreign_sheets import SHEETS, cohort

from .folders import sequela


@pytest.mark.parametrize("language", sorted(SHEETS))
def test_a_sheet_becomes_a_page_with_the_groups_that_its_lines_make(tmp_path, monkeypatch, language):
    monkeypatch.chdir(tmp_path)
    sheet = SHEETS[language](tmp_path)
    assert sequela("map", sheet, "map.yaml")[0] == 0
    assert sequela("import", "spreadsheet", "map.yaml", "records")[0] == 0
    assert sequela("study", "records", "study.yaml", "--drug", "T-DM1", "--after", "pertuzumab")[0] == 0
    code, out, err = sequela("run", "study.yaml", "--out", "out")
    assert code == 0, err
    assert "hazard ratio" in out and (tmp_path / "out" / "index.html").stat().st_size > 10_000
    treated = [one for one in cohort() if len(one.lines) > 1]
    after = sum("pertuzumab" in one.lines[0].drugs for one in treated)
    results = pl.read_parquet(tmp_path / "out" / "results.parquet").filter(statistic="median_days", endpoint="os")
    sizes = dict(results.filter(pl.col("group") != "All").select("group", "n").rows())
    assert sizes == {"After pertuzumab": after, "No pertuzumab": len(treated) - after}
