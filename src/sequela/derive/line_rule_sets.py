"""Rule sets of lines of therapy by disease: breast cancer in code, every other disease as a file of differences."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from sequela.derive.line_roles import DrugRoles
from sequela.derive.rules import BREAST, LineRule, LineRules
from sequela.errors import Problem, StudyError, UsageError
from sequela.records.drugs import default_vocabulary
from sequela.records.plain_yaml import plain_yaml

RULE_SETS = ("breast", "lung")
"""Diseases that come with the program."""

_KEYS = ("name", "title", "classes", "rules")
_CLASSES = ("backbone", "directed", "exchangeable", "continued", "ignored")
_OF_RULE = ("value", "meaning", "source")


@cache
def rule_set(name: str) -> LineRules:
    """Return the rule set of a disease that comes with the program; KeyError where there is none."""
    if name not in RULE_SETS:
        raise KeyError(name)
    if name == "breast":
        return BREAST
    text = (files("sequela.derive") / "line_rules" / f"{name}.yaml").read_text(encoding="utf-8")
    return _rule_set(text, f"{name}.yaml")


def read_rule_set(path: Path) -> LineRules:
    """Read the rule set of a disease from a file; what it does not say is as for breast cancer.

    The file has `name`, `title`, `classes` (`backbone`, `directed`, `exchangeable`: classes of the drug
    vocabulary; `continued`: cytotoxic ingredients; `ignored`: modalities) and `rules`: by id the `value`, a
    `meaning` instead of the one for breast cancer, and the `source` of either, which every rule in the file needs.

    Raises
    ------
    StudyError
        With every problem of the file at once.
    UsageError
        Where it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        found = f"the file cannot be read ({error.__class__.__name__})"
        raise UsageError(Problem(path.name, found, "a rule set as a YAML file in UTF-8")) from error
    return _rule_set(text, path.name)


def _rule_set(text: str, where: str) -> LineRules:
    try:
        content = plain_yaml(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        raise StudyError(Problem(place, "this is no YAML", "key: value", "Look at the indentation.")) from error
    if not isinstance(content, Mapping):
        raise StudyError(Problem(where, "the file holds no keys", f"the keys {', '.join(_KEYS)}"))
    problems = _unknown(where, content, _KEYS)
    problems += [Problem(where, f"'{key}' is missing", "a few words") for key in _KEYS[:2] if not _words(content, key)]
    classes, rules = content.get("classes", {}), content.get("rules", {})
    for key, value in (("classes", classes), ("rules", rules)):
        if not isinstance(value, Mapping):
            raise StudyError([*problems, Problem(f"{where}: {key}", "this holds no keys", "key: value")])
    problems += _class_problems(where, classes) + _rule_problems(where, rules)
    if problems:
        raise StudyError(problems)
    kept = {key: tuple(classes[key]) for key in _CLASSES if key in classes}
    changed = {name: said["value"] for name, said in rules.items() if "value" in said}
    own = replace(
        BREAST,
        name=str(content["name"]),
        title=str(content["title"]),
        roles=replace(BREAST.roles, **kept),
        rules=tuple(_reworded(rule, rules.get(rule.id, {})) for rule in BREAST.rules),
    )
    return own.replacing(**changed)


def _words(content: Mapping[str, Any], key: str) -> bool:
    return isinstance(content.get(key), str) and bool(content[key].strip())


def _unknown(where: str, content: Mapping[Any, Any], known: tuple[str, ...]) -> list[Problem]:
    return [
        Problem(f"{where}: {key}", "this key is not known", f"one of {', '.join(known)}")
        for key in content
        if key not in known
    ]


def _class_problems(where: str, classes: Mapping[Any, Any]) -> list[Problem]:
    problems = _unknown(f"{where}: classes", classes, _CLASSES)
    vocabulary = default_vocabulary()
    modalities = tuple(sorted({ingredient.modality for ingredient in vocabulary.ingredients.values()}))
    for key in _CLASSES:
        listed = classes.get(key, [])
        place = f"{where}: classes.{key}"
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            problems.append(Problem(place, "this is no list of names", "a list, such as [taxane, platinum]"))
            continue
        cytotoxic = tuple(n for n, drug in vocabulary.ingredients.items() if drug.modality == "cytotoxic")
        others = {"ignored": ("a modality", modalities), "continued": ("a cytotoxic ingredient", cytotoxic)}
        what, known = others.get(key, ("a class", vocabulary.classes))
        problems += [
            Problem(place, f"'{item}' is not {what} of the drug vocabulary", f"one of {', '.join(known)}")
            for item in listed
            if item not in known
        ]
    return problems


def _rule_problems(where: str, rules: Mapping[Any, Any]) -> list[Problem]:
    problems = []
    known = {rule.id: rule for rule in BREAST.rules}
    for name, said in rules.items():
        place = f"{where}: rules.{name}"
        if name not in known:
            problems.append(Problem(place, "this rule is not known", f"{BREAST.rules[0].id} to {BREAST.rules[-1].id}"))
        elif not isinstance(said, Mapping):
            problems.append(Problem(place, "this holds no keys", f"the keys {', '.join(_OF_RULE)}"))
        else:
            problems += _unknown(place, said, _OF_RULE)
            if not _words(said, "source"):
                problems.append(Problem(place, "the source is missing", "a citation, or 'expert default'"))
            if "value" in said and (expected := known[name].refusal(said["value"])):
                problems.append(Problem(f"{place}.value", f"{said['value']!r}", expected))
    return problems


def _reworded(rule: LineRule, said: Mapping[str, Any]) -> LineRule:
    """Return a rule as a file words it; its default stays that for breast cancer, so that a change shows."""
    if not said:
        return rule
    return replace(rule, meaning=str(said.get("meaning", rule.meaning)), citation=str(said["source"]))


def roles_in_words(roles: DrugRoles) -> tuple[tuple[str, str], ...]:
    """Return what the rules call a backbone, and so on, as label and list."""
    labels = {
        "backbone": "continued in maintenance and beyond progression",
        "directed": "a change is a new line even without progression",
        "exchangeable": "one drug of the class may take the place of another",
        "continued": "cytotoxic, and may go on in maintenance",
        "ignored": "never start or join a line",
    }
    return tuple((label, ", ".join(getattr(roles, name)) or "none") for name, label in labels.items())
