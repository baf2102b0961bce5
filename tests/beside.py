"""A second Relay beside the one of a test."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from relay.context import Relay
from relay.media.vault import Vault
from relay.store import Store


def relay_in(relay: Relay, folder: Path) -> Relay:
    """With a folder, a database and a vault of its own; whoever asks closes its store."""
    settings = relay.settings.model_copy(update={"data_dir": folder})
    return replace(relay, settings=settings, store=Store(settings.db_url), media=Vault(settings.media_folder))
