"""Archive pictures of a campaign: each with the line that says where it is from, without which none is taken."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from relay.almanac.assets import usage
from relay.almanac.assets.import_file import import_file
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.between import Photo
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.media import pictures
from relay.models import EventKind, Picture, need_id
from relay.records import add_event, find_campaign, local
from relay.store import add_new

KIND = "pictures"
NO_SOURCE = "A picture needs the line that says where it is from."


def add(relay: Relay, slug: str, file: Path, *, source: str, title: str = "", person: str, called: str = "") -> Picture:
    """Takes a picture in. Raises NotFound, Refused (no picture, no source, already there), DiskFull."""
    source, title = " ".join(source.split()), " ".join(title.split())
    if not source:
        raise Refused(NO_SOURCE)
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
    with import_file(relay, file, KIND, called=called) as given:
        try:
            seen = pictures.decode(relay.toolbox, given.path, given.path.parent, longest=64)
        except Refused as error:
            raise Refused(error.message, hint=error.hint, file=called or file.name) from error
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


def edit(relay: Relay, slug: str, number: int, *, source: str, title: str = "", person: str) -> None:
    """Another line and title; cards that stand keep the words that they have. Raises NotFound, Refused."""
    source, title = " ".join(source.split()), " ".join(title.split())
    if not source:
        raise Refused(NO_SOURCE)
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        row = find(session, need_id(campaign), number)
        row.source, row.title = source, title
        session.add(row)
        add_event(session, relay.now(), campaign, EventKind.asset_changed, person, kind="picture", number=number)


def remove(relay: Relay, slug: str, number: int, *, person: str) -> None:
    """Raises NotFound, and Refused for a picture that stands in a film."""
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        row = find(session, need_id(campaign), number)
        usage.check_unused(usage.of_pictures(session, campaign).get(number, ()))
        session.delete(row)
        add_event(session, relay.now(), campaign, EventKind.asset_removed, person, kind="picture", title=row.title)
    usage.drop_file(relay, Picture, KIND, row.sha256)


def find(session: Session, campaign: int, number: int) -> Picture:
    """Raises NotFound."""
    row = session.get(Picture, number)
    if row is None or row.campaign_id != campaign:
        raise NotFound("There is no picture {number} in this campaign.", number=number)
    return row


def photo(relay: Relay, row: Picture, longest: int = pictures.LONGEST) -> Photo:
    """`longest`: pixels of the longer side that are enough. Raises Refused when its file is gone."""
    if not relay.media.has(f"{KIND}/{row.sha256}"):
        raise Refused("The file of picture {number} is missing.", hint="Run: relay doctor", number=row.id)
    return Photo(row.sha256, row.width, row.height, _decoder(relay, row, longest))


def _decoder(relay: Relay, row: Picture, longest: int) -> Callable[[], Pixels]:
    def pixels() -> Pixels:
        path = relay.media.local(f"{KIND}/{row.sha256}")
        with tempfile.TemporaryDirectory(dir=relay.folder("incoming")) as folder:
            return pictures.decode(relay.toolbox, path, Path(folder), longest=longest).pixels

    return pixels
