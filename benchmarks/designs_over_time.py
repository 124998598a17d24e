"""The designs of a target trial where the truth is known: how often the 95% interval holds it, or leaves out no effect.

    python benchmarks/designs_over_time.py --design structural --patients 371 --runs 400 --bootstrap 500

draws studies in which a drug does nothing (`--factor 1`) or makes the time that is left when it is started 1.6 times
as long, asks for the difference of mean event-free months up to 12, and prints its mean error, its spread, and the
coverage of the percentiles of the bootstrap and of those that are printed, expanded where few patients decide.

`structural`: patients of world V1, in whom a drug is started when performance status gets worse; start within two
months, or never. `clones`: a third of the patients are frail, progress in half the time and start the drug five times
as fast; start within 90 days, or not. `sequential`: patients of V1, a trial each month; per protocol.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from sequela.analyses.curves_compared import MadeAgain, contrasts, drawn_again, left_out
from sequela.errors import NotEstimableError
from sequela.records.dates import DAYS_PER_MONTH
from sequela.scenarios.worlds import WORLDS
from sequela.stats.bootstrap_limits import degrees_of_freedom, expanded_limits, percentile_limits
from sequela.stats.clone_censor_weight import Eligible, clones_that_do_not, clones_that_start, strategy_curve
from sequela.stats.marginal_structural import marginal_structural
from sequela.stats.sequential_trials import Candidates, effect_of_following, stack_trials
from sequela.stats.treatment_over_time import PatientsOverTime

HORIZON, GRACE, GRACE_DAYS = 12, 2, 90
V1 = WORLDS["V1"]
FRAIL, FASTER, RATE, RATE_FRAIL = 0.35, 0.5, 0.06, 0.3
MEAN_DIFFERENCE = 5
Compare = Callable[[np.ndarray], np.ndarray]


def course(rng: np.random.Generator, n: int, factor: float, months: int = HORIZON) -> dict[str, np.ndarray]:
    """Draw patients of V1 in months: time to progression without the drug and as it is, start, status, loss."""
    indolence = rng.standard_normal(n)
    without = _time_without(rng, n) * np.exp(V1.tdm1_indolence * indolence)
    lost = np.minimum(rng.exponential(V1.mean_loss, n), rng.uniform(2, 120, n))
    started, status = np.full(n, np.inf), np.full((n, months), np.nan)
    for month in range(months):
        log_odds = V1.status_log_odds - V1.status_indolence * indolence - V1.status_relief * (started <= month)
        worse = status[:, month] = rng.random(n) < 1 / (1 + np.exp(-log_odds))
        wait = rng.exponential(1, n) / np.where(worse, V1.second_drug_worse, V1.second_drug)
        goes = np.isinf(started) & (wait < 1) & (month + wait < without)
        started = np.where(goes, month + wait, started)
    return {
        "without": without,
        "time": _lengthened(without, started, factor),
        "started": started,
        "status": status,
        "lost": lost,
    }


def structural(rng: np.random.Generator, n: int, factor: float) -> tuple[Compare, int]:
    """Return the comparison by the marginal structural model of rows of patients."""
    drawn = course(rng, n, factor)
    days, event, started = _seen(drawn["time"], drawn["lost"], drawn["started"])
    changing = drawn["status"][:, :, None].copy()
    changing[days[:, None] <= np.arange(HORIZON)] = np.nan
    patients = PatientsOverTime(days, event, started, np.zeros((n, 0)), changing)
    begin = marginal_structural(patients, GRACE, HORIZON, np.ones(n)).fit.coefficients

    def compare(rows: np.ndarray) -> np.ndarray:
        counts = np.bincount(rows, minlength=n).astype(float)
        effect = marginal_structural(patients, GRACE, HORIZON, counts, begin)
        return contrasts(effect.start, effect.never, HORIZON)

    return compare, n


def structural_truth(rng: np.random.Generator, n: int, factor: float) -> float:
    """Return the difference of mean months had everyone followed each strategy: who waits starts as the grace ends."""
    drawn = course(rng, n, factor)
    started = np.minimum(drawn["started"], GRACE)
    return _mean(_lengthened(drawn["without"], started, factor)) - _mean(drawn["without"])


def clones(rng: np.random.Generator, n: int, factor: float) -> tuple[Compare, int]:
    """Return the comparison of clones, in days of rows of patients, in months."""
    frail = (rng.random(n) < FRAIL).astype(float)
    without = _time_without(rng, n) * np.where(frail == 1, FASTER, 1.0)
    started = rng.exponential(1, n) / np.where(frail == 1, RATE_FRAIL, RATE)
    lost = np.minimum(rng.exponential(V1.mean_loss, n), rng.uniform(2, 120, n))
    days, event, started = _seen(_lengthened(without, started, factor), lost, started)
    patients = Eligible(days * DAYS_PER_MONTH, event, started * DAYS_PER_MONTH, frail[:, None], float(GRACE_DAYS))

    def compare(rows: np.ndarray) -> np.ndarray:
        until, found = HORIZON * DAYS_PER_MONTH, []
        for make in (clones_that_start, clones_that_do_not):
            curve = strategy_curve(make(patients.rows(rows)))
            found += [curve.at(until), curve.mean_until(until) / DAYS_PER_MONTH]
        return np.array([*found, found[0] - found[2], found[1] - found[3]])

    return compare, n


def clones_truth(rng: np.random.Generator, n: int, factor: float) -> float:
    """Return the difference of mean months: start within the grace period by each patient's own law, or not in it."""
    frail, grace = rng.random(n) < FRAIL, GRACE_DAYS / DAYS_PER_MONTH
    without = _time_without(rng, n) * np.where(frail, FASTER, 1.0)
    rate = np.where(frail, RATE_FRAIL, RATE)
    natural = rng.exponential(1, n) / rate
    as_it_was, later = (
        _lengthened(without, started, factor) for started in (natural, grace + rng.exponential(1, n) / rate)
    )
    # As the design has it: all who are still at risk when the grace period ends live on as those of them who started.
    there, share = as_it_was > grace, np.zeros(n)
    for kind in (True, False):
        share[frail == kind] = (natural <= grace)[there & (frail == kind)].mean()
    follow = there & (natural <= grace)
    beyond = np.average(np.minimum(as_it_was, HORIZON)[follow], weights=1 / share[follow])
    first = there.mean() * beyond + as_it_was[~there].sum() / n
    return float(first - _mean(later))


