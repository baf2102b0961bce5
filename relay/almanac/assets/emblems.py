"""Emblems of organizers and partners: pictures with transparency, or drawings. They are decoded in a child, as all
foreign pictures are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlmodel import Session, col, select

from relay.almanac.assets import usage
from relay.almanac.assets.import_file import import_file
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.kinds.thanks import EmblemPicture
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.media import pictures
from relay.models import Emblem, EventKind, need_id
from relay.records import add_event, find_campaign, local
from relay.store import add_new

KIND = "emblems"
MOST_MB = 16
LONGEST = 1024
"""Pixels of the longer side as it is drawn: an emblem takes a sixth of a film in 4K."""
FLATTEST = 12
"""An emblem that is so many times wider than high would be a line on the card."""


def add(relay: Relay, slug: str, file: Path, *, title: str = "", person: str, called: str = "") -> Emblem:
    """Takes an emblem in; one that is there already is given back. Raises NotFound, Refused, DiskFull."""
    title = " ".join(title.split())
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
    with import_file(relay, file, KIND, called=called, most_mb=MOST_MB) as given:
        try:
            seen = pictures.decode_emblem(relay.toolbox, given.path, given.path.parent, longest=LONGEST)
        except Refused as error:
            raise Refused(error.message, hint=error.hint, **{**error.words, "file": called or file.name}) from error
        pixels = trimmed(seen.pixels)
        _check_shape(pixels, called or file.name)
        given.keep()
    row = Emblem(
        campaign_id=need_id(campaign),
        sha256=given.sha256,
        title=title,
        width=pixels.shape[1],
        height=pixels.shape[0],
        person=person,
        at=relay.now(),
    )
    with relay.transaction() as session:
        add_new(session, row)
        return session.exec(
            select(Emblem).where(Emblem.campaign_id == campaign.id, Emblem.sha256 == given.sha256)
        ).one()


@dataclass(frozen=True, slots=True)
class EmblemView:
    """An emblem; `width`, `height` in pixels as it is drawn."""

    id: int
    title: str
    width: int
    height: int
    sha256: str
    person: str
    at: str


def listing(relay: Relay, slug: str) -> list[EmblemView]:
    """Oldest first. Raises NotFound."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        rows = session.exec(select(Emblem).where(Emblem.campaign_id == campaign.id).order_by(col(Emblem.id))).all()
    return [
        EmblemView(need_id(row), row.title, row.width, row.height, row.sha256, row.person, local(campaign, row.at))
        for row in rows
    ]


def remove(relay: Relay, slug: str, number: int, *, person: str) -> None:
    """Raises NotFound, and Refused for an emblem that stands in the credits of the campaign or of a film."""
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        row = find(session, need_id(campaign), number)
        if number in usage.in_campaign(session, campaign):
            raise Refused("This emblem stands in the campaign's credits.", hint="Take it out of its line first.")
        usage.check_unused(usage.of_emblems(session, campaign).get(number, ()))
        session.delete(row)
        add_event(session, relay.now(), campaign, EventKind.asset_removed, person, kind="emblem", title=row.title)
    usage.drop_file(relay, Emblem, KIND, row.sha256)


def find(session: Session, campaign: int, number: int) -> Emblem:
    """Raises NotFound."""
    row = session.get(Emblem, number)
    if row is None or row.campaign_id != campaign:
        raise NotFound("There is no emblem {number} in this campaign.", number=number)
    return row


def picture(relay: Relay, row: Emblem) -> EmblemPicture:
    """Raises Refused when its file is gone."""
    if not relay.media.has(f"{KIND}/{row.sha256}"):
        raise Refused("The file of emblem {number} is missing.", hint="Run: relay doctor", number=row.id)
    return EmblemPicture(row.sha256, row.width, row.height, decoder(relay, row.sha256))


def decoder(relay: Relay, sha256: str, longest: int = LONGEST) -> Callable[[], Pixels]:
    """Decodes it once, when it is first asked for."""
    found: list[Pixels] = []

    def pixels() -> Pixels:
        if not found:
            path = relay.media.local(f"{KIND}/{sha256}")
            with tempfile.TemporaryDirectory(dir=relay.folder("incoming")) as folder:
                found.append(trimmed(pictures.decode_emblem(relay.toolbox, path, Path(folder), longest=longest).pixels))
        return found[0]

    return pixels


def trimmed(pixels: Pixels) -> Pixels:
    """Without the transparent margin, which would make the emblem smaller than its neighbours."""
    ys, xs = (np.nonzero(pixels[..., 3].any(axis=axis))[0] for axis in (1, 0))
    return pixels[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1] if len(ys) else pixels[:0]


def _check_shape(pixels: Pixels, name: str) -> None:
    if not pixels.size:
        raise Refused("{file} is wholly transparent: nothing would be seen of it.", file=name)
    high, wide = pixels.shape[:2]
    if max(wide / high, high / wide) > FLATTEST:
        raise Refused("{file} is too long and narrow for an emblem.", file=name)
