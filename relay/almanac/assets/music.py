"""Music that is cleared for a campaign's films. Nothing is taken without the words that clear it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from relay.almanac.assets import usage
from relay.almanac.assets.import_file import import_file
from relay.almanac.film.sound.ducking import MusicBed
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.media import music
from relay.models import EventKind, Track, need_id
from relay.records import add_event, find_campaign, local
from relay.store import add_new

KIND = "music"
HEAD = 16


def add(
    relay: Relay,
    slug: str,
    file: Path,
    *,
    title: str,
    author: str = "",
    cleared: str = "",
    person: str,
    called: str = "",
) -> Track:
    """Takes a piece in. `cleared`: the licence or agreement, word for word.

    Raises NotFound, Refused (no clearance, no title, no sound, already there), DiskFull, ToolMissing.
    """
    title, author, cleared = _words(title, author, cleared)
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
    with import_file(relay, file, KIND, called=called) as given:
        try:
            heard = music.measure(relay.toolbox, given.path, given.path.parent)
        except Refused as error:
            raise Refused(error.message, hint=error.hint, **{**error.words, "file": called or file.name}) from error
        given.keep()
    row = Track(
        campaign_id=need_id(campaign),
        sha256=given.sha256,
        title=title,
        author=author,
        cleared=cleared,
        seconds=round(heard.seconds, 3),
        loudness=heard.loudness,
        person=person,
        at=relay.now(),
    )
    with relay.transaction() as session:
        new = add_new(session, row)
        found = session.exec(select(Track).where(Track.campaign_id == campaign.id, Track.sha256 == given.sha256)).one()
        if not new:
            raise Refused("This piece is there already: number {number}.", number=found.id)
    return found


def _words(*words: str) -> tuple[str, str, str]:
    """Title, author and clearance in one line each. Raises Refused."""
    title, author, cleared = (" ".join(text.split()) for text in words)
    if not cleared:
        raise Refused("Music is taken only with the licence or agreement that allows it.", hint="Give its words.")
    if not title:
        raise Refused("A piece of music needs its title: it stands in the credits.", hint="Give one.")
    return title, author, cleared


@dataclass(frozen=True, slots=True)
class MusicView:
    """A piece of music; `loudness` in LUFS; `cleared`: the licence or agreement that allows it."""

    id: int
    title: str
    author: str
    cleared: str
    seconds: float
    loudness: float | None
    sha256: str
    person: str
    at: str


def listing(relay: Relay, slug: str) -> list[MusicView]:
    """Oldest first. Raises NotFound."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        rows = session.exec(select(Track).where(Track.campaign_id == campaign.id).order_by(col(Track.id))).all()
    return [
        MusicView(
            id=need_id(row),
            title=row.title,
            author=row.author,
            cleared=row.cleared,
            seconds=row.seconds,
            loudness=row.loudness,
            sha256=row.sha256,
            person=row.person,
            at=local(campaign, row.at),
        )
        for row in rows
    ]


def edit(relay: Relay, slug: str, number: int, *, title: str, author: str, cleared: str, person: str) -> None:
    """Other words for a piece. Raises NotFound, Refused (no clearance, no title)."""
    title, author, cleared = _words(title, author, cleared)
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        row = find(session, need_id(campaign), number)
        row.title, row.author, row.cleared = title, author, cleared
        session.add(row)
        add_event(session, relay.now(), campaign, EventKind.asset_changed, person, kind="music", number=number)


def remove(relay: Relay, slug: str, number: int, *, person: str) -> None:
    """Raises NotFound, and Refused for a piece that lies under a film."""
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        row = find(session, need_id(campaign), number)
        usage.check_unused(usage.of_music(session, campaign).get(number, ()))
        session.delete(row)
        add_event(session, relay.now(), campaign, EventKind.asset_removed, person, kind="music", title=row.title)
    usage.drop_file(relay, Track, KIND, row.sha256)


def find(session: Session, campaign: int, number: int) -> Track:
    """Raises NotFound, and Refused for a piece whose clearance is gone."""
    row = session.get(Track, number)
    if row is None or row.campaign_id != campaign:
        raise NotFound("There is no music {number} in this campaign.", number=number)
    if not row.cleared.strip():
        raise Refused("Music {number} is not cleared.", number=number)
    return row


TYPES = {"mp3": "audio/mpeg", "flac": "audio/flac", "wav": "audio/wav", "ogg": "audio/ogg", "mov": "audio/mp4"}


def file(relay: Relay, slug: str, number: int) -> tuple[Path, str]:
    """Where a piece lies, and its media type by its first bytes. Raises NotFound, also when its file is gone."""
    with relay.reading() as session:
        row = find(session, need_id(find_campaign(session, slug)), number)
    path = relay.media.local(f"{KIND}/{row.sha256}")
    with path.open("rb") as opened:
        return path, TYPES[music.kind(opened.read(HEAD))]


def bed(relay: Relay, row: Track, under: str) -> tuple[MusicBed, Path]:
    """The piece as a bed, and where it lies. Raises NotFound when its file is gone."""
    path = relay.media.local(f"{KIND}/{row.sha256}")
    with path.open("rb") as opened:
        container = music.kind(opened.read(HEAD))
    return MusicBed(row.sha256, container, row.title, row.author, under, row.cleared), path
