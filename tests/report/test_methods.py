"""The methods paragraph names what ran, and cites nothing else."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from sequela.analyses.results import Estimate
from sequela.analyses.results import Test as NamedTest
from sequela.report import named_methods
from sequela.report.methods import methods_paragraph
from sequela.report.named_methods import METHODS, find
from sequela.report.references import REFERENCES
from sequela.report.study_text import study_text

from . import inputs


def cited(result):
    return {key for key, reference in REFERENCES.items() if reference in methods_paragraph(result).references}


def test_the_paragraph_tells_the_design():
    text = methods_paragraph(inputs.RESULT).text
    assert "Time zero was first trastuzumab emtansine, between 2014-04-01 and 2017-02-28." in text
    assert "metastatic at time zero; not received trastuzumab emtansine before accrual" in text
    assert "Of 61 patients in the records 49 had a time zero and 42 were studied." in text
    assert "Tmab/Pmab (received pertuzumab before time zero; n = 18) and Tmab (all others; n = 24)" in text
    assert "event radiologic progression (RECIST 1.1)" in text
    assert "3 of 1062 rows were refused" in text
    assert "left out and not filled in: ECOG performance status in 1 of 42 patients" in text


def test_only_methods_that_ran_are_cited():
    everything = cited(inputs.RESULT)
    assert {"kaplan_meier_1958", "mantel_1966", "cox_1972", "clopper_pearson_1934", "austin_2009"} <= everything
    assert not {"breslow_1974", "kruskal_wallis_1952", "yates_1934"} & everything
    only_curves = replace(inputs.SURVIVAL, groups=(inputs.SINGLE,), hazard_ratios=(), test=None)
    assert not {"cox_1972", "mantel_1966", "clopper_pearson_1934"} & cited(
        replace(inputs.RESULT, analyses=(only_curves,))
    )


def test_ties_and_limits_are_those_of_the_model():
    breslow = replace(inputs.CRUDE, estimate=Estimate(2.8, 1.3, 5.9, "Wald, Breslow ties"))
    result = replace(inputs.RESULT, analyses=(replace(inputs.SURVIVAL, hazard_ratios=(breslow,)),))
    assert "Breslow's approximation, limits by Wald's method" in methods_paragraph(result).text
    assert "breslow_1974" in cited(result) and "efron_1977" not in cited(result)


def test_numbers_run_from_one_in_order_of_first_use():
    paragraph = methods_paragraph(inputs.RESULT)
    marks = [int(mark) for _, numbers in paragraph.sentences for mark in re.findall(r"\d+", numbers)]
    assert list(dict.fromkeys(marks)) == list(range(1, len(paragraph.references) + 1))


@pytest.mark.parametrize(
    ("family", "named", "key"),
    [
        ("limits", "log-log", "limits.log_log"),
        ("limits", "log", "limits.log"),
        ("limits", "plain", "limits.plain"),
        ("test", "log-rank", "test.log_rank"),
        ("test", "stratified log-rank", "test.log_rank"),
        ("test", "stratified Gehan-Wilcoxon", "test.gehan"),
        ("test", "permutation log-rank", "test.permutation"),
        ("test", "modified Peto-Peto", "test.modified_peto"),
        ("test", "Peto-Peto", "test.peto"),
        ("test", "Tarone-Ware", "test.tarone_ware"),
        ("test", "Fleming-Harrington (0, 1)", "test.fleming_harrington"),
        ("test", "MaxCombo", "test.max_combo"),
        ("limits", "logit", "limits.logit"),
        ("limits", "arcsine", "limits.arcsine"),
        ("test", "Pearson chi-square", "test.pearson"),
        ("test", "chi-square, Yates", "test.yates"),
        ("test", "Fisher exact", "test.fisher"),
        ("test", "Fisher mid-p", "test.mid_p"),
        ("test", "Wilcoxon rank-sum, exact", "test.wilcoxon"),
        ("ratio", "profile likelihood, Efron ties", "ratio.profile"),
        ("ratio", "Wald, Efron ties", "ratio.wald"),
        ("ties", "profile likelihood, exact ties", "ties.exact"),
        ("median", "SPSS: estimate and normal quantile times standard error", "median.spss"),
        ("rate", "Clopper-Pearson exact", "rate.exact"),
    ],
)
def test_methods_are_found_by_the_words_of_the_results(family, named, key):
    assert find(family, named) is METHODS[key]


def test_a_test_nobody_described_is_still_named():
    strange = replace(inputs.SURVIVAL, test=NamedTest("Renyi", 0.2), hazard_ratios=())
    assert "Curves were compared by renyi test." in methods_paragraph(replace(inputs.RESULT, analyses=(strange,))).text


def test_every_reference_belongs_to_a_method_that_can_run():
    used = {key for method in METHODS.values() for key in method.references}
    sources = [path for path in Path(named_methods.__file__).parent.glob("*.py") if path.stem != "references"]
    quoted = {word for path in sources for word in re.findall(r'"([a-z_]+_\d{4})"', path.read_text())}
    assert used <= quoted and quoted == set(REFERENCES)


def test_references_carry_plain_dois():
    for reference in REFERENCES.values():
        assert not reference.doi or re.fullmatch(r"10\.\d{4,5}/\S+", reference.doi)


def test_the_study_is_told_in_full():
    text = study_text(inputs.STUDY)
    assert "population:\n  - metastatic at time zero\n" in text
    assert "groups:\n  - Tmab/Pmab: received pertuzumab before time zero\n  - Tmab: otherwise\n" in text
    assert "survival: endpoint ttp.noda_2019" in text and "seed: 1" in text and text == study_text(inputs.STUDY)
