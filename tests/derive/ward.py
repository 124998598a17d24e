"""A ward of random patients as oncologists treat them: a regimen, progression, the next regimen."""

import numpy as np

from .histories import given, history, together

REGIMENS = (
    ("trastuzumab", "pertuzumab", "docetaxel"),
    ("trastuzumab", "pertuzumab", "paclitaxel"),
    ("trastuzumab", "docetaxel"),
    ("trastuzumab", "letrozole"),
    ("T-DM1",),
    ("T-DM1",),
    ("lapatinib", "capecitabine"),
    ("trastuzumab", "vinorelbine"),
    ("MK-0000",),
)


def patient(rng, name):
    """Return one patient: now and then adjuvant treatment, up to five regimens, not every progression recorded."""
    drugs, progressions, day = [], [], int(rng.integers(0, 40))
    for early, chance in (("trastuzumab", 0.3), ("T-DM1", 0.06), ("pertuzumab", 0.08)):
        if rng.random() < chance:
            drugs.append(given(early, -900, -600, "early"))
    for choice in rng.choice(len(REGIMENS), rng.integers(1, 6), p=[0.14] * 7 + [0.01, 0.01]):
        stop = day + int(rng.integers(40, 300))
        drugs.extend(
            given(drug, day, stop, reason="toxicity" if rng.random() < 0.15 else None) for drug in REGIMENS[choice]
        )
        progressions += [stop + 5] if rng.random() < 0.7 else []
        day = stop + int(rng.integers(10, 60))
    dies = bool(rng.random() < 0.5)
    end = {"death": day + 100} if dies else {"last_contact": max(stop + int(rng.integers(0, 200)), 20)}
    return history(*drugs, metastatic=0, progression=progressions, patient=name, **end)


def ward(seed, patients=150):
    """Return the records of random patients."""
    rng = np.random.default_rng(seed)
    return together(*(patient(rng, f"W{number:03d}") for number in range(patients)))
