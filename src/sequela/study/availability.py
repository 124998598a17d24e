"""When a drug could first be given: by country as data, or as the study file says."""

import csv
import datetime
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from sequela.study.phrases import Refusal, did_you_mean, nearest


@cache
def countries() -> Mapping[str, Mapping[str, datetime.date]]:
    """Return per country the first day of the month in which each drug became available."""
    text = (files("sequela.study") / "availability.csv").read_text(encoding="utf-8")
    found: dict[str, dict[str, datetime.date]] = {}
    for line in csv.DictReader(text.splitlines()):
        found.setdefault(line["country"], {})[line["drug"]] = datetime.date.fromisoformat(line["from"])
    return found


def read_availability(value: Any) -> Any:
    """Let the name of a country stand for its drugs and dates."""
    if not isinstance(value, str):
        return value
    known = countries()
    named = {name.lower(): name for name in known}
    if value.strip().lower() not in named:
        remedy = did_you_mean(nearest(value, tuple(known)))
        expected = f"one of: {', '.join(known)}; or drugs with dates, such as {{pertuzumab: 2013-06-01}}"
        raise Refusal(f"no dates are kept for '{value}'", "" if remedy else expected, remedy)
    return dict(known[named[value.strip().lower()]])
