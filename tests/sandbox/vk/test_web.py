from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.sandbox.network import Network
from relay.sandbox.vk.records import Key, VkVideo
from relay.sandbox.vk.web import HOSTS, MEDIA_HOST, rung
from relay.sandbox.web import web_app
from tests.fakes.clock import FakeClock
from tests.sandbox.visitor import Visitor


@pytest.fixture
def client(network: Network) -> Visitor:
    return Visitor(web_app(network), "https://vk.com")


@pytest.fixture
def video(network: Network, film: Path) -> Key:
    vera = network.vk.has_resident("Вера", "Белова")
    return network.vk.uploads(vera, film, title="Читаю <дневник>", description="о войне", width=1280, height=720)


def shown(client: Visitor, video: Key | str) -> list[Any]:
    answered = client.post("/al_video.php", data={"act": "show", "al": "1", "video": str(video)})
    return list(answered.json()["payload"])


def address(client: Visitor, video: Key) -> str:
    params = shown(client, video)[1][-1]["player"]["params"][0]
    return str(next(value for name, value in params.items() if name.startswith("url")))


def test_a_video_page_has_a_player_with_one_address(client: Visitor, network: Network, video: Key) -> None:
    code, parts = shown(client, video)
    params = parts[-1]["player"]["params"][0]

    assert code == "0"
    assert params["md_title"] == "Читаю &lt;дневник&gt;"
    assert (params["md_author"], params["author_id"], params["duration"]) == ("Вера Белова", video.owner_id, 5)
    assert params["url720"].startswith(f"https://{MEDIA_HOST}/?expires=")
    assert parts[-1]["mvData"]["desc"] == "о войне"
    assert network.visits == {"al_video": 1}


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(1920, 1080, 1080), (1080, 1920, 1080), (3840, 2160, 2160), (512, 512, 480), (176, 144, 144), (0, 0, 144)],
)
def test_a_rendition_is_named_by_the_shorter_side(width: int, height: int, expected: int, clock: FakeClock) -> None:
    upload = VkVideo(Key(1, 1), Path("x"), clock(), 1, width=width, height=height)

    assert rung(upload) == expected


@pytest.mark.slow
def test_videos_that_cannot_be_watched_say_why(client: Visitor, network: Network, video: Key) -> None:
    english = {"Accept-Language": "en-us,en;q=0.5"}

    def said() -> tuple[str, str]:
        answered = client.post("/al_video.php", data={"video": str(video)}, headers=english).json()
        code, parts = answered["payload"]
        return code, json.loads(parts[0]) if parts else ""

    network.vk.deletes_video(video)
    assert said() == ("8", "This video is no longer available, because it has been deleted.")
    network.vk.processes_video(video)
    assert said()[0] == "8"
    assert "being processed" in said()[1]
    network.vk.restricts_video(video)
    assert said()[1] == "The video is not available in your region."
    network.vk.hides_video(video)
    assert said() == ("3", "")
    network.vk.finishes_video(video)
    assert shown(client, video)[0] == "0"
    assert json.loads(shown(client, "1_1")[1][0]) == "Видеозапись не существует."


@pytest.mark.slow
def test_bytes_come_whole_or_in_ranges(client: Visitor, film: Path, video: Key) -> None:
    url, content = address(client, video), film.read_bytes()
    whole = client.get(url)
    tail = client.get(url, headers={"Range": "bytes=1000-"})
    middle = client.get(url, headers={"Range": "bytes=10-19"})
    last = client.get(url, headers={"Range": "bytes=-5"})

    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["content-length"] == str(len(content))
    assert (tail.status_code, tail.content) == (206, content[1000:])
    assert tail.headers["content-range"] == f"bytes 1000-{len(content) - 1}/{len(content)}"
    assert middle.content == content[10:20]
    assert last.content == content[-5:]
    assert tail.headers["etag"] == whole.headers["etag"]


def test_a_range_beyond_the_end_is_416(client: Visitor, film: Path, video: Key) -> None:
    url, size = address(client, video), film.stat().st_size

    refused = client.get(url, headers={"Range": f"bytes={size}-"})
    assert (refused.status_code, refused.headers["content-range"]) == (416, f"bytes */{size}")


def test_a_range_of_another_version_gets_the_whole(client: Visitor, film: Path, video: Key) -> None:
    answered = client.get(address(client, video), headers={"Range": "bytes=10-", "If-Range": '"other"'})

    assert (answered.status_code, len(answered.content)) == (200, film.stat().st_size)


@pytest.mark.slow
def test_addresses_are_signed_and_expire(client: Visitor, clock: FakeClock, video: Key) -> None:
    url = address(client, video)

    assert client.get(re.sub("sig=....", "sig=0000", url)).status_code == 403
    assert client.get(re.sub(r"expires=\d+", "expires=99999999999999", url)).status_code == 403
    assert client.get(url).status_code == 200
    clock.at += timedelta(hours=7)
    assert client.get(url).status_code == 403
    assert client.get(address(client, video)).status_code == 200


@pytest.mark.slow
def test_media_may_be_refused_for_a_while(client: Visitor, network: Network, video: Key) -> None:
    network.web_refuses(2, status=410)
    url = address(client, video)

    assert [client.get(url).status_code for _ in range(3)] == [410, 410, 200]


def test_the_page_may_change_under_the_extractor(client: Visitor, network: Network, video: Key) -> None:
    network.vk.faults.web_changes()

    assert shown(client, video)[1][-1]["player"] == {}
    assert "params" in shown(client, video)[1][-1]["player"]


def test_a_challenge_stands_before_the_page_until_it_is_solved(client: Visitor, network: Network, video: Key) -> None:
    network.vk.faults.challenges()
    sent = client.post("/al_video.php", data={"video": str(video)})
    assert sent.status_code == 302
    assert "/challenge.html?hash429=" in sent.headers["location"]
    page = client.get(sent.headers["location"])
    assert "var salt" in page.text
    client.get(sent.headers["location"] + "&key=guessed")
    assert client.post("/al_video.php", data={"video": str(video)}).status_code == 302


def test_the_embedded_player(client: Visitor, network: Network, video: Key) -> None:
    asked = f"/video_ext.php?oid={video.owner_id}&id={video.id}"
    found = re.search(r"var playerParams = (\{.+?\});\n", client.get(asked).text)

    assert found is not None
    assert json.loads(found[1])["params"][0]["author_id"] == video.owner_id
    network.vk.deletes_video(video)
    assert 'id="video_ext_msg"' in client.get(asked).text


def test_a_post_page_links_to_its_videos(client: Visitor, network: Network, video: Key) -> None:
    post = network.vk.posts(video.owner_id, "Слушайте", videos=[video])
    answered = client.post("/wkview.php", data={"act": "show", "w": f"wall{post}"}).json()["payload"]

    assert answered[0] == "0"
    assert f'href="/video{video}"' in answered[1][1]
    assert client.get(f"/wall{post}").status_code == 200
    assert client.get("/wall1_1").status_code == 404


def test_hosts_that_are_not_ours_have_no_pages(network: Network) -> None:
    assert Visitor(web_app(network), "https://example.org").get("/").status_code == 404
    assert "example.org" not in HOSTS


def test_the_api_is_there_under_its_own_name(network: Network) -> None:
    client = Visitor(web_app(network), "https://api.vk.ru")

    assert client.get("/method/users.get").json()["error"]["error_code"] == 5
