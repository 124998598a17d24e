"""Organs: every name has one meaning, synonyms and languages agree, ambiguity is not guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequela.errors import RecordsError
from sequela.records.lexicon import read_lexicon
from sequela.records.organs import AROUND, REGIONS, organ, organ_candidates, organs

CANONICAL = [
    "skin",
    "soft tissue",
    "lymph node",
    "breast",
    "chest wall",
    "bone",
    "bone marrow",
    "liver",
    "lung",
    "pleura",
    "brain",
    "meninges",
    "peritoneum",
    "adrenal",
    "pericardium",
    "ovary",
    "kidney",
    "pancreas",
    "spleen",
    "stomach",
    "colon",
    "eye",
    "other",
    "unspecified",
]


def test_the_canonical_organs():
    assert list(organs().canonical) == CANONICAL
    assert [organ(name) for name in CANONICAL] == CANONICAL


def test_every_canonical_organ_has_other_names():
    told = [meaning for meanings in organs().meanings.values() for meaning in meanings if len(meanings) == 1]
    assert all(told.count(name) >= 2 for name in CANONICAL)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("hepatic", "liver"),
        ("肝転移", "liver"),
        ("右腋窩リンパ節転移", "lymph node"),
        ("骨髄", "bone marrow"),
        ("多発骨転移", "bone"),
        ("Lebermetastasen", "liver"),
        ("métastases osseuses", "bone"),
        ("metastasi linfonodali", "lymph node"),
        ("fígado", "liver"),
        ("cerebrales", "brain"),
        ("longen", "lung"),
        ("OSS", "bone"),
        ("Liver metastases", "liver"),
        ("pulmonary nodules", "lung"),
        ("left lung, lower lobe", "lung"),
        ("osseous", "bone"),
        ("thoracic spine", "bone"),
        ("bone marrow", "bone marrow"),
        ("CNS", "brain"),
        ("cerebral mets", "brain"),
        ("leptomeningeal", "meninges"),
        ("LN", "lymph node"),
        ("nodes", "lymph node"),
        ("axillary lymph nodes", "lymph node"),
        ("mediastinal LN", "lymph node"),
        ("cutaneous", "skin"),
        ("skin of the breast", "skin"),
        ("thoracic wall", "chest wall"),
        ("contralateral breast", "breast"),
        ("pleural effusion", "pleura"),
        ("pericardial effusion", "pericardium"),
        ("ascites", "peritoneum"),
        ("subcutaneous nodule", "soft tissue"),
        ("Lymphknoten", "lymph node"),
        ("poumon", "lung"),
        ("fegato", "liver"),
        ("thyroid", "other"),
    ],
)
def test_written_organs(written, canonical):
    assert organ(written) == canonical


@pytest.mark.parametrize("written", ["", "metastases", "skin and liver", "liver/lung", "mediastinum", "local", "xyz"])
def test_organs_that_are_not_guessed(written):
    assert organ(written) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("hepatc", ("liver",)),
        ("cutanous", ("skin",)),
        ("skin and liver", ("skin", "liver")),
        ("mediastinum", ("lymph node", "other")),
        ("qqqq", ()),
    ],
)
def test_candidates(written, expected):
    assert organ_candidates(written)[: len(expected) or None] == expected


@given(st.data())
def test_case_gaps_and_words_around_do_not_matter(data):
    meanings = {name: found for name, found in organs().meanings.items() if len(found) == 1}
    name = data.draw(st.sampled_from(sorted(meanings)))
    form = data.draw(st.sampled_from(("{} metastases", "left {}", "{} (new lesion)", " {}")))
    assert organ(form.format(name.upper())) == organ(name) == meanings[name][0]


def test_words_around_are_no_organs():
    assert not [word for word in AROUND if word in organs().meanings and word not in ("local", "locoregional")]
    alone = {word for word in REGIONS if word in organs().meanings}
    assert alone == {"axillary", "supraclavicular", "infraclavicular", "mammary"}
    assert organ("axillary skin") == "skin"


def test_a_contradicting_table_is_refused(tmp_path):
    table = tmp_path / "organs.csv"
    table.write_text("name,organ\nliver,liver\nlung,lung\nhepatic,liver\nHepatic,lung\nrenal,kidney\n")
    with pytest.raises(RecordsError) as refused:
        read_lexicon(table)
    assert [problem.where for problem in refused.value.problems] == ["organs.csv:5", "organs.csv:6"]
