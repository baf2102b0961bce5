"""The tokens of RELAY_VK_TOKEN as they are now: whoever changes them in `.env` need not start Relay anew."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from relay.config import Settings

TOKEN = "RELAY_VK_TOKEN"  # noqa: S105 - a setting's name
ENV = Path(".env")


class TokenWords:
    """Call it for the tokens. `.env` is read again when it has changed since; the environment wins over it."""

    def __init__(self, settings: Settings, env: Path = ENV) -> None:
        self._settings, self._env = settings, env.absolute()
        self._seen = _stamp(self._env)
        self._now: list[str] | None = None

    def __call__(self) -> list[str]:
        stamp = _stamp(self._env)
        if stamp != self._seen:
            self._seen = stamp
            found = _in_file(self._env)
            self._now = self._now if found is None else found
        return parted(self._settings.vk_token.get_secret_value()) if self._now is None else self._now


def words_of(settings: Settings, env: Path = ENV) -> list[str]:
    """The tokens that a process would have which starts now."""
    found = _in_file(env)
    return parted(settings.vk_token.get_secret_value()) if found is None else found


def parted(written: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in written.split(",") if word.strip()))


def digest(token: str) -> str:
    """By what a token is known everywhere but in a request."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def _in_file(env: Path) -> list[str] | None:
    """None where it says nothing of tokens, can't be read, or doesn't count."""
    from dotenv import dotenv_values

    if any(name.upper() == TOKEN for name in os.environ):
        return None
    try:
        values = dotenv_values(env, encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    written = next((text for name, text in values.items() if name.upper() == TOKEN), None)
    return None if written is None else parted(written)


def _stamp(env: Path) -> tuple[int, int, int] | None:
    try:
        about = env.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size, about.st_ino
