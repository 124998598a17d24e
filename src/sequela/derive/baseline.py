"""Covariates as of time zero: what was known on that day, and never what came after.

A covariate is named in a study file (`ecog`, `received lapatinib`, `duration of trastuzumab`);
each value keeps the row it was read from. A value recorded after time zero is never used.
"""

import polars as pl

from sequela.derive.administrations import administrations
from sequela.derive.biomarkers import SEPHER_SUBTYPES, receptor_status
from sequela.derive.cd8_foxp3 import DIECI_2018, HIGH, LOW
from sequela.derive.covariate import DEFAULT_DEFINITIONS as DEFAULT_DEFINITIONS
from sequela.derive.covariate import Covariate, Definitions, Derivation
from sequela.derive.first_line import first_line_pfs
from sequela.derive.her2 import LEVELS
from sequela.derive.her2_conversion import CONVERSIONS, first_and_latest, first_given, her2_conversion
from sequela.derive.ki67 import SEPHER_KI67, ki67_at, sepher_ki67_at
from sequela.derive.lines import lines_of_therapy
from sequela.derive.marker_value import value_covariate
from sequela.derive.menopause import MENOPAUSAL_STATUS
from sequela.derive.metastases import SITES, disease_free_months, metastatic_from, number_of_sites_at, visceral_at
from sequela.derive.sequences import (
    EARLY_ONLY,
    FIRST_LINE,
    LATER_LINE,
    NEVER,
    SEPHER,
    covered_days,
    is_given,
    prior_exposure,
    sequence_groups,
)
from sequela.derive.stops import UNKNOWN
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH
from sequela.records.drugs import DrugVocabulary, default_vocabulary

DAYS_PER_YEAR = 365.25
PERFORMANCE_WINDOW = 90
"""Days before time zero within which a performance status still describes the patient (expert default)."""
DE_NOVO_WINDOW = 90
"""Days from the primary diagnosis within which metastatic disease counts as de novo (expert default)."""


