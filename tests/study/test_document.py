"""What a study file may look like on disk, and what its reader says where it is not YAML."""

import pytest

from sequela.errors import StudyError
from sequela.study.document import read_document


def read(folder, content):
    path = folder / "study.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_document(path)


def said(folder, content):
    with pytest.raises(StudyError) as caught:
        read(folder, content)
    return str(caught.value).replace(str(folder) + "/", "")


def test_values_stay_what_was_written(tmp_path):
    document = read(tmp_path, "a: yes\nb: 2014-04-01\nc: 010\nd: 1.5\ne: true\nf: ~\ng: '7'\nh: 1:30\nNo: off\n")
    assert document.value == {
        "a": "yes",
        "b": "2014-04-01",
        "c": 10,
        "d": 1.5,
        "e": True,
        "f": None,
        "g": "7",
        "h": "1:30",
        "No": "off",
    }


def test_every_place_has_its_line(tmp_path):
    document = read(tmp_path, "a:\n  - one\n  - b: two\n    c: three\n# remark\nd: {e: 1,\n    f: 2}\n")
    assert document.lines[("a", 0)] == 2
    assert document.lines[("a", 1, "c")] == 4
    assert document.lines[("d", "f")] == 7
    assert document.where(("a", 1, "c", "not written")).endswith("study.yaml:4")


def test_an_alias_repeats_a_value(tmp_path):
    assert read(tmp_path, "a: &x [1, 2]\nb: *x\n").value["b"] == [1, 2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "study.yaml: the file is empty; expected a study. docs/study-language.md shows a whole one."),
        ("# nothing\n", "study.yaml: the file is empty; expected a study. docs/study-language.md shows a whole one."),
        (
            "\n- version: 1\n- title: x\n",
            "study.yaml:2: the file is a list; expected keys such as 'version:' and 'time_zero:' at the left margin.",
        ),
        (
            "hello\n",
            "study.yaml:1: the file is a single text; "
            "expected keys such as 'version:' and 'time_zero:' at the left margin.",
        ),
        (
            "population:\n\t- metastatic\n",
            "study.yaml:2: a tab at the start of a line; expected spaces. Replace each tab by two spaces.",
        ),
        (
            "population:\n  - age: >= 18\n",
            "study.yaml:2: a value that starts with '>' without quotes; expected quotes, such as \">= 18\".",
        ),
        (
            "title: T-DM1: a question\n",
            "study.yaml:1: a second ': ' on one line, or a line that is indented too far. "
            "Put a text that contains ': ' in quotes; line up keys of the same level.",
        ),
        ("a: 1\n---\nb: 2\n", "study.yaml:2: a second document after '---'; expected one study per file."),
        (
            "a: \x07\n",
            "study.yaml: a character that YAML does not allow. Retype or delete it; save as plain text.",
        ),
        (b"title: caf\xe9\n", "study.yaml: byte 11 is not UTF-8 text. Save the file as UTF-8."),
        ("a: &x [*x]\n", "study.yaml:1: an alias that contains itself; expected a study file of one screen."),
        (
            "a: &a [0,0,0,0,0,0,0,0,0,0]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
            "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n",
            "study.yaml:1: more than 10000 values; expected a study file of one screen.",
        ),
    ],
)
def test_what_is_no_study_is_explained(tmp_path, content, message):
    assert said(tmp_path, content) == message


def test_broken_brackets_are_located(tmp_path):
    message = said(tmp_path, "version: 1\ngroups: {A: x\ntitle: y\n")
    assert message.startswith("study.yaml:3: ") or message.startswith("study.yaml:4: ")


def test_deep_nesting_is_refused(tmp_path):
    assert "nested too deeply" in said(tmp_path, "a: " + "[" * 5000)


def test_a_folder_a_missing_and_a_huge_file(tmp_path):
    with pytest.raises(StudyError, match="this is a folder"):
        read_document(tmp_path)
    with pytest.raises(StudyError, match="there is no such file"):
        read_document(tmp_path / "study.yml")
    assert "larger than 1 MB" in said(tmp_path, "a: " + "x" * 1_000_001)


def test_keys_written_twice_and_keys_that_are_no_words(tmp_path):
    document = read(tmp_path, "a: 1\nb: 2\na: 3\n[x, y]: 4\nc: !secret 5\n")
    found = [str(problem).replace(str(tmp_path) + "/", "") for problem in document.problems]
    assert found == [
        "study.yaml:3: the key 'a' is written twice (first on line 1). Keep one of the two.",
        "study.yaml:4: a key that is a list or mapping; expected a word.",
        "study.yaml:5: the tag '!secret'. Leave it out.",
    ]
    assert document.value["a"] == 1
