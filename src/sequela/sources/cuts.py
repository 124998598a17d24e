"""Files cut into parts of whole patients, so that a folder is judged in the memory of one part.

Each file is read once, a block at a time, and each row is laid to the part of its patient. Where there
is one part only the rows stay in memory; else they wait on disk, in a folder that is deleted afterwards.
"""

from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

import polars as pl

from sequela.errors import Problem, RecordsError
from sequela.frozen import frozen
from sequela.records.cells import clean
from sequela.records.partitions import edges_of
from sequela.records.reading import REFUSED_SCHEMA, Reading
from sequela.sources.table_file import TableFile

Piece = pl.DataFrame | Path


@frozen
class CutTable:
    """The rows of a file, by part.

    Attributes
    ----------
    file : TableFile
    rows : dict of int to list
        The pieces of each part that has any, in the order of the file: frames, or files that hold them.
    refused : dict of int to list of DataFrame
        The rows of each part that were refused already.
    notices : DataFrame
        What is odd about the file as a whole.
    """

    file: TableFile
    rows: dict[int, list[Piece]] = field(default_factory=dict)
    refused: dict[int, list[pl.DataFrame]] = field(default_factory=dict)
    notices: pl.DataFrame = field(default_factory=pl.DataFrame)

    def reading(self, part: int) -> Reading:
        """Return the rows of one part, ready to be judged; the notices on the file stand in part 0."""
        table, given = self.file.table, self.file.given
        none = pl.DataFrame(schema={"row": pl.Int32, **dict.fromkeys(given, pl.String)})
        pieces = [_load(piece) for piece in self.rows.get(part, [])]
        absent = [pl.lit(None, pl.String).alias(name) for name in table.names if name not in given]
        frame = pl.concat([none, *pieces]).with_columns(absent).select("row", *table.names)
        refused = pl.concat([pl.DataFrame(schema=REFUSED_SCHEMA), *self.refused.get(part, [])])
        return Reading(
            table=table,
            file=self.file.name,
            sha256=self.file.sheet.sha256,
            rows_read=frame.height + refused.height,
            frame=frame,
            refused=refused,
            notices=self.notices if part == 0 else self.notices.clear(),
        )


def find_edges(patients: TableFile) -> pl.Series:
    """Return the first identifier of every part but the first; none where one part holds all patients.

    Raises
    ------
    RecordsError
        Where the rows of the file cannot be told apart.
    """
    names = [_names(patients.reading(block).frame) for block in patients.sheet.blocks()]
    return edges_of(pl.concat([pl.Series("patient_id", [], pl.String), *names]).drop_nulls())


def _names(frame: pl.DataFrame) -> pl.Series:
    """Return the patient of each row as it will be judged."""
    return clean(frame.select("patient_id"), ("patient_id",)).to_series()


def cut_table(file: TableFile, edges: pl.Series, place: Path | None) -> CutTable:
    """Read a file and lay each row to the part of its patient; rows without one to part 0.

    `place` is the folder where rows wait; None keeps them in memory.

    Raises
    ------
    RecordsError
        Where the rows of the file cannot be told apart, or the folder cannot hold them.
    """
    rows: dict[int, list[Piece]] = {}
    refused: dict[int, list[pl.DataFrame]] = {}
    read, filled = 0, set[int]()
    for number, block in enumerate(file.sheet.blocks()):
        reading = file.reading(block)
        read += reading.rows_read
        filled.update(file.filled(block))
        for part, frame in _apart(reading.frame, edges):
            path = None if place is None else place / f"{file.table.name}-{part}-{number}.parquet"
            rows.setdefault(part, []).append(_laid(frame, path))
        for part, frame in _apart(reading.refused, edges):
            refused.setdefault(part, []).append(frame)
    return CutTable(file, rows, refused, file.notices(read, filled))


def _apart(frame: pl.DataFrame, edges: pl.Series) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield the number of each part and its rows, in their order."""
    if edges.is_empty():
        yield 0, frame
        return
    parts = frame.with_columns(edges.search_sorted(_names(frame).fill_null(""), "right").alias(".part"))
    for (part,), rows in parts.partition_by(".part", as_dict=True, include_key=False).items():
        yield int(part), rows


def _laid(frame: pl.DataFrame, path: Path | None) -> Piece:
    if path is None:
        return frame
    try:
        frame.write_parquet(path, compression="uncompressed", statistics=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        found = "the folder for temporary files cannot hold the rows while they are sorted by patient"
        remedy = "Make room, or name another folder in the environment variable TMPDIR."
        raise RecordsError(Problem(str(path.parent.parent), found, "room for the records, once", remedy)) from error
    return path


def _load(piece: Piece) -> pl.DataFrame:
    return pl.read_parquet(piece, glob=False) if isinstance(piece, Path) else piece
