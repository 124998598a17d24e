"""What a user sees when the study or the records are wrong: one test per kind of mistake."""

import pytest

from .folders import LUNG_STUDY, lung_folder, lung_tables, sequela


def seen(tmp_path, *, study=LUNG_STUDY, command="run", **tables):
    """Run with some tables replaced; return exit code and everything the user sees."""
    path = lung_folder(tmp_path, {**lung_tables(), **tables}, study)
    words = ["run", path, "--out", tmp_path / "report"] if command == "run" else [command, path]
    code, out, err = sequela(*words)
    return code, " ".join((out + err).split())


def changed(table, before, after, count=1):
    text = lung_tables()[table]
    assert before in text
    return text.replace(before, after, count)


def test_a_missing_study_file(tmp_path):
    code, _, err = sequela("run", tmp_path / "nowhere.yaml")
    assert code == 3 and "nowhere.yaml" in err


def test_a_missing_records_folder(tmp_path):
    code, text = seen(tmp_path, study=LUNG_STUDY.replace("records/", "elsewhere/"))
    assert code == 4 and "elsewhere" in text


def test_a_wrong_column(tmp_path):
    code, text = seen(tmp_path, exposures=changed("exposures", "patient_id,drug,", "patient_id,medicine,"))
    assert code == 4 and "drug" in text and "exposures.csv" in text


def test_a_misspelt_key_names_its_line_and_the_nearest(tmp_path):
    code, text = seen(tmp_path, study=LUNG_STUDY.replace("time_zero:", "time_zro:"))
    assert code == 3 and "study.yaml:4" in text and "time_zero" in text


def test_text_in_a_number(tmp_path):
    header, first, *rest = lung_tables()["patients"].replace("-06-15", "").replace(",19", ",").splitlines()
    patients = "\n".join([header.replace("birth_date", "age_at_origin"), first.replace(",40,", ",old,"), *rest]) + "\n"
    code, text = seen(tmp_path, command="check", patients=patients)
    assert code == 4 and "age_at_origin" in text and "row" in text


def test_stop_before_start(tmp_path):
    code, text = seen(
        tmp_path, command="check", exposures=changed("exposures", "2018-02-01,2020-01-15", "2018-02-01,2017-01-15")
    )
    assert code == 4 and "stop" in text and "exposures.csv" in text


def test_death_before_treatment(tmp_path):
    code, text = seen(
        tmp_path, command="check", patients=changed("patients", "2020-06-09,2020-06-09", "2020-06-09,2019-06-09")
    )
    assert code == 4 and "death" in text


def test_a_patient_twice(tmp_path):
    patients = lung_tables()["patients"]
    code, text = seen(tmp_path, command="check", patients=patients + "g1,1950-01-01,male,2021-01-01,\n")
    assert code == 4 and "patient" in text and "patients.csv" in text


def test_an_exposure_of_an_unknown_patient(tmp_path):
    exposures = lung_tables()["exposures"] + "stranger,gefitinib,2018-02-01,,\n"
    code, text = seen(tmp_path, command="check", exposures=exposures)
    assert code == 4 and "exposures.csv" in text and "stranger" not in text


def test_an_unknown_drug_makes_nobody_naive(tmp_path):
    exposures = changed("exposures", "g1,gefitinib", "g1,gefitinab")
    code, text = seen(tmp_path, exposures=exposures)
    assert code == 0 and "gefitinab" in text and "gefitinib" in text
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "not decidable" in page.lower()


def test_a_study_that_names_an_unknown_drug(tmp_path):
    code, text = seen(tmp_path, study=LUNG_STUDY.replace("first osimertinib", "first osimertinob"))
    assert code == 3 and "osimertinib" in text and "study.yaml:4" in text


def test_an_empty_group(tmp_path):
    study = LUNG_STUDY.replace("{received: gefitinib,", "{received: sotorasib,")
    code, text = seen(tmp_path, study=study)
    assert code == 5 and "After gefitinib" in text


