"""Every command as a person types it, in a process of its own and in this one."""

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from sequela.derive.endpoint_files import PROFILES

from .folders import LUNG_STUDY, lung_folder, lung_tables, sequela

PROGRAM = Path(sys.executable).with_name("sequela")
PAPERS = Path(str(files("sequela.replicate"))) / "papers"
COMMANDS = (
    "run",
    "check",
    "lines",
    "rules",
    "response",
    "endpoints",
    "import",
    "export",
    "replicate",
    "paper",
    "pool",
    "curve",
    "reconstruct",
    "schema",
    "demo",
)


def test_the_program_runs_as_installed(tmp_path):
    done = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.strip() == "0.1.0"
    done = subprocess.run([PROGRAM, "run", tmp_path / "none.yaml"], capture_output=True, text=True)
    assert done.returncode == 3 and "Traceback" not in done.stderr and not done.stdout


@pytest.mark.parametrize(
    ("words", "code"), [(["schema"], 0), (["run", "none.yaml"], 3), (["walk"], 2), (["--version"], 0)]
)
def test_a_process_ends_as_the_command_does(words, code):
    """It leaves without taking its memory apart: all is written, the code is kept, what waits for the end is called."""
    program = (
        "import atexit, sys; from sequela.cli import main; atexit.register(print, 'called at the end', flush=True);"
        "main(); print('never here')"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True)
    _, told, problem = sequela(*words)
    assert done.returncode == code
    assert done.stdout == told + "called at the end\n"
    assert done.stderr == problem


def test_a_run_says_how_far_the_answer_moves(tmp_path):
    code, out, _ = sequela("run", PAPERS / "noda-narita-2019" / "study.yaml", "--out", tmp_path / "report")
    assert code == 0
    assert "Hazard ratio in 4 other ways: 2.59 to 3.34; 1 of the 4 intervals includes a ratio of 1; supposing" in out


def test_a_process_whose_reader_has_gone_shows_no_traceback():
    done = subprocess.run(f"{PROGRAM} schema | head -c 10", shell=True, capture_output=True, text=True)
    assert len(done.stdout) == 10 and not done.stderr


def test_what_cannot_be_written_is_no_success():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([PROGRAM, "schema"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "No space left" in done.stderr and "Traceback" not in done.stderr


def test_every_command_has_a_line_of_help_and_a_place_in_the_readme():
    code, out, _ = sequela("--help")
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert code == 0
    for command in COMMANDS:
        assert command in out
        assert sequela(command, "--help")[0] == 0
        assert f"sequela {command}" in readme or f"make {command}" in readme or command == "schema"


def test_a_small_study_imports_nothing_it_does_not_need():
    wanted = "from sequela.cli import start; start.Commands().get_command(None, 'run'); import sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", wanted], capture_output=True, text=True, check=True).stdout.split()
    assert "sequela.run" in loaded
    for room in ("numba", "matplotlib", "scipy.stats", "sequela.replicate", "sequela.scenarios.patients", "pandas"):
        assert room not in loaded


def test_no_command_prints_the_help():
    code, out, _ = sequela()
    assert code == 0 and "replicate" in out


@pytest.mark.parametrize(
    "words", [["walk"], ["run"], ["run", "a.yaml", "--fast"], ["replicate", "x", "--format", "pdf"]]
)
def test_a_call_that_is_not_known(words):
    code, out, err = sequela(*words)
    assert code == 2 and err and not out


def test_the_schema_is_json_and_knows_the_keys():
    code, out, _ = sequela("schema")
    assert code == 0 and {"time_zero", "population", "groups"} <= set(json.loads(out)["properties"])


def test_replicate_lists_the_papers():
    code, out, _ = sequela("replicate")
    assert code == 0 and out.split() == ["giarratano-2018", "noda-narita-2019", "sepher-2020", "skin-sanctuary-2015"]


def test_replicate_as_csv_has_exactly_the_columns():
    code, out, _ = sequela("replicate", "giarratano-2018", "--format", "csv")
    assert code == 0 and out.splitlines()[0] == "id,quantity,printed,computed,verdict"


