"""Brings one file that lies on the web by itself. A program of its own, started by relay/media/fetcher.py only.

stdin, one JSON line: {"url", "folder", "max_bytes", "proxy", "allowed": [[host, port]]}.
stdout, JSON lines as fetch.py says them; the result has `measured`: whether the server said where the file ends.

A part is gone on with only where the server itself vouches that it is of the same file: Range with If-Range, by a
strong ETag or a strong Last-Modified (RFC 9110, 8.8 and 13.1.5), answered by a 206 that begins where the part ends and
names the same length and ETag. Whatever else comes, the file begins anew: two halves of two files look whole to
everybody but a decoder. Nothing is unpacked, no cookie is kept and no header of ours tells who asks.
"""

from __future__ import annotations

import errno
import json
import os
import re
import ssl
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx

from relay.addresses import objection_to_name
from relay.media.children import connect_guard
from relay.media.children.fetch import GONE_STATUS, Teller

TRIES = 4
"""In a row that bring no byte more."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 4.0
SLOWEST, WINDOW_SECONDS = 1_000, 30.0
"""Bytes a second, over so many seconds: what comes slower is given up for now."""
REDIRECTS = 8
SETTLED_SECONDS = 60
"""A Last-Modified that is younger than this, by the server's own clock, tells two changes in one second not apart."""
CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
AGENT = "Mozilla/5.0 (compatible; Relay)"


class PartUse(StrEnum):
    """What an answer's body is to the part that is here."""

    on = "the part goes on with it"
    anew = "it is the file from its beginning"
    nothing = "it fits nothing: ask for the whole"


@dataclass(frozen=True, slots=True)
class Known:
    """What the server said of the file whose part is here. `validator`: "" where nothing vouches for it."""

    url: str
    validator: str = ""
    total: int | None = None


class Unfit(Exception):
    """The answer is of no use; another try may be."""


class Ended(Exception):
    """No other try will help now. `said`: the last line of this program."""

    def __init__(self, kind: str, text: str = "") -> None:
        super().__init__(text)
        self.said: dict[str, object] = {"error": kind, "text": text[:300]}


def main() -> None:
    job = json.loads(sys.stdin.readline())
    tell = Teller()
    connect_guard.install([(host, port) for host, port in job["allowed"]], tell.refusals.append)
    tell(bring(job, tell))


def bring(job: Mapping[str, Any], tell: Teller) -> dict[str, object]:
    """The result, or what is in its way. What has come stays in the folder for the next time."""
    try:
        with _client(job) as client:
            return _Download(job, tell, client).run()
    except Ended as error:
        return error.said
    except OSError as error:
        kinds = {errno.ENOSPC: "disk_full", errno.EDQUOT: "disk_full", errno.EFBIG: "too_large"}
        return {"error": kinds.get(error.errno or 0, "not_yet"), "text": str(error)[:300]}


# --- decisions: pure ---


def headers(known: Known, have: int) -> dict[str, str]:
    """What is asked with: the rest where it can be asked for, else the whole."""
    asked = {"Accept-Encoding": "identity"}
    return {**asked, "Range": f"bytes={have}-", "If-Range": known.validator} if have and known.validator else asked


def use(known: Known, have: int, status: int, told: Mapping[str, str]) -> PartUse:
    """What to do with a success."""
    if told.get("content-encoding", "identity") != "identity":
        return PartUse.nothing
    if status == httpx.codes.OK:
        return PartUse.anew
    part = CONTENT_RANGE.fullmatch(told.get("content-range", ""))
    if status != httpx.codes.PARTIAL_CONTENT or part is None or not known.validator:
        return PartUse.nothing
    first, last, total = (int(number) for number in part.groups())
    fits = (first, last) == (have, total - 1) and known.total in (None, total)
    return PartUse.on if fits and _is_of_the_same(known.validator, told) else PartUse.nothing


def _is_of_the_same(validator: str, told: Mapping[str, str]) -> bool:
    """A 206 names the ETag that a 200 would (RFC 9110, 15.3.7); Last-Modified it may leave out."""
    if validator.startswith('"'):
        return told.get("etag") == validator
    return told.get("last-modified", validator) == validator


def described(url: str, told: Mapping[str, str]) -> Known:
    """What an answer with the whole says of the file."""
    length = told.get("content-length", "")
    total = int(length) if length.isascii() and length.isdecimal() and len(length) <= len(str(2**63)) else None
    return Known(url, validator(told), total)


def validator(told: Mapping[str, str]) -> str:
    """The strong ETag, else a Last-Modified that is strong, else nothing."""
    tag, changed = told.get("etag", ""), told.get("last-modified", "")
    if not (tag + changed).isascii():  # allowed in an ETag, and can't be sent back as it came
        return ""
    if tag:
        return tag if tag.startswith('"') else ""
    try:
        age = parsedate_to_datetime(told["date"]) - parsedate_to_datetime(changed)
    except (KeyError, ValueError, TypeError):
        return ""
    return changed if age.total_seconds() >= SETTLED_SECONDS else ""


# --- the loop ---


