"""What a column may be, by its name in several languages and by its cells; and what must not be guessed."""

from datetime import date

import pytest

from sequela.sources.spreadsheet import SpreadsheetSource
from sequela.sources.spreadsheet_cells import find_headers, read_sheets
from sequela.sources.spreadsheet_draft import draft_map
from sequela.sources.spreadsheet_header import FIRST_ROW
from sequela.sources.spreadsheet_lines import line_in
from sequela.sources.spreadsheet_roles import roles_of
from sequela.sources.spreadsheet_words import meaning_of, plain, yes_and_no

from .test_spreadsheet import refused
from .workbooks import write_workbook

CELLS = {
    "dates": ["2017-04-03", "2018-05-14"],
    "flags": ["yes", "no"],
    "numbers": ["3,5", "7,25"],
    "few": ["1", "3"],
    "zero": ["0", "1"],
    "results": ["pos", "neg"],
    "drugs": ["Herceptin", "T-DM1"],
    "words": ["abc", "xyz"],
    "ages": ["57y", "63 anni"],
    "codes": ["K-01", "K-02"],
}


def role_of(folder, header, content):
    first, second = CELLS[content]
    (folder / "one.csv").write_text(f'"{header}"\n"{first}"\n"{second}"\n', encoding="utf-8")
    (found,) = roles_of(read_sheets(folder / "one.csv")[""])
    return found


