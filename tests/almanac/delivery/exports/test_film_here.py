"""The parts of an export of the whole film that need no ffmpeg; with it: test_film.py."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from relay.almanac.delivery.exports import film as module
from relay.almanac.delivery.exports.edit import edit_of
from relay.almanac.delivery.exports.film import ExportWish
from relay.almanac.delivery.exports.timeline import ClipFacts
from relay.context import Relay
from relay.errors import DiskFull, Refused
from relay.models import ClipState
from relay.permissions.rules import FILM
from tests.almanac.delivery.exports.test_edit import film
from tests.moderation.town import Town


def entry(number: int, name: str = "", town: str = "", *, size: int = 0, container: str = "") -> Any:
    """As much of a plan's entry as an export reads."""
    clip = SimpleNamespace(id=number, sha256=f"{number}" * 64)
    look = SimpleNamespace(bytes=size, technical={"container": container} if container else {})
    return SimpleNamespace(clip=clip, name=name, town=town, inspection=look)


ENTRIES = [entry(7, "Анна", "Мга", size=1000, container="matroska"), entry(9, size=50)]


def test_whose_clip_an_item_shows_and_what_its_files_are_called() -> None:
    cut = film()
    facts = module._facts(cut, ENTRIES)
    assert facts == {
        1: ClipFacts(7, "7" * 64, "Анна", "Мга", "", 0), 2: ClipFacts(9, "9" * 64, "", "", "", 0),
    }  # fmt: skip
    assert module._names(edit_of(cut), facts) == {0: "title", 1: "Анна, Мга", 2: ""}


def test_room_is_reckoned_for_pictures_sound_and_originals_twice_where_all_is_packed() -> None:
    cut = film()
    plain, packed = (
        module.bytes_of(cut, ENTRIES, ExportWish("otio", originals=False, packed=packed)) for packed in (False, True)
    )
    with_originals = module.bytes_of(cut, ENTRIES, ExportWish("otio", originals=True, packed=False))
    assert with_originals - plain == 1050
    frames = sum(item.frames for item in cut.timeline.items)
    pictures = int(frames * 1280 * 720 * module.BITS_A_PIXEL / 8)
    sound = frames * cut.house.samples * module.SAMPLE_BYTES
    assert plain == 2 * pictures + sound, "once more in the cache"
    assert packed - plain == pictures + sound
    assert sound > 225 * 1920 * 4, "nine seconds of stereo at 48 kHz, as PCM"


def test_what_has_no_room_is_refused_before_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []

    def usage(place: Path) -> SimpleNamespace:
        asked.append(place)
        return SimpleNamespace(free=module.SPARE + 2_000_000_000)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    module.check_room(tmp_path / "none" / "yet", 2_000_000_000)
    assert asked == [tmp_path]
    with pytest.raises(DiskFull) as full:
        module.check_room(tmp_path, 2_000_000_001)
    assert str(full.value).startswith("The export takes about 2.0 GB, and ")
    assert asked[-1] == tmp_path


def test_originals_lie_beside_it_in_the_films_order_with_their_own_endings(relay: Relay, tmp_path: Path) -> None:
    for one in ENTRIES:
        part = relay.folder("incoming") / "part"
        part.write_bytes(one.clip.sha256.encode())
        relay.media.put(f"originals/{one.clip.sha256}", part)
    made = module._originals(relay, film(), ENTRIES, tmp_path)
    assert made == {1: f"{module.ORIGINALS}/002 Анна, Мга.mkv", 2: f"{module.ORIGINALS}/003.mp4"}
    assert {(tmp_path / name).read_bytes()[:1] for name in made.values()} == {b"7", b"9"}


def test_a_disk_without_links_gets_copies(relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(1, "no links here")

    monkeypatch.setattr(module.os, "link", no_links)
    test_originals_lie_beside_it_in_the_films_order_with_their_own_endings(relay, tmp_path)


def test_whoever_unpacks_it_reads_what_is_there_and_what_is_not(tmp_path: Path) -> None:
    path = tmp_path / "about.txt"
    module._write_about(path, film(), tmp_path / "Голоса.otio", ["captions", "chapters"], lambda text: f"<{text}>")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "Notepad reads it as it is"
    text = path.read_bytes().decode("utf-8-sig")
    first, empty, about, _, *left, last = text.split("\r\n")
    assert (first, empty, last) == ("Голоса", "", "")
    assert about.startswith("<Open the file “Голоса.otio”.")
    assert left == ["<Left out: <captions>>", "<Left out: <chapters>>"]


def test_a_clip_that_may_not_go_out_any_more_is_named(relay: Relay) -> None:
    town = Town(relay)
    free, taken = town.has_clip(state=ClipState.approved), town.has_clip(state=ClipState.withdrawn)
    module.check_allowed(relay, [free], FILM)
    with pytest.raises(Refused, match=f"Clip {taken} may not leave"):
        module.check_allowed(relay, [free, taken], FILM)
