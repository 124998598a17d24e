"""The worlds against the table of the simulation they were drawn from, made by another program (NumPy, months)."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError, UsageError
from sequela.records.dates import DAYS_PER_MONTH
from sequela.scenarios.cohort import simulate_cohort, simulate_starters
from sequela.scenarios.worlds import NUMBERS, WORLDS, world_named
from sequela.stats.cox import cox
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from tests.golden.tolerances import SIMULATED_MEDIAN, SIMULATED_RATIO

PATIENTS = 8000
PRINTED = {
    "N0": ((28.7, 9.9, 87, 31.6, 7.5), (11.2, 7.7, 52, 31.2, 7.4), 2.18),
    "N1": ((28.6, 9.9, 87, 31.6, 7.5), (14.6, 10.7, 58, 31.4, 7.4), 1.77),
    "N2": ((25.5, 9.9, 84, 31.9, 7.5), (14.4, 10.4, 54, 29.2, 6.2), 1.79),
    "N3": ((14.2, 8.4, 58, 31.7, 7.5), (18.9, 12.1, 64, 31.7, 7.5), 0.86),
    "N4": ((13.7, 8.1, 55, 30.5, 6.8), (18.0, 11.8, 61, 30.3, 6.7), 0.88),
    "E1": ((28.5, 9.9, 87, 31.7, 7.5), (14.6, 10.7, 52, 28.0, 5.2), 2.09),
}
"""Without pertuzumab and with it: months to T-DM1, first progression, survival from diagnosis and from T-DM1,
progression on T-DM1; then the hazard ratio of death from diagnosis. Medians over 500 cohorts of 371."""


def _median(days, event):
    return quantile(kaplan_meier(days.astype(float), event), 0.5).value / DAYS_PER_MONTH


def _months(cohort, chosen):
    tdm1, last = cohort.tdm1[chosen], np.minimum(cohort.death, cohort.end)[chosen]
    died, progressed = (cohort.death <= cohort.end)[chosen], (cohort.progression <= cohort.end)[chosen]
    on_tdm1 = np.minimum(cohort.progression, cohort.end)[chosen] - tdm1
    waits = [np.median(days[chosen]) / DAYS_PER_MONTH for days in (cohort.tdm1, cohort.first_progression)]
    return (*waits, _median(last, died), _median(last - tdm1, died), _median(on_tdm1, progressed))


def _ratio(days, event, group, *others):
    return float(
        np.exp(cox(days.astype(float), event, np.column_stack([group, *others]).astype(float)).coefficients[0])
    )


def _on_tdm1(cohort):
    return np.minimum(cohort.progression, cohort.end) - cohort.tdm1, cohort.progression <= cohort.end


@pytest.mark.parametrize("name", PRINTED)
def test_medians_and_the_naive_ratio_are_those_of_the_printed_simulation(name):
    cohort = simulate_cohort(WORLDS[name], np.random.default_rng(11), PATIENTS)
    without, after, ratio = PRINTED[name]
    assert _months(cohort, ~cohort.pertuzumab) == pytest.approx(without, rel=SIMULATED_MEDIAN)
    assert _months(cohort, cohort.pertuzumab) == pytest.approx(after, rel=SIMULATED_MEDIAN)
    died = cohort.death <= cohort.end
    found = _ratio(np.minimum(cohort.death, cohort.end), died, cohort.pertuzumab)
    assert found == pytest.approx(ratio, rel=2 * SIMULATED_RATIO)


@pytest.mark.parametrize("name", ["N0", "N1", "N3", "E1"])
def test_the_ratio_on_tdm1_is_the_truth_that_the_world_states(name):
    cohort = simulate_cohort(WORLDS[name], np.random.default_rng(12), PATIENTS)
    assert _ratio(*_on_tdm1(cohort), cohort.pertuzumab) == pytest.approx(WORLDS[name].hazard_ratio, rel=SIMULATED_RATIO)


def test_frailty_confounds_until_it_is_adjusted_for():
    cohort = simulate_cohort(WORLDS["C1"], np.random.default_rng(13), PATIENTS)
    assert _ratio(*_on_tdm1(cohort), cohort.pertuzumab) < 0.8
    adjusted = _ratio(*_on_tdm1(cohort), cohort.pertuzumab, cohort.frail)
    assert adjusted == pytest.approx(1, rel=SIMULATED_RATIO)


def test_leaving_before_progression_flatters_and_only_then():
    leaving = simulate_cohort(WORLDS["K1"], np.random.default_rng(14), PATIENTS)
    staying = simulate_cohort(WORLDS["K1"].with_values(loss_at_progression=0.0), np.random.default_rng(14), PATIENTS)
    assert _ratio(*_on_tdm1(leaving), leaving.pertuzumab) < 0.75
    assert _ratio(*_on_tdm1(staying), staying.pertuzumab) == pytest.approx(1, rel=SIMULATED_RATIO)


def test_who_lives_longer_gets_the_second_drug_and_seems_helped_by_it():
    cohort = simulate_cohort(WORLDS["I1"], np.random.default_rng(15), PATIENTS)
    added = cohort.added >= 0
    assert not cohort.pertuzumab.any()
    assert ((cohort.added > cohort.tdm1) & (cohort.added < cohort.progression))[added].all()
    assert _ratio(*_on_tdm1(cohort), added) < 0.5


def test_a_line_between_shortens_tdm1_and_nothing_else_does():
    cohort = simulate_cohort(WORLDS["L1"], np.random.default_rng(16), PATIENTS)
    days, event = _on_tdm1(cohort)
    straight = ~cohort.interim
    assert not (cohort.interim & cohort.pertuzumab).any()
    found = _ratio(days[straight], event[straight], cohort.pertuzumab[straight])
    assert found == pytest.approx(1, rel=SIMULATED_RATIO)
    assert _ratio(days, event, cohort.pertuzumab) < 0.93


def test_frail_patients_who_die_early_flatter_pertuzumab_until_frailty_is_adjusted_for():
    cohort = simulate_cohort(WORLDS["S1"], np.random.default_rng(17), PATIENTS)
    assert _ratio(*_on_tdm1(cohort), cohort.pertuzumab) < 0.9
    assert _ratio(*_on_tdm1(cohort), cohort.pertuzumab, cohort.frail) == pytest.approx(1, rel=SIMULATED_RATIO)


def test_starters_are_those_who_come_to_tdm1_and_those_who_do_not():
    """Without early death and without a close of the records, only the day of availability keeps anybody from T-DM1."""
    world = WORLDS["N3"].with_values(early_death=0.0, cut_off=5000.0, tdm1_available=2000.0)
    cohort, never = simulate_starters(world, np.random.default_rng(2), 4000)
    assert cohort.tdm1.size + never.end.size == 4000
    opened = 2000 * DAYS_PER_MONTH
    assert (cohort.diagnosed + cohort.tdm1 >= opened - 2).all()
    gone = never.second >= 0
    assert (never.diagnosed + never.second)[gone].max() <= opened + 2
    assert gone.mean() > 0.9 and (never.end > never.second)[gone].all()


@pytest.mark.parametrize("name", ["N2", "S1"])
def test_who_never_comes_to_tdm1_dies_or_is_seen_to_the_close(name):
    never = simulate_starters(WORLDS[name], np.random.default_rng(3), 3000)[1]
    close = WORLDS[name].cut_off * DAYS_PER_MONTH
    assert (never.first_progression >= 1).all()
    assert never.diagnosed[~never.died] + never.end[~never.died] == pytest.approx(close, abs=2)
    assert (never.diagnosed + never.end <= close + 2).all()
    with pytest.raises(NotEstimableError, match="start T-DM1"):
        simulate_starters(WORLDS[name].with_values(tdm1_available=187.0), np.random.default_rng(1), 5)


def test_the_same_generator_gives_the_same_patients_and_another_gives_others():
    first, again, other = (simulate_cohort(WORLDS["N1"], np.random.default_rng(seed), 60) for seed in (1, 1, 2))
    assert all((getattr(first, name) == getattr(again, name)).all() for name in ("diagnosed", "tdm1", "death", "end"))
    assert (first.tdm1 != other.tdm1).any()


@pytest.mark.parametrize("name", WORLDS)
def test_every_patient_keeps_the_order_of_life(name):
    cohort = simulate_cohort(WORLDS[name], np.random.default_rng(3), 500)
    assert (cohort.first_progression >= 1).all()
    assert (cohort.tdm1 > cohort.first_progression).all()
    assert (cohort.progression > cohort.tdm1).all()
    assert (cohort.death > cohort.progression).all()
    assert (cohort.end > cohort.tdm1).all()


def test_a_share_of_the_cohort_has_had_pertuzumab():
    assert simulate_cohort(WORLDS["N1"], np.random.default_rng(1)).pertuzumab.sum() == 177


def test_every_number_of_a_world_refuses_what_it_cannot_be():
    for name in NUMBERS:
        with pytest.raises(UsageError):
            WORLDS["N1"].with_values(**{name: float("inf")})
    with pytest.raises(UsageError) as found:
        WORLDS["N1"].with_values(given_after=1.5, median=3, tdm1_median=0)
    assert len(found.value.problems) == 3


def test_a_world_that_selects_nobody_says_so():
    with pytest.raises(NotEstimableError, match="too few start T-DM1"):
        simulate_cohort(WORLDS["N1"].with_values(tdm1_available=187.0, least_follow_up=2.0), np.random.default_rng(1))
    with pytest.raises(NotEstimableError, match="at least 2"):
        simulate_cohort(WORLDS["N1"], np.random.default_rng(1), 1)
    with pytest.raises(UsageError, match="N9"):
        world_named("N9")
