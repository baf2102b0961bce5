from __future__ import annotations

import pytest
from sqlmodel import select, update

from relay.context import Relay
from relay.estimate import Overlap, Untold
from relay.models import Event, EventKind, EventSubject, Match, MatchKind, MatchPlace, Post, Source, SourceState
from relay.records import find_campaign
from relay.search import captures
from tests.board.region import Region
from tests.moderation.town import OPENS

pytestmark = pytest.mark.slow


class Streets(Region):
    """`streets.has_post("-1", wall, search)` is a post of that owner which these sources showed."""

    def has_post(self, owner: str, *sources: int, handed_in: bool = False, network: str = "vk") -> int:
        self.has_clip()
        with self.relay.transaction() as session:
            post = session.exec(select(Post).order_by(Post.id.desc()).limit(1)).one()
            post.owner_id, post.network = owner, network
            if handed_in:
                self._is_handed_in(session, post.id)
            number = post.id or 0
        for source in sources:
            self.shows(source, [number])
        return number

    def _is_handed_in(self, session, post, **more):  # type: ignore[no-untyped-def]
        details = {"post": post, "match": "exact"} if not more else {"post": post, **more}
        session.add(
            Event(at=OPENS, subject=EventSubject.campaign, subject_id=self.campaign_id, what=EventKind.handed_in,
                  details=details)
        )  # fmt: skip

    def seen(self) -> captures.Captures:
        with self.relay.reading() as session:
            return captures.captures(session, find_campaign(session, self.slug))


@pytest.fixture
def streets(relay: Relay) -> Streets:
    return Streets(relay)


def test_on_listed_walls_search_and_people_are_one_way(streets: Streets) -> None:
    wall, search = streets.reads("vk:club1", owner="-1"), streets.reads("vk:tag")
    for sources in ((wall,), (wall, search), (wall, search), (search,)):
        streets.has_post("-1", *sources)
    streets.has_post("-1", wall, handed_in=True)
    streets.has_post("-1", handed_in=True)
    streets.has_post("-1", search, handed_in=True)
    assert streets.seen().walls == {"vk": [Overlap(4, 6, 3)]}
    assert streets.seen().elsewhere == {}


def test_elsewhere_people_are_the_other_way(streets: Streets) -> None:
    streets.reads("vk:club1", owner="-1")
    search = streets.reads("vk:tag")
    for sources, handed_in in (((search,), False), ((search,), True), ((), True)):
        streets.has_post("7", *sources, handed_in=handed_in)
    assert streets.seen() == captures.Captures({}, {"vk": [Overlap(2, 2, 1)]})


def test_walls_that_do_not_answer_and_other_networks_stand_by_themselves(streets: Streets) -> None:
    walls = [streets.reads(f"vk:club{number}", owner=f"-{number}") for number in (1, 2, 3)]
    telegram = streets.reads("telegram:town", owner="town")
    with streets.relay.transaction() as session:
        session.exec(update(Source).where(Source.id == walls[1]).values(state=SourceState.attention))
        session.exec(update(Source).where(Source.id == walls[2]).values(failures=1))
        session.exec(update(Source).where(Source.id == telegram).values(network="telegram"))
    for number, wall in enumerate(walls, start=1):
        streets.has_post(f"-{number}", wall)
    streets.has_post("town", telegram, network="telegram")
    seen = streets.seen().walls
    assert {network: sorted(parts, key=lambda part: part.first) for network, parts in seen.items()} == {
        "vk": [Overlap(1), Overlap(2)], "telegram": [Overlap(1)],
    }  # fmt: skip


def test_what_is_not_ours_or_carries_no_tag_says_nothing(streets: Streets) -> None:
    wall = streets.reads("vk:club1", owner="-1")
    posts = [streets.has_post("-1", wall) for _ in range(4)]
    changes = {"turned_down": "Анна"}, {"kind": MatchKind.near}, {"matched_in": MatchPlace.handed_in}
    with streets.relay.transaction() as session:
        for post, changed in zip(posts, changes, strict=False):
            session.exec(update(Match).where(Match.post_id == post).values(**changed))
    assert streets.seen().walls == {"vk": [Overlap(1)]}


def test_a_video_that_is_put_to_a_post_by_hand_is_no_find(streets: Streets) -> None:
    wall = streets.reads("vk:club1", owner="-1")
    post = streets.has_post("-1", wall)
    with streets.relay.transaction() as session:
        streets._is_handed_in(session, post, url="https://vk.com/video1_2")
    assert streets.seen().walls == {"vk": [Overlap(1)]}


def test_a_network_without_a_search_says_nothing_of_what_its_walls_missed(streets: Streets) -> None:
    wall = streets.reads("vk:club1", owner="-1")
    streets.has_post("-1", wall)
    with streets.relay.reading() as session:
        told = captures.missed(session, find_campaign(session, streets.slug))
    assert told.walls.estimate is None
    assert told.walls.untold == {"vk": (Untold.one_reader, Overlap(1))}


def test_many_links_are_looked_up_in_parts(streets: Streets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captures, "CHUNK", 2)
    search = streets.reads("vk:tag")
    for _ in range(5):
        streets.has_post("7", search, handed_in=True)
    assert streets.seen().elsewhere == {"vk": [Overlap(5, 5, 5)]}
