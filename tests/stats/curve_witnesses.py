"""Hold curves and the tests that compare them against their golden folders; see `witnesses`."""

import numpy as np

from sequela.stats import (
    conditional_survival,
    differences,
    kaplan_meier,
    log_rank,
    log_rank_trend,
    max_combo,
    nelson_aalen,
    pairwise_log_rank,
    permutation_log_rank,
    restricted_mean,
    reverse_kaplan_meier,
    weightings,
)
from sequela.stats.group_cells import Roles
from tests.golden import read
from tests.golden.tolerances import DISTRIBUTION, DRAWN, QUASI_RANDOM, SUMMATION, UNEVEN

from .comparing import follow_up as _follow_up
from .comparing import mismatches as _mismatches


def _curve_values(curve, wanted):
    """Yield what the curve says for each expected row."""
    for row in wanted:
        at, statistic = read.number(row["at"]), row["statistic"]
        if statistic.startswith("quantile"):
            field = statistic.removeprefix("quantile").strip() or "value"
            value = getattr(kaplan_meier.quantile(curve, at), field)
        else:
            step = np.argmin(np.abs(curve.time - at))
            value = getattr(curve, statistic)[step]
        yield tuple(row.values()), float(value), read.number(row["value"])


def check_kaplan_meier():
    wrong = []
    expected = read.parts(read.rows("kaplan_meier", "expected"), "set", "group", "interval")
    data = read.parts(read.rows("kaplan_meier", "data"), "set", "group")
    for (name, group, interval), wanted in expected.items():
        time, event, entry = _follow_up(data[name, group])
        curve = kaplan_meier.kaplan_meier(time, event, entry=entry, interval=interval or "log")
        wrong += _mismatches(_curve_values(curve, wanted), SUMMATION)
    return wrong


def check_restricted_mean():
    pairs = []
    data = read.parts(read.rows("restricted_mean", "data"), "set")
    for row in read.rows("restricted_mean", "expected"):
        time, event, entry = _follow_up(data[(row["set"],)])
        mean = restricted_mean.restricted_mean(
            kaplan_meier.kaplan_meier(time, event, entry=entry), float(row["horizon"])
        )
        pairs += [((*row.values(), end), getattr(mean, end), read.number(row[end])) for end in ("value", "std_error")]
    return _mismatches(pairs, SUMMATION)


def _column(part, name):
    """Return a column, or none where it is empty or the data have none."""
    values = read.numbers(part, name) if name in part[0] else np.array([np.nan])
    return None if np.isnan(values).all() else values


def check_uneven_weights():
    return check_weighted_curve("uneven_weights", UNEVEN)


def check_weighted_curve(folder="weighted_curve", tolerance=SUMMATION):
    wrong = []
    data = read.parts(read.rows(folder, "data"), "set")
    for (name, variance), wanted in read.parts(read.rows(folder, "expected"), "set", "variance").items():
        part = data[(name,)]
        time, event, entry = _follow_up(part)
        curve = kaplan_meier.kaplan_meier(
            time,
            event,
            entry=entry,
            weights=read.numbers(part, "weight"),
            cluster=_column(part, "cluster"),
            variance=variance,
        )
        hazard = nelson_aalen.nelson_aalen(curve)
        of_hazard = {"hazard": hazard.hazard, "hazard error": hazard.std_error}
        of_mean = {"mean": "value", "mean error": "std_error"}
        pairs = []
        for row in wanted:
            at, statistic, value = read.number(row["at"]), row["statistic"], None
            if statistic in of_hazard:
                value = of_hazard[statistic][np.argmin(np.abs(hazard.time - at))]
            elif statistic in of_mean:
                value = getattr(restricted_mean.restricted_mean(curve, at), of_mean[statistic])
            pairs += [((*row.values(),), value, read.number(row["value"]))] if value is not None else []
        wrong += _mismatches(pairs, tolerance)
        rest = [row for row in wanted if row["statistic"] not in of_hazard | of_mean]
        wrong += _mismatches(_curve_values(curve, rest), tolerance)
    return wrong


