"""What OK's pages and its file server answer."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from relay.sandbox.network import Network
from relay.sandbox.ok.network import Ok
from relay.sandbox.ok.web import OkSite
from tests.fakes.clock import FakeClock
from tests.sandbox.visitor import Visitor

CARD = (
    '<div class="ugrid_i"><div class="video-card js-movie-card">'
    '<a href="/video/{id}?st._aid=VideoState_open_group" class="video-card_lk"></a>'
    '<div class="video-card_duration">{length}</div>'
    '<a class="video-card_n ellip" href="/video/{id}">{title}</a></div></div>'
)


@pytest.fixture
def ok(network: Network) -> Ok:
    network.ok.has_group(7, "Клуб <Ладога>")
    return network.ok


@pytest.fixture
def page(network: Network) -> Visitor:
    return Visitor(Starlette(routes=OkSite(network.ok).routes()), "https://ok.ru")


@pytest.fixture
def files(network: Network) -> Visitor:
    return Visitor(Starlette(routes=OkSite(network.ok).routes()), "https://vd402.okcdn.ru")


def cards(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'ellip" href="/video/(\d+)"', text)]


def test_a_page_of_a_group(ok: Ok, page: Visitor, network: Network, clock: FakeClock) -> None:
    long = ok.uploads(7, Path("a"), "Час & минута", seconds=3661)
    short = ok.uploads(7, Path("a"), "Коротко", seconds=9, at=clock() - timedelta(minutes=1))
    shown = page.get("/group/7/video")
    grid = CARD.format(id=long, length="61:01", title="Час &amp; минута") + CARD.format(
        id=short, length="0:09", title="Коротко"
    )
    head = '<meta property="og:title" content="Клуб &lt;Ладога&gt;"><script>'
    wrapped = f'<div id="hook_Block_GroupVideoListBlock"><div class="ugrid" data-last-element="">{grid}</div></div>'
    assert shown.status_code == 200
    assert head in shown.text
    assert 'gwtHash:"c1f2a3b4"' in shown.text
    assert f"<body>{wrapped}</body>" in shown.text
    ok.scrolls = False
    assert f"<body>{grid}</body>" in page.get("/group/7/video").text
    assert page.get("/group/8/video").status_code == 404
    ok.closes(7)
    moved = page.get("/group/7/video")
    assert (moved.status_code, moved.headers["location"]) == (302, "https://ok.ru/group/7")
    ok.leaves(7)
    assert page.get("/group/7/video").status_code == 404
    assert network.visits == {"ok group": 5}


@pytest.mark.slow
def test_further_pages_follow_the_last_video_that_was_shown(ok: Ok, page: Visitor, clock: FakeClock) -> None:
    all_ = [ok.uploads(7, Path("a"), "x", at=clock() - timedelta(minutes=number)) for number in range(45)]

    def further(after: object, *, group: int = 7, cmd: str = "GroupVideoListBlock", asked: str = "c1f2a3b4") -> Any:
        words = {"gwt.requested": asked, "st.lastelem": str(after)}
        return page.post(f"/group/{group}/video?cmd={cmd}", data=words)

    first = page.get("/group/7/video").text
    assert cards(first) == all_[:20]
    assert f'data-last-element="{all_[19]}"' in first
    second, third = further(all_[19]), further(all_[39])
    assert (cards(second.text), second.headers["lastelem"]) == (all_[20:40], str(all_[39]))
    assert (cards(third.text), third.headers["lastelem"]) == (all_[40:], "")
    assert (further(all_[44]).text, further(all_[44]).headers["lastelem"]) == ("", "")
    for odd in (further(all_[19], cmd="x"), further(all_[19], asked="x"), further("x"), further("")):
        assert (odd.text, "lastelem" in odd.headers) == ("", False)
    ok.has_group(8, "Другой")
    ok.closes(8)
    assert "lastelem" not in further(all_[19], group=8).headers
    ok.scrolls = False
    assert "lastelem" not in further(all_[19]).headers


def test_a_page_of_a_video_tells_its_player_what_it_needs(ok: Ok, page: Visitor, clock: FakeClock) -> None:
    number = ok.uploads(7, Path("a"), 'Читаю "Сталинград"', author="Анна", seconds=65)
    told = page.get(f"/video/{number}").text
    found = re.search(r'data-module="OKVideo" data-options="([^"]+)"', told)
    assert found is not None
    options = json.loads(html.unescape(found[1]))
    assert options == {
        "isExternalPlayer": False,
        "movieId": str(number),
        "flashvars": {
            "metadata": {
                "provider": "UPLOADED_ODKL",
                "movie": {"id": str(number), "title": 'Читаю "Сталинград"', "duration": "65"},
                "author": {"id": "7", "name": "Анна"},
                "videos": [
                    {"name": "sd", "url": f"https://vd402.okcdn.ru/?id={number}&type=2", "seekSchema": 3},
                ],
            }
        },
    }
    assert '<meta property="og:title" content="Читаю &quot;Сталинград&quot;">' in told
    assert '<meta property="ya:ovs:upload_date" content="2023-01-12T09:00:00+00:00">' in told
    assert page.get(f"/videoembed/{number}").text == told
    ok.hides(number)
    assert "Доступ к видео ограничен автором" in page.get(f"/video/{number}").text
    ok.deletes(number)
    assert "Видео не найдено" in page.get(f"/video/{number}").text
    assert "Видео не найдено" in page.get("/video/1").text


@pytest.mark.slow
def test_the_file_server_has_what_can_be_watched(ok: Ok, files: Visitor, network: Network, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"0123456789")
    number = ok.uploads(7, tmp_path / "a.mp4", "x")
    whole = files.get(f"/?id={number}&type=2")
    assert (whole.status_code, whole.content, whole.headers["etag"]) == (200, b"0123456789", f'"{number:x}-a"')
    assert [files.get(f"/?id={odd}").status_code for odd in ("x", "", "1")] == [404] * 3
    network.web_refuses(1, status=410)
    network.web_breaks(after=0.3)
    assert files.get(f"/?id={number}").status_code == 410
    assert files.get(f"/?id={number}").content == b"012"
    assert files.get(f"/?id={number}").content == b"0123456789"
    ok.hides(number)
    assert files.get(f"/?id={number}").status_code == 404
    assert network.visits == {"ok file": 8}
