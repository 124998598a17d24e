"""The command line: the only place that prints."""

from sequela.cli.start import main

__all__ = ["main"]