def check_conditional_survival():
    wrong = []
    data = read.parts(read.rows("conditional_survival", "data"), "set")
    expected = read.parts(read.rows("conditional_survival", "expected"), "set", "start", "interval")
    for (name, start, interval), wanted in expected.items():
        part = data[(name,)]
        time, event, entry = _follow_up(part)
        weight = read.numbers(part, "weight")
        curve = kaplan_meier.kaplan_meier(
            time, event, entry=entry, weights=None if (weight == 1).all() else weight, interval=interval
        )
        later = conditional_survival.conditional_survival(curve, float(start))
        wrong += _mismatches(_curve_values(later, wanted), SUMMATION)
    return wrong


def check_curve_differences():
    pairs = []
    data = read.parts(read.rows("curve_differences", "data"), "set")
    for row in read.rows("curve_differences", "expected"):
        part, at = data[(row["set"],)], float(row["at"])
        curves = [
            kaplan_meier.kaplan_meier(
                read.numbers(own, "time"),
                read.numbers(own, "event"),
                weights=read.numbers(own, "weight") if row["set"] == "weights" else None,
            )
            for _, own in sorted(read.parts(part, "group").items(), reverse=True)
        ]
        if row["what"] == "survival":
            found = differences.survival_difference(*curves, at)
        else:
            means = [restricted_mean.restricted_mean(curve, at) for curve in curves]
            ratio = row["what"] == "ratio of means"
            name = "restricted_mean_ratio" if ratio else "restricted_mean_difference"
            found = getattr(restricted_mean, name)(*means)
        ends = ("value", "std_error", "low", "high", "p_value")
        pairs += [((*row.values(), end), getattr(found, end), read.number(row[end])) for end in ends]
    return _mismatches(pairs, DISTRIBUTION)


def check_reverse_kaplan_meier():
    wrong = []
    table = read.rows("reverse_kaplan_meier", "data")
    for (rule, group, interval), wanted in read.parts(
        read.rows("reverse_kaplan_meier", "expected"), "rule", "group", "interval"
    ).items():
        if rule != "deaths first":
            continue
        part = [row for row in table if group in ("all", row["group"])]
        curve = reverse_kaplan_meier.reverse_kaplan_meier(
            read.numbers(part, "time"), read.numbers(part, "event"), interval=interval
        )
        for row in wanted:
            row["statistic"] = row["statistic"].replace("median", "quantile")
        wrong += _mismatches(_curve_values(curve, wanted), SUMMATION)
    return wrong


def check_log_rank():
    wrong = []
    data = read.parts(read.rows("log_rank", "data"), "set")
    for (name,), wanted in read.parts(read.rows("log_rank", "expected"), "set").items():
        part = data[(name,)]
        time, event, entry = _follow_up(part)
        group, strata = read.numbers(part, "group"), read.numbers(part, "stratum")
        test = log_rank.log_rank(time, event, group, entry=entry, strata=strata)
        order = {float(code): index for index, code in enumerate(test.groups)}
        values = {"statistic": test.chi_square, "p_value": test.p_value}
        arrays = {"observed": test.observed, "expected": test.expected, "variance": np.diag(test.variance)}
        pairs = [
            (
                (name, row["statistic"], row["at"]),
                values[row["statistic"]]
                if row["statistic"] in values
                else arrays[row["statistic"]][order[float(row["at"])]],
                read.number(row["value"]),
            )
            for row in wanted
        ]
        wrong += _mismatches(pairs, SUMMATION)
    return wrong


def _roles(part):
    weight, entry, strata = (_column(part, name) for name in ("weight", "entry", "stratum"))
    return Roles(
        entry if entry is not None and entry.any() else None,
        strata,
        None if weight is None or (weight == 1).all() else weight,
        _column(part, "cluster"),
    )


