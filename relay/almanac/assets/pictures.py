"""Archive pictures of a campaign: each with the line that says where it is from, without which none is taken."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from relay.almanac.assets.import_file import import_file
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.between import Photo
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.media import pictures
from relay.models import Picture, need_id
from relay.records import find_campaign, local
from relay.store import add_new

KIND = "pictures"


def add(relay: Relay, slug: str, file: Path, *, source: str, title: str = "", person: str) -> Picture:
    """Takes a picture in. Raises NotFound, Refused (no picture, no source, already there), DiskFull."""
    source, title = " ".join(source.split()), " ".join(title.split())
    if not source:
        raise Refused("A picture needs the line that says where it is from.", hint="Give it with --source.")
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
    with import_file(relay, file, KIND) as given:
        try:
            seen = pictures.decode(relay.toolbox, given.path, given.path.parent, longest=64)
        except Refused as error:
            raise Refused(error.message, hint=error.hint, file=file.name) from error
        given.keep()
    row = Picture(
        campaign_id=need_id(campaign),
        sha256=given.sha256,
        title=title,
        source=source,
        width=seen.width,
        height=seen.height,
        person=person,
        at=relay.now(),
    )
    with relay.transaction() as session:
        new = add_new(session, row)
        found = session.exec(
            select(Picture).where(Picture.campaign_id == campaign.id, Picture.sha256 == given.sha256)
        ).one()
        if not new:
            raise Refused("This picture is there already: number {number}.", number=found.id)
    return found


@dataclass(frozen=True, slots=True)
class PictureView:
    """An archive picture; `width`, `height` in pixels; `source`: the line that says where it is from."""

    id: int
    title: str
    source: str
    width: int
    height: int
    sha256: str
    person: str
    at: str


def listing(relay: Relay, slug: str) -> list[PictureView]:
    """Oldest first. Raises NotFound."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        rows = session.exec(select(Picture).where(Picture.campaign_id == campaign.id).order_by(col(Picture.id))).all()
    return [
        PictureView(
            id=need_id(row),
            title=row.title,
            source=row.source,
            width=row.width,
            height=row.height,
            sha256=row.sha256,
            person=row.person,
            at=local(campaign, row.at),
        )
        for row in rows
    ]


def find(session: Session, campaign: int, number: int) -> Picture:
    """Raises NotFound."""
    row = session.get(Picture, number)
    if row is None or row.campaign_id != campaign:
        raise NotFound("There is no picture {number} in this campaign.", number=number)
    return row


def photo(relay: Relay, row: Picture) -> Photo:
    """Raises Refused when its file is gone."""
    if not relay.media.has(f"{KIND}/{row.sha256}"):
        raise Refused("The file of picture {number} is missing.", hint="Run: relay doctor", number=row.id)
    return Photo(row.sha256, row.width, row.height, _decoder(relay, row))


def _decoder(relay: Relay, row: Picture) -> Callable[[], Pixels]:
    def pixels() -> Pixels:
        path = relay.media.local(f"{KIND}/{row.sha256}")
        with tempfile.TemporaryDirectory(dir=relay.folder("incoming")) as folder:
            return pictures.decode(relay.toolbox, path, Path(folder)).pixels

    return pixels
