"""Films of hosts that share an object store: one makes it, the other shows it, and takes over shots."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from relay.almanac.delivery import assemble, versions
from relay.almanac.delivery.render import render
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.plan import queries
from relay.context import Relay
from relay.erasure import caches
from relay.erasure.target import ErasureTarget, Removed
from relay.errors import NotFound, Refused, StorageDown
from relay.media.buckets.files import BucketFiles
from relay.models import ClipState, Inspection
from tests import s3
from tests.almanac.cinema import FILM, has_version
from tests.almanac.delivery.test_render import Residents
from tests.almanac.filming import Camera
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


@pytest.fixture
def hosts(relay: Relay, object_store: str, tmp_path: Path) -> tuple[Relay, Relay]:
    bucket = s3.new_bucket(object_store)
    other = s3.in_bucket(relay, object_store, bucket, tmp_path / "other")
    return s3.in_bucket(relay, object_store, bucket), replace(other, holder="other")


@pytest.fixture
def version(hosts: tuple[Relay, Relay]) -> str:
    """A film that the first host has shared, by its base name."""
    one = hosts[0]
    Town(one).has_clip(state=ClipState.approved)
    queries.new(one, "proryv80", "film", all_approved=True)
    has_version(one)
    folder = one.folder("almanacs")
    one.shared.share(*(folder / f"proryv80_film-v1{end}" for end in (".json", ".jpg", ".mp4")))
    return "proryv80_film-v1"


def test_another_host_shows_the_film_and_knows_who_is_in_it(hosts: tuple[Relay, Relay], version: str) -> None:
    other = hosts[1]
    with other.reading() as session:
        shown = versions.version(other, session, "proryv80", "film")

    assert [one["clip"] for one in shown.manifest["clips"]] == [1]
    assert versions.film(other, shown.row) == other.folder("almanacs") / f"{version}.mp4"
    assert versions.film(other, shown.row).read_bytes() == FILM
    with pytest.raises(NotFound):
        versions.signed(other, shown.row)


def test_a_name_that_one_host_has_no_other_takes(hosts: tuple[Relay, Relay], version: str) -> None:
    one, other = hosts

    assert not other.shared.reserve(other.folder("almanacs") / f"{version}.mp4")
    assert other.shared.reserve(other.folder("almanacs") / "proryv80_film-v2.mp4")
    assert not one.shared.reserve(one.folder("almanacs") / "proryv80_film-v2.mp4")


def test_a_file_that_was_made_anew_is_brought_anew(
    hosts: tuple[Relay, Relay], version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.media.buckets.files.KNOWN_FOR", 0.0)
    one, other = hosts
    assert other.kept(f"almanacs/{version}.jpg").read_bytes() == b"picture"
    still = one.folder("almanacs") / f"{version}.jpg"
    still.write_bytes(b"another picture")

    one.shared.share(still)

    assert other.kept(f"almanacs/{version}.jpg").read_bytes() == b"another picture"


def shots_of(relay: Relay) -> ShotCache:
    return ShotCache(relay.folder("shots"), relay.shared)


def keep(shots: ShotCache, place: Path, *, note: dict[str, int] | None = None, durable: bool = True) -> None:
    with shots.bench() as folder:
        made = folder / "made"
        made.write_bytes(b"pictures")
        shots.keep(made, place, note=note, durable=durable)


def test_shots_and_sounds_of_one_host_arrive_at_the_other(hosts: tuple[Relay, Relay]) -> None:
    one, other = map(shots_of, hosts)
    keep(one, one.shot("a" * 64))
    keep(one, one.sound("b" * 64), note={"peak": 1})
    keep(one, one.seam("c"), durable=False)

    other.arrive([other.shot("a" * 64), other.sound("b" * 64), other.seam("c"), other.shot("d" * 64)])

    assert other.shot("a" * 64).read_bytes() == b"pictures"
    assert other.has(other.sound("b" * 64))
    assert other.note(other.sound("b" * 64)) == {"peak": 1}
    assert not other.has(other.seam("c")), "raw frames stay where they are"
    assert not other.has(other.shot("d" * 64))


@pytest.mark.parametrize("is_shown", [False, True])
def test_no_kill_leaves_a_shot_that_only_one_host_has(
    hosts: tuple[Relay, Relay], monkeypatch: pytest.MonkeyPatch, is_shown: bool
) -> None:
    """It would never be made again there, and the others would wait for it."""

    class Killed(BaseException):
        pass

    shares = BucketFiles.share_as

    def dies(files: BucketFiles, made: Path, place: Path) -> None:
        if is_shown:
            shares(files, made, place)
        raise Killed

    one, other = map(shots_of, hosts)
    with monkeypatch.context() as here:
        here.setattr(BucketFiles, "share_as", dies)
        with pytest.raises(Killed):
            keep(one, one.shot("a" * 64))
    assert not one.has(one.shot("a" * 64))
    other.arrive([other.shot("a" * 64)])
    assert other.has(other.shot("a" * 64)) is is_shown


def test_what_lies_on_the_bench_is_shown_to_nobody(hosts: tuple[Relay, Relay]) -> None:
    one = shots_of(hosts[0])
    with one.bench() as bench:
        keep(one, bench / "film.mp4")

    assert list(hosts[1].shared.names(hosts[1].folder("shots"))) == []


def test_a_shot_that_cant_be_shared_stops_no_film(hosts: tuple[Relay, Relay], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BucketFiles, "share_as", away)
    one = shots_of(hosts[0])

    keep(one, one.shot("a" * 64))

    assert one.has(one.shot("a" * 64))


@pytest.mark.media
def test_a_film_of_one_host_is_made_again_by_the_other_without_encoding(
    hosts: tuple[Relay, Relay], camera: Camera
) -> None:
    one, other = hosts
    residents = Residents(one, camera)
    residents.film("Анна", camera.films("anna", frames=50, seed=1))
    residents.plan()

    first = render(one, "proryv80", "film")
    again = render(other, "proryv80", "film")

    assert first.shots_encoded > 0
    assert (again.version, again.shots_encoded) == (2, 0)
    assert again.sha256 == first.sha256
    assert versions.film(one, again).read_bytes() == versions.film(other, first).read_bytes()


def away(*_args: object) -> None:
    raise StorageDown("The object store doesn't do what it is asked ({why}).", why="")


def on_hand(relay: Relay) -> list[str]:
    """Kinds of files of the media store that lie in this host's cache."""
    return sorted({path.parts[-3] for path in relay.settings.media_folder.glob("*/*/*") if path.is_file()})


