"""A clip of which something lies in every place, and a look through the whole data folder for what is left of it."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import update
from sqlmodel import SQLModel, col

from relay.almanac.delivery.exports import shelf
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.plan import queries
from relay.context import Relay
from relay.erasure import database
from relay.intake.likeness import Fingerprint
from relay.intake.lookup import index
from relay.media.files import draft_of, part_of
from relay.media.vault import INCOMING
from relay.models import (
    Caption,
    CaptionOrigin,
    ClipState,
    EventKind,
    EventSubject,
    HandIn,
    HandInState,
    HeardRecording,
    Inspection,
    PrintSegment,
    RecordingPrint,
    Render,
    Video,
)
from relay.records import add_event
from tests.moderation.town import Town

FILM = ("proryv80", "film")
MARK = b"the very pictures of "


class LaidOut:
    """`clip` is to be erased, `other` stays. Files hold MARK with the clip's hash; `leftovers()` finds it anywhere."""

    def __init__(self, relay: Relay, town: Town) -> None:
        self.relay, self.town = relay, town
        self.clip = town.has_clip(name="Анна", state=ClipState.approved, duration=10)
        self.other = town.has_clip(name="Глеб", state=ClipState.approved, duration=10)
        self.sha256, self.stays = town.sha256(self.clip), town.sha256(self.other)
        queries.new(relay, *FILM, all_approved=True)
        for sha256 in (self.sha256, self.stays):
            self._in_the_vault(sha256)
            self._at_the_desk(sha256)
        self._rows()
        self._look_up()
        self.film(1, [self.clip, self.other])
        self.film(2, [self.other])
        self.of_killed_processes()

    def _bytes(self, sha256: str) -> bytes:
        return MARK + sha256.encode()

    def _in_the_vault(self, sha256: str) -> None:
        for key in (
            f"originals/{sha256}",
            f"posters/{sha256}.jpg",
            f"storyboards/{sha256}.jpg",
            f"proxies/{sha256}.mp4",
        ):
            path = self.relay.folder("work") / "part"
            path.write_bytes(self._bytes(sha256))
            self.relay.media.put(key, path)

    def _at_the_desk(self, sha256: str) -> None:
        for name in (f"{sha256}-waves.png", f"{sha256}-sound.json", f"{sha256}-heard-voice.jsonl"):
            (self.relay.folder("looks") / name).write_bytes(self._bytes(sha256))

    def _rows(self) -> None:
        relay = self.relay
        with relay.transaction() as session:
            look = session.get_one(Inspection, self.sha256)
            look.poster, look.proxy = f"posters/{self.sha256}.jpg", f"proxies/{self.sha256}.mp4"
            session.add(look)
            session.add(RecordingPrint(sha256=self.sha256, version=1, pictures=b"p" * 40, sounds=b"s", at=relay.now()))
            words = {"said": self.sha256}
            session.add(HeardRecording(sha256=self.sha256, model="d01c3014881c", document=words, at=relay.now()))
            cues = [{"from": 0, "to": 1, "text": "слова"}]
            session.add(
                Caption(
                    clip_id=self.clip, language="ru", cues=cues, origin=CaptionOrigin.hand, person="a", at=relay.now()
                )
            )
            video = self.town.clip(self.clip).video_id
            about = (EventSubject.video, video)
            add_event(session, relay.now(), about, EventKind.fetched, sha256=self.sha256, bytes=1)
            hand_in = HandIn(
                campaign_id=self.town.campaign_id, number="1-1", link_hash="x", state=HandInState.taken_in,
                video_id=video, created_at=relay.now(),
            )  # fmt: skip
            session.add(hand_in)
            session.flush()
            self.upload(hand_in.id or 0)
        still = relay.folder("stills") / f"{hashlib.sha256(b'card').hexdigest()}.jpg"
        still.write_bytes(self._bytes(self.sha256))
        fetch = relay.folder("work", f"fetch-{video}")
        (fetch / "video.part").write_bytes(self._bytes(self.sha256))
        self.shots()
        self.export()
        if relay.store.path is not None:
            (relay.settings.data_dir / "relay-before-upgrade-1.db").write_bytes(self._bytes(self.sha256))

    def of_killed_processes(self) -> None:
        """What lies about when renders, writers and carriers were killed, an hour ago."""
        relay, held = self.relay, self._bytes(self.sha256)
        folders = [relay.folder("shots", "work", "a"), relay.folder("shots", "previews", "work", "123-b")]
        folders += [relay.folder("exports", "work", "c")]
        left = [folder / "film.mp4" for folder in folders]
        left += [
            draft_of(relay.folder("looks") / f"{self.sha256}-waves.png"),
            part_of(relay.folder("stills") / "a.jpg"),
        ]
        left += [relay.folder("almanacs") / "proryv80_film-v3.mp4", relay.folder("almanacs", "previews") / "film.mp4"]
        left += [draft_of(relay.settings.media_folder / INCOMING / self.sha256)]
        for path in left:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(held)
        preview = relay.folder("almanacs", "previews") / "film.json"  # of the preview before: it has not got that far
        preview.write_text(json.dumps({"clips": [{"clip": self.other}]}))
        for path in (*folders, *left):
            os.utime(path, (time.time() - 3600,) * 2)
        os.utime(preview, (time.time() - 7200,) * 2)

    def _look_up(self) -> None:
        with self.relay.transaction() as session:
            session.add(PrintSegment(id=1, size=32))
            held = col(Inspection.sha256).in_((self.sha256, self.stays))
            session.exec(update(Inspection).where(held).values(print_segment=1))
        index.nominees(self.relay, Fingerprint.of({}))

    def export(self) -> None:
        place = self.relay.folder("exports", "proryv80_film")
        ready = shelf.ReadyExport(1, "mlt", "film.zip", 1, 50, False, [], [self.clip], "anna", self.relay.now())
        (place / "1.zip").write_bytes(self._bytes(self.sha256))
        (place / "1.json").write_text(json.dumps(asdict(ready) | {"at": ready.at.isoformat()}))

    def upload(self, number: int) -> None:
        folder = self.relay.folder("handed-in", str(number))
        (folder / f"{'a' * 32}.part").write_bytes(self._bytes(self.sha256))

    def shots(self) -> None:
        for parts in (("shots",), ("shots", "previews")):
            shots = ShotCache(self.relay.folder(*parts))
            for path in (shots.shot("a" * 64), shots.sound("b" * 64), shots.chunk("c.aac"), shots.seam("d")):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self._bytes(self.sha256))
        faces = self.relay.folder("shots", "faces")
        (faces / f"{self.sha256}-{'e' * 64}.json").write_bytes(b"{}")
        (faces / f"{self.stays}-{'f' * 64}.json").write_bytes(b"{}")

    def film(self, version: int, clips: list[int]) -> None:
        relay = self.relay
        folder, name = relay.folder("almanacs"), f"proryv80_film-v{version}"
        told = {"clips": [{"clip": clip, "sha256": self.town.sha256(clip)} for clip in clips]}
        held = b"".join(self._bytes(self.town.sha256(clip)) for clip in clips)
        (folder / f"{name}.json").write_text(json.dumps(told))
        for end in (".mp4", ".jpg", ".ru.vtt", "-signed.mp4"):
            (folder / f"{name}{end}").write_bytes(held)
        sha256 = hashlib.sha256(held).hexdigest()
        (relay.folder("almanacs", "stills") / f"{sha256}-5.jpg").write_bytes(held)
        with relay.transaction() as session:
            session.add(
                Render(
                    almanac_id=1,
                    version=version,
                    file=f"almanacs/{name}.mp4",
                    manifest=f"almanacs/{name}.json",
                    poster=f"almanacs/{name}.jpg",
                    sha256=sha256,
                    frames=50,
                    fps=25,
                    shots_encoded=1,
                    shots_reused=0,
                    seconds=1,
                    at=relay.now(),
                )
            )

    def leftovers(self) -> list[str]:
        """Every file of the data folder that still tells of the clip: by its name, or by what is in it."""
        root = self.relay.settings.data_dir
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and self._tells(path))

    def tells_of(self, text: str) -> list[str]:
        """Files of the data folder, and tables, that hold this text."""
        database.seal(self.relay)
        root, wanted = self.relay.settings.data_dir, text.encode()
        held = [path.name for path in root.rglob("*") if path.is_file() and wanted in path.read_bytes()]
        with self.relay.reading() as session:
            tables = SQLModel.metadata.sorted_tables
            rows = {table.name: str(session.connection().execute(table.select()).all()) for table in tables}
        return held + [name for name, told in rows.items() if text in told]

    def _tells(self, path: Path) -> bool:
        content = path.read_bytes()
        return self.sha256 in path.name or self.sha256.encode() in content or bytes.fromhex(self.sha256) in content

    def videos(self) -> list[Video]:
        with self.relay.reading() as session:
            return [session.get_one(Video, self.town.clip(self.clip).video_id)]
