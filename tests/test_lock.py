from __future__ import annotations

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

OLDEST = "3.11.2"
"""Debian 12's Python."""


@pytest.mark.slow
def test_what_is_locked_runs_on_the_oldest_python() -> None:
    lock = (Path(__file__).parents[1] / "requirements.lock").read_text()
    locked = set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
    wanted = {canonicalize_name(each.name): each.metadata.get("Requires-Python") or "" for each in distributions()}
    there = locked & wanted.keys()
    assert {"httpx", "vk-api", "yt-dlp", "moviepy", "apscheduler", "sqlmodel", "typer", "soupsieve"} <= there
    assert [name for name in sorted(there) if not SpecifierSet(wanted[name]).contains(OLDEST)] == []
