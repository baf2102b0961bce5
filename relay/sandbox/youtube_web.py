"""YouTube's lists as yt-dlp's `youtube:tab` reads them out of a page: what stands in its `ytInitialData`.

Times are told as people are told them ("3 days ago"), and not at all for shorts. Watching is not doubled.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Host, Route, Router

from relay.sandbox.network import Network
from relay.sandbox.visits import Watch
from relay.sandbox.youtube import Youtube, YtVideo

PAGE_HOST = "www.youtube.com"
HOSTS = frozenset({PAGE_HOST})
UNITS = (
    (86400 * 365, "year"),
    (86400 * 30, "month"),
    (86400 * 7, "week"),
    (86400, "day"),
    (3600, "hour"),
    (60, "minute"),
)


def youtube_hosts(network: Network, watch: Watch) -> list[BaseRoute]:
    site = YoutubeSite(network)
    pages = Router(
        routes=[
            Route("/hashtag/{tag}", watch("youtube list", site.hashtag)),
            Route("/hashtag/{tag}/{tab}", watch("youtube list", site.hashtag)),
            Route("/{handle}/{tab}", watch("youtube list", site.channel)),
        ]
    )
    return [Host(PAGE_HOST, pages)]


class YoutubeSite:
    def __init__(self, network: Network) -> None:
        self._network = network

    @property
    def _youtube(self) -> Youtube:
        return self._network.youtube

    async def hashtag(self, request: Request) -> Response:
        tag, short = str(request.path_params["tag"]), request.path_params.get("tab") == "shorts"
        title = {"hashtagHeaderRenderer": {"hashtag": {"simpleText": f"#{tag}"}}}
        return self._page(request, self._youtube.listed(tag=tag, short=short), {"header": title}, short=short)

    async def channel(self, request: Request) -> Response:
        handle, tab = str(request.path_params["handle"]), str(request.path_params["tab"])
        name = self._youtube.channels.get(handle.casefold())
        if name is None:
            return HTMLResponse("<html><body>404</body></html>", 404)
        about = {
            "title": name,
            "externalId": channel_id(handle),
            "channelUrl": f"https://{PAGE_HOST}/channel/{channel_id(handle)}",
            "vanityChannelUrl": f"http://{PAGE_HOST}/{handle}",
        }
        videos = self._youtube.listed(handle=handle, short=tab == "shorts")
        return self._page(request, videos, {"metadata": {"channelMetadataRenderer": about}}, short=tab == "shorts")

    def _page(self, request: Request, videos: list[YtVideo], head: dict[str, Any], *, short: bool) -> Response:
        tab = {
            "title": "Shorts" if short else "Videos",
            "selected": True,
            "endpoint": {"commandMetadata": {"webCommandMetadata": {"url": request.url.path}}},
            "content": {"richGridRenderer": {"contents": [self._item(video) for video in videos]}},
        }
        data = {**head, "contents": {"twoColumnBrowseResultsRenderer": {"tabs": [{"tabRenderer": tab}]}}}
        context = {"client": {"clientName": "WEB", "clientVersion": "2.20260101.00.00", "hl": "en"}}
        config = {"INNERTUBE_CONTEXT": context, "LOGGED_IN": False}
        return HTMLResponse(
            f"<!DOCTYPE html><html><head><script>ytcfg.set({json.dumps(config)});</script></head>"
            f"<body><script>var ytInitialData = {json.dumps(data)};</script></body></html>"
        )

    def _item(self, video: YtVideo) -> dict[str, Any]:
        return {"richItemRenderer": {"content": self._short(video) if video.short else self._video(video)}}

    def _video(self, video: YtVideo) -> dict[str, Any]:
        endpoint = {"browseEndpoint": {"browseId": channel_id(video.channel)}}
        name = self._youtube.channels.get(video.channel, "")
        return {
            "videoRenderer": {
                "videoId": video.id,
                "title": {"runs": [{"text": video.title}]},
                "descriptionSnippet": {"runs": [{"text": video.description}]},
                "publishedTimeText": {"simpleText": ago(video.at, self._network.now())},
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
