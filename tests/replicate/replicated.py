"""Each paper of the collection, replicated once for all tests that only read it."""

from functools import cache

from sequela.replicate.catalogue import replicate
from sequela.replicate.replication import Replication


@cache
def replicated(name: str) -> Replication:
    """Return the replication of a paper as it is stored; values are frozen, so that tests can share it."""
    return replicate(name)
