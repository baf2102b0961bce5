from __future__ import annotations

from collections.abc import Callable

import pytest

from relay.context import Relay
from relay.erasure import certificate
from relay.erasure.certificate import ErasedFromFilm, ErasureCertificate
from relay.errors import NotFound
from relay.models import Almanac, Clip, Erasure, ErasureCause
from relay.tombstones import stones
from relay.tombstones.entrance import key_of
from relay.tombstones.stones import Name
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

pytestmark = pytest.mark.slow

NUMBER = "E-000-000-007"


@pytest.fixture
def erased(relay: Relay, clock: FakeClock) -> Relay:
    """Clip 1, which was in two films; of clip 2 the erasure is under way."""
    town = Town(relay)
    digest = Name.of_bytes(town.sha256(town.has_clip())).digest(key_of(relay))
    other = town.sha256(town.has_clip())
    films = [
        {"render": 1, "almanac": 1, "version": 2, "wanted": True, "made": 3},
        {"render": 2, "almanac": 2, "version": 1, "wanted": False, "made": 0},
    ]
    words = {"person": "olga", "asked_at": clock()}
    with relay.transaction() as session:
        for name, title in (("film", "Голоса"), ("bare", "")):
            session.add(Almanac(campaign_id=1, name=name, title=title, created_at=clock()))
        session.add(
            Erasure(
                number=NUMBER, clip_id=1, cause=ErasureCause.withdrawn, digest=digest, films=films, bytes=77,
                removed={"work": 2, "originals": 1}, done_at=clock(), **words,
            )
        )  # fmt: skip
        session.add(Erasure(number="E-2", clip_id=2, cause=ErasureCause.restored, sha256=other, digest="x", **words))
        stones.put(session, key_of(relay), [Name.of_video("vk", "1", "2")], erasure=NUMBER, at=clock())
        stones.put(session, key_of(relay), [Name.of_video("vk", "1", "9")], erasure="E-3", at=clock())
    return relay


def test_a_certificate_tells_what_was_removed_where_and_when(erased: Relay) -> None:
    at = "2023-01-12T12:00:00+03:00"
    assert certificate.of_clip(erased, 1) == ErasureCertificate(
        number=NUMBER, clip=1, campaign="proryv80", title="Прорыв. Голоса памяти", cause=ErasureCause.withdrawn,
        asked_at=at, done_at=at, removed={"originals": 1, "work": 2}, files=3, bytes=77,
        films=[ErasedFromFilm("Голоса", 2, 3), ErasedFromFilm("bare", 1, 0)], kept_out=True,
    )  # fmt: skip
    assert list(certificate.of_clip(erased, 1).removed) == ["originals", "work"]
    under_way = certificate.of_clip(erased, 2)
    assert (under_way.number, under_way.done_at, under_way.files, under_way.films) == ("E-2", "", 0, [])
    assert under_way.kept_out is False


@pytest.mark.parametrize("name", ["1", " 1 ", NUMBER, f" {NUMBER.lower()} "])
def test_it_is_found_by_its_own_number_or_by_its_clips(erased: Relay, name: str) -> None:
    assert certificate.named(erased, name).number == NUMBER


@pytest.mark.parametrize("name", ["3", "12345678901", "E-9", "", "one"])
def test_what_is_no_number_of_one_is_told(erased: Relay, name: str) -> None:
    with pytest.raises(NotFound, match="Nothing was erased under this number"):
        certificate.named(erased, name)


def test_those_of_many_clips_come_in_their_order(erased: Relay) -> None:
    assert [one.clip for one in certificate.of_clips(erased, [2, 1, 9])] == [1, 2]
    assert [one.clip for one in certificate.of_clips(erased, [2])] == [2]
    assert certificate.of_clips(erased, []) == []


def lift_all(relay: Relay, clock: FakeClock) -> None:
    with relay.transaction() as session:
        stones.lift(session, NUMBER, person="olga", at=clock())


def known_by_another(relay: Relay, clock: FakeClock) -> None:
    """The same bytes were taken back before, under another number."""
    lift_all(relay, clock)
    with relay.transaction() as session:
        sha256 = session.get_one(Clip, 1).sha256
        stones.put(session, key_of(relay), [Name.of_bytes(sha256)], erasure="E-8", at=clock())


@pytest.mark.parametrize(("after", "kept_out"), [(lift_all, False), (known_by_another, True)])
def test_whether_it_is_kept_out_still(
    erased: Relay, clock: FakeClock, after: Callable[[Relay, FakeClock], None], kept_out: bool
) -> None:
    after(erased, clock)
    assert certificate.of_clip(erased, 1).kept_out is kept_out
