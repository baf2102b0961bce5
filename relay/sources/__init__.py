"""The networks that Relay reads. A new one: a module beside vk.py, a line here, and the contract test runs over it."""

from __future__ import annotations

from collections.abc import Callable

from relay.config import Settings
from relay.ports import Clock, Source
from relay.sources.vk import VkSource
from relay.store import Store

SOURCES: dict[str, Callable[[Settings, Store, Clock], Source]] = {"vk": VkSource}