@pytest.fixture
def planned(hosts: tuple[Relay, Relay], camera: Camera) -> tuple[Relay, Relay]:
    residents = Residents(hosts[0], camera)
    residents.film("Анна", camera.films("anna", frames=50, seed=1))
    residents.film("Борис", camera.films("boris", frames=50, seed=2))
    residents.plan()
    return hosts


@pytest.mark.media
def test_only_originals_that_are_encoded_are_brought(planned: tuple[Relay, Relay]) -> None:
    one, other = planned
    render(one, "proryv80", "film")
    assert on_hand(one) == ["originals"]
    assert render(other, "proryv80", "film").shots_encoded == 0
    assert on_hand(other) == []
    other.media.delete(next(iter(other.media.list("originals/"))))
    with pytest.raises(Refused, match="is missing"):
        render(other, "proryv80", "film")


@pytest.mark.media
def test_twin_who_opens_every_original_brings_them_all(
    planned: tuple[Relay, Relay], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = planned
    render(one, "proryv80", "film")
    monkeypatch.setattr("relay.almanac.delivery.render._readable", lambda relay, key: relay.media.local(key))
    assert render(other, "proryv80", "film").shots_encoded == 0
    assert on_hand(other) == ["originals"]


@pytest.mark.media
@pytest.mark.parametrize("is_down", [False, True])
def test_a_store_that_fails_while_a_film_is_shared_costs_no_number(
    planned: tuple[Relay, Relay], monkeypatch: pytest.MonkeyPatch, is_down: bool
) -> None:
    """`is_down`: it can't even be told that the name is free again."""
    one, other = planned
    with monkeypatch.context() as broken:
        broken.setattr(BucketFiles, "share", away)
        if is_down:
            broken.setattr(BucketFiles, "drop", away)
        with pytest.raises(StorageDown):
            render(one, "proryv80", "film")
    assert list(one.folder("almanacs").glob("proryv80*")) == []
    made = render(one, "proryv80", "film")
    assert made.version == 1
    assert versions.film(other, made).read_bytes() == versions.film(one, made).read_bytes()
    assert list(one.folder("almanacs", versions.GIVEN_UP).iterdir()) == []
    assert render(other, "proryv80", "film").version == 2


@pytest.mark.media
def test_twin_a_name_that_is_not_given_back_is_taken_for_ever(
    planned: tuple[Relay, Relay], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = planned
    with monkeypatch.context() as broken:
        broken.setattr(BucketFiles, "share", away)
        broken.setattr(versions, "give_back", lambda *_words: None)
        with pytest.raises(StorageDown):
            render(one, "proryv80", "film")
    assert render(one, "proryv80", "film").version == 2


def test_a_store_that_is_away_takes_no_name(hosts: tuple[Relay, Relay], monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = hosts
    name = one.folder("almanacs") / "proryv80_film-v1.mp4"
    with monkeypatch.context() as broken:
        for what in ("reserve", "drop"):
            broken.setattr(BucketFiles, what, away)
        with pytest.raises(StorageDown):
            versions.reserve(one, name)
    assert not name.exists()
    assert versions.reserve(one, name)
    assert not versions.reserve(one, name), "two that ask at once get two names"


def test_a_name_that_could_not_be_given_back_is_nobody_elses(
    hosts: tuple[Relay, Relay], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = hosts
    name, theirs = (host.folder("almanacs") / "proryv80_film-v1.mp4" for host in hosts)
    assert versions.reserve(one, name)
    with monkeypatch.context() as broken:
        broken.setattr(BucketFiles, "drop", away)
        versions.give_back(one, name)
    assert not versions.reserve(other, theirs)
    assert not theirs.exists()
    assert versions.reserve(one, name)


def test_a_name_that_was_given_back_is_anybodys(hosts: tuple[Relay, Relay]) -> None:
    one, other = hosts
    name, theirs = (host.folder("almanacs") / "proryv80_film-v1.mp4" for host in hosts)
    assert versions.reserve(one, name)
    later, beside = name.with_name("proryv80_film-v10.mp4"), name.with_suffix(".json")
    for file in (later, beside):
        file.write_bytes(b"x")
        one.shared.share(file)
    versions.give_back(one, name)
    assert [path.name for path in one.shared.names(one.folder("almanacs"))] == [later.name]
    assert [path.name for path in one.folder("almanacs").glob("*.*")] == [later.name]
    assert versions.reserve(other, theirs)


def test_faces_that_one_host_has_seen_no_other_looks_for(
    hosts: tuple[Relay, Relay], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = hosts
    town = Town(one)
    clip = town.has_clip(state=ClipState.approved, duration=4.0)
    with one.reading() as session:
        seen = session.get_one(Inspection, town.sha256(clip))
    looked: list[Relay] = []

    def found(relay: Relay, *_words: object) -> dict[str, object]:
        looked.append(relay)
        return {"moments": [1.0], "faces": []}

    monkeypatch.setattr(assemble, "_found", found)
    monkeypatch.setattr(assemble.faces, "available", lambda: True)
    assert assemble.faces_of(one, seen) == assemble.faces_of(other, seen)
    assert looked == [one]
    assert caches.sweep(one, erasing(clip, seen.sha256), Removed())
    assert list(one.shared.names(one.folder("shots", "faces"))) == []


def erasing(clip: int, sha256: str) -> ErasureTarget:
    none = frozenset[int]()
    return ErasureTarget("E-1", 1, sha256, "", frozenset({clip}), none, none)
