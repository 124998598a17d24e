"""What goes wrong in tables of lesions: a clear message, a place in the quarantine, or a check, and never a number."""

import pytest

from .folders import sequela, write_tables

PATIENTS = "patient_id,last_contact\nA,400\nB,400\n"
EXPOSURES = "patient_id,drug,start,stop,setting\nA,trastuzumab,0,390,metastatic\nB,trastuzumab,0,390,metastatic\n"
LESIONS = "patient_id,lesion_id,organ,role\nA,L1,liver,target\nB,L1,lung,target\n"
HEAD = "patient_id,lesion_id,day,diameter_mm\n"
GOOD = HEAD + "A,L1,-5,40\nA,L1,60,20\nA,L1,120,20\nB,L1,-5,30\nB,L1,60,40\n"


def folder(path, measurements=GOOD, lesions=LESIONS):
    return write_tables(path, patients=PATIENTS, exposures=EXPOSURES, lesions=lesions, measurements=measurements)


def responses(path):
    """Return patient: (best, confirmed, checks) of the first line, and what was said on the error stream."""
    code, out, err = sequela("response", path)
    assert code == 0, err
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in out.splitlines() if line.startswith("│")]
    return {row[0]: (row[5], row[6], row[9]) for row in rows}, err


def test_a_lesion_is_of_its_patient_though_another_bears_the_same_name(tmp_path):
    found, err = responses(folder(tmp_path))
    assert found == {"A": ("PR", "PR", ""), "B": ("PD", "PD", "")} and not err


def test_the_order_of_the_rows_is_no_order_of_visits(tmp_path):
    lines = GOOD.splitlines()
    turned = "\n".join([lines[0], *reversed(lines[1:])]) + "\n"
    assert responses(folder(tmp_path, turned))[0] == {"A": ("PR", "PR", ""), "B": ("PD", "PD", "")}


@pytest.mark.parametrize(
    ("before", "after", "message", "answer"),
    [
        ("A,L1,60,20", "A,L1,60,-20", "the number is out of range", ("PR", "SD", "B20")),
        ("A,L1,60,20", "A,L1,60,20000", "the number is out of range", ("PR", "SD", "B20")),
        ("A,L1,60,20", "A,L1,60,2 cm", "the cell is not a number", ("PR", "SD", "B20")),
        ("A,L1,60,20", "A,L1,60,20\nA,L1,60,30", "rows with the same key contradict each other", ("PR", "SD", "B20")),
        ("A,L1,60,20", "A,L1,60,20\nA,L1,60,20", "the row repeats an earlier one", ("PR", "PR", "")),
        ("A,L1,60,20", "A,L2,60,20", "the lesion is not in the table lesions", ("PR", "SD", "B20")),
        ("A,L1,60,20", "A,L1,,20", "a required cell is empty", ("PR", "SD", "B20")),
        ("A,L1,-5,40", "A,L1,-5,4.0", "", ("PD", "PD", "B04")),
        ("A,L1,60,20", "A,L1,60,2.0", "", ("PR", "SD", "B23")),  # the visit after it shows the tenfold
        ("A,L1,60,20", "A,L1,60,450", "", ("PD", "PD", "B22, B23")),
        ("A,L1,-5,40\n", "", "", ("NE", "NE", "B01, B14")),
        ("A,L1,-5,40", "A,L1,-95,40", "", ("NE", "NE", "B01, B14")),
    ],
)
def test_a_bad_measurement_is_said_and_nothing_is_made_of_it(tmp_path, before, after, message, answer):
    assert before in GOOD
    found, err = responses(folder(tmp_path, GOOD.replace(before, after, 1)))
    assert message in err and "Traceback" not in err
    assert found["A"] == answer
    assert found["B"] == ("PD", "PD", "")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A,L1,lung,target", "rows with the same key contradict each other"),
        ("C,L1,lung,target", "the patient is not in the table patients"),
        ("A,L2,lung,measured", "the value is not one the column knows"),
        ("A,L2,,target", "a required cell is empty"),
    ],
)
def test_a_bad_lesion_is_said(tmp_path, row, message):
    found, err = responses(folder(tmp_path, lesions=f"{LESIONS}{row}\n"))
    assert message in err
    assert found["B"] == ("PD", "PD", "")
    # A lesion that was refused may have been new: nothing but progression is left to be read.
    expected = {"A,L1": ("NE", "NE", "B19, B20"), "C,L1": ("PR", "PR", ""), "A,L2": ("NE", "NE", "B19")}[row[:4]]
    assert found["A"] == expected


def test_an_organ_nobody_knows_is_noticed_and_is_another_site(tmp_path):
    lesions = LESIONS.replace("A,L1,liver", "A,L1,spleeeen")
    found, err = responses(folder(tmp_path, lesions=lesions))
    assert "spleeeen" in err and found["A"] == ("PR", "PR", "")


def test_a_column_of_centimetres_and_a_row_of_them(tmp_path):
    unit = "patient_id,lesion_id,day,diameter_mm,unit\nA,L1,-5,4.0,cm\nA,L1,60,20,mm\nB,L1,-5,30,\nB,L1,60,4.0,cm\n"
    assert responses(folder(tmp_path, unit))[0] == {"A": ("PR", "SD", ""), "B": ("PD", "PD", "")}
    folder(tmp_path, GOOD.replace("diameter_mm", "diameter_cm"))
    code, _, err = sequela("response", tmp_path)
    assert code == 4 and "add a column unit that says cm" in err
