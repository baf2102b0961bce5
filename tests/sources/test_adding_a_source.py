"""docs/adding-a-source.md, followed to the letter in a copy of the program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from relay import ports

ROOT = Path(__file__).resolve().parents[2]
RECIPE = (ROOT / "docs" / "adding-a-source.md").read_text("utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(
    r"^([^\n]*)\n\n```python\n(.*?)^```$", RECIPE, re.DOTALL | re.MULTILINE
)  # the line before it, and the block
FILE = re.compile(r"`([\w/]+\.py)`:")
CONTRACT = "sources/test_contract_sources.py"
TESTS = ("__init__.py", "conftest.py", "fixtures.py", "databases.py", "fakes")


def _files() -> dict[str, str]:
    """The blocks that are whole files, by their paths."""
    return {found[1]: block for before, block in BLOCKS if (found := FILE.fullmatch(before))}


def _lines() -> list[str]:
    """The lines that are added to files that are there."""
    return [line for before, block in BLOCKS if not FILE.fullmatch(before) for line in block.splitlines(keepends=True)]


def _insert(file: Path, line: str, *, before: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(before) == 1
    file.write_text(text.replace(before, f"{line}{before}"), "utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program, and what its tests need, with the recipe followed."""
    shutil.copytree(ROOT / "relay", tmp_path / "relay")
    shutil.copy2(ROOT / "pyproject.toml", tmp_path)
    for name in (*TESTS, "sources/__init__.py", "sources/conftest.py", "sources/sandboxed.py", CONTRACT):
        place = tmp_path / "tests" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / "tests" / name).is_dir() else shutil.copy2)(ROOT / "tests" / name, place)
    for name, text in _files().items():
        if not (tmp_path / name).parent.exists():
            (tmp_path / name).parent.mkdir()
            (tmp_path / name).with_name("__init__.py").touch()
        (tmp_path / name).write_text(text, "utf-8")
    imported, listed, contract = _lines()
    _insert(tmp_path / "relay/sources/__init__.py", imported, before="from relay.sources.rutube import")
    _insert(tmp_path / "relay/sources/__init__.py", listed, before="    RutubeSource,\n")
    _insert(tmp_path / "tests" / CONTRACT, contract, before='    "rutube": (')
    return tmp_path


@pytest.mark.media
def test_a_network_that_was_added_by_the_recipe_is_read_and_fetched_from(copy: Path) -> None:
    asked = [
        "tests/sources/test_pond.py",
        f"tests/{CONTRACT}::test_every_address_belongs_to_one_network",
        f"tests/{CONTRACT}::test_every_network_has_a_quota_or_manners",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:randomly", "-p", "no:cacheprovider", *asked],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_the_recipe_names_all_that_a_network_says_of_itself() -> None:
    table = re.findall(r"^\| `(\w+)` \|", RECIPE, re.MULTILINE)
    assert [field.name for field in fields(ports.NetworkDescription)] == table
    capabilities = {name for name, kind in vars(ports).items() if getattr(kind, "_is_runtime_protocol", False)}
    assert {name for name in capabilities - {"HasPollingPolicy"} if f"`{name}`" not in RECIPE} == set()


def test_the_recipe_is_one_file_one_line_one_test_and_one_folder_of_the_sandbox() -> None:
    files = ["relay/sandbox/pond/network.py", "relay/sources/pond.py", "tests/sources/test_pond.py"]
    assert sorted(_files()) == files
    assert len(_lines()) == 3, "an import, a line of the list, and a line of the contract test"
