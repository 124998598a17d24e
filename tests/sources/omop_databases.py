"""Small OMOP databases for the tests, made by plain SQL and not by the code under test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from sequela.records.bundle import Kind, Records
from sequela.records.schema import TABLES
from sequela.sources.omop_tables import cdm_tables

Rows = Sequence[Mapping[str, Any]]
SQL = {"id": "BIGINT", "number": "NUMERIC", "date": "DATE", "text": "VARCHAR"}


@dataclass
class Engine:
    """Somewhere to put databases."""

    name: str
    folder: Path
    server: str = ""
    made: int = 0

    def create(self, tables: Mapping[str, Rows], types: Mapping[str, str] | None = None, schema: str = "") -> str:
        """Create a database with tables and return its connection text.

        `types` replaces the type of a "table.column"; an empty one leaves the column out. A table
        that is not named is not created.
        """
        self.made += 1
        statements = [f"CREATE SCHEMA {schema}"] if schema else []
        for table, rows in tables.items():
            statements += _statements(f"{schema}.{table}" if schema else table, table, rows, types or {})
        return self._run(statements, f"?schema={schema}" if schema else "")

    def empty(self) -> str:
        """Return the connection text of a file, or of a schema, that is not there yet."""
        self.made += 1
        if self.name == "duckdb":
            return str(self.folder / f"{self.made}.duckdb")
        return f"{self.server.format('postgres')}&schema={self._schema()}"

    def _schema(self) -> str:
        return "".join(letter if letter.isalnum() else "_" for letter in f"{self.folder.name.lower()}_{self.made}")

    def _run(self, statements: list[str], option: str) -> str:
        if self.name == "duckdb":
            import duckdb

            path = self.folder / f"{self.made}.duckdb"
            with duckdb.connect(str(path)) as connection:
                for statement in statements:
                    connection.execute(statement)
            return f"duckdb:{path}{option}" if option else str(path)
        import psycopg

        schema = self._schema()
        with psycopg.connect(self.server.format("postgres")) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")
            connection.execute(f"SET search_path TO {schema}")
            for statement in statements:
                connection.execute(statement)
        return f"{self.server.format('postgres')}{option.replace('?', '&') or f'&schema={schema}'}"


def _statements(where: str, table: str, rows: Rows, types: Mapping[str, str]) -> list[str]:
    columns = {
        name: types.get(f"{table}.{name}", SQL[content]) for name, content in cdm_tables()[table].columns.items()
    }
    columns = {name: kind for name, kind in columns.items() if kind}
    made = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    statements = [f"CREATE TABLE {where} ({made})"]
    for row in rows:
        given = {name: value for name, value in row.items() if name in columns}
        cells = ", ".join("NULL" if value is None else f"'{value}'" for value in given.values())
        statements.append(f"INSERT INTO {where} ({', '.join(given)}) VALUES ({cells})")
    return statements


def rows(columns: str, *lines: tuple) -> list[dict[str, Any]]:
    """Return rows of the named columns."""
    return [dict(zip(columns.split(), line, strict=True)) for line in lines]


def concept(number: int, name: str, vocabulary: str = "SNOMED", kind: str = "Clinical Finding", code: str = "") -> dict:
    return {
        "concept_id": number,
        "concept_name": name,
        "vocabulary_id": vocabulary,
        "concept_class_id": kind,
        "concept_code": code or str(number),
        "standard_concept": "S",
        "domain_id": "any",
    }


def hospital() -> dict[str, Rows]:
    """Return three patients as an American registry would hold them.

    1: early breast cancer, liver metastases, trastuzumab, then T-DM1 until progression, death.
    2: alive; capecitabine by mouth, aspirin, an infusion without a concept.
    3: nothing but an observation period.
    """
    return {
        "person": rows(
            "person_id gender_concept_id year_of_birth month_of_birth day_of_birth care_site_id person_source_value",
            (1, 8532, 1960, 5, 17, 7, "A-1"),
            (2, 8532, 1971, None, None, None, "B-2"),
            (30, 0, 1950, 2, None, 8, "C-3"),
        ),
        "observation_period": rows(
            "observation_period_id person_id observation_period_start_date observation_period_end_date",
            (1, 1, "2010-01-01", "2013-12-31"),
            (2, 1, "2014-06-01", "2019-12-31"),
            (3, 2, "2012-01-01", "2020-03-01"),
            (4, 30, "2015-01-01", "2016-01-01"),
        ),
        "death": rows("person_id death_date", (1, "2019-02-10")),
        "care_site": rows("care_site_id care_site_name", (7, "Ward 7")),
        **_care(),
        **_results(),
        **_vocabulary(),
    }


def _care() -> dict[str, Rows]:
    return {
        "condition_occurrence": rows(
            "condition_occurrence_id person_id condition_concept_id condition_start_date condition_source_value",
            (1, 1, 4112853, "2012-03-01", "C50.9"),
            (2, 1, 4112853, "2012-04-01", "C50.9"),
            (3, 1, 198700, "2016-05-05", "C78.7"),
            (4, 1, 198700, "2016-07-05", "C78.7"),
            (5, 1, 555, "2012-03-10", "C77.3"),
            (6, 2, 0, "2018-01-02", "Recurrent malignant neoplasm of breast"),
            (7, 2, 320128, "2018-01-02", "I10"),
            (8, 2, 777, "2013-01-02", "Z85.3"),
            (9, 2, 432851, "2018-02-01", "C79.9"),
            (10, 2, 900, "2012-05-01", "odd"),
        ),
        "drug_exposure": rows(
            "drug_exposure_id person_id drug_concept_id drug_exposure_start_date drug_exposure_end_date"
            " verbatim_end_date stop_reason quantity route_source_value dose_unit_source_value drug_source_value",
            (11, 1, 101, "2016-06-01", "2016-06-01", None, None, 1, "IV", None, "Herceptin"),
            (12, 1, 102, "2017-06-01", "2019-03-01", None, "Disease progression", 280, None, "mg", "T-DM1"),
            (13, 2, 103, "2018-03-01", "2018-06-01", "2018-05-20", "fed up", 120, None, None, "Xeloda"),
            (14, 2, 104, "2018-03-01", "2018-09-01", None, None, 30, None, None, "ASA"),
            (15, 2, 0, "2018-07-01", "2018-07-01", None, None, None, None, None, "Perjeta"),
            (16, 2, 0, "2018-08-01", "2018-08-01", None, None, None, None, None, "study drug XYZ"),
            (17, 2, 105, "2018-08-02", "2018-08-02", None, None, None, None, None, None),
        ),
        "procedure_occurrence": rows(
            "procedure_occurrence_id person_id procedure_concept_id procedure_date procedure_source_value",
            (1, 1, 201, "2012-04-15", "85.43"),
            (2, 1, 202, "2012-05-15", "92.29"),
            (3, 1, 203, "2012-03-05", "biopsy"),
        ),
    }


def _results() -> dict[str, Rows]:
    return {
        "measurement": rows(
            "measurement_id person_id measurement_concept_id measurement_date value_as_number value_as_concept_id"
            " unit_source_value measurement_source_value value_source_value operator_concept_id"
            " measurement_event_id meas_event_field_concept_id",
            (1, 1, 301, "2012-03-02", None, 45884084, None, "ER", "LA6576-8", None, None, None),
            (2, 1, 302, "2012-03-02", 3, None, None, "HER2", "3+", None, None, None),
            (3, 1, 0, "2012-03-02", 20, None, "%", "Ki-67", "20", 4172704, None, None),
            (4, 1, 303, "2016-05-06", None, 304, None, "ECOG", "x", None, None, None),
            (5, 2, 4173614, "2018-02-02", None, None, None, "ECOG1", None, None, None, None),
            (6, 1, 4168352, "2017-05-30", None, None, None, "RECIST", None, None, None, None),
            (7, 1, 305, "2012-03-02", None, None, None, "stage", "IIB", None, 1, 1147127),
            (8, 1, 305, "2012-03-02", None, None, None, "stage", "IV", None, None, None),
            (9, 1, 306, "2016-05-06", 14.5, None, "ng/mL", "HER2 in serum", "14.5", None, None, None),
            (10, 2, 0, "2018-09-01", None, None, None, "RECIST response", "partial response", None, None, None),
        ),
        "observation": rows(
            "observation_id person_id observation_concept_id observation_date value_as_number observation_source_value",
            (1, 2, 303, "2018-08-15", 2, "ECOG"),
        ),
        "episode": rows(
            "episode_id person_id episode_concept_id episode_start_date episode_parent_id episode_object_concept_id"
            " episode_source_value",
            (1, 1, 401, "2016-05-05", None, 4112853, None),
            (2, 1, 32531, "2016-06-01", 1, 0, None),
            (3, 2, 32531, "2018-03-01", None, 4191637, None),
            (4, 1, 32528, "2012-03-01", None, 4112853, None),
        ),
        "episode_event": rows(
            "episode_id event_id episode_event_field_concept_id", (2, 11, 1147094), (2, 3, 1147127), (3, 13, 1147094)
        ),
    }


def _vocabulary() -> dict[str, Rows]:
    rxnorm = "RxNorm"
    return {
        "concept": [
            concept(0, "No matching concept", "None", "Undefined"),
            concept(4112853, "Malignant tumor of breast", code="254837009"),
            concept(198700, "Secondary malignant neoplasm of liver and intrahepatic bile duct"),
            concept(555, "Secondary malignant neoplasm of axillary lymph nodes"),
            concept(320128, "Essential hypertension"),
            concept(777, "History of malignant neoplasm of breast"),
            concept(432851, "Metastatic malignant neoplasm", code="128462008"),
            concept(900, "Angiomyxoid growth of breast, type 2"),
            concept(443392, "Malignant neoplastic disease", code="363346000"),
            concept(101, "trastuzumab 150 MG Injection", rxnorm, "Clinical Drug"),
            concept(102, "ado-trastuzumab emtansine 100 MG Injection [Kadcyla]", rxnorm, "Branded Drug"),
            concept(103, "capecitabine 500 MG Oral Tablet", rxnorm, "Clinical Drug"),
            concept(104, "aspirinoid 100 MG Oral Tablet", rxnorm, "Clinical Drug"),
            concept(105, "novelumab 10 MG Injection", rxnorm, "Clinical Drug"),
            concept(111, "trastuzumab", rxnorm, "Ingredient"),
            concept(112, "ado-trastuzumab emtansine", rxnorm, "Ingredient"),
            concept(114, "aspirinoid", rxnorm, "Ingredient"),
            concept(115, "novelumab", rxnorm, "Ingredient"),
            concept(124, "platelet things", "ATC", "ATC 4th", "B01AC"),
            concept(125, "antibodies", "ATC", "ATC 4th", "L01FD"),
            concept(201, "Modified radical mastectomy of left breast"),
            concept(202, "External beam radiotherapy"),
            concept(203, "Core needle biopsy of breast"),
            concept(301, "Estrogen receptor Ag [Presence] in tumor", "LOINC", "Lab Test", "85337-4"),
            concept(302, "HER2 [Presence] in tumor", "LOINC", "Lab Test", "85319-2"),
            concept(303, "ECOG Performance Status score", "LOINC", "Survey", "89247-1"),
            concept(304, "Restricted in physically strenuous activity", "LOINC", "Answer", "LA9623-5"),
            concept(305, "Stage group.clinical Cancer", "LOINC", "Clinical Observation", "21908-9"),
            concept(306, "HER2 [Mass/volume] in Serum or Plasma", "LOINC", "Lab Test", "32996-1"),
            concept(401, "Metastatic Disease", "Episode", "Disease Extent"),
            concept(32528, "Disease First Occurrence", "Episode", "Disease Episode"),
            concept(32531, "Treatment Regimen", "Episode", "Treatment"),
            concept(4191637, "Adjuvant - intent"),
            concept(4173614, "ECOG performance status - grade 1"),
            concept(4168352, "Progression"),
            concept(45884084, "Positive", "LOINC", "Answer", "LA6576-8"),
        ],
        "concept_ancestor": rows(
            "ancestor_concept_id descendant_concept_id",
            *((111, 101), (112, 102), (114, 104), (115, 105)),
            *((124, 114), (125, 115), (443392, 900), (443392, 432851)),
        ),
    }


def table(name: str, *lines: tuple) -> pl.DataFrame:
    """Return a canonical table; cells left out at the end of a line are null."""
    schema = TABLES[name].empty().schema
    padded = [(*line, *[None] * (len(schema) - 1 - len(line)), row) for row, line in enumerate(lines, start=2)]
    return pl.DataFrame(padded, schema=schema, orient="row")


def rich_records() -> Records:
    """Return canonical records in which every column holds something, in the order of the patients."""
    tables = {
        "patients": table(
            "patients",
            ("P-1", date(2014, 3, 1), -19000, None, "female", "Ward, 7", -100, 1500, 1510),
            ("P 2", None, None, 61.5, None, None, None, 900, None),
            ("30", date(2016, 2, 29), None, 44.0, "male", None, 0, 40, None),
        ),
        "diagnoses": table(
            "diagnoses",
            ("P-1", -90, "primary", "IIB", "invasive ductal carcinoma", None),
            ("P-1", 300, "recurrence", None, None, "liver", False),
            ("P-1", 300, "metastatic", "IV", None, "my organ, the odd one"),
            ("P 2", None, "primary", None, None, "breast"),
            ("P 2", 3, "primary", None, None, "breast"),
        ),
        "exposures": table(
            "exposures",
            ("P-1", "trastuzumab", 310, 700, "metastatic", "progression", 600.5, "SC"),
            ("P-1", "pertuzumab + trastuzumab", 310, None, "metastatic", None, None, None),
            ("P-1", "trastuzumab emtansine", 710, 710, None, "patient choice", 3.6, None),
            ("P 2", "docetaxel", None, None, "early", "completed", None, None),
            ("P 2", "study drug XYZ", 5, 2000, None, "other", None, "oral"),
        ),
        **_rich_events(),
    }
    lost = pl.DataFrame({"patient_id": ["P 2"], "table": ["exposures"]})
    return Records(tables, kind=Kind.TRANSCRIBED, title="Zwei Fälle: eins", citation="doi:10.1/x", incomplete=lost)


def _rich_events() -> dict[str, pl.DataFrame]:
    return {
        "procedures": table("procedures", ("P-1", -60, "surgery", "breast"), ("P 2", None, "radiotherapy", None)),
        "biomarkers": table(
            "biomarkers",
            ("P-1", -90, "ER", "positive", None, "primary", "SP1"),
            ("P-1", -90, "HER2 IHC", "3+", None, None, None),
            ("P-1", 300, "Ki-67", "20", "%", "liver", None),
            ("P-1", 300, "Ki-67", "20.0", "%", None, None),
            ("P 2", None, "odd marker", "<5", "x", None, None),
        ),
        "metastases": table("metastases", ("P-1", 300, "liver"), ("P-1", 300, "lymph node"), ("P-1", 420, "liver")),
        "assessments": table(
            "assessments",
            ("P-1", 400, "CT", "PR", "radiologic", None),
            ("P-1", 500, None, "NON-CR/NON-PD", None, "bone"),
            ("P-1", 600, None, None, None, None),
        ),
        "lesions": table("lesions", ("P-1", "L1", "liver", "target", False)),
        "measurements": table("measurements", ("P-1", "L1", 300, 21.0, None)),
        "performance": table("performance", ("P-1", 305, 1), ("P 2", 5, 0)),
    }


def same(first: pl.DataFrame, second: pl.DataFrame) -> bool:
    """Whether two tables hold the same rows in the same order, apart from their numbers."""
    return first.drop("row").equals(second.drop("row"))
