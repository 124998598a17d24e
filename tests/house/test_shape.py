"""No module and no function outgrows its room."""

from pathlib import Path

from .shape import breaches

ROOT = Path(__file__).parents[2]


def test_every_module_and_function_keeps_its_size():
    assert not list(breaches(ROOT / "src")) + list(breaches(ROOT / "tests")) + list(breaches(ROOT / "benchmarks"))


def test_the_check_can_fail(tmp_path):
    long = "def f():\n" + "    a = 1\n" * 60
    (tmp_path / "long.py").write_text(long)
    (tmp_path / "wide.py").write_text("def f(a, b, c, d, e, f, g, h, i): ...\n")
    assert len(list(breaches(tmp_path))) == 2
