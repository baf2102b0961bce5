"""A finished version of a film without anything being rendered: rows, a file, a manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from relay.almanac.delivery import render
from relay.almanac.plan import queries
from relay.context import Relay
from relay.models import Render

FILM, PICTURE = b"film" * 1000, b"picture"


def has_version(
    relay: Relay,
    slug: str = "proryv80",
    name: str = "film",
    *,
    number: int = 1,
    content: bytes = FILM,
    each: int = 250,
    told: Mapping[str, Any] | None = None,
    format_: str = "",
) -> Render:
    """`each` frames (ten seconds where nothing is said) for each clip of the plan, one behind the other; `content`
    stands for the film. `told`: what its manifest says besides.
    """
    shown = queries.show(relay, slug, name)
    base = f"{slug}_{name}-v{number}"
    folder = relay.folder("almanacs")
    (folder / f"{base}.mp4").write_bytes(content)
    (folder / f"{base}.jpg").write_bytes(PICTURE)
    (folder / f"{base}.json").write_text(json.dumps({**manifest(shown, each), **(told or {})}))
    with relay.transaction() as session:
        row = Render(
            almanac_id=queries.find(session, slug, name).id or 0,
            version=number,
            file=f"almanacs/{base}.mp4",
            manifest=f"almanacs/{base}.json",
            poster=f"almanacs/{base}.jpg",
            sha256=hashlib.sha256(content).hexdigest(),
            frames=each * len(shown.segments),
            fps=25,
            shots_encoded=10,
            shots_reused=0,
            seconds=5,
            format=format_,
            at=relay.now(),
        )
        session.add(row)
    return row


def has_preview(
    relay: Relay, slug: str = "proryv80", name: str = "film", *, content: bytes = FILM, each: int = 250
) -> Path:
    """The newest preview: a film, a picture and a manifest of the plan as it is now."""
    shown, path = queries.show(relay, slug, name), render.preview_file(relay, slug, name)
    path.write_bytes(content)
    path.with_suffix(".jpg").write_bytes(PICTURE)
    told = {**manifest(shown, each), "fps": 25, "frames": each * len(shown.segments)}
    path.with_suffix(".json").write_text(json.dumps(told))
    return path


def manifest(shown: queries.PlanView, each: int = 250) -> dict[str, Any]:
    clips = [
        {
            "clip": one.clip,
            "name": one.name,
            "town": one.town,
            "film": {"from": each * number, "to": each * (number + 1)},
            "source": {"from": one.in_frame, "to": one.in_frame + each if each != 250 else one.out_frame},
        }
        for number, one in enumerate(shown.segments)
    ]
    return {"title": shown.title, "clips": clips, "credits": [{k: c[k] for k in ("name", "town")} for c in clips]}
