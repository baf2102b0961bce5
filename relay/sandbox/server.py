"""The sandbox on loopback: VK's API on one port, the web sides of all networks behind a proxy on another."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import trustme
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from relay.sandbox.network import Network
from relay.sandbox.proxy import Proxy
from relay.sandbox.vk.api import api_app
from relay.sandbox.web import web_app

LOOPBACK = "127.0.0.1"
START_SECONDS = 20.0


class Sandbox:
    """Serves a Network while the `with` lasts (or between `start()` and `stop()`).

    `api_url`: what RELAY_VK_API_URL should say; `proxy_url`: the CONNECT proxy to the web side; `ca_bundle`: the
    PEM file to trust there, made anew at each start; `allow_private`: the proxy's host:port, which the guard of
    outgoing connections has to let through; `token`: the one service token that the API takes.
    """

    def __init__(self, network: Network, *, api_port: int = 0, proxy_port: int = 0) -> None:
        self.network = network
        self._apps = _apps_of(network)
        self._proxy: Proxy | None = None
        self._ports = (api_port, proxy_port)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self.api_url = ""
        self.proxy_url = ""
        self.allow_private = ""
        self.ca_bundle = Path()

    @property
    def token(self) -> str:
        return self.network.vk.api.token

    def shows(self, network: Network) -> None:
        """Serves this network from now on: starting a server takes longer than most tests.

        The certificate is for the hosts of the start; those of a network that joins later are not trusted.
        """
        self.network, self._apps = network, _apps_of(network)
        if self._proxy is not None:
            self._proxy.network = network

    def settings(self) -> dict[str, str]:
        """The RELAY_ variables that lead a Relay into this network."""
        return {
            "RELAY_VK_API_URL": self.api_url,
            "RELAY_VK_TOKEN": self.token,
            "RELAY_PROXY": self.proxy_url,
            "RELAY_CA_BUNDLE": str(self.ca_bundle),
            "RELAY_ALLOW_PRIVATE": self.allow_private,
        }

    def start(self) -> None:
        """Returns once both sides answer. Raises OSError for a port that is taken."""
        self.shows(self.network)  # with all that has joined by now
        self._folder = tempfile.TemporaryDirectory(prefix="relay-sandbox-")
        folder = Path(self._folder.name)
        self.ca_bundle = folder / "ca.pem"
        self._ready.clear()
        self._error = None
        self._thread = threading.Thread(target=self._run, args=(folder,), name="relay-sandbox", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            self._error = TimeoutError("The sandbox network did not start.")
        if self._error is not None:
            self.stop()
            raise self._error

    def stop(self) -> None:
        if self._loop is not None and self._stopping is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._stopping.set)
        if self._thread is not None:
            self._thread.join()
        if self._folder is not None:
            self._folder.cleanup()
        self._thread = self._folder = self._loop = self._stopping = None

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, folder: Path) -> None:
        try:
            asyncio.run(self._serve(folder))
        except (OSError, ValueError) as error:
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self, folder: Path) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        certificate = _certificates(folder, self.network.hosts)
        api_port, proxy_port = self._ports
        with _listening(api_port) as api_socket, _listening(0) as web_socket:
            api = _server(self._api)
            web = _server(self._web, certificate)
            proxy = self._proxy = Proxy(self.network, web_socket.getsockname()[1])
            port = await proxy.start(LOOPBACK, proxy_port)
            tasks = [
                asyncio.create_task(api.serve(sockets=[api_socket])),
                asyncio.create_task(web.serve(sockets=[web_socket])),
            ]
            while not (api.started and web.started):
                await asyncio.sleep(0.005)
            self.api_url = f"http://{LOOPBACK}:{api_socket.getsockname()[1]}"
            self.proxy_url = f"http://{LOOPBACK}:{port}"
            self.allow_private = f"{LOOPBACK}:{port}"
            self._ready.set()
            await self._stopping.wait()
            await proxy.stop()
            api.should_exit = web.should_exit = True
            await asyncio.gather(*tasks)

    async def _api(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._apps[0](scope, receive, send)

    async def _web(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._apps[1](scope, receive, send)


def _apps_of(network: Network) -> tuple[ASGIApp, ASGIApp]:
    """VK's API, and the web side of everything."""
    return api_app(network.vk), web_app(network)


class _Protocol(H11Protocol):
    """Hands the connection itself to the app, which sometimes has to break it."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def _server(app: ASGIApp, certificate: Path | None = None) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=_Protocol,
            interface="asgi3",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            ssl_certfile=certificate,
            timeout_graceful_shutdown=1,
        )
    )


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError:
        listener.close()
        raise
    return listener


def _certificates(folder: Path, hosts: Iterable[str]) -> Path:
    """A new authority in `ca.pem`, and one certificate for these hosts; returns the file with it and its key."""
    authority = trustme.CA(organization_name="Relay sandbox network", organization_unit_name="loopback only")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    path = folder / "hosts.pem"
    authority.issue_cert(*sorted(hosts)).private_key_and_cert_chain_pem.write_to_path(str(path))
    return path
