"""Finished versions of an almanac: which there are, their files, and what is in them by their manifests."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePath, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from relay.almanac.delivery import manifests
from relay.almanac.plan.store import find
from relay.context import Relay
from relay.errors import NotFound, NotShown, Refused, StorageDown
from relay.models import Almanac, Campaign, Clip, ClipState, Recall, Render, need_id
from relay.permissions import gate
from relay.permissions.rules import uses_of
from relay.store import add_new

GIVEN_UP = "given-up"
"""The folder, among the films, with the names that could not be given back in the object store."""
CAPTIONS: Mapping[str, str] = {"srt": "application/x-subrip", "vtt": "text/vtt"}
"""Kinds of files that hold captions → what they are called on the web."""


@dataclass(frozen=True, slots=True)
class Version:
    """A Render with what it belongs to. `manifest` is empty where its file is lost."""

    row: Render
    almanac: Almanac
    campaign: Campaign
    manifest: dict[str, Any]

    @property
    def number(self) -> int:
        return need_id(self.row)

    @property
    def seconds(self) -> float:
        return self.row.frames / self.row.fps

    def local(self, moment: datetime) -> str:
        """In the campaign's zone, as services hand times out."""
        return moment.astimezone(ZoneInfo(self.campaign.tz)).isoformat()

    @property
    def captions(self) -> tuple[str, ...]:
        """The languages of the captions that lie beside its film."""
        return tuple(self.manifest.get("captions") or ())

    def clip_at(self, frame: int) -> dict[str, Any] | None:
        """The manifest's entry of the clip that is on screen; in a dissolve, of the one that comes in."""
        shown = [one for one in self.manifest.get("clips", []) if one["film"]["from"] <= frame < one["film"]["to"]]
        return dict(shown[-1]) if shown else None


def reserve(relay: Relay, path: Path) -> bool:
    """Takes a name that nobody has, on no host, for a film; two renders at the same time get two names. Whether it is
    free. Raises StorageDown, and then the name is not taken.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    try:
        if _was_given_up(path) or relay.shared.reserve(path):
            return True
    except StorageDown:
        give_back(relay, path)
        raise
    path.unlink()  # another host has it
    return False


def give_back(relay: Relay, path: Path) -> None:
    """The film that was to have this name did not become a version: nothing of it stays, and the next one takes it."""
    for file in path.parent.glob(f"{path.stem}.*"):
        file.unlink(missing_ok=True)
    try:
        for file in (*relay.shared.names(path.parent, f"{path.stem}."), path):
            relay.shared.drop(file)
    except StorageDown:  # the store still counts it as taken
        (relay.folder("almanacs", GIVEN_UP) / path.name).touch()


def _was_given_up(path: Path) -> bool:
    """Whether the name is this host's from a time before; of several that ask, one is told so."""
    try:
        (path.parent / GIVEN_UP / path.name).unlink()
    except FileNotFoundError:
        return False
    return True


def version(relay: Relay, session: Session, slug: str, name: str, number: int = 0) -> Version:
    """The version of that number, or the newest one (0). Raises NotFound, NotShown."""
    almanac = find(session, slug, name)
    wanted = select(Render).where(Render.almanac_id == almanac.id).order_by(col(Render.version).desc())
    row = session.exec(wanted.where(Render.version == number) if number else wanted.where(is_open())).first()
    if row is None:
        raise NotFound("There is no such version of the film.")
    check_open(row)
    return version_of(relay, session, row)


def is_open() -> ColumnElement[bool]:
    """The condition, over Render, that the version is still shown."""
    return col(Render.closed_at).is_(None)


def any_closed(relay: Relay, slug: str, name: str) -> bool:
    """Whether a version of the film was closed, ever. Raises NotFound."""
    with relay.reading() as session:
        almanac = find(session, slug, name)
        closed = select(Render.id).where(Render.almanac_id == almanac.id, ~is_open()).limit(1)
        return session.exec(closed).first() is not None


def check_open(row: Render) -> None:
    """Raises NotShown for a version that was closed, because somebody in it has taken their video back."""
    if row.closed_at is not None:
        raise not_shown()


def not_shown() -> NotShown:
    return NotShown(
        "This version is not shown any more: a participant has taken a clip back.", hint="A new one will be made."
    )


def newest(session: Session, almanac: Almanac) -> Render | None:
    """Of those that are still shown."""
    mine = select(Render).where(Render.almanac_id == almanac.id, is_open())
    return session.exec(mine.order_by(col(Render.version).desc())).first()


def before(session: Session, row: Render) -> Render | None:
    """The version that was the newest when this one was made; of the same format, where there is one."""
    older = select(Render).where(Render.almanac_id == row.almanac_id, Render.version < row.version, is_open())
    newest_first = older.order_by(col(Render.version).desc())
    same = session.exec(newest_first.where(Render.format == row.format)).first()
    return same or session.exec(newest_first).first()


def version_of(relay: Relay, session: Session, row: Render) -> Version:
    almanac = session.get_one(Almanac, row.almanac_id)
    return Version(row, almanac, session.get_one(Campaign, almanac.campaign_id), manifest(relay, row))


