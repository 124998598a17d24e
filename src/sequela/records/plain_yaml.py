"""YAML as plain values, read by the C library of PyYAML where there is one: ten times as fast."""

from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def plain_yaml(text: str) -> Any:
    """Return the content of a YAML text as mappings, lists, texts and numbers; never an object of a program.

    Raises
    ------
    yaml.YAMLError
        With `problem_mark`, the place, where the text is no YAML.
    """
    return yaml.load(text, Loader=_LOADER)
