"""Films of hosts that share an object store: one makes it, the other shows it, and takes over shots."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from relay.almanac.delivery import versions
from relay.almanac.delivery.render import render
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, StorageDown
from relay.media.buckets.files import BucketFiles
from relay.models import ClipState
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


def test_what_lies_on_the_bench_is_shown_to_nobody(hosts: tuple[Relay, Relay]) -> None:
    one = shots_of(hosts[0])
    with one.bench() as bench:
        keep(one, bench / "film.mp4")

    assert list(hosts[1].shared.names(hosts[1].folder("shots"))) == []


def test_a_shot_that_cant_be_shared_stops_no_film(hosts: tuple[Relay, Relay], monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object) -> None:
        raise StorageDown("The object store doesn't do what it is asked ({why}).", why="")

    monkeypatch.setattr(BucketFiles, "share", away)
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
