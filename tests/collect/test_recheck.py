from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from sqlmodel import col, select

from relay import alerts
from relay.almanac import plans
from relay.collect import campaigns, crawl, near, places, posts, recheck
from relay.collect.recheck import Carried
from relay.context import Relay
from relay.errors import Refused, TryLater
from relay.models import (
    Campaign,
    Clip,
    ClipState,
    ClipVideo,
    Event,
    Finding,
    Inspection,
    Post,
    Sighting,
    Video,
    VideoState,
)
from relay.moderation import desk
from relay.ports import Again, Author, Known, SeenPost
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import NOON, FakeSource, a_post, a_video, edited

OWN = a_post("Моё #proryv80", "1", "7", videos=(a_video("100"),))
"""On Anna's own page."""
REPOST = a_post("Наши люди #proryv80", "2", "-1", videos=(a_video("100"),))
OTHER = a_post("Другое #proryv80", "3", "-1", videos=(a_video("300", "8", author=Author("8", "Борис")),))


@pytest.fixture
def walls(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    for address in ("vk:club1", "vk:anna"):
        places.add(relay, SLUG, address)


def found(relay: Relay, network: FakeSource, *shown: SeenPost, state: ClipState = ClipState.approved) -> list[int]:
    """Publishes posts, reads them, and makes a clip of each of their videos; gives the clips' numbers."""
    network.has(*shown)
    crawl.crawl(relay, SLUG)
    with relay.transaction() as session:
        campaign_id = campaigns.find(session, SLUG).id or 0
        for video in session.exec(select(Video).order_by(col(Video.id))).all():
            if video.sha256 is not None:
                continue
            video.sha256, video.state = hashlib.sha256(video.url.encode()).hexdigest(), VideoState.fetched
            session.add(Inspection(sha256=video.sha256, bytes=1, finding=Finding.accepted, duration=9, at=NOON))
            session.flush()
            clip = Clip(campaign_id=campaign_id, sha256=video.sha256, video_id=video.id or 0, state=state,
                        created_at=NOON, published_at=NOON)  # fmt: skip
            session.add(clip)
            session.flush()
            session.add(ClipVideo(clip_id=clip.id or 0, video_id=video.id or 0))
        return [clip_id or 0 for clip_id in session.exec(select(Clip.id).order_by(col(Clip.id)))]


def doubts(relay: Relay) -> list[str]:
    return [clip["doubt"] for clip in desk.listing(relay, SLUG)]


def looked_twice(relay: Relay, clock: FakeClock) -> None:
    clock.moves(hours=25)
    recheck.recheck(relay)
    clock.moves(minutes=25)
    recheck.recheck(relay)


def told(relay: Relay, clip_id: int) -> list[tuple[str, str]]:
    return [(entry["verdict"], entry["reason"]) for entry in desk.history(relay, clip_id)]


@pytest.mark.parametrize(
    ("carried", "why"),
    [
        ([], ""),
        ([Carried(True, "")], ""),
        ([Carried(True, "post")], "post"),
        ([Carried(True, "post"), Carried(False, "")], "post"),
        ([Carried(True, ""), Carried(False, "post")], ""),
        ([Carried(True, "private"), Carried(True, "")], ""),
        ([Carried(False, "post"), Carried(False, "")], ""),
        ([Carried(False, "video"), Carried(False, "post")], "video"),
    ],
)
def test_when_a_clip_may_have_been_withdrawn(carried: list[Carried], why: str) -> None:
    assert recheck.doubt(carried) == why


@pytest.mark.slow
def test_a_deleted_post_puts_its_clip_in_doubt_after_two_answers(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    (clip,) = found(relay, network, OWN)
    network.loses(OWN)
    clock.moves(hours=25)
    done = recheck.recheck(relay)
    assert (done.posts, done.lost, done.doubted) == (1, 0, 0)
    assert doubts(relay) == [""]
    clock.moves(minutes=5)
    assert recheck.recheck(relay).posts == 0, "the second answer has to come later"
    clock.moves(minutes=20)
    done = recheck.recheck(relay)
    assert (done.posts, done.lost, done.doubted) == (1, 1, 1)
    assert doubts(relay) == ["post"]
    assert told(relay, clip) == [("in doubt", "The post was deleted or hidden.")]


def test_twin_without_the_second_answer_a_hiccup_puts_a_clip_in_doubt(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(relay, network, OWN)
    network.loses(OWN)
    clock.moves(hours=25)
    monkeypatch.setattr(recheck, "AGAIN", timedelta())
    recheck.recheck(relay)
    assert doubts(relay) == ["post"]


@pytest.mark.slow
def test_a_post_that_was_missing_once_and_is_back_raises_no_doubt(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    found(relay, network, OWN)
    network.loses(OWN)
    clock.moves(hours=25)
    recheck.recheck(relay)
    network.has(OWN)
    clock.moves(minutes=25)
    recheck.recheck(relay)
    network.loses(OWN)
    clock.moves(hours=25)
    recheck.recheck(relay)
    assert doubts(relay) == [""]


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["is_down", "parks"])
def test_an_outage_puts_nothing_in_doubt(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource, trouble: str
) -> None:
    found(relay, network, OWN)
    getattr(network, trouble)()
    for _ in range(30):
        clock.moves(hours=25)
        assert recheck.recheck(relay).faults
    assert doubts(relay) == [""]
    with relay.reading() as session:
        assert session.exec(select(Sighting.missing_since)).all() == [None]


@pytest.mark.slow
def test_an_answer_without_most_of_the_town_is_not_believed(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    places.add(relay, SLUG, "vk:tag")
    town = [
        a_post("Моё #proryv80", "1", str(owner), videos=(a_video("1", str(owner)),), author=Author(str(owner)))
        for owner in range(20, 40)
    ]
    found(relay, network, *town)
    network.loses(*town[:15])
    looked_twice(relay, clock)
    looked_twice(relay, clock)
    assert doubts(relay) == [""] * 20
    with relay.reading() as session:
        assert [alert.key for alert in alerts.open_alerts(session)] == ["recheck:vk"]
    network.has(*town[:15])
    looked_twice(relay, clock)
    with relay.reading() as session:
        assert alerts.open_alerts(session) == []


@pytest.mark.slow
def test_twin_without_that_guard_a_broken_answer_empties_the_film(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    places.add(relay, SLUG, "vk:tag")
    town = [
        a_post("Моё #proryv80", "1", str(owner), videos=(a_video("1", str(owner)),), author=Author(str(owner)))
        for owner in range(20, 40)
    ]
    found(relay, network, *town)
    network.loses(*town[:15])
    monkeypatch.setattr(recheck, "is_believable", lambda owners, missing: True)
    looked_twice(relay, clock)
    assert doubts(relay).count("post") == 15


@pytest.mark.parametrize(
    ("asked", "missing", "believed"),
    [(3, 3, True), (5, 5, True), (10, 5, True), (10, 6, False), (100, 50, True), (100, 51, False), (0, 0, True)],
)
def test_how_much_may_vanish_at_once(asked: int, missing: int, believed: bool) -> None:
    assert recheck.is_believable(map(str, range(asked)), map(str, range(missing))) is believed


def test_a_closed_wall_may_take_all_its_posts_along() -> None:
    assert recheck.is_believable(["-1"] * 90 + ["7"], ["-1"] * 90)


class Mute:
    """A network that gives posts, and can't tell a loss from trouble."""

    def __init__(self, network: FakeSource) -> None:
        self.network, self.look, self.read = network.network, network.look, network.read


@pytest.mark.slow
def test_a_network_that_cannot_tell_is_not_asked(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    found(relay, network, OWN)
    network.loses(OWN)
    relay.sources["vk"] = Mute(network)  # type: ignore[index]
    looked_twice(relay, clock)
    assert doubts(relay) == [""]


@pytest.mark.slow
def test_an_unclear_answer_changes_nothing_and_is_asked_for_again_tomorrow(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    found(relay, network, OWN, OTHER)
    network.is_unclear_about(OWN)
    network.loses(OWN)
    looked_twice(relay, clock)
    assert doubts(relay) == ["", ""]
    assert recheck.recheck(relay).posts == 0
    clock.moves(hours=25)
    assert recheck.recheck(relay).posts == 2


@pytest.mark.slow
def test_an_unclear_answer_between_two_misses_takes_nothing_back(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    found(relay, network, OWN)
    network.loses(OWN)
    clock.moves(hours=25)
    recheck.recheck(relay)
    network.is_unclear_about(OWN)
    clock.moves(minutes=25)
    recheck.recheck(relay)
    assert doubts(relay) == [""]
    network.is_clear_again()
    clock.moves(minutes=25)
    recheck.recheck(relay)
    assert doubts(relay) == ["post"]


@pytest.mark.slow
def test_a_network_whose_pages_have_changed_is_one_alert(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    many = [a_post("Моё #proryv80", str(n), "7", videos=(a_video(str(n)),)) for n in range(1, 6)]
    found(relay, network, *many)
    network.is_unclear_about(*many)
    for _ in range(3):
        clock.moves(hours=25)
        (fault,) = recheck.recheck(relay).faults
        assert "no page is understood" in fault
    with relay.reading() as session:
        assert [alert.key for alert in alerts.open_alerts(session)] == ["recheck:vk"]
    network.is_clear_again()
    clock.moves(hours=25)
    assert recheck.recheck(relay).faults == ()
    with relay.reading() as session:
        assert alerts.open_alerts(session) == []


@pytest.mark.parametrize(
    ("network", "owner", "author", "who"),
    [
        ("vk", "-1", "7", "-1"),
        ("tg", "gorod", "-gorod", "gorod"),
        ("rutube", "", "639184", "639184"),
        ("yt", "", "", "2"),
        ("rss", "https://school47.example/feed.xml", "", "2"),
    ],
)
def test_who_may_take_several_posts_away_at_once(network: str, owner: str, author: str, who: str) -> None:
    post = Post(network=network, owner_id=owner, post_id="2", url="", text="", author_id=author,
                published_at=NOON, first_seen_at=NOON, last_seen_at=NOON)  # fmt: skip
    assert recheck._owner(post) == who


@pytest.mark.slow
def test_trouble_in_the_middle_keeps_what_was_said_before(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    found(relay, network, OWN, OTHER)
    network.loses(OWN)
    relay.sources["vk"] = Faltering(network)  # type: ignore[index]
    for _ in range(2):
        clock.moves(hours=25)
        done = recheck.recheck(relay)
        assert (done.posts, len(done.faults)) == (1, 1)
    assert sorted(doubts(relay)) == ["", "post"]


class Faltering:
    """A network that answers about one post, and then no more."""

    def __init__(self, network: FakeSource) -> None:
        self._network, self.network = network, network.network

    def look_again(self, posts: Sequence[Known]) -> Iterator[Again]:
        yield next(iter(self._network.look_again(sorted(posts, key=lambda known: known.url, reverse=True))))
        raise TryLater("VK does not answer.", requests=1)


@pytest.mark.slow
def test_a_public_that_deletes_its_repost_withdraws_nothing(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    found(relay, network, OWN, REPOST)
    network.loses(REPOST)
    looked_twice(relay, clock)
    assert doubts(relay) == [""]
    network.loses(OWN)
    looked_twice(relay, clock)
    assert doubts(relay) == ["post"]


@pytest.mark.slow
def test_the_residents_deletion_counts_although_a_repost_is_left(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    found(relay, network, OWN, REPOST)
    network.loses(OWN)
    looked_twice(relay, clock)
    assert doubts(relay) == ["post"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("videos", "why"),
    [((), "video"), ((a_video("100", blocked="The video is private."),), "private")],
    ids=["taken out", "private"],
)
def test_a_video_that_is_gone_from_its_post(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource, videos: tuple[object, ...], why: str
) -> None:
    found(relay, network, OWN)
    network.has(dataclasses.replace(OWN, videos=videos))  # type: ignore[arg-type]
    looked_twice(relay, clock)
    assert doubts(relay) == [why]


@pytest.mark.slow
def test_a_post_that_returns_takes_the_doubt_back(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    (clip,) = found(relay, network, OWN)
    network.loses(OWN)
    looked_twice(relay, clock)
    network.has(OWN)
    clock.moves(hours=25)
    recheck.recheck(relay)
    assert doubts(relay) == [""]
    assert [what for what, _ in told(relay, clip)] == ["in doubt", "seen again"]


@pytest.mark.slow
def test_what_a_person_keeps_stays_kept(relay: Relay, clock: FakeClock, walls: None, network: FakeSource) -> None:
    (clip,) = found(relay, network, OWN)
    network.loses(OWN)
    looked_twice(relay, clock)
    desk.keep(relay, clip, person="Анна", seen="post")
    for _ in range(3):
        looked_twice(relay, clock)
    assert doubts(relay) == [""]
    network.has(OWN)
    looked_twice(relay, clock)
    network.loses(OWN)
    looked_twice(relay, clock)
    assert doubts(relay) == ["post"], "it was deleted once more"


@pytest.mark.slow
def test_rejected_clips_are_not_looked_up(relay: Relay, clock: FakeClock, walls: None, network: FakeSource) -> None:
    found(relay, network, OWN, state=ClipState.rejected)
    clock.moves(hours=25)
    assert recheck.recheck(relay).posts == 0


@pytest.mark.slow
def test_what_stands_in_a_film_is_looked_up_each_hour(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    found(relay, network, OWN, OTHER)
    clock.moves(hours=2)
    assert recheck.recheck(relay).posts == 0
    with relay.transaction() as session:
        clip = session.exec(select(Clip).order_by(col(Clip.id)).limit(1)).one()
        clip.state = ClipState.later
        session.add(clip)
    plans.new(relay, SLUG, "film", all_approved=True)
    assert recheck.recheck(relay).posts == 1
    assert recheck.recheck(relay).posts == 0
    assert recheck.recheck(relay, SLUG, within=timedelta()).posts == 2


@pytest.mark.slow
def test_a_clip_in_doubt_is_out_of_the_next_film_and_keeps_its_place(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    first, second = found(relay, network, OWN, OTHER)
    plans.new(relay, SLUG, "film", all_approved=True)
    network.loses(OWN)
    looked_twice(relay, clock)

    def shown() -> list[int]:
        return sorted(segment["clip"] for segment in plans.show(relay, SLUG, "film")["segments"])

    gone = next(view["id"] for view in desk.listing(relay, SLUG) if view["doubt"])
    left = ({first, second} - {gone}).pop()
    assert shown() == [left]
    plans.plan(relay, SLUG, "film")
    assert shown() == [left]
    plans.new(relay, SLUG, "another", all_approved=True)
    assert [segment["clip"] for segment in plans.show(relay, SLUG, "another")["segments"]] == [left]
    desk.keep(relay, gone, person="Анна", seen="post")
    assert shown() == [first, second]


@pytest.mark.slow
def test_a_film_needs_a_clip_that_is_not_in_doubt(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    found(relay, network, OWN)
    network.loses(OWN)
    looked_twice(relay, clock)
    with pytest.raises(Refused, match="nothing to make a film of"):
        plans.new(relay, SLUG, "film", all_approved=True)


@pytest.mark.slow
def test_an_edit_is_noted_with_both_texts(relay: Relay, clock: FakeClock, walls: None, network: FakeSource) -> None:
    (clip,) = found(relay, network, OWN)
    clock.moves(hours=25)
    network.has(edited(OWN, "Исправлено #proryv80", clock()))
    recheck.recheck(relay)
    assert told(relay, clip) == [("post edited", "")]
    assert desk.history(relay, clip)[0]["changes"] == {"text": ["Моё #proryv80", "Исправлено #proryv80"]}
    assert posts.listing(relay, SLUG)[0]["text"] == "Исправлено #proryv80"


def test_a_tag_that_was_taken_out_is_noted_and_the_match_stays(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    (clip,) = found(relay, network, OWN)
    clock.moves(hours=25)
    network.has(edited(OWN, "Моё", clock()))
    recheck.recheck(relay)
    recheck.recheck(relay, within=timedelta())
    assert [what for what, _ in told(relay, clip)] == ["post edited", "tag removed"]
    assert posts.listing(relay, SLUG)[0]["match"] == "exact"
    assert doubts(relay) == [""]


@pytest.mark.slow
def test_an_edit_that_a_sweep_sees_is_noted_too(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    (clip,) = found(relay, network, OWN)
    clock.moves(hours=1)
    network.has(edited(OWN, "Исправлено #proryv80", clock()))
    crawl.crawl(relay, SLUG)
    crawl.crawl(relay, SLUG)
    assert [what for what, _ in told(relay, clip)] == ["post edited"]


@pytest.mark.slow
def test_a_post_that_a_person_took_in_needs_no_tag(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    post = a_post("Моё #прорыв80", "1", "7", videos=(a_video("100"),))
    network.has(post)
    crawl.crawl(relay, SLUG)
    near.accept(relay, posts.listing(relay, SLUG)[0]["id"], person="Анна")
    (clip,) = found(relay, network)
    clock.moves(hours=25)
    network.has(edited(post, "Моё", clock()))
    recheck.recheck(relay)
    assert [what for what, _ in told(relay, clip)] == ["post edited"]


@pytest.mark.slow
def test_posts_that_a_sweep_has_just_shown_need_no_look(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    found(relay, network, OWN)
    clock.moves(hours=20)
    crawl.crawl(relay, SLUG)
    clock.moves(hours=10)
    assert recheck.recheck(relay).posts == 0


@pytest.mark.slow
@pytest.mark.slow
def test_a_hundred_posts_cost_one_call(relay: Relay, clock: FakeClock, walls: None, network: FakeSource) -> None:
    many = [
        a_post("Моё #proryv80", str(n), "-1", videos=(a_video(str(n)),), published_at=NOON - timedelta(minutes=n))
        for n in range(1, 131)
    ]
    found(relay, network, *many)
    clock.moves(hours=25)
    before = network.requests
    done = recheck.recheck(relay)
    assert (done.posts, done.requests, network.requests - before) == (130, 2, 2)
    with relay.reading() as session:
        assert session.exec(select(Post.checked_at).distinct()).all() == [clock()]


@pytest.mark.slow
def test_events_of_posts_belong_to_posts(relay: Relay, clock: FakeClock, walls: None, network: FakeSource) -> None:
    found(relay, network, OWN)
    clock.moves(hours=25)
    network.has(edited(OWN, "Исправлено #proryv80", clock()))
    recheck.recheck(relay)
    with relay.reading() as session:
        event = session.exec(select(Event).where(Event.what == "post edited")).one()
        assert (event.subject, event.subject_id) == ("post", posts.listing(relay, SLUG)[0]["id"])


@pytest.mark.parametrize(("unclear", "clear", "told"), [(2, 0, False), (3, 0, True), (9, 0, True), (9, 1, False)])
def test_from_three_unclear_answers_on_a_person_is_told(unclear: int, clear: int, told: bool) -> None:
    post = Post(network="vk", owner_id="-1", post_id="1", url="u", text="", published_at=NOON, first_seen_at=NOON,
                last_seen_at=NOON)  # fmt: skip
    known = Known("-1", "1", "u", ())
    answers = [(post, Again(known, unclear="A page that nobody understands."))] * unclear
    answers += [(post, Again(known, post=OWN))] * clear
    assert bool(recheck._why_not_believed(answers)) is told


@pytest.mark.slow
def test_what_a_participant_took_back_no_post_that_returns_can_settle(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    found(relay, network, OWN)
    network.loses(OWN)
    for hours in (25, 1):
        clock.moves(hours=hours)
        recheck.recheck(relay)
    with relay.transaction() as session:
        clip = session.exec(select(Clip)).one()
        assert clip.doubt
        clip.doubt = recheck.TAKEN_BACK
        session.add(clip)
    network.has(OWN)
    clock.moves(hours=25)
    recheck.recheck(relay)
    with relay.reading() as session:
        assert session.exec(select(Clip)).one().doubt == recheck.TAKEN_BACK
