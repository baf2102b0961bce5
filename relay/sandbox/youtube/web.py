"""YouTube's pages as yt-dlp reads them: lists (`youtube:tab`, out of `ytInitialData`) and a video's own page.

Lists give times in words for people ("3 days ago"), and none for shorts. What a player gets: player.py.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Host, Route, Router

from relay.sandbox.endpoints import Endpoints
from relay.sandbox.youtube import player
from relay.sandbox.youtube.network import Youtube, YoutubeVideoState, YtVideo

PAGE_HOST = "www.youtube.com"
HOSTS = frozenset({PAGE_HOST, player.FILE_HOST})
CONFIG = {
    "INNERTUBE_CONTEXT": {"client": {"clientName": "WEB", "clientVersion": "2.20260101.00.00", "hl": "en"}},
    "INNERTUBE_CONTEXT_CLIENT_NAME": 1,
    "LOGGED_IN": False,
    "PLAYER_JS_URL": "/s/player/5a4db0c5/player_ias.vflset/en_US/base.js",
    "STS": 20600,
    "VISITOR_DATA": "CgtzYW5kYm94",
}
UNITS = (
    (86400 * 365, "year"),
    (86400 * 30, "month"),
    (86400 * 7, "week"),
    (86400, "day"),
    (3600, "hour"),
    (60, "minute"),
)


class YoutubeSite:
    hosts = HOSTS

    def __init__(self, network: Youtube) -> None:
        self.network = network

    def routes(self) -> list[BaseRoute]:
        endpoints = Endpoints(self.network)
        pages = Router(
            routes=[
                Route("/watch", endpoints.page("youtube video", self.watch)),
                Route("/youtubei/v1/player", endpoints.page("youtube player", self.player), methods=["POST"]),
                Route("/hashtag/{tag}", endpoints.page("youtube list", self.hashtag)),
                Route("/hashtag/{tag}/{tab}", endpoints.page("youtube list", self.hashtag)),
                Route("/{handle}/{tab}", endpoints.page("youtube list", self.channel)),
            ]
        )
        files = Router(routes=[Route("/videoplayback", endpoints.plain("youtube file", self.file))])
        return [Host(PAGE_HOST, pages), Host(player.FILE_HOST, files)]

    async def hashtag(self, request: Request) -> Response:
        tag, short = str(request.path_params["tag"]), request.path_params.get("tab") == "shorts"
        title = {"hashtagHeaderRenderer": {"hashtag": {"simpleText": f"#{tag}"}}}
        return self._page(request, self.network.listed(tag=tag, short=short), {"header": title}, short=short)

    async def channel(self, request: Request) -> Response:
        handle, tab = str(request.path_params["handle"]), str(request.path_params["tab"])
        name = self.network.channels.get(handle.casefold())
        if name is None:
            return HTMLResponse("<html><body>404</body></html>", 404)
        about = {
            "title": name,
            "externalId": channel_id(handle),
            "channelUrl": f"https://{PAGE_HOST}/channel/{channel_id(handle)}",
            "vanityChannelUrl": f"http://{PAGE_HOST}/{handle}",
        }
        videos = self.network.listed(handle=handle, short=tab == "shorts")
        return self._page(request, videos, {"metadata": {"channelMetadataRenderer": about}}, short=tab == "shorts")

    async def watch(self, request: Request) -> Response:
        answer = self._player_response(request.query_params.get("v", ""), "WEB")
        return HTMLResponse(
            f"<!DOCTYPE html><html><head><script>ytcfg.set({json.dumps(CONFIG)});</script></head>"
            f"<body><script>var ytInitialPlayerResponse = {json.dumps(answer)};</script>"
            f"<script>var ytInitialData = {json.dumps(self._below_the_player(answer))};</script></body></html>"
        )

    def _below_the_player(self, answer: dict[str, Any]) -> dict[str, Any]:
        """What stands below the player: whose video it is."""
        name = answer.get("videoDetails", {}).get("author")
        owner = {"videoOwnerRenderer": {"title": {"runs": [{"text": name}]}}}
        below = [{"videoSecondaryInfoRenderer": {"owner": owner}}] if name else []
        return {"contents": {"twoColumnWatchNextResults": {"results": {"results": {"contents": below}}}}}

    async def player(self, request: Request) -> Response:
        try:
            asked = await request.json()
            client = str(asked["context"]["client"]["clientName"])
        except (ValueError, KeyError, TypeError):
            client = ""
        if client not in player.KNOWN_CLIENTS:
            why = {"code": 400, "message": "Request contains an invalid argument.", "status": "INVALID_ARGUMENT"}
            return JSONResponse({"error": why}, 400)
        return JSONResponse(self._player_response(str(asked.get("videoId", "")), client))

    async def file(self, request: Request) -> Response:
        video = self.network.video(request.query_params.get("id", ""))
        return player.playback(self.network, request, video)

    def _player_response(self, number: str, client: str) -> dict[str, Any]:
        """What a client gets for a video: how to play it, or in YouTube's words why not."""
        video = self.network.video(number)
        if video is None or video.state is not YoutubeVideoState.open:
            return player.refusal(YoutubeVideoState.unavailable if video is None else video.state)
        owner, at = self.network.channels.get(video.channel, ""), video.at.isoformat(timespec="seconds")
        microformat = {
            "uploadDate": at,
            "publishDate": at,
            "ownerChannelName": owner,
            "ownerProfileUrl": f"http://{PAGE_HOST}/{video.channel}",
            "externalChannelId": channel_id(video.channel),
        }
        return {
            "playabilityStatus": {"status": "OK", "playableInEmbed": True},
            "videoDetails": {
                "videoId": video.id,
                "title": video.title,
                "lengthSeconds": str(video.seconds),
                "channelId": channel_id(video.channel),
                "author": owner,
                "shortDescription": video.description,
                "isLiveContent": False,
            },
            **({"microformat": {"playerMicroformatRenderer": microformat}} if client == "WEB" else {}),
            "streamingData": player.streams(self.network, video, client),
        }

    def _page(self, request: Request, videos: list[YtVideo], head: dict[str, Any], *, short: bool) -> Response:
        videos = [] if self.network.faults.empty else videos
        tab = {
            "title": "Shorts" if short else "Videos",
            "selected": True,
            "endpoint": {"commandMetadata": {"webCommandMetadata": {"url": request.url.path}}},
            "content": {"richGridRenderer": {"contents": [self._item(video) for video in videos]}},
        }
        data = {**head, "contents": {"twoColumnBrowseResultsRenderer": {"tabs": [{"tabRenderer": tab}]}}}
        return HTMLResponse(
            f"<!DOCTYPE html><html><head><script>ytcfg.set({json.dumps(CONFIG)});</script></head>"
            f"<body><script>var ytInitialData = {json.dumps(data)};</script></body></html>"
        )

    def _item(self, video: YtVideo) -> dict[str, Any]:
        return {"richItemRenderer": {"content": self._short(video) if video.short else self._video(video)}}

    def _video(self, video: YtVideo) -> dict[str, Any]:
        endpoint = {"browseEndpoint": {"browseId": channel_id(video.channel)}}
        name = self.network.channels.get(video.channel, "")
        return {
            "videoRenderer": {
                "videoId": video.id,
                "title": {"runs": [{"text": video.title}]},
                "descriptionSnippet": {"runs": [{"text": video.description}]},
                "publishedTimeText": {"simpleText": ago(video.at, self.network.now())},
                "lengthText": {"simpleText": f"{video.seconds // 60}:{video.seconds % 60:02d}"},
                "shortBylineText": {"runs": [{"text": name, "navigationEndpoint": endpoint}]},
                "viewCountText": {"simpleText": "7 views"},
            }
        }

    def _short(self, video: YtVideo) -> dict[str, Any]:
        return {
            "shortsLockupViewModel": {
                "entityId": f"shorts-shelf-item-{video.id}",
                "onTap": {"innertubeCommand": {"reelWatchEndpoint": {"videoId": video.id}}},
                "overlayMetadata": {"primaryText": {"content": video.title}},
            }
        }


def channel_id(handle: str) -> str:
    return "UC" + hashlib.sha256(handle.casefold().encode()).hexdigest()[:22]


def ago(at: datetime, now: datetime) -> str:
    seconds = max(1, int((now - at).total_seconds()))
    for length, unit in UNITS:
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return f"{seconds} second{'s' if seconds > 1 else ''} ago"