def test_paper_checks_a_published_paper_or_a_file(tmp_path):
    code, out, _ = sequela("paper")
    assert code == 0 and {"noda-narita-2019", "sepher-2020"} <= set(out.split())
    code, out, _ = sequela("paper", "noda-narita-2019", "--format", "csv")
    assert code == 0 and out.splitlines()[0] == "check,location,printed,recomputed,grade,proposal"
    code, out, _ = sequela("paper", "noda-narita-2019", "--all")
    assert code == 0 and "13 + 18 = 31" in out and "0.2566: Pearson" in out
    assert sequela("paper", "nobody-2001")[0] == 2
    assert sequela("paper", tmp_path / "none.yaml")[0] == 3
    (tmp_path / "short.yaml").write_text("paper_tables: 1\n", encoding="utf-8")
    code, _, err = sequela("paper", tmp_path / "short.yaml")
    assert code == 3 and "'citation' is missing" in err


def test_replicate_draws_the_timelines(tmp_path):
    code, _, err = sequela("replicate", "skin-sanctuary-2015", "--out", tmp_path)
    assert code == 0 and list(tmp_path.rglob("*.svg")), err


def test_lines_of_everybody_and_the_story_of_one():
    records = PAPERS / "giarratano-2018" / "records"
    code, out, _ = sequela("lines", records)
    assert code == 0 and "LoT 3 (1+2)" in out
    code, out, _ = sequela("lines", records, "--patient", "case-2")
    assert code == 0 and "trastuzumab + vinorelbine" in out and "L19" in out


def test_endpoints_are_listed_and_printed_in_full():
    code, out, _ = sequela("endpoints", "--format", "csv")
    assert code == 0 and '"pfs2.ema"' in out and out.count("\n") == len(PROFILES) + 1
    code, out, _ = sequela("endpoints", "pfs_line_2")
    assert code == 0 and "start of line 2" in out and "| C1 | censored at |" in out
    code, _, err = sequela("endpoints", "pfs")
    assert code == 2 and "pfs.ema" in err
    assert sequela("endpoints", "--values")[0] == 2


def test_events_and_censorings_of_a_study_add_up_to_its_patients():
    study = PAPERS / "noda-narita-2019" / "study.yaml"
    code, out, _ = sequela("endpoints", "--study", study, "--format", "csv")
    rows = [line.split(",") for line in out.splitlines()]
    counts = [row[-4:-1] for row in rows if row[0] in ("E1", "C1", "C2")]
    assert code == 0 and [sum(map(int, column)) for column in zip(*counts, strict=True)] == [18, 24, 42]
    code, out, _ = sequela("endpoints", "pfs.ema", "--study", study, "--values")
    lines = out.splitlines()
    assert code == 0 and len(lines) == 43
    assert lines[0] == "patient_id,group,start,days,event,outcome,reason,row,cause,rule"
    assert all("assessments:" in line and "pfs.ema " in line for line in lines[1:])


def test_lines_as_csv_name_their_rules_and_rows():
    code, out, _ = sequela("lines", PAPERS / "giarratano-2018" / "records", "--format", "csv")
    assert code == 0 and "exposures:" in out and "rules" in out.splitlines()[0]


def test_lines_of_a_patient_who_is_not_there():
    code, _, err = sequela("lines", PAPERS / "giarratano-2018" / "records", "--patient", "nobody")
    assert code == 4 and "patients" in err


def test_check_of_a_clean_study(tmp_path):
    code, out, _ = sequela("check", lung_folder(tmp_path))
    assert code == 0 and "No problem" in out


def test_a_report_is_not_written_over_a_folder_of_something_else(tmp_path):
    study = lung_folder(tmp_path)
    code, _, err = sequela("run", study, "--out", tmp_path / "records")
    assert code == 2 and "records" in err
    assert (tmp_path / "records" / "patients.csv").exists()


def test_the_default_folder_stands_beside_the_study(tmp_path):
    assert sequela("run", lung_folder(tmp_path))[0] == 0
    assert (tmp_path / "study-report" / "index.html").exists()


def test_check_tells_of_the_study_and_of_its_records_at_once(tmp_path):
    tables = lung_tables()
    tables["exposures"] = tables["exposures"].replace("2018-02-01", "2018-02-31", 1)
    study = LUNG_STUDY.replace("time_zero", "time_zro").replace("survival: os", "survival: oss")
    code, out, err = sequela("check", lung_folder(tmp_path, tables, study))
    assert code == 3
    assert "time_zero" in err and "oss" in err and "exposures.csv" in out


