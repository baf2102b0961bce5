"""A JSON document, sent by POST to RELAY_ALERT_WEBHOOK: for chats, pagers and whatever else takes one.

It goes through the same guard as every other outgoing request: RELAY_PROXY and RELAY_CA_BUNDLE hold, private
addresses are refused unless they stand in RELAY_ALLOW_PRIVATE, and a redirect is not followed. The address may hold a
secret, so it is never told.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

from relay import __version__
from relay.config import Settings
from relay.errors import NotSent, RelayError
from relay.ports import Clock, Notification
from relay.sources.web import CONNECT_SECONDS, AddressRefused, GuardedTransport, trusted

READ_SECONDS = 20.0
WHOLE_SECONDS = 30.0
MOST_ANSWER = 200


class Webhook:
    """`guarded=False` is for the test that shows what the guard is good for."""

    name = "webhook"

    def __init__(
        self, settings: Settings, clock: Clock, translate: Callable[[str], str], *, guarded: bool = True
    ) -> None:
        self._settings, self._clock, self._translate, self._guarded = settings, clock, translate, guarded
        self.read_seconds, self.whole_seconds = READ_SECONDS, WHOLE_SECONDS

    def send(self, notification: Notification) -> str:
        """See ports.Channel. Any answer from 200 to 299 is taken for a receipt."""
        url = self._settings.alert_webhook.get_secret_value()
        headers = {"User-Agent": f"Relay/{__version__}", "Idempotency-Key": notification.id}
        deadline = time.monotonic() + self.whole_seconds
        wire = GuardedTransport(self._settings, trusted(self._settings), deadline, guarded=self._guarded)
        timeout = httpx.Timeout(self.read_seconds, connect=CONNECT_SECONDS)
        try:
            with (
                httpx.Client(transport=wire, timeout=timeout, headers=headers, trust_env=False) as client,
                client.stream("POST", url, json=self.document(notification)) as response,
            ):
                status, said = response.status_code, _beginning(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _why_not(error) from None  # httpx's own words may hold the address
        answer = f"HTTP {status} {said}".strip()
        if not httpx.codes.is_success(status):
            raise NotSent("The webhook answers with: {said}", said=answer)
        return answer

    def document(self, notification: Notification) -> dict[str, str]:
        """`campaign` and `advice` are left out where there is none."""
        document = {
            "id": notification.id,
            "key": notification.key,
            "state": notification.state,
            "text": self._translate(notification.text),
            "advice": self._translate(notification.advice),
            "url": notification.url or f"{self._settings.desk_url}/health",
            "campaign": notification.campaign,
            "at": notification.at.isoformat(),
        }
        return {name: value for name, value in document.items() if value}


def _beginning(response: httpx.Response) -> str:
    """The first words of the answer; the rest is not waited for."""
    try:
        block = next(response.iter_bytes(), b"")
    except httpx.HTTPError:
        return ""  # the status line came, and that is the receipt
    text = block[: 4 * MOST_ANSWER].decode("utf-8", "replace")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:MOST_ANSWER]


def _why_not(error: Exception) -> RelayError:
    if isinstance(error, AddressRefused):
        return NotSent(
            "The webhook leads to an address that must not be reached.",
            hint="If it is your own, put host:port into RELAY_ALLOW_PRIVATE.",
        )
    if isinstance(error, httpx.TimeoutException):
        return NotSent("The webhook does not answer in time.")
    if isinstance(error, httpx.ConnectError) and "certificate" in str(error).lower():
        return NotSent("The webhook's certificate is not trusted here.", hint="Set RELAY_CA_BUNDLE if it is your own.")
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return NotSent("The webhook can't be reached.", hint="Check RELAY_ALERT_WEBHOOK and RELAY_PROXY.")
    return NotSent("The webhook's answer breaks off.")
