"""Writes settings into `.env`: what else stands there stays, nobody else may read it, and half a file is never left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from relay.errors import ConfigError
from relay.language.sentence import Sentence
from relay.media.files import replace_file

HEAD = "# Settings of Relay; .env.example explains all of them.\n"

_SET = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=")
_PLAIN = re.compile(r"[\w.,:/@%+=-]*", re.ASCII)


def write(path: Path, values: Mapping[str, str]) -> None:
    """Sets `values` (RELAY_… → text) in the file at `path`, with mode 0600. Raises ConfigError."""
    path = path.resolve()  # a link stays one: what it leads to is written
    try:
        before = path.read_text("utf-8") if path.exists() else HEAD
        replace_file(path, merged(before, values).encode(), mode=0o600)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            "{path} can't be written ({why}).", hint="Check the folder's rights.", path=path, why=Sentence(why)
        ) from error


def merged(before: str, values: Mapping[str, str]) -> str:
    """The text of a settings file with these values in it: in the place of older ones, else at the end. Pure."""
    waiting = {name.upper(): f"{name}={_quoted(value)}" for name, value in values.items()}
    lines: list[str] = []
    for line in before.splitlines():
        found = _SET.match(line)
        name = found[1].upper() if found else ""
        if name in values and name not in waiting:
            continue  # set a second time further down, where it would win
        lines.append(waiting.pop(name, line))
    return "\n".join([*lines, *waiting.values()]) + "\n"


def _quoted(value: str) -> str:
    """As python-dotenv reads it back. Raises ConfigError for what can't stand in one line."""
    if not value.isprintable():
        raise ConfigError("A setting has to be one line of printable signs.")
    if _PLAIN.fullmatch(value):
        return value
    inner = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{inner}'"
