"""Files that an organizer gives: what is taken, what is refused, what is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay.almanac.assets import import_file
from relay.context import Relay
from relay.errors import DiskFull, Refused
from tests.almanac.assets.given import SUM, left, town, tune

__all__ = ["town", "tune"]  # fixtures


def test_a_given_file_is_copied_kept_and_its_copy_is_gone(relay: Relay, tune: Path) -> None:
    with import_file.import_file(relay, tune, "music") as given:
        assert (given.path.name, given.sha256, given.path.read_bytes()) == ("given.mp3", SUM, b"tune")
        assert given.path.parent.parent == relay.folder("incoming"), "beside the store, so that it is only moved"
        (given.path.parent / "left by a child").touch()
        given.keep()
    assert relay.media.local(f"music/{SUM}").read_bytes() == b"tune"
    assert tune.read_bytes() == b"tune"
    assert left(relay) == []


def test_what_is_not_kept_is_gone(relay: Relay, tune: Path) -> None:
    with pytest.raises(Refused, match="no"), import_file.import_file(relay, tune, "music"):
        raise Refused("no")
    assert left(relay) == []
    assert not relay.media.has(f"music/{SUM}")
    assert import_file.MOST_MB == 512


def test_an_ending_is_kept_short_and_small(relay: Relay, tmp_path: Path) -> None:
    for name, ending in (("a.JPEG", ".jpeg"), ("b.Something", ".somet"), ("c", "")):
        (tmp_path / name).write_bytes(b"x")
        with import_file.import_file(relay, tmp_path / name, "pictures") as given:
            assert given.path.name == f"given{ending}"


@pytest.mark.parametrize(("megabytes", "taken"), [(512, True), (513, False)])
def test_a_given_file_has_a_size_that_is_bearable(
    relay: Relay, tune: Path, monkeypatch: pytest.MonkeyPatch, megabytes: int, *, taken: bool
) -> None:
    monkeypatch.setattr(import_file, "MOST_MB", 1)
    tune.write_bytes(b"")
    with tune.open("r+b") as file:
        file.truncate((1 << 20) + (megabytes - 512))
    if taken:
        with import_file.import_file(relay, tune, "music"):
            pass
    else:
        with (
            pytest.raises(Refused, match=r"Время\.MP3 is larger than 1 MB"),
            import_file.import_file(relay, tune, "music"),
        ):
            pass


def test_a_folder_and_nothing_are_no_files(relay: Relay, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(Refused, match="There is no file"), import_file.import_file(relay, path, "music"):
            pass


@pytest.mark.parametrize(("number", "error"), [(28, DiskFull), (5, Refused)])
def test_a_full_disk_is_told_from_a_file_that_can_not_be_read(
    relay: Relay, tune: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    def breaks(*_words: object) -> None:
        raise OSError(number, "x")

    monkeypatch.setattr(import_file.shutil, "copyfile", breaks)
    with pytest.raises(error), import_file.import_file(relay, tune, "music"):
        pass
    assert left(relay) == []
