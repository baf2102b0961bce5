"""A film's file that brings the protocols of its sign-offs along: the film as it is, and behind it one box of MP4.

The box is of the kind `uuid` (ISO/IEC 14496-12, 4.2), which players pass over. In it stands a JSON document: each
protocol with the public key and the Ed25519 signature (RFC 8032) of who made it. Neither a database nor a network is
needed to compare: the film's sha256 stands in every protocol, and the signature is over the protocol.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from relay.errors import NotFound

KIND = UUID("7f1d9f6e-5d0b-4c57-8b0c-6a3a52e1c0de").bytes
"""The user type of our box."""
HEADER = 8 + len(KIND)
LARGEST = 4_000_000
"""Bytes of a box that are read."""
MOST_BOXES = 100_000
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class SignedProtocol:
    """`protocol`: what was agreed to. `key`, `signature`: in hex."""

    protocol: Mapping[str, Any]
    key: str
    signature: str


@dataclass(frozen=True, slots=True)
class ComparedProtocol:
    """`is_right`: the signature is over this protocol, by `key`. `is_of_film`: the file is the film that was agreed to.

    `is_known`: the key is the one that was asked for; None where none was.
    """

    protocol: Mapping[str, Any]
    key: str
    is_right: bool
    is_of_film: bool
    is_known: bool | None

    @property
    def holds(self) -> bool:
        return self.is_right and self.is_of_film and self.is_known is not False


def public_key(seed: bytes) -> str:
    """In hex. `seed`: 32 bytes, the private key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


def signed(seed: bytes, protocol: Mapping[str, Any]) -> SignedProtocol:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(as_signed(protocol))
    return SignedProtocol(protocol, public_key(seed), signature.hex())


def as_signed(protocol: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: JSON with sorted keys, without spaces, in UTF-8."""
    return json.dumps(protocol, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def write(film: Path, target: Path, protocols: Sequence[SignedProtocol]) -> None:
    """The film with its protocols, down to the disk. Raises OSError."""
    told = [{"protocol": one.protocol, "key": one.key, "signature": one.signature} for one in protocols]
    content = json.dumps({"protocols": told}, ensure_ascii=False).encode()
    shutil.copyfile(film, target)
    with target.open("ab") as file:
        file.write(struct.pack(">I4s", HEADER + len(content), b"uuid") + KIND + content)
        file.flush()
        os.fsync(file.fileno())


def compare(path: Path, key: str = "") -> list[ComparedProtocol]:
    """What the file's protocols say, and whether they hold. `key`: the public key of the installation that is meant,
    in hex. Raises NotFound for a file without protocols, OSError.
    """
    with path.open("rb") as file:
        at, content = _box(file, path)
        digest = _sha256_of_first(file, at)
    try:
        found = [_read(one) for one in json.loads(content)["protocols"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _no_protocol(path) from error
    if not found:
        raise _no_protocol(path)
    return [
        ComparedProtocol(
            one.protocol,
            one.key,
            is_right=_is_right(one),
            is_of_film=one.protocol.get("film") == digest,
            is_known=one.key.lower() == key.strip().lower() if key.strip() else None,
        )
        for one in found
    ]


def _read(said: Any) -> SignedProtocol:
    protocol = said["protocol"]
    remarks = protocol.get("remarks", [])
    if not all(isinstance(each, dict) for each in [protocol, *remarks]):
        raise TypeError("a protocol is a document, and so is each remark")
    return SignedProtocol(protocol, str(said["key"]), str(said["signature"]))


def _is_right(one: SignedProtocol) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(one.key))
        key.verify(bytes.fromhex(one.signature), as_signed(one.protocol))
    except (ValueError, InvalidSignature):
        return False
    return True


def _box(file: BinaryIO, path: Path) -> tuple[int, bytes]:
    """Where our box begins, and what stands in it; it is the last one."""
    end = os.fstat(file.fileno()).st_size
    for at, size, header in _boxes(file, end):
        if header[4:8] == b"uuid" and header[8:HEADER] == KIND and at + size == end and size <= LARGEST:
            file.seek(at + HEADER)
            return at, file.read(size - HEADER)
    raise _no_protocol(path)


def _boxes(file: BinaryIO, end: int) -> Iterator[tuple[int, int, bytes]]:
    """Place, size and first bytes of each box of the outermost level, as far as they can be followed."""
    at = 0
    for _ in range(MOST_BOXES):
        file.seek(at)
        header = file.read(HEADER)
        if len(header) < 8:
            return
        size = int.from_bytes(header[:4], "big")
        if size == 1:
            size = int.from_bytes(header[8:16], "big")
        elif size == 0:
            size = end - at
        if size < 8 or at + size > end:
            return
        yield at, size, header
        at += size


def _sha256_of_first(file: BinaryIO, length: int) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while length:
        block = file.read(min(BLOCK, length))
        if not block:
            break
        digest.update(block)
        length -= len(block)
    return digest.hexdigest()


def _no_protocol(path: Path) -> NotFound:
    return NotFound(
        "The file {file} brings no protocol of a sign-off along.",
        hint="One that does is made by: relay almanac protocol CAMPAIGN NAME",
        file=path.name,
    )
