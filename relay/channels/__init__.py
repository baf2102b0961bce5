"""The ways by which people are told of alerts. A new one: a module beside mail.py, a line here and in Settings."""

from __future__ import annotations

from collections.abc import Callable

from relay.channels.mail import Mail
from relay.channels.notify import Notify
from relay.channels.webhook import Webhook
from relay.config import Settings
from relay.ports import Channel, Clock

CHANNELS: dict[str, Callable[[Settings, Clock, Callable[[str], str]], Channel]] = {"mail": Mail, "webhook": Webhook}


def open_channels(settings: Settings, clock: Clock, translate: Callable[[str], str]) -> dict[str, Channel]:
    """Those that are set up, by name. `translate` puts sentences of ours into the language of the installation."""
    opened: dict[str, Channel] = {}
    for name in settings.alert_channels:
        kind, _, number = name.partition("-")
        if kind == "notify":
            opened[name] = Notify(settings, clock, translate, number=int(number))
        else:
            opened[name] = CHANNELS[name](settings, clock, translate)
    return opened
