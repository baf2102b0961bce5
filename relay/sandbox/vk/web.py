"""VK's web side: the pages that yt-dlp's VK extractor asks for, and the servers that hold the bytes.

`POST /al_video.php` answers as VK's own player script is answered (yt_dlp/extractor/vk.py reads it); media come
with ranges and an ETag from an address that is signed and expires, as VK's do.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import html
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Host, Route, Router

from relay.sandbox.endpoints import watched_by
from relay.sandbox.files import file_answer
from relay.sandbox.ok import web as ok_web
from relay.sandbox.rutube import web as rutube_web
from relay.sandbox.sites import network as sites
from relay.sandbox.sites import web as sites_web
from relay.sandbox.telegram import web as telegram_web
from relay.sandbox.vk.api import api_app, reset
from relay.sandbox.vk.network import Key, Network, VkVideo
from relay.sandbox.vk.shapes import PICTURES, Json
from relay.sandbox.youtube import web as youtube_web

PAGE_HOSTS = ("vk.com", "vk.ru", "m.vk.com", "m.vk.ru", "new.vk.com", "www.vk.com", "vkvideo.ru", "m.vkvideo.ru")
API_HOSTS = ("api.vk.com", "api.vk.ru")
MEDIA_HOST = "vkvd1.okcdn.ru"
OTHERS = (telegram_web.HOSTS, rutube_web.HOSTS, ok_web.HOSTS, youtube_web.HOSTS, sites.HOSTS)
HOSTS = frozenset({*PAGE_HOSTS, *API_HOSTS, MEDIA_HOST}).union(*OTHERS)

RUNGS = (144, 240, 360, 480, 720, 1080, 1440, 2160)
MEDIA_LIFETIME = timedelta(hours=6)
SALT = "sandbox425"
_SALT_SCRIPT = 'var salt = (function () {var a = 17; var b = 25; return "sandbox" + (a * b);})(); var hash = hash429;'

_GONE = ("This video is no longer available, because it has been deleted.", "Видеозапись была удалена.")
_UNKNOWN = ("This video does not exist.", "Видеозапись не существует.")
_PROCESSING = ("This video is being processed. Please try again later.", "Видеозапись обрабатывается. Зайдите позже.")
_RESTRICTED = ("The video is not available in your region.", "Видеозапись недоступна в вашем регионе.")

Answer = Callable[[Request], Awaitable[Response]]


def web_app(network: Network) -> Starlette:
    """Answers for every host of the network, told apart by the Host header."""
    site = Site(network)
    pages = Router(
        routes=[
            Route("/al_video.php", site.watched("al_video", site.al_video), methods=["POST"]),
            Route("/wkview.php", site.watched("wkview", site.wkview), methods=["POST"]),
            Route("/video_ext.php", site.watched("embed", site.embed)),
            Route("/challenge.html", site.watched("challenge", site.challenge)),
            Route("/doc{key:str}", site.watched("media", site.document)),
            Route("/{rest:path}", site.watched("page", site.page)),
        ]
    )
    media = Router(routes=[Route("/", site.watched("media", site.media))])
    api, watch = api_app(network), watched_by(network)
    return Starlette(
        routes=[
            Host(MEDIA_HOST, media),
            *(Host(host, api) for host in API_HOSTS),
            *(Host(host, pages) for host in PAGE_HOSTS),
            *telegram_web.telegram_hosts(network, watch),
            *rutube_web.rutube_hosts(network, watch),
            *ok_web.ok_hosts(network, watch),
            *youtube_web.youtube_hosts(network, watch),
            *sites_web.sites_hosts(network, watch),
        ]
    )


class Site:
    def __init__(self, network: Network) -> None:
        self._network = network

    def watched(self, kind: str, answer: Answer) -> Answer:
        """Counts the request, and lets the weather at it."""

        async def endpoint(request: Request) -> Response:
            network = self._network
            network.is_asked(api=False, kind=kind)
            if network.weather.seconds:
                await asyncio.sleep(network.weather.seconds)
            if network.weather.down:
                return await reset(request)
            return await answer(request)

        return endpoint

    async def al_video(self, request: Request) -> Response:
        if (challenge := self._challenged(request)) is not None:
            return challenge
        form = await request.form()
        upload = self._upload(str(form.get("video", "")))
        if (refusal := _refusal(upload, request)) is not None:
            return refusal
        assert upload is not None
        return _payload("0", [html.escape(upload.title), _info(upload), self._player(upload)])

    async def wkview(self, request: Request) -> Response:
        if (challenge := self._challenged(request)) is not None:
            return challenge
        form = await request.form()
        key = _key(str(form.get("w", "")).removeprefix("wall"))
        post = self._network.post(key) if key is not None else None
        if post is None or post.deleted:
            return _payload("8", [json.dumps(_said(request, _UNKNOWN), ensure_ascii=False)])
        author = self._network.owner(post.from_id)
        links = "".join(f'<a href="/video{video}" class="post_video">video</a>' for video in post.videos)
        body = (
            f'<div id="wl_post_body"><h5 class="PostHeaderTitle__authorName">'
            f"{html.escape(author.full_name if author else '')}</h5>"
            f'<div class="wall_post_text">{html.escape(post.text)}</div>{links}</div>'
        )
        return _payload("0", ["", body])

    async def embed(self, request: Request) -> Response:
        upload = self._upload(f"{request.query_params.get('oid', '')}_{request.query_params.get('id', '')}")
        if upload is None or upload.state != "ready":
            message = _said(request, _why_not(upload))
            return HTMLResponse(f'<html><body><div id="video_ext_msg">{message}</div></body></html>')
        player = json.dumps(self._player(upload)["player"], ensure_ascii=False)
        return HTMLResponse(f"<html><body><script>\nvar playerParams = {player};\n</script></body></html>")

    async def challenge(self, request: Request) -> Response:
        """The page that asks a browser to compute something; with `key` it is solved and a cookie remembers that."""
        hash429 = request.query_params.get("hash429", "")
        key = request.query_params.get("key")
        page = HTMLResponse(f"<html><body><script>var hash429 = 1; {_SALT_SCRIPT}</script></body></html>")
        if key is not None and key == _solution(hash429):
            page.set_cookie("solution429", f"{hash429}.{key}", path="/", secure=True)
        return page

    async def document(self, request: Request) -> Response:
        """The bytes of an attached document; `dl` says which one of the post's."""
        key, number = _key(str(request.path_params["key"])), request.query_params.get("dl", "")
        found = self._network.document(key, int(number)) if key is not None and number.isdecimal() else None
        if found is None or found.path is None:
            return HTMLResponse("<html><body>Файл не найден</body></html>", status_code=404)
        return file_answer(request, found.path, int(number))

    async def page(self, request: Request) -> Response:
        """What a person would see; Relay reads none of it."""
        path = str(request.path_params["rest"])
        found = re.fullmatch(r"(wall|video|clip)(-?\d+_\d+)", path)
        key = _key(found[2]) if found else None
        if found is not None and key is not None:
            shown = self._network.post(key) if found[1] == "wall" else self._network.upload(key)
            title = getattr(shown, "text", "") or getattr(shown, "title", "")
            known = shown is not None
        else:
            owner = self._network.owner_named(path)
            known, title = owner is not None, owner.full_name if owner else ""
        return HTMLResponse(f"<html><body><h1>{html.escape(title)}</h1></body></html>", 200 if known else 404)

    async def media(self, request: Request) -> Response:
        network = self._network
        if status := network.status_instead(media=True):
            return Response(status_code=status)
        upload = network.upload_numbered(_number(request.query_params.get("id", "")))
        if upload is None or upload.state != "ready" or not self._signed(request):
            return Response(status_code=403)
        if "range" in request.headers:
            network.is_asked(api=False, kind="resumed")
        cut = network.weather.cut_after if network.spoils("media_cuts") else None
        return file_answer(request, upload.path, upload.number, cut=cut)

    def _upload(self, word: str) -> VkVideo | None:
        key = _key(word)
        return self._network.upload(key) if key is not None else None

    def _player(self, upload: VkVideo) -> Json:
        if self._network.spoils("page_changes"):
            return {"mvData": {"title": html.escape(upload.title)}, "player": {}}
        owner = self._network.owner(upload.key.owner_id)
        params = {
            "md_title": html.escape(upload.title) or "Без названия",
            "md_author": html.escape(owner.full_name if owner else ""),
            "author_id": upload.key.owner_id,
            "date": int(upload.uploaded_at.timestamp()),
            "duration": upload.duration,
            "jpg": f"{PICTURES}/video{upload.key}_720.jpg",
            f"url{rung(upload)}": self._address(upload),
        }
        return {
            "mvData": {
                "title": html.escape(upload.title),
                "desc": html.escape(upload.description),
                "duration": upload.duration,
                "likes": 3,
                "commcount": 0,
            },
            "player": {"type": "vk", "params": [params]},
        }

    def _address(self, upload: VkVideo) -> str:
        expires = int((self._network.now() + MEDIA_LIFETIME).timestamp() * 1000)
        sig = self._signature(expires, upload.number)
        return f"https://{MEDIA_HOST}/?expires={expires}&srcIp=127.0.0.1&type=5&sig={sig}&ct=0&id={upload.number}"

    def _signature(self, expires: int, number: int) -> str:
        secret = f"media {self._network.token}".encode()
        return hmac.new(secret, f"{expires}:{number}".encode(), hashlib.sha256).hexdigest()[:22]

    def _signed(self, request: Request) -> bool:
        expires, number = (_number(request.query_params.get(name, "")) for name in ("expires", "id"))
        fresh = expires / 1000 > self._network.now().timestamp()
        return fresh and hmac.compare_digest(request.query_params.get("sig", ""), self._signature(expires, number))

    def _challenged(self, request: Request) -> Response | None:
        if not self._network.weather.challenges:
            return None
        hash429, _, key = request.cookies.get("solution429", "").partition(".")
        if hash429 and key == _solution(hash429):
            return None
        asked = hashlib.sha256(f"{self._network.visits['al_video']}".encode()).hexdigest()[:32]
        return RedirectResponse(f"https://vk.com/challenge.html?hash429={asked}", 302)


