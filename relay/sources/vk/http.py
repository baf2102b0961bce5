"""The HTTP that vk_api is given: time limits, our own base address, no proxy, no way to another host.

vk_api 11.10 has none of it (docs/vk.md, vk_api): its host is fixed, it passes no timeout,
and what isn't JSON comes out as one of five exceptions. Here all of that is NoAnswer.
"""

from __future__ import annotations

import gc
import io
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util import create_urllib3_context

from relay import __version__
from relay.config import Settings
from relay.language.sentence import filled

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
    """What VK says. `size`: bytes of it."""

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
        answer = VkAnswer(_checked(response, body))
        answer.size = len(body)
        response.raw = io.BytesIO(body)
        response.json = lambda **_options: answer  # type: ignore[method-assign]  # vk_api needn't read it once more
        return response


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


def _checked(response: requests.Response, body: bytes) -> Mapping[str, Any]:
    """The answer. Raises NoAnswer for all but `{"response": …}` and `{"error": {"error_code": …}}`."""
    if response.status_code != requests.codes.ok:
        raise NoAnswer(
            filled("VK answers with HTTP {status}.", status=response.status_code),
            retry_after=_seconds(response.headers.get("Retry-After")),
        )
    answer = _json(body)
    if isinstance(answer, Mapping) and ("response" in answer or _is_error(answer.get("error"))):
        return answer
    raise NoAnswer("VK answers with something that is no answer.")


def _json(body: bytes) -> object:
    """What it says. A text that was cut in the middle of an emoji ends in half of one, which no database takes."""
    try:
        with _no_looking_for_garbage():
            return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            text = json.dumps(json.loads(body), ensure_ascii=False)
        except (ValueError, RecursionError):
            raise NoAnswer("VK answers with something that is no JSON.") from None
        return orjson.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


@contextmanager
def _no_looking_for_garbage() -> Iterator[None]:
    """An answer is a hundred thousand objects, none of them garbage: looking through them takes four times as long as
    reading them does. Where several threads do this at once, one of them may look meanwhile, and that is all.
    """
    looks = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looks:
            gc.enable()


def _is_error(error: object) -> bool:
    return (
        isinstance(error, Mapping)
        and isinstance(error.get("error_code"), int)
        and isinstance(error.get("error_msg", ""), str)
    )


def _seconds(value: str | None) -> float:
    return min(60.0, float(value)) if value and value.isdecimal() else 0.0
