"""Witnesses of the diagnostics of a Cox model and of several kinds of event; see `witnesses`."""

import numpy as np

from sequela.stats import (
    competing_risks,
    concordance,
    cox,
    cox_residuals,
    fine_gray,
    fitted_risks,
    gray_test,
    proportional_hazards,
    splines,
    standardised_survival,
)
from tests.golden import read
from tests.golden.tolerances import NEWTON, ROOT, SUMMATION

from .comparing import follow_up, mismatches


def _model_arrays(part, strata, weights):
    """Return the arguments and options that both a fit and its diagnostics take."""
    time, event, entry = follow_up(part)
    columns = [f"x{number}" for number in range(1, 9) if part[0].get(f"x{number}")]
    options = {
        "entry": entry,
        "strata": read.numbers(part, "stratum") if strata else None,
        "weights": read.numbers(part, "weight") if weights else None,
    }
    return (time, event, np.column_stack([read.numbers(part, column) for column in columns])), options


def _fitted_risks(part, ties, strata, weights):
    arrays, options = _model_arrays(part, strata, weights)
    fit = cox.cox(*arrays, **options, ties=ties)
    return fitted_risks.fitted_risks(fit, *arrays, **options)


def check_proportional_hazards():
    wrong = []
    data = read.parts(read.rows("proportional_hazards", "data"), "set")
    keys = ("set", "variant", "ties", "transform")
    for (name, variant, ties, transform), wanted in read.parts(
        read.rows("proportional_hazards", "expected"), *keys
    ).items():
        part = data[(name,)]
        risks = _fitted_risks(part, ties, variant in ("strata", "all"), variant in ("weights", "all"))
        numbered = [int(term) for term in part[0]["terms"].split()]
        terms = [[i for i, term in enumerate(numbered) if term == wanted_term] for wanted_term in sorted({*numbered})]
        test = proportional_hazards.proportional_hazards_test(risks, terms, transform)
        for found, row in zip((*test.terms, test.overall), wanted, strict=True):
            place = tuple(row.values())
            pairs = [
                (place, found.statistic, read.number(row["statistic"])),
                (place, found.degrees_of_freedom, read.number(row["df"])),
                (place, found.p_value, read.number(row["p_value"])),
            ]
            if row["correlation"]:
                column = numbered.index(int(row["term"].removeprefix("t")))
                pairs.append((place, test.correlations[column], read.number(row["correlation"])))
            wrong += mismatches(pairs, NEWTON)
    return wrong


def _residual_values(risks):
    schoenfeld = cox_residuals.schoenfeld_residuals(risks)
    order = {int(row) + 1: place for place, row in enumerate(schoenfeld.rows)}
    everyone = {row: row - 1 for row in range(1, risks.rows.size + 1)}
    return {
        "martingale": (cox_residuals.martingale_residuals(risks)[:, None], everyone),
        "deviance": (cox_residuals.deviance_residuals(risks)[:, None], everyone),
        "score": (cox_residuals.score_residuals(risks), everyone),
        "dfbeta": (cox_residuals.influence(risks), everyone),
        "schoenfeld": (schoenfeld.residual, order),
        "scaledsch": (schoenfeld.scaled, order),
    }


def check_cox_residuals():
    wrong = []
    data = read.parts(read.rows("cox_residuals", "data"), "set")
    for (name, ties), wanted in read.parts(read.rows("cox_residuals", "expected"), "set", "ties").items():
        values = _residual_values(_fitted_risks(data[(name,)], ties, True, True))
        pairs = []
        for row in wanted:
            array, place = values[row["residual"]]
            found = array[place[int(row["row"])], max(int(row["column"]) - 1, 0)]
            pairs.append((tuple(row.values()), float(found), read.number(row["value"])))
        wrong += mismatches(pairs, NEWTON)
    return wrong


def _incidence_pairs(curve, wanted):
    for row in wanted:
        column = curve.column(int(row["cause"]))
        step = int(np.argmin(np.abs(curve.time - float(row["at"]))))
        values = getattr(curve, row["statistic"])
        yield tuple(row.values()), float(values[step] if values.ndim == 1 else values[step, column]), row["value"]


def check_competing_risks():
    pairs = []
    data = read.parts(read.rows("competing_risks", "data"), "set")
    for (name, interval), wanted in read.parts(read.rows("competing_risks", "expected"), "set", "interval").items():
        part = data[(name,)]
        entry = read.numbers(part, "entry")
        curve = competing_risks.cumulative_incidence(
            read.numbers(part, "time"),
            read.numbers(part, "cause"),
            entry=None if np.isnan(entry).all() else entry,
            interval=interval or "log-log",
        )
        pairs += [(place, found, read.number(value)) for place, found, value in _incidence_pairs(curve, wanted)]
    return mismatches(pairs, SUMMATION)


def check_incidence_errors():
    pairs = []
    data = read.parts(read.rows("incidence_errors", "data"), "set")
    for (name, variance), wanted in read.parts(read.rows("incidence_errors", "expected"), "set", "variance").items():
        part = data[(name,)]
        entry, weight = read.numbers(part, "entry"), read.numbers(part, "weight")
        curve = competing_risks.cumulative_incidence(
            read.numbers(part, "time"),
            read.numbers(part, "cause"),
            entry=None if np.isnan(entry).all() else entry,
            weights=None if np.isnan(weight).all() else weight,
            variance=variance,
        )
        pairs += [(place, found, read.number(value)) for place, found, value in _incidence_pairs(curve, wanted)]
    return mismatches(pairs, SUMMATION)


