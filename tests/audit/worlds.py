"""Cohorts of the worlds, examined as a user's data would be."""

from functools import cache

import numpy as np

from sequela.analyses.answer import answer
from sequela.audit.card import audited
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.records import records_of, studies_of
from sequela.scenarios.worlds import WORLDS
from sequela.study.cohort import build_cohort
from sequela.study.spec import Study


def study_of(name, which="study", **changes):
    """Return a study of a world as a user would write it."""
    return Study(**{**studies_of(WORLDS[name])[which], **changes})


@cache
def records_in(name, patients=371, seed=7):
    """Return records of a world."""
    return records_of(simulate_cohort(WORLDS[name], np.random.default_rng(seed), patients))


def examined(name, which="study", patients=371, seed=7, **changes):
    """Return the card of a world's study, each time a fresh one."""
    asked, records = study_of(name, which, **changes), records_in(name, patients, seed)
    return audited(answer(asked, records, build_cohort(asked, records), "")).card
