"""HER2 of a specimen: results that belong together, HER2-low, and what disagrees."""

import pytest

from sequela.derive.her2 import FLAGS, LEVELS, LOW_RULES, her2_on_days, her2_specimens, is_discordant
from sequela.derive.her2_guidelines import HER2_GUIDELINES

from ..hand_made import records


def bundle(*rows):
    """Return records of rows (day, specimen, marker, value) of one patient."""
    names = ("day", "specimen", "marker", "value")
    return records(biomarkers=[{"patient_id": "a", **dict(zip(names, row, strict=True))} for row in rows])


def one(*rows, by="asco_cap_2013"):
    """Return status, level and flags of the only day."""
    found = her2_on_days(bundle(*((0, None, *row) for row in rows)), HER2_GUIDELINES[by])
    return found.row(0, named=True) if len(found) else dict.fromkeys(found.columns)


@pytest.mark.parametrize(
    ("rows", "status", "level"),
    [
        ([("HER2 IHC", "0")], "negative", "zero"),
        ([("HER2 IHC", "1+")], "negative", "low"),
        ([("HER2 IHC", "2+"), ("HER2 ISH", "not amplified")], "negative", "low"),
        ([("HER2", "IHC 2+ / FISH neg")], "negative", "low"),
        ([("HER2 IHC", "2+")], "equivocal", None),
        ([("HER2 IHC", "2+"), ("HER2 ISH", "amplified")], "positive", "positive"),
        ([("HER2 IHC", "3+")], "positive", "positive"),
        ([("HER2", "negative")], "negative", None),
        ([("HER2 ISH", "not amplified")], "negative", None),
        ([("HER2", "0/1+")], "negative", None),
        ([("HER2", "low")], "negative", "low"),
        ([("HER2", "ultralow")], "negative", "ultralow"),
        ([("HER2", "ultralow"), ("HER2 IHC", "0")], "negative", "ultralow"),
        ([("HER2", "low"), ("HER2 IHC", "0")], "negative", None),
        ([("HER2 IHC", "0"), ("HER2 IHC percent", "5")], "negative", "zero"),
        ([("HER2", "not done")], None, None),
        ([("HER2", "positve")], None, None),
        ([("HER2 IHC percent", "70")], None, None),
    ],
)
def test_her2_low_is_a_field_of_its_own(rows, status, level):
    found = one(*rows)
    assert (found["status"], found["level"]) == (status, level)


@pytest.mark.parametrize(
    ("rows", "status", "flags"),
    [
        ([("HER2 IHC", "1+"), ("HER2 ISH", "amplified")], "positive", ["ISH positive with IHC 0 or 1+"]),
        ([("HER2 IHC", "3+"), ("HER2 ISH", "not amplified")], "positive", ["IHC 3+ with ISH negative"]),
        ([("HER2", "positive"), ("HER2 IHC", "1+")], "equivocal", ["stated against results"]),
        ([("HER2", "negative"), ("HER2 IHC", "3+")], "equivocal", ["stated against results"]),
        ([("HER2", "positive"), ("HER2 IHC", "2+")], "positive", []),
        ([("HER2", "negative"), ("HER2 IHC", "2+")], "negative", []),
        ([("HER2", "positive"), ("HER2 IHC", "3+")], "positive", []),
        ([("HER2 IHC", "2+"), ("HER2 ISH", "amplified"), ("HER2 ISH ratio", "1.2"), ("HER2 copies", "3")],
         "negative", ["ISH word against its numbers"]),
        ([("HER2 IHC", "2+"), ("HER2 ISH ratio", "1.2")], "negative", ["copies not recorded"]),
        ([("HER2 IHC", "2+"), ("HER2 IHC", "3+")], "positive", ["several results"]),
        ([("HER2 IHC", "2+"), ("HER2 IHC", "2+")], "equivocal", []),
        ([("HER2 IHC", "3+"), ("HER2 IHC percent", "10")], "equivocal", ["strong staining of few cells"]),
        ([("HER2 IHC", "2+"), ("HER2 ISH ratio", "> 1.9")], "equivocal", ["a bound decides nothing"]),
        ([("HER2 IHC", "2+"), ("HER2 ISH ratio", ">= 2")], "positive", []),
        ([("HER2 IHC", "positive"), ("HER2 ISH", "not amplified")], "equivocal", []),
        ([("HER2 IHC", "positive")], "positive", []),
        ([("HER2 IHC", "negative"), ("HER2 ISH", "amplified")], "positive", ["ISH positive with IHC 0 or 1+"]),
    ],
)  # fmt: skip
def test_disagreement_is_flagged(rows, status, flags):
    found = one(*rows)
    assert (found["status"], found["flags"]) == (status, flags)
    assert set(flags) <= set(FLAGS)