def check_concordance():
    pairs = []
    data = read.parts(read.rows("concordance", "data"), "set")
    for (name, variant), wanted in read.parts(read.rows("concordance", "expected"), "set", "variant").items():
        part = data[(name,)]
        time, event, entry = follow_up(part)
        found = concordance.concordance(
            time,
            event,
            read.numbers(part, "risk"),
            entry=entry,
            strata=read.numbers(part, "stratum") if variant in ("strata", "all") else None,
            weights=read.numbers(part, "weight") if variant in ("weights", "all") else None,
        )
        for row in wanted:
            pairs.append((tuple(row.values()), getattr(found, row["statistic"]), read.number(row["value"])))
    return mismatches(pairs, SUMMATION)


def check_gray_test():
    pairs = []
    data = read.parts(read.rows("gray_test", "data"), "set")
    for row in read.rows("gray_test", "expected"):
        part = data[(row["set"],)]
        test = gray_test.gray_test(
            *(read.numbers(part, column) for column in ("time", "cause", "group")),
            interest=int(row["cause"]),
            strata=read.numbers(part, "stratum") if row["stratified"] == "1" else None,
        )
        place = tuple(row.values())
        pairs += [
            (place, test.chi_square, read.number(row["statistic"])),
            (place, test.degrees_of_freedom, read.number(row["df"])),
            (place, test.p_value, read.number(row["p_value"])),
        ]
    return mismatches(pairs, SUMMATION)


def check_fine_gray(sets=None):
    pairs = []
    data = read.parts(read.rows("fine_gray", "data"), "set")
    for (name, ties, grouped), wanted in read.parts(
        read.rows("fine_gray", "expected"), "set", "ties", "groups"
    ).items():
        if sets is not None and name not in sets:
            continue
        part = data[(name,)]
        entry = read.numbers(part, "entry")
        columns = [column for column in ("x1", "x2", "x3") if part[0][column]]
        fit = fine_gray.fine_gray(
            read.numbers(part, "time"),
            read.numbers(part, "cause"),
            np.column_stack([read.numbers(part, column) for column in columns]),
            entry=None if np.isnan(entry).all() else entry,
            censoring_groups=read.numbers(part, "group") if grouped == "1" else None,
            ties=ties,
        )
        values = {
            "coefficient": fit.coefficients,
            "std_error": fit.std_errors,
            "std_error_known_weights": np.sqrt(np.diag(fit.covariance_known_weights)),
            "log_likelihood": [fit.log_likelihood],
            "log_likelihood_null": [fit.log_likelihood_null],
        }
        for row in wanted:
            found = values[row["statistic"]][max(int(row["at"]) - 1, 0)]
            pairs.append((tuple(row.values()), float(found), read.number(row["value"])))
    return mismatches(pairs, ROOT)


def check_splines():
    pairs = []
    data = read.parts(read.rows("splines", "data"), "set")
    for (name, number), wanted in read.parts(read.rows("splines", "expected"), "set", "knots").items():
        part = data[(name,)]
        x, time, event = (read.numbers(part, column) for column in ("x", "time", "event"))
        knots = splines.spline_knots(x, int(number))
        basis = splines.restricted_cubic_spline(x, knots)
        fit = cox.cox(time, event, basis)
        linearity = cox.likelihood_ratio_test(fit, np.arange(1, basis.shape[1])).statistic
        for row in wanted:
            place, column = int(row["row"]) - 1, int(row["column"]) - 1
            found = {"knot": knots[place], "linearity": linearity} if column < 0 else {"basis": basis[place, column]}
            pairs.append((tuple(row.values()), float(found[row["statistic"]]), read.number(row["value"])))
    return mismatches(pairs, ROOT)


def check_standardised_survival():
    pairs = []
    part = read.rows("standardised_survival", "data")
    time, event, group, x, z = (read.numbers(part, name) for name in ("time", "event", "group", "x", "z"))
    for (model,), wanted in read.parts(read.rows("standardised_survival", "expected"), "model").items():
        columns = np.column_stack([group, x, z][: model.count("+") + 1])
        risks = fitted_risks.fitted_risks(cox.cox(time, event, columns), time, event, columns)
        scenarios = [np.column_stack([np.full(group.size, value), columns[:, 1:]]) for value in (0.0, 1.0)]
        at = sorted({float(row["time"]) for row in wanted})
        found = standardised_survival.standardised_survival(risks, scenarios, at)
        arrays = {
            "survival": (found.survival, found.std_error),
            "difference": (found.difference, found.difference_std_error),
        }
        for row in wanted:
            place = int(row["scenario"]), at.index(float(row["time"]))
            for array, name in zip(arrays[row["statistic"]], ("value", "std_error"), strict=True):
                pairs.append((tuple(row.values()), float(array[place]), read.number(row[name])))
    return mismatches(pairs, ROOT)


MODEL_CHECKS = {
    "standardised_survival": check_standardised_survival,
    "splines": check_splines,
    "concordance": check_concordance,
    "cox_residuals": check_cox_residuals,
    "proportional_hazards": check_proportional_hazards,
    "competing_risks": check_competing_risks,
    "incidence_errors": check_incidence_errors,
    "gray_test": check_gray_test,
    "fine_gray": check_fine_gray,
}
