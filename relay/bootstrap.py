"""The composition root: the only module that knows every concrete part."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from relay import installation_key, logs
from relay.config import Settings, load_settings
from relay.context import Relay
from relay.language.catalogue import translator
from relay.media.buckets.files import OwnFiles
from relay.media.files import close_to_others
from relay.media.toolbox import Toolbox
from relay.media.vault import Vault
from relay.store import Store

if TYPE_CHECKING:
    from relay.ports import Channel, Fetched, Fetcher, MediaStore, Progress, SharedFiles, SourceAdapter


class WhenAsked(Mapping[str, "SourceAdapter"]):
    """The sources, opened when somebody asks for one: what their networks need takes longer to load than a list."""

    def __init__(self, opens: Callable[[], Mapping[str, SourceAdapter]]) -> None:
        self._opens = opens

    @cached_property
    def _opened(self) -> Mapping[str, SourceAdapter]:
        return self._opens()

    def __getitem__(self, name: str) -> SourceAdapter:
        return self._opened[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._opened)

    def __len__(self) -> int:
        return len(self._opened)


class ByAddress:
    """The fetcher that the beginning of an address names, else the usual one."""

    def __init__(self, special: Callable[[], Mapping[str, Fetcher]], usual: Callable[[], Fetcher]) -> None:
        self._make_special, self._make_usual = special, usual

    @cached_property
    def _special(self) -> Mapping[str, Fetcher]:
        return self._make_special()

    @cached_property
    def _usual(self) -> Fetcher:
        return self._make_usual()

    def fetch(self, url: str, folder: Path, *, progress: Progress | None = None) -> Fetched:
        fetcher = next((one for begin, one in self._special.items() if url.startswith(begin)), None) or self._usual
        return fetcher.fetch(url, folder, progress=progress)


def wall_clock() -> datetime:
    return datetime.now(UTC)


def open_relay(settings: Settings | None = None, *, ready: bool = True) -> Relay:
    """Puts the parts together. With `ready`, raises StoreError or NeedsUpgrade when the database can't be used."""
    settings = settings or load_settings()
    logs.tell_to_stderr(settings.log_level)
    store = Store(settings.db_url, channels=settings.alert_channels, secret=lambda: installation_key.secret(relay))
    if ready:
        store.check()
        _close(settings.data_dir)
    toolbox = Toolbox()
    media, shared = open_files(settings)
    sources = WhenAsked(lambda: _open_sources(settings, store, toolbox))
    relay = Relay(
        settings=settings,
        store=store,
        sources=sources,
        fetcher=ByAddress(lambda: _own_fetchers(sources), lambda: _downloader(settings, toolbox)),
        media=media,
        toolbox=toolbox,
        clock=wall_clock,
        channels=_open_channels(settings) if settings.alert_channels else {},
        shared=shared,
    )
    return relay


def open_files(settings: Settings) -> tuple[MediaStore, SharedFiles]:
    """Where files are kept by these settings. Raises ConfigError without the extra that an object store needs."""
    if not settings.in_bucket:
        return Vault(settings.media_folder), OwnFiles()
    from relay.media.buckets.bucket import Bucket
    from relay.media.buckets.files import BucketFiles
    from relay.media.buckets.store import open_store

    bucket = Bucket(settings)
    bucket.check()
    return open_store(settings, bucket), BucketFiles(bucket, settings.data_dir)


def _open_sources(settings: Settings, store: Store, toolbox: Toolbox) -> Mapping[str, SourceAdapter]:
    from relay.media.lister import YtDlpLister
    from relay.sources import networks, open_sources

    return open_sources(settings, store, wall_clock, YtDlpLister(settings, toolbox, networks.list_extractors()))


def _own_fetchers(sources: Mapping[str, SourceAdapter]) -> Mapping[str, Fetcher]:
    from relay.ports import FetchesItself

    return {f"{name}:": each.fetcher() for name, each in sources.items() if isinstance(each, FetchesItself)}


def _downloader(settings: Settings, toolbox: Toolbox) -> Fetcher:
    from relay.media.fetcher import YtDlpFetcher
    from relay.sources import networks

    return YtDlpFetcher(settings, toolbox, networks.extractors())


def _open_channels(settings: Settings) -> Mapping[str, Channel]:
    from relay.channels import open_channels

    return open_channels(settings, wall_clock, translator(settings.language).tell)


def _close(folder: Path) -> None:
    """A data folder of an older Relay was open to all on the machine; `relay doctor` looks at all that is in it."""
    with contextlib.suppress(OSError):  # somebody else's, which doctor tells
        close_to_others(folder)
