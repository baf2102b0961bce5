from __future__ import annotations

import sys
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
import typer
from typer import rich_utils

from relay.cli import app
from relay.cli.terminal.show import HEADINGS

_build = typer.main.get_command


@cache
def _tree() -> Any:
    return _build(app)


@pytest.fixture(autouse=True)
def _commands_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Typer looks at the parameters of every command anew each time, which takes longer than what the command does.
    Each run gets a copy, because a page of help is translated in place.
    """
    monkeypatch.setattr(typer.main, "get_command", lambda _app: deepcopy(_tree()))


@pytest.fixture(autouse=True)
def _started_as_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs pytest as a module of Python and without workers would read of `python -m pytest.relay`."""
    monkeypatch.setattr(sys.modules["__main__"], "__package__", None, raising=False)


@pytest.fixture(autouse=True)
def _headings_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of help in another language leaves typer's own headings in it, for whoever comes after in this process."""
    for name, heading in HEADINGS.items():
        monkeypatch.setattr(rich_utils, name, heading)
