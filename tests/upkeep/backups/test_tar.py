from __future__ import annotations

import dataclasses
import errno
import io
import json
import tarfile
from pathlib import Path

import pytest

from relay import __version__, installation_key
from relay.context import Relay
from relay.errors import DiskFull, NotFound, Refused, StoreError
from relay.models import Account, Almanac, Finding, Inspection, Picture, Render, Track, Video, VideoState
from relay.store import Store
from relay.upkeep.backups import contents
from relay.upkeep.backups.making import backup
from relay.upkeep.backups.restoring import restore
from tests.moderation.town import Town
from tests.upkeep.backups.conftest import BYTES, SHA


@pytest.mark.slow
def test_a_backup_brings_rows_and_files_back(filled: Relay, elsewhere: Relay, tmp_path: Path) -> None:
    made = backup(filled, tmp_path / "b.tar")
    assert (made.files, made.size > len(BYTES)) == (2, True)
    assert restore(elsewhere, tmp_path / "b.tar").files == 2
    elsewhere.store.check()
    assert elsewhere.media.local(f"originals/{SHA}").read_bytes() == BYTES
    with elsewhere.reading() as session:
        assert session.get(Account, 1) is not None
    elsewhere.store.close()


@pytest.mark.slow
def test_a_restored_desk_shows_posters_storyboards_and_proxies(filled: Relay, elsewhere: Relay, tmp_path: Path) -> None:
    keys = {"poster": f"posters/{SHA}.jpg", "storyboard": f"storyboards/{SHA}.jpg", "proxy": f"proxies/{SHA}.mp4"}
    for key in keys.values():
        part = filled.folder("work") / "part"
        part.write_text(key)
        filled.media.put(key, part)
    look = {"bytes": len(BYTES), "finding": Finding.accepted, "at": filled.now()}
    with filled.transaction() as session:
        session.add(Inspection(sha256=SHA, **keys, **look))  # type: ignore[arg-type]
        session.add(Inspection(sha256="0" * 64, poster=f"posters/{'0' * 64}.jpg", **look))  # type: ignore[arg-type]
    assert backup(filled, tmp_path / "b.tar").files == 5
    assert restore(elsewhere, tmp_path / "b.tar").files == 5
    assert {key: elsewhere.media.local(key).read_text() for key in keys.values()} == {key: key for key in keys.values()}
    elsewhere.store.close()


@pytest.mark.slow
def test_links_and_forms_hold_after_a_restore(filled: Relay, elsewhere: Relay, tmp_path: Path) -> None:
    """What they are signed with is in the backup; a desk that made itself another key would know none of them."""
    key = installation_key.secret(filled)
    backup(filled, tmp_path / "b.tar")
    assert restore(elsewhere, tmp_path / "b.tar").files == 2
    assert installation_key.secret(elsewhere) == key
    elsewhere.store.close()


