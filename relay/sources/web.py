"""The one way in which the networks without a programming interface are read: httpx under our own limits.

Every request has time limits (connect, each read, the whole), a limit of bytes, and its redirects are followed
by us, a few of them, to public addresses only. The guard looks at the address that is really connected to; behind
RELAY_PROXY it is the proxy that decides, and only plainly private hosts are refused here.
No cookie is kept and no token is sent. The pace of a network is kept across processes (quotas.py).
"""

from __future__ import annotations

import json
import random
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from relay import __version__
from relay.addresses import objection, objection_to_name
from relay.config import Settings
from relay.errors import Refused, TryLater
from relay.language.sentence import filled
from relay.ports import Clock
from relay.sources.quotas import TokenQuotas
from relay.store import Store

CONNECT_SECONDS = 8.0
READ_SECONDS = 20.0
WHOLE_SECONDS = 60.0
"""A server that sends a byte now and then never meets the read limit; it meets this one."""
MOST_BYTES = 8 << 20
ATTEMPTS = 3
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
REDIRECTS = (301, 302, 303, 307, 308)
BUSY = 429
AGAIN_BY_ITSELF = "Relay tries again by itself; nothing was lost."
UNTRUSTED = "{name}'s certificate is not trusted here (behind a TLS inspection, set RELAY_CA_BUNDLE)."


@dataclass(frozen=True, slots=True)
class Reply:
    """`url`: where it came from in the end. `requests`: spent on it, with redirects and second tries."""

    status: int
    url: str
    body: bytes
    headers: Mapping[str, str]
    requests: int = 1

    @property
    def text(self) -> str:
        """The body as UTF-8, which all networks read here use; what isn't is replaced."""
        return self.body.decode("utf-8", "replace")

    @property
    def location(self) -> str:
        """Where a redirect that was not followed leads to."""
        try:
            return urljoin(self.url, self.headers.get("location", ""))
        except ValueError:
            return ""


class AddressRefused(httpx.TransportError):
    """The guard said no."""


class TooMuch(httpx.TransportError):
    """Longer or slower than allowed."""


