"""Sealed with age (age-encryption.org, through pyrage): written for recipients, read with an identity file.

Whoever makes backups needs the recipients only, so the machine that makes them can't read the older ones.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from relay.errors import Refused
from relay.language.sentence import as_sentence

MAGIC = b"age-encryption.org/v1"


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who may read. `digest` tells one set of them from another."""

    keys: list[Any] = field(default_factory=list, repr=False)
    digest: str = ""

    def __bool__(self) -> bool:
        return bool(self.keys)


def recipients(written: Sequence[str]) -> Recipients:
    """Each `age1…`, `ssh-ed25519 …` or the path of a file of such lines. Raises Refused."""
    lines = [line for text in written for line in _lines(text)]
    return Recipients([_recipient(line) for line in lines], _digest(lines)) if lines else Recipients()


def identities(files: Sequence[Path]) -> list[Any]:
    """The keys of identity files, as age-keygen and ssh-keygen write them. Raises Refused."""
    return [key for file in files for key in _identities(file)]


def is_sealed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def seal(source: BinaryIO, target: BinaryIO, to: Recipients) -> None:
    """Raises OSError."""
    from pyrage import EncryptError, encrypt_io

    told = _Remembering(target)
    try:
        encrypt_io(source, told, to.keys)
    except EncryptError as error:
        raise told.error or OSError(str(error)) from error


@contextmanager
def sealed_into(raw: BinaryIO, to: Recipients) -> Iterator[BinaryIO]:
    """A file to write to, whose content goes sealed into `raw`; plain where there are no recipients. Raises OSError."""
    if not to:
        yield raw
        return
    reading, writing = os.pipe()
    failed: list[OSError] = []

    def run() -> None:
        with os.fdopen(reading, "rb") as plain:
            try:
                seal(plain, raw, to)
            except OSError as error:
                failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        with os.fdopen(writing, "wb") as target:
            yield target
    finally:
        thread.join()
        if failed:
            raise failed[0]


@contextmanager
def unsealed(raw: BinaryIO, keys: Sequence[Any]) -> Iterator[BinaryIO]:
    """A file to read what is sealed in `raw`; as it is where it isn't sealed.

    Raises Refused: without an identity, with one that does not fit, or where the content was changed. That is told
    when the context is left, at the latest: until then nothing that was read counts.
    """
    if not _begins_sealed(raw):
        yield raw
        return
    if not keys:
        raise Refused("This backup is sealed.", hint="Name the file of a key that opens it: --identity FILE.")
    reading, writing = os.pipe()
    failed: list[str] = []
    left = threading.Event()

    def run() -> None:
        from pyrage import DecryptError, decrypt_io

        with suppress(BrokenPipeError), os.fdopen(writing, "wb") as plain:
            try:
                decrypt_io(raw, plain, list(keys))
            except (DecryptError, OSError) as error:
                if not left.is_set():
                    failed.append(str(error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        with os.fdopen(reading, "rb") as plain:
            try:
                yield plain
            finally:
                left.set()
    finally:
        thread.join()
        if failed:
            raise Refused(
                "What is sealed can't be opened: {why}.",
                hint="Name the file of another key, or take another backup.",
                why=as_sentence(failed[0]),
            )


class _Remembering:
    """Writes on, and remembers what the disk said: pyrage tells it as a text only."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self.error: OSError | None = None

    def write(self, content: bytes) -> int:
        try:
            return self._target.write(content)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        self._target.flush()


def _begins_sealed(raw: BinaryIO) -> bool:
    place = raw.tell()
    begins = raw.read(len(MAGIC))
    raw.seek(place)
    return begins == MAGIC


def _lines(text: str) -> list[str]:
    path = Path(text)
    if not text.startswith(("age1", "ssh-")):
        try:
            text = path.read_text("utf-8")
        except (OSError, ValueError) as error:
            raise Refused(
                "{text} is neither a recipient (age1…) nor a file of them.", text=text[:80], hint="See age-keygen."
            ) from error
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _recipient(line: str) -> Any:
    from pyrage import RecipientError, ssh, x25519

    try:
        return ssh.Recipient.from_str(line) if line.startswith("ssh-") else x25519.Recipient.from_str(line)
    except RecipientError as error:
        raise Refused("{line} is no recipient of age.", hint="See age-keygen.", line=line[:80]) from error


def _identities(file: Path) -> list[Any]:
    from pyrage import IdentityError, ssh, x25519

    try:
        text = file.read_text("utf-8")
        if "PRIVATE KEY" in text:
            return [ssh.Identity.from_buffer(text.encode())]
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        found = [x25519.Identity.from_str(line) for line in lines]
    except (OSError, ValueError, IdentityError) as error:
        raise Refused("{file} holds no key of age.", hint="See age-keygen.", file=file) from error
    if not found:
        raise Refused("{file} holds no key of age.", hint="See age-keygen.", file=file)
    return found
