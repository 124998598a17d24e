"""The drug vocabulary: complete, without contradictions, and never fooled by a part of a name."""

import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.errors import RecordsError
from sequela.records.drug_text import SEPARATOR
from sequela.records.drugs import _display, default_vocabulary
from sequela.records.names import words

ROOT = Path(__file__).parents[2]
DRUGS = default_vocabulary()
NAMES = sorted((name for name in DRUGS.names.values() if name.ingredients), key=lambda name: name.written)
INGREDIENTS = sorted(DRUGS.ingredients)


# Names


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("Trastuzumab", "trastuzumab"),
        ("trastuzumab-dkst", "trastuzumab"),
        ("TRASTUZUMAB-PKRB", "trastuzumab"),
        ("trastuzumab dttb", "trastuzumab"),
        ("trastuzumab_qyyp", "trastuzumab"),
        ("trastuzumab-anns", "trastuzumab"),
        ("trastuzumab-strf", "trastuzumab"),
        ("trastuzumab 440 mg IV", "trastuzumab"),
        ("Herceptin SC 600 mg", "trastuzumab"),
        ("Herceptin Hylecta", "trastuzumab"),
        ("Zercepac", "trastuzumab"),
        ("trastuzumab (Kanjinti)", "trastuzumab"),
        ("trastuzumabum", "trastuzumab"),
        ("pertuzumab-dpzb", "pertuzumab"),
        ("Phesgo", "pertuzumab + trastuzumab"),
        ("pertuzumab, trastuzumab, and hyaluronidase-zzxf", "pertuzumab + trastuzumab"),
        ("trastuzumab and hyaluronidase-oysk 600 mg SC", "trastuzumab"),
        ("pembrolizumab + berahyaluronidase alfa-pmph", "pembrolizumab"),
        ("Phesgo (pertuzumab/trastuzumab)", "pertuzumab + trastuzumab"),
        ("docetaxel + trastuzumab + pertuzumab", "docetaxel + pertuzumab + trastuzumab"),
        ("Herceptin/Perjeta/Taxotere", "docetaxel + pertuzumab + trastuzumab"),
        ("trastuzumab-pertuzumab", "pertuzumab + trastuzumab"),
        ("ado-trastuzumab emtansine", "trastuzumab emtansine"),
        ("Trastuzumab-Emtansin", "trastuzumab emtansine"),
        ("T-DM1", "trastuzumab emtansine"),
        ("tdm1", "trastuzumab emtansine"),
        ("T DM 1 3.6 mg/kg q3w", "trastuzumab emtansine"),
        ("T-DM1 (Kadcyla)", "trastuzumab emtansine"),
        ("Kadcyla 160", "trastuzumab emtansine"),
        ("fam-trastuzumab deruxtecan-nxki", "trastuzumab deruxtecan"),
        ("T-DXd", "trastuzumab deruxtecan"),
        ("Enhertu 5.4 mg/kg", "trastuzumab deruxtecan"),
        ("Tukysa", "tucatinib"),
        ("lapatinib ditosylate 1250 mg po qd", "lapatinib"),
        ("Taxol 80 mg/m2 (d1, d8, d15)", "paclitaxel"),
        ("paclitaxel (albumin-bound)", "nab-paclitaxel"),
        ("Nab Paclitaxel", "nab-paclitaxel"),
        ("paclitaxel albumine", "nab-paclitaxel"),
        ("docétaxel", "docetaxel"),
        ("Trastuzumab e lapatinib", "lapatinib + trastuzumab"),
        ("Pertuzumab, trastuzumab y docetaxel", "docetaxel + pertuzumab + trastuzumab"),
        ("paclitaxel con carboplatino", "carboplatin + paclitaxel"),
        ("trastuzumab en pertuzumab", "pertuzumab + trastuzumab"),
        ("Docetaxel Accord 75 mg/m² q3w x6", "docetaxel"),
        ("Doxorubicina", "doxorubicin"),
        ("doksorubicin", "doxorubicin"),
        ("ciclofosfamida", "cyclophosphamide"),
        ("carboplatin AUC 5 + gemcitabine 1000 mg/m2 d1,8 q21d", "carboplatin + gemcitabine"),
        ("5-FU", "fluorouracil"),
        ("5 FU 500 mg/m2", "fluorouracil"),
        ("megestrol acetate", "megestrol"),
        ("Trastuzumab Biosimilar", "trastuzumab"),
        ("trastuzumab s.c.", "trastuzumab"),
        ("Taxol settimanale", "paclitaxel"),
        ("Paclitaxel wöchentlich", "paclitaxel"),
        ("trastuzumabe entansina", "trastuzumab emtansine"),
        ("トラスツズマブ", "trastuzumab"),
        ("ﾊｰｾﾌﾟﾁﾝ", "trastuzumab"),
        ("ハーセプチン注射用150", "trastuzumab"),
        ("パージェタ点滴静注420mg", "pertuzumab"),
        ("カドサイラ", "trastuzumab emtansine"),
        ("トラスツズマブ エムタンシン（遺伝子組換え）", "trastuzumab emtansine"),
        ("トラスツズマブ・エムタンシン", "trastuzumab emtansine"),
        ("トラスツズマブ、エムタンシン", "trastuzumab emtansine"),
        ("エンハーツ", "trastuzumab deruxtecan"),
        ("ハーセプチン＋パージェタ＋ドセタキセル", "docetaxel + pertuzumab + trastuzumab"),
        ("ハーセプチン パージェタ", "pertuzumab + trastuzumab"),
        ("カペシタビン錠300mg", "capecitabine"),
        ("ビノレルビン療法", "vinorelbine"),
        ("PHD", "docetaxel + pertuzumab + trastuzumab"),
        ("TCHP", "carboplatin + docetaxel + pertuzumab + trastuzumab"),
        ("HX", "capecitabine + trastuzumab"),
        ("nabPTX", "nab-paclitaxel"),
        ("恩美曲妥珠单抗", "trastuzumab emtansine"),
        ("注射用曲妥珠单抗", "trastuzumab"),
        ("紫杉醇（白蛋白结合型）", "nab-paclitaxel"),
        ("Xeloda® 2x 1000", "capecitabine"),
        ("FEC 100", "cyclophosphamide + epirubicin + fluorouracil"),
        ("ddAC x4", "cyclophosphamide + doxorubicin"),
        ("TCHP", "carboplatin + docetaxel + pertuzumab + trastuzumab"),
        ("mFOLFOX6 + bevacizumab-awwb", "bevacizumab + fluorouracil + folinic acid + oxaliplatin"),
        ("trifluridine/tipiracil 35 mg/m2", "trifluridine tipiracil"),
        ("letrozole and palbociclib", "letrozole + palbociclib"),
        ("denosumab-bbdz", "denosumab"),
        ("study drug", "investigational"),
        ("Masked", "investigational"),
        ("docetaxel + placebo", "docetaxel + placebo"),
    ],
)
def test_written_names(written, canonical):
    assert DRUGS.canonical(written) == canonical


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "+",
        "440 mg",
        "trastuzumab emtansnie",
        "trastuzumab vedotin",
        "trastuzumab-emta",
        "trastuzumab-TDXd",
        "trastuzumab-pert",
        "trastuzumab-free",
        "trastuzumab-chem",
        "trastuzumab?",
        "no trastuzumab",
        "without trastuzumab",
        "ado-trastuzumab",
        "trastuzumab (Kadcyla)",
        "trastuzumab Enhertu",
        "trastuzumab +",
        "trastuzumab + unheardofmab",
        "pertuzumab/placebo",
        "pertuzumab or placebo",
        "docetaxel → trastuzumab",
        "docetaxel > trastuzumab",
        "docetaxel +/- trastuzumab",
        "tamoxifen-abcd",
        "Herceptin-xzqv",
        "pertuzumab-dkst",
        "trastuzumab-aaab",
        "TCH",
        "TC",
        "AC-T",
        "Pmab",
        "taxane",
        "chemotherapy",
        "THP",
        "HP",
        "TX",
        "HER-2",
        "On study date",
        "エムタンシン",
        "カペシタビン、トラスツズマブ、エムタンシン",
        "ハーセプチン→パージェタ",
        "ハーセプチン中止",
        "カドサイラ前",
        "バージェタ",
    ],
)
def test_names_that_are_not_guessed(written):
    assert DRUGS.resolve(written) is None
    assert DRUGS.canonical(written) is None


