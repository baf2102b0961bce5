from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select, update

from relay import alerts
from relay.almanac.plan import queries
from relay.collect import crawl, ingest, recheck, sources
from relay.collect.found import near_misses, posts
from relay.collect.hashtags import Hit
from relay.collect.recheck import Carried, Rechecked
from relay.context import Relay
from relay.errors import ConfigError, Parked, Refused, TryLater
from relay.models import (
    Almanac,
    Campaign,
    CampaignState,
    Clip,
    ClipState,
    ClipVideo,
    Doubt,
    Event,
    Finding,
    Inspection,
    Match,
    MatchKind,
    Post,
    Segment,
    Sighting,
    Video,
    VideoState,
)
from relay.moderation import desk
from relay.permissions import overrides
from relay.ports import Author, PostRef, RecheckResult, SeenPost
from relay.records import find_campaign
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
        sources.add(relay, SLUG, address)


def found(relay: Relay, network: FakeSource, *shown: SeenPost, state: ClipState = ClipState.approved) -> list[int]:
    """Publishes posts, reads them, and makes a clip of each of their videos; gives the clips' numbers."""
    network.has(*shown)
    crawl.crawl(relay, SLUG)
    with relay.transaction() as session:
        campaign_id = find_campaign(session, SLUG).id or 0
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
    return [clip.doubt for clip in desk.listing(relay, SLUG)]


def looked_twice(relay: Relay, clock: FakeClock) -> None:
    clock.moves(hours=25)
    recheck.recheck(relay)
    clock.moves(minutes=25)
    recheck.recheck(relay)


def told(relay: Relay, clip_id: int) -> list[tuple[str, str]]:
    return [(entry.verdict, entry.reason) for entry in desk.history(relay, clip_id)]


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


@pytest.mark.slow
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
    sources.add(relay, SLUG, "vk:tag")
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
    sources.add(relay, SLUG, "vk:tag")
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
        self.description, self.read = network.description, network.read
        self.posts_behind = network.posts_behind


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
        self._network, self.description = network, network.description

    def recheck(self, posts: Sequence[PostRef]) -> Iterator[RecheckResult]:
        yield next(iter(self._network.recheck(sorted(posts, key=lambda known: known.url, reverse=True))))
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
    queries.new(relay, SLUG, "film", all_approved=True)
    assert recheck.recheck(relay).posts == 1
    assert recheck.recheck(relay).posts == 0
    assert recheck.recheck(relay, SLUG, within=timedelta()).posts == 2


