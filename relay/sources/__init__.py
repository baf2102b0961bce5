"""The networks that Relay reads. A new one: a module beside vk.py, a line here, and the contract test runs over it."""

from __future__ import annotations

from collections.abc import Callable

from relay.config import Settings
from relay.ports import Clock, Lister, SourceAdapter
from relay.sources.feed.source import FeedSource
from relay.sources.folder import FolderSource
from relay.sources.links import LinksSource
from relay.sources.ok import OkSource
from relay.sources.rutube import RutubeSource
from relay.sources.telegram.source import TelegramSource
from relay.sources.vk.source import VkSource
from relay.sources.youtube.source import YoutubeSource
from relay.store import Store

SOURCES: dict[str, Callable[[Settings, Store, Clock], SourceAdapter]] = {
    "vk": VkSource,
    "tg": TelegramSource,
    "rutube": RutubeSource,
    "ok": OkSource,
    "rss": FeedSource,
    "folder": FolderSource,
}
"""Those that need nothing but settings, store and clock."""


def open_sources(settings: Settings, store: Store, clock: Clock, lists: Lister) -> dict[str, SourceAdapter]:
    """All networks by their names. A list of links comes last: it asks the others."""
    sources = {name: make(settings, store, clock) for name, make in SOURCES.items()}
    sources["yt"] = YoutubeSource(settings, store, clock, lists)
    sources["links"] = LinksSource(settings, store, clock, dict(sources))
    return sources
