"""A real small film in a real database: clips with moving pictures, cards of each kind, music, captions, a dip."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from relay.almanac.assets import cards, music, pictures, styles
from relay.almanac.assets.styles import Change
from relay.almanac.film.cues import Cue
from relay.almanac.plan import queries
from relay.context import Relay
from relay.media.probe import Facts
from relay.models import Caption, CaptionOrigin, ClipState, Inspection
from tests.almanac.filming import Camera
from tests.moderation.town import OPENS, Town

FILM = ("proryv80", "film")
HOUSE = {"width": 160, "height": 90, "preset": "ultrafast", "strip_seconds": 2.0}
SEEN: dict[Path, Facts] = {}
"""What was found out about a file once."""
SHORT = {"title_seconds": 1.0, "page_seconds": 1.0, "end_seconds": 1.0}


def waves(size: tuple[int, int], seed: int) -> Callable[[int], NDArray[np.uint8]]:
    """Pictures that move, so that a frame too early or too late is seen."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]

    def picture(number: int) -> NDArray[np.uint8]:
        luma = 115 + 60 * np.sin((x + 3 * number) / 17 + seed) + 40 * np.cos((y - 2 * number) / 13)
        return np.concatenate([luma.astype(np.uint8).ravel(), np.full(width * height // 2, 128, np.uint8)])

    return picture


class Studio(Town):
    def __init__(self, relay: Relay, camera: Camera) -> None:
        super().__init__(relay)
        self.camera = camera

    def shoots(self, name: str, size: tuple[int, int] = (320, 180), frames: int = 75, **how: object) -> int:
        """An approved clip whose original lies in the vault."""
        seed = self.number + 1
        path = self.camera.folder / f"studio{seed}-{size[0]}-{frames}.mp4"
        if not path.exists():
            self.camera.films(path.stem, frames=frames, size=size, seed=seed, picture=waves(size, seed), **how)  # type: ignore[arg-type]
        facts = SEEN.get(path) or SEEN.setdefault(path, self.camera.facts(path))
        clip = self.has_clip(
            name=name, town="Мга", state=ClipState.approved, duration=facts.video_duration, size=facts.shape
        )
        with self.relay.transaction() as session:
            look = session.get_one(Inspection, self.sha256(clip))
            look.technical, look.has_audio = facts.to_json(), facts.audio_index is not None
            look.bytes = path.stat().st_size
            session.add(look)
        self.puts(path, f"originals/{self.sha256(clip)}")
        return clip

    def puts(self, path: Path, key: str) -> None:
        part = self.relay.folder("incoming") / "part"
        shutil.copy(path, part)
        self.relay.media.put(key, part)

    def plans(self, **style: object) -> None:
        almanac = queries.new(self.relay, *FILM, title="Голоса Прорыва", all_approved=True)
        with self.relay.transaction() as session:
            almanac.style = {**HOUSE, **SHORT, **style}
            session.add(almanac)

    def says(self, clip: int, *cues: Cue, language: str = "ru") -> None:
        rows = [{"from": cue.start, "to": cue.end, "text": cue.text} for cue in cues]
        with self.relay.transaction() as session:
            session.add(
                Caption(clip_id=clip, language=language, origin=CaptionOrigin.file, cues=rows, person="anna", at=OPENS)
            )

    def plays(self) -> int:
        """A piece of music that may be used."""
        path = self.camera.folder / "tune.mp3"
        tone = ["-f", "lavfi", "-i", "sine=220:duration=12", "-c:a", "libmp3lame", "-y", str(path)]
        self.camera.toolbox.run([self.camera.toolbox.ffmpeg, "-v", "error", *tone], folder=self.camera.folder)
        row = music.add(self.relay, "proryv80", path, title="Время", author="Чайковский", cleared="Договор", person="b")
        return row.id or 0

    def hangs(self) -> int:
        path = self.camera.folder / "archive.png"
        steps = np.kron(np.arange(48, dtype=np.uint8).reshape(6, 8) * 5, np.ones((30, 30), np.uint8))
        Image.fromarray(steps).convert("RGB").save(path)
        row = pictures.add(self.relay, "proryv80", path, source="Архив", title="Ладога", person="b")
        return row.id or 0


def whole(relay: Relay, camera: Camera) -> Studio:
    """A film that has one of everything."""
    studio = Studio(relay, camera)
    studio.shoots("Анна Петрова", loud=-10)
    boris = studio.shoots("Борис", (180, 320), 90, loud=-22)
    vera = studio.shoots("Вера", loud=-16)
    studio.shoots("Глеб", sound=0)
    studio.says(boris, Cue(0.6, 2.4, "Слово к слову"))
    studio.says(boris, Cue(0.6, 2.4, "Word by word"), language="en")
    track, picture = studio.plays(), studio.hangs()
    studio.plans()
    for kind, words in (("chapter", {"title": "Глава"}), ("quote", {"text": "Мы помним всё", "author": "А. Б."})):
        cards.add(relay, *FILM, kind, words=words, before=vera, seconds=1.5, person="boris")
    cards.add(relay, *FILM, "picture", words={}, picture=picture, before=None, seconds=1.5, person="boris")
    into = {boris: "dip"}
    styles.change(relay, *FILM, Change(music=str(track), into=into, burn="ru", captions=("ru",)), person="boris")
    return studio
