"""Registers as a user writes them."""

from sequela.evidence.load_register import load_register

HEAD = """\
version: 1
title: A small register
comparison: new against old
studies:
"""

STUDY = """\
  {key}:
    label: {label}
    citation: somewhere
    overlap: {overlap}
    results:
      - endpoint: {endpoint}
        clock: {clock}
        certainty: source
        location: Table 1
        {printed}
"""


def study(key, printed, *, overlap="", endpoint="pfs", clock="treatment start"):
    return STUDY.format(
        key=key, label=key.title(), overlap=overlap or key, endpoint=endpoint, clock=clock, printed=printed
    )


def written(folder, *studies, head=HEAD):
    path = folder / "register.yaml"
    path.write_text(head + "".join(studies), encoding="utf-8")
    return path


def register(folder, *studies, head=HEAD):
    return load_register(written(folder, *studies, head=head))
