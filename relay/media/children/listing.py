"""Lists what a page of a network shows, with unmodified yt-dlp. A program of its own, started by lister.py only.

stdin, one JSON line: {"url", "most", "proxy", "allowed": [[host, port]], "extractors": [name]}.
stdout, one JSON line: {"title", "entries": [{…}]} or {"error": kind, "text": what yt-dlp said}, with the kinds of
fetch_child.py. A page with one video is a list of one. Nothing is downloaded and no media address is asked for.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from relay.media.children import connect_guard
from relay.media.children.fetch import Teller, kind

FIELDS = ("id", "title", "description", "timestamp", "duration", "live_status", "availability")
WHO = (("author_id", ("channel_id", "uploader_id")), ("author", ("channel", "uploader")))


def main() -> None:
    job = json.loads(sys.stdin.readline())
    tell = Teller()
    connect_guard.install([(host, port) for host, port in job["allowed"]], tell.refusals.append)
    tell(listing(job, tell))


def listing(job: dict[str, Any], tell: Teller) -> dict[str, Any]:
    import yt_dlp

    try:
        with yt_dlp.YoutubeDL(options(job)) as downloader:
            info = downloader.extract_info(job["url"], download=False, process=False) or {}
            entries = _first(info.get("entries"), job["most"]) if "entries" in info else [info]
            return {"title": str(info.get("title") or "")[:500], "entries": [entry(one) for one in entries]}
    except yt_dlp.utils.DownloadError as error:
        return {"error": kind(error, tell), "text": str(error).removeprefix("ERROR: ")[:300]}


def entry(info: dict[str, Any]) -> dict[str, Any]:
    found = {name: info.get(name) for name in FIELDS}
    for name, places in WHO:
        found[name] = next((info[place] for place in places if info.get(place)), "")
    return found


def options(job: dict[str, Any]) -> dict[str, Any]:
    return {
        "extract_flat": "in_playlist",
        "allowed_extractors": job["extractors"],
        "extractor_args": {"youtubetab": {"approximate_date": [""]}},
        "proxy": job["proxy"] or "",
        "socket_timeout": 20,
        "extractor_retries": 1,
        "js_runtimes": {},
        "cachedir": False,
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "usenetrc": False,
        "ignoreerrors": False,
        "compat_opts": {"no-certifi"},
    }


def _first(entries: Any, most: int) -> list[dict[str, Any]]:
    found = []
    for one in entries or ():
        found.append(one)
        if len(found) >= most:
            break
    return found
