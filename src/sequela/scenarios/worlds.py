"""The data-generating worlds, as data: what is true in each, and what nobody measured.

The base is a retrospective cohort of HER2-positive metastatic breast cancer in which a patient is
included because she started T-DM1. Pertuzumab and T-DM1 became available in the same year, so patients
treated with pertuzumab first can only be in the cohort if they failed it fast, and patients diagnosed
earlier only if they waited. Months; month 0 of the calendar is January 2003.
"""

from dataclasses import fields, replace
from typing import Any

from sequela.errors import Problem, UsageError
from sequela.frozen import frozen


@frozen
class World:
    """One world.

    Attributes
    ----------
    name, title, truth, unmeasured : str
        What it is called, what happens in it, what is true of T-DM1 after pertuzumab, what no record holds.
    cut_off, tdm1_available, pertuzumab_available : float
        Months of the calendar.
    given_after, given_before : float
        Probability that the first line holds pertuzumab, for diagnoses after and before it was available.
    first_line_median, first_line_spread, first_line_indolence : float
        Log-normal time to first progression: median, standard deviation of its logarithm, and its
        correlation with the indolence of the disease.
    first_line_benefit : float
        Factor of the median with pertuzumab.
    long_wait, mean_long_wait, mean_short_wait, wait_indolence : float
        Time from first progression to the next HER2 line: probability and mean of a long wait, mean of a
        short one, logarithm of the factor per unit of indolence (its mean is kept).
    early_death : float
        Rate per month of death before T-DM1.
    tdm1_median, tdm1_shape, tdm1_indolence, tdm1_after_pertuzumab : float
        Weibull time to progression on T-DM1; logarithm of the factor per unit of indolence; factor after
        pertuzumab.
    later_median, later_indolence : float
        Exponential survival after progression on T-DM1.
    least_follow_up, mean_loss : float
        Months before the cut-off by which T-DM1 must have started; mean of the exponential loss to follow-up.
    frail : float
        Probability of performance status 2 at the start of T-DM1, which is recorded.
    frail_tdm1, frail_later : float
        Factors of both times with performance status 2.
    frail_given : float
        Probability of pertuzumab with performance status 2 beside `given_after` without; nan for no difference.
    frail_early_death : float
        Rate per month at which patients with performance status 2 die before T-DM1 after pertuzumab, beside all other
        death; they have that status from the first line on.
    frail_loss : float
        Rate per month at which patients with performance status 2 are lost after pertuzumab, beside all other loss.
    loss_at_progression : float
        Probability that a patient after pertuzumab is lost half a month before her progression.
    second_drug : float
        Rate per month at which patients on T-DM1 are given pertuzumab beside it; for the world of immortal time.
    status_log_odds : float
        Log odds of performance status 2 at each monthly visit on T-DM1, for an indolence of 0; nan where the status is
        recorded once only, at the start.
    status_indolence, status_relief : float
        By what these log odds fall per unit of indolence, and once pertuzumab is added.
    second_drug_worse : float
        Rate per month at which pertuzumab is added while performance status is 2, beside `second_drug` else.
    interim : float
        Probability that a patient without pertuzumab had trastuzumab with capecitabine between.
    interim_tdm1 : float
        Factor of the time on T-DM1 after such a line.
    """

    name: str
    title: str
    truth: str
    unmeasured: str
    cut_off: float = 188.0
    tdm1_available: float = 126.0
    pertuzumab_available: float = 129.0
    given_after: float = 0.85
    given_before: float = 0.05
    first_line_median: float = 9.0
    first_line_spread: float = 0.75
    first_line_indolence: float = 0.6
    first_line_benefit: float = 1.5
    long_wait: float = 0.5
    mean_long_wait: float = 48.0
    mean_short_wait: float = 1.5
    wait_indolence: float = 0.0
    early_death: float = 0.006
    tdm1_median: float = 7.5
    tdm1_shape: float = 0.9
    tdm1_indolence: float = 0.0
    tdm1_after_pertuzumab: float = 1.0
    later_median: float = 19.0
    later_indolence: float = 0.0
    least_follow_up: float = 2.0
    mean_loss: float = 70.0
    frail: float = 0.0
    frail_tdm1: float = 1.0
    frail_later: float = 1.0
    frail_given: float = float("nan")
    frail_early_death: float = 0.0
    frail_loss: float = 0.0
    loss_at_progression: float = 0.0
    second_drug: float = 0.0
    status_log_odds: float = float("nan")
    status_indolence: float = 0.0
    status_relief: float = 0.0
    second_drug_worse: float = 0.0
    interim: float = 0.0
    interim_tdm1: float = 1.0

    @property
    def hazard_ratio(self) -> float:
        """Return the true hazard ratio of progression on T-DM1 after pertuzumab, all else equal.

        A factor f of a Weibull time of shape k is a hazard ratio of f to the power of -k.
        """
        return float(self.tdm1_after_pertuzumab**-self.tdm1_shape)

    def with_values(self, **values: float) -> "World":
        """Return the world with other numbers.

        Raises
        ------
        UsageError
            For every name that is no number of a world, and every number it cannot take.
        """
        problems = [problem for name, value in values.items() for problem in _problems(name, value)]
        if problems:
            raise UsageError(problems)
        numbers: dict[str, Any] = dict(values)
        return replace(self, **numbers)


NUMBERS = tuple(each.name for each in fields(World) if each.name not in ("name", "title", "truth", "unmeasured"))
_SHARES = ("given_after", "given_before", "long_wait", "frail", "frail_given", "loss_at_progression", "interim")
_NOT_BELOW_ZERO = (
    "tdm1_available",
    "pertuzumab_available",
    "first_line_spread",
    "early_death",
    "least_follow_up",
    "second_drug",
    "second_drug_worse",
    "frail_loss",
    "frail_early_death",
)
_ANY = ("wait_indolence", "tdm1_indolence", "later_indolence", "status_indolence", "status_relief")
_MAY_BE_ABSENT = ("frail_given", "status_log_odds")


