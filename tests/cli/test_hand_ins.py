from __future__ import annotations

import pytest

from relay.intake.hand_in import hand_ins
from relay.models import CampaignState
from tests.cli.test_commands import SLUG, home, relay_at, run, town  # noqa: F401 - fixtures
from tests.intake.participants import ANNA

pytestmark = pytest.mark.slow  # whole commands


def test_an_organizer_opens_and_closes_the_page(run, town, relay_at):  # noqa: F811
    assert run("campaign", "status", SLUG, "--json").document["hand_in"] is False
    told = run("campaign", "hand-in", SLUG, "open", "--as", "Ольга")
    assert (told.code, told.out) == (0, f"The hand-in page is open: http://127.0.0.1:8000/take-part/{SLUG}\n")
    assert hand_ins.is_open(hand_ins.open_campaign(relay_at, SLUG))
    assert run("campaign", "status", SLUG, "--json").document["hand_in"] is True
    told = run("campaign", "hand-in", SLUG, "close")
    assert (told.code, told.out) == (0, f"The hand-in page of {SLUG} is closed; receipts go on working.\n")
    assert run("campaign", "hand-in", SLUG, "shut").code == 2
    told = run("campaign", "hand-in", "nowhere", "open")
    assert (told.code, told.line) == (1, "There is no campaign nowhere. See: relay campaign list")


def test_a_page_of_a_campaign_that_does_not_run_yet_opens_with_it(run, town, relay_at):  # noqa: F811
    with relay_at.transaction() as session:
        campaign = session.get_one(type(hand_ins.switch(relay_at, SLUG, is_open=False, person="")), town.campaign_id)
        campaign.state = CampaignState.draft
        session.add(campaign)
    assert "opens when proryv80 runs" in run("campaign", "hand-in", SLUG, "open").out


def test_what_was_handed_in_is_listed(run, town, relay_at):  # noqa: F811
    assert run("hand-in", "list", SLUG).out == "Nothing was handed in yet.\n"
    hand_ins.switch(relay_at, SLUG, is_open=True, person="Ольга")
    entry, _ = hand_ins.begin(relay_at, SLUG, ANNA, consent="Yes.", language="ru", visitor="home")
    (row,) = run("hand-in", "list", SLUG, "--json").document
    assert (row["number"], row["state"], row["participant"]["name"]) == (entry.number, "begun", "Анна Иванова")
    assert row["contact"] == "+7 921 000-00-00"
    assert "link_hash" not in row and "visitor" not in row
    assert entry.number in run("hand-in", "list", SLUG).out
    assert "начато" in run("hand-in", "list", SLUG, language="ru").out
