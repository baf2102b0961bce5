from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Account, Role
from relay.upkeep.backups import folder as folders
from relay.upkeep.backups.folder import BackupFolder
from relay.upkeep.backups.keeping import KeepRule, kept, listing, prune
from relay.upkeep.backups.making import backup
from relay.upkeep.backups.restoring import restore, try_out
from tests.fakes.clock import FakeClock
from tests.upkeep.backups.conftest import BYTES, SHA


def has_account(relay: Relay, login: str) -> None:
    with relay.transaction() as session:
        session.add(Account(login=login, name=login, role=Role.moderator, password_hash="x", created_at=relay.now()))


def logins(relay: Relay) -> list[str]:
    with relay.reading() as session:
        return list(session.exec(select(Account.login).order_by(Account.login)))


def objects(place: Path) -> list[Path]:
    return sorted(path for path in (place / "objects").rglob("*") if path.is_file())


@pytest.mark.slow
def test_a_folder_brings_rows_and_files_back(filled: Relay, elsewhere: Relay, tmp_path: Path) -> None:
    made = backup(filled, tmp_path / "b", folder=True)
    assert (made.files, made.size > len(BYTES), made.missing, made.damaged) == (2, True, [], [])
    done = restore(elsewhere, tmp_path / "b")
    assert (done.files, done.damaged) == (2, [])
    elsewhere.store.check()
    assert elsewhere.media.local(f"originals/{SHA}").read_bytes() == BYTES
    assert logins(elsewhere) == ["a"]
    elsewhere.store.close()


def test_the_second_backup_writes_only_what_is_new(filled: Relay, tmp_path: Path) -> None:
    first = backup(filled, tmp_path / "b", folder=True)
    before = objects(tmp_path / "b")
    second = backup(filled, tmp_path / "b")
    assert (second.written, objects(tmp_path / "b"), second.place != first.place) == (0, before, True)
    assert {stat.S_IMODE(path.stat().st_mode) for path in before} == {0o400}, "nobody writes over what is kept"
    assert {view.own for view in listing(tmp_path / "b")} == {0}


@pytest.mark.slow
def test_what_was_read_the_last_time_is_not_read_again(
    filled: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(filled, tmp_path / "b", folder=True)
    read: list[int] = []
    add = BackupFolder.add
    monkeypatch.setattr(BackupFolder, "add", lambda self, source, size=None: read.append(1) or add(self, source, size))
    backup(filled, tmp_path / "b")
    assert read == []
    (filled.settings.data_dir / "backups" / "seen.json").unlink()
    backup(filled, tmp_path / "b")
    assert read == [1, 1]


@pytest.mark.slow
def test_what_a_backup_remembers_in_the_data_folder_tells_of_no_video(filled: Relay, tmp_path: Path) -> None:
    backup(filled, tmp_path / "b", folder=True)
    for path in (filled.settings.data_dir / "backups").iterdir():
        assert SHA.encode() not in path.read_bytes()


@pytest.mark.slow
def test_a_file_that_changed_is_kept_beside_its_older_content(filled: Relay, tmp_path: Path) -> None:
    film = filled.folder("credentials") / "key.pem"
    film.write_text("one")
    backup(filled, tmp_path / "b", folder=True)
    film.write_text("two")
    backup(filled, tmp_path / "b")
    contents = {path.read_bytes() for path in objects(tmp_path / "b")}
    assert {b"one", b"two"} <= contents


@pytest.mark.slow
def test_the_newest_that_is_not_later_is_taken(
    filled: Relay, elsewhere: Relay, clock: FakeClock, tmp_path: Path
) -> None:
    first = clock()
    backup(filled, tmp_path / "b", folder=True)
    clock.moves(hours=1)
    has_account(filled, "later")
    backup(filled, tmp_path / "b")
    with pytest.raises(NotFound, match="no such backup"):
        restore(elsewhere, tmp_path / "b", at=first - timedelta(hours=1))
    restore(elsewhere, tmp_path / "b", at=first + timedelta(minutes=1))
    assert logins(elsewhere) == ["a"]
    elsewhere.store.close()


@pytest.mark.slow
def test_two_backups_of_one_second_are_two(filled: Relay, tmp_path: Path) -> None:
    names = [backup(filled, tmp_path / "b", folder=True).place.name for _ in range(3)]
    assert BackupFolder(tmp_path / "b").names() == names


@pytest.mark.slow
def test_all_of_it_is_for_its_owner_only(filled: Relay, tmp_path: Path) -> None:
    backup(filled, tmp_path / "b", folder=True)
    backup(filled, tmp_path / "b.tar")
    paths = [tmp_path / "b", tmp_path / "b.tar", *(tmp_path / "b").rglob("*")]
    assert [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077 and path.name != ".lock"] == []


@pytest.mark.slow
def test_a_folder_of_other_things_is_left_alone(filled: Relay, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine").write_text("x")
    with pytest.raises(Refused, match="something else"):
        backup(filled, tmp_path / "b")
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["mine"]
    with pytest.raises(Refused, match="no folder of backups"):
        listing(tmp_path / "b")


@pytest.mark.slow
def test_two_do_not_write_at_once(filled: Relay, tmp_path: Path) -> None:
    backup(filled, tmp_path / "b", folder=True)
    with BackupFolder(tmp_path / "b").alone(), pytest.raises(Refused, match="Another process"):
        backup(filled, tmp_path / "b")


def spoil(path: Path) -> None:
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("harm", [spoil, remove])
def test_a_damaged_object_is_found_and_left_out(
    filled: Relay, elsewhere: Relay, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    backup(filled, tmp_path / "b", folder=True)
    assert try_out(tmp_path / "b").damaged == []
    harm(tmp_path / "b" / "objects" / SHA[:2] / SHA)
    assert try_out(tmp_path / "b").damaged == [f"media/originals/{SHA}"]
    done = restore(elsewhere, tmp_path / "b")
    assert (done.files, done.damaged) == (1, [f"media/originals/{SHA}"])
    assert not elsewhere.media.has(f"originals/{SHA}")
    elsewhere.store.check()
    elsewhere.store.close()


def test_a_damaged_database_is_never_put_in_place(filled: Relay, elsewhere: Relay, tmp_path: Path) -> None:
    backup(filled, tmp_path / "b", folder=True)
    for path in objects(tmp_path / "b"):
        if path.name != SHA:
            spoil(path)
    assert "relay.db" in try_out(tmp_path / "b").damaged
    with pytest.raises(Refused, match="database in the backup is damaged"):
        restore(elsewhere, tmp_path / "b")
    assert not list(elsewhere.settings.data_dir.glob("relay.db*"))


@pytest.mark.slow
def test_twin_without_sums_a_flipped_bit_comes_back_unseen(
    filled: Relay, elsewhere: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from relay.upkeep.backups import restoring

    key = filled.folder("credentials") / "key.pem"
    key.write_text("a key of some length")
    backup(filled, tmp_path / "b", folder=True)
    (changed,) = [path for path in objects(tmp_path / "b") if path.read_bytes() == key.read_bytes()]
    spoil(changed)
    monkeypatch.setattr(restoring, "_unlike", lambda _found, _manifest: iter(()))
    assert restore(elsewhere, tmp_path / "b").damaged == []
    assert (elsewhere.settings.data_dir / "credentials" / "key.pem").read_bytes() != key.read_bytes()
    elsewhere.store.close()


def test_pruning_takes_what_only_the_older_ones_needed(
    filled: Relay, elsewhere: Relay, clock: FakeClock, tmp_path: Path
) -> None:
    place, key = tmp_path / "b", filled.folder("credentials") / "key.pem"
    for text in ("one", "two", "three"):
        key.write_text(text)
        backup(filled, place, folder=True)
        clock.moves(days=1)
    (place / ".incoming" / "left").write_bytes(b"of a backup that was stopped")
    told = prune(place, KeepRule(last=1), dry=True)
    assert (len(told.removed), len(listing(place))) == (2, 3)
    done = prune(place, KeepRule(last=1))
    assert (len(done.kept), len(done.removed), done.freed >= len("one") + len("two")) == (1, 2, True)
    contents = {path.read_bytes() for path in objects(place)}
    assert (b"three" in contents, {b"one", b"two"} & contents) == (True, set())
    assert list((place / ".incoming").iterdir()) == []
    assert try_out(place).damaged == []
    with pytest.raises(Refused, match="No backup would be left"):
        prune(place, KeepRule(last=0))
    restore(elsewhere, place)
    assert (elsewhere.settings.data_dir / "credentials" / "key.pem").read_text() == "three"
    elsewhere.store.close()


@pytest.mark.slow
def test_which_backups_a_rule_keeps() -> None:
    start = datetime(2026, 1, 1, 3, tzinfo=UTC)
    names = [(start + timedelta(hours=12 * number)).strftime(folders.STAMP) for number in range(120)]  # 60 days
    assert kept(names, KeepRule(last=3)) == set(names[-3:])
    daily = sorted(kept(names, KeepRule(last=0, daily=2)))
    assert daily == [names[-3], names[-1]]
    monthly = sorted(kept(names, KeepRule(last=0, monthly=5)))
    assert [name[:6] for name in monthly] == ["202601", "202602", "202603"]
    assert len(kept(names, KeepRule(last=0, weekly=4))) == 4
    assert kept(names, KeepRule(last=0)) == set()


@pytest.mark.slow
def test_a_disk_that_does_not_give_back_what_was_written_is_told(
    filled: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from relay.upkeep.backups import tar
    from relay.upkeep.backups.files import Sum

    for module, name in ((folders, "b"), (tar, "b.tar")):
        monkeypatch.setattr(module, "read_back", lambda _path: Sum(0, ""))
        with pytest.raises(Refused, match="does not give back"):
            backup(filled, tmp_path / name, folder=name == "b")
    assert not (tmp_path / "b.tar").exists()
    assert BackupFolder(tmp_path / "b").names() == []
    assert objects(tmp_path / "b") == []


@pytest.mark.slow
@pytest.mark.parametrize("end", ["json", "objects"])
def test_a_flipped_bit_anywhere_in_a_list_is_found(filled: Relay, tmp_path: Path, end: str) -> None:
    """What a list names wrongly would be looked for nowhere; and what it leaves out would be pruned."""
    backup(filled, tmp_path / "b", folder=True)
    (path,) = (tmp_path / "b" / "lists").glob(f"*.{end}")
    whole = path.read_bytes()
    folder, name = BackupFolder(tmp_path / "b"), path.stem

    def read() -> None:
        folder.list_of(name, []) if end == "json" else folder.needed_by(name)

    read()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        with pytest.raises(Refused, match="can't be read"):
            read()
    for cut in (1, 40, 75, 190):
        path.write_bytes(whole[:-cut])
        with pytest.raises(Refused, match="can't be read"):
            read()


@pytest.mark.slow
def test_lists_of_an_older_relay_have_no_sums_and_are_read(filled: Relay, tmp_path: Path) -> None:
    backup(filled, tmp_path / "b", folder=True)
    folder = BackupFolder(tmp_path / "b")
    (name,) = folder.names()
    told, needed = folder.list_of(name, []), folder.needed_by(name)
    for path in (tmp_path / "b" / "lists").iterdir():
        path.write_bytes(path.read_bytes().rpartition(b"#sum ")[0])
    assert (folder.list_of(name, []), folder.needed_by(name)) == (told, needed)