def _problems(name: str, value: float) -> list[Problem]:
    if name not in NUMBERS:
        return [Problem(name, "a world has no such number", f"one of {', '.join(NUMBERS)}")]
    if name in _MAY_BE_ABSENT and value != value:
        return []
    if name in _SHARES:
        fine, expected = 0 <= value <= 1, "a share from 0 to 1"
    elif name == "first_line_indolence":
        fine, expected = -1 <= value <= 1, "a correlation from -1 to 1"
    elif name in _NOT_BELOW_ZERO:
        fine, expected = 0 <= value < float("inf"), "a number from 0 on"
    elif name in (*_ANY, "status_log_odds"):
        fine, expected = abs(value) <= 3, "a number from -3 to 3"
    else:
        fine, expected = 0 < value < float("inf"), "a number above 0"
    return [] if fine else [Problem(name, f"{value:g}", expected)]


_NULL = "Pertuzumab changes nothing on T-DM1: the hazard ratio is 1."
_N1 = World(
    "N1",
    "Pertuzumab lengthens the first line; both drugs became available in the same year",
    _NULL,
    "Nothing that matters for T-DM1.",
)
_SHARED: dict[str, Any] = {"wait_indolence": 0.5, "tdm1_indolence": 0.55, "later_indolence": 0.15}
_ALWAYS: dict[str, Any] = {
    "tdm1_available": 0.0,
    "pertuzumab_available": 0.0,
    "given_after": 0.48,
    "given_before": 0.48,
}
_INDOLENCE = "The indolence of the disease, which lengthens every stretch of it."

WORLDS: dict[str, World] = {
    world.name: world
    for world in (
        replace(
            _N1,
            name="N0",
            title="Pertuzumab does nothing at all; both drugs became available in the same year",
            first_line_benefit=1.0,
        ),
        _N1,
        replace(_N1, name="N2", title="As N1, and an indolence that nobody measures", unmeasured=_INDOLENCE, **_SHARED),
        replace(_N1, name="N3", title="As N1, but both drugs were always available", **_ALWAYS),
        replace(
            _N1,
            name="N4",
            title="As N2, but both drugs were always available",
            unmeasured=_INDOLENCE,
            **_SHARED,
            **_ALWAYS,
        ),
        replace(
            _N1,
            name="E1",
            title="As N1, and T-DM1 works less long after pertuzumab",
            truth="After pertuzumab the time to progression on T-DM1 is 0.7 times as long: the hazard ratio is 1.38.",
            tdm1_after_pertuzumab=0.7,
        ),
        replace(
            _N1,
            name="I1",
            title="Pertuzumab is added to T-DM1 in those who live long enough to get it",
            truth="Adding pertuzumab changes nothing: the hazard ratio is 1.",
            second_drug=0.05,
            **{**_ALWAYS, "given_after": 0.0, "given_before": 0.0},
        ),
        replace(
            _N1,
            name="V1",
            title="Pertuzumab is added to T-DM1 when performance status gets worse, and makes it better",
            truth="Adding pertuzumab changes nothing for progression, whenever it is added: the hazard ratio is 1.",
            unmeasured="The indolence of the disease, which decides on performance status and on progression.",
            tdm1_indolence=0.5,
            status_log_odds=-0.6,
            status_indolence=1.2,
            status_relief=2.0,
            second_drug=0.03,
            second_drug_worse=0.3,
            **{**_ALWAYS, "given_after": 0.0, "given_before": 0.0},
        ),
        replace(
            _N1,
            name="C1",
            title="Frail patients are spared pertuzumab and fare worse; performance status is recorded",
            frail=0.35,
            frail_tdm1=0.5,
            frail_later=0.5,
            frail_given=0.15,
            **{**_ALWAYS, "given_after": 0.65, "given_before": 0.65},
        ),
        replace(
            _N1,
            name="K1",
            title="After pertuzumab patients about to progress leave for other centres",
            unmeasured="Why patients stopped being followed.",
            loss_at_progression=0.4,
            **_ALWAYS,
        ),
        replace(
            _N1,
            name="K2",
            title="After pertuzumab frail patients are soon lost; performance status is recorded",
            frail=0.35,
            frail_tdm1=0.4,
            frail_later=0.4,
            frail_loss=0.2,
            **_ALWAYS,
        ),
        replace(
            _N1,
            name="S1",
            title="After pertuzumab frail patients seldom live to have T-DM1; performance status is recorded",
            frail=0.35,
            frail_tdm1=0.4,
            frail_later=0.4,
            frail_early_death=0.08,
            **_ALWAYS,
        ),
        replace(
            _N1,
            name="L1",
            title="Trastuzumab beyond progression is or is not counted as a line of its own",
            truth="Pertuzumab changes nothing on T-DM1 in the same line; a line more makes T-DM1 shorter for anyone.",
            unmeasured="Nothing, if lines are counted as they were given.",
            interim=0.5,
            interim_tdm1=0.5,
            **_ALWAYS,
        ),
    )
}
"""N0 to N4 and L1, I1, V1, C1, K1, K2, S1 have no effect of pertuzumab on T-DM1; E1 has harm."""


def world_named(name: str) -> World:
    """Return a world.

    Raises
    ------
    UsageError
        Where there is none of that name.
    """
    if name not in WORLDS:
        raise UsageError(Problem("scenario", f"there is no world called '{name}'", ", ".join(WORLDS)))
    return WORLDS[name]
