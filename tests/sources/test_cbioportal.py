"""Studies of cBioPortal become records, and every row of every file is accounted for."""

from pathlib import Path

import polars as pl
import pytest

from sequela.errors import RecordsError
from sequela.records.write import write_records
from sequela.sources.cbioportal import CbioportalSource
from sequela.sources.folder import FolderSource
from sequela.sources.import_summary import import_summary

from ..end_to_end.folders import sequela
from .cbioportal_studies import sequenced_study

TCGA = Path(__file__).parents[3] / "shared" / "data" / "tcga-brca"
SMALL = {
    "data_clinical_patient.txt": (
        "#Patient\tSex\tAge\tStatus\tMonths\n"
        "PATIENT_ID\tSEX\tAGE\tOS_STATUS\tOS_MONTHS\n"
        "a\tFemale\t50\t1:DECEASED\t20.0\n"
        "b\tFemale\t61\t0:LIVING\t30.0\n"
    ),
    "data_timeline_treatment.txt": (
        "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tTREATMENT_TYPE\tAGENT\n"
        "a\t10\t100\tTREATMENT\tMedical Therapy\tHerceptin\n"
        "a\t10\t100\tTREATMENT\tMedical Therapy\tado-trastuzumab emtansine\n"
        "b\t20\t60\tTREATMENT\tMedical Therapy\t\n"
        "b\t30\t60\tTREATMENT\tRadiation Therapy\t\n"
        "b\t40\t60\tTREATMENT\tMedical Therapy\tINVESTIGATIVE\n"
    ),
}


def study(folder, **changed):
    for name, text in {**SMALL, **changed}.items():
        if text is not None:
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return CbioportalSource(folder).read_with_account()


def accounted(records, account):
    for count in account.files:
        assert count.rows_read == count.rows_kept + count.rows_quarantined
    for source in records.sources:
        assert source.rows_read == source.rows_kept + source.rows_quarantined
        assert records.table(source.table).height == source.rows_kept
    assert records.quarantine.height == sum(source.rows_quarantined for source in records.sources)


