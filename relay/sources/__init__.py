"""The networks that Relay reads. A new one: a file or folder here, and a line below (docs/adding-a-source.md)."""

from __future__ import annotations

from typing import Any, Protocol

from relay.config import Settings
from relay.ports import Clock, Lister, NetworkDescription, SourceAdapter
from relay.sources import networks
from relay.sources.feed.source import FeedSource
from relay.sources.folder import FolderSource
from relay.sources.links import LinksSource
from relay.sources.ok import OkSource
from relay.sources.rutube import RutubeSource
from relay.sources.telegram.source import TelegramSource
from relay.sources.vk.source import VkSource
from relay.sources.youtube.source import YoutubeSource
from relay.store import Store


class SourceClass(Protocol):
    """A class of adapters: made of settings, store and clock, and of what `open_sources` gives it besides."""

    description: NetworkDescription

    def __call__(self, *parts: Any, **more: Any) -> SourceAdapter: ...


SOURCES: tuple[SourceClass, ...] = (
    VkSource,
    TelegramSource,
    RutubeSource,
    OkSource,
    FeedSource,
    FolderSource,
    YoutubeSource,
    LinksSource,
)
"""All of them; addresses are offered to them in this order. A list of links comes last: it asks the others."""

networks.register(*(each.description for each in SOURCES))


def open_sources(settings: Settings, store: Store, clock: Clock, lists: Lister) -> dict[str, SourceAdapter]:
    """All networks by their names."""
    sources: dict[str, SourceAdapter] = {}
    for kind in SOURCES:
        more = (lists,) if kind is YoutubeSource else (dict(sources),) if kind is LinksSource else ()
        sources[kind.description.name] = kind(settings, store, clock, *more)
    return sources