NAMES = """
patient: Codice paziente=codes, Nr. cartella=codes, Paz.=codes, Pat.-Nr.=codes, Fallnummer=codes, N° dossier=codes,
  Identifiant=codes, NHC=codes, Nº historia=codes, Nº processo=codes,
  Patiëntnummer=codes, 症例番号=codes, 患者ＩＤ=codes
birth_day: Data di nascita=dates, Nata il=dates, Geb.-Datum=dates, Date de naissance=dates, Né(e) le=dates,
  Fecha nacimiento=dates, Data de nascimento=dates, DTNASC=dates, Geboortedatum=dates, 生年月日=dates
death: Data decesso=dates, Data exitus=dates, Todesdatum=dates, Sterbedatum=dates, Date de décès=dates,
  Fecha de fallecimiento=dates, Data do óbito=dates, Datum overlijden=dates, 死亡日=dates
last_contact: Ultimo controllo=dates, Data ult. follow-up=dates, Letzte Vorstellung=dates,
  Datum letzter Kontakt=dates,
  Date des dernières nouvelles=dates, Fecha última visita=dates, Último contato=dates, Laatste controle=dates,
  最終生存確認日=dates, Date of death or last contact=dates, Data ultimo contatto / morte=dates,
  Letzter Kontakt bzw. Tod=dates, Décès ou dernière nouvelle=dates
vital_status: Stato=words, Vitalstatus=words, État aux dernières nouvelles=words, Estado al último seguimiento=words,
  Situação atual=words, 転帰=words, Vivo/morto=flags
vital_status dead: Deceduta (sì/no)=flags, Verstorben=flags, Décès (oui/non)=flags, Éxitus=flags, Óbito=flags,
  Overleden=flags, OS event=flags
vital_status alive: Alive=flags, Viva=flags, Lebt=flags, Vivante=flags, In leven=flags
vital_status unclear: Censored=flags
metastatic_day: Data diagnosi metastasi=dates, Fernmetastasierung=dates, Date métastase=dates, Fecha metástasis=dates,
  DTMET=dates, Uitzaaiing datum=dates, 転移診断日=dates
primary_day: Data diagnosi=dates, Erstdiagnose=dates, Date du diagnostic=dates, Fecha diagnóstico=dates, DTDX=dates
recurrence_day: Data recidiva=dates, Rückfall=dates, Rechute=dates, Recaída=dates, 再発日=dates
specimen_day: Data biopsia metastasi=dates, 生検日=dates
organs: Sedi metastasi=words, Metastasenlokalisation=words, Sites métastatiques=words, 転移部位=words
organ liver: Metastasi epatiche=flags, Lebermetastasen=flags, 肝転移=flags
marker ER: RE=results, Recettori estrogenici=results, Récepteurs aux œstrogènes=results, Östrogenrezeptor=results
marker PgR: RP=results, Récepteur progestérone=results, Progesteronrezeptor=results, プロゲステロン受容体=results
marker hormone receptor: Recettori ormonali=results, Hormonrezeptoren=results, Récepteurs hormonaux=results
marker menopausal status: Stato menopausale=words, Statut ménopausique=words, Menopausal status=few
marker HER2 ISH: FISH=words, FISH result=words
marker PD-L1: PD-L1=results
organ_day brain: Date of brain mets=dates
ecog: PS (OMS)=few, ECOG=zero, PS ECOG basale=few
start: Data inizio terapia=dates, Therapiebeginn=dates, Début traitement=dates, Fecha inicio=dates
stop: Data fine terapia=dates, Therapieende=dates, Fin de traitement=dates, Fecha fin=dates,
  Discontinuation date=dates, Date of last dose=dates, Last visit before T-DM1=dates
reason_stopped: Motivo stop=words, Abbruchgrund=words, Motif d'arrêt=words, Reden stop=words, 中止理由=words
progression_day: T-DM1増悪日=dates, PD日=dates,
  Data progressione=dates, Progressionsdatum=dates, Date de progression=dates,
  増悪日=dates
progression_event: Progressione (sì/no)=flags, PD=flags
progression_length: PFS (mesi)=numbers, SLP (meses)=numbers
drug_start trastuzumab emtansine: Inizio T-DM1=dates, Beginn Kadcyla=dates, Date de début T-DM1=dates, TDM1_S=dates,
  カドサイラ開始日=dates, T-DM1 start (adj)=dates, T-DM1投与開始日=dates
drug_stop trastuzumab emtansine: Fine TDM1=dates, TDM1_F=dates
drug_given pertuzumab: Pertuzumab (sì/no)=flags
line_start: Inizio I linea=dates, Beginn Erstlinie=dates, Début 1ère ligne=dates, 1次治療開始日=dates, L1_INI=dates
line_stop: Fine II linea=dates, Ende Zweitlinie=dates, Fin 2ème ligne=dates, Fecha fin 2=dates
line_progression_day: PD I linea=dates, Progress 1. Linie=dates, Fecha progresión 1=dates, PD1=dates
line_progression_event: PD I linea=flags
line_progression_length: PFS1_M=numbers
line_progression_event: PFS1_EV=flags
line_drug: I linea=drugs, 2ª linea=drugs, Zweitlinientherapie=drugs, 1ère ligne=drugs, Esquema 2=drugs, L1=drugs,
  eerste lijn=drugs, 二次治療=drugs, Ⅱ次治療レジメン=drugs, TX1=drugs, Risposta I linea=drugs
drug: Schema terapeutico=drugs, Cura=drugs
start study: On study=dates, On study date=dates
progression_or_death: Date of progression or death=dates, PFS event date=dates, Decesso/progressione=dates
age primary_day: Age at diagnosis=few, Età alla diagnosi=few, Alter bei ED=few
age metastatic_day: Age at M1=few
age trastuzumab emtansine: Age at T-DM1=few
age: Age=ages, Età=ages, 年齢=ages, Age at menopause=few
: Date last progression-free=dates, Last CT before progression=dates, RT of bone metastases=dates,
  Surgery of primary tumour=dates, Days after diagnosis=dates, Intervento tumore primitivo=dates, OP Primärtumor=dates,
  Follow-up date before PD=dates, 転移巣切除手術日=dates,
  Trial entry=dates, Trial=flags, Data intervento=dates, Luogo di nascita=words, DDN=dates, ER/PgR=results, Datum=dates,
  Numero linee=few, I linea=flags, Height=few, Nome=words
"""
EXPECTED = [
    (header, content, *(meaning.split(" ", 1) if " " in meaning else (meaning, "")))
    for meaning, listed in (entry.split(":", 1) for entry in NAMES.strip().replace("\n  ", " ").split("\n"))
    for header, content in (one.strip().rsplit("=", 1) for one in listed.split(","))
]


@pytest.mark.parametrize(("header", "content", "role", "detail"), EXPECTED)
def test_a_column_has_the_role_that_its_name_and_its_cells_say(tmp_path, header, content, role, detail):
    found = role_of(tmp_path, header, content)
    assert found.role == role
    assert detail == "" or found.detail == detail


