"""What a paper printed, read with its zeros; what is wrong with a file, all at once and by line."""

from pathlib import Path

import pytest

from sequela.errors import StudyError
from sequela.evidence.load_printed import load_printed
from sequela.evidence.template import template_of

SMALL = """\
version: 1
title: Two arms
groups: {A: 10, B: 12}
time_to_event:
  median: {A: 3.0 (2.1-4.9), B: 6.5 (4.0-9.8)}
  events: {A: 9, B: 10}
comparisons:
  - {group: A, reference: B, log_rank_p: 0.0400, hazard_ratio: 2.10 (1.02-4.40)}
categorical:
  sex:
    counts: {female: {A: 4, B: 6}, male: {A: 6, B: 6}}
"""


def read(tmp_path, text):
    path = tmp_path / "printed.yaml"
    path.write_text(text, encoding="utf-8")
    return load_printed(path)


def problems(tmp_path, text):
    with pytest.raises(StudyError) as caught:
        read(tmp_path, text)
    return [str(problem) for problem in caught.value.problems]


def test_zeros_are_precision(tmp_path):
    found = read(tmp_path, SMALL)
    p_value = found.comparisons[0].log_rank_p.value
    assert (p_value.text, p_value.decimals) == ("0.0400", 4)
    assert (p_value.low, p_value.high) == (0.03995, 0.04005)
    median = found.median["A"]
    assert (median.value.value, median.low.value, median.high.value, median.line) == (3.0, 2.1, 4.9, 5)
    assert found.sizes == (10, 12) and found.conventions[0].median_interval == "log-log"


def test_dashes_and_words_between_limits(tmp_path):
    for dash in ("–", " - ", " to "):
        assert read(tmp_path, SMALL.replace("2.1-4.9", f"2.1{dash}4.9")).median["A"].high.text == "4.9"


def test_every_problem_at_once_with_its_line(tmp_path):
    text = SMALL.replace("log_rank_p", "logrank_p").replace("A: 4,", "A: 5,").replace("3.0 (2.1-4.9)", "three")
    found = problems(tmp_path, text)
    assert found[0] == "printed.yaml:5: 'three'; expected 2.8 or 2.8 (1.7-4.8)."
    assert any(line.startswith("printed.yaml:8: unknown key 'logrank_p'") and "log_rank_p" in line for line in found)
    assert any("A: the levels add up to 11; expected 10" in line for line in found)
    assert len(found) == 3


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("version: 1", "version: 2", "version '2'"),
        ("groups: {A: 10, B: 12}", "groups: {A: ten, B: 12}", "'ten'"),
        ("groups: {A: 10, B: 12}", "groups: {A: 10, B: 12, all: 3}", "a group called 'all'"),
        ("groups: {A: 10, B: 12}", "groups: {A: -1, B: 12}", "'-1'"),
        ("groups: {A: 10, B: 12}", "groups: {A: 999999999999, B: 12}", "999999999999"),
        ("reference: B", "reference: C", "'C'"),
        ("reference: B", "reference: A", "compared with itself"),
        ("0.0400", "1.0400", "between 0 and 1"),
        ("3.0 (2.1-4.9)", "3.0 (3.9-4.9)", "3.0 outside 3.9-4.9"),
        ("3.0 (2.1-4.9)", "[3.0]", "a list"),
        ("title: Two arms", "title: &x Two arms", "an anchor, an alias or a tag"),
        ("title: Two arms", "title: !!python/object:os.system x", "an anchor, an alias or a tag"),
        ("title: Two arms", "groups: {A: 1}", "twice"),
        ("title: Two arms", "title: [", "YAML"),
        ("  events: {A: 9, B: 10}", "  events: {A: 9, B: 10}\n  deaths: {A: 1}", "unknown key 'deaths'"),
    ],
)
def test_hostile_files(tmp_path, before, after, words):
    assert before in SMALL
    assert any(words in line for line in problems(tmp_path, SMALL.replace(before, after)))


def test_files_that_are_no_files(tmp_path):
    for content in (b"", b"- 1\n- 2\n", b"\xff\xfe\x00", b"a: " + b"[" * 1500, b"just words"):
        path = tmp_path / "printed.yaml"
        path.write_bytes(content)
        with pytest.raises(StudyError):
            load_printed(path)
    with pytest.raises(StudyError):
        load_printed(tmp_path / "absent.yaml")


def test_references_between_covariates(tmp_path):
    text = SMALL + "continuous:\n  total: {unit: months, sum_of: [drug], median: {A: 3.0}}\n"
    assert any("'drug'" in line for line in problems(tmp_path, text))


def test_the_records_section_names_its_own_problems(tmp_path):
    text = SMALL + "records: {index_drug: x, starts: {from: 2020-02-30, to: 2019-01-01}, cut_off: soon, centre: y}\n"
    with pytest.raises(StudyError) as caught:
        template_of(read(tmp_path, text))
    found = [str(problem) for problem in caught.value.problems]
    assert any("'2020-02-30'" in line for line in found) and any("'soon'" in line for line in found)
    assert any("unknown key 'centre'" in line for line in found)


def test_the_stored_paper_reads():
    import sequela.replicate

    folder = Path(sequela.replicate.__file__).parent / "papers" / "noda-narita-2019"
    assert template_of(load_printed(folder / "printed.yaml")).index_drug == "trastuzumab emtansine"
