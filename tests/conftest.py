from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from relay.media.vault import Vault

from relay.config import Settings
from relay.context import Relay
from relay.media.toolbox import Toolbox
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.fakes.fetcher import FakeFetcher
from tests.fakes.source import FakeSource

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A developer's own RELAY_ variables and `.env` change no test."""
    import os

    for name in [name for name in os.environ if name.startswith("RELAY_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("database") / "relay.db"
    store = Store(f"sqlite:///{path}")
    store.upgrade(datetime(2023, 1, 1, tzinfo=UTC))
    store.close()
    return path


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path / "data")  # type: ignore[call-arg]


@pytest.fixture
def relay(settings: Settings, clock: FakeClock, empty_database: Path) -> Iterator[Relay]:
    """Real SQLite, real vault, real toolbox; the network and the downloader are fakes with verbs."""
    settings.data_dir.mkdir()
    shutil.copy(empty_database, settings.data_dir / "relay.db")
    store = Store(settings.db_url)
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
    store.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared material beside the project; tests that need it are skipped where it is not."""
    if not SHARED.is_dir():
        pytest.skip("the shared corpus is not beside the project")
    return SHARED