def _attach(at: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    return at.select("patient_id").join(
        values.select("patient_id", "value", "row"), on="patient_id", how="left", maintain_order="left"
    )


def _age(records: Records, at: pl.DataFrame, _: Definitions) -> pl.DataFrame:
    patients = at.join(records.table("patients"), on="patient_id", how="left", maintain_order="left")
    from_birth = (pl.col("day") - pl.col("birth_day")) / DAYS_PER_YEAR
    from_origin = pl.col("age_at_origin") + pl.col("day") / DAYS_PER_YEAR
    value = pl.coalesce(from_birth.floor(), from_origin.floor()).cast(pl.Float64).alias("value")
    return _attach(at, patients.select("patient_id", value, pl.format("patients:{}", "row").alias("row")))


def _from_patients(column: str) -> Derivation:
    def derive(records: Records, at: pl.DataFrame, _: Definitions) -> pl.DataFrame:
        source = pl.format("patients:{}", "row").alias("row")
        return _attach(at, records.table("patients").select("patient_id", pl.col(column).alias("value"), source))

    return derive


def _ecog(records: Records, at: pl.DataFrame, _: Definitions) -> pl.DataFrame:
    rows = at.rename({"day": "zero"}).join(records.table("performance"), on="patient_id", how="inner")
    recent = pl.col("zero") - pl.col("day")
    rows = rows.filter(recent.is_between(0, PERFORMANCE_WINDOW)).sort("patient_id", "day", "row")
    last = rows.group_by("patient_id", maintain_order=True).last()
    value = pl.col("ecog").cast(pl.String).alias("value")
    return _attach(at, last.select("patient_id", value, pl.format("performance:{}", "row").alias("row")))


def _marker(name: str) -> Derivation:
    def derive(records: Records, at: pl.DataFrame, definitions: Definitions) -> pl.DataFrame:
        return _attach(at, receptor_status(records, name, at, definitions.her2).rename({"status": "value"}))

    return derive


def _her2_conversion(records: Records, at: pl.DataFrame, definitions: Definitions) -> pl.DataFrame:
    found = first_and_latest(records, at, definitions.her2)
    return _attach(
        at, found.select("patient_id", pl.col("conversion").alias("value"), pl.col("row_after").alias("row"))
    )


def _her2_conversion_since(drug: str) -> Derivation:
    def derive(records: Records, at: pl.DataFrame, definitions: Definitions) -> pl.DataFrame:
        found = her2_conversion(records, first_given(records, is_given(drug)), at, definitions.her2)
        value, row = pl.col("conversion").alias("value"), pl.col("row_after").alias("row")
        return _attach(at, found.select("patient_id", value, row))

    return derive


def _ki67(records: Records, at: pl.DataFrame, _: Definitions) -> pl.DataFrame:
    return _attach(at, ki67_at(records, at))


def _sepher_ki67(records: Records, at: pl.DataFrame, _: Definitions) -> pl.DataFrame:
    return _attach(at, sepher_ki67_at(records, at))


def _visceral(records: Records, at: pl.DataFrame, definitions: Definitions) -> pl.DataFrame:
    return _attach(at, visceral_at(records, at, definitions.visceral))


def _number_of_sites(records: Records, at: pl.DataFrame, _: Definitions) -> pl.DataFrame:
    return _attach(at, number_of_sites_at(records, at))


def _disease_free_interval(records: Records, at: pl.DataFrame, _: Definitions) -> pl.DataFrame:
    return _attach(at, disease_free_months(records, at))


def _de_novo(records: Records, at: pl.DataFrame, _: Definitions) -> pl.DataFrame:
    """Return yes where metastatic disease was found within the window of the first primary diagnosis."""
    diagnoses = records.table("diagnoses").filter((pl.col("kind") == "primary") & pl.col("day").is_not_null())
    primary = diagnoses.sort("day").group_by("patient_id", maintain_order=True).first().select("patient_id", "day")
    metastatic = metastatic_from(records).rename({"day": "metastatic"})
    both = primary.join(metastatic, on="patient_id", how="inner").filter(pl.col("metastatic").is_not_null())
    near = (pl.col("metastatic") - pl.col("day")) <= DE_NOVO_WINDOW
    value = pl.when(near).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("value")
    return _attach(at, both.select("patient_id", value, "row"))


def _prior_lines(chemotherapy_only: bool) -> Derivation:
    def derive(records: Records, at: pl.DataFrame, definitions: Definitions) -> pl.DataFrame:
        lines = lines_of_therapy(records, definitions.line_rules)
        before = at.join(lines.filter(pl.col("line") > 0), on="patient_id", how="inner")
        before = before.filter(pl.col("start") < pl.col("day"))
        if chemotherapy_only:
            cytotoxic = [n for n, item in records.drugs.ingredients.items() if item.modality in ("cytotoxic", "ADC")]
            before = before.filter(pl.col("ingredients").list.set_intersection(cytotoxic).list.len() > 0)
        counted = before.group_by("patient_id").agg(
            pl.len().cast(pl.Float64).alias("value"), pl.col("rows").list.explode().sort().first().alias("row")
        )
        return _attach(at, counted).with_columns(pl.col("value").fill_null(0.0))

    return derive


def _exposure_before(records: Records, at: pl.DataFrame) -> pl.DataFrame:
    """Return the administrations that began before time zero; an undated early one did."""
    given = at.rename({"day": "zero"}).join(administrations(records), on="patient_id", how="inner")
    began = pl.col("start").is_null() | (pl.col("start") < pl.col("zero"))
    return given.filter(began).with_columns(pl.format("exposures:{}", "row").alias("row"))


def _undecided(records: Records, given: pl.DataFrame) -> pl.Series:
    """Return the patients whose history before time zero has a hole: an unknown drug or a refused row."""
    unknown = given.filter(~pl.col("known"))["patient_id"]
    refused = records.incomplete.filter(pl.col("table") == "exposures")["patient_id"]
    return pl.concat([unknown, refused]).unique()


def _received(drug: str) -> Derivation:
    def derive(records: Records, at: pl.DataFrame, _: Definitions) -> pl.DataFrame:
        given = _exposure_before(records, at)
        found = given.filter(is_given(drug)).sort("start", "row", nulls_last=False)
        first = found.group_by("patient_id", maintain_order=True).first().select("patient_id", "row")
        joined = _attach(at, first.with_columns(pl.lit("yes").alias("value")))
        hole = pl.col("patient_id").is_in(_undecided(records, given).to_list())
        otherwise = pl.when(hole).then(pl.lit(None)).otherwise(pl.lit("no"))
        return joined.with_columns(pl.coalesce("value", otherwise).alias("value"))

    return derive


def _duration(is_drug: pl.Expr) -> Derivation:
    """Return months under the drugs before time zero: the days covered by at least one of them."""

    def derive(records: Records, at: pl.DataFrame, _: Definitions) -> pl.DataFrame:
        given = _exposure_before(records, at).filter(is_drug)
        until = pl.min_horizontal(pl.coalesce("stop", "start"), "zero").alias("until")
        days = covered_days(given.with_columns(until, pl.col("row").alias("source")))
        return _attach(at, days.select("patient_id", _months("duration"), pl.col("first").alias("row")))

    return derive


def _months(days: str) -> pl.Expr:
    return (pl.col(days) / DAYS_PER_MONTH).alias("value")


def _line_at(records: Records, at: pl.DataFrame, definitions: Definitions) -> pl.DataFrame:
    """Return the number of the last line begun up to time zero; 0 before the first."""
    lines = lines_of_therapy(records, definitions.line_rules)
    begun = at.join(lines.filter(pl.col("line") > 0), on="patient_id", how="inner")
    begun = begun.filter(pl.col("start") <= pl.col("day"))
    last = begun.sort("patient_id", "line").unique("patient_id", keep="last", maintain_order=True)
    found = _attach(
        at, last.select("patient_id", pl.col("line").alias("value"), pl.col("rows").list.first().alias("row"))
    )
    hole = pl.col("patient_id").is_in(records.incomplete_patients("exposures").to_list())
    return found.with_columns(pl.when(~hole).then(pl.col("value").fill_null(0).cast(pl.String)).alias("value"))


def _first_line_pfs(records: Records, at: pl.DataFrame, definitions: Definitions) -> pl.DataFrame:
    return _attach(at, first_line_pfs(records, at, definitions.line_rules))


def _sequence_group(records: Records, at: pl.DataFrame, definitions: Definitions) -> pl.DataFrame:
    groups = sequence_groups(records, SEPHER, at, definitions.line_rules)
    return _attach(at, groups.select("patient_id", pl.col("group").alias("value"), "row"))


def _interval(drug: str) -> Derivation:
    def derive(records: Records, at: pl.DataFrame, definitions: Definitions) -> pl.DataFrame:
        prior = prior_exposure(records, drug, at, definitions.line_rules)
        return _attach(at, prior.select("patient_id", _months("interval"), "row"))

    return derive


def _setting(drug: str) -> Derivation:
    def derive(records: Records, at: pl.DataFrame, definitions: Definitions) -> pl.DataFrame:
        prior = prior_exposure(records, drug, at, definitions.line_rules)
        value = (
            pl.when("first_line")
            .then(pl.lit(FIRST_LINE))
            .when(pl.col("any_line") & ~pl.col("first_line"))
            .then(pl.lit(LATER_LINE))
            .when("early_only")
            .then(pl.lit(EARLY_ONLY))
            .when(~pl.col("received"))
            .then(pl.lit(NEVER))
        )
        return _attach(at, prior.select("patient_id", value.alias("value"), "row"))

    return derive


def _reason_stopped(drug: str) -> Derivation:
    def derive(records: Records, at: pl.DataFrame, definitions: Definitions) -> pl.DataFrame:
        prior = prior_exposure(records, drug, at, definitions.line_rules)
        return _attach(at, prior.select("patient_id", pl.col("stopped").replace(UNKNOWN, None).alias("value"), "row"))

    return derive


COVARIATES: dict[str, Covariate] = {
    covariate.name: covariate
    for covariate in (
        Covariate("age", "Age", "continuous", _age, "completed years on the day of time zero", unit="years"),
        Covariate("sex", "Sex", "categorical", _from_patients("sex"), "as recorded", ("female", "male")),
        Covariate("centre", "Centre", "categorical", _from_patients("centre"), "as recorded"),
        Covariate(
            "ecog",
            "ECOG performance status",
            "ordinal",
            _ecog,
            f"last recorded within {PERFORMANCE_WINDOW} days up to time zero",
            ("0", "1", "2", "3", "4"),
        ),
        Covariate(
            "visceral",
            "Metastatic site",
            "categorical",
            _visceral,
            "organs known on the day of time zero",
            ("non-visceral", "visceral"),
            rests_on="visceral",
        ),
        Covariate(
            "number_of_sites",
            "Number of metastatic sites",
            "categorical",
            _number_of_sites,
            "organs with metastases known on the day of time zero",
            SITES,
        ),
        Covariate(
            "disease_free_interval",
            "Disease-free interval",
            "continuous",
            _disease_free_interval,
            "months from the first surgery of the primary tumour to metastatic disease; none without such surgery",
            unit="months",
        ),
        Covariate(
            "hormone_receptor",
            "Hormone receptor status",
            "categorical",
            _marker("hormone_receptor"),
            "ER or PgR in at least 1 % of nuclei, latest specimen (Hammond 2010, doi:10.1200/JCO.2009.25.6529)",
            ("negative", "positive"),
        ),
        Covariate(
            "er", "Oestrogen receptor", "categorical", _marker("ER"), "latest specimen", ("negative", "positive")
        ),
        Covariate(
            "pgr", "Progesterone receptor", "categorical", _marker("PgR"), "latest specimen", ("negative", "positive")
        ),
        MENOPAUSAL_STATUS,
        Covariate(
            "her2",
            "HER2 status",
            "categorical",
            _marker("HER2"),
            "latest specimen",
            ("negative", "equivocal", "positive"),
            rests_on="her2",
        ),
        Covariate(
            "her2_low",
            "HER2 expression",
            "categorical",
            _marker("her2_low"),
            "latest specimen: IHC 0 is zero, IHC 1+ or IHC 2+ without amplification low, ultralow only as written",
            LEVELS,
            rests_on="her2",
        ),
        Covariate(
            "her2_discordant",
            "HER2 results that disagree",
            "categorical",
            _marker("her2_discordant"),
            "IHC against ISH, stated against measured, or two specimens of the latest day",
            ("no", "yes"),
            rests_on="her2",
        ),
        Covariate(
            "her2_conversion",
            "HER2 conversion",
            "categorical",
            _her2_conversion,
            "from the first to the latest specimen",
            tuple(CONVERSIONS),
            rests_on="her2",
        ),
        Covariate(
            "subtype",
            "Subtype",
            "categorical",
            _marker("subtype"),
            "hormone receptor and HER2, latest specimen",
            rests_on="her2",
        ),
        Covariate(
            "sepher_subtype",
            "Subtype by hormone receptors",
            "categorical",
            _marker("sepher_subtype"),
            "how many of ER and PgR are positive, latest specimens (Bon 2020, doi:10.1186/s13046-020-01797-3)",
            SEPHER_SUBTYPES,
        ),
        Covariate("ki67", "Ki-67", "continuous", _ki67, "latest specimen; a range or a bound is no number", unit="%"),
        Covariate(
            "sepher_ki67",
            "Ki-67 by SePHER's cut-off",
            "categorical",
            _sepher_ki67,
            f"latest specimen, {SEPHER_KI67.sentence()}",
            SEPHER_KI67.levels,
        ),
        Covariate(
            "cd8_foxp3",
            "CD8/FOXP3 ratio",
            "categorical",
            _marker("cd8_foxp3"),
            f"latest specimen, {DIECI_2018.sentence()}",
            (LOW, HIGH),
        ),
        Covariate(
            "prior_lines",
            "Prior lines for metastatic disease",
            "continuous",
            _prior_lines(False),
            "lines begun before time zero",
        ),
        Covariate(
            "prior_chemotherapy_lines",
            "Prior chemotherapy regimens for metastatic disease",
            "continuous",
            _prior_lines(True),
            "lines with a cytotoxic drug begun before time zero",
        ),
        Covariate(
            "line_of_time_zero",
            "Line at time zero",
            "ordinal",
            _line_at,
            "the last line for metastatic disease begun up to time zero; 0 before the first",
            tuple(str(number) for number in range(21)),
        ),
        Covariate(
            "first_line_pfs",
            "Progression-free survival of the first line",
            "continuous",
            _first_line_pfs,
            "months from its start to the first progression up to time zero",
            unit="months",
        ),
        Covariate(
            "sequence_group",
            "Sequence group",
            "categorical",
            _sequence_group,
            f"{SEPHER.meaning} ({SEPHER.citation})",
            tuple(group.name for group in SEPHER.groups),
        ),
        Covariate(
            "duration_of_her2_therapy",
            "Duration of HER2-targeted therapy",
            "continuous",
            _duration(pl.col("drug_class").str.starts_with("HER2")),
            "months covered by at least one HER2-targeted drug before time zero",
            unit="months",
        ),
        Covariate(
            "de_novo",
            "Metastatic at diagnosis",
            "categorical",
            _de_novo,
            f"metastatic within {DE_NOVO_WINDOW} days of the primary diagnosis",
            ("no", "yes"),
        ),
    )
}

RECEIVED, DURATION, INTERVAL, SETTING, REASON, CONVERSION = (
    "received ",
    "duration of ",
    "interval since ",
    "setting of ",
    "reason stopped ",
    "her2_conversion since ",
)
PREFIXES = (RECEIVED, DURATION, INTERVAL, SETTING, REASON, CONVERSION)
"""What stands before a drug or a class in the name of a covariate."""
VALUE = "value of "
"""What stands before a marker in the name of a covariate."""


def covariate_named(name: str, records_drugs: DrugVocabulary | None = None) -> Covariate | None:
    """Return the covariate a study file names, or None where there is none of that name.

    After one of `PREFIXES` stands any ingredient, brand, class or modality of the drug
    vocabulary, normalised by `drug_or_class`; after `VALUE` any marker.
    """
    if name in COVARIATES:
        return COVARIATES[name]
    if name.startswith(VALUE) and (measured := name.removeprefix(VALUE).strip()):
        return value_covariate(name, measured)
    vocabulary = records_drugs or default_vocabulary()
    for prefix in PREFIXES:
        if name.startswith(prefix):
            drug = drug_or_class(name.removeprefix(prefix).strip(), vocabulary)
            return _drug_covariate(name, prefix, drug) if drug else None
    return None


def drug_or_class(name: str, vocabulary: DrugVocabulary) -> str | None:
    """Return the ingredient, class or modality that a name means; None where it means none, or several."""
    groups = {item.drug_class for item in vocabulary.ingredients.values()}
    groups |= {item.modality for item in vocabulary.ingredients.values()}
    by_case = {group.lower(): group for group in groups}
    if name.lower() in by_case:
        return by_case[name.lower()]
    ingredients = vocabulary.resolve(name)
    return ingredients[0] if ingredients and len(ingredients) == 1 else None


def _drug_covariate(name: str, prefix: str, drug: str) -> Covariate:
    only = "only patients who received it"
    if prefix == RECEIVED:
        return Covariate(name, f"Received {drug}", "categorical", _received(drug), "before time zero", ("no", "yes"))
    if prefix == DURATION:
        meaning = f"months covered by {drug} before time zero; {only}"
        return Covariate(name, f"Duration of {drug}", "continuous", _duration(is_given(drug)), meaning, unit="months")
    if prefix == INTERVAL:
        meaning = f"months from the last day under {drug} to time zero, 0 while it goes on; {only}"
        return Covariate(name, f"Interval since {drug}", "continuous", _interval(drug), meaning, unit="months")
    if prefix == SETTING:
        levels = (NEVER, EARLY_ONLY, FIRST_LINE, LATER_LINE)
        return Covariate(name, f"Setting of {drug}", "categorical", _setting(drug), "before time zero", levels)
    if prefix == CONVERSION:
        meaning = f"from the last specimen up to the first day of {drug} to the latest one after it"
        label, derive = f"HER2 conversion since {drug}", _her2_conversion_since(drug)
        return Covariate(name, label, "categorical", derive, meaning, tuple(CONVERSIONS), rests_on="her2")
    meaning = f"why {drug} was last stopped before time zero, linked as the ends of lines are; {only}"
    return Covariate(name, f"Reason {drug} was stopped", "categorical", _reason_stopped(drug), meaning)
