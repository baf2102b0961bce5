"""A film of a few clips, with what a campaign lends to its cards. Nothing is decoded: files are bytes in the vault."""

from __future__ import annotations

import hashlib

from relay.almanac.plan import queries
from relay.context import Relay
from relay.models import ClipState, Emblem, Picture, Track
from tests.moderation.town import OPENS, Town

FILM = ("proryv80", "film")


def has_film(relay: Relay, *names: str) -> list[int]:
    """The clips of a new film, in order."""
    town = Town(relay)
    called = names or ("Анна", "Глеб", "Дина")
    clips = [town.has_clip(name=name, town="Мга", state=ClipState.approved) for name in called]
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    return clips


def has_picture(relay: Relay, title: str = "Полуторка", content: bytes = b"picture") -> int:
    sha256 = _stored(relay, "pictures", content)
    return _row(relay, Picture(campaign_id=1, sha256=sha256, title=title, source="ЦГАКФФД", width=320, height=180,
                               person="boris", at=OPENS))  # fmt: skip


def has_music(relay: Relay, title: str = "Ладога") -> int:
    sha256 = _stored(relay, "music", b"ID3 tune")
    return _row(relay, Track(campaign_id=1, sha256=sha256, title=title, cleared="CC0", seconds=30.0, person="boris",
                             at=OPENS))  # fmt: skip


def has_emblem(relay: Relay, title: str = "Архив", content: bytes = b"emblem") -> int:
    sha256 = _stored(relay, "emblems", content)
    return _row(relay, Emblem(campaign_id=1, sha256=sha256, title=title, width=200, height=100, person="boris",
                              at=OPENS))  # fmt: skip


def _stored(relay: Relay, kind: str, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    file = relay.folder("incoming") / "given"
    file.write_bytes(content)
    relay.media.put(f"{kind}/{sha256}", file)
    return sha256


def _row(relay: Relay, row: Picture | Track | Emblem) -> int:
    with relay.transaction() as session:
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id
