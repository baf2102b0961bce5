"""The sandbox's Telegram against captured pages: the same markup wherever somebody reads it."""

from __future__ import annotations

import re
from pathlib import Path

from relay.sandbox.network import Network
from relay.sandbox.web import web_app
from relay.sources.telegram import parse
from tests.sandbox.visitor import Visitor

WRITTEN_BY_HEART = {
    # parts of pages that the corpus has no capture of
    "tgme_channel_info",
    "tgme_channel_info_header",
    "tgme_channel_info_header_title",
    "tgme_channel_history",
    "js-message_history",
    "tgme_widget_message_centered",
    "js-messages_more_wrap",
    "tme_messages_more",
    "js-messages_more",
}


def _classes(text: str) -> set[str]:
    return {name for found in re.findall(r'class="([^"]*)"', text) for name in found.split()}


def test_every_class_stands_in_a_captured_page(shared: Path, network: Network, film: Path) -> None:
    folder = shared / "corpus" / "vk_json" / "telegram"
    captured = set[str]().union(*(_classes(file.read_text("utf-8")) for file in folder.glob("*.html")))
    telegram = network.telegram
    telegram.has_channel("gorod", "Город")
    telegram.has_person("anna_i", "Анна")
    telegram.posts("gorod", "Одно #proryv80", videos=[film], signed="Анна", forwarded_from="anna_i")
    telegram.posts("gorod", "Альбом", videos=[film, film], photos=[film])
    telegram.posts("gorod", "Большое", videos=[film], big=True)
    for kind in ("round", "file"):
        telegram.posts("gorod", "", videos=[film], kind=kind)
    telegram.edits("gorod", telegram.posts("gorod", "Правка"), "Правка #proryv80")
    telegram.posts("gorod", "Смотрите https://youtu.be/abcdefghijk", preview="https://youtu.be/abcdefghijk")
    telegram.hides("gorod", telegram.posts("gorod", "#proryv80 не покажем"))
    page = Visitor(web_app(network), "https://t.me").get("/s/gorod").text
    assert _classes(page) - WRITTEN_BY_HEART <= captured
    shown = parse.channel_page(page)
    assert shown.faults == ()
    assert len(shown.messages) == 9
    linked, hidden = shown.messages[-2:]
    assert set(linked.links) == {"https://youtu.be/abcdefghijk"}
    assert (hidden.hidden, hidden.text) == (True, "")
    assert shown.before is None


def test_a_name_that_leads_nowhere_and_a_preview_that_is_off(network: Network) -> None:
    network.telegram.has_channel("tikho", "Тихий", preview=False)
    visitor = Visitor(web_app(network), "https://t.me")
    assert [visitor.get(f"/s/{name}").status_code for name in ("tikho", "nikogo")] == [302, 302]
    assert parse.contact(visitor.get("/tikho").text) == ("Тихий", "channel")
    assert parse.contact(visitor.get("/nikogo").text) == ("", "nobody")


def test_the_file_servers_want_a_token(network: Network, film: Path) -> None:
    network.telegram.has_channel("gorod")
    network.telegram.posts("gorod", "", videos=[film])
    page = Visitor(web_app(network), "https://t.me").get("/gorod/2?embed=1").text
    (address,) = re.findall(r'<video src="https://cdn4\.telesco\.pe([^"]+)"', page)
    files = Visitor(web_app(network), "https://cdn4.telesco.pe")
    assert files.get(address).content == film.read_bytes()
    assert files.get(address[:-1] + "x").status_code == 404
    assert files.get(address, headers={"range": "bytes=0-3"}).status_code == 206
