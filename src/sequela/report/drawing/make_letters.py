"""Writes the tables of letters: `python -m sequela.report.drawing.make_letters`.

Outlines and widths are taken from DejaVu Sans, which comes with matplotlib; its licence allows it and stands beside.
A line of a table holds the code of a character, its width, its outline as an SVG path (2048 to the size of the font, y
downwards) and the letters before which it moves closer or further.
"""

import shutil
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FILES = {"letters-regular.txt": "DejaVuSans.ttf", "letters-bold.txt": "DejaVuSans-Bold.ttf"}
RANGES = (
    *((0x20, 0x7E), (0xA0, 0x17F), (0x218, 0x21B), (0x2C6, 0x2DD), (0x384, 0x3CE), (0x3D1, 0x3D6)),
    *((0x400, 0x45F), (0x490, 0x493), (0x2010, 0x2027), (0x2030, 0x203A), (0x2044, 0x2044), (0x2070, 0x208E)),
    *((0x20AC, 0x20AC), (0x2103, 0x2103), (0x2116, 0x2116), (0x2122, 0x2122), (0x2150, 0x215E), (0x2190, 0x2195)),
    *((0x21D0, 0x21D4), (0x2202, 0x2202), (0x2206, 0x2206), (0x2208, 0x2209), (0x220F, 0x2213), (0x2219, 0x221E)),
    *((0x2227, 0x222B), (0x2248, 0x2248), (0x2260, 0x2265), (0x22C5, 0x22C5), (0x25A0, 0x25A1), (0x25B2, 0x25B7)),
    *((0x25BC, 0x25BD), (0x25C6, 0x25CF), (0x2713, 0x2718)),
)
HEAD = """\
# Outlines of letters from {font} {version}, made by make_letters.py. Licence: LICENSE_DEJAVU.txt.
# Code, width, outline (SVG path, 2048 units to the size, y downwards), distances before other letters.
"""


def main() -> None:
    """Write both tables and the licence beside this file."""
    from matplotlib import get_data_path  # noqa: PLC0415 (only this script and the PDF need it)

    fonts = Path(get_data_path()) / "fonts" / "ttf"
    for name, font in FILES.items():
        (HERE / name).write_text(table(fonts / font), encoding="utf-8")
    shutil.copyfile(fonts / "LICENSE_DEJAVU", HERE / "LICENSE_DEJAVU.txt")


def table(path: Path) -> str:
    """Return the table of one font file."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415 (see above)

    font = TTFont(path)
    known = font.getBestCmap()
    wanted = {known[code]: code for low, high in RANGES for code in range(low, high + 1) if code in known}
    head = HEAD.format(font=font["name"].getDebugName(4), version=font["name"].getDebugName(5))
    codes = [code for low, high in RANGES for code in range(low, high + 1) if code in known]
    closer = _distances(font, wanted)
    rows = [_row(font, code, known[code], closer.get(known[code], [])) for code in codes]
    return head + "".join(rows)


def _row(font: Any, code: int, glyph: str, closer: list[str]) -> str:
    from fontTools.pens.svgPathPen import SVGPathPen  # noqa: PLC0415 (see above)
    from fontTools.pens.transformPen import TransformPen  # noqa: PLC0415 (see above)

    glyphs = font.getGlyphSet()
    pen = SVGPathPen(glyphs, ntos=lambda number: str(round(number)))
    glyphs[glyph].draw(TransformPen(pen, (1, 0, 0, -1, 0, 0)))
    return f"{code:04X}\t{font['hmtx'][glyph][0]}\t{pen.getCommands()}\t{' '.join(closer)}\n"


def _distances(font: Any, wanted: dict[str, int]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in font["kern"].kernTables:
        for (left, right), moved in sorted(each.kernTable.items()):
            if left in wanted and right in wanted and moved:
                found.setdefault(left, []).append(f"{wanted[right]:X}{moved:+d}")
    return found


if __name__ == "__main__":
    main()
