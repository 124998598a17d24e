"""The forms of large public studies, with the headings and words of MSK-CHORD 2024 and GENIE BPC."""

import polars as pl
import pytest

from sequela.sources.cbioportal import CbioportalSource
from sequela.sources.import_summary import import_summary

PATIENTS = """\
#Patient\tSex\tPrior Treatment\tOverall Survival (Months)\tOverall Survival Status
#Patient\tSex\tPrior Treatment\tOverall Survival (Months)\tOverall Survival Status
#STRING\tSTRING\tSTRING\tNUMBER\tSTRING
#1\t1\t1\t1\t1
PATIENT_ID\tGENDER\tPRIOR_MED_TO_MSK\tOS_MONTHS\tOS_STATUS
P1\tFemale\tPrior medications to MSK\t20.0\t1:DECEASED
P2\tFemale\tNo prior medications\t30.0\t0:LIVING
P3\tFemale\tUnknown\t40.0\t0:LIVING
P4\tFemale\tPrior medications to MSK\t40.0\t0:LIVING
"""
EVENT = "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tSUBTYPE"
CHORD = {
    "data_clinical_patient.txt": PATIENTS,
    "data_timeline_specimen_surgery.txt": (
        f"{EVENT}\tSAMPLE_ID\tSEQ_DATE\n"
        + "".join(f"P{number}\t-{number}0\t\tSample acquisition\t\tS{number}\t0\n" for number in (1, 2, 3, 4))
    ),
    "data_timeline_diagnosis.txt": (
        f"{EVENT}\tSOURCE\tDX_DESCRIPTION\tAJCC\tCLINICAL_GROUP\tPATH_GROUP\tSUMMARY\tSTAGE_CDM_DERIVED\n"
        "P1\t-500\t\tDiagnosis\tPrimary\tTumor Registry\tDUCT CARCINOMA\t99\t4\t99\tDistant\tStage 4\n"
        "P2\t-300\t\tDiagnosis\tPrimary\tTumor Registry\tDUCT CARCINOMA\t2A\t2\t2A\tLocalized\tStage 1-3\n"
    ),
    "data_timeline_treatment.txt": (
        f"{EVENT}\tAGENT\tRX_INVESTIGATIVE\tFLAG_OROTOPICAL\n"
        "P1\t-100\t-10\tTreatment\tTargeted\tFAM-TRASTUZUMAB DERUXTECAN-NXKI\tN\t0\n"
        "P1\t10\t40\tTreatment\tInvestigational\tINVESTIGATIVE\tY\t0\n"
        "P2\t10\t40\tTreatment\tTargeted\tTRASTUZUMAB-QYYP\tN\t0\n"
    ),
    "data_timeline_prior_meds.txt": (
        f"{EVENT}\tSOURCE\tPRIOR_MED_TO_MSK\tINFERRED_TX_PROB\n"
        "P1\t-90\t\tTreatment\tPrior Medications to MSK\tNLP\tPrior medications to MSK\t0.98\n"
        "P2\t-80\t\tTreatment\tPrior Medications to MSK\tNLP\tNo prior medications\t0.03\n"
    ),
    "data_timeline_progression.txt": (
        f"{EVENT}\tSOURCE\tPROCEDURE_TYPE\tNLP_PROGRESSION_PROBABILITY\tPROGRESSION\n"
        "P1\t60\t\tDiagnosis\tProgression\tRadiology Report\tCT\t0.9\tY\n"
        "P2\t60\t\tDiagnosis\tProgression\tRadiology Report\tMR\t0.1\tN\n"
    ),
    "data_timeline_tumor_sites.txt": (
        f"{EVENT}\tSOURCE\tTUMOR_SITE\n"
        "P1\t5\t\tDiagnosis\tTumor Sites\tRadiology Report\tLiver\n"
        "P2\t5\t\tDiagnosis\tTumor Sites\tRadiology Report\tNo Tumor Sites\n"
        "P2\t9\t\tDiagnosis\tTumor Sites\tRadiology Report\tLymph Nodes\n"
    ),
}
BPC = {
    "data_clinical_patient.txt": (
        "PATIENT_ID\tCENTER\tSEX\tAGE_DX\tOS_STATUS\tOS_MONTHS\n"
        "G1\tDFCI\tFemale\t52\t1:DECEASED\t40.0\nG2\tMSK\tFemale\t61\t0:LIVING\t50.0\n"
    ),
    "data_timeline_cancer_diagnosis.txt": (
        "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tINDEX_CANCER\tSTAGE_DX\n"
        "G1\t0\t\tDiagnosis\tYes\tStage IV\nG2\t0\t\tDiagnosis\tYes\tStage II\n"
    ),
    "data_timeline_sequencing.txt": (
        "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tSAMPLE_ID\n"
        "G1\t200\t\tSequencing\tG1-T\nG2\t300\t\tSequencing\tG2-T\n"
    ),
    "data_timeline_treatment.txt": (
        "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tTREATMENT_TYPE\tAGENT\tREGIMEN_DRUGS\tREGIMEN_NUMBER\n"
        "G1\t10\t300\tTREATMENT\tSystemic Therapy\tTrastuzumab Emtansine\tTrastuzumab Emtansine\t1\n"
        "G1\t310\t400\tTREATMENT\tSystemic Therapy\tInvestigational Drug\tInvestigational Drug\t2\n"
        "G2\t15\t60\tTREATMENT\tRadiation Therapy\t\t\t\n"
    ),
    "data_timeline_imaging.txt": (
        "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tIMAGE_SCAN_TYPE\tCANCER_STATUS\tCURATED_CANCER_STATUS\n"
        "G1\t100\t\tIMAGING\tCT\tYes\tImproving/Responding\n"
        "G1\t200\t\tIMAGING\tCT\tYes\tProgressing/Worsening/Enlarging\n"
        "G2\t100\t\tIMAGING\tMRI\tNo\t\n"
        "G2\t150\t\tIMAGING\tMRI\tYes\tBlooming\n"
    ),
    "data_timeline_medonc.txt": (
        "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tMD_TYPE\tCURATED_CANCER_STATUS\n"
        "G1\t110\t\tMEDONC\tMedical Oncologist\tStable/No change\nG2\t120\t\tMEDONC\tMedical Oncologist\t\n"
    ),
}


