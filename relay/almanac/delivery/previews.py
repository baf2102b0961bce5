"""The newest preview of a film: a small file that the next one takes the place of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session

from relay.almanac.delivery import manifests, render, versions
from relay.almanac.delivery.versions import Version
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound
from relay.models import Almanac, Campaign, Render, need_id
from relay.records import local


@dataclass(frozen=True, slots=True)
class PreviewView:
    """The newest preview; `at` in the campaign's zone, `mark` another for each. `has_poster`: a picture beside it.

    `newer`: made after the newest version.
    """

    at: str
    mark: int
    seconds: float
    has_poster: bool
    newer: bool


def newest(relay: Relay, slug: str, name: str) -> PreviewView | None:
    """See `view`. Raises NotFound."""
    with relay.reading() as session:
        return view(relay, session, queries.find(session, slug, name))


def as_version(relay: Relay, slug: str, name: str) -> Version:
    """The preview as if it were a version of number 0, for whatever is placed in it. Raises NotFound."""
    path = render.preview_file(relay, slug, name)
    if not path.is_file():
        raise NotFound("There is no preview of this film yet.")
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        campaign = session.get_one(Campaign, almanac.campaign_id)
    told = manifests.read(path.with_suffix(".json"))
    row = Render(
        almanac_id=need_id(almanac),
        version=0,
        file=str(path),
        manifest="",
        sha256="",
        frames=int(told.get("frames", 0)),
        fps=float(told.get("fps", 25)),
        shots_encoded=0,
        shots_reused=0,
        seconds=0.0,
        at=_changed(path),
    )
    return Version(row, almanac, campaign, told)


def film(relay: Relay, slug: str, name: str) -> Path:
    """Raises NotFound, also where somebody in it may not be shown any more."""
    if newest(relay, slug, name) is None:
        raise NotFound("There is no preview of this film yet.")
    return render.preview_file(relay, slug, name)


def poster(relay: Relay, slug: str, name: str) -> Path:
    """As `film`."""
    path = film(relay, slug, name).with_suffix(".jpg")
    if not path.is_file():
        raise NotFound("There is no preview of this film yet.")
    return path


def view(relay: Relay, session: Session, almanac: Almanac) -> PreviewView | None:
    """None where there is none, or where somebody in it may not be shown any more."""
    campaign = session.get_one(Campaign, almanac.campaign_id)
    path = render.preview_place(relay, campaign, almanac)
    if not path.is_file():
        return None
    told, last = manifests.read(path.with_suffix(".json")), versions.newest(session, almanac)
    if not versions.may_be_shown(relay, session, almanac, [int(one["clip"]) for one in told.get("clips", [])]):
        return None
    at = _changed(path)
    return PreviewView(
        at=local(campaign, at),
        mark=int(at.timestamp()),
        seconds=float(told.get("frames", 0)) / float(told.get("fps") or 25),
        has_poster=path.with_suffix(".jpg").is_file(),
        newer=last is None or at > last.at,
    )


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
