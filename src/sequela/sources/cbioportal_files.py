"""The files of a cBioPortal study: which of them hold patients, samples and timelines, and their rows as text."""

import codecs
import hashlib
import re
from pathlib import Path

import polars as pl

from sequela.errors import Problem, RecordsError
from sequela.frozen import frozen
from sequela.sources.cbioportal_entries import OWN
from sequela.sources.truncation import signs

PATIENT = "PATIENT_ID"
_NAMED = (
    (re.compile(r"timeline", re.I), "timeline"),
    (re.compile(r"clinical.*supp_survival_treatment", re.I), ""),
    (re.compile(r"clinical", re.I), "clinical"),
)
_DATATYPES = {
    "TIMELINE": "timeline",
    "PATIENT_ATTRIBUTES": "clinical",
    "SAMPLE_ATTRIBUTES": "clinical",
    "CLINICAL": "clinical",
}
_TEXT = (".txt", ".tsv")
_NO_TEXT = {
    b"\x1f\x8b": ("a gzip archive", "Unpack the file first."),
    b"PK\x03\x04": ("a zip archive or an Excel workbook", "Save it as text separated by tabs."),
    b"version https://git-lfs": (
        "a pointer of Git LFS, not the data",
        "Fetch the data: `git lfs pull` in the study's repository.",
    ),
}


@frozen
class StudyFile:
    """One table of a study as text.

    Attributes
    ----------
    name : str
        File name without its folder.
    role : str
        clinical or timeline.
    columns : tuple of str
        Headers in capitals, in the order of the file.
    described : dict of str to str
        What the lines that begin with `#` say of a column, joined.
    frame : DataFrame
        row (Int32, line of the file) and one String column per header; null where a cell is empty.
    refused : DataFrame
        row, patient_id, rule, found: rows that repeat another, are blank, or have other fields than the header.
    sha256 : str
    notices : tuple of (str, str)
        What is odd about the file as a whole, each with a remedy.
    """

    name: str
    role: str
    columns: tuple[str, ...]
    described: dict[str, str]
    frame: pl.DataFrame
    refused: pl.DataFrame
    sha256: str
    notices: tuple[tuple[str, str], ...]

    @property
    def rows_read(self) -> int:
        """Rows under the header."""
        return self.frame.height + self.refused.height

    @property
    def topic(self) -> str:
        """What the file is about: `treatment` of data_timeline_treatment.txt."""
        stem = Path(self.name).stem.lower()
        return re.sub(r"^(data_|meta_)?(clinical_|timeline_|bcr_)*", "", stem)


@frozen
class StudyFolder:
    """What lies in a study folder: the files to read with their roles, the others, and what the study is."""

    tables: tuple[tuple[Path, str], ...]
    others: tuple[str, ...]
    title: str
    citation: str


def find_files(folder: Path) -> StudyFolder:
    """Return the clinical files and timelines of a study folder.

    The `meta_*.txt` files say which file is what; a file they do not name is known by its own name.

    Raises
    ------
    RecordsError
        Where there is no folder, or no clinical file in it.
    """
    if not folder.is_dir():
        found = "is a file" if folder.exists() else "does not exist"
        remedy = "Give the folder that holds data_clinical_patient.txt."
        raise RecordsError(Problem(str(folder), f"the study folder {found}", "the folder of a study", remedy))
    paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "~$")))
    metas = [_meta(path) for path in paths if path.name.lower().startswith("meta_")]
    declared = {meta["data_filename"]: meta.get("datatype", "") for meta in metas if "data_filename" in meta}
    tables: list[tuple[Path, str]] = []
    others: list[tuple[Path, str]] = []
    for path in paths:
        if path.name.lower().startswith("meta_") or path.name in [
            OWN.format(n) for n in ("columns", "events", "words")
        ]:
            continue
        role = _role(path, declared.get(path.name))
        (tables if role else others).append((path, role))
    if not any(role == "clinical" for _, role in tables):
        found = "there is no clinical file in the study folder"
        raise RecordsError(Problem(str(folder), found, "data_clinical_patient.txt", "Check the path."))
    study = next((meta for meta in metas if "name" in meta), {})
    return StudyFolder(
        tuple(tables), tuple(path.name for path, _ in others), study.get("name", ""), study.get("citation", "")
    )


