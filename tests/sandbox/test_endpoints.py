"""What all pages beside VK have in common: they are counted, and meet the faults that were ordered."""

from __future__ import annotations

import pytest

from relay.sandbox.network import Network
from relay.sandbox.web import web_app
from tests.sandbox.visitor import Visitor, waits_of


@pytest.fixture
def school(network: Network) -> Visitor:
    return Visitor(web_app(network), "https://school47.example")


def test_pages_meet_the_faults_that_were_ordered(network: Network, school: Visitor) -> None:
    network.sites.shows("/", "0123456789")
    network.pages_answer(429, 2)
    network.pages_answer(503)
    network.pages_answer_html()
    network.pages_break_off(2)
    answers = [school.get("/") for _ in range(7)]
    assert [one.status_code for one in answers] == [429, 429, 503, 200, 200, 200, 200]
    assert [one.headers.get("retry-after") for one in answers[:4]] == ["3", "3", None, None]
    assert [one.text for one in answers[3:]] == [
        "<html><body>Service is temporarily unavailable</body></html>",
        "01234",
        "01234",
        "0123456789",
    ]
    assert answers[4].headers["content-type"] == "text/plain; charset=utf-8"
    network.is_down()
    assert school.get("/").status_code == 503
    network.heals()
    assert school.get("/").status_code == 200


def test_a_slow_network_lets_pages_wait(network: Network, school: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    network.sites.shows("/", "x")
    waited = waits_of(monkeypatch)
    assert school.get("/").status_code == 200
    assert waited == []
    network.is_slow(7.5)
    assert school.get("/").status_code == 200
    assert waited == [7.5]
