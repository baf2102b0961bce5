"""What all tests may ask for. tests/conftest.py loads it, but not in the process that only hands tests to others: all
of Relay takes a second to import.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

from relay.config import Settings
from relay.context import Relay
from relay.media.toolbox import Toolbox
from relay.media.vault import Vault
from relay.store import Store
from tests.conftest import SHARED
from tests.databases import Databases
from tests.fakes.clock import FakeClock
from tests.fakes.fetcher import FakeFetcher
from tests.fakes.source import FakeSource

if TYPE_CHECKING:
    from tests.postgres import PostgresDatabases


@pytest.fixture(scope="session")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder, without a `.env`."""
    return tmp_path_factory.mktemp("nowhere")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, nowhere: Path) -> None:
    """A developer's own RELAY_ variables and `.env` change no test. Only who asks for a folder gets one: thousands of
    them take a fifth of the quick tests' time.
    """
    for name in [name for name in os.environ if name.startswith("RELAY_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else nowhere)


@pytest.fixture(autouse=True)
def _no_log_of_another_test() -> Iterator[None]:
    """A program that runs inside a test sends the log to that test's stderr, which is closed afterwards."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("database") / "relay.db"
    store = Store(f"sqlite:///{path}")
    store.upgrade(datetime(2023, 1, 1, tzinfo=UTC))
    store.close()
    return path


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Databases | PostgresDatabases:
    """SQLite, or PostgreSQL with `--on-postgres`."""
    if request.config.getoption("--on-postgres"):
        return request.getfixturevalue("on_postgres")
    return Databases(request.getfixturevalue("empty_database"))


@pytest.fixture(scope="session")
def on_postgres() -> Iterator[PostgresDatabases]:
    from tests import postgres

    if not postgres.is_there():
        pytest.skip(f"no PostgreSQL: neither {postgres.NAMED} nor its programs (apt-get install postgresql)")
    with postgres.server() as url:
        made = postgres.PostgresDatabases(url)
        yield made
        made.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@cache
def _plain_settings() -> Settings:
    return Settings(_env_file=None)  # type: ignore[call-arg]


@pytest.fixture
def settings(tmp_path: Path, _no_settings_from_outside: None) -> Settings:
    return _plain_settings().model_copy(update={"data_dir": tmp_path / "data"}, deep=True)


@pytest.fixture
def relay(settings: Settings, clock: FakeClock, databases: Databases | PostgresDatabases) -> Iterator[Relay]:
    """Real SQLite, real vault, real toolbox; the network and the downloader are fakes with verbs."""
    settings.data_dir.mkdir()
    with databases.opens(settings.data_dir / "relay.db") as store:
        yield Relay(
            settings=settings,
            store=store,
            sources={"vk": FakeSource()},
            fetcher=FakeFetcher(),
            media=Vault(settings.data_dir / "vault"),
            toolbox=Toolbox(),
            clock=clock,
            holder="test",
        )


@pytest.fixture(scope="session")
def object_store() -> Iterator[str]:
    """The address of a server that speaks S3."""
    from tests import s3

    with s3.server() as url:
        yield url


@pytest.fixture
def in_bucket(relay: Relay, object_store: str) -> Relay:
    """The same Relay with its files in an empty bucket."""
    from tests import s3

    return s3.in_bucket(relay, object_store, s3.new_bucket(object_store))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared material beside the project; tests that need it are skipped where it is not."""
    if not SHARED.is_dir():
        pytest.skip("the shared corpus is not beside the project")
    return SHARED