def test_a_group_of_one(tmp_path):
    from .folders import LUNG_DAYS

    days = {name: values for name, values in LUNG_DAYS.items() if name not in ("g2", "g3", "g4")}
    code, _ = seen(tmp_path, **lung_tables(days))
    assert code == 0
    assert "one patient" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")


def test_no_events(tmp_path):
    from .folders import LUNG_DAYS

    days = {name: (drug, length, False) for name, (drug, length, _) in LUNG_DAYS.items()}
    code, _ = seen(tmp_path, **lung_tables(days))
    assert code == 0
    assert "no events" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8").lower()


def test_all_censored_at_time_zero(tmp_path):
    from .folders import LUNG_DAYS

    tables = lung_tables({name: (drug, 0, False) for name, (drug, _, _) in LUNG_DAYS.items()})
    tables["assessments"] = "patient_id,date,response\n"
    study = LUNG_STUDY.replace("  - response\n", "").replace("  - characteristics: [age, sex, prior_lines]\n", "")
    code, text = seen(tmp_path, study=study, **tables)
    assert code == 5 and "censored at time zero" in text


def test_overlapping_groups(tmp_path):
    exposures = lung_tables()["exposures"] + "g1,erlotinib,2018-03-01,2018-04-01,\n"
    code, text = seen(tmp_path, exposures=exposures)
    assert code == 3 and "After gefitinib" in text and "After erlotinib" in text and "g1" not in text


def test_a_contradictory_criterion(tmp_path):
    study = LUNG_STUDY.replace("population:\n", "population:\n  - not: metastatic at time zero\n")
    code, text = seen(tmp_path, study=study)
    assert code in (3, 5) and "metastatic at time zero" in text


def test_a_clock_that_starts_too_early_is_refused(tmp_path):
    study = (
        LUNG_STUDY.replace("first osimertinib", "metastatic diagnosis")
        .replace("  - metastatic at time zero\n", "  - received: osimertinib\n")
        .replace(", before: time zero", "")
    )
    code, text = seen(tmp_path, study=study)
    assert code == 5 and "time zero" in text
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "Hazard ratio" not in page.split("<h2")[0]


def test_european_excel(tmp_path):
    def european(text):
        return "\ufeff" + text.replace(",", ";")

    tables = {name: european(text) for name, text in lung_tables().items()}
    code, text = seen(tmp_path, **tables)
    assert code == 0, text


@pytest.mark.parametrize("content", ["", "{", "- a\n- b\n", "version: 1\n\ttitle: x\n", "\x00\x01\x02"])
def test_a_study_file_that_is_none(tmp_path, content):
    path = tmp_path / "study.yaml"
    path.write_text(content, encoding="utf-8")
    code, _, err = sequela("run", path)
    assert code == 3 and "study.yaml" in err


def test_an_unknown_command_and_an_unknown_paper():
    assert sequela("walk")[0] == 2
    code, _, err = sequela("replicate", "nobody-2000")
    assert code == 2 and "noda-narita-2019" in err


