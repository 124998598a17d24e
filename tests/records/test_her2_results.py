"""HER2 as laboratories write it: what is read, what is not measured, and what is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequela.records.her2_results import MARKERS, Amount, Her2Result, read_her2
from sequela.sources.folder import FolderSource


def score(*points):
    return frozenset(points)


def exactly(value):
    return Amount(value, value)


# What a text says; `{}` says that nothing was measured.
READ = [
    ("HER2", "3+", {"score": score(3)}),
    ("HER2 ISH", "not amp", {"hybridisation": "negative"}),
    ("HER2 ISH", "non-amp.", {"hybridisation": "negative"}),
    ("HER2 ISH", "増幅なし", {"hybridisation": "negative"}),
    ("HER2 ISH", "増幅あり", {"hybridisation": "positive"}),
    ("HER2", "2+ 増幅あり", {"score": score(2), "hybridisation": "positive"}),
    ("HER2", "3", {"score": score(3)}),
    ("HER2", " 3 + ", {"score": score(3)}),
    ("HER2", "３＋", {"score": score(3)}),
    ("HER2", "+++", {"score": score(3)}),
    ("HER2", "score 3", {"score": score(3)}),
    ("HER2", "IHC3+", {"score": score(3)}),
    ("HER2", "HER2: 2+", {"score": score(2)}),
    ("HER2", "2", {"score": score(2)}),
    ("HER2", "IHC 1", {"score": score(1)}),
    ("HER2", "0", {"score": score(0)}),
    ("HER2", "zero", {"score": score(0)}),
    ("HER2", "0/1+", {"score": score(0, 1)}),
    ("HER2", "IHC 0 or 1+", {"score": score(0, 1)}),
    ("HER2", "positive", {"status": "positive"}),
    ("HER2", "Pos.", {"status": "positive"}),
    ("HER2", "HER2+", {"status": "positive"}),
    ("HER2", "HER2-positive", {"status": "positive"}),
    ("HER2", "c-erbB-2 negative", {"status": "negative"}),
    ("HER2", "HER2/neu neg", {"status": "negative"}),
    ("HER2", "HER2-", {"status": "negative"}),
    ("HER2", "+", {"status": "positive"}),
    ("HER2", "equivocal", {"status": "equivocal"}),
    ("HER2", "overexpressed", {"status": "positive"}),
    ("HER2", "not overexpressed", {"status": "negative"}),
    ("HER2", "IHC 2+ / FISH amp", {"score": score(2), "hybridisation": "positive"}),
    ("HER2", "IHC 2+ (FISH negative)", {"score": score(2), "hybridisation": "negative"}),
    ("HER2", "2+/ISH-", {"score": score(2), "hybridisation": "negative"}),
    ("HER2", "IHC 2+, CISH+", {"score": score(2), "hybridisation": "positive"}),
    ("HER2", "IHC 2+; FISH not amplified (ratio 1.2)", {
        "score": score(2), "hybridisation": "negative", "ratio": exactly(1.2)}),
    ("HER2", "IHC 1+, FISH not done", {"score": score(1)}),
    ("HER2", "2+/FISH amplificato", {"score": score(2), "hybridisation": "positive"}),
    ("HER2", "IIC 2+ / FISH non amplificata", {"score": score(2), "hybridisation": "negative"}),
    ("HER2", "2+ (FISH nicht amplifiziert)", {"score": score(2), "hybridisation": "negative"}),
    ("HER2", "IHC 2+ / FISH amplifiée", {"score": score(2), "hybridisation": "positive"}),
    ("HER2", "IHQ 2+, FISH no amplificado", {"score": score(2), "hybridisation": "negative"}),
    ("HER2", "3+ (positivo)", {"score": score(3), "status": "positive"}),
    ("HER2", "FISH positiv", {"hybridisation": "positive"}),
    ("HER2", "FISH négative", {"hybridisation": "negative"}),
    ("HER2", "陽性", {"status": "positive"}),
    ("HER2", "equivoco", {"status": "equivocal"}),
    ("HER2", "IHC 2+, FISH non eseguita", {"score": score(2)}),
    ("HER2", "nicht bestimmt", {}),
    ("HER2", "positive by FISH", {"hybridisation": "positive"}),
    ("HER2", "2+ by IHC, negative by FISH", {"score": score(2), "hybridisation": "negative"}),
    ("HER2", "IHC positive", {"staining": "positive"}),
    ("HER2", "IHC negative", {"score": score(0, 1)}),
    ("HER2", "HER2 positive (IHC 3+)", {"score": score(3), "status": "positive"}),
    ("HER2", "HER2/CEP17 2.4", {"ratio": exactly(2.4)}),
    ("HER2", "HER2/CEN17 ratio: 2,4", {"ratio": exactly(2.4)}),
    ("HER2", "FISH ratio 2.4; copies 5.1", {"ratio": exactly(2.4), "copies": exactly(5.1)}),
    ("HER2", "6.1 signals/cell", {"copies": exactly(6.1)}),
    ("HER2", "average HER2 copy number 6.1, CEP17 2.0", {"copies": exactly(6.1), "cep17": exactly(2.0)}),
    ("HER2", "ratio ≥ 2.0", {"ratio": Amount(2.0, 50.0)}),
    ("HER2", "HER2 amplification negative", {"hybridisation": "negative"}),
    ("HER2", "no amplification", {"hybridisation": "negative"}),
    ("HER2", "3+ (80 %)", {"score": score(3), "share": exactly(80)}),
    ("HER2", "IHC: 3+ in 80% of tumour cells", {"score": score(3), "share": exactly(80)}),
    ("HER2", "HER2-low", {"status": "negative", "low": "low"}),
    ("HER2", "low (IHC 1+)", {"status": "negative", "low": "low", "score": score(1)}),
    ("HER2", "ultra-low", {"status": "negative", "low": "ultralow"}),
    ("HER2 IHC", "1", {"score": score(1)}),
    ("HER2 IHC", "2+ (equivocal)", {"score": score(2)}),
    ("HER2 IHC", "positive", {"staining": "positive"}),
    ("HER2 IHC", "negative", {"score": score(0, 1)}),
    ("HER2 IHC percent", "70", {"share": exactly(70)}),
    ("HER2 IHC percent", "0 %", {"share": exactly(0)}),
    ("HER2 ISH", "amplified", {"hybridisation": "positive"}),
    ("HER2 ISH", "non-amplified", {"hybridisation": "negative"}),
    ("HER2 ISH", "equivocal", {"hybridisation": "equivocal"}),
    ("HER2 ISH", "2.4 ratio", {"ratio": exactly(2.4)}),
    ("HER2 ISH ratio", "2,4", {"ratio": exactly(2.4)}),
    ("HER2 ISH ratio", "2.4 (amplified)", {"ratio": exactly(2.4), "hybridisation": "positive"}),
    ("HER2 copies", "4", {"copies": exactly(4.0)}),
    ("CEP17 copies", "2.1", {"cep17": exactly(2.1)}),
    *(("HER2", text, {}) for text in ("-", "–", "not done", "nd", "N/A", "unknown", "pending", "indeterminate")),
    ("HER2 ISH", "-", {}),
    ("HER2 IHC", "not evaluable", {}),
]  # fmt: skip

UNREADABLE = [
    *(
        ("HER2", text)
        for text in ("not positive", "FISH pos?", "positive?", "weakly positive", "positve", "non positivo")
    ),
    *(("HER2", text) for text in ("1", "4+", "2-3+", "1+/3+", "positive/negative", "+/-", "2.4", "17", "3 %+")),
    *(("HER2", text) for text in ("IHC", "FISH", "HER2", "ratio", "IHC 2+ / FISH", "IHC 2+ FISH -", "HER2 -", "by")),
    *(("HER2", text) for text in ("positive (1+)", "negative (3+)", "amplification, negative", "FISH amplified neg")),
    *(("HER2", text) for text in ("low (IHC 3+)", "low ratio 1.2", "low copies 3", "low-level amplification", "0 low")),
    *(("HER2", text) for text in ("ratio 240", "ratio 0", "ratio -2", "copies 1000", "positive in 2015", "3+ 2015")),
    *(("HER2", text) for text in ("", " ", "3+" * 101, "FISH positive by IHC", "no HER2 test positive", "IHC 3+ 2+")),
    *(("HER2 IHC", text) for text in ("+", "2+ positive", "amplified", "yes", "no", "2.4")),
    *(("HER2 ISH", text) for text in ("2.4", "3+", "no", "FISH 6")),
    *(("HER2 ISH ratio", text) for text in ("positive", "2.4:1", "two", "1.8-2.2")),
    *(("HER2 IHC percent", text) for text in ("170", "-5", "most")),
]


@pytest.mark.parametrize(("marker", "text", "expected"), READ)
def test_what_a_text_says(marker, text, expected):
    assert read_her2(text, marker) == Her2Result(**expected)


@pytest.mark.parametrize(("marker", "text"), UNREADABLE)
def test_what_is_not_understood_is_not_used(marker, text):
    assert read_her2(text, marker) is None


def test_a_bound_keeps_out_its_own_end():
    below, up_to = read_her2("<2", "HER2 ISH ratio").ratio, read_her2("<=2", "HER2 ISH ratio").ratio
    above = read_her2("> 2.2", "HER2 ISH ratio").ratio
    assert below.high < 2.0 == up_to.high
    assert above.low > 2.2


_SAYS = re.compile(
    r"\d|\+|pos|neg|amp|expres|equivoc|équivoque|borderline|grenz|low|zero|ish-|yes|no|nég|陽|陰|her-?2|erb",
    re.IGNORECASE,
)


@given(st.text(max_size=20), st.sampled_from(list(MARKERS)))
def test_no_text_is_read_as_a_status_by_accident(text, marker):
    found = read_her2(text, marker)
    assert found is None or found.is_empty or _SAYS.search(text)


@given(st.sampled_from(READ), st.text(alphabet="abcdefghijklmnopqrstuvwxyz?!", min_size=4, max_size=9), st.booleans())
def test_one_word_that_is_not_understood_makes_the_whole_unreadable(row, word, before):
    marker, text, _ = row
    if read_her2(word, marker) is not None or read_her2(f"3+ {word}", "HER2") is not None:
        return
    assert read_her2(f"{word} {text}" if before else f"{text} {word}", marker) is None


@given(st.sampled_from(READ), st.sampled_from([str.upper, str.lower, lambda text: f"  {text}  "]))
def test_case_and_blanks_do_not_matter(row, change):
    marker, text, expected = row
    assert read_her2(change(text), marker) == Her2Result(**expected)


@given(st.lists(st.sampled_from([text for _, text, _ in READ] + [text for _, text in UNREADABLE]), max_size=4))
def test_pieces_in_any_order_end_in_a_result_or_in_none(pieces):
    found = read_her2(" ".join(pieces))
    assert found is None or isinstance(found, Her2Result)
    assert found is None or not (found.status == "negative" and found.hybridisation == "positive")


def test_the_folder_source_notices_what_cannot_be_read(tmp_path):
    (tmp_path / "patients.csv").write_text("patient_id,last_contact\na,100\nb,100\n")
    rows = ["a,0,HER2,positve", "a,0,HER2,IHC 2+ / FISH amp", "a,1,HER2/neu,1", "b,2,HER2 FISH,2.4", "b,3,HER2,-"]
    (tmp_path / "biomarkers.csv").write_text("patient_id,day,marker,value\n" + "\n".join(rows) + "\n")
    read = FolderSource(tmp_path).read()
    assert read.notices.select("row", "column", "found").rows() == [
        (2, "value", "positve"),
        (4, "value", "1"),
        (5, "value", "2.4"),
    ]
    assert set(read.notices["meaning"]) == {"a HER2 result that cannot be read; it decides nothing"}
    assert len(read.table("biomarkers")) == 5 and read.quarantine.is_empty()
