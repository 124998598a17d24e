"""Every name can be found: exports have docstrings, decisions are listed, the glossary is sorted by need."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "src").rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT / "src")))
def test_every_module_and_public_name_says_what_it_is(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    public = [
        node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    assert not [node.name for node in public if not ast.get_docstring(node)]


def test_no_room_is_a_drawer():
    drawers = {"utils", "util", "helpers", "helper", "common", "core", "misc"}
    assert not [path for path in MODULES if drawers & {part.lower() for part in path.with_suffix("").parts[-3:]}]


def test_every_room_stands_in_the_architecture():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in (ROOT / "src/sequela").glob("*/__init__.py")}
    assert not {room for room in rooms if f"`{room}/`" not in text}


def test_every_dependency_has_its_reason():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    reasons = (ROOT / "docs/decisions/0002-dependencies.md").read_text().lower()
    named = [
        d.split(">")[0].split("=")[0] for d in [*project["dependencies"], *project["optional-dependencies"]["test"]]
    ]
    assert not [name for name in named if name.lower().removeprefix("types-") not in reasons]
