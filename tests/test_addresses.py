from __future__ import annotations

from ipaddress import ip_address

import pytest

from relay.addresses import is_loopback, is_public, leads_to, objection, objection_to_name, unwrapped

OURS = frozenset({("127.0.0.1", 8080), ("printer.lan", 631)})


@pytest.mark.parametrize(
    ("wrapped", "inside"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2002:a01:203::1", "10.1.2.3"),
        ("64:ff9b::a01:203", "10.1.2.3"),
        ("64:ff9b::ffff:ffff", "255.255.255.255"),
        ("2a00:1450::1", "2a00:1450::1"),
    ],
)
def test_what_is_wrapped_is_unwrapped(wrapped, inside):
    assert unwrapped(ip_address(wrapped)) == ip_address(inside)


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "2a00:1450:4010::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2a00::5efe:808:808"]
)
def test_a_public_address_may_be_reached_at_the_ports_of_pages(host):
    assert [objection(host, port) for port in (80, 443)] == ["", ""]
    assert objection(host, 8080) == "port 8080 is not one that pages come from"
    assert objection_to_name(host, 443) == ""


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.0.1", "0.0.0.0", "0.1.2.3", "255.255.255.255"),
        *("100.64.0.1", "100.127.255.255", "192.0.0.8", "198.18.0.1", "198.19.255.255", "224.0.0.1", "240.0.0.1"),
        *("::", "::1", "fe80::1", "fc00::1", "ff02::1", "2001:db8::1", "64:ff9b:1::1"),
        *("::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "192.88.99.1", "3fff::1", "5f00::1", "fec0::1"),
        *("100:0:0:1::1", "2a00:1450::5efe:a00:1", "2a00:1450::200:5efe:7f00:1"),
    ],
)
def test_what_lies_inside_is_not_reached(host):
    assert objection(host, 443) == f"{host} is not a public address"
    assert objection_to_name(host, 443) == f"{host} is not a public address"


@pytest.mark.parametrize("host", ["100.63.255.255", "100.128.0.0", "198.17.255.255", "198.20.0.0", "192.0.1.0"])
def test_beside_the_special_ranges_the_internet_goes_on(host):
    assert is_public(ip_address(host))


@pytest.mark.parametrize("host", ["example.org", "", "127.1", "0x7f.1", "x" * 100])
def test_a_name_is_no_plain_address(host):
    assert objection(host, 443) == f"{host[:60]!r} is no plain address"


@pytest.mark.parametrize(
    "host", ["vk.com", "VK.com.", "пример.рф", "localhost.example.org", "lan.example.org", "0x.example.org"]
)
def test_a_public_name_passes_at_the_ports_of_pages(host):
    assert [objection_to_name(host, port) for port in (80, 443)] == ["", ""]
    assert objection_to_name(host, 22) == "port 22 is not one that pages come from"


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST.", "a.localhost", "printer.local", "db.internal", "nas.lan", "x.home.arpa"),
        *("intranet", "127.1", "1.2.3.4.5", "example.127", "0x7f.1", "0x7f.0x1", "127.0.0.0X1", "a.0x"),
    ],
)
def test_a_name_that_can_only_lead_inside_is_refused(host):
    assert objection_to_name(host, 443) == f"{host} is not a public host"


def test_what_the_organizer_allows_is_allowed_with_its_port_and_no_other():
    assert objection("127.0.0.1", 8080, OURS) == objection_to_name("printer.lan", 631, OURS) == ""
    assert objection("127.0.0.1", 8081, OURS)
    assert objection_to_name("printer.lan", 80, OURS)
    assert objection_to_name("127.0.0.1", 443, OURS)


@pytest.mark.parametrize(
    ("host", "port", "refused"), [("vk.com", 443, False), ("vk.com", 22, True), ("printer", 443, True)]
)
def test_a_public_name_may_be_given_to_a_proxy(host: str, port: int, *, refused: bool) -> None:
    assert bool(objection_to_name(host, port)) is refused


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("https://ok.ru/video/1", True),
        ("http://OK.ru", True),
        ("ok.ru/video/1", True),
        ("ftp://ok.ru/1", False),
        ("https://ok.ru.example/1", False),
        ("https://", False),
        ("https://[ok.ru", False),
    ],
)
def test_which_host_an_address_leads_to(url: str, there: bool) -> None:
    assert leads_to(url, frozenset({"ok.ru"})) is there


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        *((host, True) for host in ("127.0.0.1", "127.9.9.9", "::1")),
        *((host, False) for host in ("10.0.0.1", "0.0.0.0", "::", "localhost", "127.0.0.1.example.org", "")),
    ],
)
def test_what_only_this_machine_reaches(host, is_here):
    assert is_loopback(host) is is_here
