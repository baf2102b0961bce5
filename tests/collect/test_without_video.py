from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from relay.collect import crawl, recheck, sources, without_video
from relay.collect.found import near_misses, posts
from relay.collect.ledger import coverage
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale, TryLater
from relay.intake import fetch
from relay.models import Campaign, Event, NoVideo, Post, Sighting, Video, VideoState
from relay.ports import ON_AIR, Author, PostRef, RecheckResult, SeenPost
from relay.views import as_json
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import NOON, FakeSource, a_post, a_video, edited

YOUTUBE = "https://youtu.be/abcdefghijk"


def _bare(number: str, why: NoVideo | None, text: str = "Письмо #proryv80", **more: object) -> SeenPost:
    return a_post(text, number, videos=(), no_video=why, **more)


@pytest.fixture
def wall(relay: Relay, campaign: Campaign, network: FakeSource) -> int:
    """Ours without a video for seven reasons, one with a video, a look-alike, and one that came too late."""
    source = sources.add(relay, SLUG, "vk:club1").id or 0
    network.has(
        _bare("1", NoVideo.text),
        _bare("2", NoVideo.playlist),
        _bare("3", NoVideo.pictures),
        _bare("4", NoVideo.hidden),
        _bare("5", None),
        a_post(post_id="6", videos=(a_video("600", blocked="Too big.", blocked_for_good=True),)),
        a_post(post_id="7"),
        _bare("8", NoVideo.elsewhere, "Письмо #прорыв80"),
        _bare("9", NoVideo.elsewhere, published_at=NOON + timedelta(days=30)),
    )
    crawl.sweep(relay, source)
    return source


def _listed(relay: Relay, **which: bool) -> list[tuple[str, str]]:
    number = {row.id: row.post_id for row in posts.listing(relay, SLUG)}
    return [(number[row.id], row.unfetchable) for row in without_video.listing(relay, SLUG, **which)]


def _number(relay: Relay, post_id: str) -> int:
    return next(row.id for row in posts.listing(relay, SLUG) if row.post_id == post_id)


@pytest.mark.slow
def test_every_post_with_the_tag_and_no_video_is_listed_with_its_reason_likeliest_first(
    relay: Relay, wall: int
) -> None:
    assert _listed(relay) == [
        ("4", "hidden"),
        ("6", "blocked"),
        ("2", "playlist"),
        ("5", "other"),
        ("3", "pictures"),
        ("1", "text"),
    ]
    assert without_video.listing(relay, SLUG)[1].reason == "Too big."
    assert without_video.counts(relay, SLUG) == {"waiting": 4, "unlikely": 2, "put_aside": 0}


@pytest.mark.slow
def test_words_and_pictures_stand_apart_so_that_they_drown_nothing(relay: Relay, wall: int) -> None:
    assert [why for _, why in _listed(relay, unlikely=True)] == ["pictures", "text"]
    assert [why for _, why in _listed(relay, unlikely=False)] == ["hidden", "blocked", "playlist", "other"]


def test_near_and_outside_ones_keep_their_reason_in_the_list_of_posts(relay: Relay, wall: int) -> None:
    rows = {row.post_id: row for row in posts.listing(relay, SLUG)}
    assert (rows["8"].match, rows["8"].unfetchable, rows["8"].videos) == ("near", "elsewhere", 0)
    assert (rows["9"].match, rows["9"].unfetchable) == ("outside", "elsewhere")
    assert (rows["7"].unfetchable, rows["7"].videos) == ("", 1)
    assert posts.show(relay, rows["6"].id).unfetchable == "blocked"


@pytest.mark.slow
def test_an_accepted_near_miss_without_a_video_goes_on_to_this_list(relay: Relay, wall: int) -> None:
    near_misses.accept(relay, _number(relay, "8"), person="Анна")
    assert ("8", "elsewhere") in _listed(relay)


@pytest.mark.slow
def test_a_link_that_a_person_hands_in_is_fetched_with_the_credit_of_the_posts_author(relay: Relay, wall: int) -> None:
    number = _number(relay, "2")
    taken = without_video.hand_in(relay, number, YOUTUBE, person="Анна")
    assert as_json(taken) == {"id": number, "campaign": SLUG, "url": "https://www.youtube.com/watch?v=abcdefghijk"}
    assert "2" not in [post for post, _ in _listed(relay)]
    with relay.reading() as session:
        video = session.exec(select(Video).where(Video.network == "yt")).one()
        sighting = session.exec(select(Sighting).where(Sighting.video_id == video.id)).one()
        event = session.exec(select(Event).where(Event.what == "handed in")).one()
    assert (video.author, video.author_id, video.state) == ("Анна Иванова", "7", VideoState.found)
    assert (sighting.post_id, sighting.handed_in, event.person) == (number, "Анна", "Анна")
    assert video.id in fetch.waiting(relay)


