from __future__ import annotations

import os
import shutil
import stat
import tarfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlmodel import select

from relay import installation_key
from relay.context import Relay
from relay.errors import DiskFull, Refused, StoreError
from relay.models import Account, ApiToken, Restoration, WebSession
from relay.moderation.people import accounts, links
from relay.upkeep.backups import making, restoring
from relay.upkeep.backups.making import backup
from relay.upkeep.backups.restoring import restore, try_out
from tests.fakes.clock import FakeClock
from tests.upkeep.backups.conftest import BYTES, SHA
from tests.upkeep.backups.kills import kills


def rows(relay: Relay) -> tuple[int, int]:
    """Sessions, and tokens that work."""
    with relay.reading() as session:
        tokens = session.exec(select(ApiToken).where(ApiToken.revoked_at == None)).all()  # noqa: E711
        return len(session.exec(select(WebSession)).all()), len(tokens)


@pytest.fixture
def busy(filled: Relay) -> Relay:
    """Somebody is signed in, and a program has a token."""
    with filled.transaction() as session:
        account = session.exec(select(Account)).one()
        now = filled.now()
        session.add(WebSession(token_hash="x", account_id=account.id, created_at=now, seen_at=now))
        words = {"name": "p", "token_hash": "y", "created_at": now, "expires_at": now + timedelta(days=9)}
        session.add(ApiToken(account_id=account.id, **words))
    installation_key.secret(filled)
    return filled


@pytest.mark.slow
def test_nobody_is_signed_in_after_a_restore(busy: Relay, elsewhere: Relay, tmp_path: Path) -> None:
    assert rows(busy) == (1, 1)
    backup(busy, tmp_path / "b.tar")
    restore(elsewhere, tmp_path / "b.tar")
    assert rows(elsewhere) == (0, 0)
    assert rows(busy) == (1, 1), "what was backed up is not touched"
    elsewhere.store.close()


@pytest.mark.slow
def test_twin_without_it_old_sessions_are_good_again(
    busy: Relay, elsewhere: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "end_sign_ins", lambda _session, _now: None)
    backup(busy, tmp_path / "b.tar")
    restore(elsewhere, tmp_path / "b.tar")
    assert rows(elsewhere) == (1, 1)
    elsewhere.store.close()


@pytest.mark.slow
def test_a_link_that_was_used_since_the_backup_is_void_after_it(
    busy: Relay, elsewhere: Relay, clock: FakeClock, tmp_path: Path
) -> None:
    link = links.sign_in_link(busy, "a", "https://desk").rpartition("/")[2]
    assert links.read_link(busy, link).login == "a"
    backup(busy, tmp_path / "b.tar")
    clock.moves(minutes=1)
    restore(elsewhere, tmp_path / "b.tar")
    with pytest.raises(Refused, match="not one of ours"):
        links.read_link(elsewhere, link)
    clock.moves(minutes=1)
    anew = links.sign_in_link(elsewhere, "a", "https://desk").rpartition("/")[2]
    assert links.read_link(elsewhere, anew).login == "a"
    with elsewhere.transaction() as session:
        for row in session.exec(select(Restoration)).all():
            session.delete(row)
    assert links.read_link(elsewhere, link).login == "a", "twin: without the note it would let in a second time"
    elsewhere.store.close()


@pytest.mark.slow
def test_a_restored_key_is_for_its_owner_only(busy: Relay, elsewhere: Relay, tmp_path: Path) -> None:
    for name in ("b.tar", "b"):
        backup(busy, tmp_path / name, folder=name == "b")
    old = os.umask(0)
    try:
        restore(elsewhere, tmp_path / "b.tar")
    finally:
        os.umask(old)
    paths = [path for path in elsewhere.settings.data_dir.rglob("*") if path.is_file()]
    assert (elsewhere.settings.data_dir / "secret.key") in paths
    assert [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    elsewhere.store.close()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["b.tar", "b"])
