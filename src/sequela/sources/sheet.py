"""A file as rows of text, block by block, before anything is known about its columns."""

from collections.abc import Callable, Iterator

import polars as pl

from sequela.frozen import frozen

RAGGED_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row": pl.Int32,
    "fields": pl.Int32,
    "cells": pl.List(pl.String),
}


@frozen
class Block:
    """Some successive rows of a file.

    Attributes
    ----------
    frame : DataFrame
        Columns "0", "1", … (String) in the order of the header, and `row` (Int32).
    ragged : DataFrame
        row (Int32), fields (Int32), and `cells` (list of String): rows of another length.
    """

    frame: pl.DataFrame
    ragged: pl.DataFrame


@frozen
class Sheet:
    """A file as rows of text.

    Attributes
    ----------
    header : tuple of str
    frame : DataFrame
        Columns "0", "1", … (String) in the order of the header, and `row` (Int32).
    ragged : DataFrame
        row (Int32), fields (Int32), and `cells` (list of String): rows of another length.
    sha256 : str
    notices : tuple of (str, str)
        What is odd about the file as a whole, each with a remedy.
    ended : bool
        Whether the last line has a line end.
    """

    header: tuple[str, ...]
    frame: pl.DataFrame
    ragged: pl.DataFrame
    sha256: str
    notices: tuple[tuple[str, str], ...] = ()
    ended: bool = True


@frozen
class OpenSheet:
    """A file whose header is known and whose rows can be asked for.

    Attributes
    ----------
    header : tuple of str
    sha256 : str
    blocks : callable
        Reads the file and yields its rows in order, some megabytes at a time. Raises `RecordsError`
        where rows cannot be told apart.
    notices : tuple of (str, str)
        What is odd about the file as a whole, each with a remedy.
    ended : bool
        Whether the last line has a line end.
    """

    header: tuple[str, ...]
    sha256: str
    blocks: Callable[[], Iterator[Block]]
    notices: tuple[tuple[str, str], ...] = ()
    ended: bool = True

    def whole(self) -> Sheet:
        """Return the file with all its rows."""
        types = {**{str(place): pl.String for place in range(len(self.header))}, "row": pl.Int32}
        blocks = [Block(pl.DataFrame(schema=types), pl.DataFrame(schema=RAGGED_SCHEMA)), *self.blocks()]
        frame = pl.concat([block.frame for block in blocks])
        ragged = pl.concat([block.ragged for block in blocks])
        return Sheet(self.header, frame, ragged, self.sha256, self.notices, self.ended)
