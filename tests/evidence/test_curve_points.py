"""Files of points and tables: what is taken, and every mistake told at once."""

import pytest

from sequela.errors import RecordsError
from sequela.evidence.curve_points import ONLY_GROUP, read_curves
from tests.end_to_end.folders import sequela

POINTS = "time,survival\n0,1\n1,0.9\n2,0.7\n3,0.705\n5,0.4\n"
RISK = "time,at_risk\n0,100\n2,80\n4,50\n"


def files(folder, points=POINTS, risk=RISK):
    paths = (folder / "points.csv", folder / "risk.csv")
    for path, text in zip(paths, (points, risk), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def told(folder, points=POINTS, risk=RISK, **options):
    with pytest.raises(RecordsError) as caught:
        read_curves(*files(folder, points, risk), **options)
    return str(caught.value)


def test_points_in_any_order_with_a_little_noise(tmp_path):
    shuffled = "Time, Survival \n5,0.4\n2,0.7\n1,0.9\n3,0.705\n"
    found = read_curves(*files(tmp_path, shuffled)).curves[ONLY_GROUP]
    assert found.time.tolist() == [0, 1, 2, 3, 5] and found.survival.tolist() == [1, 0.9, 0.7, 0.705, 0.4]
    assert found.at_risk.tolist() == [100, 80, 50] and found.events is None


def test_a_step_drawn_by_both_corners(tmp_path):
    found = read_curves(*files(tmp_path, "time,survival\n2,0.5\n2,1\n4,0.5\n")).curves[ONLY_GROUP]
    assert found.survival.tolist() == [1, 1, 0.5, 0.5]


@pytest.mark.parametrize("unit", ["days", "weeks", "months", "years"])
def test_the_column_of_time_names_its_unit(tmp_path, unit):
    paths = files(tmp_path, POINTS.replace("time", unit), RISK.replace("time", unit.upper()))
    found = read_curves(*paths)
    assert found.unit == unit and found.curves[ONLY_GROUP].time.size == 5


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Time (months)", "months"),
        ("time in days", "days"),
        ("Time since surgery [years]", "years"),
        ("time", "months"),
    ],
)
def test_a_column_of_time_named_as_on_the_axis_of_the_figure(tmp_path, name, unit):
    paths = files(tmp_path, POINTS.replace("time", name), RISK.replace("time", unit))
    assert read_curves(*paths).unit == unit


def test_groups_keep_their_order_and_their_tables(tmp_path):
    points = "group,time,survival\n" + "".join(
        f"{g},{t},{s}\n" for g in "ba" for t, s in ((1, 0.9), (2, 0.5), (3, 0.2))
    )
    risk = "group,time,at_risk\na,0,10\nb,0,20\nb,2,9\n"
    found = read_curves(*files(tmp_path, points, risk), events={"a": 7}).curves
    assert list(found) == ["b", "a"] and found["a"].events == 7 and found["b"].at_risk.tolist() == [20, 9]


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ("time,survival\n0,1\n1,0.5\n2,0.8\n", ("points.csv:4", "never rises")),
        ("time,survival\n0,1\n-1,0.9\n2,0.8\n", ("points.csv:3", "time from 0")),
        ("time,survival\n0,100\n1,90\n2,80\n", ("percentage", "Divide by 100")),
        ("time,survival\n0,1\n1,0.9\n2,-0.3\n", ("points.csv:4", "between 0 and 1")),
        ("time,survival\n0,0.6\n1,0.5\n2,0.3\n", ("1 at time 0",)),
        ("time,survival\n0,1\n1,0.9\n", ("at least 3",)),
        ("time,survival\n", ("no points",)),
        ("", ("one of time, days",)),
        ("time,height\n0,1\n", ("survival",)),
        ("0.012, 0.998\n1.5, 0.95\n3.1, 0.8\n", ("holds numbers", "months,survival")),
        ("Time (months);Survival\n0;1\n1,5;0,95\n", ("commas between the columns", "point in the decimals")),
        ("time to clinic visit,survival\n0,1\n", ("one of time, days",)),
        ('time,survival\n0,1\n1,"0,9"\n2,x\n3,nan\n', ("points.csv:3", "points.csv:4", "points.csv:5")),
    ],
)
def test_points_that_are_no_survival_curve(tmp_path, points, words):
    text = told(tmp_path, points)
    assert all(word in text for word in words), text


