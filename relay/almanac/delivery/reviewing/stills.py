"""The frames that drawings were made over, as small pictures: cut out of the film when somebody first looks at one."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import Session

from relay.almanac.delivery import sidecars, versions
from relay.almanac.delivery.versions import Version
from relay.context import Relay
from relay.errors import NotFound
from relay.models import Remark, Render

WIDTH = 480


def of_remark(relay: Relay, session: Session, row: Remark) -> Path:
    """Raises NotFound for a remark without a drawing, and where somebody on that frame has taken their video back;
    ToolFailed, ToolMissing.
    """
    shown = versions.version_of(relay, session, session.get_one(Render, row.render_id))
    if row.frame is None or not row.drawing or _is_withdrawn(session, shown, row.frame):
        raise NotFound("There is no such remark.")
    film = versions.film(relay, shown.row)
    place = relay.folder("almanacs", "stills") / f"{shown.row.sha256}-{row.frame}.jpg"
    if not place.is_file():
        sidecars.still(relay.toolbox, film, row.frame, shown.row.fps, place, width=WIDTH)
    return place


def _is_withdrawn(session: Session, shown: Version, frame: int) -> bool:
    """Without a manifest nobody can tell who is on the frame."""
    if not shown.manifest:
        return True
    on_screen = [
        int(one["clip"]) for one in shown.manifest.get("clips", []) if one["film"]["from"] <= frame < one["film"]["to"]
    ]
    return bool(versions.withdrawn_from(session, on_screen))
