"""The drug table: every row complete, classes and modalities as outside witnesses have them."""

from pathlib import Path

import pytest

from sequela.records.drug_rows import KINDS, MODALITIES
from sequela.records.drugs import default_vocabulary
from sequela.records.names import inn_spelling, words

ROOT = Path(__file__).parents[2]
DRUGS = default_vocabulary()
NAMES = sorted((name for name in DRUGS.names.values() if name.ingredients), key=lambda name: name.written)


def test_every_ingredient_is_complete():
    incomplete = [
        item.name
        for item in DRUGS.ingredients.values()
        if not (item.drug_class and item.modality in MODALITIES and item.routes and item.source and item.schedule)
    ]
    assert not incomplete


def test_a_cycle_length_or_a_reason_for_none():
    without = {item.schedule for item in DRUGS.ingredients.values() if item.cycle_days is None}
    assert without == {
        "supportive: no line of therapy",
        "modulates fluorouracil: no line of its own",
        "no active substance",
        "unknown drug: no known schedule",
        "given once",
    }
    assert all(item.cycle_days is None for item in DRUGS.ingredients.values() if item.modality == "supportive")


WEEKS = {"weekly": 7, "every 2 weeks": 14, "every 3 weeks": 21, "every 4 weeks": 28, "every 6 weeks": 42}


def test_cycle_lengths_are_those_of_the_schedule():
    wrong = [
        item.name
        for item in DRUGS.ingredients.values()
        if item.schedule in WEEKS and item.cycle_days != WEEKS[item.schedule]
    ]
    assert not wrong
    for text, days in (("run-out of 28 days", 28), ("course of 21 days", 21), ("days 1 and 8 every 3 weeks", 21)):
        lengths = {item.cycle_days for item in DRUGS.ingredients.values() if text in item.schedule}
        assert lengths == {days}, text


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("trastuzumab", 21),
        ("pertuzumab", 21),
        ("trastuzumab emtansine", 21),
        ("trastuzumab deruxtecan", 21),
        ("docetaxel", 21),
        ("paclitaxel", 7),
        ("vinorelbine", 7),
        ("capecitabine", 21),
        ("fulvestrant", 28),
    ],
)
def test_cycle_lengths_of_the_line_rules(name, days):
    assert DRUGS.ingredient(name).cycle_days == days


def test_every_name_points_to_known_ingredients_and_has_a_source():
    for name in DRUGS.names.values():
        assert name.kind in KINDS and name.source, name
        assert all(part in DRUGS.ingredients for part in name.ingredients), name
        assert all(part in DRUGS.ingredients for meaning in name.alternatives for part in meaning), name
        assert bool(name.ingredients) != (len(name.alternatives) > 1), name


def test_no_national_spelling_has_two_meanings():
    meanings = {}
    for name in NAMES:
        if name.kind in ("ingredient", "synonym"):
            meanings.setdefault("".join(map(inn_spelling, words(name.written))), set()).add(name.ingredients)
    assert not {spelling: meant for spelling, meant in meanings.items() if len(meant) > 1}


ATC_GROUPS = {
    "L01FD": {"HER2 antibody", "HER2 ADC"},
    "L01EH": {"HER2 TKI"},
    "L01CD": {"taxane"},
    "L01DB": {"anthracycline"},
    "L01CA": {"vinca alkaloid"},
    "L01XA": {"platinum"},
    "L01B": {"antimetabolite"},
    "L01A": {"alkylator"},
    "L01CB": {"topoisomerase inhibitor"},
    "L01CE": {"topoisomerase inhibitor"},
    "L01EB": {"EGFR TKI"},
    "L01EC": {"BRAF inhibitor"},
    "L01ED": {"ALK TKI"},
    "L01EE": {"MEK inhibitor"},
    "L01EF": {"CDK4/6 inhibitor"},
    "L01EG": {"mTOR inhibitor"},
    "L01EM": {"PI3K inhibitor"},
    "L01FE": {"EGFR antibody"},
    "L01FF": {"PD-1 antibody", "PD-L1 antibody"},
    "L01FG": {"VEGF antibody"},
    "L01XK": {"PARP inhibitor"},
    "L02AE": {"GnRH agonist"},
    "L02BB": {"androgen receptor inhibitor"},
    "L02BG": {"aromatase inhibitor"},
    "L03AA": {"G-CSF"},
    "M05B": {"bone agent"},
    "A04A": {"antiemetic"},
    "H02AB": {"corticosteroid"},
}


def test_classes_agree_with_the_groups_of_the_who_index():
    """The ATC groups are an outside witness: each gathers the ingredients of one class of ours."""
    for group, classes in ATC_GROUPS.items():
        found = {i.drug_class for i in DRUGS.ingredients.values() if i.source.startswith(f"ATC {group}")}
        assert found == classes, group


def test_no_two_ingredients_share_a_code_of_the_who_index():
    coded = [item for item in DRUGS.ingredients.values() if item.source.startswith("ATC ")]
    shared = {i.source for i in coded if sum(i.source == other.source for other in coded) > 1}
    assert shared == {"ATC L01BC53"}  # "tegafur, combinations" is one code
    assert len(coded) > 200


STEMS = {
    "taxel": ("cytotoxic",),
    "rubicin": ("cytotoxic",),
    "platin": ("cytotoxic",),
    "ciclib": ("CDK4/6 inhibitor", "supportive"),  # trilaciclib protects the bone marrow
    "parib": ("PARP inhibitor",),
    "lisib": ("PI3K pathway inhibitor",),
    "sertib": ("PI3K pathway inhibitor",),
    "estrant": ("endocrine",),
    "relin": ("ovarian suppression",),
    "lutamide": ("endocrine",),
    "grastim": ("supportive",),
    "setron": ("supportive",),
    "dronate": ("supportive",),
    "deruxtecan": ("ADC",),
    "vedotin": ("ADC",),
    "emtansine": ("ADC",),
    "mab": ("antibody", "immunotherapy", "supportive"),
    "tinib": ("TKI",),
    "rafenib": ("TKI", "other targeted"),
    "metinib": ("other targeted",),
}


@pytest.mark.parametrize("stem", STEMS)
def test_modalities_agree_with_the_stems_of_international_names(stem):
    allowed = STEMS[stem]
    longer = tuple(other for other in STEMS if other != stem and other.endswith(stem))
    named = [i for i in DRUGS.ingredients.values() if i.name.endswith(stem) and not i.name.endswith(longer or "\0")]
    if stem == "tinib":
        named = [item for item in named if item.drug_class not in ("MEK inhibitor",)]
    assert named
    assert {item.modality for item in named} <= set(allowed)


def test_the_document_counts_what_is_there():
    document = (ROOT / "docs" / "drugs.md").read_text(encoding="utf-8")
    lines = ["| modality | ingredients | other names |", "| --- | ---: | ---: |"]
    for modality in MODALITIES:
        inside = {item.name for item in DRUGS.ingredients.values() if item.modality == modality}
        others = sum(name.kind != "ingredient" and set(name.ingredients) <= inside for name in NAMES)
        lines.append(f"| {modality} | {len(inside)} | {others} |")
    mixed = sum(len({DRUGS.ingredient(one).modality for one in name.ingredients}) > 1 for name in NAMES)
    ambiguous = sum(bool(name.alternatives) for name in DRUGS.names.values())
    lines += [f"| combinations across modalities |  | {mixed} |", f"| ambiguous, not resolved |  | {ambiguous} |"]
    table = "\n".join(lines)
    assert table in document, f"docs/drugs.md should hold:\n{table}"
