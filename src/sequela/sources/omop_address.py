"""Where an OMOP database is: a DuckDB file or a PostgreSQL server, as one line of text.

::

    hospital.duckdb
    duckdb:hospital.duckdb?schema=cdm
    postgresql://reader@db.example/registry?schema=cdm&vocabulary=vocab

A password is best kept out of the line (`PGPASSWORD`, `~/.pgpass`); no message ever repeats
the user or the password.
"""

from collections.abc import Mapping
from dataclasses import field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from sequela.errors import Problem, UsageError
from sequela.frozen import frozen

OPTIONS = {
    "schema": "the schema of the tables",
    "vocabulary": "the schema of concept and concept_ancestor, where it is another one",
    "patients": "how patients are named: person_id or person_source_value",
    "concepts": "a file of further concepts, with the columns of concepts.csv",
}
"""What may follow the question mark, for both engines."""

SERVER_OPTIONS = (
    "host",
    "port",
    "user",
    "password",
    "service",
    "passfile",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
)
"""What may follow the question mark for PostgreSQL only, as libpq names it."""

NAMED_BY = ("person_id", "person_source_value")
_EXPECTED = "the path of a DuckDB file, or postgresql://user@host/database?schema=cdm"
_HERE = "connection"


@frozen
class Address:
    """A database, taken apart.

    Attributes
    ----------
    engine : str
        "duckdb" or "postgres".
    shown : str
        What messages say: file name, or host and database; never a user or a password.
    arguments : mapping
        What the engine needs to connect.
    schema, vocabulary : str
        Schemas of the tables and of the vocabulary; empty for the engine's default.
    patients : str
        "person_id", "person_source_value", or empty where nothing was asked for.
    concepts : str
        Path of a file of further concepts; may be empty.
    """

    engine: Literal["duckdb", "postgres"]
    shown: str
    arguments: Mapping[str, Any] = field(repr=False)
    schema: str = ""
    vocabulary: str = ""
    patients: str = ""
    concepts: str = ""


def parse_address(text: str) -> Address:
    """Take a connection text apart.

    Raises
    ------
    UsageError
        Where it names neither a DuckDB file nor a PostgreSQL server, or an option nobody knows.
    """
    scheme, colon, rest = text.strip().partition(":")
    if not text.strip():
        raise UsageError(Problem(_HERE, "the text is empty", _EXPECTED))
    if colon and scheme.lower() in ("postgresql", "postgres"):
        return _server(text.strip())
    if colon and scheme.lower() == "duckdb":
        path, _, query = rest.removeprefix("//").partition("?")
        return _file(path, dict(parse_qsl(query, keep_blank_values=True)))
    if "://" in text:
        raise UsageError(Problem(_HERE, f"{scheme}:// is no database that can be read here", _EXPECTED))
    return _file(text.strip(), {})


def _file(path: str, query: dict[str, str]) -> Address:
    _check(query, tuple(OPTIONS))
    if not path:
        raise UsageError(Problem(_HERE, "the path of the file is missing", _EXPECTED))
    return Address("duckdb", Path(path).name, {"database": Path(path)}, **_options(query))


def _server(text: str) -> Address:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise UsageError(Problem(_HERE, "the text cannot be taken apart", _EXPECTED)) from None
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    _check(query, (*OPTIONS, *SERVER_OPTIONS))
    arguments: dict[str, Any] = {name: query[name] for name in SERVER_OPTIONS if name in query}
    given = {"host": parts.hostname, "port": port, "user": parts.username, "password": parts.password}
    arguments |= {name: unquote(value) if isinstance(value, str) else value for name, value in given.items() if value}
    if not str(arguments.get("port", 5432)).isdecimal():
        raise UsageError(Problem(_HERE, "the port is not a number", _EXPECTED))
    arguments["port"] = int(arguments.get("port", 5432))
    database = unquote(parts.path.strip("/"))
    if not database and "service" not in arguments:
        raise UsageError(Problem(_HERE, "the name of the database is missing", _EXPECTED))
    arguments["database"] = database or None
    shown = f"{arguments.get('host', 'localhost')}/{database}"
    return Address("postgres", shown, arguments, **_options(query))


def _options(query: Mapping[str, str]) -> dict[str, str]:
    return {name: query[name] for name in OPTIONS if name in query}


def _check(query: Mapping[str, str], known: tuple[str, ...]) -> None:
    problems = []
    for name in query:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            remedy = f"Did you mean {near[0]}?" if near else "Remove it."
            problems.append(Problem(_HERE, f"option {name!r} is not known", "one of: " + ", ".join(OPTIONS), remedy))
    named_by = query.get("patients", "")
    if named_by and named_by not in NAMED_BY:
        problems.append(Problem(_HERE, f"patients={named_by}", "one of: " + ", ".join(NAMED_BY)))
    if problems:
        raise UsageError(problems)
