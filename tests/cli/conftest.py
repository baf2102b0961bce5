from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

import pytest
import typer

from relay.cli import app

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
