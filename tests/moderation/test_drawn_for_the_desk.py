"""How the pictures that the desk makes of a clip are asked for, without ffmpeg; with it: test_clip_pictures.py."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from relay.context import Relay
from relay.errors import NotFound, StorageDown, ToolFailed
from relay.media import waveform
from relay.media.buckets.files import BucketFiles
from relay.media.toolbox import Done
from relay.models import ClipState
from relay.moderation import clip_pictures, clip_reviews, withdrawal
from tests import s3
from tests.fakes.toolbox import RecordingToolbox
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


class Painter(RecordingToolbox):
    """Leaves a picture where the last word of its orders says."""

    fails = False

    def run(self, argv: Any, *, folder: Path, **more: Any) -> Done:
        done = super().run(argv, folder=folder, **more)
        if self.fails:
            raise ToolFailed("It can't be read.")
        (folder / argv[-1]).write_bytes(b"picture")
        return done


@pytest.fixture
def drawn(relay: Relay, tmp_path: Path) -> tuple[Relay, Town, Painter]:
    painter = Painter()
    relay = dataclasses.replace(relay, toolbox=painter)
    return relay, Town(relay), painter


def has(town: Town, tmp_path: Path, **words: Any) -> tuple[int, str]:
    files = {}
    for kind in ("poster", "proxy"):
        files[kind] = tmp_path / f"{kind}{town.number}"
        files[kind].write_bytes(kind.encode())
    clip = town.has_clip(duration=4.0, size=(320, 180), **files, **words)
    return clip, town.sha256(clip)


def orders(painter: Painter) -> str:
    """What ffmpeg was last told, without where the files lie."""
    words = [word.rpartition("/")[2] if word.startswith("file:") else word for word in painter.calls[-1].argv[1:]]
    return " ".join(words)


def test_the_chosen_moment_is_cut_out_of_the_copy_and_kept(drawn: tuple[Relay, Town, Painter], tmp_path: Path) -> None:
    relay, town, painter = drawn
    clip, sha256 = has(town, tmp_path)
    assert clip_pictures.poster(relay, sha256) is None
    clip_reviews.trim(relay, clip, {"poster_at": "3"}, person="Анна")
    place = relay.folder("looks") / f"{sha256}-3000-0.jpg"
    assert clip_pictures.poster(relay, sha256) == clip_pictures.poster(relay, sha256) == place
    assert place.read_bytes() == b"picture"
    (call,) = painter.calls
    assert orders(painter) == (
        "-v error -nostdin -f mov -format_whitelist mov -protocol_whitelist file -ss 3.000 -an "
        f"-i {sha256}.mp4 -vf null,scale=out_range=pc,format=yuvj420p -frames:v 1 -q:v 3 -map_metadata -1 "
        f"-y {sha256}-3000-0.jpg"
    )
    assert (call.limits, call.reads) == (clip_pictures.LIMITS, (relay.media.local(f"proxies/{sha256}.mp4"),))
    assert list(relay.folder("work").iterdir()) == []


def test_the_last_tenth_of_a_second_has_no_picture_of_its_own(
    drawn: tuple[Relay, Town, Painter], tmp_path: Path
) -> None:
    relay, town, painter = drawn
    clip, sha256 = has(town, tmp_path)
    clip_reviews.trim(relay, clip, {"poster_at": "4"}, person="Анна")
    assert clip_pictures.poster(relay, sha256) == relay.folder("looks") / f"{sha256}-3900-0.jpg"
    assert " -ss 3.900 " in orders(painter)


@pytest.mark.parametrize(
    ("turn", "filters"), [("90", "transpose=clock"), ("180", "hflip,vflip"), ("270", "transpose=cclock")]
)
def test_a_turned_clip_has_its_own_poster_turned(
    drawn: tuple[Relay, Town, Painter], tmp_path: Path, turn: str, filters: str
) -> None:
    relay, town, painter = drawn
    clip, sha256 = has(town, tmp_path)
    clip_reviews.trim(relay, clip, {"turn": turn}, person="Анна")
    assert clip_pictures.poster(relay, sha256) == relay.folder("looks") / f"{sha256}-own-{turn}.jpg"
    assert "-f jpeg_pipe -format_whitelist jpeg_pipe" in orders(painter)
    assert f"-an -i {sha256}.jpg -vf {filters},scale=" in orders(painter)
    relay.media.delete(f"posters/{sha256}.jpg")
    assert clip_pictures.poster(relay, sha256) is None


def test_of_a_withdrawn_clip_nothing_is_drawn(drawn: tuple[Relay, Town, Painter], tmp_path: Path) -> None:
    relay, town, painter = drawn
    clip, sha256 = has(town, tmp_path, state=ClipState.approved)
    clip_reviews.trim(relay, clip, {"poster_at": "1"}, person="Анна")
    withdrawal.withdraw(relay, clip, reason="asked", person="Анна")
    assert clip_pictures.poster(relay, sha256) is None
    assert painter.calls == []


def test_a_waveform_is_drawn_once_of_the_copys_sound(drawn: tuple[Relay, Town, Painter], tmp_path: Path) -> None:
    relay, town, painter = drawn
    _clip, sha256 = has(town, tmp_path)
    place = clip_pictures.waveform(relay, sha256)
    assert place == clip_pictures.waveform(relay, sha256) == waveform.place(relay.folder("looks"), sha256)
    assert len(painter.calls) == 1
    assert f"-i {sha256}.mp4 -filter_complex [0:a:0]aformat=channel_layouts=mono,showwavespic=" in orders(painter)
    assert orders(painter).endswith(f"-map [w] -frames:v 1 -y {place.name}")
    relay.media.delete(f"proxies/{sha256}.mp4")
    assert clip_pictures.waveform(relay, sha256) == place, "what was drawn needs no copy"


def test_what_has_no_sound_or_no_copy_or_can_not_be_read_has_no_waveform(
    drawn: tuple[Relay, Town, Painter], tmp_path: Path
) -> None:
    relay, town, painter = drawn
    painter.fails = True
    mute, bare, broken = has(town, tmp_path, flags=("no_sound",)), town.has_clip(), has(town, tmp_path)
    for sha256 in (mute[1], town.sha256(bare), broken[1], "0" * 64):
        with pytest.raises(NotFound, match="no such file"):
            clip_pictures.waveform(relay, sha256)
    assert len(painter.calls) == 1
    assert list(relay.folder("looks").iterdir()) == []


# Ahead, and by another host


def test_whatever_a_clip_lacks_is_drawn_once(drawn: tuple[Relay, Town, Painter], tmp_path: Path) -> None:
    relay, town, painter = drawn
    clip, sha256 = has(town, tmp_path)
    clip_reviews.trim(relay, clip, {"poster_at": "3"}, person="Анна")
    for _ in range(3):
        clip_pictures.draw(relay, clip)
    assert {path.name for path in relay.folder("looks").iterdir()} == {f"{sha256}-3000-0.jpg", f"{sha256}-waves.png"}
    assert len(painter.calls) == 2


def test_what_can_not_be_drawn_is_no_fault(drawn: tuple[Relay, Town, Painter], tmp_path: Path) -> None:
    relay, town, painter = drawn
    mute, _ = has(town, tmp_path, flags=("no_sound",))
    gone, _ = has(town, tmp_path, state=ClipState.approved)
    withdrawal.withdraw(relay, gone, reason="asked", person="Анна")
    for clip in (mute, gone, 999):
        clip_pictures.draw(relay, clip)
    assert painter.calls == []


@pytest.fixture
def hosts(
    drawn: tuple[Relay, Town, Painter], object_store: str, tmp_path: Path
) -> tuple[Relay, Relay, Painter, int, str]:
    """Two of one bucket, and a clip with a chosen poster."""
    relay, town, painter = drawn
    bucket = s3.new_bucket(object_store)
    one, other = (s3.in_bucket(relay, object_store, bucket, tmp_path / name) for name in ("one", "other"))
    town.relay = one
    clip, sha256 = has(town, tmp_path)
    clip_reviews.trim(one, clip, {"poster_at": "3"}, person="Анна")
    return one, other, painter, clip, sha256


@pytest.mark.slow
def test_what_one_host_has_drawn_no_other_draws(hosts: tuple[Relay, Relay, Painter, int, str]) -> None:
    one, other, painter, clip, sha256 = hosts
    clip_pictures.draw(one, clip)
    assert len(painter.calls) == 2
    shown = clip_pictures.poster(other, sha256)
    assert shown == other.folder("looks") / f"{sha256}-3000-0.jpg"
    assert shown.read_bytes() == b"picture"
    assert clip_pictures.waveform(other, sha256).is_file()
    assert len(painter.calls) == 2


@pytest.mark.slow
def test_twin_what_was_not_shared_is_drawn_by_each(
    hosts: tuple[Relay, Relay, Painter, int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, painter, clip, _ = hosts
    monkeypatch.setattr(BucketFiles, "share", lambda *_paths: None)
    clip_pictures.draw(one, clip)
    clip_pictures.draw(other, clip)
    assert len(painter.calls) == 4


@pytest.mark.slow
@pytest.mark.parametrize("what", ["share", "bring"])
def test_a_store_that_is_away_keeps_nobody_from_drawing(
    hosts: tuple[Relay, Relay, Painter, int, str], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def is_away(*_paths: object) -> None:
        raise StorageDown("It is away.")

    one, _, painter, clip, _ = hosts
    monkeypatch.setattr(BucketFiles, what, is_away)
    clip_pictures.draw(one, clip)
    assert len(painter.calls) == 2
