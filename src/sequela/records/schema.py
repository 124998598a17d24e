"""The canonical tables: one declaration per table, in the order a clinic tells a history.

Time is an integer day counted from the patient's own origin (`patients.origin_date`
holds the calendar date of day 0, null where it is not known). Each table also carries
`row`, the row of the source file as a spreadsheet numbers it (the header is row 1), so
that every derived value can name where it came from: `exposures:1234`.
"""

from dataclasses import field
from typing import Literal

import polars as pl

from sequela.frozen import frozen

Content = Literal["text", "day", "date", "number", "integer", "category", "flag"]

POLARS_TYPE: dict[Content, type[pl.DataType]] = {
    "text": pl.String,
    "day": pl.Int32,
    "date": pl.Date,
    "number": pl.Float64,
    "integer": pl.Int32,
    "category": pl.String,
    "flag": pl.Boolean,
}


@frozen
class Column:
    """One column of a canonical table.

    Attributes
    ----------
    name : str
        Name in snake_case, as a CSV header must spell it.
    content : Content
        `day` columns accept ISO dates, partial dates (`2014-03`, `2014`) and integer days.
    meaning : str
        One phrase, printed in the documentation and in messages.
    required : bool
        Whether a row without a value is refused.
    values : tuple of str
        The values a category may take; empty for other contents.
    low, high : float or None
        Inclusive limits of a number.
    also : tuple of str
        Other headers accepted for the same column.
    synonyms : tuple of (str, str)
        Other spellings of a category in small letters, each with the value it stands for.
    numeric_text : bool
        Whether a text may be a number, so that a decimal comma in it becomes a point.
    """

    name: str
    content: Content
    meaning: str
    required: bool = False
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    also: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, str], ...] = ()
    numeric_text: bool = False


@frozen
class Table:
    """One canonical table.

    Attributes
    ----------
    name : str
        Also the stem of its file: `exposures.csv`.
    columns : tuple of Column
        In canonical order; the bundle adds `row` (Int32) at the end.
    key : tuple of str
        Columns that identify a row; empty where repeats are allowed.
    meaning : str
        One phrase.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in canonical order."""
        return tuple(column.name for column in self.columns)

    @property
    def day_columns(self) -> tuple[Column, ...]:
        """Columns that hold a day."""
        return tuple(column for column in self.columns if column.content == "day")

    def column(self, name: str) -> Column:
        """Return the column of that name."""
        return next(column for column in self.columns if column.name == name)

    def empty(self) -> pl.DataFrame:
        """Return the table without rows, with its types and the `row` column."""
        types = {column.name: POLARS_TYPE[column.content] for column in self.columns}
        return pl.DataFrame(schema={**types, "row": pl.Int32})


SETTINGS = ("early", "metastatic")
REASONS_STOPPED = (
    "progression",
    "toxicity",
    "completed",
    "patient choice",
    "other disease",
    "death",
    "other",
    "unknown",
)
RESPONSES = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE")
BASES = ("radiologic", "clinical", "pathologic")

