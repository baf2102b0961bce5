"""The HTTP that vk_api is given: time limits, our own base address, no proxy, no way to another host.

vk_api 11.10 has none of it (docs/vk.md, vk_api): its host is fixed, it passes no timeout,
and what isn't JSON comes out as one of five exceptions. Here all of that is NoAnswer.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.structs import asdict
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util import create_urllib3_context

from relay import __version__
from relay.config import Settings
from relay.language.sentence import filled
from relay.sources.vk import pages

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
WHOLE_SECONDS = 60.0
"""A server that sends a byte now and then never meets the read limit; it meets this one."""
MOST_BYTES = 32 << 20
VENDOR = "https://api.vk."


class NoAnswer(requests.RequestException):
    """What came back is no answer of the API. `retry_after`: seconds that the server asks to wait."""

    def __init__(self, words: str, *, retry_after: float = 0.0) -> None:
        super().__init__(words)
        self.retry_after = retry_after


class VkAnswer(dict[str, Any]):
    """What VK says, where `response` is as it was written, or a list of such (see pages.py). `size`: bytes of it."""

    size = 0


def open_session(settings: Settings) -> requests.Session:
    """A session that reaches VK's API, or the address that stands in for it, and nothing else."""
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0  # a redirect would carry the token along
    session.adapters.clear()
    session.mount(VENDOR, VkHttpAdapter(settings))
    session.headers["User-Agent"] = f"Relay/{__version__}"
    return session


class VkHttpAdapter(HTTPAdapter):
    def __init__(self, settings: Settings) -> None:
        self._base = settings.vk_api_url.rstrip("/").removesuffix("/method")
        self._bundle = settings.trusted_file
        self.steady = time.monotonic
        self.connect_seconds, self.read_seconds, self.whole_seconds = CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        if self._bundle is not None:
            more["ssl_context"] = context = create_urllib3_context()
            context.load_verify_locations(cafile=str(self._bundle))
        super().init_poolmanager(*args, **more)

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:  # type: ignore[override]
        if self._base:
            request.url = self._base + urlsplit(request.url or "").path
        deadline = self.steady() + self.whole_seconds
        more |= {"timeout": (self.connect_seconds, self.read_seconds), "stream": True, "proxies": {}}
        response = super().send(request, **more)
        try:
            body = _read(response, deadline, self.steady)
        finally:
            response.close()
        answer = self.reads(response, body, together=(request.url or "").endswith("/execute"))
        response.raw = io.BytesIO()  # nobody needs to read it once more
        response.json = lambda **_options: answer  # type: ignore[method-assign]
        return response

    def reads(self, response: requests.Response, body: bytes, *, together: bool) -> VkAnswer:
        """The answer. Raises NoAnswer for all but `{"response": …}` and `{"error": {"error_code": …}}`."""
        if response.status_code != requests.codes.ok:
            raise NoAnswer(
                filled("VK answers with HTTP {status}.", status=response.status_code),
                retry_after=_seconds(response.headers.get("Retry-After")),
            )
        answer = self.answer(body, together=together)
        if "response" in answer or _is_error(answer.get("error")):
            return answer
        raise NoAnswer("VK answers with something that is no answer.")

    def answer(self, body: bytes, *, together: bool) -> VkAnswer:
        return read_answer(body, together=together)


def _read(response: requests.Response, deadline: float, steady: Callable[[], float]) -> bytes:
    body = bytearray()
    while block := _block(response):
        body += block
        if len(body) > MOST_BYTES:
            raise NoAnswer("VK sends without end.")
        if steady() > deadline:
            raise NoAnswer("VK sends too slowly.")
    return bytes(body)


def _block(response: requests.Response) -> bytes:
    """What came in by now; empty at the end."""
    try:
        return bytes(response.raw.read1(65536, decode_content=True))
    except (HTTPError, OSError) as error:
        raise NoAnswer("VK's answer breaks off.") from error


class _VkTold(Struct):
    response: Raw | UnsetType = UNSET
    error: Any = UNSET
    execute_errors: Any = UNSET


class _ToldTogether(_VkTold):
    response: list[Raw] | UnsetType | None = UNSET  # type: ignore[assignment]


_read_alone: Callable[[bytes], _VkTold] = msgspec.json.Decoder(_VkTold).decode
_read_together: Callable[[bytes], _VkTold] = msgspec.json.Decoder(_ToldTogether).decode


def read_answer(body: bytes, *, together: bool = False) -> VkAnswer:
    """What VK says, to one call or to several `together`: each response as it was written. Raises NoAnswer."""
    try:
        told = _told(body, together=together)
    except (msgspec.DecodeError, RecursionError):
        try:
            told = _told(pages.mended(body), together=together)
        except pages.NoJson:
            raise NoAnswer("VK answers with something that is no JSON.") from None
    if told is None:
        raise NoAnswer("VK answers with something that is no answer.")
    answer = VkAnswer({name: value for name, value in asdict(told).items() if value is not UNSET})
    answer.size = len(body)
    return answer


def _told(body: bytes, *, together: bool) -> _VkTold | None:
    """None for JSON of another shape."""
    for read in (_read_together, _read_alone) if together else (_read_alone,):
        with suppress(msgspec.ValidationError):
            return read(body)
    return None


def _is_error(error: object) -> bool:
    return (
        isinstance(error, Mapping)
        and isinstance(error.get("error_code"), int)
        and isinstance(error.get("error_msg", ""), str)
    )


def _seconds(value: str | None) -> float:
    return min(60.0, float(value)) if value and value.isdecimal() else 0.0
