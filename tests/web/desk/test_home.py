from __future__ import annotations

from datetime import timedelta

import pytest

from relay.alerts import raise_alert
from relay.collect import campaigns
from relay.collect.leading import life
from relay.models import ClipState, Source, SourceState, Sweep

pytestmark = pytest.mark.slow


def test_what_is_going_on(relay, town, anna, boris, vera):
    town.has_clip()
    town.has_clip(state=ClipState.approved)
    for person in (anna, boris):
        page = person.sees("/")
        assert "Прорыв. Голоса памяти" in page
        assert "Look at 1 clip" in page
        assert "from 11 January, 00:00 to 19 January, 00:00" in page
        assert "No source has been read yet." in page
    assert vera.get("/").status_code == 303


def test_the_health_of_sources_in_plain_words(relay, town, anna):
    now = relay.now()
    with relay.transaction() as session:
        fine, broken, paused = (
            Source(
                campaign_id=town.campaign_id,
                address=f"vk:club{number}",
                network="vk",
                title=f"Район {number}",
                state=state,
                reason=reason,
                created_at=now,
            )
            for number, (state, reason) in enumerate(
                [
                    (SourceState.active, ""),
                    (SourceState.attention, "The wall is closed to us."),
                    (SourceState.paused, ""),
                ]
            )
        )
        session.add_all([fine, broken, paused])
        session.flush()
        session.add_all(
            Sweep(
                source_id=source.id,
                started_at=now,
                finished_at=now + timedelta(minutes=minutes),
                covers_from=now,
                covers_to=now,
                complete=True,
            )
            for source, minutes in ((fine, 1), (paused, -30))
        )
    page = anna.sees("/")
    assert "1 source is read as planned." in page
    assert "1 source is paused." in page
    assert "Район 1" in page
    assert "The wall is closed to us." in page
    assert "Last reading of a source: 12 January, 12:01." in page


@pytest.mark.parametrize(("link", "offered"), [("https://vk.com/captcha", True), ("javascript:alert(1)", False)])
def test_alerts_stand_on_top(relay, town, anna, link, offered):
    with relay.transaction() as session:
        for _ in range(2):
            raise_alert(session, "token", "VK <asks> for a captcha, 100 %.", relay.now(), action_url=link)
    page = anna.sees("/")
    assert "VK &lt;asks&gt; for a captcha, 100 %." in page
    assert "2 times" in page
    assert ("Put it right" in page) == offered
    assert page.index("Needs a person") < page.index("Прорыв. Голоса памяти")


def test_an_empty_desk_tells_how_to_begin(relay, anna, olga):
    assert "An organizer opens one." in anna.sees("/")
    assert "/new-campaign" not in anna.sees("/")
    assert 'href="/new-campaign"' in olga.sees("/")


def test_campaigns_in_the_archive_are_out_of_the_way(relay, town, olga, anna):
    campaigns.stop(relay, town.slug, person="Ольга")
    life.archive(relay, town.slug, person="Ольга")
    assert "1 campaign in the archive" in anna.sees("/")
    assert 'class="card campaign"' not in anna.sees("/")
    assert f"/campaigns/{town.slug}/settings" in olga.sees("/")
    assert f"/campaigns/{town.slug}/settings" not in anna.sees("/")
    assert anna.get(f"/campaigns/{town.slug}/clips").status_code == 200, "and readable"


def test_in_russian_numbers_are_declined(town, anna):
    for count, words in ((1, "1 клип"), (2, "2 клипа"), (5, "5 клипов")):
        while town.number < count:
            town.has_clip()
        assert f"Посмотреть {words}" in anna.sees("/?lang=ru")
