from __future__ import annotations

from pathlib import Path

import pytest

from relay.media.toolbox import Toolbox
from tests.almanac.filming import Camera


@pytest.fixture(scope="session")
def toolbox() -> Toolbox:
    return Toolbox()


@pytest.fixture(scope="session")
def camera(toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Camera:
    return Camera(toolbox, tmp_path_factory.mktemp("camera"))


@pytest.fixture(scope="session")
def reading(camera: Camera) -> list[Path]:
    """Three residents read: two seconds, six seconds, and one and a half without sound."""
    return [
        camera.films("anna", frames=50, seed=1, loud=-30),
        camera.films("boris", frames=150, seed=2, loud=-6),
        camera.films("vera", frames=38, seed=3, sound=0),
    ]
