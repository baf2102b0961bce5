"""An organizer opens a campaign in a browser and leads it: from an empty data folder on, without a shell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from relay.bootstrap import open_relay
from relay.collect import campaigns, sources
from relay.config import load_settings
from relay.context import Relay
from relay.models import CampaignState, Role
from relay.moderation.people import accounts
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources.vk import token_check
from relay.web.serve import Desk
from tests.web.browsers import browsers
from tests.web.chromium import IN_BROWSER

pytestmark = IN_BROWSER


@pytest.fixture(scope="module")
def stage() -> Iterator[Sandbox]:
    with Sandbox(Network()) as sandbox:
        yield sandbox


@pytest.fixture
def network(stage: Sandbox) -> Network:
    network = Network()
    stage.shows(network)
    gorod, anna = network.vk.has_group("gorod", "Наш город"), network.vk.has_resident("Анна", "Иванова")
    network.vk.has_group("school", "Школа № 1", closed=True)
    video = network.vk.uploads(anna, stage.ca_bundle, title="Письмо")
    own = network.vk.posts(anna, "Читаю #proryv80", videos=[video], at=network.now() - timedelta(minutes=9))
    network.vk.posts(gorod, "Делимся", repost_of=own, at=network.now() - timedelta(minutes=5))
    return network


@pytest.fixture
def empty(
    network: Network, stage: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Relay, str]]:
    """An installation in which nothing is set up but the organizer's account; no token stands anywhere."""
    monkeypatch.setattr(token_check, "PAUSE", 0.0)
    for name, value in stage.settings().items():
        if name != "RELAY_VK_TOKEN":
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("RELAY_VK_RATE", "60")
    (tmp_path / "data").mkdir()
    relay = open_relay(load_settings(data_dir=tmp_path / "data"), ready=False)
    relay.store.upgrade(relay.now())
    accounts.create(relay, "olga", "Ольга", Role.organizer, password="password of olga", language="en")
    desk = Desk(relay, "127.0.0.1", 0)
    desk.start()
    yield relay, desk.url
    desk.stop()
    relay.store.close()


@pytest.fixture
def browse(empty: tuple[Relay, str], chromium: Any) -> Iterator[Callable[..., Any]]:
    with browsers(empty[0], chromium, empty[1]) as opened:
        yield opened


def field(page: Any, label: str) -> Any:
    return page.get_by_role("textbox", name=label)


def goes_on(page: Any, step: str) -> None:
    page.get_by_role("button", name="Go on").first.click()
    page.wait_for_url(f"**/{step}")


