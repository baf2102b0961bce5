"""A participant with a phone in a real Chromium: the form, the upload over a network that breaks, the receipt."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from relay.intake.hand_in import hand_ins, uploads
from relay.models import HandIn, HandInState
from relay.web.serve import Desk
from tests.web.chromium import IN_BROWSER
from tests.web.weak_network import WeakNetwork

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PAGE = "/take-part/proryv80"
MEGABYTE = 1 << 20
TOUCHED = """
() => [...document.querySelectorAll("button, .button, .pick, .line input")]
    .filter((each) => each.offsetParent && !each.closest(".sending"))
    .map((each) => [each.name || each.textContent, each.offsetHeight])
"""
FOLLOW = "(url) => { const a = document.createElement('a'); a.href = url; document.body.append(a); a.click(); }"

pytestmark = IN_BROWSER


@pytest.fixture
def network(relay, town) -> Iterator[WeakNetwork]:
    hand_ins.switch(relay, town.slug, is_open=True, person="Ольга")
    desk = Desk(relay, "127.0.0.1", 0)
    desk.start()
    weak = WeakNetwork(urlsplit(desk.url).port or 0)
    yield weak
    weak.close()
    desk.stop()


@pytest.fixture
def phone(chromium, network) -> Iterator[Callable[..., Any]]:
    """`phone()` is a page on a small screen; no script may fail in it unseen."""
    contexts, troubles = [], []

    def page(**options: Any) -> Any:
        context = chromium.new_context(base_url=network.url, locale="ru-RU", **{**PHONE, **options})
        contexts.append(context)
        opened = context.new_page()
        opened.on("pageerror", lambda error: troubles.append(str(error)))
        return opened

    yield page
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "дедушка.mp4"
    path.write_bytes(bytes(range(253)) * 40_000)
    return path


def fill_in(page: Any, **other: str) -> None:
    page.goto(PAGE)
    page.check(f"[name=way][value={other.get('way', 'file')}]")
    if "url" in other:
        page.fill("#url", other["url"])
    page.fill("#name", "Вера Павлова")
    page.fill("#town", "Кировск")
    page.check("[name=age][value='60+']")
    page.check("[name=origin][value=family]")
    page.check("[name=agreed]")


def goes_on(page: Any) -> str:
    page.click("button.main")
    page.wait_for_url("**/receipt/*")
    return str(urlsplit(page.url).path.rpartition("/")[2])


def hand_in(relay, secret: str) -> HandIn:
    return hand_ins.receipt(relay, secret).hand_in


def arrived(relay, secret: str) -> bytes:
    path = uploads.arrived(relay, hand_in(relay, secret))
    assert path is not None
    return path.read_bytes()


def headline(page: Any) -> str:
    return str(page.locator("h1").inner_text())


def test_a_participants_minute_with_a_connection_that_breaks(relay, phone, network, film):
    page = phone()
    fill_in(page)
    secret = goes_on(page)
    assert headline(page) == "Теперь само видео"
    network.cuts_after(6 * MEGABYTE)
    page.set_input_files("#file", film)
    page.wait_for_selector("text=Спасибо! Видео у нас.")
    assert network.cut.is_set()
    assert arrived(relay, secret) == film.read_bytes()
    assert (hand_in(relay, secret).state, hand_in(relay, secret).file_name) == (HandInState.waiting, "дедушка.mp4")
    page.click(f"text={hand_in(relay, secret).number} >> xpath=//ancestor::main//a[contains(., 'Забрать видео')]")
    page.click("text=Да, забрать")
    page.wait_for_selector("text=Видео забрано")
    assert hand_in(relay, secret).state is HandInState.withdrawn


def test_after_a_reload_the_same_file_goes_on_where_it_was(relay, phone, network, film):
    page = phone()
    fill_in(page)
    secret = goes_on(page)
    network.cuts_after(6 * MEGABYTE, stays_away=True)
    page.set_input_files("#file", film)
    page.wait_for_selector("text=Связь прервалась.")
    assert page.locator("progress").is_visible()
    network.is_back()
    page.once("dialog", lambda dialog: dialog.accept())  # "leave the page?"
    page.goto(f"/receipt/{secret}")
    page.wait_for_selector("text=Выберите тот же файл ещё раз")
    before = uploads.open_upload(relay, hand_in(relay, secret)).offset
    assert before > 4 * MEGABYTE
    sent: list[int] = []
    page.on("request", lambda request: sent.append(int(request.headers.get("upload-offset", "-1"))))
    page.set_input_files("#file", film)
    page.wait_for_selector("text=Спасибо! Видео у нас.")
    assert min(offset for offset in sent if offset >= 0) >= before, "nothing was sent twice"
    assert arrived(relay, secret) == film.read_bytes()


def test_another_file_begins_at_its_beginning(relay, phone, network, film, tmp_path):
    page = phone()
    fill_in(page)
    secret = goes_on(page)
    network.cuts_after(2 * MEGABYTE, stays_away=True)
    page.set_input_files("#file", film)
    page.wait_for_selector("text=Связь прервалась.")
    network.is_back()
    page.click("text=Остановить и выбрать другой файл")
    other = tmp_path / "бабушка.mp4"
    other.write_bytes(b"another film" * 1000)
    page.set_input_files("#file", other)
    page.wait_for_selector("text=Спасибо! Видео у нас.")
    assert arrived(relay, secret) == other.read_bytes()


def test_what_is_no_video_is_told_and_another_file_may_follow(relay, phone, film, tmp_path):
    relay.settings.max_video_mb = 15
    page = phone()
    fill_in(page)
    goes_on(page)
    page_file, large = tmp_path / "page.html", tmp_path / "large.mp4"
    page_file.write_text("<html>")
    large.write_bytes(b"x" * (16 * MEGABYTE))
    for path, line in ((page_file, "Это веб-страница, а не видео."), (large, "Файл больше 15 мегабайт.")):
        page.set_input_files("#file", path)
        page.wait_for_selector(f".notice:has-text('{line}')")
        assert page.locator(".choose").is_visible()
    page.set_input_files("#file", film)
    page.wait_for_selector("text=Спасибо! Видео у нас.")


def test_everything_works_without_script(relay, phone, film):
    page = phone(java_script_enabled=False)
    fill_in(page)
    secret = goes_on(page)
    page.set_input_files("#file", film)
    page.click("text=Отправить видео")
    page.wait_for_selector("text=Спасибо! Видео у нас.")
    assert arrived(relay, secret) == film.read_bytes()


def test_a_fault_is_brought_into_sight_and_what_was_typed_outlives_a_reload(phone):
    page = phone()
    fill_in(page)
    page.check("[name=age][value='14–17']")
    assert page.locator("#guardian").is_visible()
    page.reload()
    assert page.input_value("#name") == "Вера Павлова"
    assert page.is_checked("[name=age][value='14–17']")
    page.click("button.main")
    page.wait_for_selector("#fault-guardian")
    assert page.evaluate("document.activeElement.id") == "guardian"
    assert page.input_value("#town") == "Кировск"
    assert page.locator("#quote").is_hidden()
    assert page.locator("#website").evaluate("e => e.getBoundingClientRect().right < 0")


def test_the_receipt_is_copied_and_the_form_is_forgotten(relay, phone):
    page = phone(permissions=["clipboard-read", "clipboard-write"])
    fill_in(page, way="link", url="https://vk.com/video1_2")
    goes_on(page)
    assert headline(page) == "Спасибо! Ссылка у нас."
    page.click(".copy")
    page.wait_for_selector("text=Скопировано")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    page.goto(PAGE)
    assert page.input_value("#name") == "", "another person may use this phone next"


def test_no_other_site_is_told_the_receipts_address(phone, network):
    page = phone()
    fill_in(page)
    goes_on(page)
    with AnotherSite() as other:
        page.evaluate(FOLLOW, other.url)
        assert "referer" not in other.heard().lower()


class AnotherSite:
    """It only listens to what it is told."""

    def __enter__(self) -> AnotherSite:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(30)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        return self

    def heard(self) -> str:
        wire, _ = self._listener.accept()
        with wire:
            return wire.recv(65536).decode("latin-1")

    def __exit__(self, *_: object) -> None:
        self._listener.close()


@pytest.mark.parametrize("width", [390, 320, 1280])
def test_nothing_hangs_over_the_edge_and_fingers_find_the_buttons(relay, phone, width):
    page = phone(viewport={"width": width, "height": 844}, is_mobile=width < 1000)
    fill_in(page)
    for path in (PAGE, f"/receipt/{goes_on(page)}", f"{urlsplit(page.url).path}/withdraw"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        for name, height in page.evaluate(TOUCHED):
            assert height >= 44, (path, name)