@pytest.mark.slow
def test_what_the_network_says_of_the_handed_in_video_comes_along(relay: Relay, network: FakeSource, wall: int) -> None:
    network.hands_in("https://vk.com/video7_777", "777")
    without_video.hand_in(relay, _number(relay, "2"), "https://vk.com/video7_777", person="Анна")
    assert "2" not in [post for post, _ in _listed(relay)]


@pytest.mark.slow
def test_a_post_of_nobody_known_leaves_the_videos_own_author(relay: Relay, network: FakeSource, wall: int) -> None:
    network.has(_bare("20", NoVideo.text, author=Author()))
    crawl.sweep(relay, wall, deep=True)
    network.hands_in("https://vk.com/video7_777", "777")
    without_video.hand_in(relay, _number(relay, "20"), "https://vk.com/video7_777", person="Анна")
    assert [video.video_id for video in posts.show(relay, _number(relay, "20")).videos] == ["777"]
    with relay.reading() as session:
        assert session.exec(select(Video.author_id).where(Video.video_id == "777")).one() == "7"


@pytest.mark.slow
@pytest.mark.parametrize("link", ["https://example.org/page", "nonsense", "", "https://vk.com/wall-1_404"])
def test_a_link_to_no_video_is_refused_and_the_post_waits_on(relay: Relay, wall: int, link: str) -> None:
    with pytest.raises(Refused, match="leads to no video") as refused:
        without_video.hand_in(relay, _number(relay, "2"), link, person="Анна")
    assert refused.value.hint
    assert ("2", "playlist") in _listed(relay)


@pytest.mark.slow
def test_a_link_to_a_video_that_can_not_be_had_either_is_refused(relay: Relay, network: FakeSource, wall: int) -> None:
    blocked = a_video("9", blocked="The video is on another network.", blocked_for_good=True)
    network.has(a_post("чужой", "99", videos=(blocked,)))
    with pytest.raises(Refused, match="The video is on another network"):
        without_video.hand_in(relay, _number(relay, "2"), "https://vk.com/wall-1_99", person="Анна")


@pytest.mark.slow
def test_when_the_network_is_down_nothing_is_handed_in(relay: Relay, network: FakeSource, wall: int) -> None:
    number = _number(relay, "2")
    network.is_down("VK can't be reached.")
    with pytest.raises(TryLater, match="VK can't be reached"):
        without_video.hand_in(relay, number, "https://vk.com/video7_777", person="Анна")
    assert ("2", "playlist") in _listed(relay)


@pytest.mark.slow
def test_what_is_put_aside_stays_so_through_the_next_sweeps(
    relay: Relay, network: FakeSource, clock: FakeClock, wall: int
) -> None:
    number = _number(relay, "2")
    without_video.put_aside(relay, number, person="Анна")
    clock.moves(hours=1)
    crawl.sweep(relay, wall, deep=True)
    assert "2" not in [post for post, _ in _listed(relay)]
    (row,) = without_video.listing(relay, SLUG, put_aside=True)
    assert (row.id, row.put_aside) == (number, "Анна")
    assert without_video.counts(relay, SLUG) == {"waiting": 3, "unlikely": 2, "put_aside": 1}


@pytest.mark.slow
def test_the_slower_of_two_people_is_told(relay: Relay, wall: int) -> None:
    number = _number(relay, "2")
    without_video.put_aside(relay, number, person="Анна")
    with pytest.raises(Stale):
        without_video.put_aside(relay, number, person="Ольга")
    without_video.take_up(relay, number, person="Ольга")
    with pytest.raises(Stale, match="not been put aside"):
        without_video.take_up(relay, number, person="Анна")
    assert ("2", "playlist") in _listed(relay)


def test_a_link_for_a_post_that_was_put_aside_takes_it_up_again(relay: Relay, wall: int) -> None:
    number = _number(relay, "2")
    without_video.put_aside(relay, number, person="Анна")
    without_video.hand_in(relay, number, YOUTUBE, person="Ольга")
    assert without_video.counts(relay, SLUG)["put_aside"] == 0
    assert posts.show(relay, number).put_aside == ""


