"""The command line: the only place that prints."""

import atexit
import gc
import os
import sys

# Our matrices are tall and narrow: threads of linear algebra wait for one another longer than they work, and the order
# of their sums, and so the last digit, would depend on the machine. Read once, when numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

OBJECTS_BETWEEN_SEARCHES = 300_000
"""New objects after which Python looks for unreachable ones; at its own 700 a tenth of a small study goes there."""


def main() -> None:
    """Run the command line as a process of its own, and end it without taking its memory apart.

    The system takes back all memory of a process at once; Python frees objects one by one, which takes an eighth of a
    small study. What is printed is written out first and functions registered for the end are called. A traceback, a
    full disk and other ends than an exit code go Python's way.
    """
    gc.set_threshold(OBJECTS_BETWEEN_SEARCHES)
    from sequela.cli import start  # noqa: PLC0415 (what is imported makes most of the objects)

    try:
        start.main()
    except SystemExit as end:
        if isinstance(end.code, int) and _written_out():
            atexit._run_exitfuncs()
            os._exit(end.code)
        raise


def _written_out() -> bool:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        return True
    except OSError:
        return False
    return True
