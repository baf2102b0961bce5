"""YouTube's lists, a video's page, and what each player gets."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette

from relay.sandbox.network import Network
from relay.sandbox.youtube.network import Youtube
from relay.sandbox.youtube.web import YoutubeSite, ago, channel_id
from tests.fakes.clock import FakeClock
from tests.sandbox.visitor import Visitor

GOROD = "@Gorod"
STREAMS = "https://rr1---sn-sandbox.googlevideo.com/videoplayback"


@pytest.fixture
def youtube(network: Network) -> Youtube:
    network.youtube.has_channel(GOROD, "Город")
    return network.youtube


@pytest.fixture
def site(network: Network) -> Starlette:
    return Starlette(routes=YoutubeSite(network.youtube).routes())


@pytest.fixture
def page(site: Starlette) -> Visitor:
    return Visitor(site, "https://www.youtube.com")


@pytest.fixture
def files(site: Starlette) -> Visitor:
    return Visitor(site, "https://rr1---sn-sandbox.googlevideo.com")


def said(text: str, name: str = "ytInitialData") -> Any:
    found = re.search(rf"var {name} = (.*?);</script>", text)
    assert found is not None
    return json.loads(found[1])


def tab_of(text: str) -> Any:
    (tab,) = said(text)["contents"]["twoColumnBrowseResultsRenderer"]["tabs"]
    return tab["tabRenderer"]


def items(text: str) -> list[Any]:
    return [one["richItemRenderer"]["content"] for one in tab_of(text)["content"]["richGridRenderer"]["contents"]]


def told(page: Visitor, video: str, client: str = "VISIONOS") -> Any:
    asked = {"context": {"client": {"clientName": client}}, "videoId": video}
    return page.post("/youtubei/v1/player", json=asked).json()


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ({}, "1 second ago"),
        ({"seconds": 2}, "2 seconds ago"),
        ({"seconds": 59}, "59 seconds ago"),
        ({"seconds": 60}, "1 minute ago"),
        ({"minutes": 59, "seconds": 59}, "59 minutes ago"),
        ({"hours": 1}, "1 hour ago"),
        ({"hours": 23, "minutes": 59}, "23 hours ago"),
        ({"days": 1}, "1 day ago"),
        ({"days": 6, "hours": 23}, "6 days ago"),
        ({"days": 7}, "1 week ago"),
        ({"days": 29}, "4 weeks ago"),
        ({"days": 30}, "1 month ago"),
        ({"days": 364}, "12 months ago"),
        ({"days": 365}, "1 year ago"),
        ({"days": 730}, "2 years ago"),
        ({"seconds": -5}, "1 second ago"),
    ],
)
def test_times_are_told_as_people_are_told_them(by: dict[str, float], words: str, clock: FakeClock) -> None:
    assert ago(clock() - timedelta(**by), clock()) == words


def test_a_channel_s_page(youtube: Youtube, page: Visitor, network: Network, clock: FakeClock) -> None:
    number = youtube.uploads(GOROD, "Читаю", description="о войне", seconds=3661, at=clock() - timedelta(days=3))
    short = youtube.uploads(GOROD, "Коротко", short=True)
    text, shorts = page.get(f"/{GOROD}/videos").text, page.get(f"/{GOROD}/shorts").text
    assert said(text)["metadata"] == {
        "channelMetadataRenderer": {
            "title": "Город",
            "externalId": channel_id("@gorod"),
            "channelUrl": f"https://www.youtube.com/channel/{channel_id('@gorod')}",
            "vanityChannelUrl": "http://www.youtube.com/@Gorod",
        }
    }
    assert re.fullmatch(r"UC[0-9a-f]{22}", channel_id(GOROD))
    assert len({channel_id("@gorod"), channel_id("@GOROD"), channel_id("@school")}) == 2
    browse = {"browseEndpoint": {"browseId": channel_id(GOROD)}}
    assert items(text) == [
        {
            "videoRenderer": {
                "videoId": number,
                "title": {"runs": [{"text": "Читаю"}]},
                "descriptionSnippet": {"runs": [{"text": "о войне"}]},
                "publishedTimeText": {"simpleText": "3 days ago"},
                "lengthText": {"simpleText": "61:01"},
                "shortBylineText": {"runs": [{"text": "Город", "navigationEndpoint": browse}]},
                "viewCountText": {"simpleText": "7 views"},
            }
        }
    ]
    assert items(shorts) == [
        {
            "shortsLockupViewModel": {
                "entityId": f"shorts-shelf-item-{short}",
                "onTap": {"innertubeCommand": {"reelWatchEndpoint": {"videoId": short}}},
                "overlayMetadata": {"primaryText": {"content": "Коротко"}},
            }
        }
    ]
    url = {"commandMetadata": {"webCommandMetadata": {"url": "/@Gorod/shorts"}}}
    tab = tab_of(shorts)
    assert (tab["title"], tab["selected"], tab["endpoint"], tab_of(text)["title"]) == ("Shorts", True, url, "Videos")
    assert page.get("/@nobody/videos").status_code == 404
    assert network.visits == {"youtube list": 3}


def test_a_tag_s_page(youtube: Youtube, page: Visitor) -> None:
    number = youtube.uploads("@left", "Читаю #proryv80", seconds=9)
    short = youtube.uploads(GOROD, "#proryv80", short=True)
    text = page.get("/hashtag/proryv80").text
    assert said(text)["header"] == {"hashtagHeaderRenderer": {"hashtag": {"simpleText": "#proryv80"}}}
    (shown,) = items(text)
    assert shown["videoRenderer"]["videoId"] == number
    assert shown["videoRenderer"]["lengthText"] == {"simpleText": "0:09"}
    assert shown["videoRenderer"]["shortBylineText"]["runs"][0]["text"] == ""
    assert tab_of(text)["title"] == "Videos"
    assert short in page.get("/hashtag/proryv80/shorts").text
    assert number in page.get("/hashtag/proryv80/videos").text


def test_a_video_s_page_is_told_as_the_web_player_is(youtube: Youtube, page: Visitor, network: Network) -> None:
    number = youtube.uploads(GOROD, "Читаю", description="о войне", seconds=61, path=Path("none.mp4"))
    text = page.get(f"/watch?v={number}").text
    answer = said(text, "ytInitialPlayerResponse")
    assert answer["playabilityStatus"] == {"status": "OK", "playableInEmbed": True}
    assert answer["videoDetails"] == {
        "videoId": number,
        "title": "Читаю",
        "lengthSeconds": "61",
        "channelId": channel_id(GOROD),
        "author": "Город",
        "shortDescription": "о войне",
        "isLiveContent": False,
    }
    assert answer["microformat"]["playerMicroformatRenderer"] == {
        "uploadDate": "2023-01-12T09:00:00+00:00",
        "publishDate": "2023-01-12T09:00:00+00:00",
        "ownerChannelName": "Город",
        "ownerProfileUrl": "http://www.youtube.com/@gorod",
        "externalChannelId": channel_id(GOROD),
    }
    assert answer["streamingData"] == {
        "expiresInSeconds": "21600",
        "formats": [],
        "adaptiveFormats": [],
        "serverAbrStreamingUrl": f"{STREAMS}?sabr=1",
    }
    below = said(text)["contents"]["twoColumnWatchNextResults"]["results"]["results"]["contents"]
    owner = {"videoOwnerRenderer": {"title": {"runs": [{"text": "Город"}]}}}
    assert below == [{"videoSecondaryInfoRenderer": {"owner": owner}}]
    config = json.loads(re.findall(r"ytcfg\.set\((.*?)\);</script>", text)[0])
    assert (config["INNERTUBE_CONTEXT_CLIENT_NAME"], config["LOGGED_IN"], config["STS"]) == (1, False, 20600)
    gone = page.get("/watch?v=x").text
    assert said(gone)["contents"]["twoColumnWatchNextResults"]["results"]["results"]["contents"] == []
    assert network.visits == {"youtube video": 2}


def test_a_player_is_told_why_a_video_is_not_to_be_had(youtube: Youtube, page: Visitor) -> None:
    number = youtube.uploads(GOROD, "x")

    def why(video: str = number) -> Any:
        answer = told(page, video)
        assert set(answer) == {"playabilityStatus"}
        status = answer["playabilityStatus"]
        screen = status["errorScreen"]["playerErrorMessageRenderer"]
        assert screen["reason"] == {"simpleText": status["reason"]}
        return status["status"], status["reason"], screen.get("subreason", {}).get("simpleText")

    unavailable = ("ERROR", "Video unavailable", None)
    youtube.withholds(number)
    assert why() == why("nowhere") == unavailable
    youtube.deletes(number)
    assert why() == ("ERROR", "Video unavailable", "This video has been removed by the uploader")
    youtube.hides(number)
    assert why() == ("LOGIN_REQUIRED", "Private video", "Sign in if you've been granted access to this video")


def test_only_players_that_youtube_knows_are_answered(youtube: Youtube, page: Visitor, network: Network) -> None:
    number = youtube.uploads(GOROD, "x")
    wrong = {"code": 400, "message": "Request contains an invalid argument.", "status": "INVALID_ARGUMENT"}
    assert told(page, number, "ANDROID") == {"error": wrong}
    for body in ("no json", "[]", "{}", '{"context": {}}'):
        answer = page.post("/youtubei/v1/player", content=body)
        assert (answer.status_code, answer.json()) == (400, {"error": wrong})
    for client in ("WEB", "TVHTML5", "WEB_EMBEDDED_PLAYER", "VISIONOS"):
        answer = told(page, number, client)
        assert ("microformat" in answer) is (client == "WEB")
        assert ("serverAbrStreamingUrl" in answer["streamingData"]) is (client != "VISIONOS")
        assert answer["playabilityStatus"]["status"] == "OK"
    assert network.visits == {"youtube player": 9}


def test_the_headset_gets_addresses_and_the_others_names_of_formats(
    youtube: Youtube, page: Visitor, tmp_path: Path, clock: FakeClock
) -> None:
    for name, size in (("both", 3), ("picture", 4), ("sound", 5)):
        (tmp_path / name).write_bytes(b"x" * size)
    number = youtube.uploads(
        GOROD, "x", seconds=61, path=tmp_path / "both", apart=(tmp_path / "picture", tmp_path / "sound")
    )
    streams = told(page, number)["streamingData"]
    (both,), (picture, sound) = streams["formats"], streams["adaptiveFormats"]
    assert set(streams) == {"expiresInSeconds", "formats", "adaptiveFormats"}
    assert {name: both[name] for name in both if name not in ("url", "mimeType")} == {
        "itag": 18, "width": 640, "height": 360, "quality": "medium", "qualityLabel": "360p", "contentLength": "3",
        "approxDurationMs": "61000",
    }  # fmt: skip
    assert {name: picture[name] for name in picture if name not in ("url", "mimeType")} == {
        "itag": 136, "width": 1280, "height": 720, "quality": "hd720", "qualityLabel": "720p", "contentLength": "4",
        "approxDurationMs": "61000",
    }  # fmt: skip
    assert (sound["itag"], sound["contentLength"], sound["mimeType"][:9]) == (140, "5", "audio/mp4")
    words = parse_qs(urlsplit(both["url"]).query)
    assert (words["id"], words["itag"], words["source"]) == ([number], ["18"], ["youtube"])
    assert words["expire"] == [str(int((clock() + timedelta(hours=6)).timestamp()))]
    assert len(words["sig"][0]) == 40
    others = told(page, number, "WEB")["streamingData"]
    assert others["formats"] == []
    assert [("url" in one, one["itag"]) for one in others["adaptiveFormats"]] == [(False, 136), (False, 140)]
    (tmp_path / "both").unlink()
    assert "contentLength" not in told(page, number)["streamingData"]["formats"][0]


@pytest.mark.slow
def test_an_address_serves_its_own_file_until_it_runs_out(
    youtube: Youtube, page: Visitor, files: Visitor, network: Network, clock: FakeClock, tmp_path: Path
) -> None:
    for name in ("both", "picture", "sound"):
        (tmp_path / name).write_bytes(name.encode())
    youtube.uploads(GOROD, "another")
    number = youtube.uploads(GOROD, "x", path=tmp_path / "both", apart=(tmp_path / "picture", tmp_path / "sound"))
    streams = told(page, number)["streamingData"]
    urls = [one["url"] for one in streams["formats"] + streams["adaptiveFormats"]]
    answers = [files.get(url) for url in urls]
    assert [one.content for one in answers] == [b"both", b"picture", b"sound"]
    assert [one.headers["content-type"] for one in answers] == ["video/mp4", "video/mp4", "audio/mp4"]
    assert [one.headers["etag"] for one in answers] == ['"3fa-4"', '"470-7"', '"474-5"']
    network.web_refuses(1, status=410)
    network.web_breaks(after=0.5)
    assert files.get(urls[0]).status_code == 410
    assert files.get(urls[0]).content == b"bo"
    for odd in (
        urls[0].replace("itag=18", "itag=136"), urls[0].replace("sig=", "sig=0"), urls[0].replace("0001", "0000"),
        urls[0].replace("expire=1", "expire=2"), urls[0].replace("expire=1", "expire=x1"), f"{STREAMS}?id={number}",
        urls[0].replace(number, "nowhere"),
    ):  # fmt: skip
        assert files.get(odd).status_code == 403, odd
    clock.moves(hours=6, seconds=-1)
    assert files.get(urls[0]).status_code == 200
    clock.moves(seconds=1)
    assert files.get(urls[0]).status_code == 403
    fresh = told(page, number)["streamingData"]["formats"][0]["url"]
    youtube.hides(number)
    assert files.get(fresh).status_code == 404


def test_a_video_without_a_file_has_nothing_to_serve(youtube: Youtube, page: Visitor, files: Visitor) -> None:
    number = youtube.uploads(GOROD, "x")
    (both,) = told(page, number)["streamingData"]["formats"]
    assert files.get(both["url"]).status_code == 404
    assert told(page, number)["streamingData"]["adaptiveFormats"] == []


def test_a_list_may_come_without_a_video(youtube: Youtube, page: Visitor) -> None:
    youtube.uploads(GOROD, "Читаю")
    assert len(items(page.get(f"/{GOROD}/videos").text)) == 1
    youtube.faults.shows_nothing()
    assert items(page.get(f"/{GOROD}/videos").text) == []
