"""Each line of the ASCO/CAP tables, on both sides of each cut-off, worked from the printed figures."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequela.derive.her2 import her2_status
from sequela.derive.her2_guidelines import HER2_GUIDELINES, NO_STAINING, limits
from sequela.records.her2_results import Amount, Her2Result

NEWEST = ("asco_cap_2018", "asco_cap_2023")
P, E, N = "positive", "equivocal", "negative"


def exactly(value):
    return None if value is None else Amount(value, value)


def status(name, ratio=None, copies=None, ihc=None, word=None, share=None):
    result = Her2Result(
        score=None if ihc is None else frozenset({ihc}),
        ratio=exactly(ratio),
        copies=exactly(copies),
        hybridisation=word,
        share=exactly(share),
    )
    return her2_status(result, HER2_GUIDELINES[name]).status


# (ratio, copies) -> status by hybridisation alone and with IHC 2+.
WOLFF_2007 = [
    (2.21, None, P), (2.2, None, E), (1.8, None, E), (1.79, None, N),
    (2.3, 3.0, P), (1.7, 9.0, N), (2.0, 9.0, E),
    (None, 6.01, P), (None, 6.0, E), (None, 4.0, E), (None, 3.99, N),
]  # fmt: skip
WOLFF_2013 = [
    (2.0, None, P), (1.99, None, N), (2.0, 3.9, P), (2.4, 3.5, P),
    (1.99, 6.0, P), (1.99, 5.99, E), (1.99, 4.0, E), (1.99, 3.99, N),
    (None, 6.0, P), (None, 5.99, E), (None, 4.0, E), (None, 3.99, N),
]  # fmt: skip


@pytest.mark.parametrize("ihc", [None, 2])
@pytest.mark.parametrize(("ratio", "copies", "expected"), WOLFF_2007)
def test_hybridisation_by_2007(ratio, copies, expected, ihc):
    assert status("asco_cap_2007", ratio, copies, ihc) == expected


@pytest.mark.parametrize("ihc", [None, 2])
@pytest.mark.parametrize(("ratio", "copies", "expected"), WOLFF_2013)
def test_hybridisation_by_2013(ratio, copies, expected, ihc):
    assert status("asco_cap_2013", ratio, copies, ihc) == expected


# Group, ratio and copies, and the status with IHC none, 0, 1+, 2+, 3+ (Wolff 2018, figures 2 to 6).
WOLFF_2018 = [
    ("group 1", 2.0, 4.0, (P, P, P, P, P)),
    ("group 1", 5.0, 12.0, (P, P, P, P, P)),
    ("group 2", 2.0, 3.99, (E, N, N, N, P)),
    ("group 2", 3.0, 3.0, (E, N, N, N, P)),
    ("group 3", 1.99, 6.0, (E, N, N, P, P)),
    ("group 4", 1.99, 5.99, (E, N, N, N, P)),
    ("group 4", 1.99, 4.0, (E, N, N, N, P)),
    ("group 5", 1.99, 3.99, (N, N, N, N, P)),
    ("copies from 6", None, 6.0, (P, P, P, P, P)),
    ("copies 4 to below 6", None, 5.99, (E, N, N, E, P)),
    ("copies 4 to below 6", None, 4.0, (E, N, N, E, P)),
    ("copies below 4", None, 3.99, (N, N, N, N, P)),
    ("ratio from 2.0", 2.0, None, (P, P, P, P, P)),
    ("ratio below 2.0", 1.99, None, (N, N, N, N, P)),
]


@pytest.mark.parametrize("name", NEWEST)
@pytest.mark.parametrize(("group", "ratio", "copies", "expected"), WOLFF_2018)
def test_groups_of_2018(name, group, ratio, copies, expected):
    found = HER2_GUIDELINES[name].hybridisation(exactly(ratio), exactly(copies))
    assert found.group == group
    assert tuple(status(name, ratio, copies, ihc) for ihc in (None, 0, 1, 2, 3)) == expected


@pytest.mark.parametrize("name", HER2_GUIDELINES)
def test_staining_alone_and_beside_a_word(name):
    scores = (None, 0, 1, 2, 3)
    assert tuple(status(name, ihc=ihc) for ihc in scores) == (None, N, N, E, P)
    assert tuple(status(name, ihc=ihc, word=P) for ihc in scores) == (P, P, P, P, P)
    assert tuple(status(name, ihc=ihc, word=N) for ihc in scores) == (N, N, N, N, P)
    assert tuple(status(name, ihc=ihc, word=E) for ihc in scores) == (E, N, N, E, P)


@pytest.mark.parametrize(("name", "share"), [("asco_cap_2007", 30), *((n, 10) for n in ("asco_cap_2013", *NEWEST))])
def test_strong_staining_must_exceed_a_share_of_the_cells(name, share):
    assert status(name, ihc=3, share=share) == E
    assert status(name, ihc=3, share=share + 1) == P
    assert status(name, ihc=1, share=share) == N


def test_the_guidelines_differ_where_they_are_known_to():
    """Ratio 2.1: equivocal, positive; ratio 2.4 with 3.5 copies and IHC 2+: positive, positive, negative."""
    names = ("asco_cap_2007", "asco_cap_2013", "asco_cap_2018")
    assert [status(name, 2.1, 3.5, 2) for name in names] == [E, P, N]
    assert [status(name, 2.4, 3.5, 2) for name in names] == [P, P, N]
    assert [status(name, 1.5, 5.0, 2) for name in names] == [N, E, N]


@pytest.mark.parametrize("name", HER2_GUIDELINES)
def test_exactly_one_line_answers_each_combination(name):
    guideline = HER2_GUIDELINES[name]
    ratios = [None, 0.5, 1.79, 1.8, 1.99, 2.0, 2.2, 2.21, 9.0]
    copies = [None, 1.0, 3.99, 4.0, 5.99, 6.0, 6.01, 30.0]
    for ratio, count in itertools.product(ratios, copies):
        lines = [row for row in guideline.hybridisations if row.holds(exactly(ratio), exactly(count))]
        assert len(lines) == (0 if ratio is count is None else 1), (ratio, count)
    results = {row.result for row in guideline.hybridisations} | {P, E, N}
    for result, score in itertools.product(results, (-1, 0, 1, 2, 3)):
        lines = [row for row in guideline.statuses if row.hybridisation == result and score in row.scores]
        assert len(lines) == 1, (result, score)
    assert all(row.source for row in (*guideline.hybridisations, *guideline.statuses)) and guideline.citation
    assert guideline.status("none", NO_STAINING) is None


RANK = {N: 0, E: 1, P: 2}
ratios, counts = st.floats(0.1, 20), st.floats(0.1, 40)
scores = st.sampled_from([None, 0, 1, 2, 3])


@pytest.mark.parametrize("name", HER2_GUIDELINES)
@given(ratio=st.none() | ratios, copies=st.tuples(counts, counts), ihc=scores)
def test_more_copies_never_turn_a_status_down(name, ratio, copies, ihc):
    fewer, more = sorted(copies)
    if ihc is None:  # without staining a 2018 group is open on either side: only the opposite counts
        assert (status(name, ratio, fewer), status(name, ratio, more)) != (P, N)
    else:
        assert RANK[status(name, ratio, fewer, ihc)] <= RANK[status(name, ratio, more, ihc)]


@pytest.mark.parametrize("name", HER2_GUIDELINES)
@given(ratio=st.tuples(ratios, ratios), copies=st.none() | counts, ihc=scores)
def test_a_higher_ratio_never_turns_positive_into_negative(name, ratio, copies, ihc):
    lower, higher = sorted(ratio)
    assert (status(name, lower, copies, ihc), status(name, higher, copies, ihc)) != (P, N)


@pytest.mark.parametrize("name", HER2_GUIDELINES)
@given(ratio=st.none() | ratios, copies=st.none() | counts, ihc=st.tuples(scores, scores))
def test_stronger_staining_never_turns_a_status_down(name, ratio, copies, ihc):
    if None not in ihc:
        weaker, stronger = sorted(ihc)
        assert RANK[status(name, ratio, copies, weaker)] <= RANK[status(name, ratio, copies, stronger)]


@pytest.mark.parametrize("name", HER2_GUIDELINES)
@given(word=st.sampled_from([P, E, N]), ihc=scores)
def test_an_unread_number_is_not_taken_for_a_negative_one(name, word, ihc):
    assert status(name, word=word, ihc=ihc) is not None


def test_limits_are_those_printed():
    assert limits("1.8 to 2.2") == (1.8, 2.2)
    low, high = limits(">= 4.0 and < 6.0")
    assert low == 4.0 and high < 6.0 and high == pytest.approx(6.0)