@pytest.mark.parametrize("suffix", ["abcd", "xzqv", "wbnk"])
def test_the_suffix_rule_serves_biologicals_not_yet_known(suffix):
    for name in INGREDIENTS:
        expected = (name,) if name.split()[0].endswith(("mab", "grastim", "cept", "fusp", "leukin", "bart")) else None
        if expected or len(name.split()) == 1:
            assert DRUGS.resolve(f"{name}-{suffix}") == expected, name


PURPLE_BOOK = """
    bevacizumab-awwb bevacizumab-bvzr bevacizumab-maly bevacizumab-adcd bevacizumab-tnjn cemiplimab-rwlc
    tremelimumab-actl dostarlimab-gxly retifanlimab-dlwr toripalimab-tpzi tislelizumab-jsgr margetuximab-cmkb
    zanidatamab-hrii zolbetuximab-clzb tarlatamab-dlle tebentafusp-tebn amivantamab-vmjw naxitamab-gqgk
    filgrastim-aafi filgrastim-sndz filgrastim-ayow pegfilgrastim-jmdb pegfilgrastim-cbqv pegfilgrastim-bmez
    pegfilgrastim-apgf pegfilgrastim-pbbk pegfilgrastim-fpgk denosumab-bbdz denosumab-bmwo denosumab-dssb
    rituximab-abbs rituximab-pvvr rituximab-arrx
    """


