"""A listing loads what it shows and no more: each of these takes longer to load than a listing to run."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from relay.store import Store

HEAVY = frozenset(
    {
        "alembic", "apscheduler", "argon2", "authlib", "av", "babel", "bs4", "cryptography",
        "email.headerregistry", "fastapi",
        "feedparser", "httpx", "jinja2", "moviepy", "numpy", "PIL", "prometheus_client", "psycopg", "pymorphy3",
        "requests", "smtplib", "sqlalchemy.dialects.postgresql", "starlette", "structlog", "uvicorn", "vk_api",
        "yt_dlp",
        "relay.chain.links", "relay.channels.mail", "relay.models.moderation", "relay.ports", "relay.sources",
        "relay.web",
    }
)  # fmt: skip
FROM_EXTRAS = frozenset({"authlib", "psycopg"})
LISTING = ("campaign", "list")
RUN = """
import sys
from relay.cli import main
sys.argv = ["relay", *sys.argv[1:]]
try: main()
except SystemExit as ended: assert not ended.code, ended.code
print(*sys.modules, file=sys.stderr)
"""


def loaded(folder: Path, *words: str, first: str = "") -> set[str]:
    """The modules that a command has loaded when it ends."""
    environment = {**os.environ, "RELAY_DATA_DIR": str(folder), "RELAY_DATABASE_URL": "", "RELAY_LANGUAGE": "en"}
    argv = [sys.executable, "-c", first + RUN, *words]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True, cwd=folder)
    return set(done.stderr.splitlines()[-1].split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = Store(f"sqlite:///{tmp_path / 'relay.db'}")
    store.upgrade(datetime(2023, 1, 12, tzinfo=UTC))
    store.close()
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("words", [LISTING, (*LISTING, "--json")])
def test_a_listing_loads_nothing_heavy(folder: Path, words: tuple[str, ...]) -> None:
    assert sorted(loaded(folder, *words) & HEAVY) == []


@pytest.mark.slow
def test_what_a_listing_would_load_is_seen(folder: Path) -> None:
    """The twin: with all networks at the top of a module, as it was, the guard tells."""
    assert loaded(folder, *LISTING, first="import relay.sources, relay.store, alembic.command") & HEAVY >= {
        "alembic", "bs4", "httpx", "relay.ports", "relay.sources", "sqlalchemy.dialects.postgresql",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(HEAVY - FROM_EXTRAS))
def test_each_of_them_can_be_loaded(name: str) -> None:
    assert importlib.util.find_spec(name) is not None, "nobody would ever see it"
