from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from sqlmodel import select

from relay.alerts import raise_alert, resolve
from relay.language.sentence import prefixed
from relay.models import Campaign, CampaignState, Lease, Parking, Source, SourceState, Sweep
from relay.ports import TokenUsage
from relay.upkeep import outbox
from relay.web.desk import health
from tests.fakes.channel import FakeChannel
from tests.fakes.source import FakeSource
from tests.moderation.town import Town


class WithTokens(FakeSource):
    def tokens(self) -> list[TokenUsage]:
        return [TokenUsage("0123456789abcdef", {"wall.get": (4800, 5000), "newsfeed.search": (10, 1000)})]


@pytest.fixture
def works(relay, clock):
    """Somebody works: `relay work` leads."""
    with relay.transaction() as session:
        session.add(Lease(name="bell", holder="work", until=clock() + timedelta(seconds=20)))
        session.add(Lease(name="job:crawl", holder="work", until=clock() + timedelta(minutes=20)))


def alert(relay, key="disk", text="Only 1.5 GB are free, Relay keeps 2.", **more):
    with relay.transaction() as session:
        raise_alert(session, key, text, relay.now(), **more)


@pytest.mark.slow
def test_a_healthy_place_says_so(town, works, anna):
    page = anna.sees("/health")
    for words in ("Nothing needs a person.", "relay work is running.", "Reading the sources", "Every source is read"):
        assert words in page
    assert "Nobody: alerts are seen only here." in page


@pytest.mark.slow
def test_what_happened_and_what_to_do(relay, town, works, anna):
    alert(relay, "source:1", prefixed("Тихвин (vk:club1)", "The community is closed."))
    alert(relay, "vk:abc", "VK <asks> for a captcha.", action_url="https://id.vk.com/captcha")
    page = anna.sees("/health")
    assert "2 things need a person" in page
    assert "Open the page in a browser." in page
    assert "VK &lt;asks&gt; for a captcha." in page
    assert 'href="https://id.vk.com/captcha"' in page
    assert "Since 12 January, 12:00" in page, "in the campaign's zone"
    russian = anna.sees("/health?lang=ru")
    assert "Тихвин (vk:club1): Сообщество закрыто." in russian
    assert "Откройте страницу в браузере." in russian


@pytest.mark.slow
def test_a_link_that_is_none_is_not_offered(relay, town, anna):
    alert(relay, action_url="javascript:alert(1)")
    assert "javascript:" not in anna.sees("/health")


@pytest.mark.slow
def test_the_bell_is_on_every_page(relay, town, anna, vera):
    assert 'class="alarm "' in anna.sees("/almanacs")
    alert(relay)
    for path in ("/almanacs", "/campaigns/proryv80/clips"):
        assert 'class="alarm rings" href="/health"' in anna.sees(path)
    assert "alarm" not in vera.get("/sign-in").text


@pytest.mark.slow
def test_the_first_page_leads_to_what_to_do(relay, town, anna):
    alert(relay)
    assert '<a href="/health">What to do</a>' in anna.sees("/")


@pytest.mark.slow
def test_that_nobody_works_is_told(town, clock, relay, anna):
    page = anna.sees("/health")
    assert "relay work is not running." in page
    with relay.transaction() as session:
        session.add(Lease(name="bell", holder="work", until=clock() - timedelta(hours=2)))
    assert "2 hours ago" in anna.sees("/health")


def test_a_job_that_is_late_is_told(relay, town, works, clock, anna):
    with relay.transaction() as session:
        session.add(Lease(name="job:recheck", holder="work", until=clock() - timedelta(minutes=7)))
    assert "Looking posts up again: should have succeeded 7 minutes ago" in anna.sees("/health")


@pytest.mark.slow
def test_sources_and_their_reasons(relay, town, works, anna):
    now = relay.now()
    with relay.transaction() as session:
        for number, (state, reason) in enumerate(
            [(SourceState.active, ""), (SourceState.gone, "The page was deleted or blocked."), (SourceState.paused, "")]
        ):
            session.add(
                Source(campaign_id=town.campaign_id, address=f"vk:club{number}", network="vk", title=f"Район {number}",
                       state=state, reason=reason, created_at=now)
            )  # fmt: skip
        session.flush()
        session.add(
            Sweep(source_id=1, started_at=now, finished_at=now, covers_from=now, covers_to=now, complete=False,
                  fault="VK does not answer in time.")
        )  # fmt: skip
    page = anna.sees("/health")
    for words in (
        "Район 0",
        "VK does not answer in time.",
        "Trouble",
        "Район 1",
        "deleted or blocked",
        "Gone",
        "Paused",
    ):
        assert words in page


@pytest.mark.slow
def test_tokens_are_told_by_the_end_of_their_digest(relay, town, works, app, clock, anna, monkeypatch):
    monkeypatch.setattr(app.state, "relay", dataclasses.replace(relay, sources={"vk": WithTokens()}))
    assert "VK …cdef" in (page := anna.sees("/health"))
    assert "0123456789ab" not in page
    assert "4800 of 5000 calls in 24 hours" in page
    assert "Works" in page
    until = clock() + timedelta(hours=1)
    with relay.transaction() as session:
        session.add(Parking(key="vk:0123456789abcdef:wall.get", reason="VK wants a pause.", until=until))
    assert "Works in part" in anna.sees("/health")
    with relay.transaction() as session:
        session.add(Parking(key="vk:0123456789abcdef", reason="VK refuses the access token.", until=until))
    page = anna.sees("/health")
    assert "Rests" in page
    assert "VK refuses the access token." in page
    assert "It is tried again on 12 January, 13:00." in page


