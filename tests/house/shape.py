"""Fail when a module or a function outgrows its room."""

import ast
from pathlib import Path

MAX_MODULE, MAX_FUNCTION, MAX_ARGUMENTS = 400, 50, 8


def shape(path):
    """Yield one line per breach: code lines without docstrings, blanks and comments."""
    source = path.read_text()
    tree = ast.parse(source)
    code = {n for n, line in enumerate(source.splitlines(), 1) if line.strip() and not line.lstrip().startswith("#")}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(
            node
        ):
            code -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    if len(code) > MAX_MODULE:
        yield f"{path}: {len(code)} code lines (limit {MAX_MODULE})"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = len(code & set(range(node.lineno, node.end_lineno + 1)))
            arguments = len(node.args.args + node.args.kwonlyargs)
            if lines > MAX_FUNCTION:
                yield f"{path}:{node.lineno} {node.name}: {lines} code lines (limit {MAX_FUNCTION})"
            if arguments > MAX_ARGUMENTS:
                yield f"{path}:{node.lineno} {node.name}: {arguments} arguments (limit {MAX_ARGUMENTS})"


def breaches(root):
    return [line for path in sorted(Path(root).rglob("*.py")) for line in shape(path)]