def test_tombstones_that_a_restore_would_stop_at_are_found_by_a_look(filled: Relay, tmp_path: Path, form: str) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    backup(filled, folder / form, folder=form == "b")
    assert try_out(folder / form).damaged == []
    (path,) = folder.rglob("tombstones.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"count":0', b'"count":1').replace(b'"sum":"', b'"sum":"0'))
    assert try_out(folder / form).damaged == ["tombstones.jsonl"]


@pytest.mark.slow
@pytest.mark.parametrize("theirs", [b"k" * 64, b""])
def test_the_key_of_another_installation_is_not_written_over(
    filled: Relay, elsewhere: Relay, tmp_path: Path, theirs: bytes
) -> None:
    """Its links, its second factors and its tombstones would be worth nothing any more."""
    backup(filled, tmp_path / "a.tar")
    key = elsewhere.folder() / "secret.key"
    key.write_bytes(theirs)
    with pytest.raises(Refused, match=r"^There is another secret\.key in .* already\.$"):
        restore(elsewhere, tmp_path / "a.tar")
    assert key.read_bytes() == theirs
    key.unlink()
    restore(elsewhere, tmp_path / "a.tar")
    assert key.read_bytes() == (filled.folder() / "secret.key").read_bytes()


@pytest.mark.slow
def test_a_backup_of_an_older_relay_is_brought_to_this_version(filled: Relay, elsewhere: Relay, tmp_path: Path) -> None:
    with filled.store.engine.connect() as connection:
        command.downgrade(filled.store._alembic(connection), "0019")
        connection.commit()
    backup_of(filled, tmp_path / "old.tar")
    restore(elsewhere, tmp_path / "old.tar")
    assert not [*elsewhere.settings.data_dir.glob("*restoring*"), *elsewhere.settings.data_dir.glob("*before*")]
    elsewhere.store.check()
    elsewhere.store.close()


def backup_of(relay: Relay, target: Path) -> None:
    """As Relay made them before there was a manifest."""
    copy = target.with_suffix(".db")
    relay.store.copy_to(copy)
    (target.parent / "about.json").write_text('{"relay": "0.3.0", "made_at": "2026-01-01T00:00:00+00:00"}')
    with tarfile.open(target, "w") as archive:
        archive.add(target.parent / "about.json", "about.json")
        archive.add(copy, "relay.db")
        archive.add(relay.media.local(f"originals/{SHA}"), f"media/originals/{SHA}")
    copy.unlink()


@pytest.mark.slow
def test_an_archive_without_sums_is_compared_as_far_as_that_goes(
    filled: Relay, elsewhere: Relay, tmp_path: Path
) -> None:
    backup_of(filled, tmp_path / "old.tar")
    found = try_out(tmp_path / "old.tar")
    assert (found.files, found.has_sums, found.damaged, found.relay) == (1, False, [], "0.3.0")
    content = bytearray((tmp_path / "old.tar").read_bytes())
    content[content.index(BYTES) + 10] ^= 1
    (tmp_path / "old.tar").write_bytes(bytes(content))
    assert try_out(tmp_path / "old.tar").damaged == [f"media/originals/{SHA}"]
    done = restore(elsewhere, tmp_path / "old.tar")
    assert (done.files, done.damaged) == (0, [f"media/originals/{SHA}"])
    assert not elsewhere.media.has(f"originals/{SHA}")
    elsewhere.store.close()


def test_a_backup_of_a_newer_relay_is_refused_and_nothing_stands(
    filled: Relay, elsewhere: Relay, tmp_path: Path
) -> None:
    with filled.store.engine.connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StoreError, match="newer Relay"):  # on a server the backup itself asks
        backup(filled, tmp_path / "b.tar")
        restore(elsewhere, tmp_path / "b.tar")
    assert elsewhere.store.path is not None
    assert not elsewhere.store.path.exists()