class Web:
    """Pages and lists for one network. `name` is what people call it, `per_second` how often it is asked at most.

    `guarded=False` is for the test that shows what the guard is good for.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        sleep: Callable[[float], None],
        *,
        network: str,
        name: str,
        per_second: float = 1.0,
        guarded: bool = True,
    ) -> None:
        self._settings, self._sleep, self._network, self._name = settings, sleep, network, name
        self._allowance = TokenQuotas(store, clock, network, per_second)
        self._guarded = guarded
        self._dice = random.Random()  # noqa: S311 - spreads retries
        self.read_seconds, self.whole_seconds = READ_SECONDS, WHOLE_SECONDS

    def get(
        self,
        url: str,
        *,
        hosts: Iterable[str] = (),
        redirects: int = 0,
        accept: str = "*/*",
        headers_only: bool = False,
        form: Mapping[str, str] | None = None,
    ) -> Reply:
        """The answer of whatever status below 500 but 429; passing faults are tried again a few times.

        `form` is posted, where a network gives further pages of a list that way. `headers_only` hangs up before the
        body, which may be a film. `redirects`: how many are followed, to one of `hosts` only (none named: to any
        public one). Raises TryLater, and Refused for an address that must not be reached.
        """
        requests = 0
        for attempt in range(1, ATTEMPTS + 1):
            requests += 1
            try:
                reply = self._follow(url, frozenset(hosts), redirects, accept, headers_only=headers_only, form=form)
            except httpx.InvalidURL as error:
                raise Refused("{address} is no address.", address=repr(url[:80])) from error
            except AddressRefused as error:
                raise Refused(
                    "{hostname} must not be reached: {error}.", hostname=_host_of(url)[:80] or "It", error=error
                ) from error
            except httpx.HTTPError as error:
                fault, pause = _why_no_answer(self._name, error), 0.0
            else:
                requests += reply.requests - 1
                if reply.status < 500 and reply.status != BUSY:
                    return Reply(reply.status, reply.url, reply.body, reply.headers, requests)
                fault, pause = _why_no_page(self._name, reply), _seconds(reply.headers.get("retry-after"))
                if reply.status == BUSY:
                    self._allowance.slow_down(self._network, max(pause, self._pause(attempt)))
            if attempt < ATTEMPTS:
                self._sleep(max(pause, self._pause(attempt)))
        raise TryLater(fault, hint=AGAIN_BY_ITSELF, requests=requests)

    def json(self, url: str, *, hosts: Iterable[str] = ()) -> tuple[Any, Reply]:
        """The answer and what it says; None where it says nothing that is JSON and is no success either.

        Raises TryLater for a success that is no JSON (a page for people, half an answer).
        """
        reply = self.get(url, hosts=hosts, redirects=1, accept="application/json")
        try:
            return json.loads(reply.body), reply
        except (ValueError, RecursionError):
            if reply.status != httpx.codes.OK:
                return None, reply
        raise TryLater(
            "{name} answers with something that is no list.",
            hint=AGAIN_BY_ITSELF,
            requests=reply.requests,
            name=self._name,
        )

    def _follow(
        self,
        url: str,
        hosts: frozenset[str],
        redirects: int,
        accept: str,
        *,
        headers_only: bool,
        form: Mapping[str, str] | None,
    ) -> Reply:
        for requests in range(1, redirects + 2):
            reply = self._once(url, accept, headers_only=headers_only, form=form)
            target = reply.location
            onward = reply.status in REDIRECTS and requests <= redirects
            if not onward or (hosts and _host_of(target) not in hosts):
                break
            url = target
        return Reply(reply.status, reply.url, reply.body, reply.headers, requests)

    def _once(self, url: str, accept: str, *, headers_only: bool, form: Mapping[str, str] | None) -> Reply:
        seconds = self._allowance.take(self._network, "page")
        if seconds > 0:
            self._sleep(seconds)
        wire = GuardedTransport(
            self._settings, self._trust, time.monotonic() + self.whole_seconds, guarded=self._guarded
        )
        headers = {"User-Agent": f"Relay/{__version__}", "Accept": accept, "Accept-Language": "en"}
        timeout = httpx.Timeout(self.read_seconds, connect=CONNECT_SECONDS)
        with (
            httpx.Client(transport=wire, timeout=timeout, headers=headers, trust_env=False) as client,
            client.stream("GET" if form is None else "POST", url, data=form) as response,
        ):
            body = bytearray()
            for block in () if headers_only else response.iter_bytes():
                body += block
                if len(body) > MOST_BYTES:
                    raise TooMuch("{name} sends without end.")
        return Reply(response.status_code, url, bytes(body), {k.lower(): v for k, v in response.headers.items()})

    def _pause(self, attempt: int) -> float:
        """Doubles each time and is spread by half, so that processes that failed together don't return together."""
        return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)) * self._dice.uniform(0.5, 1.5))

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return trusted(self._settings)


def trusted(settings: Settings) -> ssl.SSLContext:
    """The usual certificates and those of RELAY_CA_BUNDLE. Raises ConfigError where its file is gone."""
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    if (own := settings.trusted_file) is not None:
        context.load_verify_locations(cafile=str(own))
    return context


