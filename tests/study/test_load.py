"""What an author sees: each mistake with its line, its nearest name, and all of them at once."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sequela.errors import StudyError
from sequela.study.load import load_study, records_folder
from sequela.study.spec import Study, json_schema

from .studies import FLAGSHIP, load, study

LINES = FLAGSHIP.splitlines()


def said(folder, text):
    with pytest.raises(StudyError) as caught:
        load(folder, text)
    return str(caught.value).replace(str(folder) + "/", "").splitlines()


def changed(before, after):
    assert before in FLAGSHIP
    return FLAGSHIP.replace(before, after, 1)


def test_the_flagship_reads_as_written(tmp_path):
    found = load(tmp_path, FLAGSHIP)
    assert [str(criterion) for criterion in found.population] == [
        "metastatic at time zero",
        "HER2 positive",
        "not received trastuzumab emtansine before accrual",
        "received trastuzumab before time zero",
    ]
    assert {name: str(rule) for name, rule in found.groups.items()} == {
        "Tmab/Pmab": "received pertuzumab before time zero",
        "Tmab": "otherwise",
    }
    assert str(found.time_zero) == "first trastuzumab emtansine"
    assert str(found.accrual) == "between 2014-04-01 and 2017-02-28"
    assert found.adjustment(found.analyses[1]) == ("ecog", "visceral", "hormone_receptor")
    assert records_folder(found, tmp_path / "study.yaml") == tmp_path / "records"


def test_what_a_file_may_leave_out(tmp_path):
    text = "version: 1\ntitle: x\nrecords: r\ntime_zero: first docetaxel\nanalyses:\n  - survival: os\n  - response\n"
    found = load(tmp_path, text)
    assert found.endpoints == ("os",) and found.groups == {} and found.reference == "" and found.seed == 1
    assert found.analyses[1].control_months == 0 and not found.analyses[1].confirmed


def test_reference_is_otherwise_or_the_first_group():
    two = {"A": "received docetaxel", "B": "otherwise"}
    assert study(groups=two).reference == "B"
    assert study(groups={"A": "received docetaxel", "B": {"not": "received docetaxel"}}).reference == "A"


def test_groups_may_be_called_yes_and_no(tmp_path):
    text = changed("  Tmab/Pmab:", "  yes:").replace("  Tmab: otherwise", "  No: otherwise")
    found = load(tmp_path, text.replace("reference: Tmab", "reference: No"))
    assert list(found.groups) == ["yes", "No"] and found.reference == "No"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("time_zero:", "time_zro:", "4: unknown key 'time_zro'. Did you mean 'time_zero'?"),
        (
            "version: 1",
            "version: 2",
            "1: the file says version '2'; expected version 1. A newer program may be needed.",
        ),
        ("title: T-DM1 after", "title:\nextra: T-DM1 after", "2: 'title' has no value; expected a text."),
        (
            "first trastuzumab emtansine",
            "T-DM1",
            "4: 'T-DM1' is not a moment in a patient's history; expected 'first <drug or class>', "
            "'first <drug or class> in any line', 'start of line <number>', "
            "'metastatic diagnosis', 'primary diagnosis', 'first recurrence', 'first surgery' or 'first progression'. "
            "If it is a drug, write 'first T-DM1'.",
        ),
        (
            "first trastuzumab emtansine",
            "first Phesgo",
            "4: 'Phesgo' is pertuzumab and trastuzumab; expected one drug or one class. Name one of them.",
        ),
        ("2014-04-01", "2014-04", "5: '2014-04' is not a full date; expected year-month-day, such as 2014-04-01."),
        (
            "2014-04-01",
            "2014-02-30",
            "5: there is no day 2014-02-30; expected a date of the calendar, such as 2014-04-01.",
        ),
        (
            "2017-02-28",
            "2013-02-28",
            "5: the window ends (2013-02-28) before it begins (2014-04-01); expected 'from' before 'to'.",
        ),
        ("to: 2017", "till: 2017", "5: unknown key 'till'; expected one of: from, to."),
        ("{from: 2014-04-01, to: 2017-02-28}", "{}", "5: the window has no day; expected 'from', 'to', or both."),
        ("accrual: {from", "population_: {from", "5: unknown key 'population_'. Did you mean 'population'?"),
        (
            "received: trastuzumab\n",
            "recieved: trastuzumab\n",
            "10: 'recieved', 'before' is not a criterion; expected "
            "one of: received, sequence_group, line, "
            "biomarker, site, age, sex, ecog, metastatic, observed, all, any, not. "
            "Did you mean 'received'?",
        ),
        (
            "pertuzumab, before",
            "pertuzumap, before",
            "13: unknown drug or class 'pertuzumap'. Did you mean 'pertuzumab'",
        ),
        (
            "pertuzumab, before: time zero",
            "pertuzumab, beforee: time zero",
            "13: unknown key 'beforee'. Did you mean 'before'?",
        ),
        (
            "before: accrual",
            "before: acrual",
            "9: 'acrual' is not a moment in a patient's history. Did you mean 'accrual'?",
        ),
        (
            "before: accrual",
            "within: accrual time",
            "9: 'accrual time' is not a stretch of time; expected for example "
            "'6 months before time zero', '28 days of metastatic diagnosis' or 'accrual'.",
        ),
        (
            "    before: time zero\ngroups",
            "    age: '>= 18'\ngroups",
            "10: one item holds the criteria 'received' and "
            "'age'; expected one criterion. Start each with a '-' of its own, or put both under 'all:'.",
        ),
        (
            "HER2 positive",
            "HER2 is fine",
            "8: 'HER2 is fine' is not a criterion; expected for example "
            "'metastatic at time zero', 'HER2 positive', 'age >= 18', 'liver metastasis', 'received trastuzumab'.",
        ),
        (
            "HER2 positive",
            "{ecog: low}",
            '8: \'low\' is not a number or a comparison; expected for example 2, ">= 18" or "2 to 4".',
        ),
        ("HER2 positive", "{site: livr}", "8: unknown organ 'livr'. Did you mean 'liver'"),
        (
            "HER2 positive",
            "{biomarker: HER2}",
            "8: the key 'is' is missing. is: positive, negative, equivocal, a text, "
            "a comparison, or a list of which one suffices.",
        ),
        (
            "HER2 positive",
            "not: [HER2 positive, metastatic]",
            "8: 'not' has a list; expected one criterion. Write not: {any: […]} for none of them.",
        ),
        (
            "HER2 positive",
            "7",
            "8: '7' is not a criterion; expected for example "
            "'metastatic at time zero', 'HER2 positive', 'age >= 18', 'liver metastasis', 'received trastuzumab'.",
        ),
        (
            "  Tmab: otherwise",
            "  Tmab/Pmab: otherwise",
            "14: the key 'Tmab/Pmab' is written twice (first on line 13). Keep one of the two.",
        ),
        (
            "  Tmab: otherwise",
            "  All: otherwise",
            "14: a group is called 'All'; expected a name of its own. 'All' is the column of all patients.",
        ),
        (
            "reference: Tmab",
            "reference: Tmb",
            "15: there is no group 'Tmb'; expected 'Tmab/Pmab', 'Tmab'. Did you mean 'Tmab'?",
        ),
        (
            "endpoints: [ttp.noda_2019]",
            "endpoints: [ttp.noda]",
            "16: unknown endpoint 'ttp.noda'. Did you mean 'ttp.noda_2019'?",
        ),
        (
            "endpoints: [ttp.noda_2019]",
            "endpoints: [os, ttp.noda_2019]",
            "16: no analysis uses the endpoint 'os'. Add '- survival: os' to the analyses, or take it out.",
        ),
        (
            "endpoints: [ttp.noda_2019]",
            "endpoints: {a: b}",
            "16: 'endpoints' is a mapping; expected a list, each item on a line that starts with '- '.",
        ),
        (
            "visceral, hormone_receptor]\nanalyses",
            "viscral, hormone_receptor]\nanalyses",
            "17: unknown covariate 'viscral'. Did you mean 'visceral'?",
        ),
        (
            "visceral, hormone_receptor]\nanalyses",
            "received lapatinab]\nanalyses",
            "17: unknown drug or class 'lapatinab'. Did you mean 'lapatinib'",
        ),
        (
            "  - characteristics:",
            "  - characteristic:",
            "19: unknown analysis 'characteristic'. Did you mean 'characteristics'?",
        ),
        (
            "  - survival: ttp.noda_2019",
            "  - survival:",
            "20: the key 'endpoint' is missing. endpoint: An endpoint, or a file with one, seen from the study file.",
        ),
        (
            "  - survival: ttp.noda_2019",
            "  - survival: os",
            "20: 'os' is not among the endpoints. Add it there, or leave 'endpoints' out.",
        ),
        (
            "  - survival: ttp.noda_2019",
            "  - survival: {endpoint: ttp.noda_2019, milestone: [6]}",
            "20: unknown key 'milestone'. Did you mean 'milestones'?",
        ),
        (
            "  - survival: ttp.noda_2019",
            "  - survival: {endpoint: ttp.noda_2019, test: logrank}",
            "20: unknown test of curves 'logrank'. Did you mean 'log-rank'",
        ),
        (
            "  - survival: ttp.noda_2019",
            "  - survival: {endpoint: ttp.noda_2019, stratify: age}",
            "20: 'age' is a quantity, which has no strata; expected a covariate with levels.",
        ),
        (
            "  - survival: ttp.noda_2019",
            "  - survival: {endpoint: ttp.noda_2019, pairwise: bonferroni}",
            "20: 'pairwise' is 'bonferroni'; expected 'holm'.",
        ),
        (
            "  - survival: ttp.noda_2019",
            "  - characteristics: {covariates: [age, sex], tests: {sex: welch}}",
            "20: unknown test of sex 'welch'; expected one of: pearson, yates, fisher,",
        ),
        (
            "  - survival: ttp.noda_2019",
            "  - characteristics: {covariates: [age], tests: {quantities: wilcoxn}}",
            "20: unknown test of quantities 'wilcoxn'. Did you mean 'wilcoxon'",
        ),
        (
            "  - survival: ttp.noda_2019",
            "  - characteristics: {covariates: [age], tests: {ecog: pearson}}",
            "20: 'ecog' has a test and is no row of the table; expected one of: age, quantities, categories.",
        ),
        ("control_months: 6", "control_months: six", "21: 'control_months' is 'six'; expected a number."),
        (
            "control_months: 6",
            "control_months: -6",
            "21: 'control_months' is '-6'; expected a value greater than or equal to 0.",
        ),
        ("reference: Tmab", "ties: exakt", "15: 'ties' is 'exakt'; expected 'dialect', 'efron', 'breslow' or 'exact'."),
        ("reference: Tmab", "dialect: r", "15: 'dialect' is 'r'; expected 'default', 'R', 'SAS' or 'SPSS'."),
        (
            "reference: Tmab",
            "definitions: {visceral: noda}",
            "15: unknown definition of visceral disease 'noda'. Did you mean 'noda_2019'?",
        ),
        (
            "reference: Tmab",
            "definitions: {her2: asco_cap_1999}",
            "15: unknown guideline on HER2 'asco_cap_1999'. Did you mean",
        ),
        ("reference: Tmab", "lines: {L3: 180}", "15: unknown line rule 'L3'. Did you mean 'L23' or 'L13' or 'L03'?"),
        (
            "reference: Tmab",
            "lines: {L03: soon}",
            "15: the line rule L03 is 'soon'; expected a whole number of days or 'never'.",
        ),
        ("reference: Tmab", "seed: -1", "15: 'seed' is '-1'; expected a value greater than or equal to 0."),
    ],
)
def test_each_mistake_is_a_letter(tmp_path, before, after, message):
    assert any(line.startswith("study.yaml:" + message) for line in said(tmp_path, changed(before, after)))


@pytest.mark.parametrize(
    ("population", "message"),
    [
        (
            ["HER2 positive", "not HER2 positive"],
            "8: nobody can meet both 'HER2 positive' and 'not HER2 positive'. Take one of the two out.",
        ),
        (
            ["HER2 positive", "{not: {not: not HER2 positive}}"],
            "8: nobody can meet both 'HER2 positive' and 'not not not HER2 positive'. Take one of the two out.",
        ),
        (
            ["metastatic", "{all: [age >= 18, not metastatic]}"],
            "8: nobody can meet both 'metastatic at time zero' and 'age >= 18 and not metastatic at time zero'. "
            "Take one of the two out.",
        ),
        (
            ["{received: docetaxel, before: time zero, after: time zero}"],
            "7: the window of 'received docetaxel before time zero after time zero' ends before it begins. "
            "Nothing is both before and after the same moment.",
        ),
        (
            ["{received: docetaxel, before: accrual}"],
            "7: 'received docetaxel before accrual' speaks of an accrual window, and there is none; "
            "expected accrual: {from: …, to: …}.",
        ),
    ],
)
def test_contradictions(tmp_path, population, message):
    criteria = "".join(f"  - {criterion}\n" for criterion in population)
    head = "version: 1\ntitle: x\n\nrecords: r\ntime_zero: first docetaxel\n"
    text = f"{head}population:\n{criteria}analyses: [survival: os]\n"
    assert said(tmp_path, text) == ["study.yaml:" + message]


def test_half_an_accrual_window(tmp_path):
    text = changed("{from: 2014-04-01, to: 2017-02-28}", "{to: 2017-02-28}")
    assert said(tmp_path, text) == [
        "study.yaml:9: 'received trastuzumab emtansine before accrual' needs the first day of accrual; "
        "expected 'from' in accrual."
    ]
    text = changed(", to: 2017-02-28}", "}").replace("before: accrual", "after: accrual")
    assert "needs the last day of accrual" in said(tmp_path, text)[0]


def test_groups_that_cannot_be_compared(tmp_path):
    one = changed("  Tmab: otherwise\n", "").replace("reference: Tmab\n", "")
    assert said(tmp_path, one) == [
        "study.yaml:12: there is one group; expected two or more. Leave 'groups' out to describe everyone."
    ]
    twice = changed("  Tmab: otherwise\n", "  Tmab: otherwise\n  Rest: otherwise\n")
    assert said(tmp_path, twice) == ["study.yaml:15: both 'Tmab' and 'Rest' are 'otherwise'; expected one such group."]
    same = changed("  Tmab: otherwise\n", "  Tmab: received pertuzumab before time zero\n")
    assert said(tmp_path, same) == ["study.yaml:14: the groups 'Tmab/Pmab' and 'Tmab' have the same criterion."]


def test_every_problem_comes_at_once_in_the_order_of_the_file(tmp_path):
    text = FLAGSHIP.replace("title:", "titel:").replace("pertuzumab", "pertuzumap").replace("[ecog,", "[ecg,")
    problems = said(tmp_path, text.replace("reference: Tmab\n", "reference: Tmab\nreference: Tmab\n"))
    assert [int(re.match(r"study\.yaml:(\d+)", problem)[1]) for problem in problems] == [1, 2, 13, 16, 18]
    assert problems[0] == "study.yaml:1: the key 'title' is missing. title: What is asked, in one line."


def test_drugs_csv_beside_the_records_adds_names(tmp_path):
    (tmp_path / "records").mkdir()
    text = changed("received: pertuzumab", "received: HLX-99")
    assert "unknown drug or class 'HLX-99'" in said(tmp_path, text)[0]
    (tmp_path / "records" / "drugs.csv").write_text("name,class,modality\nHLX-99,HER2 antibody,antibody\n")
    assert load(tmp_path, text).groups["Tmab/Pmab"].received == ("HLX-99",)


def test_a_study_is_a_frozen_value():
    found = study()
    with pytest.raises(ValidationError):
        found.title = "another"
    with pytest.raises(ValidationError, match="HER2 is fine"):
        study(population=["HER2 is fine"])


def test_schema_knows_every_key_and_never_changes():
    schema = json_schema()
    assert set(schema["properties"]) == set(Study.model_fields)
    assert schema["required"] == ["version", "title", "records", "time_zero", "analyses"]
    assert schema["additionalProperties"] is False
    assert json.dumps(schema) == json.dumps(json_schema())
    received = schema["$defs"]["Received"]["properties"]
    assert set(received) == {"received", "before", "after", "within", "line", "setting", "stopped"}
    assert "not" in schema["$defs"]["Not"]["properties"] and "is" in schema["$defs"]["Biomarker"]["properties"]
    assert "kind" not in schema["$defs"]["SurvivalAnalysis"]["properties"]
    references = re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema))
    assert set(references) <= set(schema["$defs"])


def test_a_vocabulary_can_be_given(tmp_path):
    from sequela.records.drugs import default_vocabulary

    path = tmp_path / "study.yaml"
    path.write_text(changed("received: pertuzumab", "received: newmab"), encoding="utf-8")
    wider = default_vocabulary().extended([{"name": "newmab", "class": "HER2 antibody", "modality": "antibody"}])
    assert load_study(path, wider).groups["Tmab/Pmab"].received == ("newmab",)


_INTRUDERS = [
    "~",
    "[]",
    "{}",
    "otherwise",
    "- x",
    "{a: b}",
    "[1, [2]]",
    "''",
    "not",
    ": ",
    "\t",
    "#",
    "&a",
    "*a",
    "!!x y",
    "|",
]


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(FLAGSHIP) - 1), st.integers(0, 12), st.sampled_from(_INTRUDERS))
def test_a_damaged_file_ends_in_a_study_or_in_letters(tmp_path, place, length, intruder):
    try:
        assert load(tmp_path, FLAGSHIP[:place] + intruder + FLAGSHIP[place + length :]).title
    except StudyError as error:
        assert error.problems and all(problem.where and problem.found for problem in error.problems)
