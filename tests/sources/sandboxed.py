"""Sources over the sandbox network: real httpx, real parsers, waiting moves the clock and takes no time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from relay.config import Settings
from relay.ports import Page, Place, SourceAdapter
from relay.sandbox.server import Sandbox
from relay.store import Store
from tests.fakes.clock import FakeClock

Kind = TypeVar("Kind")


def settings_for(sandbox: Sandbox, **more: object) -> Settings:
    values = {name.removeprefix("RELAY_").lower(): value for name, value in sandbox.settings().items()} | more
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def source_over(
    sandbox: Sandbox, store: Store, clock: FakeClock, kind: Callable[..., Kind], *more: Any, **settings: object
) -> Kind:
    made = settings_for(sandbox, **settings)
    return kind(made, store, clock, *more, sleep=lambda seconds: clock.moves(seconds=seconds))


def read_all(source: SourceAdapter, place: Place, clock: FakeClock, *, hours: float = 10_000) -> list[Page]:
    until = clock()
    return list(source.read(place, since=until - timedelta(hours=hours), until=until, tags=["proryv80"]))


def ids_of(pages: list[Page]) -> list[str]:
    return [post.post_id for page in pages for post in page.posts]


def a_film(folder: Path, size: int = 300_000) -> Path:
    """Bytes that stand for a video where nothing decodes them."""
    path = folder / "film.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(range(256)) * (size // 256))
    return path
