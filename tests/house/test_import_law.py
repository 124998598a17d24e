"""Data flows one way: the contracts in pyproject.toml hold."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_rooms_import_only_downwards():
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_the_package_changes_nothing():
    code = (
        "import os, sys, warnings; before = (dict(os.environ), list(warnings.filters), os.getcwd());"
        "import sequela; assert before == (dict(os.environ), list(warnings.filters), os.getcwd());"
        "heavy = {'matplotlib', 'numba', 'scipy', 'polars'} & set(sys.modules); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_answer_needs_no_compiler_and_no_page_and_a_page_no_matplotlib(tmp_path):
    """Each of these costs a person who waits a tenth of a second or more."""
    study = ROOT / "src/sequela/replicate/papers/noda-narita-2019/study.yaml"
    code = (
        "import sys; from pathlib import Path; from sequela.run import run_study; run_study(Path(sys.argv[1]));"
        "heavy = {'matplotlib', 'jinja2', 'numba', 'scipy', 'rich', 'typer'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules);"
        "from sequela.run import run_and_report; run_and_report(Path(sys.argv[1]), Path(sys.argv[2]));"
        "assert not {'matplotlib', 'fontTools', 'PIL'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, study, tmp_path / "report"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