def imported(folder, files):
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    records, account = CbioportalSource(folder).read_with_account()
    for count in account.files:
        assert count.rows_read == count.rows_kept + count.rows_quarantined
    return records, account


@pytest.fixture
def chord(tmp_path):
    return imported(tmp_path, CHORD)


def test_every_drug_row_is_a_course_or_says_that_there_was_none(chord):
    records, account = chord
    drugs = records.table("exposures").select("patient_id", "drug", "start").sort("patient_id", "start").rows()
    assert drugs == [
        ("P1", "trastuzumab deruxtecan", -100),
        ("P1", "Prior Medications to MSK (agent not recorded)", -90),
        ("P1", "investigational", 10),
        ("P2", "trastuzumab", 10),
    ]
    counts = {count.file: count for count in account.files}
    assert counts["data_timeline_prior_meds.txt"].became == {"exposures": 1}
    assert "a note that nothing was given before (1 rows)" in import_summary(records, account)


def test_who_may_have_been_treated_elsewhere_is_never_naive(chord):
    records, account = chord
    # P1 has a course without a name; P2 is said to have had nothing; of P3 and P4 nobody says with what.
    assert records.incomplete_patients("exposures").to_list() == ["P3", "P4"]
    assert any(sentence.startswith("2 patients were or may have been treated") for sentence in account.decisions)


def test_a_study_without_a_word_on_earlier_treatment_marks_nobody(tmp_path):
    plain = PATIENTS.replace("PRIOR_MED_TO_MSK", "SMOKING")
    records, _ = imported(tmp_path, {**CHORD, "data_clinical_patient.txt": plain})
    assert records.incomplete.is_empty()


def test_the_day_of_sequencing_beside_another_event_is_day_0(chord):
    records, account = chord
    assert account.decisions[0].startswith("Day 0 is the first sequencing")
    assert records.table("patients")["observed_from"].to_list() == [0, 0, 0, 0]


