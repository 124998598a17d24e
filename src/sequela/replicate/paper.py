"""A paper as data: what it is, what it printed, and what its patients were written from.

A folder of `papers/` holds `paper.yaml` (title, citation), `rows.yaml` (what was printed and
how it is computed), `records/`, and either `study.yaml` (a question to run) or `facts.yaml`
(each sentence a case report was transcribed from).
"""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from sequela.errors import Problem, StudyError
from sequela.frozen import frozen
from sequela.records.plain_yaml import plain_yaml

PAPERS = Path(__file__).parent / "papers"
MAIN_STUDY = "study"


@frozen
class PrintedCurves:
    """A figure of curves that the paper printed, drawn again from the records of its main study.

    Attributes
    ----------
    name, title : str
    endpoint, start : str
        Endpoint profile, and the moment from which its time runs, whatever the study's time zero is.
    """

    name: str
    title: str
    endpoint: str
    start: str


@frozen
class Claim:
    """One printed text and how it is computed.

    Attributes
    ----------
    printed : str
        As printed.
    computation : str
        Name in `computations.COMPUTATIONS`.
    given : Any
        What the computation is given.
    expects : str
        The text that counts as agreement, where it is not the printed one.
    form : str
        How computed values are put into words; empty where the printed text is the form.
    of : str
        Printed count and denominator, `11/18`, of a printed percentage.
    """

    printed: str
    computation: str
    given: Any
    expects: str = ""
    form: str = ""
    of: str = ""


@frozen
class PaperVerdict:
    """What the patients of a paper can and cannot tell, in sentences whose numbers are computed.

    Attributes
    ----------
    sentences : tuple of str
        The answer first; `{name[0]:.2f}` stands for the first value of the computation called so.
    numbers : mapping of str to Claim
    """

    sentences: tuple[str, ...] = ()
    numbers: Mapping[str, Claim] = field(default_factory=dict)


@frozen
class Paper:
    """A paper that is replicated.

    Attributes
    ----------
    name : str
        Its folder.
    title, citation : str
    doi : str
        Empty where it could not be confirmed.
    kind : str
        Kind of the records: transcribed or reconstructed.
    computed, not_computed : str
        What follows from the records, and what does not.
    folder : Path
    curves : tuple of PrintedCurves
    verdict : PaperVerdict
        Without sentences where nobody wrote one.
    """

    name: str
    title: str
    citation: str
    doi: str
    kind: str
    computed: str
    not_computed: str
    folder: Path
    curves: tuple[PrintedCurves, ...] = ()
    verdict: PaperVerdict = PaperVerdict()

    @property
    def study(self) -> Path | None:
        """The main study file, for a paper that asks a question of a cohort."""
        return self.studies.get(MAIN_STUDY)

    @property
    def studies(self) -> Mapping[str, Path]:
        """Every study file by name: `study.yaml` is the main one, `study-sequences.yaml` is called `sequences`."""
        files = sorted(self.folder.glob("study*.yaml"), key=lambda path: (path.name != "study.yaml", path.name))
        return {path.stem.removeprefix("study-"): path for path in files}


@frozen
class PrintedRow:
    """One row of the replication table before anything is computed.

    Attributes
    ----------
    id, where, quantity : str
        Identifier, place in the paper, and what it is.
    claim : Claim
    also : tuple of Claim
        Further printed numbers the verdict rests on.
    checks : tuple of Claim
        Arithmetic on the printed numbers; a failure means that the paper contradicts itself.
    remarks : tuple of Claim
        Arithmetic that explains and decides nothing.
    """

    id: str
    where: str
    quantity: str
    claim: Claim
    also: tuple[Claim, ...] = ()
    checks: tuple[Claim, ...] = ()
    remarks: tuple[Claim, ...] = ()


