"""The composition root: the only module that knows every concrete part."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import structlog

from relay import installation_key
from relay.channels import open_channels
from relay.config import Settings, load_settings
from relay.context import Relay
from relay.language.catalogue import translator
from relay.media.fetcher import YtDlpFetcher
from relay.media.files import close_to_others
from relay.media.lister import YtDlpLister
from relay.media.toolbox import Toolbox
from relay.media.vault import Vault
from relay.ports import Fetched, Fetcher, FetchesItself, Progress
from relay.sources import networks, open_sources
from relay.store import Store


class ByAddress:
    """The fetcher that the beginning of an address names, else the usual one."""

    def __init__(self, special: Mapping[str, Fetcher], usual: Fetcher) -> None:
        self._special, self._usual = special, usual

    def fetch(self, url: str, folder: Path, *, progress: Progress | None = None) -> Fetched:
        fetcher = next((one for begin, one in self._special.items() if url.startswith(begin)), self._usual)
        return fetcher.fetch(url, folder, progress=progress)


def wall_clock() -> datetime:
    return datetime.now(UTC)


def open_relay(settings: Settings | None = None, *, ready: bool = True) -> Relay:
    """Puts the parts together. With `ready`, raises StoreError or NeedsUpgrade when the database can't be used."""
    settings = settings or load_settings()
    tell_to_stderr(settings.log_level)
    store = Store(settings.db_url, channels=settings.alert_channels, secret=lambda: installation_key.secret(relay))
    if ready:
        store.check()
        _close(settings.data_dir)
    toolbox = Toolbox()
    lister = YtDlpLister(settings, toolbox, networks.list_extractors())
    sources = open_sources(settings, store, wall_clock, lister)
    special = {f"{name}:": each.fetcher() for name, each in sources.items() if isinstance(each, FetchesItself)}
    relay = Relay(
        settings=settings,
        store=store,
        sources=sources,
        fetcher=ByAddress(special, YtDlpFetcher(settings, toolbox, networks.extractors())),
        media=Vault(settings.media_folder),
        toolbox=toolbox,
        clock=wall_clock,
        channels=open_channels(settings, wall_clock, translator(settings.language).tell),
    )
    return relay


def _close(folder: Path) -> None:
    """A data folder of an older Relay was open to all on the machine; `relay doctor` looks at all that is in it."""
    with contextlib.suppress(OSError):  # somebody else's, which doctor tells
        close_to_others(folder)


def tell_to_stderr(level: str) -> None:
    """Logs are lines on stderr (JSON when it isn't a terminal), so that stdout belongs to the answer."""
    human = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S" if human else "iso", utc=not human),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is when a line is written
        cache_logger_on_first_use=False,
    )
    for noisy in ("apscheduler", "vk_api", "httpx", "alembic", "python_multipart"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
