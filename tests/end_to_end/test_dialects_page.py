"""The numbers of docs/dialects.md are those that a study gives under each dialect."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from sequela.analyses.characteristics import TableOptions, characteristics
from sequela.analyses.conventions import CONVENTIONS
from sequela.analyses.response import response
from sequela.analyses.survival import ratio_of_fit, survival
from sequela.derive.endpoint_files import PROFILES
from sequela.records.dates import DAYS_PER_MONTH
from sequela.run import run_study
from sequela.stats.cox import cox
from sequela.stats.kaplan_meier import kaplan_meier, quantile

PAGE = Path(__file__).parents[2] / "docs" / "dialects.md"
STUDY = Path(str(files("sequela.replicate"))) / "papers" / "noda-narita-2019" / "study.yaml"
FLAT = ([54, 75, 77, 84, 87, 92, 100, 105, 112, 118], [1] * 5 + [0] * 5)


@pytest.fixture(scope="module")
def demo():
    return run_study(STUDY)


def _estimate(found, digits=2, scale=1.0):
    numbers = [f"{value / scale:.{digits}f}" for value in (found.value, found.low, found.high)]
    value, low, high = (number.replace("nan", "none") for number in numbers)
    return f"{value} ({low} to {high})"


def _median(found):
    return _estimate(found, 1, DAYS_PER_MONTH)


def _column(demo, dialect):
    """Return what the demo's study gives under a dialect, by the label of the page."""
    how, definitions = CONVENTIONS[dialect], demo.definitions
    curves = survival(
        demo.cohort, demo.records, PROFILES["ttp.noda_2019"], ("ecog",), definitions=definitions, conventions=how
    )
    table = characteristics(demo.cohort, demo.records, ["age", "visceral"], definitions, TableOptions(conventions=how))
    rate = response(demo.cohort, demo.records, definitions=definitions, conventions=how).proportions[0]
    first, second = curves.groups
    _, half_year = first.milestones[0]
    age, visceral = (variable.test for variable in table.variables)
    return {
        "median, Tmab/Pmab, months": _median(first.median),
        "median, Tmab, months": _median(second.median),
        "without progression at 6 months, Tmab/Pmab": _estimate(half_year, 3),
        "hazard ratio": _estimate(curves.hazard_ratios[0].estimate, 4),
        "its limits": curves.hazard_ratios[0].estimate.method.split(",")[0],
        "age, p": f"{age.p_value:.5f}",
        "age, test": age.name.removeprefix("Wilcoxon rank sum test, "),
        "visceral disease, p": f"{visceral.p_value:.5f}",
        "visceral disease, test": visceral.name,
        "objective response, p": f"{rate.tests[0].p_value:.5f}",
        "objective response, test": rate.tests[0].name,
        "ten patients, median, days": _flat(how),
        "four days, hazard ratio": _tied(how),
    }


def _flat(how):
    found = quantile(kaplan_meier(*FLAT, interval=how.interval), dialect=how.median)
    return _estimate(found, 1)


def _tied(how):
    time, event, group = [1, 1, 2, 2, 2, 3, 4, 4], [1, 1, 1, 1, 0, 1, 1, 0], [0, 1, 0, 0, 1, 1, 0, 1]
    fit = cox(time, event, np.array(group, dtype=float)[:, None], ties=how.ties)
    return _estimate(ratio_of_fit(fit, 0, how), 4)


def test_the_page_says_what_the_code_gives(demo):
    columns = {dialect: _column(demo, dialect) for dialect in CONVENTIONS}
    text = PAGE.read_text(encoding="utf-8")
    lines = [f"| {label} | {' | '.join(columns[name][label] for name in CONVENTIONS)} |" for label in columns["R"]]
    assert [line for line in lines if line not in text] == []


def test_every_dialect_names_its_conventions_beside_the_number(demo):
    for name, how in CONVENTIONS.items():
        found = survival(
            demo.cohort, demo.records, PROFILES["ttp.noda_2019"], definitions=demo.definitions, conventions=how
        )
        median = found.groups[0].median.method
        assert {"default": "log-log", "R": "log", "SAS": "log-log, as SAS", "SPSS": "SPSS"}[name] in median
        assert ("Breslow" if name in ("SAS", "SPSS") else "Efron") in found.hazard_ratios[0].estimate.method