@frozen
class Fact:
    """One thing a case report says, and the rows it became.

    Attributes
    ----------
    id, patient, says : str
    quote : str
        The printed words.
    rows : tuple of str
        `exposures:3`, as a spreadsheet numbers it.
    approximate : str
        What was converted or assumed; empty where nothing was.
    judgement : str
        What was decided and why; empty where nothing was.
    """

    id: str
    patient: str
    says: str
    quote: str
    rows: tuple[str, ...]
    approximate: str = ""
    judgement: str = ""


def _read(path: Path) -> Any:
    return plain_yaml(path.read_text(encoding="utf-8"))


def load_paper(folder: Path) -> Paper:
    """Read `paper.yaml` of a folder."""
    given = _read(folder / "paper.yaml")
    words = {name: (given[name] or "").strip() for name in ("title", "citation", "doi", "computed", "not_computed")}
    curves = tuple(
        PrintedCurves(item["name"], item["title"], item["endpoint"], item["from"]) for item in given.get("curves", [])
    )
    verdict = _verdict(given.get("verdict") or {}, f"{folder.name}/paper.yaml verdict")
    return Paper(name=folder.name, kind=given["kind"], folder=folder, curves=curves, verdict=verdict, **words)


def _verdict(given: Mapping[str, Any], where: str) -> PaperVerdict:
    """Read the verdict; a number names its computation as a row does."""
    numbers = {}
    for name, entry in given.get("numbers", {}).items():
        if len(entry) != 1:
            raise StudyError(Problem(where, f"{name} names {len(entry)} computations", "one"))
        ((computation, asked),) = entry.items()
        numbers[name] = Claim("", computation, asked)
    return PaperVerdict(tuple(" ".join(text.split()) for text in given.get("sentences", ())), numbers)


def load_rows(folder: Path, computations: Mapping[str, object]) -> tuple[PrintedRow, ...]:
    """Read `rows.yaml` of a folder.

    Raises
    ------
    StudyError
        For every row that names no computation, or two, or carries an unknown key; all at once.
    """
    problems: list[Problem] = []
    rows = []
    for entry in _read(folder / "rows.yaml"):
        where = f"{folder.name}/rows.yaml {entry.get('id', '?')}"
        try:
            rows.append(_row(dict(entry), computations))
        except (KeyError, ValueError) as problem:
            problems.append(Problem(where, f"cannot be read: {problem}", "one computation and the printed text"))
    repeated = sorted({row.id for row in rows if sum(other.id == row.id for other in rows) > 1})
    problems += [Problem(f"{folder.name}/rows.yaml {name}", "stands there more than once") for name in repeated]
    if problems:
        raise StudyError(problems)
    return tuple(rows)


def _row(entry: dict[str, Any], computations: Mapping[str, object]) -> PrintedRow:
    name, where, quantity = (str(entry.pop(key)) for key in ("id", "where", "quantity"))
    parts = [entry.pop(key, None) or [] for key in ("also", "checks", "remarks")]
    also, checks, remarks = (tuple(_claim(dict(part), computations) for part in given) for given in parts)
    return PrintedRow(name, where, quantity, _claim(entry, computations), also, checks, remarks)


def _claim(entry: dict[str, Any], computations: Mapping[str, object]) -> Claim:
    words = {"printed": str(entry.pop("printed", ""))}
    words |= {field: str(entry.pop(key, "")) for key, field in (("expects", "expects"), ("as", "form"), ("of", "of"))}
    if len(entry) != 1:
        raise ValueError(f"keys {', '.join(entry) or 'none'}")
    ((computation, given),) = entry.items()
    if computation not in computations:
        raise ValueError(f"unknown computation {computation!r}")
    return Claim(computation=computation, given=given, **words)


def load_facts(folder: Path) -> tuple[Fact, ...]:
    """Read `facts.yaml` of a folder; empty where the records were not transcribed from sentences."""
    path = folder / "facts.yaml"
    if not path.exists():
        return ()
    return tuple(Fact(**{name: _tuple(value) for name, value in entry.items()}) for entry in _read(path)["facts"])


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
