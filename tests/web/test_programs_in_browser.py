"""Somebody makes a token for a script, reads what the script can do, and takes the token away again."""

from __future__ import annotations

import httpx
import pytest

from relay.models import Role
from relay.moderation.people import accounts
from relay.web.serve import Desk
from tests.web.chromium import IN_BROWSER

pytestmark = IN_BROWSER


@pytest.fixture
def running(relay, town):
    accounts.create(relay, "olga", "Ольга", Role.organizer, password="password of olga", language="en")
    desk = Desk(relay, "127.0.0.1", 0)
    desk.start()
    yield desk
    desk.stop()


def test_a_token_is_made_used_and_revoked(running, chromium):
    context = chromium.new_context(base_url=running.url, locale="en-GB", viewport={"width": 390, "height": 844})
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if "Refused to" in said.text else None)
    page.goto("/sign-in")
    page.fill("[name=login]", "olga")
    page.fill("[name=password]", "password of olga")
    page.click("button.main")
    page.goto("/me")
    page.get_by_role("link", name="Make or revoke tokens").click()
    page.get_by_label("What for").fill("Report")
    page.get_by_label("It may").select_option("write")
    page.get_by_role("button", name="Make it").click()
    token = page.locator("#new-token").inner_text().strip()

    with httpx.Client(base_url=f"{running.url}/api/v1", headers={"authorization": f"Bearer {token}"}) as script:
        assert script.get("/campaigns").json()[0]["slug"] == "proryv80"
        page.goto("/api")
        call = page.locator("details.call", has_text="/campaigns/{slug}/stop")
        call.locator("summary").click()
        call.get_by_role("link", name="CampaignStatus").click()
        page.locator("#shape-CampaignStatus").get_by_text("hand_in", exact=True).wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

        page.goto("/me/tokens")
        page.get_by_role("button", name="Revoke it: Report").click()
        page.get_by_text("The token is revoked.").wait_for()
        assert script.get("/campaigns").status_code == 401
    context.close()
    assert troubles == []
