"""What every service is given: ports, settings, transactions, the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlmodel import Session, select

from relay import processes
from relay.config import Settings
from relay.errors import Interrupted, StoreError
from relay.language.sentence import as_sentence
from relay.media.buckets.files import OwnFiles
from relay.media.files import make_private
from relay.media.toolbox import Toolbox
from relay.store import Store

if TYPE_CHECKING:
    from relay.ports import Channel, Clock, Fetcher, MediaStore, SharedFiles, SourceAdapter


@dataclass(frozen=True, slots=True)
class Fence:
    """The right to write while a lease is held: the lease's name, and its number in the hands of this holder."""

    lease: str
    number: int


@dataclass(frozen=True)
class Relay:
    settings: Settings
    store: Store
    sources: Mapping[str, SourceAdapter]
    fetcher: Fetcher
    media: MediaStore
    toolbox: Toolbox
    clock: Clock
    holder: str = field(default_factory=processes.own_name)
    """Names this process in leases."""
    fence: Fence | None = None
    """Set for work that only the holder of a lease may do: its transactions end with the lease."""
    channels: Mapping[str, Channel] = field(default_factory=dict)
    """The ways by which people are told of alerts, by name."""
    shared: SharedFiles = field(default_factory=OwnFiles)
    """What of the data folder other hosts see too."""

    def now(self) -> datetime:
        return self.clock()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One unit of work (store.Store). Raises Interrupted, and changes nothing, when the fence is no longer valid: a
        process may have been suspended past the end of its lease, and another one leads since.
        """
        with self.store.transaction() as session:
            if not self._is_ours(session, held=True):
                raise Interrupted("Another process does this work now.")
            yield session

    def reading(self) -> AbstractContextManager[Session]:
        return self.store.reading()

    def one_look(self) -> AbstractContextManager[None]:
        return self.store.one_look()

    def holds_fence(self) -> bool:
        """Whether the lease behind the fence is still held, so that something may be started. True without a fence."""
        with self.reading() as session:
            return self._is_ours(session)

    def is_dead(self, holder: str) -> bool:
        """Whether a lease's holder (`name` or `name/attempt`) was a process of this machine that has ended, or one of a
        cluster that has been silent for too long.
        """
        name = holder.partition("/")[0]
        return processes.is_over(name) or self._is_silent(name)

    def _is_silent(self, name: str) -> bool:
        from relay.models import WorkerProcess

        with self.reading() as session:
            row = session.get(WorkerProcess, name)
            return row is not None and row.until <= self.now()

    def _is_ours(self, session: Session, *, held: bool = False) -> bool:
        """`held`: nobody can take the lease between the question and the commit of this unit of work."""
        if self.fence is None:
            return True
        from relay.models import Lease

        lease = select(Lease.name).where(
            Lease.name == self.fence.lease, Lease.holder == self.holder, Lease.fence == self.fence.number
        )
        return session.exec(lease.with_for_update(read=True) if held else lease).first() is not None

    def kept(self, name: str) -> Path:
        """Where a file lies that a row names below the data folder, brought here if another host has made it."""
        return self.shared.bring(self.settings.data_dir.absolute() / name)

    def folder(self, *parts: str) -> Path:
        """A folder below the data folder, made for this user only when it isn't there. Raises StoreError."""
        path = self.settings.data_dir.absolute().joinpath(*parts)
        try:
            make_private(path)
        except OSError as error:
            raise StoreError(
                "The folder {folder} can't be made ({why}).",
                hint="Set RELAY_DATA_DIR to another one.",
                folder=path,
                why=as_sentence(error.strerror),
            ) from error
        return path
