"""Studies examined by the audit in the tests."""

from sequela.analyses.answer import answer
from sequela.audit.card import audited
from sequela.study.cohort import build_cohort


def examined(study, records):
    """Return the result of a study with its report card."""
    return audited(answer(study, records, build_cohort(study, records)))