def test_twin_without_the_key_in_the_archive_every_link_is_void(
    filled: Relay, elsewhere: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = installation_key.secret(filled)
    monkeypatch.setattr(contents, "KEYS", ())
    backup(filled, tmp_path / "b.tar")
    (tmp_path / "tombstones.jsonl").unlink()
    restore(elsewhere, tmp_path / "b.tar")
    assert installation_key.secret(elsewhere) != key
    elsewhere.store.close()


@pytest.mark.slow
def test_an_original_of_two_posts_is_kept_once(filled: Relay, tmp_path: Path) -> None:
    with filled.transaction() as session:
        again = session.get_one(Video, 1)
        words = {"network": "vk", "url": "u", "state": VideoState.fetched, "sha256": SHA, "created_at": filled.now()}
        session.add(Video(owner_id=again.owner_id, video_id="3", **words))  # type: ignore[arg-type]
    assert backup(filled, tmp_path / "b.tar").files == 2
    with tarfile.open(tmp_path / "b.tar") as archive:
        assert archive.getnames() == [
            "about.json",
            "relay.db",
            f"media/originals/{SHA}",
            "data/secret.key",
            "manifest.json",
        ]
        about = archive.extractfile("about.json")
        assert about is not None
        assert json.load(about) == {
            "relay": __version__,
            "made_at": filled.now().isoformat(),
            "revision": filled.store.revision(),
            "form": 2,
        }


@pytest.mark.slow
def test_a_film_that_is_gone_does_not_stop_the_backup(filled: Relay, elsewhere: Relay, tmp_path: Path) -> None:
    town = Town(filled)
    with filled.transaction() as session:
        almanac = Almanac(campaign_id=town.campaign_id, name="film", title="x", created_at=filled.now())
        session.add(almanac)
        session.flush()
        made = {"sha256": "0" * 64, "frames": 1, "fps": 25, "shots_encoded": 0, "shots_reused": 0, "seconds": 1}
        for version in (1, 2):
            files = {"file": f"almanacs/v{version}.mp4", "manifest": f"almanacs/v{version}.json"}
            session.add(Render(almanac_id=almanac.id, version=version, at=filled.now(), **files, **made))  # type: ignore[arg-type]
    (filled.folder("almanacs") / "v2.mp4").write_text("the film")
    assert backup(filled, tmp_path / "b.tar").files == 3
    assert restore(elsewhere, tmp_path / "b.tar").files == 3
    assert (elsewhere.settings.data_dir / "almanacs/v2.mp4").read_text() == "the film"
    elsewhere.store.close()


def test_no_room_is_told_as_no_room(filled: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskFull, match="no room"):
        backup(filled, tmp_path / "b.tar")
    assert not list(tmp_path.glob("b.tar*"))
    assert not list(filled.folder("work").glob("backup-*"))


def test_a_place_that_can_not_be_written_is_told_with_its_reason(filled: Relay, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No such file or directory"):
        backup(filled, tmp_path / "nowhere/b.tar")
    assert not list(filled.folder("work").glob("backup-*"))


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("name", ["data/../../escaped", "media/../../escaped", "data//escaped", "media/..", "other/x"])
def test_a_backup_cannot_write_outside_the_data_folder(
    elsewhere: Relay, filled: Relay, tmp_path: Path, name: str
) -> None:
    """What would lead out is left out, and everything else is restored."""
    backup(filled, tmp_path / "good.tar")
    with tarfile.open(tmp_path / "good.tar", "a") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))
    assert restore(elsewhere, tmp_path / "good.tar").files == 2
    assert not [*tmp_path.rglob("escaped"), *tmp_path.rglob("x")]
    elsewhere.store.check()
    elsewhere.store.close()


