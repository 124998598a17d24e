"""Effects that a trial has shown: where the selected patients do not show them, selection has hidden them."""

import csv
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

from sequela.analyses.report_card import Measure
from sequela.audit.material import Material
from sequela.derive.events import progressions
from sequela.derive.lines import columns_of_lines
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.stats.cox import cox, wald_interval
from sequela.study.grammar import Received


@frozen
class KnownEffect:
    """What a randomised trial found of a drug in a line.

    Attributes
    ----------
    drug : str
    line : int
    hazard_ratio : float
        Of progression or death with the drug against without it.
    trial : str
    """

    drug: str
    line: int
    hazard_ratio: float
    trial: str


@cache
def known_effects() -> tuple[KnownEffect, ...]:
    """Return the effects that are kept."""
    text = (files("sequela.audit") / "known_effects.csv").read_text(encoding="utf-8")
    return tuple(
        KnownEffect(line["drug"], int(line["line"]), float(line["hazard_ratio"]), line["trial"])
        for line in csv.DictReader(text.splitlines())
    )


def effect_of_the_groups(data: Material) -> KnownEffect | None:
    """Return the known effect of the drug that divides the groups; None where none is kept."""
    rules = [rule for rule in data.result.study.groups.values() if isinstance(rule, Received)]
    drugs = {drug for rule in rules for drug in rule.received}
    return next((effect for effect in known_effects() if effect.drug in drugs), None)


def effect_in_these_patients(data: Material, effect: KnownEffect) -> Measure | None:
    """Return the hazard ratio of progression on the earlier line with the drug, in the patients of the study.

    The clock runs from the start of that line to its progression; who entered without one is censored at entry.
    None where it cannot be estimated.
    """
    rows = progression_on_line(data, effect.line)
    if rows.is_empty():
        return None
    time, event = rows["days"].to_numpy().astype(float), rows["event"].to_numpy()
    try:
        fit = cox(time, event, rows["ingredients"].list.contains(effect.drug).cast(pl.Float64).to_numpy()[:, None])
        if fit.diverging[0]:
            return None
        limits = wald_interval(fit)
    except NotEstimableError:
        return None
    value, low, high = (float(np.exp(each)) for each in (fit.coefficients[0], limits.low[0], limits.high[0]))
    method = f"progression on line {effect.line} with {effect.drug} against without"
    return Measure("positive_control_hazard_ratio", value, low=low, high=high, method=method)


def progression_on_line(data: Material, line: int) -> pl.DataFrame:
    """Return the time of a line before entry from its start to progression, censored at entry.

    Returns
    -------
    DataFrame
        patient_id, days, event, ingredients; one row per patient of the cohort who began the line before entry.
    """
    result = data.result
    entry = result.cohort.patients.select(
        "patient_id", (pl.col("time_zero") + pl.Series(data.admitted).cast(pl.Int32)).alias("entry")
    )
    rules = result.definitions.line_rules
    lines = columns_of_lines(result.records, rules, "patient_id", "line", "start", "ingredients")
    lines = lines.filter((pl.col("line") == line) & pl.col("start").is_not_null())
    started = entry.join(lines.select("patient_id", "start", "ingredients"), on="patient_id", how="inner")
    started = started.filter(pl.col("start") < pl.col("entry"))
    seen = started.join(progressions(result.records).select("patient_id", "day"), on="patient_id", how="inner")
    seen = seen.filter((pl.col("day") > pl.col("start")) & (pl.col("day") <= pl.col("entry")))
    first = seen.group_by("patient_id").agg(pl.col("day").min())
    return started.join(first, on="patient_id", how="left", maintain_order="left").select(
        "patient_id",
        (pl.coalesce("day", "entry") - pl.col("start")).alias("days"),
        pl.col("day").is_not_null().alias("event"),
        "ingredients",
    )