@pytest.mark.parametrize(
    ("header", "number", "template"),
    [
        ("I linea", 1, "{n} linea"),
        ("Terapia di II^ linea", 2, "Terapia di {n}^ linea"),
        ("1a linea", 1, "{n}a linea"),
        ("IV Linie", 4, "{n} Linie"),
        ("Drittlinie", 3, "{n}linie"),
        ("3ème ligne", 3, "{n}ème ligne"),
        ("Segunda línea", 2, "{n} línea"),
        ("Linha 2", 2, "Linha {n}"),
        ("derde lijn", 3, "{n} lijn"),
        ("第２選択", 2, "第{n}選択"),
        ("10th line", 10, "{n}th line"),
        ("Line of therapy 2", 2, "Line of therapy {n}"),
        ("LOT1 start", 1, "LOT{n} start"),
        ("Therapielinie 3", 3, "Therapielinie {n}"),
        ("Linea di terapia 1", 1, "Linea di terapia {n}"),
        ("DT_INI_L2", 2, "DT_INI_L{n}"),
        ("Farmaco II", 2, "Farmaco {n}"),
    ],
)
def test_a_line_is_numbered_in_many_ways(header, number, template):
    line = line_in(header)
    assert (line.number, line.template) == (number, template)
    assert line.template.replace("{n}", line.label) == header


@pytest.mark.parametrize(
    "header",
    [*("HER2", "T-DM1", "Ki67", "M1", "Stadio IV", "Prima diagnosi", "CA 15-3", "CDK4/6", "Start M1", "0 linea"),
     *("Linea 45", "Numero linee", "Online 2", "PFS", "TDM1_S")],
)  # fmt: skip
def test_other_numbers_are_no_lines(header):
    assert line_in(header) is None


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        *(("deceduta", "dead"), ("Verstorben", "dead"), ("décédée", "dead"), ("fallecida", "dead"), ("óbito", "dead")),
        *(("overleden", "dead"), ("死亡", "dead"), ("DOD", "dead"), ("viva", "alive"), ("lebt", "alive")),
        *(("en vie", "alive"), ("leeft", "alive"), ("AWD", "alive"), ("生存", "alive")),
        *(("not dead", ""), ("non deceduta", ""), ("nicht verstorben", ""), ("deceduta?", ""), ("persa al FU", "")),
        *(("alive or dead", ""), ("probabilmente viva", ""), ("", ""), ("1", "")),
    ],
)
def test_a_word_for_death_is_sure_or_nothing(word, meaning):
    assert meaning_of(word, ("dead", "alive")) == meaning


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("sì", "no"), (["sì"], ["no"])),
        (("Ja", "Nein"), (["Ja"], ["Nein"])),
        (("oui", "non"), (["oui"], ["non"])),
        (("sim", "não"), (["sim"], ["não"])),
        (("S", "N"), (["S"], ["N"])),
        (("O", "N"), (["O"], ["N"])),
        (("S",), None),
        (("S", "M", "N"), None),
        (("sì", "forse"), None),
        (("non nota", "no"), None),
    ],
)
def test_yes_and_no_in_several_languages(words, told):
    assert yes_and_no(words) == told


def test_an_accent_makes_the_same_letter_and_a_voiced_syllable_another():
    assert plain("Récepteurs (%)") == "recepteurs_%"
    assert plain("レジメン") == "レジメン"
    assert plain("ＰＳ") == "ps"


def drafted(folder, *rows):
    path = write_workbook(folder / "sheet.xlsx", {"S": rows})
    headers = find_headers(path)
    text = draft_map("sheet.xlsx", read_sheets(path, headers), headers)
    (folder / "map.yaml").write_text(text, encoding="utf-8")
    return text


def day(year, month=1):
    return date(year, month, 15)


def test_names_that_say_nothing_leave_the_cells_to_speak_and_that_is_said(tmp_path):
    text = drafted(
        tmp_path,
        ["V1", "V2", "V3", "V4", "V5", "V6", "V7", "Ultima visita"],
        ["MI-1", "Trastuzumab + pertuzumab", day(2015), "x", "Kadcyla", day(2016), "viva", day(2018)],
        ["MI-2", "Trastuzumab/docetaxel", day(2015), "y", "TDM1", day(2016), "deceduta", day(2018)],
        ["MI-3", "Herceptin", day(2015), "y", None, None, "deceduta", day(2018)],
    )
    assert "{drug: V2, start: V3}" in text and "{drug: V5, start: V6}" in text
    for guess in ("'V1' is taken for the patient", "'V2' is taken for drugs", "'V3' is taken for the start of 'V2'",
                  "'V7' is taken for who died"):  # fmt: skip
        assert guess in text
    records = SpreadsheetSource(tmp_path / "map.yaml").read()
    assert refused(records) == []
    assert records.table("exposures").height == 5
    assert records.table("patients").filter(patient_id="MI-1")["death"].to_list() == [None]


