"""What a manifest tells beside the clips of a film, and the one that lies beside a preview."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from relay.almanac.delivery import sidecars
from relay.almanac.film.cut import Cut
from relay.almanac.film.encoder import Film
from relay.context import Relay
from relay.media.files import replace_file
from relay.models import Almanac, Card, need_id


def planned(relay: Relay, almanac: Almanac) -> dict[str, Any]:
    """The plan's cards in their order, and how the film looks."""
    with relay.reading() as session:
        return {"cards": cards(session, need_id(almanac)), "style": dict(almanac.style)}


def cards(session: Session, almanac_id: int) -> list[dict[str, Any]]:
    """As manifests have them: `before` is the clip that a card stands before, None behind the last one."""
    rows = session.exec(select(Card).where(Card.almanac_id == almanac_id).order_by(col(Card.position), col(Card.id)))
    return [
        {
            "before": row.before_clip_id,
            "kind": row.kind.value,
            "words": dict(row.words),
            "picture": row.picture_id,
            "seconds": row.seconds,
        }
        for row in rows
    ]


def beside_preview(relay: Relay, film: Film, cut: Cut, clips: Sequence[Mapping[str, Any]]) -> None:
    """A picture and a manifest: remarks of versions are found again in a preview, and versions compared with it.

    `clips`: as a version's manifest has them. Raises ToolFailed.
    """
    told = {"title": cut.title, "frames": film.frames, "fps": cut.house.fps, "clips": list(clips)}
    sidecars.poster(relay.toolbox, film.path, cut)
    replace_file(film.path.with_suffix(".json"), json.dumps(told, ensure_ascii=False).encode())


def read(path: Path) -> dict[str, Any]:
    """Empty where there is none, or none that can be read."""
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):  # gone, broken, or JSON of another shape
        return {}
