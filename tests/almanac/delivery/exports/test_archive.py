from __future__ import annotations

import errno
import zipfile
from pathlib import Path

import pytest

from relay.almanac.delivery.exports import archive
from relay.errors import DiskFull, Interrupted, Refused


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "film"
    (made / "pictures").mkdir(parents=True)
    (made / "pictures" / "001 Анна.mp4").write_bytes(b"film" * 1000)
    (made / "about.txt").write_text("text " * 1000)
    return made


def test_everything_is_in_it_under_one_folder_with_names_as_they_are(folder: Path, tmp_path: Path) -> None:
    archive.pack(folder, tmp_path / "out.zip", root="Голоса")
    with zipfile.ZipFile(tmp_path / "out.zip") as made:
        assert made.testzip() is None
        assert made.namelist() == ["Голоса/about.txt", "Голоса/pictures/001 Анна.mp4"]
        kinds = {info.filename[-3:]: info.compress_type for info in made.infolist()}
    assert kinds == {"txt": zipfile.ZIP_DEFLATED, "mp4": zipfile.ZIP_STORED}


@pytest.mark.slow
def test_the_same_folder_makes_the_same_file(folder: Path, tmp_path: Path) -> None:
    archive.pack(folder, tmp_path / "one.zip", root="x")
    archive.pack(folder, tmp_path / "two.zip", root="x")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_stopped_one_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    def stop(_count: int) -> None:
        raise Interrupted("Enough.")

    with pytest.raises(Interrupted):
        archive.pack(folder, tmp_path / "out.zip", root="x", on_bytes=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["film"]


def test_a_full_disk_and_a_closed_one_are_told(folder: Path, tmp_path: Path) -> None:
    def full(_count: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    with pytest.raises(DiskFull):
        archive.pack(folder, tmp_path / "out.zip", root="x", on_bytes=full)
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match="can't be written"):
        archive.pack(folder, tmp_path / "file" / "out.zip", root="x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "film"]


def test_progress_counts_every_byte(folder: Path, tmp_path: Path) -> None:
    counted: list[int] = []
    archive.pack(folder, tmp_path / "out.zip", root="x", on_bytes=counted.append)
    assert sum(counted) == archive.size_of(folder)