@pytest.mark.slow
def test_reconstruct_writes_patients_that_a_study_can_run(tmp_path):
    paper = PAPERS / "noda-narita-2019"
    code, out, _ = sequela("reconstruct", paper / "printed.yaml", tmp_path / "again", "--seed", "2019")
    assert code == 0 and "never evidence" in " ".join(out.split())
    for name in ("patients", "exposures", "assessments"):
        again = (tmp_path / "again" / "records" / f"{name}.csv").read_bytes()
        assert again == (paper / "records" / f"{name}.csv").read_bytes()


def test_reconstruct_explains_a_file_it_cannot_read(tmp_path):
    (tmp_path / "printed.yaml").write_text("paper: {}\n", encoding="utf-8")
    code, _, err = sequela("reconstruct", tmp_path / "printed.yaml", tmp_path / "out")
    assert code == 3 and "printed.yaml" in err and not (tmp_path / "out").exists()


RECORDS = PAPERS / "noda-narita-2019" / "records"


def test_lines_under_every_other_value_of_every_rule():
    code, out, _ = sequela("lines", str(RECORDS), "--sensitivity", "--format", "csv")
    rows = out.splitlines()
    assert code == 0 and rows[0] == (
        "Rule,In force,Instead,Patients whose lines move,With another number,Lines in all,records"
    )
    assert any(row.startswith("L03 days without treatment that close a line,120,60,") for row in rows)


def test_sensitivity_of_a_study():
    study = str(PAPERS / "noda-narita-2019" / "study.yaml")
    code, out, _ = sequela("lines", str(RECORDS), "--sensitivity", "--study", study, "--format", "csv")
    assert code == 0 and "0 of 42,0 of 42,Tmab/Pmab 2.83 → 2.83" in out
    code, _, err = sequela("lines", str(RECORDS), "--study", study)
    assert code == 2 and "Add --sensitivity" in err


def test_rules_are_printed_for_each_disease_and_asked_for_by_name():
    code, out, _ = sequela("rules")
    assert code == 0 and out.startswith("# Metastatic breast cancer") and "| L28 |" in out
    assert "checkpoint" in sequela("rules", "lung")[1]
    code, _, err = sequela("lines", str(RECORDS), "--rules", "lungs")
    assert code == 2 and "breast, lung, or a YAML file" in err
    assert sequela("lines", str(RECORDS), "--rules", "lung")[0] == 0


def test_import_writes_records_a_quarantine_and_a_summary(tmp_path):
    study = tmp_path / "study"
    study.mkdir()
    (study / "data_clinical_patient.txt").write_text("PATIENT_ID\tOS_STATUS\tOS_MONTHS\na\t0:LIVING\t12\n")
    code, out, _ = sequela("import", "cbioportal", str(study), str(tmp_path / "records"))
    assert code == 0 and "1 patient (observed)" in out and "no drugs: nobody can be said" in out
    assert (tmp_path / "records" / "import.md").read_text() in out + "\n"
    assert sequela("check", str(tmp_path / "records"))[0] == 0
    assert sequela("import", "cbioportal", str(study), str(tmp_path / "records"))[0] == 0
    code, _, err = sequela("import", "cbioportal", str(study), str(study))
    assert code == 2 and "no former import" in err
    code, _, err = sequela("import", "excel", str(study), str(tmp_path / "x"))
    assert code == 2 and "cbioportal (the folder" in err
    code, _, err = sequela("import", "csv", str(tmp_path / "gone"), str(tmp_path / "x"))
    assert code == 4 and "does not exist" in err and not (tmp_path / "x").exists()


def test_records_go_to_omop_and_back(tmp_path):
    address = str(tmp_path / "cdm.duckdb")
    code, out, _ = sequela("export", "omop", str(RECORDS), address)
    assert code == 0 and "drug_exposure: " in out and "Not held: " in out
    code, out, _ = sequela("import", "omop", address, str(tmp_path / "back"))
    assert code == 0 and "49 patients (reconstructed)" in out
    code, _, err = sequela("export", "spss", str(RECORDS), address)
    assert code == 2 and "omop" in err
