"""Runs the desk: in the foreground (`serve`) or beside other work (`Desk`). SIGTERM ends it cleanly."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType

import uvicorn

from relay.context import Relay
from relay.erasure import elsewhere
from relay.errors import Refused, StoreError
from relay.intake.hand_in import uploads
from relay.language.sentence import Sentence
from relay.processes import Ending
from relay.upkeep.monitor import Monitor
from relay.upkeep.run_task import run_task
from relay.web.app import create_app

GRACE_SECONDS = 10
ENDINGS = (signal.SIGTERM, signal.SIGINT)


def serve(relay: Relay, host: str, port: int, *, on_ready: Callable[[str], None] | None = None) -> None:
    """Serves until SIGTERM or Ctrl-C, then finishes what is open (at most GRACE_SECONDS) and returns.

    `on_ready` is called with the desk's address once it listens; port 0 takes any free one. Raises Refused when it
    can't listen there.
    """
    with _listening(host, port) as listener:
        run_task("statistics", relay.store.renew_statistics)
        server = _Server(relay, lambda: on_ready and on_ready(_address(listener)))
        note_address(relay, _address(listener))
        monitor = _monitor(relay)
        monitor.start()
        # uvicorn raises a caught signal again when it has ended; that must not look like a death by signal
        with _on_signals(lambda _number, _frame: None):
            server.run(sockets=[listener])
        monitor.stop()


class Desk:
    """The same in a thread of its own: `start()`, then `url`; `join()` waits for its end, `stop()` ends it.

    Without `watch` it raises no alerts when no process works.
    """

    def __init__(self, relay: Relay, host: str, port: int, *, watch: bool = True) -> None:
        self.url = ""
        self._relay = relay
        self._where = (host, port)
        self._ready = threading.Event()
        self._server = _Server(relay, self._ready.set)
        self._monitor = _monitor(relay) if watch else None
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)

    def start(self) -> None:
        """Returns when the desk listens. Raises Refused when it can't listen there."""
        self._listener = _listening(*self._where)
        self.url = _address(self._listener)
        run_task("statistics", self._relay.store.renew_statistics)
        note_address(self._relay, self.url)
        self._thread.start()
        if self._monitor is not None:
            self._monitor.start()
        self._ready.wait()

    def stop(self) -> None:
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(GRACE_SECONDS + 5)

    def join(self) -> None:
        """Waits until the desk has ended. In the main thread, Ctrl-C and SIGTERM end it."""
        if threading.current_thread() is not threading.main_thread():
            self._thread.join()
            return
        with _on_signals(self._asked_to_end):
            while self._thread.is_alive():
                self._thread.join(0.5)

    def _asked_to_end(self, _number: int, _frame: FrameType | None) -> None:
        self._server.should_exit = True

    def _run(self) -> None:
        try:
            with self._listener:
                self._server.run(sockets=[self._listener])
        finally:
            self._ready.set()
            if self._monitor is not None:
                self._monitor.stop()


def _monitor(relay: Relay) -> Monitor:
    """With what a host does for itself when several share an object store."""
    if not relay.settings.in_bucket:
        return Monitor(relay)
    own = {"erased elsewhere": elsewhere.catch_up, "hand-ins": uploads.tend_host}
    return Monitor(relay, besides={name: partial(task, relay) for name, task in own.items()})


class _Server(uvicorn.Server):
    def __init__(self, relay: Relay, on_ready: Callable[[], object]) -> None:
        self._app = create_app(relay)
        config = uvicorn.Config(
            self._app,
            lifespan="off",
            ws="none",
            access_log=False,  # people's addresses and sign-in links don't belong in a log
            log_level="error",
            server_header=False,
            proxy_headers=False,  # uvicorn would believe every program on this machine; see RELAY_TRUSTED_PROXIES
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for hub in (self._app.state.live, self._app.state.plan_live):
            hub.close()  # a stream never ends by itself
        await super().shutdown(sockets)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        raise Refused(
            "The desk can't listen on {host}, port {port}: {why}.",
            hint="Choose another with --host and --port.",
            host=host,
            port=port,
            why=Sentence(getattr(error, "strerror", None) or str(error)),
        ) from error


def _address(listener: socket.socket) -> str:
    """The address for a browser on this machine, where the desk listens everywhere."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def note_address(relay: Relay, url: str) -> None:
    """So that links which commands print lead to the port that this desk really has. Nothing depends on it."""
    with contextlib.suppress(OSError, StoreError):
        relay.folder()
        part = relay.settings.desk_file.with_suffix(".part")
        part.write_text(f"{url}\n", "utf-8")
        part.replace(relay.settings.desk_file)


@contextlib.contextmanager
def _on_signals(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Sets `handler` for SIGTERM and SIGINT, unless another one is set already."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in ENDINGS}
    usual = (signal.SIG_DFL, signal.default_int_handler)
    ours = [number for number, known in before.items() if known in usual or isinstance(known, Ending)]
    for number in ours:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])
