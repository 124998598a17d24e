"""What was given: one row per ingredient of each recorded exposure."""

from collections.abc import Iterable

import polars as pl

from sequela.records.bundle import Records
from sequela.records.drugs import DrugVocabulary
from sequela.records.kept import KeptAnswers

UNKNOWN = "unknown"
"""Class and modality of a drug whose name the vocabulary does not know."""


def written_drugs(names: Iterable[str], vocabulary: DrugVocabulary) -> pl.DataFrame:
    """Return what each written drug name exposes a patient to.

    Parameters
    ----------
    names : iterable of str
        Names as written in the records; repeats are looked up once.
    vocabulary : DrugVocabulary

    Returns
    -------
    DataFrame
        drug, ingredient, drug_class, modality, known; one row per ingredient of each name,
        sorted by name and ingredient. A name that is not known is its own ingredient.
    """
    rows = []
    for name in sorted(set(names)):
        ingredients = vocabulary.resolve(name)
        if ingredients is None:
            rows.append((name, name, UNKNOWN, UNKNOWN, False))
        for ingredient in ingredients or ():
            what = vocabulary.ingredient(ingredient)
            rows.append((name, ingredient, what.drug_class, what.modality, True))
    columns = ("drug", "ingredient", "drug_class", "modality")
    schema = {**dict.fromkeys(columns, pl.String), "known": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


KEPT: KeptAnswers[pl.DataFrame] = KeptAnswers(1)
"""Who was given what: criteria, covariates and the audit ask for it a dozen times."""


def administrations(records: Records) -> pl.DataFrame:
    """Return every systemic drug given, one row per ingredient of each exposure.

    A fixed combination gives one row for each of its parts. A drug whose name is not in
    the vocabulary stays in, as written, with class and modality "unknown".

    Returns
    -------
    DataFrame
        patient_id, ingredient, drug_class, modality, start, stop (days; `start` null only
        where an early exposure has no date, `stop` null for a single administration),
        setting, reason_stopped, row (of the exposures file), known. In the order of the
        exposures, ingredients of one exposure in alphabetical order.
    """
    return KEPT.found(records, (), lambda: _administrations(records))


def _administrations(records: Records) -> pl.DataFrame:
    given = records.table("exposures")
    written = written_drugs(given.get_column("drug").unique().to_list(), records.drugs)
    return given.join(written, on="drug", how="inner", maintain_order="left_right").select(
        "patient_id",
        "ingredient",
        "drug_class",
        "modality",
        "start",
        "stop",
        "setting",
        "reason_stopped",
        "row",
        "known",
    )
