"""Invented studies in the shapes in which cBioPortal studies come: with sequencing as day 0, and with diagnosis."""

import numpy as np
import polars as pl

AGENTS = [
    "TRASTUZUMAB",
    "PERTUZUMAB",
    "ADO-TRASTUZUMAB EMTANSINE",
    "DOCETAXEL",
    "LETROZOLE",
    "INVESTIGATIVE",
    "PEMBROLIZUMAB",
]
SITES = ["Lung", "Liver", "Bone", "CNS/Brain", "Lymph Nodes", "Adrenal Glands", "Other"]


def sequenced_study(folder, patients=300, seed=1):
    """Write a study of breast cancer whose day 0 is the first sequencing; return the frames that were written."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"P-{number:07d}" for number in range(patients)])
    last = rng.integers(30, 2500, patients)
    dead = rng.random(patients) < 0.4
    frames = {"data_clinical_patient": _people(ids, last, dead, rng), "data_clinical_sample": _samples(ids)}
    frames["data_timeline_sequencing"] = _events(ids, np.zeros(patients, int), "Sequencing", SAMPLE_ID=samples(ids))
    frames["data_timeline_specimen"] = _events(
        ids, rng.integers(-60, 1, patients), "Sample acquisition", SAMPLE_ID=samples(ids)
    )
    frames["data_timeline_diagnosis"] = _events(
        ids,
        rng.integers(-3000, -10, patients),
        "Diagnosis",
        SUBTYPE=np.full(patients, "Primary"),
        STAGE_CDM_DERIVED=np.full(patients, "Stage 1-3"),
    )
    frames["data_timeline_treatment"] = _treatments(ids, last, rng)
    frames["data_timeline_progression"] = _progressions(ids, last, rng)
    frames["data_timeline_tumor_sites"] = _sites(ids, last, rng)
    ecog = rng.integers(0, 4, patients).astype(str)
    frames["data_timeline_performance_status"] = _events(
        ids, rng.integers(-100, 1, patients), "Performance Status", ECOG=ecog
    )
    frames["data_timeline_cancer_presence"] = _events(
        ids, rng.integers(-100, 1, patients), "Diagnosis", HAS_CANCER=np.full(patients, "Y")
    )
    for name, frame in frames.items():
        head = (
            ""
            if "timeline" in name
            else "#" + "\t".join(frame.columns) + "\n" + "#" + "\t".join(["STRING"] * frame.width) + "\n"
        )
        (folder / f"{name}.txt").write_text(
            head + frame.write_csv(separator="\t", quote_style="never"), encoding="utf-8"
        )
    (folder / "meta_study.txt").write_text("type_of_cancer: brca\nname: An invented study\ncitation: nobody 2026\n")
    return frames


def samples(ids):
    return np.array([f"{patient}-T01-IM6" for patient in ids])


def _people(ids, last, dead, rng):
    return pl.DataFrame(
        {
            "PATIENT_ID": ids,
            "GENDER": np.where(rng.random(len(ids)) < 0.99, "Female", "Male"),
            "RACE": np.full(len(ids), "Unknown"),
            "CURRENT_AGE_DEID": rng.integers(30, 90, len(ids)),
            "OS_MONTHS": last / 30.4375,
            "OS_STATUS": np.where(dead, "1:DECEASED", "0:LIVING"),
            "HR": np.where(rng.random(len(ids)) < 0.5, "Yes", "No"),
            "HER2": np.full(len(ids), "Yes"),
        }
    )


def _samples(ids):
    return pl.DataFrame(
        {
            "SAMPLE_ID": samples(ids),
            "PATIENT_ID": ids,
            "CANCER_TYPE": np.full(len(ids), "Breast Cancer"),
            "SAMPLE_TYPE": np.full(len(ids), "Metastasis"),
            "METASTATIC_SITE": np.full(len(ids), "Liver"),
            "PRIMARY_SITE": np.full(len(ids), "Breast"),
        }
    )


def _events(ids, start, event, **columns):
    return pl.DataFrame(
        {
            "PATIENT_ID": ids,
            "START_DATE": start,
            "STOP_DATE": np.full(len(ids), ""),
            "EVENT_TYPE": np.full(len(ids), event),
            **columns,
        }
    )


def _repeated(ids, last, rng, most):
    times = rng.integers(1, most, len(ids))
    who = np.repeat(np.arange(len(ids)), times)
    start = np.floor(rng.random(who.size) * (last[who] + 1000)).astype(int) - 1000
    return ids[who], start, last[who]


def _treatments(ids, last, rng):
    who, start, end = _repeated(ids, last, rng, 9)
    stop = np.minimum(start + rng.integers(0, 300, who.size), end)
    frame = _events(who, start, "Treatment", SUBTYPE=np.full(who.size, "Targeted"), AGENT=rng.choice(AGENTS, who.size))
    return frame.with_columns(pl.Series("STOP_DATE", stop.astype(str))).unique(maintain_order=True)


def _progressions(ids, last, rng):
    who, start, _ = _repeated(ids, last, rng, 7)
    frame = _events(
        who,
        start,
        "Radiology",
        PROGRESSION=rng.choice(["Y", "N", "Indeterminate"], who.size),
        PROCEDURE_TYPE=np.full(who.size, "CT"),
    )
    return frame.unique(maintain_order=True)


def _sites(ids, last, rng):
    who, start, _ = _repeated(ids, last, rng, 5)
    return _events(who, start, "Diagnosis", TUMOR_SITE=rng.choice(SITES, who.size)).unique(maintain_order=True)
