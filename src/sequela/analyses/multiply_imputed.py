"""The adjusted comparison with missing covariates drawn several times, beside the one of complete cases."""

from dataclasses import replace

import numpy as np

from sequela.analyses.comparisons import Asked, GroupTimes, strata_of
from sequela.analyses.conventions import TIES, Conventions
from sequela.analyses.design_matrix import DesignMatrix, curved_design, grouped_design, knots_for, whole_design
from sequela.analyses.results import Estimate, HazardRatio, MultiplyImputed
from sequela.derive.covariate import Definitions
from sequela.errors import NotEstimableError, Problem
from sequela.records.bundle import Records
from sequela.stats.cox import CoxFit, cox
from sequela.stats.kaplan_meier import kaplan_meier
from sequela.stats.multiple_imputation import Incomplete, Pooled, impute, pool
from sequela.stats.nelson_aalen import nelson_aalen

STREAM = 16
"""Tells these random numbers from the others of a study."""
MOST_STRATA = 10
"""Strata beyond which they do not help to predict what is missing."""

MOST_MISSING = 0.5
"""Share of missing information beyond which an imputed ratio says little (house rule)."""


def multiply_imputed(
    data: GroupTimes,
    records: Records,
    adjust: tuple[str, ...],
    definitions: Definitions,
    conventions: Conventions,
    asked: Asked,
) -> MultiplyImputed | None:
    """Fit the adjusted model to completed data sets and pool its hazard ratios; None where nothing is missing.

    Missing covariates are predicted from one another, the groups, the event, the Nelson-Aalen estimate at the end of
    follow-up, the strata and the day of entry (White & Royston 2009). Patients without a stratum or a centre the model
    needs stay out and are counted.

    Raises
    ------
    NotEstimableError
        Where too little is known of a covariate, or a completed data set has no estimate.
    """
    names = tuple(name for name in adjust if name not in asked.strata)
    design = whole_design(data.cohort, records, names, definitions)
    if design.complete.all() or not names:
        return None
    strata = strata_of(data.cohort, asked.strata, records, definitions)
    centre = strata_of(data.cohort, ("centre",), records, definitions).codes if asked.cluster else None
    everyone = replace(design, complete=np.ones(design.complete.size, dtype=bool))
    design = grouped_design(everyone, strata.missing, strata.codes, centre)
    here = data.of(design.complete)
    gaps = _incomplete(design)
    generator = np.random.default_rng([asked.seed, STREAM])
    filled = impute(tuple(gaps.values()), _known(here, design), generator, imputations=asked.imputations)
    fits = []
    for values in filled:
        completed = _completed(design, tuple(gaps.values()), values)
        if curved := tuple(name for name in asked.curved if name in names):
            completed = curved_design(completed, curved, records, knots_for(int(here.event.sum())))
        fits.append(_fit(here, completed, conventions))
    missing = tuple((label, int(np.isnan(gap.values).sum())) for label, gap in gaps.items())
    return _pooled(fits, completed, data.cohort.reference, conventions, missing)


def imputed_cautions(found: MultiplyImputed | None) -> list[str]:
    """Say of which ratios most of the information is missing, so that what was drawn decides."""
    if found is None:
        return []
    return [
        f"{share:.0%} of the information about the hazard ratio of {ratio.group} with covariates imputed is missing: "
        "it rests on the models of the imputation more than on patients."
        for ratio, share in zip(found.ratios, found.missing_information, strict=True)
        if share > MOST_MISSING
    ]


def _incomplete(design: DesignMatrix) -> dict[str, Incomplete]:
    """Return each covariate as one column, levels by their number."""
    found: dict[str, Incomplete] = {}
    columns = design.matrix[:, len(design.groups) :]
    for label in dict.fromkeys(design.labels):
        places = [place for place, of in enumerate(design.labels) if of == label]
        part = columns[:, places]
        if len(places) == 1 and design.columns[places[0]] == label:
            found[label] = Incomplete(part[:, 0])
        else:
            found[label] = Incomplete(part @ np.arange(1.0, len(places) + 1), len(places) + 1)
    return found


def _known(here: GroupTimes, design: DesignMatrix) -> np.ndarray:
    """Return what predicts a missing covariate and nobody lacks."""
    curve = nelson_aalen(kaplan_meier(here.days, here.event, entry=here.entry))
    # Near-ties have become one time of the curve, so the nearest below is meant, not the equal one.
    hazard = curve.hazard[np.clip(np.searchsorted(curve.time, here.days + 0.5, side="right") - 1, 0, None)]
    parts = [design.matrix[:, : len(design.groups)], here.event[:, None], hazard[:, None]]
    if here.entry is not None:
        parts.append(here.entry[:, None])
    if design.strata is not None and (levels := np.unique(design.strata)).size <= MOST_STRATA:
        parts.append(design.strata[:, None] == levels[1:])
    return np.column_stack(parts).astype(float)


def _completed(design: DesignMatrix, covariates: tuple[Incomplete, ...], values: np.ndarray) -> DesignMatrix:
    parts = [design.matrix[:, : len(design.groups)]]
    for covariate, column in zip(covariates, values.T, strict=True):
        one = column[:, None]
        parts.append((one == np.arange(1, covariate.levels)).astype(float) if covariate.levels else one)
    return replace(design, matrix=np.column_stack(parts))


def _fit(here: GroupTimes, design: DesignMatrix, conventions: Conventions) -> CoxFit:
    fit = cox(here.days, here.event, design.matrix, ties=conventions.ties, **design.roles(here.entry))
    if fit.diverging[: len(design.groups)].any():
        raise NotEstimableError(
            Problem("event", "events that do not overlap", "a finite estimate in every completed data set")
        )
    return fit


def _pooled(
    fits: list[CoxFit],
    design: DesignMatrix,
    reference: str,
    conventions: Conventions,
    missing: tuple[tuple[str, int], ...],
) -> MultiplyImputed:
    first, number = fits[0], len(design.groups)
    freedom = first.events - first.coefficients.size
    if design.cluster is not None:
        freedom = min(freedom, np.unique(design.cluster).size - 1)
    estimates = [fit.coefficients[:number] for fit in fits]
    answer = pool(estimates, [np.diag(fit.covariance)[:number] for fit in fits], max(freedom, 1))
    robust = ", robust standard errors" if first.robust else ""
    method = f"{len(fits)} imputations, Rubin's rules{robust}, {TIES[conventions.ties]} ties"
    left_out = int((~design.complete).sum())
    ratios = tuple(
        HazardRatio(
            *(group, reference, _ratio(answer, place, method), float(answer.p_value[place]), design.adjusted_for),
            *(first.n, first.events, left_out, design.within),
        )
        for place, group in enumerate(design.groups)
    )
    return MultiplyImputed(ratios, len(fits), missing, tuple(float(share) for share in answer.missing_information))


def _ratio(answer: Pooled, place: int, method: str) -> Estimate:
    value, low, high = (float(np.exp(of[place])) for of in (answer.value, answer.low, answer.high))
    return Estimate(value, low, high, method)
