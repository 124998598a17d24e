"""What the comparisons with golden folders share."""

import numpy as np

from tests.golden import read


def mismatches(pairs, tolerance):
    return [(place, value, witness) for place, value, witness in pairs if read.differs(value, witness, tolerance)]


def follow_up(part):
    entry = read.numbers(part, "entry")
    return (
        read.numbers(part, "time"),
        read.numbers(part, "event") == 1,
        None if np.isnan(entry).all() else entry,
    )
