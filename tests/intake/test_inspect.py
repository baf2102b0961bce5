"""The real look, at small films made on the spot."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.errors import Interrupted, NotFound
from relay.intake import families
from relay.intake.inspect import inspect
from relay.media.toolbox import Toolbox
from relay.models import Finding, Inspection

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