def _meta(path: Path) -> dict[str, str]:
    """Return the keys of a file of lines such as `datatype: TIMELINE`."""
    pairs = [line.partition(":") for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    return {key.strip().lower(): value.strip() for key, mark, value in pairs if mark}


def _role(path: Path, datatype: str | None) -> str:
    if path.suffix.lower() not in _TEXT:
        return ""
    if datatype is not None and datatype.upper() in _DATATYPES:
        return _DATATYPES[datatype.upper()]
    return next((role for pattern, role in _NAMED if pattern.search(path.stem)), "") if datatype is None else ""


def read_file(path: Path, role: str, missing: frozenset[str]) -> StudyFile:
    """Read one table: fields separated by tabs, without quotation marks, under lines that begin with `#`.

    `missing` are the cells, in small letters, that stand for nothing.

    Raises
    ------
    RecordsError
        Where the file is no text, is empty, or has no column PATIENT_ID.
    """
    data = path.read_bytes()
    text, notices = _decode(path.name, data)
    text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    described_by, header_line, under = _apart(text)
    above = len(described_by)
    header = _header(path.name, header_line, above)
    body = _lines(text[under:]).with_columns(row=pl.int_range(above + 2, above + 2 + pl.len(), dtype=pl.Int32))
    frame, refused = _cells(body, header, missing)
    notices += signs(body.height, ended=text.endswith("\n"))
    repeated = sorted({name for name in header if header.count(name) > 1 and name})
    notices += [(f"column {name} is given more than once; the first was read", "Rename it.") for name in repeated]
    described = _descriptions(described_by, header)
    digest = hashlib.sha256(data).hexdigest()
    columns = tuple(name for name in frame.columns if name != "row")
    return StudyFile(path.name, role, columns, described, frame, refused, digest, tuple(notices))


def _decode(name: str, data: bytes) -> tuple[str, list[tuple[str, str]]]:
    for mark, (what, remedy) in _NO_TEXT.items():
        if data.startswith(mark):
            raise RecordsError(Problem(name, f"the file is {what}", "a table of text", remedy))
    if not data.strip():
        raise RecordsError(Problem(name, "the file is empty", "a header row", "Delete the file, or export it again."))
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace"), []
    if b"\x00" in data:
        raise RecordsError(Problem(name, "the file is not text", "a table in UTF-8", "Export it again."))
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        # Latin-1 names every byte; what Windows-1252 has beyond it are signs, and no key is made of signs.
        odd = [("the file is not UTF-8; it was read as Latin-1", "Save it as UTF-8.")]
        return data.decode("latin-1"), odd


def _apart(text: str) -> tuple[list[str], str | None, int]:
    """Return the lines that begin with `#`, the header (None where there is none), and where the rows begin."""
    above: list[str] = []
    begin = 0
    while begin < len(text):
        end = text.find("\n", begin)
        end = len(text) if end < 0 else end
        line = text[begin:end]
        if not line.startswith("#"):
            return above, line, end + 1
        above.append(line)
        begin = end + 1
    return above, None, begin


def _lines(text: str) -> pl.DataFrame:
    """Return the lines of a text, empty ones included; what follows the last line end is a line if it is not empty."""
    if not text:
        return pl.DataFrame(schema={"line": pl.String})
    return pl.read_lines(text.encode(), name="line")


def _header(name: str, line: str | None, above: int) -> list[str]:
    cells = [_name(cell) for cell in line.split("\t")] if line is not None else []
    if PATIENT in cells:
        return cells
    found = f"the header has no column {PATIENT}" if line is not None else "the file has no header"
    expected = f"a header with {PATIENT}, separated by tabs"
    # The cells are not shown: a file without a header begins with a patient.
    raise RecordsError(Problem(f"{name}:{above + 1}", found, expected, "Write the header under the lines with #."))


def _name(cell: str) -> str:
    return "_".join(cell.strip().strip('"').upper().split())


def _descriptions(above: list[str], header: list[str]) -> dict[str, str]:
    rows = [line[1:].split("\t") for line in above]
    return {
        name: "; ".join(dict.fromkeys(row[place].strip() for row in rows[:2] if place < len(row)))
        for place, name in enumerate(header)
        if rows
    }


def _cells(body: pl.DataFrame, header: list[str], missing: frozenset[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows as columns, and the rows that cannot be taken or repeat an earlier one."""
    width = len(header)
    counted = _fields(body)
    if (counted["fields"] > width).any():
        # Cells beyond the header that are all empty are a habit of exporters, not data.
        kept = rf"^((?:[^\t]*\t){{{width - 1}}}[^\t]*)\t+\s*$"
        long = pl.col("fields") > width
        counted = _fields(
            counted.with_columns(pl.when(long).then(pl.col("line").str.replace(kept, "$1")).otherwise("line"))
        )
    blank = pl.col("line").str.strip_chars() == ""
    rule = (
        pl.when(blank)
        .then(pl.lit("blank_row"))
        .when(pl.col("fields") != width)
        .then(pl.lit("field_count"))
        .when(~pl.col("line").is_first_distinct())
        .then(pl.lit("duplicate_row"))
    )
    judged = counted.with_columns(rule=rule)
    whole = judged.filter(pl.col("rule").is_null())
    at = header.index(PATIENT)
    refused = judged.filter(pl.col("rule").is_not_null())
    patient = refused["line"].str.split("\t").list.get(at, null_on_oob=True).str.strip_chars()
    fields = pl.concat_str(pl.col("fields").cast(pl.String), pl.lit(" fields"))
    refused = refused.select(
        "row",
        patient_id=patient,
        rule="rule",
        found=pl.when(pl.col("rule") == "field_count").then(fields),
    )
    places = {name: header.index(name) for name in header if name}
    cells = _split(whole["line"], width)
    columns = [_cell(cells[str(place)], missing).alias(name) for name, place in places.items()]
    return whole.select("row").with_columns(columns), refused


def _fields(body: pl.DataFrame) -> pl.DataFrame:
    """Add how many fields each line has."""
    return body.with_columns(fields=pl.col("line").str.count_matches("\t", literal=True).cast(pl.Int32) + 1)


def _split(lines: pl.Series, width: int) -> pl.DataFrame:
    """Return lines of so many fields as columns "0", "1", …; null where a field is empty."""
    names = [str(place) for place in range(width)]
    if lines.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    text = lines.to_frame().write_csv(include_header=False, quote_style="never").encode()
    return pl.read_csv(text, separator="\t", quote_char=None, has_header=False, new_columns=names, infer_schema=False)


def _cell(column: pl.Series, missing: frozenset[str]) -> pl.Series:
    """Return cells without blanks and quotation marks around them; null where they stand for nothing."""
    texts = pl.DataFrame({"written": column.unique().drop_nulls()}).with_columns(
        text=pl.col("written").str.strip_chars()
    )
    texts = texts.with_columns(
        text=pl.when(pl.col("text").str.len_chars() >= 2)
        .then(pl.col("text").str.replace(r'^"(.*)"$', "$1"))
        .otherwise("text")
    )
    texts = texts.with_columns(text=pl.when(~pl.col("text").str.to_lowercase().is_in(list(missing))).then("text"))
    changed = texts.filter(pl.col("written").ne_missing(pl.col("text")))
    return column.replace(changed["written"], changed["text"]) if changed.height else column
