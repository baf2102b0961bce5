"""One name stands for one thing: no two classes of Relay share theirs."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

import relay

CLASS = re.compile(r"^class (\w+)", re.MULTILINE)
"""Read from the text: parsing all of Relay takes a second of the quick suite."""


def names_twice(folder: Path) -> dict[str, list[str]]:
    """Names of top-level classes that several modules have."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("*.py")):
        for name in CLASS.findall(path.read_text("utf-8")):
            places[name].append(str(path.relative_to(folder)))
    return {name: found for name, found in places.items() if len(found) > 1}


@pytest.mark.slow
def test_no_two_classes_have_one_name() -> None:
    assert names_twice(Path(relay.__file__).parent) == {}


def test_twin_a_second_class_of_a_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "a.py").write_text("class Card:\n    class Inner: ...\n\nclass Other: ...\n")
    (tmp_path / "web/b.py").write_text("class Card: ...\n\ndef f():\n    class Other: ...\n")
    assert names_twice(tmp_path) == {"Card": ["a.py", "web/b.py"]}
