"""Templates are compiled once and kept where Python keeps byte code; a changed template is compiled anew."""

import sys

import pytest
from jinja2 import DictLoader, Environment

from sequela.report.templates import ByteCode, template


@pytest.fixture
def kept(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return lambda: sorted(path.name for path in tmp_path.rglob("*.template"))


def environment(text):
    return Environment(loader=DictLoader({"page": text}), autoescape=True, bytecode_cache=ByteCode())


def test_a_template_compiled_before_is_not_compiled_again(kept, monkeypatch):
    assert environment("{{ 1 + n }} a").get_template("page").render(n=1) == "2 a"
    assert len(kept()) == 1
    monkeypatch.setattr(Environment, "_generate", None)
    assert environment("{{ 1 + n }} a").get_template("page").render(n=2) == "3 a"


def test_a_changed_template_is_compiled_anew(kept):
    environment("{{ 1 + n }} a").get_template("page")
    assert environment("{{ n }} b").get_template("page").render(n=1) == "1 b"
    assert environment("{{ n }} b").get_template("page").render(n=2) == "2 b"
    assert len(kept()) == 1


def test_damaged_byte_code_is_compiled_anew(kept, tmp_path):
    environment("{{ n }}").get_template("page")
    (place,) = (path for path in tmp_path.rglob("*.template"))
    place.write_bytes(place.read_bytes()[:-3])
    assert environment("{{ n }}").get_template("page").render(n=1) == "1"


def test_nothing_is_written_where_python_writes_no_byte_code(kept, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert environment("{{ n }}").get_template("page").render(n=1) == "1"
    assert kept() == []


def test_a_place_that_cannot_be_written_is_no_fault(kept, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "file"))
    assert environment("{{ n }}").get_template("page").render(n=1) == "1"
    assert kept() == []


def test_templates_of_the_room_are_strict_and_escape():
    assert template("card.html").environment.autoescape
    with pytest.raises(Exception, match="opening"):
        template("card.html").render()
