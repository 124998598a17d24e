"""Small invented papers for the tests of the paper checker."""

from sequela.evidence.check_paper import check_paper
from sequela.evidence.load_paper_tables import load_paper_tables

HEAD = "paper_tables: 1\ncitation: invented\nyear: 2024\npatients: 60\ngroups: {A: 36, B: 24}\n"
TABLE = "tables:\n  T:\n    columns: {A: 36, B: 24}\n    rows:\n"


def loaded(tmp_path, text):
    path = tmp_path / "paper.yaml"
    path.write_text(text, encoding="utf-8")
    return load_paper_tables(path)


def findings(tmp_path, text, head=HEAD):
    return check_paper(loaded(tmp_path, head + text))


def reported(tmp_path, text, head=HEAD):
    """Return check, grade and arithmetic of what a reviewer would report."""
    graded = ("contradiction", "unlikely", "unclear")
    return [(f.check, f.grade, f.recomputed) for f in findings(tmp_path, text, head) if f.grade in graded]


def rows(*lines):
    return TABLE + "".join(f"      {line}\n" for line in lines)
