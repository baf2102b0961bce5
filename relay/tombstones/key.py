"""The key of the tombstones, which follows from the installation's `secret.key`, and what is done with it.

Digests are HMAC-SHA256. Prints of a recording have to be compared, not only known again, so they are encrypted
(AES-256-GCM, a nonce of its own for each).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from relay.errors import Refused
from relay.models import TombstoneKind

NONCE = 12
"""Bytes, as AES-GCM wants them."""


@dataclass(frozen=True, slots=True)
class TombstoneKey:
    """`TombstoneKey.of(secret)`: `secret` is what `secret.key` holds. `name` tells keys apart and tells no more."""

    digests: bytes = field(repr=False)
    prints: bytes = field(repr=False)
    name: str

    @classmethod
    def of(cls, secret: bytes) -> TombstoneKey:
        made = {use: _derived(secret, use) for use in ("digests", "prints", "name")}
        return cls(made["digests"], made["prints"], made["name"].hex()[:16])

    def digest(self, kind: TombstoneKind, *parts: str) -> str:
        """64 hex digits. Parts are kept apart, so that ("a", "bc") is not ("ab", "c")."""
        told = "".join(f"{len(part)}:{part}" for part in (kind.value, *parts))
        return hmac.new(self.digests, told.encode(), hashlib.sha256).hexdigest()

    def sum_of(self, content: bytes) -> str:
        """By which a file of tombstones shows that nothing of it is missing or was changed."""
        return hmac.new(self.digests, b"file\n" + content, hashlib.sha256).hexdigest()

    def seal(self, prints: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(self.prints).encrypt(nonce, prints, None)

    def unseal(self, sealed: bytes) -> bytes:
        """Raises Refused for what another key has sealed, or what was changed."""
        try:
            return AESGCM(self.prints).decrypt(sealed[:NONCE], sealed[NONCE:], None)
        except (InvalidTag, ValueError) as error:
            raise Refused("A tombstone can't be read: it was made with another key.") from error


def _derived(secret: bytes, use: str) -> bytes:
    return hmac.new(secret, f"relay tombstones {use}".encode(), hashlib.sha256).digest()
