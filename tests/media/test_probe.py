from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from relay.errors import Refused, ToolFailed
from relay.media.children.probe import turned
from relay.media.probe import AUDIO_DECODERS, VIDEO_DECODERS, Facts, container, killed, probe
from relay.media.toolbox import Done, Limits, Toolbox
from tests.fakes.toolbox import RecordingToolbox

ONE = 65536


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\0\0\0\x18ftypmp42", "mov"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "mov"),
        (b"\0\0\1\0moov", "mov"),
        (b"\x1a\x45\xdf\xa3\x01", "matroska"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"FLV\x01\x05", "flv"),
        (b"\0\0\x01\xba\x21", "mpeg"),
        (b"OggS\0\x02", "ogg"),
        ((b"\x47" + bytes(187)) * 4, "mpegts"),
        (b"\0\0\0\0" + (b"\x47" + bytes(191)) * 4, "mpegts"),
    ],
)
def test_a_container_is_told_by_its_first_bytes(head: bytes, expected: str) -> None:
    assert container(head) == expected


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "empty"),
        (b"GIF89a", "animated picture"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"\x89PNG\r\n", "picture"),
        (b"\0\0\0\x18ftypheic", "picture"),
        (b"RIFF\0\0\0\0WAVE", "sound"),
        (b"ID3\x04", "sound"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\xef\xbb\xbf\n <html>", "web page"),
        ("Дорогие внуки!\n".encode(), "text"),
        ("Дорогие внуки!\n".encode("cp1251"), "text"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nHello\n", "text"),
        (b'{"error": "not found"}', "text"),
        (b"<?xml version='1.0'?><note/>", "text"),
        (bytes(4096), "zeros"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\0", "not a video"),
        (b"PK\x03\x04\0\0\0\0", "not a video"),
        (b"\x47" + b"\0" * 400, "not a video"),
    ],
)
def test_everything_else_is_refused_in_plain_words(head: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        container(head)


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ((ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30), (0, False)),
        ((0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30), (90, False)),
        ((-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30), (180, False)),
        ((0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30), (270, False)),
        ((-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30), (0, True)),
        ((ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30), (180, True)),
        ((0, ONE, 0, ONE, 0, 0, 0, 0, 1 << 30), (90, True)),
        ((0, 0, 0, 0, 0, 0, 0, 0, 0), (0, False)),
        ((ONE, 0, 0, 0, 0, 0, 0, 0, 0), (0, False)),
        ((46341, 46341, 0, -46341, 46341, 0, 0, 0, 1 << 30), (0, False)),
        ((-(2**31), 7, 0, 2**31 - 1, -1, 0, 0, 0, 0), (0, False)),
    ],
)
def test_a_display_matrix_becomes_quarter_turns(matrix: tuple[int, ...], expected: tuple[int, bool]) -> None:
    assert turned(matrix) == expected


@pytest.mark.parametrize(
    ("facts", "shape"),
    [
        (Facts("mov", coded_width=1920, coded_height=1080), (1920, 1080)),
        (Facts("mov", coded_width=1920, coded_height=1080, rotation=90), (1080, 1920)),
        (Facts("mpeg", coded_width=720, coded_height=576, sar="64:45"), (1024, 576)),
        (Facts("mov", coded_width=720, coded_height=576, sar="64:45", rotation=270), (576, 1024)),
    ],
)
def test_the_shape_is_what_is_shown(facts: Facts, shape: tuple[int, int]) -> None:
    assert facts.shape == shape


def test_facts_survive_json_and_older_rows() -> None:
    facts = Facts("mov", codec="h264", coded_width=640, coded_height=360, video_index=0, fps=25.0)

    assert Facts.from_json(facts.to_json()) == facts
    assert Facts.from_json({"container": "mov", "from the future": 1}) == Facts("mov")


def test_the_first_picture_may_come_late() -> None:
    assert Facts("mov", start=1.5, video_start=2.25).lead == 0.75
    assert Facts("mov", start=1.5, video_start=1.0).lead == 0.0


@pytest.mark.parametrize(
    ("change", "promised"),
    [
        ({"declared": 10.5}, 0.0),
        ({"declared": 10.6}, 10.6),
        ({"declared": None}, 0.0),
        ({"declared": 9.0}, 0.0),
        ({"reach": 20.0, "declared": 21.0}, 0.0),
        ({"reach": 20.0, "declared": 21.1}, 21.1),  # a twentieth
        ({"video_duration": 20.0, "declared": 20.5}, 0.0),
        ({"video_start": 10.0, "declared": 14.4}, 0.0),  # begins late, ends at 14
        ({"container": "matroska", "start": 90.0, "declared": 100.5}, 0.0),  # when it ends, not how long it lasts
        ({"container": "flv", "start": 90.0, "declared": 99.5}, 0.0),
        ({"container": "flv", "start": 90.0, "declared": 99.4}, 99.4),
        ({"container": "matroska", "start": 90.0, "declared": 100.6}, 100.6),
        ({"container": "mov", "start": 90.0, "declared": 100.5}, 100.5),
    ],
)
def test_a_file_that_was_cut_off_promises_more_than_is_in_it(change: dict[str, Any], promised: float) -> None:
    facts = Facts(**({"container": "mov", "reach": 10.0, "video_duration": 4.0} | change))
    assert facts.promised == promised
    assert facts.seconds == max(facts.video_duration, promised)


