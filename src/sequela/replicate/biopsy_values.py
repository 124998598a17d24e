"""Printed quantities of two biopsies of a patient, before and after a drug.

Every function takes the drug in `since`: what was known up to its first day is before.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from sequela.derive.her2_conversion import CONVERSIONS, first_given, her2_conversion
from sequela.derive.percent import percent
from sequela.derive.sequences import is_given
from sequela.errors import StudyError
from sequela.records.her2_results import POSITIVE, read_her2
from sequela.replicate.material import Computed, Material
from sequela.stats.paired import sign_test, wilcoxon_signed_rank

LAST_DAY = 1_000_000


def _sides(material: Material, given: Mapping[str, Any]) -> pl.DataFrame:
    """Return patient_id, before, after: the result of a marker on each side as written, in order of the patients."""
    since = first_given(material.records, is_given(given["since"])).rename({"day": "since"})
    rows = material.records.table("biomarkers").filter(pl.col("marker") == given["marker"])
    rows = rows.join(since, on="patient_id").with_columns((pl.col("day") > pl.col("since")).alias("later"))
    sides = [rows.filter(when) for when in (~pl.col("later"), pl.col("later"))]
    if any(side["patient_id"].is_duplicated().any() for side in sides):
        raise StudyError(f"{material.paper.name}: more than one {given['marker']} on a side of {given['since']}")
    before, after = (
        side.select("patient_id", pl.col("value").alias(name))
        for side, name in zip(sides, ("before", "after"), strict=True)
    )
    paired = material.records.table("patients").select("patient_id").join(before, on="patient_id", how="left")
    return paired.join(after, on="patient_id", how="left", maintain_order="left")


def _number(text: str | None, marker: str) -> float:
    """Return a score or a share as a number; nan where it is none."""
    result = read_her2(text, marker) if text is not None and marker.startswith("HER2") else None
    if result is not None and result.score is not None and len(result.score) == 1:
        return float(next(iter(result.score)))
    share = result.share if result is not None else percent(text or "")
    return share.low if share is not None and share.low == share.high else float("nan")


def _numbers(material: Material, given: Mapping[str, Any]) -> tuple[list[float], list[float]]:
    sides = _sides(material, given)
    before, after = ([_number(text, given["marker"]) for text in sides[name]] for name in ("before", "after"))
    return before, after


def pairs(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return a marker before and after, patient by patient; keys `since` and `marker`."""
    before, after = _numbers(material, given)
    both = zip(before, after, strict=True)
    return Computed(tuple(value for pair in both for value in pair), within_paper=True)


def falls(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return in how many of the pairs a marker fell; keys `since` and `marker`."""
    before, after = _numbers(material, given)
    fell = sum(second < first for first, second in zip(before, after, strict=True))
    return Computed((fell, len(before)), within_paper=True)


def exact_pairs(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return the exact p-values of the sign test and of Wilcoxon's signed ranks; keys `since` and `marker`."""
    before, after = _numbers(material, given)
    signs, ranks = sign_test(before, after), wilcoxon_signed_rank(before, after)
    least = 0.5 ** (len(before) - 1)
    note = f"of {len(before)} pairs {signs.statistic:.0f} fell and {signs.unchanged} did not change"
    note += (
        f": exact p = {signs.p_value:.3g} (sign test), {ranks.p_value:.3g} (Wilcoxon); the paper prints no test, and "
    )
    note += f"{len(before)} pairs cannot give less than {least:.3g}"
    return Computed((signs.p_value, ranks.p_value), note=note)


def written(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return how many results of a side read as `value`, of all; keys `since`, `marker`, `side` and `value`."""
    sides = _sides(material, given)
    found = sides.filter(pl.col(given["side"]) == given["value"])
    note = f"'{given['value']}' is written of {', '.join(found['patient_id'])}"
    return Computed((len(found), len(sides)), note=note, within_paper=True)


def _converted(material: Material, given: Mapping[str, Any]) -> pl.DataFrame:
    patients = material.records.table("patients").select("patient_id", pl.lit(LAST_DAY, dtype=pl.Int32).alias("day"))
    since = first_given(material.records, is_given(given["since"]))
    return her2_conversion(material.records, since, patients)


def positive(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return how many patients are HER2-positive on a side (IHC 3+ or amplified), of all; keys `since` and `side`.

    The number of patients is the second value where the printed text has a place for it.
    """
    found = _converted(material, given)
    who = found.filter(pl.col(f"status_{given['side']}") == POSITIVE)["patient_id"]
    values = (len(who), len(found)) if given.get("of") else (len(who),)
    return Computed(values, note=f"{len(who)} of {len(found)}: {', '.join(who)}", within_paper=True)


def conversions(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return how many patients have each conversion of HER2, in the order of `CONVERSIONS`; key `since`."""
    found = _converted(material, given)
    counts = {name: found.filter(pl.col("conversion") == name)["patient_id"].to_list() for name in CONVERSIONS}
    said = [f"{name}: {len(who)} ({', '.join(who)})" for name, who in counts.items() if who]
    return Computed(tuple(len(who) for who in counts.values()), note="; ".join(said))
