from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from relay.almanac.cards import people
from relay.almanac.cards.typography import readable
from tests.almanac.cards.sketching import Clip, Sketches


@pytest.fixture
def sketches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sketches:
    """Without moviepy, which takes a second to import."""
    monkeypatch.setitem(sys.modules, "moviepy", SimpleNamespace(ImageClip=Clip))
    return Sketches(tmp_path, monkeypatch)


@pytest.fixture
def no_han(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without fonts for Chinese."""
    monkeypatch.setattr(people, "missing", lambda name: tuple(sign for sign in name if "\u4e00" <= sign <= "\u9fff"))
    monkeypatch.setattr(people, "readable", lambda name: re.sub("[\u4e00-\u9fff]", "", readable(name)).strip())
