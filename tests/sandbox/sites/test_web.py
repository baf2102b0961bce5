from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from starlette.applications import Starlette

from relay.sandbox.network import Network
from relay.sandbox.sites.web import SmallSites
from tests.sandbox.visitor import Visitor


@pytest.fixture
def site(network: Network) -> Starlette:
    return Starlette(routes=SmallSites(network.sites).routes())


@pytest.fixture
def school(site: Starlette) -> Visitor:
    return Visitor(site, "https://school47.example")


@pytest.mark.slow
def test_a_page_is_shown_moved_forbidden_and_taken_down(network: Network, school: Visitor, site: Starlette) -> None:
    sites = network.sites
    assert sites.shows("/feed.xml", "<лента/>", media_type="application/rss+xml") == "https://school47.example/feed.xml"
    assert sites.shows("/list.txt", b"\xff\n") == "https://school47.example/list.txt"
    assert sites.moves("/old", "https://elsewhere.example/new") == "https://school47.example/old"
    feed, moved = school.get("/feed.xml"), school.get("/old")
    assert (feed.status_code, feed.content) == (200, "<лента/>".encode())
    assert feed.headers["content-type"] == "application/rss+xml"
    plain = school.get("/list.txt")
    assert (plain.content, plain.headers["content-type"]) == (b"\xff\n", "text/plain; charset=utf-8")
    assert Visitor(site, "https://library.example").get("/feed.xml").content == feed.content
    assert (moved.status_code, moved.headers["location"]) == (302, "https://elsewhere.example/new")
    assert school.get("/nothing").status_code == 404
    sites.forbids("/feed.xml")
    assert [school.get(path).status_code for path in ("/feed.xml", "/list.txt")] == [403, 200]
    sites.takes_down("/list.txt")
    sites.takes_down("/old")
    assert [school.get(path).status_code for path in ("/list.txt", "/old")] == [404, 404]
    assert network.visits == {"site": 9}


def test_a_file_lies_there_by_itself(network: Network, school: Visitor, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"0123456789")
    assert network.sites.serves("/a.mp4", tmp_path / "a.mp4") == "https://school47.example/a.mp4"
    whole = school.get("/a.mp4")
    assert (whole.content, whole.headers["etag"]) == (b"0123456789", f'"{zlib.crc32(b"/a.mp4"):x}-a"')
    network.web_breaks(after=0.3)
    assert [school.get("/a.mp4").content for _ in range(2)] == [b"012", b"0123456789"]
    network.pages_answer(503)
    assert school.get("/a.mp4").status_code == 200, "a file is no page"
    assert network.visits == {"site file": 4}
    network.sites.takes_down("/a.mp4")
    assert [school.get("/a.mp4").status_code for _ in range(2)] == [503, 404]
