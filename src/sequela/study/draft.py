"""A first study file for one question: whether a drug is weaker after another, in the records at hand.

It asks what the records can answer and says in remarks what they cannot; a person reads and corrects it.
"""

from collections.abc import Sequence

import polars as pl

from sequela.errors import Problem, UsageError
from sequela.records.bundle import Records

COMMON = 0.5
"""Share of the patients on the later drug from which a table is taken to be kept for everybody."""

COVARIATES = (
    ("age", "patients", ("birth_day", "age_at_origin"), ""),
    ("ecog", "performance", ("ecog",), ""),
    ("visceral", "metastases", ("organ",), ""),
    ("hormone_receptor", "biomarkers", ("value",), r"^(ER|PgR)$"),
    ("menopausal_status", "biomarkers", ("value",), r"^menopausal status$"),
)
"""Covariates looked for: name, table, columns of which one is filled, and the markers meant."""


def drugs_given(records: Records) -> list[tuple[str, int]]:
    """Return each drug of the records with the number of its patients, the most frequent first."""
    exposures = records.table("exposures").select("patient_id", pl.col("drug").str.split(" + ")).explode("drug")
    counts = exposures.unique().group_by("drug").len().sort("len", "drug", descending=[True, False])
    return [(drug, number) for drug, number in counts.iter_rows()]


def draft_study(records: Records, folder: str, later: str, earlier: str) -> str:
    """Return the text of a study file that compares a drug by whether another came before it.

    Parameters
    ----------
    records : Records
    folder : str
        Where the records are, as the study file is to name them.
    later, earlier : str
        The drug whose effect is asked for, and the one that came before or did not; any name the vocabulary knows.

    Raises
    ------
    UsageError
        Where a drug is unknown or nobody in the records received it, or both are one drug.
    """
    later, earlier = _known(records, later, "--drug"), _known(records, earlier, "--after")
    if later == earlier:
        raise UsageError(Problem("--after", f"{earlier} is the later drug itself", "a drug that comes before it"))
    patients = _patients_on(records, later)
    covariates = [
        name for name, table, columns, markers in COVARIATES if _common(records, patients, table, columns, markers)
    ]
    her2 = _common(records, patients, "biomarkers", ("value",), r"^HER2$")
    metastatic = records.table("diagnoses").filter(kind="metastatic")["patient_id"].n_unique() > 0
    progressions = _common(records, patients, "assessments", ("response",), "")
    population = [
        *(["  - metastatic at time zero"] if metastatic else []),
        *(["  - HER2 positive"] if her2 else []),
    ]
    lines = [
        "# A first study file: read every line before you believe its answer.",
        "version: 1",
        f"title: {later[:1].upper()}{later[1:]} after {earlier}",
        f"records: {folder}",
        "# The clock starts with the later drug; a clock that starts earlier counts time in which nobody could die.",
        f"time_zero: first {later}",
        *(["population:", *population] if population else []),
        "groups:",
        f"  After {earlier}: {{received: {earlier}, before: time zero}}",
        f"  No {earlier}: otherwise",
        f"reference: No {earlier}",
        "# When each drug could first be had where the patients were treated; the report card needs it:",
        f"# availability: {{{later}: YYYY-MM-DD, {earlier}: YYYY-MM-DD}}",
        "# Decide what to adjust for before you look, at most one covariate per ten events:",
        f"# adjust: [{', '.join(covariates or ['age'])}]",
        "analyses:",
        *([f"  - characteristics: [{', '.join(covariates)}]"] if covariates else []),
        *(["  - survival: pfs.ema"] if progressions else []),
        "  - survival: os",
    ]
    return "\n".join([*lines, *_remarks(metastatic, progressions, covariates)]) + "\n"


def _known(records: Records, name: str, option: str) -> str:
    drug = records.drugs.canonical(name)
    given = dict(drugs_given(records))
    if drug in given:
        return str(drug)
    near = records.drugs.candidates(name)
    found = f"no patient of the records received {drug}" if drug else f"no drug is called {name!r}"
    remedy = "" if drug or not near else f"Nearest: {', '.join(near)}."
    raise UsageError(Problem(option, found, "one of: " + ", ".join(list(given)[:12]), remedy))


def _patients_on(records: Records, drug: str) -> pl.Series:
    exposures = records.table("exposures")
    return exposures.filter(pl.col("drug").str.split(" + ").list.contains(drug))["patient_id"].unique()


def _common(records: Records, patients: pl.Series, table: str, columns: Sequence[str], markers: str) -> bool:
    """Return whether a table says something of most patients."""
    frame = records.table(table).filter(pl.col("patient_id").is_in(patients.implode()))
    if markers:
        frame = frame.filter(pl.col("marker").str.contains(markers))
    filled = frame.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in columns))
    return filled["patient_id"].n_unique() >= COMMON * patients.len()


def _remarks(metastatic: bool, progressions: bool, covariates: Sequence[str]) -> list[str]:
    missing = [
        *(
            []
            if metastatic
            else ["no metastatic diagnoses: whether the drug was given for metastatic disease is not asked"]
        ),
        *([] if progressions else ["few assessments: progression-free survival is not asked"]),
        *(f"{name} is not recorded for most patients" for name, *_ in COVARIATES if name not in covariates),
    ]
    return ["", "# What the records do not hold:", *(f"# - {text}" for text in missing)] if missing else []