def is_for_everyone(page: Any) -> None:
    """axe finds nothing, and nothing is wider than the page."""
    page.evaluate(Path(AXE_FILE_PATH).read_text("utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def first_answers(page: Any) -> None:
    page.goto("/")
    page.get_by_role("link", name="New campaign").last.click()
    field(page, "Title").fill("Прорыв. Голоса памяти")
    field(page, "Hashtag").fill("#proryv80")
    is_for_everyone(page)
    goes_on(page, "spellings")
    is_for_everyone(page)
    goes_on(page, "window")


def test_from_an_empty_folder_to_a_running_campaign(
    empty: tuple[Relay, str], browse: Callable[..., Any], network: Network, tmp_path: Path
) -> None:
    relay, _ = empty
    page = browse("olga")
    first_answers(page)
    field(page, "First day").fill(f"{network.now() - timedelta(days=1):%d %B %Y}")
    field(page, "Last day").fill("18.1")
    page.get_by_role("button", name="Go on").click()
    assert "the year is missing" in page.locator("#fault-closes").inner_text()
    assert field(page, "Last day").input_value() == "18.1", "what was typed is still there"
    field(page, "Last day").fill(f"{network.now() + timedelta(days=5):%Y-%m-%d}")
    goes_on(page, "places")
    page.close()

    page = browse("olga")  # the browser was closed in between
    page.goto("/new-campaign")
    page.get_by_role("link", name="Go on with “Прорыв. Голоса памяти”").click()
    field(page, "Addresses").fill("https://vk.com/gorod, Тосненский\nvk:gorod\nvk:school\nhttps://x.example/a\nvk:tag")
    is_for_everyone(page)
    goes_on(page, "token")

    page.locator("#token").fill("a-wrong-one")
    page.get_by_role("button", name="Test it and keep it").click()
    page.get_by_role("alert").wait_for()
    assert not (tmp_path / ".env").exists(), "what doesn't work is not kept"
    is_for_everyone(page)
    page.locator("#token").fill(network.vk.api.token)
    page.get_by_role("button", name="Test it and keep it").click()
    page.get_by_text("The token works: it is a service token.").wait_for()
    assert network.vk.api.token in (tmp_path / ".env").read_text("utf-8")
    assert (tmp_path / ".env").stat().st_mode & 0o77 == 0
    assert network.vk.api.token not in page.content(), "it is never shown again"
    is_for_everyone(page)
    goes_on(page, "people")
    field(page, "Names, one a line").fill("Анна Петрова")
    goes_on(page, "try")

    assert campaigns.all_campaigns(relay) == []
    page.get_by_role("button", name="Try it").click()
    page.get_by_role("heading", name="What would have been found").wait_for()
    figures = page.locator(".figures li").all_inner_texts()
    assert [figure.split()[0] for figure in figures[:3]] == ["1", "1", "2"], figures
    told = page.locator(".told .badge").all_inner_texts()
    assert told == ["Found", "Stands twice in the list", "Closed to us", "No network that Relay reads", "Found"]
    assert campaigns.all_campaigns(relay) == [], "nothing is made by a try"
    is_for_everyone(page)

    page.get_by_role("button", name="Make the campaign").click()
    page.get_by_role("heading", name="The campaign is made").wait_for()
    is_for_everyone(page)
    link = field(page, "Анна Петрова").input_value()
    (campaign,) = campaigns.all_campaigns(relay)
    assert (campaign.state, campaign.slug) == (CampaignState.running, "proryv80")
    first = sources.listing(relay, "proryv80")[0]
    assert (first.title, first.district) == ("Наш город", "Тосненский")

    anna = browse("")
    anna.goto(link)
    anna.fill("[name=password]", "a password of her own")
    anna.fill("[name=again]", "a password of her own")
    anna.click("button.main")
    anna.wait_for_url("**/")
    assert anna.get_by_text("Прорыв. Голоса памяти").count() > 0
    assert anna.goto("/campaigns/proryv80/settings").status == 403, "a moderator leads no campaign"


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)], ids=["laptop", "phone"])
def test_settings_places_and_poster(
    empty: tuple[Relay, str], browse: Callable[..., Any], network: Network, size: tuple[int, int]
) -> None:
    relay, _ = empty
    opens = (network.now() - timedelta(days=1)).date()
    campaigns.new(relay, slug="proryv80", title="Прорыв", hashtags=["#proryv80"], opens=opens,
                  closes=opens + timedelta(days=7), tz="Europe/Moscow")  # fmt: skip
    olga, other = browse("olga", viewport={"width": size[0], "height": size[1]}), browse("olga")
    for page in (olga, other):
        page.goto("/campaigns/proryv80/settings")
    is_for_everyone(olga)
    field(other, "Guidelines for moderators").fill("Детей называем только по имени.")
    field(other, "Title").fill("Прорыв. Голоса")
    other.get_by_role("button", name="Save", exact=True).click()
    other.locator(".saved").wait_for()
    field(olga, "Title").fill("Прорыв. Голоса памяти")
    field(olga, "Districts that you want to hear from").fill("Волховский\nТосненский")
    olga.get_by_role("button", name="Save", exact=True).click()
    olga.get_by_role("heading", name="Two people were at work").wait_for()
    assert field(olga, "Title").input_value() == "Прорыв. Голоса памяти", "nothing typed is lost"
    assert "Волховский" in field(olga, "Districts that you want to hear from").input_value()
    is_for_everyone(olga)
    olga.get_by_role("button", name="Save", exact=True).click()
    olga.locator(".saved").wait_for()
    assert campaigns.get(relay, "proryv80").title == "Прорыв. Голоса памяти"
    assert "только по имени" in field(olga, "Guidelines for moderators").input_value(), "theirs is kept too"

    olga.get_by_role("button", name="Start now").click()
    olga.get_by_text("The campaign runs").wait_for()
    olga.get_by_role("button", name="Open the page").click()
    olga.get_by_text("It is open:").wait_for()
    olga.get_by_role("link", name="Poster to print").click()
    assert olga.locator("svg.qr").bounding_box()["width"] > 150
    is_for_everyone(olga)
    olga.goto("/campaigns/proryv80/sources")
    is_for_everyone(olga)
