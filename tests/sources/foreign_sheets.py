"""One invented cohort as six people in six languages would keep it, and what it says whoever writes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyreadstat

from .workbooks import Cell, write_workbook

HEIGHT = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One line of therapy of the cohort."""

    drugs: tuple[str, ...]
    start: date
    stop: date
    progressed: bool


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient of the cohort."""

    name: str
    birth: date
    primary: date
    metastatic: date
    organs: tuple[str, ...]
    er: bool
    lines: tuple[Line, ...]
    dead: bool
    last: date


def cohort() -> list[Patient]:
    """Return the patients, the same every time; all dates can be read in one order only."""
    random = np.random.default_rng(7)
    return [_patient(number, random) for number in range(1, HEIGHT + 1)]


def _patient(number: int, random: np.random.Generator) -> Patient:
    def some(low: int, high: int) -> timedelta:
        return timedelta(days=int(random.integers(low, high)))

    metastatic = date(2012, 1, 13) + some(0, 1500)
    start = metastatic + some(5, 40)
    stop = start + some(100, 600)
    partner = ("docetaxel", "paclitaxel", "vinorelbine")[number % 3]
    drugs = ("pertuzumab", "trastuzumab", partner) if number % 2 else ("trastuzumab", partner)
    first = Line(tuple(sorted(drugs)), start, stop, number % 5 != 0)
    second = stop + some(7, 40)
    end = second + some(60, 400)
    last = Line(("trastuzumab emtansine",), second, end, number % 7 != 0)
    lines = (first,) if number % 10 == 0 else (first, last)
    return Patient(
        f"P{number:03d}",
        date(1950, 1, 17) + some(0, 9000),
        metastatic - some(400, 2000),
        metastatic,
        (("liver", "lung"), ("bone",), ("brain", "bone"))[number % 3],
        number % 4 != 0,
        lines,
        number % 3 != 1,
        lines[-1].stop + some(30, 700),
    )


def exposures(patients: Sequence[Patient]) -> list[tuple[str, str, date, date]]:
    """Return every course: patient, drugs as the records write them, first and last day."""
    return sorted((one.name, " + ".join(line.drugs), line.start, line.stop) for one in patients for line in one.lines)


_NAMES = {
    "it": {"docetaxel": "Docetaxel", "vinorelbine": "vinorelbina", "trastuzumab emtansine": "T-DM1"},
    "de": {"trastuzumab": "Herceptin", "pertuzumab": "Perjeta", "trastuzumab emtansine": "Kadcyla"},
    "fr": {"docetaxel": "docétaxel", "trastuzumab emtansine": "trastuzumab emtansine (Kadcyla)"},
    "es": {"vinorelbine": "vinorelbina", "trastuzumab emtansine": "TDM1"},
}


def _drugs(line: Line, joiner: str, language: str = "") -> str:
    names = _NAMES.get(language, {})
    return joiner.join(names.get(drug, drug) for drug in line.drugs)


def _typed(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _in_lines(patient: Patient, columns: Callable[[Line], list[Cell]], width: int) -> list[Cell]:
    cells = [cell for line in patient.lines for cell in columns(line)]
    return [*cells, *[None] * (2 * width - len(cells))]


def italian(folder: Path) -> Path:
    """Write a wide text table: Roman numerals, semicolons, one column for the last contact and for death."""
    header = ["ID paziente", "Data di nascita", "RE", "HER2 IHC", "Data diagnosi metastasi", "Sedi metastasi"]
    for numeral in ("I", "II"):
        header += [f"{numeral} linea", f"Inizio {numeral} linea", f"Fine {numeral} linea", f"PD {numeral} linea"]
    header += ["Stato", "Data ultimo contatto / morte"]
    rows: list[list[Cell]] = []
    for one in cohort():
        told = {"liver": "fegato", "lung": "polmone", "bone": "ossa", "brain": "encefalo"}
        first = [one.name, _typed(one.birth), "pos" if one.er else "neg", "3+", _typed(one.metastatic)]
        lines = _in_lines(
            one,
            lambda line: [
                _drugs(line, " + ", "it"),
                _typed(line.start),
                _typed(line.stop),
                _typed(line.stop) if line.progressed else None,
            ],
            4,
        )
        last = ["deceduta" if one.dead else "viva", _typed(one.last)]
        rows.append([*first, ", ".join(told[organ] for organ in one.organs), *lines, *last])
    text = "\n".join(";".join(str(cell or "") for cell in row) for row in [header, *rows])
    (folder / "coorte.csv").write_text(text + "\n", encoding="utf-8-sig")
    return folder / "coorte.csv"


def german(folder: Path) -> Path:
    """Write a workbook with titles above the names, lines in compound words, and reasons."""
    header: list[Cell] = ["Pat.-Nr.", "Geburtsdatum", "Östrogenrezeptor", "HER2", "Erstdiagnose", "Fernmetastasen seit"]
    header += ["Metastasenlokalisation"]
    for word in ("Erst", "Zweit"):
        header += [f"{word}linientherapie", f"Beginn {word}linie", f"Ende {word}linie", f"Abbruchgrund {word}linie"]
        header += [f"Progress {word}linie"]
    header += ["Vitalstatus", "Letzter Kontakt"]
    told = {"liver": "Leber", "lung": "Lunge", "bone": "Knochen", "brain": "Gehirn"}
    rows: list[list[Cell]] = [["Kohorte Brustkrebs"], ["Stand Mai 2020"], header]
    for one in cohort():
        lines = _in_lines(
            one,
            lambda line: [
                _drugs(line, " / ", "de"),
                line.start,
                line.stop,
                "Progress" if line.progressed else "Toxizität",
                line.stop if line.progressed else None,
            ],
            5,
        )
        first = [one.name, one.birth, "positiv" if one.er else "negativ", "positiv", one.primary, one.metastatic]
        last = ["verstorben" if one.dead else "lebt", one.last]
        rows.append([*first, "; ".join(told[organ] for organ in one.organs), *lines, *last])
    return write_workbook(folder / "kohorte.xlsx", {"Tabelle1": rows})


def french(folder: Path) -> Path:
    """Write two sheets: treatments one per row first, then a row per patient."""
    drugs: list[list[Cell]] = [["N° dossier", "Protocole", "Début", "Fin", "Motif d'arrêt", "Date de progression"]]
    header: list[Cell] = ["N° dossier", "Date de naissance", "RE", "HER2", "Date diagnostic métastatique"]
    header += ["Sites métastatiques", "Décès (oui/non)", "Date des dernières nouvelles"]
    people = [header]
    told = {"liver": "foie", "lung": "poumon", "bone": "os", "brain": "cerveau"}
    for one in cohort():
        er, dead = "positif" if one.er else "négatif", "oui" if one.dead else "non"
        sites = ", ".join(told[organ] for organ in one.organs)
        people.append([one.name, one.birth, er, "3+", one.metastatic, sites, dead, one.last])
        for line in one.lines:
            reason, progressed = ("progression", line.stop) if line.progressed else ("toxicité", None)
            drugs.append([one.name, _drugs(line, " et ", "fr"), line.start, line.stop, reason, progressed])
    return write_workbook(folder / "base.xlsx", {"Traitements": drugs, "Patientes": people, "Notes": [["lire"]]})


def spanish(folder: Path) -> Path:
    """Write a wide workbook whose numbers stand beside the words of a course, with yes and no as letters."""
    header: list[Cell] = ["Caso", "Fecha nac.", "Sexo", "Receptor de estrógeno", "HER2", "Fecha metástasis"]
    header += ["Localización metastásica"]
    for number in (1, 2):
        header += [f"Esquema {number}", f"Fecha inicio {number}", f"Fecha fin {number}", f"Fecha progresión {number}"]
    header += ["Exitus", "Fecha último seguimiento"]
    told = {"liver": "hígado", "lung": "pulmón", "bone": "hueso", "brain": "cerebro"}
    rows: list[list[Cell]] = [header]
    for one in cohort():
        lines = _in_lines(
            one,
            lambda line: [_drugs(line, ", ", "es"), line.start, line.stop, line.stop if line.progressed else None],
            4,
        )
        first = [one.name, one.birth, "mujer", "positivo" if one.er else "negativo", "positivo", one.metastatic]
        last = ["S" if one.dead else "N", one.last]
        rows.append([*first, "; ".join(told[organ] for organ in one.organs), *lines, *last])
    return write_workbook(folder / "cohorte.xlsx", {"Hoja1": rows})


def portuguese(folder: Path) -> Path:
    """Write a file of SPSS with short names: months to progression, numbers for words."""
    names = ["PROCESSO", "DTNASC", "RE", "HER2", "DTMET"]
    names += [f"{name}{number}{end}" for number in (1, 2) for name, end in _SHORT]
    names += ["OBITO", "DTULTFU"]
    rows: list[list[Cell]] = []
    for one in cohort():
        lines = _in_lines(
            one,
            lambda line: [
                _drugs(line, "+", "es"),
                line.start,
                line.stop,
                (line.stop - line.start).days / 30.4375,
                int(line.progressed),
            ],
            5,
        )
        rows.append([one.name, one.birth, int(one.er), "3+", one.metastatic, *lines, int(one.dead), one.last])
    frame = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    pyreadstat.write_sav(frame, str(folder / "coorte.sav"))
    return folder / "coorte.sav"


_SHORT = (("TX", ""), ("TX", "_INI"), ("TX", "_FIM"), ("PFS", "_M"), ("PFS", "_EV"))


def japanese(folder: Path) -> Path:
    """Write a workbook with Japanese names; drugs and results in Latin letters."""
    header: list[Cell] = ["患者番号", "生年月日", "性別", "ER", "HER2", "初回診断日", "転移診断日"]
    for number in ("一", "二"):
        header += [f"{number}次治療", f"{number}次治療開始日", f"{number}次治療終了日", f"{number}次治療増悪日"]
    header += ["転帰", "最終確認日"]
    rows: list[list[Cell]] = [header]
    for one in cohort():
        lines = _in_lines(
            one,
            lambda line: [_drugs(line, "+"), line.start, line.stop, line.stop if line.progressed else None],
            4,
        )
        first = [one.name, one.birth, "女性", "陽性" if one.er else "陰性", "3+", one.primary, one.metastatic]
        rows.append([*first, *lines, "死亡" if one.dead else "生存", one.last])
    return write_workbook(folder / "症例.xlsx", {"Sheet1": rows})


SHEETS: dict[str, Callable[[Path], Path]] = {
    "italian": italian,
    "german": german,
    "french": french,
    "spanish": spanish,
    "portuguese": portuguese,
    "japanese": japanese,
}
