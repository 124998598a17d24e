"""The answer of a register: the pool, and how it moves with every choice that was made on the way."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.evidence.effects import normal_quantile
from sequela.evidence.heterogeneity import COMMON, DERSIMONIAN_LAIRD, PAULE_MANDEL
from sequela.evidence.pooled_proportion import PooledProportion, pool_proportions
from sequela.evidence.pooling import NORMAL, Pooled, pool
from sequela.evidence.posterior import Posterior, posterior
from sequela.evidence.readings import SHARE
from sequela.evidence.register import GROUP
from sequela.evidence.selection import Candidate, LeftOut, Selection
from sequela.evidence.small_studies import FEWEST, SmallStudies, small_study_test
from sequela.frozen import frozen
from sequela.stats.proportions import exact_interval

FEW = 5
"""Below so many studies the answer under a prior is printed beside the pool."""
WITHOUT, READ, INSTEAD, METHOD = "without", "read otherwise", "instead", "method"


@frozen
class StudyRow:
    """One study of the pool, on the scale of the reader.

    Attributes
    ----------
    candidate : Candidate
    value, low, high : float
        Ratio, months, or share.
    weight : float
        Between 0 and 1; nan for shares, whose model has no weights.
    """

    candidate: Candidate
    value: float
    low: float
    high: float
    weight: float


@frozen
class Answer:
    """One number with its interval, on the scale of the reader.

    Attributes
    ----------
    words : str
        What was done.
    kind : str
        `WITHOUT`, `READ`, `INSTEAD` or `METHOD`.
    value, low, high : float
    reason : str
    """

    words: str
    kind: str
    value: float
    low: float
    high: float
    reason: str = ""


@frozen
class Synthesis:
    """A pool with everything a reader needs to distrust it properly.

    Attributes
    ----------
    selection : Selection
    rows : tuple of StudyRow
    pooled : Pooled or PooledProportion or None
        On its own scale (logarithms; shares for shares); None with fewer than two studies.
    value, low, high, prediction_low, prediction_high : float
        On the scale of the reader; nan where there is none.
    small_studies : SmallStudies or None
        With ten studies or more of different sizes.
    prior : Posterior or None
        With fewer than `FEW` studies; on the logarithmic scale.
    others : tuple of Answer
        Without each study, under each other reading, with each other choice, by each other method.
    """

    selection: Selection
    rows: tuple[StudyRow, ...]
    pooled: Pooled | PooledProportion | None
    value: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    small_studies: SmallStudies | None
    prior: Posterior | None
    others: tuple[Answer, ...]


def synthesise(selection: Selection, level: float = 0.95) -> Synthesis:
    """Pool what was selected: REML with Hartung-Knapp, for shares the binomial-normal model.

    With fewer than two studies nothing is pooled and the rows stand alone.
    """
    chosen = selection.chosen
    if len(chosen) < 2:
        nan = math.nan
        rows = tuple(_row(candidate, nan, level) for candidate in chosen)
        return Synthesis(selection, rows, None, nan, nan, nan, nan, nan, None, None, ())
    if selection.measure == SHARE:
        return _of_shares(selection, level)
    return _of_effects(selection, level)


def _of_effects(selection: Selection, level: float) -> Synthesis:
    values, errors = _numbers(selection.chosen)
    pooled = pool(values, errors, level=level)
    rows = tuple(
        _row(candidate, float(weight), level)
        for candidate, weight in zip(selection.chosen, pooled.weights, strict=True)
    )
    prior = posterior(values, errors, level=level) if len(rows) < FEW else None
    others = (
        *_without(selection.chosen, level),
        *_otherwise(selection.chosen, level),
        *_instead(selection, level),
        *_methods(values, errors, level),
    )
    if prior is not None:
        words = f"prior: half-normal ({prior.scale:g}) on tau"
        others = (*others, _exponential(words, METHOD, (prior.value, prior.low, prior.high)))
    return Synthesis(
        selection=selection,
        rows=rows,
        pooled=pooled,
        value=math.exp(pooled.value),
        low=math.exp(pooled.low),
        high=math.exp(pooled.high),
        prediction_low=math.exp(pooled.prediction_low),
        prediction_high=math.exp(pooled.prediction_high),
        small_studies=_small_studies(values, errors),
        prior=prior,
        others=others,
    )


def _of_shares(selection: Selection, level: float) -> Synthesis:
    chosen = selection.chosen
    pooled = _pooled_share(chosen, level)
    rows = tuple(_row(candidate, math.nan, level) for candidate in chosen)
    others: list[Answer] = []
    for left in chosen if len(chosen) > 2 else ():
        one = _pooled_share([candidate for candidate in chosen if candidate is not left], level)
        others.append(Answer(left.result.label, WITHOUT, one.value, one.low, one.high))
    for item, _, swapped in _swaps(selection):
        one = _pooled_share(swapped, level)
        others.append(Answer(item.result.label, INSTEAD, one.value, one.low, one.high, item.reason))
    ends = (pooled.value, pooled.low, pooled.high, pooled.prediction_low, pooled.prediction_high)
    return Synthesis(selection, rows, pooled, *ends, None, None, tuple(others))


def _pooled_share(candidates: Sequence[Candidate], level: float) -> PooledProportion:
    counts, totals = zip(*(candidate.result.count[GROUP] for candidate in candidates), strict=True)
    return pool_proportions(counts, totals, level=level)


def _small_studies(values: np.ndarray, errors: np.ndarray) -> SmallStudies | None:
    if values.size < FEWEST or np.ptp(errors) <= 1e-6 * errors.max():
        return None
    return small_study_test(values, errors)


def _numbers(candidates: Sequence[Candidate]) -> tuple[np.ndarray, np.ndarray]:
    found = [candidate.reading.effect for candidate in candidates]
    return np.array([effect.value for effect in found]), np.array([effect.std_error for effect in found])


def _row(candidate: Candidate, weight: float, level: float) -> StudyRow:
    if not candidate.readings:
        share = exact_interval(*candidate.result.count[GROUP], level)
        return StudyRow(candidate, share.value, share.low, share.high, weight)
    effect, width = candidate.reading.effect, normal_quantile(level)
    reach = math.exp(width * effect.std_error)
    value = math.exp(effect.value)
    return StudyRow(candidate, value, value / reach, value * reach, weight)


def _exponential(words: str, kind: str, ends: tuple[float, float, float], reason: str = "") -> Answer:
    value, low, high = (math.exp(end) for end in ends)
    return Answer(words, kind, value, low, high, reason)


def _answer(words: str, kind: str, candidates: Sequence[Candidate], level: float, reason: str = "") -> Answer:
    pooled = pool(*_numbers(candidates), level=level)
    return _exponential(words, kind, (pooled.value, pooled.low, pooled.high), reason)


def _without(chosen: Sequence[Candidate], level: float) -> list[Answer]:
    if len(chosen) < 3:
        return []
    return [
        _answer(left.result.label, WITHOUT, [candidate for candidate in chosen if candidate is not left], level)
        for left in chosen
    ]


def _otherwise(chosen: Sequence[Candidate], level: float) -> list[Answer]:
    """Read each paper that contradicts itself, or leaves something to assume, in its other ways."""
    found = []
    for index, candidate in enumerate(chosen):
        for place, reading in enumerate(candidate.readings[1:], start=1):
            turned = replace(candidate, readings=(reading, *candidate.readings[:place]))
            words = f"{candidate.result.label}: {reading.words}"
            changed = [*chosen[:index], turned, *chosen[index + 1 :]]
            found.append(_answer(words, READ, changed, level, reading.reason))
    return found


def _swaps(selection: Selection) -> list[tuple[LeftOut, Candidate, list[Candidate]]]:
    """Return each candidate that was left out, with the pool in which it stands in place of the chosen one."""
    found = []
    for item in selection.left_out:
        if item.candidate is None:
            continue
        swapped = [item.candidate if c.result.overlap == item.result.overlap else c for c in selection.chosen]
        found.append((item, item.candidate, swapped))
    return found


def _instead(selection: Selection, level: float) -> list[Answer]:
    found = []
    for item, candidate, swapped in _swaps(selection):
        words = f"{item.result.label}: {candidate.reading.words}"
        found.append(_answer(words, INSTEAD, swapped, level, item.reason))
    return found


def _methods(values: np.ndarray, errors: np.ndarray, level: float) -> list[Answer]:
    found = []
    for words, options in (
        ("REML, normal interval", {"interval": NORMAL}),
        ("Paule-Mandel, Hartung-Knapp", {"method": PAULE_MANDEL}),
        ("DerSimonian-Laird, normal interval", {"method": DERSIMONIAN_LAIRD, "interval": NORMAL}),
        ("common effect", {"method": COMMON}),
    ):
        one = pool(values, errors, level=level, **options)
        found.append(_exponential(words, METHOD, (one.value, one.low, one.high)))
    return found


def refuse_single(synthesis: Synthesis) -> None:
    """Raise where there was nothing to pool."""
    if synthesis.pooled is None:
        found = f"{len(synthesis.rows)} of the results can be pooled, and a pool needs two"
        raise NotEstimableError(Problem("pool", found, remedy="The tables say what was left out, and why."))
