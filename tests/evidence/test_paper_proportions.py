"""Response rates with confidence intervals; the limits of 3/21 and 11/21 are those of a published abstract."""

import pytest

from tests.evidence.papers import findings


def judged(tmp_path, text):
    found = findings(tmp_path, f"proportions:\n  - {{where: p 3, name: ORR, {text}}}\n")
    (own,) = (finding for finding in found if finding.check == "CC-02")
    return own


@pytest.mark.parametrize(
    ("text", "grade", "words"),
    [
        ("percent: 14.3 (3.0-36.3), count: 3, of: 21", "agrees", "3/21, Clopper-Pearson"),
        ("percent: 52.4% (29.8%-74.3%), of: 21", "agrees", "11/21, Clopper-Pearson"),
        ("percent: 14.3 (5.0-34.6), of: 21", "agrees", "3/21, Wilson"),
        ("percent: 14.3 (3.8-37.4), of: 21", "agrees", "3/21, Wilson with continuity correction"),
        ("percent: 14.3 (0.0-29.3), of: 21", "agrees", "3/21, Wald"),
        ("percent: 14.3 (4.1-35.5), of: 21", "agrees", "3/21, Agresti-Coull"),
        ("percent: 14.3, of: 21", "agrees", "3 of 21"),
        ("percent: 14.3 (3.0-63.3), of: 21", "unlikely", "no usual interval of 3/21"),
        ("percent: 14.3 (15.0-36.3), of: 21", "contradiction", "outside"),
        ("percent: 15.0 (3.0-36.3), count: 3, of: 21", "contradiction", "3/21 = 14.3%"),
        ("percent: 15.0 (3.0-36.3), of: 21", "contradiction", "no whole number of 21"),
        ("percent: 14 (3-36), of: 100000", "not checked", "too many counts"),
        ("percent: NR, of: 21", "not checked", "no percentage"),
    ],
)
def test_rates(tmp_path, text, grade, words):
    found = judged(tmp_path, text)
    assert found.grade == grade and words in found.recomputed


def test_the_limits_that_would_fit_are_proposed(tmp_path):
    assert judged(tmp_path, "percent: 14.3 (3.0-63.3), of: 21").proposal == "3.0-36.3 (Clopper-Pearson)"
