"""The command line: the only place that prints."""

import os

# Our matrices are tall and narrow: threads of linear algebra wait for one another longer than they work, and the order
# of their sums, and so the last digit, would depend on the machine. Read once, when numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from sequela.cli.start import main

__all__ = ["main"]