@pytest.mark.parametrize("name", re.findall(r"\S+", PURPLE_BOOK))
def test_names_licensed_with_a_suffix(name):
    assert DRUGS.canonical(name) == name.rsplit("-", 1)[0]


CONJUGATES = [
    name.written
    for name in NAMES
    if any(DRUGS.ingredient(part).modality == "ADC" for part in name.ingredients)
    and DRUGS.resolve(words(name.written)[0]) not in (None, name.ingredients)
    and len(words(name.written)) == 2
]


def test_a_conjugate_cut_short_is_never_its_antibody():
    assert "trastuzumab emtansine" in CONJUGATES
    for written in CONJUGATES:
        antibody, payload = words(written)
        for length in range(1, len(payload)):
            for gap in " -_":
                found = DRUGS.resolve(f"{antibody}{gap}{payload[:length]}")
                assert found != DRUGS.resolve(antibody), (antibody, payload[:length])


@given(st.data())
def test_a_conjugate_with_a_slip_of_the_pen_is_never_its_antibody(data):
    antibody, payload = words(data.draw(st.sampled_from(CONJUGATES)))
    place = data.draw(st.integers(0, len(payload) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz "))
    slipped = payload[:place] + letter + payload[place + 1 :]
    assert DRUGS.resolve(f"{antibody} {slipped}") != DRUGS.resolve(antibody)


def test_every_name_is_read_back():
    assert not [name.written for name in NAMES if DRUGS.resolve(name.written) != name.ingredients]


FORMS = ("{} 100 mg", "{} IV", "{} 75 mg/m2 q3w", "{} AUC 5, d1,8", "weekly {}", "{} (SC)", "{} (100 mg) x6", "{} 160")


@pytest.mark.parametrize("form", FORMS)
def test_no_name_is_lost_in_what_stands_around_it(form):
    lost = [name.written for name in NAMES if DRUGS.resolve(form.format(name.written.upper())) != name.ingredients]
    assert not lost


@given(st.data())
def test_case_gaps_doses_and_routes_do_not_matter(data):
    name = data.draw(st.sampled_from(NAMES))
    written = data.draw(st.sampled_from((str.upper, str.lower, str.title, str)))(name.written)
    if not SEPARATOR.search(name.written):
        gap = data.draw(st.sampled_from((" ", "-", "_", "  ")))
        written = gap.join(written.replace("-", " ").split())
    around = data.draw(st.sampled_from(("{}", " {} ", *FORMS)))
    assert DRUGS.resolve(around.format(written)) == name.ingredients


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=4), st.sampled_from((" + ", "+", " / ", ", ", " and ", ";"))
)
def test_written_combinations(names, separator):
    parts = [name.written for name in names if not SEPARATOR.search(name.written)]
    expected = sorted({one for name in names if name.written in parts for one in name.ingredients})
    if parts and not (separator == " / " and "placebo" in parts):
        assert DRUGS.resolve(separator.join(parts)) == tuple(expected)