class LeastSpeed:
    """Hears of every byte; raises Ended when too few came in a window, over however many tries."""

    def __init__(self) -> None:
        self._since, self._came = time.monotonic(), 0

    def came(self, count: int) -> None:
        self._came += count
        seconds = time.monotonic() - self._since
        if seconds < WINDOW_SECONDS:
            return
        if self._came < SLOWEST * seconds:
            raise Ended("not_yet", "the file comes too slowly")
        self._since, self._came = time.monotonic(), 0


class _Download:
    def __init__(self, job: Mapping[str, Any], tell: Teller, client: httpx.Client) -> None:
        self._url, self._most = job["url"].removesuffix("#file"), job["max_bytes"]
        self._tell, self._client = tell, client
        self._folder = Path(job["folder"])
        self._part, self._notes = self._folder / "video.part", self._folder / "video.known"
        self._speed = LeastSpeed()
        self._measured = True

    def run(self) -> dict[str, object]:
        fruitless = 0
        while True:
            before = self._have()
            try:
                self._once()
                break
            except (httpx.TransportError, Unfit) as error:
                if self._tell.refusals:
                    raise Ended("refused", "; ".join(self._tell.refusals[:3])) from error
                fruitless = 0 if self._have() > before else fruitless + 1
                if fruitless >= TRIES:
                    raise Ended("not_yet", str(error)) from error
            self._speed.came(0)
            time.sleep(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** max(0, fruitless - 1)))
        target = self._folder / "video.mp4"
        self._part.replace(target)
        self._notes.unlink(missing_ok=True)
        named = {"files": [target.name], "duration": None, "title": "", "uploader": ""}
        return {"result": {**named, "measured": self._measured}}

    def _once(self) -> None:
        """Asks once, and returns when the file is whole."""
        known, have = self._known(), self._have()
        if have and have == known.total:
            return
        try:
            with self._client.stream("GET", self._url, headers=headers(known, have)) as answer:
                self._take(answer, known, have)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise Ended("refused", str(error)) from error
        except httpx.TooManyRedirects as error:
            raise Ended("not_yet", str(error)) from error

    def _take(self, answer: httpx.Response, known: Known, have: int) -> None:
        status = answer.status_code
        if status in GONE_STATUS:
            raise Ended("gone", f"HTTP {status}")
        if answer.is_error and status not in (408, 416, 429) and status < 500:
            raise Ended("not_yet", f"HTTP {status}")
        told = {name.lower(): text for name, text in answer.headers.items()}
        found = use(known, have, status, told) if answer.is_success else PartUse.nothing
        if found is PartUse.nothing:
            if answer.is_success or status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                self._begin(Known(self._url))
            raise Unfit(f"HTTP {status}")
        if found is PartUse.anew:
            known = described(self._url, told)
            self._begin(known)
        elif known.total is None:
            known = replace(known, total=int(told["content-range"].rpartition("/")[2]))
            self._note(known)
        if (known.total or 0) > self._most:
            raise Ended("too_large", f"{known.total} bytes")
        self._write(answer, known)
        self._measured = known.total is not None or told.get("transfer-encoding", "").lower() == "chunked"

    def _write(self, answer: httpx.Response, known: Known) -> None:
        have = self._have()
        with self._part.open("ab") as file:
            for block in answer.iter_raw():  # as it comes: blocks of a size would be lost with a connection
                have += len(block)
                if have > self._most:
                    raise Ended("too_large", f"more than {self._most} bytes")
                file.write(block)
                self._speed.came(len(block))
                if known.total:
                    self._tell.hook({"total_bytes": known.total, "downloaded_bytes": have})
        if known.total not in (None, have):
            if have > (known.total or 0):
                self._begin(Known(self._url))
            raise Unfit(f"{have} of {known.total} bytes came")

    def _begin(self, known: Known) -> None:
        """An empty part first: what is known of a file never stands beside a part of another."""
        self._part.write_bytes(b"")
        self._note(known)

    def _note(self, known: Known) -> None:
        written = self._notes.with_suffix(".writing")
        written.write_text(json.dumps(asdict(known)), "utf-8")
        written.replace(self._notes)

    def _have(self) -> int:
        return self._part.stat().st_size if self._part.is_file() else 0

    def _known(self) -> Known:
        """Of the part that an earlier try, or an earlier process, has left. An unreadable note vouches for nothing."""
        try:
            known = Known(**json.loads(self._notes.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return Known(self._url)
        return known if known.url == self._url else Known(self._url)


def _client(job: Mapping[str, Any]) -> httpx.Client:
    allowed = frozenset((host, port) for host, port in job["allowed"])
    proxy = job["proxy"] or ""
    if proxy and "//" not in proxy:
        proxy = f"http://{proxy}"

    def look_at(request: httpx.Request) -> None:
        """Behind a proxy it is the proxy that connects, so each address is looked at by its name, redirects too."""
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        if proxy and (reason := objection_to_name(request.url.host, port, allowed)):
            raise Ended("refused", reason)

    return httpx.Client(
        headers={"User-Agent": AGENT, "Accept": "*/*"},
        timeout=httpx.Timeout(WINDOW_SECONDS, connect=10.0),
        verify=ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE")),
        proxy=proxy or None,
        trust_env=False,
        follow_redirects=True,
        max_redirects=REDIRECTS,
        event_hooks={"request": [look_at]},
    )
