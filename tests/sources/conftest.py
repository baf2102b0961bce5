from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from relay.config import Settings
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources.vk.source import VkSource
from relay.store import Store
from tests.databases import Databases
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2023, 1, 12, 9, 0, tzinfo=UTC))


@pytest.fixture
def store(tmp_path: Path, databases: Databases) -> Iterator[Store]:
    with databases.opens(tmp_path / "relay.db") as store:
        yield store


@pytest.fixture(scope="session")
def stage() -> Iterator[Sandbox]:
    """One server for many networks: it shows whichever plays now."""
    with Sandbox(Network()) as sandbox:
        yield sandbox


@pytest.fixture
def network(stage: Sandbox, clock: FakeClock) -> Network:
    network = Network(clock)
    stage.shows(network)
    return network


@pytest.fixture
def sandbox(stage: Sandbox, network: Network) -> Sandbox:
    return stage


@pytest.fixture
def make_vk(sandbox: Sandbox, store: Store, clock: FakeClock, tmp_path: Path) -> Callable[..., VkSource]:
    """VkSource with the real vk_api against the sandbox network; waiting moves the clock and takes no time."""

    def make(kind: type[VkSource] = VkSource, **settings: object) -> VkSource:
        settings.setdefault("vk_token", SecretStr(sandbox.token))
        settings.setdefault("vk_api_url", sandbox.api_url)
        made = Settings(_env_file=None, data_dir=tmp_path, **settings)  # type: ignore[call-arg, arg-type]
        return kind(made, store, clock, lambda seconds: clock.moves(seconds=seconds))

    return make


@pytest.fixture
def vk(make_vk: Callable[..., VkSource]) -> VkSource:
    return make_vk()