@pytest.fixture(scope="module")
def sequenced(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sequenced")
    frames = sequenced_study(folder)
    return frames, *CbioportalSource(folder).read_with_account()


def test_a_small_study_by_hand(tmp_path):
    records, account = study(tmp_path)
    accounted(records, account)
    assert records.table("patients").select("patient_id", "death", "last_contact").rows() == [
        ("a", round(20 * 30.4375), None),
        ("b", None, round(30 * 30.4375)),
    ]
    drugs = records.table("exposures").select("patient_id", "drug", "start", "stop").rows()
    assert drugs == [
        ("a", "trastuzumab", 10, 100),
        ("a", "trastuzumab emtansine", 10, 100),
        ("b", "Medical Therapy (agent not recorded)", 20, 60),
        ("b", "investigational", 40, 60),
    ]
    assert records.table("procedures").select("patient_id", "day", "kind").rows() == [("b", 30, "radiotherapy")]
    assert account.decisions[0].startswith("Day 0 is taken as the diagnosis")


def test_a_drug_that_is_not_named_makes_nobody_naive(tmp_path):
    records, _ = study(tmp_path)
    assert records.drugs.resolve("Medical Therapy (agent not recorded)") is None
    assert records.notices.filter(column="drug").height >= 1


def test_day_0_is_the_sequencing_and_observation_begins_there(sequenced):
    _, records, account = sequenced
    accounted(records, account)
    assert account.decisions[0].startswith("Day 0 is the first sequencing: the first sequencing of 100%")
    assert "under observation from their first sequencing on" in account.decisions[1]
    assert records.table("patients")["observed_from"].unique().to_list() == [0]
    assert records.title == "An invented study" and records.citation == "nobody 2026"


def test_every_row_of_treatment_progression_and_sites_is_somewhere(sequenced):
    frames, records, account = sequenced
    counts = {count.file: count for count in account.files}
    for name in ("treatment", "progression", "tumor_sites", "performance_status", "sequencing"):
        assert counts[f"data_timeline_{name}.txt"].rows_read == frames[f"data_timeline_{name}"].height
    given = frames["data_timeline_treatment"]
    # Every patient is kept, so every course is: overlapping courses are no fault.
    assert records.table("exposures").height == given.height
    told = dict(records.table("assessments").group_by("response").len().iter_rows())
    said = dict(frames["data_timeline_progression"].group_by("PROGRESSION").len().iter_rows())
    assert told == {"PD": said["Y"], "NON-CR/NON-PD": said["N"], "NE": said["Indeterminate"]}
    assert (
        "data_timeline_cancer_presence.txt",
        "the presence of cancer is neither a response nor a site",
    ) in account.unread_files


def test_sites_are_organs_and_what_may_be_regional_is_set_aside(sequenced):
    frames, records, _ = sequenced
    organs = set(records.table("metastases")["organ"])
    assert {"lung", "liver", "bone", "brain", "adrenal"} <= organs
    doubtful = records.quarantine.filter(rule="perhaps_not_distant")
    assert doubtful.height and not records.incomplete.filter(table="metastases").height
    sites = frames["data_timeline_tumor_sites"].height + frames["data_clinical_sample"].height
    assert records.table("metastases").height + doubtful.height == sites


def test_months_become_the_days_they_were(sequenced):
    frames, records, _ = sequenced
    days = (frames["data_clinical_patient"]["OS_MONTHS"] * 30.4375).round().cast(pl.Int32)
    ends = records.table("patients").select(pl.coalesce("death", "last_contact")).to_series()
    assert (days - ends).abs().max() <= 1


def test_the_import_reads_back_as_the_same_records(sequenced, tmp_path):
    _, records, _ = sequenced
    again = FolderSource(write_records(records, tmp_path / "r")).read()
    for name, table in records.tables.items():
        assert again.table(name).drop("row").equals(table.drop("row")), name


def test_what_an_import_writes_beside_the_tables_is_no_stranger_to_the_next_reading(tmp_path):
    study_folder, target = tmp_path / "study", tmp_path / "records"
    study_folder.mkdir()
    study(study_folder)
    code, _, _ = sequela("import", "cbioportal", study_folder, target)
    assert code == 0 and {path.name for path in target.iterdir()} >= {"import.md", "origins.csv"}
    assert FolderSource(target).read().notices.filter(pl.col("meaning").str.contains("no table")).is_empty()


def test_the_summary_says_what_was_assumed_and_what_is_not_there(sequenced):
    _, records, account = sequenced
    text = import_summary(records, account)
    assert "Day 0 is the first sequencing" in text and "no calendar" in text and "no measured lesions" in text
    assert "data_timeline_treatment.txt" in text and "P-0000" not in text


def test_a_table_cut_off_by_the_exporter(tmp_path):
    cut = SMALL["data_timeline_treatment.txt"].removesuffix("Medical Therapy\tINVESTIGATIVE\n")
    records, account = study(tmp_path, **{"data_timeline_treatment.txt": cut})
    accounted(records, account)
    lost = records.quarantine.filter(file="data_timeline_treatment.txt")
    assert lost.select("row", "rule").rows() == [(6, "field_count")]
    assert records.incomplete_patients("exposures").to_list() == ["b"]
    assert records.notices.filter(pl.col("meaning").str.contains("cut off")).height == 1


def test_a_kind_of_event_nobody_knows_is_not_lost_silently(tmp_path):
    other = "PATIENT_ID\tSTART_DATE\tEVENT_TYPE\na\t50\tHOROSCOPE\n"
    records, _ = study(tmp_path, **{"data_timeline_other.txt": other})
    assert records.quarantine.filter(rule="no_place").select("file", "row").rows() == [("data_timeline_other.txt", 2)]
    assert records.incomplete_patients("exposures").to_list() == ["a"]


def test_a_study_may_bring_its_own_words(tmp_path):
    (tmp_path / "sequela_events.csv").write_text(
        "file,event,group,filled,kind,meaning\n,^horoscope,,,follow-up,a contact\n"
    )
    records, _ = study(
        tmp_path, **{"data_timeline_other.txt": "PATIENT_ID\tSTART_DATE\tEVENT_TYPE\nb\t2000\tHOROSCOPE\n"}
    )
    assert records.table("patients").filter(patient_id="b")["last_contact"].to_list() == [2000]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: ("\ufeff" + text).encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("AGENT", '"AGENT"').encode(),
    ],
)
def test_marks_line_ends_and_encodings(tmp_path, change):
    expected, _ = study(tmp_path)
    changed = {name: change(text) for name, text in SMALL.items()}
    records, _ = study(tmp_path, **changed)
    for name, table in expected.tables.items():
        assert records.table(name).equals(table)


