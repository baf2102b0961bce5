"""What every service is given: ports, settings, transactions, the time."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from relay.config import Settings
from relay.media.toolbox import Toolbox
from relay.ports import Clock, Fetcher, MediaStore, Source
from relay.store import Store


@dataclass(frozen=True)
class Relay:
    settings: Settings
    store: Store
    sources: Mapping[str, Source]
    fetcher: Fetcher
    media: MediaStore
    toolbox: Toolbox
    clock: Clock
    holder: str = field(default="")
    """Names this process in leases."""

    def now(self) -> datetime:
        return self.clock()

    def transaction(self) -> AbstractContextManager[Session]:
        return self.store.transaction()

    def reading(self) -> AbstractContextManager[Session]:
        return self.store.reading()

    def folder(self, *parts: str) -> Path:
        """A folder below the data folder, made when it isn't there."""
        path = self.settings.data_dir.absolute().joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path
