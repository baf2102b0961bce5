from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from relay.errors import Refused, ToolFailed
from relay.media import music
from relay.media.music import MeasuredMusic
from relay.media.probe import AUDIO_DECODERS
from relay.media.toolbox import Done, Limits
from tests.fakes.toolbox import RecordingToolbox


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"ID3\x04", "mp3"),
        (b"\xff\xfb\x90", "mp3"),
        (b"\xff\xf3", "mp3"),
        (b"\xff\xe2", "mp3"),
        (b"\xff\xf1", ""),  # AAC
        (b"\xff\xfd", ""),  # layer II
        (b"\xff\xc2", ""),
        (b"\xfe\xfb", ""),
        (b"\0\xff\xfb", ""),
        (b"\xff", ""),
        (b"", ""),
        (b"fLaC\0", "flac"),
        (b"\0fLaC", ""),
        (b"RIFF\0\0\0\0WAVEfmt ", "wav"),
        (b"RIFF\0\0\0\0AVI LIST", ""),
        (b"RIFX\0\0\0\0WAVEfmt ", ""),
        (b"OggS\0\2", "ogg"),
        (b"\0OggS", ""),
        (b"\0\0\0\x20ftypM4A ", "mov"),
        (b"ftypM4A ", ""),
        (b"<html>", ""),
    ],
)
def test_music_is_told_by_its_first_bytes(head: bytes, kind: str) -> None:
    assert music.kind(head) == kind


SUMMARY = "[ebur128] M: -9.9 I:  -9.9 LUFS\n[ebur128] Summary:\n\n  Integrated loudness:\n    I:   {} LUFS\n"


class Ear(RecordingToolbox):
    """Decodes to so many bytes and tells of such a loudness."""

    def __init__(self, size: int = 80_000, told: str = SUMMARY.format("-14.3"), failing: Exception | None = None):
        super().__init__()
        self.size, self.told, self.failing = size, told, failing

    def run(self, argv: Sequence[str], *, folder: Path, **more: Any) -> Done:  # type: ignore[override]
        super().run(argv, folder=folder, **more)
        if self.size:
            (folder / argv[-1]).write_bytes(bytes(self.size))
        if self.failing is not None:
            raise self.failing
        return Done("", self.told, 0, 0.0)


def piece(folder: Path, head: bytes = b"OggS") -> Path:
    path = folder / "Вальс.ogg"
    path.write_bytes(head)
    (folder / "work").mkdir(exist_ok=True)
    return path


def test_a_piece_is_decoded_by_one_demuxer_and_known_decoders(tmp_path: Path) -> None:
    ear, path = Ear(), piece(tmp_path)
    assert music.measure(ear, path, tmp_path / "work") == MeasuredMusic("ogg", 5.0, -14.3)
    (call,) = ear.calls
    assert " ".join(call.argv) == (
        "/usr/bin/ffmpeg -hide_banner -nostdin -nostats -loglevel info "
        "-f ogg -format_whitelist ogg -protocol_whitelist file "
        f"-codec_whitelist {','.join(AUDIO_DECODERS)} -vn -sn -dn -threads 1 -i {path} "
        "-map 0:a:0 -t 1800 -af ebur128=framelog=quiet,aresample=8000 -ac 1 -f s16le -y heard.s16"
    )
    assert (call.folder, call.reads) == (tmp_path / "work", (path,))
    assert call.limits == Limits(memory_mb=2048, cpu_seconds=120, wall_seconds=300, file_mb=64, open_files=64)
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize(
    ("told", "loudness"),
    [
        (SUMMARY.format("-69.8"), -69.8),
        (SUMMARY.format("-69.9"), None),
        (SUMMARY.format("-70.0"), None),
        (SUMMARY.format("1.5"), 1.5),
        (SUMMARY.format("-inf"), None),
        ("", None),
    ],
)
def test_silence_has_no_loudness(tmp_path: Path, told: str, loudness: float | None) -> None:
    assert music.measure(Ear(told=told), piece(tmp_path), tmp_path / "work") == MeasuredMusic("ogg", 5.0, loudness)


def test_three_seconds_are_enough_and_less_is_not(tmp_path: Path) -> None:
    assert music.measure(Ear(48_000), piece(tmp_path), tmp_path / "work").seconds == 3.0
    with pytest.raises(Refused, match=r"^Вальс\.ogg is too short for a film: it lasts 2\.9 s\.$"):
        music.measure(Ear(46_400), piece(tmp_path), tmp_path / "work")
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize(
    ("head", "ear"), [(b"<html>", Ear()), (b"OggS", Ear(0)), (b"OggS", Ear(9_000, failing=ToolFailed("damaged")))]
)
def test_what_is_no_sound_is_refused(tmp_path: Path, head: bytes, ear: Ear) -> None:
    with pytest.raises(Refused) as caught:
        music.measure(ear, piece(tmp_path, head), tmp_path / "work")
    assert caught.value.line == (
        "Вальс.ogg is not a sound file that Relay can read. Give an MP3, FLAC, WAV, Ogg or M4A."
    )
    assert len(ear.calls) == (head == b"OggS")
    assert list((tmp_path / "work").iterdir()) == []