@pytest.mark.parametrize("nothing", ["[Not Available]", "NA", "Unknown", "[Not Applicable]"])
def test_words_that_say_nothing(tmp_path, nothing):
    text = SMALL["data_timeline_treatment.txt"].replace("b\t20\t60", f"b\t20\t{nothing}")
    records, _ = study(tmp_path, **{"data_timeline_treatment.txt": text})
    assert records.table("exposures").filter(start=20)["stop"].to_list() == [None]


def test_folders_that_are_no_study(tmp_path):
    with pytest.raises(RecordsError, match="does not exist"):
        CbioportalSource(tmp_path / "none").read()
    with pytest.raises(RecordsError, match="no clinical file"):
        CbioportalSource(tmp_path).read()
    (tmp_path / "data_clinical_patient.txt").write_text("a\tb\n1\t2\n")
    with pytest.raises(RecordsError, match="no column PATIENT_ID"):
        CbioportalSource(tmp_path).read()


def test_every_file_that_cannot_be_read_is_named_at_once(tmp_path):
    with pytest.raises(RecordsError) as caught:
        study(tmp_path, **{"data_clinical_patient.txt": b"\x1f\x8bxxx", "data_timeline_treatment.txt": b""})
    assert {problem.where for problem in caught.value.problems} == {
        "data_clinical_patient.txt",
        "data_timeline_treatment.txt",
    }


@pytest.mark.slow
def test_twenty_thousand_patients(tmp_path):
    frames = sequenced_study(tmp_path, patients=20_000, seed=2)
    records, account = CbioportalSource(tmp_path).read_with_account()
    accounted(records, account)
    assert records.table("exposures").height == frames["data_timeline_treatment"].height


@pytest.mark.skipif(not TCGA.is_dir(), reason="the TCGA-BRCA study lies beside the repository, not in it")
def test_every_drug_row_of_tcga_brca_is_accounted_for():
    records, account = CbioportalSource(TCGA).read_with_account()
    accounted(records, account)
    counts = {count.file: count for count in account.files}
    treatment = counts["data_timeline_treatment.txt"]
    assert treatment.rows_read == 2971
    assert treatment.became == {"exposures": 2315, "procedures": 595}
    assert treatment.rows_quarantined == 2971 - 2315 - 595
    unnamed = records.table("exposures").filter(pl.col("drug").str.contains("agent not recorded"))
    assert 0 < unnamed.height < 30


def test_a_site_in_the_organ_of_the_primary_tumour_is_no_metastasis(tmp_path):
    patients = SMALL["data_clinical_patient.txt"].replace("OS_MONTHS\n", "OS_MONTHS\tPRIMARY_SITE\n")
    patients = patients.replace("20.0\n", "20.0\tLung\n").replace("30.0\n", "30.0\tLung\n")
    patients = patients.replace("Status\tMonths\n", "Status\tMonths\tSite\n")
    sites = "PATIENT_ID\tSTART_DATE\tEVENT_TYPE\tTUMOR_SITE\na\t5\tDiagnosis\tLung\na\t6\tDiagnosis\tLiver\n"
    changed = {"data_clinical_patient.txt": patients, "data_timeline_tumor_sites.txt": sites}
    records, _ = study(tmp_path, **changed)
    assert records.table("metastases").select("patient_id", "day", "organ").rows() == [("a", 6, "liver")]
    assert records.quarantine.select("file", "row", "rule").rows() == [
        ("data_timeline_tumor_sites.txt", 2, "primary_site")
    ]
    assert not records.incomplete.height
