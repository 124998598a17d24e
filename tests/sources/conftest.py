"""Engines for OMOP databases: DuckDB in a file, PostgreSQL on a server of the tests' own."""

import pytest

from .omop_databases import Engine
from .postgres_server import server, why_not


@pytest.fixture(scope="session")
def postgres_text():
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with server() as text:
        yield text


@pytest.fixture
def duck(tmp_path):
    return Engine("duckdb", tmp_path)


@pytest.fixture
def postgres(tmp_path, postgres_text):
    return Engine("postgres", tmp_path, postgres_text)


@pytest.fixture(params=["duckdb", "postgres"])
def engine(request):
    return request.getfixturevalue("duck" if request.param == "duckdb" else "postgres")