def sequential(rng: np.random.Generator, n: int, factor: float) -> tuple[Compare, int]:
    """Return the comparison per protocol of trials that open each month, of rows of patients."""
    drawn = course(rng, n, factor, 2 * HORIZON)
    time_to, event, started = _seen(drawn["time"], drawn["lost"], drawn["started"])
    known = np.repeat(drawn["status"], 2, axis=1)[:, :, None]
    known[time_to[:, None] <= np.arange(4 * HORIZON) / 2] = np.nan
    month = np.where(np.isfinite(started), started, 0).astype(int)
    at_start = np.where(np.isfinite(started), drawn["status"][np.arange(n), month], np.nan)[:, None]
    people = Candidates(time_to, event, started, known[:, ::2], known[:, 1::2], at_start)
    stacked = stack_trials(people, HORIZON, HORIZON)
    begin = effect_of_following(stacked, np.ones(n)).fit.coefficients

    def compare(rows: np.ndarray) -> np.ndarray:
        effect = effect_of_following(stacked, np.bincount(rows, minlength=n).astype(float), begin)
        return contrasts(effect.treated, effect.untreated, HORIZON)

    return compare, n


def sequential_truth(rng: np.random.Generator, n: int, factor: float) -> float:
    """Return the difference of mean months of starting at entry and never, over all entries of such patients."""
    drawn = course(rng, n, factor, HORIZON)
    without, started = drawn["without"], drawn["started"]
    until = np.minimum(drawn["time"], drawn["lost"])
    gain, entries = 0.0, 0
    begun = [np.where(started < until, started, np.inf)]
    begun += [np.where((until > month) & (started > month), month, np.inf) for month in range(HORIZON)]
    for at in begun:
        left = (without - at)[np.isfinite(at)]
        gain += float((np.minimum(left * factor, HORIZON) - np.minimum(left, HORIZON)).sum())
        entries += left.size
    return gain / entries