def _compared(part):
    return read.numbers(part, "time"), read.numbers(part, "event"), read.numbers(part, "group")


def check_weighted_log_rank():
    wrong = []
    data = read.parts(read.rows("weighted_log_rank", "data"), "set")
    for (name, kind), wanted in read.parts(read.rows("weighted_log_rank", "expected"), "set", "test").items():
        columns, roles, chosen = _compared(data[(name,)]), _roles(data[(name,)]), weightings.weighting_named(kind)
        test = log_rank.log_rank(
            *columns,
            entry=roles.entry,
            strata=roles.strata,
            weights=roles.weights,
            cluster=roles.cluster,
            weighting=chosen,
        )
        trend = log_rank_trend.log_rank_trend(test)
        values = {"chi_square": test.chi_square, "p_value": test.p_value, "trend z": trend.z, "trend p": trend.p_value}
        arrays = {"observed": test.observed, "expected": test.expected, "variance": np.diag(test.variance)}
        for pair in pairwise_log_rank.pairwise_log_rank(*columns, roles, chosen) if test.groups.size > 2 else ():
            values["pair p", f"{pair.first:g}:{pair.second:g}"] = pair.p_value
            values["pair Holm p", f"{pair.first:g}:{pair.second:g}"] = pair.adjusted_p_value
        for row in wanted:
            statistic, at = row["statistic"], row["at"]
            if statistic in arrays:
                value = arrays[statistic][list(test.groups).index(float(at))]
            else:
                value = values[statistic] if statistic in values else values[statistic, at]
            wrong += _mismatches([((*row.values(),), float(value), read.number(row["value"]))], DISTRIBUTION)
    return wrong


def check_max_combo():
    wrong = []
    data = read.parts(read.rows("max_combo", "data"), "set")
    for (name,), wanted in read.parts(read.rows("max_combo", "expected"), "set").items():
        test = max_combo.max_combo(*_compared(data[(name,)]), _roles(data[(name,)]))
        for row in wanted:
            place, witness, index = (*row.values(),), read.number(row["value"]), int(row["at"]) - 1
            match row["statistic"]:
                case "p_value":
                    wrong += _mismatches([(place, test.p_value, witness)], QUASI_RANDOM / max(witness, 1e-3))
                case "permutation p":
                    wrong += _mismatches([(place, test.p_value, witness)], DRAWN)
                case "statistic":
                    wrong += _mismatches([(place, test.statistic, witness)], SUMMATION)
                case "z":
                    wrong += _mismatches([(place, test.z[index], witness)], SUMMATION)
                case "correlation":
                    wrong += _mismatches([(place, test.correlation[0, index], witness)], SUMMATION)
    return wrong


def check_permutation_log_rank():
    pairs = []
    data = read.parts(read.rows("permutation_log_rank", "data"), "set")
    for row in read.rows("permutation_log_rank", "expected"):
        part = data[(row["set"],)]
        chosen = weightings.weighting_named(row["test"])
        test = permutation_log_rank.permutation_log_rank(
            *_compared(part), strata=read.numbers(part, "stratum"), weighting=chosen
        )
        assert test.exact
        pairs.append(((*row.values(),), float(getattr(test, row["statistic"])), read.number(row["value"])))
    return _mismatches(pairs, SUMMATION)


CURVE_CHECKS = {
    "kaplan_meier": check_kaplan_meier,
    "restricted_mean": check_restricted_mean,
    "weighted_curve": check_weighted_curve,
    "uneven_weights": check_uneven_weights,
    "conditional_survival": check_conditional_survival,
    "curve_differences": check_curve_differences,
    "reverse_kaplan_meier": check_reverse_kaplan_meier,
    "log_rank": check_log_rank,
    "weighted_log_rank": check_weighted_log_rank,
    "max_combo": check_max_combo,
    "permutation_log_rank": check_permutation_log_rank,
}
