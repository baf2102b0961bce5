"""People in real browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from relay.context import Relay
from relay.moderation.people import sessions


@contextmanager
def browsers(
    relay: Relay, chromium: Any, url: str, *, is_quiet: bool = False, **usual: Any
) -> Iterator[Callable[..., Any]]:
    """`opened("kira")`: a page in a browser of her own, signed in; `opened("")` is a stranger's. No script may fail
    unseen, and where it `is_quiet` no request either.
    """
    contexts, troubles = [], []

    def opened(who: str, **options: Any) -> Any:
        context = chromium.new_context(base_url=url, **{"locale": "en-GB", **usual, **options})
        contexts.append(context)
        if who:
            token = sessions.sign_in(relay, who, f"password of {who}")
            context.add_cookies([{"name": "relay", "value": token, "url": url}])
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        if is_quiet:
            page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []
