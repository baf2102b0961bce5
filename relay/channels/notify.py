"""Messages by apprise to Telegram, VK, mail and some hundred others: an address of RELAY_ALERT_NOTIFY for each.

apprise runs in a guarded child, like the downloader: RELAY_PROXY and RELAY_CA_BUNDLE hold, private addresses are
refused unless they stand in RELAY_ALLOW_PRIVATE. An address holds secrets, so only its scheme is ever told.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from relay.config import Settings
from relay.errors import Interrupted, MediaError, NotSent
from relay.media.outgoing import reach, trust
from relay.media.toolbox import Limits, Toolbox
from relay.ports import Clock, Notification

LIMITS = Limits(memory_mb=1024, cpu_seconds=30, wall_seconds=60.0, file_mb=4)
LONGEST_TITLE = 120


class Notify:
    """`number`: which of the addresses, from 1."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,  # noqa: ARG002 - as of every channel
        translate: Callable[[str], str],
        *,
        number: int = 1,
        toolbox: Toolbox | None = None,
    ) -> None:
        self.name = f"notify-{number}"
        self._settings, self._translate, self._toolbox = settings, translate, toolbox or Toolbox()
        self._url = settings.notify_addresses[number - 1]

    def send(self, notification: Notification) -> str:
        """See ports.Channel."""
        title, body = self._words(notification)
        job = {"url": self._url, "title": title, "body": body, "allowed": reach(self._settings)["allowed"]}
        self._judge(self._done(job))
        return f"{self._scheme}: ✓"

    def _words(self, notification: Notification) -> tuple[str, str]:
        advice = self._translate(notification.advice)
        told = [self._translate(notification.text), *([f"{self._translate('What to do:')} {advice}"] if advice else [])]
        link = notification.url or f"{self._settings.desk_url}/health"
        title = f"Relay · {notification.campaign}" if notification.campaign else "Relay"
        return title[:LONGEST_TITLE], "\n".join([*told, link])

    def _done(self, job: dict[str, object]) -> str:
        folder = Path(tempfile.mkdtemp(prefix="relay-notify-"))
        try:
            done = self._toolbox.run(
                self._toolbox.python("relay.media.children.notify"),
                folder=folder,
                limits=LIMITS,
                network=True,
                env=self._environment(folder),
                feed=[(json.dumps(job) + "\n").encode()],
            )
        except Interrupted:
            raise
        except MediaError as error:
            raise NotSent("The program that sends notices has failed.", hint="See: relay doctor") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return done.stdout

    def _environment(self, folder: Path) -> dict[str, str]:
        told = trust(self._settings, folder)
        told |= {"REQUESTS_CA_BUNDLE": told["SSL_CERT_FILE"], "HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
        if self._settings.proxy:
            told |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), self._settings.proxy)
        return told

    def _judge(self, stdout: str) -> None:
        try:
            said = json.loads(stdout.strip().splitlines()[-1])
        except (ValueError, IndexError):
            said = {"error": "failed"}
        kind = said.get("error", "")
        if kind == "missing":
            raise NotSent("Notices need an extra.", hint="Install it: pip install 'hashtag-relay[notify]'")
        if kind == "unknown":
            raise NotSent("No service has an address like that of RELAY_ALERT_NOTIFY ({scheme}).", scheme=self._scheme)
        if kind == "refused":
            raise NotSent(
                "The notice leads to an address that must not be reached ({scheme}).",
                hint="If it is your own, put host:port into RELAY_ALLOW_PRIVATE.",
                scheme=self._scheme,
            )
        if kind:
            raise NotSent(
                "The service did not take the notice ({scheme}).",
                hint="Check RELAY_ALERT_NOTIFY and RELAY_PROXY.",
                scheme=self._scheme,
            )

    @property
    def _scheme(self) -> str:
        return urlsplit(self._url).scheme[:16]
