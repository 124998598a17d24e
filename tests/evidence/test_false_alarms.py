"""Papers printed from simulated patients are never accused, and a misprint in one is found."""

import numpy as np
import pytest
import yaml

from sequela.errors import StudyError
from sequela.evidence.check_paper import check_paper
from sequela.evidence.load_paper_tables import load_paper_tables
from sequela.evidence.paper_findings import CONTRADICTION, reported
from tests.evidence.invented_papers import at, cells_of, invented_paper, misprinted
from tests.evidence.invented_styles import ROUNDINGS, TESTS


def checked(paper, tmp_path):
    path = tmp_path / "paper.yaml"
    path.write_text(yaml.safe_dump(paper, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return check_paper(load_paper_tables(path))


def false_alarms(papers, seed, tmp_path):
    rng = np.random.default_rng(seed)
    styles, tables, found = set(), 0, []
    for _ in range(papers):
        paper, style = invented_paper(rng)
        styles |= {style.percent_rounding, style.test, style.unknown, style.across}
        tables += len(paper["tables"]["T"]["rows"])
        found += [(finding, style) for finding in reported(checked(paper, tmp_path))]
    assert styles >= {*ROUNDINGS, *TESTS, "level", "dropped", "of all", True, False} or papers < 50
    return tables, found


def test_nothing_is_reported_about_papers_that_are_right(tmp_path):
    tables, found = false_alarms(10, 7, tmp_path)
    assert tables > 80 and found == []


@pytest.mark.slow
def test_nothing_is_reported_about_thousands_of_tables_that_are_right(tmp_path):
    """At most one paper in a hundred is touched, and none is accused of a contradiction."""
    tables, found = false_alarms(400, 11, tmp_path)
    assert tables > 3000
    assert not [f for f, _ in found if f.grade == CONTRADICTION]
    assert len(found) <= 4


@pytest.mark.parametrize("kind", ["count", "percentage"])
def test_a_misprinted_count_or_percentage_is_found(tmp_path, kind):
    """But for one patient more or fewer where the percentage is a whole number, which nobody can see."""
    rng, certain = np.random.default_rng(3), 0
    for _ in range(10):
        paper, _ = invented_paper(rng)
        paths = [path for path, of in cells_of(paper) if of == kind]
        path = paths[rng.integers(len(paths))]
        at(paper, path[:-1])[path[-1]] = misprinted(rng, at(paper, path), kind)
        certain += any(finding.grade == CONTRADICTION for finding in checked(paper, tmp_path))
    assert certain >= 8


ODD = """0|0 (0)|0 (100)|-|NR|NS|999999999|999999999 (100)|5/0 (3)|3/18 (16.7)|0.00 (0.00-0.00)|5 (9-1)|-3 (-5--1)
1.0 (-3.0-4.0)|<0.001|>5|100%|1 ± 0|0.5|1.0000000 (0.0000001-1)|5*|5 (3-NE)|NR (3-4)|<5|<5 (<10%)|1 (ref)|0.000|0 (-)
100 (range 5-9)|4e-3|1.0 (90% CI 0.5-2)|HR 1 (0.5-2)|p = .05|99.9% (5)|1.0 (0.0-NE)|0.999|7/7 (100)|0 years|<0|>1"""
ODD = tuple(ODD.replace("\n", "|").split("|"))


def leaves(node, path=()):
    """Yield the path of every text below tables, ratios, medians and sums."""
    if isinstance(node, str):
        yield path
        return
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        yield from leaves(value, (*path, key))


def test_no_printed_cell_is_too_odd(tmp_path):
    """Any of the cells a paper can hold, in any place, is read and judged, or refused with its line."""
    rng = np.random.default_rng(5)
    refused = 0
    for _ in range(20):
        paper, _ = invented_paper(rng)
        paths = [
            path
            for path in leaves(paper)
            if path[0] in ("tables", "ratios", "medians", "curves", "person_time", "adjusted", "groups")
        ]
        for index in rng.integers(0, len(paths), 3):
            path = paths[index]
            at(paper, path[:-1])[path[-1]] = str(rng.choice(ODD))
        try:
            assert checked(paper, tmp_path)
        except StudyError as problem:
            assert all(p.where.startswith("paper.yaml:") for p in problem.problems)
            refused += 1
    assert 1 < refused < 19