@pytest.mark.slow
def test_a_network_whose_fetching_rests(relay, town, works, clock, anna):
    with relay.transaction() as session:
        reason = "The downloader no longer understands the network."
        session.add(Parking(key="extractor:vk", reason=reason, until=clock() + timedelta(minutes=5)))
    assert "Nothing is fetched from vk; one video tries again on 12 January, 12:05." in anna.sees("/health")


@pytest.mark.slow
def test_who_was_told(relay, town, works, clock, anna, visit):
    mail, webhook = FakeChannel("mail"), FakeChannel("webhook")
    relay.store.channels = ("mail", "webhook")
    told = dataclasses.replace(relay, channels={"mail": mail, "webhook": webhook})
    webhook.is_down("The webhook answers with: HTTP 502")
    alert(relay)
    outbox.send_due(told)
    page = anna.sees("/health")
    assert "last message on 12 January, 12:00" in page
    assert "The webhook answers with: HTTP 502" in page
    assert "1 message waits" in page
    clock.moves(days=4)
    assert "1 message was given up" in visit("anna").sees("/health")


@pytest.mark.slow
def test_what_was_put_right_stays_for_a_week(relay, town, works, clock, anna, visit):
    alert(relay)
    with relay.transaction() as session:
        resolve(session, "disk", relay.now())
    assert "Only 1.5 GB are free" in anna.sees("/health")
    clock.moves(days=8)
    assert "Only 1.5 GB are free" not in visit("anna").sees("/health")


@pytest.mark.slow
def test_everybody_at_the_desk_may_look(town, boris, vera):
    assert "Health" in boris.sees("/health")
    assert vera.get("/health").status_code == 303


@pytest.mark.slow
def test_before_there_is_a_campaign(relay, anna):
    assert "There is nothing to read now" in anna.sees("/health")


@pytest.mark.slow
def test_what_was_put_right_lately_is_told_newest_first_and_not_for_ever(relay, town, works, clock, anna):
    """Eleven alerts that came one after the other, an hour apart, and one that is open."""
    for number in range(12):
        alert(relay, f"key {number}", f"Trouble {number:02d}.")
    for number in range(11):
        clock.moves(hours=1)
        with relay.transaction() as session:
            resolve(session, f"key {number}", relay.now())

    def past():
        now, lately = health._alerts(relay, health._local(relay))
        assert [one.row.text for one in now] == ["Trouble 11."]
        return [one.row.text for one in lately]

    newest_first = [f"Trouble {number:02d}." for number in range(10, -1, -1)]
    assert past() == newest_first[:10]
    clock.moves(days=7, hours=-5)
    clock.moves(microseconds=-1)
    assert past() == newest_first[:6]
    clock.moves(microseconds=1)
    assert past() == newest_first[:5], "a week ago is over"


def test_times_are_those_of_the_newest_campaign(relay, clock):
    assert health._local(relay)(clock()).isoformat() == "2023-01-12T09:00:00+00:00"
    Town(relay)
    local = health._local(relay)
    assert local(clock()).isoformat() == "2023-01-12T12:00:00+03:00"
    assert local(None) is None


@pytest.mark.slow
def test_only_sources_with_trouble_of_campaigns_that_still_run_are_told(relay, town):
    def has_sources(town: Town, name: str) -> None:
        with relay.transaction() as session:
            session.add_all(
                Source(campaign_id=town.campaign_id, address=f"vk:{name}{number}", network="vk",
                       title=f"{name} {number}", state=state, reason=reason, created_at=relay.now())
                for number, (state, reason) in enumerate([
                    (SourceState.active, ""), (SourceState.attention, ""), (SourceState.attention, "closed"),
                ])
            )  # fmt: skip
            session.flush()
            session.add(
                Sweep(source_id=1, started_at=relay.now(), finished_at=relay.now(), covers_from=relay.now(),
                      covers_to=relay.now(), complete=False, fault="VK does not answer in time.")
            )  # fmt: skip

    has_sources(town, "now")
    old, draft = Town(relay, "old"), Town(relay, "draft")
    has_sources(old, "old")
    has_sources(draft, "draft")
    with relay.transaction() as session:
        for slug, state in (("old", CampaignState.archived), ("draft", CampaignState.draft)):
            campaign = session.exec(select(Campaign).where(Campaign.slug == slug)).one()
            campaign.state = state
            session.add(campaign)
    told = sorted((source.campaign.slug, source.title) for source in health._sources(relay))
    assert told == [
        *[("draft", "draft 1"), ("draft", "draft 2")],
        *[("proryv80", "now 0"), ("proryv80", "now 1"), ("proryv80", "now 2")],
    ]


@pytest.mark.slow
def test_an_organizer_sends_a_test_message_and_reads_what_came_of_it(relay, app, town, works, visit):
    mail, webhook = FakeChannel("mail"), FakeChannel("webhook")
    webhook.is_down()
    relay.store.channels = ("mail", "webhook")
    app.state.relay = dataclasses.replace(relay, channels={"mail": mail, "webhook": webhook})
    olga = visit("olga")
    assert "Send a test message" in olga.sees("/health")
    page = olga.sends("/health/test").text
    assert "Mail: sent. The answer:" in page
    assert "Webhook: not sent." in page
    assert len(mail.sent) == 1
    assert "Send a test message" not in visit("anna").sees("/health")
