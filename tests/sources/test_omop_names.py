"""What the name of a concept means, and what it must not be taken for."""

import pytest

from sequela.sources.omop_concepts import Concept, Meaning, concept_map, meaning_of_name, value_of_name

CONDITIONS = {
    "Malignant tumor of breast": Meaning("diagnosis", "primary", "breast"),
    "Malignant neoplasm of upper outer quadrant of female breast": Meaning("diagnosis", "primary", "breast"),
    "Primary malignant neoplasm of lung": Meaning("diagnosis", "primary", "lung"),
    "Infiltrating duct carcinoma, NOS, of breast, NOS": Meaning("diagnosis", "primary", "breast"),
    "Carcinoma of breast": Meaning("diagnosis", "primary", "breast"),
    "Secondary malignant neoplasm of bone": Meaning("metastasis", "", "bone"),
    "Secondary malignant neoplasm of brain and spinal cord": Meaning("metastasis", "", "brain"),
    "Secondary malignant neoplasm of left lung": Meaning("metastasis", "", "lung"),
    "Metastatic malignant neoplasm to liver": Meaning("metastasis", "", "liver"),
    "Secondary malignant neoplasm of mediastinal lymph nodes": Meaning("metastasis", "", "lymph node"),
    "Secondary malignant neoplasm of axillary lymph nodes": Meaning("regional nodes"),
    "Secondary and unspecified malignant neoplasm of lymph nodes of axilla": Meaning("regional nodes"),
    "Metastatic malignant neoplasm": Meaning("diagnosis", "metastatic"),
    "Secondary malignant neoplastic disease": Meaning("diagnosis", "metastatic"),
    "Secondary malignant neoplasm of unknown site": Meaning("diagnosis", "metastatic"),
    "Local recurrence of malignant tumor of breast": Meaning("diagnosis", "recurrence", "breast"),
    "Family history of malignant neoplasm of breast": None,
    "History of malignant neoplasm of breast": None,
    "Carcinoma in situ of breast": None,
    "Ductal carcinoma in situ of breast": None,
    "Suspected breast cancer": None,
    "Screening for malignant neoplasm of breast": None,
    "At risk of breast cancer": None,
    "Benign neoplasm of breast": None,
    "Essential hypertension": None,
    "Secondary hypertension": None,
}
MEASUREMENTS = {
    "Ki-67": Meaning("biomarker", "Ki-67"),
    "HER2 [Mass/volume] in Serum or Plasma": None,
    "ECOG performance status - grade 3": Meaning("performance", "3"),
    "Eastern Cooperative Oncology Group performance status": Meaning("performance"),
    "Karnofsky performance status": None,
    "Metastasis to liver": Meaning("metastasis", "", "liver"),
    "Metastasis to axillary lymph node": Meaning("regional nodes"),
    "Tumor response of liver": Meaning("response", "", "liver"),
    "Progressive disease": Meaning("response", "PD"),
    "Body weight": None,
}
PROCEDURES = {
    "Modified radical mastectomy": Meaning("procedure", "surgery", "breast"),
    "Biopsy of breast": None,
    "Radiotherapy of bone": Meaning("procedure", "radiotherapy", "bone"),
    "Radiation therapy to brain": Meaning("procedure", "radiotherapy", "brain"),
    "Radiotherapy planning": None,
    "Intracavitary brachytherapy": Meaning("procedure", "radiotherapy"),
    "Axillary lymph node dissection": Meaning("procedure", "surgery", "lymph node"),
    "Prophylactic vaccination": None,
}


@pytest.mark.parametrize(
    ("where", "name", "meaning"),
    [
        (where, name, meaning)
        for where, names in (("condition", CONDITIONS), ("measurement", MEASUREMENTS), ("procedure", PROCEDURES))
        for name, meaning in names.items()
    ],
)
def test_names(where, name, meaning):
    assert meaning_of_name(where, name) == meaning
    assert meaning_of_name(where, name.upper()) == meaning


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        ("response", "complete remission", "CR"),
        ("response", "non-CR/non-PD", "NON-CR/NON-PD"),
        ("response", "no", ""),
        ("stop reason", "Adverse event", "toxicity"),
        ("stop reason", "because", ""),
        ("setting", "neoadjuvant", "early"),
        ("setting", "Palliative procedure intent", "metastatic"),
    ],
)
def test_values(where, name, value):
    assert value_of_name(where, name) == value


def test_the_same_number_is_listed_once_and_what_it_becomes_is_known():
    concepts = concept_map()
    assert concepts.exact(Concept(432851, "anything")) == Meaning("diagnosis", "metastatic")
    assert concepts.exact(Concept(5, "x", "LOINC", "85329-1")) == Meaning("biomarker", "ER")
    assert concepts.exact(Concept(5, "x", "LOINC", "0")) is None
    assert len(concepts.by_id) == len(concepts.names)