@pytest.mark.slow
@pytest.mark.parametrize("act", [without_video.put_aside, without_video.take_up])
def test_only_posts_of_ours_are_decided_about(relay: Relay, wall: int, act) -> None:
    with pytest.raises(NotFound):
        act(relay, 999, person="Анна")
    with pytest.raises(NotFound):
        act(relay, _number(relay, "2"), person="Анна", slug="another")
    with pytest.raises(Stale, match="not one of ours"):
        act(relay, _number(relay, "8"), person="Анна")


@pytest.mark.slow
def test_a_post_leaves_the_list_when_its_author_adds_the_video(
    relay: Relay, network: FakeSource, clock: FakeClock, wall: int
) -> None:
    clock.moves(hours=1)
    network.has(a_post("Письмо #proryv80", "2", edited_at=clock()))
    crawl.sweep(relay, wall, deep=True)
    assert "2" not in [post for post, _ in _listed(relay)]


@pytest.mark.slow
def test_a_reason_that_becomes_known_later_is_stored_though_nothing_else_changed(
    relay: Relay, network: FakeSource, clock: FakeClock, wall: int
) -> None:
    network.has(_bare("5", NoVideo.story))
    clock.moves(hours=1)
    crawl.sweep(relay, wall, deep=True)
    assert ("5", "story") in _listed(relay)


@pytest.mark.slow
@pytest.mark.parametrize(("passed", "is_listed"), [(timedelta(hours=23), False), (timedelta(hours=25), True)])
def test_a_video_that_is_out_of_reach_for_a_day_counts_as_one_that_can_not_be_fetched(
    relay: Relay, campaign: Campaign, network: FakeSource, clock: FakeClock, passed: timedelta, is_listed: bool
) -> None:
    network.has(a_post(videos=(a_video(blocked="The video is private."),)))
    crawl.sweep(relay, sources.add(relay, SLUG, "vk:club1").id or 0)
    clock.is_at(clock() + passed)
    assert _listed(relay) == ([("1", "blocked")] if is_listed else [])


@pytest.mark.slow
def test_a_broadcast_to_come_is_told_as_one(
    relay: Relay, campaign: Campaign, network: FakeSource, clock: FakeClock
) -> None:
    network.has(a_post(videos=(a_video(blocked="The broadcast is not over yet."),)))
    crawl.sweep(relay, sources.add(relay, SLUG, "vk:club1").id or 0)
    clock.moves(hours=48)
    assert _listed(relay) == [("1", "broadcast")]