def test_a_film_lasts_as_long_as_anything_in_it() -> None:
    assert Facts("mov", video_duration=4.0, audio_duration=5.0, video_declared=3.0).seconds == 5.0
    assert Facts("mov", video_duration=4.0, video_declared=6.0).seconds == 6.0
    assert Facts("mov", video_duration=7.0, audio_duration=5.0, video_declared=6.0).seconds == 7.0
    assert Facts("mov").seconds == 0.0
    assert Facts("mov", coded_width=1, coded_height=9, sar="1:4").shape == (1, 9)


@pytest.mark.parametrize(
    ("code", "died"),
    [(-9, True), (-1, True), (0, False), (1, False), (128, False), (129, True), (159, True), (160, False)],
)
def test_a_signal_is_told_from_a_failure(code: int, *, died: bool) -> None:
    assert killed(code) is died


MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"


def test_a_file_is_read_in_a_child_by_one_demuxer_and_known_decoders(tmp_path: Path) -> None:
    film, work, toolbox = tmp_path / "film.dat", tmp_path / "work", RecordingToolbox()
    film.write_bytes(MP4)
    work.mkdir()
    toolbox.answers(container="mov", streams=2)
    assert probe(toolbox, film, work, max_seconds=600) == Facts("mov", streams=2)
    (call,) = toolbox.calls
    assert call.argv[:-1] == toolbox.python("relay.media.children.probe")
    assert json.loads(call.argv[-1]) == {
        "path": str(film), "container": "mov", "codecs": [*VIDEO_DECODERS, *AUDIO_DECODERS], "max_seconds": 601,
    }  # fmt: skip
    assert (call.folder, call.reads) == (work, (film,))
    assert call.limits == Limits(memory_mb=3072, cpu_seconds=60, wall_seconds=180, file_mb=1, open_files=64)


class Failing(RecordingToolbox):
    def __init__(self, error: ToolFailed) -> None:
        super().__init__()
        self.error = error

    def run(self, *_: Any, **__: Any) -> Done:
        raise self.error


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("MemoryError: ", "The video is too heavy to check."),
        ("OSError: [Errno 12] Cannot allocate memory", "The video is too heavy to check."),
        ("InvalidDataError: moov", "The video can't be read: it is damaged or incomplete."),
    ],
)
def test_what_can_not_be_read_is_refused(tmp_path: Path, said: str, line: str) -> None:
    film, toolbox = tmp_path / "film.mp4", RecordingToolbox()
    film.write_bytes(MP4)
    toolbox.answers(error=said)
    with pytest.raises(Refused) as caught:
        probe(toolbox, film, tmp_path, max_seconds=600)
    assert caught.value.line == line


def test_a_child_that_was_killed_had_too_much_to_do(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(MP4)
    with pytest.raises(Refused, match=r"^The video is too heavy to check\.$"):
        probe(Failing(ToolFailed("x", returncode=-9)), film, tmp_path, max_seconds=600)
    with pytest.raises(ToolFailed, match=r"^x$"):
        probe(Failing(ToolFailed("x", returncode=1)), film, tmp_path, max_seconds=600)


@pytest.mark.media
def test_measures_instead_of_believing(tmp_path: Path) -> None:
    toolbox, film, work = Toolbox(), tmp_path / "film.mkv", tmp_path / "work"
    work.mkdir()
    toolbox.run(
        [
            *(toolbox.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=2"),
            *("-f", "lavfi", "-i", "sine=d=1.5:r=44100", "-c:v", "libx264", "-c:a", "aac", str(film)),
        ],
        folder=tmp_path,
    )

    facts = probe(toolbox, film, work, max_seconds=60)

    assert (facts.container, facts.codec, facts.audio_codec) == ("matroska", "h264", "aac")
    assert (facts.coded_width, facts.coded_height, facts.video_packets) == (320, 180, 60)
    assert facts.video_duration == pytest.approx(2.0, abs=0.01)
    assert facts.audio_duration == pytest.approx(1.5, abs=0.05)
    assert facts.fps == pytest.approx(30, abs=0.1)
    assert facts.sample_rate == 44100
    assert not facts.vfr


@pytest.mark.media
def test_a_file_that_breaks_off_is_refused(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\xff\xffmdat" + bytes(1000))

    with pytest.raises(Refused, match="can't be read"):
        probe(Toolbox(), film, tmp_path, max_seconds=60)
