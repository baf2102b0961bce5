"""ok.ru as a browser without an account sees it: a group's videos, a video's page with the player's options."""

from __future__ import annotations

import html
import json
from datetime import UTC

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Host, Route, Router

from relay.sandbox.endpoints import Endpoints
from relay.sandbox.files import file_answer
from relay.sandbox.ok.network import Ok, OkVideo, OkVideoState

PAGE_HOST = "ok.ru"
FILE_HOST = "vd402.okcdn.ru"
HOSTS = frozenset({PAGE_HOST, FILE_HOST})
BLOCK = "GroupVideoListBlock"
"""Our own name: a reader takes it from the page."""
SCRIPT = "c1f2a3b4"
_GONE = "Видео не найдено"
_PRIVATE = "Доступ к видео ограничен автором"


class OkSite:
    hosts = HOSTS

    def __init__(self, network: Ok) -> None:
        self.network = network

    def routes(self) -> list[BaseRoute]:
        endpoints = Endpoints(self.network)
        pages = Router(
            routes=[
                Route("/group/{number:int}/video", endpoints.page("ok group", self.group)),
                Route("/group/{number:int}/video", endpoints.page("ok group", self.further), methods=["POST"]),
                Route("/video/{number:int}", endpoints.page("ok video", self.video)),
                Route("/videoembed/{number:int}", endpoints.page("ok video", self.video)),
            ]
        )
        files = Router(routes=[Route("/", endpoints.plain("ok file", self.file))])
        return [Host(PAGE_HOST, pages), Host(FILE_HOST, files)]

    async def group(self, request: Request) -> Response:
        number = int(request.path_params["number"])
        title = self.network.groups.get(number)
        if title is None:
            return HTMLResponse("<html><body>Страница не найдена</body></html>", 404)
        if number in self.network.closed:
            return RedirectResponse(f"https://{PAGE_HOST}/group/{number}", 302)
        shown = [] if self.network.faults.empty else self.network.newest(number)
        cards = "".join(_card(video) for video in shown)
        if self.network.scrolls:
            last = self._last(number, shown)
            cards = f'<div id="hook_Block_{BLOCK}"><div class="ugrid" data-last-element="{last}">{cards}</div></div>'
        head = f'<meta property="og:title" content="{html.escape(title)}">'
        script = f'<script>var pageCtx={{state:"st.cmd=altGroupVideoAll",gwtHash:"{SCRIPT}",isAnonym:true}};</script>'
        return HTMLResponse(f"<!DOCTYPE html><html><head>{head}{script}</head><body>{cards}</body></html>")

    async def further(self, request: Request) -> Response:
        """What follows the last video that was shown, as a piece of a page; a header names the last of these."""
        form, number = await request.form(), int(request.path_params["number"])
        known = request.query_params.get("cmd") == BLOCK and form.get("gwt.requested") == SCRIPT
        after = str(form.get("st.lastelem", ""))
        if not known or not self.network.scrolls or number in self.network.closed or not after.isdecimal():
            return HTMLResponse("")
        shown = self.network.newest(number, after=int(after))
        return HTMLResponse("".join(map(_card, shown)), headers={"lastelem": self._last(number, shown)})

    def _last(self, group: int, shown: list[OkVideo]) -> str:
        """The last video of a page, or "" when none follows it."""
        return str(shown[-1].id) if shown and self.network.newest(group, after=shown[-1].id) else ""

    async def video(self, request: Request) -> Response:
        video = self.network.video(int(request.path_params["number"]))
        if video is None or video.state is not OkVideoState.open:
            words = _PRIVATE if video is not None and video.state is OkVideoState.private else _GONE
            stub = f'<div class="vp_video_stub"><div class="vp_video_stub_txt">{words}</div></div>'
            return HTMLResponse(f"<!DOCTYPE html><html><body>{stub}</body></html>")
        return HTMLResponse(self._player(video))

    async def file(self, request: Request) -> Response:
        if status := self.network.faults.media_status():
            return Response(status_code=status)
        number = request.query_params.get("id", "")
        video = self.network.video(int(number)) if number.isdecimal() else None
        if video is None or video.state is not OkVideoState.open:
            return Response(status_code=404)
        return file_answer(request, video.path, video.id, cut=self.network.faults.media_cut())

    def _player(self, video: OkVideo) -> str:
        metadata = {
            "provider": "UPLOADED_ODKL",
            "movie": {"id": str(video.id), "title": video.title, "duration": str(video.seconds)},
            "author": {"id": str(video.group), "name": video.author},
            "videos": [{"name": "sd", "url": f"https://{FILE_HOST}/?id={video.id}&type=2", "seekSchema": 3}],
        }
        flashvars = {"metadata": metadata}
        options = json.dumps({"isExternalPlayer": False, "movieId": str(video.id), "flashvars": flashvars})
        day = video.at.astimezone(UTC).isoformat(timespec="seconds")
        head = (
            f'<meta property="og:title" content="{html.escape(video.title)}">'
            f'<meta property="ya:ovs:upload_date" content="{day}"><meta property="ya:ovs:adult" content="false">'
        )
        player = f'<div data-module="OKVideo" data-options="{html.escape(options)}"></div>'
        return f"<!DOCTYPE html><html><head>{head}</head><body>{player}</body></html>"


def _card(video: OkVideo) -> str:
    return (
        '<div class="ugrid_i"><div class="video-card js-movie-card">'
        f'<a href="/video/{video.id}?st._aid=VideoState_open_group" class="video-card_lk"></a>'
        f'<div class="video-card_duration">{video.seconds // 60}:{video.seconds % 60:02d}</div>'
        f'<a class="video-card_n ellip" href="/video/{video.id}">{html.escape(video.title)}</a></div></div>'
    )
