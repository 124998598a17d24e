"""Organs, visceral disease by named definition, and the first day of metastatic disease."""

import pytest

from sequela.derive.metastases import (
    VISCERAL,
    disease_free_months,
    metastatic_from,
    number_of_sites_at,
    organs_at,
    visceral_at,
)

from ..hand_made import at, records


def found(patient, day, organ):
    return {"patient_id": patient, "day": day, "organ": organ}


def diagnosed(patient, day, kind, stage=None):
    return {"patient_id": patient, "day": day, "kind": kind, "stage": stage}


BUNDLE = records(
    diagnoses=[
        diagnosed("recurrent", 0, "primary", "IIIA"),
        diagnosed("recurrent", 900, "metastatic"),
        diagnosed("de novo", 0, "primary", "IV"),
        diagnosed("tnm", 0, "primary", "cT4d N2 M1"),
        diagnosed("early", 0, "primary", "cT4 N1 cM0"),
        diagnosed("micrometastasis", 0, "primary", "ypT1micN2"),
    ],
    metastases=[
        found("recurrent", 890, "bone"),
        found("recurrent", 950, "brain"),
        found("recurrent", 1000, "liver"),
        found("skin only", 10, "skin"),
    ],
)


def test_the_first_day_of_metastatic_disease():
    days = {row["patient_id"]: (row["day"], row["row"]) for row in metastatic_from(BUNDLE).to_dicts()}
    assert days == {
        "recurrent": (890, "metastases:2"),
        "de novo": (0, "diagnoses:4"),
        "tnm": (0, "diagnoses:5"),
        "skin only": (10, "metastases:5"),
    }


def test_organs_known_on_a_day_and_not_later():
    organs = organs_at(BUNDLE, at(recurrent=950, early=950))
    assert organs["organs"].to_list() == [["bone", "brain"], []]


@pytest.mark.parametrize(
    ("day", "definition", "expected"),
    [
        (889, "noda_2019", None),
        (949, "noda_2019", "non-visceral"),
        (950, "noda_2019", "visceral"),
        (950, "default", "non-visceral"),
        (1000, "default", "visceral"),
    ],
)
def test_visceral_is_what_the_named_definition_says(day, definition, expected):
    assert visceral_at(BUNDLE, at(recurrent=day), VISCERAL[definition])["value"].to_list() == [expected]


@pytest.mark.parametrize("definition", VISCERAL.values(), ids=lambda d: d.name)
def test_definitions_are_printable_and_cited(definition):
    assert definition.citation in definition.sentence()
    assert all(organ in definition.sentence() for organ in definition.organs)


def test_an_organ_that_is_not_recorded_leaves_visceral_open_and_counts_as_a_site():
    bundle = records(
        metastases=[
            found("a", 0, "unspecified"),
            found("b", 0, "unspecified"),
            found("b", 5, "liver"),
            found("c", 0, "bone"),
            found("c", 0, "skin"),
            found("c", 0, "brain"),
        ]
    )
    asked = at(a=10, b=10, c=10, d=10)
    assert visceral_at(bundle, asked, VISCERAL["default"])["value"].to_list() == [
        None,
        "visceral",
        "non-visceral",
        None,
    ]
    sites = number_of_sites_at(bundle, asked)
    assert sites["value"].to_list() == ["1", "2", "3 or more", None]
    assert sites["row"].to_list()[0] == "metastases:2"
    assert number_of_sites_at(bundle, at(b=3))["value"].to_list() == ["1"]


def test_the_disease_free_interval_runs_from_the_first_surgery_to_metastatic_disease():
    bundle = records(
        procedures=[
            {"patient_id": "a", "day": -1000, "kind": "surgery"},
            {"patient_id": "a", "day": -500, "kind": "surgery"},
            {"patient_id": "b", "day": 40, "kind": "surgery"},
            {"patient_id": "c", "day": -70, "kind": "radiotherapy"},
        ],
        diagnoses=[diagnosed("a", 0, "metastatic"), diagnosed("b", 0, "metastatic"), diagnosed("c", 0, "metastatic")],
    )
    interval = disease_free_months(bundle, at(a=0, b=0, c=0, d=0))
    assert interval["value"].to_list() == [pytest.approx(1000 / 30.4375), None, None, None]
    assert interval["row"].to_list()[0] == "procedures:2"
