"""What a relay writes, deed by deed, in a process of its own that faults can be put into.

`python -m tests.faults.deeds FOLDER ACKNOWLEDGED [DEED …]` does each deed that is not done yet, and says in
ACKNOWLEDGED, a file outside the data folder, what became of it: `done`, `refused` with the sentence that a person
reads, or `broke` with what no person should read.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from sqlmodel import col, select

from relay import installation_key
from relay.alerts import open_alerts, raise_alert
from relay.almanac.plan import edits, queries
from relay.config import Settings
from relay.context import Relay
from relay.erasure import walk
from relay.erasure.taking_back import withdraw
from relay.errors import NeedsUpgrade, RelayError, from_disk
from relay.intake.hand_in import hand_ins, uploads
from relay.intake.hand_in.form import FormAnswers
from relay.media.toolbox import Toolbox
from relay.media.vault import Vault
from relay.models import (
    Account,
    Clip,
    ClipState,
    Decision,
    HandIn,
    HandInState,
    Inspection,
    Role,
    Verdict,
    Video,
    VideoState,
    need_id,
)
from relay.moderation import desk
from relay.moderation.people import accounts
from relay.store import Store
from relay.upkeep import settings_file
from relay.upkeep.backups.making import backup
from relay.upkeep.backups.restoring import restore
from tests.fakes.fetcher import FakeFetcher
from tests.moderation.town import Town

SLUG, FILM = "proryv80", "film"
AT = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
CLIPS = 12
OLD = "0013"
"""The revision of the database that is brought up to date."""
ORIGINAL = bytes(range(256)) * 512
"""Stands for a video: 128 KiB, so that a file has pages that can be lost one by one."""
SHA = hashlib.sha256(ORIGINAL).hexdigest()
HANDED = ORIGINAL[::-1]
ANNA = FormAnswers(
    name="Анна Иванова", town="Кировск", district="Кировский", age="60+", origin="selection", quote="12",
    contact="+7 921 000-00-00", agreed=True,
)  # fmt: skip


@dataclass(frozen=True)
class Deed:
    """`do` is one thing that somebody asked for; `is_done` tells whether it is there, whole."""

    do: Callable[[Relay], object]
    is_done: Callable[[Relay], bool]


def opened(folder: Path) -> Relay:
    """The relay in `folder`, as a process of it opens it: a real database with all its guards, and a real vault."""
    settings = Settings(_env_file=None, data_dir=folder, min_free_gb=0, language="en")
    relay = Relay(
        settings=settings,
        store=Store(settings.db_url, secret=lambda: installation_key.secret(relay)),
        sources={},
        fetcher=FakeFetcher(),
        media=Vault(settings.media_folder),
        toolbox=Toolbox(),
        clock=lambda: AT,
        holder="deeds",
    )
    return relay


def prepare(folder: Path) -> None:
    """A campaign with clips, an open hand-in page and a film, in an empty folder."""
    folder.mkdir(parents=True)
    relay = opened(folder)
    relay.store.upgrade(AT)
    town = Town(relay, SLUG)
    for number in range(CLIPS):
        clip = town.has_clip(name=f"Анна {number}")
        _film(relay, f"{SLUG} {clip}".encode())  # whose digest the town has given
        if number >= CLIPS - 4:
            desk.decide(relay, clip, Verdict.approve, person="Анна", seen=ClipState.awaiting)
    hand_ins.switch(relay, SLUG, is_open=True, person="Анна")
    queries.new(relay, SLUG, FILM, all_approved=True, person="Анна")
    relay.folder("handed-in")
    relay.store.copy_to(folder / "relay.copy")
    relay.store.close()
    _ages(folder / "relay.copy", older(folder))


def older(folder: Path) -> Path:
    """The database of an older Relay, beside the data folder."""
    return folder.parent / "older" / "relay.db"


def _ages(copy: Path, place: Path) -> None:
    place.parent.mkdir()
    copy.rename(place)
    store = Store(f"sqlite:///{place}")
    with store.engine.connect() as connection:
        command.downgrade(store._alembic(connection), OLD)
        connection.commit()
    store.close()


def _migrates(relay: Relay) -> None:
    store = Store(f"sqlite:///{older(relay.settings.data_dir)}", secret=lambda: installation_key.secret(relay))
    try:
        store.upgrade(AT)
    finally:
        store.close()


def _is_migrated(relay: Relay) -> bool:
    store = Store(f"sqlite:///{older(relay.settings.data_dir)}")
    try:
        try:
            store.check()
        except NeedsUpgrade:
            return False
        with store.reading() as session:
            assert len(session.exec(select(Clip)).all()) == CLIPS
        return True
    finally:
        store.close()


def _film(relay: Relay, content: bytes) -> None:
    part, sha256 = relay.folder("work") / "part", hashlib.sha256(content).hexdigest()
    part.write_bytes(content)
    relay.media.put(f"originals/{sha256}", part)
    with relay.transaction() as session:
        look = session.get(Inspection, sha256)
        if look is not None:
            look.bytes = len(content)
            session.add(look)


def _judged(clip: int, verdict: Verdict, state: ClipState) -> Deed:
    reason = "off_topic" if verdict is Verdict.reject else ""

    def is_done(relay: Relay) -> bool:
        with relay.reading() as session:
            said = session.exec(select(Decision).where(Decision.clip_id == clip)).all()
            is_there = session.get_one(Clip, clip).state is state
        assert len(said) <= 1, f"clip {clip} was decided {len(said)} times"
        assert is_there == bool(said), f"clip {clip}: {len(said)} decisions, and its state says otherwise"
        return is_there

    def do(relay: Relay) -> object:
        return desk.decide(relay, clip, verdict, person="Анна", seen=ClipState.awaiting, reason=reason)

    return Deed(do, is_done)


def _withdrawn(clip: int) -> Deed:
    def do(relay: Relay) -> None:
        with relay.reading() as session:
            gone = session.get_one(Clip, clip).state is ClipState.withdrawn
        if gone:  # the worker goes on with what was begun
            walk.carry_out(relay, walk.due(relay))
        else:
            withdraw(relay, clip, reason="asked by letter", person="Анна")

    def is_done(relay: Relay) -> bool:
        with relay.reading() as session:
            gone = session.get_one(Clip, clip).state is ClipState.withdrawn
        waits = bool(set(walk.of_clips(relay, [clip])) & set(walk.due(relay)))
        assert waits or not gone or not relay.media.has(f"originals/{_sha(clip)}"), "erased, and its file is there"
        return gone and not waits

    return Deed(do, is_done)


def _sha(clip: int) -> str:
    """Of the file that the town has given this clip."""
    return hashlib.sha256(f"{SLUG} {clip}".encode()).hexdigest()


def _named(clip: int) -> Deed:
    return Deed(
        lambda relay: desk.edit(relay, clip, name="Ольга Берггольц", town="Кировск", person="Анна"),
        lambda relay: desk.show(relay, clip).participant.name == "Ольга Берггольц",
    )


def _keeps_an_original(relay: Relay) -> None:
    """As a fetch does: the file first, and then the row that points to it."""
    _film(relay, ORIGINAL)
    with relay.transaction() as session:
        session.add(
            Video(
                network="vk", owner_id="-1", video_id="2", url="https://vk.com/video-1_2", state=VideoState.fetched,
                sha256=SHA, created_at=AT,
            )
        )  # fmt: skip


def _has_the_original(relay: Relay) -> bool:
    with relay.reading() as session:
        rows = session.exec(select(Video).where(Video.sha256 == SHA)).all()
    assert len(rows) <= 1
    if rows:
        assert relay.media.local(f"originals/{SHA}").read_bytes() == ORIGINAL, "a row whose file is not whole"
    return bool(rows)


def _hands_in(relay: Relay) -> None:
    """Goes on with what has arrived, as a browser does."""
    row = _handed(relay)
    if row is None:
        row, _ = hand_ins.begin(relay, SLUG, ANNA, consent="I allow it.", language="en", visitor="home")
    number = need_id(row)
    now = uploads.open_upload(relay, hand_ins.get(relay, number))
    upload = now.name if now else uploads.create(relay, number, name="a.mp4", kind="video/mp4", length=len(HANDED))
    offset = now.offset if now else 0
    while offset < len(HANDED):
        part = uploads.OpenUpload(relay, number, upload, offset)
        try:
            part.write(HANDED[offset : offset + 50_000])
        finally:
            part.close()
        offset += 50_000
    hand_ins.tidy(relay)  # as the worker does: a whole file needs no browser any more


def _has_the_hand_in(relay: Relay) -> bool:
    row = _handed(relay)
    if row is None or row.state is HandInState.begun:
        return False
    path = uploads.arrived(relay, row)
    assert path is not None, "a hand-in that waits, and its file is gone"
    assert path.read_bytes() == HANDED, "a hand-in that waits, and its file is not whole"
    return True


def _handed(relay: Relay) -> HandIn | None:
    with relay.reading() as session:
        rows = session.exec(select(HandIn).order_by(col(HandIn.id))).all()
    return rows[-1] if rows else None


def _put_first(relay: Relay) -> None:
    edits.place(relay, SLUG, FILM, CLIPS, before=_order(relay)[0], person="Анна")


def _order(relay: Relay) -> list[int]:
    return [segment.clip for segment in queries.show(relay, SLUG, FILM).segments]


def _is_told(relay: Relay) -> bool:
    with relay.reading() as session:
        return bool(open_alerts(session))


def _alerts(relay: Relay) -> None:
    with relay.transaction() as session:
        raise_alert(session, "disk", "There is no room for files that are handed in.", AT)


def _sets(relay: Relay) -> None:
    settings_file.write(relay.settings.data_dir / "settings", {"RELAY_PUBLIC_URL": "https://relay.example"})


def _is_set(relay: Relay) -> bool:
    path = relay.settings.data_dir / "settings"
    if path.exists():
        assert path.read_text().endswith("RELAY_PUBLIC_URL=https://relay.example\n"), "half a settings file"
    return path.exists()


def _invited(relay: Relay) -> bool:
    with relay.reading() as session:
        return session.exec(select(Account).where(Account.login == "boris")).first() is not None


def archive(relay: Relay) -> Path:
    return relay.settings.data_dir.parent / "archive.tar"


def restored(relay: Relay) -> Relay:
    """The relay beside this one that its backup is put back into."""
    return opened(relay.settings.data_dir.parent / "restored")


def _restores(relay: Relay) -> None:
    if not archive(relay).exists():
        backup(relay, archive(relay))
    restore(restored(relay), archive(relay))


def _is_restored(relay: Relay) -> bool:
    other = restored(relay)
    assert other.store.path is not None
    if not other.store.path.exists():
        return False
    other.store.check()
    with other.reading() as session:
        assert len(session.exec(select(Clip)).all()) == CLIPS
    return True


DEEDS: Mapping[str, Deed] = {
    "approve": _judged(1, Verdict.approve, ClipState.approved),
    "reject": _judged(2, Verdict.reject, ClipState.rejected),
    "withdraw": _withdrawn(3),
    "name": _named(4),
    "original": Deed(_keeps_an_original, _has_the_original),
    "hand in": Deed(_hands_in, _has_the_hand_in),
    "plan": Deed(_put_first, lambda relay: _order(relay)[0] == CLIPS),
    "alert": Deed(_alerts, _is_told),
    "invite": Deed(lambda relay: accounts.invite(relay, "boris", "Борис", Role.editor), _invited),
    "migrate": Deed(_migrates, _is_migrated),
    "settings": Deed(_sets, _is_set),
    "withdraw from a film": _withdrawn(CLIPS - 1),
    "back up": Deed(lambda relay: backup(relay, archive(relay)), lambda relay: archive(relay).exists()),
    "restore": Deed(_restores, _is_restored),
}


def main(folder: Path, acknowledged: Path, names: list[str]) -> None:
    relay = opened(folder)
    log = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for name in names or DEEDS:
        try:
            if not DEEDS[name].is_done(relay):
                DEEDS[name].do(relay)
        except (RelayError, OSError) as error:
            told = from_disk(error) if isinstance(error, OSError) else error  # as every way in does
            said = (
                f"broke\t{name}\t{error!r}" if told is None else f"refused\t{name}\t{type(told).__name__}: {told.line}"
            )
        except Exception as error:  # noqa: BLE001 - told, and judged by whoever put the fault in
            said = f"broke\t{name}\t{type(error).__name__}: {error}".replace("\n", " ")
        else:
            is_done = DEEDS[name].is_done(relay)
            said = f"done\t{name}\t" if is_done else f"refused\t{name}\twaits for the worker, which tries again"
        os.write(log, f"{said}\n".encode())
    relay.store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
