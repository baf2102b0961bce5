from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, col, select, update

from relay.collect import campaigns, crawl, sources
from relay.collect.found import posts
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.models import (
    Campaign,
    CampaignState,
    Event,
    Match,
    MatchKind,
    PermissionGate,
    PermissionRule,
    Post,
    Source,
    SourceState,
    Sweep,
)
from relay.records import find_campaign
from relay.views import as_json
from tests.chain.record import forgets_events
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource, a_post

MOSCOW = ZoneInfo("Europe/Moscow")
GOOD: dict[str, Any] = {
    "slug": "proryv",
    "title": "Прорыв",
    "hashtags": ["#proryv80"],
    "opens": "2023-01-11",
    "closes": "2023-01-18",
    "tz": "Europe/Moscow",
}


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ("2023-01-18", "2023-01-17T21:00:00", "2023-01-18T20:59:59"),
        ("2023-01-18T23:59", "2023-01-18T20:59:00", "2023-01-18T20:59:59"),
        ("2023-01-18 23:59", "2023-01-18T20:59:00", "2023-01-18T20:59:59"),
        ("2023-01-18T12:30:15", "2023-01-18T09:30:15", "2023-01-18T09:30:15"),
        ("2023-01-18T12:30+00:00", "2023-01-18T12:30:00", "2023-01-18T12:30:59"),
        ("2023-01-18T12:30:00Z", "2023-01-18T12:30:00", "2023-01-18T12:30:00"),
        (" 2023-01-18 ", "2023-01-17T21:00:00", "2023-01-18T20:59:59"),
        ("20230118", "2023-01-17T21:00:00", "2023-01-18T20:59:59"),
        ("2023-W03-3", "2023-01-17T21:00:00", "2023-01-18T20:59:59"),
        ("18.01.2023", "2023-01-17T21:00:00", "2023-01-18T20:59:59"),
        ("2023-01-18T24:00", "2023-01-18T21:00:00", "2023-01-18T20:59:59"),
        (date(2023, 1, 18), "2023-01-17T21:00:00", "2023-01-18T20:59:59"),
        (datetime(2023, 1, 18, 12, 30, tzinfo=UTC), "2023-01-18T12:30:00", "2023-01-18T12:30:00"),
    ],
)
def test_a_date_means_its_first_or_last_second(given: str | date, first: str, last: str) -> None:
    assert campaigns.moment(given, MOSCOW) == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert campaigns.moment(given, MOSCOW, end=True) == datetime.fromisoformat(last).replace(tzinfo=UTC)


