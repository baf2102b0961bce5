"""What a shell proposes when somebody presses Tab: campaigns, films, sources. It costs a few milliseconds, because it
asks the database of this machine itself and imports nothing of Relay, and whatever goes wrong it proposes nothing.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

ASKED = "_RELAY_COMPLETE"
"""Set by the shell that asks what to propose."""
WAIT_SECONDS = 0.2
MOST = 200

Candidates = list[tuple[str, str]]
"""Words, and what a shell shows beside them."""


def is_asked() -> bool:
    """Whether a shell asks, and nobody waits for a command: it has no patience for translations and defaults."""
    return ASKED in os.environ


def campaigns(incomplete: str) -> Candidates:
    return _found("SELECT slug, title FROM campaign WHERE slug LIKE ? ESCAPE '!' ORDER BY id DESC", incomplete)


def films(ctx: Any, incomplete: str) -> Candidates:
    """Of the campaign that stands before it on the line."""
    return _found(
        "SELECT almanac.name, almanac.title FROM almanac JOIN campaign ON campaign.id = almanac.campaign_id "
        "WHERE almanac.name LIKE ? ESCAPE '!' AND campaign.slug = ? ORDER BY almanac.id DESC",
        incomplete,
        _slug(ctx),
    )


def sources(ctx: Any, incomplete: str) -> Candidates:
    """Addresses, and by their numbers where a digit was typed. Bash parts words at colons, and then sees numbers."""
    column = "CAST(source.id AS TEXT)" if incomplete[:1].isdigit() or not incomplete else "source.address"
    return _found(
        f"SELECT {column}, source.address || '  ' || source.title FROM source "  # noqa: S608 - one of two of ours
        f"JOIN campaign ON campaign.id = source.campaign_id "
        f"WHERE {column} LIKE ? ESCAPE '!' AND campaign.slug = ? ORDER BY source.id",
        incomplete,
        _slug(ctx),
    )


def _slug(ctx: Any) -> str:
    return str(ctx.params.get("slug") or "")


def _found(statement: str, incomplete: str, *words: str) -> Candidates:
    path = database()
    if path is None:
        return []
    begins = incomplete.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
    with suppress(Exception), closing(_opened(path)) as connection:
        rows = connection.execute(f"{statement} LIMIT {MOST}", (begins, *words)).fetchall()
        return [(str(word), str(about or "")) for word, about in rows]
    return []


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=WAIT_SECONDS)


def database(env: Path = Path(".env")) -> Path | None:
    """The file of the database, by the same settings that Relay reads; None where it is a server's, or not there."""
    with suppress(OSError):
        url = setting("RELAY_DATABASE_URL", env)
        if url and not url.startswith("sqlite:///"):
            return None
        path = (
            Path(url.removeprefix("sqlite:///")) if url else Path(setting("RELAY_DATA_DIR", env) or "data", "relay.db")
        )
        return path if path.is_file() else None
    return None


def setting(name: str, env: Path = Path(".env")) -> str:
    """A setting as Settings reads it, without the half second that importing them takes."""
    if given := os.environ.get(name):
        return given
    if env.is_file():
        for line in env.read_text("utf-8", errors="replace").splitlines():
            found, _, value = line.strip().removeprefix("export ").partition("=")
            if found.strip().upper() == name and value.strip():
                return value.strip().strip("'\"")
    return ""
