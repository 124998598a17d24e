"""What the documents show is run: study files load, commands print, Python executes, links lead somewhere."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def blocks(language):
    """Return (page, block) for every fenced block of a language."""
    return [
        pytest.param(page, block, id=f"{page.relative_to(ROOT)}:{number}")
        for page in PAGES
        for number, (kind, block) in enumerate(FENCE.findall(page.read_text(encoding="utf-8")), start=1)
        if kind == language
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    lost = [target for target in LINK.findall(text) if not (page.parent / target).exists()]
    assert not lost


@pytest.mark.parametrize(("page", "block"), [b for b in blocks("yaml") if "version: 1" in b.values[1]])
def test_study_files_load(page, block, tmp_path):
    from sequela.study.load import load_study

    study = tmp_path / "study.yaml"
    study.write_text(block, encoding="utf-8")
    assert load_study(study).title


@pytest.mark.parametrize(("page", "block"), blocks("console"))
def test_commands_run(page, block, tmp_path):
    """Lines that begin with `$ ` are run one after another in an empty folder; each must succeed."""
    program = str(Path(sys.executable).with_name("sequela"))
    for line in block.splitlines():
        if line.startswith("$ sequela"):
            words = shlex.split(line.removeprefix("$ sequela"))
            done = subprocess.run([program, *words], cwd=tmp_path, capture_output=True, text=True)
            assert done.returncode == 0, f"{line}\n{done.stderr}"


@pytest.mark.parametrize(("page", "block"), blocks("python"))
def test_python_runs(page, block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, str(page), "exec"), {"__name__": "document"})


def test_the_first_screen_of_the_readme_says_what_it_must():
    first = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "version: 1" in first and "make demo" in first and "make test" in first and ".svg" in first
