from __future__ import annotations

import dataclasses
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from relay.context import Relay
from relay.errors import Refused
from relay.media.vault import Vault
from relay.models import Account, Role, Video, VideoState
from relay.store import Store
from relay.upkeep.backup import backup, restore

BYTES = b"a video" * 100
SHA = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def filled(relay: Relay) -> Relay:
    part = relay.folder("work") / "part"
    part.write_bytes(BYTES)
    relay.media.put(f"originals/{SHA}", part)
    with relay.transaction() as session:
        session.add(
            Video(
                network="vk",
                owner_id="-1",
                video_id="2",
                url="https://vk.com/video-1_2",
                state=VideoState.fetched,
                sha256=SHA,
                created_at=relay.now(),
            )
        )
        session.add(Account(login="a", name="Anna", role=Role.moderator, password_hash="x", created_at=relay.now()))
    return relay


@pytest.fixture
def elsewhere(relay: Relay, tmp_path: Path) -> Relay:
    settings = relay.settings.model_copy(update={"data_dir": tmp_path / "elsewhere"})
    return dataclasses.replace(
        relay, settings=settings, store=Store(settings.db_url), media=Vault(settings.media_folder)
    )


def test_a_backup_brings_rows_and_files_back(filled: Relay, elsewhere: Relay, tmp_path: Path) -> None:
    files, size = backup(filled, tmp_path / "b.tar")
    assert (files, size > len(BYTES)) == (1, True)
    assert restore(elsewhere, tmp_path / "b.tar") == 1
    elsewhere.store.check()
    assert elsewhere.media.local(f"originals/{SHA}").read_bytes() == BYTES
    with elsewhere.reading() as session:
        assert session.get(Account, 1) is not None
    elsewhere.store.close()


def test_nothing_is_ever_overwritten(filled: Relay, tmp_path: Path) -> None:
    backup(filled, tmp_path / "b.tar")
    with pytest.raises(Refused, match="already there"):
        backup(filled, tmp_path / "b.tar")
    with pytest.raises(Refused, match="already a database"):
        restore(filled, tmp_path / "b.tar")


def test_what_is_no_backup_is_refused(elsewhere: Relay, tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"no archive at all")
    with pytest.raises(Refused, match="can't be read"):
        restore(elsewhere, tmp_path / "x.tar")
    with tarfile.open(tmp_path / "y.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("something"), io.BytesIO())
    with pytest.raises(Refused, match="not a backup"):
        restore(elsewhere, tmp_path / "y.tar")
    assert elsewhere.store.path is not None
    assert not elsewhere.store.path.exists()


def test_a_backup_cannot_write_outside_the_data_folder(elsewhere: Relay, filled: Relay, tmp_path: Path) -> None:
    backup(filled, tmp_path / "good.tar")
    with tarfile.open(tmp_path / "good.tar", "a") as archive:
        entry = tarfile.TarInfo("data/../../escaped")
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))
    restore(elsewhere, tmp_path / "good.tar")
    assert not (tmp_path / "escaped").exists()
    elsewhere.store.close()
