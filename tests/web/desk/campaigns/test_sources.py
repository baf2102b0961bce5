from __future__ import annotations

import re

import pytest

from relay.collect import campaigns, sources
from relay.collect.leading import settings
from relay.models import SourceState
from tests.fakes.source import FakeSource

pytestmark = pytest.mark.slow

HERE = "/campaigns/proryv80/sources"


@pytest.fixture
def network(relay) -> FakeSource:
    network = relay.sources["vk"]
    network.knows("gorod", "-1", "Город")
    network.turns_away("vk:closed")
    return network


def rows(relay) -> list[tuple[str, str]]:
    return [(row.address, row.district) for row in sources.listing(relay, "proryv80")]


def test_many_addresses_are_pasted_and_each_is_answered(relay, town, olga, network):
    page = olga.sends(HERE, addresses="vk:gorod, Луга\r\nvk:gorod\r\nvk:closed\r\nvk:nobody\r\ntg:x\r\nvk:club7",
                      district="Волховский").text  # fmt: skip
    assert re.findall(r'class="badge pasted-[a-z-]+">([^<]+)<', page) == [
        "Found", "Stands twice in the list", "Closed to us", "Not found", "No network that Relay reads", "Found",
    ]  # fmt: skip
    assert rows(relay) == [("vk:club1", "Луга"), ("vk:club7", "Волховский")]
    assert "3 addresses are all right." in page
    assert ">\nvk:closed\nvk:nobody\ntg:x</textarea>" in page, "what is bad stays, to be put right"
    again = olga.sends(HERE, addresses="vk:gorod\nvk:club7").text
    assert again.count("Was there already") == 2
    assert len(rows(relay)) == 2


def test_while_a_network_is_down_the_addresses_stay_in_the_field(relay, town, olga, network):
    network.is_down()
    page = olga.sends(HERE, addresses="vk:gorod, Луга").text
    assert "Can&#39;t be asked now" in page
    assert "vk:gorod\tЛуга</textarea>" in page
    assert "press Add once more" in page
    network.recovers()
    network._trouble = None
    olga.sends(HERE, addresses="vk:gorod\tЛуга")
    assert rows(relay) == [("vk:club1", "Луга")]


def test_sources_are_paused_resumed_and_checked(relay, town, olga, network):
    source = sources.add(relay, "proryv80", "vk:gorod")
    assert olga.sends(f"{HERE}/{source.id}/pause").headers["location"] == f"{HERE}?done=paused"
    assert sources.listing(relay, "proryv80")[0].state is SourceState.paused
    assert olga.sends(f"{HERE}/{source.id}/pause").status_code == 400
    assert "Resume" in olga.sees(HERE)
    assert olga.sends(f"{HERE}/{source.id}/resume").status_code == 303
    assert olga.sends(f"{HERE}/check").headers["location"] == f"{HERE}?done=checked"
    assert olga.sends(f"{HERE}/99/pause").status_code == 404
    assert olga.sends(f"{HERE}/{source.id}/drop").status_code == 400


def test_a_source_of_another_campaign_is_not_touched(relay, town, olga, network):
    campaigns.new(relay, slug="spring", title="Весна", hashtags=["#весна"], opens="2023-03-01", closes="2023-03-08",
                  tz="Europe/Moscow")  # fmt: skip
    theirs = sources.add(relay, "spring", "vk:gorod")
    assert olga.sends(f"{HERE}/{theirs.id}/pause").status_code == 404
    fields = {f"district-{theirs.id}": "Луга", f"was_district-{theirs.id}": ""}
    assert olga.sends(f"{HERE}/districts", **fields).status_code == 404
    assert [row.district for row in sources.listing(relay, "spring")] == [""]


def test_districts_are_given_and_two_people_lose_nothing(relay, town, olga, network):
    one, two = (sources.add(relay, "proryv80", address) for address in ("vk:gorod", "vk:club7"))
    settings.change(relay, "proryv80", {"districts": "Волховский\nЛуга"}, {"districts": ""}, person="Ольга")
    assert '<option value="Луга">' in olga.sees(HERE)
    was = {f"was_district-{row.id}": "" for row in (one, two)}
    fields = {f"district-{one.id}": "Луга", f"district-{two.id}": "", **was}
    assert olga.sends(f"{HERE}/districts", **fields).headers["location"] == f"{HERE}?done=districts"
    assert rows(relay) == [("vk:club1", "Луга"), ("vk:club7", "")]
    late = {**fields, f"district-{one.id}": "Мга", f"district-{two.id}": "Волховский"}
    answer = olga.sends(f"{HERE}/districts", **late)
    assert answer.status_code == 409
    assert 'value="Мга"' in answer.text
    assert "Now: Луга" in answer.text
    assert rows(relay) == [("vk:club1", "Луга"), ("vk:club7", "Волховский")], "what only one has changed is kept"