def test_a_day_0_that_nothing_shows_is_not_called_the_diagnosis(tmp_path):
    without = {name: text for name, text in CHORD.items() if "specimen" not in name}
    records, account = imported(tmp_path, without)
    assert account.decisions[0].startswith("What day 0 is the files do not show: the first diagnosis of 0%")
    assert records.table("patients")["observed_from"].is_null().all()


def test_an_image_without_tumour_is_no_metastasis_and_no_proof_of_one(chord):
    records, _ = chord
    assert records.table("metastases").select("patient_id", "organ").rows() == [("P1", "liver")]
    assert records.quarantine.select("file", "row", "rule").rows() == [
        ("data_timeline_tumor_sites.txt", 4, "perhaps_not_distant")
    ]


def test_the_stage_is_not_a_code_that_says_nothing(chord):
    records, _ = chord
    assert records.table("diagnoses").select("patient_id", "stage").rows() == [("P1", "Stage 4"), ("P2", "Stage 1-3")]


def test_the_course_of_the_disease_in_words(tmp_path):
    records, account = imported(tmp_path, BPC)
    told = records.table("assessments").select("patient_id", "day", "response", "basis").sort("patient_id", "day")
    assert told.rows() == [
        ("G1", 100, "NON-CR/NON-PD", "radiologic"),
        ("G1", 110, "NON-CR/NON-PD", "clinical"),
        ("G1", 200, "PD", "radiologic"),
        ("G2", 100, None, "radiologic"),
    ]
    assert records.quarantine.select("file", "row", "rule", "found").rows() == [
        ("data_timeline_imaging.txt", 5, "no_place", "Blooming")
    ]
    assert records.incomplete.rows() == [("G2", "assessments")]
    assert account.decisions[0].startswith("Day 0 is the diagnosis: the first diagnosis of 100%")
    assert records.table("patients")["observed_from"].to_list() == [200, 300]
    drugs = records.table("exposures")["drug"].to_list()
    assert drugs == ["trastuzumab emtansine", "investigational"]


STATUS = "PATIENT_ID\tSTART_DATE\tEVENT_TYPE\tSTATUS\n"


@pytest.mark.parametrize(
    ("event", "kept", "death"),
    [
        ("G2\t900\tSTATUS\tDeceased\n", ["G1"], None),  # alive by the clinical file, dead by the timeline: neither
        ("G2\t900\tDeath\t\n", ["G1"], None),
        ("G1\t700\tSTATUS\tDied of disease\n", ["G1", "G2"], 700),
        ("G2\t2000\tSTATUS\tAlive\n", ["G1", "G2"], None),
    ],
)
def test_a_death_in_a_timeline_leaves_nobody_alive(tmp_path, event, kept, death):
    patients = BPC["data_clinical_patient.txt"].replace(
        "G1\tDFCI\tFemale\t52\t1:DECEASED\t40.0", "G1\tDFCI\tFemale\t52\t1:DECEASED\t"
    )
    if not event.startswith("G1"):
        patients = BPC["data_clinical_patient.txt"]
    records, _ = imported(
        tmp_path, {**BPC, "data_clinical_patient.txt": patients, "data_timeline_status.txt": STATUS + event}
    )
    table = records.table("patients")
    assert table["patient_id"].to_list() == kept
    if death is not None:
        assert table.filter(patient_id="G1")["death"].to_list() == [death]
    if "Alive" in event:
        assert table.filter(patient_id="G2")["last_contact"].to_list() == [2000]


def test_a_death_without_a_day_refuses_the_patient(tmp_path):
    patients = "PATIENT_ID\tSEX\tDAYS_LAST_FOLLOWUP\nG1\tFemale\t300\nG2\tFemale\t400\n"
    files = {"data_clinical_patient.txt": patients, "data_timeline_status.txt": STATUS + "G1\t\tSTATUS\tDeceased\n"}
    records, _ = imported(tmp_path, files)
    assert records.table("patients")["patient_id"].to_list() == ["G2"]
    assert records.quarantine.filter(pl.col("rule") == "last_contact_missing").height == 1
