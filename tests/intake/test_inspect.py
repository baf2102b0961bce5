"""The real look, at small films made on the spot."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import select

from relay.context import Relay
from relay.errors import Interrupted, NotFound, Refused
from relay.intake import families
from relay.intake.hand_in import files
from relay.intake.inspect import ENCRYPTED, HARDLY_SHOWN, NO_PICTURE, UNKNOWN_CODEC, forget, inspect
from relay.media import waveform
from relay.media.toolbox import Toolbox
from relay.models import Finding, Inspection
from tests.intake.scene import Scene
from tests.media.parcels import box, full, with_box

pytestmark = pytest.mark.media

Film = Callable[..., Path]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """`film("sound", *words)`: a film by ffmpeg's own pictures; made once for the same words."""
    folder, toolbox = tmp_path_factory.mktemp("films"), Toolbox()
    made: dict[tuple[str, ...], Path] = {}

    def make(
        *words: str, picture: str = "testsrc2=s=480x270:r=25:d=2", sound: str = "sine=f=300:d=2", name: str = "a.mp4"
    ) -> Path:
        key = (*words, picture, sound, name)
        if key not in made:
            path = folder / f"{len(made)}-{name}"
            inputs = ["-f", "lavfi", "-i", picture, *(["-f", "lavfi", "-i", sound] if sound else [])]
            toolbox.run([toolbox.ffmpeg, "-v", "error", *inputs, *words, str(path)], folder=folder)
            made[key] = path
        return made[key]

    return make


def put(relay: Relay, path: Path) -> str:
    copy = relay.folder("incoming") / "file"
    shutil.copyfile(path, copy)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    relay.media.put(f"originals/{sha256}", copy)
    return sha256


def test_a_good_film_is_accepted_with_all_that_the_desk_needs(relay: Relay, film: Film) -> None:
    sha256 = put(relay, film())

    found = inspect(relay, sha256)

    assert (found.finding, found.reason) == (Finding.accepted, "")
    assert (found.width, found.height, found.fps, found.has_audio) == (480, 270, 25.0, True)
    assert found.duration == pytest.approx(2.0, abs=0.05)
    assert found.loudness is not None
    assert -40 < found.loudness < 0
    assert found.peak is not None
    assert found.technical["codec"] == "h264"
    assert found.prints is not None
    assert len(found.prints) == 4 * families.BYTES
    assert relay.media.local(found.poster).read_bytes().startswith(b"\xff\xd8")
    assert relay.media.local(found.storyboard).read_bytes().startswith(b"\xff\xd8")
    assert relay.media.local(found.proxy).read_bytes()[4:8] == b"ftyp"
    assert waveform.place(relay.folder("looks"), sha256).read_bytes().startswith(b"\x89PNG")
    assert not list((relay.settings.data_dir / "work").iterdir())


def test_the_proxy_carries_no_metadata(relay: Relay, film: Film) -> None:
    told = film(
        "-metadata", "title=SECRETNAME", "-metadata", "location=+59.95+030.31/", "-movflags", "use_metadata_tags"
    )
    assert b"SECRETNAME" in told.read_bytes()

    found = inspect(relay, put(relay, told))

    for key in (found.proxy, found.poster, found.storyboard):
        assert b"SECRETNAME" not in relay.media.local(key).read_bytes()


def test_a_second_look_is_not_needed(relay: Relay, film: Film) -> None:
    sha256 = put(relay, film())
    first = inspect(relay, sha256)
    proxy = relay.media.local(first.proxy).stat().st_mtime_ns

    again = inspect(relay, sha256)

    assert again.at == first.at
    assert relay.media.local(again.proxy).stat().st_mtime_ns == proxy


def test_a_lost_poster_is_made_again(relay: Relay, film: Film) -> None:
    sha256 = put(relay, film())
    relay.media.delete(inspect(relay, sha256).poster)

    assert relay.media.has(inspect(relay, sha256).poster)