def test_a_measure_in_the_first_column_is_no_patient(tmp_path):
    text = drafted(tmp_path, ["Peso", "Ultima visita"], [61, day(2018)], [55, day(2018)], [70, day(2018)])
    assert "patient: WHICH COLUMN HOLDS THE PATIENT" in text


def test_days_before_the_drugs_belong_to_the_drugs_after_them(tmp_path):
    text = drafted(
        tmp_path,
        ["Pz", "Dal", "Farmaco A", "Al", "Inizio B", "Schema B", "Fine B", "Motivo stop B", "Note"],
        [1, day(2010), "FEC", day(2011), day(2012), "T-DM1", day(2013), "PD", "a"],
        [2, day(2010), "AC", day(2011), day(2012), "Kadcyla", day(2013), "tossicità", "b"],
    )
    assert "{drug: Farmaco A, start: Dal, stop: Al}" in text
    assert "drug: Schema B, start: Inizio B, stop: Fine B, reason_stopped: {column: Motivo stop B, words: " in text
    assert "'Dal' is taken for the start of 'Farmaco A'" in text and "'Inizio B' is taken" not in text


def test_words_shared_with_the_drugs_pair_columns_and_early_treatment_is_early(tmp_path):
    text = drafted(
        tmp_path,
        ["Pz", "Terapia adiuvante", "Terapia metastatica", "Inizio metastatica", "Inizio adiuvante"],
        [1, "FEC", "T-DM1", day(2015), day(2010)],
        [2, "AC", "lapatinib", day(2015), day(2010)],
    )
    assert "{drug: Terapia adiuvante, start: Inizio adiuvante, setting: {text: early}}" in text
    assert "{drug: Terapia metastatica, start: Inizio metastatica}" in text
    assert "diagnoses" not in text


def test_lines_that_differ_in_more_than_the_number_are_written_apart(tmp_path):
    text = drafted(
        tmp_path,
        ["Pz", "Prima linea", "Inizio prima linea", "L2", "L2 inizio", "L3", "L3 inizio", "L3 fine"],
        [1, "TCH", day(2015), "T-DM1", day(2016), "lapatinib", day(2017), day(2018)],
    )
    assert "{drug: Prima linea, start: Inizio prima linea}" in text
    assert "{drug: L2, start: L2 inizio}" in text and "{drug: L3, start: L3 inizio, stop: L3 fine}" in text


@pytest.mark.parametrize(
    ("name", "first", "second", "only"),
    [
        ("Alive", "yes", "no", "{column: Alive, is: [no], is_not: [yes]}"),
        ("Deceduta", "sì", "no", "Deceduta"),
        ("Deceduta", "S", "N", "{column: Deceduta, is: [S], is_not: [N]}"),
        ("Stato", 1, 0, "{column: Stato, is: [1], is_not: [0]}"),
        ("Stato (0=deceduta, 1=viva)", 0, 1, "{column: 'Stato (0=deceduta, 1=viva)', is: [0], is_not: [1]}"),
        ("Stato 1=viva 2=deceduta", 2, 1, "{column: 'Stato 1=viva 2=deceduta', is: [2], is_not: [1]}"),
        ("Deceduta (0=sì, 1=no)", 0, 1, "{column: 'Deceduta (0=sì, 1=no)', is: [0], is_not: [1]}"),
        ("Deceduta (1=sì; 0=no)", 0, 1, "'Deceduta (1=sì; 0=no)'"),
        ("Stato", 1, 2, "{column: Stato, is: [WHICH WORDS], is_not: [WHICH WORDS]}"),
        ("Stato", "sì", "no", "{column: Stato, is: [WHICH WORDS], is_not: [WHICH WORDS]}"),
        ("Censored", 1, 0, "{column: Censored, is: [WHICH WORDS], is_not: [WHICH WORDS]}"),
        ("Stato", "non deceduta", "deceduta", "{column: Stato, is: [deceduta], is_not: [WHICH WORDS]}"),
    ],
)
def test_who_died_is_told_or_left_open(tmp_path, name, first, second, only):
    text = drafted(tmp_path, ["Pz", name, "Ultima visita"], [1, first, day(2018)], [2, second, day(2018)])
    assert f"    death: {{column: Ultima visita, only: {only}}}\n" in text
    assert ("1 is taken for dead" in text) == (only == "{column: Stato, is: [1], is_not: [0]}")


