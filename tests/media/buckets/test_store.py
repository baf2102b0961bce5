"""What only the media store in a bucket promises; the contract of all of them: tests/media/test_vault.py."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from relay.bootstrap import open_files
from relay.config import Settings
from relay.context import Relay
from relay.errors import ConfigError, NotFound, StorageDown
from relay.media.buckets import bucket as buckets
from relay.media.buckets import cache as caches
from relay.media.buckets import store as stores
from relay.media.buckets.bucket import Bucket
from relay.media.buckets.cache import HELD, HostCache
from relay.media.buckets.store import BucketStore
from relay.ports import MediaStore
from tests import s3

pytestmark = pytest.mark.slow

A, B, C = "a" * 64, "b" * 64, "c" * 64


class StoreHosts:
    """`one` and `other`: two hosts with the same bucket; `new` makes more."""

    def __init__(self, relay: Relay, url: str, folder: Path) -> None:
        self.relay, self.url, self.folder, self.bucket = relay, url, folder, s3.new_bucket(url)
        self.one, self.other = self.new("one"), self.new("other")

    def new(self, name: str, **named: object) -> BucketStore:
        relay = s3.in_bucket(self.relay, self.url, self.bucket, self.folder / name, **named)
        assert isinstance(relay.media, BucketStore)
        return relay.media

    def raw(self) -> Bucket:
        """Past all that Relay keeps in mind."""
        return self.one._bucket


@pytest.fixture
def hosts(relay: Relay, object_store: str, tmp_path: Path) -> StoreHosts:
    return StoreHosts(relay, object_store, tmp_path)


def a_file(folder: Path, content: bytes = b"0123456789") -> Path:
    path = folder / "given"
    path.write_bytes(content)
    return path


def put(store: MediaStore, folder: Path, key: str, content: bytes = b"0123456789") -> None:
    store.put(key, a_file(folder, content))


def held(store: BucketStore) -> list[str]:
    return list(store.cache.held())


def test_what_one_host_puts_the_other_reads_and_holds(hosts: StoreHosts, tmp_path: Path) -> None:
    put(hosts.one, tmp_path, f"proxies/{A}.mp4")

    assert hosts.other.at_hand(f"proxies/{A}.mp4") is None
    assert hosts.other.local(f"proxies/{A}.mp4").read_bytes() == b"0123456789"
    assert held(hosts.one) == held(hosts.other) == [f"proxies/{A}.mp4"]


def test_two_hosts_that_put_the_same_key_keep_the_first(hosts: StoreHosts, tmp_path: Path) -> None:
    put(hosts.one, tmp_path, A, b"first")
    put(hosts.other, tmp_path, A, b"another")

    assert hosts.other.local(A).read_bytes() == b"first"
    assert hosts.raw().look(f"media/{A}").sha256 == hashlib.sha256(b"first").hexdigest()


def test_twin_a_put_that_replaces_is_seen(hosts: StoreHosts, tmp_path: Path) -> None:
    put(hosts.one, tmp_path, A, b"first")

    hosts.raw().put(f"media/{A}", a_file(tmp_path, b"another"), C, replace=True)

    assert hosts.raw().look(f"media/{A}").sha256 == C


def test_a_large_file_goes_up_in_parts(hosts: StoreHosts, tmp_path: Path) -> None:
    content = os.urandom(1024) * (buckets.IN_ONE // 1024 + 1)
    put(hosts.one, tmp_path, f"originals/{A}", content)
    put(hosts.other, tmp_path, f"originals/{A}", b"too late")

    assert hosts.other.local(f"originals/{A}").read_bytes() == content
    assert hosts.other.digest(f"originals/{A}") == hashlib.sha256(content).hexdigest()
    with hosts.other.range(f"originals/{A}", len(content) - 5, 99) as file:
        assert file.read() == content[-5:]


def test_deleted_by_one_host_it_is_gone_for_the_other(
    hosts: StoreHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "KNOWN_FOR", 0.0)
    put(hosts.one, tmp_path, A)
    hosts.other.local(A)

    hosts.one.delete(A)

    assert held(hosts.one) == []
    assert not hosts.other.has(A)
    with pytest.raises(NotFound):
        hosts.other.local(A)
    assert held(hosts.other) == []


def test_twin_for_a_while_a_host_believes_what_it_was_told(hosts: StoreHosts, tmp_path: Path) -> None:
    """So what may be seen is asked of the rows, never of the cache."""
    put(hosts.one, tmp_path, A)
    hosts.other.local(A)

    hosts.one.delete(A)

    assert hosts.other.has(A)


def test_what_was_made_anew_is_fetched_anew(hosts: StoreHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "KNOWN_FOR", 0.0)
    put(hosts.one, tmp_path, A, b"damaged")
    hosts.other.local(A)
    hosts.one.delete(A)

    put(hosts.one, tmp_path, A, b"as it should be")

    assert hosts.other.local(A).read_bytes() == b"as it should be"


def test_bytes_that_are_not_those_that_were_put_are_refused(hosts: StoreHosts, tmp_path: Path) -> None:
    hosts.raw().put(f"media/{A}", a_file(tmp_path), C)

    with pytest.raises(StorageDown, match="another shape"):
        hosts.one.local(A)
    assert held(hosts.one) == []
    assert list((hosts.one.cache.root / ".incoming").iterdir()) == []


def test_bytes_without_a_sum_are_taken_as_they_are(hosts: StoreHosts, tmp_path: Path) -> None:
    """Another program has copied them here."""
    httpx.put(f"{hosts.url}/{hosts.bucket}/town/media/{A}", content=b"copied").raise_for_status()

    assert hosts.one.local(A).read_bytes() == b"copied"


def test_other_things_in_the_bucket_are_no_keys(hosts: StoreHosts, tmp_path: Path) -> None:
    put(hosts.one, tmp_path, A)
    for name in ("media/notes.txt", "data/almanacs/film.mp4", f"media/Bad/{A}"):
        httpx.put(f"{hosts.url}/{hosts.bucket}/town/{name}", content=b"x").raise_for_status()

    assert list(hosts.one.list()) == [A]


def test_the_cache_keeps_to_its_limit_and_what_was_just_asked_for(tmp_path: Path) -> None:
    cache, long_ago = HostCache(tmp_path / "cache", limit=1000), time.time() - HELD - 60
    at = datetime(2023, 1, 1, tzinfo=UTC)
    for number in range(8):
        part = cache.draft(A)
        part.write_bytes(bytes(200))
        path = cache.take(f"{number:064x}", part, at)
        if number < 6:
            os.utime(path, (long_ago + number, at.timestamp()))

    kept = [int(key, 16) for key in cache.held()]

    assert sum(cache._vault.local(key).stat().st_size for key in cache.held()) <= 1000
    assert kept == [4, 5, 6, 7], "those used longest ago go first"


def test_twin_what_is_held_stays_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, at = HostCache(tmp_path / "cache", limit=300), datetime(2023, 1, 1, tzinfo=UTC)
    for number in range(3):
        part = cache.draft(A)
        part.write_bytes(bytes(200))
        cache.take(f"{number:064x}", part, at)
    assert len(list(cache.held())) == 3

    monkeypatch.setattr(caches, "HELD", -1)
    part = cache.draft(A)
    part.write_bytes(bytes(200))
    cache.take(C, part, at)

    assert len(list(cache.held())) == 1


def test_a_link_is_read_with_ranges_and_without_keys(hosts: StoreHosts, tmp_path: Path) -> None:
    linked = hosts.new("linked", media_links=hosts.url)
    put(linked, tmp_path, f"proxies/{A}.mp4")

    link = linked.url(f"proxies/{A}.mp4")

    assert link is not None
    assert "not%20secret" not in link
    answer = httpx.get(link, headers={"Range": "bytes=3-6"})
    assert (answer.status_code, answer.content) == (206, b"3456")
    assert answer.headers["content-type"] == "video/mp4"
    assert hosts.one.url(f"proxies/{A}.mp4") is None, "nobody has said where browsers reach the bucket"


def test_a_store_that_is_away_is_told_in_one_line_and_nothing_is_lost(
    hosts: StoreHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "TRIES", 0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    away = hosts.new("away", media_endpoint=f"http://127.0.0.1:{port}")
    given = a_file(tmp_path)

    with pytest.raises(StorageDown, match="doesn't do what it is asked") as told:
        away.put(A, given)

    assert given.read_bytes() == b"0123456789"
    assert "\n" not in told.value.line
    assert held(away) == []


def test_a_store_that_comes_back_within_the_tries_is_waited_for(
    hosts: StoreHosts, tmp_path: Path, relay: Relay
) -> None:
    with s3.server() as url:
        port = urlsplit(url).port or 0
        bucket = s3.new_bucket(url)
        late = s3.in_bucket(relay, url, bucket, tmp_path / "late").media
    import threading

    back = threading.Event()

    def come_back() -> None:
        with s3.server(port) as again:
            httpx.put(f"{again}/{bucket}")
            back.wait(30)

    thread = threading.Thread(target=come_back)
    thread.start()
    try:
        _until_put(late, tmp_path)
        assert late.has(A)
    finally:
        back.set()
        thread.join()


def _until_put(store: MediaStore, folder: Path) -> None:
    """The bucket itself comes a moment after its server."""
    given, until = a_file(folder), time.monotonic() + 30
    while True:
        try:
            store.put(A, given)
        except StorageDown:
            assert given.exists()
            assert time.monotonic() < until
        else:
            return


def test_a_bucket_that_is_not_there_is_named(hosts: StoreHosts, tmp_path: Path) -> None:
    nowhere = hosts.new("nowhere", media_url="s3://not-there/town")

    with pytest.raises(StorageDown, match="no bucket not-there"):
        put(nowhere, tmp_path, A)


def test_without_the_extra_one_line_says_what_to_install(
    settings: Settings, object_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)

    with pytest.raises(ConfigError, match="extra s3") as told:
        open_files(s3.settings_for(settings, object_store, "any-bucket"))

    assert "hashtag-relay[s3]" in told.value.line


def test_when_it_came_is_told_by_the_bucket(hosts: StoreHosts, tmp_path: Path) -> None:
    put(hosts.one, tmp_path, A)

    assert abs(hosts.other.facts(A).at - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_host_lets_go_of_what_it_needs_no_more(hosts: StoreHosts, tmp_path: Path) -> None:
    put(hosts.one, tmp_path, A)

    hosts.one.release(A)

    assert held(hosts.one) == []
    assert hosts.one.local(A).read_bytes() == b"0123456789"
