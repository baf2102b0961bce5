"""Posters and clips that lie in an object store: by the desk in parts, or by a link to the store."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest
from starlette.datastructures import MutableHeaders

from relay.context import Relay
from relay.media.buckets.store import BucketStore
from relay.models import ClipState
from relay.web.headers import add_security
from tests import s3

pytestmark = pytest.mark.slow

BYTES = bytes(range(256)) * 40


@pytest.fixture
def relay(relay: Relay, object_store: str, request: pytest.FixtureRequest) -> Relay:
    """With `linked` browsers reach the store too."""
    links = object_store if "linked" in request.fixturenames else ""
    return s3.in_bucket(relay, object_store, s3.new_bucket(object_store), media_links=links)


@pytest.fixture
def linked() -> None:
    pass


def forget(relay: Relay, key: str) -> None:
    """This host holds it no more."""
    relay.media.release(key)


@pytest.mark.parametrize(("wanted", "expected"), [("bytes=3-6", BYTES[3:7]), ("bytes=-5", BYTES[-5:]), ("", BYTES)])
@pytest.mark.parametrize("is_here", [True, False])
def test_a_clip_is_played_in_parts_from_the_store_or_from_this_host(
    relay, town, anna, poster, wanted, expected, is_here
):
    sha256 = town.sha256(town.has_clip(proxy=poster()))
    if not is_here:
        forget(relay, f"proxies/{sha256}.mp4")

    answer = anna.get(f"/media/proxy/{sha256}", headers={"range": wanted} if wanted else {})

    assert (answer.status_code, answer.content) == (206 if wanted else 200, expected)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["cache-control"] == "private, no-store"


def test_what_was_played_in_parts_was_not_brought_here(relay, town, anna, poster):
    sha256 = town.sha256(town.has_clip(proxy=poster()))
    forget(relay, f"proxies/{sha256}.mp4")

    anna.get(f"/media/proxy/{sha256}", headers={"range": "bytes=0-9"})

    assert isinstance(relay.media, BucketStore)
    assert list(relay.media.cache.held()) == []


def test_posters_come_whole_and_stay(relay, town, anna, poster):
    sha256 = town.sha256(town.has_clip(poster=poster()))
    forget(relay, f"posters/{sha256}.jpg")

    assert anna.get(f"/media/poster/{sha256}").content == BYTES
    assert list(relay.media.cache.held()) == [f"posters/{sha256}.jpg"]


def test_browsers_that_reach_the_store_are_sent_there(relay, town, anna, vera, poster, linked):
    sha256 = town.sha256(town.has_clip(proxy=poster()))

    answer = anna.get(f"/media/proxy/{sha256}")

    assert answer.status_code == 307
    assert answer.headers["cache-control"] == "private, no-store"
    assert httpx.get(answer.headers["location"], headers={"Range": "bytes=3-6"}).content == BYTES[3:7]
    assert vera.get(f"/media/proxy/{sha256}").status_code == 401


def test_nobody_is_sent_to_what_was_taken_back(relay, town, anna, poster, linked):
    sha256 = town.sha256(town.has_clip(proxy=poster(), state=ClipState.withdrawn))

    assert anna.get(f"/media/proxy/{sha256}").status_code == 404


def test_the_page_lets_the_browser_play_from_the_store_and_from_nowhere_else(relay, linked):
    for origin, expected in ((relay.settings.media_origin, " " + relay.settings.media_links), ("", "")):
        told = MutableHeaders()
        add_security(told, tls=False, media_origin=origin)
        rules = dict(rule.strip().split(" ", 1) for rule in told["Content-Security-Policy"].split(";"))
        assert rules["img-src"] == rules["media-src"] == f"'self'{expected}"
        assert rules["connect-src"] == rules["script-src"] == "'self'"
    assert urlsplit(relay.settings.media_origin).path == ""


def test_a_store_that_is_away_is_a_page_that_says_so(relay, town, anna, poster, monkeypatch):
    sha256 = town.sha256(town.has_clip(proxy=poster()))
    monkeypatch.setattr("relay.media.buckets.bucket.TRIES", 0)
    away = s3.in_bucket(relay, "http://127.0.0.1:9", "any-bucket")
    object.__setattr__(relay, "media", away.media)

    answer = anna.get(f"/media/proxy/{sha256}")

    assert answer.status_code == 503
    assert "object store" in answer.text