@pytest.mark.slow
def test_links_and_folders_in_a_backup_are_passed_over(elsewhere: Relay, filled: Relay, tmp_path: Path) -> None:
    backup(filled, tmp_path / "b.tar")
    with tarfile.open(tmp_path / "b.tar", "a") as archive:
        for name, kind in (("data/folder", tarfile.DIRTYPE), ("data/link", tarfile.SYMTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/hostname"
            archive.addfile(entry)
    assert restore(elsewhere, tmp_path / "b.tar").files == 2
    assert not (elsewhere.settings.data_dir / "folder").exists()
    assert not (elsewhere.settings.data_dir / "link").is_symlink()
    elsewhere.store.close()


@pytest.mark.slow
def test_after_a_backup_without_a_database_another_can_be_restored(
    elsewhere: Relay, filled: Relay, tmp_path: Path
) -> None:
    with tarfile.open(tmp_path / "half.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("about.json"), io.BytesIO())
    with pytest.raises(NotFound, match="no database"):
        restore(elsewhere, tmp_path / "half.tar")
    backup(filled, tmp_path / "b.tar")
    assert restore(elsewhere, tmp_path / "b.tar").files == 2
    elsewhere.store.check()
    assert not list(elsewhere.settings.data_dir.glob("*.restoring"))
    elsewhere.store.close()


@pytest.mark.slow
def test_everything_that_a_restored_desk_shows_is_in_the_archive(filled: Relay, tmp_path: Path) -> None:
    campaign, now = Town(filled).campaign_id, filled.now()
    film, b, c, d, missing = (sign * 64 for sign in "abcd0")
    owned = {"campaign_id": campaign, "person": "Борис", "at": now, "title": "x"}
    made = {"sha256": film, "frames": 1, "fps": 25, "shots_encoded": 0, "shots_reused": 0, "seconds": 1, "at": now}
    with filled.transaction() as session:
        look = {"bytes": 1, "finding": Finding.accepted, "at": now}
        session.add(Inspection(sha256=b, poster=f"posters/{b}.jpg", proxy=f"proxies/{b}.mp4", **look))  # type: ignore[arg-type]
        session.add(Inspection(sha256=missing, storyboard=f"storyboards/{missing}.jpg", **look))  # type: ignore[arg-type]
        session.add(Picture(sha256=c, source="s", width=1, height=1, **owned))  # type: ignore[arg-type]
        session.add(Track(sha256=d, cleared="c", seconds=1.0, **owned))  # type: ignore[arg-type]
        almanac = Almanac(campaign_id=campaign, name="film", title="x", created_at=now)
        session.add(almanac)
        session.flush()
        for version, poster in ((1, "almanacs/v1.jpg"), (2, "")):
            files = {"file": f"almanacs/v{version}.mp4", "manifest": f"almanacs/v{version}.json", "poster": poster}
            session.add(Render(almanac_id=almanac.id, version=version, **files, **made))  # type: ignore[arg-type]
    for key in (f"posters/{b}.jpg", f"proxies/{b}.mp4", f"pictures/{c}", f"music/{d}", f"music/{b}"):
        part = filled.folder("work") / "part"
        part.write_text(key)
        filled.media.put(key, part)
    names = ["v1.mp4", "v1.json", "v1.jpg", "v1.ru.srt", "v1.en.vtt", "v1.txt", "v10.ru.srt", "v2.jpg", "v2.mp4"]
    for name in names:
        (filled.folder("almanacs") / name).write_text(name)
    expected = [
        "about.json", "relay.db", f"media/originals/{SHA}", f"media/pictures/{c}", f"media/music/{d}",
        f"media/posters/{b}.jpg", f"media/proxies/{b}.mp4", "data/almanacs/v1.mp4", "data/almanacs/v1.json",
        "data/almanacs/v1.jpg", "data/almanacs/v1.en.vtt", "data/almanacs/v1.ru.srt", "data/almanacs/v2.mp4",
        "data/secret.key", "manifest.json",
    ]  # fmt: skip
    target = tmp_path / "b.tar"
    made = backup(filled, target)
    assert (made.files, made.size) == (len(expected) - 3, target.stat().st_size)
    with tarfile.open(target) as archive:
        assert archive.getnames() == expected
    assert {path.name for path in tmp_path.iterdir()} == {"b.tar", "data", "tombstones.jsonl"}
    assert list(filled.folder("work").iterdir()) == []


@pytest.mark.slow
def test_what_can_not_be_restored_or_written_is_told_with_what_to_do(filled: Relay, tmp_path: Path) -> None:
    server = dataclasses.replace(filled, store=Store("postgresql://relay@127.0.0.1:1/relay"))
    with pytest.raises(StoreError, match=r"The database server can't be reached .*127\.0\.0\.1"):
        restore(server, tmp_path / "b.tar")
    server.store.close()
    (tmp_path / "b.tar").write_text("x")
    with pytest.raises(Refused) as told:
        backup(filled, tmp_path / "b.tar")
    assert told.value.line == f"{tmp_path / 'b.tar'} is already there. Choose another name."
    assert (tmp_path / "b.tar").read_text() == "x"
    with pytest.raises(Refused) as told:
        restore(filled, tmp_path / "b.tar")
    assert told.value.line == (
        f"There is already a database in {filled.settings.data_dir}. Set RELAY_DATA_DIR to an empty folder."
    )
    with pytest.raises(Refused) as told:
        backup(filled, tmp_path / "nowhere" / "b.tar")
    assert told.value.line == "The backup can't be written: No such file or directory. Choose another place."