def _time_without(rng: np.random.Generator, n: int) -> np.ndarray:
    return V1.tdm1_median * (rng.exponential(1, n) / np.log(2)) ** (1 / V1.tdm1_shape)


def _lengthened(without: np.ndarray, started: np.ndarray, factor: float) -> np.ndarray:
    """Return the months to progression when those that are left at the start of the drug are so many times as long."""
    has = started < without
    begun = np.where(has, started, 0.0)
    return np.where(has, begun + (without - begun) * factor, without)


def _seen(progression: np.ndarray, lost: np.ndarray, started: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return months of follow-up and to the start as whole days give them, and whether it ends in the event."""
    time_to = np.maximum(np.rint(np.minimum(progression, lost) * DAYS_PER_MONTH), 1) / DAYS_PER_MONTH
    began = np.maximum(np.rint(np.where(np.isfinite(started), started, 0) * DAYS_PER_MONTH), 1) / DAYS_PER_MONTH
    began = np.where(np.isfinite(started), began, np.inf)
    return time_to, progression <= lost, np.where(began < time_to, began, np.inf)


def _mean(time_to: np.ndarray) -> float:
    return float(np.minimum(time_to, HORIZON).mean())


DESIGNS = {
    "structural": (structural, structural_truth),
    "clones": (clones, clones_truth),
    "sequential": (sequential, sequential_truth),
}


def examine(design: str, patients: int, factor: float, runs: int, samples: int, seed: int) -> str:
    """Return a line: how often intervals of the difference of mean months hold the truth."""
    prepare, what_is_true = DESIGNS[design]
    truth = what_is_true(np.random.default_rng(9), 1_000_000, factor)
    points, plain, wide, few = [], 0, 0, []
    for run in range(runs):
        try:
            compare, n = prepare(np.random.default_rng([seed, run]), patients, factor)
            points.append(float(compare(np.arange(n))[MEAN_DIFFERENCE]))
        except NotEstimableError:
            continue
        drawn = drawn_again(n, compare, samples, np.random.default_rng(run), (6,))
        again = MadeAgain(drawn, left_out(n, compare, (6,)), samples).at(MEAN_DIFFERENCE)
        freedom = degrees_of_freedom(again.left_out)
        limits = percentile_limits(again.samples), expanded_limits(again.samples, freedom)
        plain += limits[0].low <= truth <= limits[0].high
        wide += limits[1].low <= truth <= limits[1].high
        few.append(freedom + 1)
    done = len(points)
    return (
        f"{design}, {patients} patients, factor {factor:g}: truth {truth:.3f}, {done} of {runs} with an answer, "
        f"mean error {np.mean(points) - truth:.3f}, spread {np.std(points, ddof=1):.3f}, percentiles hold it in "
        f"{plain / done:.3f}, expanded in {wide / done:.3f}; as uncertain as {np.median(few):.0f} patients"
    )


def main() -> None:
    """Examine a design and print a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--design", choices=list(DESIGNS), default="structural")
    parser.add_argument("--patients", type=int, nargs="*", default=[200, 371, 1000])
    parser.add_argument("--factor", type=float, nargs="*", default=[1.0, 1.6])
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--bootstrap", type=int, default=500)
    parser.add_argument("--seed", type=int, default=11)
    asked = parser.parse_args()
    for factor in asked.factor:
        for patients in asked.patients:
            begun = time.perf_counter()
            line = examine(asked.design, patients, factor, asked.runs, asked.bootstrap, asked.seed)
            print(f"{line} ({time.perf_counter() - begun:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
