"""Cohorts of the worlds, examined as a user's data would be."""

from functools import cache

import numpy as np

from sequela.analyses.answer import answer
from sequela.audit.card import audited
from sequela.scenarios.cohort import simulate_cohort, simulate_starters
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


@cache
def records_of_starters(name, starters=2000, seed=7):
    """Return records of everybody who began a first line in a world."""
    return records_of(*simulate_starters(WORLDS[name], np.random.default_rng(seed), starters))


def examined(name, which="study", patients=371, seed=7, starters=0, **changes):
    """Return the card of a world's study, each time a fresh one; of records that hold all starters where asked."""
    asked = study_of(name, which, **changes)
    records = records_of_starters(name, starters, seed) if starters else records_in(name, patients, seed)
    return audited(answer(asked, records, build_cohort(asked, records), "")).card
