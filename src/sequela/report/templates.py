"""The templates of pages: each compiled once, and kept where Python keeps the byte code of modules."""

import os
import sys
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined, Template
from jinja2.bccache import Bucket

from sequela.report.manifest import versions


class ByteCode(BytecodeCache):
    """Compiled templates beside the byte code of this module, found by the template's text and the compiler's version.

    As with modules, nothing is written where Python writes no byte code, and a folder that cannot be written is no
    fault.
    """

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket where the template was compiled before."""
        try:
            with _place(bucket).open("rb") as stream:
                bucket.load_bytecode(stream)
        except OSError:
            return

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template; another process sees all of it or none."""
        if sys.dont_write_bytecode:
            return
        place = _place(bucket)
        unfinished = place.with_suffix(f".{os.getpid()}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(bucket.bytecode_to_string())
            unfinished.replace(place)
        except OSError:
            with suppress(OSError):
                unfinished.unlink()


def template(name: str) -> Template:
    """Return a template of this folder; what it does not know stops it, and text is escaped."""
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    """Return where templates are compiled, each once in a process."""
    return Environment(
        loader=PackageLoader("sequela", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=ByteCode(),
    )


def _place(bucket: Bucket) -> Path:
    return Path(cache_from_source(__file__)).with_name(f"{bucket.key}-{versions()['Jinja2']}.template")