@pytest.mark.parametrize("assessments", ["patient_id,date,response,basis\n", None])
def test_nobody_is_free_of_progression_for_want_of_assessments(tmp_path, assessments):
    path = lung_folder(tmp_path, lung_tables())
    if assessments is None:
        (tmp_path / "records" / "assessments.csv").unlink()
    else:
        (tmp_path / "records" / "assessments.csv").write_text(assessments)
    code, _, _ = sequela("run", path, "--out", tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text()
    assert code == 0 and "pfs.ema: the records hold no assessments" in page
    assert "response: the records hold no assessments" in page
    assert "Progression-free survival (EMA): by group" not in page and "Objective response" not in page


def test_refused_assessments_are_no_failure_to_respond(tmp_path):
    words = lung_tables()["assessments"].replace(",PR,", ",partial response,")
    code, text = seen(tmp_path, assessments=words)
    assert code == 0 and "8 rows (2, 4, 6, 8, 10, …) refused" in text
    page = (tmp_path / "report" / "index.html").read_text()
    assert "response: nobody of After gefitinib and After erlotinib has assessments none of which were refused" in page


@pytest.mark.parametrize("header", ["vital_status", "Status", "alive", "OS_EVENT", "date of decease"])
def test_nobody_is_alive_because_the_deaths_stand_under_another_name(tmp_path, header):
    patients = lung_tables()["patients"].replace(",death\n", f",{header}\n")
    code, text = seen(tmp_path, patients=patients)
    assert code == 4 and "may say what the absent column death should" in text and "patients.csv:1" in text


def test_a_status_beside_the_deaths_is_only_noticed(tmp_path):
    first, *rest = lung_tables()["patients"].splitlines()
    patients = "\n".join([f"{first},vital_status", *(f"{line},unsure" for line in rest)]) + "\n"
    code, text = seen(tmp_path, patients=patients)
    assert code == 0 and "column vital_status: a column that the table lacks" in text


def test_progressions_under_another_name_are_not_passed_over(tmp_path):
    code, text = seen(tmp_path, assessments=changed("assessments", "date,response,basis", "date,outcome,basis"))
    assert code == 4 and "'outcome' may say what the absent column response should" in text


def test_a_table_of_patients_that_is_refused_whole_says_so(tmp_path):
    first, *rest = lung_tables()["patients"].splitlines()
    patients = "\n".join([first, *(line.rsplit(",", 1)[0] + ",yes" for line in rest)]) + "\n"
    code, text = seen(tmp_path, patients=patients)
    assert code == 5 and "no patient is left in them" in text and "sequela check" in text
    code, text = seen(tmp_path, command="check", patients=patients)
    assert code == 5 and "patients.csv, column death: 8 rows (2, 3, 4, 5, 6, …) refused" in text


def test_masked_drugs_leave_the_run_standing_and_their_patients_undecided(tmp_path):
    drugs = changed("exposures", "g1,gefitinib", "g1,MASKED").replace("g2,gefitinib", "g2,blinded study drug")
    code, text = seen(tmp_path, exposures=drugs.replace("e1,erlotinib", "e1,XYZ-123"))
    assert code == 0 and "'XYZ-123' in 1 row" in text
    flow = next((tmp_path / "report").rglob("flow.csv")).read_text()
    # Excluded 0, not decidable 3: an unknown drug is neither gefitinib nor the lack of it.
    assert flow.splitlines()[-1].startswith("in one of the groups,8,0,3,5")


def test_one_drug_under_five_names_is_one_course(tmp_path):
    names = ("Iressa", "GEFITINIB", "Gefitinib 250 mg", "iressa tablets", "ZD1839")
    more = "".join(f"g1,{name},2018-02-01,2020-01-15,progression\n" for name in names)
    code, text = seen(tmp_path, exposures=lung_tables()["exposures"] + more)
    assert code == 0 and "5 rows (18, 19, 20, 21, 22) refused: the row repeats an earlier one" in text


@pytest.mark.parametrize("exposures", ["patient_id,drug,start\n", None])
def test_nobody_is_untreated_for_want_of_a_table(tmp_path, exposures):
    study = LUNG_STUDY.partition("time_zero")[0] + (
        "time_zero: metastatic diagnosis\npopulation:\n"
        "  - not: {received: chemotherapy, before: time zero}\nanalyses: [survival: os]\n"
    )
    path = lung_folder(tmp_path, lung_tables(), study)
    if exposures is None:
        (tmp_path / "records" / "exposures.csv").unlink()
    else:
        (tmp_path / "records" / "exposures.csv").write_text(exposures)
    code, _, err = sequela("run", path, "--out", tmp_path / "report")
    assert code == 5 and "of 8 patients 0 did not meet this and 8 could not be decided" in " ".join(err.split())


def test_a_table_cut_off_is_said_in_the_report(tmp_path):
    code, text = seen(tmp_path, exposures=lung_tables()["exposures"][:-1])
    assert code == 0 and "exposures.csv: the table may have been cut off" in text
    assert "Table cut off" in (tmp_path / "report" / "index.html").read_text()
