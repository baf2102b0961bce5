"""What every service is given: ports, settings, transactions, the time."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from relay.config import Settings
from relay.errors import StoreError
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
    holder: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}")
    """Names this process in leases, as host-pid."""

    def now(self) -> datetime:
        return self.clock()

    def transaction(self) -> AbstractContextManager[Session]:
        return self.store.transaction()

    def reading(self) -> AbstractContextManager[Session]:
        return self.store.reading()

    def is_dead(self, holder: str) -> bool:
        """Whether a lease's holder was a process of this machine that has ended: its lease need not run out."""
        host, _, pid = holder.rpartition("-")
        if host != socket.gethostname() or not pid.isdigit():
            return False
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False

    def folder(self, *parts: str) -> Path:
        """A folder below the data folder, made when it isn't there. Raises StoreError."""
        path = self.settings.data_dir.absolute().joinpath(*parts)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                "The folder {folder} can't be made ({why}).",
                hint="Set RELAY_DATA_DIR to another one.",
                folder=path,
                why=error.strerror,
            ) from error
        return path
