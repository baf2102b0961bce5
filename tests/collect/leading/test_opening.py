from __future__ import annotations

from dataclasses import replace

import pytest

from relay.collect import campaigns, sources
from relay.collect.leading import opening
from relay.collect.leading.answers import SetupAnswers
from relay.context import Relay
from relay.errors import Refused
from relay.models import CampaignState
from tests.fakes.source import FakeSource, a_post, a_video

ANSWERS = SetupAnswers(
    title="Прорыв", hashtags=["#proryv80"], aliases=[], slug="proryv", opens="2023-01-11", closes="2023-01-18",
    tz="Europe/Moscow", sources=["vk:gorod, Тосненский", "vk:nobody", "vk:tag"],
)  # fmt: skip


def test_a_try_tells_honest_figures_and_makes_nothing(relay: Relay, network: FakeSource) -> None:
    network.has(a_post("Читаю #proryv80", "1", owner_id="-1", videos=(a_video("1"),)), a_post("#прорыв80", "2"))
    tried = opening.try_out(relay, ANSWERS, here=False)
    assert [line.outcome.value for line in tried.places] == ["found", "missing", "found"]
    assert (tried.found.posts, len(tried.found.videos), tried.found.before) == (1, 1, False)
    assert campaigns.all_campaigns(relay) == []


@pytest.mark.slow
def test_it_begins_at_once_where_its_first_day_has_come(relay: Relay, network: FakeSource) -> None:
    opened = opening.open_campaign(relay, ANSWERS, language="fr", person="Ольга", here=False)
    assert (opened.campaign.state, opened.campaign.language, opened.is_new) == (CampaignState.running, "fr", True)
    assert [(row.address, row.district) for row in sources.listing(relay, "proryv")] == [
        ("vk:club1", "Тосненский"), ("vk:tag", ""),
    ]  # fmt: skip


@pytest.mark.slow
def test_what_is_there_already_is_gone_on_with(relay: Relay, network: FakeSource) -> None:
    opening.campaign_of(relay, ANSWERS, language="ru")
    again = opening.open_campaign(relay, ANSWERS, language="ru", person="Ольга", here=False)
    assert not again.is_new
    assert [line.outcome.value for line in again.places] == ["found", "missing", "found"]
    assert len(campaigns.all_campaigns(relay)) == 1


@pytest.mark.slow
def test_another_campaign_of_that_name_is_left_alone(relay: Relay, network: FakeSource) -> None:
    opening.campaign_of(relay, replace(ANSWERS, hashtags=["#other"]), language="ru")
    with pytest.raises(Refused, match="already a campaign"):
        opening.open_campaign(relay, ANSWERS, language="ru", person="Ольга", here=False)
    assert sources.listing(relay, "proryv") == []
