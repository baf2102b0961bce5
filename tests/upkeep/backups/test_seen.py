from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from relay.context import Relay
from relay.upkeep.backups import seen
from relay.upkeep.backups.contents import ToKeep
from relay.upkeep.backups.seen import SeenFiles


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "a"
    made.write_bytes(b"content")
    return made


@pytest.fixture
def file(path: Path) -> ToKeep:
    return ToKeep("a", partial(path.open, "rb"))


def stat(file: ToKeep) -> os.stat_result:
    with file.open() as opened:
        return os.fstat(opened.fileno())


def known(relay: Relay, file: ToKeep) -> str:
    return SeenFiles(relay).sha256(file, stat(file))


def read(relay: Relay, file: ToKeep, sha256: str) -> None:
    files = SeenFiles(relay)
    files.note(file, stat(file), sha256)
    files.save()


def test_a_file_of_the_same_size_time_and_place_is_as_it_was(relay: Relay, file: ToKeep, path: Path) -> None:
    assert known(relay, file) == ""
    read(relay, file, "5")
    assert known(relay, file) == "5"
    os.utime(path, (1, 1))
    assert known(relay, file) == ""
    read(relay, file, "6")
    was = path.stat()
    path.write_bytes(b"content, more of it")
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert known(relay, file) == "", "another size"
    read(relay, file, "7")
    other = path.with_name("b")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    other.replace(path)
    assert known(relay, file) == "", "another file under its name"


def test_a_sum_that_the_name_tells_is_not_written_down(relay: Relay, file: ToKeep) -> None:
    named = replace(file, name="originals/abcd", sha256="abcd")
    read(relay, named, "abcd")
    told = (relay.settings.data_dir / "backups" / "seen.json").read_text()
    assert "abcd" not in told
    assert "originals" not in told
    assert known(relay, named) == "abcd"
    read(relay, named, "damaged")
    assert known(relay, named) == "damaged"


def test_what_was_not_asked_for_is_forgotten(relay: Relay, file: ToKeep) -> None:
    read(relay, file, "5")
    files = SeenFiles(relay)
    assert files.sha256(file, stat(file)) == "5"
    files.save()
    assert known(relay, file) == "5", "it was asked for"
    SeenFiles(relay).save()
    assert known(relay, file) == ""


def test_a_memory_that_can_not_be_read_is_none(relay: Relay, file: ToKeep) -> None:
    for said in ("", "[]", "[1]", "{"):
        (relay.folder(seen.FOLDER) / "seen.json").write_text(said)
        assert known(relay, file) == ""


def test_the_key_of_names_is_made_once_and_for_its_owner_only(relay: Relay) -> None:
    key = seen.naming_key(relay)
    (path,) = relay.folder(seen.FOLDER).iterdir()
    assert (len(key), seen.naming_key(relay), path.stat().st_mode & 0o777) == (32, key, 0o600)
