"""Vera at home: a participant with a phone, and no account anywhere."""

from __future__ import annotations

import base64
import re
from typing import Any

from httpx import Response

from relay.context import Relay
from relay.intake.hand_in import hand_ins
from relay.models import HandIn
from tests.web.conftest import Browser

FORM = {
    "way": "file", "name": "Вера Павлова", "town": "Кировск", "district": "Кировский", "age": "60+",
    "origin": "family", "contact": "vera@example.org", "agreed": "yes",
}  # fmt: skip
PAGE = "/take-part/proryv80"
TUS = {"tus-resumable": "1.0.0"}


class Participant:
    def __init__(self, relay: Relay, browser: Browser) -> None:
        self.relay, self.browser, self.receipt, self.place = relay, browser, "", ""

    def fills_in(self, **other: str) -> Response:
        """Sends the first page; on success the receipt is at `receipt`."""
        answer = self.browser.sends(PAGE, **{**FORM, **other})
        self.receipt = answer.headers.get("location", "")
        return answer

    @property
    def ticket(self) -> str:
        """Where the receipt's page sends its file."""
        return found(r'data-create="([^"]+)"', self.sees())

    @property
    def hand_in(self) -> HandIn:
        return hand_ins.receipt(self.relay, self.receipt.removeprefix("/receipt/")).hand_in

    def sees(self) -> str:
        return self.browser.sees(self.receipt)

    def headline(self) -> str:
        return found(r"<h1>(.*?)</h1>", self.sees())

    def begins(self, length: int, name: str = "видео.mp4", kind: str = "video/mp4", **headers: str) -> Response:
        told = ",".join(f"{key} {encoded(text)}" for key, text in (("filename", name), ("filetype", kind)))
        known = {**TUS, "upload-length": str(length), "upload-metadata": told}
        answer = self.browser.post(self.ticket, headers={**known, **headers})
        self.place = answer.headers.get("location", "")
        return answer

    def sends(self, offset: int, content: bytes, **headers: str) -> Response:
        known = {**TUS, "upload-offset": str(offset), "content-type": "application/offset+octet-stream"}
        return self.browser.patch(self.place, content=content, headers={**known, **headers})

    def asks(self) -> Response:
        return self.browser.head(self.place, headers=TUS)

    def sends_plainly(self, content: bytes, name: str = "видео.mp4", token: str | None = None, **more: Any) -> Response:
        """The form of a browser without script."""
        token = self.browser.token() if token is None else token
        files = {"form_token": (None, token), "file": (name, content, "video/mp4")}
        return self.browser.post(f"{self.receipt}/file", files=files, **more)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page, re.DOTALL)
    assert match is not None, pattern
    return match[1]