def test_nothing_to_look_at_is_said(relay: Relay) -> None:
    with pytest.raises(NotFound):
        inspect(relay, "0" * 64)


def test_a_program_that_stops_stores_nothing(relay: Relay, film: Film) -> None:
    sha256 = put(relay, film())
    relay.toolbox.close()

    with pytest.raises(Interrupted):
        inspect(relay, sha256)

    with relay.reading() as session:
        assert session.exec(select(Inspection)).all() == []
    assert list(relay.media.list("posters/")) == []


@pytest.mark.parametrize(
    ("words", "more", "flags"),
    [
        ((), {"sound": ""}, ["no_sound", "low_resolution"]),
        ((), {"sound": "anullsrc=d=2"}, ["silent", "low_resolution"]),
        (("-af", "volume=-28dB"), {}, ["quiet", "low_resolution"]),
        ((), {"picture": "color=black:s=640x480:r=25:d=3", "sound": "sine=d=3"}, ["black"]),
        ((), {"picture": "smptebars=s=640x480:r=25:d=4", "sound": "sine=d=4"}, ["frozen"]),
        ((), {"picture": "testsrc2=s=360x640:r=30:d=0.5", "sound": "sine=d=0.5"}, ["short", "vertical"]),
    ],
)
def test_what_a_moderator_should_know_is_flagged(
    relay: Relay, film: Film, words: tuple[str, ...], more: dict[str, str], flags: list[str]
) -> None:
    found = inspect(relay, put(relay, film(*words, **more)))

    assert found.finding is Finding.accepted
    assert found.flags == flags


def test_a_turned_film_is_shown_upright(relay: Relay, film: Film, tmp_path: Path) -> None:
    turned, toolbox = tmp_path / "turned.mp4", Toolbox()
    toolbox.run(
        [toolbox.ffmpeg, "-v", "error", "-display_rotation", "90", "-i", str(film()), "-c", "copy", str(turned)],
        folder=tmp_path,
        reads=[film()],
    )

    found = inspect(relay, put(relay, turned))

    assert (found.width, found.height, found.technical["rotation"]) == (270, 480, 270)
    assert "vertical" in found.flags


@pytest.mark.parametrize("name", ["a.webm", "a.mkv", "a.avi", "a.mov", "a.ts", "a.mpg", "a.flv"])
def test_what_people_send_is_understood(relay: Relay, film: Film, name: str) -> None:
    found = inspect(relay, put(relay, film("-ar", "44100" if name == "a.flv" else "48000", name=name)))

    assert found.finding is Finding.accepted, (found.reason, found.technical.get("said"))
    assert found.duration == pytest.approx(2.0, abs=0.2)


def spoiled(path: Path, target: Path, *, every: int, at: float = 0.2) -> Path:
    """Turns one byte in so many over, from the share `at` of the file on."""
    data = bytearray(path.read_bytes())
    for place in range(int(len(data) * at), len(data) - 2000, every):
        data[place] ^= 0xFF
    target.write_bytes(data)
    return target


def test_a_spoiled_film_is_never_accepted(relay: Relay, film: Film, tmp_path: Path) -> None:
    good = film("-movflags", "+faststart")
    for number, every in enumerate((997, 4999, 20011)):
        found = inspect(relay, put(relay, spoiled(good, tmp_path / f"{number}.mp4", every=every)))
        assert found.finding is not Finding.accepted, every
        assert found.reason or "damaged" in found.flags


def test_a_film_that_was_cut_off_is_never_accepted(relay: Relay, film: Film, tmp_path: Path) -> None:
    whole = film("-movflags", "+faststart").read_bytes()
    for share in (0.3, 0.6, 0.9, 0.97):
        cut = tmp_path / f"cut-{share}.mp4"
        cut.write_bytes(whole[: int(len(whole) * share)])
        found = inspect(relay, put(relay, cut))
        assert found.finding is not Finding.accepted, share
        if share < 0.9:
            assert found.finding is Finding.refused