@given(st.lists(st.sampled_from(INGREDIENTS), min_size=1, max_size=5))
def test_the_canonical_spelling_is_its_own(names):
    canonical = " + ".join(sorted(set(names)))
    assert DRUGS.canonical(canonical) == canonical


def test_whatever_is_suggested_is_known():
    suggested = {name: _display(name) for name in NAMES}
    assert not [text for name, text in suggested.items() if DRUGS.resolve(text) != name.ingredients]


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_read_without_an_error(text):
    found = DRUGS.canonical(text)
    assert found is None or DRUGS.canonical(found) == found
    assert all(DRUGS.resolve(name) for name in DRUGS.candidates(text))


# Candidates


@pytest.mark.parametrize(
    ("written", "first"),
    [
        ("pertuzmab", "pertuzumab"),
        ("kadcila", "Kadcyla (trastuzumab emtansine)"),
        ("trastuzumab emtansnie", "trastuzumab emtansine"),
        ("trastuzumab emt", "trastuzumab emtansine"),
        ("ado-trastuzumab", "trastuzumab emtansine"),
        ("pertuzumab?", "pertuzumab"),
        ("docetaxel + pertuzmab 420 mg", "pertuzumab"),
        ("vinorelbin tartrat", "vinorelbine"),
        ("TCH", "carboplatin + docetaxel + trastuzumab"),
        ("Pmab", "pertuzumab"),
    ],
)
def test_the_best_candidate(written, first):
    assert DRUGS.candidates(written)[0] == first


def test_candidates_are_few_distinct_and_resolvable():
    found = DRUGS.candidates("trastuzumb", n=5)
    assert len(found) == 5 and found[0] == "trastuzumab"
    assert len({DRUGS.resolve(name) for name in found}) == 5
    assert DRUGS.candidates("trastuzumb", n=1) == ("trastuzumab",)
    assert DRUGS.candidates("qqqqqqqq") == ()


# A user's own names


def test_a_user_adds_an_ingredient_a_brand_and_a_synonym():
    frame = pl.DataFrame(
        {
            "name": ["zanzibarumab", "Zanzi", "Herceptolin", "H+P", "our cocktail"],
            "ingredient": ["", "zanzibarumab", "Herceptin", "Phesgo", "docetaxel + Herceptin"],
            "class": ["HER2 antibody", "", "", "", ""],
            "modality": ["Antibody", "", "", "", ""],
            "cycle_days": [14, None, None, None, None],
        }
    )
    mine = DRUGS.extended(frame)
    assert mine.canonical("ZANZIBARUMAB 80 mg iv") == "zanzibarumab"
    assert mine.canonical("zanzibarumab-wxyz") == "zanzibarumab"
    assert mine.canonical("Zanzi + docetaxel") == "docetaxel + zanzibarumab"
    assert mine.canonical("herceptolin") == "trastuzumab"
    assert mine.canonical("our cocktail") == "docetaxel + trastuzumab"
    added = mine.ingredient("zanzibarumab")
    assert (added.drug_class, added.modality, added.cycle_days) == ("HER2 antibody", "antibody", 14)
    assert DRUGS.resolve("zanzibarumab") is None
    assert mine.canonical("Kadcyla") == "trastuzumab emtansine"


