"""The key of this installation, and what is signed with it: nobody without it can make a link or a form."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from relay.context import Relay
from relay.errors import Refused
from relay.media.files import write_new


def secret(relay: Relay) -> bytes:
    """The key that links and forms are signed with: `secret.key` in the data folder, for its owner's eyes only."""
    path = relay.folder() / "secret.key"
    if not path.exists():
        part = path.with_name(f".secret-{secrets.token_hex(8)}")
        write_new(part, secrets.token_hex(32).encode(), mode=0o600)
        try:
            path.hardlink_to(part)  # whoever comes second keeps the first one's key
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return path.read_bytes()


def derived(relay: Relay, purpose: str, salt: str) -> bytes:
    """20 bytes that follow from the key and the salt, for one purpose; from neither of them alone."""
    return hmac.new(secret(relay), f"{purpose}\n{salt}".encode(), hashlib.sha256).digest()[:20]


def signed(relay: Relay, purpose: str, *said: object, until: datetime) -> str:
    """A text for an address or a form that nobody can make or change, good for one purpose until a time."""
    made = URLSafeSerializer(secret(relay), salt=purpose).dumps([int(until.timestamp()), *said])
    return made if isinstance(made, str) else made.decode()


def opened(relay: Relay, purpose: str, token: str, parts: int) -> tuple[datetime, list[Any]] | None:
    """When `signed` said that it ends, and what it said; None for what is not ours, or of another purpose.

    Whether it has ended is asked by the caller: the time is the Relay's own, so itsdangerous' timer isn't used.
    """
    try:
        end, *said = URLSafeSerializer(secret(relay), salt=purpose).loads(token)
        until = datetime.fromtimestamp(end, relay.now().tzinfo)
    except (BadData, ValueError, TypeError):
        return None
    return (until, said) if len(said) == parts else None


def foreign() -> Refused:
    return Refused("This sign-in link is not one of ours.", hint="Ask for a new one.")
