from __future__ import annotations

import pytest
from starlette.requests import Request

from relay.config import load_settings
from relay.errors import ConfigError
from relay.intake.hand_in import hand_ins
from relay.models import Role
from relay.moderation.people import accounts, tries
from relay.web import client
from relay.web.app import create_app
from tests.web.conftest import Browser, InProcess
from tests.web.participant import FORM, PAGE

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def request_from(host: str) -> Request:
    return Request({"type": "http", "headers": [], "client": (host, 1) if host else None})


@pytest.mark.parametrize(
    ("host", "address", "coarse"),
    [
        ("192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("::ffff:192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
        ("testclient", "testclient", ""),
        ("", "", ""),
    ],
)
def test_limits_count_an_address_and_a_person_sees_less_of_it(host, address, coarse):
    assert client.address_of(request_from(host)) == address
    assert client.coarse(address) == coarse
    assert client.peer_of(request_from(host)) == host


@pytest.mark.parametrize(
    ("said", "family"),
    [
        (WINDOWS, "Chrome · Windows"),
        (WINDOWS + " Edg/140.0", "Edge · Windows"),
        (WINDOWS.replace("Chrome/140.0", "Chrome/140.0 YaBrowser/26.1"), "Yandex · Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Linux; Android 16; K) Chrome/140.0 Mobile Safari/537.36", "Chrome · Android"),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_a_browser_is_known_by_its_family(said, family):
    assert client.browser(said) == family


def behind(relay, proxies: str, peer: str = "127.0.0.1") -> Browser:
    relay.settings.trusted_proxies = proxies
    browser = Browser(create_app(relay))
    browser.remembers("relay-language", "en")
    transport = browser._transport
    assert isinstance(transport, InProcess)
    transport.inner.client = (peer, 1)
    return browser


def guesses(browser: Browser, said: str) -> str:
    fields = {"login": "anna", "password": "guess", "form_token": browser.token()}
    for _ in range(tries.TRIES):
        browser.post("/sign-in", data=fields, headers={"x-forwarded-for": said})
    return browser.post("/sign-in", data=fields, headers={"x-forwarded-for": "203.0.113.9"}).text


@pytest.mark.slow
def test_a_trusted_proxy_says_who_asks_and_nobody_else_does(relay):
    """The sixth guess comes from another address, by what the proxy says: whoever believes it looks at the password."""
    accounts.create(relay, "anna", "Анна", Role.moderator, password="password of anna")
    wrong, too_many = "Login or password is wrong", "Too many wrong passwords"
    assert too_many in guesses(behind(relay, ""), "198.51.100.1"), "the default: nobody is believed"
    assert too_many in guesses(behind(relay, "10.0.0.0/8", "192.0.2.5"), "198.51.100.2")
    assert wrong in guesses(behind(relay, "10.0.0.0/8, 127.0.0.1", "10.1.2.3"), "198.51.100.3")


@pytest.mark.slow
def test_behind_a_trusted_proxy_links_begin_with_https(relay):
    accounts.create(relay, "olga", "Ольга", Role.organizer, password="password of olga")
    for proxies, scheme in (("", "http"), ("127.0.0.1", "https")):
        browser = behind(relay, proxies)
        browser.headers["x-forwarded-proto"] = "https"
        browser.sends("/sign-in", login="olga", password="password of olga")
        assert f'value="{scheme}://desk.test/sign-in/' in browser.sends("/accounts/1/link").text


def test_a_slip_in_the_list_of_proxies_is_told_at_the_start(tmp_path):
    good = load_settings(_env_file=None, data_dir=tmp_path, trusted_proxies=" 127.0.0.1, 10.0.0.0/8,::1 ,")
    assert good.trusted_networks == ("127.0.0.1/32", "10.0.0.0/8", "::1/128")
    with pytest.raises(ConfigError, match="RELAY_TRUSTED_PROXIES"):
        load_settings(_env_file=None, data_dir=tmp_path, trusted_proxies="proxy.example.org")


OURS = frozenset({"relay.example.org", "0.0.0.0", "2001:db8::5"})


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("relay.example.org", True),
        ("relay.example.org.", True),
        ("localhost", True),
        ("museum-pc", True),
        ("museum-pc.local", True),
        ("desk.lan", True),
        ("127.0.0.1", True),
        ("192.168.1.20", True),
        ("::1", True),
        ("fd00::7", True),
        ("203.0.113.7", True),  # reserved for examples, so nobody's
        ("8.8.8.8", True),  # the address that the request came to
        ("8.8.4.4", False),
        ("::ffff:8.8.4.4", False),
        ("evil.example", False),
        ("relay.example.org.evil.example", False),
        ("127.0.0.1.nip.example", False),
        ("", False),
    ],
)
def test_the_desk_answers_to_its_own_names(name, ours):
    assert client.is_own_name(name, OURS, "8.8.8.8") is ours


@pytest.mark.slow
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "twin"])
def test_a_name_that_is_led_here_gets_no_page_and_no_link(app, relay, town, vera, monkeypatch, guarded):
    """In the twin the receipt's link, with its secret, leads to the stranger's name."""
    hand_ins.switch(relay, town.slug, is_open=True, person="Ольга")
    receipt = vera.sends(PAGE, **FORM).headers["location"]
    if not guarded:
        monkeypatch.setattr(client, "is_own_name", lambda *_: True)
    strange = {"host": "evil.example:8000"}
    answer = vera.get(receipt, headers=strange)
    assert (answer.status_code, "http://evil.example:8000/receipt/" in answer.text) == (
        (421, False) if guarded else (200, True)
    )
    program = vera.get("/api/v1/openapi.json", headers=strange)
    assert program.status_code == (421 if guarded else 200)