@pytest.mark.slow
def test_one_video_that_can_be_fetched_is_enough(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.has(a_post(videos=(a_video("1", blocked="Gone.", blocked_for_good=True), a_video("2"))))
    crawl.sweep(relay, sources.add(relay, SLUG, "vk:club1").id or 0)
    assert _listed(relay) == []


@pytest.mark.slow
@pytest.mark.parametrize("state", [VideoState.refused, VideoState.gone])
def test_a_video_that_turned_out_to_be_none_brings_its_post_onto_the_list(
    relay: Relay, campaign: Campaign, network: FakeSource, state: VideoState
) -> None:
    network.has(a_post())
    crawl.sweep(relay, sources.add(relay, SLUG, "vk:club1").id or 0)
    assert _listed(relay) == []
    with relay.transaction() as session:
        video = session.exec(select(Video)).one()
        video.state, video.reason = state, "This file is not a video."
        session.add(video)
    assert [row.reason for row in without_video.listing(relay, SLUG)] == ["This file is not a video."]


@pytest.mark.slow
def test_a_recheck_takes_a_handed_in_video_for_no_loss_while_its_post_is_there(
    relay: Relay, network: FakeSource, clock: FakeClock, wall: int
) -> None:
    number = _number(relay, "2")
    without_video.hand_in(relay, number, YOUTUBE, person="Анна")
    answer = RecheckResult(PostRef("-1", "2", ""), _bare("2", NoVideo.playlist))
    for gone, handed_in in (("", True), ("video", False)):
        with relay.transaction() as session:
            sighting = session.exec(select(Sighting).where(Sighting.handed_in == "Анна")).first()
            assert sighting is not None
            if not handed_in:  # without the mark it would count as taken out of the post
                sighting.handed_in = ""
                sighting.missing_since = clock() - timedelta(hours=1)
                session.add(sighting)
                session.flush()
            recheck._compared(session, relay, session.get_one(Post, number), answer)
            assert sighting.lost == gone
            sighting.handed_in = "Анна"
            session.add(sighting)


def test_coverage_counts_them_by_day_and_for_a_person(relay: Relay, wall: int) -> None:
    report = coverage.report(relay, SLUG)
    assert report.without_video == 4
    assert sum(day.without for day in report.days) == 6
    assert sum(day.matched for day in report.days) == 7


def _hidden(number: str, **more: object) -> SeenPost:
    """As a page shows a post that it keeps to itself: neither a text nor a video."""
    return a_post("", number, texts=(), videos=(), no_video=NoVideo.hidden, **more)


def test_posts_that_the_public_page_hides_are_told_once_and_counted(
    relay: Relay, campaign: Campaign, network: FakeSource, clock: FakeClock
) -> None:
    source = sources.add(relay, SLUG, "vk:club1").id or 0
    network.has(_hidden("1"), _hidden("2"), a_post(post_id="3"), _hidden("4", published_at=NOON - timedelta(days=30)))
    first = crawl.sweep(relay, source)
    assert first.complete, "reading it again would show no more"
    assert first.fault.startswith("Posts that the public page does not show: 2; the first: https://vk.com/wall-1_")
    clock.moves(hours=1)
    assert crawl.sweep(relay, source, deep=True).fault == ""
    network.has(_hidden("5"))
    clock.moves(hours=1)
    assert "not show: 1; the first: https://vk.com/wall-1_5" in crawl.sweep(relay, source).fault
    report = coverage.report(relay, SLUG)
    assert report.not_shown == 3
    assert sorted(report.sources[0].not_shown) == [f"https://vk.com/wall-1_{number}" for number in (1, 2, 5)]
    assert report.sources[0].holes == []


@pytest.mark.slow
@pytest.mark.parametrize("text", ["Добрый день", "Читаем #proryv80"])
def test_a_hidden_post_that_is_shown_later_is_counted_no_more(
    relay: Relay, campaign: Campaign, network: FakeSource, clock: FakeClock, text: str
) -> None:
    source = sources.add(relay, SLUG, "vk:club1").id or 0
    network.has(_hidden("1"), _hidden("2"))
    crawl.sweep(relay, source)
    network.has(a_post(text, "1"))
    clock.moves(hours=1)
    crawl.sweep(relay, source, deep=True)
    assert coverage.report(relay, SLUG).sources[0].not_shown == ["https://vk.com/wall-1_2"]
    network.has(_hidden("1"))
    clock.moves(hours=1)
    assert "not show: 1; the first: https://vk.com/wall-1_1" in crawl.sweep(relay, source, deep=True).fault
    assert coverage.report(relay, SLUG).not_shown == (1 if "#" in text else 2)


def test_a_hidden_post_that_a_person_takes_in_waits_for_its_video(
    relay: Relay, campaign: Campaign, network: FakeSource
) -> None:
    network.has(_hidden("1"), _hidden("2"))
    crawl.sweep(relay, sources.add(relay, SLUG, "vk:club1").id or 0)
    posts.add(relay, SLUG, "https://vk.com/wall-1_1", person="Анна")
    assert coverage.report(relay, SLUG).not_shown == 1
    assert _listed(relay) == [("1", "hidden")]


@pytest.mark.slow
def test_a_post_with_a_text_is_not_hidden_though_its_medium_is(
    relay: Relay, campaign: Campaign, network: FakeSource
) -> None:
    network.has(_bare("1", NoVideo.hidden))
    assert crawl.sweep(relay, sources.add(relay, SLUG, "vk:club1").id or 0).fault == ""
    assert _listed(relay) == [("1", "hidden")]


@pytest.mark.slow
def test_unreadable_posts_are_told_before_hidden_ones(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.has(_hidden("1"))
    network.shows_nonsense("post ?: has no date")
    row = crawl.sweep(relay, sources.add(relay, SLUG, "vk:club1").id or 0)
    assert "could not be read: 1" in row.fault
    assert coverage.report(relay, SLUG).not_shown == 1


@pytest.mark.slow
def test_whoever_shares_a_link_does_not_take_the_credit_from_whoever_filmed(
    relay: Relay, campaign: Campaign, network: FakeSource, clock: FakeClock
) -> None:
    source = sources.add(relay, SLUG, "vk:club1").id or 0
    network.has(a_post(post_id="1", videos=(a_video("5", author=Author("7", "Анна Иванова")),)))
    crawl.sweep(relay, source)
    shared = a_video("5", author=Author("-1", "Город"), linked=True)
    network.has(a_post("Смотрите #proryv80", "2", videos=(shared,), author=Author("-1", "Город")))
    clock.moves(hours=1)
    crawl.sweep(relay, source)
    assert posts.show(relay, 1).videos[0].author == "Анна Иванова"
    network.has(
        edited(
            a_post("Ещё #proryv80", "3", videos=(a_video("5", author=Author("8", "Борис")),)), "#proryv80 3", clock()
        )
    )
    clock.moves(hours=1)
    crawl.sweep(relay, source)
    assert posts.show(relay, 1).videos[0].author == "Борис", "what the network itself says counts"


@pytest.mark.slow
def test_posts_are_asked_about_one_by_one_however_many_there_are(relay: Relay, campaign: Campaign) -> None:
    """A list of all of them, gone through for each video, took twelve seconds of each visit at ten thousand posts."""
    asked: list[tuple[str, tuple[object, ...]]] = []
    with relay.reading() as session:
        connection = session.connection()
        event.listen(
            relay.store.engine, "before_cursor_execute", lambda _c, _cursor, sql, words, *_: asked.append((sql, words))
        )
        without_video.reasons(session, campaign, relay.now())
        ours = [each for each in asked if "sighting" in each[0]]
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", words).all() for sql, words in ours]
    assert len(plans) == 2
    assert not any("LIST SUBQUERY" in row[-1] for plan in plans for row in plan)


@pytest.mark.slow
def test_what_is_decided_stands_in_the_record_of_its_campaign(relay: Relay, wall: int) -> None:
    number = _number(relay, "2")
    without_video.put_aside(relay, number, person="Анна")
    without_video.take_up(relay, number, person="Ольга")
    without_video.hand_in(relay, number, YOUTUBE, person="Вера", slug=SLUG)
    with relay.reading() as session:
        rows = session.exec(select(Event).where(Event.what.in_(["put aside", "taken up again", "handed in"]))).all()  # type: ignore[attr-defined]
    link = "https://www.youtube.com/watch?v=abcdefghijk"
    assert [(row.what, row.person, row.details) for row in rows] == [
        ("put aside", "Анна", {"post": number}),
        ("taken up again", "Ольга", {"post": number}),
        ("handed in", "Вера", {"post": number, "url": link}),
    ]


def test_a_row_of_the_list_tells_of_the_post_what_a_person_must_know(relay: Relay, wall: int) -> None:
    row = without_video.listing(relay, SLUG)[2]
    assert row.url.endswith("wall-1_2")
    assert (row.author, row.text, row.matched_in, row.reason, row.put_aside) == (
        "Анна Иванова", "Письмо #proryv80", "text", "", "",
    )  # fmt: skip
    assert row.published_at == "2023-01-12T12:00:00+03:00"


@pytest.mark.slow
def test_posts_of_one_reason_stand_by_their_age(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.has(
        _bare("1", NoVideo.text, published_at=NOON),
        _bare("2", NoVideo.text, published_at=NOON - timedelta(hours=2)),
        _bare("3", NoVideo.hidden, published_at=NOON - timedelta(hours=1)),
    )
    crawl.sweep(relay, sources.add(relay, SLUG, "vk:club1").id or 0)
    assert [post for post, _ in _listed(relay)] == ["3", "2", "1"]


@pytest.mark.parametrize(
    ("kept", "told", "why"),
    [
        (None, (), (NoVideo.other, "")),
        (NoVideo.story, (), (NoVideo.story, "")),
        (NoVideo.text, ("", "It is private."), (NoVideo.blocked, "It is private.")),
        (None, ("",), (NoVideo.blocked, "")),
        (None, (ON_AIR, ON_AIR), (NoVideo.broadcast, ON_AIR)),
        (None, (ON_AIR, "It is private."), (NoVideo.blocked, ON_AIR)),
    ],
)
def test_why_there_is_no_video(kept: NoVideo | None, told: tuple[str, ...], why: tuple[NoVideo, str]) -> None:
    assert without_video._why(kept, told) == why


@pytest.mark.slow
def test_reasons_are_asked_of_single_posts_too_however_many(
    relay: Relay, wall: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(without_video, "CHUNK", 2)
    numbers = [_number(relay, post) for post in ("1", "6", "7", "2", "8")]
    with relay.reading() as session:
        campaign = session.exec(select(Campaign)).one()
        some = without_video.reasons(session, campaign, relay.now(), posts=numbers)
        every = without_video.reasons(session, campaign, relay.now())
    assert some == {
        numbers[0]: (NoVideo.text, ""), numbers[1]: (NoVideo.blocked, "Too big."),
        numbers[3]: (NoVideo.playlist, ""), numbers[4]: (NoVideo.elsewhere, ""),
    }  # fmt: skip
    assert len(every) == 8
    assert some.items() <= every.items()