def test_a_refused_film_may_be_looked_at_again_when_the_limits_are_others(relay: Relay, film: Film) -> None:
    sha256 = put(relay, film())
    object.__setattr__(relay.settings, "max_video_seconds", 1.0)
    assert inspect(relay, sha256).finding is Finding.refused

    object.__setattr__(relay.settings, "max_video_seconds", 300.0)
    assert inspect(relay, sha256).finding is Finding.accepted


@pytest.mark.parametrize("limit", [("max_video_seconds", 1.0), ("min_video_side", 600)])
def test_a_video_that_a_clip_stands_on_stays_when_it_is_refused_under_other_limits(
    relay: Relay, film: Film, tmp_path: Path, limit: tuple[str, float]
) -> None:
    Scene(relay, tmp_path).campaign()
    files.add_files(relay, "proryv80", [film()], person="Анна")
    with relay.reading() as session:
        kept = session.exec(select(Inspection)).one()
    relay.media.delete(kept.poster)
    object.__setattr__(relay.settings, *limit)
    with pytest.raises(Refused):
        files.add_files(relay, "proryv80", [film()], person="Анна")

    assert relay.media.has(f"originals/{kept.sha256}")
    with relay.reading() as session:
        assert session.exec(select(Inspection)).one() == kept


def test_a_refused_video_without_a_clip_goes(relay: Relay, film: Film) -> None:
    sha256 = put(relay, film())
    object.__setattr__(relay.settings, "max_video_seconds", 1.0)
    inspect(relay, sha256)
    forget(relay, sha256)
    assert not relay.media.has(f"originals/{sha256}")


# What is healthy, and what is not


def packed(folder: Path, *words: str | Path, reads: Path, name: str = "made.mp4") -> Path:
    """A copy of `reads` with other words."""
    target, toolbox = folder / name, Toolbox()
    argv = [toolbox.ffmpeg, "-v", "error", "-y", "-i", str(reads), *map(str, words), str(target)]
    toolbox.run(argv, folder=folder, reads=[reads])
    return target


LONG = {"picture": "testsrc2=s=480x360:r=25:d=5", "sound": "sine=d=5"}
KEYS = ("-g", "50", "-bf", "0")


def with_exif(folder: Path, name: str) -> Path:
    pictures, toolbox = Image.effect_noise((480, 360), 60).convert("RGB"), Toolbox()
    exif = Image.Exif()
    exif[0x010F] = "Museum"
    for number in range(25):
        pictures.rotate(number).save(folder / f"{number:03d}.jpg", exif=exif)
    target = folder / name
    words = ["-framerate", "25", "-i", str(folder / "%03d.jpg"), "-c", "copy", str(target)]
    toolbox.run([toolbox.ffmpeg, "-v", "error", *words], folder=folder)
    return target


@pytest.mark.parametrize("name", ["a.avi", "a.mov", "a.mkv"])
def test_pictures_with_side_data_that_nobody_knows_are_read(relay: Relay, tmp_path: Path, name: str) -> None:
    found = inspect(relay, put(relay, with_exif(tmp_path, name)))

    assert (found.finding, found.duration) == (Finding.accepted, pytest.approx(1.0, abs=0.04)), found.reason


def test_a_turn_is_read_beside_side_data_that_nobody_knows(relay: Relay, tmp_path: Path) -> None:
    film = packed(tmp_path, "-c", "copy", reads=with_exif(tmp_path, "a.mov"), name="b.mov")
    toolbox = Toolbox()
    words = ["-display_rotation", "90", "-display_hflip", "-i", str(film), "-c", "copy", str(tmp_path / "c.mov")]
    toolbox.run([toolbox.ffmpeg, "-v", "error", *words], folder=tmp_path, reads=[film])

    found = inspect(relay, put(relay, tmp_path / "c.mov"))

    assert (found.technical["rotation"], found.technical["mirrored"]) == (270, True)


