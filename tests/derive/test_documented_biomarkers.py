"""The page on biomarkers is made from the data, and names every covariate it speaks of."""

from sequela.derive.baseline import COVARIATES
from sequela.derive.biomarkers import COMPOSED

from .documented_biomarkers import PAGE, with_parts


def test_the_tables_of_the_page_are_the_data():
    page = PAGE.read_text(encoding="utf-8")
    assert with_parts(page) == page, "run: python -m tests.derive.documented_biomarkers"


def test_the_page_names_every_covariate_that_rests_on_a_marker():
    page = PAGE.read_text(encoding="utf-8")
    wanted = set(COMPOSED) | {name for name, covariate in COVARIATES.items() if covariate.rests_on == "her2"}
    assert not [name for name in (*wanted, "ki67", "sepher_ki67", "er", "pgr") if f"`{name}`" not in page]
