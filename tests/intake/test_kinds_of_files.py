"""Files of many kinds through the whole look: what people's old cameras, recorders and messengers leave."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from relay.context import Relay
from relay.errors import Refused
from relay.intake.hand_in.files import add_files
from relay.intake.inspect import inspect
from relay.media.toolbox import Toolbox
from relay.models import Finding
from tests.intake.scene import Scene
from tests.intake.test_inspect import put

pytestmark = pytest.mark.media

SECONDS = 2


class Cameras:
    """`cameras.films("a.wmv", …)`: two seconds of a test picture and a tone, as ffmpeg writes them."""

    def __init__(self, folder: Path) -> None:
        self._toolbox, self._folder = Toolbox(), folder

    def films(self, name: str, *words: str, size: str = "480x360") -> bytes:
        path = self._folder / f"{len(list(self._folder.iterdir()))}-{name}"
        argv = [
            *(self._toolbox.ffmpeg, "-v", "error", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d={SECONDS}"),
            *("-f", "lavfi", "-i", f"sine=d={SECONDS}:r=44100", *words, "-y", str(path)),
        ]
        self._toolbox.run(argv, folder=self._folder)
        return path.read_bytes()


@pytest.fixture(scope="module")
def cameras(tmp_path_factory: pytest.TempPathFactory) -> Cameras:
    return Cameras(tmp_path_factory.mktemp("cameras"))


@pytest.fixture(scope="module")
def stream(cameras: Cameras) -> bytes:
    return cameras.films("a.ts", "-c:v", "mpeg2video", "-c:a", "mp2")


@pytest.fixture(scope="module")
def program(cameras: Cameras) -> bytes:
    return cameras.films("a.mpg", "-c:v", "mpeg2video", "-c:a", "mp2", "-g", "5")


@pytest.fixture(scope="module")
def fragments(cameras: Cameras) -> bytes:
    return cameras.films("a.mp4", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac",
                         "-movflags", "dash+frag_keyframe+global_sidx+delay_moov")  # fmt: skip


def is_taken(relay: Relay, folder: Path, content: bytes, *, codec: str = "", allowed: tuple[Finding, ...] = ()) -> None:
    path = folder / "file"
    path.write_bytes(content)
    row = inspect(relay, put(relay, path))
    assert row.finding in (allowed or (Finding.accepted,)), (row.reason, row.technical.get("said"))
    assert row.duration == pytest.approx(SECONDS, abs=0.21)
    assert row.has_audio
    if codec:
        assert row.technical["codec"] == codec


@pytest.mark.parametrize(
    ("name", "words", "codec"),
    [
        ("a.wmv", ("-c:v", "wmv2", "-c:a", "wmav2"), "wmv2"),
        ("b.wmv", ("-c:v", "wmv1", "-c:a", "wmav1"), "wmv1"),
        ("c.asf", ("-c:v", "msmpeg4", "-c:a", "libmp3lame"), "msmpeg4v3"),
        ("d.avi", ("-c:v", "rawvideo", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le"), "rawvideo"),
        ("e.vob", ("-c:v", "mpeg2video", "-c:a", "ac3", "-f", "vob"), "mpeg2video"),
        ("f.m2ts", ("-c:v", "mpeg2video", "-c:a", "ac3", "-mpegts_m2ts_mode", "1"), "mpeg2video"),
    ],
)
def test_a_film_of_an_old_camera_is_taken_in(
    relay: Relay, cameras: Cameras, tmp_path: Path, name: str, words: tuple[str, ...], codec: str
) -> None:
    is_taken(relay, tmp_path, cameras.films(name, *words), codec=codec)


def test_the_given_windows_film_is_taken_in(relay: Relay, shared: Path) -> None:
    row = inspect(relay, put(relay, shared / "corpus" / "faults" / "30_windows.wmv"))
    assert (row.finding, row.flags, row.technical["audio_codec"]) == (Finding.accepted, [], "wmav2")
    assert row.duration == pytest.approx(4, abs=0.04)


@pytest.mark.parametrize(("name", "offset"), [("a.mkv", "3600.5"), ("a.webm", "77"), ("a.flv", "50"), ("a.ts", "9")])
def test_a_part_of_a_long_recording_is_no_longer_than_it_is(
    relay: Relay, cameras: Cameras, tmp_path: Path, name: str, offset: str
) -> None:
    """Its head may tell the time at which it ends instead of its length."""
    audio = "libopus" if name == "a.webm" else "libmp3lame" if name == "a.flv" else "aac"
    video = "libvpx" if name == "a.webm" else "libx264"
    words = ("-c:v", video, "-c:a", audio, "-output_ts_offset", offset)
    is_taken(relay, tmp_path, cameras.films(name, *words))


@pytest.mark.parametrize(
    "words",
    [("-af", "adelay=900:all=1"), ("-af", "apad=whole_dur=4"), ("-af", "asetpts=PTS+0.9/TB")],
    ids=["silent first", "longer", "later"],
)
def test_a_windows_film_whose_sound_lasts_longer_than_its_picture_is_no_damage(
    relay: Relay, cameras: Cameras, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """ASF tells one length for the whole file."""
    is_taken(relay, tmp_path, cameras.films("a.wmv", "-c:v", "wmv2", "-c:a", "wmav2", *words))


def test_a_windows_film_that_was_cut_off_is_damage(relay: Relay, cameras: Cameras, tmp_path: Path) -> None:
    whole = cameras.films("a.wmv", "-c:v", "wmv2", "-c:a", "wmav2")
    path = tmp_path / "file"
    path.write_bytes(whole[: len(whole) // 2])
    assert inspect(relay, put(relay, path)).finding is not Finding.accepted


def box(name: bytes, size: int = 24) -> bytes:
    return struct.pack(">I", size) + name + bytes(size - 8)


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place < len(data):
        size = struct.unpack_from(">I", data, place)[0]
        yield data[place + 4 : place + 8], data[place : place + size]
        place += size


@pytest.mark.parametrize("name", [b"uuid", b"free", b"skip", b"wide", b"junk", b"emsg", b"prft"])
def test_an_mp4_that_begins_with_another_box_is_taken_in(
    relay: Relay, fragments: bytes, tmp_path: Path, name: bytes
) -> None:
    is_taken(relay, tmp_path, box(name, 40) + fragments, codec="h264")


@pytest.mark.parametrize("first", [b"sidx", b"styp", b"moov"])
def test_an_mp4_whose_index_of_fragments_comes_first_is_taken_in(
    relay: Relay, fragments: bytes, tmp_path: Path, first: bytes
) -> None:
    parts = list(boxes(fragments))
    assert {b"sidx", b"moof", b"moov"} <= {name for name, _ in parts}
    begin = b"".join(part for name, part in parts if name == first) or struct.pack(">I", 16) + b"stypmsdh" + bytes(4)
    is_taken(relay, tmp_path, begin + b"".join(part for name, part in parts if name != first), codec="h264")


def test_the_given_mp4_that_begins_with_uuid_is_taken_in(relay: Relay, shared: Path) -> None:
    assert inspect(relay, put(relay, shared / "corpus" / "faults" / "58_uuid_first.mp4")).finding is Finding.accepted


@pytest.mark.parametrize(
    "before",
    [
        lambda data: data[100:],
        lambda data: data[187:],
        lambda data: bytes(100) + data,
        lambda data: bytes(20_000) + data,
        lambda data: b"\x47" + b"\x11" * 700 + data,
        lambda data: b"".join(data[at : at + 188] + bytes(16) for at in range(0, len(data), 188)),
        lambda data: b"".join(bytes(4) + data[at : at + 188] for at in range(0, len(data), 188))[60:],
    ],
    ids=["torn", "one byte left", "zeros", "many zeros", "something else", "204 bytes a packet", "192, torn"],
)
def test_a_transport_stream_with_an_untidy_beginning_is_taken_in(
    relay: Relay, stream: bytes, tmp_path: Path, before
) -> None:
    is_taken(relay, tmp_path, before(stream), codec="mpeg2video")


@pytest.mark.parametrize(
    "before",
    [
        lambda data: data[data.index(b"\0\0\1\xbb") :],
        lambda data: data[data.index(b"\0\0\1\xe0") :],
        lambda data: bytes(700) + data,
        lambda data: b"\x55" * 300 + data,
    ],
    ids=["from the system header", "from the picture", "zeros", "something else"],
)
def test_a_program_stream_that_does_not_begin_with_a_pack_is_taken_in(
    relay: Relay, program: bytes, tmp_path: Path, before
) -> None:
    is_taken(relay, tmp_path, before(program), codec="mpeg2video")


def test_a_program_stream_that_is_torn_is_taken_in_or_shown_to_a_person(
    relay: Relay, program: bytes, tmp_path: Path
) -> None:
    is_taken(relay, tmp_path, program[1000:], codec="mpeg2video", allowed=(Finding.accepted, Finding.review))


def test_a_video_cd_is_taken_in(relay: Relay, cameras: Cameras, tmp_path: Path) -> None:
    """A .dat of a VideoCD, as Windows copies it: the packs in the disc's sectors of 2352 bytes, in RIFF."""
    words = ("-c:v", "mpeg1video", "-b:v", "1150k", "-maxrate:v", "1150k", "-bufsize:v", "327680", "-c:a", "mp2")
    packs = cameras.films("a.mpg", *words, "-ar", "44100", "-packetsize", "2324", "-f", "vcd", size="352x288")
    sectors = b"".join(
        bytes([0, *[255] * 10, 0, 0, 2, number % 75, 2]) + bytes([0, 0, 0x62, 0x0F] * 2)
        + packs[at : at + 2324].ljust(2324, b"\0") + bytes(4)
        for number, at in enumerate(range(0, len(packs), 2324))
    )  # fmt: skip
    head = b"RIFF" + struct.pack("<I", len(sectors) + 36) + b"CDXAfmt " + struct.pack("<I", 16) + bytes(16)
    is_taken(relay, tmp_path, head + b"data" + struct.pack("<I", len(sectors)) + sectors, codec="mpeg1video")


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        (
            "a.mxf",
            ("-c:v", "mpeg2video", "-c:a", "pcm_s16le", "-ar", "48000"),
            "This kind of video (MXF) can't be read",
        ),
        ("a.dv", ("-target", "pal-dv"), "This kind of video (DV) can't be read"),
        ("a.m1v", ("-c:v", "mpeg1video", "-an"), "This kind of video (M2V) can't be read"),
        ("a.h264", ("-c:v", "libx264", "-an"), "This kind of video (H264) can't be read"),
        ("a.m4v", ("-c:v", "mpeg4", "-an", "-f", "m4v"), "This kind of video (MPEG-4 ES) can't be read"),
        ("a.rm", ("-c:v", "rv20", "-an"), "This kind of video (RealMedia) can't be read"),
        ("a.ac3", ("-vn",), "This is a sound recording"),
        ("a.aac", ("-vn",), "This is a sound recording"),
        ("a.mp2", ("-vn",), "This is a sound recording"),
        ("a.wv", ("-vn", "-c:a", "wavpack"), "This is a sound recording"),
        ("a.wma", ("-vn",), "There is only sound in this file"),
        ("a.ogg", ("-vn",), "There is only sound in this file"),
    ],
)
def test_what_is_not_read_is_called_by_its_name_and_stays_where_it_is(
    relay: Relay, cameras: Cameras, tmp_path: Path, name: str, words: tuple[str, ...], said: str
) -> None:
    Scene(relay, tmp_path).campaign()
    path = tmp_path / name
    path.write_bytes(cameras.films(name, *words))
    with pytest.raises(Refused) as caught:
        add_files(relay, "proryv80", [path], person="Анна")
    assert str(caught.value).startswith(f"{name}: {said}")
    assert path.is_file()