@pytest.mark.slow
def test_one_flipped_bit_anywhere_in_an_archive_is_found(filled: Relay, tmp_path: Path) -> None:
    backup(filled, tmp_path / "b.tar")
    whole = (tmp_path / "b.tar").read_bytes()
    with tarfile.open(tmp_path / "b.tar") as archive:
        places = [(entry.name, entry.offset_data, entry.size) for entry in archive]
    missed = []
    for name, start, size in places:
        for place in {start, start + size // 2, start + size - 1}:
            content = bytearray(whole)
            content[place] ^= 4
            (tmp_path / "c.tar").write_bytes(bytes(content))
            try:
                found = try_out(tmp_path / "c.tar").damaged
            except Refused:
                continue
            if not found and name != "about.json":  # says when it was made, and no more
                missed.append((name, place))
    assert missed == []


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.2, 0.6, 0.98])
def test_an_archive_that_is_cut_is_refused(filled: Relay, elsewhere: Relay, tmp_path: Path, share: float) -> None:
    backup(filled, tmp_path / "b.tar")
    content = (tmp_path / "b.tar").read_bytes()
    (tmp_path / "b.tar").write_bytes(content[: int(len(content) * share)])
    for look in (try_out, lambda source: restore(elsewhere, source)):
        with pytest.raises(Refused):
            look(tmp_path / "b.tar")
    assert not list(elsewhere.settings.data_dir.glob("relay.db"))


@pytest.mark.slow
def test_a_look_writes_nothing(filled: Relay, tmp_path: Path) -> None:
    backup(filled, tmp_path / "b.tar")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert try_out(tmp_path / "b.tar").damaged == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.slow
def test_too_little_room_is_told_before_anything_is_written(
    filled: Relay, elsewhere: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(filled, tmp_path / "b.tar")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(1, 1, 0))
    with pytest.raises(DiskFull, match="no room"):
        restore(elsewhere, tmp_path / "b.tar")


@pytest.mark.slow
def test_journals_of_another_database_are_never_taken_for_its_own(
    filled: Relay, elsewhere: Relay, tmp_path: Path
) -> None:
    backup(filled, tmp_path / "b.tar")
    left = elsewhere.folder() / "relay.db-wal"
    left.write_bytes(b"of a database that was moved away")
    with pytest.raises(Refused, match="already a database"):
        restore(elsewhere, tmp_path / "b.tar")
    assert left.exists()


# Killed at each step


@pytest.mark.slow
@pytest.mark.parametrize("name", ["b.tar", "b"])
def test_a_restore_that_is_killed_at_any_step_is_started_again(
    busy: Relay, elsewhere: Relay, tmp_path: Path, killed_at: Callable[[int], None], name: str
) -> None:
    backup(busy, tmp_path / name, folder=name == "b")
    place = elsewhere.settings.data_dir

    def nothing_half_stands() -> None:
        database = place / "relay.db"
        if database.exists():  # only its folder was still to be flushed
            assert rows(elsewhere) == (0, 0)
            elsewhere.store.close()
            for end in restoring.JOURNALS:
                (place / f"relay.db{end}").unlink(missing_ok=True)

    times = kills(killed_at, lambda: restore(elsewhere, tmp_path / name), nothing_half_stands, 400)
    assert times > 10
    elsewhere.store.check()
    assert rows(elsewhere) == (0, 0)
    assert elsewhere.media.local(f"originals/{SHA}").read_bytes() == BYTES
    assert installation_key.secret(elsewhere) == installation_key.secret(busy)
    elsewhere.store.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["b.tar", "b"])
def test_a_backup_that_is_killed_at_any_step_leaves_none_or_a_whole_one(
    busy: Relay, elsewhere: Relay, tmp_path: Path, killed_at: Callable[[int], None], name: str
) -> None:
    place = tmp_path / name

    def none_or_whole() -> None:
        if name == "b.tar" and place.exists():
            assert try_out(place).damaged == []
            place.unlink()
        elif name == "b" and restoring.BackupFolder(place).exists and restoring.BackupFolder(place).names():
            assert try_out(place).damaged == []

    times = kills(killed_at, lambda: making.backup(busy, place, folder=name == "b"), none_or_whole, 400)
    assert times > 5
    assert try_out(place).damaged == []
    assert restore(elsewhere, place).damaged == []
    elsewhere.store.close()


@pytest.mark.slow
def test_accounts_are_those_of_the_backup(busy: Relay, elsewhere: Relay, tmp_path: Path) -> None:
    backup(busy, tmp_path / "b.tar")
    restore(elsewhere, tmp_path / "b.tar")
    assert [row.login for row in accounts.listing(elsewhere)] == ["a"]
    elsewhere.store.close()
