"""A PostgreSQL for tests: the one that `TEST_POSTGRES` names, or one of their own where its programs are installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from pwd import getpwnam
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from relay.store import Store
from tests.databases import SECRET, forget_counts

NAMED = "TEST_POSTGRES"
"""Environment variable: address of a server on which databases may be made, like postgresql://user:password@host/db."""
HURRIED = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses=", "max_connections=60")
ANSWERS_WITHIN = 60.0


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`, of the newest version: Debian keeps them out of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def is_there() -> bool:
    return bool(os.environ.get(NAMED)) or programs() is not None


@contextmanager
def server() -> Iterator[URL]:
    """The address of a server with nothing in it that anybody would miss."""
    if named := os.environ.get(NAMED):
        yield make_url(named)
        return
    bin_folder = programs()
    assert bin_folder is not None, "asked for only where it is there"
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: the socket's whole path has at most 107 bytes
    try:
        with _started(bin_folder, folder) as url:
            yield url
    finally:
        shutil.rmtree(folder)


@contextmanager
def _started(bin_folder: Path, folder: Path) -> Iterator[URL]:
    """A server that is reached by a socket in its own folder. It refuses to run as root."""
    person: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        person = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    data = folder / "data"
    made = [bin_folder / "initdb", "-D", data, "-U", "relay", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
    subprocess.run(made, check=True, capture_output=True, cwd="/", **person)
    words = [word for setting in HURRIED for word in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            [bin_folder / "postgres", "-D", data, "-k", folder, *words], stdout=log, stderr=log, cwd="/", **person
        )
    try:
        url = URL.create("postgresql", username="relay", database="postgres", query={"host": str(folder)})
        _wait_for(url, running, folder / "log")
        yield url
    finally:
        running.send_signal(signal.SIGINT)  # "fast": whoever is still connected is sent away
        running.wait(60)


def _wait_for(url: URL, running: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + ANSWERS_WITHIN
    while True:
        engine = _bare(url)
        try:
            with engine.connect():
                return
        except OperationalError:
            assert running.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        finally:
            engine.dispose()


def _bare(url: URL) -> Engine:
    return create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=NullPool)


class PostgresDatabases:
    """As `tests.databases.Databases`: a database of its own for each test, copied from one that is empty."""

    def __init__(self, url: URL) -> None:
        self._server, self._engine_of_server = url, _bare(url)
        self._prefix, self._numbers = f"relay_{os.getpid()}", count(1)
        self.name = ""
        empty = self.url(f"{self._prefix}_empty")
        self.makes(f"{self._prefix}_empty", template="template1")
        store = Store(empty)
        store.upgrade(datetime(2023, 1, 1, tzinfo=UTC))
        store.close()
        self._engine = Store(empty).engine
        event.listen(self._engine, "do_connect", self._lead_to_the_test)

    def url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def makes(self, name: str, *, template: str) -> None:
        self._tell(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def removes(self, name: str) -> None:
        self._tell(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _tell(self, words: str) -> None:
        with self._engine_of_server.connect() as connection:
            connection.execute(text(words))

    @contextmanager
    def opens(self, _path: Path | None = None) -> Iterator[Store]:
        """An empty database until the test is over. One at a time; others may open a Store of their own at its url."""
        assert not self.name, f"{self.name} is still open"
        self.name = f"{self._prefix}_{next(self._numbers)}"
        self.makes(self.name, template=f"{self._prefix}_empty")
        store = Store(self.url(self.name), secret=lambda: SECRET)
        store.engine.dispose()
        store.engine = self._engine
        forget_counts(self._engine)
        try:
            yield store
        finally:
            store.close()
            for name in (self.name, f"{self.name}_kept"):
                self.removes(name)
            self.name = ""

    def keeps(self) -> None:
        """Whatever stands in the open database now can be put back."""
        self._engine.dispose()
        self.makes(f"{self.name}_kept", template=self.name)

    def puts_back(self) -> None:
        self._engine.dispose()
        forget_counts(self._engine)
        self.removes(self.name)
        self.makes(self.name, template=f"{self.name}_kept")

    def _lead_to_the_test(self, _dialect: object, _record: object, _words: object, named: dict[str, Any]) -> None:
        assert self.name, "the test that this database belonged to is over"
        named["dbname"] = self.name

    def close(self) -> None:
        self._engine.dispose()
        self.removes(f"{self._prefix}_empty")
        self._engine_of_server.dispose()
