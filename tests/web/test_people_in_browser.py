"""An organizer and the people she invites, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest

from relay.models import Role
from relay.moderation.people import accounts
from relay.web.serve import Desk
from tests.web.chromium import IN_BROWSER

pytestmark = IN_BROWSER


@pytest.fixture
def desk(relay, town) -> Iterator[Desk]:
    accounts.create(relay, "olga", "Ольга", Role.organizer, password="password of olga", language="en")
    running = Desk(relay, "127.0.0.1", 0)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def browse(chromium, desk) -> Iterator[Callable[..., Any]]:
    """`browse()` opens a browser that nobody is signed in to; nothing may go wrong in it unseen."""
    contexts, troubles = [], []

    def opened(**options: Any) -> Any:
        context = chromium.new_context(base_url=desk.url, locale="en-GB", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if "Refused to" in said.text else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


def enters(page: Any, login: str, password: str) -> None:
    page.goto("/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    page.click("button.main")


def chooses(page: Any, link: str, password: str) -> None:
    page.goto(link)
    page.fill("[name=password]", password)
    page.fill("[name=again]", password)
    page.click("button.main")


def test_an_organizer_invites_changes_a_role_and_shuts_out_and_it_counts_at_once(town, browse):
    clip = town.has_clip()
    olga, boris = browse(), browse(viewport={"width": 390, "height": 844})
    enters(olga, "olga", "password of olga")
    olga.get_by_role("link", name="People").first.click()
    olga.get_by_label("Name, as it stands beside decisions").fill("Борис Иванов")
    olga.get_by_label("Login (latin letters and digits)").fill("boris")
    olga.get_by_label("Role").select_option("viewer")
    olga.get_by_label("Language").select_option("en")
    olga.get_by_role("button", name="Invite").click()
    link = olga.get_by_label("Link", exact=True).input_value()

    chooses(boris, link, "a password of his own")
    boris.wait_for_url("**/")
    boris.goto(f"/clips/{clip}")
    assert boris.get_by_role("button", name="Approve").count() == 0, "a viewer only looks"
    assert boris.goto("/accounts").status == 403

    olga.get_by_label("Прорыв. Голоса памяти").select_option("moderator")
    olga.get_by_role("button", name="Save the roles").click()
    olga.wait_for_selector(".notice.done[role=status]")
    boris.goto(f"/clips/{clip}")
    assert "/sign-in" in boris.url, "the session of the old role has ended"
    boris.fill("[name=login]", "boris")
    boris.fill("[name=password]", "a password of his own")
    boris.click("button.main")
    boris.wait_for_url(f"**/clips/{clip}")
    assert boris.get_by_role("button", name="Approve").count() == 1

    olga.get_by_role("button", name="Shut out").click()
    olga.wait_for_selector(".notice.done[role=status]")
    boris.goto("/")
    assert "/sign-in" in boris.url, "shut out at once"
    enters(boris, "boris", "a password of his own")
    assert "Login or password is wrong" in boris.get_by_role("alert").inner_text()


def test_a_second_factor_is_set_up_asked_for_and_replaced_by_a_code_on_paper(relay, browse, clock):
    olga, elsewhere = browse(), browse()
    enters(olga, "olga", "password of olga")
    olga.goto("/me")
    olga.get_by_role("link", name="Set it up").click()
    olga.get_by_role("button", name="Set it up").click()
    assert olga.locator("svg.qr").bounding_box()["width"] > 120
    olga.get_by_text("The picture can't be read").click()
    app = pyotp.TOTP(olga.locator("code.secret").inner_text())
    olga.get_by_label("The code that the app shows now").fill(app.at(relay.now()))
    olga.get_by_role("button", name="Turn it on").click()
    codes = olga.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10

    enters(elsewhere, "olga", "password of olga")
    elsewhere.get_by_label("Code").fill(app.at(relay.now()))
    elsewhere.click("button.main")
    assert "used already" in elsewhere.get_by_role("alert").inner_text(), "a code counts once"
    clock.moves(seconds=30)
    elsewhere.get_by_label("Code").fill(app.at(relay.now()))
    elsewhere.click("button.main")
    elsewhere.wait_for_url("**/")

    olga.goto("/me")
    olga.get_by_role("button", name="Sign out everywhere else").click()
    elsewhere.goto("/")
    assert "/sign-in" in elsewhere.url
    enters(elsewhere, "olga", "password of olga")
    elsewhere.get_by_label("Code").fill(codes[3].upper())
    elsewhere.click("button.main")
    elsewhere.wait_for_url("**/")
