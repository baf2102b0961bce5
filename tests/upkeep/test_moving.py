"""Files from a folder into an object store and back: whole, once each, and without what was erased."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from relay.bootstrap import open_files
from relay.context import Relay
from relay.errors import StorageDown
from relay.media.buckets.store import BucketStore
from relay.models import ClipState
from relay.moderation import withdrawal
from relay.ports import MediaStore
from relay.upkeep import moving
from relay.upkeep.moving import FilePlace
from tests import s3
from tests.moderation.town import Town

pytestmark = pytest.mark.slow

FILMS = ("almanacs/film-v1.mp4", "almanacs/film-v1.json")
SHOTS = ("shots/abc.mp4", "shots/sounds/abc.f32", "shots/sounds/abc.json")
GIVEN = ("handed-in/7/" + "a" * 32 + ".part",)
OWN = ("almanacs/previews/film.mp4", "shots/seams/x.yuv", "shots/work/1-x/half.mp4", "shots/sums")
"""What stays each host's own."""


class Places:
    """`folder` and `bucket` hold the files of one Relay; `keys` were put into the folder."""

    def __init__(self, relay: Relay, url: str) -> None:
        self.relay = relay
        self.folder = FilePlace(relay.media, relay.shared)
        settings = s3.settings_for(relay.settings, url, s3.new_bucket(url))
        self.bucket = FilePlace(*open_files(settings))
        self.keys = [self.put(f"original {number}".encode()) for number in range(3)]

    def put(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        for key in (f"originals/{sha256}", f"posters/{sha256}.jpg"):
            path = self.relay.folder("work") / "given"
            path.write_bytes(content)
            self.relay.media.put(key, path)
        return f"originals/{sha256}"

    def data(self, *names: str) -> None:
        for name in names:
            path = self.relay.settings.data_dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(name.encode())

    def shared(self) -> list[str]:
        root = self.relay.settings.data_dir.absolute()
        folders = ("almanacs", "shots", "handed-in")
        found = [path for folder in folders for path in self.bucket.shared.names(root / folder)]
        return sorted(str(path.relative_to(root)) for path in found)


@pytest.fixture
def places(relay: Relay, object_store: str) -> Places:
    return Places(relay, object_store)


def contents(media: MediaStore) -> dict[str, bytes]:
    return {key: media.local(key).read_bytes() for key in media.list()}


def test_everything_comes_whole_into_the_bucket_and_back(places: Places) -> None:
    places.data(*FILMS, *SHOTS, *GIVEN, *OWN)
    before = contents(places.folder.media)

    there = moving.move(places.relay, places.folder, places.bucket)

    assert contents(places.bucket.media) == before == contents(places.folder.media)
    assert places.shared() == sorted((*FILMS, *SHOTS, *GIVEN))
    assert (there.files, there.new, there.removed) == (12, 12, 0)

    emptied = moving.move(places.relay, places.folder, places.bucket, empty=True)
    assert (emptied.files, emptied.new, emptied.removed) == (12, 0, 6)
    assert contents(places.folder.media) == {}

    for name in (*FILMS, *SHOTS, *GIVEN):
        (places.relay.settings.data_dir / name).unlink()  # a host that never had them
    back = moving.move(places.relay, places.bucket, places.folder, empty=True)
    assert (back.files, back.new, back.removed) == (12, 6, 6)
    assert contents(places.folder.media) == before
    assert places.shared() == list(places.bucket.media.list()) == []
    for name in (*FILMS, *SHOTS, *GIVEN):
        assert (places.relay.settings.data_dir / name).read_bytes() == name.encode()


class Stops(BaseException):
    """As a kill: nothing catches it."""


class StopsAtTheSecond:
    """Every second file is begun and not put."""

    def __init__(self, put: Callable[[BucketStore, str, Path], None]) -> None:
        self._put, self._count = put, 0

    @property
    def put(self) -> Callable[[BucketStore, str, Path], None]:
        def stopping(store: BucketStore, key: str, path: Path) -> None:
            self._count += 1
            if self._count % 2 == 0:
                raise Stops
            self._put(store, key, path)

        return stopping


def test_stopped_anywhere_it_goes_on_where_it_was(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    before, brought = contents(places.folder.media), 0
    monkeypatch.setattr(BucketStore, "put", StopsAtTheSecond(BucketStore.put).put)
    while True:
        try:
            done = moving.move(places.relay, places.folder, places.bucket)
        except Stops:
            brought += 1
        else:
            break

    assert brought == 5, "each run brings one more"
    assert (done.files, done.new) == (6, 1)
    assert contents(places.bucket.media) == before
    assert list(places.relay.folder("work").glob("move-*")) == []


def test_what_arrives_as_something_else_is_not_left_there(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    put = BucketStore.put

    def spoils(self: BucketStore, key: str, path: Path) -> None:
        path.write_bytes(b"spoilt")
        put(self, key, path)

    monkeypatch.setattr(BucketStore, "put", spoils)

    with pytest.raises(StorageDown, match="did not arrive as it left"):
        moving.move(places.relay, places.folder, places.bucket, empty=True)

    assert list(places.bucket.media.list()) == []
    assert len(contents(places.folder.media)) == 6


def test_twin_without_the_second_reading_nobody_notices(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    put, digest = BucketStore.put, places.folder.media.digest

    def spoils(self: BucketStore, key: str, path: Path) -> None:
        path.write_bytes(b"spoilt")
        put(self, key, path)

    monkeypatch.setattr(BucketStore, "put", spoils)
    monkeypatch.setattr(BucketStore, "digest", lambda _self, key: digest(key))

    moving.move(places.relay, places.folder, places.bucket)

    assert set(contents(places.bucket.media).values()) == {b"spoilt"}


def test_half_a_file_of_an_earlier_run_gives_way(places: Places) -> None:
    given = places.relay.folder("work") / "half"
    given.write_bytes(b"orig")
    places.bucket.media.put(places.keys[0], given)

    moving.move(places.relay, places.folder, places.bucket)

    assert contents(places.bucket.media) == contents(places.folder.media)


def test_what_was_erased_goes_nowhere_and_leaves_the_new_place(relay: Relay, object_store: str) -> None:
    town, places = Town(relay), Places(relay, object_store)
    clip = town.has_clip(state=ClipState.approved)
    key = f"originals/{town.sha256(clip)}"
    for media in (places.folder.media, places.bucket.media):  # an earlier run has brought it there
        given = relay.folder("work") / "given"
        given.write_bytes(b"her clip")
        media.put(key, given)

    withdrawal.withdraw(relay, clip, reason="by telephone", person="olga")
    done = moving.move(relay, places.folder, places.bucket)

    assert done.erased == 2
    assert key not in list(places.bucket.media.list())
    assert key not in list(places.folder.media.list())


def test_a_file_that_is_not_what_its_name_says_stays_in_the_old_place(places: Places) -> None:
    damaged = f"originals/{'f' * 64}"
    given = places.relay.folder("work") / "given"
    given.write_bytes(b"not what the name says")
    places.folder.media.put(damaged, given)

    done = moving.move(places.relay, places.folder, places.bucket, empty=True)

    assert done.damaged == [damaged]
    assert list(places.folder.media.list()) == [damaged]


def test_moving_fills_no_cache(places: Places) -> None:
    moving.move(places.relay, places.folder, places.bucket)
    moving.move(places.relay, places.bucket, places.folder)

    assert isinstance(places.bucket.media, BucketStore)
    assert list(places.bucket.media.cache.held()) == []
