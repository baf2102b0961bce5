from __future__ import annotations

import errno
import io
import subprocess
from pathlib import Path

import pyrage
import pytest

from relay.context import Relay
from relay.errors import DiskFull, NotFound, Refused
from relay.upkeep.backups import keeping, sealing
from relay.upkeep.backups.folder import BackupFolder
from relay.upkeep.backups.making import backup
from relay.upkeep.backups.restoring import restore, try_out
from tests.upkeep.backups.conftest import BYTES, SHA


class Holder:
    """Somebody with a key: `to` names them, `file` is their identity file."""

    def __init__(self, folder: Path, name: str) -> None:
        key = pyrage.x25519.Identity.generate()
        self.to, self.file = str(key.to_public()), folder / f"{name}.key"
        self.file.write_text(f"# made by age-keygen\n{key}\n")


@pytest.fixture
def anna(tmp_path: Path) -> Holder:
    return Holder(tmp_path, "anna")


@pytest.fixture
def vera(tmp_path: Path) -> Holder:
    return Holder(tmp_path, "vera")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["b.tar", "b"])
def test_only_whoever_has_the_key_reads_a_sealed_backup(
    filled: Relay, elsewhere: Relay, tmp_path: Path, anna: Holder, vera: Holder, name: str
) -> None:
    made = backup(filled, tmp_path / name, folder=name == "b", to=[anna.to])
    assert (made.sealed, made.files) == (True, 2)
    parts = [path for path in tmp_path.rglob("*") if path.is_file() and name in path.relative_to(tmp_path).parts]
    seen = b"".join(path.read_bytes() for path in parts) + "".join(map(str, parts)).encode()
    assert [word for word in (BYTES, SHA.encode(), b"SQLite format 3") if word in seen] == []
    with pytest.raises(Refused, match="is sealed"):
        restore(elsewhere, tmp_path / name)
    with pytest.raises(Refused, match="can't be opened: No matching keys found"):
        restore(elsewhere, tmp_path / name, identities=[vera.file])
    assert not list(elsewhere.settings.data_dir.glob("relay.db"))
    assert try_out(tmp_path / name, identities=[anna.file]).damaged == []
    assert restore(elsewhere, tmp_path / name, identities=[vera.file, anna.file]).files == 2
    assert elsewhere.media.local(f"originals/{SHA}").read_bytes() == BYTES
    elsewhere.store.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["b.tar", "b"])
def test_twin_without_recipients_anybody_reads_it(filled: Relay, tmp_path: Path, name: str) -> None:
    backup(filled, tmp_path / name, folder=name == "b")
    assert try_out(tmp_path / name).damaged == []


@pytest.mark.slow
def test_a_sealed_folder_keeps_each_content_once_and_prunes_without_a_key(
    filled: Relay, tmp_path: Path, anna: Holder, vera: Holder
) -> None:
    place = tmp_path / "b"
    backup(filled, place, folder=True, to=[anna.to])
    assert backup(filled, place, to=[anna.to]).written == 0
    assert backup(filled, place, to=[vera.to]).written > 0, "others could not read what was sealed for Anna"
    views = keeping.listing(place)
    assert [(view.sealed, view.whole) for view in views] == [(True, True)] * 3
    assert keeping.damaged(place, views[0].name) == []
    done = keeping.prune(place, keeping.KeepRule(last=1))
    assert (len(done.removed), try_out(place, identities=[vera.file]).damaged) == (2, [])


def test_damage_in_a_sealed_folder_is_found_without_a_key(filled: Relay, tmp_path: Path, anna: Holder) -> None:
    place = tmp_path / "b"
    backup(filled, place, folder=True, to=[anna.to])
    folder = BackupFolder(place)
    (name,) = folder.names()
    piece = folder.needed_by(name)[0]
    path = folder.path_of(piece)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert keeping.damaged(place, name) == [piece]
    assert len(try_out(place, identities=[anna.file]).damaged) >= 1


@pytest.mark.slow
@pytest.mark.parametrize("cut", [10, 2000, -1])
def test_a_sealed_archive_that_is_cut_is_refused(
    filled: Relay, elsewhere: Relay, tmp_path: Path, anna: Holder, cut: int
) -> None:
    backup(filled, tmp_path / "b.tar", to=[anna.to])
    (tmp_path / "b.tar").write_bytes((tmp_path / "b.tar").read_bytes()[:cut])
    with pytest.raises(Refused):
        restore(elsewhere, tmp_path / "b.tar", identities=[anna.file])
    assert not list(elsewhere.settings.data_dir.glob("relay.db"))


def test_recipients_and_keys_that_are_none_are_told(tmp_path: Path, anna: Holder) -> None:
    for words, told in (
        ("age1nonsense", "is no recipient"),
        ("ssh-ed25519 nonsense", "is no recipient"),
        (str(tmp_path / "none"), "neither a recipient"),
    ):
        with pytest.raises(Refused, match=told):
            sealing.recipients([words])
    (tmp_path / "empty").write_text("# nothing\n")
    (tmp_path / "odd").write_text("AGE-SECRET-KEY-NONSENSE\n")
    for name in ("none", "empty", "odd"):
        with pytest.raises(Refused, match="holds no key"):
            sealing.identities([tmp_path / name])
    (tmp_path / "all").write_text(f"# us\n\n  \n{anna.to}\n\n")
    assert sealing.recipients([str(tmp_path / "all")]).digest == sealing.recipients([anna.to]).digest
    assert not sealing.recipients([])


def test_a_key_of_ssh_seals_and_opens(tmp_path: Path) -> None:
    key = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    sealed = io.BytesIO()
    with sealing.sealed_into(sealed, sealing.recipients([str(key) + ".pub"])) as target:
        target.write(BYTES)
    sealed.seek(0)
    with sealing.unsealed(sealed, sealing.identities([key])) as plain:
        assert plain.read() == BYTES


@pytest.mark.slow
def test_a_full_disk_is_told_as_such_also_when_it_is_sealed(
    filled: Relay, tmp_path: Path, anna: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_writer: object, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("relay.upkeep.backups.files.SummedWriter.write", full)
    for target in (tmp_path / "b.tar", tmp_path / "b"):
        with pytest.raises(DiskFull):
            backup(filled, target, folder=target.name == "b", to=[anna.to])
    assert not list(tmp_path.glob("b.tar*"))
    with pytest.raises(NotFound):
        BackupFolder(tmp_path / "b").newest()


def test_whoever_stops_reading_is_told_of_nothing_else(anna: Holder) -> None:
    sealed = io.BytesIO()
    with sealing.sealed_into(sealed, sealing.recipients([anna.to])) as target:
        target.write(b"x" * 1_000_000)
    sealed.seek(0)
    with sealing.unsealed(sealed, sealing.identities([anna.file])) as plain:
        assert plain.read(3) == b"xxx"