def rung(upload: VkVideo) -> int:
    """VK names a rendition by its shorter side: the highest step of its ladder that the file reaches."""
    short = min(upload.width, upload.height)
    return max((step for step in RUNGS if step <= short), default=RUNGS[0])


def _refusal(upload: VkVideo | None, request: Request) -> Response | None:
    if upload is not None and upload.state == "private":
        return _payload("3", [])  # sign in first
    if upload is None or upload.state != "ready":
        return _payload("8", [json.dumps(_said(request, _why_not(upload)), ensure_ascii=False)])
    return None


def _why_not(upload: VkVideo | None) -> tuple[str, str]:
    if upload is None:
        return _UNKNOWN
    return {"deleted": _GONE, "processing": _PROCESSING}.get(upload.state, _RESTRICTED)


def _said(request: Request, texts: tuple[str, str]) -> str:
    english, russian = texts
    return english if request.headers.get("accept-language", "").lower().startswith("en") else russian


def _payload(code: str, parts: list[object]) -> Response:
    body = json.dumps({"payload": [code, parts], "statsMeta": {"platform": "web2", "st": False}}, ensure_ascii=False)
    return Response(body, media_type="application/json; charset=utf-8")


def _info(upload: VkVideo) -> str:
    if upload.platform.casefold() == "rutube":
        return f'<div><iframe src="//rutube.ru/video/embed/{upload.number}"></iframe></div>'
    if upload.platform:
        return f'<div><iframe src="https://www.youtube.com/embed/{str(upload.number)[-11:]}"></iframe></div>'
    return f'<div class="mv_info"><div class="mv_title">{html.escape(upload.title)}</div></div>'


def _solution(hash429: str) -> str:
    return hashlib.md5(f"{hash429}:{SALT}".encode(), usedforsecurity=False).hexdigest()


def _key(word: str) -> Key | None:
    found = re.fullmatch(r"(-?\d+)_(\d+)", word)
    return Key(int(found[1]), int(found[2])) if found else None


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else 0
