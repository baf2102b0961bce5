"""When each source is read and why, and reading at once."""

from __future__ import annotations

import threading

import pytest

from relay.collect import crawl, sources
from relay.collect.leading import at_once
from tests.fakes.source import FakeSource, a_post

pytestmark = pytest.mark.slow

HERE = "/campaigns/proryv80/sources"


@pytest.fixture
def network(relay, town) -> FakeSource:
    network = relay.sources["vk"]
    network.knows("gorod", "-1", "Город")
    sources.add(relay, "proryv80", "vk:gorod")
    return network


def test_each_source_is_told_with_its_pace_and_what_it_spends(relay, network, olga):
    network.has(a_post("Мга #proryv80", "1"))
    crawl.crawl(relay, "proryv80")
    page = olga.sees(f"{HERE}/plan")
    assert "vk:club1" in page
    assert "Minutes between readings, by day" in page
    assert "calls a day" in page
    assert f'href="{HERE}/plan"' in olga.sees(HERE)


def test_all_are_read_at_once_and_the_page_says_what_came(app, network, olga):
    network.has(a_post("Мга #proryv80", "1"))
    assert olga.sends(f"{HERE}/read").headers["location"] == f"{HERE}/plan#now"
    app.state.errands.wait()
    assert "Sources read: 1. Posts seen: 1, with the tag: 1, new: 1." in olga.sees(f"{HERE}/plan")
    olga.sends(f"{HERE}/look-again")
    app.state.errands.wait()
    assert "Posts looked up: 0. Gone: 0." in olga.sees(f"{HERE}/plan")


def test_what_is_being_read_is_not_begun_twice(app, network, olga, monkeypatch):
    goes_on = threading.Event()
    monkeypatch.setattr(at_once, "read", lambda *_, **__: goes_on.wait(30) and [])
    olga.sends(f"{HERE}/read")
    try:
        again = olga.sends(f"{HERE}/read")
        assert (again.status_code, "This is being done already." in again.text) == (400, True)
        assert "It has begun." in again.text
        assert "disabled" in again.text
    finally:
        goes_on.set()
        app.state.errands.wait()
    assert "Sources read: 0." in olga.sees(f"{HERE}/plan")


def test_what_goes_wrong_is_told(app, relay, town, olga):
    olga.sends(f"{HERE}/read")
    app.state.errands.wait()
    assert 'class="hole">' in olga.sees(f"{HERE}/plan")
    assert olga.sends("/campaigns/none/sources/read").status_code == 404
