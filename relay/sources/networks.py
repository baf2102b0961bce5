"""What is known of each network by its name, without asking it.

`relay.sources` fills it from its list of adapters, which is the only list; here stand, besides, the networks that
videos come from and nobody reads.
"""

from __future__ import annotations

from relay.ports import NetworkDescription, NetworkLinks, OwnerKind

WEB = "web"
"""Bare video files, wherever they lie on the web; a file's owner is its host."""
HAND_IN = "hand-in"
"""What somebody handed in: a file, or a video by its own link."""

_KNOWN: dict[str, NetworkDescription] = {}


def register(*descriptions: NetworkDescription) -> None:
    """Raises ValueError for a name that another network has."""
    for description in descriptions:
        if _KNOWN.setdefault(description.name, description) != description:
            raise ValueError(f"Two networks are called {description.name}")


def describe(name: str) -> NetworkDescription:
    """The network of this name. One that Relay does not read (any more) is known by its name only."""
    return _KNOWN.get(name) or NetworkDescription(name=name, titles={"en": name})


def links() -> tuple[tuple[str, NetworkLinks], ...]:
    """The networks that links lead to, by name."""
    return tuple((each.name, each.links) for each in _KNOWN.values() if each.links is not None)


def extractors() -> tuple[str, ...]:
    """yt-dlp's names of the readers that may fetch videos; never `generic`, which fetches anything."""
    return tuple(dict.fromkeys(name for each in _KNOWN.values() for name in each.extractors))


def list_extractors() -> tuple[str, ...]:
    """yt-dlp's names of the readers that may list videos."""
    return tuple(dict.fromkeys(name for each in _KNOWN.values() for name in each.list_extractors))


register(
    NetworkDescription(name=WEB, titles={"en": "the web", "fr": "le web", "ru": "веб"}, extractors=("plain:file",)),
    NetworkDescription(
        name=HAND_IN, titles={"en": "hand-ins", "fr": "envois", "ru": "присланное"}, owners=OwnerKind.collection
    ),
)
