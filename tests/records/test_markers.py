"""Markers: one canonical name each, and HER2 by its method."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequela.records.markers import marker, marker_candidates, markers

NEEDED = (
    "ER",
    "PgR",
    "hormone receptor",
    "HER2",
    "HER2 IHC",
    "HER2 ISH",
    "HER2 ISH ratio",
    "HER2 copies",
    "Ki-67",
    "CD8",
    "FOXP3",
    "CD8/FOXP3",
)


def test_the_markers_that_are_computed_with():
    assert [marker(name) for name in NEEDED] == list(NEEDED)


def test_every_canonical_name_is_its_own():
    assert [marker(name) for name in markers().canonical] == list(markers().canonical)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("oestrogen receptor", "ER"),
        ("Estrogen Receptor status", "ER"),
        ("Receptors ER", "ER"),
        ("Menopause", "menopausal status"),
        ("Stato menopausale", "menopausal status"),
        ("Statut ménopausique", "menopausal status"),
        ("閉経状況", "menopausal status"),
        ("PR", "PgR"),
        ("PGR (%)", "PgR"),
        ("hormone_receptor", "hormone receptor"),
        ("HER2/neu", "HER2"),
        ("c-erbB-2", "HER2"),
        ("HER2 status", "HER2"),
        ("IHC HER2", "HER2 IHC"),
        ("HER2 status by IHC", "HER2 IHC"),
        ("HercepTest", "HER2 IHC"),
        ("HER2 FISH", "HER2 ISH"),
        ("HER2 CISH", "HER2 ISH"),
        ("HER2 amplification", "HER2 ISH"),
        ("HER2/CEP17 ratio", "HER2 ISH ratio"),
        ("HER2 FISH ratio", "HER2 ISH ratio"),
        ("HER2 gene copy number", "HER2 copies"),
        ("ERBB2 mutation", "HER2 mutation"),
        ("ki67", "Ki-67"),
        ("MIB-1", "Ki-67"),
        ("CD8+ T cells", "CD8"),
        ("Tregs", "FOXP3"),
        ("CD8/FoxP3 ratio", "CD8/FOXP3"),
        ("PDL1 expression", "PD-L1"),
        ("CPS", "PD-L1 CPS"),
        ("ESR1 mutation", "ESR1"),
        ("CA15-3", "CA 15-3"),
    ],
)
def test_written_markers(written, canonical):
    assert marker(written) == canonical


@pytest.mark.parametrize("written", ["", "status", "FISH", "IHC", "HER2 xyz", "unheard-of"])
def test_markers_that_are_not_guessed(written):
    assert marker(written) is None


@pytest.mark.parametrize(
    ("written", "first"),
    [("FISH", "HER2 ISH"), ("ki 76", "Ki-67"), ("estrogn receptor", "ER"), ("HER2 FSH", "HER2 ISH")],
)
def test_the_best_candidate(written, first):
    assert marker_candidates(written)[0] == first
    assert marker_candidates("qqqqq") == ()


@given(st.data())
def test_case_gaps_and_words_around_do_not_matter(data):
    meanings = {name: found for name, found in markers().meanings.items() if len(found) == 1}
    name = data.draw(st.sampled_from(sorted(meanings)))
    form = data.draw(st.sampled_from(("{} status", "{} (%)", "tumour {}", " {} ")))
    assert marker(form.format(name.upper())) == meanings[name][0]