def test_groups_two_to_four_are_negative_with_a_comment():
    rows = [("HER2 IHC", "2+"), ("HER2 ISH ratio", "2.4"), ("HER2 copies", "3.5")]
    found = one(*rows, by="asco_cap_2018")
    assert (found["status"], found["level"], found["flags"]) == ("negative", "low", ["negative with a comment"])
    assert found["rule"] == "ASCO/CAP 2018: IHC 2+, ISH group 2"
    assert one(*rows[1:], by="asco_cap_2018")["status"] == "equivocal"
    settled = one(*rows[1:], ("HER2 ISH", "not amplified"), by="asco_cap_2018")
    assert (settled["status"], settled["rule"]) == ("negative", "as written, the results leave it open")


def test_ratio_and_copies_follow_from_the_centromeres():
    """6.0 copies over 3.0 centromeres are a ratio of 2.0; a ratio of 1.5 times 4.0 are 6.0 copies."""
    assert one(("HER2 copies", "6"), ("CEP17 copies", "3"), by="asco_cap_2007")["hybridisation"] == "ratio 1.8 to 2.2"
    assert one(("HER2 ISH ratio", "1.5"), ("CEP17 copies", "4"))["status"] == "positive"
    assert one(("HER2 ISH ratio", "1.5"), ("CEP17 copies", "2"))["status"] == "negative"


def test_results_of_two_specimens_are_not_mixed():
    mixed = bundle((3, "Liver", "HER2 IHC", "2+"), (3, "skin", "HER2 ISH", "amplified"), (3, "liver ", "HER2 ISH", "-"))
    specimens = her2_specimens(mixed).select("specimen", "status").rows()
    assert sorted(specimens) == [("liver", "equivocal"), ("skin", "positive")]
    day = her2_on_days(mixed).row(0, named=True)
    assert (day["status"], day["specimen"], day["flags"]) == ("positive", "skin", ["specimens disagree"])


def test_a_result_without_specimen_belongs_to_the_only_one_of_its_day():
    found = her2_specimens(bundle((3, "liver", "HER2 IHC", "2+"), (3, None, "HER2 ISH", "amplified")))
    assert found.select("specimen", "status", "row").rows() == [("liver", "positive", 3)]
    three = [(3, "liver", "HER2 IHC", "2+"), (3, "skin", "HER2 IHC", "1+"), (3, None, "HER2 ISH", "amplified")]
    assert len(her2_specimens(bundle(*three))) == 3


def test_discordance_is_between_results_not_about_their_number():
    rows = her2_on_days(
        bundle((0, None, "HER2", "IHC 1+, FISH+"), (1, None, "HER2 IHC", "3+"), (1, None, "HER2 IHC", "2+"))
    )
    assert rows.select(is_discordant()).to_series().to_list() == [True, False]


def test_a_hundred_thousand_repeats_are_one_result():
    rows = her2_on_days(bundle(*[(0, None, "HER2 IHC", "3+")] * 100_000))
    assert rows.select("status", "flags").rows() == [("positive", [])]


def test_rules_and_levels_are_named_and_cited():
    assert LEVELS == ("zero", "ultralow", "low", "positive")
    assert all(rule.shows and rule.source and rule.level in LEVELS for rule in LOW_RULES)


def test_without_any_result_there_is_no_specimen():
    assert her2_specimens(records()).is_empty()
    assert her2_on_days(bundle((0, None, "ER", "positive"))).is_empty()