@pytest.mark.slow
def test_the_page_says_under_which_name_the_desk_is_found(relay, vera):
    told = vera.get("/sign-in", headers={"host": "evil.example"})
    assert "This desk is not called “evil.example”." in told.text and "RELAY_HOSTS" in told.text
    relay.settings.public_url = "https://relay.example.org/"
    assert "Open https://relay.example.org." in vera.get("/sign-in", headers={"host": "evil.example"}).text
    assert vera.get("/sign-in", headers={"host": "relay.example.org"}).status_code == 200
    relay.settings.hosts = "desk.museum.example, [2001:DB8::5]"
    for name in ("DESK.museum.example:443", "[2001:db8::5]:8000"):
        assert vera.get("/sign-in", headers={"host": name}).status_code == 200
    for name in ("[", "desk.test:x", "", "a" * 400 + ".example"):
        assert vera.get("/sign-in", headers={"host": name}).status_code == 421


@pytest.mark.slow
@pytest.mark.parametrize(
    "said",
    [
        "localhost/evil.example", "localhost#evil.example", "evil.example@localhost", "localhost:port", "*",
        "evil.example\tlocalhost", "localhost:1:2", "[::1", "localhost?x", "evil.example\\@localhost",
    ],
)  # fmt: skip
def test_what_is_no_name_is_not_ours_whatever_a_parser_makes_of_it(vera, said):
    assert vera.get("/sign-in", headers={"host": said}).status_code == 421


@pytest.mark.parametrize("hosts", ["https://desk.example", "desk.example:8000", "a b", "*"])
def test_a_slip_in_the_list_of_names_is_told_at_the_start(tmp_path, hosts):
    with pytest.raises(ConfigError, match="RELAY_HOSTS"):
        load_settings(_env_file=None, data_dir=tmp_path, hosts=hosts)
    good = load_settings(_env_file=None, data_dir=tmp_path, hosts="Desk.example, ::1,", host="10.0.0.1")
    assert good.own_hosts == {"desk.example", "::1", "10.0.0.1"}
