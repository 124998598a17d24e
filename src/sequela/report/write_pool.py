"""Writes a pool as files: the forest plot and the tables."""

from pathlib import Path

from sequela.errors import Problem, UsageError
from sequela.evidence.synthesis import Synthesis
from sequela.report.display_table import BYTE_ORDER_MARK, to_csv
from sequela.report.drawing.pdf import pdf_bytes
from sequela.report.drawing.svg import svg_bytes
from sequela.report.figures.forest import forest_figure
from sequela.report.own_study import OwnStudy
from sequela.report.pool_tables import PUBLISHED, left_out_table, sensitivity_table, study_table


def write_pool(synthesis: Synthesis, folder: Path, own: OwnStudy | None = None, pdf: bool = False) -> tuple[Path, ...]:
    """Write `forest.svg` and the tables as CSV, and return their paths; same pool, same bytes.

    Where `pdf` asks for it, `forest.pdf` stands beside them.

    Raises
    ------
    UsageError
        Where the folder cannot be written.
    """
    tables = (study_table(synthesis, own), sensitivity_table(synthesis), left_out_table(synthesis))
    figure = forest_figure(synthesis, own)
    files = {"forest.svg": svg_bytes(figure)} | ({"forest.pdf": pdf_bytes(figure)} if pdf else {})
    files |= {f"{table.name}.csv": (BYTE_ORDER_MARK + to_csv(table, PUBLISHED)).encode() for table in tables}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        found = f"cannot be written ({error.strerror})"
        raise UsageError(Problem(folder.name, found, "a folder you may write to")) from error
    return tuple(folder / name for name in files)
