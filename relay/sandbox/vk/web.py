"""VK's web side: the pages that yt-dlp's VK extractor asks for, and the servers that hold the bytes.

`POST /al_video.php` answers as VK's own player script is answered (yt_dlp/extractor/vk.py reads it); media come
with ranges and an ETag from an address that is signed and expires, as VK's do.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Host, Route, Router

from relay.sandbox.endpoints import Endpoints
from relay.sandbox.faults import SpoiledAnswer
from relay.sandbox.files import file_answer
from relay.sandbox.vk.api import api_app
from relay.sandbox.vk.network import Vk
from relay.sandbox.vk.records import Key, VkVideo, VkVideoState
from relay.sandbox.vk.shapes import PICTURES, Json

PAGE_HOSTS = ("vk.com", "vk.ru", "m.vk.com", "m.vk.ru", "new.vk.com", "www.vk.com", "vkvideo.ru", "m.vkvideo.ru")
API_HOSTS = ("api.vk.com", "api.vk.ru")
MEDIA_HOST = "vkvd1.okcdn.ru"
HOSTS = frozenset({*PAGE_HOSTS, *API_HOSTS, MEDIA_HOST})

RUNGS = (144, 240, 360, 480, 720, 1080, 1440, 2160)
MEDIA_LIFETIME = timedelta(hours=6)
SALT = "sandbox425"
_SALT_SCRIPT = 'var salt = (function () {var a = 17; var b = 25; return "sandbox" + (a * b);})(); var hash = hash429;'

_GONE = ("This video is no longer available, because it has been deleted.", "Видеозапись была удалена.")
_UNKNOWN = ("This video does not exist.", "Видеозапись не существует.")
_PROCESSING = ("This video is being processed. Please try again later.", "Видеозапись обрабатывается. Зайдите позже.")
_RESTRICTED = ("The video is not available in your region.", "Видеозапись недоступна в вашем регионе.")
_WHY_NOT = {VkVideoState.deleted: _GONE, VkVideoState.processing: _PROCESSING}


class VkSite:
    """The answers of VK's hosts. Its pages meet no page faults: those are for the networks beside VK."""

    hosts = HOSTS

    def __init__(self, network: Vk) -> None:
        self.network = network

    def routes(self) -> list[BaseRoute]:
        endpoints = Endpoints(self.network)
        pages = Router(
            routes=[
                Route("/al_video.php", endpoints.plain("al_video", self.al_video), methods=["POST"]),
                Route("/wkview.php", endpoints.plain("wkview", self.wkview), methods=["POST"]),
                Route("/video_ext.php", endpoints.plain("embed", self.embed)),
                Route("/challenge.html", endpoints.plain("challenge", self.challenge)),
                Route("/doc{key:str}", endpoints.plain("media", self.document)),
                Route("/{rest:path}", endpoints.plain("page", self.page)),
            ]
        )
        media = Router(routes=[Route("/", endpoints.plain("media", self.media))])
        api = api_app(self.network)
        return [
            Host(MEDIA_HOST, media),
            *(Host(host, api) for host in API_HOSTS),
            *(Host(host, pages) for host in PAGE_HOSTS),
        ]

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
        post = self.network.post(key) if key is not None else None
        if post is None or post.deleted:
            return _payload("8", [json.dumps(_message(request, _UNKNOWN), ensure_ascii=False)])
        author = self.network.owner(post.from_id)
        links = "".join(f'<a href="/video{video}" class="post_video">video</a>' for video in post.videos)
        body = (
            f'<div id="wl_post_body"><h5 class="PostHeaderTitle__authorName">'
            f"{html.escape(author.full_name if author else '')}</h5>"
            f'<div class="wall_post_text">{html.escape(post.text)}</div>{links}</div>'
        )
        return _payload("0", ["", body])

    async def embed(self, request: Request) -> Response:
        upload = self._upload(f"{request.query_params.get('oid', '')}_{request.query_params.get('id', '')}")
        if upload is None or upload.state is not VkVideoState.ready:
            message = _message(request, _why_not(upload))
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
        found = self.network.document(key, int(number)) if key is not None and number.isdecimal() else None
        if found is None or found.path is None:
            return HTMLResponse("<html><body>Файл не найден</body></html>", status_code=404)
        return file_answer(request, found.path, int(number))

    async def page(self, request: Request) -> Response:
        """What a person would see; Relay reads none of it."""
        path = str(request.path_params["rest"])
        found = re.fullmatch(r"(wall|video|clip)(-?\d+_\d+)", path)
        key = _key(found[2]) if found else None
        if found is not None and key is not None:
            shown = self.network.post(key) if found[1] == "wall" else self.network.upload(key)
            title = getattr(shown, "text", "") or getattr(shown, "title", "")
            known = shown is not None
        else:
            owner = self.network.owner_named(path)
            known, title = owner is not None, owner.full_name if owner else ""
        return HTMLResponse(f"<html><body><h1>{html.escape(title)}</h1></body></html>", 200 if known else 404)

    async def media(self, request: Request) -> Response:
        if status := self.network.faults.media_status():
            return Response(status_code=status)
        upload = self.network.upload_numbered(_number(request.query_params.get("id", "")))
        if upload is None or upload.state is not VkVideoState.ready or not self._signed(request):
            return Response(status_code=403)
        if "range" in request.headers:
            self.network.visits["resumed"] += 1
        return file_answer(request, upload.path, upload.number, cut=self.network.faults.media_cut())

    def _upload(self, word: str) -> VkVideo | None:
        key = _key(word)
        return self.network.upload(key) if key is not None else None

    def _player(self, upload: VkVideo) -> Json:
        if self.network.faults.meets(SpoiledAnswer.no_player):
            return {"mvData": {"title": html.escape(upload.title)}, "player": {}}
        owner = self.network.owner(upload.key.owner_id)
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
        expires = int((self.network.now() + MEDIA_LIFETIME).timestamp() * 1000)
        sig = self._signature(expires, upload.number)
        return f"https://{MEDIA_HOST}/?expires={expires}&srcIp=127.0.0.1&type=5&sig={sig}&ct=0&id={upload.number}"

    def _signature(self, expires: int, number: int) -> str:
        secret = f"media {self.network.api.token}".encode()
        return hmac.new(secret, f"{expires}:{number}".encode(), hashlib.sha256).hexdigest()[:22]

    def _signed(self, request: Request) -> bool:
        expires, number = (_number(request.query_params.get(name, "")) for name in ("expires", "id"))
        fresh = expires / 1000 > self.network.now().timestamp()
        return fresh and hmac.compare_digest(request.query_params.get("sig", ""), self._signature(expires, number))

    def _challenged(self, request: Request) -> Response | None:
        if not self.network.faults.challenge:
            return None
        hash429, _, key = request.cookies.get("solution429", "").partition(".")
        if hash429 and key == _solution(hash429):
            return None
        asked = hashlib.sha256(f"{self.network.visits['al_video']}".encode()).hexdigest()[:32]
        return RedirectResponse(f"https://vk.com/challenge.html?hash429={asked}", 302)


def rung(upload: VkVideo) -> int:
    """VK names a rendition by its shorter side: the highest step of its ladder that the file reaches."""
    short = min(upload.width, upload.height)
    return max((step for step in RUNGS if step <= short), default=RUNGS[0])


def _refusal(upload: VkVideo | None, request: Request) -> Response | None:
    if upload is not None and upload.state is VkVideoState.private:
        return _payload("3", [])  # sign in first
    if upload is None or upload.state is not VkVideoState.ready:
        return _payload("8", [json.dumps(_message(request, _why_not(upload)), ensure_ascii=False)])
    return None


def _why_not(upload: VkVideo | None) -> tuple[str, str]:
    if upload is None:
        return _UNKNOWN
    return _WHY_NOT.get(upload.state, _RESTRICTED)


def _message(request: Request, texts: tuple[str, str]) -> str:
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