_PATIENT = Column("patient_id", "text", "the patient", required=True, also=("patient", "id"))

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "patients",
            "one row per patient: who, and from when to when we know",
            (
                _PATIENT,
                Column("origin_date", "date", "calendar date of day 0"),
                Column("birth_day", "day", "birth", also=("birth_date",)),
                Column("age_at_origin", "number", "age on day 0, years", low=0, high=120, also=("age",)),
                Column(
                    "sex",
                    "category",
                    "sex recorded at birth",
                    values=("female", "male"),
                    synonyms=(("f", "female"), ("m", "male")),
                ),
                Column("centre", "text", "hospital or registry", also=("center", "site")),
                Column("observed_from", "day", "first day under observation"),
                Column("last_contact", "day", "last day known alive", also=("last_follow_up",)),
                Column("death", "day", "death from any cause", also=("death_date",)),
            ),
            key=("patient_id",),
        ),
        Table(
            "diagnoses",
            "primary tumour, recurrences, metastatic disease",
            (
                _PATIENT,
                Column("day", "day", "diagnosis", also=("date",)),
                Column(
                    "kind",
                    "category",
                    "what was diagnosed",
                    required=True,
                    values=("primary", "recurrence", "metastatic"),
                ),
                Column("stage", "text", "stage as written"),
                Column("histology", "text", "histology as written"),
                Column("organ", "text", "organ of a recurrence"),
                Column("resectable", "flag", "whether a recurrence could be removed by surgery"),
            ),
        ),
        Table(
            "exposures",
            "systemic drugs: one row per administration or per course",
            (
                _PATIENT,
                Column("drug", "text", "ingredient, brand, biosimilar or fixed combination", required=True),
                Column("start", "day", "administration, or first day of the course", also=("date", "start_date")),
                Column("stop", "day", "last administration of the course", also=("stop_date", "end")),
                Column("setting", "category", "early (curative intent) or metastatic", values=SETTINGS),
                Column("reason_stopped", "category", "why the course ended", values=REASONS_STOPPED),
                Column("dose", "number", "dose as given", low=0),
                Column("route", "text", "route as written"),
            ),
        ),
        Table(
            "procedures",
            "surgery and radiotherapy",
            (
                _PATIENT,
                Column("day", "day", "procedure", also=("date",)),
                Column("kind", "category", "what was done", required=True, values=("surgery", "radiotherapy")),
                Column("organ", "text", "organ treated"),
            ),
        ),
        Table(
            "biomarkers",
            "receptors, proliferation, immune cells: one row per result",
            (
                _PATIENT,
                Column("day", "day", "specimen taken", also=("date",)),
                Column("marker", "text", "what was measured", required=True),
                Column("value", "text", "result as written", required=True, numeric_text=True),
                Column("unit", "text", "unit"),
                Column("specimen", "text", "primary, metastasis, organ"),
                Column("assay", "text", "assay or antibody"),
            ),
        ),
        Table(
            "metastases",
            "organs with metastases, by the day each was first found",
            (
                _PATIENT,
                Column("day", "day", "first found", required=True, also=("date",)),
                Column("organ", "text", "organ", required=True, also=("site",)),
            ),
        ),
        Table(
            "assessments",
            "tumour assessments, with the response read from them",
            (
                _PATIENT,
                Column("day", "day", "assessment", required=True, also=("date",)),
                Column("method", "text", "CT, MRI, bone scan, examination"),
                Column("response", "category", "response by RECIST", values=RESPONSES),
                Column("basis", "category", "what it rests on", values=BASES),
                Column("organ", "text", "organ, where the response is of one site only"),
            ),
        ),
        Table(
            "lesions",
            "lesions followed by RECIST",
            (
                _PATIENT,
                Column("lesion_id", "text", "lesion", required=True),
                Column("organ", "text", "organ", required=True),
                Column("role", "category", "how it is followed", required=True, values=("target", "non-target", "new")),
                Column("nodal", "flag", "whether it is a lymph node"),
            ),
            key=("patient_id", "lesion_id"),
        ),
        Table(
            "measurements",
            "what was measured of a lesion",
            (
                _PATIENT,
                Column("lesion_id", "text", "lesion", required=True),
                Column("day", "day", "measurement", required=True, also=("date",)),
                Column("diameter_mm", "number", "diameter, mm (short axis of a node)", low=0, high=1000),
                Column(
                    "state",
                    "category",
                    "state where it was not measured",
                    values=(
                        "present",
                        "absent",
                        "unequivocal progression",
                        "too small",
                        "not evaluable",
                        "merged",
                        "split",
                    ),
                ),
                Column("method", "text", "CT, MRI, X-ray, calipers"),
                Column(
                    "unit",
                    "category",
                    "unit in which the diameter is written; what is read becomes mm",
                    values=("mm", "cm"),
                    synonyms=(("millimetre", "mm"), ("millimeter", "mm"), ("centimetre", "cm"), ("centimeter", "cm")),
                ),
            ),
            key=("patient_id", "lesion_id", "day"),
        ),
        Table(
            "performance",
            "ECOG performance status",
            (
                _PATIENT,
                Column("day", "day", "assessment", required=True, also=("date",)),
                Column("ecog", "integer", "ECOG performance status", required=True, low=0, high=5, also=("ecog_ps",)),
            ),
        ),
    )
}
