"""A study names how hazard ratios treat events of one day; what was done stands beside every number."""

import numpy as np
import polars as pl
import pytest

from sequela.analyses.answer import answer
from sequela.report.methods import methods_paragraph
from sequela.report.study_text import study_text
from sequela.report.tables import tables_of
from sequela.stats.cox import cox, wald_interval
from sequela.study.cohort import build_cohort
from tests.golden.tolerances import NEWTON
from tests.study.studies import study

from .kinds import GROUPS, drawn, kinds

ROWS = [(group, what, 30 * (1 + day // 30), *rest) for group, what, day, *rest in drawn(120)]
"""Seen every thirty days, so that events are tied."""


def run(*analyses, **more):
    asked = study(groups=GROUPS, reference="T", analyses=list(analyses or [{"survival": "pfs.ema"}]), **more)
    records = kinds(ROWS)
    return answer(asked, records, build_cohort(asked, records))


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({}, "efron"),
        ({"ties": "breslow"}, "breslow"),
        ({"ties": "exact"}, "exact"),
        ({"dialect": "SPSS"}, "breslow"),
        ({"dialect": "SPSS", "ties": "efron"}, "efron"),
    ],
)
def test_the_ratio_has_the_ties_that_were_asked_for(named, expected):
    result = run(**named)
    days = np.array([row[2] for row in ROWS], float)
    fit = cox(days, [row[1] != "censored" for row in ROWS], [row[0] == "P" for row in ROWS], ties=expected)
    ratio = result.analyses[0].hazard_ratios[0].estimate
    assert ratio.value == pytest.approx(np.exp(fit.coefficients[0]), rel=NEWTON)
    assert ratio.low == pytest.approx(np.exp(wald_interval(fit).low[0]), rel=NEWTON)
    word = expected.title() if expected != "exact" else expected
    assert ratio.method == f"Wald, {word} ties"
    table = next(table for table in tables_of(result.analyses) if table.name == "survival-pfs-ema")
    assert f"Hazard ratios: Wald, {word} ties." in table.notes


def test_the_report_names_exact_ties():
    result = run(ties="exact", adjust=["ecog"])
    text = methods_paragraph(result).text
    assert text.count("ties by the exact partial likelihood of discrete times") == 2
    assert "dialect: default, exact ties\n" in study_text(result.study)
    (crude, adjusted) = result.analyses[0].models
    assert crude.overall is None and "exact" in crude.reason and adjusted.standardised == ()
    assert crude.concordance.value > 0.5


def test_what_exact_ties_cannot_do_is_said():
    result = run({"competing": "pfs.ema"}, {"subgroups": "pfs.ema", "by": ["ecog"]}, ties="exact")
    competing, subgroups = result.analyses
    assert [text for text in competing.cautions if "subdistribution" in text and "Fine and Gray's weights" in text]
    methods = competing.results.filter(pl.col("statistic").str.contains("cause_specific_hazard_ratio"))["method"]
    assert "Wald, exact ties" in methods.to_list() and not [text for text in competing.cautions if "cause-spec" in text]
    assert all(level.ratios[0].method.endswith("exact ties") for level in subgroups.rows)