def test_the_dead_without_a_day_and_the_living_with_one_are_counted(tmp_path):
    text = drafted(
        tmp_path,
        ["Pz", "Stato", "Ultima visita", "Data decesso"],
        [1, "deceduta", day(2018), None],
        [2, "deceduta", day(2018), day(2018, 2)],
        [3, "viva", day(2018), day(2018, 2)],
        [4, "viva", day(2018), None],
    )
    assert "'Stato' says dead and 'Data decesso' is empty: 1." in text
    assert "'Stato' says alive and 'Data decesso' is filled: 1." in text


def test_a_length_of_one_drug_is_read_beside_days_of_lines(tmp_path):
    text = drafted(
        tmp_path,
        ["Pz", "L1", "L1 start", "L1 PD", "T-DM1 start", "PFS T-DM1 (mesi)", "PD T-DM1 (1=sì, 0=no)", "PFS (mesi)"],
        [1, "TCH", day(2015), day(2016), day(2017), 3.5, 1, 4.5],
        [2, "TCH", day(2015), None, day(2017), 8.5, 0, 9.5],
    )
    assert "day: L1 PD, response: {text: PD}" in text
    assert "day: {from: T-DM1 start, months: PFS T-DM1 (mesi)}" in text
    assert "words: {0: NON-CR/NON-PD, 1: PD}" in text
    assert "FROM WHICH DAY" not in text


def test_metastases_of_an_organ_stand_on_their_own_day(tmp_path):
    text = drafted(
        tmp_path,
        ["Pz", "Date M1", "Brain mets", "Date of brain mets", "Mts ossee", "Ultima visita"],
        [1, day(2015), "yes", day(2017), "no", day(2018)],
        [2, day(2015), "no", None, "yes", day(2018)],
    )
    assert "{day: Date of brain mets, organ: {text: brain}, only: Brain mets}" in text
    assert "{day: Date M1, organ: {text: bone}, only: Mts ossee}" in text
    metastases = SpreadsheetSource(tmp_path / "map.yaml").read().table("metastases")
    assert metastases.select("patient_id", "organ").sort("patient_id").rows() == [("1", "brain"), ("2", "bone")]


def test_a_day_that_says_something_else_is_no_start(tmp_path):
    text = drafted(tmp_path, ["Pz", "Data chirurgia", "CT adiuvante"], ["a", day(2010), "FEC"], ["b", day(2010), "AC"])
    assert "No column was found that says when 'CT adiuvante' began" in text and "start:" not in text


@pytest.mark.parametrize(
    ("header", "cells", "written"),
    [
        ("HER2", [0, 1, 2, 3], "value: HER2"),
        ("HER2", [0, 1], "value: HER2"),
        ("HER2 (0=neg, 1=pos)", [0, 1], "words: {0: negative, 1: positive}}"),
        ("ER", [0, 1], "words: {0: negative, 1: positive}}"),
        ("ER", [0, 1, 90], "value: ER"),
        ("ER", ["pos", "neg", 1], "value: {column: ER, words: {neg: negative, pos: positive}}"),
    ],
)
def test_a_score_of_one_is_not_made_positive(tmp_path, header, cells, written):
    text = drafted(
        tmp_path, ["Pz", header, "Ultima visita"], *([f"K{n}", one, day(2018)] for n, one in enumerate(cells))
    )
    line = next(line for line in text.splitlines() if "marker: " in line)
    assert written + "}" in line
    assert ("may be scores" in text) == (header == "HER2" and cells == [0, 1])


def test_what_stands_before_a_death_is_no_death(tmp_path):
    for header in ("Last chemotherapy before death", "Letzte Therapie vor Tod", "Ultima terapia prima del decesso"):
        assert role_of(tmp_path, header, "dates").role != "death"


def test_codes_of_sex_are_read_by_the_legend_of_the_header(tmp_path):
    rows = [["Pz", "Sesso (1=M, 2=F)", "Ultima visita"], ["a", 1, day(2018)], ["b", 2, day(2018)]]
    assert "words: {1: male, 2: female}" in drafted(tmp_path, *rows)


