"""The page on endpoints is made from the data."""

from sequela.derive.endpoint_files import PROFILES
from sequela.derive.endpoint_occurrences import FINDERS
from sequela.derive.endpoint_parts import OCCURRENCES, SETTINGS

from .documented_endpoints import PAGE, with_parts


def test_the_tables_of_the_page_are_the_data():
    page = PAGE.read_text(encoding="utf-8")
    assert with_parts(page) == page, "run: python -m tests.derive.documented_endpoints"


def test_every_occurrence_is_found_by_something_and_used_by_an_endpoint():
    assert {name for name, part in OCCURRENCES.items() if not part.censoring} == set(FINDERS)
    assert {name for endpoint in PROFILES.values() for name in endpoint.parts} == set(OCCURRENCES)
    assert {name for endpoint in PROFILES.values() for name, _ in endpoint.settings} == set(SETTINGS)
