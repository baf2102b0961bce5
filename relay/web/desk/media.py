"""Posters, storyboards and proxies, never originals. Each request is authorised; the types are ours, not the file's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from relay.context import Relay
from relay.errors import NotFound
from relay.moderation import clip_pictures, desk
from relay.web.access import relay_of
from relay.web.desk import ranges
from relay.web.headers import NOT_KEPT

router = APIRouter()

Kind = Literal["poster", "storyboard", "proxy", "waveform"]
KINDS = {
    "poster": ("posters/{}.jpg", "image/jpeg"),
    "storyboard": ("storyboards/{}.jpg", "image/jpeg"),
    "proxy": ("proxies/{}.mp4", "video/mp4"),
}
SHA256 = re.compile(r"[0-9a-f]{64}")


@router.get("/media/{kind}/{sha256}", name="media")
def media(request: Request, kind: Kind, sha256: str) -> Response:
    """Answers ranges. What its participant has withdrawn is not there any more."""
    relay = relay_of(request)
    if not SHA256.fullmatch(sha256) or not desk.visible(relay, sha256):
        raise NotFound("There is no such file.")
    if (made := _made(relay, kind, sha256)) is not None:
        return _known_or_whole(request, made, "image/png" if kind == "waveform" else "image/jpeg")
    pattern, media_type = KINDS[kind]
    key = pattern.format(sha256)
    if (elsewhere := relay.media.url(key)) is not None:
        return RedirectResponse(elsewhere, status_code=307, headers=NOT_KEPT)
    if kind == "proxy" and relay.media.at_hand(key) is None:
        return _from_afar(request, relay, key, media_type)
    return _known_or_whole(request, relay.media.local(key), media_type)


def _from_afar(request: Request, relay: Relay, key: str, media_type: str) -> Response:
    """Only the part that is asked for: a player begins before the whole has come."""
    facts = relay.media.facts(key)

    def read(first: int, last: int) -> Iterator[bytes]:
        with relay.media.range(key, first, last - first) as file:
            yield from iter(lambda: file.read(_File.chunk_size), b"")

    return ranges.answer(request, facts.size, f"{int(facts.at.timestamp()):x}-{facts.size:x}", read, media_type)


def _made(relay: Relay, kind: Kind, sha256: str) -> Path | None:
    """What the desk makes when it is asked for: a poster that was chosen or turned, the waveform."""
    if kind == "waveform":
        return clip_pictures.waveform(relay, sha256)
    return clip_pictures.poster(relay, sha256) if kind == "poster" else None


def _known_or_whole(request: Request, file: Path, media_type: str) -> Response:
    seen = file.stat()
    whole = _File(file, media_type=media_type, headers=NOT_KEPT, stat_result=seen)
    if ranges.is_known(request.headers.get("if-none-match", ""), whole.headers["etag"]):
        return Response(status_code=304, headers={**NOT_KEPT, "ETag": whole.headers["etag"]})
    if seen.st_size <= _File.chunk_size and "range" not in request.headers:
        del whole.headers["content-length"]
        return Response(file.read_bytes(), headers=dict(whole.headers))
    return whole


class _File(FileResponse):
    """In larger pieces: each is fetched from another thread, which takes longer than reading it; a picture is one."""

    chunk_size = 256 * 1024
