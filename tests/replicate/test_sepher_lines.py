"""Who of SePHER's groups moves when lines are counted otherwise, on the reconstructed patients."""

import pytest

from sequela.replicate.paper import PAPERS
from sequela.sources.folder import FolderSource
from sequela.study.cohort import membership
from sequela.study.load import load_study, records_folder

STUDY = PAPERS / "sepher-2020" / "study-sequences.yaml"


@pytest.fixture(scope="module")
def study():
    return load_study(STUDY)


@pytest.fixture(scope="module")
def records(study):
    return FolderSource(records_folder(study, STUDY)).read()


def groups(study, records, **lines):
    """Return the number of each patient's group, under other rules for lines."""
    members = membership(study.model_copy(update={"lines": lines}), records)
    numbers = [int(name.split()[1].rstrip(":")) for name in members["group"]]
    return dict(zip(members["patient_id"], numbers, strict=True))


@pytest.fixture(scope="module")
def default(study, records):
    return groups(study, records)


def test_the_groups_are_those_of_the_paper(default):
    assert [list(default.values()).count(group) for group in (1, 2, 3, 4, 5)] == [194, 148, 177, 11, 25]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        # Trastuzumab beyond progression counted as one line: T-DM1 comes second, as if nothing had been between.
        ({"L09": "same line"}, {(2, 1): 32}),
        # Letrozole in maintenance as a line of its own: T-DM1 comes third.
        ({"L07": "new line"}, {(1, 2): 33, (3, 4): 31}),
        # A pause of four to six months tolerated: what is begun again is no new line.
        ({"L03": 180}, {(2, 1): 6, (4, 3): 1}),
        ({"L03": 90}, {}),
    ],
)
def test_each_reading_of_a_rule_moves_the_patients_whose_course_it_decides(study, records, default, rules, expected):
    then = groups(study, records, **rules)
    assert then.keys() == default.keys()
    moved = [(group, then[patient]) for patient, group in default.items() if then[patient] != group]
    assert {pair: moved.count(pair) for pair in dict.fromkeys(moved)} == expected
