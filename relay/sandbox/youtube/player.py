"""What YouTube tells a player, and where the bytes are: as yt-dlp's `youtube` extractor asks (its _video.py, 2026.10).

Which client asks matters. The web page's own player gets names of formats and an address for YouTube's streaming
protocol (SABR), which yt-dlp does not speak; the headset client (`visionos`) gets plain addresses, without the
challenge that only a JavaScript program can solve. Relay's children may start no program, so yt-dlp asks as that
client alone, on the real YouTube too. Such addresses run out after some hours, and serve ranges of 10 MB at most.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from relay.sandbox.files import file_answer
from relay.sandbox.youtube.network import Youtube, YoutubeVideoState, YtVideo

FILE_HOST = "rr1---sn-sandbox.googlevideo.com"
PLAIN_CLIENTS = frozenset({"VISIONOS"})
KNOWN_CLIENTS = PLAIN_CLIENTS | {"WEB", "TVHTML5", "WEB_EMBEDDED_PLAYER"}
LIFETIME = timedelta(hours=6)
BOTH, PICTURE, SOUND = 18, 136, 140
"""YouTube's numbers (itag) of formats: the one with picture and sound together is small."""
FORMATS: dict[int, dict[str, Any]] = {
    BOTH: {
        "mimeType": 'video/mp4; codecs="avc1.42001E, mp4a.40.2"',
        "width": 640,
        "height": 360,
        "quality": "medium",
        "qualityLabel": "360p",
    },
    PICTURE: {
        "mimeType": 'video/mp4; codecs="avc1.4d401f"',
        "width": 1280,
        "height": 720,
        "quality": "hd720",
        "qualityLabel": "720p",
    },
    SOUND: {"mimeType": 'audio/mp4; codecs="mp4a.40.2"', "quality": "tiny", "audioQuality": "AUDIO_QUALITY_MEDIUM"},
}
_REMOVED = "This video has been removed by the uploader"
_SIGN_IN = "Sign in if you've been granted access to this video"
WHY_NOT: dict[YoutubeVideoState, tuple[str, str, dict[str, Any]]] = {
    YoutubeVideoState.deleted: ("ERROR", "Video unavailable", {"subreason": {"simpleText": _REMOVED}}),
    YoutubeVideoState.private: ("LOGIN_REQUIRED", "Private video", {"subreason": {"simpleText": _SIGN_IN}}),
    YoutubeVideoState.unavailable: ("ERROR", "Video unavailable", {}),
}
"""Status, reason and the rest of the error screen."""


def refusal(state: YoutubeVideoState) -> dict[str, Any]:
    status, reason, more = WHY_NOT[state]
    screen = {"playerErrorMessageRenderer": {"reason": {"simpleText": reason}, **more}}
    return {"playabilityStatus": {"status": status, "reason": reason, "errorScreen": screen}}


def streams(youtube: Youtube, video: YtVideo, client: str) -> dict[str, Any]:
    """`streamingData`: addresses for those clients that get some, formats without any for the others."""
    plain = client in PLAIN_CLIENTS
    adaptive = [_format(youtube, video, itag, plain=plain) for itag in (PICTURE, SOUND) if video.apart]
    return {
        "expiresInSeconds": str(int(LIFETIME.total_seconds())),
        "formats": [_format(youtube, video, BOTH, plain=True)] if plain else [],
        "adaptiveFormats": adaptive,
        **({} if plain else {"serverAbrStreamingUrl": f"https://{FILE_HOST}/videoplayback?sabr=1"}),
    }


def playback(youtube: Youtube, request: Request, video: YtVideo | None) -> Response:
    """The bytes behind an address: 403 for one that has run out or was written by somebody else."""
    if status := youtube.faults.media_status():
        return Response(status_code=status)
    words = request.query_params
    expires, itag = (int(words[name]) if words.get(name, "").isdecimal() else 0 for name in ("expire", "itag"))
    if video is None or expires <= youtube.now().timestamp() or words.get("sig") != _signature(video, itag, expires):
        return Response(status_code=403)
    path = _file(video, itag)
    if path is None or video.state is not YoutubeVideoState.open:
        return Response(status_code=404)
    kind = "audio/mp4" if itag == SOUND else "video/mp4"
    number = int(video.id[-4:]) * 1000 + itag
    return file_answer(request, path, number, cut=youtube.faults.media_cut(), media_type=kind)


def _format(youtube: Youtube, video: YtVideo, itag: int, *, plain: bool) -> dict[str, Any]:
    path = _file(video, itag)
    length = {"contentLength": str(path.stat().st_size)} if path is not None and path.is_file() else {}
    about = {"itag": itag, **FORMATS[itag], **length, "approxDurationMs": str(video.seconds * 1000)}
    if not plain:
        return about
    expires = int((youtube.now() + LIFETIME).timestamp())
    signed = f"expire={expires}&itag={itag}&sig={_signature(video, itag, expires)}"
    return {**about, "url": f"https://{FILE_HOST}/videoplayback?id={video.id}&source=youtube&{signed}"}


def _file(video: YtVideo, itag: int) -> Path | None:
    if itag == BOTH:
        return video.path
    if video.apart is None or itag not in (PICTURE, SOUND):
        return None
    return video.apart[itag == SOUND]


def _signature(video: YtVideo, itag: int, expires: int) -> str:
    signed = f"{video.id}:{itag}:{expires}"
    return hmac.new(FILE_HOST.encode(), signed.encode(), hashlib.sha256).hexdigest()[:40]