def test_a_day_of_death_that_everybody_has_does_not_kill_the_living(tmp_path):
    rows = [["Pz", "Stato", "Data morte"], [1, "viva", day(2018)], [2, "deceduta", day(2019)]]
    text = drafted(tmp_path, *rows)
    assert "so 'Stato' decides who died" in text
    patients = SpreadsheetSource(tmp_path / "map.yaml").read().table("patients").sort("patient_id")
    assert [one is None for one in patients["death"]] == [True, False]
    assert patients["last_contact"].null_count() == 0
    alone = drafted(tmp_path, *[[row[0], row[2]] for row in rows])
    assert "as it stands, all patients died" in alone


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (("F", "M"), "words: {F: female, M: male}"),
        (("mujer", "hombre"), "words: {hombre: male, mujer: female}"),
        (("M", "H"), "words: {H: male, M: female}"),
        (("weiblich", "männlich"), "words: {männlich: male, weiblich: female}"),
        (("M", "V"), ""),
        (("M", "M"), ""),
    ],
)
def test_a_letter_that_is_a_man_here_and_a_woman_there_is_left_open(tmp_path, words, written):
    text = drafted(tmp_path, ["Pz", "Sesso", "Ultima visita"], *([n, one, day(2018)] for n, one in enumerate(words)))
    if written:
        assert written in text
    else:
        assert "sex:" not in text and "may mean either sex" in text


def test_titles_above_the_names_are_passed_over(tmp_path):
    rows = [["Coorte 2021"], [], ["Pz", "Stato", "Ultima visita"], [1, "viva", day(2018)], [2, "viva", day(2019)]]
    assert "\nheader: 3\n" in drafted(tmp_path, *rows)
    assert "\nheader:" not in drafted(tmp_path, *rows[2:])


@pytest.mark.parametrize("title", ["Coorte 2021", "Coorte 2021;"])
def test_titles_that_cut_a_text_table_short_are_said(tmp_path, title):
    (tmp_path / "t.csv").write_text(f"{title}\nPz;Stato;Ultima visita\n1;viva;2018-01-02\n2;viva;2018-01-02\n")
    text = draft_map("t.csv", read_sheets(tmp_path / "t.csv"), FIRST_ROW)
    assert "see whether titles stand above the names" in text


def test_only_sure_words_of_other_languages_say_yes_and_no_in_an_import(tmp_path):
    words = ["sì", "non", "Ja", "nein", "oui", "não", "VERO", "あり", "s", "o", "forse", "non nota"]
    rows = [[f"K{number:02d}", word, day(2018)] for number, word in enumerate(words)]
    write_workbook(tmp_path / "sheet.xlsx", {"S": [["Pz", "Deceduta", "Visita"], *rows]})
    tables = "{patients: {last_contact: Visita, death: {column: Visita, only: Deceduta}}}"
    (tmp_path / "map.yaml").write_text(f"version: 1\nfile: sheet.xlsx\npatient: Pz\ntables: {tables}\n")
    patients = SpreadsheetSource(tmp_path / "map.yaml").read().table("patients").sort("patient_id")
    dead = [one is not None for one in patients["death"]]
    assert dict(zip(patients["patient_id"], dead, strict=True)) == {
        **dict.fromkeys(["K00", "K02", "K04", "K06", "K07"], True),
        **dict.fromkeys(["K01", "K03", "K05"], False),
    }


def test_a_status_of_something_else_gives_way_to_words_of_life_and_death(tmp_path):
    text = drafted(
        tmp_path,
        ["Pz", "Stato", "Esito attuale", "Ultima visita"],
        [1, "nubile", "viva", day(2018)],
        [2, "coniugata", "deceduta", day(2018)],
    )
    assert "only: {column: Esito attuale, is: [deceduta], is_not: [viva]}" in text


def test_years_of_two_digits_and_names_given_twice_are_said(tmp_path):
    text = drafted(
        tmp_path, ["Pz", "Data di nascita", "Note", "Note"], [1, "12/05/66", "a", "b"], [2, "13/06/71", "c", "d"]
    )
    assert "'Data di nascita': years of two digits are refused" in text
    assert "More than one column is called 'Note'" in text


def test_a_list_of_numbers_in_a_map_stands_for_each_in_turn(tmp_path):
    rows = [["Pz", "Visita", "I linea", "Inizio I", "II linea", "Inizio II"],
            ["a", day(2018), "trastuzumab", day(2015), "T-DM1", day(2016)]]  # fmt: skip
    write_workbook(tmp_path / "sheet.xlsx", {"S": rows})
    text = """\
version: 1
file: sheet.xlsx
patient: Pz
tables:
  patients: {last_contact: Visita}
  exposures:
    - {n: [I, II, III], drug: '{n} linea', start: 'Inizio {n}'}
"""
    (tmp_path / "map.yaml").write_text(text)
    exposures = SpreadsheetSource(tmp_path / "map.yaml").read().table("exposures")
    assert exposures.sort("start")["drug"].to_list() == ["trastuzumab", "trastuzumab emtansine"]
