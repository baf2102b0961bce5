"""Damaged films: real seeds in every kind of file that is let in, with bits flipped, parts cut, put twice or joined.

`judged` puts one through the whole look of a relay of its own, as a fetched or handed-in video is.
"""

from __future__ import annotations

import csv
import hashlib
import random
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from relay.context import Relay
from relay.errors import RelayError
from relay.intake.inspect import inspect, original
from relay.media.toolbox import Toolbox
from relay.models import Finding
from tests.faults.deeds import opened

SECONDS = 1.5
LONGEST_LOOK = 60.0
"""Seconds that one file may take."""
LEAST_SEED = 2000
KINDS: Mapping[str, Sequence[str]] = {
    "h264.mp4": ("-c:v", "libx264", "-c:a", "aac"),
    "h264-b.mov": ("-c:v", "libx264", "-bf", "3", "-c:a", "aac", "-movflags", "+faststart"),
    "h264.mkv": ("-c:v", "libx264", "-c:a", "libmp3lame"),
    "h264.flv": ("-c:v", "libx264", "-c:a", "aac"),
    "h264.ts": ("-c:v", "libx264", "-c:a", "aac"),
    "hevc.mp4": ("-c:v", "libx265", "-x265-params", "log-level=error", "-c:a", "aac"),
    "vp8.webm": ("-c:v", "libvpx", "-c:a", "libvorbis"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-c:a", "libopus"),
    "av1.mp4": ("-c:v", "libsvtav1", "-preset", "10", "-c:a", "aac"),
    "mpeg4.avi": ("-c:v", "mpeg4", "-c:a", "libmp3lame"),
    "mjpeg.mov": ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-c:a", "pcm_s16le"),
    "mpeg2.mpg": ("-c:v", "mpeg2video", "-c:a", "mp2"),
    "wmv2.wmv": ("-c:v", "wmv2", "-c:a", "wmav2"),
    "h263.3gp": ("-c:v", "h263", "-s", "352x288", "-an"),
    "theora.ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"),
}
"""Name → how FFmpeg makes it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a file. `fault`: why it may not have ended so; empty when all is well."""

    seed: str
    damage: str
    finding: str
    seconds: float
    fault: str = ""


def seeds(folder: Path, shared: Path | None = None) -> dict[str, bytes]:
    """A second and a half of every kind; of `shared`, the corpus, one film for each pair of container and codec."""
    toolbox = Toolbox()
    picture = ("-f", "lavfi", "-i", f"testsrc2=s=480x360:r=25:d={SECONDS}")
    sound = ("-f", "lavfi", "-i", f"sine=d={SECONDS}:r=44100")
    found = {}
    for name, words in KINDS.items():
        sounds = () if "-an" in words else sound
        _make(toolbox, [*picture, *sounds, "-pix_fmt", "yuv420p", *words, name], folder)
        found[name] = (folder / name).read_bytes()
    for source in _of_corpus(shared, one_of_a_kind=True) if shared else ():
        name = f"corpus-{source.name}"
        try:
            _make(toolbox, ["-i", str(source), "-t", f"{SECONDS}", "-c", "copy", name], folder, reads=[source])
        except RelayError:
            continue  # this one can't be cut without coding it anew
        content = (folder / name).read_bytes()
        if len(content) > LEAST_SEED:
            found[name] = content
    return found


def _make(toolbox: Toolbox, words: Sequence[str], folder: Path, reads: Sequence[Path] = ()) -> None:
    toolbox.run([toolbox.ffmpeg, "-v", "error", "-nostdin", "-y", *words], folder=folder, reads=list(reads))


def whole(folder: Path, shared: Path | None = None) -> list[Path]:
    """Films without a fault: those that `seeds` made in the folder, and all of the corpus that are to be accepted."""
    return [*(folder / name for name in KINDS), *(_of_corpus(shared, one_of_a_kind=False) if shared else ())]


def _of_corpus(shared: Path, *, one_of_a_kind: bool) -> list[Path]:
    with (shared / "corpus/media/manifest.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["expected"] == "accepted"]
    kinds = {(row["container"], row["vcodec"], row["acodec"]): row["file"] for row in rows}
    files = kinds.values() if one_of_a_kind else [row["file"] for row in rows]
    return sorted(path for file in files if (path := shared / "corpus/media" / file).is_file())


# damage


def _flip(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 4, 32))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def _cut_off(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(1, len(content)) :]


