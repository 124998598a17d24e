"""The page on response says what the code does: every generated table is made again and compared."""

import re
from pathlib import Path

from sequela.derive.best_response import READINGS
from sequela.derive.recist_lesions import OTHER_SITE, SITES
from sequela.derive.recist_rules import rules_page
from sequela.derive.recist_sites import DISAGREEMENT_COLUMNS
from sequela.derive.recist_time_points import TIME_POINT_COLUMNS

PAGE = (Path(__file__).parents[2] / "docs" / "response.md").read_text(encoding="utf-8")


def part(name):
    found = re.search(rf"<!-- {name}: begin[^\n]*-->\n(.*?)<!-- {name}: end -->", PAGE, re.DOTALL)
    return found.group(1)


def test_the_rules_are_those_that_run():
    assert part("rules") == rules_page() + "\n"


def test_the_readings_are_those_that_run():
    rows = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in READINGS.items())
    assert part("readings") == "| `complete_then_partial` | meaning |\n| --- | --- |\n" + rows


def test_the_sites_are_those_that_run():
    rows = "".join(f"| {name} | {', '.join(organs)} |\n" for name, organs in SITES.items())
    assert part("sites") == f"| site | organs |\n| --- | --- |\n{rows}| {OTHER_SITE} | every other organ |\n"


def test_the_columns_of_disagreement_are_those_of_the_table():
    named = re.findall(r"^\| `(\w+)` \|", part("disagreement"), re.MULTILINE)
    assert named == list(DISAGREEMENT_COLUMNS)


def test_the_columns_are_those_of_the_table():
    named = re.findall(r"^\| `(\w+)` \|", part("columns"), re.MULTILINE)
    assert named == list(TIME_POINT_COLUMNS)