@pytest.mark.slow
def test_a_clip_in_doubt_is_out_of_the_next_film_and_keeps_its_place(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    first, second = found(relay, network, OWN, OTHER)
    queries.new(relay, SLUG, "film", all_approved=True)
    network.loses(OWN)
    looked_twice(relay, clock)

    def shown() -> list[int]:
        return sorted(segment.clip for segment in queries.show(relay, SLUG, "film").segments)

    gone = next(view.id for view in desk.listing(relay, SLUG) if view.doubt)
    left = ({first, second} - {gone}).pop()
    assert shown() == [left]
    queries.plan(relay, SLUG, "film")
    assert shown() == [left]
    queries.new(relay, SLUG, "another", all_approved=True)
    assert [segment.clip for segment in queries.show(relay, SLUG, "another").segments] == [left]
    desk.keep(relay, gone, person="Анна", seen="post")
    assert shown() == [left], "with its post went what its permission stood on"
    overrides.take_upon(relay, gone, person="Анна", reason="The author has asked for it.")
    queries.plan(relay, SLUG, "film")
    assert shown() == [first, second]


@pytest.mark.slow
def test_a_film_needs_a_clip_that_is_not_in_doubt(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    found(relay, network, OWN)
    network.loses(OWN)
    looked_twice(relay, clock)
    with pytest.raises(Refused, match="nothing to make a film of"):
        queries.new(relay, SLUG, "film", all_approved=True)


@pytest.mark.slow
def test_an_edit_is_noted_with_both_texts(relay: Relay, clock: FakeClock, walls: None, network: FakeSource) -> None:
    (clip,) = found(relay, network, OWN)
    clock.moves(hours=25)
    network.has(edited(OWN, "Исправлено #proryv80", clock()))
    recheck.recheck(relay)
    assert told(relay, clip) == [("post edited", "")]
    assert desk.history(relay, clip)[0].changes == {"text": ["Моё #proryv80", "Исправлено #proryv80"]}
    assert posts.listing(relay, SLUG)[0].text == "Исправлено #proryv80"


@pytest.mark.slow
def test_a_tag_that_was_taken_out_is_noted_and_the_match_stays(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    (clip,) = found(relay, network, OWN)
    clock.moves(hours=25)
    network.has(edited(OWN, "Моё", clock()))
    recheck.recheck(relay)
    recheck.recheck(relay, within=timedelta())
    assert [what for what, _ in told(relay, clip)] == ["post edited", "tag removed"]
    assert posts.listing(relay, SLUG)[0].match == "exact"
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


def test_a_post_that_a_person_took_in_needs_no_tag(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource
) -> None:
    post = a_post("Моё #прорыв80", "1", "7", videos=(a_video("100"),))
    network.has(post)
    crawl.crawl(relay, SLUG)
    near_misses.accept(relay, posts.listing(relay, SLUG)[0].id, person="Анна")
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
        assert (event.subject, event.subject_id) == ("post", posts.listing(relay, SLUG)[0].id)


@pytest.mark.parametrize(("unclear", "clear", "told"), [(2, 0, False), (3, 0, True), (9, 0, True), (9, 1, False)])
def test_from_three_unclear_answers_on_a_person_is_told(unclear: int, clear: int, told: bool) -> None:
    post = Post(network="vk", owner_id="-1", post_id="1", url="u", text="", published_at=NOON, first_seen_at=NOON,
                last_seen_at=NOON)  # fmt: skip
    known = PostRef("-1", "1", "u", ())
    answers = [(post, RecheckResult(known, unclear="A page that nobody understands."))] * unclear
    answers += [(post, RecheckResult(known, post=OWN))] * clear
    assert bool(recheck._why_not_believed(answers)) is told


@pytest.mark.slow
@pytest.mark.parametrize("doubt", recheck.FOR_PEOPLE)
def test_what_only_a_person_can_know_no_post_that_returns_can_settle(
    relay: Relay, clock: FakeClock, walls: None, network: FakeSource, doubt: Doubt
) -> None:
    found(relay, network, OWN)
    network.loses(OWN)
    for hours in (25, 1):
        clock.moves(hours=hours)
        recheck.recheck(relay)
    with relay.transaction() as session:
        clip = session.exec(select(Clip)).one()
        assert clip.doubt
        clip.doubt = doubt
        session.add(clip)
    network.has(OWN)
    clock.moves(hours=25)
    recheck.recheck(relay)
    with relay.reading() as session:
        assert session.exec(select(Clip)).one().doubt == doubt


# Over rows that are written at once, with a network that says what it is told to


class Told(FakeSource):
    """Answers for each post what was laid down for it: that it is there, else."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []
        self.known: list[PostRef] = []
        self.says: dict[str, dict[str, Any]] = {}
        self.ends: Exception | None = None
        self.is_out = False

    def recheck(self, posts: Sequence[PostRef]) -> Iterator[RecheckResult]:
        self.asked.append([known.post_id for known in posts])
        self.known += posts
        if self.is_out:
            raise TryLater("VK does not answer.")
        for known in posts:
            if self.ends is not None and known.post_id == "broken":
                raise self.ends
            yield RecheckResult(known, **{"requests": 0} | self.says.get(known.post_id, {}))


@pytest.fixture
def told_network() -> Told:
    return Told()


@pytest.fixture
def desk_of(relay: Relay, campaign: Campaign, told_network: Told) -> Relay:
    return dataclasses.replace(relay, sources={"vk": told_network})


def carries(
    relay: Relay,
    number: str,
    *,
    kind: MatchKind = MatchKind.exact,
    state: ClipState = ClipState.approved,
    planned: bool = False,
    of_post: dict[str, Any] | None = None,
    of_sighting: dict[str, Any] | None = None,
    doubt: str = "",
    **more: Any,
) -> tuple[int, int]:
    """A post of ours whose video is a clip; numbers of both."""
    post = a_post("Моё #proryv80", number, more.pop("owner_id", "7"), videos=(a_video(number, **more),))
    with relay.transaction() as session:
        campaign = find_campaign(session, SLUG)
        kept = ingest.keep(session, campaign, post, Hit(kind, "text", "#proryv80"), relay.now())
        video = session.exec(select(Video).where(Video.video_id == number)).one()
        sha = hashlib.sha256(number.encode()).hexdigest()
        session.add(Inspection(sha256=sha, bytes=1, finding=Finding.accepted, at=NOON))
        session.flush()
        clip = Clip(campaign_id=campaign.id or 0, sha256=sha, video_id=video.id or 0, state=state, doubt=doubt,
                    created_at=NOON, published_at=NOON)  # fmt: skip
        session.add(clip)
        session.flush()
        session.add(ClipVideo(clip_id=clip.id or 0, video_id=video.id or 0))
        session.exec(update(Post).where(col(Post.id) == kept.post_id).values(text=post.text, **of_post or {}))
        if of_sighting:
            session.exec(update(Sighting).where(col(Sighting.post_id) == kept.post_id).values(**of_sighting))
        if planned:
            almanac = Almanac(campaign_id=campaign.id or 0, name=number, title="x", created_at=NOON)
            session.add(almanac)
            session.flush()
            session.add(Segment(almanac_id=almanac.id or 0, clip_id=clip.id or 0, position=1))
    return kept.post_id, clip.id or 0


DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
MISSED = {"missing_since": NOON}
LOST = {"missing_since": NOON, "lost_at": NOON, "lost": "post"}


@pytest.mark.slow
def test_what_is_looked_up_and_when(desk_of: Relay, clock: FakeClock, told_network: Told) -> None:
    for number, more in {
        "usual": {},
        "awaiting": {"state": ClipState.awaiting},
        "later": {"state": ClipState.later},
        "planned": {"planned": True},
        "missed": {"of_sighting": MISSED},
        "lost": {"of_sighting": LOST},
        "checked": {"of_post": {"checked_at": NOON + HOUR}},
        "seen": {"of_post": {"checked_at": NOON - HOUR}},
        "near": {"kind": MatchKind.near},
        "outside": {"kind": MatchKind.outside},
        "rejected": {"state": ClipState.rejected},
        "withdrawn": {"state": ClipState.withdrawn},
        "elsewhere": {"of_post": {"network": "tg"}},
    }.items():
        carries(desk_of, number, **more)
    told_network.is_out = True

    def asked(after: timedelta, within: timedelta | None = None) -> set[str]:
        told_network.asked.clear()
        clock.is_at(NOON + after)
        recheck.recheck(desk_of, within=within)
        return {number for numbers in told_network.asked for number in numbers}

    daily = {"usual", "awaiting", "later", "lost", "seen"}
    assert asked(20 * MINUTE - SECOND) == {"checked"}, "whose look lies ahead: the clock was put back since"
    assert asked(20 * MINUTE) == {"checked", "missed"}
    assert asked(HOUR - SECOND) == {"missed"}
    assert asked(HOUR) == asked(DAY - SECOND) == {"missed", "planned"}
    assert asked(DAY) == asked(DAY + HOUR - SECOND) == {"missed", "planned", *daily}
    assert asked(DAY + HOUR) == {"missed", "planned", *daily, "checked"}
    assert asked(5 * MINUTE - SECOND, 5 * MINUTE) == {"checked"}
    assert asked(5 * MINUTE, 5 * MINUTE) == {"missed", "planned", *daily, "checked"}
    assert asked(20 * MINUTE, HOUR) == {"missed", "checked"}


@pytest.mark.slow
def test_only_the_campaign_that_is_named_is_looked_up_and_none_that_is_archived(
    desk_of: Relay, clock: FakeClock, told_network: Told
) -> None:
    carries(desk_of, "1")
    clock.moves(days=1)
    recheck.recheck(desk_of, "other")
    assert told_network.asked == []
    with desk_of.transaction() as session:
        session.exec(update(Campaign).values(state=CampaignState.archived))
    recheck.recheck(desk_of)
    assert told_network.asked == []
    with desk_of.transaction() as session:
        session.exec(update(Campaign).values(state=CampaignState.stopped))
    recheck.recheck(desk_of, SLUG)
    assert told_network.asked == [["1"]]


@pytest.mark.slow
def test_what_was_missed_once_comes_first_and_then_what_waited_longest(
    desk_of: Relay, clock: FakeClock, told_network: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    carries(desk_of, "a", of_post={"checked_at": NOON + 2 * MINUTE})
    carries(desk_of, "b", of_sighting=MISSED, of_post={"checked_at": NOON + 3 * MINUTE})
    carries(desk_of, "c", of_post={"checked_at": NOON + MINUTE})
    carries(desk_of, "d", of_sighting=LOST)
    clock.moves(days=2)
    monkeypatch.setattr(recheck, "AT_ONCE", 3)
    assert recheck.recheck(desk_of) == Rechecked(posts=4)
    assert told_network.asked == [["b", "d", "c"], ["a"]]
    assert told_network.known[0] == PostRef("7", "b", "https://vk.com/wall7_b", ("https://vk.com/video7_b",))


def sightings(relay: Relay) -> list[tuple[datetime | None, datetime | None, str]]:
    with relay.reading() as session:
        rows = session.exec(select(Sighting).order_by(col(Sighting.id)))
        return [(row.missing_since, row.lost_at, row.lost) for row in rows]


def events_of(relay: Relay, subject: str) -> list[tuple[Any, ...]]:
    with relay.reading() as session:
        rows = session.exec(select(Event).where(Event.subject == subject).order_by(col(Event.id)))
        return [(row.at, row.subject_id, row.what, row.details) for row in rows]


def clip_doubts(relay: Relay) -> list[str]:
    with relay.reading() as session:
        return list(session.exec(select(Clip.doubt).order_by(col(Clip.id))))


@pytest.mark.slow
def test_a_post_is_lost_with_its_second_miss_and_found_again_with_the_first_sight(
    desk_of: Relay, clock: FakeClock, told_network: Told
) -> None:
    _, clip = carries(desk_of, "1")
    carries(desk_of, "2")
    clock.moves(days=1)
    missed = clock()
    told_network.says["1"] = {"lost": "post", "requests": 2}
    assert recheck.recheck(desk_of) == Rechecked(posts=2, requests=2)
    there = (None, None, "")
    assert (sightings(desk_of), clip_doubts(desk_of)) == ([(missed, None, ""), there], ["", ""])
    clock.moves(minutes=20)
    lost = clock()
    assert recheck.recheck(desk_of) == Rechecked(posts=1, lost=1, doubted=1, requests=2)
    assert (sightings(desk_of), clip_doubts(desk_of)) == ([(missed, lost, "post"), there], ["post", ""])
    assert events_of(desk_of, "clip") == [(lost, clip, "in doubt", {"why": "post"})]
    clock.moves(days=1)
    assert recheck.recheck(desk_of) == Rechecked(posts=2, requests=2), "what is lost is not lost again"
    assert sightings(desk_of)[0] == (missed, lost, "post")
    with desk_of.reading() as session:
        assert set(session.exec(select(Post.checked_at))) == {clock()}
    clock.moves(days=1)
    told_network.says.clear()
    assert recheck.recheck(desk_of) == Rechecked(posts=2)
    assert (sightings(desk_of), clip_doubts(desk_of)) == ([there, there], ["", ""])
    assert events_of(desk_of, "clip")[1:] == [(clock(), clip, "seen again", {"why": ""})]


@pytest.mark.slow
def test_the_second_answer_comes_twenty_minutes_after_the_first(
    desk_of: Relay, clock: FakeClock, told_network: Told
) -> None:
    clock.moves(days=2)
    since = [20 * MINUTE, 20 * MINUTE - SECOND, -SECOND, -HOUR]
    for number, ago in enumerate(since):
        first = {"missing_since": clock() - ago}
        carries(desk_of, f"p{number}", of_sighting=first, of_post={"last_seen_at": NOON})
        told_network.says[f"p{number}"] = {"lost": "post"}
    recheck.recheck(desk_of)
    assert sightings(desk_of) == [
        (clock() - 20 * MINUTE, clock(), "post"),
        (clock() - 20 * MINUTE + SECOND, None, ""),
        (clock(), None, ""),
        (clock(), None, ""),
    ]


@pytest.mark.slow
def test_a_doubt_is_raised_once(desk_of: Relay, clock: FakeClock, told_network: Told) -> None:
    for number, doubt in enumerate(("", "video", "hand-in")):
        carries(desk_of, f"p{number}", doubt=doubt, of_sighting=MISSED)
        told_network.says[f"p{number}"] = {"lost": "post"}
    clock.moves(days=1)
    assert recheck.recheck(desk_of) == Rechecked(posts=3, lost=3, doubted=1)
    assert clip_doubts(desk_of) == ["post", "video", "hand-in"]


@pytest.mark.slow
def test_what_its_author_took_back_is_not_settled_by_a_post_that_returns(
    desk_of: Relay, clock: FakeClock, told_network: Told
) -> None:
    carries(desk_of, "1", doubt="hand-in", of_sighting=LOST)
    clock.moves(days=1)
    recheck.recheck(desk_of)
    assert (clip_doubts(desk_of), events_of(desk_of, "clip")) == (["hand-in"], [])


@pytest.mark.slow
def test_a_video_is_missed_when_its_post_shows_it_no_more(desk_of: Relay, clock: FakeClock, told_network: Told) -> None:
    shown: dict[str, tuple[dict[str, Any], str]] = {
        "a": ({"video_id": "a"}, ""),
        "b": ({"video_id": "b", "blocked": "It is private."}, ""),
        "c": ({"video_id": "another"}, ""),
        "d": ({"video_id": "another"}, "Анна"),
    }
    for number, (video, handed_in) in shown.items():
        carries(desk_of, number, of_sighting={"handed_in": handed_in})
        told_network.says[number] = {"post": a_post("Моё #proryv80", number, "7", videos=(a_video(**video),))}
    clock.moves(days=1)
    missed = clock()
    recheck.recheck(desk_of)
    there = (None, None, "")
    assert sightings(desk_of) == [there, (missed, None, ""), (missed, None, ""), there]
    clock.moves(hours=1)
    recheck.recheck(desk_of)
    assert sightings(desk_of) == [there, (missed, clock(), "private"), (missed, clock(), "video"), there]


@pytest.mark.slow
def test_most_of_a_town_that_is_gone_at_once_is_not_believed(
    desk_of: Relay, clock: FakeClock, told_network: Told
) -> None:
    for number in range(7):
        carries(desk_of, f"p{number}", owner_id=f"-{number}")
        told_network.says[f"p{number}"] = {"lost": "post", "requests": 1 if number < 6 else 0}
    clock.moves(days=1)
    text = "Most of the posts that were looked up again seem to be gone at once. Nothing was put in doubt."
    assert recheck.recheck(desk_of) == Rechecked(requests=6, faults=(text,))
    assert sightings(desk_of) == [(None, None, "")] * 7
    with desk_of.reading() as session:
        assert [(alert.key, alert.text) for alert in alerts.open_alerts(session)] == [("recheck:vk", text)]
        assert set(session.exec(select(Post.checked_at))) == {None}, "it is asked again in a few minutes"
    told_network.says["p6"]["requests"] = 1
    recheck.recheck(desk_of)
    with desk_of.reading() as session:
        assert set(session.exec(select(Post.checked_at))) == {clock()}, "page by page: not again in a few minutes"
    clock.moves(days=1)
    told_network.says = {f"p{number}": {"unclear": "The page is odd."} for number in range(6)}
    recheck.recheck(desk_of)
    with desk_of.reading() as session:
        assert alerts.open_alerts(session) == [], "one answer that is clear is enough"


@pytest.mark.slow
def test_pages_that_nobody_understands_are_told_from_three_on(
    desk_of: Relay, clock: FakeClock, told_network: Told
) -> None:
    text = (
        "Whether posts are still there can't be told: no page is understood. Nothing was put in doubt. Page 0 is odd."
    )
    done = []
    for numbers in ((0, 1), (2,)):
        for number in numbers:
            carries(desk_of, f"p{number}")
            told_network.says[f"p{number}"] = {"unclear": f"Page {number} is odd."}
        clock.moves(days=1)
        done.append(recheck.recheck(desk_of, within=timedelta()))
    assert done == [Rechecked(posts=2), Rechecked(faults=(text,))]
    with desk_of.reading() as session:
        assert [alert.text for alert in alerts.open_alerts(session)] == [text]


@pytest.mark.slow
def test_trouble_ends_the_asking_and_what_was_said_before_counts(
    desk_of: Relay, clock: FakeClock, told_network: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    carries(desk_of, "a", of_post={"checked_at": NOON + MINUTE})
    carries(desk_of, "broken", of_post={"checked_at": NOON + 2 * MINUTE})
    carries(desk_of, "c", of_post={"checked_at": NOON + 3 * MINUTE})
    monkeypatch.setattr(recheck, "AT_ONCE", 2)
    clock.moves(days=2)
    until = clock() + HOUR
    told_network.ends = Parked("VK asks.", key="vk:a", until=until, action_url="https://vk.com/captcha", requests=3)
    assert recheck.recheck(desk_of) == Rechecked(posts=1, requests=3, faults=("VK asks.",))
    assert told_network.asked == [["a", "broken"]]
    with desk_of.reading() as session:
        (alert,) = alerts.open_alerts(session)
        assert (alert.key, alert.text, alert.action_url) == ("vk:a", "VK asks.", "https://vk.com/captcha")
    told_network.ends = ConfigError("The token is missing.")
    clock.moves(days=1)
    with desk_of.transaction() as session:
        alerts.resolve(session, "vk:a", clock())
    assert recheck.recheck(desk_of).faults == ("The token is missing.",)
    with desk_of.reading() as session:
        assert alerts.open_alerts(session) == []


@pytest.mark.slow
def test_a_tag_that_was_taken_out_is_noted_where_nobody_vouches(
    desk_of: Relay, clock: FakeClock, told_network: Told
) -> None:
    cases = {
        ("Без тега", "text"): ["post edited", "tag removed"],
        ("Ещё #proryv80", "text"): ["post edited"],
        ("Почти #прорыв80", "text"): ["post edited", "tag removed"],
        ("Без тега", "handed in"): ["post edited"],
        ("Без тега", "accepted by Анна"): ["post edited"],
        ("Моё #proryv80", "text"): [],
    }
    expected = []
    for number, ((text, where), noted) in enumerate(cases.items()):
        post, _ = carries(desk_of, f"p{number}")
        with desk_of.transaction() as session:
            by = where.removeprefix("accepted by ") if where.startswith("accepted by ") else ""
            session.exec(update(Match).where(col(Match.post_id) == post).values(matched_in=where, accepted_by=by))
        told_network.says[f"p{number}"] = {"post": a_post(text, f"p{number}", "7", videos=(a_video(f"p{number}"),))}
        details = {
            "post edited": {"text": ["Моё #proryv80", text]},
            "tag removed": {"campaign": SLUG, "tag": "#proryv80"},
        }
        expected += [(NOON + DAY, post, what, details[what]) for what in noted]
    clock.moves(days=1)
    recheck.recheck(desk_of)
    assert events_of(desk_of, "post") == expected


def test_answers_of_several_networks_add_up() -> None:
    assert Rechecked(1, 2, 3, 4, ("a",)) + Rechecked(10, 20, 30, 40, ("b",)) == Rechecked(11, 22, 33, 44, ("a", "b"))
