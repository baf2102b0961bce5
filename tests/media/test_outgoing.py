"""What children that go out into the network are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay.config import Settings
from relay.media import outgoing


@pytest.mark.parametrize(
    ("proxy", "pairs"),
    [
        ("", set()),
        ("http://proxy.example:3128", {("proxy.example", 3128)}),
        ("proxy.example:3128", {("proxy.example", 3128)}),
        ("socks5://10.0.0.1", {("10.0.0.1", 80)}),
        ("http://", set()),
    ],
)
def test_the_proxy_may_be_reached(proxy: str, pairs: set[tuple[str, int]]) -> None:
    assert outgoing._address_of(proxy) == pairs


def test_a_child_reaches_what_the_settings_name_and_the_proxy(settings: Settings) -> None:
    settings = settings.model_copy(
        update={"proxy": "http://proxy.example:3128", "allow_private": "b.example:81,a.example:82"}
    )
    assert outgoing.reach(settings) == {
        "proxy": "http://proxy.example:3128",
        "allowed": [("a.example", 82), ("b.example", 81), ("proxy.example", 3128)],
    }


def test_a_certificate_of_ones_own_stands_behind_the_usual_ones(settings: Settings, tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    own.write_bytes(b"OUR OWN")
    trusted = outgoing.trust(settings.model_copy(update={"ca_bundle": own}), tmp_path)["SSL_CERT_FILE"]
    assert Path(trusted) == tmp_path / "trusted.pem"
    assert Path(trusted).read_bytes().endswith(b"\nOUR OWN")
    assert b"BEGIN CERTIFICATE" in Path(trusted).read_bytes()
    assert b"OUR OWN" not in Path(outgoing.trust(settings, tmp_path)["SSL_CERT_FILE"]).read_bytes()


def test_text_of_the_network_becomes_data() -> None:
    assert outgoing.clean(" а\x00б\u202e\n\tв\ud800 ") == "аб\n\tв?"
    assert outgoing.clean(None) == ""
    assert [outgoing.number_in(value) for value in (1, 1.5, "1", None)] == [1.0, 1.5, None, None]
