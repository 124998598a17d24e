"""Printed numbers that exclude each other are named, with what they exclude."""

from sequela.evidence.contradictions import contradictions, on_grid
from sequela.evidence.load_printed import load_printed
from sequela.evidence.printed import Conventions
from sequela.evidence.rounding import rounded

TABLE = """\
version: 1
groups: {A: 18, B: 24}
time_to_event:
  observed: {A: 2.8, B: 7.5, all: 9.9}
  events: {all: 38}
comparisons:
  - {group: A, reference: B, hazard_ratio: 3.07 (1.46-6.54)}
categorical:
  receptor:
    counts: {negative: {A: 7, B: 14}, positive: {A: 11, B: 10}}
    totals: {positive: 22, negative: 21}
    p: {pearson: 0.4740}
continuous:
  drug: {unit: months, given: {A: 0, B: 6}, median: {B: 6.79 (1.8-10.8)}}
stopped: {progression: 37, toxicity: 1}
"""


def found(tmp_path, text=TABLE, interval="profile likelihood"):
    path = tmp_path / "printed.yaml"
    path.write_text(text, encoding="utf-8")
    items = contradictions(load_printed(path), Conventions(hazard_ratio_interval=interval))
    return {item.name: item for item in items}


def test_each_contradiction_is_named_with_what_it_contradicts(tmp_path):
    items = found(tmp_path)
    assert set(items) == {
        "receptor positive total",
        "receptor p pearson",
        "observed all",
        "drug B",
        "stopped for progression",
    }
    assert items["receptor positive total"].against == ("receptor positive A", "receptor positive B")
    assert "11 + 10 = 21, printed 22" in items["receptor positive total"].reason
    assert "12/12 in column 2" in items["receptor p pearson"].reason
    assert items["observed all"].against == ("observed A", "observed B")
    assert items["stopped for progression"].against == ("events all",)


def test_a_skewed_interval_is_no_wald_interval(tmp_path):
    name = "hazard ratio A against B"
    assert name not in found(tmp_path)
    assert found(tmp_path, interval="Wald")[name].against == (f"{name} low", f"{name} high")


def test_more_events_than_patients(tmp_path):
    assert "43 events in 42 patients" in found(tmp_path, TABLE.replace("all: 38", "all: 43"))["events all"].reason


def test_nothing_is_found_where_everything_agrees(tmp_path):
    text = TABLE.replace("positive: 22", "positive: 21").replace("pearson: 0.4740", "pearson: 0.2123")
    text = text.replace("all: 9.9", "all: 4.8").replace("6.79", "6.78").replace("progression: 37", "progression: 38")
    assert found(tmp_path, text) == {}


def test_medians_of_whole_days():
    """206.5 / 30.4375 = 6.7844, 207 / 30.4375 = 6.8008; 206.5 / (365 / 12) = 6.7890."""
    assert not on_grid(rounded("6.79"), 30.4375)
    assert on_grid(rounded("6.78"), 30.4375) and on_grid(rounded("6.80"), 30.4375)
    assert on_grid(rounded("6.79"), 365 / 12)
