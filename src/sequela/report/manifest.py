"""The manifest: what went in, what ran, what came out; no clock and no path of the machine."""

import hashlib
import json
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from sequela import __version__
from sequela.analyses.study_result import StudyResult
from sequela.report.answer import cautions
from sequela.report.study_text import study_text

DEPENDENCIES = ("Jinja2", "matplotlib", "numba", "numpy", "polars", "pydantic", "PyYAML", "scipy")
NAME = "manifest.json"
FORMAT = "sequela report 1"
"""How a folder is recognised as a report of this program."""


def versions() -> dict[str, str]:
    """Return the versions of this program, of Python and of what the numbers and figures rest on."""
    return {"sequela": __version__, "Python": platform.python_version()} | {
        name: _version(name) for name in DEPENDENCIES
    }


@cache
def _version(name: str) -> str:
    return version(name)


def manifest(result: StudyResult, files: Mapping[str, bytes]) -> str:
    """Return the manifest as JSON text.

    Parameters
    ----------
    result : StudyResult
    files : mapping of str to bytes
        Every other file of the report, by its name inside the folder.
    """
    return json.dumps(_content(result, files), indent=2, ensure_ascii=False) + "\n"


def sha256(content: bytes) -> str:
    """Return the hash of some bytes, as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _content(result: StudyResult, files: Mapping[str, bytes]) -> dict[str, Any]:
    understood = study_text(result.study)
    return {
        "format": FORMAT,
        "title": result.study.title,
        "records_kind": result.records.kind.value,
        "records_title": result.records.title,
        "study": {
            "understood": understood,
            "understood_sha256": sha256(understood.encode()),
            "file": result.study_text or None,
            "file_sha256": sha256(result.study_text.encode()) if result.study_text else None,
        },
        "inputs": [_source(source) for source in result.records.sources],
        "quarantined_rows": len(result.records.quarantine),
        "completed_dates": len(result.records.imputations),
        "notices": len(result.records.notices),
        "seed": result.study.seed,
        "dialect": result.study.dialect,
        "withheld": list(result.withheld),
        "warnings": list(cautions(result)),
        "versions": versions(),
        "outputs": [
            {"name": name, "bytes": len(content), "sha256": sha256(content)} for name, content in sorted(files.items())
        ],
    }


def _source(source: Any) -> dict[str, Any]:
    names = ("table", "name", "sha256", "rows_read", "rows_kept", "rows_quarantined")
    return {name: getattr(source, name) for name in names}