def test_the_hour_that_comes_twice_closes_the_second_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert campaigns.moment("2023-10-29T02:30", berlin) == datetime(2023, 10, 29, 0, 30, tzinfo=UTC)
    assert campaigns.moment("2023-10-29T02:30", berlin, end=True) == datetime(2023, 10, 29, 1, 30, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"slug": "Прорыв"}, "no short name"),
        ({"slug": "a b"}, "no short name"),
        ({"slug": "-a"}, "no short name"),
        ({"slug": ""}, "no short name"),
        ({"slug": "a" * 65}, "no short name"),
        ({"slug": "../x"}, "no short name"),
        ({"title": " "}, "needs a title"),
        ({"hashtags": []}, "needs a hashtag"),
        ({"hashtags": ["#80"]}, "'#80' is no hashtag"),
        ({"hashtags": ["#proryv 80"]}, "is no hashtag"),
        ({"aliases": ["x-y"]}, "'x-y' is no hashtag"),
        ({"tz": "Moscow"}, "'Moscow' is no time zone"),
        ({"tz": ""}, "is no time zone"),
        ({"tz": "../../etc/passwd"}, "is no time zone"),
        ({"opens": "yesterday"}, "'yesterday' is no date"),
        ({"opens": "2023-02-30"}, "is no date"),
        ({"closes": "18.01"}, "the year is missing"),
        ({"closes": "20230110"}, r"would close \(2023-01-10 23:59\) before it opens \(2023-01-11 00:00\)"),
        ({"opens": "0001-01-01T00:00"}, "is no date"),
        ({"language": "xx"}, "no language"),
    ],
)
def test_nonsense_is_refused_in_one_line(relay: Relay, wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(Refused, match=told) as refused:
        campaigns.new(relay, **GOOD | wrong)
    assert "\n" not in refused.value.line
    assert campaigns.all_campaigns(relay) == []


@pytest.mark.slow
def test_a_campaign_of_one_day_is_possible(relay: Relay) -> None:
    campaigns.new(relay, **GOOD | {"closes": "2023-01-11"})


@pytest.mark.slow
def test_a_short_name_is_taken_once(relay: Relay) -> None:
    campaigns.new(relay, **GOOD)
    with pytest.raises(Refused, match="already a campaign proryv"):
        campaigns.new(relay, **GOOD)
    assert len(campaigns.all_campaigns(relay)) == 1


def test_tags_are_kept_as_written_with_their_sign(relay: Relay) -> None:
    campaign = campaigns.new(relay, **GOOD | {"hashtags": ["Proryv80"], "aliases": ["#Прорыв80"]})
    assert (campaign.hashtags, campaign.aliases) == (["#Proryv80"], ["#Прорыв80"])
    assert campaign.state is CampaignState.draft


def test_who_asks_for_nothing_is_told(relay: Relay) -> None:
    with pytest.raises(NotFound, match="no campaign nothing"):
        campaigns.get(relay, "nothing")


@pytest.mark.slow
def test_it_starts_and_stops_by_itself(relay: Relay, clock: FakeClock) -> None:
    campaigns.new(relay, **GOOD)
    clock.is_at(datetime(2023, 1, 10, 20, 59, 59, tzinfo=UTC))
    assert campaigns.tick(relay) == []
    clock.is_at(datetime(2023, 1, 10, 21, 0, tzinfo=UTC))
    assert [c.state for c in campaigns.tick(relay)] == [CampaignState.running]
    assert campaigns.tick(relay) == []
    clock.is_at(datetime(2023, 1, 18, 20, 59, 58, tzinfo=UTC))
    assert campaigns.tick(relay) == []
    clock.is_at(datetime(2023, 1, 18, 21, 0, tzinfo=UTC))
    assert [c.state for c in campaigns.tick(relay)] == [CampaignState.stopped]
    assert _events(relay) == ["created", "started", "stopped", "frozen"]


@pytest.mark.slow
def test_one_that_nobody_saw_running_gets_its_sweep_too(relay: Relay, clock: FakeClock, network: FakeSource) -> None:
    campaigns.new(relay, **GOOD)
    sources.add(relay, "proryv", "vk:club1")
    network.has(a_post())
    clock.is_at(datetime(2024, 5, 1, tzinfo=UTC))
    campaigns.tick(relay)
    stopped = campaigns.get(relay, "proryv")
    assert (stopped.state, stopped.last_sweep_due) == (CampaignState.stopped, True)
    for source_id in crawl.due(relay):
        assert crawl.sweep(relay, source_id).deep
    assert [post.match for post in posts.listing(relay, "proryv")] == ["exact"]
    assert not campaigns.get(relay, "proryv").last_sweep_due
    assert crawl.due(relay) == []


@pytest.mark.slow
def test_the_last_sweep_is_over_only_when_every_source_was_read(
    relay: Relay, clock: FakeClock, network: FakeSource, campaign: Campaign
) -> None:
    sources.add(relay, "proryv", "vk:club1")
    sources.add(relay, "proryv", "vk:tag")
    campaigns.stop(relay, "proryv", person="olga")
    first, second = crawl.due(relay)
    crawl.sweep(relay, first)
    network.is_down()
    crawl.sweep(relay, second)
    campaigns.tick(relay)
    assert campaigns.get(relay, "proryv").last_sweep_due
    network.recovers()
    clock.moves(hours=7)
    crawl.sweep(relay, second)
    assert not campaigns.get(relay, "proryv").last_sweep_due


@pytest.mark.slow
def test_a_wall_that_closes_does_not_hold_the_last_sweep_up(
    relay: Relay, network: FakeSource, campaign: Campaign
) -> None:
    source = sources.add(relay, "proryv", "vk:club1")
    campaigns.stop(relay, "proryv", person="olga")
    network.closes("vk:club1")
    crawl.sweep(relay, source.id or 0)
    assert not campaigns.get(relay, "proryv").last_sweep_due


@pytest.mark.slow
def test_stopped_by_hand_it_stays_stopped(relay: Relay, clock: FakeClock, campaign: Campaign) -> None:
    assert campaigns.stop(relay, "proryv", person="olga").held
    clock.moves(days=1)
    assert campaigns.tick(relay) == []
    clock.moves(days=30)
    assert campaigns.tick(relay) == []
    assert campaigns.get(relay, "proryv").state is CampaignState.stopped


@pytest.mark.slow
def test_stopped_by_hand_it_counts_until_then(
    relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource
) -> None:
    sources.add(relay, "proryv", "vk:club1")
    before = a_post(post_id="1", published_at=clock())
    campaigns.stop(relay, "proryv", person="olga")
    clock.moves(hours=2)
    network.has(before, a_post(post_id="2", published_at=clock()))
    crawl.crawl(relay, "proryv")
    assert _matches(relay) == {"1": "exact", "2": "outside"}
    campaigns.start(relay, "proryv", person="olga")
    assert _matches(relay) == {"1": "exact", "2": "exact"}


@pytest.mark.slow
def test_extending_takes_in_what_came_late(
    relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource
) -> None:
    sources.add(relay, "proryv", "vk:club1")
    clock.is_at(datetime(2023, 1, 19, 12, tzinfo=UTC))
    network.has(a_post(published_at=clock()))
    campaigns.tick(relay)
    crawl.crawl(relay, "proryv")
    assert _matches(relay) == {"1": "outside"}
    extended = campaigns.extend(relay, "proryv", "2023-01-25", person="olga")
    assert (extended.state, extended.stopped_at) == (CampaignState.running, None)
    assert _matches(relay) == {"1": "exact"}
    assert _events(relay)[-2:] == ["extended", "started"]


@pytest.mark.slow
def test_extending_does_not_start_what_was_stopped_by_hand(relay: Relay, campaign: Campaign) -> None:
    campaigns.stop(relay, "proryv", person="olga")
    assert campaigns.extend(relay, "proryv", "2023-01-25", person="olga").state is CampaignState.stopped


@pytest.mark.slow
@pytest.mark.parametrize("closes", ["2023-01-18", "2023-01-12", "2020-01-01"])
def test_extending_means_later(relay: Relay, campaign: Campaign, closes: str) -> None:
    with pytest.raises(Refused, match="not later"):
        campaigns.extend(relay, "proryv", closes, person="olga")


@pytest.mark.slow
def test_a_post_of_the_last_second_counts_and_one_of_the_next_does_not(
    relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource
) -> None:
    sources.add(relay, "proryv", "vk:club1")
    moments = ["2023-01-10T20:59:59", "2023-01-10T21:00:00", "2023-01-18T20:59:59", "2023-01-18T21:00:00"]
    for number, at in enumerate(moments):
        network.has(a_post(post_id=str(number), published_at=datetime.fromisoformat(at).replace(tzinfo=UTC)))
    clock.is_at(datetime(2023, 2, 1, tzinfo=UTC))
    crawl.crawl(relay, "proryv", deep=True)
    assert _matches(relay) == {"0": "outside", "1": "exact", "2": "exact", "3": "outside"}


@pytest.mark.slow
def test_what_is_not_possible_is_told(relay: Relay, campaign: Campaign) -> None:
    with pytest.raises(Refused, match="running already"):
        campaigns.start(relay, "proryv", person="olga")
    campaigns.stop(relay, "proryv", person="olga")
    with pytest.raises(Refused, match="is not running"):
        campaigns.stop(relay, "proryv", person="olga")


@pytest.mark.slow
def test_every_change_is_an_event_with_its_person(relay: Relay, campaign: Campaign) -> None:
    campaigns.stop(relay, "proryv", person="olga")
    with relay.reading() as session:
        rows = [(event.what, event.person) for event in session.exec(select(Event).order_by(Event.id))]  # type: ignore[arg-type]
    assert rows == [("created", ""), ("started", "olga"), ("stopped", "olga"), ("frozen", "")]


@pytest.mark.slow
def test_status_tells_all_at_a_glance(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    sources.add(relay, "proryv", "vk:club1")
    sources.add(relay, "proryv", "vk:tag")
    network.has(a_post(), a_post("#прорыв80", post_id="2"))
    network.closes("vk:tag", "The search is closed.")
    crawl.crawl(relay, "proryv")
    status = campaigns.status(relay, "proryv")
    assert status.opens == "2023-01-11T00:00:00+03:00"
    assert status.closes == "2023-01-18T23:59:59+03:00"
    assert status.last_sweep == "2023-01-12T12:00:00+03:00"
    assert status.state == "running"
    assert status.sources == {"active": 1, "attention": 1}
    assert status.posts == {"exact": 1, "near": 1}
    assert status.videos == {"found": 1}
    assert status.clips == {}
    assert as_json(status.alerts) == [
        {"text": "Hashtag search (vk:tag): The search is closed.", "action_url": "", "times": 1}
    ]
    assert list(status.posts) == ["exact", "near"]


def _matches(relay: Relay) -> dict[str, str]:
    return {post.post_id: post.match for post in posts.listing(relay, "proryv")}


def _events(relay: Relay) -> list[str]:
    with relay.reading() as session:
        found = session.exec(select(Event).where(Event.subject == "campaign").order_by(Event.id))  # type: ignore[arg-type]
        return [event.what for event in found]


# Whole rows, and every bound

OPENS, CLOSES = datetime(2023, 1, 10, 21, tzinfo=UTC), datetime(2023, 1, 18, 20, 59, 59, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def change(relay: Relay, **values: Any) -> None:
    """The campaign `proryv`, by hand."""
    with relay.transaction() as session:
        session.exec(update(Campaign).where(col(Campaign.slug) == "proryv").values(**values))


def all_events(relay: Relay) -> list[tuple[Any, ...]]:
    with relay.reading() as session:
        rows = session.exec(select(Event).order_by(col(Event.id)))
        return [(row.at, row.subject, row.subject_id, row.what, row.person, row.details) for row in rows]


@pytest.mark.slow
def test_a_new_campaign_is_a_draft_of_what_was_said_and_nothing_more(relay: Relay) -> None:
    made = campaigns.new(relay, **GOOD | {"title": " Прорыв ", "aliases": ["a1"], "language": "en", "comments": True})
    assert made.model_dump() == {
        "id": 1, "slug": "proryv", "title": "Прорыв", "hashtags": ["#proryv80"], "aliases": ["#a1"],
        "opens_at": OPENS, "closes_at": CLOSES, "tz": "Europe/Moscow", "language": "en",
        "state": CampaignState.draft, "held": False, "last_sweep_due": False, "hand_in": False, "comments": True,
        "created_at": relay.now(), "stopped_at": None,
        "permission": PermissionRule.public_post, "gate": PermissionGate.override,
    }  # fmt: skip
    assert all_events(relay) == [(relay.now(), "campaign", 1, "created", "", {})]
    plain = campaigns.new(relay, **GOOD | {"slug": "plain"})
    assert (plain.language, plain.comments, plain.aliases) == ("ru", False, [])
    strict = campaigns.new(relay, **GOOD | {"slug": "strict", "permission": "Written", "gate": "tell"})
    assert (strict.permission, strict.gate) == (PermissionRule.written, PermissionGate.tell)
    for wrong in ({"permission": "perhaps"}, {"gate": "open"}):
        with pytest.raises(Refused, match="is no rule of permission"):
            campaigns.new(relay, **GOOD | {"slug": "wrong"} | wrong)


@pytest.mark.slow
def test_all_campaigns_are_told_newest_first(relay: Relay, clock: FakeClock) -> None:
    for slug, minutes in (("a", 0), ("b", 1), ("c", 0), ("d", -5)):
        clock.moves(minutes=minutes)
        campaigns.new(relay, **GOOD | {"slug": slug})
    assert [campaign.slug for campaign in campaigns.all_campaigns(relay)] == ["c", "b", "a", "d"]


@pytest.mark.parametrize(
    ("change_", "said"),
    [
        ({"slug": "a b"}, "'a b' is no short name. Use small Latin letters, digits and dashes, up to 64."),
        ({"slug": "a-"}, "'a-' is no short name. Use small Latin letters, digits and dashes, up to 64."),
        ({"title": " "}, "The campaign needs a title. Give one."),
        ({"hashtags": []}, "The campaign needs a hashtag. Give one."),
        ({"language": "xx"}, "'xx' is no language that Relay's cards speak. Choose one of these: en, fr, ru."),
        ({"tz": "Moscow"}, "'Moscow' is no time zone. Write it like Europe/Moscow."),
        (
            {"hashtags": ["#ok", "x y"]},
            "'x y' is no hashtag: letters, digits and _ only, and at least one letter. "
            "Spellings with spaces or dashes are found as near misses.",
        ),
        (
            {"closes": "2023-01-10"},
            "The campaign would close (2023-01-10 23:59) before it opens (2023-01-11 00:00). Check both dates.",
        ),
    ],
)
def test_what_is_refused_is_told_with_what_to_do(relay: Relay, change_: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused) as told:
        campaigns.new(relay, **GOOD | change_)
    assert told.value.line == said


@pytest.mark.slow
@pytest.mark.parametrize("slug", ["a", "0", "a" * 64, "a--b"])
def test_short_names_of_one_to_64_signs(relay: Relay, slug: str) -> None:
    assert campaigns.new(relay, **GOOD | {"slug": slug}).slug == slug


def test_a_window_has_to_have_a_length() -> None:
    noon = datetime(2023, 1, 12, 12, tzinfo=UTC)
    with pytest.raises(Refused, match="before it opens"):
        campaigns.window_of(noon, noon, MOSCOW)
    assert campaigns.window_of(noon, noon + SECOND, MOSCOW) == (noon, noon + SECOND)


def test_tags_that_somebody_wrote_down(relay: Relay) -> None:
    assert campaigns.tags(" proryv80,#Прорыв80  proryv80, ") == ["#proryv80", "#Прорыв80"]
    for nothing in ("", " , "):
        with pytest.raises(Refused, match="needs a hashtag"):
            campaigns.tags(nothing)
    with pytest.raises(Refused, match="'#80' is no hashtag"):
        campaigns.tags("proryv 80")


def _three_sources(relay: Relay, campaign: Campaign) -> None:
    """An active and a paused one, and one of another campaign; none is due."""
    other = campaigns.new(relay, **GOOD | {"slug": "other"})
    later = relay.now() + timedelta(days=9)
    with relay.transaction() as session:
        for number, (whose, state) in enumerate(
            [(campaign.id, SourceState.active), (campaign.id, SourceState.paused), (other.id, SourceState.active)]
        ):
            words = {"network": "vk", "address": f"vk:club{number}", "owner_id": f"-{number}", "created_at": later}
            session.add(Source(campaign_id=whose or 0, state=state, next_sweep_at=later, **words))


def _due(relay: Relay) -> list[bool]:
    with relay.reading() as session:
        return [row.next_sweep_at == relay.now() for row in session.exec(select(Source).order_by(col(Source.id)))]


@pytest.mark.slow
def test_a_stop_makes_a_last_sweep_due_and_a_start_takes_everything_back(
    relay: Relay, clock: FakeClock, campaign: Campaign
) -> None:
    _three_sources(relay, campaign)
    clock.moves(minutes=1)
    before = campaigns.get(relay, "proryv").model_dump()
    stopped = campaigns.stop(relay, "proryv", person="olga").model_dump()
    assert stopped == {
        **before, "state": CampaignState.stopped, "held": True, "last_sweep_due": True, "stopped_at": clock(),
    }  # fmt: skip
    assert campaigns.get(relay, "proryv").model_dump() == stopped
    assert _due(relay) == [True, False, False]
    clock.moves(minutes=1)
    assert campaigns.start(relay, "proryv", person="boris").model_dump() == before
    assert _due(relay) == [True, False, False]
    assert all_events(relay)[-2:] == [
        (clock() - MINUTE, "campaign", 1, "stopped", "olga", {}),
        (clock(), "campaign", 1, "started", "boris", {}),
    ]


@pytest.mark.slow
def test_whoever_stops_it_after_its_time_has_not_cut_it_short(
    relay: Relay, clock: FakeClock, campaign: Campaign
) -> None:
    for at, held in ((CLOSES - SECOND, True), (CLOSES, False)):
        change(relay, state=CampaignState.running)
        clock.is_at(at)
        assert campaigns.stop(relay, "proryv", person="olga").held is held


@pytest.mark.slow
def test_what_can_not_be_started_or_stopped(relay: Relay, campaign: Campaign) -> None:
    for state, act, said in [
        (CampaignState.running, campaigns.start, "Campaign proryv is running already."),
        (CampaignState.archived, campaigns.start, "Campaign proryv is archived. Make a new one."),
        (CampaignState.draft, campaigns.stop, "Campaign proryv is not running. It is draft."),
        (CampaignState.archived, campaigns.stop, "Campaign proryv is not running. It is archived."),
    ]:
        change(relay, state=state)
        with pytest.raises(Refused) as told:
            act(relay, "proryv", person="olga")
        assert told.value.line == said
        assert campaigns.get(relay, "proryv").state is state


@pytest.mark.slow
def test_who_was_slower_is_told(relay: Relay, campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = campaigns.find_campaign

    def faster(values: dict[str, Any]) -> Any:
        def find(session: Session, slug: str) -> Campaign:
            found = usual(session, slug)
            apart = update(Campaign).values(**values).execution_options(synchronize_session=False)
            session.exec(apart)
            return found

        return find

    changes: list[tuple[dict[str, Any], str]] = [
        ({"state": CampaignState.archived}, "archived"),
        ({"closes_at": CLOSES + SECOND}, "running"),
    ]
    for values, state in changes:
        monkeypatch.setattr(campaigns, "find_campaign", faster(values))
        with pytest.raises(Stale) as told:
            campaigns.stop(relay, "proryv", person="olga")
        assert (told.value.line, told.value.state) == ("Campaign proryv was changed just now. Try again.", state)
        monkeypatch.setattr(campaigns, "find_campaign", usual)
        assert campaigns.get(relay, "proryv").closes_at == CLOSES


@pytest.mark.slow
def test_extending_moves_the_end_and_notes_both(relay: Relay, clock: FakeClock, campaign: Campaign) -> None:
    before = campaigns.get(relay, "proryv").model_dump()
    later = datetime(2023, 1, 25, 20, 59, 59, tzinfo=UTC)
    assert campaigns.extend(relay, "proryv", "2023-01-25", person="olga").model_dump() == {**before, "closes_at": later}
    assert all_events(relay)[-1] == (
        clock(), "campaign", 1, "extended", "olga",
        {"from": "2023-01-18T20:59:59+00:00", "to": "2023-01-25T20:59:59+00:00"},
    )  # fmt: skip
    with pytest.raises(Refused) as told:
        campaigns.extend(relay, "proryv", later, person="olga")
    assert told.value.line == (
        "2023-01-25 23:59 is not later than 2023-01-25 23:59, when campaign proryv closes. "
        "To end it sooner, stop the campaign."
    )
    change(relay, state=CampaignState.archived)
    with pytest.raises(Refused) as told:
        campaigns.extend(relay, "proryv", "2023-02-01", person="olga")
    assert told.value.line == "Campaign proryv is archived. Make a new one."


@pytest.mark.slow
def test_one_that_stopped_by_itself_runs_again_only_while_the_new_end_lies_ahead(
    relay: Relay, clock: FakeClock, campaign: Campaign
) -> None:
    end = datetime(2023, 1, 25, 20, 59, 59, tzinfo=UTC)
    for now, state in ((end - SECOND, CampaignState.running), (end, CampaignState.stopped)):
        change(relay, state=CampaignState.stopped, closes_at=CLOSES)
        clock.is_at(now)
        assert campaigns.extend(relay, "proryv", "2023-01-25", person="olga").state is state


def _forgets(relay: Relay) -> None:
    """What was noted so far."""
    with relay.transaction() as session:
        forgets_events(session)


@pytest.mark.slow
def test_what_comes_by_time(relay: Relay, clock: FakeClock, campaign: Campaign) -> None:
    usual = campaign.model_dump(exclude={"id"})
    cases: list[tuple[dict[str, Any], datetime, CampaignState, list[str]]] = [
        ({"state": CampaignState.draft}, OPENS - SECOND, CampaignState.draft, []),
        ({"state": CampaignState.draft}, OPENS, CampaignState.running, ["started"]),
        ({"state": CampaignState.draft}, CLOSES, CampaignState.stopped, ["started", "stopped", "frozen"]),
        ({}, CLOSES - SECOND, CampaignState.running, []),
        ({}, CLOSES, CampaignState.stopped, ["stopped", "frozen"]),
        ({"state": CampaignState.stopped}, CLOSES - MINUTE, CampaignState.stopped, []),
        ({"state": CampaignState.stopped}, CLOSES - MINUTE - SECOND, CampaignState.running, ["started"]),
        ({"state": CampaignState.stopped, "held": True}, OPENS, CampaignState.stopped, []),
        ({"state": CampaignState.archived}, OPENS, CampaignState.archived, []),
    ]
    for values, now, state, what in cases:
        _forgets(relay)
        change(relay, **usual | values)
        clock.is_at(now)
        moved = campaigns.tick(relay)
        assert [found.state for found in moved] == ([state] if what else [])
        assert (campaigns.get(relay, "proryv").state, _events(relay)) == (state, what), (values, now)
        change(relay, **usual | values)
        assert (campaigns.on_time(relay, "proryv") is not None) is bool(what)


@pytest.mark.slow
def test_a_last_sweep_that_lies_ahead_is_taken_as_due_from_now(
    relay: Relay, clock: FakeClock, campaign: Campaign
) -> None:
    _three_sources(relay, campaign)
    clock.is_at(CLOSES)
    campaigns.tick(relay)
    for ahead, moved in ((MINUTE, False), (MINUTE + SECOND, True)):
        change(relay, state=CampaignState.stopped, last_sweep_due=True, stopped_at=clock() + ahead)
        assert campaigns.tick(relay) == []
        assert campaigns.get(relay, "proryv").stopped_at == (clock() if moved else clock() + ahead)


@pytest.mark.slow
def test_the_last_sweep_is_a_whole_deep_one_of_every_active_source_after_the_stop(
    relay: Relay, clock: FakeClock, campaign: Campaign
) -> None:
    _three_sources(relay, campaign)
    clock.is_at(CLOSES)
    change(relay, state=CampaignState.stopped, last_sweep_due=True, stopped_at=CLOSES)
    read = {"source_id": 1, "complete": True, "deep": True, "started_at": CLOSES, "finished_at": CLOSES}
    for sweep, frozen in (
        ({"complete": False}, False),
        ({"deep": False}, False),
        ({"started_at": CLOSES - SECOND}, False),
        ({"source_id": 2}, False),
        ({}, True),
    ):
        with relay.transaction() as session:
            session.add(Sweep(**{**read, "covers_from": OPENS, "covers_to": CLOSES} | sweep))
            session.flush()
            found = find_campaign(session, "proryv")
            assert campaigns.freeze_when_done(session, relay, found) is frozen, sweep
            session.expire_all()
            assert found.last_sweep_due is not frozen
    with relay.transaction() as session:
        assert campaigns.freeze_when_done(session, relay, find_campaign(session, "proryv")) is False
    assert _events(relay)[3:] == ["frozen"]


@pytest.mark.slow
def test_what_counts_ends_with_a_stop_by_hand_and_never_after_the_close(campaign: Campaign) -> None:
    assert campaigns.window(campaign) == (OPENS, CLOSES)
    campaign.stopped_at = CLOSES - MINUTE
    assert campaigns.window(campaign) == (OPENS, CLOSES)
    campaign.held = True
    assert campaigns.window(campaign) == (OPENS, CLOSES - MINUTE)
    campaign.stopped_at = CLOSES + MINUTE
    assert campaigns.window(campaign) == (OPENS, CLOSES)
    assert campaigns.local(campaign, None) is None
    assert campaigns.local(campaign, OPENS) == "2023-01-11T00:00:00+03:00"


@pytest.mark.slow
def test_only_posts_with_the_tag_of_this_campaign_go_in_and_out_with_the_window(
    relay: Relay, clock: FakeClock, campaign: Campaign
) -> None:
    other = campaigns.new(relay, **GOOD | {"slug": "other"})
    early, edge, late = OPENS, clock(), clock() + SECOND
    rows = [
        (early, MatchKind.outside, "text", campaign.id),
        (edge, MatchKind.outside, "text", campaign.id),
        (late, MatchKind.exact, "text", campaign.id),
        (late, MatchKind.exact, "handed in", campaign.id),
        (early, MatchKind.near, "text", campaign.id),
        (late, MatchKind.near, "text", campaign.id),
        (late, MatchKind.exact, "text", other.id),
        (early, MatchKind.outside, "text", other.id),
    ]
    with relay.transaction() as session:
        for number, (at, kind, where, whose) in enumerate(rows):
            words = {"network": "vk", "owner_id": "-1", "url": "u", "text": "", "first_seen_at": at, "last_seen_at": at}
            post = Post(post_id=str(number), published_at=at, **words)
            session.add(post)
            session.flush()
            session.add(Match(campaign_id=whose or 0, post_id=post.id or 0, kind=kind, matched_in=where, at=at))
    campaigns.stop(relay, "proryv", person="olga")
    with relay.reading() as session:
        kinds = [match.kind.value for match in session.exec(select(Match).order_by(col(Match.id)))]
    assert kinds == ["exact", "exact", "outside", "exact", "near", "near", "exact", "outside"]


def test_the_status_of_a_campaign_of_which_nothing_is_known_yet(relay: Relay) -> None:
    campaigns.new(relay, **GOOD | {"aliases": ["a1"]})
    assert as_json(campaigns.status(relay, "proryv")) == {
        "slug": "proryv", "title": "Прорыв", "state": "draft", "hashtags": ["#proryv80"], "aliases": ["#a1"],
        "opens": "2023-01-11T00:00:00+03:00", "closes": "2023-01-18T23:59:59+03:00", "tz": "Europe/Moscow",
        "stopped": None, "last_sweep_due": False, "hand_in": False, "comments": False, "sources": {}, "posts": {},
        "videos": {}, "clips": {}, "last_sweep": None, "alerts": [],
    }  # fmt: skip
    with pytest.raises(NotFound) as told:
        campaigns.status(relay, "nothing")
    assert told.value.line == "There is no campaign nothing. See: relay campaign list"