@pytest.mark.parametrize(
    ("risk", "words"),
    [
        ("time,at_risk\n", ("an empty table",)),
        ("", ("one of time, days",)),
        ("days,at_risk\n0,100\n", ("time in days", "months, as in points.csv")),
        ("time,at_risk\n0,100\n2,120\n", ("risk.csv:3", "no more patients at risk")),
        ("time,at_risk\n1,100\n2,80\n", ("at time 0",)),
        ("time,at_risk\n0,100\n0,80\n", ("times that rise",)),
        ("time,at_risk\n0,100\n2,80.5\n", ("whole number",)),
        ("time,at_risk\n0,0\n", ("nobody at risk",)),
        ("group,time,at_risk\nother,0,100\n", ("has no curve", "no patients at risk")),
    ],
)
def test_a_table_that_cannot_be(tmp_path, risk, words):
    text = told(tmp_path, risk=risk)
    assert all(word in text for word in words), text


def test_problems_of_both_files_come_at_once(tmp_path):
    text = told(
        tmp_path, "time,survival\n0,1\n-1,0.9\n2,0.3\n3,0.8\n", "time,at_risk\n0,10\n2,20\n", events={"all": 30, "x": 2}
    )
    for words in ("points.csv:3", "points.csv:5", "risk.csv:3", "30 events", "'x' has no curve"):
        assert words in text, text


def test_without_a_table_the_number_of_patients_is_asked_for(tmp_path):
    points, _ = files(tmp_path)
    with pytest.raises(RecordsError, match="--patients"):
        read_curves(points)
    assert read_curves(points, patients={ONLY_GROUP: 50}).curves[ONLY_GROUP].at_risk.tolist() == [50]


def test_the_command_makes_patients_a_picture_and_residuals(tmp_path):
    points, risk = files(tmp_path)
    code, out, err = sequela("curve", points, tmp_path / "out", "--risk", risk, "--events", "50", "--endpoint", "pfs")
    assert code == 0, err
    assert "100" in out and "off by" in out and "never evidence" in " ".join(out.split()) and "progression" in out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"curve.svg", "records", "residuals.csv", "reconstructed_patients.csv"} <= names
    assert sequela("check", tmp_path / "out" / "records")[0] == 0


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--events", "many"], 2, "whole number"),
        (["--drug", "moonshine"], 2, "vocabulary"),
        (["--endpoint", "dfs", "--points-at", "home"], 2, "sampled"),
        (["--events", "500"], 4, "at most its 100"),
    ],
)
def test_the_command_refuses(tmp_path, options, code, words):
    points, risk = files(tmp_path)
    done = sequela("curve", points, tmp_path / "out", "--risk", risk, *options)
    assert done[0] == code and words in done[2] and not (tmp_path / "out").exists()


def test_records_of_others_are_never_written_over(tmp_path):
    points, risk = files(tmp_path)
    mine = tmp_path / "study"
    (mine / "records").mkdir(parents=True)
    (mine / "records" / "patients.csv").write_text("patient_id\np1\n")
    code, _, err = sequela("curve", points, mine, "--risk", risk)
    assert code == 2 and "nothing was written" in err and [path.name for path in mine.iterdir()] == ["records"]
    assert sequela("curve", points, tmp_path / "out", "--risk", risk)[0] == 0
    assert sequela("curve", points, tmp_path / "out", "--risk", risk)[0] == 0
    code, _, err = sequela("curve", points, points, "--risk", risk)
    assert code == 2 and "Traceback" not in err


def test_two_curves_are_compared(tmp_path):
    rows = [(g, t, round(s**t, 4)) for g, s in (("old", 0.8), ("new", 0.9)) for t in range(10)]
    points = "group,time,survival\n" + "".join(f"{g},{t},{s}\n" for g, t, s in rows)
    path, _ = files(tmp_path, points)
    code, out, _ = sequela("curve", path, tmp_path / "out", "--patients", "old=200", "--patients", "new=200")
    assert code == 0 and "Hazard ratio of new against old: 0.4" in out and "approximate" in out
