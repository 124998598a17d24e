"""The generated parts of docs/endpoints.md; `python -m tests.derive.documented_endpoints` writes them anew."""

from collections.abc import Callable
from pathlib import Path

from sequela.derive.endpoint_files import PROFILES
from sequela.derive.endpoint_parts import OCCURRENCES, PLACES, SETTINGS, start_in_words

from .generated_parts import table, with_parts_of

PAGE = Path(__file__).parents[2] / "docs" / "endpoints.md"


def endpoints() -> str:
    rows = [
        (f"`{e.name}`", e.label, start_in_words(e.start), e.meaning, e.reference) for e in map(PROFILES.get, PROFILES)
    ]
    return table(("name", "endpoint", "starts at", "meaning", "source"), rows)


def rules() -> str:
    rows = [(f"`{name}`", rule.id, rule.role, rule.what) for name in PROFILES for rule in PROFILES[name].rules()]
    return table(("endpoint", "rule", "role", "what"), rows)


def remarks() -> str:
    return "".join(f"- `{name}`: {PROFILES[name].remark}\n" for name in PROFILES if PROFILES[name].remark)


def occurrences() -> str:
    rows = [
        (f"`{name}`", part.label.replace("{", "").replace("}", ""), ", ".join(f"`{s}`" for s in part.settings) or "-")
        for name, part in OCCURRENCES.items()
    ]
    return table(("name", "what", "settings"), rows)


def places() -> str:
    return table(("name", "day"), [(f"`{name}`", place.label) for name, place in PLACES.items()])


def settings() -> str:
    rows = [(f"`{name}`", setting.meaning, str(setting.default)) for name, setting in SETTINGS.items()]
    return table(("name", "meaning", "days"), rows)


PARTS: dict[str, Callable[[], str]] = {
    "endpoints": endpoints,
    "rules": rules,
    "remarks": remarks,
    "occurrences": occurrences,
    "places": places,
    "settings": settings,
}


def with_parts(page: str) -> str:
    """Return the page with its generated parts made anew."""
    return with_parts_of(page, PARTS)


if __name__ == "__main__":
    PAGE.write_text(with_parts(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
