"""A PostgreSQL server of the tests' own: a temporary folder, a Unix socket, no network."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

LOCKED, PASSWORD = "locked", "correct-horse"


def binaries() -> Path | None:
    """Return the folder of initdb and postgres, the newest where there are several."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).parent if elsewhere else None


def why_not() -> str:
    """Return why no server can be started; empty where one can."""
    if binaries() is None:
        return "no PostgreSQL server is installed (initdb is not found)"
    if os.geteuid() == 0 and _other_user() is None:
        return "PostgreSQL refuses to run as root, and there is no other user to run it as"
    return ""


def _other_user() -> pwd.struct_passwd | None:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known.get("nobody")


@contextmanager
def server() -> Iterator[str]:
    """Run a server; yields a connection text up to the database: `postgresql:///{}?host=…&user=tests`."""
    folder = Path(tempfile.mkdtemp(prefix="sequela-pg-"))
    user = _other_user() if os.geteuid() == 0 else None
    rights = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    tools, data = binaries(), folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **rights}
    made = [tools / "initdb", "-D", data, "-A", "trust", "-U", "tests", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(made, check=True, **quiet)
    (data / "pg_hba.conf").write_text(f"local all {LOCKED} scram-sha-256\nlocal all all trust\n")
    command = [tools / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"]
    running = subprocess.Popen(command, **quiet)
    try:
        _wait(folder, running)
        yield f"postgresql:///{{}}?host={quote(str(folder), safe='')}&user=tests"
    finally:
        running.send_signal(signal.SIGQUIT)  # at once: nothing here is worth keeping
        running.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(folder: Path, running: subprocess.Popen) -> None:
    import psycopg

    for _ in range(300):
        assert running.poll() is None, "the server stopped at once"
        try:
            with psycopg.connect(host=str(folder), user="tests", dbname="postgres", autocommit=True) as connection:
                connection.execute(f"CREATE ROLE {LOCKED} LOGIN PASSWORD '{PASSWORD}'")
                return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer within 30 seconds")
