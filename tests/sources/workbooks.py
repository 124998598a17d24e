"""Workbooks written by hand, cell by cell, so that the reader has a witness that is not itself."""

import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

Cell = str | int | float | date | None

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def write_workbook(
    path: Path,
    sheets: dict[str, Sequence[Sequence[Cell]]],
    merged: Sequence[str] = (),
    *,
    from_1904: bool = False,
) -> Path:
    """Write rows of cells as sheets of an .xlsx file; dates as a spreadsheet program stores them.

    `merged` are the merged cells of every sheet, such as A1:C1.
    """
    names = list(sheets)
    with zipfile.ZipFile(path, "w") as book:
        overrides = "".join(
            f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_KINDS}.worksheet+xml"/>'
            for number in range(1, len(names) + 1)
        )
        book.writestr(
            "[Content_Types].xml",
            f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_KINDS}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_KINDS}.styles+xml"/>{overrides}</Types>',
        )
        book.writestr("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        listed = "".join(
            f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>'
            for number, name in enumerate(names, 1)
        )
        book.writestr(
            "xl/workbook.xml",
            f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
            f'<workbookPr date1904="{int(from_1904)}"/><sheets>{listed}</sheets></workbook>',
        )
        parts = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(names) + 1)]
        book.writestr("xl/_rels/workbook.xml.rels", _relations([*parts, ("styles", "styles.xml")]))
        book.writestr("xl/styles.xml", _STYLES)
        for number, name in enumerate(names, 1):
            book.writestr(f"xl/worksheets/sheet{number}.xml", _sheet(sheets[name], merged))
    return path


def _relations(parts: list[tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(parts, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_RELS}">{lines}</Relationships>'


def _sheet(rows: Sequence[Sequence[Cell]], merged: Sequence[str]) -> str:
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{_letters(place)}{number}", cell) for place, cell in enumerate(row))
        lines.append(f'<row r="{number}">{cells}</row>' if cells else "")
    refs = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged)
    below = f'<mergeCells count="{len(merged)}">{refs}</mergeCells>' if refs else ""
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData>{below}</worksheet>'


def _letters(place: int) -> str:
    first, last = divmod(place, 26)
    return (chr(64 + first) if first else "") + chr(65 + last)


def _cell(address: str, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f'<c r="{address}" s="1"><v>{(cell - date(1899, 12, 30)).days}</v></c>'
    if isinstance(cell, str):
        return f'<c r="{address}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    return f'<c r="{address}"><v>{cell}</v></c>'
