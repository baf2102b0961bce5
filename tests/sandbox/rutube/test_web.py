"""RuTube's lists and its player."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from relay.sandbox.network import Network
from relay.sandbox.rutube.network import Rutube
from relay.sandbox.rutube.web import RutubeSite
from tests.fakes.clock import FakeClock
from tests.sandbox.visitor import Visitor

GOROD, SCHOOL, TAG = 11, 12, 95


@pytest.fixture
def rutube(network: Network) -> Rutube:
    network.rutube.has_channel(GOROD, "Город")
    return network.rutube


@pytest.fixture
def site(network: Network) -> Starlette:
    return Starlette(routes=RutubeSite(network.rutube).routes())


@pytest.fixture
def page(site: Starlette) -> Visitor:
    return Visitor(site, "https://rutube.ru")


@pytest.fixture
def stream(site: Starlette) -> Visitor:
    return Visitor(site, "https://bl.rutube.ru")


def ids(answer: Any) -> list[str]:
    return [one["id"] for one in answer.json()["results"]]


def test_a_list_is_told_page_by_page(rutube: Rutube, page: Visitor, network: Network, clock: FakeClock) -> None:
    names = [rutube.uploads(GOROD, Path("a"), "x", at=clock() - timedelta(hours=number)) for number in range(41)]
    first, last = page.get(f"/api/video/person/{GOROD}/"), page.get(f"/api/video/person/{GOROD}/?page=3")
    onward = f"https://rutube.ru/api/video/person/{GOROD}/?page=2&format=json"
    about = {key: value for key, value in first.json().items() if key != "results"}
    assert about == {"has_next": True, "next": onward, "previous": None, "page": 1, "per_page": 20, "count": 41}
    assert (ids(first), ids(last)) == (names[:20], names[40:])
    assert ids(page.get(f"/api/video/person/{GOROD}/?page=2")) == names[20:40]
    about = {key: value for key, value in last.json().items() if key != "results"}
    assert about == {"has_next": False, "next": None, "previous": None, "page": 3, "per_page": 20, "count": 41}
    beyond = page.get(f"/api/video/person/{GOROD}/?page=4")
    assert (beyond.status_code, beyond.json()) == (404, {"detail": "Not found."})
    rutube.deletes(names[0])
    assert page.get(f"/api/video/person/{GOROD}/?page=2").json()["has_next"] is False
    assert network.visits == {"rutube list": 5}


def test_an_empty_list_is_a_list_and_an_unknown_one_is_none(rutube: Rutube, page: Visitor) -> None:
    empty = page.get(f"/api/video/person/{GOROD}/")
    assert (empty.status_code, empty.json()["count"], empty.json()["results"]) == (200, 0, [])
    asked = [f"/api/tags/video/{TAG}/", f"/api/video/person/{SCHOOL}/"]
    assert [page.get(path).status_code for path in asked] == [404, 404]
    rutube.has_tag(TAG, "proryv80")
    name = rutube.uploads(GOROD, Path("a"), "x", tags=[TAG])
    assert ids(page.get(asked[0])) == [name]


def test_a_video_is_told_whole(rutube: Rutube, page: Visitor, clock: FakeClock) -> None:
    name = rutube.uploads(GOROD, Path("a"), "Читаю", description="о войне", seconds=61)
    told = {
        "id": name,
        "title": "Читаю",
        "description": "о войне",
        "thumbnail_url": f"https://pic.rutubelist.ru/video/{name[:2]}/{name}.jpg",
        "duration": 61,
        "created_ts": "2023-01-12T09:00:00",
        "publication_ts": "2023-01-12T09:00:00",
        "video_url": f"https://rutube.ru/video/{name}/",
        "author": {"id": GOROD, "name": "Город"},
        "category": {"id": 13, "name": "Разное"},
        "is_adult": False,
        "is_livestream": False,
        "is_hidden": False,
        "is_deleted": False,
        "hits": 7,
    }
    assert page.get(f"/api/video/{name}/").json() == told
    rutube.hides(name)
    rutube.leaves(GOROD)
    nobodys = {**told, "is_hidden": True, "author": {"id": GOROD, "name": ""}}
    assert page.get(f"/api/video/{name}/").json() == nobodys
    rutube.deletes(name)
    assert [page.get(f"/api/video/{one}/").status_code for one in (name, "x")] == [404, 404]


def test_a_player_is_led_to_the_file(
    rutube: Rutube, page: Visitor, stream: Visitor, network: Network, tmp_path: Path
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"0123456789")
    name = rutube.uploads(GOROD, tmp_path / "a.mp4", "Читаю", seconds=61)
    master = f"https://bl.rutube.ru/route/{name}.m3u8"
    assert page.get(f"/api/play/options/{name}/").json() == {
        "effective_video": name,
        "title": "Читаю",
        "duration": 61000,
        "video_balancer": {"m3u8": master},
    }
    variants, segments = stream.get(f"/route/{name}.m3u8"), stream.get(f"/hls/{name}.m3u8")
    assert variants.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert variants.text.splitlines()[0] == "#EXTM3U"
    assert variants.text.splitlines()[2:] == [f"https://bl.rutube.ru/hls/{name}.m3u8"]
    assert segments.text.splitlines()[-3:] == ["#EXTINF:61.0,", f"{name}.mp4", "#EXT-X-ENDLIST"]
    assert "#EXT-X-TARGETDURATION:61" in segments.text
    network.web_refuses(1, status=410)
    network.web_breaks(after=0.2)
    assert stream.get(f"/hls/{name}.mp4").status_code == 410
    assert stream.get(f"/hls/{name}.mp4").content == b"01"
    whole = stream.get(f"/hls/{name}.mp4")
    assert (whole.content, whole.headers["etag"]) == (b"0123456789", '"1-a"')
    assert network.visits == {"rutube player": 1, "rutube stream": 2, "rutube file": 3}


def test_what_is_hidden_is_not_played_and_what_is_deleted_is_nowhere(
    rutube: Rutube, page: Visitor, stream: Visitor
) -> None:
    name = rutube.uploads(GOROD, Path("a"), "x")
    rutube.hides(name)
    refused = page.get(f"/api/play/options/{name}/")
    assert (refused.status_code, refused.json()) == (403, {"detail": {"name": "private_video"}})
    streams = [f"/route/{name}.m3u8", f"/hls/{name}.m3u8", f"/hls/{name}.mp4"]
    assert [stream.get(path).status_code for path in streams] == [200, 200, 404]
    rutube.deletes(name)
    assert [stream.get(path).status_code for path in streams] == [404, 404, 404]
    assert page.get(f"/api/play/options/{name}/").status_code == 404