def manifest(relay: Relay, row: Render) -> dict[str, Any]:
    return manifests.read(relay.kept(row.manifest))


def check_goes_out(relay: Relay, row: Render) -> None:
    """By its manifest: whoever is in it has to be permitted now, wherever the film goes by now. Raises NotShown."""
    clips = [int(one["clip"]) for one in manifest(relay, row).get("clips", [])]
    with relay.reading() as session:
        uses = uses_of(session.get_one(Almanac, row.almanac_id).uses)
        found = gate.stopped(session, clips, uses=uses, now=relay.now())
    for clip, lacks in found.items():
        raise NotShown(
            "This version is not shown any more. Clip {clip}: {why}",
            hint="Make a new one.",
            clip=clip,
            why=gate.told(lacks),
        )


def film(relay: Relay, row: Render) -> Path:
    """Its file, which lies below the data folder. Raises NotFound, also where it may not go out any more; NotShown."""
    check_open(row)
    check_goes_out(relay, row)
    return _below(relay, row.file)


def poster(relay: Relay, row: Render) -> Path:
    """Its picture; a film begins in black, and a player shows this instead. Raises what `film` raises."""
    check_open(row)
    check_goes_out(relay, row)
    return _below(relay, row.poster)


def signed(relay: Relay, row: Render) -> Path:
    """Its copy with content credentials. Raises what `film` raises, and NotFound where nobody has signed it."""
    check_open(row)
    check_goes_out(relay, row)
    film = PurePosixPath(row.file)
    path = str(film.with_name(signed_name(film)))
    if not relay.shared.has(relay.settings.data_dir / path):
        raise NotFound("This version has not been signed.")
    return _below(relay, path)


def has_signed_copy(relay: Relay, film: Path) -> bool:
    return relay.shared.has(film.with_name(signed_name(film)))


def signed_name(film: PurePath) -> str:
    """What the signed copy of a film is called, which lies beside it."""
    return f"{film.stem}-signed.mp4"


def with_protocol(relay: Relay, row: Render) -> Path:
    """Its copy with the protocols of its sign-offs. Raises what `film` raises, and NotFound where nobody made one."""
    made = film(relay, row)
    copy = relay.kept(str(PurePosixPath(row.file).with_name(protocol_name(made))))
    if not copy.is_file():
        raise NotFound("This version has no copy with its protocols yet.")
    return copy


def has_protocol_copy(relay: Relay, film: Path) -> bool:
    return relay.shared.has(film.with_name(protocol_name(film)))


def protocol_name(film: PurePath) -> str:
    """What the copy with the protocols is called, which lies beside the film."""
    return f"{film.stem}-protocol.mp4"


def captions(relay: Relay, shown: Version, language: str, kind: str) -> Path:
    """Its captions in a language, as a file of its own, `srt` or `vtt`. Raises what `film` raises."""
    check_open(shown.row)
    check_goes_out(relay, shown.row)
    if language not in shown.captions or kind not in CAPTIONS:
        raise NotFound("This version has no such captions.")
    return _below(relay, str(Path(shown.row.file).with_suffix(f".{language}.{kind}")))


def _below(relay: Relay, name: str) -> Path:
    folder = relay.settings.data_dir.resolve()
    path = (folder / name).resolve()
    if path.is_relative_to(folder):
        relay.kept(name)
    if not path.is_relative_to(folder) or not path.is_file():
        raise NotFound("The file of this film is not there any more.", hint="Render it again.")
    return path


def withdrawn_from(session: Session, clips: Sequence[int]) -> list[int]:
    """Those of the clips that their participants have taken back since."""
    gone: list[int] = []
    for start in range(0, len(clips), 500):
        some = clips[start : start + 500]
        rows = session.exec(select(Clip.id).where(col(Clip.id).in_(some), Clip.state == ClipState.withdrawn))
        gone += [number for number in rows if number is not None]
    return gone


def may_be_shown(relay: Relay, session: Session, almanac: Almanac, clips: Sequence[int]) -> bool:
    """Whether nobody of these clips has taken it back, and all of them may go out with the film."""
    stopped = gate.stopped(session, clips, uses=uses_of(almanac.uses), now=relay.now())
    return not stopped and not withdrawn_from(session, clips)


def check_all_stay(relay: Relay, almanac: Almanac, clips: Sequence[int]) -> None:
    """Raises Refused where somebody took their video back, or the leave to show it, while the film was made."""
    with relay.reading() as session:
        uses = uses_of(session.get_one(Almanac, almanac.id).uses)
        gate.check(session, clips, uses=uses, now=relay.now())
        if withdrawn_from(session, clips):
            raise Refused(
                "Somebody took their video back while the film was made.",
                hint="Make it again: it is left out by itself.",
            )


def recall(session: Session, row: Render, clips: Sequence[int]) -> None:
    """Notes whose video was taken back before the film was on record: nobody else will."""
    for clip in withdrawn_from(session, clips):
        add_new(session, Recall(render_id=need_id(row), clip_id=clip, at=row.at))


def clock(seconds: float) -> str:
    """`161.4` → `2:41`; with hours from one on."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
