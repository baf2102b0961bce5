"""The key of this installation: what links, forms and tombstones are made with."""

from __future__ import annotations

import contextlib
import secrets

from relay.context import Relay
from relay.media.files import draft_of, write_new

FILE = "secret.key"


def secret(relay: Relay) -> bytes:
    """The key that links and forms are signed with: `secret.key` in the data folder, for its owner's eyes only."""
    path = relay.folder() / FILE
    if not path.exists():
        part, made = draft_of(path), secrets.token_hex(32).encode()
        write_new(part, made, mode=0o600)
        try:
            path.hardlink_to(part)  # whoever comes second keeps the first one's key
        except FileExistsError:
            pass
        except OSError:  # a file system without second names
            with contextlib.suppress(FileExistsError):
                write_new(path, made, mode=0o600)
        finally:
            part.unlink()
    return path.read_bytes()
