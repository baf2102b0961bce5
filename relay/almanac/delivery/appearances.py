"""Where a clip is to be seen: its minutes in the newest version of each film, as the manifests beside the films say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import col, select

from relay.context import Relay
from relay.models import Almanac, Clip, Render


@dataclass(frozen=True, slots=True)
class Screening:
    """`seconds` from the film's beginning to the clip's first frame."""

    almanac: str
    title: str
    version: int
    seconds: float


def screenings(relay: Relay, clip_ids: Sequence[int]) -> list[Screening]:
    """Of these clips, in the order of the films; a film whose manifest is not there (any more) is left out."""
    with relay.reading() as session:
        newest = select(func.max(Render.id)).where(col(Render.closed_at).is_(None)).group_by(col(Render.almanac_id))
        rows = session.exec(
            select(Almanac, Render)
            .join(Render, col(Render.almanac_id) == col(Almanac.id))
            .where(
                col(Almanac.campaign_id).in_(select(Clip.campaign_id).where(col(Clip.id).in_(clip_ids))),
                col(Render.id).in_(newest),
            )
            .order_by(col(Almanac.id))
        ).all()
    return [
        Screening(almanac.name, almanac.title or almanac.name, render.version, seconds)
        for almanac, render in rows
        for seconds in _beginnings(relay, render, set(clip_ids))
    ]


def _beginnings(relay: Relay, render: Render, clip_ids: set[int]) -> list[float]:
    try:
        manifest = json.loads(relay.kept(render.manifest).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [clip["film"]["from_seconds"] for clip in manifest["clips"] if clip["clip"] in clip_ids]