def test_without_a_name_for_the_unnamed_the_reading_ends(tmp_path: Path) -> None:
    """Twin: PyAV's own list of kinds ends before FFmpeg's."""
    import av

    with av.open(str(with_exif(tmp_path, "a.avi"))) as container:
        frame = next(container.decode(video=0))
        with pytest.raises(ValueError, match="not a valid Type"):
            frame.side_data  # noqa: B018


@pytest.mark.parametrize(
    ("name", "coder"),
    [("a.mp4", "mov_text"), ("a.mkv", "srt"), ("a.mkv", "ass"), ("a.mkv", "webvtt"), ("a.webm", "webvtt")],
)
def test_a_track_of_subtitles_is_no_damage(relay: Relay, film: Film, tmp_path: Path, name: str, coder: str) -> None:
    (tmp_path / "s.srt").write_text("1\n00:00:00,500 --> 00:00:09,000\nПомню.\n", "utf-8")
    base = film("-c:v", "libvpx", "-c:a", "libopus", name="b.webm") if name == "a.webm" else film()
    words = ("-f", "srt", "-i", tmp_path / "s.srt", "-map", "0", "-map", "1", "-c", "copy", "-c:s", coder)
    found = inspect(relay, put(relay, packed(tmp_path, *words, reads=base, name=name)))

    assert (found.finding, found.flags) == (Finding.accepted, ["low_resolution"]), found.technical["said"]
    assert found.duration == pytest.approx(2.0, abs=0.04)


@pytest.mark.parametrize("coder", ["tta", "wavpack", "g722"])
def test_a_second_sound_that_can_not_be_read_is_no_damage(relay: Relay, film: Film, tmp_path: Path, coder: str) -> None:
    words = ("-map", "0", "-map", "0:a", "-c", "copy", "-c:a:1", coder, "-strict", "-2")
    found = inspect(relay, put(relay, packed(tmp_path, *words, reads=film(), name="a.mkv")))

    assert (found.finding, found.flags) == (Finding.accepted, ["low_resolution"]), found.reason


@pytest.mark.parametrize(
    ("coder", "name"),
    [("libx264", "a.mp4"), ("libx264", "a.mkv"), ("libx264", "a.flv"), ("libx264", "a.ts"), ("libx265", "a.mp4"),
     ("libvpx", "a.webm"), ("libvpx-vp9", "a.webm"), ("mpeg4", "a.mkv")],
)  # fmt: skip
def test_a_picture_that_begins_between_key_frames_is_for_a_person(
    relay: Relay, film: Film, tmp_path: Path, coder: str, name: str
) -> None:
    audio = "libopus" if name == "a.webm" else "aac"
    words = ("-c:v", coder, *KEYS, "-ar", "48000" if audio == "libopus" else "44100", "-c:a", audio)
    whole = film(*words, name=f"{coder}-{name}", **LONG)
    late = packed(tmp_path, "-c", "copy", "-bsf:v", "noise=drop=lt(n\\,1)", reads=whole, name=name)
    assert inspect(relay, put(relay, whole)).finding is Finding.accepted

    found = inspect(relay, put(relay, late))

    assert found.finding is Finding.review, (found.reason, found.technical.get("said"))
    assert found.flags == ["late_picture"]
    assert found.reason.startswith(("The first 1.9 s of the picture can't be shown", "The first 2.0 s of the picture"))
    assert found.duration == pytest.approx(4.96, abs=0.05)


AV1 = ("-c:v", "libsvtav1", "-preset", "12", "-g", "30", "-svtav1-params", "scd=0")


