"""RuTube's lists and player as its own pages ask for them; yt-dlp's `rutube` extractor reads the same.

The player gives an HLS playlist, as RuTube's does; its one segment is the file.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Host, Route, Router

from relay.sandbox.endpoints import Endpoints
from relay.sandbox.files import file_answer
from relay.sandbox.rutube.network import RtVideo, Rutube, RutubeVideoState

PAGE_HOST = "rutube.ru"
STREAM_HOST = "bl.rutube.ru"
HOSTS = frozenset({PAGE_HOST, STREAM_HOST})
PER_PAGE = 20


class RutubeSite:
    hosts = HOSTS

    def __init__(self, network: Rutube) -> None:
        self.network = network

    def routes(self) -> list[BaseRoute]:
        endpoints = Endpoints(self.network)
        pages = Router(
            routes=[
                Route("/api/video/person/{number:int}/", endpoints.page("rutube list", self.person)),
                Route("/api/tags/video/{number:int}/", endpoints.page("rutube list", self.tag)),
                Route("/api/video/{name}/", endpoints.page("rutube video", self.video)),
                Route("/api/play/options/{name}/", endpoints.page("rutube player", self.options)),
            ]
        )
        streams = Router(
            routes=[
                Route("/route/{name}.m3u8", endpoints.plain("rutube stream", self.master)),
                Route("/hls/{name}.m3u8", endpoints.plain("rutube stream", self.playlist)),
                Route("/hls/{name}.mp4", endpoints.plain("rutube file", self.file)),
            ]
        )
        return [Host(PAGE_HOST, pages), Host(STREAM_HOST, streams)]

    async def person(self, request: Request) -> Response:
        number = int(request.path_params["number"])
        if number not in self.network.channels:
            return _no()
        return self._list(request, self.network.listed(channel=number))

    async def tag(self, request: Request) -> Response:
        number = int(request.path_params["number"])
        if number not in self.network.tags:
            return _no()
        return self._list(request, self.network.listed(tag=number))

    async def video(self, request: Request) -> Response:
        video = self._asked(request)
        if video is None:
            return _no()
        return JSONResponse(self._shape(video))

    async def options(self, request: Request) -> Response:
        video = self._asked(request)
        if video is None:
            return _no()
        if video.state is RutubeVideoState.hidden:
            return JSONResponse({"detail": {"name": "private_video"}}, 403)
        return JSONResponse(
            {
                "effective_video": video.id,
                "title": video.title,
                "duration": video.seconds * 1000,
                "video_balancer": {"m3u8": f"https://{STREAM_HOST}/route/{video.id}.m3u8"},
            }
        )

    async def master(self, request: Request) -> Response:
        video = self._asked(request)
        if video is None:
            return _no()
        line = '#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360,CODECS="avc1.4d401e,mp4a.40.2"'
        return _playlist("#EXTM3U", line, f"https://{STREAM_HOST}/hls/{video.id}.m3u8")

    async def playlist(self, request: Request) -> Response:
        video = self._asked(request)
        if video is None:
            return _no()
        head = ("#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{video.seconds}", "#EXT-X-PLAYLIST-TYPE:VOD")
        return _playlist(*head, f"#EXTINF:{video.seconds}.0,", f"{video.id}.mp4", "#EXT-X-ENDLIST")

    async def file(self, request: Request) -> Response:
        if status := self.network.faults.media_status():
            return Response(status_code=status)
        video = self._asked(request)
        if video is None or video.state is not RutubeVideoState.open:
            return _no()
        return file_answer(request, video.path, video.number, cut=self.network.faults.media_cut())

    def _asked(self, request: Request) -> RtVideo | None:
        video = self.network.video(str(request.path_params["name"]))
        return None if video is None or video.state is RutubeVideoState.deleted else video

    def _list(self, request: Request, videos: list[RtVideo]) -> Response:
        videos = [] if self.network.faults.empty else videos
        page = int(request.query_params.get("page", "1") or 1)
        shown = videos[(page - 1) * PER_PAGE : page * PER_PAGE]
        if page > 1 and not shown:
            return _no()
        more = page * PER_PAGE < len(videos)
        onward = f"https://{PAGE_HOST}{request.url.path}?page={page + 1}&format=json" if more else None
        return JSONResponse(
            {
                "has_next": more,
                "next": onward,
                "previous": None,
                "page": page,
                "per_page": PER_PAGE,
                "count": len(videos),
                "results": [self._shape(video) for video in shown],
            }
        )

    def _shape(self, video: RtVideo) -> dict[str, Any]:
        at = video.at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
        return {
            "id": video.id,
            "title": video.title,
            "description": video.description,
            "thumbnail_url": f"https://pic.rutubelist.ru/video/{video.id[:2]}/{video.id}.jpg",
            "duration": video.seconds,
            "created_ts": at,
            "publication_ts": at,
            "video_url": f"https://{PAGE_HOST}/video/{video.id}/",
            "author": {"id": video.channel, "name": self.network.channels.get(video.channel, "")},
            "category": {"id": 13, "name": "Разное"},
            "is_adult": False,
            "is_livestream": False,
            "is_hidden": video.state is RutubeVideoState.hidden,
            "is_deleted": False,
            "hits": 7,
        }


def _no() -> Response:
    return JSONResponse({"detail": "Not found."}, 404)


def _playlist(*lines: str) -> Response:
    return Response("\n".join(lines) + "\n", media_type="application/vnd.apple.mpegurl")