class GuardedTransport(httpx.BaseTransport):
    """One request over httpcore, whose connections are made by our own guard, and end at `deadline` (time.monotonic).

    Raises Walled, and httpx's own errors.
    """

    def __init__(self, settings: Settings, trust: ssl.SSLContext, deadline: float, *, guarded: bool) -> None:
        self._allowed, self._proxy, self._guarded = settings.allowed_private, _with_scheme(settings.proxy), guarded
        proxy = urlsplit(self._proxy)
        ways = _Ways(
            self._allowed, (proxy.hostname or "", proxy.port or 80) if self._proxy else None, deadline, guarded=guarded
        )
        self._pool: httpcore.ConnectionPool = (
            httpcore.HTTPProxy(self._proxy, ssl_context=trust, network_backend=ways)
            if self._proxy
            else httpcore.ConnectionPool(ssl_context=trust, network_backend=ways)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._look_at(request.url)
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        assert isinstance(request.stream, httpx.SyncByteStream)
        plain = httpcore.Request(
            request.method, url, headers=request.headers.raw, content=request.stream, extensions=request.extensions
        )
        try:
            answer = self._pool.handle_request(plain)
        except httpcore.TimeoutException as error:
            raise httpx.ReadTimeout("no answer in time", request=request) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError) as error:
            raise _in_httpx(error) from error
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=dict(answer.extensions)
        )

    def close(self) -> None:
        self._pool.close()

    def _look_at(self, url: httpx.URL) -> None:
        if url.scheme not in ("http", "https"):
            raise AddressRefused(f"{url.scheme[:20]!r} is no kind of address that is read")
        if not self._guarded or not self._proxy:
            return
        port = url.port or (443 if url.scheme == "https" else 80)
        if reason := objection_to_name(url.host, port, self._allowed):
            raise AddressRefused(reason)


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._answer.iter_stream()
        except httpcore.TimeoutException as error:
            raise TooMuch("{name} sends too slowly.") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise httpx.ReadError("breaks off") from error

    def close(self) -> None:
        self._answer.close()


class _Ways(httpcore.NetworkBackend):
    """Connects to what the guard lets through, and to the proxy that the operator named."""

    def __init__(
        self, allowed: frozenset[tuple[str, int]], proxy: tuple[str, int] | None, deadline: float, *, guarded: bool
    ) -> None:
        self._allowed, self._proxy, self._deadline, self._guarded = allowed, proxy, deadline, guarded
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        trouble: Exception = AddressRefused(f"{host} has no address")
        for address in self._addresses(host, port):
            try:
                stream = self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
            else:
                return _Stream(stream, self._deadline)
        raise trouble

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} can't be found") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._guarded or (host, port) == self._proxy or (host, port) in self._allowed:
            return addresses
        for address in addresses:
            if reason := objection(address, port, self._allowed):
                raise AddressRefused(reason)
        return addresses

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """A connection that ends at the deadline, however often a byte comes."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._left(timeout)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _left(self, timeout: float | None) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is up")
        return left if timeout is None else min(timeout, left)


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _with_scheme(proxy: str) -> str:
    return proxy if not proxy or "//" in proxy else f"http://{proxy}"


def _in_httpx(error: Exception) -> httpx.TransportError:
    if isinstance(error, httpcore.ProxyError):
        return httpx.ProxyError(str(error))
    if isinstance(error, httpcore.ConnectError):
        return httpx.ConnectError(str(error))
    return httpx.ReadError(str(error))


def _why_no_answer(name: str, error: httpx.HTTPError) -> str:
    if isinstance(error, TooMuch):
        return filled(str(error), name=name)
    if isinstance(error, httpx.TimeoutException):
        return filled("{name} does not answer in time.", name=name)
    if isinstance(error, httpx.ConnectError) and "certificate" in str(error).lower():
        return filled(UNTRUSTED, name=name)
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return filled("{name} can't be reached. Is this machine on the internet?", name=name)
    return filled("{name}'s answer breaks off.", name=name)


def _why_no_page(name: str, reply: Reply) -> str:
    if reply.status == BUSY:
        return filled("{name} asks us to come less often.", name=name)
    return filled("{name} answers with HTTP {status}.", name=name, status=reply.status)


def _seconds(value: str | None) -> float:
    return min(60.0, float(value)) if value and value.isdecimal() else 0.0