def test_the_vocabulary_is_shown_by_its_size():
    assert repr(DRUGS) == f"DrugVocabulary({len(DRUGS.ingredients)} ingredients, {len(DRUGS.names)} names)"


def test_the_example_of_the_document_is_read(tmp_path):
    document = (ROOT / "docs" / "drugs.md").read_text(encoding="utf-8")
    table = tmp_path / "drugs.csv"
    table.write_text(re.search(r"```csv\n(.*?)```", document, re.DOTALL)[1], encoding="utf-8")
    mine = DRUGS.extended(pl.read_csv(table, infer_schema=False))
    assert mine.canonical("Examplis + TCH") == "carboplatin + docetaxel + examplumab + trastuzumab"


def test_a_user_settles_an_ambiguous_abbreviation():
    mine = DRUGS.extended([{"name": "TCH", "ingredient": "docetaxel + carboplatin + trastuzumab"}])
    assert mine.canonical("TCH") == "carboplatin + docetaxel + trastuzumab"


def test_a_row_that_says_what_is_known_changes_nothing():
    same = DRUGS.extended([{"name": "Herceptin", "ingredient": "trastuzumab"}])
    assert dict(same.names) == dict(DRUGS.names)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"name": "Kadcyla", "ingredient": "trastuzumab"}, "already known as trastuzumab emtansine"),
        ({"name": "trastuzumab", "class": "taxane", "modality": "cytotoxic"}, "already HER2 antibody"),
        ({"name": "newmab"}, "no class"),
        ({"name": "newmab", "class": "HER2 antibody", "modality": "antibdy"}, "Did you mean `antibody`?"),
        ({"name": "Newbrand", "ingredient": "trastuzumap"}, "Did you mean `trastuzumab`?"),
        ({"name": "", "ingredient": "trastuzumab"}, "no name"),
        ({"name": "a/b", "class": "x", "modality": "antibody"}, "separator"),
        ({"name": "newmab", "class": "x", "modality": "antibody", "cycle_days": "three"}, "cycle_days `three`"),
        ({"name": "newmab", "class": "x", "modality": "antibody", "cycle_days": "0"}, "cycle_days `0`"),
        ({"name": "newmab", "kind": "brandname", "ingredient": "trastuzumab"}, "kind `brandname`"),
        ({"name": "newmab", "kind": "brand"}, "no ingredient"),
        ({"name": "newmab", "ingrediant": "trastuzumab"}, "Did you mean `ingredients`?"),
        ({"drug_name": "newmab", "ingredient": "trastuzumab"}, "no column `name`"),
    ],
)
def test_malformed_rows_are_refused(row, message):
    with pytest.raises(RecordsError, match=r"drugs\.csv:[12]") as refused:
        DRUGS.extended([row])
    assert message in str(refused.value)


def test_all_problems_are_told_at_once():
    rows = [{"name": "Kadcyla", "ingredient": "trastuzumab"}, {"name": "Newbrand", "ingredient": "nothing known"}]
    with pytest.raises(RecordsError) as refused:
        DRUGS.extended(rows, where="mine.csv")
    assert [problem.where for problem in refused.value.problems] == ["mine.csv:2", "mine.csv:3"]


# The house


def test_the_vocabulary_is_read_once_without_heavy_imports():
    code = (
        "import sys; from sequela.records.drugs import default_vocabulary as d; assert d() is d();"
        "assert not {'polars', 'numpy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
