"""The numbers printed in docs/statistics.md are the numbers the code gives."""

from pathlib import Path

import numpy as np

from sequela.stats.cox import cox, wald_interval
from sequela.stats.fine_gray import fine_gray
from sequela.stats.fitted_risks import fitted_risks
from sequela.stats.kaplan_meier import kaplan_meier, quantile, survival_at
from sequela.stats.log_rank import log_rank
from sequela.stats.max_combo import max_combo
from sequela.stats.proportional_hazards import proportional_hazards_test
from sequela.stats.restricted_mean import restricted_mean
from sequela.stats.weightings import weighting_named
from tests.golden import read

PAGE = Path(__file__).parents[2] / "docs" / "statistics.md"


def _set(name):
    part = [row for row in read.rows("kaplan_meier", "data") if row["set"] == name]
    first = part[0]["group"]
    return read.numbers(part, "time"), read.numbers(part, "event"), np.array([row["group"] != first for row in part])


def _median(curve, dialect="R"):
    median = quantile(curve, dialect=dialect)
    return f"{median.value:.0f} ({median.low:.0f}-{median.high:.0f})"


def _coefficient(time, event, group, ties):
    fit = cox(time, event, group, ties=ties)
    return f"{fit.coefficients[0]:.6f} (SE {fit.std_errors[0]:.6f})"


def _proportional_hazards():
    part = [row for row in read.rows("proportional_hazards", "data") if row["set"] == "lung"]
    time, event = read.numbers(part, "time"), read.numbers(part, "event")
    covariates = np.column_stack([read.numbers(part, column) for column in ("x2", "x1", "x3")])
    test = proportional_hazards_test(fitted_risks(cox(time, event, covariates), time, event, covariates))
    return f"{', '.join(f'{term.statistic:.6f}' for term in test.terms)}; together {test.overall.statistic:.6f}"


def _fine_gray():
    part = [row for row in read.rows("fine_gray", "data") if row["set"] == "mgus2"]
    covariates = np.column_stack([read.numbers(part, column) for column in ("x1", "x2", "x3")])
    fit = fine_gray(read.numbers(part, "time"), read.numbers(part, "cause"), covariates)
    errors = np.sqrt(np.diag(fit.covariance_known_weights))
    words = [", ".join(f"{number:.6f}" for number in numbers) for numbers in (fit.coefficients, errors)]
    return f"{words[0]} (SE {words[1]} with known weights)"


def _computed():
    time, event, woman = _set("lung")
    found = {}
    for name, chosen in (("men", ~woman), ("women", woman)):
        for scale in ("log-log", "log", "plain"):
            curve = kaplan_meier(time[chosen], event[chosen], interval=scale)
            found[f"median of {name}, {scale}"] = _median(curve)
        found[f"median of {name}, SPSS"] = _median(curve, "SPSS")
        found[f"survival of {name} at 365 days"] = f"{survival_at(curve, 365).survival[0]:.6f}"
        mean = restricted_mean(curve, 365)
        found[f"mean of {name} up to 365 days"] = f"{mean.value:.3f} (SE {mean.std_error:.3f})"
    found["log-rank chi-square by sex"] = f"{log_rank(time, event, woman).chi_square:.6f}"
    found["proportional hazards of sex, age and ECOG, chi-square"] = _proportional_hazards()
    found["Fine-Gray coefficients of `mgus2` (age, man, M-spike)"] = _fine_gray()
    for name in ("gehan", "tarone-ware", "peto-peto", "fleming-harrington(1, 0)", "fleming-harrington(0, 1)"):
        test = log_rank(time, event, woman, weighting=weighting_named(name))
        found[f"{test.method} chi-square by sex"] = f"{test.chi_square:.6f}"
    found["MaxCombo p-value by sex"] = f"{max_combo(time, event, woman).p_value:.5f}"
    found["coefficient of sex, Efron"] = _coefficient(time, event, woman, "efron")
    found["coefficient of sex, Breslow"] = _coefficient(time, event, woman, "breslow")
    fit = cox(time, event, woman)
    low, high = (np.exp(limit[0]) for limit in (wald_interval(fit).low, wald_interval(fit).high))
    found["hazard ratio of sex, Wald"] = f"{np.exp(fit.coefficients[0]):.3f} ({low:.3f}-{high:.3f})"
    time, event, placebo = _set("freireich")
    found["median of placebo, log-log"] = _median(kaplan_meier(time[placebo], event[placebo]))
    found["log-rank chi-square of Freireich"] = f"{log_rank(time, event, placebo).chi_square:.6f}"
    found["coefficient of placebo, Efron"] = _coefficient(time, event, placebo, "efron")
    found["coefficient of placebo, Breslow"] = _coefficient(time, event, placebo, "breslow")
    found["coefficient of placebo, exact"] = _coefficient(time, event, placebo, "exact")
    return found


def _printed():
    table = PAGE.read_text(encoding="utf-8").split("| quantity | number |")[1].splitlines()[2:]
    return dict(tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table if line.startswith("|"))


def test_the_page_prints_what_the_code_gives():
    printed, computed = _printed(), _computed()
    assert len(printed) == 27
    assert printed == {quantity: computed[quantity] for quantity in printed}


def test_the_page_names_every_file_of_the_room():
    page = PAGE.read_text(encoding="utf-8")
    room = Path(__file__).parents[2] / "src" / "sequela" / "stats"
    machinery = {"__init__.py", "chi_square.py", "columns.py", "confidence.py", "cox_columns.py", "newton.py"}
    machinery |= {"exact_ties_compiled.py", "partial_likelihood_kernel.py"}
    machinery |= {"partial_likelihood.py", "partial_likelihood_compiled.py", "risk_sets.py", "sorted_rows.py"}
    assert [path.name for path in room.glob("*.py") if path.name not in machinery and path.name not in page] == []
