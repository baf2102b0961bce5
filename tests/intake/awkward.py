"""Awkward but harmless files, as people and networks really send them: nothing in them reads, reaches or fills
anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from relay.intake.inspect import TOO_SMALL
from relay.media.probe import EMPTY, UNREADABLE, WEB_PAGE
from relay.media.toolbox import Toolbox

NAMES = (
    "it's 'quoted'.mp4", "new\nline.mp4", 'tab\tand "dq".mp4', "-i.mp4", "--help.mp4", "%(title)s_%d_%%.mp4",
    "photo%03d.jpg", "..mp4", "Пётр Ё й\u0438\u0306 9\u00a0мая.mp4", "н" * 120 + ".mp4", "x.mp4 ", "#тег?a=b&c=d.mp4",
    "clip[1].mp4", "*.mp4", "~.mp4", "$(date).mp4", "pipe:0.mp4", "null", "con.mp4", "\u202e4pm.exe",
)  # fmt: skip
"""What may be taken for an option, a pattern, an address or a device."""
TITLE = "<b>Имя</b>\"'`;\u202e4pm.exe\r\nвторая строка\x1b[31m"


@dataclass(frozen=True, slots=True)
class Awkward:
    """`reason`: the sentence of the refusal; empty for what is accepted."""

    path: Path
    reason: str


def films(toolbox: Toolbox, folder: Path, *words: str, size: str = "320x240", name: str = "ok.mp4") -> Path:
    """A second of a test picture with a tone."""
    argv = [
        *(toolbox.ffmpeg, "-v", "error", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d=1"),
        *("-f", "lavfi", "-i", "sine=d=1", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", *words),
    ]
    toolbox.run([*argv, "-y", str(folder / name)], folder=folder)
    return folder / name


def write(toolbox: Toolbox, folder: Path) -> Iterator[Awkward]:
    whole = films(toolbox, folder).read_bytes()
    index = whole.index(b"moov") - 4
    contents: dict[str, tuple[bytes, str]] = {
        "no_index.mp4": (whole[:index], UNREADABLE),
        "empty.mp4": (b"", EMPTY),
        "zeros.mp4": (bytes(200_000), "The file holds only zeros: it was not stored whole."),
        "page.mp4": ("<!doctype html><title>ВКонтакте</title><h1>Ссылка устарела</h1>".encode(), WEB_PAGE),
        "picture.mp4": (
            b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0",
            "This is a picture, not a video.",
        ),
        "letter.mp4": ("Это не видео, а письмо.\n".encode() * 40, "This is a text, not a video."),
    }
    for name, (content, reason) in contents.items():
        (folder / name).write_bytes(content)
        yield Awkward(folder / name, reason)
    yield Awkward(films(toolbox, folder, size="64x64", name="tiny.mp4"), TOO_SMALL)
    yield Awkward(films(toolbox, folder, "-metadata", f"title={TITLE}", name="titled.mp4"), "")
    yield Awkward(folder / "ok.mp4", "")
