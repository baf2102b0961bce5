"""Files are there whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from relay.media import files


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert files.file_sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    files.replace_file(path, b"old")
    files.replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_until_its_bytes_are_on_the_disk_the_old_file_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = tmp_path / "a", []
    files.replace_file(path, b"old")
    monkeypatch.setattr(os, "fsync", lambda _handle: seen.append(path.read_bytes()))
    files.replace_file(path, b"new")
    assert seen == [b"old", b"new"], "the bytes first, and then the name"


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a"
    files.replace_file(path, b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_secret_is_for_its_owner_from_the_first_moment(tmp_path: Path) -> None:
    files.write_new(tmp_path / "key", b"s", mode=0o600)
    files.replace_file(tmp_path / "env", b"s", mode=0o600)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    files.write_new(tmp_path / "key", b"first")
    with pytest.raises(FileExistsError):
        files.write_new(tmp_path / "key", b"second")
    assert (tmp_path / "key").read_bytes() == b"first"


def test_a_file_and_a_folder_are_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(stat.S_ISDIR(os.fstat(handle).st_mode)))
    (tmp_path / "a").touch()
    files.flush(tmp_path / "a")
    files.flush(tmp_path)
    assert flushed == [False, True]


def test_folders_are_made_for_their_owner_only_and_files_are_closed_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    files.make_private(tmp_path / "a" / "b")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, tmp_path / "a", tmp_path / "a" / "b")] == [
        0o755,
        0o700,
        0o700,
    ]
    (tmp_path / "a").chmod(0o755)
    files.make_private(tmp_path / "a")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o755
    files.close_to_others(tmp_path / "a")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700


def test_what_a_link_leads_to_keeps_its_rights(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("x")
    (tmp_path / "outside").chmod(0o644)
    (tmp_path / "link").symlink_to(tmp_path / "outside")
    files.close_to_others(tmp_path / "link")
    assert stat.S_IMODE((tmp_path / "outside").stat().st_mode) == 0o644
