from __future__ import annotations

import os
from pathlib import Path

import pytest

from relay.context import Relay
from relay.upkeep.backups import seen
from relay.upkeep.backups.contents import ToKeep
from relay.upkeep.backups.seen import SeenFiles


@pytest.fixture
def file(tmp_path: Path) -> ToKeep:
    path = tmp_path / "a"
    path.write_bytes(b"content")
    return ToKeep("a", path)


def known(relay: Relay, file: ToKeep) -> str:
    return SeenFiles(relay).sha256(file, file.path.stat())


def read(relay: Relay, file: ToKeep, sha256: str) -> None:
    files = SeenFiles(relay)
    files.note(file, file.path.stat(), sha256)
    files.save()


def test_a_file_of_the_same_size_time_and_place_is_as_it_was(relay: Relay, file: ToKeep) -> None:
    assert known(relay, file) == ""
    read(relay, file, "5")
    assert known(relay, file) == "5"
    os.utime(file.path, (1, 1))
    assert known(relay, file) == ""
    read(relay, file, "6")
    was = file.path.stat()
    file.path.write_bytes(b"content, more of it")
    os.utime(file.path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert known(relay, file) == "", "another size"
    read(relay, file, "7")
    other = file.path.with_name("b")
    other.write_bytes(file.path.read_bytes())
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    other.replace(file.path)
    assert known(relay, file) == "", "another file under its name"


def test_a_sum_that_the_name_tells_is_not_written_down(relay: Relay, file: ToKeep) -> None:
    named = ToKeep("originals/abcd", file.path, "abcd")
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
    assert files.sha256(file, file.path.stat()) == "5"
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
