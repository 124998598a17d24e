"""Markers: receptors, proliferation, immune cells, genes, serum markers."""

from functools import cache
from pathlib import Path

from sequela.records.lexicon import Lexicon, read_lexicon

AROUND = (
    *("status", "expression", "level", "levels", "result", "value", "percent", "percentage", "index", "serum"),
    *("tumor", "tumour", "staining", "stain", "nuclei", "cells", "cell", "t"),
    *("lymphocytes", "count", "counts", "density", "by", "local", "central", "primary", "metastasis"),
)
"""Words that say how or where a marker was measured and leave it the same marker."""

KINDS = ("receptor", "receptors")
"""Words that say what a marker is, left out last: `receptors ER` is ER, `estrogen receptor status` needs them."""


@cache
def markers() -> Lexicon:
    """Return the vocabulary of markers that comes with the program."""
    return read_lexicon(Path(__file__).with_name("markers.csv"), AROUND, KINDS)


def marker(name: str) -> str | None:
    """Return the canonical marker of a written one, None where it is unknown or ambiguous."""
    return markers().find(name)


def marker_candidates(name: str, n: int = 3) -> tuple[str, ...]:
    """Return up to `n` canonical markers that were perhaps meant, best first."""
    return markers().candidates(name, n)
