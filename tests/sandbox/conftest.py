from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from relay.sandbox.network import Network
from relay.sandbox.vk.api import answer
from relay.sandbox.vk.network import Vk
from tests.fakes.clock import FakeClock

Ask = Callable[..., Any]


@pytest.fixture
def network(clock: FakeClock) -> Network:
    return Network(clock)


@pytest.fixture
def vk(network: Network) -> Vk:
    return network.vk


@pytest.fixture
def ask(network: Network) -> Ask:
    """One API request with the right token: `ask("wall.get", owner_id=1)` gives the whole answer."""

    def asked(method: str, **params: Any) -> Any:
        values = {
            "access_token": network.vk.api.token,
            "v": "5.199",
            **{key: str(value) for key, value in params.items()},
        }
        return answer(network.vk, method, values)

    return asked


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Bytes that stand for a video where nothing decodes them."""
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(range(256)) * 4096)
    return path