def _cut_out(content: bytearray, chance: random.Random) -> None:
    at, length = _span(content, chance)
    del content[at : at + length]


def _empty(content: bytearray, chance: random.Random) -> None:
    at, length = _span(content, chance)
    content[at : at + length] = bytes(length)


def _scramble(content: bytearray, chance: random.Random) -> None:
    at, length = _span(content, chance)
    content[at : at + length] = chance.randbytes(length)


def _put_twice(content: bytearray, chance: random.Random) -> None:
    at, length = _span(content, chance)
    content[at:at] = content[at : at + length]


def _swap(content: bytearray, chance: random.Random) -> None:
    (at, length), other = _span(content, chance), chance.randrange(len(content))
    content[at : at + length], content[other : other + length] = (
        content[other : other + length],
        content[at : at + length],
    )


def _span(content: bytearray, chance: random.Random) -> tuple[int, int]:
    at = chance.randrange(len(content))
    return at, min(len(content) - at, chance.choice((1, 16, 188, 1024, 8192)))


DAMAGES: Mapping[str, Callable[[bytearray, random.Random], None]] = {
    "bits flipped": _flip,
    "cut off": _cut_off,
    "a part cut out": _cut_out,
    "a part of zeros": _empty,
    "a part scrambled": _scramble,
    "a part twice": _put_twice,
    "parts exchanged": _swap,
}
JOINED = "joined with another"


def damaged(films: Mapping[str, bytes], number: int, seed: int) -> tuple[str, str, bytes]:
    """The `number`th damaged film of a seed: whose it is, what was done, and its bytes. Always the same."""
    chance = random.Random(f"{seed} {number}")
    name = chance.choice(sorted(films))
    damage = chance.choice([*DAMAGES, JOINED])
    content = bytearray(films[name])
    if damage == JOINED:
        other = films[chance.choice(sorted(films))]
        content = content[: chance.randrange(len(content))] + bytearray(other[chance.randrange(len(other)) :])
    else:
        DAMAGES[damage](content, chance)
    return name, damage, bytes(content)


# judgement


class Judge:
    """A relay in `folder` that looks at one file after another and keeps none."""

    def __init__(self, folder: Path) -> None:
        self.relay: Relay = opened(folder)
        self.relay.store.upgrade(self.relay.now())

    def judged(self, name: str, damage: str, content: bytes) -> Verdict:
        sha256 = hashlib.sha256(content).hexdigest()
        part = self.relay.folder("work") / "part"
        part.write_bytes(content)
        self.relay.media.put(original(sha256), part)
        begun = time.monotonic()
        try:
            row = inspect(self.relay, sha256)
            finding, fault = row.finding, ""
        except Exception as error:  # noqa: BLE001 - what a service would meet
            return Verdict(name, damage, "broke", time.monotonic() - begun, f"{type(error).__name__}: {error}")
        seconds = time.monotonic() - begun
        if seconds > LONGEST_LOOK:
            fault = f"took {seconds:.0f} s"
        if finding is Finding.accepted and (said := self._strictly(sha256, heard="lost_sound" not in row.flags)):
            fault = f"accepted, and a strict decode says: {said}"
        for key in list(self.relay.media.list()):
            self.relay.media.delete(key)
        left = [path.name for path in self.relay.folder("work").iterdir()]
        return Verdict(name, damage, finding.value, seconds, fault or (f"left over: {left}" if left else ""))

    def _strictly(self, sha256: str, *, heard: bool) -> str:
        """What FFmpeg says that takes no error; empty when there is none. Equal times are the null muxer's own word.

        Not `heard`: the moderator is told that the sound can't be read.
        """
        path = self.relay.media.local(original(sha256))
        argv = [
            *(self.relay.toolbox.ffmpeg, "-nostdin", "-v", "error", "-xerror", "-err_detect", "explode"),
            *("-threads", "1", "-i", str(path), "-map", "0:v:0", *(("-map", "0:a:0?") if heard else ())),
            *("-fps_mode", "passthrough", "-f", "null", "-"),
        ]
        done = subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=120, check=False)
        lines = [line for line in done.stderr.splitlines() if "non monotonically increasing dts to muxer" not in line]
        return "; ".join(lines[:3]) or ("" if done.returncode == 0 else f"exit code {done.returncode}")