@pytest.mark.parametrize(
    ("coder", "name"),
    [
        (AV1, "a.mkv"),
        (AV1, "a.mp4"),
        (("-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-g", "30"), "a.webm"),
        (("-g", "30", "-bf", "3", "-x264-params", "open-gop=1:b-pyramid=normal:ref=4:scenecut=0"), "a.ts"),
        (("-g", "30", "-bf", "2", "-x264-params", "open-gop=1:scenecut=0"), "a.mp4"),
    ],
    ids=["AV1 in Matroska", "AV1 in MP4", "AV1 in WebM", "open groups in TS", "open groups in MP4"],
)
@pytest.mark.parametrize("lost", [1, 7, 20])
def test_a_recording_that_is_joined_midway_is_not_damaged(
    relay: Relay, film: Film, tmp_path: Path, coder: tuple[str, ...], name: str, lost: int
) -> None:
    whole = film(*coder, "-ar", "48000", "-c:a", "libopus" if name == "a.webm" else "aac", name=name, **LONG)
    late = packed(tmp_path, "-c", "copy", "-bsf:v", f"noise=drop=lt(n\\,{lost})", reads=whole, name=name)

    found = inspect(relay, put(relay, late))

    assert (found.finding, found.flags) == (Finding.review, ["late_picture"]), found.technical.get("said")


def test_a_picture_that_can_hardly_be_shown_is_refused(relay: Relay, film: Film, tmp_path: Path) -> None:
    whole = film("-g", "90", "-bf", "0", **LONG)
    late = packed(tmp_path, "-c", "copy", "-bsf:v", "noise=drop=lt(n\\,1)", reads=whole)

    found = inspect(relay, put(relay, late))

    assert (found.finding, found.reason) == (Finding.refused, HARDLY_SHOWN)


@pytest.mark.parametrize(
    ("coder", "name"),
    [("libx264", "a.mp4"), ("libx264", "a.mkv"), ("libx264", "a.ts"), ("libx265", "a.mkv"), ("libvpx", "a.webm"),
     ("libvpx-vp9", "a.webm")],
)  # fmt: skip
def test_a_hole_in_the_stream_is_told_with_its_place(
    relay: Relay, film: Film, tmp_path: Path, coder: str, name: str
) -> None:
    audio = "libopus" if name == "a.webm" else "aac"
    whole = film("-c:v", coder, *KEYS, "-ar", "48000", "-c:a", audio, name=f"{coder}-hole-{name}", **LONG)
    torn = packed(tmp_path, "-c", "copy", "-bsf:v", "noise=drop=between(n\\,57\\,84)", reads=whole, name=name)

    found = inspect(relay, put(relay, torn))

    assert (found.finding, found.flags) == (Finding.review, ["gap"]), (found.reason, found.technical.get("said"))
    assert re.match(r"Pictures are missing for 1\.[012] s at 0:02", found.reason), found.reason
    assert found.fps == pytest.approx(25, abs=0.1)
    assert found.duration == pytest.approx(5.0, abs=0.05)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
@pytest.mark.parametrize("frames", ["0", "3"])
def test_a_recording_that_stood_still_is_in_order(relay: Relay, film: Film, name: str, frames: str) -> None:
    words = ("-vf", "select='not(between(n,57,84))'", "-fps_mode", "vfr", "-bf", frames, "-sc_threshold", "0")
    found = inspect(relay, put(relay, film(*words, name=name, **LONG)))

    assert (found.finding, found.flags, found.reason) == (Finding.accepted, [], "")
    assert found.duration == pytest.approx(5.0, abs=0.04)


LOCK = ("-encryption_key", "00112233445566778899aabbccddeeff", "-encryption_kid", "112233445566778899aabbccddeeff00")


@pytest.mark.parametrize("fragments", [(), ("-movflags", "frag_keyframe+empty_moov")])
def test_an_encrypted_film_is_called_encrypted(
    relay: Relay, film: Film, tmp_path: Path, fragments: tuple[str, ...]
) -> None:
    words = ("-c", "copy", "-encryption_scheme", "cenc-aes-ctr", *LOCK, *fragments)
    found = inspect(relay, put(relay, packed(tmp_path, *words, reads=film())))

    assert (found.finding, found.reason) == (Finding.refused, ENCRYPTED)


