"""What is erased by one host is gone from the bucket, and from what every other host holds of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from relay import installation_key
from relay.context import Relay
from relay.erasure import elsewhere, films, taking_back, walk
from relay.errors import ConfigError
from relay.media.buckets.store import BucketStore
from relay.models import Erasure
from relay.upkeep.backups.contents import SHARED
from tests import s3
from tests.erasure.scene import LaidOut
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


class ErasingHosts:
    """`one` erases; `other` shares its database and its bucket, and has a copy of every file of its data folder."""

    def __init__(self, relay: Relay, town: Town, url: str, folder: Path) -> None:
        self.bucket = s3.new_bucket(url)
        self.one = s3.in_bucket(relay, url, self.bucket)
        self.laid_out = LaidOut(self.one, town)
        self.other = s3.in_bucket(relay, url, self.bucket, folder)
        installation_key.secret(self.one)
        self._share()
        self._copy(self.one.settings.data_dir, folder)

    def _share(self) -> None:
        root = self.one.settings.data_dir
        for pattern in SHARED:
            self.one.shared.share(*(path for path in root.glob(pattern) if path.is_file()))

    def _copy(self, root: Path, folder: Path) -> None:
        folder.mkdir()
        for path in (path for path in root.rglob("*") if path.is_file() and "relay.db" not in path.name):
            to = folder / path.relative_to(root)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes())
        for key in self.one.media.list():
            self.other.media.local(key)

    def leftovers(self, relay: Relay) -> list[str]:
        return replace_of(self.laid_out, relay).leftovers()

    def in_bucket(self) -> list[str]:
        """Names in the bucket that tell of the clip, or hold its pictures."""
        media = self.one.media
        assert isinstance(media, BucketStore)
        sha256, bucket = self.laid_out.sha256, media._bucket
        return [
            one.name
            for one in bucket.list()
            if sha256 in one.name or sha256.encode() in bucket.range(one.name, 0, one.size).read()
        ]

    def erase(self) -> None:
        taking_back.withdraw(self.one, self.laid_out.clip, reason="by telephone", person="olga")
        assert walk.due(self.one) == []


def replace_of(laid_out: LaidOut, relay: Relay) -> LaidOut:
    """The same scene, looked for on another host."""
    other = object.__new__(LaidOut)
    other.__dict__.update(laid_out.__dict__, relay=relay)
    return other


@pytest.fixture
def hosts(relay: Relay, town: Town, object_store: str, tmp_path: Path) -> ErasingHosts:
    return ErasingHosts(relay, town, object_store, tmp_path / "other")


def test_it_is_gone_from_the_bucket_and_from_every_host(hosts: ErasingHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "GETS_ITS_ROW", -2.0)  # the film of a render that was killed was shared long ago
    assert len(hosts.in_bucket()) > 12
    assert len(hosts.leftovers(hosts.other)) > 20

    hosts.erase()

    assert hosts.in_bucket() == []
    assert hosts.leftovers(hosts.one) == []
    before = hosts.leftovers(hosts.other)
    assert len(before) > 20, "the twin: nobody has told the other host yet"
    assert elsewhere.catch_up(hosts.other) > 10
    assert [name for name in hosts.leftovers(hosts.other) if not is_excused(name)] == []


def is_excused(name: str) -> bool:
    """Copies of the eraser's own folder that the other host would never have: of its database, of killed processes."""
    return name.startswith(
        ("relay-before-upgrade", "shots/work/", "shots/previews/work/", "exports/work/", "almanacs/proryv80_film-v3")
    )


def test_the_other_clip_stays_everywhere(hosts: ErasingHosts) -> None:
    stays = hosts.laid_out.stays
    hosts.erase()
    elsewhere.catch_up(hosts.other)

    assert hosts.other.media.at_hand(f"originals/{stays}") is not None
    assert (hosts.other.settings.data_dir / "looks" / f"{stays}-waves.png").exists()
    assert (hosts.other.settings.data_dir / "almanacs" / "proryv80_film-v2.mp4").exists()
    assert hosts.one.media.has(f"originals/{stays}")


def test_a_download_that_ends_later_is_found_at_the_next_look(hosts: ErasingHosts) -> None:
    hosts.erase()
    elsewhere.catch_up(hosts.other)
    late = hosts.other.settings.media_folder / "originals" / hosts.laid_out.sha256[:2] / hosts.laid_out.sha256
    late.parent.mkdir(parents=True, exist_ok=True)
    late.write_bytes(b"came late")

    elsewhere.catch_up(hosts.other)

    assert not late.exists()


def test_after_a_while_nobody_looks_for_it_any_more(hosts: ErasingHosts) -> None:
    hosts.erase()
    elsewhere.catch_up(hosts.other)
    note = hosts.other.settings.data_dir / elsewhere.NOTE
    assert json.loads(note.read_text()) == {"through": 0, "swept": [1]}

    later = replace(hosts.other, clock=lambda: hosts.other.now() + elsewhere.SETTLES + timedelta(minutes=1))
    elsewhere.catch_up(later)

    assert json.loads(note.read_text()) == {"through": 1, "swept": []}
    assert elsewhere.catch_up(later) == 0


def test_an_erasure_that_is_not_done_holds_up_nothing(hosts: ErasingHosts) -> None:
    hosts.erase()
    with hosts.one.transaction() as session:
        row = session.get_one(Erasure, 1)
        row.done_at = None
        session.add(row)

    assert elsewhere.catch_up(hosts.other) == 0
    assert not (hosts.other.settings.data_dir / elsewhere.NOTE).exists()


def test_a_note_that_was_torn_is_begun_anew(hosts: ErasingHosts) -> None:
    hosts.erase()
    (hosts.other.settings.data_dir / elsewhere.NOTE).write_text('{"through": ')

    assert elsewhere.catch_up(hosts.other) > 10


def test_one_host_with_a_folder_has_nothing_to_catch_up_with(relay: Relay) -> None:
    assert elsewhere.catch_up(relay) == 0
    assert not (relay.settings.data_dir / elsewhere.NOTE).exists()


def test_a_host_with_another_key_says_so(hosts: ErasingHosts) -> None:
    elsewhere.catch_up(hosts.one)
    (hosts.other.settings.data_dir / installation_key.FILE).write_text("a" * 64)

    with pytest.raises(ConfigError, match=r"another secret\.key"):
        elsewhere.catch_up(hosts.other)


def test_twin_with_another_key_it_would_find_nothing(hosts: ErasingHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    (hosts.other.settings.data_dir / installation_key.FILE).write_text("a" * 64)
    monkeypatch.setattr(elsewhere, "check_key", lambda _relay: None)
    hosts.erase()
    elsewhere.catch_up(hosts.other)

    assert any(hosts.laid_out.sha256 in name for name in hosts.leftovers(hosts.other))
