"""A real Chromium for the tests. Now and then, on a busy machine, it leaves a key or a new window unanswered for ever,
and many of Playwright's calls know no time limit: such a browser is ended, and its test fails at the line that waited.
scripts/test tries it once more, in another.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run --autoplay-policy=no-user-gesture-required --mute-audio"
)
START = 40  # seconds that a browser has to start: it takes one or two, and now and then never does
ANSWER = 60  # seconds for a page or for what is waited for on it; a loaded machine takes more than ten now and then
PATIENCE = 240  # seconds: longer than any of these tests takes; with a second try still less than HANGS_AFTER
IN_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium"),
]

_running: dict[Chromium, int] = {}  # and their processes


class Chromium:
    """Playwright's browser, started again where it has ended."""

    def __init__(self, playwright: Any) -> None:
        self._playwright = playwright
        self._browser: Any = None

    def new_context(self, **options: Any) -> Any:
        if self._browser is None or not self._browser.is_connected():
            self._browser = self._launched()
            told = self._browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
            _running[self] = next(each["id"] for each in told if each["type"] == "browser")
        context = self._browser.new_context(**options)
        context.set_default_timeout(ANSWER * 1000)
        context.close = partial(_closed, context.close)
        return context

    def _launched(self) -> Any:
        for patience in (START, START, 3 * START):
            with contextlib.suppress(_gone()):
                return self._playwright.chromium.launch(
                    executable_path=CHROMIUM, args=FLAGS.split(), timeout=patience * 1000
                )
        return pytest.fail("Chromium did not start, three times.")

    def close(self) -> None:
        _running.pop(self, None)
        if self._browser is not None:
            self._browser.close()


@contextlib.contextmanager
def answering(test: pytest.Item, patience: float = PATIENCE) -> Iterator[None]:
    """The browsers of this process end when a test of theirs takes longer than this many seconds."""
    if test.get_closest_marker("browser") is None:
        yield
        return
    longer = test.get_closest_marker("patience")
    timer = threading.Timer(longer.args[0] if longer else patience, _end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _gone() -> type[Exception]:
    from playwright.sync_api import Error  # an extra

    return Error


def _closed(close: Callable[[], None]) -> None:
    """A context is closed where its browser has ended, too: that fails no test which is over."""
    with contextlib.suppress(_gone()):
        close()


def _end() -> None:
    while _running:  # each once: its number may be another process's later
        _browser, pid = _running.popitem()
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