@pytest.mark.parametrize("kind", [(b"avc1", b"encv"), (b"mp4a", b"enca"), (b"avc1", b"drmi"), (b"mp4a", b"drms")])
def test_other_locks_are_locks(relay: Relay, film: Film, tmp_path: Path, kind: tuple[bytes, bytes]) -> None:
    locked = tmp_path / "locked.mp4"
    locked.write_bytes(film().read_bytes().replace(*kind))

    assert inspect(relay, put(relay, locked)).reason == ENCRYPTED


@pytest.mark.parametrize(("name", "cover"), [("a.m4a", "jpg"), ("a.m4a", "png"), ("a.mp4", "jpg"), ("a.mkv", "jpg")])
def test_music_with_a_cover_is_only_sound(relay: Relay, tmp_path: Path, name: str, cover: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Museum"
    picture, target, toolbox = tmp_path / f"cover.{cover}", tmp_path / name, Toolbox()
    Image.effect_noise((300, 300), 60).convert("RGB").save(picture, exif=exif)
    words = [
        "-f",
        "lavfi",
        "-i",
        "sine=d=3",
        *(["-i", str(picture), "-map", "0", "-map", "1"] if name != "a.mkv" else []),
    ]
    shown = ["-c:v", "copy", "-disposition:v:0", "attached_pic"]
    if name == "a.mkv":
        shown = ["-attach", str(picture), "-metadata:s:t", "mimetype=image/jpeg"]
    toolbox.run([toolbox.ffmpeg, "-v", "error", *words, *shown, "-c:a", "aac", str(target)], folder=tmp_path)

    found = inspect(relay, put(relay, target))

    assert (found.finding, found.reason) == (Finding.refused, NO_PICTURE)


def test_a_film_with_a_cover_is_a_film(relay: Relay, film: Film, tmp_path: Path) -> None:
    Image.effect_noise((300, 300), 60).save(tmp_path / "cover.jpg")
    words = ("-i", tmp_path / "cover.jpg", "-map", "1", "-map", "0", "-c", "copy", "-disposition:v:0", "attached_pic")
    found = inspect(relay, put(relay, packed(tmp_path, *words, reads=film())))

    assert (found.finding, found.width) == (Finding.accepted, 480)


def test_a_picture_without_a_decoder_ends_in_a_verdict(relay: Relay, film: Film, tmp_path: Path) -> None:
    strange = tmp_path / "strange.mp4"
    strange.write_bytes(film().read_bytes().replace(b"avc1", b"zzzz"))

    assert inspect(relay, put(relay, strange)).reason == UNKNOWN_CODEC


SPHERE = box(
    b"sv3d",
    full(b"svhd", b"camera\0"),
    box(b"proj", full(b"prhd", bytes(12)), full(b"equi", bytes(16))),
)
"""Spherical Video V2 (Google): a picture of all that is around, 360° by 180°."""


@pytest.mark.parametrize(
    ("more", "flag"),
    [
        (SPHERE, "spherical"),
        (full(b"st3d", b"\1"), "stereo"),
        (full(b"st3d", b"\2"), "stereo"),
        (full(b"st3d", b"\0"), None),
        (box(b"dvcC", b"\1\0\x0a\x35\0" + bytes(19)), "dolby_vision"),
        (box(b"dvvC", b"\1\0\x10\x35\x40" + bytes(19)), None),
    ],
)
def test_pictures_that_a_film_can_not_show_as_they_are_are_told(
    relay: Relay, film: Film, tmp_path: Path, more: bytes, flag: str | None
) -> None:
    odd = tmp_path / "odd.mp4"
    odd.write_bytes(with_box(film("-c:v", "libx264").read_bytes(), b"avc1", more))

    found = inspect(relay, put(relay, odd))

    assert (found.finding, found.flags) == (Finding.accepted, ["low_resolution", *([flag] if flag else [])])
